"""Notices over the foot of the room: what happened, what is safe, and one act that helps.

They move nothing: they lie over what is shown. What needs no answer goes by itself.
"""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import icon_button, label
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.theme import Theme

MOST = 3  # more would hide the picture
WIDEST = 560  # in unscaled pixels, as all lengths here
ROW, GAP = 44, 8
GRAVE, PLAIN, DONE = ("circle-alert", "danger"), ("info", "accent"), ("check", "good")
PASSING_MS = 6_000  # what only says that something was done
READING_MS = 70  # for each letter of what is longer


class Notices(QWidget):
    """A few notices, each known by a key: a new one with the same key takes its place.

    Where one takes the focus, by Tab or a click, it gives it back when it goes.
    """

    focus_lost = Signal()  # it cannot be given back: what had it before is gone

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: dict[str, _Notice] = {}
        self._pinned: set[str] = set()
        self._hand: QWidget | None = None  # what had the focus before a notice took it
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        self.hide()

    def wide(self, room: int) -> int:
        """Return how wide they are where there is so much room."""
        return min(self._theme.px(WIDEST), room - 2 * GAP)

    def needed(self, room: int) -> int:
        """Return how high they are where there is so much room across."""
        notices = list(self._shown.values())
        wide = self.wide(room)
        return sum(one.high(wide) for one in notices) + GAP * max(0, len(notices) - 1)

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
        done: bool = False,
    ) -> None:
        """Show a sentence with, perhaps, a button that does what it advises.

        What is done passes by itself, with a button too.

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

        sign = DONE if done else GRAVE if grave else PLAIN
        notice = _Notice(self._theme, sentence, action, act, close, sign)
        self._shown[key] = notice
        self._column.addWidget(notice)
        if done or not (grave or action or pinned):
            QTimer.singleShot(max(PASSING_MS, READING_MS * len(sentence)), notice, close)
        self.show()
        self.updateGeometry()

    def button(self, key: str) -> QPushButton | None:
        """Return the button of a notice, if it has one."""
        notice = self._shown.get(key)
        return notice.button if notice else None

    def drop(self, key: str) -> None:
        """Take a notice away."""
        notice = self._shown.pop(key, None)
        self._pinned.discard(key)
        if notice:
            if notice.isAncestorOf(QApplication.focusWidget() or self):
                self._give_back()
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        if not self._shown:
            self.hide()

    def _on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isAncestorOf(now) and not self.isAncestorOf(before or self):
            self._hand = before

    def _give_back(self) -> None:
        """Let the focus go where it was before it came here, not to the next in line."""
        hand = self._hand
        if hand is not None and isValid(hand) and hand.isVisible() and hand.isEnabled():
            hand.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focus_lost.emit()


class _Notice(QFrame):
    def __init__(
        self,
        theme: Theme,
        sentence: str,
        action: str,
        act: Callable[[], None],
        close: Callable[[], None],
        sign: tuple[str, str],
    ) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.sentence = sentence
        self.button: QPushButton | None = None
        self.setAccessibleName(sentence)
        self._theme = theme
        self._name, self._colour = sign
        self._sign = QLabel()
        self._words = words = label(sentence)
        words.setWordWrap(True)
        away = icon_button(theme, "x", _("Close this notice"))
        away.clicked.connect(close)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 6, 4)
        row.setSpacing(12)
        row.addWidget(self._sign)
        row.addWidget(words, 1)
        if action:
            self.button = QPushButton(action)
            self.button.setProperty("role", "act")
            self.button.clicked.connect(act)
            row.addWidget(self.button)
        row.addWidget(away)
        theme.changed.connect(self._paint)
        self._paint()

    def high(self, wide: int) -> int:
        """Return its height at a width: one line, or more where the sentence needs them."""
        return max(self._theme.px(ROW), self.heightForWidth(wide), self.minimumSizeHint().height())

    def _paint(self) -> None:
        side = self._theme.px(18)
        sign = icon(self._name, self._theme.colour(self._colour))
        self._sign.setPixmap(sign.pixmap(QSize(side, side), self.devicePixelRatioF()))
