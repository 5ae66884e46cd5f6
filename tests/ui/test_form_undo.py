"""Undo of the form: what the program changes for a person is one named step, wherever one is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QSlider, QWidget

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.store.foreign_metadata import Words
from kandinsky_desktop.ui.mime import DroppedImages
from tests.ui.driver import Driver, child

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.new("RGB", (96, 64), "orange").save(path)
    return path


def acts(driver: Driver, photo: Path) -> dict[str, Callable[[], object]]:
    """Return what changes the form for a person, by the name of its step."""
    actions, inputs, create = driver.workspace.action_set, driver.workspace.inputs, driver.create
    driver.state.prompt_history.add("what was painted")
    dropped = DroppedImages((photo,))
    return {
        "Suggestion": lambda: driver.click(create.welcome.suggestions[0]),
        "Start from a picture": lambda: actions.trigger("start_from", photo),
        "Add around a picture": lambda: actions.trigger("expand", photo),
        "Meaning of a picture": lambda: inputs.conditioning_section.images_received.emit(dropped),
        "Earlier words": lambda: actions.trigger("earlier_words"),
        "Words": lambda: driver.workspace.drops.acts.use_words(Words("red", "fog")),
        "Locks of the seeds": driver.state.draft.unlock,
    }


def places(driver: Driver) -> list[QWidget]:
    """Return controls of each kind, where the focus may be as undo is pressed."""
    inspector = driver.workspace.inspector
    guidance = inspector.numbers["guidance"]
    return [
        driver.create.prompt.prompt,
        driver.workspace.rail.settings,
        child(guidance, QSlider),
        child(guidance, QAbstractSpinBox),
        inspector._model,
        driver.workspace.strip.view,
        inspector.without.both,
        driver.create.prompt.run_button,
    ]


def test_what_the_program_changes_is_one_named_step_undone_wherever_the_focus_is(
    driver: Driver, photo: Path
) -> None:
    driver.session.pause(True)
    draft = driver.state.draft
    draft.set(prior_seed_locked=True, seed_locked=True)
    driver.type("what I typed")
    table, where = acts(driver, photo), places(driver)
    for number, (name, act) in enumerate(table.items()):
        draft.finish_edit()
        before = draft.values
        driver.create.prompt.prompt.setFocus()
        act()
        driver.until(lambda before=before: draft.values != before)  # type: ignore[misc]
        draft.finish_edit()
        assert draft.undo_name == name
        widget = where[number % len(where)]
        if widget.isEnabled():
            widget.setFocus()
        driver.press(Qt.Key.Key_Z, CTRL)
        assert draft.values == before, f"{name}, in {type(widget).__name__}"
        assert driver.create.prompt.prompt.toPlainText() == "what I typed"
        driver.press(Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
        assert draft.undo_name == name
        draft.undo()


def test_undo_is_heard_in_a_control_of_every_kind(driver: Driver) -> None:
    draft = driver.state.draft
    for widget in places(driver):
        before = draft.values.sampling.steps
        draft.set_sampling(steps=before + 1)
        widget.setFocus()
        assert QApplication.focusWidget() is widget or not widget.isEnabled()
        driver.press(Qt.Key.Key_Z, CTRL)
        assert draft.values.sampling.steps == before, type(widget).__name__


def test_what_is_typed_is_one_step_once_the_field_is_left(driver: Driver) -> None:
    inspector, draft = driver.workspace.inspector, driver.state.draft
    inspector.open_folds((1, 1, 1, 1, 1))
    usual = draft.values
    steps = child(inspector.numbers["steps"], QAbstractSpinBox)
    for field, words, name in (
        (driver.create.prompt.prompt, "a cat", "Prompt"),
        (inspector.without.both, "fog", "Without"),
        (steps, "17", "Steps"),
    ):
        field.setFocus()
        if field is steps:
            steps.selectAll()
        QTest.keyClicks(field, words)
        driver.workspace.rail.settings.setFocus()
        assert draft.undo_name == name
        driver.press(Qt.Key.Key_Z, CTRL)
        assert draft.values == usual, name


def test_the_board_and_the_form_are_undone_in_their_order(driver: Driver) -> None:
    draft, editor = driver.state.draft, driver.state.board_editor
    driver.press(Qt.Key.Key_3, CTRL)
    draft.set_sampling(steps=9)
    editor.add_card(Prompt("a cat"))
    draft.set_sampling(steps=10)
    child(driver.workspace.inspector, QComboBox).setFocus()
    seen = []
    for _press in range(3):
        driver.press(Qt.Key.Key_Z, CTRL)
        seen.append((draft.values.sampling.steps, len(editor.board.cards)))
    assert seen == [(9, 1), (9, 0), (4, 0)]
