"""Pixels around a mask: white is painted anew, and what is not is left to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageChops, ImageDraw

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.engine import masks
from tests.engine.sides import mask, picture

FILLS = ("keep", "blur", "neutral", "border", "noise")


def drawn(size: tuple[int, int] = (80, 64)) -> Image.Image:
    """Return a mask with a disc, a stroke of a pixel, a dot, and a bar to the picture's border."""
    made = Image.new("L", size)
    draw = ImageDraw.Draw(made)
    draw.ellipse((4, 4, 40, 40), fill=255)
    draw.line((2, 50, 60, 58), fill=255)
    made.putpixel((48, 6), 255)
    draw.rectangle((60, 16, 79, 30), fill=255)
    return made


def test_a_mask_grows_by_so_many_pixels_each_way() -> None:
    grown = masks.grown(mask((30, 20, 40, 30), 80, 64), 7)
    assert grown.getbbox() == (23, 13, 47, 37)
    assert masks.grown(mask((0, 0, 4, 4)), 600).getextrema() == (255, 255)


@pytest.mark.parametrize("pixels", [0, 1, 2, 8, 31, 100, 512])
def test_a_feathered_mask_is_black_outside_and_white_in_the_middle_of_all_parts(
    pixels: int,
) -> None:
    hard = drawn()
    soft = masks.feathered(hard, pixels)
    inside, grey = np.asarray(hard) > 0, np.asarray(soft)
    assert not grey[~inside].any()
    assert grey[inside].all()
    if pixels < 2:
        assert soft.tobytes() == hard.tobytes()
        return
    assert grey[22, 22] > 240  # of the disc
    least = 255 if pixels <= masks.MOST_LEVELS else 128
    assert grey[6, 48] >= least  # the dot
    assert (grey[49:60, 2:60].max(axis=0) >= least).all()  # the stroke
    assert grey[23, 79] >= grey[23, 61]  # the picture's border is no edge


def test_a_feathered_edge_rises_evenly() -> None:
    soft = np.asarray(masks.feathered(mask((20, 0, 80, 64), 80, 64), 10))[32]
    rise = soft[20:31].astype(int)
    assert rise[0] < 40
    assert (np.diff(rise) >= 0).all()
    assert np.diff(rise).max() < 40
    assert (soft[30:] == 255).all()


def test_no_corner_is_harder_than_an_edge() -> None:
    for feather in (4, 8, 15):
        soft = np.asarray(masks.feathered(mask((20, 20, 60, 60), 80, 80), feather))
        edge = soft[20, 40]
        for row, column in ((20, 20), (20, 59), (59, 20), (59, 59), (21, 20)):
            assert soft[row, column] <= edge


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
