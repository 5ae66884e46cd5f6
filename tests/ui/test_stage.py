import subprocess
import sys
from collections.abc import Iterator
from os import environ
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QDrag, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.viewer import ViewedImage
from kandinsky_desktop.ui.create.stage import Stage
from kandinsky_desktop.ui.theme import Theme
from tests.ui.screen_pixels import check_all, image_of, noise, pixels_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    theme = Theme(qapp)
    theme.motion = False
    stage = Stage(theme)
    stage.resize(701, 533)
    stage.show()
    qapp.processEvents()
    yield stage
    stage.close()
    theme.deleteLater()


def plain(colour: str, *, path: str = "", size: QSize | None = None) -> ViewedImage:
    image = QImage(size or QSize(64, 48), QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return ViewedImage(image.size(), image, Path(path) if path else None)


def colours(stage: Stage) -> list[str]:
    """Return the colour in the middle of each place."""
    shown = stage.grab().toImage()
    return [shown.pixelColor(place.center().toPoint()).name() for place in stage.places]


@pytest.mark.parametrize("factor", ["1", "1.25", "1.5", "2"])
def test_the_screen_shows_the_pixels_of_the_file_at_each_scaling(
    qapp: QApplication, factor: str
) -> None:
    if factor == "1":
        check_all(qapp)
        return
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.screen_pixels"],
        env=environ | {"QT_SCALE_FACTOR": factor},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_grid_shows_each_picture_in_whole_pixels_and_says_which_was_clicked(
    stage: Stage,
) -> None:
    images = [plain(colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    stage.show_images(images)
    assert colours(stage) == ["#ff0000", "#00ff00", "#0000ff"]
    for place in stage.places:
        assert place == place.toRect().toRectF()
    clicked: list[int] = []
    stage.image_clicked.connect(clicked.append)
    for place in reversed(stage.places):
        QTest.mouseClick(stage, LEFT, pos=place.center().toPoint())
    QTest.mouseClick(stage, LEFT, pos=QPoint(3, 3))
    assert clicked == [2, 1, 0]
    stage.show_images(images[:1])
    QTest.mouseClick(stage, LEFT, pos=stage.places[0].center().toPoint())
    assert clicked == [2, 1, 0]


def test_a_grid_is_neither_zoomed_nor_turned(stage: Stage) -> None:
    stage.show_images([plain("red"), plain("green")])
    places, scale = stage.places, stage.scale
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_1, Qt.Key.Key_Left, Qt.Key.Key_Space):
        QTest.keyClick(stage, key)
    stage.rotate(90)
    stage.actual()
    assert (stage.places, stage.scale) == (places, scale)


def test_zoom_is_counted_in_device_pixels_and_told(stage: Stage) -> None:
    told: list[float] = []
    stage.zoomed.connect(told.append)
    stage.show_images([plain("red")])
    QTest.keyClick(stage, Qt.Key.Key_1)
    assert told[-1] == stage.scale == 1
    QTest.keyClick(stage, Qt.Key.Key_0)
    assert told[-1] == stage.scale == pytest.approx((533 - 48) / 48)
    QTest.mouseDClick(stage, LEFT, pos=QPoint(300, 200))
    assert told[-1] == 1
    stage.resize(600, 500)
    stage.show_images([plain("red", size=QSize(552, 100))])
    assert told[-1] == 1


def test_a_picture_is_changed_in_place_and_what_was_zoomed_stays_zoomed(stage: Stage) -> None:
    stage.show_images([plain("#ff0000"), plain("#00ff00")])
    stage.update_image(1, plain("#0000ff", path="b.png"))
    stage.update_image(5, plain("#ffffff"))  # one that is gone again
    assert colours(stage) == ["#ff0000", "#0000ff"]
    assert stage.accessibleDescription() == "1 of 2 pictures are done"
    stage.show_images([plain("#ff0000")])
    stage.actual()
    stage.rotate(90)
    stage.update_image(0, plain("#0000ff", size=QSize(128, 96)))
    assert stage.scale == 1
    assert stage.places[0].size().toSize() == QSize(96, 128)
    assert colours(stage) == ["#0000ff"]


def test_a_preview_fades_into_the_next(stage: Stage, qapp: QApplication) -> None:
    stage._theme.motion = True
    stage.show_images([plain("#000000")])
    stage.update_image(0, plain("#ffffff"))
    stage._fade.pause()
    stage._fade.setCurrentTime(stage._fade.duration() // 4)
    stage._fade.resume()
    stage._fade.setCurrentTime(stage._fade.duration() // 4)
    assert colours(stage)[0] not in ("#000000", "#ffffff")
    stage._fade.setCurrentTime(stage._fade.duration())
    assert colours(stage) == ["#ffffff"]


def test_a_picture_is_compared_with_the_one_before_or_its_last_preview(stage: Stage) -> None:
    before, preview = plain("#00ff00").image, plain("#0000ff", size=QSize(8, 6)).image
    shown = plain("#ff0000")
    shown = ViewedImage(shown.size, shown.image, previous=before, preview=preview)
    stage.show_images([shown])
    assert stage.can_compare
    place = stage.places[0]
    left, right = (
        QPoint(int(place.left() + place.width() * share), int(place.top() + 20))
        for share in (0.25, 0.75)
    )

    def seen() -> list[str]:
        image = stage.grab().toImage()
        return [image.pixelColor(point).name() for point in (left, right)]

    assert seen() == ["#ff0000", "#ff0000"]
    stage.compare(True)
    assert seen() == ["#00ff00", "#ff0000"]
    stage.compare(True, preview=True)
    assert seen() == ["#0000ff", "#ff0000"]
    stage.compare(False)
    assert seen() == ["#ff0000", "#ff0000"]
    stage.show_images([plain("#ff0000"), shown])
    assert not stage.can_compare


def test_a_file_is_dragged_out_of_what_is_fitted_or_in_a_grid_and_what_is_zoomed_is_moved(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[str] = []

    class Drag(QDrag):
        """Ends at once: Qt's own waits for a person's hand."""

        @override
        def exec(self, *actions: Qt.DropAction) -> Qt.DropAction:
            dragged.extend(url.fileName() for url in self.mimeData().urls())
            return actions[0]

    def drag() -> None:
        start = stage.places[-1].center().toPoint()
        QTest.mousePress(stage, LEFT, pos=start)
        QTest.mouseMove(stage, start + QPoint(2, 1))
        QTest.mouseMove(stage, start + QPoint(20, 10))
        QTest.mouseRelease(stage, LEFT, pos=start + QPoint(20, 10))

    monkeypatch.setattr("kandinsky_desktop.ui.create.stage.QDrag", Drag)
    clicked: list[int] = []
    stage.image_clicked.connect(clicked.append)
    pictures = [plain("red", path="/a.png"), plain("green", path="/b.png")]
    stage.show_images(pictures)
    drag()
    stage.show_images(pictures[:1])
    drag()
    assert dragged == ["b.png", "a.png"]
    assert not clicked
    stage.actual()
    place = stage.places[0]
    drag()
    assert stage.places[0] == place.translated(20, 10)
    assert dragged == ["b.png", "a.png"]


def test_the_picture_under_a_menu_is_named(stage: Stage) -> None:
    asked: list[Path] = []
    stage.menu_requested.connect(lambda path, _point: asked.append(path))
    stage.show_images([plain("red", path="a.png"), plain("green", path="b.png")])
    for place in stage.places:
        point = place.center().toPoint()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, stage.mapToGlobal(point))
        QApplication.sendEvent(stage, event)
    assert asked == [Path("a.png"), Path("b.png")]


def test_a_picture_below_its_size_is_shown_from_a_smaller_copy(stage: Stage) -> None:
    pixels = np.zeros((1600, 1600, 4), np.uint8)
    pixels[1::2, 1::2] = 255  # a quarter of all, which one great step meets here and misses there
    stage.show_images([ViewedImage(QSize(1600, 1600), image_of(pixels))])
    [place] = stage.places
    shown = stage.grab(place.toRect().adjusted(20, 20, -20, -20)).toImage()
    assert np.abs(pixels_of(shown).astype(int) - 64).max() <= 2


def test_a_preview_stays_smooth_where_the_picture_would_be_squares(stage: Stage) -> None:
    image = image_of(noise())
    stage.show_images([ViewedImage(image.size(), image)])
    stage.actual()
    for _press in range(10):
        stage.closer()
    squares = pixels_of(stage.grab().toImage())
    stage.update_image(0, ViewedImage(image.size(), image.scaled(66, 36)))
    blended = pixels_of(stage.grab().toImage())

    def alike(pixels: np.ndarray) -> float:
        middle = pixels[250:280, 300:400].astype(int)
        return float((np.abs(np.diff(middle, axis=1)).max(axis=2) == 0).mean())

    assert alike(squares) > 0.8
    assert alike(blended) < 0.5
