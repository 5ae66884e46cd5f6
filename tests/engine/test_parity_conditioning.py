"""What is meant, against diffusers' prior pipelines: equal bits, in 2.1 and in 2.2.

What a pipeline cannot do, or does wrong, has a test that says so and shows ours right.
"""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from diffusers import (
    KandinskyPipeline,
    KandinskyPriorPipeline,
    KandinskyV22PriorEmb2EmbPipeline,
    KandinskyV22PriorPipeline,
)
from torch import Generator, Tensor

from kandinsky_desktop.domain.conditioning import Conditioning, ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.engine import decoder_prompt
from kandinsky_desktop.engine.black import embedding_of_black
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.loading import load, load_decoder_tokenizer
from tests.engine.conftest import pipeline
from tests.engine.sides import Prior, generators, picture
from tests.engine.story import told
from tests.fakes import QUICK

pytestmark = pytest.mark.parity

TEXT = "a red cat, рыжий кот"
KINDS = {
    "2.1": ("21", KandinskyPriorPipeline),
    "2.2 nudged": ("22", KandinskyV22PriorEmb2EmbPipeline),
    "2.1 nudged": ("21", KandinskyV22PriorEmb2EmbPipeline),  # there is no such class for 2.1
}


@pytest.fixture(scope="module")
def sides(whole_22: Path, whole_21: Path) -> dict[str, Prior]:
    roots = {"22": whole_22, "21": whole_21}
    return {name: Prior(roots[version] / "prior", kind) for name, (version, kind) in KINDS.items()}


@pytest.mark.parametrize("guidance", [1.0, 3.5, 4.0])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_prior_of_21(sides: dict[str, Prior], guidance: float, rows: int) -> None:
    one = sides["2.1"]
    expected = one.theirs(
        TEXT,
        num_images_per_prompt=rows,
        num_inference_steps=4,
        guidance_scale=guidance,
        generator=generators(rows),
    ).image_embeds
    wanted, unwanted = one.text(TEXT).repeated(rows), one.text("").repeated(rows)
    assert torch.equal(one.ours(wanted, unwanted, guidance), expected)


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("negative", ["a dog, ugly", ""])
def test_the_prior_of_21_with_a_negative_prompt(
    sides: dict[str, Prior], rows: int, negative: str
) -> None:
    # the pipeline samples the negative prompt as well, guided away from itself, in one batch
    one = sides["2.1"]
    made = one.theirs(
        TEXT,
        negative_prompt=negative,
        num_images_per_prompt=rows,
        num_inference_steps=4,
        generator=generators(2 * rows),
    )
    ours = one.ours(
        one.text(TEXT, negative).repeated(rows), one.text(negative, negative).repeated(rows), 4
    )
    assert torch.equal(ours, torch.cat([made.image_embeds, made.negative_image_embeds]))


@pytest.mark.parametrize("guidance", [1.0, 4.0])
@pytest.mark.parametrize("strength", [0.26, 0.5, 1.0])
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("kind", ["2.2 nudged", "2.1 nudged"])
def test_words_lead_a_meaning(
    sides: dict[str, Prior], kind: str, rows: int, strength: float, guidance: float
) -> None:
    one = sides[kind]
    width = one.text(TEXT).embeds.shape[-1]
    begin = torch.randn(1, width, generator=Generator().manual_seed(1))
    expected = one.theirs(
        TEXT,
        image=begin,
        strength=strength,
        num_images_per_prompt=rows,
        num_inference_steps=8,
        guidance_scale=guidance,
        generator=generators(rows),
    ).image_embeds
    wanted, unwanted = one.text(TEXT).repeated(rows), one.text("").repeated(rows)
    ours = one.ours(wanted, unwanted, guidance, 8, begin=begin, strength=strength)
    assert torch.equal(ours, expected)


@pytest.mark.parametrize("kind", ["2.2 nudged", "2.1 nudged"])
def test_words_lead_a_meaning_away_from_others(sides: dict[str, Prior], kind: str) -> None:
    one = sides[kind]
    width = one.text(TEXT).embeds.shape[-1]
    begin = torch.randn(1, width, generator=Generator().manual_seed(1))
    made = one.theirs(
        TEXT,
        image=begin,
        strength=0.5,
        negative_prompt="ugly",
        num_inference_steps=8,
        generator=generators(2),
    )
    ours = one.ours(
        one.text(TEXT, "ugly"), one.text("ugly", "ugly"), 4, 8, begin=begin, strength=0.5
    )
    assert torch.equal(ours, torch.cat([made.image_embeds, made.negative_image_embeds]))


@pytest.mark.parametrize("text", ["", TEXT, "кот " * 100, "\n"])
def test_what_21_reads_itself(whole_21: Path, text: str) -> None:
    folder = whole_21 / "decoder"
    theirs = pipeline(KandinskyPipeline, folder)
    expected = theirs._encode_prompt(text, "cpu", 3, do_classifier_free_guidance=True)
    encoder = load("decoder_text_encoder", folder / "text_encoder", torch.float32)
    read, nothing = (
        decoder_prompt.rows(
            decoder_prompt.encode(load_decoder_tokenizer(folder / "tokenizer"), encoder, words), 3
        )
        for words in (text, "")
    )
    assert torch.equal(torch.cat([nothing.embeds, read.embeds]), expected[0])
    assert torch.equal(torch.cat([nothing.hidden, read.hidden]), expected[1])


def test_the_neutral_negative_of_21(sides: dict[str, Prior], whole_21: Path) -> None:
    expected = sides["2.1"].theirs.get_zero_embed()
    assert torch.equal(embedding_of_black(whole_21 / "prior" / "image_encoder"), expected)


# Through the whole engine. The pipelines of 2.2 run on the parts of 2.1 too, and are right there.


@pytest.fixture(params=["22", "21"])
def root(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(f"whole_{request.param}")
    return folder


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    picture(100, 60).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


@pytest.fixture
def meant(engine: Engine, root: Path) -> Callable[..., Tensor]:
    """Return the points of the pictures of a job."""

    def run(meaning: Conditioning, **others: Any) -> Tensor:
        story = told(engine, Paint(conditioning=meaning, sampling=QUICK, **others), root)
        return torch.cat([unpacked(story.meanings[index]) for index in sorted(story.meanings)])

    return run


def unpacked(meaning: bytes) -> Tensor:
    return safetensors.torch.load(base64.b64decode(meaning))["embedding"]


def seeded(index: int = 0) -> list[Generator]:
    return [Generator().manual_seed(QUICK.prior_seed + index)]


HOW: dict[str, Any] = {
    "num_inference_steps": QUICK.prior_steps,
    "guidance_scale": QUICK.prior_guidance,
}


def test_a_picture_means_what_the_encoder_sees(
    meant: Callable[..., Tensor], root: Path, cat: Path
) -> None:
    theirs = pipeline(KandinskyV22PriorPipeline, root / "prior")
    image = picture(100, 60)
    expected = theirs.interpolate([image], [1.0], **HOW).image_embeds
    assert torch.equal(meant(ImagePrompt(cat)), expected)


def test_a_picture_is_led_by_words(meant: Callable[..., Tensor], root: Path, cat: Path) -> None:
    theirs = pipeline(KandinskyV22PriorEmb2EmbPipeline, root / "prior")
    how = HOW | {"strength": 0.7, "image": picture(100, 60)}
    expected = theirs("a dog", generator=seeded(), **how).image_embeds
    assert torch.equal(meant(ImagePrompt(cat, "a dog", strength=0.7)), expected)
    # with a negative there are two texts in one batch there, and one here: rounded otherwise
    two = seeded() + seeded(1)
    expected = theirs("a dog", negative_prompt="ugly", generator=two, **how).image_embeds
    ours = meant(ImagePrompt(cat, "a dog", "ugly", strength=0.7))
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-5)


def test_a_fusion_is_the_sum_of_the_original(
    meant: Callable[..., Tensor], root: Path, cat: Path
) -> None:
    theirs = pipeline(KandinskyV22PriorPipeline, root / "prior")
    mixed = (Prompt("a dog"), 0.75), (ImagePrompt(cat), -0.5)
    made = theirs.interpolate(
        ["a dog", picture(100, 60)], [0.75, -0.5], generator=seeded(), **HOW
    ).image_embeds
    assert torch.equal(meant(fused(mixed)), made)


def fused(mixed: Any, blend: Any = "sum") -> Mix:
    return Mix(ingredients=tuple(Ingredient(*one) for one in mixed), blend=blend)


# Where the pipelines are wrong


def test_theirs_lets_one_text_of_a_fusion_change_the_next_and_ours_does_not(
    meant: Callable[..., Tensor], root: Path
) -> None:
    # they draw all noise from one generator; each of our texts has the noise it has alone
    theirs = pipeline(KandinskyV22PriorPipeline, root / "prior")
    words, weights = ["a dog", "a cat"], [0.5, 0.5]
    together = theirs.interpolate(words, weights, generator=seeded(), **HOW).image_embeds
    alone = [
        theirs.interpolate([word], [weight], generator=seeded(), **HOW).image_embeds
        for word, weight in zip(words, weights, strict=True)
    ]
    ours = meant(fused([(Prompt("a dog"), 0.5), (Prompt("a cat"), 0.5)]))
    assert torch.equal(ours, alone[0] + alone[1])
    assert not torch.allclose(ours, together, atol=1e-3)


def test_theirs_samples_the_negative_in_vain_and_ours_does_not(
    engine: Engine, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = pipeline(KandinskyV22PriorPipeline, root / "prior")
    calls: list[int] = []
    forward = theirs.prior.forward

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(1)
        return forward(*given, **named)

    monkeypatch.setattr(theirs.prior, "forward", counted)
    made = theirs.interpolate(["a new dog"], [1.0], generator=seeded(), **HOW)
    assert len(calls) == 2 * QUICK.prior_steps
    assert torch.equal(made.negative_image_embeds, theirs.get_zero_embed())
    story = told(
        engine, Paint(conditioning=fused([(Prompt("a new dog"), 1.0)]), sampling=QUICK), root
    )
    assert len(story.steps("prior")) == QUICK.prior_steps


def test_theirs_nudging_class_cannot_fuse_a_text(
    meant: Callable[..., Tensor], root: Path, cat: Path
) -> None:
    theirs = pipeline(KandinskyV22PriorEmb2EmbPipeline, root / "prior")
    with pytest.raises(TypeError, match="latents"):
        theirs.interpolate(["a dog", picture()], [0.5, 0.5], **HOW)
    # and of pictures alone it gives noise for the negative
    one, other = (theirs.interpolate([picture()], [1.0], **HOW) for _time in range(2))
    assert torch.equal(one.image_embeds, other.image_embeds)
    assert not torch.equal(one.negative_image_embeds, other.negative_image_embeds)
    assert meant(fused([(Prompt("a dog"), 0.5), (ImagePrompt(cat), 0.5)])).isfinite().all()


def test_theirs_of_21_adds_up_all_pictures_of_a_batch_and_ours_does_not(
    engine: Engine, whole_21: Path
) -> None:
    theirs = pipeline(KandinskyPriorPipeline, whole_21 / "prior")
    three = [one for index in range(3) for one in seeded(index)]
    one = theirs.interpolate(["a dog"], [1.0], num_images_per_prompt=3, generator=three, **HOW)
    assert one.image_embeds.shape[0] == 1
    request = Paint(conditioning=fused([(Prompt("a dog"), 1.0)]), count=3, sampling=QUICK)
    story = told(engine, request, whole_21)
    ours = torch.cat([unpacked(story.meanings[index]) for index in range(3)])
    # in one batch there, each alone here: rounded otherwise
    torch.testing.assert_close(ours.sum(0, keepdim=True), one.image_embeds, rtol=0, atol=1e-5)
    assert len({row.tobytes() for row in ours.numpy()}) == 3


def test_theirs_breaks_at_one_step_and_ours_asks_for_two(sides: dict[str, Prior]) -> None:
    with pytest.raises(ZeroDivisionError):
        sides["2.1"].theirs(TEXT, num_inference_steps=1)
    with pytest.raises(InvalidRequest, match="Prior steps must lie between 2"):
        Sampling(prior_steps=1)
