"""The trash as a page of the gallery: put back, and delete for good after one question."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.state.deleted_pictures import DeletedPictures
from kandinsky_desktop.store.trash import Doomed
from kandinsky_desktop.ui.gallery.room import GalleryRoom
from kandinsky_desktop.ui.gallery.trash_page import TrashPage
from kandinsky_desktop.ui.preferences import PreferencesDialog
from tests.ui.driver import Driver
from tests.ui.earlier_pictures import begun, names
from tests.ui.fits import Faults, check, settle
from tests.ui.reachable import unnamed, unreached

Key = Qt.Key


@pytest.fixture
def trash(start: Callable[[], Driver]) -> tuple[Driver, TrashPage]:
    """The window where one and two were deleted, and the trash that was opened by its key."""
    driver, paths = begun(start, "one", "two", "three")
    for path in paths[:2]:
        driver.state.trashing.delete(path)
    driver.until(lambda: not paths[0].exists() and not paths[1].exists())
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    driver.press(Key.Key_Delete, both)
    room = driver.workspace.rooms.of(GalleryRoom)
    driver.until(lambda: room.is_ready and room.parts.trash.isVisible())
    page = room.parts.trash
    driver.until(lambda: page.view.model().rowCount() == 2)
    return driver, page


def listed(page: TrashPage) -> list[str]:
    model = page.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def in_trash(driver: Driver) -> list[Path]:
    return [one.path for one in driver.state.trashing._trash.listing(driver.session.pictures)]


def test_what_is_chosen_is_put_back_to_where_it_was(trash: tuple[Driver, TrashPage]) -> None:
    driver, page = trash
    room = driver.workspace.rooms.of(GalleryRoom)
    assert driver.workspace.rooms.current is room
    assert not room.wants_panel
    assert room.picture is None  # no action is done to what nobody sees
    assert listed(page) == ["two", "one"]
    assert page.view.hasFocus()
    QTest.keyClick(page.view, Key.Key_Right)
    assert [one.name for one in page.chosen] == ["one.png"]
    QTest.keyClick(page.view, Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    driver.until(lambda: listed(page) == ["two"])
    assert driver.workspace.notices.sentences["deleted"] == "“one.png” is back."
    assert names(driver) == ["one", "three"]
    driver.state.trashing.delete(driver.session.pictures / "one.png")
    driver.until(lambda: listed(page) == ["one", "two"])  # it is followed while it is seen
    QTest.keyClick(page.view, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert page.restore.text() == "Put 2 back"
    driver.click(page.restore)
    driver.until(lambda: listed(page) == [])
    assert names(driver) == ["one", "two", "three"]
    assert driver.workspace.notices.sentences["deleted"] == "2 pictures are back."
    assert page.about.text() == "Nothing is in the trash."
    assert room._shell.foot >= page.restore.height()  # so that no notice lies over the buttons
    assert not any(one.isEnabled() for one in (page.empty, page.delete, page.restore))
    driver.press(Key.Key_Escape)
    driver.until(lambda: room.parts.shown is room.page and room.grid.hasFocus())
    driver.until(lambda: room.wants_panel)
    driver.press(Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    driver.workspace.action_set.trigger("settings")
    driver.until(lambda: isinstance(QApplication.activeModalWidget(), PreferencesDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, PreferencesDialog)
    dialog.trash_requested.emit()
    driver.until(page.view.hasFocus)  # the dialog is closed, since it would lie over the page


def test_nothing_is_deleted_for_good_without_a_yes(trash: tuple[Driver, TrashPage]) -> None:
    driver, page = trash
    paths = in_trash(driver)
    driver.click(page.empty)
    assert page.question == "Delete 2 pictures for good? They cannot be brought back."
    assert page.keep.hasFocus()
    assert page.for_good.property("role") == "danger"
    driver.press(Key.Key_Escape)
    assert page.question == ""
    assert page.isVisible()
    assert all(path.exists() for path in paths)
    QTest.keyClick(page.view, Key.Key_Delete)
    assert page.question == "Delete 1 picture for good? It cannot be brought back."
    driver.click(page.for_good)
    driver.until(lambda: listed(page) == ["one"])
    driver.click(page.empty)
    driver.click(page.for_good)
    driver.until(lambda: listed(page) == [])
    assert not any(path.exists() for path in paths)
    driver.press(Key.Key_Escape)
    assert not page.isVisible()
    assert driver.workspace.action_set.refusal("undo") == "There is nothing to undo."


def test_what_cannot_be_put_back_is_said_and_when_the_rest_goes(
    trash: tuple[Driver, TrashPage],
) -> None:
    driver, page = trash
    page.chosen[0].path.unlink()
    driver.click(page.restore)
    notices = driver.workspace.notices
    driver.until(
        lambda: any("is not in the trash any more" in one for one in notices.sentences.values())
    )
    driver.until(lambda: listed(page) == ["one"])
    assert page.about.text().startswith("1 picture lies in the trash, whole, until")
    driver.state.preferences.set(trash_days=30)
    index = page.view.model().index(0, 0)
    driver.until(lambda: "for 30 days" in page.about.text())
    assert page.view.model().index(0, 0).data(DeletedPictures.LeftRole) == "goes in 30 days"
    driver.state.preferences.set(trash_days=1)
    driver.until(lambda: "for 1 day after" in page.about.text())
    assert "one, deleted today, " in index.data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_all_of_it_fits_and_is_reached(trash: tuple[Driver, TrashPage]) -> None:
    driver, page = trash
    faults = Faults()
    for text_size in (100, 150):
        driver.state.preferences.set(text_size=text_size, trash_days=7)
        for width, height in ((1280, 800), (911, 480)):
            driver.window.resize(width, height)
            for asked in (False, True):
                if asked:
                    driver.click(page.empty)
                settle()
                faults.where = f"{width} × {height}, text {text_size} %, asked: {asked}"
                check(driver.window, faults)
                page.view.setFocus()
                assert unnamed(page) + unreached(page) == []
                page.leave_question()
    assert not faults.found, str(faults)


def test_of_many_it_is_said_how_many_were_deleted(trash: tuple[Driver, TrashPage]) -> None:
    driver, page = trash
    driver.click(page.restore)
    driver.until(lambda: names(driver) == ["two", "three"])
    both = [driver.session.pictures / f"{name}.png" for name in ("two", "three")]
    driver.state.trashing.delete_all([Doomed(path) for path in both])
    notices = driver.workspace.notices
    driver.until(lambda: notices.sentences.get("deleted") == "2 pictures are deleted.")
    button = notices.button("deleted")
    assert button is not None
    driver.click(button)
    driver.until(lambda: all(path.exists() for path in both))
