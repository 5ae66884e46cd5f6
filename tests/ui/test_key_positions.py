"""Keys by their place, as keyboards of other scripts send them."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.key_positions import ON_MAC, ON_X11, KeyPositions, latin_letter

RUSSIAN = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def press(
    letter: str, written: str, held: Qt.KeyboardModifier = NONE, *, again: bool = False
) -> QKeyEvent:
    """Return what X11 sends for the key that has a letter on English keyboards."""
    typed = "" if held else written.lower()
    return QKeyEvent(
        QEvent.Type.KeyPress, ord(written), held, ON_X11[letter], ord(written), 0, typed, again
    )


@pytest.mark.parametrize("letter", sorted(RUSSIAN))
def test_each_letter_of_a_russian_keyboard_is_known_by_its_place(letter: str) -> None:
    written, kind = RUSSIAN[letter], QEvent.Type.KeyPress
    on_windows = QKeyEvent(kind, ord(written), NONE, 0x10, ord(letter), 0, written)
    on_mac = QKeyEvent(kind, ord(written), NONE, 0, ON_MAC[letter], 0, written)
    assert latin_letter(press(letter, written), "xcb") == letter
    assert latin_letter(press(letter, written), "wayland") == letter
    assert latin_letter(on_windows, "windows") == letter
    assert latin_letter(on_mac, "cocoa") == letter


@pytest.mark.parametrize(
    ("letter", "written"),
    [("Q", "A"), ("M", "M"), ("Y", "Z"), ("P", "Ö"), ("I", "İ"), ("E", "É")],
)
def test_latin_letters_are_known_by_what_is_written_on_the_key(letter: str, written: str) -> None:
    """As on French, German and Turkish keyboards."""
    assert latin_letter(press(letter, written), "xcb") == ""


def test_a_key_that_is_no_letter_stays_what_it_is() -> None:
    for key in (Qt.Key.Key_Question, Qt.Key.Key_Delete, Qt.Key.Key_F1, Qt.Key.Key_Plus):
        event = QKeyEvent(QEvent.Type.KeyPress, key, NONE, ON_X11["V"], 0, 0, "")
        assert latin_letter(event, "xcb") == ""


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    KeyPositions(window)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def shortcut(widget: QWidget | None, key: str, done: list[str], *, here: bool = False) -> None:
    assert widget is not None
    action = QAction(key, widget)
    action.setShortcut(QKeySequence(key))
    if here:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(lambda: done.append(key))
    widget.addAction(action)


def test_russian_letters_do_what_the_latin_ones_do_where_the_focus_is(window: QMainWindow) -> None:
    done: list[str] = []
    stage = QWidget(window.centralWidget())
    stage.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    stage.show()
    shortcut(stage, "V", done, here=True)
    shortcut(window.centralWidget(), "Ctrl+R", done)
    stage.setFocus()
    QApplication.sendEvent(stage, press("V", "М"))
    QApplication.sendEvent(stage, press("R", "К", CTRL))
    assert done == ["V", "Ctrl+R"]
    stage.clearFocus()
    QApplication.sendEvent(window, press("V", "М"))  # nobody there hears it
    QApplication.sendEvent(window, press("R", "К", CTRL))
    assert done == ["V", "Ctrl+R", "Ctrl+R"]


def test_a_russian_letter_that_is_held_does_once_what_the_latin_one_does_once(
    window: QMainWindow,
) -> None:
    done: list[str] = []
    central = window.centralWidget()
    assert central is not None
    central.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    central.setFocus()
    for key, repeats in (("Ctrl+R", False), ("Ctrl+Z", True)):
        shortcut(central, key, done)
        central.actions()[-1].setAutoRepeat(repeats)
    for again in (False, True, True):
        QApplication.sendEvent(central, press("R", "К", CTRL, again=again))
    for again in (False, True, True):
        QApplication.sendEvent(central, press("Z", "Я", CTRL, again=again))
    assert done == ["Ctrl+R", *["Ctrl+Z"] * 3]


def test_a_russian_letter_is_typed_where_words_are_and_ctrl_with_it_edits_them(
    window: QMainWindow,
) -> None:
    done: list[str] = []
    words = QPlainTextEdit("cat", window.centralWidget())
    words.show()
    shortcut(window.centralWidget(), "V", done)
    shortcut(window.centralWidget(), "Ctrl+I", done)
    words.setFocus()
    QApplication.sendEvent(words, press("A", "Ф", CTRL))  # all of it
    QApplication.sendEvent(words, press("X", "Ч", CTRL))  # away
    assert words.toPlainText() == ""
    QApplication.sendEvent(words, press("V", "М"))
    assert words.toPlainText() == "м"
    QApplication.sendEvent(words, press("Z", "Я", CTRL))
    assert words.toPlainText() == ""
    QApplication.sendEvent(words, press("I", "Ш", CTRL))
    assert done == ["Ctrl+I"]


def test_a_widget_s_own_keys_are_found_by_their_place_too(window: QMainWindow) -> None:
    heard: list[int] = []

    class Stage(QWidget):
        def keyPressEvent(self, event: QKeyEvent) -> None:
            heard.append(event.key())

    stage = Stage(window.centralWidget())
    stage.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    stage.show()
    stage.setFocus()
    QApplication.sendEvent(stage, press("C", "С"))
    QApplication.sendEvent(stage, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_C, NONE, "c"))
    assert heard == [Qt.Key.Key_C, Qt.Key.Key_C]
