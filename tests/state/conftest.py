"""What the tests of the canvas's state stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.background import Background
from tests.state.canvas import Canvas


@pytest.fixture
def canvas(qtbot: QtBot, background: Background, tmp_path: Path) -> Iterator[Canvas]:
    """A canvas with nothing on it."""
    canvas = Canvas(qtbot, background, tmp_path / "canvas")
    yield canvas
    canvas.document.close(discard=False)
