"""That no QObject is freed in another thread than its own."""

import gc
import threading
from weakref import ref

from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from kandinsky_desktop.app.garbage import GarbageCollector, collect_due


class Itself:
    """Garbage for the collector as soon as nobody refers to it."""

    def __init__(self) -> None:
        self.itself = self


class Cyclic(QObject):
    """Refers to itself, and has a timer: freed in another thread, it would crash the process."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self
        self.timer = QTimer(self)
        self.timer.start(1)


def test_garbage_that_another_thread_meets_is_left_to_the_ui_thread(qtbot: QtBot) -> None:
    freed_in: list[str] = []
    collector = GarbageCollector()

    def make() -> "ref[Cyclic]":
        return ref(Cyclic(), lambda _gone: freed_in.append(threading.current_thread().name))

    gone = make()
    busy = threading.Thread(target=lambda: [Itself() for _ in range(20_000)])
    busy.start()
    busy.join()
    assert gone() is not None
    qtbot.waitUntil(lambda: gone() is None)
    assert freed_in == [threading.main_thread().name]
    collector.deleteLater()


def test_what_is_due_is_collected_and_nothing_before() -> None:
    gc.collect()
    kept: list[list[None]] = [[] for _ in range(gc.get_threshold()[0] * 2)]
    collected: list[int] = []
    watch = lambda phase, info: collected.append(info["generation"])  # noqa: E731
    gc.callbacks.append(watch)
    try:
        collect_due()
        due = list(collected)
        collect_due()
    finally:
        gc.callbacks.remove(watch)
    assert due[:1] == [0]
    assert len(collected) == len(due)
    assert kept


def test_a_generation_without_a_threshold_is_never_due() -> None:
    before = gc.get_threshold()
    collected: list[int] = []
    watch = lambda phase, info: collected.append(info["generation"])  # noqa: E731
    try:
        gc.set_threshold(1, 0, 0)  # as newer Pythons have it for the last one
        kept: list[list[None]] = [[] for _ in range(100)]
        gc.callbacks.append(watch)
        collect_due()
        collect_due()
    finally:
        gc.callbacks.remove(watch)
        gc.set_threshold(*before)
    assert set(collected) == {0}
    assert kept
