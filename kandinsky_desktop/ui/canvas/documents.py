"""The documents of the canvas as a dialog: to go on with one, or to delete some."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeySequence, QPainter, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from kandinsky_desktop.state.canvas_documents import KeptDocument

LOOK = 56  # side of a document's picture, in unscaled pixels
WIDE, HIGH = 520, 400


class DocumentsDialog(QDialog):
    """Shows a list that others fill; says what is wished to be done with some of it."""

    open_requested = Signal(object)  # KeptDocument
    delete_requested = Signal(object)  # list[KeptDocument]
    undo_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Documents of the canvas"))
        self._theme = theme
        self._documents: list[KeptDocument] = []
        self.list = QListWidget()
        self.list.setObjectName("documents")
        self.list.setAccessibleName(_("Documents of the canvas"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setIconSize(QSize(theme.px(LOOK), theme.px(LOOK)))
        self.list.setSpacing(2)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._about = label("", "quiet")
        self._about.setWordWrap(True)
        self._note = label("", "small")
        self._note.setWordWrap(True)
        self.undo = QPushButton(_("Undo"))
        self.undo.setProperty("role", "link")
        self.delete = QPushButton(_("Delete"))
        self.delete.setToolTip(_("Delete what is chosen (Del)"))
        close = QPushButton(_("Close"))
        self.open_ = QPushButton(_("Go on with it"))
        self.open_.setProperty("role", "primary")
        for button in (self.undo, self.delete, close, self.open_):
            button.setAutoDefault(False)
        notes, foot = QHBoxLayout(), QHBoxLayout()
        notes.addWidget(self._note, 1)
        notes.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self.delete)
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(self.open_)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(_("Documents of the canvas"), "heading"))
        column.addWidget(self._about)
        column.addWidget(self.list, 1)
        column.addLayout(notes)
        column.addLayout(foot)
        self.list.itemSelectionChanged.connect(self._show)
        self.list.itemActivated.connect(lambda _item: self._open())
        self.open_.clicked.connect(self._open)
        self.delete.clicked.connect(self._delete)
        self.undo.clicked.connect(self.undo_requested)
        close.clicked.connect(self.reject)
        for keys in (QKeySequence.StandardKey.Delete, Qt.Key.Key_Backspace):
            QShortcut(QKeySequence(keys), self, self._delete)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self, self.undo_requested.emit)
        self.resize(theme.px(WIDE), theme.px(HIGH))
        self.show_note("", undo=False)
        self._show()

    @property
    def chosen(self) -> "list[KeptDocument]":
        """Those that are chosen, in their order."""
        rows = sorted(self.list.row(item) for item in self.list.selectedItems())
        return [self._documents[row] for row in rows]

    @property
    def note(self) -> str:
        """What was said last."""
        return self._note.text()

    def show_documents(self, documents: "Sequence[KeptDocument]") -> None:
        """Show what there is; what was chosen stays chosen."""
        chosen = {one.folder for one in self.chosen}
        self._documents = list(documents)
        with QSignalBlocker(self.list):
            self.list.clear()
            for one in documents:
                item = QListWidgetItem(self._icon(one), f"{one.title}\n{_words(one)}")
                self.list.addItem(item)
                item.setSelected(one.folder in chosen)
            if documents and not self.list.selectedItems():
                self.list.setCurrentRow(0)
        self._show()

    def show_deleted(self, titles: Sequence[str]) -> None:
        """Say what was deleted, and offer it back."""
        words = ngettext("“{name}” is deleted.", "{n} documents are deleted.", len(titles))
        self.show_note(words.format(name=titles[0], n=len(titles)), undo=True)

    def show_restored(self, more: bool) -> None:
        """Say that it is back; with `more`, something else can be brought back."""
        self.show_note(_("It is back."), undo=more)

    def show_refused(self, reason: str) -> None:
        """Say why something was not done."""
        self.show_note(reason, undo=not self.undo.isHidden())

    def show_note(self, sentence: str, *, undo: bool) -> None:
        """Say what was done, or why it was not; with `undo` it can be taken back."""
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence) or undo)
        self.undo.setVisible(undo)

    def _icon(self, one: "KeptDocument") -> QIcon:
        side = round(self._theme.px(LOOK) * self.devicePixelRatioF())
        square = QPixmap(side, side)
        square.fill(QColor(self._theme.colour("well")))
        if not one.look.isNull():
            keep = Qt.AspectRatioMode.KeepAspectRatio
            small = one.look.scaled(side, side, keep, Qt.TransformationMode.SmoothTransformation)
            painter = QPainter(square)
            painter.drawImage((side - small.width()) // 2, (side - small.height()) // 2, small)
            painter.end()
        square.setDevicePixelRatio(self.devicePixelRatioF())
        icon = QIcon(square)
        icon.addPixmap(square, QIcon.Mode.Selected)  # else it is tinted
        return icon

    def _show(self) -> None:
        count, size = len(self._documents), sum(one.size_bytes for one in self._documents)
        words = ngettext(
            "{n} document takes {size}. What is deleted goes for good at the next start.",
            "{n} documents take {size}. What is deleted goes for good at the next start.",
            count,
        )
        said = words.format(n=count, size=QLocale().formattedDataSize(size))
        self._about.setText(said if count else _("There is no document."))
        chosen = len(self.chosen)
        self.open_.setEnabled(chosen == 1 and not self.chosen[0].is_open)
        self.delete.setEnabled(chosen > 0)
        self.delete.setText(_("Delete {n}").format(n=chosen) if chosen > 1 else _("Delete"))

    def _open(self) -> None:
        if self.open_.isEnabled():
            self.open_requested.emit(self.chosen[0])
            self.accept()

    def _delete(self) -> None:
        if self.chosen:
            self.delete_requested.emit(self.chosen)


def _words(one: "KeptDocument") -> str:
    """Return when something was done in a document last, and how much it takes."""
    when = QDateTime.fromSecsSinceEpoch(round(one.used_at))
    said = [
        QLocale().toString(when, QLocale.FormatType.ShortFormat),
        QLocale().formattedDataSize(one.size_bytes),
    ]
    return " · ".join([*said, _("open now")] if one.is_open else said)
