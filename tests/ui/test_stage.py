import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from os import environ
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QDrag, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.comparison import Before
from kandinsky_desktop.state.viewer import ViewedImage
from kandinsky_desktop.ui.create.stage import FADE_MS, FIRST_MS, Stage
from kandinsky_desktop.ui.theme import Theme
from tests.ui.painted import Painted
from tests.ui.screen_pixels import check_all, colours_of, image_of, noise, pixels_of

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


def awaited() -> ViewedImage:
    return ViewedImage(QSize(64, 64))


def grabbed(stage: Stage) -> list[QImage]:
    """Return what is seen at each place."""
    return [stage.grab(place.toRect()).toImage() for place in stage.places]


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


def test_a_grid_shows_each_picture_in_whole_pixels_and_says_which_was_clicked_or_opened(
    stage: Stage,
) -> None:
    images = [plain(colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    stage.show_images(images)
    assert colours(stage) == ["#ff0000", "#00ff00", "#0000ff"]
    for place in stage.places:
        assert place == place.toRect().toRectF()
    clicked: list[int] = []
    opened: list[int] = []
    stage.current_requested.connect(clicked.append)
    stage.image_opened.connect(opened.append)
    for place in reversed(stage.places):
        QTest.mouseClick(stage, LEFT, pos=place.center().toPoint())
    QTest.mouseClick(stage, LEFT, pos=QPoint(3, 3))
    assert clicked == [2, 1, 0]
    QTest.mouseDClick(stage, LEFT, pos=stage.places[1].center().toPoint())
    assert opened == [1]
    clicked[:] = [2, 1, 0]
    stage.show_images(images[:1])
    QTest.mouseClick(stage, LEFT, pos=stage.places[0].center().toPoint())
    assert clicked == [2, 1, 0]


def test_a_grid_is_neither_zoomed_nor_turned(stage: Stage) -> None:
    stage.show_images([plain("red"), plain("green")])
    places, scale = stage.places, stage.scale
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_1, Qt.Key.Key_Space):
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
    assert told[-1] == stage.scale == pytest.approx((701 - 48) // 2 * 2 / 64)
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


def test_each_pane_fades_to_its_own_preview_and_the_first_one_slower(stage: Stage) -> None:
    stage._theme.motion = True
    stage.show_images([plain("#000000"), awaited()])
    stage.update_image(0, plain("#ffffff"))
    stage.update_image(1, plain("#ff0000"))
    fades = [face.fade for face in stage._faces]
    assert [fade.duration() for fade in fades] == [FADE_MS, FIRST_MS]
    for fade in fades:
        fade.pause()
    fades[0].setCurrentTime(FADE_MS // 4)
    fades[1].setCurrentTime(FIRST_MS)
    between, whole = colours(stage)
    assert between not in ("#000000", "#ffffff")
    assert whole == "#ff0000"
    fades[0].setCurrentTime(FADE_MS)
    assert colours(stage) == ["#ffffff", "#ff0000"]


def test_the_wash_drifts_where_a_picture_is_awaited_and_only_there(stage: Stage) -> None:
    stage._theme.motion = True
    shown = plain("#ff0000", path="a.png")
    stage.show_images([shown, awaited(), awaited(), shown])
    for face in stage._faces:
        face.fade.stop()
    stage._appear.stop()
    before = grabbed(stage)
    for _frame in range(20):
        stage.drift()
    now = grabbed(stage)
    assert [one == other for one, other in zip(before, now, strict=True)] == [
        True,
        False,
        False,
        True,
    ]
    stage.hide()
    hidden = stage.drifting
    stage.show()
    assert (hidden, stage.drifting) == (False, True)
    for number in (1, 2):
        stage.update_image(number, plain("#00ff00"))
        stage._faces[number].fade.setCurrentTime(FIRST_MS)
    assert [stage.drifting] == [False]


def test_the_wash_is_one_composition_behind_all_panes(stage: Stage) -> None:
    stage.show_images([awaited()])
    [alone] = grabbed(stage)
    stage.show_images([awaited() for _pane in range(4)])
    corner = grabbed(stage)[0]  # shows the upper left of it, as large
    same = alone.copy(0, 0, corner.width(), corner.height())
    far = [
        abs(same.pixelColor(x, y).lightness() - corner.pixelColor(x, y).lightness())
        for x in range(20, corner.width() - 20, 7)
        for y in range(20, corner.height() - 20, 7)
    ]
    assert sum(far) / len(far) < 2


def test_where_motion_is_reduced_the_wash_stands_still_and_pictures_are_swapped(
    stage: Stage,
) -> None:
    stage.show_images([awaited()])
    assert not stage.drifting
    assert grabbed(stage) == grabbed(stage)
    stage.update_image(0, plain("#ff0000"))
    assert colours(stage) == ["#ff0000"]


def test_image_to_image_begins_with_its_start_instead_of_the_wash(stage: Stage) -> None:
    stage._theme.motion = True
    start = plain("#00ff00").image
    stage.show_images([replace(awaited(), start=start)])
    assert colours(stage) == ["#00ff00"]
    assert not stage.drifting
    stage.update_image(0, replace(plain("#ff0000"), start=start))
    assert stage._faces[0].fade.duration() == FIRST_MS


def test_arrows_lead_from_picture_to_picture_and_enter_opens_one(stage: Stage) -> None:
    stage.show_images([plain("red", path=f"{number}.png") for number in range(4)])
    stage.current_requested.connect(stage.set_current)
    opened: list[int] = []
    stage.image_opened.connect(opened.append)
    ways = []
    for key in ("Right", "Down", "Down", "Left", "Up", "Left"):
        QTest.keyClick(stage, getattr(Qt.Key, f"Key_{key}"))
        ways.append(stage.current)
    assert ways == [1, 3, 3, 2, 0, 0]
    for name in ("End", "Home"):
        QTest.keyClick(stage, getattr(Qt.Key, f"Key_{name}"))
        ways.append(stage.current)
    assert ways[-2:] == [3, 0]
    assert "number 1 is current" in stage.accessibleDescription()
    QTest.keyClick(stage, Qt.Key.Key_Right)
    QTest.keyClick(stage, Qt.Key.Key_Return)
    assert opened == [1]


def test_keys_go_on_from_one_that_is_fitted_and_move_one_that_is_zoomed(stage: Stage) -> None:
    steps: list[int] = []
    ends: list[int] = []
    stage.step_requested.connect(steps.append)
    stage.end_requested.connect(ends.append)
    stage.show_images([plain("red", path="a.png")])
    for key in ("Right", "Left", "PageDown", "PageUp", "Space", "Home", "End"):
        QTest.keyClick(stage, getattr(Qt.Key, f"Key_{key}"))
    QTest.keyClick(stage, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert (steps, ends) == ([1, -1, 1, -1, 1, -1], [-1, 1])
    steps[:] = [1, -1]
    stage.actual()
    for _press in range(8):
        stage.closer()
    before = stage.places
    QTest.keyClick(stage, Qt.Key.Key_Right)
    assert steps == [1, -1]
    assert stage.places != before


def test_the_current_picture_has_a_gap_and_a_ring_and_only_where_it_is_finished(
    stage: Stage,
) -> None:
    stage.show_images([plain("#ff0000", path="a.png"), plain("#00ff00")])
    place = stage.places[0].toRect()
    left, middle = place.left(), place.center().y()
    shown = stage.grab().toImage()
    ground, accent = stage._theme.colour("stage"), stage._theme.colour("accent")
    assert [shown.pixelColor(left - out, middle) for out in (1, 2)] == [ground] * 2
    assert [shown.pixelColor(left - out, middle) for out in (3, 4, 5)] == [accent] * 3
    assert shown.pixelColor(left - 6, middle) != accent
    stage.set_current(1)
    assert stage.current is None
    assert stage.grab().toImage().pixelColor(left - 4, middle) != accent


def test_pictures_are_no_larger_than_four_of_the_starter_s_or_eight_times_their_own(
    stage: Stage,
) -> None:
    stage.resize(3000, 2500)
    stage.show_images([plain("red", size=QSize(128, 128))])
    assert stage.place.width() == 1032
    stage.show_images([plain("red", size=QSize(128, 128))] * 4)
    assert stage.places[0].united(stage.places[3]).width() == 1032
    stage.show_images([plain("red", size=QSize(768, 768))])
    assert stage.place.width() == 2500 - 32


def test_one_covers_just_what_four_cover_whatever_the_size_of_the_window(stage: Stage) -> None:
    for size in (QSize(912, 610), QSize(911, 609), QSize(640, 411)):
        stage.resize(size)
        stage.show_images([plain("red", size=QSize(128, 128))])
        alone = stage.place
        stage.show_images([plain("red", size=QSize(128, 128))] * 4)
        assert stage.places[0].united(stage.places[3]) == alone


def test_a_picture_is_compared_beside_a_line_or_gives_way_while_a_key_is_held(
    stage: Stage,
) -> None:
    stage.show_images([plain("#ff0000")])
    before = Before("what it started from", plain("#00ff00", size=QSize(8, 6)).image)
    assert colours_of(stage) == ["#ff0000", "#ff0000"]
    stage.show_before(before)
    assert (stage.divided, colours_of(stage)) == (True, ["#00ff00", "#ff0000"])
    stage.show_before(before, whole=True)
    assert (stage.divided, colours_of(stage)) == (False, ["#00ff00", "#00ff00"])
    stage.show_before(Before("not read yet"))
    assert (stage.divided, colours_of(stage)) == (False, ["#ff0000", "#ff0000"])
    stage.show_before(before)
    stage.show_before(None)
    assert colours_of(stage) == ["#ff0000", "#ff0000"]
    stage.show_before(before)
    stage.show_images([plain("#ff0000"), plain("#ff0000")])
    assert not stage.divided


def test_the_same_comparison_once_more_paints_nothing(stage: Stage, qapp: QApplication) -> None:
    stage.show_images([plain("#ff0000")])
    before = Before("start", plain("#00ff00").image)
    stage.show_before(before)
    painted = Painted()
    stage.installEventFilter(painted)
    qapp.processEvents()
    painted.parts.clear()
    stage.show_before(replace(before))
    qapp.processEvents()
    assert not painted.parts
    stage.show_before(None)
    qapp.processEvents()
    assert painted.parts


def test_what_it_is_compared_with_covers_it_or_lies_where_it_lies_in_a_picture_that_grew(
    stage: Stage,
) -> None:
    stage.show_images([plain("#ff0000", size=QSize(80, 40))])
    banded = QImage(80, 80, QImage.Format.Format_RGB32)
    banded.fill(QColor("#0000ff"))
    with_middle = QPainter(banded)
    with_middle.fillRect(0, 20, 80, 40, QColor("#00ff00"))  # what a square is cut to
    with_middle.end()
    stage.show_before(Before("start", banded), whole=True)
    place, image = stage.places[0], stage.grab().toImage()
    for share in (0.15, 0.9):
        at = QPointF(place.center().x(), place.top() + place.height() * share).toPoint()
        assert image.pixelColor(at).name() == "#00ff00"
    grown = plain("#00ff00", size=QSize(40, 40)).image
    stage.show_before(Before("before it grew", grown, (40, 0)), whole=True)
    assert colours_of(stage)[1] == "#00ff00"
    assert colours_of(stage)[0] == stage._theme.colour("well").name()


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
    stage.current_requested.connect(clicked.append)
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


@pytest.mark.parametrize("count", [1, 4, 9])
def test_the_menu_key_asks_for_the_current_picture_at_its_place(stage: Stage, count: int) -> None:
    stage.show_images([plain("red", path=f"{number}.png") for number in range(count)], count - 1)
    asked: list[tuple[Path, QPoint]] = []
    stage.menu_requested.connect(lambda path, point: asked.append((path, point)))
    middle = stage.rect().center()  # which Qt says of a widget that has no cursor
    key = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(stage, QContextMenuEvent(key, middle, stage.mapToGlobal(middle)))
    [(path, point)] = asked
    assert path == Path(f"{count - 1}.png")
    assert stage.places[-1].contains(QPointF(stage.mapFromGlobal(point)))


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
