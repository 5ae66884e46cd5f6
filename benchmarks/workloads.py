"""What both sides are given to paint: our request, and diffusers' pipelines as their pages show.

Each turn has words, seeds and pictures of its own, so that nothing of it is known before.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Task

FRAMES = 9
SEEDS = 8
AT_ONCE = 4  # pictures that go through the decoder together, on both sides: domain.budget
WEIGHTS = (0.3, 0.3, 0.4)  # of a fusion, as on diffusers' page
OTHER_WEIGHTS = (0.5, 0.1, 0.4)
SWEEP = tuple((0.05 * step, 1.0 - 0.05 * step, 0.5) for step in range(1, 21))
HOLE = (16, 8, 40, 48)  # along the cells of the latents: other masks mean more to us than to them
STRENGTH = 0.3
LED = 0.2  # how far words lead a picture's meaning, as on diffusers' page


@dataclass(frozen=True, slots=True)
class Turn:
    """One round: what both sides paint then."""

    number: int
    sampling: Sampling
    folder: Path  # pictures of this turn are laid here

    @property
    def words(self) -> tuple[str, str, str]:
        """Three prompts that no other turn has."""
        kinds = ("a red cat", "a striped tiger", "the sea at night")
        return tuple(f"{kind}, take {self.number}" for kind in kinds)  # type: ignore[return-value]

    @property
    def seeded(self) -> Sampling:
        """The sampling with this turn's seeds."""
        return replace(self.sampling, prior_seed=self.number, seed=self.number)

    @property
    def picture(self) -> Path:
        """A picture that no other turn has."""
        path = self.folder / f"picture-{self.number}.png"
        if not path.is_file():
            side = self.sampling.width
            image = Image.new("RGB", (side, side), (90, self.number % 256, 120))
            ImageDraw.Draw(image).ellipse((side // 8, side // 4, side // 2, side - 8), "orange")
            image.save(path)
        return path

    @property
    def mask(self) -> Path:
        """Where the picture is painted anew."""
        path = self.folder / "mask.png"
        if not path.is_file():
            image = Image.new("L", (self.sampling.width, self.sampling.height), 0)
            left, top, right, bottom = HOLE
            ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), 255)
            image.save(path)
        return path


class Pipelines:
    """Diffusers' pipelines of one model; each is loaded when it is first asked for."""

    def __init__(self, model: Path, sampling: Sampling, dtype: str) -> None:
        self._model, self._sampling, self._dtype = model, sampling, dtype

    @cached_property
    def prior(self) -> Any:
        """From words to a meaning."""
        return self._loaded("KandinskyV22PriorPipeline", "prior")

    @cached_property
    def nudging(self) -> Any:
        """From a picture and words to a meaning."""
        return self._loaded("KandinskyV22PriorEmb2EmbPipeline", "prior")

    @cached_property
    def decoder(self) -> Any:
        """From a meaning to a picture."""
        return self._loaded("KandinskyV22Pipeline", "decoder")

    @cached_property
    def image_to_image(self) -> Any:
        """From a meaning and a picture."""
        return self._loaded("KandinskyV22Img2ImgPipeline", "decoder")

    @cached_property
    def inpainting(self) -> Any:
        """From a meaning and a picture with a hole."""
        return self._loaded("KandinskyV22InpaintPipeline", "inpaint")

    @property
    def of_prior(self) -> dict[str, Any]:
        """How the prior is called."""
        sampling = self._sampling
        return {
            "num_inference_steps": sampling.prior_steps,
            "guidance_scale": sampling.prior_guidance,
        }

    @property
    def of_decoder(self) -> dict[str, Any]:
        """How the decoders are called."""
        sampling = self._sampling
        return {
            "height": sampling.height,
            "width": sampling.width,
            "num_inference_steps": sampling.steps,
            "guidance_scale": sampling.guidance,
        }

    @cached_property
    def _movq(self) -> Any:
        import diffusers

        folder = self._model / "decoder" / "movq"
        return diffusers.VQModel.from_pretrained(folder, **self._how_to_load)

    @property
    def _how_to_load(self) -> dict[str, Any]:
        import torch

        return {"dtype": getattr(torch, self._dtype), "local_files_only": True}

    def _loaded(self, name: str, folder: str) -> Any:
        """Load a pipeline; a decoder without a MoVQ of its own gets that of the plain decoder.

        We read the same file then, and a person with diffusers hands it over as this does.
        """
        import diffusers

        place = self._model / folder
        shared = "movq" in _parts(place) and not (place / "movq").is_dir()
        pipeline = getattr(diffusers, name).from_pretrained(
            place, **self._how_to_load, **({"movq": self._movq} if shared else {})
        )
        pipeline.to("cpu")
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


Theirs = Callable[[Pipelines, Turn], list[Image.Image]]


@dataclass(frozen=True, slots=True)
class Workload:
    """One thing to paint, on both sides."""

    name: str
    about: str  # what theirs does
    ours: Callable[[Turn], Paint]
    theirs: Theirs = field(repr=False)
    again: Callable[[Turn], Paint] | None = None  # the same ingredients once more, other details
    alike: tuple[int, int, int, int] | None = None  # where both paint the same pixels


def chance(seed: int) -> Any:
    """Return a generator, as both sides seed it."""
    import torch

    return torch.Generator().manual_seed(seed)


def _paint(turn: Turn, meaning: Conditioning, start: Task | None = None, **others: Any) -> Paint:
    request = Paint(conditioning=meaning, sampling=turn.seeded, **others)
    return request if start is None else replace(request, task=start)


def _other_details(request: Paint) -> Paint:
    sampling = replace(request.sampling, seed=request.sampling.seed + 1000)
    return replace(request, sampling=sampling)


# -- Single jobs ---------------------------------------------------------------------------------


def our_words(turn: Turn) -> Paint:
    """Words to a picture."""
    return _paint(turn, Prompt(turn.words[0]))


def their_words(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """`KandinskyV22PriorPipeline`, then `KandinskyV22Pipeline`."""
    meaning = _their_meaning(pipelines, turn)
    return _images(pipelines.decoder, turn, **meaning, **pipelines.of_decoder)


def our_picture(turn: Turn) -> Paint:
    """Words and a picture to start from."""
    return _paint(turn, Prompt(turn.words[0]), Img2Img(path=turn.picture, strength=STRENGTH))


def their_picture(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """`KandinskyV22PriorPipeline`, then `KandinskyV22Img2ImgPipeline`."""
    meaning = _their_meaning(pipelines, turn)
    return _images(
        pipelines.image_to_image,
        turn,
        image=_opened(turn.picture),
        strength=STRENGTH,
        **meaning,
        **pipelines.of_decoder,
    )


def our_hole(turn: Turn) -> Paint:
    """Words into a hole."""
    hole = Inpaint(
        path=turn.picture, masks=(turn.mask,), fill="keep", grow=0, feather=0, crop=False
    )
    return _paint(turn, Prompt(turn.words[0]), hole)


def their_hole(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """`KandinskyV22PriorPipeline`, then `KandinskyV22InpaintPipeline`."""
    import numpy as np

    meaning = _their_meaning(pipelines, turn)
    left, top, right, bottom = HOLE
    mask = np.zeros((turn.sampling.height, turn.sampling.width), dtype=np.float32)
    mask[top:bottom, left:right] = 1
    return _images(
        pipelines.inpainting,
        turn,
        image=_opened(turn.picture),
        mask_image=mask,
        **meaning,
        **pipelines.of_decoder,
    )


def our_variation(turn: Turn) -> Paint:
    """What a picture means."""
    return _paint(turn, ImagePrompt(turn.picture))


def their_variation(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """`interpolate` of one picture, then `KandinskyV22Pipeline`."""
    meaning = pipelines.prior.interpolate(
        [_opened(turn.picture)], [1.0], generator=chance(turn.number), **pipelines.of_prior
    )
    return _images(pipelines.decoder, turn, **meaning, **pipelines.of_decoder)


def our_nudge(turn: Turn) -> Paint:
    """What a picture means, led by words."""
    return _paint(turn, ImagePrompt(turn.picture, turn.words[0], strength=LED))


def their_nudge(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """`KandinskyV22PriorEmb2EmbPipeline`, then `KandinskyV22Pipeline`."""
    meaning = pipelines.nudging(
        turn.words[0],
        image=_opened(turn.picture),
        strength=LED,
        generator=chance(turn.number),
        **pipelines.of_prior,
    )
    return _images(pipelines.decoder, turn, **meaning, **pipelines.of_decoder)


# -- Fusions, strips, detail seeds -----------------------------------------------------------------


def our_fusion(turn: Turn, weights: tuple[float, ...] = WEIGHTS) -> Paint:
    """Three prompts at once."""
    pairs = zip(turn.words, weights, strict=True)
    return _paint(turn, Mix(ingredients=tuple(Ingredient(Prompt(w), s) for w, s in pairs)))


def our_other_fusion(turn: Turn) -> Paint:
    """The same three at other weights."""
    return our_fusion(turn, OTHER_WEIGHTS)


def their_fusion(
    pipelines: Pipelines, turn: Turn, weights: tuple[float, ...] = WEIGHTS
) -> list[Image.Image]:
    """`interpolate` of three prompts, then `KandinskyV22Pipeline`."""
    meaning = pipelines.prior.interpolate(
        list(turn.words), list(weights), generator=chance(turn.number), **pipelines.of_prior
    )
    return _images(pipelines.decoder, turn, **meaning, **pipelines.of_decoder)


def our_strip(turn: Turn) -> Paint:
    """From one prompt to another in nine pictures with one detail seed."""
    first, last, _other = turn.words
    return _paint(
        turn, Interpolation(start=Prompt(first), end=Prompt(last), blend="shares"), count=FRAMES
    )


def their_strip(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """`interpolate` at nine weights, then `KandinskyV22Pipeline` in our batches."""
    first, last, _other = turn.words
    meanings = []
    for frame in range(FRAMES):
        share = frame / (FRAMES - 1)
        meanings.append(
            pipelines.prior.interpolate(
                [first, last],
                [1 - share, share],
                generator=chance(turn.number),
                **pipelines.of_prior,
            )
        )
    return _in_batches(pipelines, meanings, [turn.number] * FRAMES)


def our_seeds(turn: Turn) -> Paint:
    """One meaning, eight detail seeds."""
    return _paint(turn, Prompt(turn.words[0]), count=SEEDS, shared_prior_seed=True)


def their_seeds(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """Prior and decoder for eight pictures of a prompt, as `num_images_per_prompt` has it."""
    images = []
    for seeds in _cut(range(turn.number, turn.number + SEEDS)):
        meaning = pipelines.prior(
            turn.words[0],
            num_images_per_prompt=len(seeds),
            generator=[chance(seed) for seed in seeds],
            **pipelines.of_prior,
        )
        images += pipelines.decoder(
            **meaning, generator=[chance(seed) for seed in seeds], **pipelines.of_decoder
        ).images
    return images


def their_kept_seeds(pipelines: Pipelines, turn: Turn) -> list[Image.Image]:
    """The same by someone who keeps the meaning by hand: the prior runs once."""
    meaning = pipelines.prior(turn.words[0], generator=chance(turn.number), **pipelines.of_prior)
    seeds = list(range(turn.number, turn.number + SEEDS))
    return _in_batches(pipelines, [meaning] * SEEDS, seeds)


def _their_meaning(pipelines: Pipelines, turn: Turn) -> Any:
    return pipelines.prior(turn.words[0], generator=chance(turn.number), **pipelines.of_prior)


def _images(pipeline: Any, turn: Turn, **asked: Any) -> list[Image.Image]:
    images: list[Image.Image] = pipeline(generator=chance(turn.number), **asked).images
    return images


def _in_batches(
    pipelines: Pipelines, meanings: Sequence[Any], seeds: Sequence[int]
) -> list[Image.Image]:
    import torch

    images: list[Image.Image] = []
    for numbers in _cut(range(len(seeds))):
        images += pipelines.decoder(
            image_embeds=torch.cat([meanings[number].image_embeds for number in numbers]),
            negative_image_embeds=torch.cat(
                [meanings[number].negative_image_embeds for number in numbers]
            ),
            generator=[chance(seeds[number]) for number in numbers],
            **pipelines.of_decoder,
        ).images
    return images


def _cut(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]


def _parts(pipeline: Path) -> Any:
    return json.loads((pipeline / "model_index.json").read_text("utf-8"))


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _again(ours: Callable[[Turn], Paint]) -> Callable[[Turn], Paint]:
    return lambda turn: _other_details(ours(turn))


WHOLE = (0, 0, 4096, 4096)
WORKLOADS = {
    one.name: one
    for one in (
        Workload("text to image", "prior and decoder", our_words, their_words,
                 _again(our_words), WHOLE),
        Workload("image to image", "prior and image to image", our_picture, their_picture,
                 None, WHOLE),
        Workload("inpaint", "prior and inpainting", our_hole, their_hole, None, HOLE),
        Workload("variation", "interpolate of one picture", our_variation, their_variation,
                 None, WHOLE),
        Workload("picture led by words", "emb2emb", our_nudge, their_nudge, None, WHOLE),
        Workload("fusion of three", "interpolate of three prompts", our_fusion, their_fusion,
                 our_other_fusion),
        Workload("strip of nine", "interpolate nine times", our_strip, their_strip,
                 _again(our_strip)),
        Workload("eight detail seeds", "num_images_per_prompt, prior and decoder in batches of 4",
                 our_seeds, their_seeds, _again(our_seeds)),
        Workload("eight detail seeds, meaning kept by hand", "the prior runs once by hand",
                 our_seeds, their_kept_seeds, None, WHOLE),
    )
}  # fmt: skip
