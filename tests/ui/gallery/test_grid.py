"""The grid, by real events: what lies where, what is chosen, and that nothing jumps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QContextMenuEvent, QImage, QWheelEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.library_arrangement import Section
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.gallery.date_bubble import DateBubble
from kandinsky_desktop.ui.gallery.grid import PictureGrid
from kandinsky_desktop.ui.theme import Theme
from tests.ui.gallery.some_pictures import SomePictures, SomeThumbnails, by_days

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


class Hand:
    """A grid in a window, and a hand on it."""

    def __init__(self, qtbot: QtBot, theme: Theme, count: int = 200, each: int = 24) -> None:
        self.pictures = SomePictures(*by_days(count, each))
        self.tester = QAbstractItemModelTester(
            self.pictures, QAbstractItemModelTester.FailureReportingMode.Fatal
        )
        self.thumbnails = SomeThumbnails()
        self.grid = PictureGrid(theme, self.pictures, self.thumbnails)
        qtbot.addWidget(self.grid)
        theme.dress(self.grid)
        self.grid.resize(912, 640)
        self.grid.show()
        self.grid.setFocus()
        qtbot.waitExposed(self.grid)
        QApplication.processEvents()

    def click(self, row: int, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        """Click on the middle of a cell, which is brought into sight."""
        index = self.pictures.index(row, 0)
        self.grid.scrollTo(index)
        QTest.mouseClick(self.grid.viewport(), LEFT, modifier, self.grid.visualRect(index).center())

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(self.grid, key, modifier)

    @property
    def current(self) -> int:
        return self.grid.currentIndex().row()

    @property
    def chosen(self) -> list[int]:
        return [row for rows in self.grid.chosen_rows for row in rows]

    def top_of(self, picture: int) -> int:
        row = self.pictures.row_of(picture)
        assert row is not None
        return self.grid.visualRect(self.pictures.index(row, 0)).top()


@pytest.fixture
def hand(qtbot: QtBot, theme: Theme) -> Hand:
    return Hand(qtbot, theme)


def test_what_is_clicked_is_chosen_and_ctrl_adds(hand: Hand) -> None:
    hand.click(3)
    assert (hand.chosen, hand.current) == ([3], 3)
    hand.click(30, CTRL)
    hand.click(31, CTRL)
    assert hand.chosen == [3, 30, 31]
    hand.click(30, CTRL)
    assert hand.chosen == [3, 31]
    assert hand.grid.chosen_ids == [197, 169]
    hand.click(7)
    assert hand.chosen == [7]


def test_shift_chooses_all_from_one_to_another_as_one_reads(hand: Hand) -> None:
    hand.click(3)
    hand.click(60, SHIFT)
    assert hand.chosen == list(range(3, 61))
    hand.click(10, SHIFT)  # from the same anchor
    assert hand.chosen == list(range(3, 11))
    hand.click(0, SHIFT)
    assert hand.chosen == list(range(4))
    hand.press(Key.Key_Down)
    assert (hand.chosen, hand.current) == ([6], 6)
    hand.press(Key.Key_Right, SHIFT)
    hand.press(Key.Key_Down, SHIFT)
    assert hand.chosen == list(range(6, 14))
    hand.press(Key.Key_End, SHIFT)
    assert hand.chosen == list(range(6, 200))


@given(st.lists(st.integers(0, 199), min_size=2, max_size=2), st.integers(300, 1600))
def test_shift_ranges_hold_for_any_two_cells_and_any_width(
    qtbot: QtBot, theme: Theme, ends: list[int], width: int
) -> None:
    hand = Hand(qtbot, theme)
    hand.grid.resize(width, 640)
    hand.click(ends[0])
    hand.click(ends[1], SHIFT)
    assert hand.chosen == list(range(min(ends), max(ends) + 1))
    hand.grid.close()


def test_keys_lead_everywhere(hand: Hand) -> None:
    hand.click(0)
    for key, row in (
        (Key.Key_Right, 1),
        (Key.Key_Down, 7),
        (Key.Key_Left, 6),
        (Key.Key_Up, 0),
        (Key.Key_Up, 0),
        (Key.Key_End, 199),
        (Key.Key_Right, 199),
        (Key.Key_Home, 0),
        (Key.Key_Left, 0),
    ):
        hand.press(key)
        assert hand.current == row, key
    hand.press(Key.Key_PageDown)
    page = hand.current
    assert 12 <= page <= 36
    assert hand.grid.visualRect(hand.grid.currentIndex()).bottom() < hand.grid.viewport().height()
    hand.press(Key.Key_PageUp)
    assert hand.current == 0


def test_the_column_is_kept_over_short_lines(qtbot: QtBot, theme: Theme) -> None:
    hand = Hand(qtbot, theme, count=40, each=8)  # lines of six and two
    hand.click(4)
    for row in (9 - 2, 12, 15, 20):
        hand.press(Key.Key_Down)
        assert hand.current == row
    hand.press(Key.Key_Up)
    hand.press(Key.Key_Left)
    hand.press(Key.Key_Up)
    assert hand.current == 8


def test_enter_opens_and_space_looks(hand: Hand, qtbot: QtBot) -> None:
    hand.click(2)
    with qtbot.waitSignal(hand.grid.opened) as opened:
        hand.press(Key.Key_Return)
    with qtbot.waitSignal(hand.grid.viewed) as viewed:
        hand.press(Key.Key_Space)
    assert (opened.args, viewed.args) == ([198], [198])
    assert hand.chosen == [2]
    with qtbot.waitSignal(hand.grid.opened) as opened:
        place = hand.grid.visualRect(hand.pictures.index(5, 0))
        QTest.mouseDClick(hand.grid.viewport(), LEFT, PLAIN, place.center())
    assert opened.args == [195]


def test_what_is_seen_stays_where_it_is_when_pictures_come(hand: Hand) -> None:
    hand.click(100)
    hand.grid.verticalScrollBar().setValue(hand.grid.verticalScrollBar().value() + 70)
    before = hand.top_of(100)
    hand.pictures.add_first([501, 502, 503])
    assert hand.top_of(100) == before
    assert hand.grid.current_id == 100
    assert hand.grid.chosen_ids == [100]
    hand.grid.to_top()
    hand.pictures.add_first([504])
    assert hand.grid.verticalScrollBar().value() == 0  # what comes is seen


def test_a_bubble_says_which_day_flies_by(qtbot: QtBot, theme: Theme) -> None:
    hand = Hand(qtbot, theme, count=2000)
    bar, bubble = hand.grid.verticalScrollBar(), hand.grid.findChild(DateBubble)
    assert isinstance(bubble, DateBubble)
    hand.click(400)
    hand.press(Key.Key_Down)
    assert not bubble.isVisible()
    bar.setSliderDown(True)
    bar.setSliderPosition(bar.maximum() // 2)
    first = hand.grid.rows_in_sight().start
    assert bubble.isVisible()
    assert bubble.words == f"Day {first // 24}"
    assert hand.grid.rect().contains(bubble.geometry())
    bar.setSliderPosition(bar.maximum())
    assert hand.grid.rect().contains(bubble.geometry())
    bar.setSliderDown(False)
    qtbot.waitUntil(lambda: not bubble.isVisible())
    for _step in range(20):
        bar.triggerAction(QAbstractSlider.SliderAction.SliderPageStepSub)
    assert bubble.isVisible()
    hand.pictures.reset_to([])
    bar.setSliderDown(True)
    bar.setSliderDown(False)


def test_who_scrolls_after_a_click_is_not_led_back(hand: Hand, qtbot: QtBot) -> None:
    bar, pause = hand.grid.verticalScrollBar(), QApplication.styleHints().mouseDoubleClickInterval()
    QApplication.styleHints().setMouseDoubleClickInterval(50)
    try:
        hand.grid.resize(912, 600)
        low = hand.grid.rows_in_sight()[-1]  # of which the upper part is seen
        place = hand.grid.visualRect(hand.pictures.index(low, 0))
        QTest.mouseClick(hand.grid.viewport(), LEFT, PLAIN, place.topLeft() + QPoint(60, 10))
        assert (hand.current, bar.value()) == (low, 0)
        qtbot.waitUntil(lambda: bar.value() > 0)  # what was clicked is seen whole
        hand.click(low)
        bar.setValue(bar.value() + 900)
        scrolled = bar.value()
        qtbot.wait(250)
        assert bar.value() == scrolled
    finally:
        QApplication.styleHints().setMouseDoubleClickInterval(pause)


def test_a_reset_keeps_what_is_seen_chosen_and_current(hand: Hand) -> None:
    hand.click(100)
    hand.click(104, CTRL)
    before = hand.top_of(96)
    gone = [picture for picture in range(200, 0, -1) if picture % 10]
    hand.pictures.reset_to(picture for picture in range(220, 0, -1) if picture not in (195, 194))
    assert hand.top_of(96) == before
    assert hand.grid.chosen_ids == [100, 96]
    assert hand.grid.current_id == 96
    hand.pictures.reset_to(gone)
    assert hand.grid.chosen_ids == [96]
    hand.pictures.reset_to([])
    assert not hand.grid.chosen_ids
    assert hand.grid.current_id is None


def test_what_is_seen_stays_in_sight_at_any_size(hand: Hand) -> None:
    hand.click(120)
    for width in (500, 1400, 320, 912):
        hand.grid.resize(width, 640)
        place = hand.grid.visualRect(hand.grid.currentIndex())
        assert hand.grid.viewport().rect().contains(place), width
    for key in (Key.Key_Plus, Key.Key_Plus, Key.Key_Plus, Key.Key_Minus, Key.Key_Minus):
        hand.press(key)
        place = hand.grid.visualRect(hand.grid.currentIndex())
        assert hand.grid.viewport().rect().contains(place)
    assert hand.grid.side > 130


def test_ctrl_and_the_wheel_change_the_size(hand: Hand) -> None:
    before = hand.grid.side
    at = QPointF(300, 300)
    turned = QWheelEvent(
        at,
        hand.grid.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        CTRL,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(hand.grid.viewport(), turned)
    assert hand.grid.side > before


def test_the_mark_on_a_cell_adds_it_and_takes_it_away(hand: Hand) -> None:
    hand.click(0)
    view = hand.grid.viewport()
    mark = hand.grid.visualRect(hand.pictures.index(1, 0)).topLeft() + QPoint(18, 18)
    QTest.mouseClick(view, LEFT, PLAIN, mark)
    assert hand.chosen == [0, 1]
    QTest.mouseClick(view, LEFT, PLAIN, mark)
    assert hand.chosen == [0]


def test_a_heading_chooses_its_day(hand: Hand) -> None:
    first = hand.grid.visualRect(hand.pictures.index(0, 0))
    QTest.mouseClick(hand.grid.viewport(), LEFT, PLAIN, first.topLeft() + QPoint(10, -18))
    assert hand.chosen == list(range(24))


def test_a_rubber_band_chooses_what_it_touches(hand: Hand) -> None:
    view = hand.grid.viewport()
    first = hand.grid.visualRect(hand.pictures.index(0, 0))
    beyond = hand.grid.visualRect(hand.pictures.index(8, 0)).center()
    QTest.mousePress(view, LEFT, PLAIN, first.topLeft() - QPoint(12, 4))
    QTest.mouseMove(view, beyond - QPoint(20, 20))
    QTest.mouseMove(view, beyond)
    QTest.mouseRelease(view, LEFT, PLAIN, beyond)
    assert hand.chosen == [0, 1, 2, 6, 7, 8]


def test_ten_thousand_are_chosen_in_a_range_or_two(qtbot: QtBot, theme: Theme) -> None:
    hand = Hand(qtbot, theme, count=12_000, each=100)
    hand.click(0)
    hand.click(9_999, SHIFT)
    assert hand.grid.chosen_count == 10_000
    assert hand.grid.chosen_rows == [range(10_000)]
    hand.press(Key.Key_A, CTRL)
    assert hand.grid.chosen_count == 12_000
    hand.pictures.add_first([20_000])
    assert hand.grid.chosen_count == 12_000


def test_thumbnails_are_wished_for_what_is_seen_first(hand: Hand, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(hand.thumbnails.images))
    ids = hand.thumbnails.wished[-1]
    assert hand.thumbnails.side == 134
    seen = len(hand.grid.rows_in_sight())
    assert ids[:seen] == list(range(200, 200 - seen, -1))
    hand.grid.verticalScrollBar().setValue(hand.grid.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: hand.thumbnails.wished[-1][0] < 50)
    ids = hand.thumbnails.wished[-1]
    assert set(ids[: len(hand.grid.rows_in_sight())]) == {
        int(hand.pictures.ids[row]) for row in hand.grid.rows_in_sight()
    }


def test_a_cell_is_its_colour_and_then_its_picture(hand: Hand, qtbot: QtBot) -> None:
    at = hand.grid.visualRect(hand.pictures.index(4, 0)).center()
    hand.thumbnails.images.clear()
    hand.thumbnails.wish = lambda ids: None  # type: ignore[method-assign]

    def seen() -> QColor:
        return hand.grid.viewport().grab().toImage().pixelColor(at)

    assert seen().name() == hand.thumbnails.color(196).name()
    image = QImage(134, 134, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    hand.thumbnails.images[196] = image
    hand.thumbnails.ready.emit([196])
    qtbot.waitUntil(lambda: seen() == QColor("#123456"))


def test_scrolling_paints_what_a_whole_repaint_would(hand: Hand, qtbot: QtBot) -> None:
    hand.pictures.stars = {picture: picture % 6 for picture in range(200)}
    hand.pictures.stacks = dict.fromkeys(range(0, 200, 5), 4)
    hand.pictures.broken = {150: "It is empty."}
    hand.thumbnails.wish(range(1, 201))
    qtbot.waitUntil(lambda: len(hand.thumbnails.images) >= 200)
    hand.thumbnails.wish = lambda ids: None  # type: ignore[method-assign]  # none comes later
    hand.click(20)
    hand.click(40, SHIFT)
    qtbot.wait(50)
    bar = hand.grid.verticalScrollBar()

    def seen() -> QImage:
        return hand.grid.screen().grabWindow(hand.grid.winId()).toImage()

    if seen().isNull():
        pytest.skip("this platform shows no screen")
    for by in (13, 70, 211, -40, 500, 3):
        painted = hand.grid.painted
        bar.setValue(bar.value() + by)
        qtbot.waitUntil(lambda before=painted: hand.grid.painted > before)  # type: ignore[misc]
        qtbot.wait(20)
        scrolled, painted = seen(), hand.grid.painted
        hand.grid.viewport().update()
        qtbot.waitUntil(lambda before=painted: hand.grid.painted > before)  # type: ignore[misc]
        qtbot.wait(20)
        assert scrolled == seen(), by


def test_a_menu_is_asked_for_what_is_under_the_mouse(hand: Hand, qtbot: QtBot) -> None:
    hand.click(3)
    at = hand.grid.visualRect(hand.pictures.index(8, 0)).center()
    with qtbot.waitSignal(hand.grid.menu_requested):
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, at, hand.grid.viewport().mapToGlobal(at)
        )
        QApplication.sendEvent(hand.grid.viewport(), event)
    assert hand.chosen == [8]


def test_a_screen_reader_is_told_of_each_picture(hand: Hand) -> None:
    told = QAccessible.queryAccessibleInterface(hand.grid)
    assert told.role() is QAccessible.Role.List
    assert told.childCount() == 200
    child = told.child(7)
    assert child.role() is QAccessible.Role.ListItem
    assert child.text(QAccessible.Text.Name) == "picture 193"
    place = hand.grid.visualRect(hand.pictures.index(7, 0))
    corner = hand.grid.viewport().mapToGlobal(place.topLeft())
    assert child.rect().topLeft() == corner
    assert child.rect().size() == place.size()


def test_words_of_a_file_are_never_rich_text(hand: Hand, qtbot: QtBot) -> None:
    shown = plain_tip("<b>bold</b><img src='file:///etc/passwd'> & more")
    assert "<b>" not in shown
    assert "<img" not in shown
    hand.pictures.reset_to([1], (Section("<h1>album</h1>", 0, 1),))
    hand.grid.grab()  # painted as it stands, with no document made of it


def test_the_current_one_needs_no_choice(hand: Hand) -> None:
    hand.grid.selectionModel().clear()
    hand.grid.clearFocus()
    hand.grid.setFocus()
    assert hand.current == 0
    assert not hand.chosen
    hand.press(Key.Key_Space, CTRL)
    assert hand.chosen == [0]
    flags = QItemSelectionModel.SelectionFlag.NoUpdate
    hand.grid.selectionModel().setCurrentIndex(hand.pictures.index(5, 0), flags)
    assert hand.chosen == [0]
