"""Stable Diffusion is recognised by its configs, and its relatives are named."""

from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.recognisers import RECOGNISERS
from kandinsky_desktop.domain.families.recognisers import survey as survey_all
from kandinsky_desktop.domain.families.stable_diffusion.recognise import recognise
from kandinsky_desktop.domain.model import Tree
from tests.trees import DIFFUSION, diffusion_1, full_20, full_22, named

ROOT = Path("/models/mine")


def changed(place: str, **values: Any) -> dict[str, dict[str, Any]]:
    tree = diffusion_1()
    tree[place] = {**tree[place], **values}
    return tree


def problem(tree: Tree) -> str:
    with pytest.raises(ModelProblem) as found:
        recognise(ROOT, tree)
    return str(found.value)


def test_what_the_configs_say_is_known_of_a_model() -> None:
    assert (DIFFUSION.native, DIFFUSION.multiple, DIFFUSION.factor) == (512, 64, 8)
    assert (DIFFUSION.width, DIFFUSION.token_limit, DIFFUSION.scale) == (768, 77, 0.18215)
    assert DIFFUSION.channels == {"unet": 320, "vae": 128}
    assert DIFFUSION.features == {"inpainting", "whole pictures"}
    assert DIFFUSION.profile.title == "Stable Diffusion 1"
    assert {role: one.kind for role, one in DIFFUSION.components.items()} == {
        "text_encoder": "clip_text_encoder",
        "tokenizer": "tokenizer",
        "unet": "unet",
        "vae": "vae",
        "scheduler": "scheduler",
    }


def test_a_checkpoint_for_holes_is_one_too_and_says_so() -> None:
    model = named("x", diffusion_1(9))
    assert model.profile.title == "Stable Diffusion 1, for holes"
    assert model.components["inpaint unet"] == model.components["unet"]


def test_2_predicts_another_thing_and_is_one_too() -> None:
    tree = diffusion_1()
    tree["unet"] |= {"cross_attention_dim": 1024, "sample_size": 96}
    tree["text_encoder"]["hidden_size"] = 1024
    tree["scheduler"]["prediction_type"] = "v_prediction"
    model = named("x", tree)
    assert (model.native, model.profile.title) == (768, "Stable Diffusion 2")


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (changed("unet", addition_embed_type="text_time"), "is a Stable Diffusion XL, which"),
        ({**diffusion_1(), "text_encoder_2": {}}, "is a Stable Diffusion XL, which"),
        (changed("unet", in_channels=8), "whose U-Net takes 8 channels"),
        (changed("unet", num_class_embeds=1000), "with num_class_embeds = 1000 in its U-Net"),
        (changed("unet", time_cond_proj_dim=256), "with time_cond_proj_dim = 256 in its U-Net"),
        (changed("vae", latent_channels=16), "with another autoencoder"),
        (changed("vae", _class_name="AutoencoderTiny"), "with another autoencoder"),
        (changed("text_encoder", architectures=["T5EncoderModel"]), "with another text encoder"),
        (changed("scheduler", prediction_type="sample"), "that predicts 'sample'"),
        (changed("text_encoder", hidden_size=1024), "do not belong together: one gives 1024"),
    ],
)
def test_a_relative_that_is_not_known_is_named(tree: Tree, words: str) -> None:
    assert words in problem(tree)
    assert words in " ".join(survey_all(ROOT, tree).problems)


def test_pipelines_of_other_kinds_are_named() -> None:
    (said,) = survey_all(ROOT, {".": {"_class_name": "FluxPipeline"}, "transformer": {}}).problems
    assert "holds a FluxPipeline, which is not known here" in said
    (said,) = survey_all(ROOT, {".": {"_class_name": "Kandinsky3Pipeline"}, "unet": {}}).problems
    assert "holds a Kandinsky3Pipeline" in said


@pytest.mark.parametrize("place", ["text_encoder", "tokenizer", "unet", "vae", "scheduler"])
def test_a_missing_part_is_named(place: str) -> None:
    tree = diffusion_1()
    del tree[place]
    assert f"{ROOT} lacks its folder {place}." in problem(tree)
    tree[place] = {}
    if place != "tokenizer":
        assert f"{ROOT / place} lacks its config" in problem(tree)


@pytest.mark.parametrize("value", ["many", 0, True, [], {}, 2**30])
@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("unet", "cross_attention_dim"),
        ("unet", "block_out_channels"),
        ("unet", "sample_size"),
        ("vae", "block_out_channels"),
        ("vae", "scaling_factor"),
        ("text_encoder", "hidden_size"),
        ("text_encoder", "max_position_embeddings"),
    ],
)
def test_a_config_with_the_wrong_kind_of_value_names_its_file(
    place: str, key: str, value: object
) -> None:
    assert f"{ROOT / place / 'config.json'}: {key} must be" in problem(
        changed(place, **{key: value})
    )


def test_each_family_knows_its_own_alone() -> None:
    trees = {
        "kandinsky2": full_22(),
        "kandinsky20": full_20(),
        "stable_diffusion": diffusion_1(),
    }
    assert set(trees) == set(RECOGNISERS)
    for family, tree in trees.items():
        for name, survey in RECOGNISERS.items():
            found = survey(ROOT, tree)
            assert not found.problems
            assert [model.family for model in found.models] == [family] * (name == family)
