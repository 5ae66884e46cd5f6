"""The pictures that are in the making, until the library's index knows them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.events import Made, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.pictures import split
from kandinsky_desktop.store.pictures import stack_of


@dataclass(frozen=True, slots=True)
class Making:
    """A picture that is in the making, or made and not in the index yet."""

    id: int  # below 0
    job: UUID
    index: int  # its number in the request
    stack: int = 0  # of the request, as the index will say it
    words: str = ""
    share: float = 0.0  # of its steps that are done
    image: QImage | None = None
    path: Path | None = None  # once it is made


class LibraryMaking(QObject):
    """Follows the jobs. Pictures with a folder of their own are shown elsewhere."""

    changed = Signal()
    made = Signal(object)  # Path: it is on the disk, and among the entries

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Making, ...] = ()
        self._numbers = count(1)

    @property
    def entries(self) -> tuple[Making, ...]:
        """What is in the making, what began last first."""
        return self._entries

    @property
    def unknown(self) -> tuple[Making, ...]:
        """What is made, and not yet found in the index."""
        return tuple(one for one in self._entries if one.path is not None)

    @Slot(object)
    def on_job_started(self, job: Job) -> None:
        """Add a place for each picture that the job will make."""
        self._drop(job.id)
        if job.missing and job.folder is None:
            self._entries = (*self._begun(job, job.missing), *self._entries)
        self.changed.emit()

    @Slot(object, object)
    def on_stepped(self, job: Job, stepped: Stepped) -> None:
        """Show how far they are, and what is seen of them."""
        if stepped.preview is None or job.folder is not None:
            return
        images = split(stepped.preview, len(stepped.batch))
        seen = dict(zip(stepped.batch, images, strict=True))
        share = stepped.step / stepped.of
        self._entries = tuple(
            replace(one, image=seen[one.index], share=share)
            if one.job == job.id and one.index in seen and one.path is None
            else one
            for one in self._entries
        )
        self.changed.emit()

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Handle that one is on the disk."""
        if job.folder is not None:
            return
        if not any(one.job == job.id and one.index == made.index for one in self._entries):
            self._entries = (*self._begun(job, (made.index,)), *self._entries)
        self._entries = tuple(
            replace(one, path=made.path, share=1.0)
            if one.job == job.id and one.index == made.index
            else one
            for one in self._entries
        )
        self.made.emit(made.path)
        self.changed.emit()

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Take out those that will not be made."""
        del event
        self._drop(job.id)
        self.changed.emit()

    def settle(self, paths: Iterable[Path]) -> tuple[Making, ...]:
        """Take out those whose files the index knows, or that are gone, and return them."""
        known = set(paths)
        settled = tuple(one for one in self._entries if one.path in known)
        if settled:
            self._entries = tuple(one for one in self._entries if one.path not in known)
            self.changed.emit()
        return settled

    def _begun(self, job: Job, indices: Iterable[int]) -> tuple[Making, ...]:
        words, stack = " ".join(job.request.words.split()), stack_of(job.request)
        return tuple(Making(-next(self._numbers), job.id, index, stack, words) for index in indices)

    def _drop(self, job: UUID) -> None:
        self._entries = tuple(
            one for one in self._entries if one.job != job or one.path is not None
        )
