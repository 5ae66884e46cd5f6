"""Someone in the canvas room of the real window, to be used in tests."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.ui.canvas.room import CanvasRoom
from tests.ui.driver import Driver

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
Key = Qt.Key


class Painter:
    """Someone in the canvas room."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.room = driver.workspace.rooms.of(CanvasRoom)
        self.canvas = driver.state.canvas

    def enter(self) -> None:
        self.driver.press(Key.Key_2, CTRL)

    def open(self, path: Path) -> None:
        self.enter()
        opened = []
        self.canvas.document.opened.connect(lambda: opened.append(path))
        self.room.open_picture(path)
        self.driver.until(lambda: bool(opened))

    @property
    def picture(self) -> np.ndarray:
        return self.canvas.document.picture.pixels[..., :3].copy()

    @property
    def mask(self) -> np.ndarray:
        return self.canvas.document.mask.pixels

    def at(self, x: float, y: float) -> QPoint:
        view = self.room.desk.view.view
        assert view is not None
        across, down = view.to_view(x, y)
        return QPoint(round(across), round(down))

    def stroke(self, *points: tuple[float, float]) -> None:
        view = self.room.desk.view
        QTest.mousePress(view, LEFT, NONE, self.at(*points[0]))
        for point in points[1:]:
            QTest.mouseMove(view, self.at(*point))
            QApplication.processEvents()
        QTest.mouseRelease(view, LEFT, NONE, self.at(*points[-1]))
        self.driver.until(lambda: self.canvas.frame.box is not None)

    def waiting(self) -> int:
        return len(self.canvas.fills.fills)

    def is_pending(self) -> bool:
        return self.room.gestures.pending

    def key(self, key: Key, keys: Qt.KeyboardModifier = NONE) -> None:
        self.room.desk.view.setFocus()
        QTest.keyClick(self.room.desk.view, key, keys)

    def fill(self, words: str, count: int) -> None:
        """Ask for fills by typing, and wait until they wait."""
        self.driver.state.draft.set(count=count)
        self.room.bar.words.setFocus()
        QTest.keyClick(self.room.bar.words, Key.Key_A, CTRL)
        QTest.keyClicks(self.room.bar.words, words)
        QTest.keyClick(self.room.bar.words, Key.Key_Return)
        self.driver.until(lambda: len(self.canvas.fills.fills) == count)
        self.driver.until(self.driver.idle)
