"""The norm of the mixture that the board shows, relative to the model's typical norm."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.conditioning import Mix
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.store import embedding_norm, pictures


class EmbeddingNorm(QObject):
    """Knows the norm of the mixture in the middle of the board: a preview, or a picture."""

    changed = Signal()

    def __init__(
        self, background: Background, draft: DraftState, result: BoardResult, live: LivePreview
    ) -> None:
        super().__init__()
        self._background, self._draft, self._result = background, draft, result
        self._length: float | None = None
        self._usual: float | None = None  # of the model in use
        self._prior: Path | None = None
        self._picture: Path | None = None
        draft.model_changed.connect(self._use_model)
        result.changed.connect(self._look)
        live.length_known.connect(self._on_preview)

    @property
    def ratio(self) -> float | None:
        """The norm as a share of the typical one; None while either is unknown."""
        if self._length is None or not self._usual:
            return None
        return self._length / self._usual

    @Slot(object)
    def _on_preview(self, length: float | None) -> None:
        if self._result.is_preview:
            self._picture = None
            self._take(length)

    def _take(self, length: float | None) -> None:
        if length != self._length:
            self._length = length
            self.changed.emit()

    def _use_model(self) -> None:
        model = self._draft.model
        if model is None:
            return
        network = model.components.get("prior")
        prior = None if network is None else network.folder
        if prior == self._prior:
            return
        self._prior, self._usual = prior, None
        self._take(None)
        if prior is None:
            return

        def take(usual: float | None) -> None:
            if self._prior == prior:
                self._usual = usual
                self.changed.emit()

        self._background.read(lambda: embedding_norm.typical(prior), take)

    def _look(self) -> None:
        """Read the norm of a fused picture's embedding, if the model in use painted it."""
        record, picture, model = self._result.record, self._result.path, self._draft.model
        if self._result.mix is None:  # the length that is known is that of another board
            self._picture = None
            self._take(None)
        if record is None or picture is None or picture == self._picture:
            return
        if not isinstance(record.request.conditioning, Mix) or model is None:
            return
        if record.model != model.name:
            return
        self._picture = picture

        def take(length: float | None) -> None:
            if self._result.path == picture:
                self._take(length)

        self._background.read(
            lambda: embedding_norm.of_embedding(pictures.read_embedding(picture).encode()), take
        )
