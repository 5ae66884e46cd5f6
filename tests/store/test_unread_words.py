"""Words behind a text encoder's limit are named, of every text of a request and by its reader."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store.models import read_model
from kandinsky_desktop.store.unread_words import Unread, unread
from tests.engine import tiny
from tests.fakes import STARTER

LONG = " ".join(f"cat{number}" for number in range(200))
PICTURE = Path("a.png")


@pytest.fixture(scope="module")
def model() -> Model:
    found = read_model(STARTER)
    assert found is not None
    return found


def ends(request: Paint, model: Model) -> list[str]:
    return [one.words.split()[-1] for one in unread(request, model)]


def test_the_words_that_are_not_read_are_named_whole(model: Model) -> None:
    (rest,) = unread(Paint(conditioning=Prompt(LONG)), model)
    assert rest.limit == model.token_limit == 32
    assert LONG.endswith(f" {rest.words}")
    assert rest.words.split()[0] in LONG.split()
    assert len(rest.words.split()) > 160


def test_every_text_of_a_request_is_looked_at(model: Model) -> None:
    texts = [f"{LONG} end{number}" for number in range(4)]
    one, two, three, four = map(Prompt, texts)
    meanings: list[Conditioning] = [
        Prompt(texts[0], texts[1]),
        ImagePrompt(PICTURE, texts[0], texts[1], 0.5),
        Interpolation(start=one, end=two),
    ]
    for meaning in meanings:
        assert ends(Paint(conditioning=meaning), model) == ["end0", "end1"]
    mix = Mix(ingredients=(Ingredient(one), Ingredient(ImageEmbedding(PICTURE)), Ingredient(two)))
    assert ends(Paint(conditioning=mix, negative=three), model) == ["end0", "end1", "end2"]
    sheet = Grid(corners=(one, two, three, four), columns=2)
    assert len(ends(Paint(conditioning=sheet, count=4), model)) == 4


def test_what_is_read_whole_or_not_at_all_is_not_named(model: Model) -> None:
    picture = ImagePrompt(PICTURE, LONG)  # at strength 0 no words are read
    for meaning in (Prompt("a red cat"), Prompt("a red cat " * 3), picture):
        assert not list(unread(Paint(conditioning=meaning, decoder_prompt=LONG), model))


def test_the_text_that_the_decoder_reads_has_its_own_limit(tmp_path: Path) -> None:
    model = read_model(tiny.write(tmp_path / "whole", tiny.WHOLE_21))
    assert model is not None
    asked = Paint(conditioning=Prompt("a"), decoder_prompt="й " * 100, negative_decoder_prompt="x")
    assert [one.limit for one in unread(asked, model)] == [77]
    assert not list(unread(replace(asked, decoder_prompt="й " * 20), model))


def test_a_tokenizer_that_cannot_be_read_says_so_elsewhere(model: Model, tmp_path: Path) -> None:
    broken = replace(model.components["tokenizer"], folder=tmp_path)
    model = replace(model, components={**model.components, "tokenizer": broken})
    assert not list(unread(Paint(conditioning=Prompt(LONG)), model))


@given(some.text(some.sampled_from("aй猫🐈é \n"), min_size=1, max_size=200))
def test_what_is_named_is_the_end_of_the_text(model: Model, text: str) -> None:
    if text.strip():
        for rest in unread(Paint(conditioning=Prompt(text)), model):
            assert isinstance(rest, Unread)
            assert text.rstrip().endswith(rest.words)
