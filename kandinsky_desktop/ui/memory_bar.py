"""The memory bar: use of the limiting memory, by the engine and by other processes."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme


class MemoryBar(QWidget):
    """A bar with words on it."""

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
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(150), self._theme.px(18))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(area, 4, 4)
        painter.fillPath(shape, self._theme.colour("raised"))
        text = _("Memory")
        if self._memory and self._memory.total_bytes:
            painter.setClipPath(shape)
            total = self._memory.total_bytes
            dropped = 1 - self._memory.free_bytes / total
            ours = min(dropped, self._memory.used_bytes / total)
            painter.setOpacity(0.5)
            others = QRectF(area)
            others.setWidth(area.width() * dropped)
            painter.fillRect(others, self._theme.colour("track"))
            mine = QRectF(area)
            mine.setWidth(area.width() * ours)
            painter.setOpacity(0.75)
            painter.fillRect(mine, self._theme.colour("accent"))
            painter.setOpacity(1)
            painter.setClipping(False)
            text = _("{used:.1f} of {total:.0f} GB").format(
                used=self._memory.used_bytes / 1e9, total=total / 1e9
            )
        painter.setPen(self._theme.colour("line"))
        painter.drawPath(shape)
        font = self.font()
        font.setPixelSize(self._theme.px(11))
        painter.setFont(font)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
