"""Delete, and bring back, with real keys in the real window."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from tests.ui.driver import Driver
from tests.ui.earlier_pictures import begun, names


def test_del_in_the_strip_moves_to_the_trash_and_ctrl_z_brings_back(
    start: Callable[[], Driver],
) -> None:
    driver, (first, second, third) = begun(start, "one", "two", "three")
    viewer, notices = driver.state.viewer, driver.workspace.notices
    driver.workspace.strip.view.setFocus()
    driver.press(Qt.Key.Key_Delete)
    assert (names(driver), viewer.path) == (["two", "three"], second)  # at once
    driver.until(lambda: "deleted" in notices.sentences)
    assert notices.sentences["deleted"] == "“one.png” is deleted."
    button = notices.button("deleted")
    assert button is not None
    assert button.text() == "Undo"
    driver.press(Qt.Key.Key_Delete)
    driver.until(lambda: not second.exists())
    assert viewer.path == third
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: viewer.path == second)
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: viewer.path == first)
    assert names(driver) == ["one", "two", "three"]
    driver.until(lambda: notices.sentences == {"deleted": "“one.png” is back."})
    assert notices.button("deleted") is None
    assert first.exists()
    assert second.exists()


def test_the_notice_brings_back_what_the_menu_deleted(start: Callable[[], Driver]) -> None:
    driver, (first, _second) = begun(start, "one", "two")
    menu = driver.workspace.picture_actions.menu(first, driver.workspace)
    next(one for one in menu.actions() if one.text() == "Delete").trigger()
    driver.until(lambda: "deleted" in driver.workspace.notices.sentences)
    button = driver.workspace.notices.button("deleted")
    assert button is not None
    driver.click(button)
    driver.until(lambda: driver.state.viewer.path == first)
    assert names(driver) == ["one", "two"]


def test_ctrl_z_takes_back_the_newest_of_form_and_deletions(start: Callable[[], Driver]) -> None:
    driver, (first, second) = begun(start, "one", "two")
    draft = driver.state.draft
    draft.set_option("count", 4)
    draft.finish_edit()
    driver.create.stage.setFocus()
    driver.press(Qt.Key.Key_Delete)
    driver.until(lambda: not first.exists())
    draft.set_option("count", 9)
    draft.finish_edit()
    control = Qt.KeyboardModifier.ControlModifier
    driver.press(Qt.Key.Key_Z, control)
    assert (draft.values.count, driver.state.viewer.path) == (4, second)
    driver.press(Qt.Key.Key_Z, control)
    driver.until(lambda: driver.state.viewer.path == first)
    assert draft.values.count == 4
    driver.press(Qt.Key.Key_Y, control)
    driver.until(lambda: not first.exists())
    assert draft.values.count == 4


def test_del_in_the_prompt_deletes_letters_alone(start: Callable[[], Driver]) -> None:
    driver, (first,) = begun(start, "one")
    driver.type("a cat")
    QTest.keyClick(driver.create.prompt.prompt, Qt.Key.Key_Delete)
    driver.press(Qt.Key.Key_Delete)
    assert names(driver) == ["one"]
    assert first.exists()


def test_it_is_said_where_a_deleted_picture_is_missed(start: Callable[[], Driver]) -> None:
    driver, (first, second) = begun(start, "one", "two")
    driver.state.board_editor.add_card(ImagePrompt(first))
    driver.state.draft.start_from(first)
    driver.state.trashing.delete(first)
    driver.until(lambda: "deleted" in driver.workspace.notices.sentences)
    said = driver.workspace.notices.sentences["deleted"]
    assert "The form uses it" in said
    assert "A card of the board shows it" in said
    driver.state.trashing.delete(second)
    driver.until(lambda: "two" in driver.workspace.notices.sentences["deleted"])
    assert driver.workspace.notices.sentences["deleted"] == "“two.png” is deleted."


def test_what_a_job_in_the_queue_needs_is_not_deleted(start: Callable[[], Driver]) -> None:
    driver, (first,) = begun(start, "one")
    driver.session.pause(True)
    model = driver.state.draft.model
    assert model is not None
    driver.session.submit(Paint(conditioning=ImagePrompt(first), model=model.name))
    driver.session.submit(Paint(conditioning=Prompt("a cat"), model=model.name))
    with driver.qtbot.waitSignal(driver.workspace.action_set.refused) as said:
        driver.workspace.action_set.trigger("delete", first)
    assert "needs this picture" in said.args[0]
    assert names(driver) == ["one"]
    job: Job = driver.session.jobs.entries[0].job
    driver.session.cancel(job.id)
    driver.workspace.action_set.trigger("delete", first)
    assert names(driver) == []
