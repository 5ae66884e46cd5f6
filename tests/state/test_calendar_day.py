"""Another day is told of when it begins, and only then."""

from PySide6.QtCore import QDate, QDateTime, QObject, QTime
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.calendar_day import LONGEST_MS, CalendarDay


class Clock(QObject):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.now = QDateTime(QDate(2026, 2, 28), QTime(12, 0))


def test_midnight_is_told_of_also_after_a_sleep(qtbot: QtBot) -> None:
    clock = Clock()
    day = CalendarDay(clock, lambda: clock.now)
    told: list[QDate] = []
    day.changed.connect(lambda: told.append(clock.now.date()))
    assert day._timer.interval() == LONGEST_MS
    clock.now = QDateTime(QDate(2026, 2, 28), QTime(23, 59, 59, 970))
    day.look()
    assert not told
    assert day._timer.interval() == 30
    clock.now = QDateTime(QDate(2026, 3, 1), QTime(0, 0))
    qtbot.waitUntil(lambda: told == [QDate(2026, 3, 1)])
    clock.now = QDateTime(QDate(2026, 3, 4), QTime(8, 0))  # the machine slept
    day.look()
    assert told[1:] == [QDate(2026, 3, 4)]
    day.look()
    assert len(told) == 2
