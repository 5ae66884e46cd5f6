"""The sheet of ideas: choose some by click, arrows and Space, and have them painted in full."""

from math import ceil

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QPainter,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import ElidedLabel
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile

ImageRole = Qt.ItemDataRole.UserRole
GAP = 8
LEAST = 96  # side of an idea, in unscaled pixels; more of them scroll
STYLE = TileStyle(radius=8, ring=4, focus=1.5, focus_when_selected=True, badge=True)


class CandidateSheet(QWidget):
    """Shows ideas and says which of them are to be painted."""

    paint_requested = Signal(object)  # list[int], their numbers
    more_requested = Signal()
    close_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self._head = ElidedLabel("quiet")
        self._model = QStandardItemModel(self)
        self.view = _View(theme)
        self.view.setModel(self._model)
        self.view.setItemDelegate(_CandidatePainter(theme, self.view))
        self.paint = QPushButton()
        self.paint.setProperty("role", "primary")
        self.more = QPushButton(_("More ideas"))
        self.shut = QPushButton(_("Close"))
        self.shut.setToolTip(_("Put the sheet away (Esc)"))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._head, 1)
        foot.addWidget(self.more)
        foot.addWidget(self.shut)
        foot.addWidget(self.paint)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(8)
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        self.view.selectionModel().selectionChanged.connect(self._count)
        self.paint.clicked.connect(lambda: self.paint_requested.emit(self.chosen_numbers))
        self.view.sent.connect(self.paint.click)
        self.more.clicked.connect(self.more_requested)
        self.shut.clicked.connect(self.close_requested)
        self._count()

    @property
    def chosen_numbers(self) -> list[int]:
        """The numbers of the ideas that are chosen."""
        return sorted(index.row() for index in self.view.selectionModel().selectedIndexes())

    def show_candidates(self, images: list[QImage | None], words: str, done: int) -> None:
        """Show so many ideas; those that were there stay chosen."""
        while self._model.rowCount() > len(images):
            self._model.removeRow(self._model.rowCount() - 1)
        while self._model.rowCount() < len(images):
            number = self._model.rowCount() + 1
            item = QStandardItem()
            item.setEditable(False)
            name = _("Idea {n}").format(n=number)
            item.setData(name, Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip(name)
            self._model.appendRow(item)
        for number, image in enumerate(images):
            self.show_image(number, image)
        self.show_progress(words, done)
        self.view.arrange()

    def show_image(self, number: int, image: QImage | None) -> None:
        """Show an idea as it grows."""
        item = self._model.item(number)
        if item is not None:
            item.setData(image, ImageRole)

    def show_progress(self, words: str, done: int) -> None:
        """Show the prompt and how many ideas are ready."""
        count = self._model.rowCount()
        if done < count:
            said = ngettext(
                "{done} of {count} idea of “{words}”", "{done} of {count} ideas of “{words}”", count
            ).format(done=done, count=count, words=words)
        else:
            said = ngettext(
                "{count} idea of “{words}”: choose it to paint it",
                "{count} ideas of “{words}”: choose those to paint",
                count,
            ).format(count=count, words=words)
        self._head.set_text(said)

    def take_up(self) -> None:
        """Focus the first idea and clear the selection."""
        self.view.clearSelection()
        first = self._model.index(0, 0)
        select = self.view.selectionModel()
        select.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.view.setFocus()

    def _count(self) -> None:
        count = len(self.chosen_numbers)
        words = ngettext("Paint {n} idea", "Paint {n} ideas", count).format(n=count)
        self.paint.setText(words if count else _("Paint the chosen"))
        self.paint.setEnabled(count > 0)
        self.paint.setToolTip(_("Paint the chosen ideas in full (Enter)"))


class _View(QListView):
    sent = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._left = 0  # room at both sides, so that the ideas stand in the middle
        self.setObjectName("ideas")
        self.setAccessibleName(_("Ideas"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setStyleSheet("QListView { background: transparent; }")
        theme.changed.connect(self.arrange)

    def arrange(self) -> None:
        """Lay out the ideas as large as the window allows."""
        count = max(1, self.model().rowCount()) if self.model() else 1
        room = self.contentsRect().size()
        columns = best_columns(count, room)
        side = _side(count, columns, room)
        least = self._theme.px(LEAST)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOff if side >= least else policy.ScrollBarAlwaysOn
        )
        left = max(0, (room.width() - columns * side - 2) // 2) if side >= least else 0
        if left != self._left:
            self._left = left
            self.setViewportMargins(left, 0, left, 0)
        side = max(least, side)
        if self.gridSize().width() != side:
            self.setGridSize(QSize(side, side))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not held(event):
            self.sent.emit()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # they belong to the window
        else:
            super().keyPressEvent(event)


def best_columns(count: int, room: QSize) -> int:
    """Return the columns that show so many largest; of equals, those that leave no gap."""
    return max(
        range(1, count + 1),
        key=lambda columns: (_side(count, columns, room), -(-count % columns), -columns),
    )


def _side(count: int, columns: int, room: QSize) -> int:
    return min(room.width() // columns, room.height() // ceil(count / columns)) - 1


class _CandidatePainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme, self._view = theme, parent

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
        cell = QRectF(option.rect).adjusted(GAP / 2, GAP / 2, -GAP / 2, -GAP / 2)
        content = TileContent(ground=self._theme.colour("panel"), image=index.data(ImageRole))
        paint_tile(painter, self._theme, cell, STYLE, content, option.state)
