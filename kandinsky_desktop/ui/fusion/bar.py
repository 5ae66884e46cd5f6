"""The composer of the fusion room: words or pictures for a card, and the one big button."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import set_icon, show_words
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.run_bar import RunBar
from kandinsky_desktop.ui.theme import Theme


class FusionBar(RunBar):
    """Takes words for cards, and says when the fusion is to be painted."""

    text_submitted = Signal(str)  # words that are to be cleared away once they lie there
    pictures_requested = Signal()  # to be chosen as cards

    verb = N_("Fuse")
    help = N_("Paint the fusion (Ctrl+Enter)")
    queue_help = N_("Paint this fusion after those (Ctrl+Enter)")
    hint = N_("Enter lays the words down · drop pictures anywhere")
    running_hint = N_("Esc cancels and keeps your board · Ctrl+Enter adds to the queue")

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._sign = QLabel()
        self.words = QLineEdit()
        self.words.setAccessibleName(_("Words for a new card"))
        self.words.setPlaceholderText(_("Add words to the board"))
        self.pictures = QPushButton()
        show_words(self.pictures, _("Picture…"), on=True)
        self.pictures.setProperty("role", "flat")
        set_icon(theme, self.pictures, "image-plus")
        self.pictures.setToolTip(_("Choose pictures to lay on the board"))
        row = self.composer.row
        row.addSpacing(6)
        for widget in (self._sign, self.words, self.pictures, self._queue, self.run_button):
            row.addWidget(widget, int(widget is self.words))
        row.insertSpacing(2, 8)
        self.words.returnPressed.connect(self._submit)
        self.pictures.clicked.connect(self.pictures_requested)
        theme.changed.connect(self._paint_sign)
        self._paint_sign()

    @override
    def show_narrow(self, *, narrow: bool) -> None:
        super().show_narrow(narrow=narrow)
        show_words(self.pictures, _("Picture…"), on=not narrow)
        self.words.setPlaceholderText(_("Add words") if narrow else _("Add words to the board"))

    def _submit(self) -> None:
        words = self.words.text().strip()
        if words:
            self.text_submitted.emit(words)

    def _paint_sign(self) -> None:
        side = self._theme.px(18)
        sign = icon("type", self._theme.colour("quiet"))
        self._sign.setPixmap(sign.pixmap(side, side))
