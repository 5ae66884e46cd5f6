"""The request in the making: what the create panel shows and the button will send."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeGuard

from PySide6.QtCore import QObject, QTimer, Signal

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
from kandinsky_desktop.domain.fields import (
    check,
    check_text,
    declared,
    described,
    keywords_of,
    like,
    switch,
)
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import Model, check_fits, suited
from kandinsky_desktop.domain.paths import with_file_renamed
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
    Task,
    TextToImage,
)
from kandinsky_desktop.state.history import History


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
    prior_seed_locked: bool = switch(False, N_("Lock of the idea seed"))
    seed_locked: bool = switch(False, N_("Lock of the detail seed"))


# What a change of them is called, as of the others by their labels
PARTS: dict[str, str] = {
    "task": N_("Start"),
    "depth": N_("Depth map"),
    "image_conditioning": N_("Meaning"),
    "negative": N_("Lead away from"),
}
STARTS: dict[type, str] = {
    Img2Img: N_("Start from a picture"),
    Inpaint: N_("Fill a part of a picture"),
    Outpaint: N_("Add around a picture"),
}
PAUSE_MS = 1500  # after it a change of the same field is another step


class DraftState(QObject):
    """Holds what is set, keeps it within what the model can do, and makes requests of them.

    Each change can be undone. Those of one field that a form makes one after the other are one
    step, until the field is left, a pause, or any other change.
    """

    changed = Signal()
    model_changed = Signal()  # another model, or the first one
    edit_finished = (
        Signal()
    )  # a step has ended: what a text field could undo itself is a part of it

    def __init__(self, values: Draft | None = None) -> None:
        super().__init__()
        self._history = History(values or Draft())
        self._step = ""  # what all changes belong to now
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.finish_edit)
        self._fresh = values is None  # nothing was set yet: take the model's own defaults
        self._model: Model | None = None
        self._models: dict[str, Model] = {}  # those that were in use, as they were last found
        self._samplings: dict[str, Sampling] = {}  # what was set for each model
        self._before: dict[tuple[str, type], Any] = {}  # what was set for each other choice

    @property
    def values(self) -> Draft:
        """What is set now."""
        return self._history.value

    @property
    def model(self) -> Model | None:
        """The model in use, once one is known."""
        return self._model

    @property
    def applicable(self) -> Draft:
        """What is set now, without what the model in use lacks and the window so does not show."""
        return self._read(self.values)

    @property
    def size(self) -> Size:
        """The size of the pictures."""
        return Size(self.values.sampling.width, self.values.sampling.height)

    @property
    def problem(self) -> str:
        """Why no request can be made now, as a sentence; empty if one can."""
        return self._problem(self.values)

    @property
    def problem_besides(self) -> str:
        """Likewise, for a request whose conditioning comes from elsewhere."""
        return self._problem(_without_conditioning(self.values))

    @keywords_of(Draft)
    def lacks(self, **values: Any) -> str:
        """Return, as a sentence, what the model lacks for such values; empty if it can."""
        if self._model is None:
            return ""
        try:
            wanted = replace(Draft(prompt="?", sampling=self.values.sampling), **values)
            check_fits(_request(wanted), self._model)
        except InvalidRequest as error:
            return str(error)
        return ""

    @keywords_of(Draft)
    def set(self, **changes: Any) -> None:
        """Change some values."""
        self._change(replace(self.values, **changes))

    def recall_words(self, text: str) -> None:
        """Put earlier words into the prompt; several one after the other are one step."""
        self._change(replace(self.values, prompt=text), _("Earlier words"), by_form=True)

    def set_without(self, text: str) -> None:
        """Set what is not to be in the picture, for the decoder and the prior if there is one."""
        values = replace(self.values, negative_decoder=text)
        if self.model is not None and self.model.can("prior"):
            values = replace(values, negative_prior=text)
        self._change(values, _("Without"), by_form=True)

    @keywords_of(Sampling)
    def set_sampling(self, **changes: Any) -> None:
        """Change some values of the sampling."""
        self._change(self._sampled(changes))

    def set_size(self, size: Size) -> None:
        """Paint pictures of this size, or of the nearest that the model can."""
        sampled = self._sampled({"width": size.width, "height": size.height})
        self._change(sampled, _("Size"), by_form=True)

    def set_option(self, name: str, value: object) -> None:
        """Change a field of the draft or of its sampling whose name a form read from there."""
        change: dict[str, Any] = {name: value}
        within = name in declared(Sampling)
        values = self._sampled(change) if within else replace(self.values, **change)
        self._change(values, _label(Sampling if within else Draft, name), by_form=True)

    def set_in_part(self, part: Part, name: str, value: object) -> None:
        """Change a field of a part whose name a form read from there."""
        held = getattr(self.values, part)
        within: dict[str, Any] = {name: value}
        change: dict[str, Any] = {part: replace(held, **within)}
        self._change(replace(self.values, **change), _label(type(held), name), by_form=True)

    def set_picture(self, part: Part, path: Path) -> None:
        """Put a picture into a part, if it wants one now."""
        held = getattr(self.values, part)
        if hasattr(held, "path"):
            self._set_part(part, _started_from(held, path))

    def set_masks(self, masks: tuple[Path, ...]) -> None:
        """Give the hole its masks, if there is to be one."""
        if isinstance(self.values.task, Inpaint):
            self.set(task=replace(self.values.task, masks=masks))

    def use_model(self, model: Model) -> None:
        """Draw with this model: its own defaults, or what was last set for it."""
        if model == self._model:
            return
        sampling = self.values.sampling
        if self._model is not None:
            self._samplings[self._model.name] = sampling
        if model.name in self._samplings:
            base = self._samplings[model.name]
        elif self._fresh or (self._model is not None or self.values.model != model.name):
            base = model.profile.sampling
        else:
            base = sampling  # the model of the last sitting again
        seeded = replace(base, prior_seed=sampling.prior_seed, seed=sampling.seed)
        another = self._model is not None and self._model.name != model.name
        self._model = self._models[model.name] = model
        count = model.profile.count if self._fresh else self.values.count
        values = replace(self.values, model=model.name, count=count, sampling=self._fitted(seeded))
        if another:
            self._push(_("Model"), values)
        else:
            self._history.amend(values)  # there was none to go back to
        self.model_changed.emit()
        self.changed.emit()
        self.finish_edit()

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
        if self.values.depth is not None:
            self._before["depth", Depth] = self.values.depth
        self.set(depth=self._before.get(("depth", Depth), Depth(path=NOWHERE)) if on else None)

    def start_from(self, path: Path, kind: type | None = None) -> None:
        """Start from a picture in a way; None: as from pictures now, or else as a whole.

        Masks are of the picture that they were for: with another one they go.
        """
        held = self.values.task
        usual = Img2Img if isinstance(held, TextToImage) else type(held)
        with self.one_step(_(STARTS[kind or usual])):
            self._choose("task", kind or usual, path)
            task = self.values.task
            if kind is Inpaint and isinstance(task, Inpaint) and path != getattr(held, "path", ""):
                self.set(task=replace(task, masks=()))

    def follow_depth_of(self, path: Path) -> None:
        """Follow the depth of a picture, which is estimated."""
        with self.one_step(_("Depth map")):
            self.follow_depth(True)
            depth = self.values.depth or Depth(path=path)
            self.set(depth=replace(depth, path=path, estimate=True))

    def take_meaning(self, path: Path) -> None:
        """Let the meaning be a picture's."""
        led = isinstance(self.values.image_conditioning, PictureAndPrompt)
        with self.one_step(_("Meaning of a picture")):
            self._choose("image_conditioning", PictureAndPrompt if led else ImagePrompt, path)

    def _choose(self, part: Part, kind: type, path: Path = NOWHERE) -> None:
        """Let another kind be chosen, with a picture or else the one that is chosen now."""
        held = getattr(self.values, part)
        self._before[part, Prompt if held is None else type(held)] = held
        chosen = self._before.get((part, kind), UNSET[kind])
        if path == NOWHERE:
            path = getattr(held, "path", NOWHERE)
        if path != NOWHERE and hasattr(chosen, "path"):
            chosen = _started_from(chosen, path)
        self._set_part(part, chosen)

    def _set_part(self, part: Part, value: Any) -> None:
        change: dict[str, Any] = {part: value}
        self.set(**change)

    def apply_record(self, record: Record) -> None:
        """Take over all that an earlier picture was made with, but for how many are painted.

        Its seeds are shown and not locked: the next pictures are others, until someone locks them.
        """
        request, index = record.request, record.index
        sampling = replace(request.sampling, prior_seed=record.prior_seed, seed=record.seed)
        start, ideas = request.task, request.candidates
        if isinstance(start, Inpaint) and len(start.masks) > 1:
            start = replace(start, masks=(start.masks[index],))
        if ideas and index:
            ideas = 0  # its seed is of the idea that was chosen: again the best would be another
        elif ideas:
            sampling = replace(sampling, prior_seed=request.sampling.prior_seed)
        count = self.values.count
        if ideas and not request.shared_prior_seed:
            count = min(count, ideas)  # more cannot be chosen among them
        meaning, away = request.conditioning_of(index), request.negative
        plain_away = isinstance(away, Prompt) and not away.negative
        options = replace(
            PaintOptions(**options_of(request)),
            model=self.values.model,
            count=count,
            sampling=sampling,
            task=start,
            candidates=ideas,
        )
        by_itself = isinstance(meaning, ImagePrompt) and meaning.without_hole
        words = "" if by_itself else self.values.prompt
        self._change(
            Draft(
                prompt=meaning.text if _uses_prompt(meaning) else words,
                negative_prior=request.negative_prior,
                negative_decoder=request.negative_decoder if plain_away else "",
                image_conditioning=_image_conditioning(meaning),
                negative=None if plain_away else away,
                **options_of(options),
            ),
            _("Use again"),
        )

    @property
    def locked(self) -> bool:
        """Whether all seeds that the model in use has are locked."""
        prior = self._model is None or self._model.can("prior")
        return self.values.seed_locked and (self.values.prior_seed_locked or not prior)

    def unlock(self) -> None:
        """Let both seeds be others next time."""
        with self.one_step(_("Locks of the seeds")):
            self.set(prior_seed_locked=False, seed_locked=False)

    def current_request(self, *, words: bool = True) -> Paint:
        """Return the current request; without `words` its conditioning is set later.

        Raises InvalidRequest.
        """
        return self._request(self.values if words else _without_conditioning(self.values))

    def sample_request(self) -> Paint:
        """Return the current request, with some words where none are typed: to be planned.

        Raises InvalidRequest.
        """
        values = self.values
        return self._request(values if values.prompt.strip() else replace(values, prompt="?"))

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
        self.finish_edit()
        if fresh:
            self._draw_seeds()
        return self.current_request(words=words)

    def problem_of(self, task: Task, depth: Depth | None = None) -> str:
        """Why no request can be made now of another task and depth than the form's; empty: can."""
        return self._problem(replace(self.values, task=task, depth=depth))

    def request_like(self, size: Size, share: float) -> Paint:
        """Return a request that takes as long as one of that size with a share of the steps.

        Raises InvalidRequest.
        """
        sampling = self.values.sampling
        steps = max(1, round(sampling.steps * share))
        sampling = replace(sampling, width=size.width, height=size.height, steps=steps)
        return self._request(replace(self.values, task=TextToImage(), sampling=sampling))

    def make_request_of(
        self,
        task: Task,
        depth: Depth | None = None,
        *,
        fresh: bool = True,
        size: Size | None = None,
    ) -> Paint:
        """Return a request of another task than the form's, with fresh seeds where none is locked.

        It follows that depth, not the form's. Unless `fresh`, the seeds stay as they are. `size` is
        that of the pictures, if it is not the form's. Raises InvalidRequest as `problem_of` says.
        """
        problem = self.problem_of(task, depth)
        if problem:
            raise InvalidRequest(problem)
        self.finish_edit()
        if fresh:
            self._draw_seeds()
        return self.request_of(task, size, depth)

    def request_of(self, task: Task, size: Size | None = None, depth: Depth | None = None) -> Paint:
        """Return the request as it stands, but of another task and depth, and maybe size.

        Raises InvalidRequest.
        """
        problem = self.problem_of(task, depth)
        if problem:
            raise InvalidRequest(problem)
        values = replace(self.values, task=task, depth=depth)
        if size is not None:
            sampling = replace(values.sampling, width=size.width, height=size.height)
            values = replace(values, sampling=sampling)
        return self._request(values)

    def rename(self, old: Path, new: Path) -> None:
        """Follow that a picture's file has another name. It is no step."""
        before = self.values
        self._history.change_all(lambda values: with_file_renamed(values, old, new))
        if self.values != before:
            self.changed.emit()

    # -- undo

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return self._history.can_redo

    @property
    def undo_name(self) -> str:
        """What the change is called that undo takes back; empty if there is none."""
        return self._history.undo_name

    @property
    def redo_name(self) -> str:
        """What the change is called that redo makes again; empty if there is none."""
        return self._history.redo_name

    @property
    def changed_at(self) -> float | None:
        """When the change that undo takes back was made (time.monotonic); None: there is none."""
        return self._history.changed_at

    @property
    def undone_at(self) -> float | None:
        """When the change that redo makes again was undone; None: there is none."""
        return self._history.undone_at

    def undo(self) -> None:
        """Take back the last change, be it of a person or of the program."""
        if self.can_undo:
            self._go(self._history.undo)

    def redo(self) -> None:
        """Make the change again that was undone last."""
        if self.can_redo:
            self._go(self._history.redo)

    def finish_edit(self) -> None:
        """End the step that a form's changes belong to, as when a field is left."""
        if self._history.open_name is not None and not self._step:
            self._pause.stop()
            self._history.end_step()
            self.edit_finished.emit()

    @contextmanager
    def one_step(self, name: str) -> Iterator[None]:
        """Let all changes until its end be one step of this name."""
        if self._step:  # it is a part of another one
            yield
            return
        self.finish_edit()
        self._step = name
        try:
            yield
        finally:
            self._step = ""
            self.finish_edit()

    def _change(self, values: Draft, name: str = "", *, by_form: bool = False) -> None:
        """Set other values: by a step of its own or, by a form, in the open step of this name."""
        values = replace(values, sampling=self._fitted(values.sampling))
        if values == self.values:
            if by_form:  # what was typed was put right
                self.changed.emit()
            return
        self._fresh = False
        name = name or _name_of_change(self.values, values)
        if not by_form or self._history.open_name != name:
            self.finish_edit()
        self._push(name, values)
        self.changed.emit()
        if by_form:
            self._pause.start()
        else:
            self.finish_edit()

    def _push(self, name: str, values: Draft) -> None:
        self._history.push(self._step or name, values, leave_open=True)

    def _go(self, to_step: Callable[[], None]) -> None:
        """Undo or redo, with the model that was in use then."""
        self._pause.stop()
        sampling = self.values.sampling
        to_step()
        model = self._models.get(self.values.model, self._model)
        another = model != self._model
        if another and self._model is not None:
            self._samplings[self._model.name] = sampling
        self._model = model
        values = replace(self.values, sampling=self._fitted(self.values.sampling))
        self._history.amend(values if model is None else replace(values, model=model.name))
        if another:
            self.model_changed.emit()
        self.changed.emit()
        self.edit_finished.emit()

    def _draw_seeds(self) -> None:
        """Choose other seeds where none is locked. It is no step: nobody set them."""
        sampling = self.values.sampling
        if not self.values.prior_seed_locked:
            sampling = replace(sampling, prior_seed=random.randrange(SEEDS))
        if not self.values.seed_locked:
            sampling = replace(sampling, seed=random.randrange(SEEDS))
        if sampling != self.values.sampling:
            self._fresh = False
            self._history.amend(replace(self.values, sampling=sampling))
            self.changed.emit()

    # -- what is set

    def _sampled(self, changes: dict[str, Any]) -> Draft:
        """Return the values with another sampling; one end of a range pushes the other."""
        sampling = self.values.sampling
        if "guidance_from" in changes:
            end = max(sampling.guidance_to, changes["guidance_from"])
            changes = {"guidance_to": end} | changes
        elif "guidance_to" in changes:
            begin = min(sampling.guidance_from, changes["guidance_to"])
            changes = changes | {"guidance_from": begin}
        return replace(self.values, sampling=replace(sampling, **changes))

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
        return _request(_filled(self._read(values)))


def _filled(values: Draft) -> Draft:
    """Return a draft whose hole, where no words are said, is filled by what the picture means."""
    task = values.task
    if (
        isinstance(task, Inpaint | Outpaint)
        and task.path != NOWHERE
        and values.image_conditioning is None
        and not values.prompt.strip()
    ):
        meant = ImagePrompt(task.path, without_hole=isinstance(task, Inpaint))
        return replace(values, image_conditioning=meant, candidates=0)
    return values


def _label(kind: type, name: str) -> str:
    """Return what a change of a field is called."""
    about = declared(kind).get(name)
    return _(PARTS[name] if about is None else about.label)


def _name_of_change(before: Draft, now: Draft) -> str:
    """Return what a change is called: by the first field that differs."""
    pairs: tuple[tuple[Any, Any], ...] = ((before, now), (before.sampling, now.sampling))
    for old, new in pairs:
        for field in fields(old):
            if field.name != "sampling" and getattr(old, field.name) != getattr(new, field.name):
                return _label(type(old), field.name)
    return ""


def _request(values: Draft) -> Paint:
    away = values.negative
    if away is None and values.negative_decoder.strip():
        check_text(values.negative_decoder, NEGATIVES["negative_decoder"])  # not as a prompt
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
    plain = isinstance(meaning, ImagePrompt) and not (
        meaning.text or meaning.negative or meaning.strength
    )
    return isinstance(meaning, Prompt | ImagePrompt) and not plain


def _without_conditioning(values: Draft) -> Draft:
    """Return values with a placeholder prompt: the conditioning is set later."""
    return replace(values, prompt="?", image_conditioning=None, candidates=0)


def _image_conditioning(meaning: Conditioning) -> ImageConditioning | None:
    """Return what a meaning was taken from; words are left to the prompt, fusions to the board."""
    match meaning:
        case ImagePrompt(path=path, strength=strength) if _uses_prompt(meaning):
            return PictureAndPrompt(path, strength)
        case ImagePrompt(without_hole=True):
            return None  # so it is again where no words are
        case ImagePrompt() | ImageEmbedding():
            return meaning
        case Prompt() | Mix() | Interpolation() | Grid():
            return None


def _started_from(held: Any, path: Path) -> Any:
    """Return a part of a draft with another picture, of which nothing is known."""
    if isinstance(held, Img2Img | Inpaint | Outpaint) and held.path != path:
        held = replace(held, part_of=None)
    return replace(held, path=path)
