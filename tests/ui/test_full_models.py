"""How to get the full Kandinsky: looking again says what was found."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.full_models import FullModelsDialog
from tests.trees import FULL, STARTER


@pytest.mark.qt_log_ignore("This plugin does not support")  # what the offscreen one says of dialogs
def test_looking_again_answers_in_words(qtbot: QtBot) -> None:
    before = Found((STARTER,), ())
    dialog = FullModelsDialog(Path("/models"), before)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    QTest.qWaitForWindowActive(dialog)
    asked: list[object] = []
    dialog.look_requested.connect(lambda: asked.append(dialog))
    assert not dialog.answer.isVisible()
    dialog.again.setFocus()
    QTest.keyClick(dialog.again, Qt.Key.Key_Space)
    assert (len(asked), dialog.answer.text(), dialog.again.isEnabled()) == (1, "Looking", False)
    dialog.show_found(replace(before, problems=("The prior is not there.",)))
    assert dialog.answer.text() == "Nothing new was found."
    assert dialog.warnings.text() == "The prior is not there."
    assert dialog.isVisible()
    assert dialog.again.hasFocus()  # where the hand was
    QTest.keyClick(dialog.again, Qt.Key.Key_Space)
    dialog.show_found(Found((FULL, STARTER), ()))
    assert dialog.answer.text().startswith(f"Found: {FULL.profile.title}. It stands in the list")
    assert not dialog.warnings.isVisible()
