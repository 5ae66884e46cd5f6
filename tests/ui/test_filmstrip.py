"""Strips and sheets on the board: shot by the real engine, clicked, and written out."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Grid, Interpolation, Mix, Prompt
from kandinsky_desktop.domain.events import Finished
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.filmstrip import Export
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.ui.fusion.filmstrip import FilmstripPanel, FilmstripView
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import NATIVE
from tests.state.film_studio import Studio
from tests.ui.board import board_of, drop, text
from tests.ui.driver import Driver

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def film(driver: Driver) -> FilmstripPanel:
    """Lay two cards of words and open the film under them; it will be quick."""
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    driver.state.draft.set_sampling(steps=4, prior_steps=3, seed=11)
    drop(driver, text("a cat"))
    drop(driver, text("a hamburger"))
    driver.click(driver.fusion.pills.film)
    panel = driver.fusion.film
    assert panel.isVisible()
    return panel


def shoot(driver: Driver, film: FilmstripPanel) -> None:
    driver.click(film.shoot)
    driver.until(lambda: not driver.state.filmstrip.busy)
    frames = driver.state.filmstrip.frames
    assert all(frame.path for frame in frames)
    driver.until(lambda: all(frame.image for frame in driver.state.filmstrip.frames))


def click(driver: Driver, film: FilmstripPanel, number: int) -> None:
    driver.until(lambda: not film.view.measuring)  # the cells are laid
    place = film.view.visualRect(driver.state.filmstrip.index(number, 0)).center()
    QTest.mouseClick(film.view.viewport(), LEFT, pos=place)


@pytest.mark.qt_log_ignore("This plugin does not support")  # what the offscreen one says of dialogs
@pytest.mark.parametrize("sure", [False, True])
def test_a_film_is_not_written_over_another_unasked(
    driver: Driver, tmp_path: Path, sure: bool
) -> None:
    """Typed without its ending, which is added before anybody looks whether it is there."""
    old = tmp_path / "mine.gif"
    old.write_bytes(b"an older film")
    driver.state.preferences.set(pictures=str(tmp_path))
    asked: list[str] = []

    def answer() -> None:
        question = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
        asked.append(question.text())
        button = QMessageBox.StandardButton.Yes if sure else QMessageBox.StandardButton.No
        QTest.mouseClick(question.button(button), LEFT)
        if not sure:
            QTimer.singleShot(0, dialog().reject)

    def dialog() -> QFileDialog:
        return next(w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog))

    def type_name() -> None:
        edit = next(one for one in dialog().findChildren(QLineEdit) if one.isVisible())
        edit.selectAll()
        QTest.keyClicks(edit, "mine")
        QTimer.singleShot(100, answer)
        dialog().accept()

    QTimer.singleShot(100, type_name)
    target = driver.fusion.ask_target(Export.GIF)
    assert len(asked) == 1
    assert "mine.gif" in asked[0]
    assert target == (old if sure else None)


def test_a_strip_leads_from_one_card_to_another_with_one_seed(
    driver: Driver, film: FilmstripPanel
) -> None:
    assert [frame.caption for frame in driver.state.filmstrip.frames][::4] == [
        "0 %",
        "50 %",
        "100 %",
    ]
    shoot(driver, film)
    records = [read_record(path) for path in driver.state.filmstrip.made]
    assert len(records) == 9
    assert isinstance(records[0].request.conditioning, Interpolation)
    assert {record.seed for record in records} == {11}
    assert len({path.read_bytes() for path in driver.state.filmstrip.made}) == 9
    assert len(driver.state.gallery.tiles) == 9


def test_a_finished_strip_is_made_again_in_even_steps(driver: Driver, film: FilmstripPanel) -> None:
    assert not film.even.isEnabled()
    assert film.even.toolTip() == "When all frames are there"
    film.count.setValue(5)
    shoot(driver, film)
    first = driver.state.filmstrip.made
    assert film.even.isEnabled()
    driver.click(film.even)
    driver.until(lambda: driver.state.filmstrip.busy)
    assert not film.even.isEnabled()
    driver.until(lambda: not driver.state.filmstrip.busy)
    again = driver.state.filmstrip.made
    assert (len(again), set(first) & set(again)) == (5, set())
    way = read_record(again[1]).request.conditioning
    assert isinstance(way, Interpolation)
    assert way.places != (0, 0.25, 0.5, 0.75, 1)
    assert driver.state.filmstrip.frames[1].caption == f"{100 * way.places[1]:.0f} %"
    click(driver, film, 1)
    assert [card.weight for card in board_of(driver).cards] == [1 - way.places[1], way.places[1]]
    assert len(driver.state.gallery.tiles) == 10  # none is lost
    film.show_kind(sheet=True)
    assert not film.even.isVisible()


def test_a_click_on_a_frame_sets_the_weights_and_shows_it(
    driver: Driver, film: FilmstripPanel
) -> None:
    shoot(driver, film)
    click(driver, film, 2)
    assert [card.weight for card in board_of(driver).cards] == [0.75, 0.25]
    assert driver.state.viewer.path == driver.state.filmstrip.made[2]
    driver.qtbot.wait(200)
    assert not driver.state.live_preview.running  # its picture is there: nothing is previewed
    assert driver.fusion.board.preview_text == ""
    film.view.setFocus()
    QTest.keyClick(film.view, Qt.Key.Key_Right)
    QTest.keyClick(film.view, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert [card.weight for card in board_of(driver).cards] == [0.625, 0.375]
    driver.state.board_editor.undo()
    driver.state.board_editor.undo()
    assert [card.weight for card in board_of(driver).cards] == [1.0, 1.0]


def test_it_fills_live_and_can_be_stopped(driver: Driver, film: FilmstripPanel) -> None:
    driver.state.draft.set_sampling(steps=60)
    film.count.setValue(12)
    driver.click(film.shoot)
    driver.until(
        lambda: any(frame.image and not frame.path for frame in driver.state.filmstrip.frames)
    )
    assert film.shoot.text() == "Stop"
    driver.click(film.shoot)
    driver.until(lambda: not driver.state.filmstrip.busy and driver.idle())
    made = len(driver.state.filmstrip.made)
    assert made < 12
    assert len(driver.pictures()) == made
    assert all(bool(frame.image) == bool(frame.path) for frame in driver.state.filmstrip.frames)
    assert len(driver.pids) == 1


def test_how_many_frames_are_wanted_is_kept_for_strips_and_for_sheets(
    theme: Theme, background: Background, qtbot: QtBot, tmp_path: Path
) -> None:
    film = FilmstripPanel(theme, Studio(tmp_path, background, qtbot).filmstrip)
    qtbot.addWidget(film)
    for sheet, count in ((False, 15), (True, 7), (False, 21)):
        film.show_kind(sheet=sheet)
        film.count.setValue(count)
    film.show_kind(sheet=True)
    assert film.count.value() == 7
    film.show_kind(sheet=False)
    assert film.count.value() == 21


def test_a_film_in_the_making_is_not_turned_to_another_kind(
    theme: Theme, background: Background, qtbot: QtBot, tmp_path: Path
) -> None:
    studio = Studio(tmp_path, background, qtbot)
    film = FilmstripPanel(theme, studio.filmstrip)
    qtbot.addWidget(film)
    studio.shoot()
    film.show_kind(sheet=True)  # by its key: the buttons for it cannot be pressed
    assert not film.is_sheet
    studio.make(*range(4))
    studio.hear(Finished(studio.job))
    film.show_kind(sheet=True)
    assert film.is_sheet


def test_a_third_card_stays_out_of_the_strip(driver: Driver, film: FilmstripPanel) -> None:
    drop(driver, text("a rainbow"))
    film.end.setCurrentIndex(film.end.findText("a rainbow"))
    film.end.activated.emit(film.end.currentIndex())
    film.count.setValue(3)
    shoot(driver, film)
    click(driver, film, 1)
    assert [card.muted for card in board_of(driver).cards] == [False, True, False]
    driver.fusion.film.start.setCurrentIndex(2)
    film.start.activated.emit(2)
    assert not film.shoot.isEnabled()
    assert "Choose two cards" in film.shoot.toolTip()


@pytest.mark.qt_log_ignore("This plugin does not support")  # what the offscreen one says of popups
def test_four_cards_are_the_corners_of_a_sheet(driver: Driver, film: FilmstripPanel) -> None:
    driver.click(film.title)
    assert film.settings.isVisible()
    driver.click(film.sheet_button)
    QTest.keyClick(film.count, Qt.Key.Key_Escape)
    assert not film.settings.isVisible()
    assert not film.shoot.isEnabled()
    assert "2 count now" in film.shoot.toolTip()
    for words in ("a rainbow", "a panda"):
        drop(driver, text(words))
    film.count.setValue(3)
    shoot(driver, film)
    request = read_record(driver.state.filmstrip.made[0]).request
    assert isinstance(request.conditioning, Grid)
    assert request.count == 9
    click(driver, film, 5)  # at the right, half-way down
    assert [card.weight for card in board_of(driver).cards] == [0, 0.5, 0, 0.5]
    driver.click(film.strip_button)
    assert len(driver.state.filmstrip.frames) == 9
    assert not driver.state.filmstrip.was_started


def test_a_frame_can_be_laid_on_the_board_and_its_board_comes_back(
    driver: Driver, film: FilmstripPanel
) -> None:
    film.count.setValue(3)
    shoot(driver, film)
    model = driver.state.filmstrip
    drop(driver, model.mimeData([model.index(1, 0)]))
    assert len(board_of(driver).cards) == 3
    driver.state.viewer.show_alone(1)
    driver.until(lambda: driver.state.viewer.record is not None)
    driver.fusion.board.setFocus()
    driver.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    fusion = board_of(driver).fusion
    assert isinstance(fusion, Mix)
    assert [one.weight for one in fusion.ingredients] == [0.5, 0.5]


def test_it_is_exported_from_its_menu(driver: Driver, film: FilmstripPanel, tmp_path: Path) -> None:
    assert not film.export.isEnabled()
    film.count.setValue(3)
    shoot(driver, film)
    asked: list[Export] = []

    def target(kind: Export) -> Path:
        asked.append(kind)
        return tmp_path / f"out{kind.value}"

    driver.fusion.ask_target = target
    for action in film.menu.actions():
        action.trigger()
    assert asked == list(Export)
    driver.until(lambda: (tmp_path / "out.webp").exists() and (tmp_path / "out.gif").exists())
    driver.until(lambda: (tmp_path / "out.png").exists() and (tmp_path / "out").is_dir())
    driver.until(lambda: len(list((tmp_path / "out").glob("*.png"))) == 3)
    with Image.open(tmp_path / "out.gif") as gif:
        assert gif.size == (NATIVE, NATIVE)

    driver.fusion.ask_target = lambda kind: tmp_path / "out.gif" / "in a file.gif"
    film.menu.actions()[2].trigger()
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "in a file.gif" in driver.workspace.notices.sentences["refused"]


def test_it_closes(driver: Driver, film: FilmstripPanel) -> None:
    QTest.mouseClick(film._close, LEFT, pos=QPoint(8, 8))
    assert not film.isVisible()
    assert driver.fusion.pills.isVisible()


@pytest.mark.parametrize("side", [3, 5, 8])
def test_a_sheet_is_as_many_frames_wide_as_high(
    background: Background, qtbot: QtBot, qapp: QApplication, tmp_path: Path, side: int
) -> None:
    studio = Studio(tmp_path, background, qtbot)
    sources = (Prompt("cat"), Prompt("dog"), Prompt("fox"), Prompt("owl"))
    studio.filmstrip.lay_out(Grid(corners=sources, columns=side), side * side)
    view = FilmstripView(Theme(qapp), studio.filmstrip)
    qtbot.addWidget(view)
    view.lay(side, film=False)
    view.show()
    for width in range(200, 420, 7):
        view.resize(width, 300)
        qtbot.wait(1)
        qtbot.waitUntil(lambda: not view.measuring)
        places = [
            view.visualRect(studio.filmstrip.index(number, 0)) for number in range(side * side)
        ]
        assert len({place.y() for place in places}) == side, width
        assert len({place.x() for place in places}) == side, width
        assert view.viewport().rect().contains(places[-1])
