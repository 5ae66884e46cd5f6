"""A walk through every room and dialog: each control has a name, a role, and is reached by Tab."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.task import TextToImage
from kandinsky_desktop.ui.fusion.weight_pad import WeightPad
from kandinsky_desktop.ui.viewport import Viewport
from tests.ui.driver import Driver
from tests.ui.open_all import open_all

CTRL = Qt.KeyboardModifier.ControlModifier
PAINTED = (Viewport, QGraphicsView, WeightPad)  # Qt has no role for what a widget paints itself
CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    *PAINTED,
)
ROLE, NAME = QAccessible.Role, QAccessible.Text.Name


def controls(root: QWidget) -> list[QWidget]:
    """Return the controls that are seen, without parts of others, which speak for them."""
    found = [one for one in root.findChildren(QWidget) if isinstance(one, CONTROLS)]
    return [one for one in found if one.isVisible() and not _is_part(one)]


def _is_part(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QComboBox | QAbstractSpinBox | QLineEdit):
            return True
        above = above.parentWidget()
    return False


def about(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()!r}"


def unnamed(root: QWidget) -> list[str]:
    """Return the controls that say no name or no role to a screen reader."""
    bad = []
    for widget in controls(root):
        told = QAccessible.queryAccessibleInterface(widget)
        roles = {ROLE.NoRole} if isinstance(widget, PAINTED) else {ROLE.NoRole, ROLE.Client}
        if not told.text(NAME).strip() or told.role() in roles:
            bad.append(about(widget))
    return bad


def unreached(root: QWidget) -> list[str]:
    """Return the controls that can be used and that no Tab leads to."""
    reached: set[QWidget] = set()
    focus = QApplication.focusWidget()
    for _turn in range(300):
        if focus is None or focus in reached:
            break
        reached.add(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
    wanted = [one for one in controls(root) if one.isEnabled()]
    groups = [one.group() for one in reached if isinstance(one, QAbstractButton)]
    return [
        about(one)
        for one in wanted
        if one not in reached
        # arrows lead on within a group of which one is chosen
        and not (isinstance(one, QAbstractButton) and one.group() and one.group() in groups)
    ]


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
        "full models": lambda: dialog_of(driver, "model_help"),
        "save as": lambda: dialog_of(driver, "save_as", path),
        "trash": lambda: dialog_of(driver, "deleted_pictures"),
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
