"""What floats over the board: what nearness means, which board it is, live previews, its film."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.actions import BAR_ICON
from kandinsky_desktop.ui.controls import beside, label, set_icon
from kandinsky_desktop.ui.fusion.boards_menu import BoardsMenu
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.switch import Switch
from kandinsky_desktop.ui.theme import Theme

LEARNT = 3  # after so many cards that were dragged it is known what nearness means


class Nearness(QWidget):
    """Says that the nearer a card is, the more it weighs; later on only when it is wanted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._learnt = self._hovered = False
        self._sign = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(label(_("Nearer weighs more"), "small"))
        theme.changed.connect(self._paint_sign)
        self._paint_sign()

    def show_drags(self, count: int) -> None:
        """Take how many cards were dragged until now."""
        self._learnt = count >= LEARNT
        self._show()

    def show_hovered(self, on: bool) -> None:
        """Take whether the mouse is over a card."""
        self._hovered = on
        self._show()

    def _show(self) -> None:
        self.setVisible(self._hovered or not self._learnt)

    def _paint_sign(self) -> None:
        side = self._theme.px(16)
        sign = icon("move-horizontal", self._theme.colour("quiet"))
        self._sign.setPixmap(sign.pixmap(side, side))


class BoardTools(QWidget):
    """The menu of boards, and the switch for live previews."""

    live_toggled = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.boards = BoardsMenu(theme)
        self.live = Switch(theme, _("Live"))
        self.live.setToolTip(_("A fast preview after each change of the board"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.boards)
        row.addWidget(self.live)
        self.live.toggled.connect(self.live_toggled)

    def show_live(self, on: bool) -> None:
        """Show whether changes are previewed."""
        with QSignalBlocker(self.live):
            self.live.setChecked(on)


class FilmPills(QWidget):
    """Open the film of the board: as a strip from one card to another, or as a sheet of four."""

    opened = Signal(bool)  # whether as a sheet

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.film = _pill(
            theme, "film", _("Film"), _("A strip that leads from one card to another")
        )
        self.sheet = _pill(
            theme, "grid-3x3", _("Sheet"), _("A sheet of what lies between four cards")
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.film)
        row.addWidget(self.sheet)
        self.film.clicked.connect(lambda: self.opened.emit(False))
        self.sheet.clicked.connect(lambda: self.opened.emit(True))


def _pill(theme: Theme, name: str, words: str, help_: str) -> QPushButton:
    button = QPushButton(beside(words))
    button.setAccessibleName(words)
    button.setProperty("role", "pill")
    button.setProperty("icon_side", BAR_ICON)
    button.setToolTip(help_)
    button.setAccessibleDescription(help_)
    set_icon(theme, button, name)
    return button
