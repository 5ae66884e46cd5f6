"""A worker in its thread, with a real engine process, and somebody who writes down what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QThread, Signal, Slot
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Memory,
    Progress,
    Progressed,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.wire import Run, Sketch
from kandinsky_desktop.worker.worker import Worker

PATIENT_MS = 60_000

E = TypeVar("E", bound=Event)
P = TypeVar("P", bound=Progress)


class Desk(QObject):
    """Sits in the test's thread: hands out jobs and writes down what happens."""

    run_requested = Signal(object)  # domain.wire.Run
    sketch_requested = Signal(object)  # domain.wire.Sketch
    stop_sketch_requested = Signal(object)  # uuid.UUID
    prepare_requested = Signal(object)  # domain.wire.Prepare
    cancel_requested = Signal(object)  # uuid.UUID
    forget_requested = Signal(object)  # uuid.UUID
    keep_step_requested = Signal(object)  # uuid.UUID
    save_requested = Signal(object)  # pathlib.Path
    measure_requested = Signal(object)  # domain.wire.Measure
    stop_measuring_requested = Signal(object)  # pathlib.Path
    estimate_requested = Signal(object)  # domain.wire.EstimateDepth
    wake_requested = Signal()

    def __init__(self, qtbot: QtBot, worker: Worker, model: Path, pictures: Path) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.events: list[Event] = []
        self.pids: list[int] = []
        self.gone = 0
        self._model, self.pictures = model, pictures
        self.run_requested.connect(worker.run)
        self.sketch_requested.connect(worker.sketch)
        self.stop_sketch_requested.connect(worker.stop_sketch)
        self.prepare_requested.connect(worker.prepare)
        self.cancel_requested.connect(worker.cancel)
        self.forget_requested.connect(worker.forget)
        self.keep_step_requested.connect(worker.keep_step)
        self.save_requested.connect(worker.save_to)
        self.measure_requested.connect(worker.measure)
        self.stop_measuring_requested.connect(worker.stop_measuring)
        self.estimate_requested.connect(worker.estimate_depth)
        self.wake_requested.connect(worker.wake)
        worker.happened.connect(self.write_down)
        worker.engine_started.connect(self.note_start)
        worker.engine_gone.connect(self.note_end)

    @Slot(object)
    def write_down(self, event: Event) -> None:
        if not isinstance(event, Memory):
            self.events.append(event)

    @Slot(int)
    def note_start(self, pid: int) -> None:
        self.pids.append(pid)

    @Slot()
    def note_end(self) -> None:
        self.gone += 1

    def hand_out(self, wanted: Request | Job) -> Job:
        job = wanted if isinstance(wanted, Job) else Job(wanted)
        self.events.clear()
        self.run_requested.emit(Run(job, self._model, self.pictures))
        return job

    def sketch(self, request: Request) -> Job:
        """Ask for a sketch; what was said before is not forgotten."""
        job = Job(request)
        self.sketch_requested.emit(Sketch(job, self._model))
        return job

    def told(self, *kinds: type[E]) -> E:
        """Wait for an event of one of the kinds and return it."""

        def there() -> bool:
            return any(isinstance(event, kinds) for event in self.events)

        self.qtbot.waitUntil(there, timeout=PATIENT_MS)
        return next(event for event in self.events if isinstance(event, kinds))

    def progress(self, kind: type[P]) -> P:
        """Wait for progress of that kind and return it."""

        def found() -> list[P]:
            said = (event.progress for event in self.events if isinstance(event, Progressed))
            return [progress for progress in said if isinstance(progress, kind)]

        self.qtbot.waitUntil(lambda: bool(found()), timeout=PATIENT_MS)
        return found()[0]

    def end(self) -> Finished | Failed | Cancelled:
        end = self.told(Finished, Failed, Cancelled)
        assert isinstance(end, Finished | Failed | Cancelled)
        return end

    def end_of(self, request: Request) -> Finished | Failed | Cancelled:
        self.hand_out(request)
        return self.end()


@contextmanager
def desk_with(
    qtbot: QtBot,
    command: list[str],
    folder: Path,
    model: Path,
    grace_s: float = 30,
    log_file: Path | None = None,
) -> Iterator[Desk]:
    worker, thread = Worker(command, log_file, grace_s=grace_s), QThread()
    worker.moveToThread(thread)
    thread.finished.connect(worker.end)
    desk = Desk(qtbot, worker, model, folder / "pictures")
    thread.start()
    try:
        yield desk
    finally:
        thread.quit()
        assert thread.wait(PATIENT_MS)
