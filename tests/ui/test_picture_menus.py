"""The menu of a picture is the same wherever the picture is shown."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.ui.actions import PICTURE_MENU
from kandinsky_desktop.ui.fusion.board import screen_point
from tests.ui.board import drop, fuse, text
from tests.ui.driver import Driver

NAMES = [name for group in PICTURE_MENU for name in group if name not in ("edit", "use_part")]


def menu_at(widget: QWidget, point: QPoint) -> QMenu:
    """Ask for a menu there, with the right button, and return it."""
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, point, widget.mapToGlobal(point)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def offered(menu: QMenu) -> list[str]:
    names = [action.objectName() for action in menu.actions() if action.objectName()]
    menu.close()
    return names


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_stage_strip_board_film_and_cards_offer_the_same(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.state.preferences.set(live="never", measure=False)
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    drop(driver, text("a cat"))
    drop(driver, text("a panda"))
    path = fuse(driver)
    board, film = driver.fusion.board, driver.fusion.film
    driver.until(lambda: driver.state.board_result.path == path)
    driver.until(lambda: board.still)
    middle = board.mapFromScene(QPointF(0, 0))

    menu = menu_at(board.viewport(), middle)
    keys = {one.objectName(): one.shortcut().toString() for one in menu.actions()}
    assert keys["vary"] == "V"
    assert keys["delete"] == ""  # there it takes a card away
    assert offered(menu) == NAMES

    QTest.mouseDClick(board.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert driver.fusion.stage.large.isVisible()
    driver.press(Qt.Key.Key_Escape)

    driver.state.board_editor.add_card(ImagePrompt(path))
    driver.until(lambda: board.still)
    number = driver.state.board_editor.board.cards[-1].id
    menu = menu_at(board.viewport(), screen_point(board, number))
    (within,) = [one.menu() for one in menu.actions() if one.text() == "Picture"]
    assert isinstance(within, QMenu)
    assert [one.objectName() for one in within.actions() if one.objectName()] == NAMES
    menu.close()

    QTest.mouseClick(driver.fusion.pills.film, Qt.MouseButton.LeftButton)
    monkeypatch.setattr(Filmstrip, "path", lambda film, row: path)  # as if it were painted
    driver.until(lambda: driver.state.filmstrip.rowCount() > 0 and not film.view.measuring)
    frame = film.view.visualRect(driver.state.filmstrip.index(1, 0)).center()
    assert offered(menu_at(film.view.viewport(), frame)) == NAMES

    driver.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    stage, strip = driver.create.stage, driver.workspace.strip.view
    driver.until(lambda: bool(stage.images) and stage.images[0].path == path)
    assert offered(menu_at(stage, stage.places[0].center().toPoint())) == NAMES
    tile = strip.visualRect(strip.model().index(0, 0)).center()
    strip.customContextMenuRequested.emit(tile)
    opened = QApplication.activePopupWidget()
    assert isinstance(opened, QMenu)
    assert offered(opened) == NAMES
    driver.click(driver.create.row.more)
    opened = QApplication.activePopupWidget()
    assert isinstance(opened, QMenu)
    assert offered(opened) == NAMES
