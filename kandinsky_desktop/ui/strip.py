"""The strip: the newest pictures in a row, those in the making first."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
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
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile
from kandinsky_desktop.ui.visible_thumbnails import VisibleThumbnails

SIDE = 84  # of a thumbnail, in unscaled pixels
STYLE = TileStyle(radius=6, ring=3, focus=1)


class Strip(QFrame):
    """A list of tiles; one is current, and it is on the stage."""

    chosen = Signal(object)  # state.pictures.Tile
    menu_requested = Signal(object, object)  # Path, QPoint on the screen

    def __init__(self, theme: Theme, gallery: Gallery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._gallery = gallery
        self._view = _View(theme, gallery)
        self._delegate = _TilePainter(theme, self._view)
        self._view.setItemDelegate(self._delegate)
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self._view)
        self._view.clicked.connect(self._choose)
        self._view.activated.connect(self._choose)
        self._view.selectionModel().currentChanged.connect(self._choose)
        self._view.customContextMenuRequested.connect(self._ask_menu)
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def view(self) -> QListView:
        """The list itself."""
        return self._view

    def show_current(self, path: Path | None) -> None:
        """Mark the picture that is on the stage, without choosing it again."""
        selection = self._view.selectionModel()
        model = self._view.model()
        row = None if path is None else self._gallery.row_of(path)
        selection.blockSignals(True)
        selection.clear()
        if row is not None:
            selection.setCurrentIndex(
                model.index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        selection.blockSignals(False)
        self._view.viewport().update()

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(Gallery.TileRole))

    def _ask_menu(self, point: QPoint) -> None:
        index = self._view.indexAt(point)
        tile = index.data(Gallery.TileRole) if index.isValid() else None
        if tile and tile.path:
            self.menu_requested.emit(tile.path, self._view.viewport().mapToGlobal(point))

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(SIDE) + 8 + 16 + 10)
        self._view.doItemsLayout()


class _View(QListView):
    def __init__(self, theme: Theme, gallery: Gallery) -> None:
        super().__init__()
        self._theme = theme
        self.setModel(gallery)
        self._thumbnails = VisibleThumbnails(self, gallery)
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
        self.setSpacing(2)
        self.setTabKeyNavigation(False)

    @override
    def dataChanged(
        self, topLeft: AnyIndex, bottomRight: AnyIndex, roles: Sequence[int] = ()
    ) -> None:
        # a preview changes no size: QListView would lay out all tiles anew, at each step
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, roles)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._thumbnails.refresh()
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self._theme.colour("quiet"))
            words = _("Your pictures will line up here.")
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, words)

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
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # they belong to the window
            return
        super().keyPressEvent(event)


class _TilePainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        side = self._theme.px(SIDE)
        return QSize(side + 8, side + 8)

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tile: Tile = index.data(Gallery.TileRole)
        cell = QRectF(option.rect).adjusted(4, 4, -4, -4)
        ground = self._theme.colour("stage")
        content = TileContent(ground=ground, image=tile.image, in_the_making=tile.path is None)
        paint_tile(painter, self._theme, cell, STYLE, content, option.state)
