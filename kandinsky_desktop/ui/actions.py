"""All actions of the program: by which words, icon and keys, where the keys are heard, and on what.

Menus, shortcuts and buttons are made from this table, and so will be the command palette. What an
action does is bound once, by the object that does it; a room may bring actions of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QCursor, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QMenu, QToolButton, QWidget
from shiboken6 import isValid

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.action_menu import ActionMenu, show_key
from kandinsky_desktop.ui.controls import beside, icon_button, set_icon
from kandinsky_desktop.ui.theme import Theme


class Focus(Enum):
    """Where the keys of an action are heard: in all of the window, or where the focus is."""

    WINDOW = "window"
    PROMPT = "prompt"
    PICTURES = "pictures"  # the stage, the strip, the film; on the board what no card wants
    CARDS = "cards"  # the board or the list of its cards
    BOARD = "board"
    IDEAS = "ideas"
    QUEUE = "queue"
    CANVAS = "canvas"
    GALLERY = "gallery"

    def overlaps(self, other: "Focus") -> bool:
        """Whether a key can be heard in both, so that it must mean one thing."""
        if self is other or Focus.WINDOW in (self, other):
            return True
        return {self, other} == {Focus.CARDS, Focus.BOARD}


class Subject(Enum):
    """What an action is done to."""

    NOTHING = "nothing"
    PICTURE = "picture"  # pathlib.Path
    CARD = "card"  # int
    JOB = "job"  # uuid.UUID


@dataclass(frozen=True, slots=True)
class Action:
    """What people can do, in words that are marked for translation.

    `keys` are portable key sequences, the one that is shown first. `help` is one sentence. `word`
    is what a bar says where `text` is too long. `menu` names what it opens, if it is a menu. One
    that `repeats` is done again and again while its key is held; all others are done once.
    """

    name: str
    text: str
    help: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    focus: Focus = Focus.WINDOW
    subject: Subject = Subject.NOTHING
    word: str = ""
    menu: tuple[str, ...] = ()
    repeats: bool = False

    @property
    def tip(self) -> str:
        """The help with the key, translated: what a button says on hover."""
        if not self.keys:
            return _(self.help)
        key = QKeySequence(self.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
        return f"{_(self.help)} ({key})"

    def heard(self, key: str) -> Focus:
        """Return where a key is heard: a picture's letters with Ctrl or Alt everywhere."""
        *held, letter = key.split("+")
        everywhere = self.focus is Focus.PICTURES and len(letter) == 1 and set(held) - {"Shift"}
        return Focus.WINDOW if everywhere else self.focus


_PICTURE, _CARD, _JOB = Subject.PICTURE, Subject.CARD, Subject.JOB
_CARDS, _QUEUE, _SHOWN = Focus.CARDS, Focus.QUEUE, Focus.PICTURES

RAIL_ICON, BAR_ICON = 20, 16  # sides, in unscaled pixels
UNDER = Qt.ToolButtonStyle.ToolButtonTextUnderIcon
BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon

TABLE = (
    # the window
    Action("generate", N_("Generate"), N_("Make the pictures"), ("Ctrl+Return", "Ctrl+Enter")),
    Action("escape", N_("Stop"), N_("Leave what is open, or stop what runs"), ("Esc",)),
    Action("undo", N_("Undo"), N_("Undo"), ("Ctrl+Z",), "undo-2", repeats=True),
    Action("redo", N_("Redo"), N_("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo-2", repeats=True),
    Action("paste", N_("Paste"), N_("Put in what was copied"), ("Ctrl+V", "Shift+Ins")),
    Action("words", N_("Go to the words"), N_("Go to where words are typed"), ("Ctrl+L",)),
    Action(
        "candidates",
        N_("Ideas first"),
        N_("A sheet of quick ideas to choose from, before you paint"),
        ("Ctrl+I",),
    ),
    Action(
        "earlier_words",
        N_("Earlier words"),
        N_("The words that were painted before these"),
        ("Alt+Up",),
        focus=Focus.PROMPT,
        repeats=True,
    ),
    Action(
        "later_words",
        N_("Later words"),
        N_("The words that were painted after these, in the end what you were typing"),
        ("Alt+Down",),
        focus=Focus.PROMPT,
        repeats=True,
    ),
    Action(
        "past_words",
        N_("Words you painted"),
        N_("Search the words that you painted, those with a star too"),
        ("Ctrl+Shift+H",),
        "history",
    ),
    Action(
        "choose_start",
        N_("Start from a picture…"),
        N_("Choose a picture to start from"),
        ("Ctrl+O",),
        "image-plus",
    ),
    Action(
        "keep_step",
        N_("Keep this step"),
        N_("Stop here, and let what is seen now be the picture"),
        ("Ctrl+K",),
    ),
    Action("queue", N_("Queue"), N_("Show or hide the queue"), ("Ctrl+J",), "list-ordered"),
    Action(
        "options",
        N_("Options"),
        N_("Show or hide what is set for the pictures, where the window is narrow too"),
        ("Ctrl+E",),
        "sliders-horizontal",
    ),
    Action("theme", N_("Light or dark"), N_("Light or dark"), ("Ctrl+T",), "sun"),
    Action(
        "deleted_pictures",
        N_("Deleted pictures…"),
        N_("See what is in the trash, and put it back"),
        ("Ctrl+Shift+Del",),
        "trash-2",
    ),
    Action("settings", N_("Settings"), N_("Settings"), ("Ctrl+,",), "settings"),
    Action(
        "alone",
        N_("Picture alone"),
        N_("Show the picture alone, or everything"),
        ("F11",),
        "maximize",
    ),
    Action(
        "models",
        N_("Models…"),
        N_("What is here, what could be, and how it gets here: verify, add, convert"),
        ("Ctrl+Shift+M",),
    ),
    Action(
        "keys",
        N_("Keys"),
        N_("All that can be done by keys"),
        ("?", "F1"),
        "keyboard",
    ),
    Action(
        "help_pages",
        N_("Install, remove, troubleshoot…"),
        N_("How to install, update and remove it, and what to do where something does not work"),
        ("Ctrl+Shift+F1",),
        "circle-help",
    ),
    Action(
        "about",
        N_("About Kandinsky Desktop"),
        N_("Its version, and the licences of all that it is made of"),
        ("Ctrl+F1",),
        "info",
    ),
    Action(
        "help",
        N_("Help"),
        N_("All keys, what to do where something does not work, how to get the full Kandinsky"),
        ("Shift+F1",),
        "circle-help",
        menu=("keys", "help_pages", "deleted_pictures", "models", "about"),
    ),
    Action("quit", N_("Quit"), N_("Close the window; what runs is kept"), ("Ctrl+Q",)),
    # a picture
    Action(
        "vary",
        N_("Vary"),
        N_("Four more like it, that keep its meaning and its large forms"),
        ("V", "Alt+2"),
        "shuffle",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "vary_subtly",
        N_("Vary subtly"),
        N_("Four more that keep nearly all of it"),
        ("Shift+V", "Alt+1"),
        "wand-sparkles",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "enlarge",
        N_("Larger"),
        N_("The same picture larger, with the same seeds"),
        ("U", "Alt+3"),
        "expand",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "edit",
        N_("Edit"),
        N_("Start from it, fill a part of it, add around it, or follow its depth"),
        ("E",),
        "pencil",
        _SHOWN,
        _PICTURE,
        menu=("start_from", "fill", "expand", "follow_depth"),
    ),
    Action(
        "start_from",
        N_("Start from it"),
        N_("Start the next picture from this one"),
        ("Ctrl+Shift+S",),
        "image-plus",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "fill",
        N_("Fill a part of it"),
        N_("Paint a part of it anew: a mask says which"),
        ("Ctrl+Shift+F",),
        "brush",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "expand",
        N_("Add around it"),
        N_("Paint on beyond its edges"),
        ("Ctrl+Shift+X",),
        "square-dashed",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "follow_depth",
        N_("Follow its depth"),
        N_("Let near and far of the next picture be as in this one"),
        ("Ctrl+Shift+D",),
        "",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "lay_embedding",
        N_("To the board"),
        N_("Lay its meaning on the board, as it was painted; so does a drop with Alt held"),
        ("B", "Ctrl+Shift+B"),
        "blend",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "use_again",
        N_("Use again"),
        N_("Take over its words and settings, to change and paint them again"),
        ("Ctrl+R",),
        "repeat",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "use_part",
        N_("Use a part of it"),
        N_("Take over all but its seeds, only its words, or only its size"),
        ("Ctrl+Alt+R",),
        "repeat",
        _SHOWN,
        _PICTURE,
        menu=("use_all_but_seeds", "use_words", "use_size"),
    ),
    Action(
        "use_all_but_seeds",
        N_("All but its seeds"),
        N_("Take over its words and settings, and keep the seeds that are set"),
        ("Ctrl+Alt+1",),
        "",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "use_words",
        N_("Only its words"),
        N_("Take over its words, and keep all that is set"),
        ("Ctrl+Alt+2",),
        "",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "use_size",
        N_("Only its size"),
        N_("Take over its size, and keep all else that is set"),
        ("Ctrl+Alt+3",),
        "",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "copy",
        N_("Copy"),
        N_("Copy the picture"),
        ("Ctrl+C", "Ctrl+Shift+C"),
        "copy",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "save_as",
        N_("Save as…"),
        N_("Save the picture in another place or format"),
        ("Ctrl+S",),
        "save",
        subject=_PICTURE,
    ),
    Action(
        "show_folder",
        N_("Show in folder"),
        N_("Show the file in its folder"),
        ("Ctrl+Shift+E",),
        "folder-open",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "open_with",
        N_("Open elsewhere"),
        N_("Open the file with the program that the desktop has for pictures"),
        ("Ctrl+Alt+O",),
        "external-link",
        _SHOWN,
        _PICTURE,
    ),
    Action(
        "compare",
        N_("Compare"),
        N_("Compare it with what it came from, divided by a line"),
        ("C",),
        "columns-2",
        Focus.PICTURES,
    ),
    Action(
        "before",
        N_("What it came from"),
        N_("Hold the key to see what it came from in its place"),
        ("O",),
        focus=Focus.PICTURES,
    ),
    Action(
        "back",
        N_("Back to all of them"),
        N_("From one picture back to those it was painted with"),
        ("Backspace",),
        focus=Focus.PICTURES,
    ),
    Action(
        "delete",
        N_("Delete"),
        N_("Move the picture to the trash, from where it can be brought back"),
        ("Del", "Ctrl+Backspace"),
        "trash-2",
        _SHOWN,
        _PICTURE,
    ),
    # a card of the fusion board
    Action("mute", N_("Mute"), N_("Mute"), ("M",), "volume-x", _CARDS, _CARD),
    Action("solo", N_("Solo"), N_("Solo: this one alone"), ("S",), "headphones", _CARDS, _CARD),
    Action(
        "subtract", N_("Subtract"), N_("Subtract, or add again"), ("N",), "minus", _CARDS, _CARD
    ),
    Action("lock", N_("Lock"), N_("Lock the weight"), ("L",), "lock", _CARDS, _CARD),
    Action("duplicate", N_("Duplicate"), N_("Lay it once more"), ("D",), "copy", _CARDS, _CARD),
    Action("remove", N_("Remove"), N_("Remove"), ("Del", "Backspace"), "trash-2", _CARDS, _CARD),
    Action(
        "edit_words",
        N_("Change the words"),
        N_("Change the words on the card"),
        ("F2", "Return", "Enter"),
        "",
        _CARDS,
        _CARD,
    ),
    Action(
        "heavier",
        N_("Heavier"),
        N_("Let it weigh more"),
        ("Up", "+"),
        "",
        Focus.BOARD,
        _CARD,
        repeats=True,
    ),
    Action(
        "lighter",
        N_("Lighter"),
        N_("Let it weigh less"),
        ("Down", "-"),
        "",
        Focus.BOARD,
        _CARD,
        repeats=True,
    ),
    Action(
        "measure",
        N_("Measure what came through"),
        N_("Measure what came through"),
        ("C",),
        "",
        _CARDS,
    ),
    Action("new_board", N_("New board"), N_("Lay an empty board"), ("Ctrl+N",), focus=_CARDS),
    Action("save_board", N_("Save"), N_("Save the board"), ("Ctrl+B",), focus=_CARDS),
    Action(
        "save_board_as",
        N_("Save as…"),
        N_("Save the board under a name"),
        ("Ctrl+Shift+A",),
        focus=_CARDS,
    ),
    Action(
        "rename_board",
        N_("Rename…"),
        N_("Give the board another name"),
        ("Ctrl+Shift+R",),
        focus=_CARDS,
    ),
    Action(
        "delete_board",
        N_("Delete"),
        N_("Delete the saved board; what lies here stays"),
        ("Shift+Del",),
        focus=_CARDS,
    ),
    Action(
        "film",
        N_("Film"),
        N_("A strip that leads from one card to another"),
        ("F",),
        "film",
        _CARDS,
    ),
    Action(
        "sheet",
        N_("Sheet"),
        N_("A sheet of what lies between four cards"),
        ("G",),
        "grid-3x3",
        _CARDS,
    ),
    # the sheet of ideas
    Action(
        "paint_ideas",
        N_("Paint the chosen"),
        N_("Paint the chosen ideas in full"),
        ("Return", "Enter"),
        focus=Focus.IDEAS,
    ),
    Action("more_ideas", N_("More ideas"), N_("Sketch more ideas"), ("M",), focus=Focus.IDEAS),
    # the queue
    Action(
        "remove_job",
        N_("Remove"),
        N_("Remove from the queue, or stop what runs"),
        ("Del", "Backspace"),
        "trash-2",
        _QUEUE,
        _JOB,
    ),
    Action(
        "clear_queue",
        N_("Clear the queue"),
        N_("Take out all jobs that wait; what runs goes on"),
        ("Ctrl+Del", "Ctrl+Backspace"),
        "list-x",
        _QUEUE,
    ),
    Action("run_next", N_("Run next"), N_("Run next"), ("Home",), "arrow-up-to-line", _QUEUE, _JOB),
    Action(
        "move_up", N_("Move up"), N_("Move up"), ("Alt+Up",), "arrow-up", _QUEUE, _JOB, repeats=True
    ),
    Action(
        "move_down",
        N_("Move down"),
        N_("Move down"),
        ("Alt+Down",),
        "arrow-down",
        _QUEUE,
        _JOB,
        repeats=True,
    ),
    Action("retry", N_("Try again"), N_("Try again"), ("F5",), "rotate-cw", _QUEUE, _JOB),
    Action("pause", N_("Pause the queue"), N_("Pause the queue"), ("P",), "pause", _QUEUE),
)

# Keys that a widget takes itself: the group of the sheet of keys, what they do, the keys
OWN_KEYS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (N_("Words"), N_("Paint"), ("Return",)),
    (N_("Words"), N_("Begin a new line"), ("Shift+Return",)),
    (N_("On the stage"), N_("Another of several pictures, or of all"), ("Left", "Right")),
    (N_("On the stage"), N_("One of several alone"), ("Return",)),
    (N_("On the stage"), N_("The first or the last of them"), ("Home", "End")),
    (N_("On the stage"), N_("Closer, farther"), ("+", "-")),
    (N_("On the stage"), N_("All of it, or its own size"), ("0", "1")),
    (N_("On the stage"), N_("Move it, where it is larger than the stage"), ("Space",)),
    (N_("The fusion board"), N_("Another card"), ("Left", "Right")),
    (N_("The canvas"), N_("Accept the fill, or close the polygon"), ("Return",)),
    (N_("The canvas"), N_("Another of the fills that wait"), ("Left", "Right")),
    (N_("The canvas"), N_("The picture as it was, while held"), ("O",)),
    (N_("The canvas"), N_("Move the picture"), ("Space",)),
    (N_("The canvas"), N_("Move what lies over it"), ("Left", "Right", "Up", "Down")),
    (N_("The canvas"), N_("Make that larger or smaller"), ("Ctrl+Up", "Ctrl+Down")),
    (N_("The canvas"), N_("Put it down, or take it away"), ("Return", "Esc")),
    (N_("The gallery"), N_("Look at it, and back"), ("Space",)),
    (N_("The gallery"), N_("Open a stack, or look at a picture"), ("Return",)),
    (N_("The gallery"), N_("Search"), ("/",)),
    (N_("The gallery"), N_("Move the line that divides two pictures"), ("Left", "Right")),
    (N_("The gallery"), N_("All pictures"), ("Ctrl+A",)),
    (N_("The gallery"), N_("Larger or smaller pictures"), ("+", "-")),
    (N_("The gallery"), N_("The first or the last picture"), ("Home", "End")),
    (N_("The gallery"), N_("Closer, while it is seen large, or all of it"), ("Z",)),
)

# What can be done with a picture, wherever it is shown: the groups of its menu, and of a bar
PICTURE_MENU = (
    ("vary", "vary_subtly", "enlarge", "edit"),
    ("lay_embedding", "use_again", "use_part"),
    ("copy", "save_as", "show_folder", "open_with"),
    ("delete",),
)
PICTURE_BAR = (("vary", "enlarge", "edit", "lay_embedding"), ("save_as", "delete"))

# What is said where an action is asked for, and there is nothing it could be done to
NONE_MEANT = {
    Subject.PICTURE: N_("There is no picture here yet."),
    Subject.CARD: N_("Choose a card first."),
    Subject.JOB: N_("Choose a job first."),
}

OF_WORDS = ("undo", "redo", "paste")  # what is typed comes first for them

Run = Callable[..., object]  # takes the subject, if the action has one
Refusal = Callable[..., str]  # likewise: why it cannot be done now, as a sentence; "" if it can
Target = Callable[[], object]  # what is meant now: a picture, a card, a job; None: nothing


def as_typed(keys: Sequence[str]) -> tuple[str, ...]:
    """Return keys as keyboards may tell them: many type a sign such as ? with Shift, and say so."""
    signs = [key for key in keys if len(key) == 1 and not key.isalnum()]
    return (*keys, *(f"Shift+{sign}" for sign in signs))


class ActionSet(QObject):
    """The actions of one window: what each does, when it can be done, and what shows it."""

    refused = Signal(str)  # why what was asked for by a key cannot be done now
    offered = Signal(object)  # Path: what can be done with this picture is shown, in a menu

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._table = {action.name: action for action in TABLE}
        self._runs: dict[str, tuple[Run, Refusal]] = {}
        self._guards: dict[Subject, Refusal] = {}
        self._instead: dict[str, Callable[[], bool]] = {}
        self._buttons: list[tuple[str, QToolButton, Target]] = []
        self._listeners: list[tuple[QWidget, Focus, Subject, Target]] = []
        self._in_menus: list[tuple[QAction, str, tuple[object, ...]]] = []
        for action in TABLE:
            if action.menu:
                refusal = partial(self._none_of, action.menu)
                self.bind(action.name, partial(self.open_menu, action.name), refusal)

    @property
    def table(self) -> tuple[Action, ...]:
        """All of them, those that rooms brought at the end."""
        return tuple(self._table.values())

    @property
    def unbound(self) -> tuple[str, ...]:
        """The names of those that nobody does."""
        return tuple(name for name in self._table if name not in self._runs)

    def named(self, name: str) -> Action:
        """Return an action by its name."""
        return self._table[name]

    def add(self, action: Action, run: Run, refusal: Refusal | None = None) -> None:
        """Add an action that is not in the table. Raises ValueError for a name that is taken."""
        if action.name in self._table:
            raise ValueError(f"there is an action {action.name!r} already")
        self._table[action.name] = action
        self.bind(action.name, run, refusal)
        for widget, focus, subject, target in self._listeners:
            if subject is action.subject:
                keys = [key for key in action.keys if action.heard(key) is focus]
                self._listen(widget, action, keys, target)

    def bind(self, name: str, run: Run, refusal: Refusal | None = None) -> None:
        """Say what an action does, and when it cannot be done."""
        self._runs[self._table[name].name] = (run, refusal or (lambda *subject: ""))

    def guard(self, subject: Subject, refusal: Refusal) -> None:
        """Say when no action can be done to a subject of a kind. Asked only when one is to be."""
        self._guards[subject] = refusal

    def bind_instead(self, name: str, run: Callable[[], bool]) -> None:
        """Say what is done where there is nothing for an action; it returns whether it was."""
        self._instead[self._table[name].name] = run

    def refusal(self, name: str, *subject: object) -> str:
        """Return why an action cannot be done now, as a sentence; empty if it can."""
        return self._runs[name][1](*subject)

    def trigger(self, name: str, *subject: object) -> None:
        """Do it, or say why it cannot be done."""
        guard = self._guards.get(self._table[name].subject)
        reason = (guard(*subject) if guard else "") or self.refusal(name, *subject)
        if reason:
            self.refused.emit(reason)
        else:
            self._runs[name][0](*subject)

    def listen(
        self,
        widget: QWidget,
        focus: Focus,
        subject: Subject,
        target: Target,
        *,
        without: Iterable[str] = (),
    ) -> None:
        """Hear the keys of actions on a subject, within a widget; `target` says what is meant.

        Keys in `without` mean something else there.
        """
        self._listeners.append((widget, focus, subject, target))
        for action in self.table:
            if action.subject is subject:
                keys = [key for key in action.keys if action.heard(key) is focus]
                self._listen(widget, action, [key for key in keys if key not in without], target)

    def button(
        self, name: str, target: Target, *, checkable: bool = False, role: str = ""
    ) -> QToolButton:
        """Return a button with an action's icon; `refresh` enables it or says why it is not.

        With a role of the style sheet it has the action's words, too: under the icon in the rail,
        else beside it.
        """
        action = self._table[name]
        button = icon_button(self._theme, action.icon, action.tip, checkable=checkable)
        if role:
            words, in_rail = _(action.word or action.text), role == "room"
            button.setProperty("role", role)
            if action.menu and role == "action":
                words = f"{words} \u25be"
            button.setText(words if in_rail else beside(words))
            button.setToolButtonStyle(UNDER if in_rail else BESIDE)
            button.setProperty("icon_side", RAIL_ICON if in_rail else BAR_ICON)
            set_icon(self._theme, button, action.icon)
        if action.menu:
            button.clicked.connect(lambda: self._open_menu(action, button, target))
        else:
            button.clicked.connect(lambda: self._do(name, target))
        self._buttons.append((name, button, target))
        return button

    def refresh(self) -> None:
        """Enable what can be done now on buttons and in open menus; the rest says why not."""
        self._in_menus = [one for one in self._in_menus if isValid(one[0])]
        for shown, name, subject in self._in_menus:
            self._enable(shown, name, subject)
        for name, button, target in self._buttons:
            meant = self._subject(name, target)
            possible = meant is not None and name in self._runs
            reason = self.refusal(name, *(meant or ())) if possible else ""
            if meant is None:
                reason = _(NONE_MEANT[self._table[name].subject])
            button.setEnabled(possible and not reason)
            if reason:
                button.setToolTip(plain_tip(reason))
                button.setProperty("reason", reason)
            elif button.property("reason"):
                button.setToolTip(self._table[name].tip)
                button.setProperty("reason", "")
            button.setAccessibleDescription(reason)

    def menu(self, parent: QWidget) -> ActionMenu:
        """Return an empty menu with round corners. It goes when it is closed."""
        menu = ActionMenu(self._theme, parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def fill(
        self, menu: QMenu, names: Iterable[str], *subject: object, silent: Iterable[str] = ()
    ) -> None:
        """Add actions to a menu, for a subject; an empty name is a line between groups.

        What is refused is there, disabled, with the reason. Keys of those that are `silent` mean
        something else where the menu was opened, and are not shown.
        """
        for name in names:
            if not name:
                menu.addSeparator()
                continue
            action = self._table[name]
            if action.menu:
                within = menu.addMenu(ActionMenu(self._theme, menu, _(action.text)))
                below = within.menu()
                assert isinstance(below, QMenu)
                self.fill(below, action.menu, *subject, silent=silent)
                self._show_in_menu(within, name, subject)
                continue
            shown = menu.addAction(_(action.text))
            shown.setObjectName(name)
            self._show_in_menu(shown, name, subject)
            if action.keys and name not in silent:
                show_key(shown, action.keys[0])
            shown.triggered.connect(lambda _on=False, name=name: self.trigger(name, *subject))

    def _show_in_menu(self, shown: QAction, name: str, subject: tuple[object, ...]) -> None:
        """Enable an action of a menu if it can be done, now and as long as the menu is there."""
        self._enable(shown, name, subject)
        self._in_menus.append((shown, name, subject))

    def _enable(self, shown: QAction, name: str, subject: tuple[object, ...]) -> None:
        reason = self.refusal(name, *subject)
        shown.setEnabled(not reason)
        shown.setToolTip(plain_tip(reason) if reason else self._table[name].tip)

    def _none_of(self, names: Sequence[str], *subject: object) -> str:
        """Return why none of several can be done; empty if one can."""
        bound = [name for name in names if name in self._runs]
        reasons = [self.refusal(name, *subject) for name in bound]
        return "" if "" in reasons or not reasons else reasons[0]

    def dress(self, shown: QAction, name: str) -> None:
        """Give an action of a menu the words, the help and the key of one in the table."""
        action = self._table[name]
        shown.setText(_(action.text))
        shown.setToolTip(action.tip)
        shown.setObjectName(name)
        show_key(shown, action.keys[0])

    def fill_picture(self, menu: QMenu, picture: object, *, silent: Iterable[str] = ()) -> None:
        """Add all that can be done with a picture, in its groups."""
        self.offered.emit(picture)
        for number, group in enumerate(PICTURE_MENU):
            names = [name for name in group if name in self._table]
            if number and names:
                menu.addSeparator()
            self.fill(menu, names, picture, silent=silent)

    def open_menu(self, name: str, *subject: object) -> None:
        """Open an action that is a menu at its button, where that is seen, or at the mouse."""
        action = self._table[name]
        for of, button, target in self._buttons:
            if of == name and button.isVisible() and self._subject(name, target) == subject:
                self._open_menu(action, button, target)
                return
        window = QApplication.activeWindow()
        if window is not None:
            menu = self.menu(window)
            self.fill(menu, action.menu, *subject)
            menu.open_at(QCursor.pos())

    def _open_menu(self, action: Action, button: QToolButton, target: Target) -> None:
        subject = self._subject(action.name, target)
        if subject is not None:
            menu = self.menu(button)
            self.fill(menu, action.menu, *subject)
            menu.open_beside(button)

    def _listen(self, widget: QWidget, action: Action, keys: list[str], target: Target) -> None:
        if not keys:
            return
        made = QAction(_(action.text), widget)
        made.setObjectName(action.name)
        made.setAutoRepeat(action.repeats)
        made.setShortcuts([QKeySequence(key) for key in as_typed(keys)])
        if action.heard(keys[0]) is not Focus.WINDOW:
            made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made.triggered.connect(lambda: self._do(action.name, target))
        widget.addAction(made)

    def _do(self, name: str, target: Target) -> None:
        if name not in OF_WORDS:
            _take_number()
        subject = self._subject(name, target)
        if subject is not None:
            self.trigger(name, *subject)
        elif name not in self._instead or not self._instead[name]():
            self.refused.emit(_(NONE_MEANT[self._table[name].subject]))

    def _subject(self, name: str, target: Target) -> tuple[object, ...] | None:
        """Return what an action is given; None: there is nothing it could be done to."""
        if self._table[name].subject is Subject.NOTHING:
            return ()
        meant = target()
        return None if meant is None else (meant,)


def _take_number() -> None:
    """Let a number count that is being typed: neither a key nor most buttons leave its field."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QAbstractSpinBox):
        focus.interpretText()


def nothing() -> None:
    """Return no target: for actions on nothing in particular."""


def show_toggle(theme: Theme, button: QToolButton, icon: str, tip: str) -> None:
    """Give a button that has two meanings the icon and the words of the one it has now."""
    set_icon(theme, button, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
