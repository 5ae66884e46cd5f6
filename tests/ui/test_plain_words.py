"""What a person or a file says stands on buttons as it is: its & is no key, its < no markup."""

from pathlib import Path

import pytest
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.create.actions_row import ActionsRow
from kandinsky_desktop.ui.create.found_models import FoundModel, FoundModels
from kandinsky_desktop.ui.fusion.boards_menu import BoardsMenu
from kandinsky_desktop.ui.gallery.family import FamilyTile, Relative
from kandinsky_desktop.ui.theme import Theme

SAID = "Salt & <b>pepper</b>"


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


def says(button: QAbstractButton) -> None:
    """Check what a button shows, and that no key of its own came of it."""
    assert SAID[:12] in button.text().replace("&&", "&")
    assert button.shortcut().isEmpty()
    assert not Qt.mightBeRichText(button.toolTip()) or "&lt;b&gt;" in button.toolTip()


def test_the_name_of_a_board(theme: Theme, qtbot: QtBot) -> None:
    menu = BoardsMenu(theme)
    qtbot.addWidget(menu)
    for altered in (False, True):
        menu.show_boards((SAID,), SAID, altered=altered, empty=False)
        says(menu)


def test_the_name_of_a_model(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    found = FoundModels(window)
    found.show_models((FoundModel("one", SAID, "slower", f"{SAID} is slower."),))
    says(found.buttons[0])


def test_what_a_picture_is_compared_with(theme: Theme, qtbot: QtBot) -> None:
    actions = ActionSet(theme, theme)
    row = ActionsRow(theme, actions, lambda: Path("a.png"))
    qtbot.addWidget(row)
    row.resize(1200, row.height())
    row.show_actions("", "a cat")
    row.show_comparison((f"part: {SAID}", "part: a cat"), 0, on=True)
    says(row.against)


def test_what_a_picture_came_from(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    view = FamilyTile(theme, Relative(1, SAID), lambda number: None, window, is_me=False)
    assert "<b>" not in view.toolTip()
