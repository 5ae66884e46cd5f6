"""The board and its panel alone: what is seen, chosen, written and asked for."""

from collections.abc import Iterator
from math import cos, radians, sin
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.fusion.board import BoardView
from kandinsky_desktop.ui.fusion.card_text import fitting_words, share_in_words, wrapped
from kandinsky_desktop.ui.fusion.filmstrip import FilmstripPanel
from kandinsky_desktop.ui.fusion.panel import FusionPanel
from kandinsky_desktop.ui.fusion.stage import FusionStage
from kandinsky_desktop.ui.fusion.top_bar import Nearness
from kandinsky_desktop.ui.fusion.weight_pad import slots_for
from kandinsky_desktop.ui.fusion.words_edit import WordsEdit
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.theme_tokens import contrast

LEFT = Qt.MouseButton.LeftButton
FOUR = Board().laid(Prompt("a cat")).laid(Prompt("a dog")).laid(Prompt("gold")).laid(Prompt("x"))
BLUE = QColor("#0000FF")


class Desk(QObject):
    """A board and its panel side by side, connected as in their room."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        super().__init__()
        theme.apply("light", 100, motion=False)
        self.theme, self.qtbot, self.board = theme, qtbot, Board()
        self.view = BoardView(theme)
        self.panel = FusionPanel(theme, ActionSet(theme, self))
        theme.dress(self.view)
        theme.dress(self.panel)
        self.field = QLineEdit()
        self.window = QWidget()
        row = QHBoxLayout(self.window)
        row.addWidget(self.view, 1)
        row.addWidget(self.panel)
        row.addWidget(self.field)
        self.panel.setFixedWidth(280)
        self.field.setFixedWidth(60)
        qtbot.addWidget(self.window)
        self.window.resize(1280, 640)
        self.window.show()
        self.written: list[tuple[int, str]] = []
        self.weighed: list[tuple[int, float, bool]] = []
        self.asked: list[None] = []
        self.view.chosen.connect(self.panel.choose)
        self.panel.chosen.connect(self.view.choose)
        self.view.words_changed.connect(lambda number, words: self.written.append((number, words)))
        self.view.pictures_requested.connect(lambda: self.asked.append(None))
        for part in (self.view, self.panel):
            part.weight_changed.connect(self.weigh)

    def lay(self, board: Board) -> None:
        self.board = board
        titles = {card.id: card.source.text for card in board.cards}  # type: ignore[union-attr]
        self.view.show_board(board, titles)
        self.panel.show_board(board, titles, self.view.angles)
        QApplication.processEvents()

    def weigh(self, number: int, weight: float, lasting: bool) -> None:
        self.weighed.append((number, weight, lasting))
        self.lay(self.board.weighed(number, weight))

    def at(self, number: int) -> QPoint:
        return self.view.mapFromScene(self.view.item_of(number).pos())

    def keep(self, widget: QWidget) -> None:
        """Close a widget at the end; it has taken the board over."""
        self.qtbot.addWidget(widget)

    def write_on(self, number: int) -> WordsEdit:
        self.view.edit_words(number)
        assert self.view.editor is not None
        return self.view.editor

    @property
    def writing(self) -> bool:
        return self.view.editor is not None

    @property
    def marked(self) -> list[str]:
        """The rows that look chosen."""
        rows = self.panel.list
        return [index.data() for index in rows.selectedIndexes()]


@pytest.fixture
def desk(theme: Theme, qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(theme, qtbot)
    yield made
    QApplication.processEvents()


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_the_rings_are_seen_on_the_bands_between_them(desk: Desk, name: str) -> None:
    """All along; where the line lies between pixels each of the two has less of its colour."""
    desk.theme.apply(name, 100, motion=False)
    picture = desk.view.viewport().grab().toImage()

    def colour(x: float, y: float) -> str:
        return picture.pixelColor(desk.view.mapFromScene(QPointF(x, y))).name()

    for weight in (2, 1, 0):
        ring, seen = desk.view.lies.ring(weight), []
        for degrees in (25, 31, 40, 47, 53, 60, 68):
            x, y = ring.x() * cos(radians(degrees)), ring.y() * sin(radians(degrees))
            sides = [colour(x, y + by) for by in (-9, 9)]
            lines = [colour(x, y + by) for by in range(-3, 4)]
            seen.append(min(max(contrast(line, side) for line in lines) for side in sides))
        assert max(seen) >= 3.0
        assert min(seen) >= 2.4


@pytest.mark.parametrize("by", ["the board", "the list", "a key in the list", "a key on the board"])
def test_the_row_that_is_marked_is_the_current_card(desk: Desk, by: str) -> None:
    desk.lay(FOUR)
    rows = desk.panel.list
    QTest.mouseClick(desk.view.viewport(), LEFT, pos=desk.at(1))
    if by == "the board":
        QTest.mouseClick(desk.view.viewport(), LEFT, pos=desk.at(2))
    elif by == "the list":
        place = rows.visualRect(rows.cards.index(1)).topLeft() + QPoint(20, 10)
        QTest.mouseClick(rows.viewport(), LEFT, pos=place)
    elif by == "a key in the list":
        QTest.keyClick(rows, Qt.Key.Key_Down)
    else:
        QTest.keyClick(desk.view, Qt.Key.Key_Right)
    assert desk.marked == ["a dog"]
    assert desk.panel.current == desk.view.current == 2
    assert rows.currentIndex().row() == 1
    assert rows.slider.geometry().center().y() // 52 == 1
    assert desk.view.item_of(2).face.current
    desk.lay(FOUR.without(1))  # the rows below move up
    assert desk.marked == ["a dog"]
    assert rows.currentIndex().row() == 0
    desk.lay(FOUR.without(2))
    assert desk.marked == []
    assert desk.panel.current == desk.view.current == 0


def test_the_slider_of_the_current_row_weighs_its_card(desk: Desk) -> None:
    desk.lay(FOUR.subtracted(2))
    slider = desk.panel.list.slider
    assert not slider.isVisible()
    desk.view.choose(2)
    assert slider.isVisible()
    QTest.mouseClick(slider, LEFT, pos=QPoint(slider.width() - 9, slider.height() // 2))
    assert desk.weighed == [(2, -2.0, False)]  # less of it, as before
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert desk.weighed[-1] == (2, -1.95, True)
    keypad = Qt.KeyboardModifier.KeypadModifier  # as macOS says of arrows
    QTest.keyClick(desk.panel.list, Qt.Key.Key_Left, keypad)
    assert desk.weighed[-1] == (2, -2.0, True)
    QTest.mouseDClick(slider, LEFT)
    assert desk.weighed[-1] == (2, -1.0, True)
    desk.lay(desk.board.locked(2))
    assert not slider.isEnabled()


def test_a_subtracted_card_stays_so_when_a_hand_moves_it_through_zero(desk: Desk) -> None:
    desk.lay(FOUR.subtracted(2))
    slider = desk.panel.list.slider
    desk.view.choose(2)
    QTest.mousePress(slider, LEFT, pos=QPoint(9, slider.height() // 2))
    assert desk.weighed[-1] == (2, 0.0, False)
    QTest.mouseMove(slider, QPoint(slider.width() - 9, slider.height() // 2))
    QTest.mouseRelease(slider, LEFT)
    assert desk.weighed[-1] == (2, -2.0, False)
    viewport, start = desk.view.viewport(), desk.at(2)
    way = start - desk.view.mapFromScene(0, 0)
    QTest.mousePress(viewport, LEFT, pos=start)
    for far in (1.5, 3.0):
        QTest.mouseMove(viewport, start + way * (far - 1))
    assert desk.weighed[-1] == (2, 0.0, False)  # as far out as it goes
    QTest.mouseMove(viewport, start)
    QTest.mouseRelease(viewport, LEFT, pos=start)
    assert desk.weighed[-1][1] == pytest.approx(-2.0, abs=0.1)


def test_only_the_left_button_weighs(desk: Desk) -> None:
    right = Qt.MouseButton.RightButton
    desk.lay(FOUR)
    pad, balanced, done = desk.panel.pad, list[object](), list[None]()
    pad.weights_changed.connect(lambda weights, _lasting: balanced.append(weights))
    for part in (pad, desk.view):
        part.edit_finished.connect(lambda: done.append(None))
    desk.keep(desk.panel.more)
    desk.panel.more.show()
    QTest.mouseClick(pad, right, pos=QPoint(20, 40))
    assert not balanced
    viewport, start = desk.view.viewport(), desk.at(2)
    QTest.mousePress(viewport, LEFT, pos=start)
    QTest.mouseMove(viewport, start + QPoint(30, 0))
    QTest.mousePress(viewport, right, pos=start + QPoint(30, 0))
    QTest.mouseRelease(viewport, right, pos=start + QPoint(30, 0))
    assert desk.view.item_of(2).held
    assert not done
    QTest.mouseRelease(viewport, LEFT, pos=start + QPoint(30, 0))
    assert not desk.view.item_of(2).held
    assert len(done) == 1


def test_a_wheel_weighs_by_notches_and_a_touchpad_by_as_much(desk: Desk) -> None:
    desk.lay(FOUR)
    at = desk.at(2)

    def turn(x: int, y: int) -> None:
        event = QWheelEvent(
            QPointF(at),
            QPointF(desk.view.mapToGlobal(at)),
            QPoint(),
            QPoint(x, y),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(desk.view.viewport(), event)

    for _part in range(8):
        turn(0, 15)
    assert desk.weighed == [(2, 1.05, True)]
    turn(120, 0)  # aside
    turn(0, 0)  # the fingers have left the pad
    turn(0, -60)
    assert len(desk.weighed) == 1
    turn(0, -180)
    assert desk.weighed[-1] == (2, 0.95, True)


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
    ],
)
def test_words_are_written_on_the_card(
    desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    desk.lay(FOUR)
    edit = desk.write_on(1)
    card = desk.view.item_of(1)
    within = desk.view.mapFromScene(card.mapToScene(card.words_place)).boundingRect()
    assert within.contains(edit.geometry())
    QTest.keyClicks(edit, " on a mat")
    QTest.keyClick(edit, key, modifier)
    assert desk.written == [(1, "a cat on a mat")]
    assert not desk.writing
    assert desk.view.hasFocus()


def test_words_are_given_up_by_esc_and_taken_when_one_goes_elsewhere(desk: Desk) -> None:
    desk.lay(FOUR)
    edit = desk.write_on(1)
    QTest.keyClicks(edit, " on a mat")
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert desk.written == []
    assert not desk.writing
    QTest.keyClicks(desk.write_on(2), "s")
    desk.field.setFocus()
    assert desk.written == [(2, "a dogs")]


def test_the_field_for_words_follows_its_card(desk: Desk) -> None:
    """What was dropped is read in a thread, and laid while someone writes."""
    desk.lay(FOUR)
    edit = desk.write_on(1)
    desk.lay(FOUR.laid(Prompt("y")).laid(Prompt("z")).laid(Prompt("z")))
    card = desk.view.item_of(1)
    within = desk.view.mapFromScene(card.mapToScene(card.words_place)).boundingRect()
    assert within.contains(edit.geometry())


def test_words_that_are_asked_for_twice_are_those_that_were_written(desk: Desk) -> None:
    def write(number: int, words: str) -> None:
        desk.lay(desk.board.replaced(number, Prompt(words)))

    desk.view.words_changed.connect(write)
    desk.lay(FOUR)
    QTest.keyClicks(desk.write_on(1), " on a mat")
    assert desk.write_on(1).toPlainText() == "a cat on a mat"


def test_words_are_taken_when_the_board_goes_out_of_sight(desk: Desk) -> None:
    """As when the window is closed, and not when it is minimised."""
    desk.lay(FOUR)
    QTest.keyClicks(desk.write_on(1), " on a mat")
    desk.window.showMinimized()
    assert desk.written == []
    desk.window.close()
    assert desk.written == [(1, "a cat on a mat")]


def test_no_key_of_the_board_is_heard_while_words_are_written(desk: Desk) -> None:
    desk.lay(FOUR)
    edit = desk.write_on(1)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Delete, Qt.Key.Key_N, Qt.Key.Key_Plus):
        QTest.keyClick(edit, key)
    assert not desk.weighed
    assert desk.view.current == 1


def test_an_empty_place_is_clicked_for_a_picture_and_lights_up_for_a_drop(desk: Desk) -> None:
    desk.lay(Board())
    first, second = desk.view.ghosts
    for ghost in (first, second):
        QTest.mouseClick(desk.view.viewport(), LEFT, pos=desk.view.mapFromScene(ghost.pos()))
    assert len(desk.asked) == 2
    data = QMimeData()
    data.setText("a cat")
    at = desk.view.mapFromScene(first.pos())
    copy = Qt.DropAction.CopyAction
    entering = QDragEnterEvent(at, copy, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(desk.view.viewport(), entering)
    assert first.lit
    desk.lay(Board().laid(Prompt("a cat")))
    assert desk.view.ghosts == [second]
    assert second.pos().x() > 0
    assert desk.view.item_of(1).pos().x() < 0
    desk.lay(FOUR)
    assert desk.view.ghosts == []


def test_what_is_muted_or_taken_away_says_so_on_its_card(desk: Desk) -> None:
    desk.lay(FOUR.muted(1).subtracted(2))
    notes = [desk.view.item_of(number)._note for number in (1, 2, 3)]
    assert notes == ["muted", "less of", "words"]
    shares = [desk.view.item_of(number).face.share for number in (1, 2, 3)]
    assert shares == ["0 %", "−100 %", "100 %"]
    assert share_in_words(-0.12, heard=True) == "−12 %"
    assert share_in_words(-1e308, heard=True) == "<−9999 %"  # a plain sum takes any weight
    assert share_in_words(120.0, heard=True) == ">9999 %"


@pytest.mark.parametrize("scale", [90, 100, 125, 150])
@pytest.mark.parametrize("words", ["gold", "soft pastel colours", "an old master " * 12, "w" * 80])
def test_words_shrink_and_are_elided_before_they_are_cut(
    desk: Desk, scale: int, words: str
) -> None:
    desk.theme.apply("light", scale, motion=False)
    desk.lay(FOUR)
    room = desk.view.item_of(1).words_place.size()
    font, lines = fitting_words(words, QApplication.font(), desk.theme, room)
    metrics = QFontMetrics(font)
    assert 1 <= len(lines) <= 4
    assert len(lines) * metrics.lineSpacing() <= room.height()
    assert all(metrics.horizontalAdvance(line) <= room.width() + 1 for line in lines)
    whole = wrapped(words, font, room.width())
    assert lines == whole or lines[-1].endswith("…")
    if words == "gold":
        assert font.pixelSize() == desk.theme.px(16)


def test_words_shrink_before_one_is_broken(desk: Desk) -> None:
    largest = QFont(QApplication.font())
    largest.setPixelSize(desk.theme.px(16))
    width = QFontMetrics(largest).horizontalAdvance("hamburger") - 2.0
    font, lines = fitting_words("a hamburger", QApplication.font(), desk.theme, QSizeF(width, 90))
    assert lines == ["a", "hamburger"]
    assert font.pixelSize() < largest.pixelSize()
    tight = QSizeF(0.6 * width, 90)
    font, lines = fitting_words("a hamburger", QApplication.font(), desk.theme, tight)
    assert font.pixelSize() == largest.pixelSize(), "broken in any size, it is as large as may be"


def test_a_card_keeps_its_picture_and_its_text_size_when_the_view_is_small(desk: Desk) -> None:
    desk.lay(FOUR)
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(BLUE)
    desk.view.show_image(1, image)
    desk.window.resize(900, 520)
    QApplication.processEvents()
    item = desk.view.item_of(1)
    pixmap = QPixmap(item.boundingRect().size().toSize())
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.translate(-item.boundingRect().topLeft())
    item.paint(painter, None)  # type: ignore[arg-type]
    painter.end()
    middle = pixmap.rect().center() - QPoint(0, item.face.caption // 2)
    assert pixmap.toImage().pixelColor(middle) == BLUE
    assert item.face.caption == 46


def test_a_film_is_planned_anew_for_another_picture_of_the_same_title(
    desk: Desk, background: Background, tmp_path: Path
) -> None:
    """As of two that were painted from the same words: its frames would lay the first again."""
    strip = Filmstrip(JobQueue(), background, ThumbnailLoader(background, Thumbnails(tmp_path)))
    film = FilmstripPanel(desk.theme, strip)
    desk.keep(film)
    titles = {1: "a cat", 2: "gold"}
    board = Board().laid(ImagePrompt(Path("1.png"))).laid(Prompt("gold"))
    film.show_board(board, titles)
    told: list[None] = []
    film.changed.connect(lambda: told.append(None))
    film.show_board(board.weighed(1, 0.5), titles)
    assert not told
    film.show_board(board.replaced(1, ImagePrompt(Path("2.png"))), titles)
    assert told


def test_the_menu_key_opens_the_menu_of_the_chosen_card(desk: Desk) -> None:
    """On the board as in the list, where a right click opens it too."""
    desk.lay(FOUR)
    asked: list[tuple[int, QPoint]] = []
    view, rows = desk.view, desk.panel.list
    for part in (view, rows):
        part.menu_requested.connect(lambda number, point: asked.append((number, point)))
    by = QContextMenuEvent.Reason

    def press(widget: QWidget, reason: QContextMenuEvent.Reason, at: QPoint) -> None:
        event = QContextMenuEvent(reason, at, widget.mapToGlobal(at))
        QApplication.sendEvent(widget, event)

    for part in (view, rows):
        press(part.viewport(), by.Keyboard, QPoint())
    assert asked == []  # none is chosen
    view.choose(2)
    press(view.viewport(), by.Keyboard, QPoint())
    assert asked.pop() == (2, view.viewport().mapToGlobal(desk.at(2)))
    press(rows.viewport(), by.Keyboard, QPoint())
    assert asked.pop()[0] == 2
    third = rows.visualRect(rows.cards.index(2)).center()
    press(rows.viewport(), by.Mouse, third)
    assert asked.pop() == (3, rows.viewport().mapToGlobal(third))
    assert desk.view.current == 3


def test_the_middle_is_picked_opened_dragged_and_has_a_menu(desk: Desk) -> None:
    view, viewport = desk.view, desk.view.viewport()
    told: list[str] = []
    view.result_pressed.connect(lambda share: told.append(f"{share.x():.2f} {share.y():.2f}"))
    view.result_opened.connect(lambda: told.append("opened"))
    view.result_dragged.connect(lambda: told.append("dragged"))
    view.result_menu_requested.connect(lambda at: told.append("menu"))
    desk.lay(FOUR)
    place = view.lies.middle
    at = view.mapFromScene(place.topLeft() + QPointF(place.width() / 4, place.height() / 2))
    QTest.mouseClick(viewport, LEFT, pos=at)
    assert told == []  # there is nothing in it yet
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(BLUE)
    view.show_result(image, "a cat and a dog")
    QTest.mouseClick(viewport, LEFT, pos=at)
    assert told == ["0.25 0.50"]
    told.clear()
    QTest.mousePress(viewport, LEFT, pos=at)
    QTest.mouseMove(viewport, at + QPoint(40, 0))
    QTest.mouseRelease(viewport, LEFT, pos=at + QPoint(40, 0))
    assert told == ["dragged"]
    QTest.mouseDClick(viewport, LEFT, pos=at)
    assert told[1] == "opened"
    menu = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, menu)
    assert told[-1] == "menu"
    assert view.viewport().grab().toImage().pixelColor(at) == BLUE


@pytest.mark.parametrize("scale", [90, 100, 125, 150])
@pytest.mark.parametrize(("width", "height"), [(912, 612), (660, 512), (839, 350)])
@pytest.mark.parametrize("film", [False, True])
def test_nothing_that_floats_over_the_board_is_cut_or_lies_on_another(
    desk: Desk,
    background: Background,
    tmp_path: Path,
    scale: int,
    width: int,
    height: int,
    film: bool,
) -> None:
    desk.theme.apply("light", scale, motion=False)
    strip = Filmstrip(JobQueue(), background, ThumbnailLoader(background, Thumbnails(tmp_path)))
    stage = FusionStage(desk.theme, desk.view, FilmstripPanel(desk.theme, strip))
    desk.theme.dress(stage)
    desk.keep(stage)
    stage.resize(width, height)
    stage.show()
    desk.lay(FOUR)
    desk.view.show_result(QImage(64, 64, QImage.Format.Format_RGB32), "a cat")
    stage.show_result(there=True)
    stage.show_film(film)
    QApplication.processEvents()
    shown = [
        part
        for part in (stage.nearness, stage.tools, stage.pills, stage.buttons)
        if part.isVisibleTo(stage)
    ]
    assert len(shown) == (3 if film else 4)
    inside = desk.view.rect()
    for number, part in enumerate(shown):
        assert inside.contains(part.geometry()), part
        assert part.width() >= part.minimumSizeHint().width()
        for other in shown[number + 1 :]:
            assert not part.geometry().intersects(other.geometry()), (part, other)
    for label in stage.findChildren(QLabel):
        if label.isVisible() and label.text():
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    caption = desk.view.mapFromScene(desk.view.lies.middle_caption).boundingRect()
    assert caption.contains(stage.buttons.geometry())
    panel = stage.film
    if film:
        assert panel.minimumSizeHint().height() <= panel.height()
        corner = panel.mapTo(stage, panel.rect().bottomRight())
        assert stage.rect().contains(corner)


def test_nearness_is_explained_until_three_cards_were_dragged(theme: Theme, qtbot: QtBot) -> None:
    hint = Nearness(theme)
    qtbot.addWidget(hint)
    hint.show_drags(2)
    assert not hint.isHidden()
    hint.show_drags(3)
    assert hint.isHidden()
    hint.show_hovered(True)
    assert not hint.isHidden()


def test_bars_show_what_came_through_beside_what_was_asked(desk: Desk) -> None:
    desk.lay(FOUR.muted(3).muted(4).weighed(1, 1.5))
    through = desk.panel.through
    assert through.isHidden()
    desk.panel.show_bars({1: SimilarityBar("unknown"), 2: SimilarityBar("unknown")})
    assert through.measure.isVisible()
    desk.panel.show_bars({1: SimilarityBar("awaited"), 2: SimilarityBar("awaited")})
    assert not through.measure.isVisible()
    known = {1: SimilarityBar("measured", 0.9), 2: SimilarityBar("measured", 0.3)}
    desk.panel.show_bars(known)
    assert through.bars.parts == pytest.approx([0.75, 0.25])
    assert through.bars.asked == pytest.approx([0.6, 0.4])
    assert "0.90" in through.bars._help_at(QPoint(50, 5))
    assert (
        through.bars.accessibleDescription() == "a cat: came through 0.90; a dog: came through 0.30"
    )


def test_the_pad_stays_as_high_and_its_corners_lie_as_the_cards_do(desk: Desk) -> None:
    pad, heights = desk.panel.pad, set()
    for count in (4, 3, 2, 1, 0):
        board = Board()
        for card in FOUR.cards[:count]:
            board = board.laid(card.source)
        desk.lay(board)
        heights.add(pad.height())
        lie, corners = desk.view.angles, pad.corners
        assert len(corners) == (count if count > 1 else 0)
        for number, corner in corners.items():
            place = desk.view.lies.place_of(1.0, lie[number])
            assert (corner.x() > pad.width() / 2) == (place.x() > 0)
            if count > 2:
                assert (corner.y() > pad.height() / 2) == (place.y() > 0)
    assert len(heights) == 1
    assert slots_for([0.0, 3.1]) == (1, 0)


def test_cards_without_weight_are_balanced_from_the_middle_of_the_pad(desk: Desk) -> None:
    desk.lay(Board().laid(Prompt("a cat"), 0.0).laid(Prompt("gold"), 0.0))
    balanced: list[dict[int, float]] = []
    desk.panel.pad.weights_changed.connect(lambda weights, _lasting: balanced.append(weights))
    QTest.keyClick(desk.panel.pad, Qt.Key.Key_Right)
    assert balanced == [{1: pytest.approx(0.48), 2: pytest.approx(0.52)}]


def test_the_pad_does_not_swap_under_the_hand(desk: Desk) -> None:
    desk.lay(FOUR)
    pad = desk.panel.pad
    before = pad.corners
    QTest.mousePress(pad, LEFT, pos=QPoint(20, 20))
    desk.lay(FOUR.muted(2))
    assert pad.corners == before
    QTest.mouseRelease(pad, LEFT, pos=QPoint(20, 20))
    desk.lay(FOUR.muted(2).weighed(1, 0.5))
    assert len(pad.corners) == 3


def test_the_wash_drifts_in_the_middle_until_there_is_a_first_sight(desk: Desk) -> None:
    view, theme = desk.view, desk.theme
    theme.apply("light", 100, motion=True)
    desk.lay(FOUR)
    assert not drifts(view)
    view.show_waiting(on=True)
    assert drifts(view)
    before = view.grab().toImage()
    view.drift()
    assert view.grab().toImage() != before
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    view.show_result(image, "gold and cat")
    assert not drifts(view)
    view.show_result(None, "")
    assert drifts(view)
    theme.apply("light", 100, motion=False)
    assert not drifts(view)
    view.show_waiting(on=False)


def drifts(view: BoardView) -> bool:
    return view.drifting
