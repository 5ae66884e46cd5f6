"""Strips and sheets: pictures that differ in nothing but their meaning."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.board import Board, said
from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    files_of,
    spoken,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint

CAT, DOG, FOX, OWL = (Prompt(name) for name in ("cat", "dog", "fox", "owl"))
PICTURE = ImagePrompt(Path("/owl.png"))
SHEET = Grid(corners=(CAT, DOG, FOX, PICTURE), columns=3)


def weights(fusion: Mix) -> list[float]:
    return [one.weight for one in fusion.ingredients]


def test_the_corners_of_a_sheet_are_its_cards() -> None:
    request = Paint(conditioning=SHEET, count=9)
    corners = [request.conditioning_of(index) for index in (0, 2, 6, 8)]
    for place, corner in enumerate(corners):
        assert isinstance(corner, Mix)
        assert weights(corner) == [float(place == number) for number in range(4)]
    middle = request.conditioning_of(4)
    assert isinstance(middle, Mix)
    assert weights(middle) == [0.25] * 4


@given(some.integers(2, 8), some.integers(2, 8))
def test_the_weights_of_a_sheet_sum_to_one(columns: int, rows: int) -> None:
    sheet = Grid(corners=(CAT, DOG, FOX, OWL), columns=columns)
    for index in range(columns * rows):
        assert sum(weights(sheet.of(index, columns * rows))) == pytest.approx(1)


def test_a_series_has_one_seed_and_outlasts_the_sitting() -> None:
    request = Paint(conditioning=SHEET, count=9)
    assert len({request.seed_of(index) for index in range(9)}) == 1
    assert len({request.prior_seed_of(index) for index in range(9)}) == 1
    assert request.files == (Path("/owl.png"),)
    assert spoken(SHEET) == '"cat" × "dog" × "fox" × owl.png'
    assert files_of(SHEET) == request.files
    assert from_plain(Conditioning, to_plain(SHEET, bytearray())) == SHEET


def test_what_is_no_sheet_is_a_sentence() -> None:
    with pytest.raises(InvalidRequest, match="10 pictures make no sheet of 3 columns"):
        Paint(conditioning=SHEET, count=10)
    with pytest.raises(InvalidRequest, match="no sheet"):
        Paint(conditioning=SHEET, count=3)
    with pytest.raises(InvalidRequest, match="on an arc"):
        Grid(corners=(CAT, DOG, FOX, OWL), blend="slerp")


def test_a_board_says_what_can_be_shot() -> None:
    board = Board(blend="slerp").laid(CAT).laid(DOG)
    assert board.passage(2, 1) == Interpolation(start=DOG, end=CAT, blend="slerp")
    for pair in ((1, 1), (1, 9), (0, 0)):
        with pytest.raises(InvalidRequest, match="Choose two cards"):
            board.passage(*pair)
    with pytest.raises(InvalidRequest, match="2 count now"):
        board.sheet(3)
    four = Board().laid(CAT).laid(DOG).laid(FOX).laid(PICTURE)
    assert four.sheet(3) == SHEET


def test_a_frame_is_played_with_the_cards_that_are_there() -> None:
    board = Board(restore=True).laid(CAT).laid(FOX).laid(CAT, 0.5).played_solo(2)
    frame = Interpolation(start=CAT, end=DOG, blend="shares").at(0.25)
    playing = board.playing(frame)
    assert [(card.source, card.weight, card.muted) for card in playing.cards] == [
        (CAT, 0.75, False),
        (FOX, 1.0, True),
        (CAT, 0.5, True),
        (DOG, 0.25, False),
    ]
    assert playing.fusion == frame
    twice = Mix(ingredients=(Ingredient(CAT, 0.2), Ingredient(CAT, 0.8)))
    assert board.playing(twice).fusion == twice
    assert said(frame) == '0.75 "cat" + 0.25 "dog"'


def test_a_strip_has_its_pictures_where_its_places_say() -> None:
    way = Interpolation(start=CAT, end=DOG, places=(0, 0.2, 0.9, 1))
    request = Paint(conditioning=way, count=4)
    shares = [weights(way.of(index, 4))[1] for index in range(4)]
    assert shares == [0, 0.2, 0.9, 1]
    assert request.conditioning_of(1) == way.at(0.2)
    assert from_plain(Conditioning, to_plain(way, bytearray())) == way
    equal = Interpolation(start=CAT, end=DOG)
    assert [equal.place_of(index, 5) for index in range(5)] == [0, 0.25, 0.5, 0.75, 1]


def test_places_off_the_way_and_another_number_of_pictures_are_sentences() -> None:
    for place in (-0.1, 1.5, float("nan"), float("inf")):
        with pytest.raises(InvalidRequest, match="from 0 to 1, not"):
            Interpolation(start=CAT, end=DOG, places=(0, place))
    with pytest.raises(InvalidRequest, match="2 places on the way for 3 pictures"):
        Paint(conditioning=Interpolation(start=CAT, end=DOG, places=(0, 1)), count=3)
