"""Whether a picture on the stage has its own pixels, on a screen of the scaling in force.

    QT_SCALE_FACTOR=1.25 python -m tests.ui.screen_pixels

Qt reads the scaling once, so that each other scaling is a process of its own.
"""

import os
import sys

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.state.viewer import ViewedImage
from kandinsky_desktop.ui.create.stage import Stage
from kandinsky_desktop.ui.theme import Theme

WIDE, HIGH = 133, 71
AT = (57, 31)  # of the stage in its window: with most scalings no whole device pixel

Pixels = npt.NDArray[np.uint8]


def noise() -> Pixels:
    """Return a picture that has no two neighbours alike, as blue, green, red and nothing."""
    pixels = np.random.default_rng(3).integers(0, 256, (HIGH, WIDE, 4), np.uint8)
    pixels[..., 3] = 255
    return pixels


def image_of(pixels: Pixels) -> QImage:
    high, wide, _channels = pixels.shape
    return QImage(pixels.tobytes(), wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


def pixels_of(image: QImage) -> Pixels:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), :3].copy()


def colours_of(stage: Stage) -> list[str]:
    """Return the colours at the left and at the right of the one picture."""
    place, image = stage.place, stage.grab().toImage()
    points = (
        QPointF(place.left() + place.width() * share, place.center().y()).toPoint()
        for share in (0.1, 0.9)
    )
    return [image.pixelColor(point).name() for point in points]


class Screen:
    """A window with a stage in it, and the device pixels that it shows."""

    def __init__(self, qapp: QApplication) -> None:
        self.qapp = qapp
        theme = Theme(qapp)
        theme.motion = False
        self.window = QWidget()
        self.window.resize(701, 533)
        self.stage = Stage(theme, self.window)
        self.stage.setGeometry(*AT, 601, 455)
        self.window.show()
        qapp.processEvents()

    def show(self, image: QImage) -> None:
        """Show one picture, fitted."""
        self.stage.show_images([ViewedImage(image.size(), image)])

    def device_pixels(self, box: Box) -> Pixels:
        """Return what the window shows in a box of the stage's device pixels."""
        self.qapp.processEvents()
        left, top = self.corner
        shown = pixels_of(self.window.grab().toImage())
        return shown[top + box.top : top + box.bottom, left + box.left : left + box.right]

    @property
    def corner(self) -> tuple[int, int]:
        """The first device pixel of the stage, in its window."""
        ratio = self.stage.devicePixelRatioF()
        return int(AT[0] * ratio + 0.5), int(AT[1] * ratio + 0.5)

    @property
    def bounds(self) -> Box:
        view = self.stage.view
        assert view is not None
        return view.bounds


def check_fitted_edges(screen: Screen) -> None:
    """Whether just the device pixels of a fitted picture have its colour, and none a part of it."""
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    image.fill(QColor("#FF00FF"))
    screen.show(image)
    bounds = screen.bounds
    around = screen.device_pixels(
        Box(bounds.left - 2, bounds.top - 2, bounds.right + 2, bounds.bottom + 2)
    ).astype(int)
    middle_row, middle_column = around[around.shape[0] // 2], around[:, around.shape[1] // 2]
    for line in (middle_row, middle_column):
        apart = np.abs(line - (255, 0, 255)).max(axis=1)
        assert apart[2:-2].max() <= 2, apart
        assert apart[[0, 1, -2, -1]].min() > 50, apart


def check_actual_pixels(screen: Screen) -> None:
    """Whether a picture at 1:1, and in squares, is equal to the file, however it is turned."""
    pixels = noise()
    for zoom_keys, times in ((0, 1), (4, 3)):
        for quarters in range(4):
            for mirrored in (False, True):
                screen.show(image_of(pixels))
                screen.stage.actual()
                for _key in range(zoom_keys):
                    screen.stage.closer()
                for _quarter in range(quarters):
                    screen.stage.rotate(90)
                screen.stage.pan(QPointF(7, 5))
                if mirrored:
                    screen.stage.mirror()
                assert screen.stage.scale == times
                expected = np.rot90(pixels[..., :3], -quarters)
                expected = expected[:, ::-1] if mirrored else expected
                expected = expected.repeat(times, 0).repeat(times, 1)
                assert np.array_equal(screen.device_pixels(screen.bounds), expected)


def check_places(screen: Screen) -> None:
    """Whether the place that the stage tells is, in its window, where the device pixels are."""
    ratio, place = screen.stage.devicePixelRatioF(), screen.stage.place
    told = (AT[0] + place.left()) * ratio, (AT[1] + place.top()) * ratio
    shown = screen.corner[0] + screen.bounds.left, screen.corner[1] + screen.bounds.top
    assert np.allclose(told, shown, atol=1e-6)
    assert np.allclose(
        screen.stage.to_device(place.topLeft()), (screen.bounds.left, screen.bounds.top)
    )


def check_all(qapp: QApplication) -> None:
    screen = Screen(qapp)
    check_fitted_edges(screen)
    check_actual_pixels(screen)
    check_places(screen)
    screen.window.close()


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setStyle("Fusion")
    assert app.primaryScreen().devicePixelRatio() == float(os.environ["QT_SCALE_FACTOR"])
    check_all(app)
