"""What leads on from a picture: requests that keep its meaning and start from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.model import check_fits
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.domain.variations import STRENGTHS, enlargement, variation
from tests.fakes import HERE, request
from tests.trees import STARTER

CAT = Path("/cat.png")
SIZE = Size(STARTER.native, STARTER.native)


def record(made: Paint, index: int = 0, idea: int = -1) -> Record:
    return Record(
        request=made,
        index=index,
        model="starter",
        fingerprint="",
        conditions=replace(HERE, candidate=idea),
        program="",
    )


def test_variations_keep_the_meaning_and_the_idea_and_take_other_details() -> None:
    made = replace(request(), conditioning=Prompt("a cat"), count=3, candidates=9)
    for how, strength in STRENGTHS.items():
        varied = variation(record(made, 2, idea=7), CAT, SIZE, how, 99, STARTER)
        assert varied.conditioning == Prompt("a cat")
        assert varied.task == Img2Img(path=CAT, strength=strength)
        assert varied.count == 4
        assert {varied.prior_seed_of(index) for index in range(4)} == {
            made.prior_seed_of_candidate(7)
        }
        assert varied.seed_of(0) == 99
        assert varied.model == "starter"
        check_fits(varied, STARTER)


def test_a_meaning_whose_files_are_gone_is_the_picture_s_own_point() -> None:
    made = replace(request(), conditioning=ImagePrompt(Path("/gone.png")))
    varied = variation(record(made), CAT, SIZE, "subtly", 1, STARTER, whole=False)
    assert varied.conditioning == ImageEmbedding(CAT)


def test_a_frame_of_an_interpolation_leads_on_from_its_own_fusion() -> None:
    made = replace(
        request(), conditioning=Interpolation(start=Prompt("a"), end=Prompt("b")), count=3
    )
    varied = variation(record(made, 1), CAT, SIZE, "strongly", 1, STARTER)
    halves = (Ingredient(Prompt("a"), 0.5), Ingredient(Prompt("b"), 0.5))
    assert varied.conditioning == Mix(ingredients=halves, blend="slerp")


def test_the_same_picture_larger_has_its_own_seeds_and_shape() -> None:
    made = replace(request(), conditioning=Prompt("a cat"), count=2)
    larger = enlargement(record(made, 1), CAT, SIZE, STARTER)
    assert (larger.sampling.width, larger.sampling.height) == (STARTER.largest, STARTER.largest)
    assert larger.count == 1
    assert larger.seed_of(0) == made.seed_of(1)
    assert larger.prior_seed_of(0) == made.prior_seed_of(1)
    with pytest.raises(InvalidRequest, match="no larger ones"):
        enlargement(record(made), CAT, Size(STARTER.largest, STARTER.largest), STARTER)
