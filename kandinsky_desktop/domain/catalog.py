"""What each model is good at: its trained sizes, its defaults, and words it paints well.

`ModelFacts` is what a folder's own configs say. `traits_of` adds what no config says. A folder is
known by its topology, never by its name.
"""

from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Literal

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.meaning import Fusion, Meaning, Nudged, Passage, Picture, Sheet
from kandinsky_desktop.domain.request import Request, Sampling
from kandinsky_desktop.domain.schedulers import (
    ALWAYS_THRESHOLDS,
    DEFAULT_SCHEDULER,
    LABELS,
    WITH_THRESHOLDING,
    most_steps,
)
from kandinsky_desktop.domain.start import Expand, Fill, FromPicture
from kandinsky_desktop.domain.words import N_, _

Version = Literal["2.1", "2.2"]
Kind = Literal["decoder", "inpaint", "depth"]  # of a decoder

RATIOS = ((1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the configs of a whole model folder say."""

    name: str  # the folder's
    root: Path  # holds prior/ and decoder/, under whatever names
    prior: Path
    decoder: Path
    version: Version
    embedding_dim: int  # width of CLIP's image space: 1280 for Kandinsky 2.2, 768 for 2.1
    channels: tuple[int, ...]  # widths of the decoder U-Net's levels
    sample_size: int  # latent cells along the side the U-Net was configured for
    movq_factor: int  # pixels a latent cell
    token_limit: int  # of the tokenizer, its two marks included
    image_encoder: bool
    image_processor: bool  # brings a picture to the size and colours that the encoder takes
    zero_embedding: bool  # shipped with the model
    size_bytes: int  # of all weights that words to pictures need
    inpaint: Path | None = None  # the decoder with nine channels, for pictures with a hole
    depth: Path | None = None  # the decoder that follows a depth map (2.2)
    anchor_limit: int = 0  # of the text that 2.1's decoder reads itself; 0: it reads none
    train_timesteps: int = 1000  # of the decoder's noise schedule
    problems: tuple[str, ...] = ()  # what is there and cannot be used, and why

    def decoder_of(self, kind: Kind) -> Path:
        """Return the folder of a decoder that is there."""
        folder = {"decoder": self.decoder, "inpaint": self.inpaint, "depth": self.depth}[kind]
        assert folder is not None
        return folder

    @property
    def looks_at_pictures(self) -> bool:
        """Whether a picture can be a meaning for it: both folders that this needs are there."""
        return self.image_encoder and self.image_processor

    @property
    def multiple(self) -> int:
        """Width and height are multiples of this many pixels, or the U-Net's levels do not meet."""
        return int(self.movq_factor * 2 ** (len(self.channels) - 1))


@dataclass(frozen=True, slots=True)
class Size:
    """A width and a height in pixels."""

    width: int
    height: int

    @property
    def swapped(self) -> "Size":
        """The same, turned by a quarter."""
        return Size(self.height, self.width)

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.width} × {self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What we know of a model that its configs do not say."""

    title: str
    native: int  # the side in pixels at which it is best
    largest: int  # the longest side worth offering
    most_steps: int
    sampling: Sampling  # its good defaults; the size is its native one
    prompts: tuple[str, ...]  # five that it paints well
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


FULL_PROMPTS = (
    N_("a red cat in the snow, photo, 4k"),
    N_("a lighthouse at dawn, oil painting"),
    N_("portrait of an old sailor, charcoal drawing"),
    N_("a glass teapot with a tiny forest inside, macro photo"),
    N_("abstract composition of circles and lines, Bauhaus poster"),
)
STARTER_PROMPTS = (
    N_("a red cat"),
    N_("a tiger on a blue background"),
    N_("a hamburger"),
    N_("a rainbow"),
    N_("a purple triangle"),
)
STARTER_NOTE = N_(
    "This is the starter model: a tiny Kandinsky that we trained on simple pictures, so that you"
    " can begin at once. For large, detailed pictures put a Kandinsky 2.2 folder among your models."
)


P_SAMPLER_WASHES_OUT = N_(
    "Original p_sampler washes out what {model} paints, since its latents reach farther than"
    " dynamic thresholding leaves: choose another scheduler."
)
THRESHOLDING_WASHES_OUT = N_(
    "Dynamic thresholding washes out what {model} paints, since its latents reach farther than"
    " it leaves: switch it off."
)


def traits_of(facts: ModelFacts) -> Traits:
    """Return what is known of the model with these facts."""
    native = facts.sample_size * facts.movq_factor
    match facts.embedding_dim, facts.channels:
        case 192, (32, 64, 112, 160):
            return Traits(
                title=_("Starter model"),
                native=native,
                largest=native * 2,
                most_steps=100,
                # measured: packaging/starter_model/README.md, "Guidance and steps"
                sampling=Sampling(
                    width=native,
                    height=native,
                    steps=20,
                    guidance=2.0,
                    prior_steps=25,
                    prior_guidance=2.0,
                ),
                prompts=STARTER_PROMPTS,
                sketch_steps=8,  # 12 look like 8: seen, 12 prompts, one seed
                note=STARTER_NOTE,
                small=True,
                square=True,  # others melt or come twice: seen at 160 x 96 and 96 x 160
                larger_strength=0.07,  # from 0.1 on there are specks beside things: seen
                # 99.5 % of its latents lie within ±2.4, and of the contrast two fifths were left:
                # measured, pytest tests/engine/test_thresholding.py
                thresholding=False,
            )
        case 768, (384, 768, 1152, 1536):
            return Traits(
                title="Kandinsky 2.1",
                native=768,  # trained at 768 × 768; model card
                largest=1024,
                most_steps=200,
                sampling=Sampling(
                    width=768,
                    height=768,
                    steps=50,
                    guidance=4.0,
                    prior_steps=25,
                    prior_guidance=4.0,
                    scheduler="DDIMScheduler",
                ),
                prompts=FULL_PROMPTS,
                sketch_side=512,
                sketch_steps=12,
            )
        case 1280, (384, 768, 1152, 1536):
            return Traits(
                title="Kandinsky 2.2",
                native=768,  # trained up to 1024 × 1024 in several ratios; model card
                largest=1536,
                most_steps=200,
                sampling=Sampling(
                    width=768,
                    height=768,
                    steps=50,
                    guidance=4.0,
                    prior_steps=25,
                    prior_guidance=4.0,
                ),
                prompts=FULL_PROMPTS,
                sketch_side=512,
                sketch_steps=12,
            )
        case _:
            return Traits(
                title=facts.name,
                native=native,
                largest=native * 2,
                most_steps=200,
                sampling=Sampling(
                    width=native,
                    height=native,
                    scheduler="DDIMScheduler" if facts.version == "2.1" else DEFAULT_SCHEDULER,
                ),
                prompts=FULL_PROMPTS,
                note=_("An unknown relative of Kandinsky {version}.").format(version=facts.version),
                small=native < 256,
            )


def sizes_for(facts: ModelFacts, traits: Traits) -> tuple[Size, ...]:
    """Return the sizes to offer: each usual ratio at about the native number of pixels."""
    sizes: dict[Size, None] = {}
    for across, down in RATIOS[:1] if traits.square else RATIOS:
        side = traits.native * sqrt(across / down)
        size = Size(
            snap(side, facts, traits), snap(traits.native * traits.native / side, facts, traits)
        )
        sizes.setdefault(size)
    return tuple(sizes)


def most_alike(shape: Size, facts: ModelFacts, traits: Traits) -> Size:
    """Return the size, among those offered, whose shape is most like another."""
    return min(sizes_for(facts, traits), key=lambda size: unlike(size, shape))


def unlike(one: Size, other: Size) -> float:
    """Return how far two shapes are from each other: 1 is the same."""
    ratio = (one.width / one.height) / (other.width / other.height)
    return max(ratio, 1 / ratio)


def snap(pixels: float, facts: ModelFacts, traits: Traits) -> int:
    """Return the nearest side that the model can paint."""
    steps = max(1, round(pixels / facts.multiple))
    most = max(1, traits.largest // facts.multiple)
    return min(steps, most) * facts.multiple


def fitted(sampling: Sampling, facts: ModelFacts, traits: Traits) -> Sampling:
    """Return the sampling with its size and steps brought to what the model can paint."""
    return replace(
        sampling,
        width=snap(sampling.width, facts, traits),
        height=snap(sampling.height, facts, traits),
        steps=min(sampling.steps, traits.most_steps),
        prior_steps=min(sampling.prior_steps, traits.most_steps),
    )


def suited(sampling: Sampling, traits: Traits) -> Sampling:
    """Return the sampling without what washes out the model's pictures."""
    if traits.thresholding:
        return sampling
    scheduler = sampling.scheduler
    if scheduler == ALWAYS_THRESHOLDS:
        scheduler = traits.sampling.scheduler
    return replace(sampling, scheduler=scheduler, thresholding=False)


def washed_out(sampling: Sampling, facts: ModelFacts) -> str:
    """Return a sentence where the sampling washes out the model's pictures, or nothing."""
    said = ""
    if sampling.scheduler == ALWAYS_THRESHOLDS:
        said = _(P_SAMPLER_WASHES_OUT)
    elif sampling.thresholding and sampling.scheduler in WITH_THRESHOLDING:
        said = _(THRESHOLDING_WASHES_OUT)
    return "" if traits_of(facts).thresholding else said.format(model=facts.name)


def sketch_of(request: Request, facts: ModelFacts, traits: Traits) -> Request:
    """Return the same as one fast preview: smaller, of the same shape, in few steps.

    Its seeds are those of the first picture, so that it resembles it.
    """
    sampling = request.sampling
    shrunk = min(
        1.0, (traits.sketch_side or traits.native) / sqrt(sampling.width * sampling.height)
    )
    return replace(
        request,
        count=1,
        sampling=suited(
            replace(
                sampling,
                width=snap(sampling.width * shrunk, facts, traits),
                height=snap(sampling.height * shrunk, facts, traits),
                steps=min(sampling.steps, traits.sketch_steps),
                scheduler=traits.sketch_scheduler,
            ),
            traits,
        ),
    )


def check_fits(request: Request, facts: ModelFacts) -> None:
    """Raise InvalidRequest, naming what is missing, before anything is loaded."""
    sampling = request.sampling
    if request.depth is not None and facts.version != "2.2":
        raise InvalidRequest(
            _("{model} cannot follow a depth map: only models of Kandinsky 2.2 can.").format(
                model=facts.name
            )
        )
    if request.depth is not None and facts.depth is None:
        lacking = _(
            "{model} cannot follow a depth map: its depth decoder is not in {folder}"
            " (kandinsky-2-2-controlnet-depth)."
        ).format(model=facts.name, folder=facts.root)
        raise InvalidRequest(" ".join((lacking, *facts.problems)))
    old_noise = isinstance(request.start, FromPicture) and request.start.old_noise
    if old_noise and facts.version != "2.1":
        raise InvalidRequest(
            _(
                "The noise of the original 2.1 is only for models of 2.1, which {model} is not."
            ).format(model=facts.name)
        )
    if (request.anchor or request.anchor_away) and facts.version != "2.1":
        raise InvalidRequest(
            _("{model} reads no anchor text: only the decoder of Kandinsky 2.1 does.").format(
                model=facts.name
            )
        )
    if _wants_encoder(request) and not facts.image_encoder:
        raise InvalidRequest(
            _(
                "{model} cannot look at pictures: its image encoder is not there. Copy the folder"
                " image_encoder into {folder}."
            ).format(model=facts.name, folder=facts.prior)
        )
    if _wants_encoder(request) and not facts.image_processor:
        raise InvalidRequest(
            _(
                "{model} cannot look at pictures: its image processor is not there. Copy the folder"
                " image_processor into {folder}."
            ).format(model=facts.name, folder=facts.prior)
        )
    if washing_out := washed_out(sampling, facts):
        raise InvalidRequest(washing_out)
    most = most_steps(sampling.scheduler, facts.train_timesteps)
    if sampling.steps > most:
        raise InvalidRequest(
            _("With {model} {scheduler} takes at most {most} steps, not {steps}.").format(
                model=facts.name,
                scheduler=LABELS[sampling.scheduler],
                most=most,
                steps=sampling.steps,
            )
        )
    if isinstance(request.start, Fill | Expand):
        return  # the part that is painted is brought to a size that fits
    for label, pixels in ((_("Width"), sampling.width), (_("Height"), sampling.height)):
        if pixels % facts.multiple:
            down = max(facts.multiple, pixels // facts.multiple * facts.multiple)
            raise InvalidRequest(
                _(
                    "{label} must be a multiple of {multiple} for {model}: {pixels} is not;"
                    " {down} and {up} are."
                ).format(
                    label=label,
                    multiple=facts.multiple,
                    model=facts.name,
                    pixels=pixels,
                    down=down,
                    up=(pixels // facts.multiple + 1) * facts.multiple,
                )
            )


def _wants_encoder(request: Request) -> bool:
    """Whether some meaning is a picture's."""

    def looks(meaning: Meaning | None) -> bool:
        match meaning:
            case Picture() | Nudged():
                return True
            case Fusion(ingredients=ingredients):
                return any(looks(one.source) for one in ingredients)
            case Passage(start=start, end=end):
                return looks(start) or looks(end)
            case Sheet(corners=corners):
                return any(looks(corner) for corner in corners)
            case _:
                return False

    return looks(request.meaning) or looks(request.away)


def decoder_for(request: Request, facts: ModelFacts) -> Kind:
    """Return which of the model's decoders paints: by depth, with a hole, or plain."""
    if request.depth is not None:
        return "depth"
    holed = isinstance(request.start, Fill | Expand)
    return "inpaint" if holed and facts.inpaint is not None else "decoder"
