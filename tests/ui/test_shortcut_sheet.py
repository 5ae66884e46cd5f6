"""The sheet of keys: made from the table, to be searched, closed by Esc."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.actions import OWN_KEYS, TABLE, Action, Focus
from kandinsky_desktop.ui.shortcut_sheet import GROUPS, OF_FOCUS, ShortcutSheet
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.theme_tokens import CONTRAST, DARK, LIGHT, contrast
from tests.ui.driver import Driver, child


@pytest.fixture
def sheet(theme: Theme, qtbot: QtBot) -> ShortcutSheet:
    sheet = ShortcutSheet(theme, TABLE)
    qtbot.addWidget(sheet)
    return sheet


@pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name)
def test_each_action_with_keys_is_on_it(sheet: ShortcutSheet, action: Action) -> None:
    names = [
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in action.keys
    ]
    assert [row for row in sheet.rows if (row.words, row.keys) == (action.text, names)]


def test_each_place_where_keys_are_heard_has_its_group() -> None:
    assert set(OF_FOCUS) == set(Focus)
    assert set(OF_FOCUS.values()) <= set(GROUPS)


def test_no_row_is_there_twice_and_keys_of_widgets_are_there_too(sheet: ShortcutSheet) -> None:
    assert len(sheet.rows) == len(TABLE) + len(OWN_KEYS)
    assert {group for group, _words, _keys in OWN_KEYS} <= {
        child(group, QLabel).text() for group in sheet.groups
    }


def test_it_is_narrowed_by_words_or_by_a_key(sheet: ShortcutSheet) -> None:
    def shown() -> list[str]:
        return [row.words for row in sheet.rows if row.isVisibleTo(sheet)]

    assert len(shown()) == len(sheet.rows)
    QTest.keyClicks(sheet.search, "vary sub")
    assert shown() == ["Vary subtly"]
    sheet.search.setText("ctrl+r")
    assert shown() == ["Generate", "Use again"]
    sheet.search.setText("xyzzy")
    assert shown() == []
    assert sheet._nothing.isVisibleTo(sheet)
    sheet.search.clear()
    assert len(shown()) == len(sheet.rows)


@pytest.mark.parametrize("text_size", [90, 100, 125, 150])
def test_nothing_on_it_is_cut(theme: Theme, qtbot: QtBot, text_size: int) -> None:
    theme.apply("light", text_size, motion=False)
    sheet = ShortcutSheet(theme, TABLE)
    qtbot.addWidget(sheet)
    sheet.show()
    qtbot.waitExposed(sheet)
    for words in sheet.findChildren(QLabel):
        if words.isVisible():
            assert words.width() >= words.fontMetrics().horizontalAdvance(words.text())
    assert sheet._area.horizontalScrollBar().maximum() == 0
    theme.apply("light", 100, motion=True)


def test_its_caps_can_be_read_in_every_theme() -> None:
    for tokens in (LIGHT, DARK, CONTRAST):
        assert contrast(tokens.text, tokens.well) >= 4.5


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_question_mark_opens_it_and_esc_closes_it(driver: Driver) -> None:
    workspace = driver.workspace
    for key, held in (
        (Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier),
    ):
        driver.window.activateWindow()
        driver.until(driver.window.isActiveWindow)
        workspace.rail.settings.setFocus()
        driver.press(key, held)
        sheet = child(workspace, ShortcutSheet)
        assert sheet.isVisible()
        assert {row.words for row in sheet.rows} >= {"Create", "Fusion"}  # those of the rooms
        QTest.keyClick(sheet.search, Qt.Key.Key_Escape)
        assert not sheet.isVisible()
        driver.until(lambda: workspace.findChild(ShortcutSheet) is None)
    driver.type("why?")
    assert driver.create.prompt.prompt.toPlainText() == "why?"
    assert workspace.findChild(ShortcutSheet) is None
