"""Notices above the prompt: what happened, what is safe, and one button that helps."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import icon_button, label
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.theme import Theme

MOST = 3  # more would push the picture away


class Notices(QWidget):
    """A few notices, each known by a key: a new one with the same key takes its place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: dict[str, _Notice] = {}
        self._pinned: set[str] = set()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.setSpacing(8)
        self.hide()

    @property
    def sentences(self) -> dict[str, str]:
        """What is said now, by key."""
        return {key: notice.sentence for key, notice in self._shown.items()}

    def notify(
        self,
        key: str,
        sentence: str,
        action: str = "",
        call: Callable[[], None] | None = None,
        *,
        grave: bool = True,
        pinned: bool = False,
    ) -> None:
        """Show a sentence with, perhaps, a button that does what it advises.

        One that is pinned is not pushed out by others: nothing else offers what its button does.
        """
        self.drop(key)
        others = [key for key in self._shown if key not in self._pinned]
        for other in others[: max(0, len(self._shown) - MOST + 1)]:
            self.drop(other)
        if pinned:
            self._pinned.add(key)

        def close() -> None:
            self.drop(key)

        def act() -> None:
            self.drop(key)
            if call:
                call()

        notice = _Notice(self._theme, sentence, action, act, close, grave=grave)
        self._shown[key] = notice
        self._column.addWidget(notice)
        self.show()

    def button(self, key: str) -> QPushButton | None:
        """Return the button of a notice, if it has one."""
        notice = self._shown.get(key)
        return notice.button if notice else None

    def drop(self, key: str) -> None:
        """Take a notice away."""
        notice = self._shown.pop(key, None)
        self._pinned.discard(key)
        if notice:
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        if not self._shown:
            self.hide()


class _Notice(QFrame):
    def __init__(
        self,
        theme: Theme,
        sentence: str,
        action: str,
        act: Callable[[], None],
        close: Callable[[], None],
        *,
        grave: bool,
    ) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.sentence = sentence
        self.button: QPushButton | None = None
        self.setAccessibleName(sentence)
        self._theme, self._name = theme, "triangle-alert" if grave else "info"
        self._colour = "danger" if grave else "accent"
        self._sign = QLabel()
        words = label(sentence)
        words.setWordWrap(True)
        away = icon_button(theme, "x", _("Close this notice"))
        away.clicked.connect(close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(12)
        row.addWidget(self._sign)
        row.addWidget(words, 1)
        if action:
            self.button = QPushButton(action)
            self.button.clicked.connect(act)
            row.addWidget(self.button)
        row.addWidget(away)
        theme.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        side = self._theme.px(18)
        sign = icon(self._name, self._theme.colour(self._colour))
        self._sign.setPixmap(sign.pixmap(QSize(side, side), self.devicePixelRatioF()))
