"""Sizes and defaults follow the model."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import Size, fitted, sizes_for, sketch_of, snap
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.model import Model, check_fits
from kandinsky_desktop.domain.request import Paint, Sampling
from tests.fakes import text_to_image
from tests.trees import EVERY, FULL


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.name)
def test_the_sizes_offered_can_be_painted_and_lie_near_the_native_one(model: Model) -> None:
    sizes = sizes_for(model)
    assert sizes[0] == Size(model.native, model.native)
    assert len(set(sizes)) == len(sizes)
    for size in sizes:
        assert size.width % model.multiple == size.height % model.multiple == 0
        assert size.width * size.height == pytest.approx(model.native**2, rel=0.25)
        assert max(size.width, size.height) <= model.largest
        sampling = replace(model.profile.sampling, width=size.width, height=size.height)
        check_fits(text_to_image("a cat", sampling=sampling), model)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.name)
def test_its_own_defaults_fit_it(model: Model) -> None:
    assert fitted(model.profile.sampling, model) == model.profile.sampling
    assert len(model.profile.prompts) == 5


def test_full_kandinsky_is_offered_in_the_usual_ratios() -> None:
    sizes = {str(size) for size in sizes_for(FULL)}
    assert {"768 × 768", "896 × 640", "640 × 896", "1024 × 576", "576 × 1024"} <= sizes


@given(some.sampled_from(EVERY), some.floats(0, 10_000))
def test_any_side_snaps_to_the_nearest_that_can_be_painted(model: Model, pixels: float) -> None:
    side = snap(pixels, model)
    assert side % model.multiple == 0
    assert model.multiple <= side <= model.largest
    if model.multiple <= pixels <= model.largest:
        assert abs(side - pixels) <= model.multiple / 2


@given(some.sampled_from(EVERY), some.integers(16, 4096), some.integers(16, 4096))
def test_what_is_fitted_fits(model: Model, width: int, height: int) -> None:
    sampling = fitted(Sampling(width=width, height=height, steps=1000, prior_steps=1000), model)
    check_fits(text_to_image("a cat", sampling=sampling), model)
    assert sampling.steps == sampling.prior_steps == model.profile.most_steps


def test_a_size_turns() -> None:
    assert Size(3, 2).swapped == Size(2, 3)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.name)
def test_a_sketch_is_small_and_quick_and_fits_the_model(model: Model) -> None:
    side = model.multiple * 4
    whole = Paint(
        conditioning=Prompt("a cat"),
        count=3,
        sampling=Sampling(width=side * 2, height=side, steps=90),
    )
    sketch = sketch_of(whole, model)
    check_fits(sketch, model)
    assert sketch.sampling.width <= whole.sampling.width
    assert sketch.sampling.width > sketch.sampling.height
    assert sketch.sampling.steps == model.profile.sketch_steps <= 12
    assert sketch.count == 1
    assert sketch_of(sketch, model) == sketch
