"""The lightbox: one picture large, the next ones by a key, and all of them one after the other."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMargins, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.full_pictures import FullPictures
from kandinsky_desktop.ui.controls import icon_button, set_icon
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.picture_view import PictureView
from kandinsky_desktop.ui.theme import Theme

SLIDE_MS = 4000  # of each picture of a slide show
REST_MS = 2500  # of the mouse, until what lies over the picture goes
STAR = 14  # side of one, in unscaled pixels
BUTTON, INSET = 40, 16  # of a button over the picture, and from the edge
CLOSING = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
SHADE = QColor(17, 17, 17, 199)
WHITE = QColor("#FFFFFF")


class Lightbox(QWidget):
    """Shows one of a list of pictures; whoever opens it says which there are."""

    closed = Signal()
    showed = Signal(int)  # another number of the list is shown
    menu_requested = Signal(object)  # QPoint on the screen

    def __init__(self, theme: Theme, pictures: FullPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._pictures = theme, pictures
        self._count, self._number = 0, 0
        self._path_of: Callable[[int], Path | None] = lambda number: None
        self._small_of: Callable[[int], QImage | None] = lambda number: None
        self._title_of: Callable[[int], str] = lambda number: ""
        self._size_of: Callable[[int], Size | None] = lambda number: None
        self._stars_of: Callable[[int], int] = lambda number: 0
        self.view = PictureView(theme)
        self.view.room = QMargins(0, 0, 0, 0)
        self.view.setAccessibleName(_("Picture, large"))
        self.caption = _Caption(theme, self)
        self.back = _Floating(theme, "chevron-left", _("The picture before (Left)"), self)
        self.on = _Floating(theme, "chevron-right", _("The next picture (Right)"), self)
        self.slides = _Floating(theme, "play", _("All of them, one after the other (F5)"), self)
        self.leave = _Floating(theme, "x", _("Back to all of them (Esc)"), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._next = QTimer(self)
        self._next.setInterval(SLIDE_MS)
        self._next.timeout.connect(self._slide)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self.view.step_requested.connect(self.step)
        self.view.end_requested.connect(lambda way: self.show_number(0 if way < 0 else -1))
        self.back.clicked.connect(lambda: self.step(-1))
        self.on.clicked.connect(lambda: self.step(1))
        self.slides.clicked.connect(self.toggle_slides)
        self.leave.clicked.connect(self.close_box)
        pictures.came.connect(self._on_came)
        pictures.failed.connect(self._on_failed)
        self.view.installEventFilter(self)
        self.view.setMouseTracking(True)

    @property
    def number(self) -> int:
        """Which one of the list is shown."""
        return self._number

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._path_of(self._number) if self._number < self._count else None

    @property
    def sliding(self) -> bool:
        """Whether a slide show goes on."""
        return self._next.isActive()

    def open_on(
        self,
        count: int,
        number: int,
        *,
        path_of: Callable[[int], Path | None],
        small_of: Callable[[int], QImage | None],
        title_of: Callable[[int], str],
        stars_of: Callable[[int], int] = lambda number: 0,
        size_of: Callable[[int], Size | None] = lambda number: None,
    ) -> None:
        """Show one of so many pictures; the others are asked for when they are reached."""
        self._count, self._path_of, self._small_of = count, path_of, small_of
        self._title_of, self._size_of, self._stars_of = title_of, size_of, stars_of
        self.show_number(number)
        self._wake()

    def close_box(self) -> None:
        """Let go of the pictures."""
        self._stop()
        self._pictures.want(())
        self.closed.emit()

    def step(self, by: int) -> None:
        """Show the next picture, or the one before; beyond the ends nothing happens."""
        self.show_number(min(max(self._number + by, 0), self._count - 1))

    def show_number(self, number: int) -> None:
        """Show one of the list; -1 is the last."""
        if not self._count:
            return
        self._number = number % self._count
        path, small = self.path, self._small_of(self._number)
        whole = None if path is None else self._pictures.image(path)
        if whole is not None:
            self.view.show_picture(whole)
        else:
            size = self._size_of(self._number)
            if size is None and small is not None:
                size = Size(max(1, 4 * small.width()), max(1, 4 * small.height()))
            self.view.show_picture(small, size, _("It is being read."))
        self._want()
        self.show_caption()
        self._show_ends()
        self.showed.emit(self._number)
        self._lay()

    def follow(self, count: int, number: int) -> None:
        """Go on with the picture that is shown: it has another place in the list now."""
        self._count, self._number = count, number
        self._want()
        self.show_caption()
        self._show_ends()

    def show_caption(self) -> None:
        """Say what the picture is, which of how many, and how many stars it has."""
        if self._number < self._count:
            title, stars = self._title_of(self._number), self._stars_of(self._number)
            self.caption.say(title, f"{self._number + 1:,} / {self._count:,}", stars)
            self.view.setAccessibleDescription(title)
            self._lay()

    def _show_ends(self) -> None:
        self.back.setEnabled(self._number > 0)
        self.on.setEnabled(self._number + 1 < self._count)

    def toggle_slides(self) -> None:
        """Begin a slide show, or end it."""
        if self.sliding:
            self._stop()
        else:
            self._next.start()
            set_icon(self._theme, self.slides, "pause")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    @override
    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseMove, QEvent.Type.KeyPress):
            self._wake()
        if isinstance(event, QContextMenuEvent):
            self.menu_requested.emit(event.globalPos())
            return True
        if (
            isinstance(event, QMouseEvent)
            and event.type() is QEvent.Type.MouseButtonDblClick
            and self.view.fits
            and not self.view.place.contains(event.position())
        ):
            self.close_box()  # beside the picture
            return True
        return False

    @override
    def event(self, event: QEvent) -> bool:
        over = event.type() is QEvent.Type.ShortcutOverride
        if over and isinstance(event, QKeyEvent) and event.key() in CLOSING:
            event.accept()  # before the window hears it as a shortcut
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in CLOSING:
            if not event.isAutoRepeat():
                self.close_box()
        else:
            super().keyPressEvent(event)

    def _want(self) -> None:
        """Read this one, then those beside it, so that they are there when they are asked for."""
        near = (self._number, self._number + 1, self._number - 1, self._number + 2)
        paths = (self._path_of(one) for one in near if 0 <= one < self._count)
        self._pictures.want([path for path in paths if path is not None])

    def _on_came(self, path: Path) -> None:
        if self.isVisible() and path == self.path and (image := self._pictures.image(path)):
            self.view.complete(image)

    def _on_failed(self, path: Path, sentence: str) -> None:
        if self.isVisible() and path == self.path:
            self.view.show_picture(None, None, sentence)

    def _slide(self) -> None:
        """Show the next one, after the last the first; one that is not read yet is waited for."""
        path = self._path_of((self._number + 1) % max(1, self._count))
        if (
            path is None
            or self._pictures.image(path) is not None
            or self._number + 1 >= self._count
        ):
            self.show_number((self._number + 1) % max(1, self._count))

    def _stop(self) -> None:
        self._next.stop()
        set_icon(self._theme, self.slides, "play")

    def _wake(self) -> None:
        """Show what lies over the picture for a while."""
        self._show_over(True)
        self._rest.start()

    def _on_rest(self) -> None:
        over = (self.back, self.on, self.slides, self.leave)
        if any(one.underMouse() or one.hasFocus() for one in over):
            self._rest.start()
        elif self.isVisible():
            self._show_over(False)

    def _show_over(self, on: bool) -> None:
        for one in (self.back, self.on, self.slides, self.leave, self.caption):
            one.setVisible(on)
        shape = Qt.CursorShape.BlankCursor if not on else None
        if shape is not None:
            self.view.setCursor(shape)
        elif self.view.cursor().shape() is Qt.CursorShape.BlankCursor:
            self.view.unsetCursor()

    def _lay(self) -> None:
        side, wide, high = self._theme.px(BUTTON), self.width(), self.height()
        middle = (high - side) // 2
        self.back.setGeometry(INSET, middle, side, side)
        self.on.setGeometry(wide - INSET - side, middle, side, side)
        self.leave.setGeometry(wide - INSET - side, INSET, side, side)
        self.slides.setGeometry(wide - 2 * (INSET + side) + 8, INSET, side, side)
        self.caption.lay(QPoint(INSET, INSET), wide - 3 * INSET - 2 * side)
        for one in (self.back, self.on, self.slides, self.leave, self.caption):
            one.raise_()


class _Floating(QToolButton):
    """A round button over a picture, whatever its colours."""

    def __init__(self, theme: Theme, name: str, tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        plain = icon_button(theme, name, tip)
        plain.deleteLater()
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setObjectName("overpicture")
        self._theme = theme
        set_icon(theme, self, name)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        shade = QColor(SHADE)
        if self.underMouse() and self.isEnabled():
            shade.setAlpha(240)
        painter.setBrush(shade)
        ringed = self.hasFocus()
        painter.setPen(WHITE if ringed else Qt.PenStyle.NoPen)
        painter.drawEllipse(place)
        colour = QColor(WHITE)
        colour.setAlphaF(1.0 if self.isEnabled() else 0.35)
        side = self._theme.px(20)
        sign = QRectF(0, 0, side, side)
        sign.moveCenter(place.center())
        painter.setOpacity(colour.alphaF())
        icon(self.property("icon_name"), WHITE).paint(painter, sign.toRect())


class _Caption(QWidget):
    """What the picture is and which of how many, on a dark ground."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("lightboxcaption")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme, self._title, self._where, self._stars = theme, "", "", 0

    def say(self, title: str, where: str, stars: int) -> None:
        """Show other words, and so many stars."""
        self._title, self._where, self._stars = " ".join(title.split()), where, stars
        self.update()

    @property
    def _stars_wide(self) -> int:
        return self._stars * (self._theme.px(STAR) + 2) + (8 if self._stars else 0)

    def lay(self, corner: QPoint, room: int) -> None:
        """Lie in a corner, at most so wide."""
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self._title) + metrics.horizontalAdvance(self._where)
        wide = min(room, words + 3 * 12 + 8 + self._stars_wide)
        self.setGeometry(corner.x(), corner.y(), max(60, wide), self._theme.px(32))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        inside = self.rect().adjusted(12, 0, -12, 0)
        metrics = painter.fontMetrics()
        end = metrics.horizontalAdvance(self._where)
        shown = metrics.elidedText(
            self._title,
            Qt.TextElideMode.ElideRight,
            max(0, inside.width() - end - 12 - self._stars_wide),
        )
        side = self._theme.px(STAR)
        for number in range(self._stars):
            left = inside.left() + number * (side + 2)
            star = QRect(left, inside.center().y() - side // 2, side, side)
            icon("star-filled", self._theme.colour("star")).paint(painter, star)
        inside.setLeft(inside.left() + self._stars_wide)
        painter.setPen(WHITE)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(QColor("#C8C8C8"))
        painter.drawText(
            inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._where
        )
