"""The table of actions: what every menu, shortcut and button is made from."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.action_menu import ActionMenu
from kandinsky_desktop.ui.actions import (
    PICTURE_MENU,
    TABLE,
    Action,
    ActionSet,
    Focus,
    Subject,
    as_typed,
    nothing,
)
from kandinsky_desktop.ui.canvas.tools import ACTIONS as CANVAS_ACTIONS
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver, child

POPUP = pytest.mark.qt_log_ignore("This plugin does not support")
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


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
        for key in set(one.keys) & set(other.keys):
            assert not one.heard(key).overlaps(other.heard(key)), f"{one.name} and {other.name}"


def test_a_name_is_taken_once(actions: ActionSet) -> None:
    assert len({action.name for action in TABLE}) == len(TABLE)
    with pytest.raises(ValueError, match="'undo' already"):
        actions.add(Action("undo", "Undo", "Undo"), print)


# signs that are the same key with and without Shift, on the keyboards that most have
SHIFTED = tuple(zip("1234567890-=[];',./`", '!@#$%^&*()_+{}:"<>?~', strict=True))


def test_all_are_bound_in_the_window_and_every_icon_is_there(driver: Driver) -> None:
    actions = driver.workspace.action_set
    assert actions.unbound == ()
    for one, other in combinations(actions.table, 2):  # those of the rooms among them
        keys, others = set(as_typed(one.keys)), set(as_typed(other.keys))
        for key in keys & others:
            assert not one.heard(key).overlaps(other.heard(key)), (key, one.name, other.name)
        for low, high in SHIFTED:  # on a real keyboard Qt finds both, and does neither
            for first, second in ((keys, others), (others, keys)):
                assert not (low in first and high in second), (low, one.name, other.name)
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


def test_a_menu_does_what_can_be_done_and_says_why_the_rest_cannot(
    actions: ActionSet, qtbot: QtBot
) -> None:
    done: list[str] = []
    for name in ("enlarge", "copy"):
        actions.bind(name, lambda path, name=name: done.append(f"{name} {path}"))
    actions.bind("vary", print, lambda path: "This model has no image encoder.")
    menu = QMenu()
    qtbot.addWidget(menu)
    actions.fill(menu, ("enlarge", "vary", "", "copy"), "a.png")
    assert [one.text() for one in menu.actions()] == ["Larger", "Vary", "", "Copy"]
    assert [one.isEnabled() for one in menu.actions()] == [True, False, True, True]
    assert menu.actions()[1].toolTip() == "This model has no image encoder."
    menu.actions()[3].trigger()
    assert done == ["copy a.png"]


@pytest.fixture
def bound(actions: ActionSet) -> list[str]:
    """All of the table, bound to what notes its name."""
    done: list[str] = []
    for action in actions.table:
        if not action.menu:
            actions.bind(action.name, lambda *subject, name=action.name: done.append(name))
    return done


def test_the_menu_of_a_picture_has_groups_and_shows_the_keys(
    actions: ActionSet, bound: list[str], qtbot: QtBot
) -> None:
    del bound
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = actions.menu(parent)
    actions.fill_picture(menu, Path("a.png"), silent=("copy",))
    names = [name for group in PICTURE_MENU for name in group]
    known = [name for name in names if name in {action.name for action in TABLE}]
    shown = [one for one in menu.actions() if not one.isSeparator()]
    assert [one.text() for one in shown] == [actions.named(name).text for name in known]
    assert not any(
        one.isSeparator() and other.isSeparator()
        for one, other in pairwise([*menu.actions(), menu.addSeparator()])
    )
    for one, name in zip(shown, known, strict=True):
        within = one.menu()
        if isinstance(within, QMenu):
            assert [below.objectName() for below in within.actions()] == list(
                actions.named(name).menu
            )
        elif name != "copy":
            assert one.shortcut() == QKeySequence(actions.named(name).keys[0])
    assert shown[known.index("copy")].shortcut().isEmpty()


@POPUP
def test_a_key_that_a_menu_shows_works_with_the_menu_open_and_without(
    actions: ActionSet, bound: list[str], qtbot: QtBot
) -> None:
    window = QWidget()
    stage = QWidget(window)
    stage.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    actions.listen(stage, Focus.PICTURES, Subject.PICTURE, lambda: Path("a.png"))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    stage.setFocus()
    menu = actions.menu(window)
    actions.fill_picture(menu, Path("a.png"))
    QTest.keyClick(stage, Qt.Key.Key_V)  # the menu is there, but not open
    assert bound == ["vary"]
    menu.open_at(window.mapToGlobal(window.rect().center()))
    QTest.keyClick(menu, Qt.Key.Key_F, CTRL | SHIFT)  # it stands in the menu within
    assert bound == ["vary", "fill"]
    assert not menu.isVisible()


@POPUP
def test_a_button_that_is_a_menu_opens_it_and_says_so(
    actions: ActionSet, bound: list[str], qtbot: QtBot
) -> None:
    window = QWidget()
    button = actions.button("edit", lambda: Path("a.png"), role="action")
    button.setParent(window)
    qtbot.addWidget(window)
    window.show()
    button.click()
    menu = child(button, ActionMenu)
    assert [one.objectName() for one in menu.actions()] == list(actions.named("edit").menu)
    assert menu.activeAction() is menu.actions()[0]
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert bound == ["start_from"]
    assert button.text().endswith("\u25be")


def test_a_picture_s_letters_are_heard_at_pictures_and_its_other_keys_everywhere() -> None:
    heard = {
        action.name: {key: action.heard(key) for key in action.keys}
        for action in TABLE
        if action.subject is Subject.PICTURE
    }
    assert heard["vary"] == {"V": Focus.PICTURES, "Alt+2": Focus.WINDOW}
    assert heard["use_again"] == {"Ctrl+R": Focus.WINDOW}
    assert not Focus.PICTURES.overlaps(Focus.CARDS)  # on the board a card's key comes first


def test_a_key_that_means_something_else_there_is_not_heard(
    actions: ActionSet, bound: list[str], qtbot: QtBot
) -> None:
    board = QWidget()
    board.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    actions.listen(board, Focus.PICTURES, Subject.PICTURE, lambda: Path("a.png"), without=("V",))
    qtbot.addWidget(board)
    board.show()
    qtbot.waitUntil(board.isActiveWindow)
    QTest.keyClick(board, Qt.Key.Key_V)
    QTest.keyClick(board, Qt.Key.Key_U)
    assert bound == ["enlarge"]


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


def test_a_key_that_is_held_goes_on_with_what_goes_in_steps_alone(
    theme: Theme, parent: QObject, qtbot: QtBot
) -> None:
    actions, widget = ActionSet(theme, parent), QWidget()
    qtbot.addWidget(widget)
    for action in CANVAS_ACTIONS:
        actions.add(action, lambda: None)
    for focus in Focus:
        for subject in Subject:
            actions.listen(widget, focus, subject, nothing)
    steps = {"undo", "redo", "earlier_words", "later_words", "heavier", "lighter"}
    steps |= {"move_up", "move_down", "brush_smaller", "brush_larger", "mask_grow", "mask_shrink"}
    steps |= {"view_rotate", "view_rotate_back"}
    repeated = {made.objectName() for made in widget.actions() if made.autoRepeat()}
    assert repeated == steps


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


def test_a_number_that_is_being_typed_counts_when_a_key_does_something(
    actions: ActionSet, qtbot: QtBot
) -> None:
    window, field = QWidget(), QSpinBox()
    field.setKeyboardTracking(False)
    QVBoxLayout(window).addWidget(field)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    seen: list[int] = []
    for name in ("generate", "undo"):
        actions.bind(name, lambda: seen.append(field.value()))
    actions.listen(window, Focus.WINDOW, Subject.NOTHING, nothing)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "42")
    actions._do("undo", nothing)  # it goes to what is typed
    QTest.keyClick(field, Qt.Key.Key_Return, CTRL)
    assert seen == [0, 42]


def test_where_nothing_is_meant_that_is_said_or_something_else_is_done(
    actions: ActionSet, card_list: Callable[[Callable[[], object]], QWidget], qtbot: QtBot
) -> None:
    instead: list[str] = []
    actions.bind("mute", instead.append)

    def save() -> bool:
        instead.append("solo")
        return True

    actions.bind_instead("solo", save)
    widget = card_list(nothing)
    with qtbot.waitSignal(actions.refused) as said:
        QTest.keyClick(widget, Qt.Key.Key_M)
    assert said.args == ["Choose a card first."]
    with qtbot.assertNotEmitted(actions.refused):
        QTest.keyClick(widget, Qt.Key.Key_S)
    assert instead == ["solo"]
    button = actions.button("mute", nothing)
    qtbot.addWidget(button)
    actions.refresh()
    assert not button.isEnabled()
    assert button.toolTip() == "Choose a card first."


def test_a_button_is_enabled_while_its_action_can_be_done(actions: ActionSet, qtbot: QtBot) -> None:
    reason = ["There is nothing to undo."]
    done: list[str] = []
    actions.bind("undo", lambda: done.append("undo"), lambda: reason[0])
    button = actions.button("undo", nothing)
    qtbot.addWidget(button)
    assert button.toolTip() == "Undo (Ctrl+Z)"
    actions.refresh()
    assert not button.isEnabled()
    assert button.toolTip() == button.accessibleDescription() == "There is nothing to undo."
    reason[0] = ""
    actions.refresh()
    assert button.toolTip() == "Undo (Ctrl+Z)"
    button.click()
    assert done == ["undo"]
