"""All keys on one sheet, from the table of actions: in groups, to be searched."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import OWN_KEYS, Action, Focus, Subject
from kandinsky_desktop.ui.controls import icon_button, label
from kandinsky_desktop.ui.theme import Theme

SIZE = QSize(840, 640)  # in unscaled pixels
ROW = 30
AROUND = 48  # of the window, that it does not cover
MARGINS, BETWEEN = 64, 32  # beside the columns, and between them
CAP, GAP = 14, 6  # in unscaled pixels around the name of a key; between keys
GROUPS = (
    N_("Everywhere"),
    N_("A picture"),
    N_("Words"),
    N_("On the stage"),
    N_("The canvas"),
    N_("The fusion board"),
    N_("The gallery"),
    N_("Ideas"),
    N_("The queue"),
)
OF_FOCUS = {
    Focus.WINDOW: "Everywhere",
    Focus.CANVAS: "The canvas",
    Focus.GALLERY: "The gallery",
    Focus.PROMPT: "Words",
    Focus.PICTURES: "A picture",
    Focus.CARDS: "The fusion board",
    Focus.BOARD: "The fusion board",
    Focus.IDEAS: "Ideas",
    Focus.QUEUE: "The queue",
}
SCROLLS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class ShortcutSheet(QDialog):
    """Shows what can be done and by which keys; what is typed narrows it down."""

    def __init__(
        self, theme: Theme, actions: Iterable[Action], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(_("Keys"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search: what it does, or a key"))
        self.search.setAccessibleName(_("Search the keys"))
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        close = icon_button(theme, "x", _("Close (Esc)"))
        close.clicked.connect(self.reject)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(label(_("Keys"), "heading"))
        head.addStretch(1)
        head.addWidget(self.search, 2)
        head.addWidget(close)
        self._nothing = label(_("No action and no key is called so."), "quiet")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.groups = [_Group(theme, title, rows) for title, rows in grouped(actions) if rows]
        self._area = QScrollArea()
        self._area.setAccessibleName(_("Keys"))
        self._area.setWidgetResizable(True)
        room = QSize(theme.px(SIZE.width()), theme.px(SIZE.height()))
        window = self.screen().availableSize() if parent is None else parent.window().size()
        room = room.boundedTo(window - QSize(AROUND, AROUND))
        self._area.setWidget(self._columns(room.width() - MARGINS))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addWidget(self._area, 1)
        self.search.textChanged.connect(self._narrow)
        self._narrow("")
        self.resize(room)
        self.search.setFocus()

    @property
    def rows(self) -> list["KeyRow"]:
        """All rows, those that the search leaves out too."""
        return [row for group in self.groups for row in group.rows]

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Scroll by the arrows while words are searched."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in SCROLLS:
                bar = self._area.verticalScrollBar()
                page = event.key() in SCROLLS[2:]
                step = bar.pageStep() if page else self._theme.px(2 * ROW)
                down = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
                bar.setValue(bar.value() + (step if down else -step))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                return True  # it closes nothing
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1:  # what opened it
            self.reject()
        else:
            super().keyPressEvent(event)

    def _columns(self, room: int) -> QWidget:
        """Lay the groups into two columns, the next one always into the shorter; or into one."""
        self.ensurePolished()
        widest = max(row.needed for row in self.rows)
        count = 2 if 2 * widest + BETWEEN <= room else 1
        body = QWidget()
        across = QHBoxLayout(body)
        across.setContentsMargins(0, 0, 12, 0)
        across.setSpacing(BETWEEN)
        columns, lengths = [QVBoxLayout() for _column in range(count)], [0] * count
        for group in self.groups:
            shorter = lengths.index(min(lengths))
            columns[shorter].addWidget(group)
            lengths[shorter] += len(group.rows) + 2
        for column in columns:
            column.setSpacing(20)
            column.addStretch(1)
            across.addLayout(column, 1)
        return body

    def _narrow(self, words: str) -> None:
        for group in self.groups:
            group.narrow(words)
        self._nothing.setVisible(not any(group.found for group in self.groups))


class _Group(QWidget):
    """A title and the rows under it."""

    def __init__(self, theme: Theme, title: str, rows: list[tuple[str, list[str]]]) -> None:
        super().__init__()
        self.rows = [KeyRow(theme, words, keys) for words, keys in rows]
        self.found = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(title, "group"))
        column.addSpacing(4)
        for row in self.rows:
            column.addWidget(row)

    def narrow(self, words: str) -> None:
        """Show the rows that have all of the words, and itself if there is one."""
        wanted = words.casefold().split()
        for row in self.rows:
            said = f"{row.words} {' '.join(row.keys)}".casefold()
            row.setVisible(all(one in said for one in wanted))
        self.found = any(not row.isHidden() for row in self.rows)
        self.setVisible(self.found)


class KeyRow(QWidget):
    """What an action is called, and its keys as caps at the right."""

    def __init__(self, theme: Theme, words: str, keys: list[str]) -> None:
        super().__init__()
        self.words, self.keys = words, keys
        self.setAccessibleName(f"{words}: {', '.join(keys)}")
        self.setFixedHeight(theme.px(ROW))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(GAP)
        metrics = self.fontMetrics()
        caps = sum(metrics.horizontalAdvance(key) + CAP + GAP for key in keys)
        self.needed = theme.px(metrics.horizontalAdvance(words) + caps)  # at most
        said = QLabel(words)
        said.setWordWrap(False)
        row.addWidget(said, 1)
        for key in keys:
            row.addWidget(label(key, "key"))


def grouped(actions: Iterable[Action]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return each group's title and its rows: words, and keys as they are called here."""
    rows: dict[str, list[tuple[str, list[str]]]] = {title: [] for title in GROUPS}
    for action in actions:
        if action.keys:
            picture = action.subject is Subject.PICTURE
            title = "A picture" if picture else OF_FOCUS[action.focus]
            rows[title].append((_(action.text), [key_name(key) for key in action.keys]))
    for title, words, keys in OWN_KEYS:
        rows[title].append((_(words), [key_name(key) for key in keys]))
    return [(_(title), found) for title, found in rows.items()]


def key_name(key: str) -> str:
    """Return what a key is called on this system."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) or key
