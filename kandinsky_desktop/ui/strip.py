"""The strip: the newest pictures in a row, those in the making first."""

from collections.abc import Sequence
from functools import lru_cache
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
from kandinsky_desktop.ui.wash import Wash

SIDE, TALL_SIDE = 48, 80  # of a thumbnail: in a low window and in a high one, in pixels
AROUND = 8  # each tile, for its ring
STYLE = TileStyle(radius=6, ring=2, gap=2, focus=1, pill=True)
DASHED = 4  # places that are shown while there is no picture


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
        column.setContentsMargins(12, 1, 12, 0)
        column.addWidget(self._view)
        self._view.clicked.connect(self._choose)
        self._view.activated.connect(self._choose)
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

    def set_tall(self, on: bool) -> None:
        """Show larger tiles, where the window is high."""
        self._view.side = TALL_SIDE if on else SIDE
        self.setFixedHeight(self._view.side + 2 * AROUND)
        self._view.doItemsLayout()


class _View(QListView):
    def __init__(self, theme: Theme, gallery: Gallery) -> None:
        super().__init__()
        self._theme, self.side = theme, SIDE
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
        self.setViewportMargins(0, 3, 0, 3)
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
    def keyPressEvent(self, event: QKeyEvent) -> None:
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
        cell = QRectF(option.rect).adjusted(4, 4, -4, -4)
        ground = self._theme.colour("stage")
        making = tile.path is None
        image = tile.image
        if making and image is None:
            image = _wash(self._theme.tokens.name != "light")
        share = tile.share if making else None
        content = TileContent(ground=ground, image=image, share=share)
        paint_tile(painter, self._theme, cell, STYLE, content, option.state)
