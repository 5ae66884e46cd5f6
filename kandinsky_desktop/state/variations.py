"""Variations and enlargements of a picture, requested by its file."""

import os
import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import files_of
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import SEEDS, Paint
from kandinsky_desktop.domain.variations import How, enlargement, variation
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.models import Models
from kandinsky_desktop.state.recall import how_it_was_made
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.foreign_settings import Metadata

Read = tuple[Record, Size, bool]  # how it was made, its size, whether its meaning's files are there


class Variations(QObject):
    """Reads a picture's record and queues variations of it."""

    refused = Signal(str)  # why something was not done

    def __init__(self, background: Background, session: JobQueue, models: Models) -> None:
        super().__init__()
        self._background, self._session, self._models = background, session, models

    def vary(self, picture: Path, how: How) -> None:
        """Paint four pictures much or somewhat like this one."""

        def request(read: Read, model: Model) -> Paint:
            record, size, whole = read
            seed = random.randrange(SEEDS)
            return variation(record, picture, size, how, seed, model, whole=whole)

        self._go(picture, request)

    def enlarge(self, picture: Path) -> None:
        """Paint the same picture larger."""

        def request(read: Read, model: Model) -> Paint:
            record, size, whole = read
            return enlargement(record, picture, size, model, whole=whole)

        self._go(picture, request)

    def read(self, picture: Path, then: Callable[[Record | Metadata], None]) -> None:
        """Read how a picture was made, and hand it on; `refused` says why that cannot be."""
        self._background.read(lambda: how_it_was_made(picture), then, self.refused.emit)

    def _go(self, picture: Path, request: Callable[[Read, Model], Paint]) -> None:
        def queue(read: Read) -> None:
            try:
                self._session.submit(request(read, self._model(read[0].model)))
            except InvalidRequest as error:
                self.refused.emit(str(error))

        self._background.read(lambda: _read(picture), queue, self.refused.emit)

    def lacks(self, name: str) -> str:
        """Return that a model is not there, as a sentence; empty if it is."""
        if any(model.name == name for model in self._models.available.models):
            return ""
        return _("The model {name!r} is not there any more.").format(name=name)

    def _model(self, name: str) -> Model:
        for model in self._models.available.models:
            if model.name == name:
                return model
        raise InvalidRequest(self.lacks(name))


def _read(picture: Path) -> Read:
    record = pictures.read_record(picture)
    meaning = record.request.conditioning_of(record.index)
    whole = all(map(os.path.isfile, files_of(meaning)))  # wherever they lie: is_file may raise
    return record, pictures.size_of(picture), whole
