"""Work in other threads: nothing of it outlives its end."""

from threading import Event
from time import sleep

from PySide6.QtCore import QCoreApplication

from kandinsky_desktop.state.background import Background


def test_at_the_end_what_is_being_read_is_over_and_says_nothing(background: Background) -> None:
    begun, over, told = Event(), Event(), list[object]()

    def work() -> None:
        begun.set()
        sleep(0.1)
        over.set()

    background.read(work, told.append)
    assert begun.wait(60)
    background.end()
    assert over.is_set()
    QCoreApplication.processEvents()
    assert not told
