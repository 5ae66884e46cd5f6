"""Laying pixels over others: nothing changes where the mask is black."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.compositing import combine, differing_outside, lay
from kandinsky_desktop.raster.conversion import (
    grey_image,
    mask_layer,
    picture_image,
    picture_layer,
    put_grey,
)
from kandinsky_desktop.raster.layer import Layer


@given(some.integers(0, 999), some.floats(0, 1))
def test_accepting_changes_nothing_outside_and_all_that_differs_inside(
    seed: int, share: float
) -> None:
    random = np.random.default_rng(seed)
    picture = Layer(Size(300, 280), 4)
    picture.changing(picture.box)[...] = random.integers(0, 4, (280, 300, 4), np.uint8)
    left, top = (int(random.integers(side)) for side in (290, 270))
    box = Box(left, top, int(random.integers(left, 301)), int(random.integers(top, 281)))
    shape = (box.size.height, box.size.width)
    painted = random.integers(0, 4, (*shape, 4), np.uint8)
    inside = random.random(shape) < share
    composite = random.integers(1, 256, shape, np.uint8) * inside
    before = picture.pixels.copy()
    changed, outside = lay(picture, box, painted, composite)
    expected = before.copy()
    expected[box.top : box.bottom, box.left : box.right][inside] = painted[inside]
    assert (picture.pixels == expected).all()
    assert (changed, outside) == (int((expected != before).any(2).sum()), 0)


def test_what_a_result_changed_outside_is_counted() -> None:
    one, mask = np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9), np.uint8)
    other = one.copy()
    other[2:5, 2:5, 1] = 7
    mask[2, 2:5] = 1
    assert differing_outside(one, other, mask) == 6


def test_shapes_are_added_taken_away_cut_and_put_in_place() -> None:
    before = np.array([[0, 100, 255]], np.uint8)
    shape = np.array([[50, 200, 100]], np.uint8)
    results = {
        "add": [50, 200, 255],
        "subtract": [0, 55, 155],
        "intersect": [0, 100, 100],
        "replace": [50, 200, 100],
    }
    for how, expected in results.items():
        mask = before.copy()
        combine(mask, shape, how)  # type: ignore[arg-type]
        assert mask.tolist() == [expected]


@given(some.integers(1, 70), some.integers(1, 1100), some.booleans())
def test_pictures_become_layers_and_come_back_as_they_were(
    wide: int, tall: int, transparent: bool
) -> None:
    random = np.random.default_rng(wide * tall)
    colours = Image.fromarray(random.integers(0, 256, (tall, wide, 3), np.uint8))
    alpha = Image.fromarray(random.integers(0, 255, (tall, wide), np.uint8))
    layer = picture_layer(colours, alpha if transparent else None)
    assert layer.alpha == transparent
    back = picture_image(layer.pixels, alpha=layer.alpha)
    if transparent:
        assert back.getchannel("A").tobytes() == alpha.tobytes()
        back = back.convert("RGB")
    assert back.tobytes() == colours.tobytes()


def test_an_alpha_that_hides_nothing_is_none() -> None:
    colours = Image.new("RGB", (5, 5), "red")
    assert not picture_layer(colours, Image.new("L", (5, 5), 255)).alpha


def test_masks_become_layers_and_come_back_as_they_were() -> None:
    grey = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 270), np.uint8))
    assert grey_image(mask_layer(grey).pixels).tobytes() == grey.tobytes()


def test_tiles_that_stay_black_are_not_touched() -> None:
    layer, touched = Layer(Size(600, 300)), list[tuple[int, int]]()
    layer.remember = touched.append
    pixels = np.zeros((300, 600), np.uint8)
    pixels[280, 300] = 5
    put_grey(layer, layer.box, pixels)
    assert touched == [(1, 1)]
