"""The grid of any number of pictures: Qt's selection, drags and screen readers, our own geometry.

QListView lays every item out, with a call into Python for each. Here a place is arithmetic, so that
what is shown costs what is seen of it. Only what is new in sight is painted while it scrolls.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QToolTip, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import GutterScrollBar
from kandinsky_desktop.ui.gallery.cell import (
    MARK_REACH,
    SHADOW_REACH,
    Faces,
    check_place,
    paint_below,
    paint_cell,
    top_of,
)
from kandinsky_desktop.ui.gallery.cell_content import CellContent
from kandinsky_desktop.ui.gallery.chosen_rows import Flags, choose_rows, chosen_rows
from kandinsky_desktop.ui.gallery.cursor import Cursor
from kandinsky_desktop.ui.gallery.date_bubble import DateBubble
from kandinsky_desktop.ui.gallery.dragged import SPREAD, dragged
from kandinsky_desktop.ui.gallery.geometry import GAP, GridGeometry
from kandinsky_desktop.ui.gallery.grid_layout import BAR_FOOT, FOOT, SIDES, GridLayout
from kandinsky_desktop.ui.gallery.grid_thumbnails import GridThumbnails, Thumbnails
from kandinsky_desktop.ui.gallery.headings import Headings
from kandinsky_desktop.ui.gallery.rubber_band import RubberBand
from kandinsky_desktop.ui.gallery.steady_sight import SteadySight
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
NOTCH = 120
AFTER_CLICK_MS = 100  # and the time of a double-click: then a cell moves into sight
LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
KEYS_OF_WINDOW = (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class PictureGrid(QListView):
    """Cells in sections. What is seen stays where it is when other things come, go or change."""

    opened = Signal(object)  # int: a picture, or a stack, is to be seen as what it holds
    viewed = Signal(object)  # int: a picture is to be seen large
    search_requested = Signal()
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
        self._theme, self._results = theme, results
        self._faces = Faces()
        self._hovered = -1
        self._shown = range(0)
        self.painted = 0  # frames
        self._layout = GridLayout(self, theme, results)
        self._sight = SteadySight(self, results, self._layout)
        self._headings = Headings(self, theme, results, self._layout)
        self._content = CellContent(self, theme, results, thumbnails)
        self._wishes = GridThumbnails(self, results, self._layout, thumbnails)
        self._cursor = Cursor()
        self._band = RubberBand(self, theme, self._layout)
        self._pressed_top = 0  # how far it was scrolled when the mouse was pressed
        self.setAccessibleName(_("Your pictures"))
        self.setAccessibleDescription(_("Arrows lead on, Space shows one large, Enter opens it"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBar(GutterScrollBar())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bubble = DateBubble(self, self.verticalScrollBar(), theme, results, self._layout)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        results.modelAboutToBeReset.connect(self._sight.hold)
        results.rowsAboutToBeInserted.connect(self._sight.hold)
        results.rowsAboutToBeRemoved.connect(self._sight.hold)
        self.setModel(results)
        results.modelReset.connect(self._release)  # after Qt's own
        results.rowsInserted.connect(self._release)
        results.rowsRemoved.connect(self._release)
        results.sections_changed.connect(self.relayout)
        theme.changed.connect(self._follow)

    # -- what it shows

    @property
    def results(self) -> PictureResults:
        """The pictures."""
        return self._results

    @property
    def geometry_of(self) -> GridGeometry:
        """Where all lies, from the top of the whole."""
        return self._layout.geometry

    @property
    def side(self) -> int:
        """How large a cell is wanted, in unscaled pixels."""
        return self._layout.side

    def set_side(self, side: int) -> None:
        """Show larger or smaller cells; what is seen stays in sight."""
        side = min(max(side, SIDES[0]), SIDES[1])
        if side != self._layout.side:
            self._layout.side = side
            self.relayout()
            self.side_changed.emit(side)

    def set_bar(self, on: bool) -> None:
        """Leave room below the last cell for a bar that lies over it, or not."""
        self._layout.foot = BAR_FOOT if on else FOOT
        self._measure()

    def relayout(self) -> None:
        """Compute the places anew; what is seen stays in sight."""
        anchor = self._sight.anchor()
        self._measure()
        self._sight.put(anchor)
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
        return chosen_rows(self.selectionModel())

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
        choose_rows(self.selectionModel(), rows, Flags.ClearAndSelect)
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
        self._sight.forget()
        self.verticalScrollBar().setValue(0)

    # -- geometry

    @override
    def doItemsLayout(self) -> None:
        self._measure()
        self.viewport().update()

    def _measure(self) -> None:
        self._layout.measure()
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
        anchor = self._sight.anchor()
        QAbstractItemView.resizeEvent(self, event)
        self._measure()
        self._sight.put(anchor)

    @override
    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid() or index.row() >= self.geometry_of.count:
            return QRect()
        return self._layout.place_of(index.row())

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
        elif place.bottom() + self._layout.foot > top + page:
            bar.setValue(place.bottom() + self._layout.foot - page)

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self.devicePixelRatioF().is_integer():
            self.viewport().scroll(0, dy)  # what is seen already is moved, the rest painted
        else:
            self.viewport().update()
        self._wishes.wish_soon()

    def rows_in_sight(self) -> range:
        """Return the rows of which something is seen, whole lines of them."""
        return self._layout.rows_in_sight()

    # -- what comes and goes

    def _release(self) -> None:
        """Show what was seen where it was, and choose again what was chosen."""
        self._measure()
        self.viewport().update()
        self._wishes.wish_soon()
        if self._sight.release():
            self.chosen_changed.emit()  # after a reset Qt says nothing of it

    # -- keys, the mouse, and what they choose

    @override
    def moveCursor(
        self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count, grid, row = self.geometry_of.count, self.geometry_of, self.currentIndex().row()
        if not count or not 0 <= row < count:
            return self._index(0) if count else QModelIndex()
        page = max(1, self.viewport().height() // grid.step)
        return self._index(self._cursor.moved(grid, row, cursorAction, page))

    @override
    def setSelection(self, rect: QRect, command: Flags) -> None:
        """Of a click one cell; with Shift all from the anchor on, as one reads; of a band all."""
        banding = self.state() is QAbstractItemView.State.DragSelectingState
        if command & Flags.Current and not banding and self._select_span(rect, command):
            return
        seen = rect.translated(0, self.verticalOffset())
        rows = np.array(self.geometry_of.rows_in(seen), np.int64)
        choose_rows(self.selectionModel(), rows, command)

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
        self.viewport().update()
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
            plain = not held(e)
            if plain and e.key() in (*ENTER, Qt.Key.Key_Space):
                e.accept()
                return True
        if e.type() is QEvent.Type.DevicePixelRatioChange:
            self._faces.clear()
            self._wishes.wish_soon()
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
        elif key == Qt.Key.Key_Slash and plain:  # no shortcut: for Qt it would be ? too
            self.search_requested.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_side(round(self.side * 1.15))
        elif key == Qt.Key.Key_Minus:
            self.set_side(round(self.side / 1.15))
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._cursor.forget_column()
        at = event.position().toPoint()
        row = self._check_at(at)
        if event.button() is LEFT and row >= 0:
            self.selectionModel().setCurrentIndex(self._index(row), Flags.Toggle)
            return
        if event.button() is LEFT and not self.indexAt(at).isValid():
            section = self._headings.section_at(at)
            if section is not None:
                rows = self.geometry_of.rows_of(section)
                add = Flags.Select if event.modifiers() & (CTRL | SHIFT) else Flags.ClearAndSelect
                choose_rows(self.selectionModel(), np.arange(rows.start, rows.stop), add)
                return
            self._band.begin(at)
        self.setAutoScroll(False)  # Qt would come back here, wherever it was scrolled to by then
        super().mousePressEvent(event)
        self.setAutoScroll(True)
        self._pressed_top = self._layout.top
        pause = QApplication.styleHints().mouseDoubleClickInterval() + AFTER_CLICK_MS
        QTimer.singleShot(pause, self, self._show_whole)

    def _show_whole(self) -> None:
        """Bring what was clicked into sight, unless something else was looked at since."""
        if self._layout.top == self._pressed_top:
            self.scrollTo(self.currentIndex())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        super().mouseMoveEvent(event)
        if self.state() is QAbstractItemView.State.DragSelectingState:
            self.viewport().update()
        else:
            index = self.indexAt(at)
            self._hover(index.row() if index.isValid() and not event.buttons() else -1)
            hand = self._headings.section_at(at) is not None
            shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._band.end():
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
            self.set_side(round(self.side * 1.15 ** (event.angleDelta().y() / NOTCH)))
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
        cells = [self._content.of(row) for row in rows[: SPREAD if len(rows) > 1 else 1]]
        return dragged(self._theme, self._faces, cells, len(rows), self.devicePixelRatioF())

    def _check_at(self, at: QPoint) -> int:
        """Return the row whose mark is at a point, which chooses it or not; -1: none."""
        index = self.indexAt(at)
        if not index.isValid():
            return -1
        place = top_of(self.visualRect(index), self._content.of(index.row()))
        mark = check_place(place, self._theme).adjusted(-4, -4, 4, 4)
        return index.row() if mark.contains(at) else -1

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
            self._headings.paint(painter, head.section)
        painter.setFont(self.font())
        seen = []
        for row in grid.rows_between(low - SHADOW_REACH, high + SHADOW_REACH):
            place = self._layout.place_of(row)
            reach = place.adjusted(-SHADOW_REACH, -SHADOW_REACH, SHADOW_REACH, SHADOW_REACH)
            if region.intersects(reach):
                seen.append((place, self._content.of(row, offered=row == self._hovered)))
        for place, cell in seen:
            paint_below(painter, self._theme, place, cell)
        for place, cell in seen:
            if region.intersects(place.adjusted(-MARK_REACH, -MARK_REACH, MARK_REACH, MARK_REACH)):
                paint_cell(painter, self._theme, self._faces, place, cell)
        self._band.paint(painter)
        self.painted += 1
        rows = self.rows_in_sight()
        if rows != self._shown:
            self._shown = rows
            self._faces.keep_for(len(rows), self._layout.pixels)
            self._wishes.wish_soon()

    def wish_beside(self, ids: Sequence[int]) -> None:
        """Ask for pictures that are shown beside the grid, too."""
        self._wishes.wish_beside(ids)

    def _follow(self) -> None:
        self._faces.clear()
        self.relayout()

    def _index(self, row: int) -> QModelIndex:
        return self.model().index(row, 0)
