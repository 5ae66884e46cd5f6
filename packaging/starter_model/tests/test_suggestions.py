"""The first screen's prompts: all can be painted, and the nearer picture is told from the other."""
# ruff: noqa: D103

import re
from pathlib import Path

import pytest
import torch
from starter import mixtures, suggestions
from starter.scenes import WHITE, Kind
from starter.world import COLOUR_NAMES, OWN_COLOUR, subjects
from torch import Tensor

from kandinsky_desktop.domain.families.kandinsky2.profile import STARTER_PROMPTS

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("prompt", STARTER_PROMPTS)
def test_each_prompt_asks_for_a_thing_that_the_model_knows(prompt: str) -> None:
    assert suggestions.wish_of(prompt).prompt == prompt


@pytest.mark.parametrize(
    ("prompt", "colour", "ground"),
    [
        ("a cat", "", "white"),
        ("a red cat", "red", "white"),
        ("a tiger on a light blue background", "", "light blue"),
        ("an orange apple on a green background", "orange", "green"),
    ],
)
def test_a_prompt_is_read_as_it_was_written(prompt: str, colour: str, ground: str) -> None:
    scene = suggestions.wish_of(prompt).scene
    assert subjects()[scene.first.subject].name in prompt
    assert scene.first.colour == (COLOUR_NAMES.index(colour) if colour else OWN_COLOUR)
    assert scene.background == COLOUR_NAMES.index(ground)
    assert (scene.kind is Kind.THING) == (not colour and scene.background == WHITE)


def test_what_it_does_not_know_is_said() -> None:
    with pytest.raises(ValueError, match="a wombat"):
        suggestions.wish_of("a wombat")


def test_the_first_prompt_of_the_readme_is_one_of_them() -> None:
    found = re.search(r'PROMPT="([^"]+)"', (ROOT / "README.md").read_text("utf-8"))
    assert found is not None
    assert found[1] in STARTER_PROMPTS


def test_a_spot_beside_the_thing_counts_against_a_picture() -> None:
    cover = torch.zeros(64, 64, dtype=torch.bool)
    cover[20:44, 20:44] = True

    def picture(*places: tuple[slice, slice]) -> Tensor:
        made = torch.ones(3, 64, 64)
        for place in places:
            made[(slice(None), *place)] = -1
        return made

    thing, spot = (slice(20, 44), slice(20, 44)), (slice(2, 10), slice(2, 10))
    assert suggestions.apart([0.5, 0.4], [picture(thing), picture(thing, spot)], cover) == [
        0.5,
        pytest.approx(1.4),
    ]
    assert mixtures.is_clean(picture(thing), cover)
