"""The box that says which model is in use, and below what it is best at."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QSizePolicy

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import scroll_past
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.theme import Theme

HEIGHT = 52  # in unscaled pixels


class ModelBox(QComboBox):
    """A combo box of two lines: the model's title and what it is best at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._line = theme, ""
        self.setObjectName("modelbox")
        self.setAccessibleName(_("Model"))
        scroll_past(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._measure)
        self._measure()

    def show_model(self, model: Model) -> None:
        """Say what the model in use is best at, and how large it is."""
        side, size = model.native, model.size_bytes
        room = f"{size / 10**9:.1f} GB" if size >= 10**9 else f"{size / 10**6:.0f} MB"
        self._line = _("Best at {side} × {side} · {room}").format(side=side, room=room)
        self.setAccessibleDescription(self._line)
        self.update()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(HEIGHT))

    @override
    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        wide = 2.0 if focused else 1.0
        painter.setBrush(theme.colour("hover" if self.underMouse() else "raised"))
        painter.setPen(QPen(theme.colour("accent" if focused else "edge"), wide))
        area = QRectF(self.rect()).adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2)
        painter.drawRoundedRect(area, 6, 6)
        font = self.font()
        font.setPixelSize(theme.px(13))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        room = self.width() - theme.px(46)
        half = theme.px(18)
        top = (self.height() - 2 * half) / 2
        title = painter.fontMetrics().elidedText(
            self.currentText() or _("No model"), Qt.TextElideMode.ElideRight, room
        )
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(theme.px(11), top, room, half), vertical, title)
        font.setBold(False)
        font.setPixelSize(theme.px(12))
        painter.setFont(font)
        painter.setPen(theme.colour("quiet"))
        line = painter.fontMetrics().elidedText(self._line, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(theme.px(11), top + half, room, half), vertical, line)
        side = theme.px(16)
        sign = icon("chevron-down", theme.colour("text"))
        at = (self.width() - side - theme.px(10), (self.height() - side) // 2)
        painter.drawPixmap(*at, sign.pixmap(QSize(side, side), self.devicePixelRatioF()))

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(HEIGHT))
