"""The request in the making: what the create panel shows and the button will send."""

import random
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeGuard

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.catalog import Size, fitted, most_alike, unlike
from kandinsky_desktop.domain.conditioning import (
    USUAL_STRENGTH,
    Conditioning,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import check, described, keywords_of, like
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model, check_fits, suited
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import (
    NEGATIVES,
    SEEDS,
    Paint,
    PaintOptions,
    Sampling,
    options_of,
)
from kandinsky_desktop.domain.task import (
    NOWHERE,
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    TextToImage,
)


@dataclass(frozen=True, slots=True)
class PictureAndPrompt:
    """A picture whose embedding is led towards the prompt, which is the draft's own."""

    path: Path
    strength: float = like(ImagePrompt, "strength", USUAL_STRENGTH)

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


ImageConditioning = (
    ImagePrompt | PictureAndPrompt | ImageEmbedding
)  # a meaning that is more than words

Part = Literal["task", "depth", "image_conditioning", "negative"]  # of a draft: of several kinds

# What each choice begins with
UNSET: dict[type, Any] = {
    TextToImage: TextToImage(),
    Img2Img: Img2Img(path=NOWHERE),
    Inpaint: Inpaint(path=NOWHERE, masks=()),
    Outpaint: Outpaint(path=NOWHERE),
    Prompt: None,
    ImagePrompt: ImagePrompt(NOWHERE),
    PictureAndPrompt: PictureAndPrompt(NOWHERE),
    ImageEmbedding: ImageEmbedding(NOWHERE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(PaintOptions):
    """Everything a person has set for the next pictures; unlike a request it may be unfinished.

    The options are the request's own; its conditionings stand here as the form has them.
    """

    prompt: str = like(Prompt, "text", "")
    negative_prior: str = like(Prompt, "negative", "")
    negative_decoder: str = described("", NEGATIVES["negative_decoder"])
    image_conditioning: ImageConditioning | None = None  # None: the prompt alone
    negative: Conditioning | None = None  # None: the negative decoder prompt
    prior_seed_locked: bool = False
    seed_locked: bool = False


class DraftState(QObject):
    """Holds what is set, keeps it within what the model can do, and makes requests of them."""

    changed = Signal()
    model_changed = Signal()  # another model, or the first one

    def __init__(self, values: Draft | None = None) -> None:
        super().__init__()
        self._values = values or Draft()
        self._fresh = values is None  # nothing was set yet: take the model's own defaults
        self._model: Model | None = None
        self._samplings: dict[str, Sampling] = {}  # what was set for each model
        self._before: dict[tuple[str, type], Any] = {}  # what was set for each other choice

    @property
    def values(self) -> Draft:
        """What is set now."""
        return self._values

    @property
    def model(self) -> Model | None:
        """The model in use, once one is known."""
        return self._model

    @property
    def applicable(self) -> Draft:
        """What is set now, without what the model in use lacks and the window so does not show."""
        return self._read(self._values)

    @property
    def size(self) -> Size:
        """The size of the pictures."""
        return Size(self._values.sampling.width, self._values.sampling.height)

    @property
    def problem(self) -> str:
        """Why no request can be made now, as a sentence; empty if one can."""
        return self._problem(self._values)

    @property
    def problem_besides(self) -> str:
        """Likewise, for a request whose conditioning comes from elsewhere."""
        return self._problem(_without_conditioning(self._values))

    @keywords_of(Draft)
    def lacks(self, **values: Any) -> str:
        """Return, as a sentence, what the model lacks for such values; empty if it can."""
        if self._model is None:
            return ""
        try:
            wanted = replace(Draft(prompt="?", sampling=self._values.sampling), **values)
            check_fits(_request(wanted), self._model)
        except InvalidRequest as error:
            return str(error)
        return ""

    @keywords_of(Draft)
    def set(self, **changes: Any) -> None:
        """Change some values."""
        self._replace(replace(self._values, **changes))

    @keywords_of(Sampling)
    def set_sampling(self, **changes: Any) -> None:
        """Change some values of the sampling."""
        self._replace(self._sampled(changes))

    def set_size(self, size: Size) -> None:
        """Paint pictures of this size, or of the nearest that the model can."""
        self._replace(self._sampled({"width": size.width, "height": size.height}), by_form=True)

    def set_option(self, name: str, value: object) -> None:
        """Change a field of the draft or of its sampling whose name a form read from there."""
        within = {field.name for field in fields(Sampling)}
        change: dict[str, Any] = {name: value}
        values = self._sampled(change) if name in within else replace(self._values, **change)
        self._replace(values, by_form=True)

    def set_in_part(self, part: Part, name: str, value: object) -> None:
        """Change a field of a part whose name a form read from there."""
        change: dict[str, Any] = {name: value}
        self._set_part(part, replace(getattr(self._values, part), **change))

    def set_picture(self, part: Part, path: Path) -> None:
        """Put a picture into a part, if it wants one now."""
        held = getattr(self._values, part)
        if hasattr(held, "path"):
            self._set_part(part, replace(held, path=path))

    def set_masks(self, masks: tuple[Path, ...]) -> None:
        """Give the hole its masks, if there is to be one."""
        if isinstance(self._values.task, Inpaint):
            self.set(task=replace(self._values.task, masks=masks))

    def use_model(self, model: Model) -> None:
        """Draw with this model: its own defaults, or what was last set for it."""
        if model == self._model:
            return
        sampling = self._values.sampling
        if self._model is not None:
            self._samplings[self._model.name] = sampling
        if model.name in self._samplings:
            base = self._samplings[model.name]
        elif self._fresh or (self._model is not None or self._values.model != model.name):
            base = model.profile.sampling
        else:
            base = sampling  # the model of the last sitting again
        seeded = replace(base, prior_seed=sampling.prior_seed, seed=sampling.seed)
        self._model = model
        self._values = replace(self._values, model=model.name, sampling=self._fitted(seeded))
        self.model_changed.emit()
        self.changed.emit()

    @property
    def defaults(self) -> Sampling:
        """The model's own values."""
        return self._model.profile.sampling if self._model else Sampling()

    def set_task_kind(self, kind: type) -> None:
        """Start from another kind of thing: with the same picture, and as was set for it before."""
        self._choose("task", kind)

    def set_conditioning_kind(self, kind: type) -> None:
        """Take the meaning from another kind of thing; Words are the prompt alone."""
        self._choose("image_conditioning", kind)

    def set_negative_kind(self, kind: type) -> None:
        """Lead away from another kind of thing; Words are the negative decoder prompt."""
        self._choose("negative", kind)

    def set_shape(self, shape: Size) -> None:
        """Use the offered size of the most similar aspect ratio, if the size in use is less so."""
        if self._model is not None:
            alike = most_alike(shape, self._model)
            if unlike(alike, shape) < unlike(self.size, shape):
                self.set_size(alike)

    def follow_depth(self, on: bool) -> None:
        """Follow a depth map, the one from before if there was one, or none."""
        if self._values.depth is not None:
            self._before["depth", Depth] = self._values.depth
        self.set(depth=self._before.get(("depth", Depth), Depth(path=NOWHERE)) if on else None)

    def start_from(self, path: Path) -> None:
        """Start from a picture, as it is started from pictures now or else as a whole."""
        held = type(self._values.task)
        self._choose("task", Img2Img if held is TextToImage else held, path)

    def vary(self, path: Path) -> None:
        """Let the meaning be a picture's."""
        led = isinstance(self._values.image_conditioning, PictureAndPrompt)
        self._choose("image_conditioning", PictureAndPrompt if led else ImagePrompt, path)

    def _choose(self, part: Part, kind: type, path: Path = NOWHERE) -> None:
        """Let another kind be chosen, with a picture or else the one that is chosen now."""
        held = getattr(self._values, part)
        self._before[part, Prompt if held is None else type(held)] = held
        chosen = self._before.get((part, kind), UNSET[kind])
        if path == NOWHERE:
            path = getattr(held, "path", NOWHERE)
        if path != NOWHERE and hasattr(chosen, "path"):
            chosen = replace(chosen, path=path)
        self._set_part(part, chosen)

    def _set_part(self, part: Part, value: Any) -> None:
        change: dict[str, Any] = {part: value}
        self.set(**change)

    def apply_record(self, record: Record) -> None:
        """Take over all that an earlier picture was made with, and keep its seeds."""
        request, index = record.request, record.index
        sampling = replace(request.sampling, prior_seed=record.prior_seed, seed=record.seed)
        start, ideas = request.task, request.candidates
        if isinstance(start, Inpaint) and len(start.masks) > 1:
            start = replace(start, masks=(start.masks[index],))
        if ideas and index:
            ideas = 0  # its seed is of the idea that was chosen: again the best would be another
        elif ideas:
            sampling = replace(sampling, prior_seed=request.sampling.prior_seed)
        meaning, away = request.conditioning_of(index), request.negative
        plain_away = isinstance(away, Prompt) and not away.negative
        options = replace(
            PaintOptions(**options_of(request)),
            model=self._values.model,
            count=1,
            sampling=sampling,
            task=start,
            candidates=ideas,
        )
        self._replace(
            Draft(
                prompt=meaning.text if _uses_prompt(meaning) else self._values.prompt,
                negative_prior=request.negative_prior,
                negative_decoder=request.negative_decoder if plain_away else "",
                image_conditioning=_image_conditioning(meaning),
                negative=None if plain_away else away,
                prior_seed_locked=True,
                seed_locked=True,
                **options_of(options),
            )
        )

    def current_request(self, *, words: bool = True) -> Paint:
        """Return the current request; without `words` its conditioning is set later.

        Raises InvalidRequest.
        """
        return self._request(self._values if words else _without_conditioning(self._values))

    def reroll(self, name: str) -> None:
        """Choose another seed: `prior_seed` or `seed`."""
        self.set_option(name, random.randrange(SEEDS))

    def make_request(self, *, words: bool = True, fresh: bool = True) -> Paint:
        """Return the request as it stands, with fresh seeds where none is locked.

        Without `words` its conditioning is set later and the prompt may be empty; unless `fresh`,
        the seeds stay as they are. Raises InvalidRequest with the sentence of `problem`.
        """
        problem = self.problem if words else ""
        if problem:
            raise InvalidRequest(problem)
        if self._model is None:
            raise InvalidRequest(_("No model is there yet."))
        if fresh and not self._values.prior_seed_locked:
            self.set_sampling(prior_seed=random.randrange(SEEDS))
        if fresh and not self._values.seed_locked:
            self.set_sampling(seed=random.randrange(SEEDS))
        return self.current_request(words=words)

    def _replace(self, values: Draft, *, by_form: bool = False) -> None:
        values = replace(values, sampling=self._fitted(values.sampling))
        changed = values != self._values
        if changed:
            self._values = values
            self._fresh = False
        if changed or by_form:  # what was typed may have been put right
            self.changed.emit()

    def _sampled(self, changes: dict[str, Any]) -> Draft:
        """Return the values with another sampling; one end of a range pushes the other."""
        sampling = self._values.sampling
        if "guidance_from" in changes:
            end = max(sampling.guidance_to, changes["guidance_from"])
            changes = {"guidance_to": end} | changes
        elif "guidance_to" in changes:
            begin = min(sampling.guidance_from, changes["guidance_to"])
            changes = changes | {"guidance_from": begin}
        return replace(self._values, sampling=replace(sampling, **changes))

    def _fitted(self, sampling: Sampling) -> Sampling:
        """Replace what the model cannot paint, or not well, by the nearest that it can."""
        if self._model is None:
            return sampling
        return suited(fitted(sampling, self._model), self._model.profile)

    def _problem(self, values: Draft) -> str:
        if self._model is None:
            return _("No model is there yet.")
        try:
            check_fits(self._request(values), self._model)
        except InvalidRequest as error:
            return str(error)
        return ""

    def _read(self, values: Draft) -> Draft:
        """Leave out what the model lacks: it is there again with a model that has it."""
        model = self._model
        if model is None:
            return values
        if not model.can("prior"):
            values = replace(values, negative_prior="", candidates=0, shared_prior_seed=False)
        if not model.can("embeddings"):
            away = values.negative if isinstance(values.negative, Prompt) else None
            values = replace(values, image_conditioning=None, negative=away)
        return values

    def _request(self, values: Draft) -> Paint:
        return _request(self._read(values))


def _request(values: Draft) -> Paint:
    away = values.negative
    if away is None and values.negative_decoder.strip():
        away = Prompt(values.negative_decoder)
    led = values.image_conditioning is not None  # by a picture, which has one idea
    options = options_of(replace(values, candidates=0) if led else values)
    return Paint(conditioning=_conditioning(values), negative=away, **options)


def _conditioning(values: Draft) -> Conditioning:
    match values.image_conditioning:
        case None:
            return Prompt(values.prompt, values.negative_prior)
        case PictureAndPrompt(path=path, strength=strength):
            return ImagePrompt(path, values.prompt, values.negative_prior, strength)
        case image_conditioning:
            return image_conditioning


def _uses_prompt(meaning: Conditioning) -> TypeGuard[Prompt | ImagePrompt]:
    """Whether the draft's prompt goes into such a meaning, though at strength 0 to no effect."""
    plain = isinstance(meaning, ImagePrompt) and meaning == ImagePrompt(meaning.path)
    return isinstance(meaning, Prompt | ImagePrompt) and not plain


def _without_conditioning(values: Draft) -> Draft:
    """Return values with a placeholder prompt: the conditioning is set later."""
    return replace(values, prompt="?", image_conditioning=None, candidates=0)


def _image_conditioning(meaning: Conditioning) -> ImageConditioning | None:
    """Return what a meaning was taken from; words are left to the prompt, fusions to the board."""
    match meaning:
        case ImagePrompt(path=path, strength=strength) if _uses_prompt(meaning):
            return PictureAndPrompt(path, strength)
        case ImagePrompt() | ImageEmbedding():
            return meaning
        case Prompt() | Mix() | Interpolation() | Grid():
            return None
