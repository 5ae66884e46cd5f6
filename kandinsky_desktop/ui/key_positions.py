"""Which Latin letter lies where a key is, so that keys work on every keyboard layout.

A key of the table is a letter as an English keyboard has it. Where the layout has letters of
another script (Cyrillic, Greek, Hebrew …) its key is known by its place; where it has Latin ones,
by what is written on it. Signs such as `?` are known by their character everywhere.
"""

from unicodedata import name as name_of

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPlainTextEdit, QWidget
from shiboken6 import isValid

from kandinsky_desktop.domain.typing_compat import override

LETTERS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")  # in the rows of an English keyboard
FIRST_CODES = (24, 38, 52)  # of the rows: XKB key codes, which are evdev's plus 8
ON_MAC = dict(  # kVK_ANSI_*: by place too
    zip(
        "ASDFHGZXCVBQWERYTOUIPLJKNM",
        (*range(10), *range(11, 18), 31, 32, 34, 35, 37, 38, 40, 45, 46),
        strict=True,
    )
)
ON_X11 = {
    letter: first + at
    for row, first in zip(LETTERS, FIRST_CODES, strict=True)
    for at, letter in enumerate(row)
}
_MAC = {code: letter for letter, code in ON_MAC.items()}
_X11 = {code: letter for letter, code in ON_X11.items()}
LAST = 0x10FFFF  # a key above is no character
TYPING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


def latin_letter(event: QKeyEvent, platform: str) -> str:
    """Return the letter of the key's place, if the layout has one of another script there.

    `platform` is Qt's name of it. Empty: the key is known by its character.
    """
    key = event.key()
    if not 0x7F < key <= LAST or "LATIN" in name_of(chr(key), "LATIN"):
        return ""
    if platform == "windows":
        code = event.nativeVirtualKey()  # VK_A to VK_Z: the layouts of other scripts keep them
        return chr(code) if ord("A") <= code <= ord("Z") else ""
    if platform == "cocoa":
        return _MAC.get(event.nativeVirtualKey(), "")
    return _X11.get(event.nativeScanCode(), "")


def held(event: QKeyEvent) -> Qt.KeyboardModifier:
    """Return what is held with a key. That it lies on the keypad is no more of that than which.

    Qt says so of the keypad's Enter and, on macOS, of the arrows.
    """
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier


def pressed(event: QKeyEvent) -> QKeyCombination:
    """Return what was pressed, by a Latin letter where there is one."""
    letter = latin_letter(event, QGuiApplication.platformName())
    key = Qt.Key(ord(letter)) if letter else Qt.Key(event.key())
    return QKeyCombination(held(event), key)


class KeyPositions(QObject):
    """Gives keys of other scripts to what has the focus as the Latin letters of their places.

    Only where no text is typed: there such a key writes, unless Ctrl or Alt is held.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watched: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._watch)
        self._watch(None, application.focusWidget())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(watched, QWidget):
            return False
        assert isinstance(event, QKeyEvent)
        letter = latin_letter(event, QGuiApplication.platformName())
        typed = isinstance(watched, QLineEdit | QPlainTextEdit) and not event.modifiers() & ~TYPING
        if not letter or typed or _has_focus_below(watched):
            return False
        self._press(watched, Qt.Key(ord(letter)), event)
        return True

    def _press(self, widget: QWidget, key: Qt.Key, event: QKeyEvent) -> None:
        """Press the Latin key instead: what has the focus comes first, then shortcuts."""
        kind, keys = QEvent.Type, event.modifiers()
        asked = QKeyEvent(kind.ShortcutOverride, key, keys)
        asked.ignore()
        QApplication.sendEvent(widget, asked)
        found = None if asked.isAccepted() else shortcut_of(widget, QKeyCombination(keys, key))
        if found is not None:
            if found.autoRepeat() or not event.isAutoRepeat():
                found.trigger()
        else:
            again = event.isAutoRepeat()
            QApplication.sendEvent(widget, QKeyEvent(kind.KeyPress, key, keys, "", again))

    def _watch(self, before: QWidget | None, now: QWidget | None) -> None:
        del before
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        # the window gets the keys while nothing in it has the focus
        self._watched = now or QApplication.activeWindow()
        if self._watched is not None:
            self._watched.installEventFilter(self)


def shortcut_of(widget: QWidget, combination: QKeyCombination) -> QAction | None:
    """Return the action whose shortcut this is for a widget: its own, or of what it lies in."""
    wanted = QKeySequence(combination)
    for above in (widget, *_around(widget)):
        for action in above.actions():
            own = action.shortcutContext() is not Qt.ShortcutContext.WidgetShortcut
            if (own or above is widget) and action.isEnabled() and wanted in action.shortcuts():
                return action
    window = widget.window()
    central = window.centralWidget() if isinstance(window, QMainWindow) else None
    for action in [] if central is None else central.actions():  # heard in all of the window
        everywhere = action.shortcutContext() is Qt.ShortcutContext.WindowShortcut
        if everywhere and action.isEnabled() and wanted in action.shortcuts():
            return action
    return None


def _around(widget: QWidget) -> list[QWidget]:
    """Return what a widget lies in, up to its window."""
    found = []
    while not widget.isWindow():
        above = widget.parentWidget()
        if above is None:
            break
        found.append(widget := above)
    return found


def _has_focus_below(widget: QWidget) -> bool:
    """Whether it is a window that gets a key only since nothing in it wanted it."""
    return widget.isWindow() and widget.focusWidget() not in (None, widget)
