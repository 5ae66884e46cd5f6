"""Use again: it says what it did, can be undone from anywhere, and leads to other pictures."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.store.pictures import read_record
from tests.ui.driver import Driver

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def cat(driver: Driver) -> Path:
    """A picture that was painted, after which other words were typed."""
    driver.generate("a red cat", count=1)
    driver.until(lambda: len(driver.pictures()) == 1 and driver.idle())
    driver.until(lambda: driver.state.viewer.record is not None)
    driver.type("a blue dog")
    return driver.session.pictures / driver.pictures()[0]


def places(driver: Driver) -> dict[str, QWidget]:
    """Return where the focus may be."""
    inspector = driver.workspace.inspector
    return {
        "prompt": driver.create.prompt.prompt,
        "stage": driver.create.stage,
        "strip": driver.workspace.strip.view,
        "slider": inspector.numbers["guidance"],
        "without": inspector.without.both,
        "rail": driver.workspace.rail.settings,
    }


def test_it_is_undone_by_ctrl_z_wherever_the_focus_is(driver: Driver, cat: Path) -> None:
    del cat
    draft, prompt = driver.state.draft, driver.create.prompt.prompt
    for place, widget in places(driver).items():
        prompt.setFocus()
        before = draft.values
        driver.press(Qt.Key.Key_R, CTRL)
        assert draft.values.prompt == prompt.toPlainText() == "a red cat", place
        widget.setFocus()
        driver.press(Qt.Key.Key_Z, CTRL)
        assert draft.values == before, place
        assert prompt.toPlainText() == "a blue dog"


def test_it_says_so_and_its_button_undoes_it_as_long_as_that_is_the_last_change(
    driver: Driver, cat: Path
) -> None:
    del cat
    draft, notices = driver.state.draft, driver.workspace.notices
    driver.press(Qt.Key.Key_R, CTRL)
    assert notices.sentences["taken"] == "Settings taken over"
    button = notices.button("taken")
    assert button is not None
    assert button.text() == "Undo"
    driver.click(button)
    assert draft.values.prompt == "a blue dog"
    driver.press(Qt.Key.Key_R, CTRL)
    assert "taken" in notices.sentences
    draft.set_sampling(steps=9)
    assert "taken" not in notices.sentences
    assert draft.values.prompt == "a red cat"


def test_what_is_painted_next_is_another_picture_of_the_same_words(
    driver: Driver, cat: Path
) -> None:
    driver.press(Qt.Key.Key_R, CTRL)
    driver.send()
    driver.until(lambda: len(driver.pictures()) == 2 and driver.idle())
    first, second = (read_record(cat.parent / name) for name in driver.pictures())
    assert first.request.words == second.request.words
    assert first.seed != second.seed
    assert "repeated" not in driver.workspace.notices.sentences


def test_the_same_picture_again_is_said_as_it_is_painted(driver: Driver, cat: Path) -> None:
    del cat
    draft, notices = driver.state.draft, driver.workspace.notices
    driver.press(Qt.Key.Key_R, CTRL)
    draft.set(prior_seed_locked=True, seed_locked=True)
    driver.send()
    said = notices.sentences["repeated"]
    assert said == "The same picture again: its seeds are locked."
    driver.until(lambda: len(driver.pictures()) == 2 and driver.idle())
    button = notices.button("repeated")
    assert button is not None
    driver.click(button)
    assert not draft.locked
    assert "repeated" not in notices.sentences
    draft.undo()
    draft.set_sampling(steps=5)  # something was changed: it is another one
    driver.send()
    assert "repeated" not in notices.sentences
