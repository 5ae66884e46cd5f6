"""What tests of the fusion board do there: drop, fuse, and read what lies on it."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.events import Measured
from tests.ui.driver import Driver

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE = Qt.KeyboardModifier.NoModifier


def drop(driver: Driver, data: QMimeData, at: QPoint | None = None) -> None:
    """Drag something over the board's viewport and let it go there."""
    viewport = driver.fusion.board.viewport()
    point = at or viewport.rect().center() + QPoint(0, viewport.height() // 2 - 4)
    enter = QDragEnterEvent(point, COPY, data, LEFT, NONE)
    QApplication.sendEvent(viewport, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(viewport, QDragMoveEvent(point, COPY, data, LEFT, NONE))
    QApplication.sendEvent(viewport, QDropEvent(QPointF(point), COPY, data, LEFT, NONE))


def files(paths: Iterable[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def text(words: str) -> QMimeData:
    data = QMimeData()
    data.setText(words)
    return data


def board_of(driver: Driver) -> Board:
    return driver.state.board_editor.board


def fuse(driver: Driver) -> Path:
    """Press the button and wait for the picture."""
    before = set(driver.pictures())
    driver.until(lambda: driver.fusion.bar.run_button.isEnabled())
    driver.click(driver.fusion.bar.run_button)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == len(before) + 1)
    (name,) = set(driver.pictures()) - before
    return driver.session.pictures / name


def measured(driver: Driver) -> list[Measured]:
    return [event for event in driver.events if isinstance(event, Measured)]


def bars(driver: Driver) -> list[str]:
    """Return what is said of each card, in their order."""
    shown = driver.fusion.panel.through.shown
    return [shown[card.id].text if card.id in shown else "" for card in board_of(driver).cards]
