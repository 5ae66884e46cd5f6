"""Which parts of a widget are painted."""

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.typing_compat import override


def painted_out() -> None:
    """Let all be painted that is to be, where one thing leads to another: turns, and no time.

    However long a turn takes on a busy machine, each of these is a whole one.
    """
    for _turn in range(20):
        QTest.qWait(1)


class Painted(QObject):
    """Notes which part of a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[QRect] = []

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.parts.append(event.region().boundingRect())
        return False
