"""Notices and the focus: where it was before a notice took it, it goes when the notice goes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.theme import Theme


class Shown:
    """Fields with notices among them."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.window, self.words = QWidget(), QLineEdit()
        self.notices, self.other = Notices(theme), QPushButton("Light or dark")
        column = QVBoxLayout(self.window)
        for widget in (self.words, self.notices, self.other):
            column.addWidget(widget)
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        assert QTest.qWaitForWindowActive(self.window, 60_000)
        self.words.setFocus()
        self.notices.notify("paused", "The queue is paused.", "Go on", lambda: None)

    @property
    def act(self) -> QPushButton:
        button = self.notices.button("paused")
        assert button is not None
        return button


@pytest.fixture
def shown(theme: Theme, qtbot: QtBot) -> Shown:
    return Shown(theme, qtbot)


def test_after_a_click_the_focus_is_where_the_hand_was(shown: Shown) -> None:
    QTest.mouseClick(shown.act, Qt.MouseButton.LeftButton)
    assert not shown.notices.sentences
    assert shown.words.hasFocus()


def test_and_after_the_keys_too(shown: Shown) -> None:
    shown.act.setFocus(Qt.FocusReason.TabFocusReason)
    assert shown.act.hasFocus()
    QTest.keyClick(shown.act, Qt.Key.Key_Space)
    assert shown.words.hasFocus()


def test_where_the_hand_was_is_gone_the_room_is_asked(shown: Shown, qtbot: QtBot) -> None:
    shown.act.setFocus()
    shown.words.deleteLater()
    with qtbot.waitSignal(shown.words.destroyed):
        pass
    with qtbot.waitSignal(shown.notices.focus_lost):
        QTest.keyClick(shown.act, Qt.Key.Key_Space)


def test_a_notice_without_the_focus_leaves_it_alone(shown: Shown) -> None:
    shown.other.setFocus()
    shown.notices.drop("paused")
    assert shown.other.hasFocus()


def test_names_of_files_are_never_rich_text(shown: Shown) -> None:
    sentence = "<b>cat</b> <img src='file:///x'>.png is not there any more."
    shown.notices.notify("refused", sentence)
    labels = [one for one in shown.notices.findChildren(QLabel) if one.text() == sentence]
    assert [one.textFormat() for one in labels] == [Qt.TextFormat.PlainText]
