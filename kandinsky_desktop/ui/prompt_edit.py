"""A field for words of several lines."""

from itertools import takewhile

from PySide6.QtCore import QMimeData, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.mime import holds_words
from kandinsky_desktop.ui.theme import Theme

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptEdit(QPlainTextEdit):
    """Words to type; Tab goes on to the next control, Ctrl+Enter sends.

    With `enter_sends` Enter alone sends too, and Shift+Enter begins a new line.
    """

    submitted = Signal()
    left = Signal()  # the focus went elsewhere

    def __init__(
        self, theme: Theme, name: str, hint: str, lines: int, *, enter_sends: bool = False
    ) -> None:
        super().__init__()
        self._theme, self._lines, self._enter_sends = theme, lines, enter_sends
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOff if lines == 1 else policy.ScrollBarAsNeeded
        )
        self.verticalScrollBar().valueChanged.connect(self._stay)
        theme.changed.connect(self._measure)
        self._measure()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = held(event) == Qt.KeyboardModifier.ControlModifier
        alone = not held(event) and self._enter_sends
        if event.key() in ENTER and (control or alone):
            if not event.isAutoRepeat():  # a key that is held a moment too long sends once
                self.submitted.emit()
            return
        super().keyPressEvent(event)

    @override
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return holds_words(source)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        if holds_words(source):  # a picture is for the room to take: it is no text
            super().insertFromMimeData(source)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stay()

    def _stay(self) -> None:
        """Show the first line as long as all of them fit, wherever Qt scrolled before it grew."""
        lines = self.viewport().height() / self.fontMetrics().lineSpacing()
        if self.document().size().height() <= lines:
            self.verticalScrollBar().setValue(0)

    def show_text(self, text: str) -> None:
        """Show a text, if it is another one, with the cursor behind what differs.

        The field itself cannot undo it: whoever set it can.
        """
        now = self.toPlainText()
        if now == text:
            return
        with QSignalBlocker(self):
            self.setPlainText(text)
        pairs = zip(reversed(now), reversed(text), strict=False)
        kept = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
        cursor = self.textCursor()
        cursor.setPosition(_utf16_length(text[: len(text) - kept]))
        self.setTextCursor(cursor)

    def forget_undo(self) -> None:
        """Let what was typed so far be undone by others alone."""
        self.document().clearUndoRedoStacks()

    def _measure(self) -> None:
        height = self._theme.px(18) * self._lines + 16
        self.setFixedHeight(height)


def _utf16_length(text: str) -> int:
    """Return the length of a text as Qt counts it; half of a character counts too."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
