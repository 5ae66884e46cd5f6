"""The board as a value: shares, undoable changes, and the formula that says the same."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.board import MOST_CARDS, Board
from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.conditioning import (
    Blend,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Prompt,
    joined,
    title_of,
)
from kandinsky_desktop.domain.errors import InvalidRequest

CAT = ImagePrompt(Path("/pictures/2026-11-23-172054-a-red-cat-42.png"))
TIGER = ImagePrompt(Path("/pictures/tiger of mine.jpg"))

words = some.text(
    some.characters(exclude_characters='"“”', exclude_categories=["C", "Z"]),
    min_size=1,
    max_size=30,
).map(Prompt)
files = some.sampled_from(
    [
        CAT,
        TIGER,
        ImageEmbedding(Path("/x/b.png")),
        ImagePrompt(Path("/x/c.png"), "a dog", strength=0.3),
    ]
)
weights = (some.integers(-400, 400) | some.just(123_456_700)).map(
    lambda hundredths: hundredths / 100
)
cards = some.lists(some.tuples(some.one_of(words, files), weights), max_size=6)


def laid(*what: tuple[object, float]) -> Board:
    board = Board()
    for source, weight in what:
        board = board.laid(source, weight)  # type: ignore[arg-type]
    return board


def test_the_formula_says_what_lies_there() -> None:
    board = laid((CAT, 0.6), (Prompt("oil painting"), 0.4), (Prompt("people"), -0.2))
    assert board.formula == '0.6 a-red-cat.png + 0.4 "oil painting" − 0.2 "people"'
    assert board.shares == pytest.approx({1: 0.75, 2: 0.5, 3: -0.25})


@given(cards)
def test_a_formula_read_again_is_the_same_board(what: list[tuple[object, float]]) -> None:
    board = laid(*what)
    assert board.read(board.formula) == board


@given(cards)
def test_a_board_outlasts_the_sitting(what: list[tuple[object, float]]) -> None:
    board = laid(*what)
    assert from_plain(Board, to_plain(board, bytearray())) == board


@given(cards, some.sampled_from(["shares", "sum"]))
def test_shares_are_those_of_the_fusion(what: list[tuple[object, float]], blend: Blend) -> None:
    """They sum to one, or to the weights; where nothing can be fused there are none."""
    board = replace(laid(*what), blend=blend)
    try:
        assert tuple(board.shares.values()) == board.fusion.shares
    except InvalidRequest:
        assert not any(board.shares.values())
    else:
        total = 1 if blend == "shares" else sum(card.weight for card in board.cards)
        assert sum(board.shares.values()) == pytest.approx(total)


def test_shares_of_any_weights_are_numbers() -> None:
    """The formula takes any weight, and so does a board's file."""
    board = laid((CAT, 1e308), (TIGER, 1e308))
    assert board.shares == {1: 0.5, 2: 0.5}
    assert not any(laid((CAT, 1.0), (TIGER, -0.9999999)).shares.values())
    assert not any(laid((CAT, 1e300), (TIGER, -1e300), (CAT, 1e-9)).shares.values())


def test_a_card_that_a_formula_does_not_change_keeps_its_exact_weight() -> None:
    """A formula writes three digits; a frame of a sheet has more, and a card may have less."""
    board = laid((CAT, 1 / 49), (TIGER, 0.0004))
    assert board.formula == "0.02 a-red-cat.png + 0 tiger of mine.jpg"
    assert board.read(board.formula) == board
    read = board.read("0.02 a-red-cat.png + 0.5 tiger of mine.jpg")
    assert [card.weight for card in read.cards] == [1 / 49, 0.5]


def test_a_card_is_not_taken_for_a_file_whose_name_begins_alike() -> None:
    board = laid((ImagePrompt(Path("/x/cat")), 1.0))
    read = board.read("2 cat + 1 catfish.png", Path("/here"))
    assert [(card.source, card.weight) for card in read.cards] == [
        (ImagePrompt(Path("/x/cat")), 2.0),
        (ImagePrompt(Path("/here/catfish.png")), 1.0),
    ]


def test_a_formula_may_be_written_by_hand() -> None:
    board = Board().read('"a cat" + ,5 “a dog” - 2 "fog"')
    assert [(card.source, card.weight) for card in board.cards] == [
        (Prompt("a cat"), 1.0),
        (Prompt("a dog"), 0.5),
        (Prompt("fog"), -2.0),
    ]
    file = Board().read("0.3 some picture.png", Path("/here")).cards[0].source
    assert file == ImagePrompt(Path("/here/some picture.png"))


@pytest.mark.parametrize("name", ["2024-cat.png", "16:9.png", "3d.png", "7.png"])
def test_a_number_that_a_files_name_begins_with_is_no_weight(name: str) -> None:
    (card,) = Board().read(name, Path("/here")).cards
    assert (card.source, card.weight) == (ImagePrompt(Path("/here", name)), 1.0)
    (card,) = Board().read(f"0.5 {name}", Path("/here")).cards
    assert (card.source, card.weight) == (ImagePrompt(Path("/here", name)), 0.5)


def test_a_formula_leaves_what_does_not_count_where_it_is() -> None:
    """The formula does not say it, so it cannot be meant to go."""
    board = laid((CAT, 1.0), (TIGER, 0.5), (Prompt("gold"), 0.2))
    for quiet in (board.played_solo(2), board.muted(1).muted(3)):
        assert quiet.formula == "0.5 tiger of mine.jpg"
        read = quiet.read("2 tiger of mine.jpg")
        assert sorted(card.id for card in read.cards) == [1, 2, 3]
        assert read.formula == "2 tiger of mine.jpg"
        assert read.heard[0].solo == quiet.heard[0].solo
        named = quiet.read("2 tiger of mine.jpg + 1 a-red-cat.png")
        assert named.formula == "2 tiger of mine.jpg + 1 a-red-cat.png"
        assert sorted(card.id for card in named.cards) == [1, 2, 3]
        assert not named.heard[1].muted


def test_no_two_cards_of_a_formula_have_the_same_id() -> None:
    board = laid((CAT, 1.0), (TIGER, 0.5)).read('1 "new" + 1 a-red-cat.png + 1 "newer"')
    ids = [card.id for card in board.cards]
    assert len(set(ids)) == 3
    assert board.card(1) is not None
    assert board.card(1).source == CAT  # type: ignore[union-attr]


def test_a_home_of_nobody_is_no_accident() -> None:
    file = Board().read("~Pictures.png", Path("/here")).cards[0].source
    assert file == ImagePrompt(Path("/here/~Pictures.png"))


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("+ +", "cannot be read from here on: + +"),
        ("x" * 9000, "too long"),
        ('"a" + ' * (MOST_CARDS + 1) + '"a"', "at most"),
    ],
)
def test_a_formula_that_cannot_be_read_is_a_sentence(formula: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Board().read(formula)
    assert sentence in str(refused.value)


def test_only_what_is_heard_is_fused() -> None:
    board = laid((CAT, 1.0), (TIGER, 1.0), (Prompt("gold"), 0.5))
    muted = board.muted(2)
    assert [one.source for one in muted.fusion.ingredients] == [CAT, Prompt("gold")]
    assert muted.shares[2] == 0
    solo = muted.played_solo(2)
    assert solo.fusion.ingredients == (Ingredient(TIGER, 1.0),)
    assert solo.played_solo(2) == muted


def test_what_cannot_be_fused_is_a_sentence() -> None:
    board = laid((CAT, 1.0), (TIGER, -1.0))
    with pytest.raises(InvalidRequest, match="Lay two pictures"):
        Board().fusion  # noqa: B018 - it says why not
    with pytest.raises(InvalidRequest, match="All cards are muted"):
        board.muted(1).muted(2).fusion  # noqa: B018
    with pytest.raises(InvalidRequest, match="cancel each other out"):
        board.fusion  # noqa: B018
    with pytest.raises(InvalidRequest, match="weight other than 0"):
        laid((CAT, 0.0), (TIGER, 0.0)).fusion  # noqa: B018
    with pytest.raises(InvalidRequest, match="finite"):
        board.weighed(1, float("nan"))


def test_a_locked_card_keeps_its_weight() -> None:
    board = laid((CAT, 0.7), (TIGER, 0.3)).locked(1)
    balanced = board.balanced({1: 0.1, 2: 0.9})
    assert [card.weight for card in balanced.cards] == [0.7, 0.9]


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (range(1, MOST_CARDS + 2), f"at most {MOST_CARDS} cards, and here are {MOST_CARDS + 1}"),
        ((1, 2, 1), "a number of its own"),
        ((0, 1), "from 1"),
    ],
    ids=["too many", "one twice", "none"],
)
def test_a_board_that_could_not_be_shown_is_none(numbers: Iterable[int], sentence: str) -> None:
    plain = to_plain(laid((CAT, 1.0)), bytearray())
    (card,) = plain["cards"]
    plain["cards"] = [card | {"id": number} for number in numbers]
    with pytest.raises(InvalidRequest, match=sentence):
        from_plain(Board, plain)


def test_names_are_never_alike() -> None:
    board = laid((CAT, 1.0), (CAT, 0.5)).duplicated(1)
    assert list(board.names.values()) == [
        "a-red-cat.png",
        "a-red-cat.png (2)",
        "a-red-cat.png (3)",
    ]
    assert board.read(board.formula) == board


def test_what_lies_there_is_called_by_words_and_not_by_files() -> None:
    pasted = ImagePrompt(Path("/dropped/dropped-75d3e5f1b8ab.png"))
    told = [title_of(source) for source in (CAT, TIGER, Prompt("gold\n leaf"), pasted)]
    assert told == ["a red cat", "tiger of mine", "gold leaf", "Pasted picture"]
    led = ImagePrompt(Path("/x/c.png"), "a dog", strength=0.3)
    assert title_of(led) == "c → a dog"
    assert title_of(laid((CAT, 1.0), (Prompt("gold"), 1.0)).fusion) == "a red cat and gold"
    assert joined(["a", "b", "c"]) == "a, b, c"
    assert joined(["a"]) == "a"


def test_two_pasted_pictures_can_be_told_apart_in_the_formula() -> None:
    one, other = (Path(f"/dropped/dropped-75d3e5f1b8a{n}.png") for n in "bc")
    board = laid((ImagePrompt(one), 0.5), (ImagePrompt(other), 1.0))
    assert board.formula == "0.5 Pasted picture + 1 Pasted picture (2)"
    assert board.read(board.formula) == board
