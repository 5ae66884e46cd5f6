"""The indexer's life, as the window sees it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, Signal, Slot
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.library import HARMFUL
from kandinsky_desktop.store import library_index
from kandinsky_desktop.store.library_index import place_in
from kandinsky_desktop.worker.indexer import IndexerWorker
from tests.library import picture, quick

PATIENT_MS = 60_000


class Room(QObject):
    """Sits in the test's thread, and writes down what it is told."""

    watch_requested = Signal(object)
    remember_requested = Signal(object)
    thumbnails_requested = Signal(object)
    scan_requested = Signal()

    def __init__(self, worker: IndexerWorker) -> None:
        super().__init__()
        self.changes: list[Changed] = []
        self.ready: list[int] = []
        self.problems: list[str] = []
        self.pids: list[int] = []
        self.watch_requested.connect(worker.watch)
        self.remember_requested.connect(worker.remember)
        self.thumbnails_requested.connect(worker.want_thumbnails)
        self.scan_requested.connect(worker.scan)
        worker.changed.connect(self.on_changed)
        worker.thumbnails_ready.connect(self.on_ready)
        worker.problem.connect(self.problems.append)
        worker.started.connect(self.pids.append)

    @Slot(object)
    def on_changed(self, change: Changed) -> None:
        self.changes.append(change)

    @Slot(object)
    def on_ready(self, ids: tuple[int, ...]) -> None:
        self.ready += ids

    @property
    def added(self) -> set[int]:
        return {number for change in self.changes for number in change.added}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "library"


@pytest.fixture
def worker(library: Path, tmp_path: Path) -> Iterator[IndexerWorker]:
    command = [sys.executable, "-m", "tests.indexer.child", f"--library={library}"]
    command += [f"--logs={tmp_path / 'logs'}", "--poll=0.2"]
    one = IndexerWorker(command, tmp_path / "indexer.log")
    thread = QThread()
    one.moveToThread(thread)
    thread.finished.connect(one.stop)
    thread.start()
    yield one
    thread.quit()
    assert thread.wait(PATIENT_MS)


def broken(library: Path) -> list[str]:
    with closing(library_index.open_reader(place_in(library))) as reader:
        (ids,) = library_index.columns(reader, ["id"])
        found = library_index.rows(reader, map(int, filter(None, ids.split(","))))
        return [row.broken for row in found]


def test_reports_come_as_signals(qtbot: QtBot, worker: IndexerWorker, tmp_path: Path) -> None:
    quick(tmp_path / "pictures", 3)
    room = Room(worker)
    room.watch_requested.emit((tmp_path / "pictures",))
    qtbot.waitUntil(lambda: len(room.added) == 3, timeout=PATIENT_MS)
    path = picture(tmp_path / "pictures")
    room.remember_requested.emit(path)
    qtbot.waitUntil(lambda: len(room.added) == 4, timeout=PATIENT_MS)
    room.thumbnails_requested.emit(tuple(room.added))
    qtbot.waitUntil(lambda: set(room.ready) == room.added, timeout=PATIENT_MS)
    assert not room.problems


def test_one_that_was_killed_is_started_again_and_goes_on(
    qtbot: QtBot, worker: IndexerWorker, tmp_path: Path
) -> None:
    quick(tmp_path / "pictures", 3)
    room = Room(worker)
    room.watch_requested.emit((tmp_path / "pictures",))
    qtbot.waitUntil(lambda: len(room.added) == 3, timeout=PATIENT_MS)
    os.kill(room.pids[0], signal.SIGKILL)
    qtbot.waitUntil(lambda: len(room.pids) == 2, timeout=PATIENT_MS)
    quick(tmp_path / "pictures", 1, first=9)
    qtbot.waitUntil(lambda: len(room.added) == 4, timeout=PATIENT_MS)
    assert not room.problems


def test_a_harmful_picture_is_left_alone_without_anybody_being_asked(
    qtbot: QtBot, worker: IndexerWorker, library: Path, tmp_path: Path
) -> None:
    paths = quick(tmp_path / "pictures", 3)
    paths[1].rename(tmp_path / "pictures" / "harmful.png")
    room = Room(worker)
    room.watch_requested.emit((tmp_path / "pictures",))
    qtbot.waitUntil(lambda: len(room.pids) == 3, timeout=PATIENT_MS)
    qtbot.waitUntil(lambda: HARMFUL in broken(library), timeout=PATIENT_MS)
    assert not room.problems


def test_one_that_dies_again_and_again_is_left_and_said(
    qtbot: QtBot, worker: IndexerWorker, tmp_path: Path
) -> None:
    quick(tmp_path / "pictures", 1)
    room = Room(worker)
    room.watch_requested.emit((tmp_path / "pictures",))
    for number in range(3):
        qtbot.waitUntil(lambda number=number: len(room.pids) > number, timeout=PATIENT_MS)  # type: ignore[misc]
        os.kill(room.pids[-1], signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(room.problems), timeout=PATIENT_MS)
    room.scan_requested.emit()  # too soon
    qtbot.wait(200)
    assert len(room.pids) == 3
    room.watch_requested.emit((tmp_path / "pictures",))  # somebody asks for it
    qtbot.waitUntil(lambda: len(room.pids) == 4, timeout=PATIENT_MS)


def test_one_that_cannot_be_started_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    worker = IndexerWorker([str(tmp_path / "nothing")])
    room = Room(worker)
    room.watch_requested.emit((tmp_path,))
    assert len(room.problems) == 1
    worker.stop()
