"""Colours laid over pixels: to the nearest, in order, and nothing where nothing is laid."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.raster.colours import (
    NOTHING,
    coloured,
    flattened,
    mixed,
    multiplied,
    opacity_over,
    over,
    straight,
)
from kandinsky_desktop.raster.conversion import put_sketch, sketch_image
from kandinsky_desktop.raster.layer import Layer, Pixels, halved

SHAPE = (150, 31)  # more than one strip, and an odd width


def noise(rng: np.random.Generator, *, opaque: bool = False) -> Pixels:
    """Return pixels whose colours are multiplied by their opacity."""
    pixels = rng.integers(0, 256, (*SHAPE, 4), np.uint8)
    if opaque:
        pixels[..., 3] = 255
    return multiplied(pixels)


def nearest(value: np.ndarray) -> np.ndarray:
    return np.floor(value + 0.5)


@given(some.integers(0, 2**32 - 1), some.integers(0, 255))
def test_each_result_is_the_nearest_to_what_light_does(seed: int, strength: int) -> None:
    rng = np.random.default_rng(seed)
    one, other, share = noise(rng), noise(rng), rng.integers(0, 256, SHAPE, np.uint8)
    part = share[..., None] / 255
    blue, green, red, opacity = (int(value) for value in other[0, 0])
    colour = blue, green, red, opacity
    assert (coloured(one, colour, share) == nearest(one * (1 - part) + colour * part)).all()
    assert (mixed(one, other, share) == nearest(one * (1 - part) + other * part)).all()
    upper = nearest(other * (strength / 255))
    under = nearest(one * (1 - upper[..., 3:] / 255))
    assert (over(one, other, strength) == under + upper).all()
    assert (over(one, other, strength)[..., :3] <= over(one, other, strength)[..., 3:]).all()


@given(some.integers(0, 2**32 - 1), some.lists(some.integers(0, 255), max_size=4))
def test_flattening_is_painting_in_order(seed: int, opacities: list[int]) -> None:
    """Of strokes in a sketch over a picture, beside the same strokes in the picture itself."""
    rng = np.random.default_rng(seed)
    picture = noise(rng, opaque=True)
    sketch, straightaway = np.zeros_like(picture), picture
    for opacity in opacities:
        blue, green, red = (int(value) for value in rng.integers(0, 256, 3))
        colour = blue, green, red, 255
        coverage = np.minimum(rng.integers(0, 256, SHAPE, np.uint8), np.uint8(opacity))
        coverage[rng.random(SHAPE) < 0.3] = opacity
        sketch = coloured(sketch, colour, coverage)
        straightaway = coloured(straightaway, colour, coverage)
    whole = flattened(picture, sketch, 255, alpha=False)
    apart = np.abs(whole.astype(int) - straightaway)
    assert apart.max() <= len(opacities) + 1  # each of both rounds by a half at most
    if set(opacities) <= {0, 255}:
        hard = np.isin(sketch[..., 3], (0, 255))
        assert (whole[hard] == straightaway[hard]).all() or apart[hard].max() <= len(opacities)
    assert (whole[..., 3] == 255).all()


@given(some.integers(0, 2**32 - 1))
def test_two_sketches_over_a_picture_are_one_that_was_painted_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture, lower, upper = noise(rng, opaque=True), noise(rng), noise(rng)
    in_turn = over(over(picture, lower), upper).astype(int)
    at_once = over(picture, over(lower, upper))
    assert np.abs(in_turn - at_once).max() <= 2
    both = (lower[..., 3] % 255 == 0) & (upper[..., 3] % 255 == 0)
    assert (in_turn[both] == at_once[both]).all()


@given(some.integers(0, 2**32 - 1), some.booleans())
def test_what_counts_for_nothing_changes_no_bit(seed: int, alpha: bool) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (*SHAPE, 4), np.uint8)
    if not alpha:
        picture[..., 3] = 255
    sketch = noise(rng)
    sketch[rng.random(SHAPE) < 0.5] = 0
    empty = sketch[..., 3] == 0
    assert (flattened(picture, sketch, 0, alpha=alpha) == picture).all()
    assert (flattened(picture, sketch, 200, alpha=alpha)[empty] == picture[empty]).all()
    nowhere, everywhere = np.zeros(SHAPE, np.uint8), np.full(SHAPE, 255, np.uint8)
    assert (coloured(sketch, (1, 2, 3, 255), nowhere) == sketch).all()
    assert not coloured(sketch, NOTHING, everywhere).any()
    solid = sketch[..., 3] == 255
    assert (flattened(picture, sketch, 255, alpha=alpha)[solid] == sketch[solid]).all()


@given(some.integers(0, 2**32 - 1), some.integers(1, 255))
def test_an_opacity_alone_is_that_of_what_is_flattened(seed: int, strength: int) -> None:
    rng = np.random.default_rng(seed)
    picture, sketch = rng.integers(0, 256, (*SHAPE, 4), np.uint8), noise(rng)
    sketch[rng.random(SHAPE) < 0.3] = 0
    told = opacity_over(picture[..., 3], sketch[..., 3], strength)
    assert np.array_equal(told, flattened(picture, sketch, strength, alpha=True)[..., 3])


def test_every_colour_of_every_opacity_comes_back_from_a_picture() -> None:
    opacity, colour = np.divmod(np.arange(256 * 256, dtype=np.int64), 256)
    there = colour <= opacity
    pixels = np.stack([colour, colour // 2, opacity, opacity], -1)[there].astype(np.uint8)[None]
    assert (multiplied(straight(pixels)) == pixels).all()


@given(some.integers(0, 2**32 - 1), some.integers(-40, 40), some.integers(-40, 300))
def test_a_sketch_comes_back_from_its_picture_wherever_it_lies(
    seed: int, left: int, top: int
) -> None:
    rng = np.random.default_rng(seed)
    layer = Layer(Size(90, 300), 4, premultiplied=True)
    pixels = noise(rng)
    put_sketch(layer, sketch_image(pixels), left, top)
    expected = np.zeros((300 + 2 * 300, 90 + 2 * 90, 4), np.uint8)
    expected[300 + top : 300 + top + SHAPE[0], 90 + left : 90 + left + SHAPE[1]] = pixels
    assert (layer.pixels == expected[300:600, 90:180]).all()
    for level in (1, 3):  # a smaller copy's colours stay what their opacity lets them be
        assert (layer.smaller(level)[..., :3] <= layer.smaller(level)[..., 3:]).all()
    assert (layer.smaller(1) == halved(layer.pixels)).all()
    painted = layer.painted_box()
    there = layer.pixels.view(np.uint32)[..., 0] != 0
    rows, columns = there.any(1), there.any(0)
    if painted is None:
        assert not rows.any()
    else:
        assert (painted.top, painted.bottom) == (rows.argmax(), 300 - rows[::-1].argmax())
        assert (painted.left, painted.right) == (columns.argmax(), 90 - columns[::-1].argmax())
