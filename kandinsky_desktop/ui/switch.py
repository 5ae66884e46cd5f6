"""A check box that is drawn as a switch."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme

SWITCH = QSize(28, 16)


class Switch(QCheckBox):
    """A check box that is drawn as a switch."""

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__(words)
        self._theme = theme
        theme.changed.connect(self.updateGeometry)

    @override
    def sizeHint(self) -> QSize:
        theme, metrics = self._theme, self.fontMetrics()
        wide = theme.px(SWITCH.width()) + 8 + metrics.horizontalAdvance(self.text()) + 4
        return QSize(wide, max(metrics.height(), theme.px(SWITCH.height())) + 8)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter, on = self._theme, QPainter(self), self.isChecked()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        wide, high = theme.px(SWITCH.width()), theme.px(SWITCH.height())
        body = QRectF(2, (self.height() - high) / 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent" if on else "quiet"))
        painter.drawRoundedRect(body, high / 2, high / 2)
        knob = QRectF(0, 0, high - 4, high - 4)
        at = body.right() - high / 2 if on else body.left() + high / 2
        knob.moveCenter(QRectF(at, body.center().y(), 0, 0).topLeft())
        painter.setBrush(theme.colour("on_accent" if on else "stage"))
        painter.drawEllipse(knob)
        painter.setPen(theme.colour("text" if self.underMouse() else "quiet"))
        words = self.rect().adjusted(wide + 10, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
