"""Fills by colour and gradients, against the plain ways to say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.errors import Stopped
from kandinsky_desktop.raster.fills import alike, connected, gradient
from kandinsky_desktop.raster.layer import Pixels


def by_stack(inside: Pixels, x: int, y: int) -> Pixels:
    result, stack = np.zeros_like(inside), [(x, y)]
    while stack:
        x, y = stack.pop()
        within = 0 <= y < inside.shape[0] and 0 <= x < inside.shape[1]
        if within and inside[y, x] and not result[y, x]:
            result[y, x] = 255
            stack += [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    return result


@given(some.integers(1, 32), some.integers(1, 32), some.floats(0.3, 0.8), some.integers(0, 10_000))
def test_a_contiguous_fill_is_that_of_a_stack(
    tall: int, wide: int, density: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    inside = (random.random((tall, wide)) < density).astype(np.uint8) * np.uint8(255)
    x, y = int(random.integers(wide)), int(random.integers(tall))
    assert (connected(inside, x, y) == by_stack(inside, x, y)).all()


@pytest.mark.parametrize("shape", ["spiral", "comb", "all", "none"])
def test_a_fill_finds_its_way_through(shape: str) -> None:
    inside = np.full((31, 31), 255, np.uint8)
    if shape == "spiral":
        for ring in range(1, 15, 2):
            inside[ring, ring : 31 - ring] = 0
            inside[ring : 31 - ring, 30 - ring] = 0
            inside[30 - ring, ring : 31 - ring] = 0
            inside[ring + 2 : 31 - ring, ring] = 0
    elif shape == "comb":
        inside[1:, 1::2] = 0
    elif shape == "none":
        inside[:] = 0
    assert (connected(inside, 0, 30) == by_stack(inside, 0, 30)).all()


def test_a_fill_stops_when_it_is_told_to() -> None:
    inside = np.random.default_rng(0).integers(0, 2, (400, 400), np.uint8)
    inside[0, 0] = 1
    with pytest.raises(Stopped):
        connected(inside, 0, 0, lambda: True)


@given(some.integers(0, 255), some.integers(0, 99), some.booleans())
def test_alike_is_no_channel_further_than_the_tolerance(
    tolerance: int, seed: int, alpha: bool
) -> None:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (140, 9, 4), np.uint8)
    x, y = int(random.integers(9)), int(random.integers(140))
    apart = np.abs(pixels.astype(int) - pixels[y, x].astype(int))[..., : 4 if alpha else 3]
    expected = (apart <= tolerance).all(2) * np.uint8(255)
    assert (alike(pixels, x, y, tolerance, alpha=alpha) == expected).all()


@given(
    some.tuples(some.floats(-50, 250), some.floats(-50, 250)),
    some.tuples(some.floats(-50, 250), some.floats(-50, 250)),
)
def test_a_gradient_rises_from_one_point_to_the_other(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    result = gradient((140, 200), start, end)
    y, x = np.mgrid[0:140, 0:200] + 0.5
    (x0, y0), (x1, y1) = start, end
    length = np.hypot(x1 - x0, y1 - y0)
    if length < 1:
        return
    share = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2
    assert np.abs(np.clip(share * 255, 0, 255) - result).max() <= 1.01
