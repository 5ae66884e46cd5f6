"""How a picture and its mask are painted: picture, sketch, what waits in it, veil and edge.

It paints a part of the screen, in device pixels, and the same pixels as in a paint of the whole.
"""

from math import ceil, floor

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPixmap, QTransform

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.zooming import ViewTransform, halvings
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state.layer_images import grey_image, picture_image
from kandinsky_desktop.state.mask_images import (
    Places,
    edge_places,
    veil_colours,
    veil_image,
    within_veil,
)
from kandinsky_desktop.ui.theme import Theme

ROOM = 2  # pixels around a piece, so that smooth scaling sees the same neighbours
VEIL = 0.58
BOARD = 8  # side of a square behind what is transparent


class LayerPainter:
    """Paints the layers that are set in it; whoever sets one has what shows it painted anew."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.picture: Layer | None = None
        self.sketch: Layer | None = None
        self.sketch_opacity = 1.0
        self.sketch_reach: Box | None = None  # around all that may be painted of it
        self.placed: tuple[Layer, Box] | None = None  # a picture over both
        self.depth: Layer | None = None
        self.depth_opacity = 0.0
        self.mask: Layer | None = None
        self.mask_box: Box | None = None  # around what was not black in it when it was set
        self.reach: Box | None = None  # around that, and what changed since
        self.fill: tuple[Layer, Box] | None = None  # that waits and is shown
        self.waiting = False  # whether fills wait: then the veil is left away
        self.sketching = False  # whether the sketch is painted on: likewise
        self.preview: tuple[QImage, Box] | None = None  # of what is being painted
        self.colour, self.veiled = "#2F5BD8", True
        self.drawing = False  # the mask is being painted: it has no edge, and is where it was not
        self._board = QBrush()
        self._ways_of: ViewTransform | None = None
        self._ways_there: tuple[QTransform, QTransform]

    def dress(self) -> None:
        """Take the theme's colours."""
        light = self._theme.tokens.name == "light"
        tones = ("#FFFFFF", "#DDDDDD") if light else ("#555555", "#444444")
        tile = QPixmap(2 * BOARD, 2 * BOARD)
        tile.fill(QColor(tones[0]))
        painter = QPainter(tile)
        painter.fillRect(0, 0, BOARD, BOARD, QColor(tones[1]))
        painter.fillRect(BOARD, BOARD, BOARD, BOARD, QColor(tones[1]))
        painter.end()
        self._board = QBrush(tile)

    def show_mask(self, mask: Layer | None, box: Box | None) -> None:
        """Take a mask, and the box around what is not black in it."""
        self.mask, self.mask_box, self.reach = mask, box, box

    def paint(
        self, painter: QPainter, view: ViewTransform, screen: QRect, wide: int
    ) -> tuple[Places, Places] | None:
        """Paint a part of the screen, which the painter is clipped to, in device pixels.

        All but the edge of the mask: it marches, and lies over everything. Return the rows and
        columns of the screen that it takes there, so many pixels wide; None: it takes none.
        """
        picture = self.picture
        assert picture is not None
        way, back = self._ways(view)
        whole = QRectF(0, 0, view.picture.width, view.picture.height)
        covers = view.upright and not picture.alpha and way.mapRect(whole).contains(QRectF(screen))
        if not covers:
            painter.fillRect(screen, self._theme.colour("stage"))
        seen = back.mapRect(QRectF(screen))
        box = Box(
            floor(seen.left()), floor(seen.top()), ceil(seen.right()) + 1, ceil(seen.bottom()) + 1
        ).within(picture.box)
        if box.empty:
            return None
        if picture.alpha:
            painter.save()
            painter.setClipPath(way.map(_rectangle(whole)), Qt.ClipOperation.IntersectClip)
            painter.setBrushOrigin(view.left, view.top)  # it moves with the picture
            painter.fillRect(screen, self._board)
            painter.restore()
        painter.save()
        painter.setTransform(way, True)
        smooth = not view.crisp or view.zoom < 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        if smooth or picture.alpha or self.preview is not None:
            painter.save()
            if not covers:
                painter.setClipRect(whole, Qt.ClipOperation.IntersectClip)
            level = min(halvings(view.zoom), picture.levels - 1)
            _draw(painter, picture_image(picture, level, _roomy(box, level, picture.box)), level)
            self._paint_sketch(painter, view, box)
            self._paint_depth(painter, view, box)
            if self.fill is not None:
                self._paint_fill(painter, view, box)
            elif self.preview is not None and not self.drawing:
                self._paint_preview(painter, view, screen)
            self._paint_placed(painter, view)
            painter.restore()
            if not smooth or self._edge_area(view, screen, wide).isEmpty():
                self._paint_veil(painter, view, box)
        else:  # in squares: enlarged once, not layer by layer
            painter.drawImage(box.left, box.top, self._flat(picture, view, box))
        painter.restore()
        area = self._edge_area(view, screen, wide)
        if area.isEmpty():
            return None
        veil = self._veil_alone(view, area, smooth=smooth)
        if smooth and self._veil_shown:  # it was scaled once for both
            painter.drawImage(area.topLeft(), veil)
        rows, columns = edge_places(within_veil(veil, VEIL), wide)
        return rows + np.int32(area.top()), columns + np.int32(area.left())

    def _ways(self, view: ViewTransform) -> tuple[QTransform, QTransform]:
        """From pixels of the picture to those of the screen, and back."""
        if self._ways_of != view:
            way = QTransform(*view.matrix)
            self._ways_of, self._ways_there = view, (way, way.inverted()[0])
        return self._ways_there

    def _flat(self, picture: Layer, view: ViewTransform, box: Box) -> QImage:
        """Return a part of the picture, and what lies in it, at its own size."""
        part = QRect(box.left, box.top, box.size.width, box.size.height)
        image = picture_image(picture).copy(part)
        painter = QPainter(image)
        painter.translate(-box.left, -box.top)
        self._paint_sketch(painter, view, box)
        self._paint_depth(painter, view, box)
        if self.fill is not None:
            self._paint_fill(painter, view, box)
        self._paint_placed(painter, view)
        self._paint_veil(painter, view, box)
        painter.end()
        return image

    def _paint_sketch(self, painter: QPainter, view: ViewTransform, seen: Box) -> None:
        sketch, reach = self.sketch, self.sketch_reach
        if sketch is None or reach is None or not self.sketch_opacity:
            return
        level = min(halvings(view.zoom), sketch.levels - 1)
        box = seen.within(_roomy(reach, level, sketch.box))
        if box.empty:
            return
        painter.save()
        painter.setOpacity(self.sketch_opacity)
        painter.setClipRect(_rect(box), Qt.ClipOperation.IntersectClip)
        _draw(painter, picture_image(sketch, level, _roomy(box, level, sketch.box)), level)
        painter.restore()

    def _paint_placed(self, painter: QPainter, view: ViewTransform) -> None:
        """Paint a picture that lies over the others, as far as they reach."""
        if self.placed is None:
            return
        layer, box = self.placed
        scale = min(box.size.width / layer.size.width, box.size.height / layer.size.height)
        level = min(halvings(view.zoom * scale), layer.levels - 1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(_rect(_all_of(view)), Qt.ClipOperation.IntersectClip)
        painter.drawImage(_rect(box), picture_image(layer, level))
        painter.restore()

    def _paint_depth(self, painter: QPainter, view: ViewTransform, box: Box) -> None:
        """Lay the depth over what is seen of the picture; while fills wait it is left away."""
        depth = self.depth
        if depth is None or not self.depth_opacity or self.waiting:
            return
        level = min(halvings(view.zoom), depth.levels - 1)
        pixels = depth.smaller(level, _roomy(box, level, depth.box))
        painter.save()
        painter.setOpacity(self.depth_opacity)
        _draw(painter, grey_image(pixels, QImage.Format.Format_Grayscale8), level)
        painter.restore()

    def _paint_fill(self, painter: QPainter, view: ViewTransform, seen: Box) -> None:
        assert self.fill is not None
        layer, place = self.fill
        box = seen.within(place)
        if box.empty:
            return
        level = min(halvings(view.zoom), layer.levels - 1)
        painter.save()
        painter.translate(place.left, place.top)
        painter.setClipRect(
            QRectF(0, 0, place.size.width, place.size.height), Qt.ClipOperation.IntersectClip
        )
        inner = box.moved(-place.left, -place.top)
        _draw(painter, picture_image(layer, level, _roomy(inner, level, layer.box)), level)
        painter.restore()

    def _paint_preview(self, painter: QPainter, view: ViewTransform, screen: QRect) -> None:
        """Lay a preview over the picture as far as the mask goes, at the screen's size."""
        assert self.preview is not None
        image, place = self.preview
        way = self._ways(view)[0]
        target = QRectF(place.left, place.top, place.size.width, place.size.height)
        area = way.mapRect(target).toAlignedRect().intersected(screen)
        if area.isEmpty():
            return
        layer = QImage(area.size(), QImage.Format.Format_ARGB32_Premultiplied)
        layer.fill(Qt.GlobalColor.transparent)
        own = QPainter(layer)
        own.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        own.translate(-area.topLeft())
        own.setTransform(way, True)
        own.drawImage(target, image)
        if self.mask_box is not None:  # else all of the picture is painted
            own.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
            self._draw_mask(own, view, place, QImage.Format.Format_Alpha8)
        own.end()
        painter.save()
        painter.setWorldTransform(painter.worldTransform())
        painter.setTransform(self._ways(view)[1], True)
        painter.drawImage(area.topLeft(), layer)
        painter.restore()

    def _paint_veil(self, painter: QPainter, view: ViewTransform, seen: Box) -> None:
        """Paint the mask as a veil, in pixels of the picture."""
        if self.mask is None or self.reach is None or not self.veiled:
            return
        box = seen.within(self.reach)
        if not box.empty and self._veil_shown:
            self._draw_veil(painter, view, box)

    def _draw_veil(self, painter: QPainter, view: ViewTransform, box: Box) -> None:
        pixels, level, left, top = self._mask_piece(view, box)
        veil = veil_image(pixels, veil_colours(self.colour, VEIL))
        painter.save()
        painter.scale(1 << level, 1 << level)
        painter.drawImage(left, top, veil)
        painter.restore()

    @property
    def _veil_shown(self) -> bool:
        return self.veiled and not (self.waiting or self.sketching) and self.preview is None

    def _veil_alone(self, view: ViewTransform, area: QRect, *, smooth: bool) -> QImage:
        """Return the veil in a part of the screen, over nothing."""
        veil = QImage(area.size(), QImage.Format.Format_ARGB32_Premultiplied)
        veil.fill(Qt.GlobalColor.transparent)
        painter = QPainter(veil)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.translate(-area.topLeft())
        painter.setTransform(self._ways(view)[0], True)
        reach = self._ways(view)[1].mapRect(QRectF(area))
        self._draw_veil(painter, view, _around(reach).within(_all_of(view)))
        painter.end()
        return veil

    def _edge_area(self, view: ViewTransform, screen: QRect, wide: int) -> QRect:
        """Return where in a part of the screen the mask's edge can be, with its context."""
        if self.drawing or not self.veiled or self.mask is None or self.reach is None:
            return QRect()
        room = self._ways(view)[0].mapRect(_rect(self.reach)).toAlignedRect()
        return screen.adjusted(-wide, -wide, wide, wide) & room.adjusted(
            -2 * wide, -2 * wide, 2 * wide, 2 * wide
        )

    def _draw_mask(
        self, painter: QPainter, view: ViewTransform, box: Box, form: QImage.Format
    ) -> None:
        """Draw a part of the mask in grey, or as opacity, in pixels of the picture."""
        pixels, level, left, top = self._mask_piece(view, box)
        image = grey_image(pixels, form)
        if not image.isNull():
            painter.scale(1 << level, 1 << level)
            painter.drawImage(left, top, image)

    def _mask_piece(self, view: ViewTransform, box: Box) -> tuple[Pixels, int, int, int]:
        """Return pixels of the mask around a box, how often they are halved, where they begin."""
        mask = self.mask
        assert mask is not None
        level = min(halvings(view.zoom), mask.levels - 1)
        scale = 1 << level
        box = box.within(mask.box)
        pixels = mask.smaller(level, _roomy(box, level, mask.box))
        left, top = max(0, box.left // scale - ROOM), max(0, box.top // scale - ROOM)
        right, bottom = -(-box.right // scale) + ROOM, -(-box.bottom // scale) + ROOM
        return pixels[top:bottom, left:right], level, left, top


def _draw(painter: QPainter, image: QImage, level: int) -> None:
    """Draw a copy that was halved so many times, in pixels of the picture."""
    painter.save()
    painter.scale(1 << level, 1 << level)
    painter.drawImage(0, 0, image)
    painter.restore()


def _roomy(box: Box, level: int, limits: Box) -> Box:
    """Return a box with room around it for smooth scaling of a smaller copy."""
    room = (ROOM + 1) << level
    return Box(box.left - room, box.top - room, box.right + room, box.bottom + room).within(limits)


def _around(place: QRectF) -> Box:
    """Return the smallest box around a place, with a pixel of room."""
    return Box(
        floor(place.left()) - 1,
        floor(place.top()) - 1,
        ceil(place.right()) + 1,
        ceil(place.bottom()) + 1,
    )


def _all_of(view: ViewTransform) -> Box:
    """Return all of the picture that is seen in a view."""
    return Box(0, 0, view.picture.width, view.picture.height)


def _rect(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.size.width, box.size.height)


def _rectangle(place: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(place)
    return path
