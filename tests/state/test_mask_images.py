"""How a mask is shown: its edge is where it crosses the middle, whatever the pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.mask_images import (
    edge_colours,
    edge_places,
    veil_colours,
    veil_image,
    within_veil,
)

TALL, ACROSS = 23, 37


def places(pixels: Pixels, wide: int) -> set[tuple[int, int]]:
    rows, columns = edge_places(pixels >= 128, wide)
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


@given(some.integers(0, 99), some.integers(1, 3))
def test_the_edge_is_where_a_pixel_lies_within_and_the_one_before_it_does_not(
    seed: int, wide: int
) -> None:
    """Or the other way round; from there it is so many pixels wide, to the right and below."""
    pixels = np.random.default_rng(seed).choice(
        np.array([0, 127, 128, 255], np.uint8), (TALL, ACROSS)
    )
    within = pixels >= 128
    expected = set()
    for row in range(TALL):
        for column in range(ACROSS):
            above = row > 0 and within[row, column] != within[row - 1, column]
            left = column > 0 and within[row, column] != within[row, column - 1]
            if above or left:
                expected |= {(row + y, column + x) for y in range(wide) for x in range(wide)}
    inner = {
        (row, column)
        for row, column in expected
        if wide <= row < TALL - wide and wide <= column < ACROSS - wide
    }
    assert places(pixels, wide) == inner


@pytest.mark.parametrize("wide", [1, 2, 3])
def test_pieces_with_their_context_have_the_edge_of_the_whole(wide: int) -> None:
    y, x = np.ogrid[:60, :80]
    pixels = (((x - 40) ** 2 + (y - 30) ** 2 < 500) * 255).astype(np.uint8)
    found = set()
    for top, bottom in ((wide, 28), (28, 60 - wide)):
        for left, right in ((wide, 41), (41, 80 - wide)):
            piece = pixels[top - wide : bottom + wide, left - wide : right + wide]
            found |= {
                (row + top - wide, column + left - wide) for row, column in places(piece, wide)
            }
    assert found == places(pixels, wide)
    assert found


def test_an_edge_is_dashed_black_and_white() -> None:
    colours = edge_colours(np.arange(-20, 20, dtype=np.int32), 2)
    assert set(colours.tolist()) == {0xFF000000, 0xFFFFFFFF}
    changes = np.flatnonzero(colours[1:] != colours[:-1])
    assert (np.diff(changes) == 10).all()


@pytest.mark.parametrize("opacity", [0.3, 0.58, 1.0])
def test_a_veil_has_the_edge_of_its_mask(opacity: float) -> None:
    """As near as its shades, which are fewer, can tell."""
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    veil = veil_image(pixels, veil_colours("#2F5BD8", opacity))
    within = within_veil(veil, opacity)
    assert within[pixels >= 128 + 1 / opacity].all()
    assert not within[pixels < 128 - 1 / opacity].any()
