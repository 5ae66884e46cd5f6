"""Which models there are to choose from, and which is in use."""

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.room import Shared
from kandinsky_desktop.ui.status import StatusLine


class ModelChooser(QObject):
    """Offers the models that were found, and brings one of them into use."""

    chosen = Signal(object)  # domain.model.Model

    def __init__(self, shared: Shared, status: StatusLine, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._inspector = shared.state, shared.inspector
        self._status, self._texts = status, shared.texts
        self._state.models.found.connect(self._on_found)
        self._state.draft.model_changed.connect(self._show)
        self._inspector.model_chosen.connect(self.use)

    def use(self, name: str) -> None:
        """Bring a model into use, if it is there."""
        for model in self._state.models.available.models:
            if model.name == name:
                self._state.draft.use_model(model)

    def _on_found(self, found: Found) -> None:
        self._inspector.offer_models(found.models)
        self._state.job_queue.set_models(found.models)
        self._state.similarity_measurer.set_models(found.models)
        self._texts.notify_models(found.problems, any_found=bool(found.models))
        names = [model.name for model in found.models]
        wanted = self._state.draft.values.model
        if not names:
            self._status.show_model(_("No model"))
        else:
            self.use(wanted if wanted in names else names[0])
        self._state.draft.changed.emit()  # what it lacks, or that it is there

    def _show(self) -> None:
        model: Model | None = self._state.draft.model
        if model is not None:
            self._inspector.show_model(model)
            self._status.show_model(model.profile.title)
            self.chosen.emit(model)
