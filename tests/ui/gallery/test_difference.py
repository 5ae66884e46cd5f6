"""What differs in two pictures is said and shown to the pixel."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from kandinsky_desktop.state.comparison import Before
from kandinsky_desktop.ui.gallery.compare import difference

FORMATS = (QImage.Format.Format_RGBA8888, QImage.Format.Format_RGB32)  # as files are read


def noise(width: int, height: int, kind: QImage.Format) -> QImage:
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 4), np.uint8)
    pixels[:, :, 3] = 255
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.copy().convertToFormat(kind)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [(16, 16), (61, 33), (640, 400)])
def test_equal_pictures_do_not_differ(kind: QImage.Format, size: tuple[int, int]) -> None:
    image = noise(*size, kind)
    black = QImage(*size, QImage.Format.Format_RGB32)
    black.fill(QColor("black"))
    for _time in range(8):  # memory that was let go of would be others' by now
        shown, share = difference(Before("before", image.copy(), None), image)
        assert share == 0
        assert shown == black


def test_equal_ones_that_are_half_transparent_do_not_differ() -> None:
    image = noise(64, 32, QImage.Format.Format_RGBA8888)
    for number in range(64):
        color = image.pixelColor(number, 3)
        color.setAlpha(4 * number)
        image.setPixelColor(number, 3, color)
    _shown, share = difference(Before("before", image.copy(), None), image)
    assert share == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_one_pixel_is_one_pixel_and_brighter_when_asked(kind: QImage.Format) -> None:
    image = noise(40, 20, kind)
    other = image.copy()
    color = image.pixelColor(3, 5)
    other.setPixelColor(3, 5, QColor((color.red() + 10) % 256, color.green(), color.blue()))
    red = abs((color.red() + 10) % 256 - color.red())
    for gain in (1, 4, 16):
        shown, share = difference(Before("before", other, None), image, gain)
        assert share == 1 / 800
        assert shown.pixelColor(3, 5) == QColor(min(255, red * gain), 0, 0)
        assert shown.pixelColor(4, 5) == QColor("black")
