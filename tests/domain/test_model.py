"""What a model can do, and what is said of what it cannot."""

from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain.catalog import sketch_of
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
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.model import (
    LACKS,
    OPTIONAL,
    Model,
    check_fits,
    suited,
    unet_for,
    wanted,
    washed_out,
)
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.schedulers import LABELS, most_steps
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint
from tests.fakes import text_to_image
from tests.trees import DIFFUSION, EVERY, FULL, OLD, RELATIVE, STARTER, decoder, full_22, named

CAT, HOLE = Path("cat.png"), Path("hole.png")
DEEP = Depth(path=Path("near.png"))
FILL = Inpaint(path=CAT, masks=(HOLE,))
WHOLE = named(
    "whole", full_22(inpaint=decoder(channels=9), depth=decoder(channels=8), other=decoder())
)


def refused(request: Paint, model: Model) -> str:
    with pytest.raises(InvalidRequest) as refusal:
        check_fits(request, model)
    return str(refusal.value)


def test_what_does_not_fit_is_told_with_what_would() -> None:
    request = text_to_image("a cat", sampling=Sampling(width=768, height=700))
    said = refused(request, FULL)
    assert "Height must be a multiple of 64" in said
    assert "640 and 704 are" in said


def test_what_a_model_lacks_for_depth_is_told() -> None:
    request = Paint(conditioning=Prompt("a cat"), depth=DEEP)
    assert "only models of Kandinsky 2.2 can" in refused(request, OLD)
    assert "only models of Kandinsky 2.2 can" in refused(request, DIFFUSION)
    assert "its depth decoder is not in" in refused(request, FULL)
    pickled = WHOLE.without("depth unet", "unet.bin is a pickle.")
    assert refused(request, pickled).endswith("unet.bin is a pickle.")
    check_fits(request, WHOLE)


def test_what_only_21_can_do_is_told() -> None:
    prompted = Paint(conditioning=Prompt("a cat"), decoder_prompt="a dog")
    noised = Paint(conditioning=Prompt("a cat"), task=Img2Img(path=CAT, old_noise=True))
    for request, words in (
        (prompted, "reads no anchor text"),
        (noised, "is only for models of 2.1"),
    ):
        check_fits(request, OLD)
        assert words in refused(request, FULL)
        assert words in refused(request, DIFFUSION)


def test_pictures_want_an_image_encoder() -> None:
    request = Paint(conditioning=ImagePrompt(CAT))
    blind = OLD.without("image_encoder", "It breaks off.")
    assert "Copy the folder image_encoder" in refused(request, blind)
    assert refused(request, blind).endswith("It breaks off.")
    bleary = OLD.without("image_processor", "")
    assert "Copy the folder image_processor" in refused(request, bleary)
    check_fits(Paint(conditioning=Prompt("a cat"), task=FILL), blind)
    itself = Paint(conditioning=ImagePrompt(CAT), task=FILL)  # a hole, filled without words
    for model in (blind, DIFFUSION):
        assert refused(itself, model).endswith("Type what you want to see there.")
    check_fits(itself, OLD)


@pytest.mark.parametrize(
    ("meaning", "words"),
    [
        (ImagePrompt(CAT), "no image encoder"),
        (ImagePrompt(CAT, "a dog"), "no image encoder"),
        (ImageEmbedding(CAT), "led by words alone"),
        (Mix(ingredients=(Ingredient(Prompt("a cat")),)), "led by words alone"),
        (Interpolation(start=Prompt("a cat"), end=Prompt("a dog")), "led by words alone"),
        (Prompt("a cat", "a dog"), "has no prior"),
    ],
)
def test_a_model_that_only_words_lead_says_so(meaning: Conditioning, words: str) -> None:
    request = Paint(conditioning=meaning, sampling=DIFFUSION.profile.sampling)
    assert words in refused(request, DIFFUSION)
    check_fits(request, FULL)
    check_fits(replace(request, conditioning=Prompt("a cat")), DIFFUSION)


def test_a_request_wants_what_any_part_of_it_wants() -> None:
    four = (Prompt("a cat"), ImagePrompt(CAT), ImageEmbedding(CAT), Prompt("a dog"))
    sheet = Paint(conditioning=Grid(corners=four), count=25)
    whole = {"whole pictures"}
    assert set(wanted(sheet)) == {"embeddings", "pictures"} | whole
    away = Paint(conditioning=Prompt("a cat"), negative=ImagePrompt(CAT), task=FILL)
    assert set(wanted(away)) == {"pictures", "inpainting"}
    assert set(wanted(Paint(conditioning=Prompt("a cat"), candidates=9))) == {"prior"} | whole
    assert set(wanted(text_to_image("a cat", negative_decoder="a dog"))) == whole


def test_the_u_net_follows_from_the_request() -> None:
    words = Prompt("a cat")
    grown = Paint(conditioning=words, task=Outpaint(path=CAT, left=8))
    holed = Paint(conditioning=words, task=FILL)
    assert [unet_for(request, WHOLE) for request in (holed, grown)] == ["inpaint unet"] * 2
    assert [unet_for(request, FULL) for request in (holed, grown)] == ["unet"] * 2
    assert unet_for(Paint(conditioning=words), WHOLE) == "unet"
    assert unet_for(replace(holed, depth=DEEP), WHOLE) == "depth unet"


@pytest.mark.parametrize("role", OPTIONAL)
def test_an_optional_role_is_left_out_with_all_that_belongs_to_it(role: str) -> None:
    without = WHOLE.without(role, "It is damaged.")
    gone = set(WHOLE.components) - set(without.components)
    assert gone <= {role, f"{role} scheduler", f"{role} ddpm scheduler"}
    assert not [one for one in without.components if one.startswith(role)]
    assert OPTIONAL[role] not in without.features
    assert without.problems[-1] == "It is damaged."


def test_each_feature_has_a_sentence_and_each_model_a_hash() -> None:
    for model in EVERY:
        assert model.features <= set(LACKS)
        assert {model: 1}[replace(model, components=dict(model.components))] == 1
        for feature in LACKS:
            assert model.name in model.refusal(feature)


@pytest.mark.parametrize("trained", [1000, 500])
@pytest.mark.parametrize("scheduler", LABELS)
def test_no_more_steps_than_the_scheduler_takes(scheduler: str, trained: int) -> None:
    model = replace(FULL, train_timesteps=trained)
    most = most_steps(scheduler, trained)
    check_fits(text_to_image("a cat", sampling=Sampling(scheduler=scheduler, steps=most)), model)
    if most == 1000:
        return  # no request holds more
    more = text_to_image("a cat", sampling=Sampling(scheduler=scheduler, steps=most + 1))
    with pytest.raises(InvalidRequest) as refusal:
        check_fits(more, model)
    said = f"{LABELS[scheduler]} takes at most {most} steps, not {most + 1}."
    assert str(refusal.value) == f"With Kandinsky 2.2 {said}"


P_SAMPLER = Sampling(scheduler="p_sampler", width=64, height=64)
HELD_BACK = Sampling(scheduler="DDIMScheduler", thresholding=True, width=64, height=64)


@pytest.mark.parametrize(
    ("sampling", "begins", "ends"),
    [
        (P_SAMPLER, "Original p_sampler washes out what starter paints", "another scheduler."),
        (HELD_BACK, "Dynamic thresholding washes out what starter paints", "switch it off."),
    ],
)
def test_what_would_wash_out_a_models_pictures_is_refused(
    sampling: Sampling, begins: str, ends: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_fits(text_to_image("a cat", sampling=sampling), STARTER)
    assert str(refusal.value).startswith(begins)
    assert str(refusal.value).endswith(ends)
    for model in (FULL, OLD, RELATIVE):
        check_fits(text_to_image("a cat", sampling=sampling), model)


def test_thresholding_that_the_scheduler_does_not_know_washes_nothing_out() -> None:
    sampling = replace(HELD_BACK, scheduler="HeunDiscreteScheduler")
    check_fits(text_to_image("a cat", sampling=sampling), STARTER)


@pytest.mark.parametrize("sampling", [P_SAMPLER, HELD_BACK])
def test_what_suits_a_model_is_as_near_as_can_be(sampling: Sampling) -> None:
    suiting = suited(sampling, STARTER.profile)
    assert not washed_out(suiting, STARTER)
    assert not suiting.thresholding
    assert suiting.scheduler == {"p_sampler": "DDPMScheduler"}.get(
        sampling.scheduler, sampling.scheduler
    )
    assert suited(sampling, FULL.profile) == sampling


def test_a_sketch_of_it_is_not_washed_out_either() -> None:
    whole = text_to_image("a cat", sampling=replace(HELD_BACK, scheduler="HeunDiscreteScheduler"))
    check_fits(sketch_of(whole, STARTER), STARTER)
