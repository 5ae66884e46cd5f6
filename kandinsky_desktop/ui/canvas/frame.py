"""The frame around what the model sees: its looks, and its handles that are dragged."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QRegion

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.ui.theme import Theme

HANDLE = 8  # side of a handle, in logical pixels
REACH = 7  # of a handle, for the hand
SIDES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2))  # a handle's row, column
_SLANTED, _RISING = Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor
_UPRIGHT, _LEVEL = Qt.CursorShape.SizeVerCursor, Qt.CursorShape.SizeHorCursor
CURSORS = (_SLANTED, _UPRIGHT, _RISING, _LEVEL, _LEVEL, _RISING, _UPRIGHT, _SLANTED)


def handles(place: QRectF) -> list[QPointF]:
    """Return where the handles of a frame are that lies there."""
    middle = place.center()
    across = (place.left(), middle.x(), place.right())
    down = (place.top(), middle.y(), place.bottom())
    return [QPointF(across[column], down[row]) for row, column in SIDES]


def handle_at(place: QRectF, at: QPointF) -> int:
    """Return the number of the handle there, -1 if there is none."""
    for number, point in enumerate(handles(place)):
        if abs(point.x() - at.x()) <= REACH and abs(point.y() - at.y()) <= REACH:
            return number
    return -1


def dragged(box: Box, handle: int, x: int, y: int) -> Box:
    """Return a box with a handle brought to a pixel of the picture."""
    row, column = SIDES[handle]
    left, top, right, bottom = box.corners
    if column == 0:
        left = min(x, right - 1)
    elif column == 2:
        right = max(x, left + 1)
    if row == 0:
        top = min(y, bottom - 1)
    elif row == 2:
        bottom = max(y, top + 1)
    return Box(left, top, right, bottom)


def region(place: QRectF, theme: Theme) -> QRegion:
    """Return what a frame covers that lies there."""
    around = place.toAlignedRect()
    outer, inner = around.adjusted(-6, -6, 6, 6), around.adjusted(6, 6, -6, -6)
    tag = QRect(around.left(), around.bottom() - theme.px(40), around.width(), 0)
    tag.setBottom(around.bottom())
    return QRegion(outer) - QRegion(inner) + QRegion(tag)


def paint(painter: QPainter, place: QRectF, theme: Theme, font: QFont) -> None:
    """Paint a frame, in the widget's own pixels, with what it is for where there is room."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, wide in ((QColor("#FFFFFF"), 3.0), (theme.colour("accent"), 1.5)):
        painter.setPen(QPen(colour, wide))
        painter.drawRect(place)
    font.setPixelSize(theme.px(12))
    painter.setFont(font)
    words = _("What the model sees")
    size = painter.fontMetrics().boundingRect(words).size()
    tag = QRectF(0, 0, size.width() + 14, size.height() + 6)
    if tag.width() + 24 < place.width() and tag.height() + 24 < place.height():
        tag.moveBottomLeft(place.bottomLeft() + QPointF(12, -8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(tag, 4, 4)
        painter.setPen(theme.colour("text"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, words)
    painter.setPen(QPen(theme.colour("accent"), 1.5))
    painter.setBrush(QColor("#FFFFFF"))
    for point in handles(place):
        painter.drawRoundedRect(
            QRectF(point.x() - HANDLE / 2, point.y() - HANDLE / 2, HANDLE, HANDLE), 2, 2
        )
