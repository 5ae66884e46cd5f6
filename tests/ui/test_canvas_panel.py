"""The canvas's part of the inspector."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.actions import ActionSet, nothing
from kandinsky_desktop.ui.canvas.panel import CanvasPanel
from kandinsky_desktop.ui.canvas.tools import ACTIONS
from kandinsky_desktop.ui.theme import Theme


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> CanvasPanel:
    window = QWidget()
    qtbot.addWidget(window)
    actions = ActionSet(theme, window)
    for action in ACTIONS:
        actions.add(action, nothing, None)
    panel = CanvasPanel(theme, actions)
    qtbot.addWidget(panel)
    return panel


def test_the_history_shows_what_is_done_and_what_is_undone(panel: CanvasPanel) -> None:
    def shown() -> tuple[list[str], list[str], int]:
        items = [panel.history.item(row) for row in range(panel.history.count())]
        faint = [item.text() for item in items if item.font().italic()]
        return [item.text() for item in items][1:], faint, panel.history.currentRow()

    told: list[int] = []
    panel.step_chosen.connect(told.append)
    for names, done in (
        (["Brush"], 1),
        (["Brush", "Lasso", "Clear"], 3),
        (["Brush", "Lasso", "Clear"], 1),
        (["Brush", "Lasso", "Clear"], 2),
        (["Brush", "Invert"], 2),  # another step after some were undone
        (["Brush", "Brush"], 0),
        (["Invert", "Brush", "Lasso"], 3),  # the oldest was forgotten
        ([], 0),
    ):
        panel.show_history(names, done)
        assert shown() == (names, names[done:], done)
    assert told == []
