"""A field for words of several lines."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme


class PromptEdit(QPlainTextEdit):
    """Words to type; Tab goes on to the next control, Ctrl+Enter sends."""

    submitted = Signal()

    def __init__(self, theme: Theme, name: str, hint: str, lines: int) -> None:
        super().__init__()
        self._theme, self._lines = theme, lines
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        theme.changed.connect(self._measure)
        self._measure()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
            return
        super().keyPressEvent(event)

    def _measure(self) -> None:
        height = self._theme.px(18) * self._lines + 22
        self.setFixedHeight(height)
