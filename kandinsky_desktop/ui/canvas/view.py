"""The view of the canvas: the picture, its mask as a veil, what waits, and the frame.

It paints only what changed, in device pixels, and the same pixels as a whole repaint would. It
knows no tools: what the hand does is told in pixels of the picture.
"""

from collections.abc import Iterable
from math import ceil, floor
from typing import cast

from PySide6.QtCore import QEvent, QMargins, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPointingDevice,
    QRegion,
    QShowEvent,
    QTabletEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import ViewTransform, halvings
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state.layer_images import grey_image, picture_image
from kandinsky_desktop.state.mask_images import edge_image, veil_colours, veil_image
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import LEFT, RADIUS, Viewport

ABOVE, BELOW, BESIDE = 76, 16, 24  # around a fitted picture: what floats lies above
ROOM = 2  # pixels around a piece, so that smooth scaling sees the same neighbours
VEIL = 0.58
MARCH_MS, MARCH = 250, 1  # the edge moves by so many pixels of the screen, so often
HANDLE = 8  # side of a handle of the frame, in logical pixels
REACH = 7  # of a handle, for the hand
WORTH = 40_000  # pixels of the widget that cost about what one more piece does
MOST_PIECES = 8  # rectangles that are painted one by one; more are painted as one
LARGEST_RING = 400  # radius of a brush's outline that is kept as a picture
SHADOW = 26  # how far what floats casts its shadow
BOARD = 8  # side of a square behind what is transparent
ERASER = QPointingDevice.PointerType.Eraser


class CanvasView(Viewport):
    """Shows a picture and its mask, and tells what the hand does there.

    Points are in pixels of the picture, floats; they may lie beside it.
    """

    pressed = Signal(float, float, float, object, bool)  # x, y, pressure, modifiers, with a rubber
    moved = Signal(object)  # list of (x, y, pressure), in the order of time
    released = Signal()
    cancelled = Signal()
    double_clicked = Signal(float, float)
    hovered = Signal(float, float)
    size_turned = Signal(int)  # Ctrl and the wheel: one step up or down
    frame_dragged = Signal(object)  # Box
    frame_reset = Signal()
    menu_requested = Signal(object)  # QPoint on the screen
    step_requested = Signal(int)  # to the next fill that waits, or the one before
    enter_pressed = Signal()
    original_held = Signal(bool)  # whether the picture is to be seen as it was

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setTabletTracking(True)
        self.setAccessibleName(_("Canvas"))
        self.setAccessibleDescription(_("The picture with its mask"))
        self._picture: Layer | None = None
        self._mask: Layer | None = None
        self._mask_box: Box | None = None
        self._fill: tuple[Layer, Box] | None = None  # that waits and is shown
        self._waiting = False
        self._preview: tuple[QImage, Box] | None = None  # of what is being painted
        self._frame: Box | None = None
        self._frame_words = _("What the model sees")
        self._frame_handle = -1  # which one is dragged
        self._colour, self._veiled = "#2F5BD8", True
        self._brush: float | None = None  # its size in pixels of the picture
        self._outline: QPainterPath | None = None  # a shape in the making, in pixels of the picture
        self._hover: QPointF | None = None
        self._ring: tuple[tuple[float, float], QPixmap] | None = None  # the brush's outline
        self._raised: list[QRectF] = []  # what floats over it and casts its shadow on it
        self._drawing = False
        self._pans = False  # whether the left button moves the picture
        self._phase = 0
        self._march = QTimer(self)
        self._march.setInterval(MARCH_MS)
        self._march.timeout.connect(self._step_edge)
        self._board = QBrush()
        theme.changed.connect(self._dress)
        self._dress()

    # -- what it shows

    def show_layers(self, picture: Layer | None, mask: Layer | None) -> None:
        """Show another document, fitted; or none."""
        self._picture, self._mask, self._mask_box = picture, mask, None
        self._fill = self._preview = self._frame = self._outline = None
        self.show_size(None if picture is None else picture.size)
        self._watch_edge()

    def show_mask(self, mask: Layer, box: Box | None) -> None:
        """Show the mask as it will be used; `box` is around what is not black in it."""
        self._mask, self._mask_box = mask, box
        self._watch_edge()

    @property
    def mask_box(self) -> Box | None:
        """What is around the mask that is shown."""
        return self._mask_box

    def show_waiting(self, on: bool) -> None:
        """Leave the veil away while fills wait; the edge stays."""
        if on != self._waiting:
            self._waiting = on
            self.update()

    def refresh(self, box: Box) -> None:
        """Paint a part of the picture anew."""
        self.update(self._area(box))

    def show_fill(self, layer: Layer | None, box: Box | None) -> None:
        """Show a fill in its place; None: the picture as it is."""
        before = self._fill
        self._fill = None if layer is None or box is None else (layer, box)
        for shown in (before, self._fill):
            if shown is not None:
                self.refresh(shown[1])
        self._watch_edge()

    def show_preview(self, image: QImage | None, box: Box | None) -> None:
        """Show what is being painted in its place, as far as the mask goes."""
        before = self._preview
        self._preview = None if image is None or box is None else (image, box)
        for shown in (before, self._preview):
            if shown is not None:
                self.refresh(shown[1])

    def show_frame(self, box: Box | None) -> None:
        """Show what the model sees."""
        if box != self._frame:
            region = self._frame_region()
            self._frame = box
            self.update(region + self._frame_region())

    def show_brush(self, size: float | None) -> None:
        """Show the outline of a brush under the cursor, or none."""
        region = self._brush_region()
        self._brush = size
        self.update(region + self._brush_region())
        self.show_cursor(self._hover or QPointF())

    def show_outline(self, path: QPainterPath | None) -> None:
        """Show a shape in the making."""
        region = self._outline_region()
        self._outline = path
        self.update(region + self._outline_region())

    def show_veil(self, colour: str, *, on: bool) -> None:
        """Set the colour of the mask, and whether it is seen."""
        self._colour, self._veiled = colour, on
        self._watch_edge()
        self.update()

    def show_raised(self, places: list[QRectF]) -> None:
        """Let what floats over it cast its shadow on it."""
        if places != self._raised:
            self._raised = places
            self.update()

    def set_panning(self, on: bool) -> None:
        """Let the left button move the picture instead of what a tool does."""
        self._pans = on
        self.show_cursor(self._hover or QPointF())

    @property
    def marching(self) -> bool:
        """Whether the edge moves."""
        return self._march.isActive()

    # -- how it lies

    @property
    @override
    def margins(self) -> QMargins:
        px = self._theme.px
        return QMargins(BESIDE, px(ABOVE), BESIDE, BELOW)

    @property
    @override
    def dragged_by_left(self) -> bool:
        return self._pans

    def _transform(self, view: ViewTransform) -> QTransform:
        return QTransform(*view.matrix)

    def _area(self, box: Box) -> QRect:
        """Return what shows a part of the picture, in the widget's own pixels, with some room."""
        view = self.view
        if view is None:
            return QRect()
        place = QRectF(box.left, box.top, box.size.width, box.size.height)
        shown = self._transform(view).mapRect(place).toAlignedRect()
        corners = Box(shown.left(), shown.top(), shown.right() + 1, shown.bottom() + 1)
        return self.from_device(corners).toAlignedRect().adjusted(-3, -3, 3, 3)

    # -- painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        view = self.view
        if view is None or self._picture is None:
            painter.fillRect(event.rect(), self._theme.colour("stage"))
            return
        region = event.region()
        pieces = _pieces(region)
        for piece in pieces:
            painter.save()
            painter.setClipRect(piece)
            self._paint_piece(painter, view, piece)
            painter.restore()
        painter.setClipRegion(region)
        self._paint_over(painter, view)
        if self._ringed:
            self.paint_ring(painter)

    def _paint_piece(self, painter: QPainter, view: ViewTransform, piece: QRect) -> None:
        """Paint all but what lies over the picture, in a part of the widget."""
        picture = self._picture
        assert picture is not None
        self.use_device_pixels(painter)
        way = self._transform(view)
        back, _invertible = way.inverted()
        screen = self._device_rect(piece)
        whole = QRectF(0, 0, view.picture.width, view.picture.height)
        covers = view.upright and not picture.alpha and way.mapRect(whole).contains(QRectF(screen))
        if not covers:
            painter.fillRect(screen, self._theme.colour("stage"))
        seen = back.mapRect(QRectF(screen))
        box = Box(
            floor(seen.left()), floor(seen.top()), ceil(seen.right()) + 1, ceil(seen.bottom()) + 1
        ).within(picture.box)
        if box.empty:
            return
        if picture.alpha:
            painter.save()
            painter.setClipPath(way.map(_rectangle(whole)), Qt.ClipOperation.IntersectClip)
            painter.fillRect(screen, self._board)
            painter.restore()
        painter.setTransform(way, True)
        smooth = not view.crisp or view.zoom < 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.save()
        painter.setClipRect(whole, Qt.ClipOperation.IntersectClip)
        level = min(halvings(view.zoom), picture.levels - 1)
        _draw(painter, picture_image(picture, level, _roomy(box, level, picture.box)), level)
        if self._fill is not None:
            self._paint_fill(painter, view, box)
        elif self._preview is not None:
            self._paint_preview(painter, view, screen)
        painter.restore()
        if (self._mask is not None and self._mask_box is not None) or self._drawing:
            self._paint_mask(painter, view, box, screen)

    def _paint_fill(self, painter: QPainter, view: ViewTransform, seen: Box) -> None:
        assert self._fill is not None
        layer, place = self._fill
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
        assert self._preview is not None
        image, place = self._preview
        way = self._transform(view)
        target = QRectF(place.left, place.top, place.size.width, place.size.height)
        area = way.mapRect(target).toAlignedRect().intersected(screen)
        if area.isEmpty() or self._mask is None:
            return
        layer = QImage(area.size(), QImage.Format.Format_ARGB32_Premultiplied)
        layer.fill(Qt.GlobalColor.transparent)
        own = QPainter(layer)
        own.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        own.translate(-area.topLeft())
        own.setTransform(way, True)
        own.drawImage(target, image)
        own.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        self._draw_mask(own, view, place, QImage.Format.Format_Alpha8)
        own.end()
        painter.save()
        painter.setWorldTransform(painter.worldTransform())
        painter.setTransform(self._transform(view).inverted()[0], True)
        painter.drawImage(area.topLeft(), layer)
        painter.restore()

    def _paint_mask(self, painter: QPainter, view: ViewTransform, seen: Box, screen: QRect) -> None:
        if not self._veiled or self._mask is None:
            return
        if not self._waiting and self._preview is None:
            pixels, level, left, top = self._mask_piece(view, seen)
            veil = veil_image(pixels, veil_colours(self._colour, VEIL))
            if not veil.isNull():
                painter.save()
                painter.scale(1 << level, 1 << level)
                painter.drawImage(left, top, veil)
                painter.restore()
        if not self._drawing:
            self._paint_edge(painter, view, screen)

    def _paint_edge(self, painter: QPainter, view: ViewTransform, screen: QRect) -> None:
        """Paint the edge of the mask: where its grey on the screen crosses the middle."""
        wide = max(1, round(1.5 * self.devicePixelRatioF()))
        area = screen.adjusted(-wide, -wide, wide, wide)
        if self._mask_box is not None:
            room = QRectF(self._transform(view).mapRect(_rect(self._mask_box))).toAlignedRect()
            area &= room.adjusted(-2 * wide, -2 * wide, 2 * wide, 2 * wide)
        if area.isEmpty():
            return
        reach = self._transform(view).inverted()[0].mapRect(QRectF(area))
        seen = _around(reach).within(_all_of(view))
        grey = QImage(area.size(), QImage.Format.Format_Grayscale8)
        grey.fill(0)
        own = QPainter(grey)
        own.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not view.crisp)
        own.translate(-area.topLeft())
        own.setTransform(self._transform(view), True)
        self._draw_mask(own, view, seen, QImage.Format.Format_Grayscale8)
        own.end()
        edge = edge_image(grey, area.left(), area.top(), self._phase * wide, wide)
        painter.save()
        painter.setTransform(self._transform(view).inverted()[0], True)
        painter.drawImage(area.left() + wide, area.top() + wide, edge)
        painter.restore()

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
        mask = self._mask
        assert mask is not None
        level = min(halvings(view.zoom), mask.levels - 1)
        scale = 1 << level
        box = box.within(mask.box)
        pixels = mask.smaller(level, _roomy(box, level, mask.box))
        left, top = max(0, box.left // scale - ROOM), max(0, box.top // scale - ROOM)
        right, bottom = -(-box.right // scale) + ROOM, -(-box.bottom // scale) + ROOM
        return pixels[top:bottom, left:right], level, left, top

    def _paint_over(self, painter: QPainter, view: ViewTransform) -> None:
        """Paint what lies over the picture: the frame, a shape in the making, the brush."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        changed = QRectF(painter.clipBoundingRect())
        for place in self._raised:
            if changed.intersects(place.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW)):
                paint_shadow(painter, self._theme.tokens, place, RADIUS)
        if self._frame is not None:
            self._paint_frame(painter)
        if self._outline is not None:
            path = self._to_widget(view).map(self._outline)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor("#FFFFFF"), 1.5))
            painter.drawPath(path)
            dashes = QPen(QColor("#000000"), 1.5)
            dashes.setDashPattern([DASHES, DASHES])
            painter.setPen(dashes)
            painter.drawPath(path)
        if self._brush is not None and self._hover is not None and not self._space:
            self._paint_brush(painter)

    def _paint_frame(self, painter: QPainter) -> None:
        place = self._frame_rect()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, wide in ((QColor("#FFFFFF"), 3.0), (self._theme.colour("accent"), 1.5)):
            painter.setPen(QPen(colour, wide))
            painter.drawRect(place)
        font = self.font()
        font.setPixelSize(self._theme.px(12))
        painter.setFont(font)
        words = painter.fontMetrics().boundingRect(self._frame_words).size()
        tag = QRectF(0, 0, words.width() + 14, words.height() + 6)
        if tag.width() + 24 < place.width() and tag.height() + 24 < place.height():
            tag.moveBottomLeft(place.bottomLeft() + QPointF(12, -8))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("raised"))
            painter.drawRoundedRect(tag, 4, 4)
            painter.setPen(self._theme.colour("text"))
            painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, self._frame_words)
        painter.setPen(QPen(self._theme.colour("accent"), 1.5))
        painter.setBrush(QColor("#FFFFFF"))
        for point in self._handles():
            painter.drawRoundedRect(
                QRectF(point.x() - HANDLE / 2, point.y() - HANDLE / 2, HANDLE, HANDLE), 2, 2
            )

    def _paint_brush(self, painter: QPainter) -> None:
        assert self._hover is not None
        radius, ratio = self._brush_radius, self.devicePixelRatioF()
        if radius > LARGEST_RING:
            _draw_ring(painter, self._hover, radius)
            return
        if self._ring is None or self._ring[0] != (radius, ratio):
            self._ring = (radius, ratio), _ring(radius, ratio)
        ring = self._ring[1]
        half = ring.width() / ratio / 2
        painter.drawPixmap(self._hover - QPointF(half, half), ring)

    # -- where what lies over the picture is

    def _to_widget(self, view: ViewTransform) -> QTransform:
        """From pixels of the picture to the widget's own."""
        ratio = self.devicePixelRatioF()
        beside = self._beside
        screen = QTransform.fromTranslate(-beside.x(), -beside.y())
        return self._transform(view) * screen * QTransform.fromScale(1 / ratio, 1 / ratio)

    def _device_rect(self, piece: QRect) -> QRect:
        """Return a part of the widget in device pixels of the view."""
        left, top = self.to_device(QPointF(piece.topLeft()))
        right, bottom = self.to_device(QPointF(piece.right() + 1, piece.bottom() + 1))
        return QRect(floor(left), floor(top), ceil(right) - floor(left), ceil(bottom) - floor(top))

    def _frame_rect(self) -> QRectF:
        view = self.view
        if view is None or self._frame is None:
            return QRectF()
        return self._to_widget(view).mapRect(_rect(self._frame))

    def _handles(self) -> list[QPointF]:
        place = self._frame_rect()
        middle = place.center()
        across = (place.left(), middle.x(), place.right())
        down = (place.top(), middle.y(), place.bottom())
        return [
            QPointF(x, y)
            for row, y in enumerate(down)
            for column, x in enumerate(across)
            if (row, column) != (1, 1)
        ]

    def _frame_region(self) -> QRegion:
        if self._frame is None:
            return QRegion()
        place = self._frame_rect().toAlignedRect()
        outer, inner = place.adjusted(-6, -6, 6, 6), place.adjusted(6, 6, -6, -6)
        tag = QRect(place.left(), place.bottom() - self._theme.px(40), place.width(), 0)
        tag.setBottom(place.bottom())
        return QRegion(outer) - QRegion(inner) + QRegion(tag)

    @property
    def _brush_radius(self) -> float:
        size = (self._brush or 0.0) * self.scale / self.devicePixelRatioF()
        return max(1.0, size / 2)

    def _brush_region(self) -> QRegion:
        if self._brush is None or self._hover is None:
            return QRegion()
        radius = self._brush_radius + 3
        at = self._hover
        outer = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius).toAlignedRect()
        inner = radius * 0.7 - 6
        if radius <= LARGEST_RING:  # to paint the hole too is cheaper than to paint around it
            return QRegion(outer)
        hole = QRectF(at.x() - inner, at.y() - inner, 2 * inner, 2 * inner).toRect()
        cross = QRectF(at.x() - 6, at.y() - 6, 12, 12).toAlignedRect()
        return QRegion(outer) - QRegion(hole) + QRegion(cross)

    def _outline_region(self) -> QRegion:
        view = self.view
        if view is None or self._outline is None:
            return QRegion()
        place = self._to_widget(view).mapRect(self._outline.boundingRect())
        return QRegion(place.toAlignedRect().adjusted(-3, -3, 3, 3))

    # -- the hand

    def _point(self, at: QPointF) -> tuple[float, float]:
        view = self.view
        assert view is not None
        return view.to_picture(*self.to_device(at))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() is LEFT
        if self.view is None:
            return
        if left and not self._space and not self._pans:
            handle = self._handle_at(event.position())
            if handle >= 0:
                self._frame_handle = handle
                return
            self._begin(event.position(), 1.0, event.modifiers(), rubber=False)
            return
        if event.button() is Qt.MouseButton.RightButton:
            if self._drawing:
                self._drawing = False
                self.cancelled.emit()
            else:
                self.menu_requested.emit(event.globalPosition().toPoint())
            return
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover_at(event.position())
        if self._frame_handle >= 0:
            self._drag_frame(event.position())
        elif self._drawing:
            self.moved.emit([(*self._point(one.position()), 1.0) for one in event.points()])
        else:
            super().mouseMoveEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is LEFT and self._frame_handle >= 0:
            self._frame_handle = -1
        elif event.button() is LEFT and self._drawing:
            self._end()
        else:
            super().mouseReleaseEvent(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.view is None or event.button() is not LEFT:
            return
        if self._handle_at(event.position()) >= 0:
            self.frame_reset.emit()
        elif self._pans:
            super().mouseDoubleClickEvent(event)
        else:
            self.mousePressEvent(event)  # its second press, as of any other click
            self.double_clicked.emit(*self._point(event.position()))

    @override
    def tabletEvent(self, event: QTabletEvent) -> None:
        begins = (
            event.type() is QEvent.Type.TabletPress
            and event.button() is LEFT
            and not (self._pans or self._space)
            and self._handle_at(event.position()) < 0
        )
        if self.view is None or not (begins or self._drawing):
            event.ignore()  # Qt makes a mouse event of it
            return
        event.accept()
        self._hover_at(event.position())
        match event.type():
            case QEvent.Type.TabletPress if begins:
                rubber = event.pointerType() is ERASER
                self._begin(event.position(), event.pressure(), event.modifiers(), rubber=rubber)
            case QEvent.Type.TabletMove:
                self.moved.emit([(*self._point(event.position()), event.pressure())])
            case QEvent.Type.TabletRelease:
                self._end()
            case _:
                pass

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned:
            self.size_turned.emit(1 if turned > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)
        self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._drawing:
            self._drawing = False
            self.cancelled.emit()
        elif event.key() == Qt.Key.Key_O and not event.modifiers():
            if not event.isAutoRepeat():
                self.original_held.emit(True)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.enter_pressed.emit()
        elif self._waiting and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step_requested.emit(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_O and not event.isAutoRepeat():
            self.original_held.emit(False)
        super().keyReleaseEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover_at(event.position())

    @override
    def leaveEvent(self, event: QEvent) -> None:
        region = self._brush_region()
        self._hover = None
        self.update(region)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.original_held.emit(False)
        super().focusOutEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch_edge()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._drawing = False  # whoever hides it lets go of what was begun
        self._march.stop()

    @override
    def show_cursor(self, point: QPointF) -> None:
        handle = self._handle_at(point)
        if not self._space and not self._pans and handle >= 0:
            self.setCursor(HANDLE_CURSORS[handle])
        elif not self._space and not self._pans and self._brush is not None and self.view:
            self.setCursor(Qt.CursorShape.BlankCursor)
        elif not self._space and not self._pans and self.view:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            super().show_cursor(point)

    def _begin(
        self, at: QPointF, pressure: float, keys: Qt.KeyboardModifier, *, rubber: bool
    ) -> None:
        self._drawing = True
        self._watch_edge()
        self.pressed.emit(*self._point(at), pressure, keys, rubber)

    def _end(self) -> None:
        self._drawing = False
        self.released.emit()
        self._watch_edge()
        self.update()

    def _hover_at(self, at: QPointF) -> None:
        region = self._brush_region()
        self._hover = at
        self.update(region + self._brush_region())
        if self.view is not None:
            self.hovered.emit(*self._point(at))

    def _handle_at(self, at: QPointF) -> int:
        if self._frame is None:
            return -1
        for number, point in enumerate(self._handles()):
            if abs(point.x() - at.x()) <= REACH and abs(point.y() - at.y()) <= REACH:
                return number
        return -1

    def _drag_frame(self, at: QPointF) -> None:
        box = self._frame
        if box is None:
            return
        x, y = (round(one) for one in self._point(at))
        row, column = HANDLE_SIDES[self._frame_handle]
        left, top, right, bottom = box.corners
        if column == 0:
            left = min(x, right - 1)
        elif column == 2:
            right = max(x, left + 1)
        if row == 0:
            top = min(y, bottom - 1)
        elif row == 2:
            bottom = max(y, top + 1)
        self.frame_dragged.emit(Box(left, top, right, bottom))

    # -- the rest

    def _watch_edge(self) -> None:
        """Let the edge march while it can be seen."""
        wanted = (
            self._theme.motion
            and self._veiled
            and self._mask_box is not None
            and not self._drawing
            and self.isVisible()
        )
        if wanted and not self._march.isActive():
            self._march.start()
        elif not wanted:
            self._march.stop()

    def _step_edge(self) -> None:
        if self._mask_box is None or not self.isVisible():
            self._march.stop()
            return
        self._phase = (self._phase + MARCH) % 10
        self.update(self._area(self._mask_box))

    def _dress(self) -> None:
        light = self._theme.tokens.name == "light"
        tones = ("#FFFFFF", "#DDDDDD") if light else ("#555555", "#444444")
        tile = QPixmap(2 * BOARD, 2 * BOARD)
        tile.fill(QColor(tones[0]))
        painter = QPainter(tile)
        painter.fillRect(0, 0, BOARD, BOARD, QColor(tones[1]))
        painter.fillRect(BOARD, BOARD, BOARD, BOARD, QColor(tones[1]))
        painter.end()
        self._board = QBrush(tile)
        self._watch_edge()


def hear_all_moves() -> None:
    """Let no moves of the mouse be joined while one is painted: curves would get corners.

    Call it after the application is made: X11's plugin switches the joining on then.
    """
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)


def _pieces(region: QRegion) -> list[QRect]:
    """Return what is painted one by one: each costs a fifth of a millisecond, and so do pixels."""
    whole = region.boundingRect()
    if region.rectCount() > MOST_PIECES:
        return [whole]
    # its stubs do not say that a region can be gone through
    pieces = list(cast("Iterable[QRect]", region))
    area = sum(piece.width() * piece.height() for piece in pieces)
    saved = whole.width() * whole.height() - area
    return pieces if saved > (len(pieces) - 1) * WORTH else [whole]


def _ring(radius: float, ratio: float) -> QPixmap:
    """Return the outline of a brush: to lay it down costs a tenth of drawing it."""
    side = ceil((2 * radius + 6) * ratio)
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_ring(painter, QPointF(side / ratio / 2, side / ratio / 2), radius)
    painter.end()
    return pixmap


def _draw_ring(painter: QPainter, at: QPointF, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dark = QColor("#000000")
    dark.setAlphaF(0.75)
    for colour, wide in ((dark, 2.5), (QColor("#FFFFFF"), 1.25)):
        painter.setPen(QPen(colour, wide))
        painter.drawEllipse(at, radius, radius)
        if radius > CROSSED:
            for way in (QPointF(3, 0), QPointF(0, 3)):
                painter.drawLine(at - way, at + way)


CROSSED = 8  # radius from which the middle is marked
DASHES = 5 / 1.5  # in widths of the line
HANDLE_SIDES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2))
_SLANTED, _RISING = Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor
_UPRIGHT, _LEVEL = Qt.CursorShape.SizeVerCursor, Qt.CursorShape.SizeHorCursor
HANDLE_CURSORS = (_SLANTED, _UPRIGHT, _RISING, _LEVEL, _LEVEL, _RISING, _UPRIGHT, _SLANTED)


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
