"""The words that were painted, as a small list over the composer: searched, with stars."""

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import AnyIndex
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.store.prompt_history import PastPrompt
from kandinsky_desktop.ui.controls import icon_button, label
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.shown_rows import ShownRows
from kandinsky_desktop.ui.theme import Theme

WIDEST, TALLEST = 560, 360  # in unscaled pixels
ROW, STAR, INSET = 32, 16, 10
FEWEST, AROUND = 4, 96  # rows that there is room for, and all that is not rows
GAP = 8  # from the composer
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PromptPopup(QFrame):
    """Lists past prompts and says which is wanted. It goes when something else is clicked."""

    chosen = Signal(str)
    star_requested = Signal(str, bool)
    clear_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("overlay")
        self._theme = theme
        self._prompts: tuple[PastPrompt, ...] = ()
        self.search = QLineEdit()
        self.search.setAccessibleName(_("Search your words"))
        self.search.setPlaceholderText(_("Search your words"))
        self.search.installEventFilter(self)
        self.starred = icon_button(theme, "star", _("Only those with a star"), checkable=True)
        self._model = ShownRows[PastPrompt](self, _said)
        self.view = _View(theme)
        self.view.setModel(self._model)
        self._nothing = label("", "quiet")
        self._nothing.setWordWrap(True)
        self.clear = QPushButton(_("Clear history"))
        self.clear.setProperty("role", "flat")
        self.clear.setToolTip(_("Forget all words that have no star"))
        self._hint = label(_("Enter takes them · Ctrl+D stars them"), "small")
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addWidget(self.starred)
        foot.addWidget(self._hint, 1)
        foot.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        self.search.textChanged.connect(self._narrow)
        self.starred.toggled.connect(self._narrow)
        self.view.clicked.connect(self._take)
        self.view.star_clicked.connect(self._star)
        self.view.star_pressed.connect(lambda: self._star(self.view.currentIndex()))
        self.view.submitted.connect(lambda: self._take(self.view.currentIndex()))
        self.clear.clicked.connect(self.clear_requested)

    @property
    def shown(self) -> list[str]:
        """The words that the search leaves."""
        return [one.text for one in self._model.rows]

    def show_prompts(self, prompts: tuple[PastPrompt, ...]) -> None:
        """Show the words there are, the newest first."""
        self._prompts = prompts
        self.clear.setEnabled(any(not one.star for one in prompts))
        self._narrow()

    def open_above(self, composer: QWidget) -> None:
        """Open above the composer, or as far above its foot as there is room."""
        theme = self._theme
        self.search.clear()
        self.starred.setChecked(False)
        wide = min(theme.px(WIDEST), composer.width())
        corner = composer.mapToGlobal(QPoint(0, -GAP))
        room = corner.y() - composer.window().mapToGlobal(QPoint(0, 0)).y() - GAP
        rows = max(FEWEST, self._model.rowCount())
        wanted = min(theme.px(TALLEST), theme.px(ROW) * rows + theme.px(AROUND))
        high = min(wanted, max(room, theme.px(160)))
        self.setGeometry(corner.x(), corner.y() - high, wide, high)
        self.show()
        self.search.setFocus()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys that choose reach the list while words are searched."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter or event.key() in MOVES or _is_star(event):
                self.view.keyPressEvent(event)
                return True
        return super().eventFilter(watched, event)

    def _narrow(self) -> None:
        wanted = self.search.text().casefold().split()
        only = self.starred.isChecked()
        self._model.show(
            [
                one
                for one in self._prompts
                if (one.star or not only) and all(word in one.text.casefold() for word in wanted)
            ]
        )
        there = bool(self._model.rows)
        self.view.setVisible(there)
        self._nothing.setVisible(not there)
        words = _("What you paint is remembered here, on this machine alone.")
        self._nothing.setText(_("No words of yours are like that.") if self._prompts else words)
        self.view.setCurrentIndex(self._model.index(0, 0))

    def _take(self, index: QModelIndex) -> None:
        if index.isValid():
            self.close()
            self.chosen.emit(self._model.rows[index.row()].text)

    def _star(self, index: QModelIndex) -> None:
        if index.isValid():
            one, row = self._model.rows[index.row()], index.row()
            self.star_requested.emit(one.text, not one.star)
            self.view.setCurrentIndex(self._model.index(min(row, self._model.rowCount() - 1), 0))


def _said(one: PastPrompt, role: int) -> object:
    words = " ".join(one.text.split())
    if role == Qt.ItemDataRole.DisplayRole:
        return words
    if role == Qt.ItemDataRole.ToolTipRole:
        return plain_tip(one.text)
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return _("{words}, with a star").format(words=words) if one.star else words
    return one if role == Qt.ItemDataRole.UserRole else None


class _View(QListView):
    star_clicked = Signal(object)  # QModelIndex
    star_pressed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(_("Your words"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Painter(theme, self))

    def star_of(self, row: QRect) -> QRect:
        """Return where the star of a row is clicked."""
        side = self._theme.px(ROW)
        return QRect(row.right() - side, row.top(), side, row.height())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self.star_of(self.visualRect(index)).contains(
            event.position().toPoint()
        ):
            self.star_clicked.emit(index)
        else:
            super().mousePressEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
        elif _is_star(event):
            self.star_pressed.emit()
        else:
            super().keyPressEvent(event)


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: _View) -> None:
        super().__init__(parent)
        self._theme, self._view = theme, parent

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(100, self._theme.px(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, row = self._theme, option.rect
        one: PastPrompt = index.data(Qt.ItemDataRole.UserRole)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("tint" if chosen else "hover"))
            painter.drawRoundedRect(row, 4, 4)
        star = self._view.star_of(row)
        room = row.adjusted(INSET, 0, -star.width(), 0)
        metrics = QFontMetrics(option.font)
        words = metrics.elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.setPen(theme.colour("accent_text" if chosen else "text"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        if one.star or chosen or over:
            side = theme.px(STAR)
            place = QRect(0, 0, side, side)
            place.moveCenter(star.center())
            if one.star:
                icon("star-filled", theme.colour("star")).paint(painter, place)
            line = theme.colour("star_line" if one.star else "quiet")
            icon("star", line).paint(painter, place)
        painter.restore()


def _is_star(event: QKeyEvent) -> bool:
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return control and event.key() == Qt.Key.Key_D
