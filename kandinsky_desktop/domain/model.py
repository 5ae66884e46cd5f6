"""A model as its folder says: its family, its components by role, and what it can do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Interpolation,
    Mix,
)
from kandinsky_desktop.domain.errors import InvalidRequest, ModelProblem
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.packing import Packing
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.schedulers import (
    ALWAYS_THRESHOLDS,
    LABELS,
    WITH_THRESHOLDING,
    most_steps,
)
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint

# A model's configs by the folder that each lies in (posix, relative to the root, "." for itself):
# those of a root's subfolders, its homes, and those in a home. A folder without a config holds {},
# and so does a weights file that lies beside such folders.
Tree = Mapping[str, dict[str, Any]]

LACKS = {
    "depth": N_("{model} cannot follow a depth map: only models of Kandinsky 2.2 can."),
    "old noise": N_(
        "The noise of the original 2.1 is only for models of 2.1, which {model} is not."
    ),
    "decoder prompt": N_("{model} reads no anchor text: only the decoder of Kandinsky 2.1 does."),
    "pictures": N_("{model} cannot look at pictures: it has no image encoder."),
    "embeddings": N_("{model} cannot mix meanings: it is led by words alone."),
    "prior": N_("{model} has no prior, which chooses among ideas and leads them away from words."),
    "led pictures": N_(
        "{model} cannot lead a picture by words: its ECLIPSE prior reads words alone. Leave out the"
        " words, or take a model with the full prior."
    ),
    "inpainting": N_("{model} cannot fill holes or borders."),
    "whole pictures": N_(
        "{model} only fills holes and borders: choose a picture and a mask, or a border."
    ),
}

# Roles that a model does without, and the feature that goes with each
OPTIONAL = {
    "image_encoder": "pictures",
    "image_processor": "pictures",
    "depth unet": "depth",
    "inpaint unet": "",  # a plain U-Net fills holes by putting the rest back at each step
    "black": "",  # the image encoder makes it
}

SINGLE = 4  # bytes of a number in single precision

# Kinds whose weights always stay on the device while they run: small, and run by parts of them
NOT_STREAMED = ("movq", "vae")

P_SAMPLER_WASHES_OUT = N_(
    "Original p_sampler washes out what {model} paints, since its latents reach farther than"
    " dynamic thresholding leaves: choose another scheduler."
)
THRESHOLDING_WASHES_OUT = N_(
    "Dynamic thresholding washes out what {model} paints, since its latents reach farther than"
    " it leaves: switch it off."
)


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a model on disk: a network, a tokenizer, a processor or a scheduler's config."""

    kind: str  # what it is loaded as: a key of store.components.FILES
    folder: Path  # of kind "file": the file itself
    content: str = ""  # its fingerprint, once store.models.fingerprinted has read it
    values: int = 0  # numbers that its weights hold; 0: it has none
    window: int = 0  # numbers of them that are on the device at once where they are streamed
    packing: Packing | None = None  # of those that 8 bits can hold; None: it is always run whole
    wide: int = 0  # numbers of them that stay in single precision where the others are in float16

    @property
    def streamed(self) -> int:
        """The numbers on the device at once where its weights are streamed: all, if they cannot."""
        return min(self.values, self.window) or self.values

    def size_bytes(self, itemsize: int) -> int:
        """Return the bytes of its weights in numbers of so many bytes, in float16 if it is two."""
        return self.values * itemsize + self.wide * max(0, SINGLE - itemsize)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProfile:
    """What we know of a model that its configs do not say."""

    title: str
    most_steps: int
    sampling: Sampling  # its good defaults; the size is its native one
    prompts: tuple[str, ...]  # five that it paints well
    pictures: str = ""  # the folder in resources/prompts with its pictures of them; "": none
    count: int = 1  # pictures at once, until a person chooses
    note: str = ""  # what a newcomer must know of it
    small: bool = False  # its pictures are shown enlarged, and previews of them are quick
    sketch_side: int = 0  # of a fast preview, in pixels; 0: the native one
    sketch_steps: int = 10  # of a fast preview
    sketch_scheduler: str = "UniPCMultistepScheduler"  # good in few steps
    square: bool = False  # it knows no other shape
    larger_strength: float = 0.3  # of drawing what an enlarged picture of it lacks
    # Dynamic thresholding takes latents into ±1. The originals were made for that; of an unknown
    # relative we hold nothing against it.
    thresholding: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that can be painted with, recognised by the configs of its components."""

    name: str
    root: Path  # what it is asked for by: its folder or, where several share one, its decoder's
    family: str  # a key of families.recognisers.RECOGNISERS
    components: Mapping[str, Component] = field(hash=False)  # by role
    features: frozenset[str]  # keys of LACKS
    native: int  # the side in pixels at which it is best
    largest: int  # the longest side worth offering, in pixels
    multiple: int  # sides are divisible by it: pixels a latent cell × 2^(levels of the U-Net − 1)
    factor: int  # pixels a latent cell
    width: int  # of its image embeddings or, where there are none, of its text's hidden states
    scale: float = 1.0  # by which latents of the autoencoder are multiplied before they are noised
    channels: Mapping[str, int] = field(hash=False)  # of the first level, by the network's role
    token_limit: int  # of the tokenizer, its two marks included
    decoder_prompt_limit: int = 0  # of the text that the decoder reads itself; 0: it reads none
    train_timesteps: int = 1000  # of the noise schedule of its denoiser
    size_bytes: int = 0  # of all its weights, as they are stored
    problems: tuple[str, ...] = ()  # what is there and cannot be used, and why
    advice: Mapping[str, str] = field(default_factory=dict, hash=False)  # how to get optional roles
    profile: ModelProfile

    def can(self, feature: str) -> bool:
        """Return whether it has a feature, a key of LACKS."""
        return feature in self.features

    def without(self, role: str, why: str) -> "Model":
        """Return it without an optional role, and what belongs to that, since it cannot be used."""
        left = {
            name: one
            for name, one in self.components.items()
            if name != role and not name.startswith(f"{role} ")
        }
        advice = dict(self.advice)
        if role in advice:
            advice[role] = f"{advice[role]} {why}"
        return replace(
            self,
            components=left,
            features=self.features - {OPTIONAL[role]},
            problems=tuple(dict.fromkeys((*self.problems, why))),
            advice=advice,
        )

    def refusal(self, feature: str) -> str:
        """Return, as a sentence, that it lacks a feature, and how to get it if it can be got."""
        for role, needed_for in OPTIONAL.items():
            if needed_for == feature and role not in self.components and role in self.advice:
                return self.advice[role]
        return _(LACKS[feature]).format(model=self.name)


def split(tree: Tree, place: str) -> tuple[str, str]:
    """Return the home that a place lies in and its name there; of a home itself no name."""
    home, _slash, name = place.rpartition("/")
    return (home, name) if home and (home in tree or "/" not in home) else (place, "")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a family recognises in a folder by its tree of configs."""

    models: tuple[Model, ...] = ()
    problems: tuple[str, ...] = ()  # what is left over or not whole, each as a sentence
    parts: frozenset[str] = frozenset()  # the subfolders that hold parts of models
    foreign: str = ""  # of the problems that which says that it is of a kind not known here

    def first(self) -> Model | None:
        """Return the first model; None if there is nothing. Raises ModelProblem."""
        if not self.models and self.problems:
            raise ModelProblem(" ".join(self.problems))
        return next(iter(self.models), None)


def wanted(request: Paint) -> Iterator[str]:
    """Yield the features that a request wants of its model."""
    task = request.task
    if request.depth is not None:
        yield "depth"
    if isinstance(task, Img2Img) and task.old_noise:
        yield "old noise"
    if request.decoder_prompt or request.negative_decoder_prompt:
        yield "decoder prompt"
    for conditioning in (request.conditioning, request.negative):
        yield from _of_meaning(conditioning)
    if request.candidates or request.negative_prior:
        yield "prior"
    yield "inpainting" if isinstance(task, Inpaint | Outpaint) else "whole pictures"


def _of_meaning(conditioning: Conditioning | None) -> Iterator[str]:
    match conditioning:
        case ImagePrompt(text=text, negative=negative, strength=strength):
            yield "pictures"
            if strength and (text or negative):
                yield "led pictures"
        case ImageEmbedding():
            yield "embeddings"
        case Mix(ingredients=ingredients):
            yield "embeddings"
            for one in ingredients:
                yield from _of_meaning(one.source)
        case Interpolation(start=start, end=end):
            yield "embeddings"
            yield from (*_of_meaning(start), *_of_meaning(end))
        case Grid(corners=corners):
            yield "embeddings"
            for corner in corners:
                yield from _of_meaning(corner)
        case _:
            pass  # words go with every model


def fills_by_itself(request: Paint) -> bool:
    """Whether a hole or border is filled by what is around it: the picture's own meaning."""
    task, meant = request.task, request.conditioning
    if not isinstance(task, Inpaint | Outpaint):
        return False
    return meant in (ImagePrompt(task.path), ImagePrompt(task.path, without_hole=True))


def check_fits(request: Paint, model: Model) -> None:
    """Raise InvalidRequest, naming what is missing, before anything is loaded."""
    for feature in wanted(request):
        if not model.can(feature):
            advice = _("Type what you want to see there.") if fills_by_itself(request) else ""
            raise InvalidRequest(f"{model.refusal(feature)} {advice}".strip())
    sampling = request.sampling
    if washing_out := washed_out(sampling, model):
        raise InvalidRequest(washing_out)
    most = most_steps(sampling.scheduler, model.train_timesteps)
    if sampling.steps > most:
        raise InvalidRequest(
            _("With {model} {scheduler} takes at most {most} steps, not {steps}.").format(
                model=model.name,
                scheduler=LABELS[sampling.scheduler],
                most=most,
                steps=sampling.steps,
            )
        )
    if isinstance(request.task, Inpaint | Outpaint):
        return  # the part that is painted is brought to a size that fits
    sides = ((_("Width"), sampling.width), (_("Height"), sampling.height))
    for label, pixels in sides:
        if pixels % model.multiple:
            down = max(model.multiple, pixels // model.multiple * model.multiple)
            raise InvalidRequest(
                _(
                    "{label} must be a multiple of {multiple} for {model}: {pixels} is not;"
                    " {down} and {up} are."
                ).format(
                    label=label,
                    multiple=model.multiple,
                    model=model.name,
                    pixels=pixels,
                    down=down,
                    up=(pixels // model.multiple + 1) * model.multiple,
                )
            )


def suited(sampling: Sampling, profile: ModelProfile) -> Sampling:
    """Return the sampling without what washes out the model's pictures."""
    if profile.thresholding:
        return sampling
    scheduler = sampling.scheduler
    if scheduler == ALWAYS_THRESHOLDS:
        scheduler = profile.sampling.scheduler
    return replace(sampling, scheduler=scheduler, thresholding=False)


def washed_out(sampling: Sampling, model: Model) -> str:
    """Return a sentence where the sampling washes out the model's pictures, or nothing."""
    said = ""
    if sampling.scheduler == ALWAYS_THRESHOLDS:
        said = _(P_SAMPLER_WASHES_OUT)
    elif sampling.thresholding and sampling.scheduler in WITH_THRESHOLDING:
        said = _(THRESHOLDING_WASHES_OUT)
    return "" if model.profile.thresholding else said.format(model=model.name)


def unet_for(request: Paint, model: Model) -> str:
    """Return the role of the U-Net that paints a request: by depth, with a hole, or plain."""
    if request.depth is not None:
        return "depth unet"
    inpainted = isinstance(request.task, Inpaint | Outpaint)
    return "inpaint unet" if inpainted and "inpaint unet" in model.components else "unet"
