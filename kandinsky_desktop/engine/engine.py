"""The engine on this machine: finds the task for a request and runs it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kandinsky_desktop.domain.errors import ModelProblem, OutOfMemory, Stopped
from kandinsky_desktop.domain.events import Awake, Memory, Report
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Conditions
from kandinsky_desktop.domain.request import Paint, Request
from kandinsky_desktop.domain.start import Expand, Fill, FromPicture, Noise
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine import depth
from kandinsky_desktop.engine.bookmarks import Rhythm
from kandinsky_desktop.engine.device import (
    DTYPES,
    NO_MEMORY,
    Device,
    best_device,
    best_dtype,
)
from kandinsky_desktop.engine.ingredients import keep as keep_ingredients
from kandinsky_desktop.engine.measuring import measured
from kandinsky_desktop.engine.old_facts import ModelFacts, facts_of
from kandinsky_desktop.engine.residency import Shelf
from kandinsky_desktop.engine.studio import Deliver, Studio, conditions
from kandinsky_desktop.engine.tasks.paint import paint
from kandinsky_desktop.store import bookmarks, pictures, thumbnails
from kandinsky_desktop.store.embeddings import EmbeddingCache
from kandinsky_desktop.store.measures import Cosines

TASKS: dict[type[Any], Callable[[Any, Studio], None]] = {
    Paint: paint,
}


class Engine:
    """Runs jobs, one at a time, and keeps what they loaded for the next. Not for two threads."""

    def __init__(
        self,
        cache: Path,
        threads: int,
        device: Device | None = None,
        rhythm: Rhythm | None = None,
        ingredients: Path | None = None,
    ) -> None:
        """Take a device (the best there is) and so many threads of the CPU.

        `rhythm` says how often jobs that can be resumed write down how far they are; what goes into
        their fusions is kept in `ingredients`, if that is given.
        """
        torch.set_num_threads(threads)
        torch.backends.cudnn.deterministic = True  # so that a picture can be made again
        self._threads = threads
        self._device = device or best_device()
        self._rhythm = rhythm or Rhythm()
        self._cache = cache
        self._ingredients = ingredients
        self._embeddings = EmbeddingCache(cache / "embeddings")
        self._shelf = Shelf(self._device)

    @property
    def loads(self) -> int:
        """How many components were read from disk so far."""
        return self._shelf.loads

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
    ) -> None:
        """Make the missing pictures of the job with the model that lies at `model`.

        Each finished picture goes to `deliver` with its record. `report` is called between steps;
        what it raises ends the job. `keep_step` is asked after each step of the decoder, and takes
        the wish with it: where it returns true, that step's prediction becomes the piece that is
        painted, and the rest of the job goes on. With `like` the number format, the threads and
        the company of the pictures are as they were then. A job that is `resumable` goes on where
        its bookmark is, if it ran before and did not end. Raises KandinskyError. After OutOfMemory
        nothing is loaded any more, so that the next job has all the room there is.
        """
        facts = _facts(model)
        torch.set_num_threads(like.threads if like else self._threads)
        studio = Studio(
            job=job,
            facts=facts,
            device=self._device,
            dtype=self._dtype(facts, like),
            shelf=self._shelf,
            cache=self._embeddings,
            cache_folder=self._cache,
            estimators=estimators,
            previews=previews,
            report=report,
            hand_over=deliver,
            like=like,
            steps_folder=bookmarks.folder_of(self._cache, job.id) if resumable else None,
            rhythm=self._rhythm,
            keep_step=keep_step,
        )
        try:
            TASKS[type(job.request)](job.request, studio)
            if resumable and self._ingredients is not None:
                keep_ingredients(job.request, studio, self._ingredients)
        except (MemoryError, RuntimeError) as error:
            reason = _no_memory(error, job.request)
            if not reason:
                raise
            error.with_traceback(None)  # its frames hold what the memory is full of
            self._shelf.put_all_away()
            raise OutOfMemory(reason) from error
        if resumable:
            bookmarks.forget(self._cache, job.id)

    def measure(self, picture: Path, model: Path, stop: Callable[[], bool]) -> Cosines:
        """Return how much of each ingredient came through in a picture that `model` painted.

        For spare time: nothing leaves the memory for it, and it raises Stopped soon after `stop`
        becomes true. Raises KandinskyError where it cannot be measured.
        """
        record = pictures.read_record(picture)
        facts = _facts(model)

        def report(progress: object) -> None:
            del progress
            if stop():
                raise Stopped

        def nobody(image: object, record: object, meaning: object) -> None:
            raise AssertionError("a picture was made where one was measured")

        torch.set_num_threads(record.conditions.threads)  # what went in is known by them
        try:
            studio = Studio(
                job=Job(record.request),
                facts=facts,
                device=self._device,
                dtype=self._dtype(facts, record.conditions),
                shelf=self._shelf,
                cache=self._embeddings,
                cache_folder=self._cache,
                previews=False,
                report=report,
                hand_over=nobody,
                spare=True,
            )
            return measured(picture, record, studio, stop)
        finally:
            torch.set_num_threads(self._threads)

    def tidy(self) -> None:
        """Bring what is kept on disk down to its limits. For spare time."""
        self._embeddings.prune()
        depth.tidy(self._cache)
        thumbnails.tidy(self._cache)
        bookmarks.prune(self._cache)

    def conditions(self, model: Path, like: Conditions) -> Conditions:
        """Return under what conditions `run` would make a picture `like` an earlier one here."""
        facts = _facts(model)
        torch.set_num_threads(like.threads)
        dtype = self._dtype(facts, like)
        return conditions(
            self._device, dtype, like.batch, like.kept_steps, like.idea, like.estimator
        )

    def put_models_away(self) -> None:
        """Let go of everything that was loaded."""
        self._shelf.put_all_away()

    def memory(self) -> Memory:
        """Measure the memory that limits us."""
        return self._device.memory()

    def about(self) -> Awake:
        """Say what it runs on."""
        return Awake(self._device.kind, self._device.name, self._threads)

    def _dtype(self, facts: ModelFacts, like: Conditions | None) -> torch.dtype:
        if like and like.device == self._device.kind:
            return DTYPES[like.dtype]
        return best_dtype(self._device, facts.size_bytes // 2, self._cache)


def _no_memory(error: Exception, request: Request) -> str:
    """Return what to say of an error, if it says that there was no memory; else nothing."""
    match request.start:
        case Noise() | FromPicture():
            advice = _("choose a smaller size")
        case Fill():  # is painted at the size of its part, whatever size is asked for
            advice = _("paint a smaller part, or close other programs")
        case Expand():
            advice = _("close other programs")
    if isinstance(error, torch.OutOfMemoryError):
        return _("The graphics card ran out of memory: {advice}.").format(advice=advice)
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return _("The machine ran out of memory: {advice}.").format(advice=advice)
    return ""


def _facts(model: Path) -> ModelFacts:
    facts = facts_of(model)
    if facts is None:
        raise ModelProblem(_("There is no Kandinsky in {folder}.").format(folder=model))
    return facts
