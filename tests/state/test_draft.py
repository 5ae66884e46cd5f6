"""The draft: what is set for the next pictures stays within what the model can do."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import traits_of
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.state.draft import Draft, Wishes
from tests.domain.test_catalog import FULL, STARTER
from tests.fakes import record, request

OTHER = replace(STARTER, name="other", root=Path("/other"))


@pytest.fixture
def draft(qtbot: QtBot) -> Draft:
    draft = Draft()
    draft.use_model(STARTER)
    return draft


def test_a_fresh_draft_takes_the_models_own_defaults(draft: Draft) -> None:
    assert draft.wishes.sampling == traits_of(STARTER).sampling
    assert draft.wishes.model == "starter"
    assert draft.default_of("guidance") == 3.0


def test_a_draft_of_the_last_sitting_keeps_what_was_set(qtbot: QtBot) -> None:
    sampling = replace(traits_of(STARTER).sampling, steps=7, idea_seed=5)
    wishes = Wishes(prompt="a cat", model="starter", sampling=sampling)
    draft = Draft(wishes)
    draft.use_model(STARTER)
    assert draft.wishes == wishes
    elsewhere = Draft(wishes)
    elsewhere.use_model(FULL)  # the starter is not wanted any more
    assert elsewhere.wishes.sampling == replace(traits_of(FULL).sampling, idea_seed=5)


def test_each_model_keeps_what_was_set_for_it(draft: Draft) -> None:
    draft.set(steps=7)
    draft.use_model(FULL)
    assert draft.wishes.sampling.width == 768
    draft.set(steps=20)
    draft.use_model(STARTER)
    assert (draft.wishes.sampling.steps, draft.wishes.sampling.width) == (7, 64)
    draft.use_model(FULL)
    assert draft.wishes.sampling.steps == 20


@pytest.mark.parametrize("prompt", ["", "  \n", "c" * 20_001, "\ud83d"])
def test_why_it_cannot_run_is_a_sentence(draft: Draft, prompt: str) -> None:
    draft.set(prompt=prompt)
    assert draft.problem
    with pytest.raises(InvalidRequest) as refused:
        draft.take()
    assert str(refused.value) == draft.problem


def test_without_a_model_it_cannot_run(qtbot: QtBot) -> None:
    draft = Draft(Wishes(prompt="a cat"))
    assert draft.problem == "No model is there yet."


def test_seeds_are_fresh_unless_they_are_locked(draft: Draft) -> None:
    draft.set(prompt="a cat", detail_locked=True, detail_seed=42)
    first, second = draft.take(), draft.take()
    assert first.sampling.detail_seed == second.sampling.detail_seed == 42
    assert first.sampling.idea_seed != second.sampling.idea_seed
    assert draft.wishes.sampling.idea_seed == second.sampling.idea_seed  # shown as it was used


def test_any_size_becomes_one_that_can_be_painted(draft: Draft) -> None:
    draft.set(prompt="a cat", width=100, height=4096)
    assert (draft.size.width, draft.size.height) == (96, 128)
    assert draft.problem == ""


def test_a_change_is_told_once_and_none_is_not(draft: Draft, qtbot: QtBot) -> None:
    told: list[None] = []
    draft.changed.connect(lambda: told.append(None))
    draft.set(prompt="a cat", steps=9)
    draft.set(prompt="a cat", steps=9)
    draft.use_model(STARTER)
    assert len(told) == 1


def test_an_earlier_picture_can_be_recalled(draft: Draft) -> None:
    old = record(request("a dog", count=4, negative_prior="fog", idea_seed=10, detail_seed=20), 2)
    draft.recall(old)
    draft.recall(old)
    made = draft.take()
    assert (made.words, made.negative_prior, made.count) == ("a dog", "fog", 1)
    assert (made.sampling.idea_seed, made.sampling.detail_seed) == (12, 22)
    assert isinstance(made.sampling, Sampling)
