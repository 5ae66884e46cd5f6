"""The prompt, beside it the one big button, and under it what it will cost or why it cannot."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.request import NEGATIVES
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.draft import Draft, PictureAndPrompt
from kandinsky_desktop.ui.controls import ElidedLabel, set_icon
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.run_bar import RunBar
from kandinsky_desktop.ui.theme import Theme


class PromptBar(RunBar):
    """Takes the words of the next pictures and says when they are to be made."""

    changed = Signal(str, str)  # a field of the draft, its text
    left = Signal()  # the field where words were typed
    ideas_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._prompt = PromptEdit(theme, _("Prompt"), _("What would you like to see?"), 3)
        self._negatives = {name: self._negative(theme, name) for name in NEGATIVES}
        self._sketches = True  # whether the model in use has several ideas of words
        self._unread = False  # the words, since a picture says what is meant
        self._tokens = ElidedLabel("small")
        self._tokens.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._tokens.setAccessibleName(_("Length of the prompt"))
        self._more = QToolButton()
        self._more.setText(_("Negative prompts"))
        self._more.setCheckable(True)
        self._more.setProperty("role", "fold")
        self._more.setToolTip(_("Words to lead away from"))
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._theme = theme
        set_icon(theme, self._more, "chevron-right")
        self.ideas = QPushButton(_("Ideas first"))
        self.ideas.setProperty("role", "link")

        self._titles: dict[str, ElidedLabel] = {}
        self._section = QWidget()
        section = QHBoxLayout(self._section)
        section.setContentsMargins(0, 0, 0, 0)
        section.setSpacing(8)
        for name, words in self._negatives.items():
            column = QVBoxLayout()
            column.setSpacing(4)
            title = ElidedLabel("small")
            title.setText(_(NEGATIVES[name].label))
            title.setToolTip(_(NEGATIVES[name].help))
            title.setBuddy(words)
            self._titles[name] = title
            column.addWidget(title)
            column.addWidget(words)
            section.addLayout(column)
        self._section.hide()
        self._lay_out()

        self._prompt.textChanged.connect(self._type)
        self._prompt.left.connect(self.left)
        self._prompt.submitted.connect(self.run_requested)
        self._more.toggled.connect(self._open)
        self.ideas.clicked.connect(self.ideas_requested)

    @property
    def prompt(self) -> PromptEdit:
        """The words themselves."""
        return self._prompt

    def show_model(self, *, prior: bool) -> None:
        """Show what a model with a prior reads, or one without: a single negative prompt."""
        self._sketches = prior
        self.ideas.setVisible(prior)
        self._negatives["negative_prior"].setVisible(prior)
        self._titles["negative_prior"].setVisible(prior)
        plain, full = _("Negative prompt"), _(NEGATIVES["negative_decoder"].label)
        self._titles["negative_decoder"].setText(full if prior else plain)
        self._more.setText(_("Negative prompts") if prior else plain)

    def show_draft(self, values: Draft) -> None:
        """Show the words of the draft, where they differ from what stands there.

        Fields without effect, since a picture takes the prompt's place, are disabled.
        """
        self._unread = not isinstance(values.image_conditioning, PictureAndPrompt | None)
        if self._unread and self._prompt.hasFocus():
            self.run_button.setFocus()
        self._prompt.setEnabled(not self._unread)
        self._negatives["negative_prior"].setEnabled(not self._unread)
        self._negatives["negative_decoder"].setEnabled(values.negative is None)
        if self._unread:
            self._show_length(_("Not read: a picture says what is meant"), "small")
            self._tokens.setToolTip(_("What is meant can be chosen under Meaning, at the right."))
        texts = {self._prompt: values.prompt}
        for name, edit in self._negatives.items():
            texts[edit] = getattr(values, name)
        for edit, text in texts.items():
            edit.show_text(text)
        if (values.negative_prior or values.negative_decoder) and not self._more.isChecked():
            self._more.setChecked(True)

    def forget_undo(self) -> None:
        """Let what was typed so far be undone by others alone."""
        for edit in (self._prompt, *self._negatives.values()):
            edit.forget_undo()

    def show_tokens(self, count: int, limit: int) -> None:
        """Show how long the prompt is, and warn when its end will not be read."""
        if self._unread:
            return
        if count > limit:
            words = _("{count} of {limit} tokens: the end is not read")
        else:
            words = _("{count} of {limit} tokens")
        role = "warning" if count > limit else "small"
        self._show_length(words.format(count=count, limit=limit), role)
        self._tokens.setToolTip(
            _(
                "The model reads at most {limit} tokens (pieces of words), the two marks at the"
                " start and the end included."
            ).format(limit=limit)
        )

    @override
    def show_ready(self, problem: str, cost: str) -> None:
        super().show_ready(problem, cost)
        self.ideas.setVisible(self._sketches)

    def offer_ideas(self, problem: str) -> None:
        """Let ideas be sketched first, or say why they cannot be."""
        self.ideas.setEnabled(not problem)
        self.ideas.setToolTip(
            problem or _("A sheet of quick ideas to choose from, before you paint (Ctrl+I)")
        )

    @override
    def show_running(self, share: float, problem: str, *, stopping: bool) -> None:
        super().show_running(share, problem, stopping=stopping)
        self.ideas.hide()

    def _show_length(self, words: str, role: str) -> None:
        self._tokens.setText(words)
        self._tokens.setProperty("role", role)
        self._tokens.style().polish(self._tokens)

    def _lay_out(self) -> None:
        under = QHBoxLayout()
        under.setSpacing(16)
        under.addWidget(self._more)
        under.addWidget(self._tokens, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._prompt)
        words.addLayout(under)
        words.addWidget(self._section)
        self.buttons.addWidget(self.ideas, 0, Qt.AlignmentFlag.AlignHCenter)
        self.buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addLayout(self.buttons)

    def _negative(self, theme: Theme, name: str) -> PromptEdit:
        about = NEGATIVES[name]
        words = PromptEdit(theme, _(about.label), _("nothing"), 2)
        words.setToolTip(_(about.help))
        words.textChanged.connect(lambda: self.changed.emit(name, words.toPlainText()))
        words.left.connect(self.left)
        words.submitted.connect(self.run_requested)
        return words

    def _type(self) -> None:
        self.changed.emit("prompt", self._prompt.toPlainText())

    def _open(self, on: bool) -> None:
        set_icon(self._theme, self._more, "chevron-down" if on else "chevron-right")
        self._section.setVisible(on)
