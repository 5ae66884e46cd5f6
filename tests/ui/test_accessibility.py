"""A walk through every room and dialog: each control has a name, a role, and is reached by Tab."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QWidget,
)

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.task import TextToImage
from tests.ui.driver import Driver
from tests.ui.open_all import open_all
from tests.ui.reachable import unnamed, unreached

CTRL = Qt.KeyboardModifier.ControlModifier


def dialog_of(driver: Driver, name: str, *subject: object) -> QWidget:
    """Open a dialog by its action and return it."""
    driver.workspace.action_set.trigger(name, *subject)

    def opened() -> list[QWidget]:
        shown = QApplication.topLevelWidgets()
        return [one for one in shown if isinstance(one, QDialog) and one.isVisible()]

    driver.until(lambda: len(opened()) == 1)
    return opened()[0]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_every_control_of_every_room_has_a_name_a_role_and_is_reached(driver: Driver) -> None:
    window = driver.workspace
    driver.state.preferences.set(live="never", measure=False)
    faults: dict[str, list[str]] = {}

    def walk(place: str, first: QWidget) -> None:
        first.setFocus()
        driver.qtbot.wait(20)
        faults[place] = unnamed(window) + unreached(window)

    walk("first screen", driver.create.prompt.prompt)
    driver.generate("a cat", count=1)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    open_all(driver)
    driver.press(Qt.Key.Key_J, CTRL)
    walk("create", driver.create.prompt.prompt)
    driver.state.draft.set(
        task=TextToImage(), depth=None, image_conditioning=None, negative=None, decoder_prompt=""
    )
    driver.press(Qt.Key.Key_I, CTRL)
    driver.until(lambda: driver.create.sheet.isVisible())
    walk("ideas", driver.create.sheet.view)
    driver.state.candidates.close()
    driver.press(Qt.Key.Key_3, CTRL)
    for words in ("a cat", "a dog", "a fox"):
        driver.state.board_editor.add_card(Prompt(words))
    driver.fusion.more.set_open(True)
    QTest.mouseClick(driver.fusion.pills.film, Qt.MouseButton.LeftButton)
    driver.qtbot.wait(100)
    walk("fusion", driver.fusion.bar.words)
    assert not {place: found for place, found in faults.items() if found}


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_every_control_of_every_dialog_has_a_name_a_role_and_is_reached(driver: Driver) -> None:
    driver.generate("a cat", count=1)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    path: Path = driver.session.pictures / driver.pictures()[0]
    dialogs: dict[str, Callable[[], QWidget]] = {
        "settings": lambda: dialog_of(driver, "settings"),
        "keys": lambda: dialog_of(driver, "keys"),
        "models": lambda: dialog_of(driver, "models"),
        "help pages": lambda: dialog_of(driver, "help_pages"),
        "about": lambda: dialog_of(driver, "about"),
        "save as": lambda: dialog_of(driver, "save_as", path),
    }
    faults: dict[str, list[str]] = {}
    for name, opened in dialogs.items():
        dialog = opened()
        driver.until(dialog.isActiveWindow)
        driver.qtbot.wait(50)
        faults[name] = unnamed(dialog) + unreached(dialog)
        dialog.close()
        driver.qtbot.wait(20)
    past = driver.create.past
    driver.workspace.action_set.trigger("past_words")
    faults["past words"] = unnamed(past) + unreached(past)
    past.close()
    assert not {place: found for place, found in faults.items() if found}
