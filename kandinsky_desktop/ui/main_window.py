"""The window around everything: painted at once, furnished as soon as the panels are there.

It knows nothing of panels or state, so that importing it costs next to nothing: a person sees the
frame of the program, in its colours and its place, long before the last module is loaded.
"""

from PySide6.QtCore import QByteArray, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme_tokens import ThemeTokens

RAIL, INSPECTOR, STRIP, STATUS = 72, 296, 64, 28  # the frame, in unscaled pixels
COMPOSER, SIDE, UNDER = 54, 24, 32  # what is typed into: its height, the room beside and under it
LEAST = QSize(640, 400)
DECORATION = QSize(16, 56)  # about what a desktop puts around a window


class MainWindow(QMainWindow):
    """Holds the workspace, once there is one, and paints the frame until then."""

    closed = Signal()

    def __init__(self, theme: ThemeTokens, scale: float, geometry: str) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self.seen = False  # whether it was painted once
        self.was_closed = False
        self.setWindowTitle("Kandinsky Desktop")
        self.setMinimumSize(LEAST)
        self.resize(1280, 800)
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))

    @property
    def place(self) -> str:
        """Where the window is, in Qt's own words."""
        return bytes(self.saveGeometry().toBase64().data()).decode()

    def fit(self, free: QRect) -> None:
        """Stay within the free area of a screen, decorations included; a maximised one does."""
        room = free.size() - DECORATION
        if self.windowState() & Qt.WindowState.WindowMaximized or room.isEmpty():
            return
        self.resize(self.size().boundedTo(room).expandedTo(self.minimumSize()))
        frame = QRect(self.pos(), self.size() + DECORATION)
        if not free.contains(frame):
            frame.moveLeft(max(free.left(), min(frame.left(), free.right() - frame.width())))
            frame.moveTop(max(free.top(), min(frame.top(), free.bottom() - frame.height())))
            self.move(frame.topLeft())

    def furnish(self, workspace: QWidget) -> None:
        """Add the panels."""
        self.setCentralWidget(workspace)

    @override
    def sizeHint(self) -> QSize:
        return QSize(1280, 800)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.was_closed = True
        self.closed.emit()
        event.accept()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.seen = True
        if self.centralWidget() is not None:
            return
        painter = QPainter(self)
        for area, colour in self._frame():
            painter.fillRect(area, QColor(colour))

    def _frame(self) -> list[tuple[QRect, str]]:
        """Return the areas of the frame, each with its colour, hairlines last."""
        theme, width, height = self._theme, self.width(), self.height()
        scale = self._scale
        rail = round(RAIL + 36 * (scale - 1))
        right = width - round(max(264, min(INSPECTOR * scale, 0.285 * width)))
        upper = height - STRIP - round(STATUS * scale)
        composer = round(COMPOSER * scale)
        top = upper - UNDER - composer
        return [
            (QRect(0, 0, width, height), theme.stage),
            (QRect(0, 0, rail, height), theme.window),
            (QRect(0, upper, width, height - upper), theme.window),
            (QRect(right, 0, width - right, upper), theme.panel),
            (QRect(rail + SIDE, top, right - rail - 2 * SIDE, composer), theme.raised),
            (QRect(0, upper, width, 1), theme.line),
        ]
