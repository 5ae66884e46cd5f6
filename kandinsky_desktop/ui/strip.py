"""The strip: the newest pictures in a row, in stacks that open; those in the making first."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.pictures import AnyIndex, Tile
from kandinsky_desktop.state.stacks import Stacks
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile, paint_tray
from kandinsky_desktop.ui.visible_thumbnails import VisibleThumbnails
from kandinsky_desktop.ui.wash import Wash

SIDE, TALL_SIDE = 48, 80  # of a thumbnail: in a low window and in a high one, in pixels
AROUND = 8  # each tile, for its ring
STYLE = TileStyle(radius=6, ring=2, gap=2, focus=1, pill=True)
DASHED = 4  # places that are shown while there is no picture


class Strip(QFrame):
    """A list of tiles; one is current, and it is on the stage.

    A click or Enter opens a stack in its place, another one or Esc closes it.
    """

    chosen = Signal(object)  # state.pictures.Tile
    opened = Signal(object)  # pathlib.Path of a picture: by a double-click or Enter
    menu_requested = Signal(object, object)  # Path, QPoint on the screen

    def __init__(self, theme: Theme, gallery: Gallery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._stacks = Stacks(gallery)
        self._stacks.setParent(self)
        self._view = _View(theme, self._stacks)
        self._view.is_known = gallery.was_read
        gallery.listed.connect(self._on_listed)
        self._delegate = _TilePainter(theme, self._view)
        self._view.setItemDelegate(self._delegate)
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 1, 12, 0)
        column.addWidget(self._view)
        self._view.clicked.connect(self._click)
        self._view.activated.connect(self._open)
        self._view.toggled.connect(self._toggle)
        self._toggled_at = QElapsedTimer()
        self._view.selectionModel().currentChanged.connect(self._choose)
        self._view.customContextMenuRequested.connect(self._ask_menu)
        theme.changed.connect(self._view.viewport().update)
        self.set_tall(False)

    @property
    def view(self) -> QListView:
        """The list itself."""
        return self._view

    def show_current(self, path: Path | None) -> None:
        """Mark the picture that is on the stage, without choosing it again."""
        selection = self._view.selectionModel()
        model = self._view.model()
        row = self._row_of(path)
        selection.blockSignals(True)
        selection.clear()
        if row is not None:
            selection.setCurrentIndex(
                model.index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        selection.blockSignals(False)
        if row is not None:
            self._view.scrollTo(model.index(row, 0))
        self._view.viewport().update()

    def show_share(self, share: float) -> None:
        """Show how far the running job is."""
        self._stacks.show_share(share)

    def show_newest(self) -> None:
        """Scroll to what comes now, unless the hand is in the strip and looks at something else."""
        if not (self._view.hasFocus() or self._view.underMouse()):
            self._view.scrollToTop()
            self._view.horizontalScrollBar().setValue(0)

    def _on_listed(self) -> None:
        if not self._view.is_known:
            self._view.is_known = True
            self._view.viewport().update()

    def _row_of(self, path: Path | None) -> int | None:
        """Return where a file is to be marked: at its stack, if that is what was chosen."""
        if path is None:
            return None
        now = self._view.currentIndex()
        of_all = now.isValid() and not now.data(Gallery.TileRole).is_member
        if of_all and now.row() in self._stacks.rows_showing(path):
            return now.row()
        return self._stacks.row_of(path)

    def _click(self, index: QModelIndex) -> None:
        tile: Tile = index.data(Gallery.TileRole)
        if tile.members and not tile.is_member:
            pause = QApplication.styleHints().mouseDoubleClickInterval()
            if self._toggled_at.isValid() and self._toggled_at.elapsed() < pause:
                return  # the second half of a double-click
            self._toggled_at.start()
            self._toggle(index)
        self._choose(index)

    def _toggle(self, index: QModelIndex) -> None:
        """Open a stack, or close the one that is open."""
        row = self._stacks.open_row
        selection = self._view.selectionModel()
        if row is not None:
            selection.setCurrentIndex(  # before its pictures go, one of which may be current
                self._stacks.index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self._stacks.close()
        if index.isValid() and index.row() != row:
            self._stacks.open(self._view.currentIndex().row())
            self._view.executeDelayedItemsLayout()
            last = index.row() + len(index.data(Gallery.TileRole).members)
            self._view.scrollTo(self._stacks.index(last, 0))
            self._view.scrollTo(index)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(Gallery.TileRole))

    def _open(self, index: QModelIndex) -> None:
        self._choose(index)
        tile: Tile | None = index.data(Gallery.TileRole)
        if tile is not None and tile.path is not None:
            self.opened.emit(tile.path)

    def _ask_menu(self, point: QPoint) -> None:
        index = self._view.indexAt(point)
        tile = index.data(Gallery.TileRole) if index.isValid() else None
        if tile and tile.members and not tile.is_member and not tile.is_open:
            self._toggle(index)  # so that it is seen which one of them is meant
        if tile and tile.path:
            self.menu_requested.emit(tile.path, self._view.viewport().mapToGlobal(point))

    def set_tall(self, on: bool) -> None:
        """Show larger tiles, where the window is high."""
        self._view.side = TALL_SIDE if on else SIDE
        self.setFixedHeight(self._view.side + 2 * AROUND)
        self._view.doItemsLayout()


class _View(QListView):
    toggled = Signal(QModelIndex)  # a stack; invalid: the one that is open is to be closed

    def __init__(self, theme: Theme, stacks: Stacks) -> None:
        super().__init__()
        self._theme, self._stacks, self.side = theme, stacks, SIDE
        self.is_known = False  # whether no pictures in it means that there are none
        self.setModel(stacks)
        self._thumbnails = VisibleThumbnails(self, stacks)
        self.setAccessibleName(_("Your newest pictures"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)

    @override
    def dataChanged(
        self, topLeft: AnyIndex, bottomRight: AnyIndex, roles: Sequence[int] = ()
    ) -> None:
        # a preview changes no size: QListView would lay out all tiles anew, at each step
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, roles)

    @override
    def rowsInserted(self, parent: AnyIndex, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        bar = self.horizontalScrollBar()
        if start == 0 and bar.value():  # what is looked at stays where it is
            self.executeDelayedItemsLayout()
            bar.setValue(bar.value() + (end - start + 1) * (self.side + AROUND))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._thumbnails.refresh()
        if self.model().rowCount() == 0:
            self._paint_empty()

    def _paint_empty(self) -> None:
        """Show where pictures will be, and say so."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("edge"), 1, Qt.PenStyle.DashLine))
        place = QRectF(AROUND / 2 + 0.5, AROUND / 2 + 0.5, self.side - 1, self.side - 1)
        for _number in range(DASHED):
            painter.drawRoundedRect(place, STYLE.radius, STYLE.radius)
            place.translate(self.side + AROUND, 0)
        if not self.is_known:
            return
        painter.setPen(self._theme.colour("quiet"))
        words = QRectF(place.left() + AROUND, 0, self.width(), self.viewport().height())
        text = _("Your pictures gather here, newest first.")
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._thumbnails.release()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        selection = self.selectionModel()
        selection.blockSignals(True)  # Qt makes the first tile current: nobody has chosen it
        super().focusInEvent(event)
        selection.blockSignals(False)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.horizontalScrollBar()
        by = event.angleDelta().y() or event.angleDelta().x()
        bar.setValue(bar.value() - by)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            closes = event.key() == Qt.Key.Key_Escape and self._stacks.open_row is not None
            opens = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._on_stack
            if closes or opens:  # before the window hears them as shortcuts
                event.accept()
                return True
        return super().event(event)

    @property
    def _on_stack(self) -> bool:
        tile: Tile | None = self.currentIndex().data(Gallery.TileRole)
        return tile is not None and bool(tile.members) and not tile.is_member

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._stacks.open_row is not None:
            self.toggled.emit(QModelIndex())
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._on_stack:
            self.toggled.emit(self.currentIndex())
            return
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # they belong to the window
            return
        super().keyPressEvent(event)


@lru_cache(maxsize=2)
def _wash(dark: bool) -> QImage:
    """Return what a tile shows before its first preview."""
    return Wash(dark=dark).frame(4 * SIDE, 4 * SIDE, 0)


class _TilePainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: "_View") -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(self._view.side + AROUND, self._view.side + AROUND)

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tile: Tile = index.data(Gallery.TileRole)
        cell = QRectF(option.rect)
        ground = self._theme.colour("stage")
        making = tile.path is None
        image = tile.image
        if making and image is None:
            image = _wash(self._theme.tokens.name != "light")
        is_stack = bool(tile.members) and not tile.is_member
        if tile.is_member or tile.is_open:
            last = tile.is_member and tile.members[-1].key == tile.key
            paint_tray(painter, self._theme, cell, first=tile.is_open, last=last)
        content = TileContent(
            ground=ground,
            image=image,
            share=tile.share if making else None,
            count=len(tile.members) if is_stack else 0,
            is_open=tile.is_open,
        )
        paint_tile(painter, self._theme, cell.adjusted(4, 4, -4, -4), STYLE, content, option.state)
