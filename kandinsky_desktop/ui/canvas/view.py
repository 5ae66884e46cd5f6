"""The view of the canvas: picture, sketch, the mask as a veil, what waits, and the frame.

It paints only what changed, in device pixels, and the same pixels as a whole repaint would. It
knows no tools: what the hand does is told in pixels of the picture.
"""

from dataclasses import replace
from math import ceil, floor, fmod

from PySide6.QtCore import QEvent, QMargins, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
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
    QPointingDevice,
    QPolygonF,
    QRegion,
    QShowEvent,
    QTabletEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.document import DEPTH, SKETCH
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import ViewTransform, nearest
from kandinsky_desktop.raster.layer import Layer
from kandinsky_desktop.ui.canvas import borders, frame, placed
from kandinsky_desktop.ui.canvas.backdrop import WORTH, Backdrop, pieces
from kandinsky_desktop.ui.canvas.borders import BorderPainter, ShownBorders
from kandinsky_desktop.ui.canvas.brush_ring import BrushRing
from kandinsky_desktop.ui.canvas.frame import Side
from kandinsky_desktop.ui.canvas.layer_painter import LayerPainter
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import LEFT, NOTCH, RADIUS, Viewport

LEFT_OF, ABOVE, BELOW, BESIDE = 76, 76, 16, 24  # around a fitted picture: bars float at two sides
MARCH_MS = 250
SHADOW = 26  # how far what floats casts its shadow
DASHES = 5 / 1.5  # of a shape in the making, in widths of its line
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
FAR = 10  # pixels that an arrow moves a picture with Shift
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
    placed_dragged = Signal(object)  # Box: where the picture lies that is over the others
    placed_released = Signal()
    placed_left = Signal()  # the hand pressed beside it
    placed_moved = Signal(int, int)  # by keys: right and down
    placed_scaled = Signal(bool)  # by keys: whether larger
    borders_dragged = Signal(object)  # Box: the picture with its borders, in its pixels
    borders_released = Signal()
    borders_cancelled = Signal()
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
        self._layers = LayerPainter(theme)
        self._backdrop = Backdrop(self._layers)
        self._fitted_for: tuple[object, ...] = ()
        self._lies: ViewTransform
        self._turned = 0.0  # of the wheel with Ctrl, less than a notch: as from a touchpad
        self._frame: Box | None = None
        self._frame_handle = -1  # which one is dragged
        self._placed_part = placed.NOWHERE  # of the picture over the others, that is dragged
        self._placed_start: tuple[tuple[float, float], Box] | None = None
        self._borders: ShownBorders | None = None
        self._border_painter = BorderPainter(theme)
        self._side: Side | None = None  # of the borders, that is dragged
        self._reach: Box | None = None  # what a fitted view shows besides the picture
        self._kept_free = 0, 0  # pixels at the left and above, where LEFT_OF and ABOVE are too few
        self._tagged_for: tuple[object, ...] = ()
        self._tag = QRectF()  # where the frame is named
        self._busy = False
        self._brush: float | None = None  # its size in pixels of the picture
        self._outline: QPainterPath | None = None  # a shape in the making, in pixels of the picture
        self._hover: QPointF | None = None
        self._asked = QRect()  # is painted soon
        self._ring = BrushRing()
        self._brush_was = QRect()  # where its outline was painted last
        self._raised: list[QRectF] = []  # what floats over it and casts its shadow on it
        self._pans = False  # whether the left button moves the picture
        self._march = QTimer(self)
        self._march.setInterval(MARCH_MS)
        self._march.timeout.connect(self._step_edge)
        theme.changed.connect(self._dress)
        self._dress()

    # -- what it shows

    def show_layers(
        self,
        picture: Layer | None,
        mask: Layer | None,
        sketch: Layer | None = None,
        depth: Layer | None = None,
    ) -> None:
        """Show another document, fitted; or none."""
        layers = self._layers
        layers.picture, layers.fill, layers.preview = picture, None, None
        layers.sketch, layers.depth = sketch, depth
        layers.sketch_reach = None if sketch is None else sketch.painted_box()
        layers.show_mask(mask, None)
        self._backdrop.forget()
        self._frame = self._outline = self._borders = self._reach = self._side = None
        self.show_size(None if picture is None else picture.size)
        self._watch_edge()

    def show_resized(
        self, picture: Layer, mask: Layer, sketch: Layer, depth: Layer, right: int, down: int
    ) -> None:
        """Show other layers of the same picture: its pixels lie so much farther right and down."""
        view, fits = self.view, self.fits
        self.show_layers(picture, mask, sketch, depth)
        if view is not None:
            left, top = view.to_view(-right, -down)
            moved = replace(view, picture=picture.size, left=nearest(left), top=nearest(top))
            self._set(moved, fits=fits)

    def show_mask(self, mask: Layer, box: Box | None) -> None:
        """Show the mask as it will be used; `box` is around what is not black in it."""
        region, before = self._frame_region(), self._layers.mask_box
        self._layers.show_mask(mask, box)
        for shown in (before, box):
            if shown is not None:
                self._renew(shown)
        self.update(region + self._frame_region())
        self._watch_edge()

    @property
    def mask_box(self) -> Box | None:
        """What is around the mask that is shown."""
        return self._layers.mask_box

    def show_waiting(self, on: bool) -> None:
        """Leave the veil away while fills wait; the edge stays."""
        if on != self._layers.waiting:
            self._layers.waiting = on
            self._renew_all()

    def show_sketching(self, on: bool) -> None:
        """Leave the veil away while the sketch is painted on, so that its colours are seen."""
        if on != self._layers.sketching:
            self._layers.sketching = on
            self._renew_all()

    def refresh(self, box: Box) -> None:
        """Paint a part of the layers anew: pixels of the picture or of its mask changed."""
        self._layers.reach = box.joined(self._layers.reach)
        self._renew(box)

    def refresh_layer(self, layer: str, box: Box) -> None:
        """Paint a part of a layer anew, which is given by its name: its pixels changed."""
        if layer == SKETCH:
            self._layers.sketch_reach = box.joined(self._layers.sketch_reach)
            self._renew(box)
        elif layer == DEPTH:
            self._renew(box)
        else:
            self.refresh(box)

    def show_placed(self, layer: Layer | None, box: Box | None) -> None:
        """Show a picture over the others, with handles; or none."""
        layers, after = self._layers, None if layer is None or box is None else (layer, box)
        if after == layers.placed:
            return
        area = self._placed_region()
        for shown in (layers.placed, after):
            layers.placed = shown
            if shown is not None:
                self._renew(shown[1].within(_whole(self.view)))
            area += self._placed_region()
        self.update(area)
        self.show_cursor(self._hover or QPointF())

    def show_sketch(self, opacity: float) -> None:
        """Show the sketch so opaque."""
        if opacity != self._layers.sketch_opacity:
            self._layers.sketch_opacity = opacity
            if self._layers.sketch_reach is not None:
                self._renew(self._layers.sketch_reach)

    def show_depth(self, opacity: float) -> None:
        """Show the depth so opaque."""
        if opacity != self._layers.depth_opacity:
            self._layers.depth_opacity = opacity
            self._renew_all()

    def show_fill(self, layer: Layer | None, box: Box | None) -> None:
        """Show a fill in its place; None: the picture as it is."""
        before = self._layers.fill
        self._layers.fill = None if layer is None or box is None else (layer, box)
        for shown in (before, self._layers.fill):
            if shown is not None:
                self._renew(shown[1])
        self._watch_edge()

    def show_preview(self, image: QImage | None, box: Box | None) -> None:
        """Show what is being painted in its place, as far as the mask goes."""
        before = self._layers.preview
        after = self._layers.preview = None if image is None or box is None else (image, box)
        for shown in (before, after):
            if shown is not None:
                self._renew(shown[1])
        if (before is None) != (after is None) and self._layers.reach is not None:
            self._renew(self._layers.reach)  # the veil is left away while there is a preview

    def show_frame(self, box: Box | None) -> None:
        """Show what the model sees."""
        if box != self._frame:
            region = self._frame_region()
            self._frame = box
            self.update(region + self._frame_region())

    def show_borders(self, shown: ShownBorders | None) -> None:
        """Show by how much the picture is to grow, and what is painted there; or nothing."""
        self._borders = shown
        if self._side is None:
            self._reach_for(shown)
        self.update()

    def show_brush(self, size: float | None) -> None:
        """Show the outline of a brush under the cursor, or none."""
        self._brush = size
        self._repaint(self._brush_was | self._brush_area())
        self.show_cursor(self._hover or QPointF())

    def show_busy(self, on: bool) -> None:
        """Say by the cursor that what is drawn now is laid down later."""
        self._busy = on
        self.show_cursor(self._hover or QPointF())

    def show_outline(self, path: QPainterPath | None) -> None:
        """Show a shape in the making."""
        region = self._outline_region()
        self._outline = path
        self.update(region + self._outline_region())

    def show_veil(self, colour: str, *, on: bool) -> None:
        """Set the colour of the mask, and whether it is seen."""
        self._layers.colour, self._layers.veiled = colour, on
        self._watch_edge()
        self._renew_all()

    def show_raised(self, places: list[QRectF]) -> None:
        """Let what floats over it cast its shadow on it."""
        if places != self._raised:
            self._raised = places
            self.update()

    def keep_free(self, left: int, above: int) -> None:
        """Leave so many pixels free around a fitted picture, for bars in several rows.

        Half of the view at most: in a low window the picture goes under the bar sooner than out.
        """
        if (left, above) != self._kept_free:
            self._kept_free = left, above
            self.announce()

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
        left, above = self._kept_free
        left = max(px(LEFT_OF), min(left, self.width() // 2))
        above = max(px(ABOVE), min(above, self.height() // 2))
        return QMargins(left, above, BESIDE, BELOW)

    @property
    @override
    def dragged_by_left(self) -> bool:
        return self._pans

    @override
    def _fitted(self, view: ViewTransform) -> ViewTransform:
        """Fit it again only where what decides on that is another: it is asked for all the time."""
        ratio, margins = self.devicePixelRatioF(), self.margins
        key = view, self.width(), self.height(), ratio, margins, self._reach
        if key != self._fitted_for:
            self._fitted_for = key
            self._lies = self._fitted_to(view, self._reach)
        return self._lies

    def _fitted_to(self, view: ViewTransform, reach: Box | None) -> ViewTransform:
        """Fit a part of the plane that is larger than the picture, where there is one."""
        if reach is None:
            return super()._fitted(view)
        outer = replace(view, picture=reach.size).fitted(self.fit_area)
        left, top = outer.to_view(-reach.left, -reach.top)
        return replace(view, zoom=outer.zoom, left=nearest(left), top=nearest(top))

    def _reach_for(self, shown: ShownBorders | None) -> None:
        """Let a fitted view show borders too, and room to drag them farther."""
        reach = None
        if shown is not None:
            reach = borders.room_around(shown.around) if shown.dragged else shown.around
        if reach != self._reach:
            self._reach = reach
            self.announce()

    @property
    @override
    def reach(self) -> Box | None:
        return self._reach

    def _transform(self, view: ViewTransform) -> QTransform:
        return QTransform(*view.matrix)

    def _area(self, box: Box) -> QRect:
        """Return what of the widget shows a part of the picture, with some room."""
        view = self.view
        if view is None:
            return QRect()
        left, top, right, bottom = (
            view.around(box).widened(ceil(3 * self.devicePixelRatioF())).corners
        )
        ratio = self.devicePixelRatioF()
        if ratio == 1:
            area = QRect(left, top, right - left, bottom - top)
        else:
            area = self.from_device(Box(left, top, right, bottom)).toAlignedRect()
        return area & self.rect()

    def _renew(self, box: Box) -> None:
        """Paint what shows a part of the picture anew."""
        area = self._area(box)
        if not area.isEmpty():
            self._backdrop.mark(self._device_rect(area))
            self._repaint(area)

    def _repaint(self, area: QRect) -> None:
        """Have a part of the widget painted, together with what lies near it: one is cheaper."""
        both = self._asked | area
        if _pixels(both) <= _pixels(self._asked) + _pixels(area) + WORTH:
            self._asked = area = both
        self.update(area)

    def _renew_all(self) -> None:
        self._backdrop.mark(self._device_rect(self.rect()))
        self.update()

    # -- painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        view = self.view
        if view is None or self._layers.picture is None:
            painter.fillRect(event.rect(), self._theme.colour("stage"))
            return
        region, self._asked = event.region(), QRect()
        places = [self._device_rect(part) for part in pieces(region)]
        seen = QRegion()
        for place in places:
            seen += place
        self._backdrop.bring_up(view, self.device_size, self.devicePixelRatioF(), seen)
        self.use_device_pixels(painter)
        for place in places:
            if len(places) > 1:  # under a clip of several rectangles even a copy is slow
                painter.setClipRect(place)
            self._backdrop.paint(painter, place)
        painter.setClipping(False)
        painter.resetTransform()
        self._paint_over(painter, view, region)
        if self._ringed:
            self.paint_ring(painter)

    def _paint_over(self, painter: QPainter, view: ViewTransform, region: QRegion) -> None:
        """Paint what lies over the picture: the frame, a shape in the making, the brush."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        changed = QRectF(region.boundingRect())
        for place in self._raised:
            if changed.intersects(place.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW)):
                paint_shadow(painter, self._theme.tokens, place, RADIUS)
        if self._borders is not None:
            self._paint_borders(painter, view, self._borders)
        if self._layers.placed is not None:
            placed.paint(painter, self._placed_corners(), self._theme)
        elif self._frame is not None and region.intersects(self._frame_region()):
            frame.paint(painter, self._corners(self._frame), self._tag_rect(), self._theme)
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
            radius = self._brush_radius
            self._ring.paint(painter, self._hover, radius, self.devicePixelRatioF())
            self._brush_was = self._ring.area(self._hover, radius)

    def _paint_borders(self, painter: QPainter, view: ViewTransform, shown: ShownBorders) -> None:
        way = self._to_widget(view)
        painter.save()
        self._border_painter.paint(painter, shown, way, self._layers.colour, view.zoom)
        painter.restore()
        if shown.around.size != shown.picture:
            place, free = way.mapRect(_rect(shown.around)), QRectF(self.rect())
            words = str(shown.around.size)
            tagged = frame.tag(place, free, self._raised, self._theme, words)
            frame.paint_tag(painter, tagged, words, self._theme)

    # -- where what lies over the picture is

    def _to_widget(self, view: ViewTransform) -> QTransform:
        """From pixels of the picture to the widget's own."""
        ratio = self.devicePixelRatioF()
        beside = self._beside
        screen = QTransform.fromTranslate(-beside.x(), -beside.y())
        return self._transform(view) * screen * QTransform.fromScale(1 / ratio, 1 / ratio)

    def _device_rect(self, piece: QRect) -> QRect:
        """Return a part of the widget in device pixels of the view."""
        if self.devicePixelRatioF() == 1:
            return piece
        left, top = self.to_device(QPointF(piece.topLeft()))
        right, bottom = self.to_device(QPointF(piece.right() + 1, piece.bottom() + 1))
        return QRect(floor(left), floor(top), ceil(right) - floor(left), ceil(bottom) - floor(top))

    def _corners(self, box: Box | None) -> QPolygonF:
        """Return where the corners of a part of the picture are; nowhere without one."""
        view = self.view
        if view is None or box is None:
            return QPolygonF(QRectF())
        return self._to_widget(view).map(QPolygonF(_rect(box)))

    def _placed_corners(self) -> QPolygonF:
        shown = self._layers.placed
        return self._corners(None if shown is None else shown[1])

    def _placed_region(self) -> QRegion:
        return QRegion() if self._layers.placed is None else placed.region(self._placed_corners())

    def _tag_rect(self) -> QRectF:
        """Return where the frame says what it is: not on the mask, nor under what floats."""
        view, mask = self.view, self._layers.mask_box
        if view is None or self._frame is None:
            return QRectF()
        key = view, self._frame, mask, self.rect(), self._raised, self.devicePixelRatioF()
        if key != self._tagged_for:  # to measure words takes longer than most paints
            covered = [*self._raised]
            if mask is not None:
                covered.append(self._to_widget(view).mapRect(_rect(mask)))
            self._tagged_for = key
            place = self._corners(self._frame).boundingRect()
            self._tag = frame.tag(place, QRectF(self.rect()), covered, self._theme)
        return QRectF(self._tag)

    def _frame_region(self) -> QRegion:
        if self._frame is None:
            return QRegion()
        return frame.region(self._corners(self._frame), self._tag_rect())

    @property
    def _brush_radius(self) -> float:
        size = (self._brush or 0.0) * self.scale / self.devicePixelRatioF()
        return max(1.0, size / 2)

    def _brush_area(self) -> QRect:
        if self._brush is None or self._hover is None:
            return QRect()
        return self._ring.area(self._hover, self._brush_radius)

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
        if left and self._drags_borders:
            self._side = self._side_at(event.position())
            return
        if left and not self._space and not self._pans and self._press_placed(event.position()):
            return
        if left and not self._space and not self._pans:
            handle = self._handle_at(event.position())
            if handle >= 0:
                self._frame_handle = handle
                return
            self._begin(event.position(), 1.0, event.modifiers(), rubber=False)
            return
        if event.button() is Qt.MouseButton.RightButton:
            if self.let_side_go():
                return
            if self._layers.drawing:
                self._set_drawing(on=False)
                self.cancelled.emit()
            else:
                self.menu_requested.emit(event.globalPosition().toPoint())
            return
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover_at(event.position())
        if self._side is not None and self._borders is not None:
            shown, point = self._borders, self._point(event.position())
            box = borders.dragged(shown.around, shown.picture, self._side, *point)
            self.borders_dragged.emit(box)
        elif self._placed_start is not None:
            self._drag_placed(event.position(), event.modifiers())
        elif self._frame_handle >= 0:
            self._drag_frame(event.position())
        elif self._layers.drawing:
            self.moved.emit([(*self._point(one.position()), 1.0) for one in event.points()])
        else:
            super().mouseMoveEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is LEFT and self._side is not None:
            self._side = None
            self.borders_released.emit()
            self._reach_for(self._borders)
        elif event.button() is LEFT and self._placed_start is not None:
            self._placed_start = None
            self.placed_released.emit()
        elif event.button() is LEFT and self._frame_handle >= 0:
            self._frame_handle = -1
        elif event.button() is LEFT and self._layers.drawing:
            self._end()
        else:
            super().mouseReleaseEvent(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.view is None or event.button() is not LEFT:
            return
        if self._drags_borders:
            self.mousePressEvent(event)
        elif self._handle_at(event.position()) >= 0:
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
            and not (self._pans or self._space or self._drags_borders)
            and self._layers.placed is None
            and self._handle_at(event.position()) < 0
        )
        if self.view is None or not (begins or self._layers.drawing):
            event.ignore()  # Qt makes a mouse event of it
            return
        event.accept()
        self._hover_at(event.position())
        match event.type():
            case QEvent.Type.TabletPress if begins:
                self.setFocus(Qt.FocusReason.MouseFocusReason)  # Qt gives it for the mouse alone
                rubber = event.pointerType() is ERASER
                self._begin(event.position(), event.pressure(), event.modifiers(), rubber=rubber)
            case QEvent.Type.TabletMove:
                self.moved.emit([(*self._point(event.position()), event.pressure())])
            case QEvent.Type.TabletRelease if event.button() is LEFT:  # no button on its side
                self._end()
            case _:
                pass

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned:
            self._turned += turned
            notches, self._turned = int(self._turned / NOTCH), fmod(self._turned, NOTCH)
            for _notch in range(abs(notches)):
                self.size_turned.emit(1 if notches > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)
        self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._layers.drawing:
            self._set_drawing(on=False)
            self.cancelled.emit()
        elif event.key() == Qt.Key.Key_O and not event.modifiers():
            if not event.isAutoRepeat():
                self.original_held.emit(True)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not held(event):
            self.enter_pressed.emit()
        elif self._layers.placed is not None and self._press_placed_key(event):
            pass
        elif self._layers.waiting and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
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
        self._hover = None
        self._repaint(self._brush_was)

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
        self._let_go()
        self._backdrop.forget()
        self._march.stop()

    @override
    def show_cursor(self, point: QPointF) -> None:
        view = self.view
        way = QTransform() if view is None else self._to_widget(view)
        if self._layers.placed is not None and not (self._space or self._pans):
            self.setCursor(placed.cursor(placed.part_at(self._placed_corners(), point), way))
            return
        handle = self._handle_at(point)
        if self._drags_borders and view is not None:
            side = self._side or self._side_at(point)
            self.setCursor(Qt.CursorShape.ArrowCursor if side is None else frame.cursor(side, way))
        elif not self._space and not self._pans and handle >= 0:
            self.setCursor(frame.cursor(frame.SIDES[handle], way))
        elif not self._space and not self._pans and self._busy and self.view:
            self.setCursor(Qt.CursorShape.BusyCursor)
        elif not self._space and not self._pans and self._brush is not None and self.view:
            self.setCursor(Qt.CursorShape.BlankCursor)
        elif not self._space and not self._pans and self.view:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            super().show_cursor(point)

    def _begin(
        self, at: QPointF, pressure: float, keys: Qt.KeyboardModifier, *, rubber: bool
    ) -> None:
        self._set_drawing(on=True)
        self.pressed.emit(*self._point(at), pressure, keys, rubber)

    def _end(self) -> None:
        self._set_drawing(on=False)
        self.released.emit()

    def _let_go(self) -> None:
        """End what a hand does there: nobody will tell of the button that is let go meanwhile."""
        if self._layers.drawing:
            self._end()
        if self._placed_start is not None:
            self._placed_start = None
            self.placed_released.emit()
        self._frame_handle = -1
        self.let_side_go()
        self._stop_moving()

    def _set_drawing(self, *, on: bool) -> None:
        """Say whether the mask is being painted; meanwhile it has no edge."""
        self._layers.drawing = on
        self._watch_edge()
        if self._layers.reach is not None:
            self._renew(self._layers.reach)
        if self._layers.preview is not None:  # what is drawn is seen, not what became of it
            self._renew(self._layers.preview[1])

    def _hover_at(self, at: QPointF) -> None:
        self._hover = at
        if self._brush is not None:
            self._repaint(self._brush_was | self._brush_area())
        if self.view is not None:
            self.hovered.emit(*self._point(at))

    @property
    def _drags_borders(self) -> bool:
        """Whether the left button drags the picture's sides."""
        shown = self._borders
        return shown is not None and shown.dragged and not self._space and not self._pans

    def _side_at(self, at: QPointF) -> Side | None:
        if self._borders is None or self.view is None:
            return None
        reach = borders.REACH * self.devicePixelRatioF() / self.scale
        return borders.side_at(self._borders.around, *self._point(at), reach)

    def let_side_go(self) -> bool:
        """End the drag of a side as if it had never begun; False if none is dragged."""
        if self._side is None:
            return False
        self._side = None
        self.borders_cancelled.emit()
        self._reach_for(self._borders)
        return True

    def _handle_at(self, at: QPointF) -> int:
        if self._drags_borders:
            return -1
        if self._layers.placed is not None:
            return -1
        return -1 if self._frame is None else frame.handle_at(self._corners(self._frame), at)

    def _press_placed(self, at: QPointF) -> bool:
        """Begin to drag the picture over the others, or leave it; False if there is none."""
        shown = self._layers.placed
        if shown is None:
            return False
        self._placed_part = placed.part_at(self._placed_corners(), at)
        if self._placed_part == placed.NOWHERE:
            self.placed_left.emit()
        else:
            self._placed_start = self._point(at), shown[1]
        return True

    def _drag_placed(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        assert self._placed_start is not None
        start, box = self._placed_start
        free = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        self.placed_dragged.emit(
            placed.dragged(box, self._placed_part, start, self._point(at), free=free)
        )

    def _press_placed_key(self, event: QKeyEvent) -> bool:
        """Move the picture over the others by the arrows, scale it by them with Ctrl."""
        way = ARROWS.get(Qt.Key(event.key()))
        if way is None:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.placed_scaled.emit(sum(way) * (1 if way[0] else -1) > 0)
            return True
        by = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        right, down = self._seen_as(way)
        self.placed_moved.emit(right * by, down * by)
        return True

    def _seen_as(self, way: tuple[int, int]) -> tuple[int, int]:
        """Return along which axis of the picture one goes nearest to a way on the screen."""
        view = self.view
        assert view is not None
        start, end = view.to_picture(0, 0), view.to_picture(*way)
        across, down = end[0] - start[0], end[1] - start[1]
        if abs(across) >= abs(down):
            return (1 if across > 0 else -1), 0
        return 0, (1 if down > 0 else -1)

    def _drag_frame(self, at: QPointF) -> None:
        if self._frame is not None:
            x, y = (round(one) for one in self._point(at))
            self.frame_dragged.emit(frame.dragged(self._frame, self._frame_handle, x, y))

    # -- the rest

    def _watch_edge(self) -> None:
        """Let the edge march while it can be seen."""
        wanted = (
            self._theme.motion
            and self._layers.veiled
            and self._layers.mask_box is not None
            and not self._layers.drawing
            and self.isVisible()
        )
        if wanted and not self._march.isActive():
            self._march.start()
        elif not wanted:
            self._march.stop()

    def _step_edge(self) -> None:
        if self._layers.reach is None or not self.isVisible():
            self._march.stop()
            return
        self._backdrop.march()
        self._repaint(self._area(self._layers.reach))

    def _dress(self) -> None:
        self._layers.dress()
        self._tagged_for = ()  # its words may have another size
        self._renew_all()
        self._watch_edge()


def hear_all_moves() -> None:
    """Let no moves of the mouse be joined while one is painted: curves would get corners.

    Call it after the application is made: X11's plugin switches the joining on then.
    """
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)


def _whole(view: ViewTransform | None) -> Box:
    return Box(0, 0, 0, 0) if view is None else Box(0, 0, view.picture.width, view.picture.height)


def _rect(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.size.width, box.size.height)


def _pixels(area: QRect) -> int:
    return area.width() * area.height()
