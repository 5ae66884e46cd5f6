"""A menu of actions: round corners, keys at the right, and keys that work while it is open."""

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.key_positions import pressed
from kandinsky_desktop.ui.theme import Theme

KEYS = 12  # size of the keys, in unscaled pixels
FAINT = 0.5  # opacity of a key that cannot be used now
INSET, GAP = 16, 24  # of the keys: from the edge, and at least from the words


class ActionMenu(QMenu):
    """Shows actions; the key of one of them does it, also of those in a menu within."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, title: str = "") -> None:
        super().__init__(title, parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # else corners are square
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._make_room)

    def open_at(self, point: QPoint, *, by_key: bool = False) -> None:
        """Open at a point of the screen, with nothing chosen yet; by a key, with the first one."""
        self.popup(point)
        if by_key:
            self._choose_first()

    def open_beside(self, button: QWidget) -> None:
        """Open below a button, or above it where there is no room, with the first one chosen."""
        below = button.mapToGlobal(QPoint(0, button.height() + 4))
        high = self.sizeHint().height()
        if below.y() + high > button.screen().availableGeometry().bottom():
            below = button.mapToGlobal(QPoint(0, -4 - high))
        self.popup(below)
        self._choose_first()

    def _choose_first(self) -> None:
        for action in self.actions():
            if action.isEnabled() and not action.isSeparator():
                self.setActiveAction(action)
                break

    @override
    def event(self, arg__1: QEvent) -> bool:
        if arg__1.type() is QEvent.Type.ShortcutOverride:
            arg__1.accept()  # else letters would be done to what is behind the menu
            return True
        return super().event(arg__1)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        wanted = QKeySequence(pressed(event))
        for action in _all(self):
            if not wanted.isEmpty() and action.shortcut() == wanted and action.isEnabled():
                self._close_all()
                action.trigger()
                return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        font = self.font()
        font.setPixelSize(self._theme.px(KEYS))
        painter.setFont(font)
        for action in self._with_keys():
            chosen = action is self.activeAction() and action.isEnabled()
            painter.setPen(self._theme.colour("on_accent" if chosen else "quiet"))
            painter.setOpacity(1 if action.isEnabled() else FAINT)
            place = self.actionGeometry(action).adjusted(0, 0, -INSET, 0)
            end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, end, _said(action))

    def _make_room(self) -> None:
        """Be as wide as the words and the keys together."""
        self.setMinimumWidth(0)
        shown = self._with_keys()
        if shown:
            font = self.font()
            font.setPixelSize(self._theme.px(KEYS))
            metrics = QFontMetrics(font)
            widest = max(metrics.horizontalAdvance(_said(action)) for action in shown)
            self.setMinimumWidth(self.sizeHint().width() + widest + GAP)

    def _with_keys(self) -> list[QAction]:
        return [action for action in self.actions() if not action.shortcut().isEmpty()]

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


def _said(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def show_key(action: QAction, key: str) -> None:
    """Let an action of a menu show its key.

    It is heard while the menu is open alone: elsewhere it would be a second action of that key, and
    Qt does neither of two. The menu itself paints it, at the right.
    """
    action.setShortcut(QKeySequence(key))
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.setShortcutVisibleInContextMenu(False)
