"""The handles of a picture that lies over another, and what a hand does with them."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QRegion, QTransform

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.ui.canvas import frame
from kandinsky_desktop.ui.theme import Theme

INSIDE = 8  # as a handle's number: all of it is moved
NOWHERE = -1
CORNERS = (0, 2, 5, 7)  # of the handles: they keep its shape


def part_at(corners: QPolygonF, at: QPointF) -> int:
    """Return the number of the handle there, INSIDE for the picture itself, or NOWHERE."""
    handle = frame.handle_at(corners, at)
    if handle >= 0:
        return handle
    return INSIDE if corners.containsPoint(at, Qt.FillRule.OddEvenFill) else NOWHERE


def cursor(part: int, way: QTransform) -> Qt.CursorShape:
    """Return what a hand looks like there, in a view that may be turned."""
    if part == INSIDE:
        return Qt.CursorShape.SizeAllCursor
    if part == NOWHERE:
        return Qt.CursorShape.ArrowCursor
    return frame.cursor(frame.SIDES[part], way)


def dragged(
    box: Box, part: int, start: tuple[float, float], now: tuple[float, float], *, free: bool
) -> Box:
    """Return a box whose part was dragged from one point of the picture to another.

    A corner keeps its shape, unless it is to be `free`.
    """
    right, down = round(now[0] - start[0]), round(now[1] - start[1])
    if part == INSIDE:
        return box.moved(right, down)
    row, column = frame.SIDES[part]
    x = (box.left, 0, box.right)[column] + right
    y = (box.top, 0, box.bottom)[row] + down
    made = frame.dragged(box, part, x, y)
    return made if free or part not in CORNERS else _in_shape(box, made, row, column)


def _in_shape(before: Box, made: Box, row: int, column: int) -> Box:
    """Return a box in the shape of the one before, with the corner across from the hand kept."""
    share = max(
        made.size.width / before.size.width,
        made.size.height / before.size.height,
    )
    wide = max(1, round(before.size.width * share))
    high = max(1, round(before.size.height * share))
    left = before.right - wide if column == 0 else before.left
    top = before.bottom - high if row == 0 else before.top
    return Box(left, top, left + wide, top + high)


def region(corners: QPolygonF) -> QRegion:
    """Return what its outline and its handles cover."""
    return frame.region(corners, QRectF())


def paint(painter: QPainter, corners: QPolygonF, theme: Theme) -> None:
    """Paint the outline and the handles, in the widget's own pixels."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colour("on_accent"), 3.0))
    painter.drawPolygon(corners)
    dashes = QPen(theme.colour("accent"), 1.5)
    dashes.setDashPattern([4, 3])
    painter.setPen(dashes)
    painter.drawPolygon(corners)
    frame.paint_handles(painter, corners, theme)
