"""Pixels around a mask: white is painted anew, and what is not is left to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageChops

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.engine import masks
from tests.engine.sides import mask, picture

FILLS = ("keep", "blur", "neutral", "border", "noise")


@given(some.integers(1, 30), some.integers(1, 30), some.integers(0, 40), some.integers(0, 40))
def test_what_the_composite_does_not_hold_is_the_source_to_the_bit(
    wide: int, high: int, grow: int, feather: int
) -> None:
    source, painted = picture(80, 64, seed=1), picture(80, 64, seed=2)
    both = masks.prepare(
        mask((9, 5, 9 + wide, 5 + high), 80, 64), source, grow=grow, feather=feather
    )
    result = masks.put_back(source, painted, both.composite)
    assert masks.changed_outside(source, result, both.composite) == 0
    outside = np.asarray(both.denoise) == 0
    assert not np.asarray(both.composite)[outside].any()
    assert np.asarray(both.composite).max() == 255


def test_a_pixel_that_changed_outside_is_counted() -> None:
    source = picture()
    changed = source.copy()
    changed.putpixel((60, 60), (1, 2, 3))
    changed.putpixel((1, 1), (1, 2, 3))
    assert masks.changed_outside(source, changed, mask((0, 0, 8, 8))) == 1


@pytest.mark.parametrize("how", FILLS)
def test_a_fill_changes_what_is_under_the_mask_alone(how: str) -> None:
    source, hole = picture(80, 64), mask((20, 12, 50, 40), 80, 64)
    made = masks.filled(source, hole, how, 3)
    assert made.size == source.size
    assert made.tobytes() == masks.filled(source, hole, how, 3).tobytes()
    assert masks.changed_outside(source, made, hole) == 0
    assert (made.tobytes() == source.tobytes()) == (how == "keep")


def test_fills_are_what_they_say() -> None:
    source, hole = Image.new("RGB", (80, 64), (10, 200, 30)), mask((20, 12, 50, 40), 80, 64)
    source.paste((250, 0, 0), (22, 14, 48, 38))  # something red, to be forgotten
    middle = (35, 26)
    assert masks.filled(source, hole, "neutral", 0).getpixel(middle) == (127, 127, 127)
    assert masks.filled(source, hole, "border", 0).getpixel(middle) == (10, 200, 30)
    red, green, _blue = masks.filled(source, hole, "blur", 0).getpixel(middle)  # type: ignore[misc]
    assert green > 150 > 60 > red
    one, other = (masks.filled(source, hole, "noise", seed) for seed in (1, 2))
    assert ImageChops.difference(one, other).getbbox() is not None


@pytest.mark.parametrize("how", FILLS)
def test_where_all_is_white_there_is_something_to_start_from(how: str) -> None:
    assert masks.filled(picture(), Image.new("L", (64, 64), 255), how, 0).size == (64, 64)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (mask((0, 0, 8, 8), 64, 32), "The mask is 64 × 32 pixels, but the picture 64 × 64"),
        (Image.new("L", (64, 64)), "The mask is empty"),
    ],
)
def test_a_mask_that_fits_nothing_is_one_sentence(wrong: Image.Image, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        masks.prepare(wrong, picture(), grow=4, feather=8)


def test_what_is_painted_over_nothing_is_whole_to_its_edge() -> None:
    hole = mask((20, 20, 44, 44))
    alpha = ImageChops.invert(mask((24, 24, 40, 40)))
    plain = masks.prepare(hole, picture(), grow=0, feather=8)
    clear = masks.prepare(hole, picture(), grow=0, feather=8, alpha=alpha)
    soft, whole, inside = (
        np.asarray(one) for one in (plain.composite, clear.composite, ImageChops.invert(alpha))
    )
    assert (whole[inside > 0] == 255).all()
    assert (whole[inside == 0] == soft[inside == 0]).all()
    opaque = Image.new("L", (64, 64), 255)
    same = masks.prepare(hole, picture(), grow=0, feather=8, alpha=opaque)
    assert same.composite.tobytes() == plain.composite.tobytes()
