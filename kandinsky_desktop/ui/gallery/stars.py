"""Stars, to be seen and to be given: from none to five."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.theme import Theme

MOST = 5
SIDE, GAP = 18, 4  # of a star, and between them, in unscaled pixels


class Stars(QSlider):
    """A slider of five notches that looks like stars; the one that is given goes by a click."""

    given = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme, self._under = theme, 0
        self.setRange(0, MOST)
        self.setPageStep(1)
        self.setAccessibleName(_("Stars"))
        self.setToolTip(_("Stars (0 to 5)"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.updateGeometry)

    @override
    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(MOST * px(SIDE) + (MOST - 1) * px(GAP) + 4, px(SIDE) + 6)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def mousePressEvent(self, ev: QMouseEvent) -> None:
        if ev.button() is Qt.MouseButton.LeftButton:
            number = self._number_at(ev.position().x())
            self.given.emit(0 if number == self.value() else number)

    @override
    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        self._under = self._number_at(ev.position().x())
        self.update()

    @override
    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        ev.accept()

    @override
    def leaveEvent(self, event: object) -> None:
        self._under = 0
        self.update()

    @override
    def keyPressEvent(self, ev: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}
        key = Qt.Key(ev.key())
        if key in by:
            self.given.emit(min(max(self.value() + by[key], 0), MOST))
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_5:
            self.given.emit(int(key) - int(Qt.Key.Key_0))
        else:
            super().keyPressEvent(ev)

    @override
    def paintEvent(self, ev: QPaintEvent) -> None:
        painter, px = QPainter(self), self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        star, line = self._theme.colour("star"), self._theme.colour("star_line")
        for number in range(1, MOST + 1):
            left = 2 + (number - 1) * (px(SIDE) + px(GAP))
            place = QRectF(left, 3, px(SIDE), px(SIDE)).toRect()
            on = number <= (self._under or self.value())
            if on:
                shade = QColor(star)
                if number > self.value():
                    shade.setAlphaF(0.5)
                icon("star-filled", shade).paint(painter, place)
                painter.setOpacity(1.0)
            icon("star", line if on else self._theme.colour("quiet")).paint(painter, place)
            painter.setOpacity(1.0)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _number_at(self, x: float) -> int:
        each = self._theme.px(SIDE) + self._theme.px(GAP)
        return min(max(int((x - 2) // each) + 1, 1), MOST)
