"""The table of actions: what every menu, shortcut and button is made from."""

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.actions import TABLE, Action, ActionSet, Focus, Subject, nothing
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver


@pytest.fixture
def parent(qapp: object) -> Iterator[QObject]:
    del qapp
    yield (made := QObject())
    made.deleteLater()


@pytest.fixture
def actions(theme: Theme, parent: QObject) -> ActionSet:
    return ActionSet(theme, parent)


@pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name)
def test_each_has_words_a_sentence_of_help_and_keys_that_qt_knows(action: Action) -> None:
    assert action.text
    assert not action.text.endswith(".")
    assert action.help
    assert action.keys, "it cannot be reached by the keyboard"
    for key in action.keys:
        assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key


def test_no_key_means_two_things_where_both_are_heard() -> None:
    for one, other in combinations(TABLE, 2):
        if one.focus.overlaps(other.focus):
            assert not set(one.keys) & set(other.keys), f"{one.name} and {other.name}"


def test_a_name_is_taken_once(actions: ActionSet) -> None:
    assert len({action.name for action in TABLE}) == len(TABLE)
    with pytest.raises(ValueError, match="'undo' already"):
        actions.add(Action("undo", "Undo", "Undo"), print)


def test_all_are_bound_in_the_window_and_every_icon_is_there(driver: Driver) -> None:
    actions = driver.workspace.action_set
    assert actions.unbound == ()
    keys = [
        (action.focus, key) for action in actions.table for key in action.keys
    ]  # those of the rooms among them
    assert len(keys) == len(set(keys))
    assert {"room_create", "room_fusion"} <= {action.name for action in actions.table}
    icons = Path(__file__).parents[2] / "resources" / "icons"
    for action in actions.table:
        assert not action.icon or (icons / f"{action.icon}.svg").exists(), action.name


def test_what_is_refused_is_said_and_not_done(actions: ActionSet, qtbot: QtBot) -> None:
    done: list[Path] = []
    actions.bind("enlarge", done.append, lambda path: "" if path.name == "a.png" else "It is not.")
    with qtbot.waitSignal(actions.refused) as said:
        actions.trigger("enlarge", Path("b.png"))
    assert said.args == ["It is not."]
    actions.trigger("enlarge", Path("a.png"))
    assert done == [Path("a.png")]


def test_a_menu_offers_what_can_be_done_and_does_it(actions: ActionSet, qtbot: QtBot) -> None:
    done: list[str] = []
    for name in ("enlarge", "copy"):
        actions.bind(name, lambda path, name=name: done.append(f"{name} {path}"))
    actions.bind("vary", print, lambda path: "This model has no image encoder.")
    menu = QMenu()
    qtbot.addWidget(menu)
    actions.fill(menu, ("enlarge", "vary", "", "copy"), "a.png")
    assert [one.text() for one in menu.actions()] == ["Larger", "", "Copy"]
    menu.actions()[2].trigger()
    assert done == ["copy a.png"]


@pytest.fixture
def card_list(actions: ActionSet, qtbot: QtBot) -> Callable[[Callable[[], object]], QWidget]:
    windows: list[QWidget] = []  # or they would be freed

    def make(target: Callable[[], object]) -> QWidget:
        window = QWidget()
        windows.append(window)
        widget = QWidget(window)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        actions.listen(widget, Focus.CARDS, Subject.CARD, target)
        actions.listen(window, Focus.WINDOW, Subject.NOTHING, nothing)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        widget.setFocus()
        return widget

    return make


def test_a_key_is_heard_where_the_focus_is_and_means_what_is_chosen_there(
    actions: ActionSet, card_list: Callable[[Callable[[], object]], QWidget]
) -> None:
    done: list[object] = []
    chosen: list[object] = [3]
    actions.bind("mute", done.append)
    widget = card_list(lambda: chosen[0])
    QTest.keyClick(widget, Qt.Key.Key_M)
    assert done == [3]
    chosen[0] = None
    QTest.keyClick(widget, Qt.Key.Key_M)
    assert done == [3]
    chosen[0] = 4
    widget.clearFocus()
    QTest.keyClick(widget.window(), Qt.Key.Key_M)
    assert done == [3]


def test_a_button_is_enabled_while_its_action_can_be_done(actions: ActionSet, qtbot: QtBot) -> None:
    reason = ["There is nothing to undo."]
    done: list[str] = []
    actions.bind("undo", lambda: done.append("undo"), lambda: reason[0])
    button = actions.button("undo", nothing)
    qtbot.addWidget(button)
    assert button.toolTip() == "Undo (Ctrl+Z)"
    actions.refresh()
    assert not button.isEnabled()
    reason[0] = ""
    actions.refresh()
    button.click()
    assert done == ["undo"]
