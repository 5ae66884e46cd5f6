"""The rail at the left: the places of the program, and at its foot what concerns all of them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import dress, tool
from kandinsky_desktop.ui.theme import Look


class Rail(QFrame):
    """One button a place. Places that are not built yet are not shown."""

    place_wanted = Signal(str)
    theme_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self._look = look
        self._group = QButtonGroup(self)
        self._places: dict[str, QToolButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 12, 8, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.theme = tool(look, "sun", _("Light or dark (Ctrl+T)"))
        self.settings = tool(look, "settings", _("Settings (Ctrl+,)"))
        self._column.addWidget(self.theme)
        self._column.addWidget(self.settings)
        self.theme.clicked.connect(self.theme_wanted)
        self.settings.clicked.connect(self.settings_wanted)
        look.changed.connect(self._dress)
        self._dress()

    def add_place(self, name: str, icon: str, title: str) -> None:
        """Show one more place."""
        button = tool(self._look, icon, title, checkable=True)
        button.clicked.connect(lambda: self.place_wanted.emit(name))
        self._group.addButton(button)
        self._column.insertWidget(len(self._places), button)
        self._places[name] = button

    def offer_place(self, name: str, on: bool) -> None:
        """Show a place's button, or not."""
        self._places[name].setVisible(on)

    def show_place(self, name: str) -> None:
        """Mark the place that is shown."""
        self._places[name].setChecked(True)

    def _dress(self) -> None:
        dress(self._look, self.theme, "sun" if self._look.theme.name == "dark" else "moon")
