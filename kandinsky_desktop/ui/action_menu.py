"""A menu of actions: round corners, keys at the right, and keys that work while it is open."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.key_positions import pressed


class ActionMenu(QMenu):
    """Shows actions; the key of one of them does it, also of those in a menu within."""

    def __init__(self, parent: QWidget | None = None, title: str = "") -> None:
        super().__init__(title, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # else corners are square
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        self.setToolTipsVisible(True)

    def open_at(self, point: QPoint) -> None:
        """Open at a point of the screen, with nothing chosen yet."""
        self.popup(point)

    def open_beside(self, button: QWidget) -> None:
        """Open below a button, or above it where there is no room, with the first one chosen."""
        below = button.mapToGlobal(QPoint(0, button.height() + 4))
        high = self.sizeHint().height()
        screen = button.screen().availableGeometry()
        if below.y() + high > screen.bottom():
            below = button.mapToGlobal(QPoint(0, -4 - high))
        self.popup(below)
        for action in self.actions():
            if action.isEnabled() and not action.isSeparator():
                self.setActiveAction(action)
                break

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        wanted = QKeySequence(pressed(event))
        for action in _all(self):
            if not wanted.isEmpty() and action.shortcut() == wanted and action.isEnabled():
                self._close_all()
                action.trigger()
                return
        super().keyPressEvent(event)

    def _close_all(self) -> None:
        menu: QWidget | None = self
        while isinstance(menu, QMenu):
            menu.close()
            menu = menu.parentWidget()


def _all(menu: QMenu) -> list[QAction]:
    """Return the actions of a menu and of those within."""
    found: list[QAction] = []
    for action in menu.actions():
        within = action.menu()
        found += _all(within) if isinstance(within, QMenu) else [action]
    return found


def show_key(action: QAction, key: str) -> None:
    """Let an action of a menu show its key.

    It is heard while the menu is open alone: elsewhere it would be a second action of that key, and
    Qt does neither of two.
    """
    action.setShortcut(QKeySequence(key))
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.setShortcutVisibleInContextMenu(True)
