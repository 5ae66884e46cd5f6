"""Stable Diffusion, the second family: equal to diffusers' pipelines, and all that jobs can do."""

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

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Task
from kandinsky_desktop.engine.engine import Engine
from tests.engine import tiny
from tests.engine.conftest import pipeline
from tests.engine.sides import mask, picture
from tests.engine.story import told
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


def test_a_model_for_holes_alone_says_so(engine: Engine, nine: Path, cat: Path) -> None:
    for start in (None, Img2Img(path=cat)):
        with pytest.raises(InvalidRequest, match="only fills holes and borders"):
            told(engine, asked(start), nine)
