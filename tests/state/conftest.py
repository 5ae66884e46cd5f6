"""What the tests of the canvas's state stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.background import Background
from tests.in_memory import memory, tmp_path
from tests.state.canvas import Canvas

__all__ = ["canvas", "memory", "tmp_path"]  # each step is synced, which takes no time in memory


@pytest.fixture
def canvas(qtbot: QtBot, background: Background, tmp_path: Path) -> Iterator[Canvas]:
    """A canvas with nothing on it."""
    canvas = Canvas(qtbot, background, tmp_path / "canvas")
    yield canvas
    canvas.document.close(discard=False)
