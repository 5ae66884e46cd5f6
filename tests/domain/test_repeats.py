"""Whether Generate would make what is there already."""

from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.repeats import all_painted, is_repeat, painted
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from tests.fakes import request

FOUR = request("a cat", count=4, prior_seed=10, seed=20)
KNOWN = set(all_painted(FOUR))


def seeded(prior_seed: int, seed: int, count: int = 1, words: str = "a cat") -> Paint:
    return request(words, count=count, prior_seed=prior_seed, seed=seed)


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        (FOUR, True),
        (seeded(12, 22), True),  # the third alone
        (seeded(11, 21, count=2), True),
        (seeded(11, 21, count=4), False),  # the last one is new
        (seeded(12, 23), False),
        (seeded(13, 22), False),
        (seeded(12, 22, words="a dog"), False),
        (replace(seeded(12, 22), sampling=replace(FOUR.sampling, steps=9)), False),
    ],
)
def test_it_is_a_repeat_if_each_picture_is_known(asked: Paint, again: bool) -> None:
    assert is_repeat(asked, KNOWN) is again


def test_an_idea_seed_that_has_no_effect_makes_no_other_picture() -> None:
    by_picture = replace(FOUR, conditioning=ImagePrompt(Path("cat.png")), count=1)
    other = replace(by_picture, sampling=replace(by_picture.sampling, prior_seed=99))
    assert is_repeat(other, all_painted(by_picture))
    led = replace(by_picture, conditioning=ImagePrompt(Path("cat.png"), "red", strength=0.5))
    assert not is_repeat(
        replace(led, sampling=replace(led.sampling, prior_seed=99)), all_painted(led)
    )


def test_of_chosen_ideas_the_best_is_the_same_however_many_are_wanted() -> None:
    chosen = request("a cat", count=2, candidates=8, prior_seed=10, seed=20)
    best = request("a cat", candidates=8, prior_seed=10, seed=20)
    assert painted(best, 0) == painted(chosen, 0)
    assert painted(chosen, 0) != painted(chosen, 1)


def test_each_mask_makes_its_own_picture() -> None:
    masks = (Path("a.png"), Path("b.png"))
    both = request("a cat", count=2, seed=20, task=Inpaint(path=Path("cat.png"), masks=masks))
    second = painted(both, 1).alone
    assert second.task == Inpaint(path=Path("cat.png"), masks=masks[1:])
    assert is_repeat(second, all_painted(both))
