"""A picture in a widget: zoomed, moved, rotated, mirrored, and divided to be compared.

What the picture is, and how it is painted, is up to who derives from it: the stage, and whatever
else shows one picture. How it lies there is a value, `domain/zooming`; its unit is the device
pixel, which with a scaled screen is none of the widget's own.
"""

from collections.abc import Callable
from math import inf

from PySide6.QtCore import QEvent, QMargins, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import (
    HIGHEST,
    LOWEST,
    ViewTransform,
    at_rest,
    nearest,
    next_stop,
    previous_stop,
)
from kandinsky_desktop.ui.theme import Theme

MARGIN = 24  # around a fitted picture, in the widget's own pixels
RADIUS = 8  # of a fitted picture's corners
NOTCH = 120  # of a mouse's wheel, in eighths of a degree
NOTCH_ZOOM = 1.25
KEY_STEP = 40
CLOSER = 2.0  # by a double-click, where a fitted picture is enlarged already
DIVIDER_REACH = 10
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
ARROWS = {
    Qt.Key.Key_Left: QPoint(1, 0),
    Qt.Key.Key_Right: QPoint(-1, 0),
    Qt.Key.Key_Up: QPoint(0, 1),
    Qt.Key.Key_Down: QPoint(0, -1),
}
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Viewport(QWidget):
    """Shows one picture; whoever derives from it paints the picture, in the picture's pixels."""

    zoomed = Signal(float)  # device pixels a picture pixel

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self._view: ViewTransform | None = None  # None: no picture; fitted where it is asked for
        self._fits = True
        self._fitting: tuple[object, ViewTransform] | None = None  # what was fitted, and how
        self._laid_out = Size(0, 0)  # the size of the view that `_view` is for
        self._wheel = (0.0, 0.0)  # the zoom the wheel led to, and what it came to before its rest
        self._grabbed: tuple[float, float] | None = None  # the picture's point under the cursor
        self._space = False
        self._divider = 0.5  # of the picture's width on the screen
        self._moving_divider = False
        self._ringed = False  # a ring shows where the keys go, to those who came by keys
        theme.changed.connect(self.update)

    # -- what those who derive from it say

    def paint_picture(self, painter: QPainter) -> None:
        """Paint all of the picture, in its own pixels."""
        raise NotImplementedError

    def paint_before(self, painter: QPainter) -> None:
        """Paint what the picture is compared with, in the picture's pixels."""
        raise NotImplementedError

    @property
    def divided(self) -> bool:
        """Whether a line to drag divides the picture from what it is compared with."""
        return False

    @property
    def margins(self) -> QMargins:
        """The room left around a fitted picture, in the widget's own pixels."""
        return QMargins(MARGIN, MARGIN, MARGIN, MARGIN)

    @property
    def dragged_by_left(self) -> bool:
        """Whether the left button alone moves the picture."""
        return not self._fits

    @property
    def fits_crisp(self) -> bool:
        """Whether a fitted picture too is shown in squares from 2 on, at a whole zoom."""
        return False

    @property
    def reach(self) -> Box | None:
        """What can be brought into the middle, in pixels of the picture; None: the picture."""
        return None

    # -- how the picture lies

    @property
    def view(self) -> ViewTransform | None:
        """How the picture lies in the view, in device pixels."""
        if self._view is not None and self._fits:
            return self._fitted(self._view)
        return self._view

    @property
    def fits(self) -> bool:
        """Whether it shows all of the picture, whatever the size of the widget."""
        return self._fits

    @property
    def scale(self) -> float:
        """Device pixels a picture pixel."""
        view = self.view
        return view.zoom if view is not None else 1.0

    @property
    def smooth(self) -> bool:
        """Whether the picture's pixels are blended, rather than shown as squares."""
        view = self.view
        return (self._fits and not self.fits_crisp) or view is None or not view.crisp

    @property
    def place(self) -> QRectF:
        """What the picture covers, in the widget's own pixels."""
        view = self.view
        return QRectF() if view is None else self.from_device(view.bounds)

    def show_size(self, size: Size | None) -> None:
        """Show another picture, of that size, fitted and upright; or none."""
        self._view = None if size is None else ViewTransform(size)
        self._fits = True
        self._stop_moving()
        self.announce()

    def change_size(self, size: Size) -> None:
        """Go on with another size of the same picture; zoom and middle stay. Announce it after."""
        view = self.view
        if view is None or size == view.picture:
            return
        middle = self._middle
        x, y = view.to_picture(*middle)
        point = x * size.width / view.picture.width, y * size.height / view.picture.height
        self._view = ViewTransform(
            size, view.zoom, rotation=view.rotation, mirrored=view.mirrored
        ).placed(point, middle)

    def fit(self) -> None:
        """Show all of it."""
        self._fits = True
        self.announce()

    def actual(self) -> None:
        """Show a picture pixel as a pixel of the screen."""
        self._zoom_to(1.0, self._middle)

    def closer(self) -> None:
        """Zoom in, to the next stop."""
        self._zoom_to(next_stop(self.scale) or inf, self._middle)

    def farther(self) -> None:
        """Zoom out, to the next stop."""
        self._zoom_to(previous_stop(self.scale) or 0.0, self._middle)

    def rotate(self, degrees: float) -> None:
        """Rotate it clockwise, about the middle of the view; what was fitted is fitted again."""
        if (view := self.view) is not None:
            self._set(view.rotated(degrees, self._middle), fits=self._fits)

    def mirror(self) -> None:
        """Swap left and right on the screen, about the middle of the view."""
        if (view := self.view) is not None:
            self._set(view.flipped(self._middle), fits=self._fits)

    @property
    def divider(self) -> float:
        """Where the line is that divides the picture, in the widget's own pixels."""
        view = self.view
        if view is None:
            return 0.0
        edge, bounds = self._edge(view.bounds), view.bounds
        return self.from_device(Box(edge, bounds.top, edge, bounds.bottom)).left()

    def move_divider(self, by: float) -> None:
        """Move the line by a share of the picture's width, at most to an edge."""
        self._divider = min(1.0, max(0.0, self._divider + by))
        self.update()

    def center_divider(self) -> None:
        """Divide the picture in its middle."""
        self._divider = 0.5
        self.update()

    def pan(self, by: QPointF) -> None:
        """Move the picture, by the widget's own pixels; what is fitted stays."""
        if (view := self.view) is not None:
            by = by * self.devicePixelRatioF()
            self._move(view.moved(nearest(by.x()), nearest(by.y())))

    def to_device(self, point: QPointF) -> tuple[float, float]:
        """Return where a point of the widget is, in device pixels of the view."""
        at = point * self.devicePixelRatioF() + self._beside
        return at.x(), at.y()

    def from_device(self, box: Box) -> QRectF:
        """Return where a box of the view's device pixels is, in the widget's own pixels."""
        ratio = self.devicePixelRatioF()
        corner = (QPointF(box.left, box.top) - self._beside) / ratio
        return QRectF(corner.x(), corner.y(), box.size.width / ratio, box.size.height / ratio)

    # -- painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_background(painter)
        self.paint_view(painter)
        if self._view is not None:
            self.paint_ring(painter)

    def paint_background(self, painter: QPainter) -> None:
        """Paint what is behind the picture."""
        painter.fillRect(self.rect(), self._theme.colour("stage"))

    def paint_view(self, painter: QPainter) -> None:
        """Paint the picture and, over a part of it, what it is compared with."""
        view = self.view
        if view is None:
            return
        painter.save()
        self.use_device_pixels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._fits or not view.upright)
        if self._fits:
            painter.setClipPath(self.frame(view), Qt.ClipOperation.IntersectClip)
        self._paint_in_pixels(painter, view, self.paint_picture)
        if self.divided:
            edge, bounds = self._edge(view.bounds), view.bounds
            painter.save()
            painter.setClipRect(
                QRect(bounds.left, bounds.top, edge - bounds.left, bounds.size.height),
                Qt.ClipOperation.IntersectClip,
            )
            self._paint_in_pixels(painter, view, self.paint_before)
            painter.restore()
            self._paint_divider(painter, edge, bounds)
        painter.restore()

    def paint_ring(self, painter: QPainter) -> None:
        """Show who came by keys where they are."""
        if self._ringed:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 6, 6)

    def use_device_pixels(self, painter: QPainter) -> None:
        """Let a painter of this widget count the view's device pixels, each whole on the screen."""
        painter.resetTransform()
        device = painter.deviceTransform()
        corner = QTransform.fromTranslate(nearest(device.dx()), nearest(device.dy()))
        painter.setTransform(corner * device.inverted()[0])

    def frame(self, view: ViewTransform) -> QPainterPath:
        """Return the outline of a fitted picture, with round corners, in device pixels."""
        radius = RADIUS * self.devicePixelRatioF()
        path = QPainterPath()
        path.addRoundedRect(QRectF(0, 0, view.extent.width, view.extent.height), radius, radius)
        size, extent = view.picture, view.extent
        scaled = QTransform.fromScale(size.width / extent.width, size.height / extent.height)
        return (scaled * QTransform(*view.matrix)).map(path)

    def _paint_in_pixels(
        self, painter: QPainter, view: ViewTransform, paint: Callable[[QPainter], None]
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        painter.setTransform(QTransform(*view.matrix), True)
        paint(painter)
        painter.restore()

    def _paint_divider(self, painter: QPainter, edge: int, bounds: Box) -> None:
        ratio = self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, wide in (("#555555", 4), ("#FFFFFF", 2)):  # seen on a white picture too
            painter.setPen(QPen(QColor(colour), wide * ratio))
            painter.drawLine(QPointF(edge, bounds.top), QPointF(edge, bounds.bottom))
        painter.setBrush(QColor("#FFFFFF"))
        painter.setPen(QPen(QColor("#555555"), ratio))
        painter.drawEllipse(QPointF(edge, (bounds.top + bounds.bottom) / 2), 8 * ratio, 8 * ratio)

    # -- events

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and self._on_gesture(event):
            return True
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._lay_out()
        return super().event(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ringed = event.reason() in BY_KEYS
        super().focusInEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ringed = self._space = False
        super().focusOutEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if self._view is None or not turned:
            super().wheelEvent(event)
            return
        led_to, come_to = self._wheel
        adds_up = abs(turned) < NOTCH and led_to == self.scale  # as from a trackpad
        zoom = (come_to if adds_up else self.scale) * NOTCH_ZOOM ** (turned / NOTCH)
        if (at_rest(zoom) > self.scale) == (turned > 0):  # else it rests where it came from
            self._zoom_to(zoom, self.to_device(event.position()))
        self._wheel = self.scale, min(HIGHEST, max(LOWEST, zoom))
        event.accept()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        view, button = self.view, event.button()
        if view is None:
            return
        if button is LEFT and not self._space and self._is_at_divider(event.position()):
            self._moving_divider = True
        elif button is MIDDLE or (button is LEFT and (self._space or self.dragged_by_left)):
            self._grabbed = view.to_picture(*self.to_device(event.position()))
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        view, at = self.view, self.to_device(event.position())
        if view is not None and self._moving_divider:
            share = (at[0] - view.bounds.left) / view.bounds.size.width
            self._divider = min(1.0, max(0.0, share))
            self.update()
        elif view is not None and self._grabbed is not None:
            self._move(view.placed(self._grabbed, at))
        else:
            self.show_cursor(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() in (LEFT, MIDDLE) and self._stop_moving():
            self.show_cursor(event.position())

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._view is not None and event.button() is LEFT:
            self._look_closer(self.to_device(event.position()))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._view is None:
            super().keyPressEvent(event)
            return
        match key:
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.closer()
            case Qt.Key.Key_Minus:
                self.farther()
            case Qt.Key.Key_0:
                self.fit()
            case Qt.Key.Key_1:
                self.actual()
            case Qt.Key.Key_Space:
                if not event.isAutoRepeat():
                    self._hold_space(True)
            case _ if key in ARROWS:
                self.pan(QPointF(ARROWS[key] * KEY_STEP))
            case _:
                super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self._space and event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hold_space(False)
        else:
            super().keyReleaseEvent(event)

    def show_cursor(self, point: QPointF) -> None:
        """Show what the left button would do there."""
        if self._space and self._view is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._is_at_divider(point):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._view is not None and self.dragged_by_left:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    @property
    def moving(self) -> bool:
        """Whether a button moves the picture or the divider."""
        return self._moving_divider or self._grabbed is not None

    # -- the rest

    @property
    def device_size(self) -> Size:
        """The size of the view in whole device pixels."""
        ratio = self.devicePixelRatioF()
        return Size(int(self.width() * ratio), int(self.height() * ratio))

    @property
    def _beside(self) -> QPointF:
        """How far the widget's corner lies beside a whole device pixel, in device pixels."""
        ratio = self.devicePixelRatioF()
        if ratio == int(ratio):
            return QPointF()
        corner = QPointF(self.mapTo(self.window(), QPoint())) * ratio
        return corner - QPointF(nearest(corner.x()), nearest(corner.y()))

    @property
    def _middle(self) -> tuple[float, float]:
        size = self.device_size
        return size.width / 2, size.height / 2

    @property
    def fit_area(self) -> Box:
        """Where a fitted picture lies, in device pixels of the view."""
        size, margins, ratio = self.device_size, self.margins, self.devicePixelRatioF()
        return Box(
            round(margins.left() * ratio),
            round(margins.top() * ratio),
            size.width - round(margins.right() * ratio),
            size.height - round(margins.bottom() * ratio),
        )

    def _fitted(self, view: ViewTransform) -> ViewTransform:
        key = view, self.fit_area, self.fits_crisp
        if self._fitting is None or self._fitting[0] != key:  # asked for many times a frame
            self._fitting = key, view.fitted(self.fit_area, whole=self.fits_crisp)
        return self._fitting[1]

    def _zoom_to(self, zoom: float, at: tuple[float, float]) -> None:
        """Zoom, about a point of the view; beyond the stops lies at most what fits."""
        view = self.view
        if view is None:
            return
        fitted, now = self._fitted(view).zoom, view.zoom
        if (zoom > HIGHEST < fitted and zoom >= now) or (zoom < LOWEST > fitted and zoom <= now):
            self.fit()
        else:
            self._set(view.zoomed(at_rest(zoom), at))

    def _look_closer(self, at: tuple[float, float]) -> None:
        """Show a point of what is fitted at its own pixels, or larger; of what is not, all."""
        if self._fits:
            self._zoom_to(CLOSER * self.scale if self.scale >= 1 else 1.0, at)
        else:
            self.fit()

    def _set(self, view: ViewTransform, *, fits: bool = False) -> None:
        self._view, self._fits = view.clamped(self.device_size, self.reach), fits
        self._laid_out = self.device_size
        self.announce()

    def _move(self, view: ViewTransform) -> None:
        if not self._fits:
            self._view = view.clamped(self.device_size, self.reach)
            self.update()

    def _lay_out(self) -> None:
        """Take another size: what is fitted is fitted again, what was in the middle stays there."""
        before, self._laid_out = self._laid_out, self.device_size
        if self._view is not None and not self._fits:
            point = self._view.to_picture(before.width / 2, before.height / 2)
            self._view = self._view.placed(point, self._middle).clamped(
                self.device_size, self.reach
            )
        self.announce()

    def announce(self) -> None:
        """Tell how the picture lies now, and paint it so."""
        self.zoomed.emit(self.scale)
        self.update()

    def _on_gesture(self, event: QNativeGestureEvent) -> bool:
        """Zoom as two fingers spread; where they end, the zoom comes to rest."""
        view, at = self.view, self.to_device(event.position())
        if view is None:
            return False
        match event.gestureType():
            case Qt.NativeGestureType.ZoomNativeGesture:
                zoom = view.zoom * (1 + event.value())
                self._set(view.zoomed(min(HIGHEST, max(LOWEST, zoom)), at))
            case Qt.NativeGestureType.EndNativeGesture if not self._fits:
                self._zoom_to(view.zoom, at)
            case Qt.NativeGestureType.SmartZoomNativeGesture:
                self._look_closer(at)
            case _:
                return False
        return True

    def _edge(self, bounds: Box) -> int:
        """Return where the divider is, in device pixels."""
        return nearest(bounds.left + bounds.size.width * self._divider)

    def _is_at_divider(self, point: QPointF) -> bool:
        view = self.view
        if view is None or not self.divided:
            return False
        far = abs(self.to_device(point)[0] - self._edge(view.bounds))
        return far <= DIVIDER_REACH * self.devicePixelRatioF()

    def _stop_moving(self) -> bool:
        """End a pan, or what moves the divider; return whether there was one."""
        was = self.moving
        self._grabbed, self._moving_divider = None, False
        return was

    def _hold_space(self, held: bool) -> None:
        self._space = held
        self.show_cursor(QPointF(self.mapFromGlobal(QCursor.pos())))
