"""Declared fields: their limits hold however a value is made."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import declared, short_number
from kandinsky_desktop.domain.request import MOST_PICTURES, SEEDS, Paint, Sampling
from kandinsky_desktop.domain.schedulers import SCHEDULERS
from kandinsky_desktop.domain.settings import Settings
from tests.fakes import text_to_image


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 0}, "Steps must lie between 1 and 1000; 0 does not."),
        ({"prior_steps": 1}, "Prior steps must lie between 2 and 1000; 1 does not."),
        ({"guidance": math.nan}, "Guidance scale must lie between 1 and 30; nan does not."),
        ({"guidance": math.inf}, "inf does not"),
        ({"prior_seed": -1}, "Idea seed must lie between 0 and 4294967295; -1 does not."),
        ({"seed": SEEDS}, "between 0 and 4294967295; 4294967296 does not."),
        ({"eta": -0.05}, "Eta must lie between 0 and 1; -0.05 does not."),
        ({"guidance": 30.000001}, "between 1 and 30; 30.000001 does not."),
        ({"guidance": 1e300}, "between 1 and 30; 1e+300 does not."),
        ({"guidance": 10000000.0}, "between 1 and 30; 10000000 does not."),
        ({"scheduler": "LCMScheduler"}, "Scheduler cannot be 'LCMScheduler'; it is one of: DDPM"),
        ({"width": 8}, "Width must lie between 16 and 4096"),
    ],
)
def test_what_lies_outside_is_named_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Sampling(**changes)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"prompt": ""}, "Type what you want to see first."),
        ({"prompt": " \n\t"}, "Type what you want to see first."),
        ({"prompt": "c" * 20_001}, "Prompt is too long: 20001 characters of at most 20000."),
        ({"prompt": "a \udcff cat"}, "Prompt holds a broken character"),
        ({"negative_prior": "\ud83d"}, "holds a broken character"),
        ({"count": 0}, "Pictures must lie between 1 and 64"),
        ({"count": MOST_PICTURES + 1}, "Pictures must lie between"),
        ({"model": "m" * 1001}, "Model is too long"),
    ],
)
def test_a_request_that_cannot_be_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        text_to_image(**({"prompt": "a cat"} | changes))
    assert sentence in str(refused.value)


@given(some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=99))
def test_any_other_text_is_a_prompt(text: str) -> None:
    if text.strip():
        assert text_to_image(text).words == text


@pytest.mark.parametrize("kind", [Sampling, Paint, Settings])
def test_every_declared_field_is_told_in_words(kind: Any) -> None:
    for name, about in declared(kind).items():
        assert about.label, name
        assert about.low < about.high, name
        assert not about.help or about.help.endswith((".", ")")), name


def test_schedulers_have_a_name_and_a_line_each() -> None:
    assert len({one.value for one in SCHEDULERS}) == len({one.label for one in SCHEDULERS}) == 16
    assert all(one.help for one in SCHEDULERS)


@pytest.mark.parametrize(
    ("number", "said"),
    [(2.0, "2"), (0.1 + 0.2, "0.3"), (4294967295, "4294967295"), (-0.5, "-0.5"), (1e-07, "1e-07")],
)
def test_a_number_is_said_in_one_way(number: float, said: str) -> None:
    assert short_number(number) == said


@given(some.integers(0, SEEDS - 1), some.integers(0, MOST_PICTURES - 1))
def test_each_picture_has_seeds_of_its_own(seed: int, index: int) -> None:
    sampling = Sampling(prior_seed=seed, seed=seed)
    request = text_to_image("a cat", count=MOST_PICTURES, sampling=sampling)
    assert request.prior_seed_of(index) == request.seed_of(index) == (seed + index) % SEEDS
    one = text_to_image("a cat", count=MOST_PICTURES, sampling=sampling, shared_prior_seed=True)
    assert one.prior_seed_of(index) == seed
    assert one.seed_of(index) == (seed + index) % SEEDS
