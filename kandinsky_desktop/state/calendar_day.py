"""What day it is: says so when another one begins, also after the machine has slept."""

from collections.abc import Callable

from PySide6.QtCore import QDate, QDateTime, QObject, Qt, QTime, QTimer, Signal

LONGEST_MS = 60_000  # between two looks: clocks are set, and machines sleep


class CalendarDay(QObject):
    """Looks at the clock at midnight, and once a minute."""

    changed = Signal()

    def __init__(
        self,
        parent: QObject,
        now: Callable[[], QDateTime] = QDateTime.currentDateTime,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._day: QDate = now().date()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self.look)
        self._wait()

    def look(self) -> None:
        """See whether it is another day."""
        day = self._now().date()
        if day != self._day:
            self._day = day
            self.changed.emit()
        self._wait()

    def _wait(self) -> None:
        now = self._now()
        midnight = QDateTime(now.date().addDays(1), QTime(0, 0))
        self._timer.start(max(1, min(now.msecsTo(midnight), LONGEST_MS)))
