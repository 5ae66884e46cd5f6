"""What leads on from a picture: requests that keep its meaning and start from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.meaning import Fusion, Ingredient, Passage, Picture, Saved, Words
from kandinsky_desktop.domain.model import check_fits
from kandinsky_desktop.domain.onward import STRENGTHS, enlargement, variation
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.start import FromPicture
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
        conditions=replace(HERE, idea=idea),
        program="",
    )


def test_variations_keep_the_meaning_and_the_idea_and_take_other_details() -> None:
    made = replace(request(), meaning=Words("a cat"), count=3, ideas=9)
    for how, strength in STRENGTHS.items():
        varied = variation(record(made, 2, idea=7), CAT, SIZE, how, 99, STARTER)
        assert varied.meaning == Words("a cat")
        assert varied.start == FromPicture(path=CAT, strength=strength)
        assert varied.count == 4
        assert {varied.idea_seed_of(index) for index in range(4)} == {made.seed_of_idea(7)}
        assert varied.detail_seed_of(0) == 99
        assert varied.model == "starter"
        check_fits(varied, STARTER)


def test_a_meaning_whose_files_are_gone_is_the_picture_s_own_point() -> None:
    made = replace(request(), meaning=Picture(Path("/gone.png")))
    varied = variation(record(made), CAT, SIZE, "subtly", 1, STARTER, whole=False)
    assert varied.meaning == Saved(CAT)


def test_a_frame_of_a_passage_leads_on_from_its_own_fusion() -> None:
    made = replace(request(), meaning=Passage(start=Words("a"), end=Words("b")), count=3)
    varied = variation(record(made, 1), CAT, SIZE, "strongly", 1, STARTER)
    halves = (Ingredient(Words("a"), 0.5), Ingredient(Words("b"), 0.5))
    assert varied.meaning == Fusion(ingredients=halves, blend="slerp")


def test_the_same_picture_larger_has_its_own_seeds_and_shape() -> None:
    made = replace(request(), meaning=Words("a cat"), count=2)
    larger = enlargement(record(made, 1), CAT, SIZE, STARTER)
    assert (larger.sampling.width, larger.sampling.height) == (STARTER.largest, STARTER.largest)
    assert larger.count == 1
    assert larger.detail_seed_of(0) == made.detail_seed_of(1)
    assert larger.idea_seed_of(0) == made.idea_seed_of(1)
    with pytest.raises(InvalidRequest, match="no larger ones"):
        enlargement(record(made), CAT, Size(STARTER.largest, STARTER.largest), STARTER)
