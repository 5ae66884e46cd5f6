"""What should not be in the picture: one field for both negative prompts, or one for each."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.request import NEGATIVES
from kandinsky_desktop.state.draft import Draft, PictureAndPrompt
from kandinsky_desktop.ui.controls import icon_button, label, titled_row
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.theme import Theme


class Without(QWidget):
    """Takes the negative prompts. Both say the same until a person splits them."""

    changed = Signal(str, object)  # a field's name, its text
    both_changed = Signal(str)  # the text of both
    left = Signal()  # a field where words were typed

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._prior = True  # whether the model in use has one
        self.both = self._field(theme, _("Without"), _("what to leave out"))
        self.both.textChanged.connect(self._type_both)
        self.split = icon_button(
            theme,
            "chevron-right",
            _("Other words for the idea and for the picture"),
            checkable=True,
        )
        self.split.toggled.connect(self._arrange)
        self.each: dict[str, PromptEdit] = {}
        self._titles = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(titled_row(_("Without"), self.split))
        column.addWidget(self.both)
        for name, about in NEGATIVES.items():
            edit = self.each[name] = self._field(theme, _(about.label), _("nothing"))
            edit.setToolTip(_(about.help))
            edit.textChanged.connect(lambda name=name: self._type(name))
            title = self._titles[name] = label(_(about.label), "small")
            title.setToolTip(_(about.help))
            title.setBuddy(edit)
            column.addWidget(title)
            column.addWidget(edit)
        self._arrange()

    def show_model(self, *, prior: bool) -> None:
        """Show what a model with a prior reads, or one without: a single negative prompt."""
        self._prior = prior
        self._arrange()

    def show_draft(self, values: Draft) -> None:
        """Show the words of the draft, where they differ from what stands there."""
        unread = not isinstance(values.image_conditioning, PictureAndPrompt | None)
        self.each["negative_prior"].setEnabled(not unread)
        self.each["negative_decoder"].setEnabled(values.negative is None)
        self.both.setEnabled(values.negative is None)
        texts = {name: getattr(values, name) for name in self.each}
        for name, text in texts.items():
            self.each[name].show_text(text)
        self.both.show_text(values.negative_decoder or values.negative_prior)
        if self._prior and values.negative_prior != values.negative_decoder:
            self.split.setChecked(True)

    def forget_undo(self) -> None:
        """Let what was typed so far be undone by others alone."""
        for edit in (self.both, *self.each.values()):
            edit.forget_undo()

    def _field(self, theme: Theme, name: str, hint: str) -> PromptEdit:
        edit = PromptEdit(theme, name, hint, 1)
        edit.left.connect(self.left)
        return edit

    def _arrange(self) -> None:
        apart = self.split.isChecked() and self._prior
        self.split.setVisible(self._prior)
        self.both.setVisible(not apart)
        for name, edit in self.each.items():
            edit.setVisible(apart)
            self._titles[name].setVisible(apart)

    def _type_both(self) -> None:
        self.both_changed.emit(self.both.toPlainText())

    def _type(self, name: str) -> None:
        self.changed.emit(name, self.each[name].toPlainText())
