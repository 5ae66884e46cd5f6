"""Any request is JSON and comes back, and what contradicts itself is one sentence."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
    formula,
    spoken,
)
from kandinsky_desktop.domain.errors import InvalidRequest, KandinskyError
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import (
    NOWHERE,
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    Task,
    TextToImage,
)
from tests import request_strategies

CAT, SEA, OIL = (
    ImagePrompt(Path("/a/cat.png")),
    ImagePrompt(Path("/a/sea.png")),
    Prompt("oil painting"),
)
FILES = [CAT.path, SEA.path, Path("/a/\udcff.png")]
ANY = request_strategies.requests(FILES, FILES, FILES)


@settings(max_examples=100)
@given(ANY)
def test_any_request_is_json_and_comes_back(request: Paint) -> None:
    text = json.dumps(to_plain(request, bytearray()))
    assert from_plain(Paint, json.loads(text)) == request


@settings(max_examples=200)
@given(request_strategies.plain_requests(ANY))
def test_what_is_nearly_a_request_is_one_or_a_sentence(plain: Any) -> None:
    said = ""
    try:
        request = from_plain(Paint, json.loads(json.dumps(plain)))
    except KandinskyError as error:
        said = str(error)
    else:
        assert from_plain(Paint, to_plain(request, bytearray())) == request
    assert "\n" not in said


@given(ANY)
def test_any_request_can_be_spoken_and_knows_its_files(request: Paint) -> None:
    assert isinstance(request.words, str)
    assert set(request.files) <= set(FILES)
    assert len(set(request.files)) == len(request.files)


@given(ANY, some.integers(0, 1))
def test_seeds_are_seeds(request: Paint, index: int) -> None:
    for seed in (request.prior_seed_of(index), request.seed_of(index)):
        assert 0 <= seed < 2**32


# Fusions


def fused(*weights: float, **how: Any) -> Mix:
    sources: list[Source] = [CAT, OIL, SEA, Prompt("a"), Prompt("b")]
    pairs = zip(sources, weights, strict=False)
    ingredients = tuple(Ingredient(source, weight) for source, weight in pairs)
    return Mix(ingredients=ingredients, **how)


@pytest.mark.parametrize(
    ("weights", "blend", "said"),
    [
        ((), "shares", "at least one ingredient"),
        ((0.0, 0.0), "shares", "a weight other than 0"),
        ((0.0,), "sum", "a weight other than 0"),
        ((1.0, -1.0), "shares", "cancel each other out (0 in all)"),
        ((1.0, -0.95), "shares", "cancel each other out (0.05 in all)"),
        ((1e308, -1e308), "shares", "cancel each other out"),
        ((1.0, 1.0, 1.0), "slerp", "exactly two"),
        ((1.0,), "slerp", "exactly two"),
        ((1.0, -0.5), "slerp", "weights from 0"),
    ],
)
def test_weights_that_cannot_be_mixed_are_refused(
    weights: tuple[float, ...], blend: str, said: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        fused(*weights, blend=blend)
    assert said in str(refused.value)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf])
def test_a_weight_is_a_finite_number(weight: float) -> None:
    with pytest.raises(InvalidRequest, match="finite"):
        Ingredient(CAT, weight)


@given(some.lists(some.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_shares_are_one_in_all_or_refused(weights: list[float]) -> None:
    try:
        shares = fused(*weights).shares
    except InvalidRequest:
        return
    assert all(map(math.isfinite, shares))
    assert sum(shares) == pytest.approx(1, abs=1e-6)


def test_a_sum_that_cancels_out_is_allowed_as_in_the_original() -> None:
    assert fused(1.0, -1.0, blend="sum").shares == (1.0, -1.0)
    assert fused(2.0, 6.0).shares == (0.25, 0.75)
    assert fused(1.0, -0.5).shares == (2.0, -1.0)


def test_a_formula_is_written_as_people_do() -> None:
    assert formula(fused(0.6, 0.4, -0.2)) == '0.6 cat.png + 0.4 "oil painting" − 0.2 sea.png'
    assert formula(fused(-1.0, 2.0)) == '−1 cat.png + 2 "oil painting"'
    assert formula(fused(0.1 + 0.2, 1234567.0)) == '0.3 cat.png + 1234567 "oil painting"'
    assert spoken(ImagePrompt(CAT.path, "a dog", strength=0.3)) == "cat → a dog"
    assert spoken(ImagePrompt(CAT.path, strength=0.3)) == "cat"
    assert spoken(ImagePrompt(CAT.path, "a dog")) == "cat"  # at strength 0 the words do nothing
    ours = ImagePrompt(Path("/pictures/2026-11-24-173302-a-red-cat-2193152352.png"))
    assert spoken(ours) == "a-red-cat"
    assert spoken(Interpolation(start=ours, end=OIL)) == 'a-red-cat.png → "oil painting"'
    assert spoken(Interpolation(start=CAT, end=OIL)) == 'cat.png → "oil painting"'


def test_each_picture_of_an_interpolation_is_its_fusion_and_shares_the_seed() -> None:
    request = Paint(
        conditioning=Interpolation(start=CAT, end=OIL),
        count=5,
        sampling=Sampling(seed=9, prior_seed=3),
    )
    for index, share in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        meaning = request.conditioning_of(index)
        assert isinstance(meaning, Mix)
        assert meaning.shares == (1 - share, share)
        assert meaning.blend == "slerp"
        assert (request.seed_of(index), request.prior_seed_of(index)) == (9, 3)


# What contradicts itself


def asked(start: Task | None = None, **others: Any) -> Paint:
    return Paint(conditioning=CAT, task=start or TextToImage(), **others)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Paint(conditioning=Prompt(" ")), "Type what you want to see first"),
        (lambda: Paint(conditioning=CAT, candidates=3), "Only ideas of words"),
        (
            lambda: Paint(conditioning=OIL, negative=Interpolation(start=CAT, end=OIL)),
            "not what is led away",
        ),
        (lambda: Sampling(guidance_from=0.6, guidance_to=0.5), "cannot end before it begins"),
        (lambda: Sampling(guidance=math.nan), "Guidance scale must lie between"),
        (lambda: Sampling(steps=10**400), "Steps must lie between"),
        (lambda: Sampling(prior_steps=1), "Prior steps must lie between 2"),
        (lambda: Sampling(scheduler="LCMScheduler"), "Scheduler cannot be"),
        (lambda: Img2Img(path=CAT.path, strength=0), "Strength must lie between"),
        (lambda: ImagePrompt(CAT.path, strength=1.5), "Prior strength must lie between"),
        (lambda: asked(Inpaint(path=CAT.path, masks=())), "Paint or choose a mask first"),
        (lambda: asked(Inpaint(path=CAT.path, masks=(NOWHERE,))), "Paint or choose a mask first"),
        (lambda: asked(Img2Img(path=NOWHERE)), "Choose the picture to start from first"),
        (lambda: asked(depth=Depth(path=NOWHERE)), "Choose the depth map first"),
        (
            lambda: Paint(conditioning=ImagePrompt(NOWHERE)),
            "Choose the picture for the meaning first",
        ),
        (
            lambda: Paint(conditioning=CAT, negative=ImageEmbedding(NOWHERE)),
            "picture to lead away from first",
        ),
        (lambda: Inpaint(path=CAT.path, masks=(CAT.path,), fill="cat"), "Under the mask cannot be"),
        (lambda: asked(Outpaint(path=CAT.path)), "by how many pixels the picture is to grow"),
        (lambda: Outpaint(path=CAT.path, left=-1), "Left must lie between"),
    ],
)
def test_what_contradicts_itself_is_one_sentence(make: Any, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_file_is_named_once_in_the_order_of_its_use() -> None:
    request = Paint(
        conditioning=fused(1, 1, 1),
        negative=CAT,
        task=Inpaint(path=SEA.path, masks=(Path("/m.png"),)),
        depth=Depth(path=Path("/d.png")),
    )
    assert request.files == (CAT.path, SEA.path, Path("/m.png"), Path("/d.png"))
