"""The forms for start and meaning together, and what passes between them and the state."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.task import NOWHERE, Img2Img, Inpaint, TextToImage
from kandinsky_desktop.state.draft import PictureAndPrompt, Wishes
from kandinsky_desktop.state.shown import State
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.meaning import SAVED, MeaningPanel
from kandinsky_desktop.ui.mime import Taken
from kandinsky_desktop.ui.starting import StartPanel
from kandinsky_desktop.ui.theme import Look
from kandinsky_desktop.ui.well import TakingFold, Well


class Sources(QObject):
    """Wires the forms to the draft. A picture is read before it is taken."""

    said = Signal(str)  # why something was not done
    cleared = Signal(str, object)  # what was taken out, and a call that puts it back

    def __init__(self, look: Look, state: State, inspector: Inspector) -> None:
        super().__init__()
        self._draft, self._intake, self._models = state.draft, state.intake, state.models
        self.start, self.meaning = StartPanel(look), MeaningPanel(look)
        self._fusion = False  # whether the fusion place is shown
        self.start_fold = TakingFold(look, _("Start"), self.start)
        self.meaning_fold = TakingFold(look, _("Meaning"), self.meaning)
        inspector.add_shared_fold(self.start_fold)
        inspector.add_shared_fold(self.meaning_fold)
        self._connect()
        self.show_draft()

    def show_place(self, *, fusion: bool) -> None:
        """Show the meaning only where it does not come from a board."""
        self._fusion = fusion
        self._show_meaning()

    def start_from(self, path: Path) -> None:
        """Start from a picture, and show that."""
        self._intake.take_path(path, self._start_here)

    def vary(self, path: Path) -> None:
        """Condition on a picture, and open the form."""
        reason = self._draft.lacks(likeness=ImagePrompt(path))
        if reason:
            self.said.emit(reason)
        else:
            self._intake.take_path(path, self._mean_this)

    def show_draft(self) -> None:
        """Show what is set now."""
        draft, model = self._draft, self._draft.model
        wishes, start = draft.wishes, self.start
        features = frozenset[str]() if model is None else model.features
        start.show_start(wishes.task, old_noise="old noise" in features)
        estimators = self._models.there.estimators
        start.show_depth(
            wishes.depth,
            can="depth" in features,
            estimator=estimators[0] if estimators else None,
        )
        self.start_fold.summarise(start.summary(wishes.task, wishes.depth))
        self.meaning.show_wishes(wishes, anchors="decoder prompt" in features)
        self.meaning_fold.summarise(self.meaning.summary(wishes))
        self._show_pictures()

    def show_model(self) -> None:
        """Offer what the model in use can do."""
        self._show_meaning()
        somewhere = Path("?")
        for wish in (
            ImagePrompt(somewhere),
            PictureAndPrompt(somewhere),
            ImageEmbedding(somewhere),
        ):
            self.meaning.kind.allow(type(wish), self._draft.lacks(likeness=wish))
        for away in (ImagePrompt(somewhere), ImageEmbedding(somewhere)):
            self.meaning.away_kind.allow(type(away), self._draft.lacks(negative=away))
        self.show_draft()

    def _show_meaning(self) -> None:
        """Show the form of the meaning where there is a choice: not with words alone."""
        model = self._draft.model
        led = model is None or model.can("embeddings")
        self.meaning_fold.setVisible(led and not self._fusion)

    def _connect(self) -> None:
        draft, start, meaning = self._draft, self.start, self.meaning
        start.picked.connect(draft.start_as)
        start.wished.connect(partial(self._change, "task"))
        start.depth_wanted.connect(draft.follow_depth)
        start.depth_wished.connect(partial(self._change, "depth"))
        meaning.picked.connect(draft.mean_as)
        meaning.away_picked.connect(draft.lead_away_as)
        meaning.strength_wished.connect(partial(self._change, "likeness"))
        meaning.wished.connect(self._set)
        draft.changed.connect(self.show_draft)
        draft.model_changed.connect(self.show_model)
        self._models.found.connect(self.show_draft)
        self._intake.pictured.connect(self._show_pictures)
        self._intake.refused.connect(self.said)
        self._fill(start.picture, partial(self._put, "task"), "task")
        self._fill(start.map, partial(self._put, "depth"), "depth")
        self._fill(meaning.picture, partial(self._put, "likeness"), "likeness")
        self._fill(meaning.away, partial(self._put, "negative"), "negative")
        self.start_fold.taken.connect(lambda taken: self._take(None, taken, self._start_here))
        self.meaning_fold.taken.connect(lambda taken: self._take(None, taken, self._mean_this))
        self._fill(start.mask_well, self._put_mask, "task")

    def _fill(self, well: Well, put: Callable[[Path], None], wish: str) -> None:
        """Put into the draft what is dropped into a well, and take it out again."""
        well.taken.connect(lambda taken: self._take(well, taken, put))
        well.cleared.connect(lambda: self._clear(wish, put))

    def _take(self, well: Well | None, taken: Taken, put: Callable[[Path], None]) -> None:
        wishes = self._draft.wishes
        alike = NOWHERE
        if well is self.start.mask_well and isinstance(wishes.task, Inpaint):
            alike = wishes.task.path
        if taken.paths and taken.paths[0].suffix.lower() in SAVED:
            put(taken.paths[0])  # no picture: the engine reads it
        elif taken.paths:
            self._intake.take_path(taken.paths[0], put, alike=alike)
        elif taken.images:
            self._intake.take_image(taken.images[0], put, alike=alike)
        else:
            refused = taken.refused or (_("Words are no picture: type them below."),)
            self.said.emit(" ".join(refused))

    def _clear(self, wish: str, put: Callable[[Path], None]) -> None:
        held = getattr(self._draft.wishes, wish)
        put(NOWHERE)
        back: dict[str, Any] = {wish: held}
        self.cleared.emit(_("The picture was taken out."), lambda: self._draft.set(**back))

    def _put(self, wish: str, path: Path) -> None:
        self._draft.change(wish, path=path)
        if wish in ("task", "depth"):
            self._shape_as(path)

    def _shape_as(self, path: Path) -> None:
        """Use the aspect ratio of the start picture, where it would be cropped otherwise."""
        start, size = self._draft.wishes.task, self._intake.size_of(path)
        if size is not None and isinstance(start, TextToImage | Img2Img):
            self._draft.shape_as(size)

    def _put_mask(self, path: Path) -> None:
        if isinstance(self._draft.wishes.task, Inpaint):
            self._draft.change("task", masks=() if path == NOWHERE else (path,))

    def _change(self, wish: str, name: str, value: Any) -> None:
        self._draft.change(wish, **{name: value})

    def _set(self, name: str, value: Any) -> None:
        changes: dict[str, Any] = {name: value}
        self._draft.set(**changes)

    def _start_here(self, path: Path) -> None:
        self._draft.start_from(path)
        self._shape_as(path)
        self.start_fold.open(True)

    def _mean_this(self, path: Path) -> None:
        self._draft.vary(path)
        self.meaning_fold.open(True)

    def _show_pictures(self) -> None:
        for well, path in self._shown(self._draft.wishes):
            sight = path != NOWHERE and path.suffix.lower() not in SAVED
            well.show_picture(path, self._intake.image_of(path) if sight else None)

    def _shown(self, wishes: Wishes) -> tuple[tuple[Well, Path], ...]:
        masks = wishes.task.masks if isinstance(wishes.task, Inpaint) else ()
        return (
            (self.start.picture, getattr(wishes.task, "path", NOWHERE)),
            (self.start.mask_well, masks[0] if masks else NOWHERE),
            (self.start.map, NOWHERE if wishes.depth is None else wishes.depth.path),
            (self.meaning.picture, NOWHERE if wishes.likeness is None else wishes.likeness.path),
            (self.meaning.away, getattr(wishes.negative, "path", NOWHERE)),
        )
