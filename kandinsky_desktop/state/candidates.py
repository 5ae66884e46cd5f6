"""A sheet of ideas: samples of the prior for one prompt, painted in few steps to choose from.

Only the image embedding of an idea is cached, so that painting a chosen one in full does not run
the prior again; the sketch itself is discarded. One at a time is in the engine; a job interrupts
them.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import sketch_of
from kandinsky_desktop.domain.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.variations import candidate_request
from kandinsky_desktop.domain.wire import Sketch
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.pictures import split

AT_ONCE = 9  # ideas of a sheet, and that many more at a wish


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place on the sheet."""

    whole: Paint  # what paints it in full
    sketch: Paint
    image: QImage | None = None
    done: bool = False


class Candidates(QObject):
    """Has ideas sketched, one after the other, while the sheet is open."""

    changed = Signal()  # how many there are, whether the sheet is open
    image_changed = Signal(int)  # the number of an idea that grew
    failed = Signal(str)
    order_requested = Signal(object)  # domain.wire.Sketch; the worker listens
    stop_requested = Signal(object)  # uuid.UUID of a sketch; the worker listens

    def __init__(self, session: JobQueue, live: LivePreview) -> None:
        super().__init__()
        self._session, self._live = session, live
        self._ideas: list[Candidate] = []
        self._attended = True
        self._request: Paint | None = None
        self._model: Model | None = None
        self._running: tuple[Job, int] | None = None
        session.changed.connect(self._next)
        live.changed.connect(self._next)  # only one sketch is in the engine

    @property
    def items(self) -> tuple[Candidate, ...]:
        """What is on the sheet."""
        return tuple(self._ideas)

    @property
    def is_open(self) -> bool:
        """Whether there is a sheet."""
        return self._request is not None

    @property
    def done(self) -> int:
        """How many ideas are sketched."""
        return sum(one.done for one in self._ideas)

    @property
    def text(self) -> str:
        """What they are ideas of."""
        return "" if self._request is None else self._request.words

    def begin(self, request: Paint, model: Model) -> None:
        """Open a sheet with ideas of a request, each with a seed of its own."""
        self._stop()
        self._request, self._model = request, model
        self._ideas = []
        self.more()

    def more(self) -> None:
        """Add as many further ideas."""
        if self._request is None or self._model is None:
            return
        for number in range(len(self._ideas), len(self._ideas) + AT_ONCE):
            whole = candidate_request(self._request, number)
            self._ideas.append(Candidate(whole, sketch_of(whole, self._model)))
        self.changed.emit()
        self._next()

    def set_active(self, on: bool) -> None:
        """Set whether the sheet is visible; while it is not, nothing is sketched."""
        self._attended = on
        if on:
            self._next()
        else:
            self._stop()

    def close(self) -> None:
        """Close the sheet."""
        if self.is_open:
            self._stop()
            self._request, self._ideas = None, []
            self.changed.emit()

    def queue_chosen(self, numbers: list[int]) -> None:
        """Queue the chosen ideas in full, and close the sheet."""
        requests = [self._ideas[number].whole for number in numbers]
        self.close()
        for request in requests:
            self._session.submit(request)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Hear what the worker says."""
        if self._running is None or getattr(event, "job", None) != self._running[0].id:
            return
        number = self._running[1]
        match event:
            case Progressed(progress=Stepped(preview=preview)) if preview is not None:
                self._ideas[number] = replace(self._ideas[number], image=split(preview, 1)[0])
                self.image_changed.emit(number)
            case Sketched(preview=preview):
                self._ideas[number] = replace(
                    self._ideas[number], image=split(preview, 1)[0], done=True
                )
                self.image_changed.emit(number)
            case Failed(reason=reason):
                self.close()
                self.failed.emit(reason)
            case Finished() | Cancelled():  # by a job that came: it is begun again
                self._running = None
                self._next()
            case _:
                pass

    def _next(self) -> None:
        left = (number for number, one in enumerate(self._ideas) if not one.done)
        number = next(left, None)
        if number is None or self._running or self._model is None or not self._attended:
            return
        if self._session.jobs.running or self._live.busy:
            return
        job = Job(self._ideas[number].sketch)
        self._running = (job, number)
        self.order_requested.emit(Sketch(job, self._root, self._session.estimators))

    @property
    def _root(self) -> Path:
        assert self._model is not None
        return self._model.root

    def _stop(self) -> None:
        """Cancel the sketch in the engine; its later events are ignored."""
        if self._running is not None:
            running, self._running = self._running, None
            self.stop_requested.emit(running[0].id)
