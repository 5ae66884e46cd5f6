"""Our loops against diffusers' pipelines: the same weights and seeds give the same bits.

What a pipeline cannot do, or does wrong, has a test that says so and shows ours right.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from diffusers import KandinskyV22Pipeline, KandinskyV22PriorPipeline
from PIL import Image, ImageChops
from torch import Tensor

from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.engine import movq
from kandinsky_desktop.engine.black import embedding_of_black
from kandinsky_desktop.engine.device import DTYPES
from kandinsky_desktop.engine.engine import Engine, read
from kandinsky_desktop.engine.schedulers import PRESETS
from tests.engine.conftest import pipeline
from tests.engine.sides import Case, Decoder, Prior, generators
from tests.fakes import request

pytestmark = [
    pytest.mark.parity,
    # several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
    pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning"),
]

BOTH_RIGHT = (
    "DDPMScheduler",
    "DDIMScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "SASolverScheduler",
)
REFUSED = (  # step() takes no generator, and the pipeline gives it one
    "PNDMScheduler",
    "UniPCMultistepScheduler",
    "DEISMultistepScheduler",
    "HeunDiscreteScheduler",
    "KDPM2DiscreteScheduler",
)
WRONG = (  # the pipeline never calls scale_model_input
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
)


@pytest.fixture(scope="module")
def priors(small: Path, kandinsky: Path) -> dict[str, Prior]:
    return {"small": Prior(small / "prior"), "2.2": Prior(kandinsky / "prior")}


@pytest.fixture(scope="module")
def decoders(small: Path, kandinsky: Path, learned: Path) -> dict[str, Decoder]:
    folders = {"small": small, "2.2": kandinsky, "learned": learned}
    return {name: Decoder(folder / "decoder") for name, folder in folders.items()}


@pytest.mark.parametrize("model", ["small", "2.2"])
@pytest.mark.parametrize("guidance", [1.0, 3.5, 4])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_prior_of_one_prompt(
    priors: dict[str, Prior], model: str, guidance: float, rows: int
) -> None:
    one = priors[model]
    expected = one.theirs(
        "a cat",
        num_images_per_prompt=rows,
        num_inference_steps=4,
        guidance_scale=guidance,
        generator=generators(rows),
    ).image_embeds
    wanted, unwanted = one.text("a cat").repeated(rows), one.text("").repeated(rows)
    assert torch.equal(one.ours(wanted, unwanted, guidance), expected)


@pytest.mark.parametrize("model", ["small", "2.2"])
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("negative", ["a dog, ugly", ""])
def test_the_prior_with_a_negative_prompt(
    priors: dict[str, Prior], model: str, rows: int, negative: str
) -> None:
    # the pipeline samples the negative prompt as well, guided away from itself, in one batch
    one = priors[model]
    made = one.theirs(
        "a cat",
        negative_prompt=negative,
        num_images_per_prompt=rows,
        num_inference_steps=4,
        generator=generators(2 * rows),
    )
    ours = one.ours(
        one.text("a cat", negative).repeated(rows), one.text(negative, negative).repeated(rows), 4
    )
    assert torch.equal(ours, torch.cat([made.image_embeds, made.negative_image_embeds]))


@pytest.mark.parametrize("text", ["", "кот и 🐈", "cat " * 200])
def test_texts_are_understood_alike(priors: dict[str, Prior], text: str) -> None:
    one = priors["2.2"]
    expected = one.theirs._encode_prompt([text], "cpu", 1, do_classifier_free_guidance=False)
    ours = one.text(text)
    for left, right in zip((ours.embeds, ours.hidden, ours.mask), expected, strict=True):
        assert torch.equal(left, right)


@pytest.mark.parametrize("model", ["small", "2.2"])
def test_the_neutral_negative(
    priors: dict[str, Prior], small: Path, kandinsky: Path, model: str
) -> None:
    # that of the 2.2 is in half precision on disk
    folder = {"small": small, "2.2": kandinsky}[model]
    expected = priors[model].theirs.get_zero_embed()
    assert torch.equal(embedding_of_black(folder / "prior" / "image_encoder"), expected)


@pytest.mark.parametrize("model", ["small", "2.2", "learned"])
@pytest.mark.parametrize("guidance", [1.0, 3.5, 4])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_decoder(decoders: dict[str, Decoder], model: str, guidance: float, rows: int) -> None:
    case = Case(rows=rows, guidance=guidance)
    assert torch.equal(decoders[model].sampled(case), decoders[model].expected(case))


@pytest.mark.parametrize("model", ["small", "2.2"])
@pytest.mark.parametrize("size", [(128, 64), (64, 192), (128, 128)])
def test_the_decoder_at_other_sizes(
    decoders: dict[str, Decoder], model: str, size: tuple[int, int]
) -> None:
    case = Case(size=size)
    ours = decoders[model].sampled(case)
    factor = decoders[model].factor
    assert ours.shape == (1, 4, size[1] // factor, size[0] // factor)
    assert torch.equal(ours, decoders[model].expected(case))


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("name", BOTH_RIGHT)
@pytest.mark.parametrize("model", ["small", "2.2"])
def test_each_scheduler_that_the_pipeline_runs_correctly(
    decoders: dict[str, Decoder], model: str, name: str, rows: int
) -> None:
    case = Case(rows=rows, guidance=3.0, scheduler=name, steps=6)
    assert torch.equal(decoders[model].sampled(case), decoders[model].expected(case))


@pytest.mark.parametrize("model", ["small", "2.2"])
def test_pixels(decoders: dict[str, Decoder], model: str) -> None:
    one = decoders[model]
    latents = one.sampled(Case(rows=2, guidance=3.0))
    wanted, unwanted = one.points(2)
    one.theirs.scheduler = diffusers.DDPMScheduler.from_config(one.config)
    expected = one.theirs(
        image_embeds=wanted,
        negative_image_embeds=unwanted,
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=3.0,
        generator=generators(2),
    ).images
    # they decode all at once, which may change the last bit of a value before it is rounded
    for row, theirs in enumerate(expected):
        ours = movq.decode(one.movq, latents[row : row + 1])
        assert max(difference(ours, theirs)) <= 1
        with torch.inference_mode():
            alone = one.theirs.movq.decode(latents[row : row + 1], force_not_quantize=True).sample
        array = (alone * 0.5 + 0.5).clamp(0, 1).cpu().permute(0, 2, 3, 1).float().numpy()
        assert ours.tobytes() == one.theirs.numpy_to_pil(array)[0].tobytes()


def difference(one: Image.Image, other: Image.Image) -> bytes:
    assert one.size == other.size
    return ImageChops.difference(one, other).tobytes()


def painted_by_both(engine: Engine, folder: Path, wanted: Paint) -> tuple[Image.Image, Image.Image]:
    """Return what we make of a request with a model, and what the pipelines make of it."""
    made: list[tuple[Image.Image, Record]] = []
    engine.run(
        Job(wanted),
        folder,
        lambda progress: None,
        lambda image, record, meaning: made.append((image, record)),
    )
    ((ours, record),) = made
    model, dtype = read(folder), DTYPES[record.conditions.dtype]
    homes = [model.components[name].folder.parent for name in ("prior", "unet")]
    words, paint = (
        pipeline(kind, home).to(dtype)
        for kind, home in zip((KandinskyV22PriorPipeline, KandinskyV22Pipeline), homes, strict=True)
    )
    sampling = wanted.sampling
    meaning = words(
        wanted.words,
        num_inference_steps=sampling.prior_steps,
        guidance_scale=sampling.prior_guidance,
        generator=[torch.Generator().manual_seed(sampling.prior_seed)],
    )
    (theirs,) = paint(
        **meaning,
        width=sampling.width,
        height=sampling.height,
        num_inference_steps=sampling.steps,
        guidance_scale=sampling.guidance,
        generator=[torch.Generator().manual_seed(sampling.seed)],
    ).images
    return ours, theirs


@pytest.mark.parametrize("model", ["starter", "2.2"])
def test_from_words_to_pixels(starter: Path, kandinsky: Path, engine: Engine, model: str) -> None:
    folder = {"starter": starter, "2.2": kandinsky}[model]
    ours, theirs = painted_by_both(engine, folder, request("a red cat", seed=5))
    assert ours.size == (64, 64)
    assert ours.tobytes() == theirs.tobytes()


REAL = "KANDINSKY_WEIGHTS"  # the environment's name of a folder with a real Kandinsky 2.2


@pytest.mark.weights
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not os.environ.get(REAL), reason=f"{REAL} names no folder with real weights")
def test_real_weights_from_words_to_pixels(engine: Engine) -> None:
    folder = Path(os.environ[REAL])
    ours, theirs = painted_by_both(engine, folder, request("a red cat", seed=5, steps=5))
    assert ours.tobytes() == theirs.tobytes()


# Where the pipeline is wrong


def test_theirs_cannot_paint_a_batch_without_guidance_and_ours_can(
    decoders: dict[str, Decoder],
) -> None:
    one = decoders["small"]
    wanted, unwanted = one.points(1)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        one.theirs(
            image_embeds=wanted,
            negative_image_embeds=unwanted,
            num_images_per_prompt=2,
            width=64,
            height=64,
            num_inference_steps=2,
            guidance_scale=1.0,
            generator=generators(2),
        )
    ours, alone = (one.sampled(Case(rows=rows, guidance=1.0)) for rows in (2, 1))
    assert ours.shape[0] == 2
    assert torch.equal(one.points(2)[0][:1], one.points(1)[0])
    torch.testing.assert_close(ours[:1], alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", REFUSED)
def test_theirs_refuses_schedulers_without_noise_and_ours_runs_them(
    decoders: dict[str, Decoder], name: str
) -> None:
    case = Case(guidance=3.0, scheduler=name, steps=5)
    with pytest.raises(TypeError, match="generator"):
        decoders["small"].expected(case)
    assert decoders["small"].sampled(case).isfinite().all()


@pytest.mark.parametrize("name", WRONG)
def test_theirs_forgets_to_scale_what_some_schedulers_hand_out(
    decoders: dict[str, Decoder], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # test_schedulers.py shows which of the two reaches the right mean and spread
    one, case = decoders["small"], Case(guidance=3.0, scheduler=name, steps=5)
    ours = one.sampled(case)
    assert not torch.allclose(one.expected(case), ours)
    scale: Callable[..., Any] = getattr(diffusers, name).scale_model_input
    seen: list[Any] = []

    def remember(self: Any, sample: Tensor, timestep: Any) -> Tensor:
        seen.append(timestep)
        scaled: Tensor = scale(self, sample, timestep)
        return scaled

    monkeypatch.setattr(getattr(diffusers, name), "scale_model_input", remember)
    one.expected(case)
    assert not seen
    one.sampled(case)
    assert len(seen) >= 5


def test_a_learned_variance_is_only_for_the_scheduler_that_knows_it(
    decoders: dict[str, Decoder],
) -> None:
    case = Case(guidance=3.0, scheduler="DDIMScheduler", steps=5)
    with pytest.raises(RuntimeError, match="The size of tensor"):
        decoders["learned"].expected(case)
    assert decoders["learned"].sampled(case).isfinite().all()


def test_the_table_of_what_the_pipeline_can_do_is_whole() -> None:
    from kandinsky_desktop.domain.schedulers import LABELS

    known: Sequence[str] = (*BOTH_RIGHT, *REFUSED, *WRONG)
    assert set(known) == set(LABELS) - set(PRESETS)
