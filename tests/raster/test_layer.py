"""Layers: smaller copies follow what is changed, and what was never painted costs no memory."""

from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.layer import TILE, Layer, Pixels, box_of, halved, halved_by_alpha

sizes = some.builds(Size, some.integers(1, 600), some.integers(1, 600))
corners = some.integers(-50, 650)
boxes = some.builds(Box, corners, corners, corners, corners)


def naively_halved(pixels: Pixels) -> Pixels:
    tall, wide = pixels.shape[:2]
    pixels = pixels[[*range(tall), *[tall - 1] * (tall % 2)]]
    pixels = pixels[:, [*range(wide), *[wide - 1] * (wide % 2)]].astype(int)
    four = pixels[::2, ::2] + pixels[1::2, ::2] + pixels[::2, 1::2] + pixels[1::2, 1::2]
    return ((four + 3) // 4).astype(np.uint8)


@given(some.integers(1, 9), some.integers(1, 9), some.sampled_from([1, 4]), some.integers(0, 99))
def test_half_the_size_is_the_mean_of_four_rounded_up(
    tall: int, wide: int, channels: int, seed: int
) -> None:
    shape = (tall, wide) if channels == 1 else (tall, wide, 4)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    assert (halved(pixels) == naively_halved(pixels)).all()


def test_colours_that_are_not_seen_do_not_count() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = 10, 200, 30, 255
    pixels[1, 1] = 255, 0, 255, 0
    assert halved_by_alpha(pixels).ravel().tolist() == [10, 200, 30, 64]
    hidden = np.full((2, 2, 4), (9, 8, 7, 0), np.uint8)
    assert halved_by_alpha(hidden).ravel().tolist() == [9, 8, 7, 0]


@given(
    sizes,
    some.sampled_from([1, 4]),
    some.lists(some.tuples(boxes, some.integers(1, 255), some.integers(0, 5), boxes), max_size=8),
)
def test_smaller_copies_are_the_layer_halved_after_any_changes(
    size: Size, channels: int, changes: list[tuple[Box, int, int, Box]]
) -> None:
    layer = Layer(size, channels)
    for box, value, level, seen in changes:
        layer.changing(box)[...] = value
        layer.smaller(level, seen)
    expected = layer.pixels
    for level in range(layer.levels):
        assert (layer.smaller(level) == expected).all()
        expected = np.concatenate(
            [
                np.concatenate(
                    [
                        halved(expected[y : y + (TILE >> level), x : x + (TILE >> level)])
                        for x in range(0, expected.shape[1], TILE >> level)
                    ],
                    axis=1,
                )
                for y in range(0, expected.shape[0], TILE >> level)
            ]
        )


@given(sizes, some.lists(boxes, max_size=3))
def test_the_painted_box_is_the_box_around_all_that_is_not_black(
    size: Size, painted: list[Box]
) -> None:
    layer = Layer(size)
    for box in painted:
        layer.changing(box)[...] = 1
    assert layer.painted_box() == box_of(layer.pixels)


@given(sizes, boxes)
def test_tiles_of_a_box_cover_it_and_touch_it(size: Size, box: Box) -> None:
    layer, seen = Layer(size), np.zeros((600, 600), int)
    for tile in layer.tiles(box):
        there = layer.tile_box(tile)
        assert layer.tile(tile).shape == (there.size.height, there.size.width)
        assert not there.within(box).empty
        seen[there.top : there.bottom, there.left : there.right] += 1
    box = box.within(layer.box)
    assert (seen[box.top : box.bottom, box.left : box.right] == 1).all()


def test_what_is_about_to_change_is_remembered_tile_by_tile() -> None:
    layer, seen = Layer(Size(600, 300)), list[tuple[int, int]]()
    layer.remember = seen.append
    layer.changing(Box(250, 10, 260, 20))
    layer.changing(Box(5000, 10, 6000, 20))
    assert seen == [(0, 0), (1, 0)]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is counted by the system")
def test_a_layer_that_was_never_painted_costs_no_memory() -> None:
    before = psutil.Process().memory_info().rss
    layer = Layer(Size(16_384, 16_384))
    layer.changing(Box(0, 0, 100, 100))[...] = 255
    layer.smaller(5, Box(0, 0, 500, 500))
    assert layer.painted_box() == Box(0, 0, 100, 100)
    assert psutil.Process().memory_info().rss - before < 32 * 2**20
