"""Words being written on a card: a field that lies over them. Enter commits, Esc gives up."""

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.mime import holds_words

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
COMMIT = (*ENTER, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
CONTROL = Qt.KeyboardModifier.ControlModifier


class WordsEdit(QPlainTextEdit):
    """Edits the words of one card; closed once, it says nothing more."""

    committed = Signal(str)
    closed = Signal()  # committed or given up

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(words, parent)
        self.setObjectName("cardwords")
        self.setAccessibleName(_("Words on the card"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self._open = True

    def commit(self) -> None:
        """Say what was written, and that it is over."""
        if self._open:
            self._open = False
            self.committed.emit(self.toPlainText().strip())
            self.closed.emit()

    def give_up(self) -> None:
        """Say that it is over."""
        if self._open:
            self._open = False
            self.closed.emit()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in ENTER and event.modifiers() & CONTROL:
                self.commit()  # and then what the key does everywhere
                return False
            if not event.modifiers() & CONTROL or super().event(event):
                event.accept()  # it is typed: no key of the board or of the window
                return True
            return False
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        new_line = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        elif event.key() in COMMIT and not (new_line and event.key() in ENTER):
            self.commit()
        else:
            super().keyPressEvent(event)

    @override
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return holds_words(source)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        if holds_words(source):  # a picture is for the board to take
            super().insertFromMimeData(source)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.PopupFocusReason,
            Qt.FocusReason.ActiveWindowFocusReason,
        ):
            self.commit()
