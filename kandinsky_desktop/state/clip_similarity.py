"""CLIP similarity of each card to the fused picture in the middle; not of previews."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.conditioning import Mix
from kandinsky_desktop.domain.events import Made
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.similarity_measurer import SimilarityMeasurer
from kandinsky_desktop.store.clip_similarity import Cosines


@dataclass(frozen=True, slots=True)
class SimilarityBar:
    """The similarity of one card, as far as it is known."""

    standing: Literal["unknown", "awaited", "measured"]
    cosine: float | None = None  # None, though measured: the ingredient is not known any more

    @property
    def text(self) -> str:
        """What is written on it."""
        match self.standing:
            case "unknown":
                return _("measure")
            case "awaited":
                return _("measuring")
            case "measured":
                return "–" if self.cosine is None else f"{self.cosine:.2f}"

    @property
    def accessible_text(self) -> str:
        """What a screen reader says of it, and what is said on hover."""
        match self.standing:
            case "unknown":
                return _("not measured")
            case "awaited":
                return _("being measured")
            case "measured" if self.cosine is None:
                return _("not known any more, so it cannot be measured")
            case "measured":
                return _("came through {cosine:.2f}").format(cosine=self.cosine)


class ClipSimilarities(QObject):
    """Knows the bars of the cards for the fused picture in the middle of the board."""

    changed = Signal()
    refused = Signal(str)  # why something that was asked for cannot be measured

    def __init__(
        self,
        measuring: SimilarityMeasurer,
        result: BoardResult,
        fusing: BoardEditor,
    ) -> None:
        super().__init__()
        self._measurer, self._result = measuring, result
        self._editor = fusing
        self._picture: Path | None = None  # a fused one
        self._cosines: Cosines | None = None
        self._asked: set[Path] = set()  # by hand
        result.changed.connect(self._look)
        measuring.measured.connect(self._take)
        measuring.not_measured.connect(self._give_up)

    @property
    def bars(self) -> dict[int, SimilarityBar]:
        """The bar of each card that went into the picture, by the card's id."""
        fusion = self._fusion
        if self._picture is None or fusion is None:
            return {}
        left = dict(enumerate(one.source for one in fusion.ingredients))
        bars = {}
        for card in self._editor.board.cards:
            wanted = self._result.original(card.source)
            place = next((place for place, source in left.items() if source == wanted), None)
            if place is not None:
                del left[place]
                bars[card.id] = self._bar(place)
        return bars

    @Slot(object, object)
    def on_made(self, job: Job, made: Made) -> None:
        """Have a new picture measured if it is a fusion; only for fusions is the result shown."""
        if isinstance(job.request.conditioning, Mix):
            self._measurer.on_made(job, made)

    @Slot()
    def measure(self) -> None:
        """Have the picture measured, unless it was."""
        record = self._result.record
        if self._picture is not None and self._cosines is None and record is not None:
            self._asked.add(self._picture)
            self._measurer.request(self._picture, record.model)
            self.changed.emit()

    @property
    def _fusion(self) -> Mix | None:
        record = self._result.record
        meaning = None if record is None else record.request.conditioning_of(record.index)
        return meaning if isinstance(meaning, Mix) else None

    def _bar(self, place: int) -> SimilarityBar:
        if self._cosines is not None and place < len(self._cosines):
            return SimilarityBar("measured", self._cosines[place])
        return SimilarityBar("awaited" if self._picture in self._measurer.awaited else "unknown")

    @Slot()
    def _look(self) -> None:
        picture = self._result.path if self._fusion is not None else None
        if picture == self._picture:
            return
        self._picture, self._cosines = picture, None
        if picture is not None:
            self._measurer.load(picture)
        self.changed.emit()

    @Slot(object, object)
    def _take(self, picture: Path, cosines: Cosines) -> None:
        self._asked.discard(picture)
        if picture == self._picture:
            self._cosines = cosines
            self.changed.emit()

    @Slot(object, str)
    def _give_up(self, picture: Path, reason: str) -> None:
        if picture in self._asked:
            self._asked.discard(picture)
            self.refused.emit(_("It cannot be measured: {reason}").format(reason=reason))
        if picture == self._picture:
            self.changed.emit()
