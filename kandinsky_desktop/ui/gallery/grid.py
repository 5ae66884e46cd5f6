"""The grid of any number of pictures: Qt's selection, drags and screen readers, our own geometry.

QListView lays every item out, with a call into Python for each. Here a place is arithmetic, so that
what is shown costs what is seen of it. Only what is new in sight is painted while it scrolls.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    QTimer,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QToolTip, QWidget

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import GutterScrollBar
from kandinsky_desktop.ui.gallery.cell import (
    SHADOW_REACH,
    Cell,
    Faces,
    check_place,
    paint_below,
    paint_cell,
    top_of,
)
from kandinsky_desktop.ui.gallery.geometry import GAP, GridGeometry
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.wash import Wash

AnyIndex = QModelIndex | QPersistentModelIndex
Flags = QItemSelectionModel.SelectionFlag
SIDES = (88, 380)  # of a cell, in unscaled pixels: the least and the most that can be asked for
SIDE = 130  # six of them stand in the usual window
HEADING = 42
FOOT, BAR_FOOT = 24, 80  # below the last cell; with the bar of what is chosen over it
SOON_MS = 8  # half a frame: many thumbnails, one repaint
DRAGGED = 96  # side of the picture under the cursor
SPREAD = 3  # pictures that are seen of many that are dragged
NOTCH = 120
LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
KEYS_OF_WINDOW = (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class Thumbnails(Protocol):
    """Where the grid's pictures come from."""

    ready: SignalInstance

    def image(self, picture: int) -> QImage | None:
        """Return a picture that is in memory."""

    def color(self, picture: int) -> QColor:
        """Return a picture's mean colour; an invalid one where it is not known."""

    def set_side(self, pixels: int) -> None:
        """Say how large a cell is, in pixels of the screen."""

    def wish(self, ids: Sequence[int]) -> None:
        """Say which pictures are wanted, the most wanted first, in place of all before."""


class PictureGrid(QListView):
    """Cells in sections. What is seen stays where it is when other things come, go or change."""

    opened = Signal(object)  # int: a picture, or a stack, is to be seen as what it holds
    viewed = Signal(object)  # int: a picture is to be seen large
    menu_requested = Signal(object)  # QPoint on the screen: for what is chosen
    chosen_changed = Signal()
    side_changed = Signal(int)  # of a cell, in unscaled pixels

    def __init__(
        self,
        theme: Theme,
        results: PictureResults,
        thumbnails: Thumbnails,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self._theme, self._results, self._thumbnails = theme, results, thumbnails
        self._faces = Faces()
        self._side, self._foot = SIDE, FOOT
        self.geometry_of = GridGeometry(1, 1, 0)
        self._held: _Held | None = None  # what was seen and chosen before a reset
        self._column: int | None = None  # that the cursor goes up and down in
        self._hovered = -1
        self._band: QPoint | None = None  # where a rubber band begins, from the top of the whole
        self._shown = range(0)
        self.painted = 0  # frames
        self._come: set[int] = set()
        self._beside: tuple[int, ...] = ()  # pictures that are wished for besides
        self.setAccessibleName(_("Your pictures"))
        self.setAccessibleDescription(_("Arrows lead on, Space shows one large, Enter opens it"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBar(GutterScrollBar())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._later = _timer(self, 0, self._wish)
        self._soon = _timer(self, SOON_MS, self._repaint)
        results.modelAboutToBeReset.connect(self._hold)
        results.rowsAboutToBeInserted.connect(self._hold)
        results.rowsAboutToBeRemoved.connect(self._hold)
        self.setModel(results)
        results.modelReset.connect(self._release)  # after Qt's own
        results.rowsInserted.connect(self._release)
        results.rowsRemoved.connect(self._release)
        results.sections_changed.connect(self.relayout)
        thumbnails.ready.connect(self._on_ready)
        theme.changed.connect(self._follow)

    # -- what it shows

    @property
    def results(self) -> PictureResults:
        """The pictures."""
        return self._results

    @property
    def side(self) -> int:
        """How large a cell is wanted, in unscaled pixels."""
        return self._side

    def set_side(self, side: int) -> None:
        """Show larger or smaller cells; what is seen stays in sight."""
        side = min(max(side, SIDES[0]), SIDES[1])
        if side != self._side:
            self._side = side
            self.relayout()
            self.side_changed.emit(side)

    def set_bar(self, on: bool) -> None:
        """Leave room below the last cell for a bar that lies over it, or not."""
        self._foot = BAR_FOOT if on else FOOT
        self._measure()

    def relayout(self) -> None:
        """Compute the places anew; what is seen stays in sight."""
        anchor = self._anchor()
        self._measure()
        self._put(anchor)
        self.viewport().update()

    # -- what is chosen

    @property
    def current_id(self) -> int | None:
        """The picture that the keys act on."""
        row = self.currentIndex().row()
        return int(self._results.ids[row]) if 0 <= row < len(self._results.ids) else None

    @property
    def chosen_rows(self) -> list[range]:
        """The chosen rows, as few ranges in their order; of 10,000 it costs what of one."""
        chosen = self.selectionModel().selection()
        ranges = (chosen.at(number) for number in range(chosen.count()))
        rows = (range(one.top(), one.bottom() + 1) for one in ranges)
        return sorted(rows, key=lambda one: one.start)

    @property
    def chosen_count(self) -> int:
        """How many cells are chosen."""
        return sum(len(rows) for rows in self.chosen_rows)

    @property
    def chosen_ids(self) -> list[int]:
        """The ids of what is chosen, in the order of their rows."""
        ids = self._results.ids
        return [
            int(picture) for rows in self.chosen_rows for picture in ids[rows.start : rows.stop]
        ]

    def choose(self, ids: Iterable[int], current: int | None = None) -> None:
        """Choose just these, as far as they are there, and let the keys act on one of them."""
        rows = np.flatnonzero(np.isin(self._results.ids, np.fromiter(ids, np.int64)))
        self._select(rows, Flags.ClearAndSelect)
        row = None if current is None else self._results.row_of(current)
        if row is not None:
            self.selectionModel().setCurrentIndex(self._index(row), Flags.NoUpdate)
            self.scrollTo(self._index(row))

    def go_to(self, picture: int) -> None:
        """Choose one picture, and bring it into sight."""
        row = self._results.row_of(picture)
        if row is not None:
            self.setCurrentIndex(self._index(row))
            self.scrollTo(self._index(row))

    def to_top(self) -> None:
        """Show the first line."""
        self._held = None
        self.verticalScrollBar().setValue(0)

    # -- geometry

    @override
    def doItemsLayout(self) -> None:
        self._measure()
        self.viewport().update()

    def _measure(self) -> None:
        count, sections = len(self._results.ids), self._results.sections
        bar = self.verticalScrollBar().width()
        self.geometry_of = GridGeometry(
            self.viewport().width() + bar,
            self._theme.px(self._side),
            count,
            [one.start for one in sections] or (0,),
            [bool(one.title) for one in sections] or (False,),
            heading=self._theme.px(HEADING),
            foot=self._foot,
        )
        self._shown = range(0)  # the same rows may be other pictures now
        self.updateGeometries()

    @override
    def updateGeometries(self) -> None:
        bar, page = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(page)
        bar.setSingleStep(max(1, self.geometry_of.step // 3))
        bar.setRange(0, max(0, self.geometry_of.height - page))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = self._anchor()
        QAbstractItemView.resizeEvent(self, event)
        self._measure()
        self._put(anchor)

    @override
    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid() or index.row() >= self.geometry_of.count:
            return QRect()
        return self.geometry_of.place(index.row()).translated(0, -self.verticalOffset())

    @override
    def indexAt(self, p: QPoint) -> QModelIndex:
        row = self.geometry_of.row_at(p.x(), p.y() + self.verticalOffset())
        return QModelIndex() if row is None else self._index(row)

    @override
    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    @override
    def horizontalOffset(self) -> int:
        return 0

    @override
    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    @override
    def scrollTo(
        self,
        index: AnyIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not 0 <= index.row() < self.geometry_of.count:
            return
        place, grid = self.geometry_of.place(index.row()), self.geometry_of
        top, page, bar = self.verticalOffset(), self.viewport().height(), self.verticalScrollBar()
        first = grid.rows_of(grid.section_of(index.row())).start
        over = grid.heading if grid.place(first).top() == place.top() else GAP
        if hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(place.center().y() - page // 2)
        elif hint is QAbstractItemView.ScrollHint.PositionAtTop or place.top() - over < top:
            bar.setValue(place.top() - over)
        elif place.bottom() + self._foot > top + page:
            bar.setValue(place.bottom() + self._foot - page)

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self.devicePixelRatioF().is_integer():
            self.viewport().scroll(0, dy)  # what is seen already is moved, the rest painted
        else:
            self.viewport().update()
        self._later.start()

    def rows_in_sight(self) -> range:
        """Return the rows of which something is seen, whole lines of them."""
        top = self.verticalOffset()
        return self.geometry_of.rows_between(top, top + self.viewport().height() - 1)

    def _anchor(self) -> "_Anchor | None":
        """Return what is to stay where it is: the current picture if it is seen, else the first."""
        grid, top, page = self.geometry_of, self.verticalOffset(), self.viewport().height()
        if not grid.count or not top:
            return None
        row = self.currentIndex().row()
        if not 0 <= row < grid.count or not self._is_whole(row):
            rows = self.rows_in_sight()
            row = next((one for one in rows if self._is_whole(one)), rows.start)
        if row >= min(grid.count, len(self._results.ids)):
            return None
        share = (grid.place(row).top() - top) / max(1, page)
        return _Anchor(int(self._results.ids[row]), share, self._is_whole(row))

    def _is_whole(self, row: int) -> bool:
        place = self.geometry_of.place(row).translated(0, -self.verticalOffset())
        return place.top() >= 0 and place.bottom() < self.viewport().height()

    def _put(self, anchor: "_Anchor | None") -> None:
        """Scroll so that a picture lies where it was."""
        row = None if anchor is None else self._results.row_of(anchor.picture)
        if anchor is not None and row is not None and row < self.geometry_of.count:
            place, page = self.geometry_of.place(row), self.viewport().height()
            top = place.top() - round(anchor.share * page)
            if anchor.whole and place.height() < page:
                top = min(max(top, place.bottom() + 1 - page), place.top())
            self.verticalScrollBar().setValue(top)

    # -- what comes and goes

    def _hold(self) -> None:
        """Remember what is seen and chosen: rows are about to be others."""
        ids = self._results.ids
        rows = [rows for rows in self.chosen_rows if rows.stop <= len(ids)]
        chosen = np.concatenate([ids[one.start : one.stop] for one in rows]) if rows else None
        anchor = self._anchor()
        self._held = _Held(anchor, self.current_id, chosen)

    def _release(self) -> None:
        """Show what was seen where it was, and choose again what was chosen."""
        held, self._held = self._held, None
        self._measure()
        self.viewport().update()
        self._later.start()
        if held is None:
            return
        self._put(held.anchor)
        if held.chosen is not None and not self.selectionModel().hasSelection():
            self._select(np.flatnonzero(np.isin(self._results.ids, held.chosen)), Flags.Select)
        row = None if held.current is None else self._results.row_of(held.current)
        if row is not None and row != self.currentIndex().row():
            self.selectionModel().setCurrentIndex(self._index(row), Flags.NoUpdate)
        self.chosen_changed.emit()  # after a reset Qt says nothing of it

    def _select(self, rows: "np.ndarray[Any, Any]", flags: Flags) -> None:
        chosen = QItemSelection()
        if len(rows):
            breaks = np.flatnonzero(np.diff(rows) > 1) + 1
            bounds = [0, *breaks.tolist(), len(rows)]
            for start, stop in pairwise(bounds):
                chosen.select(self._index(int(rows[start])), self._index(int(rows[stop - 1])))
        self.selectionModel().select(chosen, flags)

    # -- keys, the mouse, and what they choose

    @override
    def moveCursor(
        self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count, grid, row = self.geometry_of.count, self.geometry_of, self.currentIndex().row()
        if not count or not 0 <= row < count:
            return self._index(0) if count else QModelIndex()
        column = grid.column_of(row) if self._column is None else self._column
        page = max(1, self.viewport().height() // grid.step)
        move = QAbstractItemView.CursorAction
        match cursorAction:
            case move.MoveLeft | move.MovePrevious:
                row, column = max(0, row - 1), -1
            case move.MoveRight | move.MoveNext:
                row, column = min(count - 1, row + 1), -1
            case move.MoveHome:
                row, column = 0, -1
            case move.MoveEnd:
                row, column = count - 1, -1
            case move.MoveUp:
                row = grid.moved(row, -1, column)
            case move.MoveDown:
                row = grid.moved(row, 1, column)
            case move.MovePageUp:
                row = grid.moved(row, -page, column)
            case _:
                row = grid.moved(row, page, column)
        self._column = None if column < 0 else column
        return self._index(row)

    @override
    def setSelection(self, rect: QRect, command: Flags) -> None:
        """Of a click one cell; with Shift all from the anchor on, as one reads; of a band all."""
        banding = self.state() is QAbstractItemView.State.DragSelectingState
        if command & Flags.Current and not banding and self._select_span(rect, command):
            return
        seen = rect.translated(0, self.verticalOffset())
        self._select(np.array(self.geometry_of.rows_in(seen), np.int64), command)

    def _select_span(self, rect: QRect, command: Flags) -> bool:
        """Choose all between the current cell and that in the corner across; whether there is."""
        corners = (rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft())
        rows = [self.indexAt(corner).row() for corner in corners]
        here = self.currentIndex().row()
        anchor = rows[(rows.index(here) + 2) % 4] if here in rows else -1
        if anchor < 0:
            return False
        span = QItemSelection(self._index(min(here, anchor)), self._index(max(here, anchor)))
        self.selectionModel().select(span, command)
        return True

    @override
    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Return what to paint anew where other cells are chosen."""
        region = QRegion()
        for row in self.rows_in_sight():
            if selection.contains(self._index(row)):
                region += self.visualRect(self._index(row)).adjusted(-6, -6, 6, 6)
        return region

    @override
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update()  # whether they are marked depends on how many there are
        self.chosen_changed.emit()

    @override
    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            self.viewport().update(self.visualRect(index).adjusted(-6, -6, 6, 6))
        self.chosen_changed.emit()

    @override
    def keyboardSearch(self, search: str) -> None:
        """Search nothing: letters are actions, and words are typed into the search."""

    @override
    def event(self, e: QEvent) -> bool:
        if e.type() is QEvent.Type.ShortcutOverride and isinstance(e, QKeyEvent):
            plain = not e.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and e.key() in (*ENTER, Qt.Key.Key_Space):
                e.accept()
                return True
        if e.type() is QEvent.Type.DevicePixelRatioChange:
            self._faces.clear()
            self._later.start()
        return super().event(e)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            words = index.data(self._results.BrokenRole) or index.data() if index.isValid() else ""
            if words:
                QToolTip.showText(
                    event.globalPos(), plain_tip(str(words)), self, self.visualRect(index)
                )
            else:
                QToolTip.hideText()
            return True
        if event.type() is QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), not event.modifiers() & (CTRL | SHIFT)
        current = self.current_id
        if key in KEYS_OF_WINDOW:
            event.ignore()
        elif key in ENTER and plain and current is not None:
            self.opened.emit(current)
        elif key == Qt.Key.Key_Space and plain:
            if current is not None:
                self.viewed.emit(current)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_side(round(self._side * 1.15))
        elif key == Qt.Key.Key_Minus:
            self.set_side(round(self._side / 1.15))
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._column = None
        at = event.position().toPoint()
        row = self._check_at(at)
        if event.button() is LEFT and row >= 0:
            self.selectionModel().setCurrentIndex(self._index(row), Flags.Toggle)
            return
        if event.button() is LEFT and not self.indexAt(at).isValid():
            section = self.geometry_of.head_at(at.y() + self.verticalOffset())
            if section is not None and self._head_holds(section, at):
                rows = self.geometry_of.rows_of(section)
                add = Flags.Select if event.modifiers() & (CTRL | SHIFT) else Flags.ClearAndSelect
                self._select(np.arange(rows.start, rows.stop), add)
                return
            self._band = at + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        super().mouseMoveEvent(event)
        if self.state() is QAbstractItemView.State.DragSelectingState:
            self.viewport().update()
        else:
            index = self.indexAt(at)
            self._hover(index.row() if index.isValid() and not event.buttons() else -1)
            head = self.geometry_of.head_at(at.y() + self.verticalOffset())
            hand = head is not None and self._head_holds(head, at)
            shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._band is not None:
            self._band = None
            self.viewport().update()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        if event.button() is LEFT and index.isValid() and self._check_at(at) < 0:
            self.opened.emit(int(self._results.ids[index.row()]))
        elif index.isValid():
            self.mousePressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            if index.isValid() and not self.selectionModel().isSelected(index):
                self.setCurrentIndex(index)
            point = event.globalPos()
        else:
            place = self.visualRect(self.currentIndex())
            point = self.viewport().mapToGlobal(place.center())
        if self.chosen_count:
            self.menu_requested.emit(point)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & CTRL:
            self.set_side(round(self._side * 1.15 ** (event.angleDelta().y() / NOTCH)))
            event.accept()
        else:
            super().wheelEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        selection = self.selectionModel()
        if not self.currentIndex().isValid() and self.geometry_of.count:
            selection.setCurrentIndex(self._index(self.rows_in_sight().start), Flags.NoUpdate)
        super().focusInEvent(event)
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    @override
    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        """Let the files of all that is chosen be dragged to any place that takes them."""
        rows = [row for rows in self.chosen_rows for row in rows]
        if not rows:
            return
        drag = QDrag(self)
        drag.setMimeData(self.model().mimeData([self._index(row) for row in rows]))
        drag.setPixmap(self._dragged(rows))
        drag.exec(Qt.DropAction.CopyAction)

    def _dragged(self, rows: Sequence[int]) -> QPixmap:
        """Return what is under the cursor: one picture, or the first of many with their number."""
        shown = rows[: SPREAD if len(rows) > 1 else 1]
        ratio, step = self.devicePixelRatioF(), 6
        side = DRAGGED + step * (len(shown) - 1)
        pixmap = QPixmap(round(side * ratio), round(side * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, row in reversed(list(enumerate(shown))):
            place = QRect((len(shown) - 1 - number) * step, number * step, DRAGGED, DRAGGED)
            cell = self._cell(row)
            shown_count = len(rows) if number == 0 else 1
            cell = Cell(key=cell.key, image=cell.image, colour=cell.colour, count=shown_count)
            paint_cell(painter, self._theme, self._faces, place, cell)
        painter.end()
        return pixmap

    def _check_at(self, at: QPoint) -> int:
        """Return the row whose mark is at a point, which chooses it or not; -1: none."""
        index = self.indexAt(at)
        if not index.isValid():
            return -1
        place = top_of(self.visualRect(index), self._cell(index.row()))
        return index.row() if check_place(place).adjusted(-4, -4, 4, 4).contains(at) else -1

    def _head_holds(self, section: int, at: QPoint) -> bool:
        """Whether a point lies on the words of a heading."""
        place = self._head_place(section)
        wide = self._heading_width(section)
        return QRect(place.left(), place.top(), wide, place.height()).contains(at)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            for one in (row, self._hovered):
                if 0 <= one < self.geometry_of.count:
                    self.viewport().update(self.visualRect(self._index(one)))
            self._hovered = row

    # -- painting

    @override
    def paintEvent(self, e: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        region, top = e.region(), self.verticalOffset()
        painter.fillRect(e.rect(), self._theme.colour("stage"))
        grid, low, high = self.geometry_of, e.rect().top() + top, e.rect().bottom() + top
        for head in grid.heads_between(low, high):
            self._paint_heading(painter, head.section)
        painter.setFont(self.font())
        seen = []
        for row in grid.rows_between(low - SHADOW_REACH, high + SHADOW_REACH):
            place = grid.place(row).translated(0, -top)
            reach = place.adjusted(-SHADOW_REACH, -SHADOW_REACH, SHADOW_REACH, SHADOW_REACH)
            if region.intersects(reach):
                seen.append((place, self._cell(row)))
        for place, cell in seen:
            paint_below(painter, self._theme, place, cell)
        for place, cell in seen:
            paint_cell(painter, self._theme, self._faces, place, cell)
        self._paint_band(painter)
        self.painted += 1
        rows = self.rows_in_sight()
        if rows != self._shown:
            self._shown = rows
            self._faces.keep_for(len(rows), self.pixels)
            self._later.start()

    def _cell(self, row: int) -> Cell:
        """Return what a row shows."""
        results, picture = self._results, int(self._results.ids[row])
        index = self._index(row)

        def told(role: int) -> Any:
            return index.data(role)

        image = self._thumbnails.image(picture)
        if image is None and picture < 0:
            image = told(Qt.ItemDataRole.DecorationRole) or _wash(
                dark=self._theme.tokens.name != "light"
            )
        stack = told(results.OpenStackRole) or 0
        share = told(results.ShareRole) if picture < 0 else 1.0
        selection = self.selectionModel()
        chosen = selection.hasSelection() and selection.isSelected(index)
        return Cell(
            key=picture,
            image=image,
            colour=None if image is not None else self._thumbnails.color(picture),
            stars=told(results.StarsRole) or 0,
            count=told(results.StackRole) or 1,
            is_open=stack == picture,
            is_member=stack not in (0, picture),
            broken=told(results.BrokenRole) or "",
            share=share if share is not None and share < 1 else None,
            chosen=chosen,
            marked=chosen and self._is_multiple(),
            offered=row == self._hovered,
            focused=row == self.currentIndex().row() and self.hasFocus(),
        )

    def _is_multiple(self) -> bool:
        """Whether more than one cell is chosen."""
        chosen = self.selectionModel().selection()
        return chosen.count() > 1 or (chosen.count() == 1 and chosen.at(0).height() > 1)

    @property
    def pixels(self) -> int:
        """The side of a cell in device pixels."""
        return round(self.geometry_of.side * self.devicePixelRatioF())

    def _head_place(self, section: int) -> QRect:
        rows = self.geometry_of.rows_of(section)
        first = self.geometry_of.place(rows.start)
        wide = self.geometry_of.width
        place = QRect(first.left(), first.top() - self.geometry_of.heading, wide, 0)
        place.setHeight(self.geometry_of.heading)
        return place.translated(0, -self.verticalOffset())

    def _heading_fonts(self) -> tuple[QFont, QFont]:
        title, count = QFont(self.font()), QFont(self.font())
        title.setPixelSize(self._theme.px(16))
        title.setWeight(QFont.Weight.DemiBold)
        count.setPixelSize(self._theme.px(12))
        return title, count

    def _heading_width(self, section: int) -> int:
        title, count = self._heading_fonts()
        words = self._results.sections[section].title
        told = _pictures(self._results.sections[section].pictures)
        wide = QFontMetrics(title).horizontalAdvance(words)
        return wide + 10 + QFontMetrics(count).horizontalAdvance(told)

    def _paint_heading(self, painter: QPainter, section: int) -> None:
        place, shown = self._head_place(section), self._results.sections[section]
        words = shown.title
        title, small = self._heading_fonts()
        painter.setFont(title)
        painter.setPen(self._theme.colour("text"))
        metrics = painter.fontMetrics()
        baseline = place.bottom() - self._theme.px(15)
        room = place.width() - 2 * self._theme.px(80)
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(room, 40))
        painter.drawText(QPoint(place.left(), baseline), words)
        beside = place.left() + metrics.horizontalAdvance(words) + 10
        painter.setFont(small)
        painter.setPen(self._theme.colour("quiet"))
        painter.drawText(QPoint(beside, baseline), _pictures(shown.pictures))

    def _paint_band(self, painter: QPainter) -> None:
        """Show the rubber band while it is drawn."""
        if self._band is None or self.state() is not QAbstractItemView.State.DragSelectingState:
            return
        here = self.viewport().mapFromGlobal(self.cursor().pos())
        band = QRect(self._band - QPoint(0, self.verticalOffset()), here).normalized()
        accent = self._theme.colour("accent")
        painter.setPen(QPen(accent, 1))
        accent.setAlphaF(0.15)
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(band).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    # -- thumbnails

    def wish_beside(self, ids: Sequence[int]) -> None:
        """Ask for pictures that are shown beside the grid, too."""
        self._beside = tuple(ids)
        self._later.start()

    def _wish(self) -> None:
        """Ask for what is seen and what is beside, then a page below, then a page above."""
        if not self.isVisible():
            self._thumbnails.wish(self._beside)
            return
        rows, ids = self.rows_in_sight(), self._results.ids
        page = len(rows)
        below = ids[rows.stop : rows.stop + page]
        above = ids[max(0, rows.start - page) : rows.start][::-1]
        beside = np.array(self._beside, np.int64)
        wanted = np.concatenate((ids[rows.start : rows.stop], beside, below, above))
        self._thumbnails.set_side(self.pixels)
        self._thumbnails.wish([one for one in wanted.tolist() if one >= 0])

    def _on_ready(self, ids: Iterable[int]) -> None:
        self._come.update(ids)
        if not self._soon.isActive():
            self._soon.start()

    def _repaint(self) -> None:
        """Paint only the cells anew whose pictures came."""
        come, self._come = self._come, set()
        rows = self.rows_in_sight()
        for row, picture in enumerate(
            self._results.ids[rows.start : rows.stop].tolist(), rows.start
        ):
            if picture in come:
                self.viewport().update(self.visualRect(self._index(row)))

    def _follow(self) -> None:
        self._faces.clear()
        self.relayout()

    def _index(self, row: int) -> QModelIndex:
        return self.model().index(row, 0)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A picture and where its top is, as a share of the view's height."""

    picture: int
    share: float
    whole: bool  # all of it is seen


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What was seen and chosen before rows became others."""

    anchor: _Anchor | None
    current: int | None
    chosen: "np.ndarray[Any, np.dtype[np.int64]] | None"


@lru_cache(maxsize=2)
def _wash(*, dark: bool) -> QImage:
    """Return what a picture in the making is before its first preview."""
    return Wash(dark=dark).frame(4 * SIDE, 4 * SIDE, 0)


def _timer(parent: PictureGrid, interval: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(call)
    return timer


def _pictures(count: int) -> str:
    return ngettext("{n} picture", "{n} pictures", count).format(n=f"{count:,}")
