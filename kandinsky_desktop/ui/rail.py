"""The rail at the left: the places of the program, and at its foot what concerns all of them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import icon_button, set_icon
from kandinsky_desktop.ui.theme import Theme


class Rail(QFrame):
    """One button a place. Places that are not built yet are not shown."""

    place_requested = Signal(str)
    theme_requested = Signal()
    settings_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self._theme = theme
        self._group = QButtonGroup(self)
        self._places: dict[str, QToolButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 12, 8, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.theme = icon_button(theme, "sun", _("Light or dark (Ctrl+T)"))
        self.settings = icon_button(theme, "settings", _("Settings (Ctrl+,)"))
        self._column.addWidget(self.theme)
        self._column.addWidget(self.settings)
        self.theme.clicked.connect(self.theme_requested)
        self.settings.clicked.connect(self.settings_requested)
        theme.changed.connect(self._dress)
        self._dress()

    def add_place(self, name: str, icon: str, title: str) -> None:
        """Show one more place."""
        button = icon_button(self._theme, icon, title, checkable=True)
        button.clicked.connect(lambda: self.place_requested.emit(name))
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
        set_icon(self._theme, self.theme, "sun" if self._theme.tokens.name == "dark" else "moon")
