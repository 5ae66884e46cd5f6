"""One picture of a file in a viewport, by itself or over another that it is compared with."""

from enum import Enum

from PySide6.QtCore import QMargins, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import ViewTransform
from kandinsky_desktop.state.comparison import Before
from kandinsky_desktop.ui.compared import paint_copy, paint_tag, place_of
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import Viewport

STEPS = {  # from a picture that is fitted
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_PageDown: 1,
}
ENDS = {Qt.Key.Key_Home: -1, Qt.Key.Key_End: 1}


class Against(Enum):
    """How a picture is shown with another that it is compared with."""

    NOTHING = "nothing"
    DIVIDED = "divided"  # by a line to drag
    INSTEAD = "instead"  # the other one in its place


class PictureView(Viewport):
    """Shows a picture; until all of it is read, a small one as large."""

    step_requested = Signal(int)  # to the next picture, or to the one before: 1 or -1
    end_requested = Signal(int)  # to the first or to the last: -1 or 1
    moved = Signal()  # it lies otherwise

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(_("Picture"))
        self._copies: ImagePyramid | None = None
        self._before: Before | None = None
        self._before_copies: ImagePyramid | None = None
        self._against = Against.NOTHING
        self.words = ""  # in place of a picture, or why there is none
        self.tag = ""  # says on the picture which it is
        self.ground = "stage"
        self.room = QMargins(24, 24, 24, 24)
        self._is_small = False

    @property
    def image(self) -> QImage | None:
        """What is shown."""
        return None if self._copies is None else self._copies.image

    @property
    @override
    def margins(self) -> QMargins:
        return self.room

    @property
    @override
    def divided(self) -> bool:
        return self._against is Against.DIVIDED and self.before is not None

    @property
    def before(self) -> Before | None:
        """What it is compared with, once that is read."""
        return self._before if self._before is not None and self._before.image else None

    def show_picture(self, image: QImage | None, size: Size | None = None, words: str = "") -> None:
        """Show another picture, fitted; it has `size` where only a small one is there yet."""
        self.words = words
        self._copies = None if image is None else ImagePyramid(image)
        own = None if image is None else Size(image.width(), image.height())
        self._is_small = own is not None and size not in (None, own)
        self.setAccessibleDescription(words)
        self.show_size(size or own if image is not None else None)

    def complete(self, image: QImage) -> None:
        """Show all of the picture of which a small one was shown; zoom and middle stay."""
        self._copies, self._is_small, self.words = ImagePyramid(image), False, ""
        if self._view is None:
            self.show_size(Size(image.width(), image.height()))
        else:
            self.change_size(Size(image.width(), image.height()))
            self.announce()

    def show_before(self, before: Before | None, against: Against = Against.DIVIDED) -> None:
        """Compare it with another picture, or with none."""
        if self._before is None and before is not None:
            self.center_divider()
        self._before, self._against = before, against if before else Against.NOTHING
        image = None if before is None else before.image
        if image is None:
            self._before_copies = None
        elif (
            self._before_copies is None or self._before_copies.image.cacheKey() != image.cacheKey()
        ):
            self._before_copies = ImagePyramid(image)
        self.update()

    def take_view(self, view: ViewTransform, *, fits: bool) -> None:
        """Lie as another picture does, by shares of their sizes, so that both show one place."""
        mine = self.view
        if mine is None or (fits and self.fits):
            return
        if fits:
            self.fit()
            return
        size = self.device_size
        x, y = view.to_picture(size.width / 2, size.height / 2)
        scale = view.picture.width / mine.picture.width
        zoom = view.zoom * scale
        point = x / scale, y * mine.picture.height / view.picture.height
        placed = ViewTransform(mine.picture, zoom).placed(point, (size.width / 2, size.height / 2))
        if placed != self._view or self.fits:
            self._set(placed)

    # -- painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._view is None:
            painter.setPen(self._theme.colour("quiet"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self.words)
            return
        self._paint_tags(painter)

    @override
    def paint_background(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), self._theme.colour(self.ground))

    @override
    def paint_picture(self, painter: QPainter) -> None:
        view = self.view
        if view is None or self._copies is None:
            return
        if self._against is Against.INSTEAD and self.before is not None:
            self.paint_before(painter)
            return
        within = QRectF(0, 0, view.picture.width, view.picture.height)
        smooth = self.smooth or self._is_small
        paint_copy(painter, within, self._copies, view.extent.width, smooth=smooth)

    @override
    def paint_before(self, painter: QPainter) -> None:
        before, view, copies = self.before, self.view, self._before_copies
        if before is None or view is None or copies is None:
            return
        within = QRectF(0, 0, view.picture.width, view.picture.height)
        place = place_of(before, within)
        painter.setClipRect(within, Qt.ClipOperation.IntersectClip)
        painter.fillRect(within, self._theme.colour("well"))
        width = max(1, round(view.extent.width * place.width() / within.width()))
        smooth = self.smooth or place.size() != copies.image.size().toSizeF()
        paint_copy(painter, place, copies, width, smooth=smooth)

    def _paint_tags(self, painter: QPainter) -> None:
        place = self.place.intersected(QRectF(self.rect()))
        before = self.before
        if before is None or self._against is Against.NOTHING:
            if self.tag:
                paint_tag(painter, self._theme, self.font(), place, self.tag, at_right=False)
            return
        edge = self.divider if self.divided else place.right()
        left, right = QRectF(place), QRectF(place)
        left.setRight(edge)
        right.setLeft(edge)
        paint_tag(painter, self._theme, self.font(), left, before.title, at_right=False)
        if self.divided and self.tag:
            paint_tag(painter, self._theme, self.font(), right, self.tag, at_right=True)

    # -- keys, and where it lies

    @override
    def announce(self) -> None:
        super().announce()
        self.moved.emit()

    @override
    def _move(self, view: ViewTransform) -> None:
        super()._move(view)
        self.moved.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in STEPS and (self.fits or self._view is None):
            self.step_requested.emit(STEPS[key])
        elif key in ENDS:
            self.end_requested.emit(ENDS[key])
        elif key == Qt.Key.Key_Z and self._view is not None:
            size = self.device_size
            self._look_closer((size.width / 2, size.height / 2))
        elif key == Qt.Key.Key_Space:
            event.ignore()  # whoever shows it closes with the key that opened it
        else:
            super().keyPressEvent(event)
