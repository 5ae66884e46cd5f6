"""A field for one picture: drop, paste or choose a file; shows a thumbnail, can be cleared."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from kandinsky_desktop.domain.conditioning import is_pasted, short_name
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.picture_kinds import SAVED_MEANING
from kandinsky_desktop.domain.task import NOWHERE
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import CollapsibleSection, icon_button
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import upscaled
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.mime import accept_copy, copied, images_in, may_hold_images
from kandinsky_desktop.ui.picture_files import ask_picture
from kandinsky_desktop.ui.theme import Theme

HEIGHT = 64
PLACE = 52  # of the small picture, in unscaled pixels


class ImageDropTarget(QAbstractButton):
    """Emits the picture that was put in; holds no state of the request."""

    images_received = Signal(object)  # ui.mime.DroppedImages
    cleared = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme, self._name = theme, name
        self._meanings = False
        self._path, self._image, self._target = NOWHERE, QImage(), False
        self.ask_file: Callable[[], Path | None] = self._ask_file
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clear = icon_button(
            theme, "x", _("Take out: {name} (Del)").format(name=name[:1].lower() + name[1:])
        )
        self.clear.setParent(self)
        self.clear.setCursor(Qt.CursorShape.ArrowCursor)
        self.clear.hide()
        self.clear.clicked.connect(self.cleared)
        self.clicked.connect(self._choose)
        theme.changed.connect(self._measure)
        self._measure()
        self.show_picture(NOWHERE, None)

    @property
    def path(self) -> Path:
        """The picture that is shown; NOWHERE: none."""
        return self._path

    def show_picture(self, path: Path, image: QImage | None) -> None:
        """Show a picture, small once its image is there, or that there is none."""
        self._path, self._image = path, image or QImage()
        there = path != NOWHERE
        self.clear.setVisible(there)
        says = short_name(path) if there else _("nothing yet")
        self.setAccessibleName(f"{self._name}: {says}")
        where = says if is_pasted(path) else str(path)
        self.setToolTip(where if there else _("Drop or paste a picture, or choose a file."))
        self.update()

    def offer_meanings(self, on: bool) -> None:
        """Let saved meanings be chosen too, besides pictures."""
        self._meanings = on

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(HEIGHT))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        hint = self.clear.sizeHint()
        self.clear.setGeometry(
            self.width() - hint.width() - 6,
            (self.height() - hint.height()) // 2,
            hint.width(),
            hint.height(),
        )

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and _is_paste(event):
            event.accept()  # it is for the well that has the focus, not for the window
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_paste(event):
            self.images_received.emit(images_in(copied(), meanings=self._meanings))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if self._path != NOWHERE:
                self.cleared.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not held(event):
            self.click()
        else:
            super().keyPressEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if may_hold_images(event.mimeData()):
            accept_copy(event)
            self._set_highlighted(on=True)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_highlighted(on=False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._set_highlighted(on=False)
        accept_copy(event)
        self.images_received.emit(images_in(event.mimeData(), meanings=self._meanings))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        lit = self._target or self.hasFocus()
        hovered = self.underMouse() and self.isEnabled()
        painter.fillPath(frame, theme.colour("hover" if hovered or self._target else "raised"))
        pen = QPen(theme.colour("accent" if lit else "line"), 2 if lit else 1)
        if self._path == NOWHERE and not lit:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(frame)
        self._paint_picture(painter)
        self._paint_words(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        place = self._place()
        if self._image.isNull():
            side = self._theme.px(20)
            sign = icon("image", self._theme.colour("quiet")).pixmap(
                QSize(side, side), self.devicePixelRatioF()
            )
            painter.drawPixmap(
                round(place.center().x() - side / 2), round(place.center().y() - side / 2), sign
            )
            return
        fitted = self._image.size().scaled(
            place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
        )
        within = QRectF(0, 0, fitted.width(), fitted.height())
        within.moveCenter(place.center())
        clip = QPainterPath()
        clip.addRoundedRect(within, 4, 4)
        painter.save()
        painter.setClipPath(clip)
        pixels = (within.size() * self.devicePixelRatioF()).toSize()
        painter.drawPixmap(within, upscaled(self._image, pixels), QRectF())
        painter.restore()
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawPath(clip)

    def _paint_words(self, painter: QPainter) -> None:
        there = self._path != NOWHERE
        left = self._place().right() + 8
        right = self.clear.x() - 4 if there else self.width() - 8
        place = QRectF(left, 4, right - left, self.height() - 8)
        painter.setPen(self._theme.colour("text" if there else "quiet"))
        words = short_name(self._path) if there else _("Drop a picture, or choose a file")
        if there:
            words = self.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideMiddle, int(place.width())
            )
        wrapped = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(place, int(wrapped), words)

    def _place(self) -> QRectF:
        side = self._theme.px(PLACE)
        return QRectF((self.height() - side) / 2, (self.height() - side) / 2, side, side)

    def _set_highlighted(self, *, on: bool) -> None:
        self._target = on
        self.update()

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(HEIGHT))

    def _choose(self) -> None:
        path = self.ask_file()
        if path is not None:
            data = QMimeData()  # read as if it had been dropped
            data.setUrls([QUrl.fromLocalFile(str(path))])
            self.images_received.emit(images_in(data, meanings=self._meanings))

    def _ask_file(self) -> Path | None:
        besides = SAVED_MEANING.endings if self._meanings else ()
        folder = self._path.parent if self._path != NOWHERE else Path.home()
        return ask_picture(self, self._name, folder, besides=besides)


class DropSection(CollapsibleSection):
    """A fold that takes a picture too, so that one can be dropped while it is closed."""

    images_received = Signal(object)  # ui.mime.DroppedImages

    def __init__(self, theme: Theme, title: str, body: QWidget) -> None:
        super().__init__(theme, title, body, is_open=False)
        self.setAcceptDrops(True)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if may_hold_images(event.mimeData()):
            accept_copy(event)
            self.set_highlighted(on=True)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.set_highlighted(on=False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self.set_highlighted(on=False)
        accept_copy(event)
        self.images_received.emit(images_in(event.mimeData()))


def _is_paste(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Paste)
