"""The sitting is written while it goes on, so that a killed window loses little of it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.app.program import SETTLE_MS, Program
from kandinsky_desktop.store import layout_file, places, saved_session, settings_file
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for
from tests.fakes import request


@pytest.fixture
def program(qapp: QApplication) -> Iterator[Program]:
    """A program whose engine and indexer are never started."""
    qapp.setStyle("Fusion")
    read = settings_file.read(places.settings_file())
    window = MainWindow(tokens_for(read.settings.theme), 1.0, "")
    program = Program(qapp, window, read, layout_file.load(places.layout_file()))
    yield program
    program.end()
    window.close()
    window.deleteLater()


def test_one_that_never_rests_is_written_too(program: Program, qtbot: QtBot) -> None:
    """As while quick jobs are painted one after the other."""
    queue = program.state.job_queue
    queue.pause(True)
    job = queue.submit(request())
    restless = QTimer(program, interval=SETTLE_MS // 8)
    restless.timeout.connect(queue.changed)
    restless.start()
    qtbot.waitUntil(places.session_file().exists)
    assert [one.id for one in saved_session.load(places.session_file()).jobs] == [job.id]
    restless.stop()
