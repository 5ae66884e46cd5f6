"""Under the board: words to lay as a card, the formula, and the one big button."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.ui.controls import row_label
from kandinsky_desktop.ui.fusion.boards_menu import BoardsMenu
from kandinsky_desktop.ui.run_bar import RunBar
from kandinsky_desktop.ui.theme import Theme


class FusionBar(RunBar):
    """Takes words and formulas, and says when the fusion is to be painted."""

    text_submitted = Signal(str)
    formula_submitted = Signal(str)
    live_toggled = Signal(bool)
    filmstrip_toggled = Signal(bool)

    verb = N_("Fuse")
    help = N_("Paint the fusion (Ctrl+Enter)")
    queue_help = N_("Paint this fusion after those (Ctrl+Enter)")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.words = QLineEdit()
        self.words.setAccessibleName(_("Words for a new card"))
        self.words.setPlaceholderText(_("Type words and press Enter to lay them on the board"))
        self.formula = QLineEdit()
        self.formula.setAccessibleName(_("Formula"))
        self.formula.setPlaceholderText('0.6 cat.png + 0.4 "oil painting"')
        self.formula.setToolTip(
            _("The board written out. Change it and press Enter; words stand in quotes.")
        )
        self.boards = BoardsMenu(theme)
        self.live = QCheckBox(_("Live"))
        self.live.setToolTip(_("A fast preview after each change of the board"))
        self.film = QCheckBox(_("Film"))
        self.film.setToolTip(_("A strip from one card to another, or a sheet between four"))
        rows = QVBoxLayout()
        rows.setSpacing(8)
        for name, edit, beside in (
            (_("Words"), self.words, (self.boards,)),
            (_("Formula"), self.formula, (self.live, self.film)),
        ):
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(row_label(theme, name))
            row.addWidget(edit, 1)
            for widget in beside:
                row.addWidget(widget)
            rows.addLayout(row)
        rows.addStretch(1)
        self.buttons.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 8)
        whole.setSpacing(16)
        whole.addLayout(rows, 1)
        whole.addLayout(self.buttons)
        self.words.returnPressed.connect(self._lay)
        self.formula.returnPressed.connect(lambda: self.formula_submitted.emit(self.formula.text()))
        self.live.toggled.connect(self.live_toggled)
        self.film.toggled.connect(self.filmstrip_toggled)

    def show_formula(self, formula: str) -> None:
        """Write the board out, unless someone is writing there now."""
        if not self.formula.hasFocus() or not self.formula.isModified():
            self.formula.setText(formula)
            if not self.formula.hasFocus():
                self.formula.setCursorPosition(0)

    def show_live(self, on: bool) -> None:
        """Show whether changes are previewed."""
        with QSignalBlocker(self.live):
            self.live.setChecked(on)

    def _lay(self) -> None:
        words = self.words.text().strip()
        if words:
            self.text_submitted.emit(words)
            self.words.clear()
