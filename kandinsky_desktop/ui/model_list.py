"""The list at the left of the models' dialog: what is here, and what could be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import AnyIndex
from kandinsky_desktop.ui.shown_rows import ShownRows
from kandinsky_desktop.ui.theme import Theme

ROW, WIDE, INSET, RADIUS = 52, 232, 12, 6  # in unscaled pixels
ENTRY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: a model that is here, a version that is not, or what is amiss."""

    key: str  # by which it is chosen again after the list was made anew
    title: str
    line: str
    what: Any = None  # what the page shows
    is_here: bool = True


class ModelList(QListView):
    """One row is always chosen, as long as there is any."""

    chosen = Signal(object)  # Entry

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows = ShownRows[Entry](self, _said)
        self.setModel(self._rows)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName(_("Models"))
        self.setUniformItemSizes(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.selectionModel().currentChanged.connect(self._on_current)
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The rows."""
        return self._rows.rows

    @property
    def current(self) -> Entry | None:
        """The row that is chosen."""
        index = self.currentIndex()
        return index.data(ENTRY) if index.isValid() else None

    def show_entries(self, entries: Sequence[Entry], wanted: str = "") -> None:
        """Show other rows; that of the key is chosen or, without it, the one that was."""
        before = self.current
        key = wanted or ("" if before is None else before.key)
        self._rows.show(entries)
        keys = [one.key for one in entries]
        row = keys.index(key) if key in keys else 0
        self.setCurrentIndex(self._rows.index(row, 0))
        if self.current is not None:
            self.chosen.emit(self.current)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(WIDE), self._theme.px(6 * ROW))

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(ENTRY))

    def _measure(self) -> None:
        self.setFixedWidth(self._theme.px(WIDE))
        self.doItemsLayout()


def _said(entry: Entry, role: int) -> Any:
    match role:
        case Qt.ItemDataRole.DisplayRole:
            return entry.title
        case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.title}, {entry.line}"
        case Qt.ItemDataRole.UserRole:
            return entry
        case _:
            return None


class _Painter(QStyledItemDelegate):
    """Two lines: the title, and what it is in short."""

    def __init__(self, theme: Theme, view: ModelList) -> None:
        super().__init__(view)
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._theme.px(WIDE) - 8, self._theme.px(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, entry = self._theme, index.data(ENTRY)
        area = QRectF(option.rect).adjusted(1, 1, -1, -1)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_chosen:
            focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
            painter.setBrush(theme.colour("tint"))
            ring = QPen(theme.colour("accent"), 2) if focused else Qt.PenStyle.NoPen
            painter.setPen(ring)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour("hover"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        font = option.font
        room = area.adjusted(INSET, 6, -INSET, -6)
        half = room.height() / 2
        for words, name, size, bold, place in (
            (entry.title, "accent_text" if is_chosen else "text", 13, entry.is_here, room.top()),
            (entry.line, "text" if is_chosen else "quiet", 12, False, room.top() + half),
        ):
            font.setPixelSize(theme.px(size))
            font.setBold(bold)
            painter.setFont(font)
            painter.setPen(theme.colour("quiet" if not entry.is_here and bold else name))
            told = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, int(room.width())
            )
            line = QRectF(room.left(), place, room.width(), half)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, told)
        painter.restore()
