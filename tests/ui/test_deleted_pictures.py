"""The trash as a dialog, by keyboard: put back, and delete for good after one question."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from kandinsky_desktop.ui.deleted_pictures import DeletedPicturesDialog
from tests.ui.driver import Driver, child
from tests.ui.earlier_pictures import begun, names


@pytest.fixture
def trash(start: Callable[[], Driver]) -> tuple[Driver, DeletedPicturesDialog]:
    """The window where one and two were deleted, and the trash that was opened by its key."""
    driver, paths = begun(start, "one", "two", "three")
    for path in paths[:2]:
        driver.state.trashing.delete(path)
    driver.until(lambda: not paths[0].exists() and not paths[1].exists())
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    driver.press(Qt.Key.Key_Delete, both)
    dialog = child(driver.workspace, DeletedPicturesDialog)
    driver.until(lambda: dialog.view.model().rowCount() == 2)
    return driver, dialog


def listed(dialog: DeletedPicturesDialog) -> list[str]:
    model = dialog.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_enter_puts_back_what_is_chosen(trash: tuple[Driver, DeletedPicturesDialog]) -> None:
    driver, dialog = trash
    assert listed(dialog) == ["two", "one"]
    QTest.keyClick(dialog.view, Qt.Key.Key_Down)
    QTest.keyClick(dialog.view, Qt.Key.Key_Right)
    assert [one.name for one in dialog.chosen] == ["one.png"]
    QTest.keyClick(dialog.view, Qt.Key.Key_Return)
    driver.until(lambda: listed(dialog) == ["two"])
    assert dialog.note == "“one.png” is back."
    assert names(driver) == ["one", "three"]


def test_all_are_put_back_at_once_to_where_they_were(
    trash: tuple[Driver, DeletedPicturesDialog],
) -> None:
    driver, dialog = trash
    QTest.keyClick(dialog.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert dialog.restore.text() == "Put 2 back"
    driver.click(dialog.restore)
    driver.until(lambda: listed(dialog) == [])
    assert names(driver) == ["one", "two", "three"]
    assert not dialog.empty.isEnabled()


def test_nothing_is_deleted_for_good_without_a_yes(
    trash: tuple[Driver, DeletedPicturesDialog],
) -> None:
    driver, dialog = trash
    in_trash = [one.path for one in driver.state.trashing._trash.listing(driver.session.pictures)]
    driver.click(dialog.empty)
    assert dialog.question == "Delete 2 pictures for good? They cannot be brought back."
    assert dialog.keep.hasFocus()
    assert dialog.for_good.property("role") == "danger"
    QTest.keyClick(dialog.keep, Qt.Key.Key_Escape)
    assert dialog.question == ""
    assert dialog.isVisible()
    assert all(path.exists() for path in in_trash)
    driver.click(dialog.empty)
    driver.click(dialog.for_good)
    driver.until(lambda: listed(dialog) == [])
    assert not any(path.exists() for path in in_trash)
    QTest.keyClick(dialog.view, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert driver.workspace.action_set.refusal("undo") == "There is nothing to undo."


def test_what_cannot_be_put_back_is_said_in_the_dialog(
    trash: tuple[Driver, DeletedPicturesDialog],
) -> None:
    driver, dialog = trash
    dialog.chosen[0].path.unlink()
    driver.click(dialog.restore)
    driver.until(lambda: "“two.png” is not in the trash any more" in dialog.note)
    driver.until(lambda: listed(dialog) == ["one"])


def test_every_control_has_a_name_and_can_be_reached_by_tab(
    trash: tuple[Driver, DeletedPicturesDialog],
) -> None:
    _driver, dialog = trash
    buttons = [one for one in dialog.findChildren(QAbstractButton) if one.isVisible()]
    assert len(buttons) == 4
    for button in buttons:
        assert button.text()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    index = dialog.view.model().index(0, 0)
    assert "two, deleted today, " in index.data(Qt.ItemDataRole.AccessibleTextRole)
