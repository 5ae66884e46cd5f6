"""Sizes and defaults follow the model."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import (
    ModelFacts,
    Size,
    check_fits,
    decoder_for,
    fitted,
    sizes_for,
    sketch_of,
    snap,
    suited,
    traits_of,
    washed_out,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.meaning import Picture, Words
from kandinsky_desktop.domain.request import Paint, Sampling, text_to_image
from kandinsky_desktop.domain.schedulers import LABELS, most_steps
from kandinsky_desktop.domain.start import Depth, Expand, Fill, FromPicture

STARTER = ModelFacts(
    name="starter",
    root=Path("starter"),
    prior=Path("starter/prior"),
    decoder=Path("starter/decoder"),
    version="2.2",
    embedding_dim=192,
    channels=(32, 64, 112, 160),
    sample_size=32,
    movq_factor=4,
    token_limit=32,
    image_encoder=True,
    image_processor=True,
    zero_embedding=True,
    size_bytes=22_000_000,
)
FULL = replace(
    STARTER,
    name="Kandinsky 2.2",
    embedding_dim=1280,
    channels=(384, 768, 1152, 1536),
    sample_size=64,
    movq_factor=8,
    token_limit=77,
)
RELATIVE = replace(FULL, name="a relative", channels=(16, 32, 32, 32))
OLD = replace(FULL, name="Kandinsky 2.1", version="2.1", embedding_dim=768, anchor_limit=77)
OLD_RELATIVE = replace(OLD, name="an old relative", channels=(16, 32))
EVERY = [STARTER, FULL, RELATIVE, OLD, OLD_RELATIVE]

CAT, HOLE, NEAR = Path("cat.png"), Path("hole.png"), Path("near.png")
DEEP = Depth(path=NEAR)
FILL = Fill(path=CAT, masks=(HOLE,))


@pytest.mark.parametrize("facts", EVERY, ids=lambda facts: facts.name)
def test_the_sizes_offered_can_be_painted_and_lie_near_the_native_one(facts: ModelFacts) -> None:
    traits = traits_of(facts)
    sizes = sizes_for(facts, traits)
    assert sizes[0] == Size(traits.native, traits.native)
    assert len(set(sizes)) == len(sizes)
    for size in sizes:
        assert size.width % facts.multiple == size.height % facts.multiple == 0
        assert size.width * size.height == pytest.approx(traits.native**2, rel=0.25)
        assert max(size.width, size.height) <= traits.largest
        sampling = replace(traits.sampling, width=size.width, height=size.height)
        check_fits(text_to_image("a cat", sampling=sampling), facts)


@pytest.mark.parametrize("facts", EVERY, ids=lambda facts: facts.name)
def test_its_own_defaults_fit_it(facts: ModelFacts) -> None:
    traits = traits_of(facts)
    assert fitted(traits.sampling, facts, traits) == traits.sampling
    assert len(traits.prompts) == 5


def test_a_model_is_known_by_its_topology_and_not_by_its_name() -> None:
    assert traits_of(replace(STARTER, name="x")).title == "Starter model"
    assert traits_of(replace(FULL, name="x")).title == "Kandinsky 2.2"
    assert traits_of(replace(RELATIVE, name="x")).title == "x"
    assert traits_of(STARTER).native == 128
    assert traits_of(FULL).native == 768
    assert (STARTER.multiple, FULL.multiple) == (32, 64)


def test_full_kandinsky_is_offered_in_the_usual_ratios() -> None:
    sizes = {str(size) for size in sizes_for(FULL, traits_of(FULL))}
    assert {"768 × 768", "896 × 640", "640 × 896", "1024 × 576", "576 × 1024"} <= sizes


@given(some.sampled_from(EVERY), some.floats(0, 10_000))
def test_any_side_snaps_to_the_nearest_that_can_be_painted(
    facts: ModelFacts, pixels: float
) -> None:
    traits = traits_of(facts)
    side = snap(pixels, facts, traits)
    assert side % facts.multiple == 0
    assert facts.multiple <= side <= traits.largest
    if facts.multiple <= pixels <= traits.largest:
        assert abs(side - pixels) <= facts.multiple / 2


@given(some.sampled_from(EVERY), some.integers(16, 4096), some.integers(16, 4096))
def test_what_is_fitted_fits(facts: ModelFacts, width: int, height: int) -> None:
    traits = traits_of(facts)
    sampling = fitted(
        Sampling(width=width, height=height, steps=1000, prior_steps=1000), facts, traits
    )
    check_fits(text_to_image("a cat", sampling=sampling), facts)
    assert sampling.steps == sampling.prior_steps == traits.most_steps


def test_what_does_not_fit_is_told_with_what_would() -> None:
    request = text_to_image("a cat", sampling=Sampling(width=768, height=700))
    with pytest.raises(InvalidRequest) as refused:
        check_fits(request, FULL)
    assert "Height must be a multiple of 64" in str(refused.value)
    assert "640 and 704 are" in str(refused.value)


def test_an_unknown_relative_begins_as_its_family_does() -> None:
    assert traits_of(OLD_RELATIVE).sampling.scheduler == "DDIMScheduler"
    assert traits_of(OLD_RELATIVE).note == "An unknown relative of Kandinsky 2.1."
    assert traits_of(RELATIVE).sampling.scheduler == "DDPMScheduler"


def refused(request: Paint, facts: ModelFacts) -> str:
    with pytest.raises(InvalidRequest) as refusal:
        check_fits(request, facts)
    return str(refusal.value)


def test_what_a_model_lacks_for_depth_is_told() -> None:
    request = Paint(meaning=Words("a cat"), depth=DEEP)
    assert "only models of Kandinsky 2.2 can" in refused(request, OLD)
    assert "its depth decoder is not in" in refused(request, FULL)
    pickled = replace(FULL, problems=("unet.bin is a pickle.",))
    assert refused(request, pickled).endswith("unet.bin is a pickle.")
    check_fits(request, replace(FULL, depth=Path("depth")))


def test_what_only_21_can_do_is_told() -> None:
    anchored = Paint(meaning=Words("a cat"), anchor="a dog")
    noised = Paint(meaning=Words("a cat"), start=FromPicture(path=CAT, old_noise=True))
    for request, words in (
        (anchored, "reads no anchor text"),
        (noised, "is only for models of 2.1"),
    ):
        check_fits(request, OLD)
        assert words in refused(request, FULL)


def test_pictures_want_an_image_encoder() -> None:
    blind = replace(OLD, image_encoder=False)
    assert "Copy the folder image_encoder" in refused(Paint(meaning=Picture(CAT)), blind)
    bleary = replace(OLD, image_processor=False)
    assert "Copy the folder image_processor" in refused(Paint(meaning=Picture(CAT)), bleary)
    check_fits(Paint(meaning=Words("a cat"), start=FILL), blind)


def test_the_decoder_follows_from_the_request() -> None:
    words = Words("a cat")
    grown = Paint(meaning=words, start=Expand(path=CAT, left=8))
    holed = Paint(meaning=words, start=FILL)
    whole = replace(FULL, inpaint=Path("inpaint"), depth=Path("depth"))
    assert [decoder_for(request, whole) for request in (holed, grown)] == ["inpaint"] * 2
    assert [decoder_for(request, FULL) for request in (holed, grown)] == ["decoder"] * 2
    assert decoder_for(Paint(meaning=words), whole) == "decoder"
    assert decoder_for(replace(holed, depth=DEEP), whole) == "depth"
    assert whole.decoder_of("inpaint") == Path("inpaint")


def test_a_size_turns() -> None:
    assert Size(3, 2).swapped == Size(2, 3)


@pytest.mark.parametrize("facts", EVERY, ids=lambda facts: facts.name)
def test_a_sketch_is_small_and_quick_and_fits_the_model(facts: ModelFacts) -> None:
    traits = traits_of(facts)
    side = facts.multiple * 4
    whole = Paint(
        meaning=Words("a cat"), count=3, sampling=Sampling(width=side * 2, height=side, steps=90)
    )
    sketch = sketch_of(whole, facts, traits)
    check_fits(sketch, facts)
    assert sketch.sampling.width <= whole.sampling.width
    assert sketch.sampling.width > sketch.sampling.height
    assert sketch.sampling.steps == traits.sketch_steps <= 12
    assert sketch.count == 1
    assert sketch_of(sketch, facts, traits) == sketch


@pytest.mark.parametrize("trained", [1000, 500])
@pytest.mark.parametrize("scheduler", LABELS)
def test_no_more_steps_than_the_scheduler_takes(scheduler: str, trained: int) -> None:
    facts = replace(FULL, train_timesteps=trained)
    most = most_steps(scheduler, trained)
    check_fits(text_to_image("a cat", sampling=Sampling(scheduler=scheduler, steps=most)), facts)
    if most == 1000:
        return  # no request holds more
    more = text_to_image("a cat", sampling=Sampling(scheduler=scheduler, steps=most + 1))
    with pytest.raises(InvalidRequest) as refused:
        check_fits(more, facts)
    said = f"{LABELS[scheduler]} takes at most {most} steps, not {most + 1}."
    assert str(refused.value) == f"With Kandinsky 2.2 {said}"


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
    with pytest.raises(InvalidRequest) as refused:
        check_fits(text_to_image("a cat", sampling=sampling), STARTER)
    assert str(refused.value).startswith(begins)
    assert str(refused.value).endswith(ends)
    for facts in (FULL, OLD, RELATIVE):
        check_fits(text_to_image("a cat", sampling=sampling), facts)


def test_thresholding_that_the_scheduler_does_not_know_washes_nothing_out() -> None:
    sampling = replace(HELD_BACK, scheduler="HeunDiscreteScheduler")
    check_fits(text_to_image("a cat", sampling=sampling), STARTER)


@pytest.mark.parametrize("sampling", [P_SAMPLER, HELD_BACK])
def test_what_suits_a_model_is_as_near_as_can_be(sampling: Sampling) -> None:
    traits = traits_of(STARTER)
    suiting = suited(sampling, traits)
    assert not washed_out(suiting, STARTER)
    assert not suiting.thresholding
    assert suiting.scheduler == {"p_sampler": "DDPMScheduler"}.get(
        sampling.scheduler, sampling.scheduler
    )
    assert suited(sampling, traits_of(FULL)) == sampling


def test_a_sketch_of_it_is_not_washed_out_either() -> None:
    whole = text_to_image("a cat", sampling=replace(HELD_BACK, scheduler="HeunDiscreteScheduler"))
    check_fits(sketch_of(whole, STARTER, traits_of(STARTER)), STARTER)
