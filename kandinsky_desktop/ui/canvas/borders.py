"""The borders of a picture that is to grow: their looks, their numbered windows, their handles.

Boxes are in pixels of the picture as it is now, so borders begin below 0 or end beyond it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QRegion,
    QTransform,
)
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.zooming import halvings
from kandinsky_desktop.raster.layer import Layer
from kandinsky_desktop.state.layer_images import picture_image
from kandinsky_desktop.ui.canvas import frame
from kandinsky_desktop.ui.canvas.frame import Side
from kandinsky_desktop.ui.canvas.layer_painter import VEIL
from kandinsky_desktop.ui.theme import Theme

REACH = 8.0  # of a side, for the hand, in the widget's own pixels
BADGE = 22  # across, of a window's number
ROOM = 0.3  # of the picture's sides, around it while its sides can be dragged
MOST_DRAWN = 300  # windows; more would hide what they lie on
DASHES = 4.0, 3.0  # in widths of the line
FAINT = 0.5


@dataclass(frozen=True, slots=True)
class ShownBorders:
    """What is to be seen around a picture."""

    picture: Size
    around: Box  # all of it with its borders
    windows: Sequence[Box] = ()
    previews: Mapping[Box, QImage] = field(default_factory=dict)
    fill: Layer | None = None  # all of the larger picture, which waits
    dragged: bool = False  # whether its sides can be dragged


def room_around(around: Box) -> Box:
    """Return what a fitted view shows where sides can be dragged outwards."""
    across, down = round(ROOM * around.size.width), round(ROOM * around.size.height)
    left, top, right, bottom = around.corners
    return Box(left - across, top - down, right + across, bottom + down)


def side_at(around: Box, x: float, y: float, reach: float) -> Side | None:
    """Return the side or the corner of a box that is so near a point; None: none is."""
    left, top, right, bottom = around.corners
    if not (left - reach <= x <= right + reach and top - reach <= y <= bottom + reach):
        return None
    row, column = _third(y, top, bottom, reach), _third(x, left, right, reach)
    return None if (row, column) == (1, 1) else (row, column)


def dragged(around: Box, picture: Size, side: Side, x: float, y: float) -> Box:
    """Return a box with a side brought to a point, but never within the picture."""
    left, top, right, bottom = around.corners
    row, column = side
    if column == 0:
        left = min(0, round(x))
    elif column == 2:
        right = max(picture.width, round(x))
    if row == 0:
        top = min(0, round(y))
    elif row == 2:
        bottom = max(picture.height, round(y))
    return Box(left, top, right, bottom)


def new_parts(picture: Size, windows: Sequence[Box]) -> list[QRegion]:
    """Return what each window adds to the picture and to the windows before it."""
    known, parts = QRegion(0, 0, picture.width, picture.height), list[QRegion]()
    for box in windows:
        region = QRegion(_whole(box))
        parts.append(region - known)
        known += region
    return parts


class BorderPainter:
    """Paints borders over a view, in the widget's own pixels."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._parts: list[QRegion] = []
        self._parts_of: tuple[object, ...] = ()

    def paint(
        self, painter: QPainter, shown: ShownBorders, way: QTransform, colour: str, zoom: float
    ) -> None:
        """Paint borders; `way` leads from pixels of the picture to the widget's, at that zoom."""
        area = way.map(_path(shown.around)).subtracted(way.map(_path(_inner(shown.picture))))
        if not area.isEmpty():
            painter.save()
            painter.setClipPath(area, Qt.ClipOperation.IntersectClip)
            self._paint_ground(painter, shown, way, area, colour, zoom)
            painter.restore()
        if shown.fill is None:
            self._paint_windows(painter, shown, way)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if shown.dragged:
            self._paint_handles(painter, shown.around, way)

    def _paint_ground(
        self,
        painter: QPainter,
        shown: ShownBorders,
        way: QTransform,
        area: QPainterPath,
        colour: str,
        zoom: float,
    ) -> None:
        if shown.fill is not None:
            _paint_layer(painter, shown.fill, shown.around, way, zoom)
            return
        painter.fillPath(area, self._theme.colour("well"))
        veil = QColor(colour)
        veil.setAlphaF(VEIL)
        painter.fillPath(area, veil)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for box, part in zip(shown.windows, self._new_parts(shown), strict=False):
            image = shown.previews.get(box)
            if image is not None:
                painter.save()
                painter.setClipPath(way.map(_outline(part)), Qt.ClipOperation.IntersectClip)
                painter.setTransform(way, True)
                painter.drawImage(QRectF(_whole(box)), image)
                painter.restore()

    def _paint_windows(self, painter: QPainter, shown: ShownBorders, way: QTransform) -> None:
        drawn = shown.windows if len(shown.windows) <= MOST_DRAWN else ()
        painted = [box for box in drawn if box in shown.previews]
        faint = self._theme.colour("accent")
        faint.setAlphaF(FAINT)
        dashed = QPen(faint, 1.25)
        dashed.setDashPattern(DASHES)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box in drawn:  # what each sees of what is there
            if box not in painted:
                painter.setPen(dashed)
                painter.drawPath(way.map(_path(box)))
        painter.setPen(QPen(QColor("#FFFFFF"), 1.5))
        for part in self._new_parts(shown) if drawn else ():
            painter.drawPath(way.map(_outline(part)))
        if painted:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.drawPath(way.map(_path(painted[-1])))
        free = way.mapRect(_rect(shown.around))
        for number, part in enumerate(self._new_parts(shown) if drawn else (), 1):
            if drawn[number - 1] not in painted:
                self._paint_number(painter, number, way.map(_middle(part)), free)

    def _paint_number(self, painter: QPainter, number: int, at: QPointF, free: QRectF) -> None:
        side = self._theme.px(BADGE)
        font = QFont(QApplication.font())
        font.setPixelSize(self._theme.px(12))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        wide = max(side, painter.fontMetrics().horizontalAdvance(str(number)) + side // 2)
        place = QRectF(0, 0, wide, side)
        place.moveCenter(at)
        place.moveLeft(max(free.left() + 2, min(place.left(), free.right() - wide - 2)))
        painter.setPen(QPen(self._theme.colour("edge"), 1))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(place, side / 2, side / 2)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))

    def _paint_handles(self, painter: QPainter, around: Box, way: QTransform) -> None:
        outline = way.map(_path(around))
        for colour, wide in ((QColor("#FFFFFF"), 3.0), (self._theme.colour("accent"), 1.5)):
            painter.setPen(QPen(colour, wide))
            painter.drawPath(outline)
        painter.setBrush(QColor("#FFFFFF"))
        half = frame.HANDLE / 2
        for at in frame.handles(way.map(QPolygonF(_rect(around)))):
            place = QRectF(at.x() - half, at.y() - half, frame.HANDLE, frame.HANDLE)
            painter.drawRoundedRect(place, 2, 2)

    def _new_parts(self, shown: ShownBorders) -> list[QRegion]:
        key = shown.picture, tuple(shown.windows)
        if key != self._parts_of:
            drawn = shown.windows if len(shown.windows) <= MOST_DRAWN else ()
            self._parts_of, self._parts = key, new_parts(shown.picture, drawn)
        return self._parts


def _third(at: float, low: float, high: float, reach: float) -> int:
    """Return 0 near the lower end, 2 near the higher one, else 1; the nearer of two ends."""
    if min(abs(at - low), abs(at - high)) > reach:
        return 1
    return 0 if abs(at - low) < abs(at - high) else 2


def _paint_layer(painter: QPainter, layer: Layer, place: Box, way: QTransform, zoom: float) -> None:
    level = min(halvings(zoom), layer.levels - 1)
    image = picture_image(layer, level)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < 2)
    painter.setTransform(way, True)
    painter.translate(place.left, place.top)
    painter.scale(1 << level, 1 << level)
    painter.drawImage(0, 0, image)


def _middle(part: QRegion) -> QPointF:
    """Return the middle of the largest rectangle of a region."""
    found = list(cast("Iterable[QRect]", part))
    if not found:
        return QPointF(part.boundingRect().center())
    return QRectF(max(found, key=lambda one: one.width() * one.height())).center()


def _outline(part: QRegion) -> QPainterPath:
    path = QPainterPath()
    path.addRegion(part)
    return path.simplified()


def _inner(size: Size) -> Box:
    return Box(0, 0, size.width, size.height)


def _whole(box: Box) -> QRect:
    return QRect(box.left, box.top, box.size.width, box.size.height)


def _rect(box: Box) -> QRectF:
    return QRectF(_whole(box))


def _path(box: Box) -> QPainterPath:
    path = QPainterPath()
    path.addRect(_rect(box))
    return path
