"""The status line says what the engine does, also after it had to be started anew."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Awake
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.theme import Theme


def test_after_its_end_the_engine_is_starting_again_until_it_is_there(
    theme: Theme, qtbot: QtBot
) -> None:
    status = StatusLine(theme)
    qtbot.addWidget(status)

    def said() -> set[str]:
        return {one.text() for one in status.findChildren(QLabel)}

    status.show_starting()
    assert "Engine is starting" in said()
    status.show_engine(Awake("cpu", "A processor", 1))
    assert "Processor" in said()
    status.show_engine(None)
    assert "Engine stopped" in said()
    status.show_starting()
    assert "Engine is starting again" in said()
    status.show_engine(Awake("cpu", "A processor", 1))
    assert not any("Engine" in words for words in said())
