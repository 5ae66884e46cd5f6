"""The text that the decoder of 2.1 reads itself: beside any meaning, and kept like one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler, KandinskyPipeline, KandinskyPriorPipeline
from PIL import Image

from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.engine.engine import Engine
from tests.engine.conftest import pipeline
from tests.engine.passes import counted
from tests.engine.sides import picture
from tests.engine.story import told

HOW = Sampling(
    width=64,
    height=64,
    steps=4,
    guidance=4.0,
    prior_steps=3,
    prior_guidance=4.0,
    scheduler="DDIMScheduler",
)


def made(engine: Engine, model: Path, request: Paint) -> bytes:
    return told(engine, request, model).images[0].tobytes()


@pytest.mark.parity
@pytest.mark.parametrize("away", ["", "ugly, уродливо"])
def test_from_words_to_pixels_of_21(engine: Engine, whole_21: Path, away: str) -> None:
    text = "a red cat, рыжий кот"
    asked = Paint(conditioning=Prompt(text), negative_decoder_prompt=away, sampling=HOW)
    ours = told(engine, asked, whole_21).images[0]
    words = pipeline(KandinskyPriorPipeline, whole_21 / "prior")
    paint = pipeline(KandinskyPipeline, whole_21 / "decoder")
    paint.scheduler = DDIMScheduler.from_config(paint.scheduler.config)
    meaning = words(
        text,
        num_inference_steps=HOW.prior_steps,
        guidance_scale=HOW.prior_guidance,
        generator=[torch.Generator().manual_seed(0)],
    )
    (theirs,) = paint(
        text,
        image_embeds=meaning.image_embeds,
        negative_image_embeds=meaning.negative_image_embeds,
        negative_prompt=away,
        width=64,
        height=64,
        num_inference_steps=HOW.steps,
        guidance_scale=HOW.guidance,
        generator=[torch.Generator().manual_seed(0)],
    ).images
    assert isinstance(theirs, Image.Image)
    assert ours.tobytes() == theirs.tobytes()


@pytest.fixture
def meanings(tmp_path: Path) -> dict[str, Any]:
    picture().save(tmp_path / "cat.png")
    cat = ImagePrompt(tmp_path / "cat.png")
    both = (Ingredient(cat, 0.5), Ingredient(Prompt("a dog"), 0.5))
    return {"words": Prompt("a dog"), "picture": cat, "fusion": Mix(ingredients=both)}


@pytest.mark.parametrize("name", ["words", "picture", "fusion"])
def test_it_is_free_beside_any_meaning(
    engine: Engine, whole_21: Path, meanings: dict[str, Any], name: str
) -> None:
    plain = Paint(conditioning=meanings[name], sampling=HOW)
    led = replace(plain, decoder_prompt="an oil painting")
    away = replace(led, negative_decoder_prompt="a photo")
    story = told(engine, away, whole_21)
    every = {made(engine, whole_21, plain), made(engine, whole_21, led)}
    assert len({*every, story.images[0].tobytes()}) == 3
    again = told(engine, away, whole_21, like=story.records[0].conditions)
    assert again.file(0) == story.file(0)
    assert again.meanings[0] == told(engine, plain, whole_21).meanings[0]  # which it leaves alone


def test_words_are_their_own_decoder_prompt_and_others_have_none(
    engine: Engine, whole_21: Path, meanings: dict[str, Any]
) -> None:
    dog = Paint(conditioning=Prompt("a dog"), sampling=HOW)
    assert made(engine, whole_21, dog) == made(
        engine, whole_21, replace(dog, decoder_prompt="a dog")
    )
    fused = Mix(ingredients=(Ingredient(Prompt("a dog")),))
    assert made(engine, whole_21, dog) != made(engine, whole_21, replace(dog, conditioning=fused))


def test_what_it_says_is_known_again(whole_21: Path, tmp_path: Path) -> None:
    request = Paint(
        conditioning=Prompt("a dog"),
        decoder_prompt="a cat",
        negative_decoder_prompt="a bird",
        sampling=HOW,
    )
    with counted() as passes:
        told(Engine(tmp_path, 1), request, whole_21)
    assert passes["decoder_text_encoder"] == 2
    with counted() as passes:
        another = replace(request, sampling=replace(HOW, seed=5, steps=2))
        told(Engine(tmp_path, 1), another, whole_21)
    assert set(passes) == {"unet"}


def test_22_reads_none(engine: Engine, whole_22: Path) -> None:
    before = engine.loads
    with pytest.raises(InvalidRequest, match="reads no anchor text"):
        told(
            engine,
            Paint(conditioning=Prompt("a dog"), decoder_prompt="a cat", sampling=HOW),
            whole_22,
        )
    assert engine.loads == before
