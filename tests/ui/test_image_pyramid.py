from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.ui.image_pyramid import ImagePyramid


def image(wide: int, high: int) -> QImage:
    made = QImage(wide, high, QImage.Format.Format_RGB32)
    made.fill(0)
    return made


def test_a_pyramid_has_about_as_many_pixels_as_the_screen(qapp: QApplication) -> None:
    pyramid = ImagePyramid(image(1000, 500))
    for width in (1, 10, 63, 499, 500, 700, 999):
        copy = pyramid.pixmap(width, smooth=True)
        assert 0.84 <= copy.width() / width <= 1.72 or width == 1
    assert pyramid.pixmap(3000, smooth=True).width() == 1000
    small = ImagePyramid(image(64, 48))
    assert small.pixmap(640, smooth=True).width() == 512
    assert small.pixmap(640, smooth=False).width() == 64
    assert small.pixmap(640, smooth=True) is small.pixmap(650, smooth=True)
