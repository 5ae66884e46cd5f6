"""The engine on this machine: makes a job's context and executes its plan."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from kandinsky_desktop.domain.corrections import Lesson
from kandinsky_desktop.domain.errors import ModelProblem, NotAtHand, OutOfMemory, Stopped
from kandinsky_desktop.domain.events import Awake, Memory, Report
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Component, Model, check_fits, unet_for
from kandinsky_desktop.domain.plan_inputs import FileFacts, PlanInputs
from kandinsky_desktop.domain.record import Conditions
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.shortage import shortage
from kandinsky_desktop.engine import depth
from kandinsky_desktop.engine.checkpoints import CheckpointInterval, Checkpoints
from kandinsky_desktop.engine.context import Deliver, JobContext
from kandinsky_desktop.engine.device import (
    DTYPES,
    Device,
    best_device,
    best_dtype,
    libraries,
    says_no_memory,
)
from kandinsky_desktop.engine.execute import NoMemory, execute, load
from kandinsky_desktop.engine.families.common import conditions
from kandinsky_desktop.engine.ingredients import keep as keep_ingredients
from kandinsky_desktop.engine.measuring import measured
from kandinsky_desktop.engine.model_cache import ModelCache
from kandinsky_desktop.engine.phase_cache import PhaseCache
from kandinsky_desktop.store import (
    checkpoint_folders,
    memory_corrections,
    pictures,
    thumbnails,
)
from kandinsky_desktop.store.clip_similarity import Cosines
from kandinsky_desktop.store.embeddings import EmbeddingCache
from kandinsky_desktop.store.models import away, fingerprint_of, lost, ready_model
from kandinsky_desktop.store.request_files import read_files

log = logging.getLogger(__name__)

ARITHMETIC = 1  # to be raised when the same inputs come to give other bits here


class Engine:
    """Runs jobs, one at a time, and keeps what they loaded for the next. Not for two threads."""

    def __init__(
        self,
        cache: Path,
        threads: int,
        device: Device | None = None,
        interval: CheckpointInterval | None = None,
        ingredients: Path | None = None,
    ) -> None:
        """Take a device (the best there is) and so many threads of the CPU.

        `interval` says how often jobs that can be resumed write checkpoints; what goes into their
        fusions is kept in `ingredients`, if that is given.
        """
        torch.set_num_threads(threads)
        torch.backends.cudnn.deterministic = True  # so that a picture can be made again
        self._threads = threads
        self._device = device or best_device()
        self._interval = interval
        self._cache = cache
        self._ingredients = ingredients
        self._outputs = PhaseCache(EmbeddingCache(cache / "embeddings"), self._device.torch)
        self._models = ModelCache(self._device)
        self._host_models = ModelCache(Device("cpu"))
        self._device.limit(None)
        self._eight_bits = False

    @property
    def loads(self) -> int:
        """How many components were read from disk so far."""
        return self._models.loads + self._host_models.loads

    def run(
        self,
        job: Job,
        model: Path,
        report: Report,
        deliver: Deliver,
        *,
        previews: bool = True,
        like: Conditions | None = None,
        keep_step: Callable[[], bool] = bool,
        estimators: tuple[Path, ...] = (),
        resumable: bool = False,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """Make the missing pictures of the job with the model that lies at `model`.

        Each finished picture goes to `deliver` with its record. `report` is called between steps;
        what it raises ends the job. Where weights are read and nothing is reported, `stop` is
        asked before each tensor, and Stopped raised where it is true. `keep_step` is asked after
        each step of the decoder, and takes the wish with it: where it returns true, that step's
        prediction becomes the piece that is painted, and the rest of the job goes on. With `like`
        the number format, the threads, the batch and the ways of saving memory are as they were
        then. A job that is `resumable` goes on at its checkpoint, if it ran before and did not end;
        one that is stopped leaves one behind. Raises KandinskyError. After
        OutOfMemory nothing is loaded any more, so that the next job has all the room there is.
        """
        folder = checkpoint_folders.folder_of(self._cache, job.id) if resumable else None
        found = read(model)
        with _at_hand(found):
            context = self._context(
                job.request,
                found,
                like,
                report,
                deliver,
                missing=job.missing,
                previews=previews,
                estimators=estimators,
            )
            lesson = Lesson(context.inputs.correction)
            context = replace(
                context,
                checkpoints=Checkpoints(folder, self._interval),
                keep_step=keep_step,
                stop=stop,
                report=lesson.noting(report),
            )
            try:
                with self._device.accounting():
                    execute(context)
                if resumable and self._ingredients is not None:
                    keep_ingredients(context, self._ingredients)
            except Stopped:
                context.checkpoints.keep()
                raise
            except NoMemory as error:
                raise OutOfMemory(_advice(error, context.inputs)) from error
            finally:
                self._learn(lesson)
        if resumable:
            checkpoint_folders.forget(self._cache, job.id)

    def prepare(self, request: Paint, model: Path, stop: Callable[[], bool]) -> None:
        """Load what a request needs of a model, where there is room beside what is in memory.

        For spare time: it raises Stopped before the next tensor once `stop` is true. Raises
        KandinskyError where the request cannot be painted, or there is no room.
        """

        def report(progress: object) -> None:
            del progress
            if stop():
                raise Stopped

        def nobody(image: object, record: object, meaning: object) -> None:
            raise AssertionError("a picture was made where one was prepared")

        missing = tuple(range(request.count))
        context = self._context(request, read(model), None, report, nobody, missing=missing)
        with _if_there_is_room(), self._device.accounting():
            load(replace(context, stop=stop))

    def measure(self, picture: Path, model: Path, stop: Callable[[], bool]) -> Cosines:
        """Return how much of each ingredient came through in a picture that `model` painted.

        For spare time: nothing leaves the memory for it, and it raises Stopped soon after `stop`
        becomes true. Raises KandinskyError where it cannot be measured.
        """
        record = pictures.read_record(picture)

        def report(progress: object) -> None:
            del progress
            if stop():
                raise Stopped

        def nobody(image: object, record: object, meaning: object) -> None:
            raise AssertionError("a picture was made where one was measured")

        request, like = record.request, record.conditions
        try:
            context = self._context(request, read(model), like, report, nobody, files={})
            with _if_there_is_room(), self._device.accounting():
                return measured(picture, record, replace(context, stop=stop, spare=True))
        finally:
            torch.set_num_threads(self._threads)

    def estimate_depth(self, picture: Path, estimator: Path) -> Path:
        """Return the file with the depth of a picture, as the model in a folder estimates it.

        Raises KandinskyError where it cannot be estimated.
        """
        return depth.estimated_file(picture, estimator, self._cache)

    def tidy(self) -> None:
        """Bring what is kept on disk down to its limits. For spare time."""
        self._outputs.tidy()
        depth.tidy(self._cache)
        thumbnails.tidy(self._cache)
        checkpoint_folders.prune(self._cache)

    def conditions(self, model: Path, like: Conditions) -> Conditions:
        """Return under what conditions `run` would make a picture `like` an earlier one here."""
        torch.set_num_threads(like.threads_or(self._threads))
        return conditions(
            self._device,
            self._dtype(read(model), like),
            like.batch,
            kept_steps=like.kept_steps,
            candidate=like.candidate,
            estimator=like.estimator,
            saving=like.saving,
            packed=like.packed,
            on_processor=like.on_processor,
        )

    def put_models_away(self) -> None:
        """Let go of everything that was loaded."""
        self._models.evict_all()

    @property
    def is_warm(self) -> bool:
        """Whether networks are kept in memory for the next job."""
        return self._models.is_warm

    @property
    def is_lost(self) -> bool:
        """Whether the device answers this process no more."""
        return self._device.is_lost

    def give_way(self) -> bool:
        """Let go of what was used longest ago, where other programs need the memory; whether so."""
        return self._models.give_way()

    def cap_memory(self, most_bytes: int, *, eight_bits: bool = False) -> None:
        """Take no more of the device than so many bytes from the next job on; 0: what there is.

        With `eight_bits` weights may be kept in 8 bits where they do not fit otherwise.
        """
        self._eight_bits = eight_bits
        self._models.cap_bytes = most_bytes or None
        self._device.limit(most_bytes or None)
        self._models.give_way()
        self._device.empty_cache()  # else it would keep what it has, whatever the cap

    @property
    def _budget_bytes(self) -> int:
        cap = self._models.cap_bytes
        return self._device.budget_bytes if cap is None else min(cap, self._device.budget_bytes)

    @property
    def _correction(self) -> float:
        return memory_corrections.correction(self._cache, self._device.fingerprint)

    def memory(self) -> Memory:
        """Measure the memory that limits us."""
        return self._device.memory()

    def about(self) -> Awake:
        """Say what it runs on."""
        device = self._device
        return Awake(
            device.kind,
            device.name,
            self._threads,
            self._budget_bytes,
            device.host_bytes,
            self._correction,
            device.attention,
        )

    def _context(
        self,
        request: Paint,
        model: Model,
        like: Conditions | None,
        report: Report,
        deliver: Deliver,
        *,
        missing: tuple[int, ...] = (),
        files: dict[Path, FileFacts] | None = None,
        previews: bool = False,
        estimators: tuple[Path, ...] = (),
    ) -> JobContext:
        """Note what the pictures are made of now: it may be gone once they are made."""
        if files is None:
            check_fits(request, model)
        torch.set_num_threads(like.threads_or(self._threads) if like else self._threads)
        dtype = self._dtype(model, like)
        inputs = PlanInputs(
            request=request,
            model=model,
            files=read_files(request) if files is None else files,
            environment=self._environment(dtype),
            itemsize=dtype.itemsize,
            attention=self._device.attention,
            correction=self._correction,
            budget=self._budget_bytes,
            eight_bits=self._eight_bits,
            host=self._device.host_bytes,
            missing=missing,
            previews=previews,
            like=like,
            estimator=_estimator(request, estimators),
        )
        return JobContext(
            inputs=inputs,
            fingerprint=fingerprint_of(model, unet_for(request, model)),
            device=self._device,
            dtype=dtype,
            models=self._models,
            host_models=self._host_models,
            outputs=self._outputs,
            cache=self._cache,
            report=report,
            deliver=deliver,
        )

    def _learn(self, lesson: Lesson) -> None:
        """Keep by how much a job's phases took more or less than was predicted."""
        if lesson.correction != lesson.before:
            machine = self._device.fingerprint
            log.info("memory of %s: predictions times %.3f", machine, lesson.correction)
            memory_corrections.keep(self._cache, machine, lesson.correction)

    def _dtype(self, model: Model, like: Conditions | None) -> torch.dtype:
        if like and like.device == self._device.kind and like.dtype in DTYPES:
            return DTYPES[like.dtype]
        values = sum(component.values for component in model.components.values())
        return best_dtype(self._device, values, self._cache)

    def _environment(self, dtype: torch.dtype) -> str:
        threads = torch.get_num_threads()
        return repr((ARITHMETIC, str(dtype), self._device.name, threads, *libraries()))


def read(folder: Path) -> Model:
    """Return the model in a folder, with its components' fingerprints. Raises ModelProblem."""
    try:
        model = ready_model(folder)
    except ModelProblem as problem:
        gone = away(folder)
        if gone is None:
            raise
        raise gone from problem
    if model is None:
        raise away(folder) or ModelProblem(
            _("There is no model in {folder}.").format(folder=folder)
        )
    return model


@contextmanager
def _at_hand(model: Model) -> Iterator[None]:
    """Say so where what fails does because the model's folder was taken away. Raises ModelAway."""
    try:
        yield
    except OSError as error:
        log.warning("the disk failed", exc_info=True)
        raise lost(error, model) from error
    except (ModelProblem, RuntimeError) as error:
        gone = away(model.root, model)
        if gone is None:
            raise
        raise gone from error


@contextmanager
def _if_there_is_room() -> Iterator[None]:
    """Say that memory ran out in work that can wait, for which nothing leaves the memory.

    Raises NotAtHand.
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as error:
        if not says_no_memory(error):
            raise
        reason = str(error)[:200]
    else:
        return
    log.info("there was no room for what can wait: %s", reason)
    raise NotAtHand(_("There is too little free memory for it now."))


def _estimator(request: Paint, folders: tuple[Path, ...]) -> Component | None:
    """Return what estimates the depth that a request follows: others need not have it at hand."""
    if not folders or request.depth is None or not request.depth.estimate:
        return None
    return Component("depth estimator", folders[0], depth.content_of(folders[0]))


def _advice(error: NoMemory, inputs: PlanInputs) -> str:
    """Return what to say when memory ran out in every way: what is needed, and what would fit."""
    there = _("The graphics card ran out of memory") if error.on_card else ""
    ran_out = there or _("The machine ran out of memory")
    return shortage(inputs, error.needed, error.room, ran_out)
