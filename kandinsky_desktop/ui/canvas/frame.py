"""The frame around what the model sees: its looks, and its handles that are dragged.

How a box lies in a view, which may be turned or mirrored, is told by its corners there: those at
its left and top, right and top, right and bottom, left and bottom in the picture.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import atan2, ceil, degrees

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QPolygonF,
    QRegion,
    QTransform,
)
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.ui.theme import Theme

HANDLE = 8  # side of a handle, in logical pixels
BESIDE = 8  # between the frame and its tag
REACH = 7  # of a handle, for the hand
SIDES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2))  # a handle's row, column
CURSORS = (  # by the direction of a side, in eighths of a turn
    Qt.CursorShape.SizeHorCursor,
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
)

Side = tuple[int, int]  # its row and its column: 0, 1 or 2, the middle being no side


def cursor(side: Side, way: QTransform) -> Qt.CursorShape:
    """Return what shows in which direction a side goes, in a view that may be turned."""
    row, column = side
    there = way.map(QPointF(column - 1, row - 1)) - way.map(QPointF(0, 0))
    return CURSORS[round(degrees(atan2(there.y(), there.x())) / 45) % 4]


def handles(corners: QPolygonF) -> list[QPointF]:
    """Return where the handles are of what lies there, by their numbers."""
    first, right, _last, below = (corners.at(number) for number in range(4))
    across, down = (right - first) / 2, (below - first) / 2
    return [first + across * column + down * row for row, column in SIDES]


def handle_at(corners: QPolygonF, at: QPointF) -> int:
    """Return the number of the handle there, -1 if there is none."""
    for number, point in enumerate(handles(corners)):
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


def tag(
    place: QRectF, free: QRectF, covered: Iterable[QRectF], theme: Theme, words: str = ""
) -> QRectF:
    """Return where a frame says what it is for: beside it, else within; empty if nowhere.

    It lies in what is `free` and hides nothing that is `covered`, as the mask.
    """
    size = QFontMetricsF(_font(theme)).boundingRect(words or _words()).size()
    found = QRectF(0, 0, ceil(size.width()) + 14, ceil(size.height()) + 6)
    if place.width() < found.width() / 2:
        return QRectF()
    left = max(place.left(), free.left() + BESIDE)
    inner = left + BESIDE + 4, place.right() - BESIDE - 4 - found.width()
    foot, head = place.bottom() - BESIDE - found.height(), place.top() + BESIDE
    spots = [(free, left, place.bottom() + BESIDE), (free, left, foot - place.height())]
    spots += [(place & free, x, y) for y in (foot, head) for x in inner]
    hidden = list(covered)
    for within, x, y in spots:
        found.moveTo(x, y)
        if within.contains(found) and not any(found.intersects(other) for other in hidden):
            return found
    return QRectF()


def region(corners: QPolygonF, tagged: QRectF) -> QRegion:
    """Return what a frame covers that lies there, with its tag."""
    covered = QRegion(tagged.toAlignedRect().adjusted(-1, -1, 1, 1))
    for start, end in pairwise(corners.at(number % 4) for number in range(5)):
        side = QRectF(start, end).normalized().toAlignedRect()
        covered += side.adjusted(-6, -6, 6, 6)
    return covered


def paint(painter: QPainter, corners: QPolygonF, tagged: QRectF, theme: Theme) -> None:
    """Paint a frame, in the widget's own pixels, and its tag."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, wide in ((QColor("#FFFFFF"), 3.0), (theme.colour("accent"), 1.5)):
        painter.setPen(QPen(colour, wide))
        painter.drawPolygon(corners)
    paint_tag(painter, tagged, _words(), theme)
    paint_handles(painter, corners, theme)


def paint_handles(painter: QPainter, corners: QPolygonF, theme: Theme) -> None:
    """Paint the handles of what lies there."""
    painter.setPen(QPen(theme.colour("accent"), 1.5))
    painter.setBrush(QColor("#FFFFFF"))
    for point in handles(corners):
        painter.drawRoundedRect(
            QRectF(point.x() - HANDLE / 2, point.y() - HANDLE / 2, HANDLE, HANDLE), 2, 2
        )


def paint_tag(painter: QPainter, tagged: QRectF, words: str, theme: Theme) -> None:
    """Paint words on a ground of their own, where `tag` said."""
    if not tagged.isEmpty():
        painter.setFont(_font(theme))
        painter.setPen(QPen(theme.colour("edge"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(tagged.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(theme.colour("text"))
        painter.drawText(tagged, Qt.AlignmentFlag.AlignCenter, words)


def _words() -> str:
    return _("What the model sees")


def _font(theme: Theme) -> QFont:
    font = QFont(QApplication.font())
    font.setPixelSize(theme.px(12))
    return font
