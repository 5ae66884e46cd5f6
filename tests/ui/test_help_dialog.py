"""The help pages are read in the window: all of them, and every link leads on."""

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from kandinsky_desktop.store import help_pages
from kandinsky_desktop.ui.actions import TABLE
from kandinsky_desktop.ui.help_dialog import HelpDialog
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver
from tests.ui.reachable import unnamed, unreached


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> HelpDialog:
    made = HelpDialog(theme, help_pages.pages())
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    return made


def links_of(document: QTextDocument) -> list[str]:
    found, block = [], document.begin()
    while block.isValid():
        part = block.begin()
        while not part.atEnd():
            letters = part.fragment().charFormat()
            found += [letters.anchorHref()] if letters.isAnchor() else []
            part += 1
        block = block.next()
    return found


def test_every_page_is_shown_whole(dialog: HelpDialog) -> None:
    pages = help_pages.pages()
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())] == [
        page.title for page in pages
    ]
    for row, page in enumerate(pages):
        dialog.list.setCurrentRow(row)
        shown = dialog.text.toPlainText()
        for heading in help_pages.headings(page.text):
            assert heading in shown.splitlines()
        assert "](" not in shown
        assert "|" not in shown
        assert "**" not in shown


def test_every_link_is_followed_to_its_heading(dialog: HelpDialog) -> None:
    followed = 0
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        for link in links_of(dialog.text.document()):
            assert dialog.open_at(link), link
            dialog.list.setCurrentRow(row)
            followed += 1
    assert followed > 5
    assert not dialog.open_at("nowhere.md")
    assert not dialog.open_at("#nowhere")


def test_a_link_to_a_section_scrolls_there(dialog: HelpDialog) -> None:
    dialog.text.anchorClicked.emit(QUrl("troubleshooting.md#memory-runs-out"))
    assert dialog.list.currentItem().text() == "Troubleshooting"
    assert dialog.text.verticalScrollBar().value() > 0
    assert dialog.text.textCursor().block().text() == "Memory runs out"
    assert 0 <= dialog.text.cursorRect().top() < dialog.text.viewport().height()


def test_another_theme_keeps_the_place(dialog: HelpDialog, theme: Theme) -> None:
    dialog.open_at("troubleshooting.md#memory-runs-out")
    before = dialog.text.verticalScrollBar().value()
    theme.apply("dark", 100, motion=False)
    assert abs(dialog.text.verticalScrollBar().value() - before) < 40


def test_all_of_it_is_reached_by_tab_and_has_a_name(dialog: HelpDialog, qtbot: QtBot) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=60_000)
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        dialog.list.setFocus()
        assert not unnamed(dialog) + unreached(dialog)
    assert dialog.text.accessibleName()


def test_the_menu_help_opens_them(driver: Driver) -> None:
    (menu,) = [action for action in TABLE if action.name == "help"]
    assert "help_pages" in menu.menu
    driver.workspace.action_set.trigger("help_pages")
    found = driver.workspace.findChild(QDialog)
    assert isinstance(found, HelpDialog)
    assert "Debian and Ubuntu: the .deb" in found.text.toPlainText()
    found.close()
