"""The rail at the left: the rooms of the program, and at its foot what concerns all of them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import UNDER, ActionSet, nothing

ICON_ONLY = Qt.ToolButtonStyle.ToolButtonIconOnly
EDGE = 7  # of a button, with what Qt keeps free around its text


class Rail(QFrame):
    """One button a room, and below them those of the window."""

    def __init__(self, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._group = QButtonGroup(self)
        self._rooms: dict[str, QToolButton] = {}
        self._each = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 12, 8, 12)
        self._column.setSpacing(4)
        self._column.addStretch(1)
        self.help = actions.button("help", nothing, role="room")
        self.settings = actions.button("settings", nothing, role="room")
        self._column.addWidget(self.help)
        self._column.addWidget(self.settings)

    @property
    def needed(self) -> int:
        """How wide it must be so that no name is cut."""
        buttons = [*self._rooms.values(), self.help, self.settings]
        widest = max(one.fontMetrics().horizontalAdvance(one.text()) for one in buttons)
        margins = self._column.contentsMargins()
        return widest + EDGE + margins.left() + margins.right()

    def add_room(self, name: str, button: QToolButton) -> None:
        """Show the button of one more room."""
        self._group.addButton(button)
        self._column.insertWidget(len(self._rooms), button)
        self._rooms[name] = button

    def allow_height(self, each: int) -> None:
        """Let each button be so high with its words; they go where the rail is lower."""
        self._each = each
        self._arrange()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        buttons = [*self._rooms.values(), self.help, self.settings]
        shown = [one for one in buttons if not one.isHidden()]
        margins, gap = self._column.contentsMargins(), self._column.spacing()
        needed = margins.top() + margins.bottom() + len(shown) * (self._each + gap)
        style = UNDER if self.height() >= needed else ICON_ONLY
        for button in buttons:
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)
                button.setProperty("bare", style == ICON_ONLY)
                button.style().polish(button)

    def offer_room(self, name: str, on: bool) -> None:
        """Show a room's button, or not."""
        self._rooms[name].setVisible(on)

    def show_room(self, name: str) -> None:
        """Mark the room that is entered."""
        self._rooms[name].setChecked(True)
