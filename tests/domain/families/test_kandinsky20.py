"""Kandinsky 2.0 is recognised by its configs, and what does not belong together is named."""

from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky20.recognise import PARTS, recognise
from kandinsky_desktop.domain.families.recognisers import survey
from kandinsky_desktop.domain.model import Tree
from tests.trees import OLDEST, diffusion_1, full_20, full_21, full_22

ROOT = Path("/models/mine")


def problem(tree: Tree) -> str:
    with pytest.raises(ModelProblem) as found:
        recognise(ROOT, tree)
    return str(found.value)


def test_what_the_configs_say_is_known_of_a_model() -> None:
    assert (OLDEST.native, OLDEST.multiple, OLDEST.factor) == (512, 64, 8)
    assert (OLDEST.width, OLDEST.token_limit, OLDEST.scale) == (768, 77, 0.0512)
    assert OLDEST.profile.title == "Kandinsky 2.0"
    assert (OLDEST.profile.sampling.guidance, OLDEST.profile.sampling.eta) == (10, 0.05)
    assert OLDEST.features == {"inpainting", "whole pictures"}
    assert OLDEST.components["inpaint unet"].folder == Path("Kandinsky 2.0/inpaint/unet")


def test_without_the_network_for_holes_it_is_a_model_too() -> None:
    model = recognise(ROOT, full_20(holes=False))
    assert model is not None
    assert "inpaint unet" not in model.components
    assert "inpaint unet conditioner" not in model.components
    left = OLDEST.without("inpaint unet", "It is cut off.")
    assert "inpaint unet conditioner" not in left.components


@pytest.mark.parametrize("part", [name for name, _kind in PARTS])
def test_a_part_that_is_missing_is_named(part: str) -> None:
    tree = full_20()
    del tree[part]
    assert problem(tree) == f"{ROOT} lacks its folder {part}."


@pytest.mark.parametrize(
    ("place", "values", "said"),
    [
        ("text_encoder", {"numDims": 768}, "pooled_width is 640 here, 768 there"),
        ("text_encoder", {"transformerDimensions": 512}, "text_width is 1024 here, 512 there"),
        ("text_encoder_2", {"d_model": 768}, "second_width is 512 here, 768 there"),
        ("unet", {"cross_attention_dim": 1024}, "crossing is 768 here, 1024 there"),
        ("unet", {"block_out_channels": [320, 640]}, "time_width is 1536 here, 1280 there"),
        ("conditioner", {"crossing": None}, "lacks crossing, a whole number above 0"),
    ],
)
def test_parts_that_do_not_belong_together_are_named(
    place: str, values: dict[str, Any], said: str
) -> None:
    tree = full_20()
    tree[place] |= values
    assert said in problem(tree)


def test_no_other_family_takes_it_for_its_own_and_it_takes_no_other() -> None:
    assert [model.family for model in survey(ROOT, full_20()).models] == ["kandinsky20"]
    for other in (full_21(), full_22(), diffusion_1()):
        assert recognise(ROOT, other) is None
