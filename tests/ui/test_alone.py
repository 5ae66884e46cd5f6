"""Four and one, and the picture alone: how one gets there, goes on there, and comes back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from kandinsky_desktop.domain.events import Finished, Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.stacks import Stacks
from kandinsky_desktop.store import pictures, places
from tests.fakes import record, request
from tests.ui.driver import Driver

FOUR = 4
NO_STATE, FULL = Qt.WindowState.WindowNoState, Qt.WindowState.WindowFullScreen
MAXIMISED = Qt.WindowState.WindowMaximized


@pytest.fixture
def four(start: Callable[[], Driver]) -> Driver:
    """The program with two old pictures in its folder, and four that it has just painted."""
    for colour in ("white", "black"):
        made = pictures.finish(Image.new("RGB", (64, 64), colour), record(request(colour)))
        pictures.save(made, places.pictures(""))
    driver = start()
    driver.until(lambda: driver.state.gallery.rowCount() == 2)
    job = Job(request("a panda", count=FOUR))
    for shown in (driver.state.library.making, driver.state.viewer):
        shown.on_job_started(job)
    for index, colour in enumerate(("red", "green", "blue", "yellow")):
        made = pictures.finish(Image.new("RGB", (64, 64), colour), record(job.request, index=index))
        path = pictures.save(made, places.pictures(""))
        for shown in (driver.state.library.making, driver.state.viewer):
            shown.on_picture_made(job, Made(path, index, 1))
    for shown in (driver.state.library.making, driver.state.viewer):
        shown.on_job_ended(job, Finished(job.id))
    driver.until(lambda: all(one.image is not None for one in driver.create.stage.images))
    return driver


def seen(driver: Driver) -> list[Path | None]:
    return [one.path for one in driver.create.stage.images]


def double_click(driver: Driver, number: int) -> None:
    at = driver.create.stage.places[number].center().toPoint()
    QTest.mouseClick(driver.create.stage, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(driver.create.stage, Qt.MouseButton.LeftButton, pos=at)


def click_strip(driver: Driver, path: Path) -> None:
    """Click a picture in the strip; first its stack, if that is closed."""
    view = driver.workspace.strip.view
    while True:
        model = view.model()
        assert isinstance(model, Stacks)
        row = model.row_of(path)
        assert row is not None
        tile = model.tile(row)
        at = view.visualRect(model.index(row, 0)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        if tile.is_member or not tile.members:
            return


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_the_picture_whose_menu_is_asked_for_is_marked(four: Driver) -> None:
    stage = four.create.stage
    at = stage.places[2].center().toPoint()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(stage, QContextMenuEvent(reason, at, stage.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()
    assert stage.current == 2


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Backspace])
def test_one_is_opened_by_double_click_or_enter_and_a_key_returns_to_the_four(
    four: Driver, key: Qt.Key
) -> None:
    paths = seen(four)
    assert len(paths) == FOUR
    double_click(four, 2)
    assert seen(four) == [paths[2]]
    four.press(key)
    assert (seen(four), four.create.stage.current) == (paths, 2)
    QTest.keyClick(four.create.stage, Qt.Key.Key_Left)
    four.press(Qt.Key.Key_Return)
    assert len(seen(four)) == 1
    four.press(key)
    assert seen(four) == paths
    four.press(Qt.Key.Key_Backspace)  # there is nowhere further back
    assert seen(four) == paths


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Backspace])
def test_from_the_strip_too_a_key_returns_to_the_four(four: Driver, key: Qt.Key) -> None:
    paths = seen(four)
    old = [path for path in four.state.gallery.files if path not in paths]
    for path in (paths[1], old[0]):  # one of the four, and one that is older
        assert path is not None
        click_strip(four, path)
        assert seen(four) == [path]
        four.press(key)
        assert seen(four) == paths
    for path in (old[0], old[1], paths[3]):  # one of the four again, from others
        assert path is not None
        click_strip(four, path)
    assert seen(four) == [paths[3]]
    four.press(key)
    assert seen(four) == paths


def test_keys_lead_on_through_the_four_and_all_other_pictures(four: Driver) -> None:
    stage, gallery = four.create.stage, four.state.gallery
    every = [gallery.path(row) for row in range(gallery.rowCount())]
    double_click(four, 0)
    stage.setFocus()
    found = [seen(four)[0]]
    for key in ("Right", "Space", "PageDown", "Right", "Right", "Right"):
        four.press(getattr(Qt.Key, f"Key_{key}"))
        found += seen(four)
    assert found == [*every, every[-1]]  # the last one is not left
    four.press(Qt.Key.Key_Home)
    four.press(Qt.Key.Key_Escape)
    assert seen(four) == every[:FOUR]
    double_click(four, 0)
    four.press(Qt.Key.Key_End)
    four.press(Qt.Key.Key_Left)
    assert seen(four) == [every[-2]]
    four.press(Qt.Key.Key_Home)
    assert seen(four) == [every[0]]
    four.press(Qt.Key.Key_End)
    assert seen(four) == [every[-1]]


@pytest.mark.parametrize("state", [NO_STATE, MAXIMISED])
@pytest.mark.parametrize("key", [Qt.Key.Key_F11, Qt.Key.Key_Escape])
def test_a_picture_is_shown_alone_and_all_comes_back_as_it_was(
    four: Driver, state: Qt.WindowState, key: Qt.Key
) -> None:
    window, layout = four.window, four.workspace.main_layout
    window.resize(770, 700)
    window.setWindowState(state)
    layout.toggle_queue()
    four.create.prompt.prompt.setFocus()
    QApplication.processEvents()

    def visible() -> dict[QWidget, bool]:
        return {one: one.isVisible() for one in four.workspace.findChildren(QWidget)}

    double_click(four, 1)
    four.create.prompt.prompt.setFocus()
    before = (window.size(), window.windowState(), layout.sizes, visible())
    four.press(Qt.Key.Key_F11)
    assert window.isFullScreen()
    stage = four.create.stage
    four.until(lambda: stage.size() == window.size())
    first = seen(four)
    four.press(Qt.Key.Key_Right)
    assert seen(four) != first
    four.press(key)
    four.until(lambda: (window.size(), window.windowState(), layout.sizes, visible()) == before)
    assert four.create.prompt.prompt.hasFocus()


def test_another_room_brings_the_window_back(four: Driver) -> None:
    four.press(Qt.Key.Key_F11)
    four.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert not four.window.isFullScreen()
    assert four.fusion.bar.isVisible()
    four.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert four.create.row.isVisible()
    assert four.create.prompt.isVisible()


def test_a_full_screen_that_the_desktop_ends_is_left_whole(four: Driver) -> None:
    four.press(Qt.Key.Key_F11)
    four.window.showNormal()
    assert four.create.prompt.isVisible()
    assert four.workspace.rail.isVisible()


def test_a_window_closed_in_full_screen_opens_as_it_was_before(
    four: Driver, start: Callable[[], Driver]
) -> None:
    four.window.resize(770, 700)
    four.press(Qt.Key.Key_F11)
    four.close()
    again = start()
    assert not again.window.isFullScreen()
    assert (again.window.width(), again.window.height()) == (770, 700)


def test_the_fusion_in_the_middle_is_opened_large_and_keys_lead_back_to_the_board(
    four: Driver,
) -> None:
    fusion, board = four.fusion, four.fusion.board
    paths = [path for path in seen(four) if path is not None]
    four.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    four.state.board_editor.add_files((paths[0], paths[1]))
    four.until(lambda: len(four.state.board_editor.board.cards) == 2)
    four.until(lambda: four.state.board_result.images != ())
    large = fusion.stage.large
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace, Qt.Key.Key_F11):
        at = board.mapFromScene(board.lies.middle.center())
        QTest.mouseDClick(board.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert large.isVisible()
        assert large.size() == four.window.size()
        assert large.hasFocus()
        four.press(key)
        assert not large.isVisible()
        assert not four.window.isFullScreen()
        assert board.hasFocus()
        assert fusion.bar.isVisible()
    QTest.mouseDClick(board.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(large, Qt.MouseButton.LeftButton, pos=QPoint(90, 90))
    assert not large.isVisible()
