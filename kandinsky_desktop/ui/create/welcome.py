"""The empty stage: what this is, and five prompts that the model in use paints well."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import ModelProfile
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.theme import Theme

WIDTH = 420  # unscaled, unless a prompt needs more


class Welcome(QFrame):
    """Invites to a first picture."""

    chosen = Signal(str)  # a prompt
    help_requested = Signal()  # where full models go

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self._theme = theme
        self._inner = inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setSpacing(8)
        self._title = label(_("What would you like to see?"), "title")
        self._under = label(_("Type it below, or begin with one of these."), "quiet")
        for words in (self._title, self._under):
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(self._title)
        self._column.addWidget(self._under)
        self._column.addSpacing(8)
        self._buttons: list[QPushButton] = []
        self._place = self._column.count()
        self._note = label("", "small")
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._more = QPushButton(_("How to get the full Kandinsky"))
        self._more.setProperty("role", "link")
        self._more.setCursor(Qt.CursorShape.PointingHandCursor)
        self._more.clicked.connect(self.help_requested)
        self._column.addSpacing(8)
        self._column.addWidget(self._note)
        self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignHCenter)
        self._note.hide()
        self._more.hide()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(inner)
        row.addStretch(1)
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(1)
        area = QScrollArea()  # in a low window what is below can be scrolled to
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in (area.viewport(), body):
            part.setAutoFillBackground(False)  # the stage is behind it
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def suggestions(self) -> list[QPushButton]:
        """The prompts, as buttons."""
        return list(self._buttons)

    def show_profile(self, profile: ModelProfile) -> None:
        """Offer what the model in use is good at, and say what a newcomer must know of it."""
        for button in self._buttons:
            button.deleteLater()
        self._buttons = []
        for number, prompt in enumerate(profile.prompts):
            words = _(prompt)
            button = QPushButton(words)
            button.setProperty("role", "suggestion")
            button.clicked.connect(lambda _on, words=words: self.chosen.emit(words))
            self._column.insertWidget(self._place + number, button)
            self._buttons.append(button)
        self._measure()
        self._note.setText(_(profile.note) if profile.note else "")
        self._note.setVisible(bool(profile.note))
        self._more.setVisible(bool(profile.note))

    def _measure(self) -> None:
        margins = self._column.contentsMargins()
        needed = max((button.sizeHint().width() for button in self._buttons), default=0)
        self._inner.setFixedWidth(
            max(self._theme.px(WIDTH), needed + margins.left() + margins.right())
        )
