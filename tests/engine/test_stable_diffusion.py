"""Stable Diffusion, the second family: equal to diffusers' pipelines, and all that jobs can do."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers import (
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
)
from PIL import Image

from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, Task
from kandinsky_desktop.engine.checkpoints import CheckpointInterval
from kandinsky_desktop.engine.engine import Engine
from tests.engine import tiny
from tests.engine.conftest import pipeline
from tests.engine.sides import mask, picture
from tests.engine.story import Story, told
from tests.fakes import text_to_image

SIDE = 32
HOW = Sampling(width=SIDE, height=SIDE + 16, steps=5, guidance=7.5, seed=11)
PROMPT, NEGATIVE = "a cat", "a dog"
SCHEDULERS = ("DDIMScheduler", "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler")

pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")  # diffusers' own


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_stable_diffusion(tmp_path_factory.mktemp("sd") / "tiny SD")


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_stable_diffusion(tmp_path_factory.mktemp("sd") / "nine", channels=9)


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    picture(SIDE, SIDE + 16).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


@pytest.fixture
def hole(tmp_path: Path) -> Path:
    mask((8, 8, 20, 24), SIDE, SIDE + 16).save(tmp_path / "hole.png")
    return tmp_path / "hole.png"


def asked(start: Task | None = None, **sampling: Any) -> Paint:
    how = replace(HOW, **sampling)
    request = text_to_image(PROMPT, negative_decoder=NEGATIVE, sampling=how)
    return request if start is None else replace(request, task=start)


def theirs(kind: Any, model: Path, request: Paint, rows: int = 1, **more: Any) -> list[Image.Image]:
    """Return what a pipeline paints, decoded one at a time as here."""
    pipe, sampling = pipeline(kind, model), request.sampling
    scheduler = getattr(diffusers, sampling.scheduler)
    pipe.scheduler = scheduler.from_config(pipe.scheduler.config)
    generators = [torch.Generator().manual_seed(sampling.seed + row) for row in range(rows)]
    latents = pipe(
        prompt=PROMPT,
        negative_prompt=NEGATIVE,
        num_images_per_prompt=rows,
        num_inference_steps=sampling.steps,
        guidance_scale=sampling.guidance,
        generator=generators if rows > 1 else generators[0],
        output_type="latent",
        **more,
    ).images
    with torch.inference_mode():
        scaled = latents / pipe.vae.config.scaling_factor
        decoded = [pipe.vae.decode(scaled[row : row + 1]).sample for row in range(rows)]
    return [pipe.image_processor.postprocess(one)[0] for one in decoded]


def size(request: Paint) -> dict[str, int]:
    return {"width": request.sampling.width, "height": request.sampling.height}


@pytest.mark.parity
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_text_to_image_equals_the_pipeline(
    engine: Engine, tmp_path: Path, rows: int, scheduler: str, prediction: str
) -> None:
    model = tiny.write_stable_diffusion(tmp_path / "sd", prediction=prediction)
    request = replace(asked(scheduler=scheduler), count=rows)
    ours = told(engine, request, model)
    expected = theirs(StableDiffusionPipeline, model, request, rows, **size(request))
    for index in range(rows):
        assert ours.images[index].tobytes() == expected[index].tobytes()
    assert ours.meanings[0] == b""


@pytest.mark.parity
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_image_to_image_equals_the_pipeline(
    engine: Engine, model: Path, cat: Path, rows: int, scheduler: str
) -> None:
    request = replace(asked(Img2Img(path=cat, strength=0.6), scheduler=scheduler), count=rows)
    ours, image = told(engine, request, model), Image.open(cat)
    expected = theirs(
        StableDiffusionImg2ImgPipeline, model, request, rows, image=image, strength=0.6
    )
    for index in range(rows):
        assert ours.images[index].tobytes() == expected[index].tobytes()


@pytest.mark.parity
@pytest.mark.parametrize("strength", [1.0, 0.7])
@pytest.mark.parametrize("channels", [4, 9])
def test_inpainting_equals_the_pipeline_inside_the_mask(
    engine: Engine,
    tmp_path: Path,
    cat: Path,
    hole: Path,
    channels: int,
    strength: float,
) -> None:
    model = tiny.write_stable_diffusion(tmp_path / "sd", channels=channels)
    start = Inpaint(
        path=cat, masks=(hole,), strength=strength, fill="keep", grow=0, feather=0, crop=False
    )
    request = asked(start, scheduler="DDIMScheduler")
    ours = told(engine, request, model)
    assert ours.records[0].changed_outside == 0
    (expected,) = theirs(
        StableDiffusionInpaintPipeline,
        model,
        request,
        image=Image.open(cat),
        mask_image=Image.open(hole),
        strength=strength,
        **size(request),
    )
    inside = np.asarray(Image.open(hole)) > 0
    assert np.array_equal(np.asarray(ours.images[0])[inside], np.asarray(expected)[inside])
    source = np.asarray(Image.open(cat))
    assert np.array_equal(np.asarray(ours.images[0])[~inside], source[~inside])


STARTS = ("noise", "picture", "hole", "border")


def start_of(name: str, cat: Path, hole: Path) -> Task | None:
    starts: dict[str, Task | None] = {
        "noise": None,
        "picture": Img2Img(path=cat, strength=0.6),
        "hole": Inpaint(path=cat, masks=(hole,), grow=2, feather=4),
        "border": Outpaint(path=cat, right=24, overlap=16),
    }
    return starts[name]


@pytest.mark.parametrize("name", STARTS)
def test_each_picture_comes_again_from_its_record(
    engine: Engine, model: Path, cat: Path, hole: Path, name: str
) -> None:
    request = replace(asked(start_of(name, cat, hole)), count=2)
    story = told(engine, request, model)
    for index, record in story.records.items():
        assert record.changed_outside == 0
        again = told(engine, Job(request, made=(1 - index,)), model, like=record.conditions)
        assert again.file(index) == story.file(index)
    assert len(story.steps("decoder")) == story.planned.decoder_steps
    assert story.planned.prior_steps == 0


@pytest.mark.parametrize("name", STARTS)
def test_a_job_that_was_cut_off_goes_on_to_the_same_bits(
    tmp_path: Path, model: Path, cat: Path, hole: Path, name: str
) -> None:
    always = CheckpointInterval(every_s=0, share=math.inf)
    engine, request = (
        Engine(tmp_path / "cache", 1, interval=always),
        asked(start_of(name, cat, hole)),
    )
    whole, job = told(engine, request, model), Job(request)

    def at_the_second(progress: object) -> bool:
        return isinstance(progress, Stepped) and progress.step == 2

    told(engine, job, model, stop_at=at_the_second, resumable=True)
    rest = told(engine, job, model, resumable=True)
    assert rest.planned.decoder_steps == whole.planned.decoder_steps - 2
    assert rest.file(0) == whole.file(0)


def test_previews_look_like_what_comes(engine: Engine, model: Path) -> None:
    story = told(engine, asked(steps=4), model)
    for step in story.steps("decoder"):
        assert step.preview is not None
        assert (step.preview.width, step.preview.height) == (SIDE, SIDE + 16)
    unseen = told(engine, asked(steps=4), model, previews=False)
    assert unseen.file(0) == story.file(0)


def test_a_prompt_that_is_known_is_not_encoded_again(tmp_path: Path, model: Path) -> None:
    told(Engine(tmp_path, 1), asked(), model)
    again: Story = told(Engine(tmp_path, 1), asked(seed=3), model)
    assert set(again.loaded) == {"unet", "vae"}


def fusion(path: Path) -> Mix:
    return Mix(ingredients=(Ingredient(Prompt("a cat")), Ingredient(ImagePrompt(path))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: {"conditioning": fusion(path)}, "cannot mix meanings"),
        (lambda path: {"conditioning": ImagePrompt(path)}, "cannot look at pictures"),
        (lambda path: {"candidates": 3}, "has no prior"),
        (lambda path: {"conditioning": Prompt("a cat", "a dog")}, "has no prior"),
        (lambda path: {"decoder_prompt": "a cat"}, "reads no anchor text"),
    ],
    ids=["fusion", "picture", "candidates", "negative prior prompt", "decoder prompt"],
)
def test_what_it_cannot_do_is_a_sentence_before_anything_is_loaded(
    engine: Engine, model: Path, cat: Path, change: Any, said: str
) -> None:
    before = engine.loads
    changes: dict[str, Any] = change(cat)
    with pytest.raises(InvalidRequest, match=said) as refused:
        told(engine, replace(asked(), **changes), model)
    assert engine.loads == before
    assert "\n" not in str(refused.value)


def test_a_model_for_holes_alone_says_so(engine: Engine, nine: Path, cat: Path) -> None:
    for start in (None, Img2Img(path=cat)):
        with pytest.raises(InvalidRequest, match="only fills holes and borders"):
            told(engine, asked(start), nine)
