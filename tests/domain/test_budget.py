"""Who is put away for room, and how many pictures go at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.budget import (
    ACTIVATIONS,
    MOST_AT_ONCE,
    Resident,
    at_once,
    to_put_away,
)

prior, unet = Resident("prior", 4), Resident("unet", 3)


@pytest.mark.parametrize(
    ("needed", "leaving"),
    [
        (0, ()),
        (1, ()),
        (2, ("prior",)),
        (5, ("prior",)),
        (6, ("prior", "unet")),
        (99, ("prior", "unet")),
    ],
)
def test_the_longest_unused_leaves_first(needed: int, leaving: tuple[str, ...]) -> None:
    assert to_put_away([prior, unet], needed, free=1) == leaving


def test_an_empty_device_has_nobody_to_send_away() -> None:
    assert to_put_away([], needed=9, free=8) == ()


@given(
    some.lists(some.integers(1, 2**34), max_size=6),
    some.integers(0, 2**36),
    some.integers(-(2**32), 2**36),
)
def test_nobody_leaves_for_nothing(sizes: list[int], needed: int, free: int) -> None:
    residents = [Resident(str(number), size) for number, size in enumerate(sizes)]
    leaving = to_put_away(residents, needed, free)
    assert leaving == tuple(one.name for one in residents[: len(leaving)])
    if leaving:  # without the last of them it would not have fitted
        assert free + sum(sizes[: len(leaving) - 1]) < needed


def test_small_pictures_go_together_and_large_ones_alone() -> None:
    assert at_once(64, 64 * 64, 48, 4) == MOST_AT_ONCE
    assert at_once(3, 64 * 64, 48, 4) == 3
    assert at_once(4, 768 * 768, 384, 2) == 3
    assert at_once(4, 768 * 768, 384, 4) == 1
    assert at_once(4, 4096 * 4096, 384, 4) == 1


@given(
    some.integers(1, 64),
    some.integers(256, 2**24),
    some.integers(16, 384),
    some.sampled_from([2, 4]),
)
def test_a_batch_fits_its_allowance(count: int, pixels: int, width: int, value: int) -> None:
    rows = at_once(count, pixels, width, value)
    assert 1 <= rows <= min(count, MOST_AT_ONCE)
    if rows > 1:
        assert rows * (pixels * 360 * value // 2 * width // 384) <= ACTIVATIONS
