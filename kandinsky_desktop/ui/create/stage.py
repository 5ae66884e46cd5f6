"""The stage: pictures large, as they grow and when they are done: one in a viewport, or a grid."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import ViewTransform
from kandinsky_desktop.state.pictures import as_files
from kandinsky_desktop.state.viewer import ViewedImage
from kandinsky_desktop.ui.create.image_grid import grid_boxes
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import LEFT, MARGIN, RADIUS, Viewport

GAP = 8
FADE_MS = 140
DRAGGED_SIDE = 96  # of the picture under the cursor


class Stage(Viewport):
    """Shows one picture, or a grid of those that belong together."""

    image_clicked = Signal(int)  # a picture of the grid was clicked
    menu_requested = Signal(object, object)  # Path, QPoint on the screen
    compare_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("stage")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 96)
        self.setAccessibleName(_("Stage"))
        self._images: list[ViewedImage] = []
        self._faces: list[_Face] = []
        self._pressed: QPointF | None = None  # where a click or a drag out may have begun
        self._comparing = self._with_preview = False
        self._before: ImagePyramid | None = None
        self._foot = self._wide = 0  # room for each picture of a grid, in the widget's own pixels
        self._fade = QVariantAnimation(self)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setDuration(FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.valueChanged.connect(self._on_fade)

    @property
    def images(self) -> tuple[ViewedImage, ...]:
        """What is on the stage."""
        return tuple(self._images)

    @property
    def comparing(self) -> bool:
        """Whether the picture is shown beside what it is compared with."""
        return self._comparing

    @property
    def can_compare(self) -> bool:
        """Whether there is one picture with something to compare it with."""
        return len(self._images) == 1 and self._compared_with() is not None

    @property
    def places(self) -> list[QRectF]:
        """Where each picture is, in the widget's own pixels."""
        if len(self._images) == 1:
            return [self.place]
        return [self.from_device(box) for box in self._grid()]

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
        return self._comparing and self.can_compare

    def show_images(self, images: Sequence[ViewedImage]) -> None:
        """Put other pictures on the stage, fitted."""
        self._images = list(images)
        self._faces = [_Face(shown.image) for shown in images]
        self._fade.stop()
        self._describe()
        self.show_size(_size(images[0]) if len(images) == 1 else None)

    def update_image(self, number: int, shown: ViewedImage) -> None:
        """Change a picture in place: a preview goes on, or the finished picture replaces it."""
        if not 0 <= number < len(self._images):
            return
        other = shown.image is not self._images[number].image
        self._images[number] = shown
        if other:
            self._faces[number].turn(shown.image)
            if self._theme.motion and self.isVisible():
                self._fade.stop()
                self._fade.start()
            else:
                self._on_fade(1.0)
        if len(self._images) == 1:
            self.change_size(_size(shown))
        self._describe()
        self.announce()

    def compare(self, on: bool, *, preview: bool = False) -> None:
        """Show the picture beside what it is compared with, divided by a line to drag.

        That is the picture that was on the stage before it or, with `preview`, its last preview.
        """
        if on and not self._comparing:
            self.center_divider()
        self._comparing, self._with_preview = on, preview
        self.update()

    def reserve(self, foot: int, wide: int) -> None:
        """Leave so much room under each picture of a grid and, if there is, so much across."""
        if (foot, wide) != (self._foot, self._wide):
            self._foot, self._wide = foot, wide
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    # -- painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_background(painter)
        if len(self._images) == 1:
            self.paint_view(painter)
        else:
            self._paint_grid(painter)
        if self._images:
            self.paint_ring(painter)

    @override
    def paint_picture(self, painter: QPainter) -> None:
        [face], [shown], view = self._faces, self._images, self.view
        assert view is not None
        within = QRectF(0, 0, view.picture.width, view.picture.height)
        if face.now is None:
            painter.setTransform(QTransform(*view.matrix).inverted()[0], True)
            painter.fillPath(self.frame(view), self._theme.colour("panel"))
        else:
            smooth = self.smooth or face.now.image.size() != shown.size  # a preview has fewer
            face.paint(painter, within, view.extent.width, self._fade_now(), smooth=smooth)

    @override
    def paint_before(self, painter: QPainter) -> None:
        image, view = self._compared_with(), self.view
        assert image is not None
        assert view is not None
        if self._before is None or self._before.image.cacheKey() != image.cacheKey():
            self._before = ImagePyramid(image)
        within = QRectF(0, 0, view.picture.width, view.picture.height)
        smooth = self.smooth or image.size() != self._images[0].size
        _paint_copy(painter, within, self._before, view.extent.width, smooth=smooth)

    def _paint_grid(self, painter: QPainter) -> None:
        painter.save()
        self.use_device_pixels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = RADIUS * self.devicePixelRatioF()
        for face, box in zip(self._faces, self._grid(), strict=True):
            within = QRectF(box.left, box.top, box.size.width, box.size.height)
            frame = QPainterPath()
            frame.addRoundedRect(within, radius, radius)
            painter.save()
            painter.setClipPath(frame, Qt.ClipOperation.IntersectClip)
            if face.now is None:
                painter.fillPath(frame, self._theme.colour("panel"))
            else:
                face.paint(painter, within, box.size.width, self._fade_now(), smooth=True)
            painter.restore()
        painter.restore()

    # -- events

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
            self.image_clicked.emit(number)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_C:
            self.compare_requested.emit()
        else:
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent) and self._images:
            number = 0 if len(self._images) == 1 else self._number_at(QPointF(event.pos()))
            path = None if number is None else self._images[number].path
            if path:
                self.menu_requested.emit(path, event.globalPos())
                return True
        return super().event(event)

    @override
    def show_cursor(self, point: QPointF) -> None:
        if len(self._images) > 1 and self._number_at(point) is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            super().show_cursor(point)

    # -- the rest

    def _compared_with(self) -> QImage | None:
        shown = self._images[0]
        return shown.preview if self._with_preview else shown.previous

    def _grid(self) -> list[Box]:
        """Return where each picture of a grid is, in device pixels."""
        if not self._images:
            return []
        margin, gap, foot, wide = (
            round(length * self.devicePixelRatioF())
            for length in (MARGIN, GAP, self._foot, self._wide)
        )
        return grid_boxes(
            len(self._images),
            _size(self._images[0]),
            self.device_size,
            margin=margin,
            gap=gap,
            foot=foot,
            wide=wide,
        )

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

    def _fade_now(self) -> float:
        if self._fade.state() is QVariantAnimation.State.Running:
            return float(self._fade.currentValue())
        return 1.0

    def _on_fade(self, value: object) -> None:
        if value == 1.0:
            for face in self._faces:
                face.settle()
        self.update()

    def _describe(self) -> None:
        count = len(self._images)
        done = sum(shown.path is not None for shown in self._images)
        if count == 0:
            words = _("Nothing yet")
        elif done < count:
            words = _("{done} of {count} pictures are done").format(done=done, count=count)
        else:
            words = ngettext("{count} picture", "{count} pictures", count).format(count=count)
        self.setAccessibleDescription(words)


class _Face:
    """What is painted for one picture: the image now and the one that fades away under it."""

    def __init__(self, image: QImage | None) -> None:
        self.now = None if image is None else ImagePyramid(image)
        self._old = self.now

    def turn(self, image: QImage | None) -> None:
        self._old, self.now = self.now, None if image is None else ImagePyramid(image)

    def settle(self) -> None:
        self._old = self.now

    def paint(
        self, painter: QPainter, within: QRectF, width: int, share: float, *, smooth: bool
    ) -> None:
        assert self.now is not None
        if self._old is not None and share < 1:
            _paint_copy(painter, within, self._old, width, smooth=smooth)
            painter.setOpacity(share)
        _paint_copy(painter, within, self.now, width, smooth=smooth)
        painter.setOpacity(1)


def _paint_copy(
    painter: QPainter, within: QRectF, pyramid: ImagePyramid, width: int, *, smooth: bool
) -> None:
    """Paint a picture that is so many device pixels across."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawPixmap(within, pyramid.pixmap(width, smooth=smooth), QRectF())


def _size(shown: ViewedImage) -> Size:
    return Size(max(1, shown.size.width()), max(1, shown.size.height()))
