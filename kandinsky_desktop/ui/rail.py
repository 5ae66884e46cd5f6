"""The rail at the left: the rooms of the program, and at its foot what concerns all of them."""

from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout

from kandinsky_desktop.ui.actions import ActionSet, nothing
from kandinsky_desktop.ui.controls import set_icon
from kandinsky_desktop.ui.theme import Theme


class Rail(QFrame):
    """One button a room, and below them those of the window."""

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._theme = theme
        self._group = QButtonGroup(self)
        self._rooms: dict[str, QToolButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 12, 8, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.theme = actions.button("theme", nothing)
        self.settings = actions.button("settings", nothing)
        self._column.addWidget(self.theme)
        self._column.addWidget(self.settings)
        theme.changed.connect(self._dress)
        self._dress()

    def add_room(self, name: str, button: QToolButton) -> None:
        """Show the button of one more room."""
        self._group.addButton(button)
        self._column.insertWidget(len(self._rooms), button)
        self._rooms[name] = button

    def offer_room(self, name: str, on: bool) -> None:
        """Show a room's button, or not."""
        self._rooms[name].setVisible(on)

    def show_room(self, name: str) -> None:
        """Mark the room that is entered."""
        self._rooms[name].setChecked(True)

    def _dress(self) -> None:
        set_icon(self._theme, self.theme, "sun" if self._theme.tokens.name == "dark" else "moon")
