"""The memory bar: use of the limiting memory, by the engine and by other processes."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme

GROOVE = 140  # in unscaled pixels


class MemoryBar(QWidget):
    """A groove with what is used of it filled, and the words beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._memory: Memory | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Memory"))
        theme.changed.connect(self.updateGeometry)

    def forget(self) -> None:
        """Clear the bar: the engine is gone."""
        self._memory = None
        self.setToolTip("")
        self.setAccessibleDescription("")
        self.update()

    def show_memory(self, memory: Memory) -> None:
        """Show a measurement."""
        self._memory = memory
        words = _("The engine uses {used:.1f} GB; {free:.1f} of {total:.1f} GB are free.").format(
            used=memory.used_bytes / 1e9,
            free=memory.free_bytes / 1e9,
            total=memory.total_bytes / 1e9,
        )
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self._text)
        return QSize(self._theme.px(GROOVE) + 8 + words + 2, self._theme.px(18))

    @property
    def _text(self) -> str:
        if self._memory is None or not self._memory.total_bytes:
            return _("Memory")
        return _("{used:.1f} of {total:.0f} GB").format(
            used=self._memory.used_bytes / 1e9, total=self._memory.total_bytes / 1e9
        )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = QRectF(0, self.height() / 2 - 3, self._theme.px(GROOVE), 6)
        shape = QPainterPath()
        shape.addRoundedRect(groove, 3, 3)
        painter.fillPath(shape, self._theme.colour("track"))
        if self._memory and self._memory.total_bytes:
            painter.setClipPath(shape)
            total = self._memory.total_bytes
            taken = 1 - self._memory.free_bytes / total
            ours = min(taken, self._memory.used_bytes / total)
            others, mine = QRectF(groove), QRectF(groove)
            others.setWidth(groove.width() * taken)
            mine.setWidth(groove.width() * ours)
            painter.setOpacity(0.45)
            painter.fillRect(others, self._theme.colour("quiet"))
            painter.setOpacity(1)
            painter.fillRect(mine, self._theme.colour("accent"))
            painter.setClipping(False)
        painter.setPen(self._theme.colour("quiet"))
        place = QRectF(self.rect()).adjusted(groove.width() + 8, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._text)
