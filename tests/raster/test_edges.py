"""Edges of masks: beside what they should be, worked out the slow way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageDraw

from kandinsky_desktop.raster import edges
from kandinsky_desktop.raster.edges import Grey

N = 64
RADII = (1, 3, 12, 13, 20, 30)


def shape(seed: int, side: int = N) -> Grey:
    """Return a mask of a few discs, bars and strokes, by chance."""
    chance = np.random.default_rng(seed)
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    for _one in range(chance.integers(1, 5)):
        left, top, wide, tall = chance.integers(0, side, 4).tolist()
        box = (left, top, left + wide // 2, top + tall // 2)
        getattr(draw, chance.choice(["ellipse", "rectangle", "line"]))(box, fill=255)
    return np.array(image)


def drawn(tall: int = 64, wide: int = 80) -> Grey:
    """Return a mask with a disc, a stroke of a pixel, a dot, and a bar to the picture's border."""
    made = Image.new("L", (wide, tall))
    draw = ImageDraw.Draw(made)
    draw.ellipse((4, 4, 40, 40), fill=255)
    draw.line((2, 50, 60, 58), fill=255)
    made.putpixel((48, 6), 255)
    draw.rectangle((60, 16, 79, 30), fill=255)
    return np.array(made)


def box(left: int, top: int, right: int, bottom: int, side: int = 80) -> Grey:
    made = np.zeros((side, side), np.uint8)
    made[top:bottom, left:right] = 255
    return made


def distances(mask: Grey) -> np.ndarray:
    """Return how far each pixel is from the nearest one that is not black."""
    rows, columns = np.nonzero(mask)
    down, across = np.mgrid[: mask.shape[0], : mask.shape[1]]
    away = np.hypot(down[..., None] - rows, across[..., None] - columns)
    found: np.ndarray = away.min(axis=2)
    return found


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("seed", range(4))
def test_a_mask_grows_by_a_disc(seed: int, radius: int) -> None:
    mask = shape(seed)
    away, off = distances(mask), 0 if radius <= edges.EXACT else 0.02 * radius + 1.5
    grown = edges.grown(mask, radius)
    assert (grown[away <= radius - off] == 255).all()
    assert not grown[away > radius + off].any()


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("seed", range(4))
def test_what_shrinks_is_what_its_surroundings_grow_over(seed: int, radius: int) -> None:
    mask = shape(seed)
    assert (edges.shrunk(mask, radius) == 255 - edges.grown(255 - mask, radius)).all()
    closed = edges.shrunk(edges.grown(np.pad(mask, 2 * radius), radius), radius)
    assert (closed >= np.pad(mask, 2 * radius)).all()


@given(some.integers(0, 99), some.integers(0, 20), some.integers(0, 20))
def test_growing_twice_is_growing_by_the_sum(seed: int, one: int, other: int) -> None:
    mask = shape(seed)
    at_once = edges.grown(mask, one + other)
    twice = edges.grown(edges.grown(edges.grown(mask, one), other), 3)
    assert (at_once <= twice).all()
    assert (edges.grown(mask, one) >= mask).all()


def test_grey_grows_as_grey_and_the_brightest_wins() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[20, 12], mask[20, 28] = 90, 200
    for radius in (5, 9, 14):
        grown = edges.grown(mask, radius)
        assert grown[20, 12 - radius + 2] == 90
        assert grown[20, 28] == 200
        assert set(np.unique(grown)) == {0, 90, 200}


def test_the_pictures_border_is_no_edge() -> None:
    assert (edges.grown(box(0, 0, 4, 4), 600) == 255).all()
    white = np.full((40, 50), 255, np.uint8)
    for radius in (1, 8, 16, 64, 512):
        assert (edges.shrunk(white, radius) == white).all()
        assert (edges.feathered(white, radius) == white).all()
        half = box(0, 0, 40, 80)
        soft = edges.feathered(half, radius)
        assert (soft == soft[:1]).all()
        assert soft[0, 0] == soft[0].max()


@pytest.mark.parametrize("radius", [0, 5, 40])
@pytest.mark.parametrize("work", [edges.grown, edges.shrunk, edges.feathered])
def test_nothing_stays_nothing_and_the_mask_given_is_left_alone(work: object, radius: int) -> None:
    assert callable(work)
    empty, mask = np.zeros((30, 20), np.uint8), shape(3)
    before = mask.copy()
    assert not work(empty, radius).any()
    made = work(mask, radius)
    assert (mask == before).all()
    assert made.dtype == np.uint8
    assert made.shape == mask.shape
    assert radius or (made == mask).all()


@pytest.mark.parametrize("radius", [1, 2, 8, 9, 31, 64, 100, 512])
def test_a_feathered_mask_is_black_outside_and_white_in_the_middle_of_all_parts(
    radius: int,
) -> None:
    hard = drawn()
    soft = edges.feathered(hard, radius)
    inside = hard > 0
    assert not soft[~inside].any()
    assert soft[inside].all()
    assert soft[22, 22] > 240  # of the disc
    assert soft[6, 48] == 255  # the dot
    assert (soft[49:60, 2:60].max(axis=0) == 255).all()  # the stroke
    assert soft[23, 79] >= soft[23, 61]  # the picture's border is no edge
    if radius == 1:
        assert (soft == hard).all()


@pytest.mark.parametrize("radius", [4, 8, 10, 16, 30])
def test_a_feathered_edge_rises_evenly(radius: int) -> None:
    soft = edges.feathered(box(20, 0, 80, 80), radius)[32]
    rise = soft[19 : 20 + radius].astype(int)
    assert rise[0] == 0
    assert 0 < rise[1] < 80
    assert (np.diff(rise) >= 0).all()
    assert np.diff(rise)[1:].max() < 512 / radius
    assert (soft[20 + radius :] == 255).all()


@pytest.mark.parametrize("radius", [4, 8, 15])
def test_no_corner_is_harder_than_an_edge(radius: int) -> None:
    soft = edges.feathered(box(20, 20, 60, 60), radius)
    edge = soft[20, 40]
    for row, column in ((20, 20), (20, 59), (59, 20), (59, 59), (21, 20)):
        assert soft[row, column] <= edge


@pytest.mark.parametrize("radius", [8, 24, 64])
def test_a_line_that_is_left_out_is_an_edge_however_thin(radius: int) -> None:
    mask = np.full((200, 400), 255, np.uint8)
    mask[:, 203] = 0
    soft = edges.feathered(mask, radius)[100].astype(int)
    assert soft[203] == 0
    assert max(soft[202], soft[204]) < 80
    assert soft[203 - radius] == soft[203 + radius] == 255
    assert (np.diff(soft[203 - radius : 203]) <= 0).all()


@given(some.integers(0, 99), some.integers(1, 120), some.integers(1, 255))
def test_what_is_grey_never_gets_brighter(seed: int, radius: int, grey: int) -> None:
    mask = np.minimum(shape(seed), np.uint8(grey))
    soft = edges.feathered(mask, radius)
    assert (soft <= mask).all()
    assert ((soft > 0) == (mask > 0)).all()
    assert soft.max() == mask.max()


@pytest.mark.parametrize("radius", [8, 20, 64])
def test_one_part_of_a_mask_is_feathered_the_same_wherever_it_lies(radius: int) -> None:
    small = np.zeros((600, 600), np.uint8)
    small[200:400, 200:400] = shape(7, 200)
    large = np.zeros((1500, 1100), np.uint8)
    large[600:1200, 300:900] = small
    one, other = edges.feathered(small, radius), edges.feathered(large, radius)
    assert (other[600:1200, 300:900] == one).all()
