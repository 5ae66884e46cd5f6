"""The engine process's main: orders in, events out, one job at a time. Needs no torch itself."""

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from types import FrameType
from typing import NoReturn, Protocol

from PIL.Image import Image

from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.errors import KandinskyError, ModelAway, SavingFailed, Stopped, brief
from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    DepthEstimated,
    DepthNotEstimated,
    Event,
    Failed,
    Finished,
    Made,
    Measured,
    Memory,
    NotMeasured,
    NotSaved,
    Preview,
    Progress,
    Progressed,
    Report,
    Saved,
    Sketched,
    Unsaved,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.wire import (
    Cancel,
    CapMemory,
    EstimateDepth,
    FreeMemory,
    KeepStep,
    Measure,
    Prepare,
    Run,
    SaveTo,
    Shutdown,
    Sketch,
    StopMeasuring,
    Wake,
)
from kandinsky_desktop.engine.unsaved_pictures import UnsavedPictures
from kandinsky_desktop.store import clip_similarity, embedding_norm, pictures
from kandinsky_desktop.store.channel import Channel
from kandinsky_desktop.store.clip_similarity import Cosines
from kandinsky_desktop.store.pictures import Finished as FinishedPicture

log = logging.getLogger(__name__)

MEMORY_EVERY_S = 0.5
LOOK_S = 0.5  # between looks whether another program takes memory while something is kept warm
KEEP_WARM_S = 20 * 60.0  # without a job; then what is loaded is given back
IDLE_S = 1.0  # the window gives the next job in less, so that nothing gets in its way
SHOWN_SIDE = 2048  # pixels of a sketch: one of a hole in a photograph is as large as that


class RunsJobs(Protocol):
    """What the server needs of an engine."""

    def run(
        self,
        job: Job,
        model: Path,
        report: Report,
        deliver: Callable[[Image, Record, bytes], None],
        *,
        previews: bool,
        keep_step: Callable[[], bool],
        estimators: tuple[Path, ...],
        resumable: bool,
        stop: Callable[[], bool],
    ) -> None:
        """Make the pictures, calling `report` between steps and `deliver` for each.

        While weights are read, `stop` is asked often.
        """

    def prepare(self, request: Paint, model: Path, stop: Callable[[], bool]) -> None:
        """Load what a request needs. Raises Stopped once `stop` is true, between components."""

    def measure(self, picture: Path, model: Path, stop: Callable[[], bool]) -> Cosines:
        """Return what came through in a picture. Raises Stopped soon after `stop` becomes true."""

    def estimate_depth(self, picture: Path, estimator: Path) -> Path:
        """Return a file with the depth of a picture."""

    def tidy(self) -> None:
        """Bring what is kept on disk down to its limits."""

    @property
    def is_warm(self) -> bool:
        """Whether networks are kept in memory for the next job."""

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can be done in this process: the device does not answer it."""

    def give_way(self) -> bool:
        """Let go of networks where other programs need their memory; whether it did."""

    def put_models_away(self) -> None:
        """Let go of all networks."""

    def cap_memory(self, most_bytes: int, *, eight_bits: bool = False) -> None:
        """Take no more of the device than that; 0: what there is. Or allow weights in 8 bits."""

    def memory(self) -> Memory:
        """Measure."""

    def about(self) -> Awake:
        """Say what it runs on."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture to be measured some time, unless someone drops it."""

    order: Measure
    dropped: Flag = field(default_factory=Flag)


Work = (
    Wake | Prepare | Wish | EstimateDepth | FreeMemory | CapMemory | tuple[Run | Sketch, Flag, Flag]
)


class Server:
    """Runs the parent's jobs in the main thread while another thread hears its orders."""

    def __init__(
        self,
        channel: Channel,
        load_engine: Callable[[], RunsJobs],
        rescue: Path,
        measures_folder: Path,
        keep_warm_s: float = KEEP_WARM_S,
    ) -> None:
        """Pictures that could be saved nowhere go to `rescue` when the process ends.

        What is loaded is given back after so many seconds without a job.
        """
        self._channel = channel
        self._load_engine = load_engine
        self._engine: RunsJobs | None = None
        self._orders: SimpleQueue[Work] = SimpleQueue()
        self._job_came = Flag()
        self._wishes: deque[Wish] = deque()  # measures that wait for their time
        self._untidy = False
        self._prepare: Prepare | None = None  # the last that was asked for
        self._measures_folder = measures_folder
        self._speaking = Lock()
        self._kept = UnsavedPictures(rescue)
        self._memory_said = 0.0
        self._keep_warm_s = keep_warm_s
        self._used = time.monotonic()  # the last time that there was anything to do
        self._cap = CapMemory(0)

    def serve(self) -> NoReturn:
        """Run jobs until told to leave. Every job ends in exactly one final event."""
        Thread(target=self._listen, name="orders", daemon=True).start()
        try:
            while True:
                match self._next():
                    case Wake():
                        self._wake()
                    case Prepare() as order:
                        self._prepare = order
                    case Wish() as wish:
                        self._wishes.append(wish)
                    case FreeMemory():
                        self._free_memory()
                    case CapMemory() as cap:
                        self._cap_memory(cap)
                    case EstimateDepth() as order:
                        self._say(self._depth_of(order))
                    case (order, cancelled, enough):
                        outcome = self._outcome(order, cancelled, enough)
                        self._say(outcome)
                        if isinstance(outcome, Failed) and outcome.over:
                            self._leave(1)
                        self._used = time.monotonic()
                        if isinstance(order, Run):
                            self._untidy = True  # not before: nothing must keep the first job
                        self._say_memory()
        finally:  # a bug of ours
            self._kept.rescue()

    def leave(self, number: int, frame: FrameType | None) -> None:
        """Leave at once, with nothing lost. For `signal.signal`."""
        del frame
        log.info("told to leave by signal %s", number)
        self._leave(0)

    def _listen(self) -> None:
        running, cancelled, enough = None, Flag(), Flag()
        give_way = Flag()  # of the last sketch
        wishes: dict[Path, Wish] = {}
        try:
            for order in wire.orders(self._channel.heard):
                match order:
                    case Wake() | Prepare() | FreeMemory() | CapMemory() | EstimateDepth():
                        self._orders.put(order)
                    case Run(job=job) | Sketch(job=job):
                        give_way.set()
                        running, cancelled, enough = job.id, Flag(), Flag()
                        if isinstance(order, Sketch):
                            give_way = cancelled
                        self._orders.put((order, cancelled, enough))
                        self._job_came.set()
                    case Cancel(job=job):
                        if job == running:
                            cancelled.set()
                    case KeepStep(job=job):
                        if job == running:
                            enough.set()
                    case Measure(picture=picture):
                        wishes[picture] = Wish(order)
                        self._orders.put(wishes[picture])
                    case StopMeasuring(picture=picture):
                        if picture in wishes:
                            wishes.pop(picture).dropped.set()
                    case SaveTo(folder=folder):
                        self._save_kept(folder)
                    case Shutdown():
                        self._leave(0)  # a step may last: do not wait for it
        except KandinskyError:
            log.exception("the orders are garbled")
        except OSError:
            log.exception("the window cannot be heard any more")
        self._leave(1)  # the parent is gone

    def _next(self) -> Work:
        """Wait for the next order and, once nobody waits for anything, do what can be done then."""
        quiet = time.monotonic()
        while True:
            idle = self._untidy or bool(self._wishes) or self._prepare is not None
            warm = self._engine is not None and self._engine.is_warm
            try:
                work = self._orders.get(timeout=LOOK_S if idle or warm else None)
            except Empty:
                self._give_way()
                if not idle or time.monotonic() - quiet < IDLE_S:
                    continue
                self._job_came.clear()
                if self._orders.empty():  # a job that comes from now on is noticed by the flag
                    self._use_spare_time()
                    quiet = self._used = time.monotonic()
            else:
                self._used = time.monotonic()
                return work

    def _give_way(self) -> None:
        """Give memory back that another program needs, or that nobody has used for long."""
        if self._engine is None:
            return
        try:
            if time.monotonic() - self._used > self._keep_warm_s and self._engine.is_warm:
                log.info("there was no job for long: what was loaded is given back")
                self._engine.put_models_away()
                self._say_memory()
            elif self._engine.give_way():
                self._say_memory()
        except Exception:  # the next job says it, if it matters
            log.exception("giving memory back broke")
            if self._engine.is_lost:
                self._leave(1)  # a new process can do what this one cannot

    def _free_memory(self) -> None:
        try:
            if self._engine is not None:
                self._engine.put_models_away()
        except Exception:  # the process outlives it
            log.exception("freeing memory broke")
        self._prepare = None
        self._say_memory()

    def _cap_memory(self, cap: CapMemory) -> None:
        """Remember a cap, and let an engine that is there say what it may take now."""
        self._cap = cap
        if self._engine is None:
            return
        try:
            self._engine.cap_memory(cap.most_bytes, eight_bits=cap.eight_bits)
            self._say(self._engine.about())
        except Exception:  # the process outlives it
            log.exception("capping memory broke")
        self._say_memory()

    def _use_spare_time(self) -> None:
        if self._prepare is not None:
            order, self._prepare = self._prepare, None
            self._load(order)
            return
        if self._untidy:
            self._untidy = False
            self._tidy()
            return
        wish = self._wishes.popleft()
        event = self._what_came_through(wish)
        if event is None:  # a job came
            self._wishes.appendleft(wish)
        else:
            self._say(event)

    def _load(self, order: Prepare) -> None:
        """Load what the next job may need; a job that comes loads the rest itself."""
        try:
            self._awake().prepare(order.request, order.model, self._job_came.is_set)
        except Stopped:
            pass
        except KandinskyError as error:
            log.info("nothing was prepared: %s", error)  # the job will say it, if one comes
        except Exception:  # the process outlives it
            log.exception("preparing broke")
        self._say_memory()

    def _tidy(self) -> None:
        try:
            self._awake().tidy()
        except Exception:  # the next jobs do not need it
            log.exception("tidying broke")

    def _depth_of(self, order: EstimateDepth) -> DepthEstimated | DepthNotEstimated:
        picture = order.picture
        try:
            return DepthEstimated(picture, self._awake().estimate_depth(picture, order.estimator))
        except KandinskyError as error:
            return DepthNotEstimated(picture, brief(error))
        except Exception:  # the process outlives it
            log.exception("estimating the depth of %s broke", picture)
            reason = _("Something broke inside the engine. The log has the details.")
            return DepthNotEstimated(picture, reason)

    def _what_came_through(self, wish: Wish) -> Measured | NotMeasured | None:
        """Measure, and keep it beside the picture; None if a job came before it was done."""
        picture = wish.order.picture

        def stop() -> bool:
            return wish.dropped.is_set() or self._job_came.is_set()

        try:
            cosines = clip_similarity.read(self._measures_folder, picture)
            if cosines is None:
                cosines = self._awake().measure(picture, wish.order.model, stop)
                clip_similarity.write(self._measures_folder, picture, cosines)
            return Measured(picture, cosines)
        except Stopped:
            return NotMeasured(picture, _("It was stopped.")) if wish.dropped.is_set() else None
        except KandinskyError as error:
            return NotMeasured(picture, brief(error))
        except OSError as error:
            reason = _("{path} cannot be read, or what was measured not be kept: {reason}.")
            return NotMeasured(picture, reason.format(path=picture, reason=error.strerror or error))
        except Exception:  # the process outlives it
            log.exception("measuring %s broke", picture)
            reason = _("Something broke inside the engine. The log has the details.")
            return NotMeasured(picture, reason)

    def _wake(self) -> None:
        try:
            self._say(self._awake().about())
        except Exception:  # the first job will say it to someone who waits for it
            log.exception("waking failed")
        self._say_memory()

    def _awake(self) -> RunsJobs:
        if self._engine is None:
            self._engine = self._load_engine()  # imports torch, here and not before
            if self._cap != CapMemory(0):
                self._engine.cap_memory(self._cap.most_bytes, eight_bits=self._cap.eight_bits)
        return self._engine

    def _outcome(self, order: Run | Sketch, cancelled: Flag, enough: Flag) -> Event:
        job = order.job

        def report(progress: Progress) -> None:
            if cancelled.is_set():
                raise Stopped
            self._say(Progressed(job.id, progress))
            if time.monotonic() - self._memory_said > MEMORY_EVERY_S:
                self._say_memory()

        def deliver(image: Image, record: Record, embedding: bytes) -> None:
            if isinstance(order, Sketch):
                length = embedding_norm.of_embedding(embedding) if embedding else None
                self._say(Sketched(job.id, _shown(image), length))
                return
            picture = pictures.finish(image, record, embedding if order.keep_embedding else b"")
            self._say(Progressed(job.id, self._saved(picture, record, order.pictures)))
            if cancelled.is_set() and record.index != job.missing[-1]:
                raise Stopped  # the next picture of the batch would take long to decode

        try:
            engine = self._awake()
            if cancelled.is_set():
                return Cancelled(job.id)
            engine.run(
                job,
                order.model,
                report,
                deliver,
                previews=isinstance(order, Sketch) or order.previews,
                keep_step=partial(_taken, enough),
                estimators=order.estimators,
                resumable=isinstance(order, Run),
                stop=cancelled.is_set,
            )
            return Finished(job.id)
        except Stopped:
            return Cancelled(job.id)
        except ModelAway as error:
            return Failed(job.id, str(error), away=True)
        except KandinskyError as error:
            lost = tuple(path for path in job.request.files if not os.path.lexists(path))
            return self._over(job) or Failed(job.id, brief(error), lost=lost)
        except Exception:  # the process outlives any job
            log.exception("job %s broke", job.id)
            reason = _("Something broke inside the engine. The log has the details.")
            return self._over(job) or Failed(job.id, reason)

    def _over(self, job: Job) -> Failed | None:
        """Return what to say of a job that failed since the device is lost; None: it is there."""
        if self._engine is None or not self._engine.is_lost:
            return None
        log.error("the device does not answer any more: the process ends")
        reason = _(
            "The graphics card does not answer any more, as it may after sleep or a fault of its"
            " driver. The engine starts anew: try again."
        )
        return Failed(job.id, reason, over=True)

    def _saved(self, picture: FinishedPicture, record: Record, folder: Path) -> Made | Unsaved:
        try:
            return Made(self._kept.save(picture, folder), record.index, record.seed)
        except SavingFailed as error:
            return Unsaved(record.index, f"{picture.stem}.png", folder, str(error))

    def _save_kept(self, folder: Path) -> None:
        try:
            for path in self._kept.save_all(folder):
                self._say(Saved(path, len(self._kept)))
        except SavingFailed as error:
            self._say(NotSaved(str(error), len(self._kept)))

    def _say_memory(self) -> None:
        if self._engine is None:
            return
        self._memory_said = time.monotonic()
        try:
            memory = self._engine.memory()
        except Exception:  # no job fails for it; if the device is lost, the next one says it
            log.exception("measuring the memory broke")
        else:
            self._say(memory)

    def _say(self, event: Event) -> None:
        try:
            with self._speaking:
                wire.send(self._channel.said, event)
        except OSError:
            log.exception("the window cannot be told any more")
            self._leave(1)

    def _leave(self, code: int) -> NoReturn:
        """End the process from any thread, whatever the others do, with no picture lost.

        At once: torch takes a second and a half to fall apart in order, and the window waits.
        """
        self._kept.rescue()
        os._exit(code)


def _taken(wish: Flag) -> bool:
    """Return whether someone wished it, once."""
    if wish.is_set():
        wish.clear()
        return True
    return False


def _shown(image: Image) -> Preview:
    pixels = image.convert("RGB")
    pixels.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return Preview(pixels.width, pixels.height, pixels.tobytes())
