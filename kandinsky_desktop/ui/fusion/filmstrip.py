"""The film of the board: a strip from one card to another, or a sheet between four."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.filmstrip import Export, Filmstrip, Frame
from kandinsky_desktop.ui.controls import ElidedLabel, icon_button, inset, label, widen
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile
from kandinsky_desktop.ui.visible_thumbnails import VisibleThumbnails

FRAMES, FEWEST, MOST = 9, 3, 25  # of a strip
SIDE, SMALLEST, LARGEST = 5, 3, 8  # of a sheet
LEAST, TALLEST = 56, 104  # pixels of a frame of a strip
EDGE = 13  # of the film above and below its frames, where the holes are
CELLULOID, HOLE, PLACE = QColor("#191919"), QColor("#4A4A4A"), QColor("#2A2A2A")
STYLE = TileStyle(radius=3, ring=3, focus=1.5)
EXPORTS = {
    Export.PICTURES: N_("Pictures into a folder…"),
    Export.SHEET: N_("Contact sheet…"),
    Export.GIF: N_("Animated GIF…"),
    Export.WEBP: N_("Animated WebP…"),
}


class FilmstripPanel(QFrame):
    """Shows the film and emits requests to make, show or export it."""

    strip_requested = Signal(int, int, int)  # first and last card, frames
    sheet_requested = Signal(int)  # frames along its side
    changed = Signal()  # other cards, another number: what could be shot is another
    stop_requested = Signal()
    chosen = Signal(int)  # a frame
    export_requested = Signal(object)  # state.filmstrip.Export
    closed = Signal()

    def __init__(self, theme: Theme, filmstrip: Filmstrip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("film")
        self._theme, self._filmstrip = theme, filmstrip
        self._problem = ""
        self._shown: object = None  # what was last shown of the board
        self.strip_button, self.sheet_button = _segment(_("Strip")), _segment(_("Sheet"))
        self._kinds = QButtonGroup(self)
        for button in (self.strip_button, self.sheet_button):
            self._kinds.addButton(button)
        self.strip_button.setChecked(True)
        self.start, self.end = _cards(_("First card")), _cards(_("Last card"))
        self._arrow = label("→", "quiet")
        self._corners = ElidedLabel("quiet")
        self.count = QSpinBox()
        inset(self.count)
        widen(theme, self.count, 76)
        self.shoot = QPushButton()
        self.export = icon_button(theme, "save", _("Export"))
        self.export.setText(_("Export"))
        self.export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.export.setAccessibleName(_("Export the film"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.export)
        self.export.setMenu(self.menu)
        self._close = icon_button(theme, "x", _("Close the film"))
        self.view = FilmstripView(theme, filmstrip)
        self._lay_out()
        self._turned()
        self._kinds.buttonToggled.connect(self._turned)
        for box in (self.start, self.end):
            box.activated.connect(self.changed)
        self.count.valueChanged.connect(self._on_count)
        self.shoot.clicked.connect(self._shoot)
        self._close.clicked.connect(self.closed)
        self.view.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.view.submitted.connect(self.chosen)
        filmstrip.changed.connect(self.show_filmstrip)
        self.show_filmstrip()

    @property
    def is_sheet(self) -> bool:
        """Whether a sheet is to be shot."""
        return self.sheet_button.isChecked()

    @property
    def cards(self) -> tuple[int, int]:
        """The first and the last card of the strip; 0: there is none."""
        return self.start.currentData() or 0, self.end.currentData() or 0

    def show_board(self, board: Board) -> None:
        """Show other cards to choose from."""
        names, heard = board.names, [card.id for card in board.heard]
        shown = (names, heard, board.blend, board.restore)
        if shown == self._shown:  # a card in the hand moves sixty times a second
            return
        self._shown = shown
        chosen = self.cards
        for place, box in enumerate((self.start, self.end)):
            with QSignalBlocker(box):
                box.clear()
                for card in board.cards:
                    box.addItem(names[card.id], card.id)
                fallback = heard[place] if place < len(heard) else 0
                kept = chosen[place] if board.card(chosen[place]) else fallback
                box.setCurrentIndex(box.findData(kept))
        if chosen == (0, 0) or self.cards[0] == self.cards[1]:
            for place, box in enumerate((self.start, self.end)):
                if len(heard) > 1:
                    box.setCurrentIndex(box.findData(heard[place]))
        self._corners.set_text(" · ".join(names[card.id] for card in board.heard))
        self.changed.emit()

    def show_filmstrip(self) -> None:
        """Show another film, or that it begins or is over."""
        filmstrip = self._filmstrip
        self.view.lay(filmstrip.columns, film=filmstrip.columns == len(filmstrip.frames))
        self.menu.clear()
        for kind in filmstrip.exports:
            self.menu.addAction(_(EXPORTS[kind])).triggered.connect(
                lambda _on=False, kind=kind: self.export_requested.emit(kind)
            )
        self.export.setEnabled(bool(filmstrip.exports))
        self.export.setToolTip("" if filmstrip.exports else _("When all frames are there"))
        self._offer()

    def offer(self, problem: str, cost: str) -> None:
        """Enable making the film, or show why it cannot be made."""
        self._problem = problem
        self.shoot.setToolTip(problem or cost)
        self._offer()

    def _offer(self) -> None:
        busy = self._filmstrip.busy
        self.shoot.setText(_("Stop") if busy else _("Make"))
        what = _("Make the sheet") if self.is_sheet else _("Make the strip")
        self.shoot.setAccessibleName(self.shoot.text() if busy else what)
        self.shoot.setEnabled(busy or not self._problem)
        for button in self._kinds.buttons():
            button.setEnabled(not busy or button.isChecked())

    def _turned(self) -> None:
        sheet = self.is_sheet
        for part in (self.start, self._arrow, self.end):
            part.setVisible(not sheet)
        self._corners.setVisible(sheet)
        style = Qt.ToolButtonStyle  # beside the board there is little room
        self.export.setToolButtonStyle(
            style.ToolButtonIconOnly if sheet else style.ToolButtonTextBesideIcon
        )
        with QSignalBlocker(self.count):
            self.count.setRange(*((SMALLEST, LARGEST) if sheet else (FEWEST, MOST)))
            self.count.setValue(SIDE if sheet else FRAMES)
        self._on_count()

    def _on_count(self) -> None:
        side = self.count.value()
        self.count.setSuffix(f" × {side}" if self.is_sheet else " " + _("frames"))
        self.count.setAccessibleName(_("Frames along a side") if self.is_sheet else _("Frames"))
        self._offer()
        self.changed.emit()

    def _shoot(self) -> None:
        if self._filmstrip.busy:
            self.stop_requested.emit()
        elif self.is_sheet:
            self.sheet_requested.emit(self.count.value())
        else:
            self.strip_requested.emit(*self.cards, self.count.value())

    def _lay_out(self) -> None:
        self._what = what = QHBoxLayout()
        what.setSpacing(8)
        kinds = QHBoxLayout()
        kinds.setSpacing(4)
        kinds.addWidget(self.strip_button)
        kinds.addWidget(self.sheet_button)
        what.addLayout(kinds)
        what.addWidget(self.start, 1)
        what.addWidget(self._arrow)
        what.addWidget(self.end, 1)
        what.addWidget(self._corners, 1)
        self._acts = acts = QHBoxLayout()
        acts.setSpacing(8)
        for widget in (self.count, self.shoot, self.export):
            acts.addWidget(widget)
        acts.addStretch(1)
        acts.addWidget(self._close)
        head = QWidget()
        head.setMinimumWidth(1)  # where there is no room for one row there are two
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight, head)
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.setSpacing(8)
        self._head.addLayout(what, 1)
        self._head.addLayout(acts)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addWidget(head)
        column.addWidget(self.view, 1)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self._what.minimumSize().width() + self._acts.minimumSize().width()
        narrow = self.width() < needed + 40
        way = QBoxLayout.Direction
        if narrow == (self._head.direction() is way.TopToBottom):
            return
        self._head.setDirection(way.TopToBottom if narrow else way.LeftToRight)
        old, new = (self._acts, self._what) if narrow else (self._what, self._acts)
        old.removeWidget(self._close)  # it stays in the upper right corner
        new.addWidget(self._close)


class FilmstripView(QListView):
    """Shows the frames: a strip in one row, a sheet as a square."""

    submitted = Signal(int)  # Enter was pressed on a frame

    def __init__(self, theme: Theme, filmstrip: Filmstrip) -> None:
        super().__init__()
        self._theme, self._columns, self._film = theme, 1, True
        self.setModel(filmstrip)
        self._thumbnails = VisibleThumbnails(self, filmstrip)
        self.setAccessibleName(_("Frames of the film"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setItemDelegate(_FramePainter(theme, self))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._settle = QTimer(self)  # margins are not to be set while they are being used
        self._settle.setSingleShot(True)
        self._settle.setInterval(0)
        self._settle.timeout.connect(self._measure)
        theme.changed.connect(self._settle.start)

    @property
    def is_film(self) -> bool:
        """Whether the frames lie in one row."""
        return self._film

    @property
    def measuring(self) -> bool:
        """Whether its cells are about to change."""
        return self._settle.isActive()

    def lay(self, columns: int, *, film: bool) -> None:
        """Lay so many frames side by side."""
        self._columns, self._film = max(1, columns), film
        self._settle.start()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, self._theme.px(TALLEST) + 2 * EDGE if self._film else 320)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._theme.px(LEAST) + 2 * EDGE)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._film and self.model().rowCount():
            self._paint_film()
        super().paintEvent(event)
        self._thumbnails.refresh()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._thumbnails.release()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # they belong to the window
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if event.modifiers():
                event.ignore()  # Ctrl+Enter is the window's too
            elif self.currentIndex().isValid():
                self.submitted.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _measure(self) -> None:
        """Give each frame its cell: as large as there is room for."""
        room = self.contentsRect()
        across = (room.width() - 2) // self._columns  # the list wraps early without some room
        self.setWrapping(not self._film)
        if self._film:
            side = min(self._theme.px(TALLEST), max(self._theme.px(LEAST), across))
            bar = self.horizontalScrollBar().sizeHint().height()
            over = side * self._columns > room.width()
            self.setFixedHeight(side + 2 * EDGE + (bar if over else 0))
            self.setGridSize(QSize(side, side + 2 * EDGE))
            left = max(0, (room.width() - side * self._columns) // 2)
            self.setViewportMargins(left, 0, left, 0)
        else:
            self.setMinimumHeight(0)
            self.setMaximumHeight(16_777_215)
            rows = -(-self.model().rowCount() // self._columns)
            side = max(16, min(across, room.height() // max(1, rows)))
            self.setGridSize(QSize(side, side))
            left = max(0, (room.width() - side * self._columns - 2) // 2)
            self.setViewportMargins(left, 0, left, 0)
        self.updateGeometry()

    def _paint_film(self) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        grid, from_ = self.gridSize(), -self.horizontalScrollBar().value()
        band = QRectF(from_, 0, grid.width() * self._columns, grid.height())
        shape = QPainterPath()
        shape.addRoundedRect(band, 4, 4)
        painter.fillPath(shape, CELLULOID)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(HOLE)
        for number in range(int(band.width() // 16)):
            left = from_ + 5 + number * band.width() / int(band.width() // 16)
            for top in (4.0, band.height() - 9):
                painter.drawRoundedRect(QRectF(left, top, 7, 5), 1.5, 1.5)


class _FramePainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: FilmstripView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self._view.gridSize()

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        frame: Frame = index.data(Filmstrip.FrameRole)
        film = self._view.is_film
        cell = QRectF(option.rect).adjusted(2, EDGE if film else 2, -2, -EDGE if film else -2)
        empty = frame.image is None
        content = TileContent(
            ground=PLACE if film else self._theme.colour("panel"),
            outline=self._theme.colour("line") if empty and not film else None,
            image=frame.image,
            in_the_making=not empty and frame.path is None,
            caption=frame.caption,
        )
        paint_tile(painter, self._theme, cell, STYLE, content, option.state)


class BoardAndFilmstrip(QWidget):
    """The board, with a strip under it or a sheet beside it."""

    def __init__(self, board: QWidget, film: FilmstripPanel) -> None:
        super().__init__()
        self.film = film
        film.setProperty("beside", False)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(board, 3)
        self._box.addWidget(film)
        film.hide()

    def turn(self, *, sheet: bool) -> None:
        """Put a strip under the board, a sheet beside it."""
        if sheet == self.film.property("beside"):
            return
        self.film.setProperty("beside", sheet)
        self.film.style().polish(self.film)
        self._box.setDirection(
            QBoxLayout.Direction.LeftToRight if sheet else QBoxLayout.Direction.TopToBottom
        )
        self._box.setStretchFactor(self.film, 2 if sheet else 0)


def _segment(words: str) -> QToolButton:
    button = QToolButton()
    button.setText(words)
    button.setCheckable(True)
    button.setProperty("role", "segment")
    button.setAccessibleName(words)
    return button


def _cards(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box
