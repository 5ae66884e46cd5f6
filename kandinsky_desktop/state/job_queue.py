"""The job queue: which job runs, which wait, and the signals about them."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Made,
    OfJob,
    PhaseRan,
    Planned,
    Progress,
    Progressed,
    Started,
    Stepped,
    Unsaved,
)
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.pace import Pace
from kandinsky_desktop.domain.paths import with_file_renamed
from kandinsky_desktop.domain.phase_memory import PlannedPhase
from kandinsky_desktop.domain.plan_inputs import UNLIMITED
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.wire import Run
from kandinsky_desktop.state.estimates import Estimates, Thrift
from kandinsky_desktop.state.job_list import JobEntry, JobListModel, JobStatus
from kandinsky_desktop.store.models import Found

if TYPE_CHECKING:
    from asyncio import Future

log = logging.getLogger(__name__)

REGRET_MS = 12_000  # how long a job that was taken out can be put back

COMPONENTS = {
    "prior": N_("the prior"),
    "eclipse_prior": N_("the prior"),
    "text_encoder": N_("the text encoder"),
    "image_encoder": N_("the image encoder, once"),
    "unet": N_("the decoder"),
    "movq": N_("MoVQ"),
    "decoder_text_encoder": N_("the decoder's text encoder"),
    "t5_encoder": N_("the second text encoder"),
    "conditioner": N_("the text conditioner"),
    "clip_text_encoder": N_("the text encoder"),
    "vae": N_("the autoencoder"),
}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A job that was taken out, where it stood, and whether it is to be put back once it ends."""

    entry: JobEntry
    row: int
    wanted: bool = False


class JobQueue(QObject):
    """Holds the queue and feeds the worker one job at a time."""

    changed = Signal()  # the queue or its pause
    held = Signal()  # a job was submitted, and nothing runs since the queue is paused
    job_started = Signal(object)  # domain.job.Job
    phase_ran = Signal(object)  # domain.events.PhaseRan of the running job
    planned = Signal(object)  # domain.events.Planned of the running job
    stepped = Signal(object, object)  # Job, domain.events.Stepped
    activity_changed = Signal(str)  # what the running job does, in a few words
    picture_made = Signal(object, object)  # Job, domain.events.Made
    picture_unsaved = Signal(object)  # domain.events.Unsaved
    job_ended = Signal(object, object)  # Job, its final event
    model_missing = Signal(object, str)  # Job, why it waits: its model is not there
    order_requested = Signal(object)  # domain.wire.Run; the worker listens
    cancel_requested = Signal(object)  # uuid.UUID of a job, running or not; the worker listens
    keep_step_requested = Signal(object)  # uuid.UUID of the running job; the worker listens
    forget_requested = Signal(object)  # uuid.UUID of a cancelled job; the worker listens
    dropped = Signal(object)  # tuple of the JobEntry that can be put back now; empty: none any more

    def __init__(self) -> None:
        super().__init__()
        self.jobs = JobListModel()
        self.pace = Pace()
        self.pictures = Path()  # where the next job's pictures go
        self.previews = True
        self.keep_embeddings = True  # in the pictures, so that they can be fused again
        self._models: dict[str, Model] = {}
        self._known = False  # whether models were looked for
        self._gone: dict[str, str] = {}  # by a model's name, why it was taken for gone since then
        self.estimators: tuple[Path, ...] = ()  # of depth, for jobs that begin from now on
        self._paused = False
        self._at_step = False  # of the decoder, and not its last
        self._awake = True  # whether the engine process answers; it says so once it is there
        self._stopping: set[UUID] = set()
        self._dropped: dict[UUID, Dropped] = {}  # what was cancelled and is not forgotten yet
        self._offered: tuple[UUID, ...] = ()  # of these, what a person may put back
        self._renamed: list[tuple[Path, Path]] = []  # files, while the running job reads them
        self._dropped_at = 0.0  # when the last of them was dropped
        self._regret = QTimer(self)
        self._regret.setSingleShot(True)
        self._regret.setInterval(REGRET_MS)
        self._regret.timeout.connect(self.forget_dropped)
        self.estimates = Estimates()
        self._awaited: dict[UUID, Future[tuple[Path, ...]]] = {}
        self._made: dict[UUID, list[Path]] = {}

    @property
    def paused(self) -> bool:
        """Whether waiting jobs stay waiting. What runs is not stopped."""
        return self._paused

    @property
    def missing_models(self) -> frozenset[str]:
        """The names of the models that waiting jobs lack, once any models are known."""
        if not self._known:
            return frozenset()
        requests = (entry.job.request for entry in self.jobs.waiting)
        return frozenset(one.model for one in requests if self._model_of(one) is None)

    @property
    def stopping(self) -> bool:
        """Whether the running job has been told to stop and has not answered yet."""
        running = self.jobs.running
        return running is not None and running.job.id in self._stopping

    @property
    def kept(self) -> tuple[Job, ...]:
        """The jobs that are to outlast the sitting: all but one that is stopped for good."""
        every = (entry.job for entry in self.jobs.entries)
        return tuple(job for job in every if job.id not in self._stopping or self._returns(job.id))

    @property
    def can_keep_step(self) -> bool:
        """Whether the decoder of the running job is between two steps, so that one can be kept."""
        return self._at_step and not self.stopping

    def seconds_for(self, request: Request) -> float | None:
        """Return how long a request will take, if the like was timed in this sitting."""
        model = self._model_of(request)
        return None if model is None else self.estimates.seconds(request, model)

    def memory_for(self, request: Request) -> tuple[PlannedPhase, ...]:
        """Return what each kind of phase of a request will take of the device."""
        model = self._model_of(request)
        return () if model is None else self.estimates.memory(request, model)

    def thrift_of(self, request: Request) -> Thrift:
        """Return what the memory does to a request."""
        model = self._model_of(request)
        return Thrift() if model is None else self.estimates.thrift(request, model)

    def shortage_of(self, request: Request) -> str:
        """Say that a request does not fit into the memory, and what would; empty: it fits."""
        model = self._model_of(request)
        return "" if model is None else self.estimates.shortage(request, model)

    def set_models(self, models: tuple[Model, ...]) -> None:
        """Take note of the models there are; waiting jobs may begin."""
        self._models = {model.name: model for model in models}
        self._known = True
        self._gone = {name: why for name, why in self._gone.items() if name not in self._models}
        for entry in self.jobs.waiting:
            if entry.note and self._model_of(entry.job.request) is not None:
                self.jobs.change(entry.job.id, note="")
        self._feed()

    @Slot(object)
    def set_estimators(self, found: Found) -> None:
        """Take note of the models that estimate depth, for the jobs that begin from now on."""
        self.estimators = found.estimators

    @Slot(object)
    def submit(
        self, request: Request, folder: Path | None = None, board: Board | None = None
    ) -> Job:
        """Queue a request; its pictures go to `folder`, or to where all go.

        `board` is what a fusion lies on: it is kept with its pictures.
        """
        job = self._add(Job(request, folder=folder, board=board))
        if self._paused and self.jobs.running is None:
            self.held.emit()
        return job

    def restore_jobs(self, jobs: tuple[Job, ...]) -> None:
        """Queue the jobs of the saved session, paused, so that nothing starts by itself."""
        if jobs:
            self.pause(True)
        for job in jobs:
            self._add(job)

    async def make(self, request: Request) -> tuple[Path, ...]:
        """Submit and wait: for flows where one picture asks for the next."""
        from asyncio import get_running_loop  # costs 30 ms that the first sight need not wait for

        future: Future[tuple[Path, ...]] = get_running_loop().create_future()
        self._awaited[self.submit(request).id] = future
        return await future

    @Slot(object)
    def cancel(self, job: UUID) -> None:
        """Drop a waiting or failed job now, or stop the running one at its next step.

        How far it came stays on the disk for a while: see `put_back`.
        """
        entry = self.jobs.find(job)
        if entry is None:
            return
        before = self._dropped.get(job, Dropped(entry, self.jobs.entries.index(entry)))
        self._dropped[job] = replace(before, wanted=False)
        self._regret.start()
        if entry.status is JobStatus.RUNNING:
            self._stopping.add(job)
            self.jobs.change(job, note=_("stopping"))
        else:
            self.jobs.remove(job)
            self._settle(Cancelled(job))
        self.cancel_requested.emit(job)
        self.changed.emit()

    def drop(self, jobs: Iterable[UUID]) -> None:
        """Cancel jobs for a person, who may put them back for a while."""
        for job in jobs:
            self.cancel(job)
            if job in self._dropped and job not in self._offered:
                self._offered += (job,)
                self._dropped_at = time.monotonic()
        self._offer()

    @property
    def changed_at(self) -> float | None:
        """When the last job that can be put back was dropped (time.monotonic); None: none was."""
        return self._dropped_at if self._offered else None

    @property
    def undone_at(self) -> float | None:
        """Nothing that was put back is dropped again by redo."""
        return None

    def undo(self) -> None:
        """Put back what a person dropped."""
        self.put_back()

    def redo(self) -> None:
        """Do nothing: see `undone_at`."""

    @Slot()
    def put_back(self) -> None:
        """Put all jobs that a person dropped lately back where they were, to go on from there."""
        offered, self._offered = self._offered, ()
        for job in reversed(offered):  # each at the row it had when those before it had gone
            if job in self._stopping:
                self._dropped[job] = replace(self._dropped[job], wanted=True)
            else:
                self._restore(self._dropped.pop(job))
        self._offer()
        self._feed()

    @Slot()
    def forget_dropped(self) -> None:
        """Let go of what was dropped and not put back, and of what it left on the disk."""
        self._regret.stop()
        self._offered = ()
        for job in [job for job, one in self._dropped.items() if not one.wanted]:
            del self._dropped[job]
            self.forget_requested.emit(job)
        self._offer()

    @Slot()
    def cancel_running(self) -> None:
        """Stop the running job for a person, if there is one."""
        if self.jobs.running:
            self.drop((self.jobs.running.job.id,))

    @Slot()
    def keep_step(self) -> None:
        """End sampling at the next step with its x0 prediction, if the decoder runs."""
        running = self.jobs.running
        if running is None or not self.can_keep_step:
            return
        self._at_step = False
        self.keep_step_requested.emit(running.job.id)
        self.changed.emit()

    @Slot(object)
    def retry(self, job: UUID) -> None:
        """Run a failed job again; only its missing pictures are made."""
        entry = self.jobs.find(job)
        if entry and entry.status is JobStatus.FAILED:
            self.jobs.change(job, status=JobStatus.WAITING, note="", share=0.0, lost=())
            self._feed()

    @Slot(object)
    def run_next(self, job: UUID) -> None:
        """Put a waiting job before all others."""
        self.jobs.move(job, 0)
        self.changed.emit()

    def move(self, job: UUID, row: int) -> None:
        """Let a job that does not run wait at another place."""
        self.jobs.move(job, row)
        self.changed.emit()

    @Slot(object, object)
    def rename(self, old: Path, new: Path) -> None:
        """Follow that a picture's file has another name: jobs that begin from now on read that.

        The job that runs was sent with the old one: it follows once it has ended, if it is kept.
        Where it ends since the engine had not read the file yet, it begins again, also if that is
        told before the new name is.
        """
        if self.jobs.running is not None:
            self._renamed.append((old, new))
        lacking = [entry.job.id for entry in self.jobs.entries if old in entry.lost]
        self._follow(old, new)
        for job in lacking:
            self.retry(job)
        self.changed.emit()

    @Slot(bool)
    def pause(self, on: bool) -> None:
        """Let waiting jobs wait, or go on."""
        self._paused = on
        self._feed()

    @Slot(int)
    def on_engine_started(self, pid: int) -> None:
        """Handle the start of an engine process, which does nothing yet: maybe for a job."""
        del pid
        self._awake = False
        if self.jobs.running:
            self._say(self.jobs.running.job.id, self._beginning)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Hear what the worker says."""
        if isinstance(event, Awake):
            self._awake = True
            if self.jobs.running:
                self._say(self.jobs.running.job.id, self._beginning)
            budget = event.budget_bytes
            self.estimates.budget = UNLIMITED if budget is None else budget
            self.estimates.host = event.host_bytes
            self.estimates.itemsize = 4 if event.device == "cpu" else 2
            self.estimates.correction = event.correction
            self.estimates.attention = "math" if event.attention == "math" else "efficient"
        if not isinstance(event, OfJob):
            return
        entry = self.jobs.find(event.job)
        if entry is None:
            return
        match event:
            case Started():
                self._say(entry.job.id, self._beginning)
            case Progressed(progress=progress):
                self._awake = True
                self._progress(entry, progress)
            case Finished() | Failed() | Cancelled():
                self._end(entry, event)

    def _progress(self, entry: JobEntry, progress: Progress) -> None:
        self._at_step = (
            isinstance(progress, Stepped)
            and progress.stage == "decoder"
            and progress.step < progress.of
        )
        match progress:
            case Loading(component=component):
                part = _(COMPONENTS[component])
                self._say(entry.job.id, _("Loading {part}").format(part=part))
            case Planned():
                self.pace.plan(progress)
                self.planned.emit(progress)
            case PhaseRan():
                model = self._model_of(entry.job.request)
                if model is not None:
                    self.estimates.learn(model, progress)
                self.pace.ran(progress, time.monotonic())
                self.jobs.change(entry.job.id, share=self.pace.share)
                self.phase_ran.emit(progress)
            case Stepped():
                self._step(entry, progress)
            case Made():
                self._keep(entry, progress)
            case Unsaved():
                self.picture_unsaved.emit(progress)

    def _add(self, job: Job) -> Job:
        self.jobs.add(JobEntry(job))
        self._feed()
        return job

    def _feed(self) -> None:
        """Start the first job whose model is there, if none runs."""
        if self.jobs.running is None and not self._paused and self._known:
            for entry in self.jobs.waiting:
                model = self._model_of(entry.job.request)
                if model is not None:
                    self._start(entry.job, model)
                    break
                if not entry.note:
                    self._let_wait(entry.job, self._why_missing(entry.job.request.model))
        self.changed.emit()

    def _why_missing(self, name: str) -> str:
        if name in self._gone:
            return self._gone[name]
        gone = _("The model {name!r} is not there any more.")
        return gone.format(name=name) if name else _("No model is there.")

    def _let_wait(self, job: Job, reason: str) -> None:
        """Let a job wait until its model is found again."""
        self.jobs.change(job.id, status=JobStatus.WAITING, note=reason, share=0.0)
        self.model_missing.emit(job, reason)

    def _start(self, job: Job, model: Model) -> None:
        self.jobs.move(job.id, 0)
        self.jobs.change(job.id, status=JobStatus.RUNNING, share=0.0, note=self._beginning)
        self.pace = Pace(self.estimates.parts(job.request, model, job.missing))
        self.job_started.emit(job)
        self.order_requested.emit(
            Run(
                job,
                model.root,
                job.folder or self.pictures,
                self.previews,
                self.keep_embeddings,
                self.estimators,
            )
        )

    @property
    def _beginning(self) -> str:
        """What a job does before it says so itself."""
        return _("Starting") if self._awake else _("Waking the engine, a few seconds")

    def _model_of(self, request: Request) -> Model | None:
        """Return the model that paints a request: that of its name, or the first."""
        first = next(iter(self._models.values()), None)
        return self._models.get(request.model) if request.model else first

    def _say(self, job: UUID, words: str) -> None:
        if job not in self._stopping:
            self.jobs.change(job, note=words)
            self.activity_changed.emit(words)

    def _step(self, entry: JobEntry, stepped: Stepped) -> None:
        self.pace.step(stepped, time.monotonic())
        self.jobs.change(entry.job.id, share=self.pace.share)
        stage = _("Finding the idea") if stepped.stage == "prior" else _("Painting")
        self._say(
            entry.job.id,
            _("{stage}, step {step} of {of}").format(stage=stage, step=stepped.step, of=stepped.of),
        )
        self.stepped.emit(entry.job, stepped)

    def _keep(self, entry: JobEntry, made: Made) -> None:
        job = entry.job
        job = replace(job, made=(*job.made, made.index))
        self.jobs.change(job.id, job=job)
        self._made.setdefault(job.id, []).append(made.path)
        self.picture_made.emit(job, made)
        self.changed.emit()

    def _end(self, entry: JobEntry, event: Finished | Failed | Cancelled) -> None:
        job = entry.job
        self._at_step = False
        stopped, waits = job.id in self._stopping, False
        self._stopping.discard(job.id)
        match event:
            case Failed(reason=reason, away=True) if not stopped:
                waits = True
                self._set_aside(job, reason)
                self._let_wait(job, reason)
            case Failed(lost=lost) if not stopped and any(old in lost for old, _ in self._renamed):
                waits, event = True, replace(event, away=True)
                self.jobs.change(job.id, status=JobStatus.WAITING, note="", share=0.0)
            case Failed(reason=reason, lost=lost):
                self._withdraw(job.id)
                self.jobs.change(job.id, status=JobStatus.FAILED, note=reason, share=0.0, lost=lost)
            case Finished():
                model = self._model_of(job.request)
                if model is not None:
                    self.estimates.finish(job.request, model)
                self._withdraw(job.id)
                self.jobs.remove(job.id)
            case Cancelled():
                self.jobs.remove(job.id)
                dropped = self._dropped.get(job.id)
                if dropped is not None:
                    self._dropped[job.id] = replace(dropped, entry=replace(entry, note=""))
        self.job_ended.emit(job, event)
        if not waits:
            self._settle(event)
        for old, new in self._renamed:
            self._follow(old, new)
        self._renamed.clear()
        if self._returns(job.id):
            self._restore(self._dropped.pop(job.id))
        self._feed()

    def _follow(self, old: Path, new: Path) -> None:
        """Let the jobs that do not run now, and those that can be put back, read a file anew."""
        for entry in self.jobs.entries:
            renamed = with_file_renamed(entry.job, old, new)
            if entry.status is not JobStatus.RUNNING and renamed != entry.job:
                self.jobs.change(entry.job.id, job=renamed)
        for job, dropped in self._dropped.items():
            renamed = with_file_renamed(dropped.entry.job, old, new)
            if job not in self._stopping and renamed != dropped.entry.job:
                self._dropped[job] = replace(dropped, entry=replace(dropped.entry, job=renamed))

    def _returns(self, job: UUID) -> bool:
        """Whether a job that is being stopped is put back as soon as it is."""
        return job in self._dropped and self._dropped[job].wanted

    def _restore(self, dropped: Dropped) -> None:
        entry = dropped.entry
        if entry.status is JobStatus.RUNNING:
            entry = replace(entry, status=JobStatus.WAITING, note="")
        self.jobs.add(entry)
        self.jobs.move(entry.job.id, dropped.row)

    def _withdraw(self, job: UUID) -> None:
        """Offer a job no more: it came to its own end before it was stopped."""
        if self._dropped.pop(job, None) is not None:
            self._offered = tuple(one for one in self._offered if one != job)
            self._offer()

    def _offer(self) -> None:
        self.dropped.emit(tuple(self._dropped[job].entry for job in self._offered))

    def _set_aside(self, job: Job, reason: str) -> None:
        """Take a job's model for gone until it is found again; the job is for no other model."""
        model = self._model_of(job.request)
        if model is not None:
            del self._models[model.name]
            self._gone[model.name] = reason
            request = replace(job.request, model=model.name)
            self.jobs.change(job.id, job=replace(job, request=request))

    def _settle(self, event: Finished | Failed | Cancelled) -> None:
        made = tuple(self._made.pop(event.job, ()))
        future = self._awaited.pop(event.job, None)
        if future is None or future.done():
            return
        match event:
            case Finished():
                future.set_result(made)
            case Failed(reason=reason):
                future.set_exception(KandinskyError(reason))
            case Cancelled():
                future.cancel()
