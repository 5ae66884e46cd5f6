"""The window around everything: painted at once, furnished as soon as the panels are there.

It knows nothing of panels or state, so that importing it costs next to nothing: a person sees the
frame of the program, in its colours and its place, long before the last module is loaded.
"""

from PySide6.QtCore import QByteArray, QRect, QSize, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme_tokens import ThemeTokens

RAIL, INSPECTOR, STRIP, STATUS, PROMPT = 48, 340, 118, 38, 134  # the frame, in unscaled pixels


class MainWindow(QMainWindow):
    """Holds the workspace, once there is one, and paints the frame until then."""

    closed = Signal()

    def __init__(self, theme: ThemeTokens, scale: float, geometry: str) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self.seen = False  # whether it was painted once
        self.was_closed = False
        self.setWindowTitle("Kandinsky Desktop")
        self.setMinimumSize(1024, 600)
        self.resize(1280, 800)
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))

    @property
    def place(self) -> str:
        """Where the window is, in Qt's own words."""
        return bytes(self.saveGeometry().toBase64().data()).decode()

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
        rail, inspector, strip, status, prompt = (
            round(size * self._scale) for size in (RAIL, INSPECTOR, STRIP, STATUS, PROMPT)
        )
        upper = height - strip - status
        right = width - inspector
        return [
            (QRect(0, 0, width, height), theme.stage),
            (QRect(0, 0, rail, height), theme.window),
            (QRect(0, upper, width, strip + status), theme.window),
            (QRect(rail, upper - prompt, right - rail, prompt), theme.panel),
            (QRect(right, 0, inspector, upper), theme.panel),
            (QRect(rail, 0, 1, upper), theme.line),
            (QRect(right, 0, 1, upper), theme.line),
            (QRect(rail, upper - prompt, right - rail, 1), theme.line),
            (QRect(0, upper, width, 1), theme.line),
            (QRect(0, height - status, width, 1), theme.line),
        ]
