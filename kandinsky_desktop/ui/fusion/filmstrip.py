"""The film of the board: a strip from one card to another, or a sheet between four."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QListView,
    QMenu,
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
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import ElidedLabel, TurningButton, icon_button, inset, widen
from kandinsky_desktop.ui.fusion.card_text import font_of
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile
from kandinsky_desktop.ui.visible_thumbnails import VisibleThumbnails

FRAMES, FEWEST, MOST = 9, 3, 25  # of a strip
SIDE, SMALLEST, LARGEST = 5, 3, 8  # of a sheet
LEAST, TALLEST = 48, 66  # pixels of a frame of a strip
BETWEEN = 24  # frames of a strip, at most
TITLE = 116  # width of what it is called, at most
PLACE = QColor("#2A2A2A")  # of a frame of a strip that is not painted yet
STYLE = TileStyle(radius=6, ring=3, focus=1.5)
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
    even_requested = Signal()  # the strip again, in even steps
    export_requested = Signal(object)  # state.filmstrip.Export
    closed = Signal()

    def __init__(self, theme: Theme, filmstrip: Filmstrip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("film")
        self._theme, self._filmstrip = theme, filmstrip
        self._problem = ""
        self._shown: object = None  # what was last shown of the board
        self._counts = {False: FRAMES, True: SIDE}  # of frames, by whether it is a sheet
        self.strip_button, self.sheet_button = _segment(_("Strip")), _segment(_("Sheet"))
        self._kinds = QButtonGroup(self)
        for button in (self.strip_button, self.sheet_button):
            self._kinds.addButton(button)
        self.strip_button.setChecked(True)
        self.start, self.end = _cards(_("First card")), _cards(_("Last card"))
        self._corners = ElidedLabel("quiet")
        self.count = QSpinBox()
        inset(self.count)
        widen(theme, self.count, 108)
        self.title = FilmTitle(theme)
        self.settings = _Settings(self)
        self.shoot = TurningButton()
        self.shoot.setProperty("role", "soft")
        self.even = icon_button(
            theme, "align-horizontal-distribute-center", _("Make it again in even steps")
        )
        self.export = icon_button(theme, "save", _("Export the film"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.export)
        self.export.setMenu(self.menu)
        self._close = icon_button(theme, "chevron-down", _("Close the film"))
        self._acts = QWidget()
        self.view = FilmstripView(theme, filmstrip)
        self._lay_out()
        self._turned()
        self._kinds.buttonToggled.connect(self._turned)
        for box in (self.start, self.end):
            box.activated.connect(self._on_cards)
        self.count.valueChanged.connect(self._on_count)
        self.title.clicked.connect(self._open_settings)
        self.shoot.clicked.connect(self._shoot)
        self.even.clicked.connect(self.even_requested)
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

    def show_kind(self, *, sheet: bool) -> None:
        """Turn to a strip or a sheet; what is being made stays until it is done."""
        if self._filmstrip.busy:
            return
        (self.sheet_button if sheet else self.strip_button).setChecked(True)

    def show_board(self, board: Board, titles: dict[int, str]) -> None:
        """Show other cards to choose from."""
        heard = [card.id for card in board.heard]
        cards = [(card.id, card.source) for card in board.cards]  # titles may be alike
        shown = (titles, heard, cards, board.blend, board.restore)
        if shown == self._shown:  # a card in the hand moves sixty times a second
            return
        self._shown = shown
        chosen = self.cards
        for place, box in enumerate((self.start, self.end)):
            with QSignalBlocker(box):
                box.clear()
                for card in board.cards:
                    box.addItem(titles.get(card.id, ""), card.id)
                fallback = heard[place] if place < len(heard) else 0
                kept = chosen[place] if board.card(chosen[place]) else fallback
                box.setCurrentIndex(box.findData(kept))
        if chosen == (0, 0) or self.cards[0] == self.cards[1]:
            for place, box in enumerate((self.start, self.end)):
                if len(heard) > 1:
                    box.setCurrentIndex(box.findData(heard[place]))
        self._corners.set_text(" · ".join(titles.get(card.id, "") for card in board.heard))
        self._on_cards()

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
        there = bool(filmstrip.exports)
        self.export.setToolTip(_("Export the film") if there else _("When all frames are there"))
        self.even.setEnabled(filmstrip.can_be_evened)
        even = _("Make it again in even steps: with more frames where it changes most")
        self.even.setToolTip(even if there else _("When all frames are there"))
        self._offer()

    def offer(self, problem: str, cost: str) -> None:
        """Enable making the film, or show why it cannot be made."""
        self._problem = problem
        self.shoot.setToolTip(plain_tip(problem or cost))
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
        self.settings.show_kind(sheet=sheet)
        with QSignalBlocker(self.count):
            self.count.setRange(*((SMALLEST, LARGEST) if sheet else (FEWEST, MOST)))
            self.count.setValue(self._counts[sheet])
        self._lay_out_as(sheet=sheet)
        self._say_what()
        self._on_count()

    def _on_cards(self) -> None:
        self._say_what()
        self.changed.emit()

    def _say_what(self) -> None:
        """Say what the film is and between what it leads."""
        if self.is_sheet:
            self.title.show_text(_("Sheet"), self._corners.text())
        else:
            ends = (self.start.currentText(), self.end.currentText())
            self.title.show_text(_("Film"), " → ".join(end for end in ends if end))

    def _open_settings(self) -> None:
        self.settings.adjustSize()
        above = QPoint(0, -self.settings.height() - 4)
        below = QPoint(0, self.title.height() + 4)
        self.settings.move(self.title.mapToGlobal(below if self.is_sheet else above))
        self.settings.show()
        (self.count if self.is_sheet else self.start).setFocus()

    def _on_count(self) -> None:
        side = self._counts[self.is_sheet] = self.count.value()
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
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        row = QHBoxLayout(self._acts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (self.even, self.export, self._close):
            row.addWidget(button)

    def _lay_out_as(self, *, sheet: bool) -> None:
        """Put a strip's frames beside what is done with them, a sheet's under it."""
        grid, view = self._grid, self.view
        parts: tuple[QWidget, ...] = (self.title, self.shoot, view, self._acts)
        for part in parts:
            grid.removeWidget(part)
        grid.setHorizontalSpacing(4 if sheet else 12)
        columns = (0, None, None, 3) if sheet else (0, 1, 2, 3)
        for part, column in zip(parts, columns, strict=True):
            if column is not None:
                grid.addWidget(part, 0, column)
        self.even.setVisible(not sheet)
        if sheet:  # beside the board there is little room across
            grid.addWidget(self.shoot, 1, 0, 1, 4)
            grid.addWidget(view, 2, 0, 1, 4)
        grid.setColumnStretch(2, 1)
        grid.setRowStretch(0, 0 if sheet else 1)
        grid.setRowStretch(2, 1 if sheet else 0)


class FilmTitle(QToolButton):
    """What the film is, in two lines; a click opens what can be set of it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = self._detail = ""
        self.setToolTip(_("Choose the cards and how many frames"))
        theme.changed.connect(self.updateGeometry)

    def show_text(self, title: str, detail: str) -> None:
        """Say another title and what it is between."""
        self._title, self._detail = title, detail
        self.setAccessibleName(f"{title}: {detail}")
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        bold, small = self._fonts()
        wide = max(
            QFontMetrics(bold).horizontalAdvance(self._title) + self._theme.px(22),
            QFontMetrics(small).horizontalAdvance(self._detail),
        )
        high = QFontMetrics(bold).height() + QFontMetrics(small).height() + 8
        return QSize(min(self._theme.px(TITLE), wide) + 12, high)

    @override
    def minimumSizeHint(self) -> QSize:
        bold, _small = self._fonts()
        title = QFontMetrics(bold).horizontalAdvance(self._title) + self._theme.px(22)
        return QSize(min(self.sizeHint().width(), title + 12), self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)  # its ground and the ring of the focus
        theme, painter = self._theme, QPainter(self)
        bold, small = self._fonts()
        upper, lower = QFontMetrics(bold).height(), QFontMetrics(small).height()
        top = (self.height() - upper - lower) // 2
        room = self.rect().adjusted(6, 0, -6, 0)
        painter.setFont(bold)
        painter.setPen(theme.colour("text"))
        place = QRect(room.left(), top, room.width(), upper)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._title)
        side = theme.px(14)
        left = room.left() + QFontMetrics(bold).horizontalAdvance(self._title) + 4
        chevron = icon("chevron-down", theme.colour("quiet"))
        chevron.paint(painter, left, top + (upper - side) // 2, side, side)
        painter.setFont(small)
        painter.setPen(theme.colour("quiet"))
        said = QFontMetrics(small).elidedText(
            self._detail, Qt.TextElideMode.ElideRight, room.width()
        )
        place = QRect(room.left(), top + upper, room.width(), lower)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, said)

    def _fonts(self) -> tuple[QFont, QFont]:
        theme = self._theme
        return font_of(self.font(), theme.px(13), bold=True), font_of(self.font(), theme.px(12))


class _Settings(QFrame):
    """What can be set of the film: its kind, its cards, how many frames. It floats."""

    def __init__(self, film: FilmstripPanel) -> None:
        super().__init__(film, Qt.WindowType.Popup)
        self.setObjectName("filmsettings")
        kinds = QHBoxLayout()
        kinds.setSpacing(4)
        kinds.addWidget(film.strip_button)
        kinds.addWidget(film.sheet_button)
        kinds.addStretch(1)
        self._form = QFormLayout()
        self._form.setSpacing(8)
        self._form.addRow(_("From"), film.start)
        self._form.addRow(_("To"), film.end)
        self._form.addRow(_("Between"), film._corners)
        self._form.addRow(_("Frames"), film.count)
        self._of_strip, self._of_sheet = (film.start, film.end), film._corners
        film._corners.setMinimumWidth(200)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(kinds)
        column.addLayout(self._form)

    def show_kind(self, *, sheet: bool) -> None:
        """Show what can be set of a strip, or of a sheet."""
        for part in self._of_strip:
            self._form.setRowVisible(part, not sheet)
        self._form.setRowVisible(self._of_sheet, sheet)
        self.adjustSize()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)


class FilmstripView(QListView):
    """Shows the frames: a strip in one row, a sheet as a square."""

    submitted = Signal(int)  # Enter was pressed on a frame
    menu_requested = Signal(int, object)  # of a frame, QPoint on the screen

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
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_requested.emit(index.row(), event.globalPos())

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, TALLEST if self._film else 320)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, LEAST)

    def place_of_frame(self, cell: QRect) -> QRectF:
        """Return where in its cell a frame is painted."""
        if not self._film:
            return QRectF(cell).adjusted(2, 2, -2, -2)
        side = min(TALLEST, cell.width() - 4, cell.height() - 4)
        place = QRectF(0, 0, side, side)
        place.moveCenter(QRectF(cell).center())
        return place

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
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
            if held(event):
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
            wanted = TALLEST + BETWEEN
            wide = min(wanted, max(LEAST + 4, across))
            bar = self.horizontalScrollBar().sizeHint().height()
            over = wide * self._columns > room.width()
            self.setGridSize(QSize(wide, room.height() - (bar if over else 0)))
            left = max(0, (room.width() - wide * self._columns - 2) // 2)
            self.setViewportMargins(left, 0, left, 0)
        else:
            rows = -(-self.model().rowCount() // self._columns)
            side = max(16, min(across, room.height() // max(1, rows)))
            self.setGridSize(QSize(side, side))
            left = max(0, (room.width() - side * self._columns - 2) // 2)
            self.setViewportMargins(left, 0, left, 0)
        self.updateGeometry()


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
        cell = self._view.place_of_frame(option.rect)
        empty = frame.image is None
        content = TileContent(
            ground=PLACE if film else self._theme.colour("panel"),
            outline=None if empty and film else self._theme.colour("line"),
            image=frame.image,
            in_the_making=not empty and frame.path is None,
            caption=frame.caption,
        )
        paint_tile(painter, self._theme, cell, STYLE, content, option.state)


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
