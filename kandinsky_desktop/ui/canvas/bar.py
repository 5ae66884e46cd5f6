"""The composer of the canvas: the words of a fill, and the one big button."""

from PySide6.QtCore import Signal

from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import icon_button
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.run_bar import RunBar
from kandinsky_desktop.ui.theme import Theme

ONLY_MASK = N_("Only what is under the mask is painted")
ALL_OF_IT = N_("All of the picture is painted anew, from your sketch")
ALONG_DEPTH = N_("All of the picture is painted anew, along its depth")
ONLY_BORDER = N_("Only the border is painted, window by window; the picture stays as it is")
BY_SURROUNDINGS = N_("No words: by what is around it, and nothing that is in the hole")
BY_PICTURE = N_("No words: by what the picture shows, window by window")


class CanvasBar(RunBar):
    """Takes the words of a fill and says when it is to be painted."""

    changed = Signal(str, object)  # a field's name, its text
    left = Signal()  # the field where the words are typed
    open_requested = Signal()

    verb = N_("Fill")
    help = N_("Paint what is masked (Ctrl+Enter)")
    queue_help = N_("Paint this fill after those (Ctrl+Enter)")
    hint = ONLY_MASK
    running_hint = N_("Esc cancels and keeps your mask · Ctrl+Enter adds to the queue")

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.words = PromptEdit(
            theme,
            _("What is to be there; nothing: what is around it"),
            _("What is to be there"),
            1,
            enter_sends=True,
        )
        self.open = icon_button(
            theme, "image-plus", _("Open another picture, or go on with an earlier one")
        )
        for widget in (self.open, self.words, self._queue, self.run_button):
            self.composer.row.addWidget(widget, int(widget is self.words))
        self.words.textChanged.connect(
            lambda: self.changed.emit("prompt", self.words.toPlainText())
        )
        self.words.left.connect(self.left)
        self.words.submitted.connect(self.run_requested)
        self.open.clicked.connect(self.open_requested)

    def show_words(self, text: str) -> None:
        """Show the words of the draft, where they differ from what stands there."""
        self.words.show_text(text)

    def show_verb(self, words: str, hint: str, *, quiet: bool) -> None:
        """Say what the button does; `quiet` while another button is the one to press."""
        self.verb, self.hint = words, hint
        self.run_button.show_quiet(quiet)

    @override
    def counted(self, count: int) -> str:
        return ngettext("{n} fill", "{n} fills", count).format(n=count)

    @override
    def place(self) -> None:
        self.words.setFixedHeight(self.words.fontMetrics().lineSpacing() + 6)
        super().place()
