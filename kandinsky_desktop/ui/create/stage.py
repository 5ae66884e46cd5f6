"""The stage: pictures large, as they grow and when they are done: one in a viewport, or a grid.

Where a picture is awaited the wash drifts, one composition behind all panes, until each has a
preview of its own.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QMargins,
    QObject,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import ViewTransform
from kandinsky_desktop.state.comparison import Before
from kandinsky_desktop.state.pictures import as_files
from kandinsky_desktop.state.viewer import ViewedImage
from kandinsky_desktop.ui.compared import paint_copy, paint_tag, place_of
from kandinsky_desktop.ui.create.image_grid import grid_boxes
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import LEFT, RADIUS, Viewport
from kandinsky_desktop.ui.wash import FRAMES_A_SECOND, Wash

GAP = 8
SIDE, TOP, BOTTOM = 24, 20, 12  # around the pictures
LARGEST = 1032  # side of all pictures together: four of the starter's, each four times its size
MOST_ENLARGED = 8  # but a large picture may be as many times its own size
RING_GAP, RING = 2, 3  # around the current picture
APPEAR_MS, FIRST_MS, FADE_MS = 180, 240, 120  # of the wash, the first preview, those after it
DRAGGED_SIDE = 96  # of the picture under the cursor
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
STEPS = {  # from a picture that is fitted; Space with Shift goes back
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Space: 1,
}
ENDS = {Qt.Key.Key_Home: -1, Qt.Key.Key_End: 1}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Stage(Viewport):
    """Shows one picture, or a grid of those that belong together, one of which is current."""

    current_requested = Signal(int)  # a picture of the grid was clicked, or the arrows led there
    image_opened = Signal(int)  # it is to be seen alone
    step_requested = Signal(int)  # to the next picture, or to the one before: 1 or -1
    end_requested = Signal(int)  # to the first picture, or to the last: -1 or 1
    menu_requested = Signal(object, object)  # Path, QPoint on the screen

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("stage")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 96)
        self.setAccessibleName(_("Stage"))
        self._images: list[ViewedImage] = []
        self._faces: list[_Face] = []
        self._current = 0
        self._foot = 0  # room at the lower edge for what lies over the stage
        self._raised = QRectF()  # what lies there and casts a shadow
        self._pressed: QPointF | None = None  # where a click or a drag out may have begun
        self._before: Before | None = None  # what the picture is compared with
        self._whole = False  # it is shown in the picture's place
        self._before_copies: ImagePyramid | None = None
        self._wash: Wash | None = None
        self._moment = 0.0  # of the wash, in seconds
        self._frame: QImage | None = None
        self._ground: tuple[object, QPixmap] | None = None  # behind the wash; what it is for
        self._drift = QTimer(self)
        self._drift.setInterval(1000 // FRAMES_A_SECOND)
        self._drift.timeout.connect(self.drift)
        self._appear = _fade(self, self.update)
        theme.changed.connect(self._forget_wash)

    @property
    def images(self) -> tuple[ViewedImage, ...]:
        """What is on the stage."""
        return tuple(self._images)

    @property
    def current(self) -> int | None:
        """The number of the picture of a grid that is marked; None: none is."""
        if len(self._images) < 2 or self._images[self._current].path is None:
            return None
        return self._current

    @property
    def drifting(self) -> bool:
        """Whether the wash moves."""
        return self._drift.isActive()

    @property
    def before(self) -> Before | None:
        """What the one picture is compared with, once it is read."""
        there = self._before is not None and self._before.image is not None
        return self._before if there and len(self._images) == 1 else None

    @property
    def places(self) -> list[QRectF]:
        """Where each picture is, in the widget's own pixels."""
        if len(self._images) == 1:
            return [self.place]
        return [self.from_device(box) for box in self._grid()]

    @property
    @override
    def margins(self) -> QMargins:
        return QMargins(SIDE, TOP, SIDE, BOTTOM + self._foot)

    @property
    @override
    def fit_area(self) -> Box:
        area, ratio = super().fit_area, self.devicePixelRatioF()
        if not self._images:
            return area
        own = max(_size(self._images[0]).width, _size(self._images[0]).height)
        largest = round(max(LARGEST, MOST_ENLARGED * own) * ratio)
        wide = min(area.size.width, largest) // 2 * 2  # even: one covers just what four cover
        high = min(area.size.height, largest) // 2 * 2
        left = area.left + (area.size.width - wide) // 2
        top = area.top + (area.size.height - high) // 2
        return Box(left, top, left + wide, top + high)

    @property
    @override
    def scale(self) -> float:
        """Device pixels a picture pixel; of a grid, those of its first picture alone."""
        if len(self._images) < 2:
            return super().scale
        return ViewTransform(_size(self._images[0])).fitted(self.fit_area).zoom

    @property
    @override
    def divided(self) -> bool:
        return self.before is not None and not self._whole

    def show_images(self, images: Sequence[ViewedImage], current: int = 0) -> None:
        """Put other pictures on the stage, fitted."""
        waited = any(face.waits for face in self._faces)
        self._images, self._current = list(images), current
        for face in self._faces:
            face.deleteLater()
        self._faces = [_Face(one, self) for one in images]
        if any(face.waits for face in self._faces) and not waited:
            self._moment, self._frame = 0.0, None
            if self._theme.motion and self.isVisible():
                self._appear.setDuration(APPEAR_MS)
                self._appear.start()
        self._describe()
        self.show_size(_size(images[0]) if len(images) == 1 else None)
        self._watch_wash()

    def update_image(self, number: int, shown: ViewedImage) -> None:
        """Change a picture in place: a preview goes on, or the finished picture replaces it."""
        if not 0 <= number < len(self._images):
            return
        before, face = self._images[number], self._faces[number]
        self._images[number] = shown
        if _seen(shown) is not _seen(before):
            moving = self._theme.motion and self.isVisible()
            first = before.image is None and shown.path is None
            face.turn(_seen(shown), (FIRST_MS if first else FADE_MS) * moving)
        if len(self._images) == 1:
            self.change_size(_size(shown))
        self._describe()
        self.announce()
        self._watch_wash()

    def set_current(self, number: int) -> None:
        """Mark another picture of the grid."""
        self._current = number
        self._describe()
        self.update()

    def show_before(self, before: Before | None, *, whole: bool = False) -> None:
        """Show the picture beside what it is compared with, divided by a line to drag.

        Or, as a `whole`, what it is compared with in its place. None: the picture alone.
        """
        if (before, whole) == (self._before, self._whole):
            return
        if self._before is None and before is not None:
            self.center_divider()
        self._before, self._whole = before, whole
        self.update()

    def reserve(self, foot: int, raised: QRectF) -> None:
        """Leave so much room at the lower edge, for a bar that casts its shadow on the stage."""
        if (foot, raised) != (self._foot, self._raised):
            self._foot, self._raised = foot, raised
            self.announce()

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    # -- painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.drifting:  # ten times a second: what stays is painted once
            painter.drawPixmap(QPointF(), self._painted_ground())
        else:
            self.paint_background(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self._images) == 1:
            self.paint_view(painter)
            self._paint_tags(painter)
        else:
            self._paint_grid(painter)
            self._paint_current(painter)
        if self._images:
            self.paint_ring(painter)

    @override
    def paint_background(self, painter: QPainter) -> None:
        super().paint_background(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place in (self._raised, *(self.places if self.fits else ())):
            if not place.isEmpty():
                paint_shadow(painter, self._theme.tokens, place, RADIUS)

    def _painted_ground(self) -> QPixmap:
        """Return the background as a picture."""
        key = (self.size(), self.devicePixelRatioF(), self.places, self._raised)
        if self._ground is None or self._ground[0] != key:
            pixmap = QPixmap(self.size() * self.devicePixelRatioF())
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            painter = QPainter(pixmap)
            self.paint_background(painter)
            painter.end()
            self._ground = key, pixmap
        return self._ground[1]

    @override
    def paint_picture(self, painter: QPainter) -> None:
        [face], [shown], view = self._faces, self._images, self.view
        assert view is not None
        within = QRectF(0, 0, view.picture.width, view.picture.height)
        if self._whole and self.before is not None:
            self.paint_before(painter)
            return
        smooth = self.smooth or (face.now is not None and face.now.image.size() != shown.size)
        face.paint(painter, within, view.extent.width, self._paint_wash, smooth=smooth)

    @override
    def paint_before(self, painter: QPainter) -> None:
        before, view = self.before, self.view
        assert before is not None
        assert before.image is not None
        assert view is not None
        copies = self._before_copies
        if copies is None or copies.image.cacheKey() != before.image.cacheKey():
            copies = self._before_copies = ImagePyramid(before.image)
        within = QRectF(0, 0, view.picture.width, view.picture.height)
        place = place_of(before, within)
        painter.setClipRect(within, Qt.ClipOperation.IntersectClip)
        painter.fillRect(within, self._theme.colour("well"))
        smooth = self.smooth or place.size() != QSizeF(before.image.size())
        width = max(1, round(view.extent.width * place.width() / within.width()))
        paint_copy(painter, place, copies, width, smooth=smooth)

    def _paint_tags(self, painter: QPainter) -> None:
        """Say on the picture which side is which."""
        before = self.before
        if before is None:
            return
        place = self.place.intersected(QRectF(self.rect()).adjusted(0, 0, 0, -self._foot))
        edge = place.right() if self._whole else self.divider
        left = QRectF(place.topLeft(), QPointF(edge, place.bottom()))
        right = QRectF(QPointF(edge, place.top()), place.bottomRight())
        paint_tag(painter, self._theme, self.font(), left, before.title, at_right=False)
        if not self._whole:
            words = _("this picture")
            paint_tag(painter, self._theme, self.font(), right, words, at_right=True)

    def _paint_grid(self, painter: QPainter) -> None:
        boxes = self._grid()
        painter.save()
        self.use_device_pixels(painter)
        radius = RADIUS * self.devicePixelRatioF()
        whole = [_rect(box) for box in boxes]
        around = QRectF() if not whole else whole[0].united(whole[-1])
        for face, box, within in zip(self._faces, boxes, whole, strict=True):
            frame = QPainterPath()
            frame.addRoundedRect(within, radius, radius)
            painter.save()
            painter.setClipPath(frame, Qt.ClipOperation.IntersectClip)

            def paint_wash(painter: QPainter, within: QRectF) -> None:
                self._paint_wash(painter, within, around)

            face.paint(painter, within, box.size.width, paint_wash, smooth=True)
            painter.restore()
        painter.restore()

    def _paint_current(self, painter: QPainter) -> None:
        """Mark the current picture: a gap in the ground's colour, and a ring around it."""
        if self.current is None:
            return
        place = self.places[self.current]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, wide, out in (
            ("stage", RING_GAP, RING_GAP / 2),
            ("accent", RING, RING_GAP + RING / 2),
        ):
            painter.setPen(QPen(self._theme.colour(colour), wide))
            painter.drawRoundedRect(
                place.adjusted(-out, -out, out, out), RADIUS + out, RADIUS + out
            )

    def _paint_wash(self, painter: QPainter, within: QRectF, around: QRectF | None = None) -> None:
        """Paint the part of the wash that is seen through a pane, of all that lie `around`."""
        around = around or within
        painter.fillRect(within, self._theme.colour("well"))
        frame = self._wash_frame(around.width() / max(1.0, around.height()))
        across, down = frame.width() / around.width(), frame.height() / around.height()
        source = QRectF(
            (within.left() - around.left()) * across,
            (within.top() - around.top()) * down,
            within.width() * across,
            within.height() * down,
        )
        painter.save()
        painter.setOpacity(_share(self._appear))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(within, frame, source)
        painter.restore()

    def _wash_frame(self, shape: float) -> QImage:
        """Return the frame of this moment, of a shape, as large as the pictures are together."""
        if self._frame is None:
            area, ratio = self.fit_area.size, self.devicePixelRatioF()
            high = min(area.height, area.width / shape) / ratio
            if self._wash is None:
                self._wash = Wash(dark=self._theme.tokens.name != "light")
            self._frame = self._wash.frame(round(high * shape), round(high), self._moment)
        return self._frame

    def drift(self) -> None:
        """Show the next frame of the wash."""
        self._moment += self._drift.interval() / 1000
        self._frame = None
        self.update(self._awaiting)

    @property
    def _awaiting(self) -> QRegion:
        """Where the wash is seen."""
        region = QRegion()
        for face, place in zip(self._faces, self.places, strict=True):
            if face.waits or face.fading_from_wash:
                region += QRegion(place.toAlignedRect())
        return region

    def _watch_wash(self) -> None:
        """Let the wash drift while somebody can see it, and rest otherwise."""
        wanted = self._theme.motion and self.isVisible() and not self._awaiting.isEmpty()
        if wanted and not self._drift.isActive():
            self._drift.start()
        elif not wanted:
            self._drift.stop()
            self._ground = None

    def _forget_wash(self) -> None:
        self._wash = self._frame = self._ground = None
        self._watch_wash()

    # -- events

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch_wash()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._drift.stop()
        self._ground = None

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is LEFT and not self.moving:
            self._pressed = event.position()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pressed = self._pressed
        if pressed is None:
            super().mouseMoveEvent(event)
            return
        far = (event.position() - pressed).manhattanLength()
        if far >= QApplication.startDragDistance():
            self._pressed = None
            self._drag_out(self._number_at(pressed))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is not LEFT:
            return
        clicked, self._pressed = self._pressed is not None, None
        number = self._number_at(event.position())
        if clicked and number is not None and len(self._images) > 1:
            self.current_requested.emit(number)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position())
        if len(self._images) < 2:
            super().mouseDoubleClickEvent(event)
        elif event.button() is LEFT and number is not None:
            self.image_opened.emit(number)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if len(self._images) > 1 and key in ARROWS:
            self.current_requested.emit(self._neighbour(*ARROWS[key]))
        elif len(self._images) > 1 and key in ENDS:
            self.current_requested.emit(0 if ENDS[key] < 0 else len(self._images) - 1)
        elif len(self._images) > 1 and key in ENTER:
            self.image_opened.emit(self._current)
        elif len(self._images) == 1 and self.fits and key in STEPS:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.step_requested.emit(-STEPS[key] if back else STEPS[key])
        elif len(self._images) == 1 and key in ENDS:
            self.end_requested.emit(ENDS[key])
        else:
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent) and self._images:
            number, point = self._asked(event)
            path = None if number is None else self._images[number].path
            if path:
                if number != self._current:
                    self.current_requested.emit(number)  # so that it is seen which is meant
                self.menu_requested.emit(path, point)
                return True
        return super().event(event)

    def _asked(self, event: QContextMenuEvent) -> tuple[int | None, QPoint]:
        """Return for which picture a menu is asked, and where it opens; the key: the current's."""
        if len(self._images) == 1:
            return 0, event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            return self._current, self.mapToGlobal(self.places[self._current].center().toPoint())
        return self._number_at(QPointF(event.pos())), event.globalPos()

    @override
    def show_cursor(self, point: QPointF) -> None:
        if len(self._images) > 1 and self._number_at(point) is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            super().show_cursor(point)

    # -- the rest

    def _grid(self) -> list[Box]:
        """Return where each picture of a grid is, in device pixels."""
        if not self._images:
            return []
        gap = round(GAP * self.devicePixelRatioF())
        return grid_boxes(len(self._images), _size(self._images[0]), self.fit_area, gap=gap)

    def _neighbour(self, across: int, down: int) -> int:
        """Return the picture beside the current one, that way; itself where there is none."""
        places = self.places
        here = places[self._current].center()

        def far(number: int) -> float:
            by = places[number].center() - here
            along, aside = by.x() * across + by.y() * down, by.x() * down + by.y() * across
            return along + 4 * abs(aside) if along > 1 else float("inf")

        best = min(range(len(places)), key=far)
        return best if far(best) < float("inf") else self._current

    def _number_at(self, point: QPointF) -> int | None:
        for number, place in enumerate(self.places):
            if place.contains(point):
                return number
        return None

    def _drag_out(self, number: int | None) -> None:
        """Let the picture's file be dragged to any place that takes one."""
        path = self._images[number].path if number is not None else None
        if number is None or path is None:
            return
        drag = QDrag(self)
        drag.setMimeData(as_files([path]))
        image = self._images[number].image
        if image is not None:
            small = image.scaled(
                DRAGGED_SIDE,
                DRAGGED_SIDE,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            drag.setPixmap(QPixmap.fromImage(small))
        drag.exec(Qt.DropAction.CopyAction)

    def _describe(self) -> None:
        count = len(self._images)
        done = sum(shown.path is not None for shown in self._images)
        if count == 0:
            words = _("Nothing yet")
        elif done < count:
            words = ngettext(
                "{done} of {count} picture is done", "{done} of {count} pictures are done", count
            ).format(done=done, count=count)
        else:
            words = ngettext("{count} picture", "{count} pictures", count).format(count=count)
            if count > 1:
                current = _("number {n} is current").format(n=self._current + 1)
                words = f"{words}, {current}"
        self.setAccessibleDescription(words)


class _Face(QObject):
    """What is painted for one picture: the image now, and what fades away under it."""

    def __init__(self, shown: ViewedImage, stage: Stage) -> None:
        super().__init__(stage)
        image, self._awaited = _seen(shown), shown.path is None
        self.now = None if image is None else ImagePyramid(image)
        self._old = self.now
        self.fade = _fade(self, stage.update)
        self.fade.finished.connect(stage._watch_wash)

    @property
    def waits(self) -> bool:
        """Whether there is nothing of it yet, so that the wash is seen."""
        return self.now is None and self._awaited

    @property
    def fading_from_wash(self) -> bool:
        """Whether the wash still shines through its first preview."""
        return self._old is None and self._awaited and _share(self.fade) < 1

    def turn(self, image: QImage | None, duration: int) -> None:
        """Show another image; it covers the old one within so many milliseconds."""
        self._old, self.now = self.now, None if image is None else ImagePyramid(image)
        self.fade.stop()
        if duration:
            self.fade.setDuration(duration)
            self.fade.start()

    def paint(
        self,
        painter: QPainter,
        within: QRectF,
        width: int,
        paint_wash: Callable[[QPainter, QRectF], None],
        *,
        smooth: bool,
    ) -> None:
        """Paint it, so many device pixels across."""
        share = _share(self.fade)
        if self.waits or self.fading_from_wash:
            paint_wash(painter, within)
        if self.now is None:
            return
        if share < 1:
            if self._old is not None:
                paint_copy(painter, within, self._old, width, smooth=smooth)
            painter.setOpacity(share)
        paint_copy(painter, within, self.now, width, smooth=smooth)
        painter.setOpacity(1)


def _fade(parent: QObject, update: Callable[[], None]) -> QVariantAnimation:
    """Return an animation of an opacity."""
    fade = QVariantAnimation(parent)
    fade.setStartValue(0.0)
    fade.setEndValue(1.0)
    fade.setEasingCurve(QEasingCurve.Type.OutCubic)
    fade.valueChanged.connect(lambda value: update())
    return fade


def _share(fade: QVariantAnimation) -> float:
    """Return how far a fade is; one that does not run is done."""
    if fade.state() is QVariantAnimation.State.Stopped:
        return 1.0
    return float(fade.currentValue())


def _size(shown: ViewedImage) -> Size:
    return Size(max(1, shown.size.width()), max(1, shown.size.height()))


def _seen(shown: ViewedImage) -> QImage | None:
    """Return what is seen of a picture: itself, its preview, or what it begins with."""
    return shown.start if shown.image is None else shown.image


def _rect(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.size.width, box.size.height)
