"""The middle of the fusion room: the board, what floats over it, and the film beside it."""

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QRectF,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import icon_button
from kandinsky_desktop.ui.fusion.board import BoardView
from kandinsky_desktop.ui.fusion.filmstrip import FilmstripPanel
from kandinsky_desktop.ui.fusion.top_bar import BoardTools, FilmPills, Nearness
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import Viewport

SIDE, TOP, FOOT = 24, 12, 20  # from what floats to the edges of the board
DRAWER, GAP = 96, 10  # height of the film under the board, and the gap between them
GROWTH = 36  # of the film, where the text is twice as large: its frames stay
RADIUS = 8
SLIDE, SLIDE_MS = 12, 140  # how far the film comes in, and how long that takes
LARGE_TEXT = 1.2  # above it the caption of the result has only its menu


class FusionStage(QWidget):
    """Lays out the board, the film, and what floats over them."""

    def __init__(self, theme: Theme, board: BoardView, film: FilmstripPanel) -> None:
        super().__init__()
        self.setObjectName("stage")
        self._theme = theme
        self.board, self.film = board, film
        self.nearness, self.tools = Nearness(theme), BoardTools(theme)
        self.pills, self.buttons = FilmPills(theme), ResultButtons(theme)
        self.large = ResultView(theme)
        self.large.setParent(self)
        self.large.hide()
        self._drawer = _Drawer(theme, film)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(board, 3)
        self._box.addWidget(self._drawer)
        for part in (self.nearness, self.tools, self.pills, self.buttons):
            part.setParent(board)
            part.installEventFilter(self)
        board.installEventFilter(self)
        board.laid_out.connect(self._place)
        theme.changed.connect(self._turn)
        self._turn()
        self.show_film(False)

    @property
    def foot(self) -> int:
        """How much of its lower end notices leave free."""
        under = self.film.isVisibleTo(self) and not self.film.is_sheet
        return self._drawer.height() if under else 0

    def show_film(self, on: bool) -> None:
        """Open the film or close it."""
        slides = on and not self._drawer.isVisibleTo(self)
        self._drawer.setVisible(on)
        self.film.setVisible(on)
        if slides:
            self._drawer.slide()
        self.pills.setVisible(not on)
        self._turn()

    def turn(self) -> None:
        """Put a strip under the board, a sheet beside it."""
        self._turn()

    def show_result(self, *, there: bool) -> None:
        """Offer what can be done with the result, if there is one."""
        self.buttons.setVisible(there)
        self._place()

    def show_large(self, image: QImage | None) -> None:
        """Show a picture over everything, or the board again."""
        self.large.show_image(image)
        self.large.setVisible(image is not None)
        self.large.raise_()
        if image is not None:
            self.large.setFocus()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.large.setGeometry(self.rect())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = QEvent.Type
        resized = watched is self.board and event.type() is kind.Resize
        if resized or event.type() in (kind.LayoutRequest, kind.Show):
            self._place()
        return super().eventFilter(watched, event)

    def _turn(self) -> None:
        sheet, way = self.film.is_sheet, QBoxLayout.Direction
        self._drawer.turn(sheet=sheet)
        self._box.setDirection(way.LeftToRight if sheet else way.TopToBottom)
        self._box.setStretchFactor(self._drawer, 2 if sheet else 0)
        self.board.show_low(self.film.isVisibleTo(self) and not sheet)
        self.buttons.show_few(few=self._theme.scale > LARGE_TEXT)
        self._place()

    def _place(self) -> None:
        """Put what floats where it belongs."""
        board = self.board.rect()
        for part in (self.nearness, self.tools, self.pills, self.buttons):
            part.resize(part.sizeHint())
            part.raise_()
        line = max(self.nearness.height(), self.tools.height())
        self.nearness.move(SIDE, TOP + (line - self.nearness.height()) // 2)
        right = board.width() - SIDE - self.tools.width()
        self.tools.move(right, TOP + (line - self.tools.height()) // 2)
        self.pills.move(
            board.width() - SIDE - self.pills.width(),
            board.height() - FOOT // 2 - self.pills.height(),
        )
        caption = self.board.lies.middle_caption
        corner = self.board.mapFromScene(caption.topRight())
        high = round(caption.height())
        self.buttons.move(
            corner.x() - self.buttons.width() - 8,
            corner.y() + (high - self.buttons.height()) // 2,
        )
        self.board.result.buttons_width = self.buttons.width() + 8


class ResultButtons(QWidget):
    """What can be done with the fusion, in its caption."""

    large_requested = Signal()
    menu_requested = Signal(object)  # QPoint on the screen

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.large = icon_button(theme, "maximize", _("Show it large (F11)"))
        self.more = icon_button(theme, "ellipsis", _("What can be done with it"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in (self.large, self.more):
            button.setCursor(Qt.CursorShape.ArrowCursor)
            row.addWidget(button)
        self.large.clicked.connect(self.large_requested)
        self.more.clicked.connect(self._ask)

    def show_few(self, *, few: bool) -> None:
        """Leave room for the name where text is large: the menu has the rest."""
        self.large.setVisible(not few)

    def show_file(self, *, there: bool) -> None:
        """Allow what needs a file; a preview has none."""
        self.more.setEnabled(there)

    def _ask(self) -> None:
        self.menu_requested.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))


class ResultView(Viewport):
    """The fusion as large as there is room, over everything else."""

    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setAccessibleName(_("Fusion"))
        self._pyramid: ImagePyramid | None = None

    def show_image(self, image: QImage | None) -> None:
        """Show another picture, or another step of it."""
        size = None if image is None else Size(image.width(), image.height())
        view = self.view
        self._pyramid = None if image is None else ImagePyramid(image)
        if view is None or size is None:
            self.show_size(size)
        else:
            self.change_size(size)
            self.announce()

    @override
    def paint_picture(self, painter: QPainter) -> None:
        view = self.view
        assert view is not None
        if self._pyramid is not None:
            within = QRectF(0, 0, view.picture.width, view.picture.height)
            copy = self._pyramid.pixmap(view.extent.width, smooth=self.smooth)
            painter.drawPixmap(within, copy, QRectF())

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.closed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class _Drawer(QWidget):
    """A margin around the film, with its shadow."""

    def __init__(self, theme: Theme, film: FilmstripPanel) -> None:
        super().__init__()
        self._theme, self._film = theme, film
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(SLIDE_MS)
        self._slide.setStartValue(float(SLIDE))
        self._slide.setEndValue(0.0)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(lambda value: self._place_film(float(value)))
        self._column = QVBoxLayout(self)
        self._column.addWidget(film)
        theme.changed.connect(self.update)

    def slide(self) -> None:
        """Come in from below; the board has its new size at once, so that it moves only once."""
        if self._theme.motion:
            self._slide.stop()
            self._slide.start()

    def _place_film(self, down: float) -> None:
        inner = self.rect().marginsRemoved(self._column.contentsMargins())
        self._film.setGeometry(inner.translated(0, round(down)))
        self.update()

    def turn(self, *, sheet: bool) -> None:
        """Make room beside the board or under it."""
        if sheet:
            self._column.setContentsMargins(4, SIDE, SIDE, 4)
            self._film.setMinimumHeight(0)
            self._film.setMaximumHeight(16_777_215)
        else:
            self._column.setContentsMargins(SIDE, GAP, SIDE, 2)
            high = DRAWER + GROWTH * max(0.0, self._theme.scale - 1)
            self._film.setFixedHeight(round(high))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("stage"))
        paint_shadow(painter, self._theme.tokens, QRectF(self._film.geometry()), RADIUS)
