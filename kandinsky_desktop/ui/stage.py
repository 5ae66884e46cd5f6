"""The stage: pictures large, as they grow and when they are done. Fit, zoom, pan, compare."""

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.gallery import as_files
from kandinsky_desktop.state.viewer import ViewedImage
from kandinsky_desktop.ui.image_scaling import upscaled
from kandinsky_desktop.ui.theme import Theme

MARGIN = 24
GAP = 8
RADIUS = 8
ZOOM_STEP = 1.25
CLOSEST = 32.0  # screen pixels a picture pixel
FADE_MS = 140
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class Stage(QWidget):
    """Shows one picture, or a grid of those that belong together."""

    image_clicked = Signal(int)  # a picture of the grid was clicked
    zoomed = Signal(float)  # screen pixels a picture pixel
    menu_requested = Signal(object, object)  # Path, QPoint on the screen
    compare_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 96)
        self.setAccessibleName(_("Stage"))
        self._theme = theme
        self._ringed = False  # a ring shows where the keys go, to those who came by keys
        self._images: list[ViewedImage] = []
        self._shown: list[_Face] = []
        self._zoom: float | None = None  # None: fitted
        self._centre = QPointF(0.5, 0.5)  # the point of the picture in the middle, 0..1
        self._pressed: QPoint | None = None
        self._dragged = False
        self._comparing = self._with_preview = False
        self._divider = 0.5
        self._foot = self._wide = 0  # room for each picture of a grid, in the widget's own pixels
        self._moving_divider = False
        self._fade = QVariantAnimation(self)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setDuration(FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.valueChanged.connect(self._on_fade)
        theme.changed.connect(self.update)

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
        return len(self._images) == 1 and self._before(self._images[0]) is not None

    @property
    def places(self) -> list[QRectF]:
        """Where each picture is, in the widget's own pixels."""
        return self._places()

    @property
    def scale(self) -> float:
        """Screen pixels a picture pixel."""
        if not self._images:
            return 1.0
        return self._zoom if self._zoom is not None else self._fitting(self._images[0].size)

    def show_images(self, images: Sequence[ViewedImage]) -> None:
        """Put other pictures on the stage, fitted."""
        self._images = list(images)
        self._shown = [_Face(sight.image) for sight in images]
        self._zoom, self._centre = None, QPointF(0.5, 0.5)
        self._fade.stop()
        self._tell()

    def update_image(self, number: int, sight: ViewedImage) -> None:
        """Change a picture in place: a preview goes on, or the finished picture replaces it."""
        if not 0 <= number < len(self._images):
            return
        other = sight.image is not self._images[number].image
        self._images[number] = sight
        if other:
            self._shown[number].turn(sight.image)
            if self._theme.motion and self.isVisible():
                self._fade.stop()
                self._fade.start()
            else:
                self._on_fade(1.0)
        self._tell()

    def compare(self, on: bool, *, preview: bool = False) -> None:
        """Show the picture beside what it is compared with, divided by a line to drag.

        That is the picture that was on the stage before it or, with `preview`, its last preview.
        """
        if on and not self._comparing:
            self._divider = 0.5
        self._comparing, self._with_preview = on, preview
        self.update()

    def reserve(self, foot: int, wide: int) -> None:
        """Leave so much room under each picture of a grid and, if there is, so much across."""
        if (foot, wide) != (self._foot, self._wide):
            self._foot, self._wide = foot, wide
            self.update()

    def fit(self) -> None:
        """Show all of it."""
        self._zoom, self._centre = None, QPointF(0.5, 0.5)
        self._tell()

    def actual(self) -> None:
        """Show a picture pixel as a screen pixel."""
        self._zoom_to(1.0 / self.devicePixelRatioF(), None)

    def closer(self) -> None:
        """Zoom in."""
        self._zoom_to(self.scale * ZOOM_STEP, None)

    def farther(self) -> None:
        """Zoom out."""
        self._zoom_to(self.scale / ZOOM_STEP, None)

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("stage"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for face, sight, place in zip(self._shown, self._images, self._places(), strict=True):
            self._paint(painter, face, sight, place)
        if self._ringed and self._images:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 6, 6)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ringed = event.reason() in BY_KEYS
        super().focusInEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ringed = False
        super().focusOutEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._tell()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if len(self._images) == 1 and event.angleDelta().y():
            factor = ZOOM_STEP ** (event.angleDelta().y() / 120)
            self._zoom_to(self.scale * factor, event.position())
            event.accept()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position().toPoint(), False
            self._moving_divider = self._at_divider(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._pressed is None:
            self._point(event.position())
            return
        if self._moving_divider:
            place = self._places()[0]
            self._divider = min(1.0, max(0.0, (here.x() - place.left()) / place.width()))
            self.update()
            return
        far = (here - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if self._zoom is not None and len(self._images) == 1:
            self._pan(here - self._pressed)
            self._pressed, self._dragged = here, True
        elif far and not self._dragged:
            self._dragged = True
            self._drag_out(self._number_at(QPointF(self._pressed)))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        clicked = self._pressed is not None and not self._dragged and not self._moving_divider
        self._pressed, self._moving_divider = None, False
        number = self._number_at(event.position())
        if clicked and number is not None and len(self._images) > 1:
            self.image_clicked.emit(number)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if len(self._images) == 1:
            self.fit() if self._zoom is not None else self.actual()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = 40
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.closer()
            case Qt.Key.Key_Minus:
                self.farther()
            case Qt.Key.Key_0:
                self.fit()
            case Qt.Key.Key_1:
                self.actual()
            case Qt.Key.Key_C:
                self.compare_requested.emit()
            case Qt.Key.Key_Left:
                self._pan(QPoint(step, 0))
            case Qt.Key.Key_Right:
                self._pan(QPoint(-step, 0))
            case Qt.Key.Key_Up:
                self._pan(QPoint(0, step))
            case Qt.Key.Key_Down:
                self._pan(QPoint(0, -step))
            case _:
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

    def _before(self, sight: ViewedImage) -> QImage | None:
        return sight.preview if self._with_preview else sight.previous

    def _places(self) -> list[QRectF]:
        """Return where each picture is, in the widget's own pixels."""
        count = len(self._images)
        if count == 0:
            return []
        if count == 1:
            size = QSizeF(self._images[0].size) * self.scale
            corner = QPointF(
                self.width() / 2 - self._centre.x() * size.width(),
                self.height() / 2 - self._centre.y() * size.height(),
            )
            return [QRectF(corner, size)]
        columns, rows, scale = self._grid()
        cell = QSizeF(self._images[0].size) * scale
        room = (self.width() - 2 * MARGIN - (columns - 1) * GAP) / columns
        across = max(cell.width(), min(room, self._wide))
        whole = QSizeF(
            columns * across + (columns - 1) * GAP,
            rows * (cell.height() + self._foot) + (rows - 1) * GAP,
        )
        left, top = (self.width() - whole.width()) / 2, (self.height() - whole.height()) / 2
        return [
            QRectF(
                left + (number % columns) * (across + GAP) + (across - cell.width()) / 2,
                top + (number // columns) * (cell.height() + self._foot + GAP),
                cell.width(),
                cell.height(),
            )
            for number in range(count)
        ]

    def _grid(self) -> tuple[int, int, float]:
        """Return the columns, the rows and the scale that show the pictures largest."""
        count, size = len(self._images), self._images[0].size
        across, down = self.width() - 2 * MARGIN, self.height() - 2 * MARGIN

        def scale(columns: int) -> float:
            rows = ceil(count / columns)
            return max(
                0.01,
                min(
                    (across - (columns - 1) * GAP) / columns / size.width(),
                    ((down - (rows - 1) * GAP) / rows - self._foot) / size.height(),
                ),
            )

        best = 2 if count == 4 else max(range(1, count + 1), key=scale)  # four are two by two
        return best, ceil(count / best), scale(best)

    def _fitting(self, size: QSize) -> float:
        across, down = self.width() - 2 * MARGIN, self.height() - 2 * MARGIN
        scale = min(across / max(1, size.width()), down / max(1, size.height()))
        return max(0.01, scale)

    def _zoom_to(self, scale: float, at: QPointF | None) -> None:
        """Zoom so that the point under `at`, in the widget, stays where it is."""
        if len(self._images) != 1:
            return
        size = self._images[0].size
        scale = max(min(self._fitting(size), 1.0) / 4, min(scale, CLOSEST))
        middle = QPointF(self.width() / 2, self.height() / 2)
        at = at or middle
        place = self._places()[0]
        under = QPointF(
            (at.x() - place.left()) / place.width(), (at.y() - place.top()) / place.height()
        )
        self._zoom = scale
        self._centre = QPointF(
            under.x() - (at.x() - middle.x()) / (size.width() * scale),
            under.y() - (at.y() - middle.y()) / (size.height() * scale),
        )
        self._keep_in_sight()
        self._tell()

    def _pan(self, by: QPoint) -> None:
        if len(self._images) != 1 or self._zoom is None:
            return
        size = QSizeF(self._images[0].size) * self.scale
        self._centre -= QPointF(by.x() / size.width(), by.y() / size.height())
        self._keep_in_sight()
        self.update()

    def _keep_in_sight(self) -> None:
        self._centre = QPointF(
            min(1.0, max(0.0, self._centre.x())), min(1.0, max(0.0, self._centre.y()))
        )

    def _paint(self, painter: QPainter, face: "_Face", sight: ViewedImage, place: QRectF) -> None:
        painter.save()
        frame = QPainterPath()
        frame.addRoundedRect(place, RADIUS, RADIUS)
        if self._zoom is None:
            painter.setClipPath(frame)
        target = place.size().toSize() * self.devicePixelRatioF()
        if face.empty:
            painter.fillPath(frame, self._theme.colour("panel"))
        else:
            face.paint(painter, place, target, self._fade_now())
        before = self._before(sight) if self._comparing else None
        if before is not None:
            self._paint_before(painter, before, place, target)
        painter.restore()

    def _paint_before(
        self, painter: QPainter, before: QImage, place: QRectF, target: QSize
    ) -> None:
        edge = place.left() + place.width() * self._divider
        painter.save()
        painter.setClipRect(
            QRectF(place.left(), place.top(), edge - place.left(), place.height()),
            Qt.ClipOperation.IntersectClip,
        )
        painter.drawPixmap(place, upscaled(before, target), QRectF())
        painter.restore()
        painter.setPen(QPen(QColor("#FFFFFF"), 2))
        painter.drawLine(QPointF(edge, place.top()), QPointF(edge, place.bottom()))
        painter.setBrush(QColor("#FFFFFF"))
        painter.setPen(QPen(QColor("#555555"), 1))
        painter.drawEllipse(QPointF(edge, place.center().y()), 8, 8)

    def _at_divider(self, point: QPointF) -> bool:
        if not (self._comparing and self.can_compare):
            return False
        place = self._places()[0]
        return abs(point.x() - (place.left() + place.width() * self._divider)) <= 10

    def _point(self, point: QPointF) -> None:
        if self._at_divider(point):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif len(self._images) > 1 and self._number_at(point) is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif self._zoom is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def _number_at(self, point: QPointF) -> int | None:
        for number, place in enumerate(self._places()):
            if place.contains(point):
                return number
        return None

    def _drag_out(self, number: int | None) -> None:
        """Let the picture's file be dragged to any place that takes one."""
        path = self._images[number].path if number is not None else None
        if number is None or path is None:
            return
        data = as_files([path])
        drag = QDrag(self)
        drag.setMimeData(data)
        image = self._images[number].image
        if image is not None:
            drag.setPixmap(
                QPixmap.fromImage(
                    image.scaled(
                        96,
                        96,
                        Qt.AspectRatioMode.KeepAspectRatio,
                        Qt.TransformationMode.SmoothTransformation,
                    )
                )
            )
        drag.exec(Qt.DropAction.CopyAction)
        self._pressed = None

    def _fade_now(self) -> float:
        if self._fade.state() is QVariantAnimation.State.Running:
            return float(self._fade.currentValue())
        return 1.0

    def _on_fade(self, value: object) -> None:
        if value == 1.0:
            for face in self._shown:
                face.settle()
        self.update()

    def _tell(self) -> None:
        self.zoomed.emit(self.scale)
        self._describe()
        self.update()

    def _describe(self) -> None:
        count = len(self._images)
        done = sum(sight.path is not None for sight in self._images)
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
        self._now, self._old = image, None if image is None else image
        self._pixmaps: dict[tuple[int, int, int], QPixmap] = {}

    @property
    def empty(self) -> bool:
        return self._now is None

    def turn(self, image: QImage | None) -> None:
        self._old, self._now = self._now, image

    def settle(self) -> None:
        self._old = self._now

    def paint(self, painter: QPainter, place: QRectF, target: QSize, share: float) -> None:
        assert self._now is not None
        if self._old is not None and share < 1:
            painter.drawPixmap(place, self._pixmap(self._old, target), QRectF())
            painter.setOpacity(share)
        painter.drawPixmap(place, self._pixmap(self._now, target), QRectF())
        painter.setOpacity(1)

    def _pixmap(self, image: QImage, target: QSize) -> QPixmap:
        key = (image.cacheKey(), target.width(), target.height())
        if key not in self._pixmaps:
            while len(self._pixmaps) > 2:
                self._pixmaps.pop(next(iter(self._pixmaps)))
            self._pixmaps[key] = upscaled(image, target)
        return self._pixmaps[key]
