"""Runs jobs, one at a time, by way of the engine process.

No slot waits for an answer: a thread of the process's own does the blocking read (Qt cannot watch
a pipe on Windows) and its words arrive as queued signals. So a cancel is a queued signal like any
other, patience is a timer, and all state is touched in one thread, without a lock.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    DepthEstimated,
    DepthNotEstimated,
    Event,
    Failed,
    Finished,
    Measured,
    Memory,
    NotMeasured,
    NotSaved,
    OfJob,
    Progressed,
    Saved,
    Sketched,
    Started,
    Unsaved,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.wire import (
    Cancel,
    CapMemory,
    EstimateDepth,
    FreeMemory,
    KeepStep,
    Measure,
    Order,
    Prepare,
    Run,
    SaveTo,
    Sketch,
    StopMeasuring,
    Wake,
)
from kandinsky_desktop.store import checkpoint_folders, places
from kandinsky_desktop.store.models import away
from kandinsky_desktop.worker.process import ChildProcess

log = logging.getLogger(__name__)

LEAVING_S = 1.0  # in which a process that does not answer may end by itself
RESCUING_S = 20.0  # likewise, if it has pictures to write: the disk may be busy, and the machine


class Worker(QObject):
    """Turns a job into events. Knows nothing of queues, windows or torch."""

    happened = Signal(object)  # domain.events.Event
    engine_started = Signal(int)  # the process's number
    engine_gone = Signal()  # it ended, or was ended, before the program does
    _heard = Signal(object)  # domain.events.Event, emitted in the process's own thread
    _ended = Signal(object)  # worker.process.ChildProcess, likewise

    def __init__(
        self,
        command: Sequence[str],
        log_file: Path | None = None,
        grace_s: float = 5,
        cache: Path | None = None,
    ) -> None:
        """`cache` is where the process keeps its bookmarks, by default the usual place."""
        super().__init__()
        self._command = command
        self._cache = cache or places.cache()
        self._log_file = log_file
        self._grace_s = grace_s
        self._process: ChildProcess | None = None
        self._running: UUID | None = None
        self._model: Path | None = None  # of the job that runs, if it was there when it began
        self._dropped: set[UUID] = set()  # cancelled jobs: what they left is kept until forgotten
        self._sketch: UUID | None = None  # it may be there beside a job that makes it stop
        self._measuring: dict[Path, None] = {}  # pictures for which an answer is due, in order
        self._estimating: dict[Path, None] = {}  # pictures whose depth is awaited
        self._cap = CapMemory(0)  # of the device: each process is told
        self._holds_pictures = False  # whether the process has some that could not be saved
        self._patience = QTimer(self)  # runs while a cancel waits for its answer
        self._patience.setSingleShot(True)
        self._patience.setInterval(int(grace_s * 1000))
        self._patience.timeout.connect(self._lose_patience)
        self._heard.connect(self._on_heard)
        self._ended.connect(self._on_ended)

    @Slot()
    def wake(self) -> None:
        """Start the process and let it import torch, so that the first job need not wait for it."""
        if self._process is None:
            self._say(Wake())

    @Slot(object)
    def run(self, order: Run) -> None:
        """Send the job to the engine. Every job ends in exactly one final event."""
        self._running = order.job.id
        self._dropped.discard(order.job.id)  # it was put back
        self._model = order.model if away(order.model) is None else None
        self.happened.emit(Started(order.job.id))
        reason = self._say(order)
        if reason:
            self._finish(Failed(order.job.id, reason))

    @Slot(object)
    def sketch(self, order: Sketch) -> None:
        """Send a sketch to the engine, unless a job runs. A job that comes makes it stop there."""
        if self._running is not None:
            self.happened.emit(Cancelled(order.job.id))
            return
        self._sketch = order.job.id
        self.happened.emit(Started(order.job.id))
        reason = self._say(order)
        if reason:
            self._finish(Failed(order.job.id, reason))

    @Slot(object)
    def prepare(self, order: Prepare) -> None:
        """Let the engine load what the next job may need, if it has nothing to do."""
        if self._process and self._running is None:
            self._process.send(order)

    @Slot(object)
    def stop_sketch(self, sketch: UUID) -> None:
        """Ask the engine to stop a sketch. Nothing is killed for it, however long it takes."""
        if self._process and sketch == self._sketch:
            self._process.send(Cancel(sketch))

    @Slot(object)
    def cancel(self, job: UUID) -> None:
        """Ask the engine to stop the job. If it does not answer in time, its process is killed.

        How far a job came stays on the disk until it is forgotten.
        """
        self._dropped.add(job)
        if job == self._running and self._process and not self._patience.isActive():
            self._process.send(Cancel(job))
            self._patience.start()

    @Slot(object)
    def forget(self, job: UUID) -> None:
        """Delete what a cancelled job left on the disk: nobody puts it back any more."""
        if job in self._dropped:
            self._dropped.remove(job)
            checkpoint_folders.forget(self._cache, job)

    @Slot(object)
    def keep_step(self, job: UUID) -> None:
        """Ask the engine to let the step that is there now be the job's result."""
        if self._process and job == self._running:
            self._process.send(KeepStep(job))

    @Slot()
    def free_memory(self) -> None:
        """Have the engine give back what it keeps for the next job: now, or after this one."""
        if self._process:
            self._process.send(FreeMemory())

    @Slot(object)
    def cap_memory(self, cap: CapMemory) -> None:
        """Let the engine take no more of the device from the next job on than a cap says."""
        self._cap = cap
        if self._process:
            self._process.send(cap)

    @Slot(object)
    def save_to(self, folder: Path) -> None:
        """Have the engine write the pictures that it could not save into this folder."""
        if self._process:
            self._process.send(SaveTo(folder))

    @Slot(object)
    def estimate_depth(self, order: EstimateDepth) -> None:
        """Have the engine estimate the depth of a picture. It answers with one event."""
        self._estimating[order.picture] = None
        if problem := self._say(order):
            self._estimating.pop(order.picture, None)
            self.happened.emit(DepthNotEstimated(order.picture, problem))

    @Slot(object)
    def measure(self, order: Measure) -> None:
        """Have the engine measure a picture when it has time. It answers with one event."""
        if self._process:
            self._measuring[order.picture] = None
            self._process.send(order)
        else:
            reason = _("The engine does not run.")
            self.happened.emit(NotMeasured(order.picture, reason))

    @Slot(object)
    def stop_measuring(self, picture: Path) -> None:
        """Have the engine leave a picture unmeasured. It answers all the same."""
        if self._process:
            self._process.send(StopMeasuring(picture))

    @Slot()
    def end(self) -> None:
        """End the process, waiting for it. For the thread's `finished`, or before deletion."""
        self._patience.stop()
        if self._process:
            self._let_leave(self._process, self._grace_s)
        for job in tuple(self._dropped):  # what was not put back before the end is gone
            self.forget(job)

    @Slot(object)
    def _on_heard(self, event: Event) -> None:
        match event:
            case Progressed(progress=Unsaved()):
                self._holds_pictures = True
            case Saved(left=left) | NotSaved(left=left):
                self._holds_pictures = left > 0
            case _:
                pass
        match event:
            case Awake() | Memory() | Saved() | NotSaved():
                self.happened.emit(event)
            case Measured(path=picture) | NotMeasured(path=picture):
                if picture in self._measuring:  # else it was said already that the process ended
                    del self._measuring[picture]
                    self.happened.emit(event)
            case DepthEstimated(path=picture) | DepthNotEstimated(path=picture):
                if picture in self._estimating:
                    del self._estimating[picture]
                    self.happened.emit(event)
            case _ if event.job not in (self._running, self._sketch):
                return  # the last words of a process that was killed
            case Failed(over=True):
                self._end_with(event)
            case Finished() | Failed() | Cancelled():
                self._finish(event)
            case Started() | Progressed() | Sketched():
                self.happened.emit(event)

    @Slot(object)
    def _on_ended(self, process: ChildProcess) -> None:
        if process is not self._process:
            return
        self._let_leave(process, self._grace_s)
        log.error("the engine process ended with code %s", process.code)
        if self._running is not None and self._patience.isActive():
            self._finish(Cancelled(self._running))
        elif self._running is not None:
            # weights are mapped into memory: where their disk goes, the process dies
            gone = None if self._model is None else away(self._model)
            reason = _("The engine stopped unexpectedly, maybe for lack of memory.")
            self._finish(
                Failed(self._running, reason, died=True)
                if gone is None
                else Failed(self._running, str(gone), away=True)
            )
        elif self._sketch is not None:
            reason = _("The engine stopped unexpectedly, maybe for lack of memory.")
            self._finish(Failed(self._sketch, reason, died=True))
        self._give_up_sketch()
        self._give_up_measuring()
        self.engine_gone.emit()

    @Slot()
    def _lose_patience(self) -> None:
        if self._process and self._running:
            log.warning("the engine process does not answer and is ended")
            self._let_leave(self._process, LEAVING_S)
            self._finish(Cancelled(self._running))
            self._give_up_sketch()
            self._give_up_measuring()
            self.engine_gone.emit()

    def _end_with(self, event: Failed) -> None:
        """End a process that can paint nothing more, before it is given the next job."""
        if self._process:
            self._let_leave(self._process, LEAVING_S)
        self._finish(event)
        if self._running is not None:  # it was sent to the same process
            self._finish(replace(event, job=self._running))
        self._give_up_sketch()
        self._give_up_measuring()
        self.engine_gone.emit()

    def _let_leave(self, process: ChildProcess, grace_s: float) -> None:
        """End the process. It writes to the rescue folder what it holds, and has time for that."""
        process.end(max(grace_s, RESCUING_S) if self._holds_pictures else grace_s)
        self._process, self._holds_pictures = None, False

    def _give_up_sketch(self) -> None:
        if self._sketch is not None:
            self._finish(Cancelled(self._sketch))

    def _give_up_measuring(self) -> None:
        pictures, self._measuring = self._measuring, {}
        for picture in pictures:
            self.happened.emit(NotMeasured(picture, _("The engine stopped.")))
        pictures, self._estimating = self._estimating, {}
        for picture in pictures:
            self.happened.emit(DepthNotEstimated(picture, _("The engine stopped.")))

    def _say(self, order: Order) -> str:
        """Send an order to the process, started if there is none. Return why it failed, or ""."""
        try:
            if self._process is None:
                self._process = ChildProcess(
                    self._command, self._heard.emit, self._ended.emit, self._log_file
                )
                self.engine_started.emit(self._process.pid)
                if self._cap != CapMemory(0):
                    self._process.send(self._cap)
                if not isinstance(order, Wake):
                    self._process.send(Wake())  # so that a new process says when it is there
            self._process.send(order)
        except KandinskyError as error:
            return str(error)
        except OSError:
            log.exception("the engine process does not start")
            return _("The engine could not be started. The log says why.")
        return ""

    def _finish(self, event: OfJob) -> None:
        if event.job == self._sketch:
            self._sketch = None
            self.happened.emit(event)
            return
        self._patience.stop()
        self._running = None
        if not isinstance(event, Cancelled):
            self._dropped.discard(event.job)
        self.happened.emit(event)
