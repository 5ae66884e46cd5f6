"""Stamping a brush: the laws of painting by the larger and erasing by the smaller."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.strokes import Dab
from kandinsky_desktop.raster.brush_tips import stamp, tip_for
from kandinsky_desktop.raster.layer import Layer, Pixels, box_of

SIDE = 96
places = some.floats(-20, SIDE + 20)
dabs = some.lists(
    some.builds(Dab, places, places, some.floats(1, 60), some.floats(0.02, 1)), max_size=6
)
shares = some.floats(0, 1)


def painted(
    before: Pixels, dabs: list[Dab], hardness: float, *, erase: bool = False
) -> tuple[Pixels, Box | None]:
    layer = Layer(Size(SIDE, SIDE))
    layer.changing(layer.box)[...] = before
    box = stamp(layer, dabs, hardness=hardness, erase=erase)
    return layer.pixels, box


def noise(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8)


@given(dabs, shares, some.randoms(), some.booleans())
def test_the_order_of_dabs_does_not_matter(
    dabs: list[Dab], hardness: float, shuffled: random.Random, erase: bool
) -> None:
    other = dabs.copy()
    shuffled.shuffle(other)
    one = painted(noise(1), dabs, hardness, erase=erase)
    assert (painted(noise(1), other, hardness, erase=erase)[0] == one[0]).all()


@given(dabs, shares)
def test_a_stroke_never_exceeds_its_opacity(dabs: list[Dab], hardness: float) -> None:
    most = max((dab.opacity for dab in dabs), default=0)
    after, _box = painted(np.zeros((SIDE, SIDE), np.uint8), dabs, hardness)
    assert after.max() <= 255 * most + 1e-6


@given(dabs, shares, some.integers(0, 9))
def test_painting_adds_and_erasing_takes_away_alike(
    dabs: list[Dab], hardness: float, seed: int
) -> None:
    before = noise(seed)
    more, _box = painted(before, dabs, hardness)
    less, _box = painted(before, dabs, hardness, erase=True)
    assert (more >= before).all()
    assert (less <= before).all()
    assert (less == ~painted(~before, dabs, hardness)[0]).all()
    erased, _box = painted(more, dabs, hardness, erase=True)
    assert (erased <= more).all()
    assert (erased <= np.maximum(before, 255 - more)).all()  # what was full is gone


@given(dabs, shares, some.booleans())
def test_nothing_changes_outside_the_box_that_is_told(
    dabs: list[Dab], hardness: float, erase: bool
) -> None:
    before = noise(3)
    after, box = painted(before, dabs, hardness, erase=erase)
    outside = np.ones((SIDE, SIDE), bool)
    if box is not None:
        outside[box.top : box.bottom, box.left : box.right] = False
    assert (after[outside] == before[outside]).all()


@pytest.mark.parametrize("size", [1, 3, 8.5, 40, 63.5, 64, 200, 1999])
@pytest.mark.parametrize("hardness", [0, 0.5, 1])
def test_a_tip_is_round_full_in_its_middle_and_as_wide_as_its_size(
    size: float, hardness: float
) -> None:
    tip, left, top = tip_for(Dab(1000, 1000, size, 1.0), hardness)
    assert (tip == tip.T).all()
    assert not tip[0].any()
    assert not tip[-1].any()
    if size >= 3:
        assert tip[1000 - top, 1000 - left] >= 240
    if hardness == 1:
        wide = tip[1000 - top].sum() / 255
        assert wide == pytest.approx(size, abs=0.6 if size > 3 else 1)


def test_small_dabs_between_pixels_move_by_quarters() -> None:
    middles = []
    for quarter in range(4):
        layer = Layer(Size(32, 32))
        stamp(layer, [Dab(16 + quarter / 4, 16.0, 6.0, 1.0)], hardness=1.0)
        weight = layer.pixels.sum(0, dtype=float)
        middles.append((weight * (np.arange(32) + 0.5)).sum() / weight.sum())
    assert middles == pytest.approx([16, 16.25, 16.5, 16.75], abs=0.06)


def test_opacity_is_what_a_full_stroke_shows() -> None:
    after, _box = painted(np.zeros((SIDE, SIDE), np.uint8), [Dab(48, 48, 40, 0.5)], 0.5)
    assert after.max() == 127


@given(dabs, shares, some.booleans())
def test_of_a_few_dabs_the_box_is_just_around_what_changed(
    dabs: list[Dab], hardness: float, erase: bool
) -> None:
    before = noise(5)
    for dab in dabs:
        after, box = painted(before, [dab], hardness, erase=erase)
        assert box == box_of((after != before).astype(np.uint8))


def test_where_all_is_painted_a_dab_changes_nothing() -> None:
    full = np.full((SIDE, SIDE), 255, np.uint8)
    assert painted(full, [Dab(48, 48, 30, 1.0)], 0.5)[1] is None
