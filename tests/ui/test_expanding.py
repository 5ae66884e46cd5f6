"""Borders by hand in the canvas room: the real window, the real engine, real events."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PySide6.QtCore import Qt
from PySide6.QtGui import QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.events import Progressed, Stepped
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.ui.canvas import borders as shown_borders
from kandinsky_desktop.ui.canvas import frame
from tests.state.canvas import noise, saved
from tests.ui.canvas_painter import CTRL, LEFT, NONE, Key, Painter
from tests.ui.driver import Driver

WIDE, HIGH = 128, 96
MIDDLE = WIDE / 2, HIGH / 2
DRAGS = {  # where a side or a corner is dragged from, and by how much
    "left": ((0, MIDDLE[1]), (-24, 0)),
    "top": ((MIDDLE[0], 0), (0, -24)),
    "right": ((WIDE, MIDDLE[1]), (24, 0)),
    "bottom": ((MIDDLE[0], HIGH), (0, 24)),
    "corner": ((0, 0), (-24, -24)),
}
GROWN = {
    "left": Borders(left=24),
    "top": Borders(top=24),
    "right": Borders(right=24),
    "bottom": Borders(bottom=24),
    "corner": Borders(left=24, top=24),
}


class Hand(Painter):
    """Someone who lets a picture grow."""

    def drag(self, name: str, *, end: bool = True) -> None:
        """Drag a side of the picture as it is shown, in several moves."""
        view, (start, by) = self.room.desk.view, DRAGS[name]
        QTest.mouseMove(view, self.at(*start))
        QTest.mousePress(view, LEFT, NONE, self.at(*start))
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(view, self.at(start[0] + share * by[0], start[1] + share * by[1]))
            QApplication.processEvents()
        if end:
            x, y = start[0] + by[0], start[1] + by[1]
            QTest.mouseRelease(view, LEFT, NONE, self.at(x, y))

    @property
    def borders(self) -> Borders:
        return self.canvas.expansion.borders

    def near(self, wanted: Borders) -> bool:
        """Whether borders are as wanted, but for what a pixel of the screen is."""
        sides = "left", "top", "right", "bottom"
        pairs = [(getattr(self.borders, side), getattr(wanted, side)) for side in sides]
        return all(bool(now) == bool(then) and abs(now - then) <= 1 for now, then in pairs)


@pytest.fixture
def hand(driver: Driver, tmp_path: Path) -> Hand:
    made = Hand(driver)
    made.open(saved(noise((WIDE, HIGH)), tmp_path / "cat.png"))
    made.key(Key.Key_X)
    assert made.room.gestures.tool == "expand"
    return made


def test_each_side_is_dragged_undone_and_dragged_again(hand: Hand) -> None:
    document, view = hand.canvas.document, hand.room.desk.view
    for name, wanted in GROWN.items():
        for turn in range(2):
            hand.drag(name)
            assert hand.near(wanted), (name, turn, hand.borders)
            assert document.step_names == ("Borders",)
            shown = view._borders
            assert shown is not None
            assert shown.windows == hand.canvas.expansion.windows
            assert shown.around == hand.borders.around(document.size)
            assert hand.room.expand.isVisible()
            assert hand.room.bar.run_button.accessibleName() == "Expand to match"
            if not turn:
                hand.key(Key.Key_Z, CTRL)
                assert not hand.borders.any
                assert hand.room.problem.startswith("Paint over what is to be painted anew")
        hand.key(Key.Key_Z, CTRL)
    hand.drag("right", end=False)
    QTest.keyClick(view, Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, NONE, hand.at(WIDE + 24, MIDDLE[1]))
    assert not hand.borders.any
    QTest.mousePress(view, LEFT, NONE, hand.at(*MIDDLE))  # within it is no side
    QTest.mouseRelease(view, LEFT, NONE, hand.at(*MIDDLE))
    assert not hand.borders.any
    assert not document.mask.pixels.any()
    view.mirror()
    view.rotate(90)
    hand.drag("left")
    assert hand.near(Borders(left=24))  # its own left, wherever that is on the screen
    hand.key(Key.Key_Z, CTRL)
    field = hand.room.expand.fields["bottom"]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "40")
    QTest.keyClick(field, Key.Key_Return)
    assert hand.borders == Borders(bottom=40)
    field.selectAll()
    QTest.keyClicks(field, "32700")
    refused: list[str] = []
    hand.canvas.refused.connect(refused.append)
    QTest.keyClick(field, Key.Key_Return)
    assert "32796" in refused[0]
    assert field.value() == 40
    hand.room.expand.clear_requested.emit()
    assert not hand.borders.any


def test_the_windows_shown_are_painted_in_their_order_and_the_picture_stays(hand: Hand) -> None:
    driver, canvas = hand.driver, hand.canvas
    before = hand.picture
    hand.drag("corner")
    hand.drag("bottom")
    borders, shown = hand.borders, [region.box for region in canvas.expansion.regions]
    assert len(shown) >= 2
    seen: list[int] = []
    canvas.expansion.shown_changed.connect(lambda: seen.append(len(canvas.expansion.previews)))
    hand.fill("a red cat", 1)
    told = [
        event.progress.box
        for event in driver.events
        if isinstance(event, Progressed) and isinstance(event.progress, Stepped)
        if event.progress.stage == "decoder"
    ]
    assert list(dict.fromkeys(told)) == shown
    assert max(seen) == len(shown)  # the last one beside all before it
    assert [fill.changed_outside for fill in canvas.fills.fills] == [0]
    assert np.array_equal(hand.picture, before)
    assert hand.room.bar.run_button.accessibleName() == "Expand again"
    assert hand.room.desk.view._borders is not None
    assert hand.room.desk.view._borders.fill is not None
    hand.key(Key.Key_Return)
    after, size = hand.picture, canvas.document.size
    assert size == borders.grown(Size(WIDE, HIGH))
    left, top = borders.left, borders.top
    assert np.array_equal(after[top : top + HIGH, left : left + WIDE], before)
    assert len(np.unique(after[:top].reshape(-1, 3), axis=0)) > 50  # something was painted
    assert not canvas.expansion.any
    assert canvas.document.step_names[-1] == "Expand"
    hand.key(Key.Key_Z, CTRL)
    assert np.array_equal(hand.picture, before)
    assert hand.borders == borders
    hand.key(Key.Key_Y, CTRL)
    assert np.array_equal(hand.picture, after)
    hand.drag("left")  # one continues from what is there now
    assert hand.borders.left


boxes = some.tuples(some.integers(-300, 0), some.integers(-300, 0), *[some.integers(1, 700)] * 2)


@given(boxes, some.integers(-400, 800), some.integers(-400, 800), some.integers(0, 8))
def test_a_side_is_found_where_it_is_and_dragged_no_farther_than_the_picture(
    box: tuple[int, int, int, int], x: int, y: int, number: int
) -> None:
    around, picture = Box(*box), Size(1, 1)
    side = (number // 3, number % 3)
    dragged = shown_borders.dragged(around, picture, side, x, y)
    assert dragged.holds(Box(0, 0, 1, 1))
    changed = [one != other for one, other in zip(dragged.corners, around.corners, strict=True)]
    allowed = side[1] == 0, side[0] == 0, side[1] == 2, side[0] == 2
    assert not any(now and not may for now, may in zip(changed, allowed, strict=True))
    across, down = (box[0], None, box[2])[side[1]], (box[1], None, box[3])[side[0]]
    if side != (1, 1):
        at = (
            (box[0] + box[2]) / 2 if across is None else across,
            (box[1] + box[3]) / 2 if down is None else down,
        )
        found = shown_borders.side_at(around, *at, 0.4)
        assert found == side or min(around.size.width, around.size.height) < 2


def test_cursors_follow_the_view() -> None:
    turned = QTransform().rotate(90)
    assert frame.cursor((1, 0), QTransform()) is Qt.CursorShape.SizeHorCursor
    assert frame.cursor((1, 0), turned) is Qt.CursorShape.SizeVerCursor
    assert frame.cursor((0, 0), QTransform()) is Qt.CursorShape.SizeFDiagCursor
    assert frame.cursor((0, 0), turned) is Qt.CursorShape.SizeBDiagCursor
