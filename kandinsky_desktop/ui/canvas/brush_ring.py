"""The outline of a brush, where the cursor is."""

from math import ceil

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

LARGEST = 650  # radius in pixels of the screen of an outline that is kept as a picture
CROSSED = 8  # radius from which the middle is marked


class BrushRing:
    """Knows how an outline of a radius is painted, and where; all in the widget's own pixels."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[float, float], QPixmap] | None = None

    def area(self, at: QPointF, radius: float) -> QRect:
        """Return what the outline lies in: to paint its hole too is cheaper than to leave it."""
        reach = radius + 3
        return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach).toAlignedRect()

    def paint(self, painter: QPainter, at: QPointF, radius: float, ratio: float) -> None:
        """Paint the outline, on a screen of so many pixels to one of the widget's."""
        if radius * ratio > LARGEST:
            _draw(painter, at, radius)
            return
        if self._kept is None or self._kept[0] != (radius, ratio):
            self._kept = (radius, ratio), _picture(radius, ratio)
        ring = self._kept[1]
        half = ring.width() / ratio / 2
        painter.drawPixmap(at - QPointF(half, half), ring)


def _picture(radius: float, ratio: float) -> QPixmap:
    """Return an outline: to lay it down costs a tenth of drawing it."""
    side = ceil((2 * radius + 6) * ratio)
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw(painter, QPointF(side / ratio / 2, side / ratio / 2), radius)
    painter.end()
    return pixmap


def _draw(painter: QPainter, at: QPointF, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dark = QColor("#000000")
    dark.setAlphaF(0.75)
    for colour, wide in ((dark, 2.5), (QColor("#FFFFFF"), 1.25)):
        painter.setPen(QPen(colour, wide))
        painter.drawEllipse(at, radius, radius)
        if radius > CROSSED:
            for way in (QPointF(3, 0), QPointF(0, 3)):
                painter.drawLine(at - way, at + way)
