"""Kandinskys are recognised by their configs, and what belongs together is put together."""

from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky2.recognise import recognise, survey
from kandinsky_desktop.domain.families.recognisers import survey as survey_all
from kandinsky_desktop.domain.model import Tree
from tests.trees import (
    FULL,
    OLD,
    OLD_RELATIVE,
    RELATIVE,
    STARTER,
    beside,
    decoder,
    full_21,
    full_22,
    named,
    prior,
    starter,
)

ROOT = Path("/models/mine")


def problem(tree: Tree) -> str:
    with pytest.raises(ModelProblem) as found:
        recognise(ROOT, tree)
    return str(found.value)


def without(tree: Tree, place: str) -> dict[str, Any]:
    return {one: config for one, config in tree.items() if one != place}


def test_what_the_configs_say_is_known_of_a_model() -> None:
    assert (STARTER.width, STARTER.factor, STARTER.multiple) == (192, 4, 32)
    assert (STARTER.native, STARTER.largest, STARTER.token_limit) == (128, 256, 32)
    assert (FULL.width, FULL.factor, FULL.multiple) == (1280, 8, 64)
    assert (FULL.native, FULL.largest, FULL.token_limit) == (768, 1536, 77)
    assert FULL.channels == {"unet": 384, "movq": 128}
    assert (OLD.native, OLD.largest, OLD.decoder_prompt_limit) == (768, 1024, 77)
    assert FULL.decoder_prompt_limit == 0
    assert {STARTER.family, FULL.family, OLD.family} == {"kandinsky2"}


def test_a_model_is_known_by_its_topology_and_not_by_its_name() -> None:
    assert named("x", starter()).profile.title == "Starter model"
    assert named("x", full_22()).profile.title == "Kandinsky 2.2"
    assert named("x", full_21()).profile.title == "Kandinsky 2.1"
    assert RELATIVE.profile.title == RELATIVE.name


def test_an_unknown_relative_begins_as_its_family_does() -> None:
    assert OLD_RELATIVE.profile.sampling.scheduler == "DDIMScheduler"
    assert OLD_RELATIVE.profile.note == "An unknown relative of Kandinsky 2.1."
    assert RELATIVE.profile.sampling.scheduler == "DDPMScheduler"


def test_all_that_is_loaded_has_a_role() -> None:
    whole = named("whole", full_22(inpaint=decoder(channels=9), depth=decoder(channels=8)))
    folders = {role: one.folder.as_posix() for role, one in whole.components.items()}
    assert folders == {
        "prior": "whole/prior/prior",
        "text_encoder": "whole/prior/text_encoder",
        "tokenizer": "whole/prior/tokenizer",
        "prior scheduler": "whole/prior/scheduler",
        "image_encoder": "whole/prior/image_encoder",
        "image_processor": "whole/prior/image_processor",
        "unet": "whole/decoder/unet",
        "movq": "whole/decoder/movq",
        "scheduler": "whole/decoder/scheduler",
        "inpaint unet": "whole/inpaint/unet",
        "inpaint unet scheduler": "whole/inpaint/scheduler",
        "depth unet": "whole/depth/unet",
        "depth unet scheduler": "whole/depth/scheduler",
    }
    every = {
        "prior",
        "embeddings",
        "inpainting",
        "whole pictures",
        "pictures",
        "depth",
        "led pictures",
    }
    assert whole.features == every
    assert not whole.problems
    assert STARTER.components["black"].kind == "file"


def test_what_only_21_reads_has_roles_too() -> None:
    old = named("old", full_21(inpaint=decoder("2.1", channels=9, width=768)))
    kinds = {role: one.kind for role, one in old.components.items()}
    assert kinds["decoder_text_encoder"] == "decoder_text_encoder"
    assert kinds["decoder_tokenizer"] == "decoder_tokenizer"
    assert kinds["ddpm scheduler"] == kinds["inpaint unet ddpm scheduler"] == "scheduler"
    assert {"decoder prompt", "old noise"} <= old.features
    assert not {"decoder prompt", "old noise", "depth"} & FULL.features


@pytest.mark.parametrize("tree", [{}, {".": {}, "photos": {}, "photos/2026": {}}])
def test_other_folders_are_no_models_and_no_problem(tree: Tree) -> None:
    assert recognise(ROOT, tree) is None


@pytest.mark.parametrize("first", ["a-prior", "z-prior"])
def test_21_and_22_side_by_side_are_two_models(first: str) -> None:
    tree = {
        **beside(
            kandinsky_2_1=decoder("2.1", width=768),
            kandinsky_2_1_inpaint=decoder("2.1", width=768, channels=9),
            kandinsky_2_2_controlnet_depth=decoder(channels=8),
            kandinsky_2_2_decoder=decoder(),
            kandinsky_2_2_prior=prior(1280),
        ),
        **beside(**{first: prior(768, version="2.1")}),
    }
    old, new = survey(ROOT, tree).models
    assert (old.name, new.name) == ("mine 2.1", "mine 2.2")
    assert (old.root, new.root) == (ROOT / "kandinsky-2-1", ROOT / "kandinsky-2-2-decoder")
    assert old.components["prior"].folder == ROOT / first / "prior"
    assert old.components["inpaint unet"].folder == ROOT / "kandinsky-2-1-inpaint/unet"
    assert "inpaint unet" not in new.components
    assert new.can("depth")
    assert not survey(ROOT, tree).problems


def test_which_prior_goes_with_a_decoder_of_its_width_is_said_by_its_pipeline() -> None:
    tree = beside(
        a=prior(32, version="2.2"),
        b=prior(32, version="2.1"),
        new=decoder(width=32),
        old=decoder("2.1", width=32),
    )
    new, old = survey(ROOT, tree).models
    assert new.components["prior"].folder == ROOT / "a/prior"
    assert old.components["prior"].folder == ROOT / "b/prior"


def test_two_of_a_version_are_told_apart_by_their_width() -> None:
    tree = beside(a=prior(192), b=prior(1280), c=decoder(width=192), d=decoder())
    assert [model.name for model in survey(ROOT, tree).models] == ["mine 2.2 192", "mine 2.2 1280"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"another": decoder()}, "decoder is left out: /models/mine/another is a decoder"),
        ({"old": decoder("2.1", width=768)}, "old is left out: it is a decoder of Kandinsky 2.1"),
        ({"holes": decoder("2.1", channels=9, width=768)}, "is a decoder for holes of Kandinsky"),
        ({"narrow": decoder(channels=8, width=64)}, "is a decoder for depth of Kandinsky 2.2"),
        ({"b": decoder(channels=9), "c": decoder(channels=9)}, "c is left out: /models/mine/b"),
        ({"zwei": prior(768)}, "zwei is left out: it is a prior whose meanings have 768 numbers"),
    ],
)
def test_what_is_left_over_is_said(more: dict[str, Tree], words: str) -> None:
    found = survey(ROOT, full_22(**more))
    (said,) = found.problems
    assert words in said
    (model,) = found.models
    assert model.name == "mine"
    assert not model.can("depth")


def test_a_prior_and_a_decoder_must_belong_together() -> None:
    tree = beside(prior=prior(768), decoder=decoder(width=192))
    assert "do not belong together: their meanings have 768 and 192 numbers" in problem(tree)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (beside(prior=prior(1280)), "has a prior but no decoder"),
        (beside(prior=prior(1280), x=decoder(channels=9)), "has a prior but no decoder"),
        (beside(x=decoder()), "has a decoder but no prior"),
        (beside(x=decoder(channels=8)), "has a depth but no decoder"),
        (prior(1280), "is a part of Kandinsky 2 by itself"),
        (decoder("2.1"), "is a part of Kandinsky 2 by itself"),
    ],
)
def test_half_a_model_is_told(tree: Tree, words: str) -> None:
    assert words in problem(tree)
    assert words in " ".join(survey_all(ROOT, tree).problems)


@pytest.mark.parametrize(
    "place",
    [
        "prior/text_encoder",
        "prior/tokenizer",
        "prior/scheduler",
        "decoder/movq",
        "decoder/scheduler",
        "decoder/text_encoder",
        "decoder/tokenizer",
    ],
)
def test_a_missing_part_is_named(place: str) -> None:
    home, part = place.split("/")
    assert f"{ROOT / home} lacks its folder {part}." in problem(without(full_21(), place))


def test_what_a_model_does_without_may_be_missing() -> None:
    tree = without(full_22(), "prior/image_encoder")
    assert not named("blind", without(tree, "prior/image_processor")).problems
    bleary = named("bleary", without(full_22(), "prior/image_processor"))
    assert not bleary.can("pictures")
    assert "image_encoder" in bleary.components  # a neutral negative takes no more
    (said,) = bleary.problems
    assert "bleary/prior lacks its folder image_processor" in said
    assert (
        "ddpm scheduler" not in named("x", without(full_21(), "decoder/ddpm_scheduler")).components
    )


WRONG: list[Any] = ["many", 0, -1, True, 1.5, [], {}, 2**30, [[]], [0]]


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("prior/prior", "embedding_dim"),
        ("decoder/unet", "encoder_hid_dim"),
        ("decoder/unet", "block_out_channels"),
        ("decoder/movq", "block_out_channels"),
        ("decoder/unet", "sample_size"),
        ("prior/text_encoder", "max_position_embeddings"),
    ],
)
def test_a_config_with_the_wrong_kind_of_value_names_its_file(
    place: str, key: str, value: object
) -> None:
    tree = full_22()
    tree[place] = tree[place] | {key: value}
    (said,) = survey(ROOT, tree).problems
    assert f"{ROOT / place / 'config.json'}: {key} must be" in said


@pytest.mark.parametrize("key", ["embedding_dim", "encoder_hid_dim", "block_out_channels"])
def test_a_config_that_says_too_little_names_its_file(key: str) -> None:
    tree = full_22()
    place = next(place for place, config in tree.items() if key in config)
    del tree[place][key]
    assert f"{ROOT / place / 'config.json'} lacks {key}" in problem(tree)


@pytest.mark.parametrize("value", [None, *WRONG])
@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("decoder/unet", "addition_embed_type"),
        ("decoder/unet", "in_channels"),
        ("decoder/unet", "_class_name"),
        ("prior", "_class_name"),
        ("prior/tokenizer", "model_max_length"),
    ],
)
def test_what_a_model_is_recognised_by_may_hold_anything(
    place: str, key: str, value: object
) -> None:
    tree = full_22()
    tree[place] = tree[place] | {key: value}
    found = survey(ROOT, tree)
    assert found.models or found.problems == (
        f"{ROOT} has a prior but no decoder: put the decoder's folder beside it.",
    )


@pytest.mark.parametrize("sample_size", [1, 10_000])
def test_a_model_of_no_size_that_can_be_asked_for_is_told(sample_size: int) -> None:
    tree = beside(prior=prior(32), x=decoder(width=32, levels=(8,), sample_size=sample_size))
    assert "cannot be asked for here" in problem(tree)
