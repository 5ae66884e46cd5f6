"""Whether a key is still held that an action was done by."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.typing_compat import override

ENDS = (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationDeactivate)


class HeldKey(QObject):
    """Begins with an action, and ends when a key is let go or another window comes up."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.held = False

    def begin(self) -> None:
        """Handle that the key was pressed; repeated presses are one."""
        application = QApplication.instance()
        if not self.held and application is not None:
            self.held = True
            application.installEventFilter(self)
            self.changed.emit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        let_go = (
            event.type() is QEvent.Type.KeyRelease
            and isinstance(event, QKeyEvent)
            and not event.isAutoRepeat()
        )
        if self.held and (let_go or event.type() in ENDS):
            self.held = False
            application = QApplication.instance()
            if application is not None:
                application.removeEventFilter(self)
            self.changed.emit()
        return False
