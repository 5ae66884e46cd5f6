"""Over the board: what nearness means, which board it is, its film, and live previews."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.fusion.boards_menu import BoardsMenu
from kandinsky_desktop.ui.theme import Theme


class TopBar(QWidget):
    """A line of quiet controls on the board's own ground."""

    live_toggled = Signal(bool)
    filmstrip_toggled = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.nearness = label(_("↔  Nearer weighs more"), "small")
        self.boards = BoardsMenu(theme)
        self.film = QCheckBox(_("Film"))
        self.film.setToolTip(_("A strip from one card to another, or a sheet between four"))
        self.live = QCheckBox(_("Live"))
        self.live.setToolTip(_("A fast preview after each change of the board"))
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 12, 24, 4)
        row.setSpacing(16)
        row.addWidget(self.nearness)
        row.addStretch(1)
        for widget in (self.boards, self.film, self.live):
            row.addWidget(widget)
        self.live.toggled.connect(self.live_toggled)
        self.film.toggled.connect(self.filmstrip_toggled)

    def show_live(self, on: bool) -> None:
        """Show whether changes are previewed."""
        with QSignalBlocker(self.live):
            self.live.setChecked(on)
