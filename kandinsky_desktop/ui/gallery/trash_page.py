"""The trash as a page: pictures that were deleted, to be brought back or deleted for good."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.deleted_pictures import DeletedPictures
from kandinsky_desktop.store.trash import Trashed
from kandinsky_desktop.ui.controls import icon_button, label
from kandinsky_desktop.ui.gallery.geometry import EDGE
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile
from kandinsky_desktop.ui.visible_thumbnails import VisibleThumbnails

SIDE, AROUND = 112, 8  # of a picture, and around it, in unscaled pixels
FOOT = 16  # below the buttons
STYLE = TileStyle(radius=8, ring=2, gap=2, focus=1, focus_when_selected=True)


class TrashPage(QWidget):
    """Shows a list that others fill, and asks once before anything is deleted for good."""

    closed = Signal()
    restore_requested = Signal(object)  # list[store.trash.Trashed]
    folder_requested = Signal(object)  # store.trash.Trashed
    empty_requested = Signal(object)  # list[store.trash.Trashed]

    def __init__(self, theme: Theme, pictures: DeletedPictures) -> None:
        super().__init__()
        self.setObjectName("stage")
        self._theme, self._pictures = theme, pictures
        self._asked: list[Trashed] = []  # which of them to delete for good
        self._is_elsewhere = False
        self.view = _View(theme, pictures)
        self.about = label("", "quiet")
        self.about.setWordWrap(True)
        self.leave = icon_button(theme, "x", _("Back to all of them (Esc)"))
        self.restore = QPushButton(_("Put back"))
        self.restore.setProperty("role", "primary")
        self.restore.setToolTip(_("Put what is chosen back where it was (Enter)"))
        self.folder = QPushButton(_("Show in folder"))
        self.delete = QPushButton(_("Delete for good…"))
        self.delete.setToolTip(_("Delete what is chosen for good (Del)"))
        self.empty = QPushButton(_("Empty the trash…"))
        self._question = label("")
        self._question.setWordWrap(True)
        self.keep = QPushButton(_("Keep them"))
        self.for_good = QPushButton(_("Delete for good"))
        self.for_good.setProperty("role", "danger")
        self._foot = QStackedWidget()
        self._foot.addWidget(_row(self.folder, self.delete, self.empty, None, self.restore))
        self._foot.addWidget(_row(self._question, None, self.keep, self.for_good))
        head = QHBoxLayout()
        head.addWidget(label(_("Deleted pictures"), "heading"), 1)
        head.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE - AROUND, 12, EDGE - AROUND, FOOT)
        column.setSpacing(8)
        head.setContentsMargins(AROUND, 0, AROUND, 0)
        self.about.setContentsMargins(AROUND, 0, AROUND, 0)
        self._foot.setContentsMargins(AROUND, 0, AROUND, 0)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addWidget(self.view, 1)
        column.addWidget(self._foot)
        self.view.selectionModel().selectionChanged.connect(self._show)
        self.view.sent.connect(self._restore)
        self.view.doubleClicked.connect(self._restore)
        self.view.dropped.connect(self._ask_of_chosen)
        self.restore.clicked.connect(self._restore)
        self.folder.clicked.connect(self._show_folder)
        self.delete.clicked.connect(self._ask_of_chosen)
        self.empty.clicked.connect(lambda: self._ask(list(self._pictures.trashed)))
        self.leave.clicked.connect(self.closed)
        self.keep.clicked.connect(self.leave_question)
        self.for_good.clicked.connect(self._empty)
        pictures.modelReset.connect(self._on_listed)
        self._show()

    @property
    def chosen(self) -> list[Trashed]:
        """Those that are chosen, in their order."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedIndexes())
        return [self._pictures.trashed[row] for row in rows]

    @property
    def foot(self) -> int:
        """How high its buttons are above the lower edge."""
        return self._foot.sizeHint().height() + FOOT

    @property
    def question(self) -> str:
        """What is asked before it is done; empty: nothing is asked."""
        return self._question.text() if self._foot.currentIndex() else ""

    def leave_question(self) -> bool:
        """Do nothing of what is asked; whether something was."""
        asked = bool(self._foot.currentIndex())
        if asked:
            self._asked = []
            self._foot.setCurrentIndex(0)
            self.view.setFocus()
        return asked

    def say_elsewhere(self, elsewhere: bool) -> None:
        """Say that what is deleted from now on does not come here, or that it does."""
        self._is_elsewhere = elsewhere
        self._show()

    def _on_listed(self) -> None:
        self.leave_question()
        if self._pictures.rowCount():
            self.view.setCurrentIndex(self._pictures.index(0, 0))
        self._show()

    def _show(self) -> None:
        count, chosen = self._pictures.rowCount(), len(self.chosen)
        said = ngettext(
            "{n} picture lies in the trash, whole, until you delete it for good.",
            "{n} pictures lie in the trash, whole, until you delete them for good.",
            count,
        )
        if days := self._pictures.days:
            said = ngettext(
                "{n} picture lies in the trash, whole, for {days} after it was deleted.",
                "{n} pictures lie in the trash, whole, for {days} after they were deleted.",
                count,
            )
        kept = ngettext("{n} day", "{n} days", days).format(n=days)
        self.about.setText(
            said.format(n=f"{count:,}", days=kept) if count else _("Nothing is in the trash.")
        )
        if self._is_elsewhere:
            self.about.setText(
                f"{self.about.text()} {_('What you delete now goes to the bin of the system.')}"
            )
        words = _("Put {n} back").format(n=chosen) if chosen > 1 else _("Put back")
        self.restore.setText(words)
        self.restore.setEnabled(chosen > 0)
        self.folder.setEnabled(chosen == 1)
        self.delete.setEnabled(chosen > 0)
        self.empty.setEnabled(count > 0)

    def _restore(self) -> None:
        if self.chosen:
            self.restore_requested.emit(self.chosen)

    def _show_folder(self) -> None:
        if self.chosen:
            self.folder_requested.emit(self.chosen[0])

    def _ask_of_chosen(self) -> None:
        if self.chosen:
            self._ask(self.chosen)

    def _ask(self, which: list[Trashed]) -> None:
        self._asked = which
        words = ngettext(
            "Delete {n} picture for good? It cannot be brought back.",
            "Delete {n} pictures for good? They cannot be brought back.",
            len(which),
        )
        self._question.setText(words.format(n=f"{len(which):,}"))
        self._foot.setCurrentIndex(1)
        self.keep.setFocus()

    def _empty(self) -> None:
        asked = self._asked
        self.leave_question()
        self.empty_requested.emit(asked)


def _row(*widgets: QWidget | None) -> QWidget:
    """Return widgets side by side; None is what room there is."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget)
    return row


class _View(QListView):
    sent = Signal()  # what is chosen is to be put back
    dropped = Signal()  # or deleted for good

    def __init__(self, theme: Theme, pictures: DeletedPictures) -> None:
        super().__init__()
        self._theme, self._pictures = theme, pictures
        self.setObjectName("deleted")
        self.setAccessibleName(_("Deleted pictures"))
        self.setModel(pictures)
        self._thumbnails = VisibleThumbnails(self, pictures)
        self.setItemDelegate(_Painter(theme, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QListView.Shape.NoFrame)
        theme.changed.connect(self.doItemsLayout)

    @property
    def cell(self) -> QSize:
        """How large an entry is: a picture with its lines of words."""
        side = self._theme.px(SIDE) + 2 * AROUND
        return QSize(side, side + self.lines * self.fontMetrics().lineSpacing())

    @property
    def lines(self) -> int:
        """How many stand below a picture: its name, when it was deleted, when it goes for good."""
        return 3 if self._pictures.days else 2

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
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not held(event):
            self.sent.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not held(event):
            self.dropped.emit()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # they belong to the window
        else:
            super().keyPressEvent(event)


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: _View) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self._view.cell

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        side = self._theme.px(SIDE)
        cell = QRectF(option.rect.x() + AROUND, option.rect.y() + AROUND, side, side)
        tile = index.data(DeletedPictures.TileRole)
        content = TileContent(ground=self._theme.colour("well"), image=tile.image)
        paint_tile(painter, self._theme, cell, STYLE, content, option.state)
        line = self._view.fontMetrics().lineSpacing()
        place = QRectF(cell.x(), cell.bottom() + AROUND / 2, side, line)
        painter.save()
        for colour, role in (
            ("text", Qt.ItemDataRole.DisplayRole),
            ("quiet", DeletedPictures.DayRole),
            ("quiet", DeletedPictures.LeftRole),
        )[: self._view.lines]:
            painter.setPen(self._theme.colour(colour))
            words = painter.fontMetrics().elidedText(
                str(index.data(role)), Qt.TextElideMode.ElideRight, side
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, words)
            place.translate(0, line)
        painter.restore()
