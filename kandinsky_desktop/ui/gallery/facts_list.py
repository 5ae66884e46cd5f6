"""Lines of a name and a value: each value is copied by a click or by Enter."""

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import (
    QModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import AnyIndex
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.shown_rows import ShownRows
from kandinsky_desktop.ui.theme import Theme

ROW, NAME_WIDTH, SIGN = 26, 88, 14  # in unscaled pixels
VALUE = Qt.ItemDataRole.UserRole
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Fact(Protocol):
    """A line: what it is called, and its value as text."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def value(self) -> str:
        """What it is."""


class FactsList(QListView):
    """As high as its lines are; what surrounds it scrolls."""

    copied = Signal(str)  # a value

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts = ShownRows[Fact](self, _said)
        self.setModel(self._facts)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._copy)
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The lines."""
        return self._facts.rows

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show other lines."""
        self._facts.show(facts)
        self._measure()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and self.currentIndex().isValid():
            self._copy(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()
        else:
            super().keyPressEvent(event)

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, self._facts.rowCount() * self._theme.px(ROW))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def _copy(self, index: QModelIndex) -> None:
        self.copied.emit(index.data(VALUE))

    def _measure(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()


def _said(fact: Fact, role: int) -> Any:
    match role:
        case Qt.ItemDataRole.DisplayRole:
            return fact.name
        case Qt.ItemDataRole.AccessibleTextRole:
            return f"{fact.name}: {fact.value}"
        case Qt.ItemDataRole.ToolTipRole:
            return plain_tip(
                _("{name}: {value}\nA click copies it.").format(name=fact.name, value=fact.value)
            )
        case _ if role == VALUE:
            return fact.value
        case _:
            return None


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(80, self._theme.px(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, place = self._theme, QRect(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        if over or focused:
            painter.setPen(theme.colour("accent") if focused else Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover"))
            painter.drawRoundedRect(place.adjusted(-1, 1, -1, -1), 4, 4)
        middle = Qt.AlignmentFlag.AlignVCenter
        name = QRect(place)
        name.setWidth(theme.px(NAME_WIDTH))
        metrics = painter.fontMetrics()
        cut = Qt.TextElideMode.ElideRight
        painter.setPen(theme.colour("quiet"))
        words = metrics.elidedText(index.data(), cut, name.width() - 6)
        painter.drawText(name, middle, words)
        value = place.adjusted(name.width(), 0, -theme.px(SIGN) - 8 if over or focused else 0, 0)
        painter.setPen(theme.colour("text"))
        line = " ".join(str(index.data(VALUE)).split())
        cut = Qt.TextElideMode.ElideMiddle
        painter.drawText(value, middle, metrics.elidedText(line, cut, value.width()))
        if over or focused:
            side = theme.px(SIGN)
            sign = QRect(place.right() - side - 3, place.center().y() - side // 2, side, side)
            icon("copy", theme.colour("quiet")).paint(painter, sign)
        painter.restore()
