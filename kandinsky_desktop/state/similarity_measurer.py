"""CLIP similarity of new pictures to their ingredients: requested once they are saved."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.events import Event, Made, Measured, NotMeasured
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.wire import Measure
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import clip_similarity
from kandinsky_desktop.store.clip_similarity import Cosines


class SimilarityMeasurer(QObject):
    """Has the engine measure pictures while it is idle, and reads earlier results."""

    measured = Signal(object, object)  # pathlib.Path, store.clip_similarity.Cosines
    not_measured = Signal(object, str)  # pathlib.Path, why
    measure_requested = Signal(object)  # domain.wire.Measure; the worker listens
    stop_requested = Signal(object)  # pathlib.Path of a picture; the worker listens

    def __init__(self, background: Background, folder: Path) -> None:
        """`folder` is where the similarities are stored."""
        super().__init__()
        self.on = True  # whether new pictures are measured
        self._background, self._folder = background, folder
        self._models: dict[str, Model] = {}
        self._awaited: dict[Path, None] = {}

    @property
    def awaited(self) -> tuple[Path, ...]:
        """The pictures that wait to be measured, the next one first."""
        return tuple(self._awaited)

    def set_models(self, models: tuple[Model, ...]) -> None:
        """Take note of the models there are."""
        self._models = {model.name: model for model in models}

    @Slot(object, object)
    def on_made(self, job: Job, made: Made) -> None:
        """Have a new picture measured, if its model can look at pictures."""
        name = job.request.model
        model = self._models.get(name) if name else next(iter(self._models.values()), None)
        if self.on and model is not None and model.can("pictures"):
            self._want(made.path, model)

    def request(self, picture: Path, model: str) -> None:
        """Have a picture measured by the model of that name, also where new ones are not."""
        there = self._models.get(model)
        if there is None:
            reason = _("The model {name!r} is not there any more.").format(name=model)
            self.not_measured.emit(picture, reason)
        elif picture not in self._awaited:
            self._want(picture, there)

    @Slot(object)
    def load(self, picture: Path) -> None:
        """Emit the stored result of a picture, if there is one."""

        def tell(cosines: Cosines | None) -> None:
            if cosines is not None:
                self.measured.emit(picture, cosines)

        self._background.read(lambda: clip_similarity.read(self._folder, picture), tell)

    @Slot()
    def stop(self) -> None:
        """Drop all waiting measurements."""
        for picture in self.awaited:
            self.stop_requested.emit(picture)

    def _want(self, picture: Path, model: Model) -> None:
        self._awaited[picture] = None
        self.measure_requested.emit(Measure(picture, model.root))

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Hear what the worker says."""
        match event:
            case Measured(path=path, cosines=cosines):
                self._awaited.pop(path, None)
                self.measured.emit(path, cosines)
            case NotMeasured(path=path, reason=reason):
                self._awaited.pop(path, None)
                self.not_measured.emit(path, reason)
            case _:
                pass
