"""The whole program for tests of flows: once per test, or once per module where that suffices."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.driver import Driver


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[], Driver]]:
    """Return what starts the program; a test may close it and start it again."""
    qapp.setStyle("Fusion")
    running: list[Driver] = []

    def begin() -> Driver:
        running.append(Driver(qapp, qtbot))
        return running[-1]

    yield begin
    for driver in running:
        driver.close()
        driver.window.deleteLater()
    # the offscreen platform destroys what lies there after Python has ended, and crashes
    QGuiApplication.clipboard().clear()


@pytest.fixture
def driver(start: Callable[[], Driver]) -> Driver:
    return start()
