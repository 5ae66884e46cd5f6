"""A gauge of the mixture's norm relative to the typical norm of image embeddings."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme

MOST = 1.5  # the share of the usual length at the right end
NEAR = 0.15  # so far from the usual length nothing is to be restored


class NormGauge(QWidget):
    """Shows a share of the typical norm, with a mark at 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ratio: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Length of the mixture"))
        self.setToolTip(
            _(
                "How long the mixture is beside meanings of this model. Mixed meanings grow short:"
                " then the picture grows flat, and restoring helps."
            )
        )
        theme.changed.connect(self.updateGeometry)
        self.show_ratio(None)

    @property
    def words(self) -> str:
        """What it says."""
        if self._ratio is None:
            return _("not known yet")
        return _("{ratio} of the usual").format(ratio=in_percent(self._ratio))

    @property
    def short(self) -> str:
        """What it says, where there is little room; nothing if it is not known."""
        if self._ratio is None:
            return ""
        return _("length {ratio}").format(ratio=in_percent(self._ratio))

    def show_ratio(self, ratio: float | None) -> None:
        """Set the share of the typical norm; None: unknown."""
        self._ratio = ratio
        self.setAccessibleDescription(self.words)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(36))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(60), self._theme.px(36))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRect(0, 0, self.width(), theme.px(20))
        painter.setPen(theme.colour("text"))
        title, vertical = _("Length"), Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, vertical, title)
        painter.setPen(theme.colour("quiet" if self._ratio is None else "text"))
        metrics = painter.fontMetrics()
        room = line.adjusted(metrics.horizontalAdvance(title) + 12, 0, 0, 0)
        words = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, vertical | Qt.AlignmentFlag.AlignRight, words)
        groove = QRectF(0, theme.px(28) - 3, self.width(), 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("track"))
        painter.drawRoundedRect(groove, 3, 3)
        if self._ratio is not None:
            filled = QRectF(groove)
            filled.setWidth(max(6.0, groove.width() * min(self._ratio, MOST) / MOST))
            far = abs(self._ratio - 1) > NEAR
            painter.setBrush(theme.colour("warning" if far else "accent"))
            painter.drawRoundedRect(filled, 3, 3)
        at = groove.width() / MOST
        painter.setPen(QPen(theme.colour("text"), 2))
        painter.drawLine(QPointF(at, groove.top() - 3), QPointF(at, groove.bottom() + 3))
