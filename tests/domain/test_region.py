"""The rule of what is worked on around a mask, and how a canvas grows."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import (
    MOST_ENLARGED,
    Box,
    region_around,
    whole_picture,
    windows,
    work_size,
)

LIMITS = {"native": 512, "largest": 1024, "multiple": 64}
sides = some.integers(1, 3000)


@some.composite
def mask_boxes(draw: some.DrawFn) -> tuple[Box, Size]:
    """Return a picture's size and a box inside."""
    picture = Size(draw(sides), draw(sides))
    left = draw(some.integers(0, picture.width - 1))
    top = draw(some.integers(0, picture.height - 1))
    right = draw(some.integers(left + 1, picture.width))
    bottom = draw(some.integers(top + 1, picture.height))
    return Box(left, top, right, bottom), picture


@given(mask_boxes(), some.integers(0, 400))
def test_the_region_holds_the_hole_with_its_surroundings_and_lies_in_the_picture(
    both: tuple[Box, Size], padding: int
) -> None:
    mask_box, picture = both
    box = region_around(mask_box, picture, padding=padding, **LIMITS).box
    assert 0 <= box.left <= mask_box.left < mask_box.right <= box.right <= picture.width
    assert 0 <= box.top <= mask_box.top < mask_box.bottom <= box.bottom <= picture.height
    assert box.size.width >= min(picture.width, mask_box.size.width + 2 * padding)
    assert box.size.height >= min(picture.height, mask_box.size.height + 2 * padding)
    slender = max(box.size.width, box.size.height) / min(box.size.width, box.size.height)
    assert slender <= 2 or box.size.width == picture.width or box.size.height == picture.height


@given(sides, sides)
def test_any_part_is_painted_at_a_size_the_model_knows(width: int, height: int) -> None:
    work = work_size(Size(width, height), **LIMITS)
    for side in (work.width, work.height):
        assert side % 64 == 0
        assert 64 <= side <= 1024


def test_a_small_part_is_enlarged_to_the_models_own_size_and_a_large_one_shrunk() -> None:
    assert work_size(Size(128, 128), **LIMITS) == Size(512, 512)
    assert work_size(Size(256, 128), **LIMITS) == Size(704, 384)  # as many pixels as 512 × 512
    assert work_size(Size(8, 8), **LIMITS) == Size(64, 64)  # no more than eight times
    assert MOST_ENLARGED == 8
    assert work_size(Size(800, 600), **LIMITS) == Size(768, 576)  # as it is
    assert work_size(Size(4096, 2048), **LIMITS) == Size(1024, 512)


def test_at_the_pictures_border_the_region_is_moved_inside() -> None:
    picture = Size(1000, 800)
    region = region_around(Box(0, 0, 40, 40), picture, padding=32, **LIMITS)
    assert region.box == Box(0, 0, 104, 104)
    region = region_around(Box(990, 400, 1000, 410), picture, padding=32, **LIMITS)
    assert region.box == Box(926, 368, 1000, 442)
    assert region_around(Box(0, 0, 1000, 800), picture, padding=32, **LIMITS) == whole_picture(
        picture, **LIMITS
    )


@given(
    some.tuples(some.integers(1, 900), some.integers(1, 900)),
    some.tuples(*[some.integers(0, 700)] * 4),
    some.sampled_from([64, 256, 512]),
    some.integers(8, 1024),
)
def test_windows_cover_what_is_new_and_each_sees_something_known(
    old: tuple[int, int], borders: tuple[int, int, int, int], side: int, overlap: int
) -> None:
    left, top, right, bottom = borders
    assume(any(borders))
    canvas = Size(old[0] + left + right, old[1] + top + bottom)
    known = Box(left, top, left + old[0], top + old[1])
    seen = np.zeros((canvas.height, canvas.width), bool)
    seen[known.top : known.bottom, known.left : known.right] = True
    for window in windows(canvas, known, side=side, overlap=min(overlap, side // 2)):
        assert 0 <= window.left < window.right <= canvas.width
        assert 0 <= window.top < window.bottom <= canvas.height
        assert max(window.size.width, window.size.height) <= side
        there = seen[window.top : window.bottom, window.left : window.right]
        assert there.any()
        assert not there.all()
        there[:] = True
    assert seen.all()


@pytest.mark.parametrize("overlap", [8, 64])
def test_a_window_sees_so_much_of_what_is_there_and_more_where_there_is_room(overlap: int) -> None:
    known = Box(0, 0, 256, 256)
    first, second = windows(Size(600, 256), known, side=256, overlap=overlap)
    assert first == Box(256 - overlap, 0, 512 - overlap, 256)
    assert second == Box(344, 0, 600, 256)
    (up,) = windows(Size(256, 300), Box(0, 44, 256, 300), side=256, overlap=overlap)
    assert up == Box(0, 0, 256, 256)
    (left,) = windows(Size(280, 256), Box(24, 0, 280, 256), side=256, overlap=overlap)
    assert left == Box(0, 0, 256, 256)


def test_what_fits_into_one_window_is_one() -> None:
    canvas = Size(256, 250)
    assert windows(canvas, Box(30, 20, 200, 90), side=256, overlap=64) == [Box(0, 0, 256, 250)]


def test_where_nothing_grows_there_is_no_window() -> None:
    assert windows(Size(64, 64), Box(0, 0, 64, 64), side=64, overlap=8) == []
