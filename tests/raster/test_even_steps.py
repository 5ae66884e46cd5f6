"""Where the frames of a strip belong, for pictures whose change is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from kandinsky_desktop.raster.even_steps import SIDE, Broad, broad_colours, even_places

EQUAL = tuple(number / 8 for number in range(9))


def strip(places: tuple[float, ...], steepness: float) -> list[Broad]:
    """Frames that go from black to white along a logistic curve: a leap in the middle."""
    told = []
    for place in places:
        light = 1 / (1 + np.exp(-steepness * (place - 0.5)))
        told.append(broad_colours(Image.new("RGB", (48, 40), (round(255 * light),) * 3)))
    return told


def unevenness(frames: list[Broad]) -> float:
    steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(frames)]
    return max(steps) / float(np.median(steps))


def test_frames_gather_where_pictures_change() -> None:
    leaping = strip(EQUAL, 16)
    places = even_places(leaping, EQUAL)
    assert unevenness(leaping) > 5
    assert unevenness(strip(places, 16)) < 2
    again = even_places(strip(places, 16), places)
    assert unevenness(strip(again, 16)) < 1.5
    assert sum(0.3 < place < 0.7 for place in places) > 5


def test_what_is_even_stays_and_what_is_all_alike_is_spaced_evenly() -> None:
    ramp = [np.full((SIDE, SIDE, 3), 10.0 * number, np.float32) for number in range(9)]
    assert even_places(ramp, EQUAL) == pytest.approx(EQUAL, abs=1e-3)
    assert even_places([ramp[3]] * 9, EQUAL) == pytest.approx(EQUAL, abs=1e-3)
    crowded = (0.0, 0.4, 0.5, 0.6, 1.0)
    assert even_places([ramp[3]] * 5, crowded) == pytest.approx((0, 0.25, 0.5, 0.75, 1), abs=1e-3)


def test_a_way_may_turn_back_or_stand_still() -> None:
    back = (0.0, 0.5, 1.0, 0.5, 0.0)
    assert even_places(strip(back, 16), back) == pytest.approx(back, abs=5e-3)
    leaping = (0.0, 0.2, 1.0, 0.8, 0.0)
    assert even_places(strip(leaping, 16), leaping)[2] > 0.9
    still = (0.5, 0.5, 0.5)
    assert even_places(strip(still, 16), still) == still


@given(some.lists(some.integers(0, 255), min_size=3, max_size=25))
def test_places_rise_from_end_to_end(lights: list[int]) -> None:
    frames = [np.full((SIDE, SIDE, 3), light, np.float32) for light in lights]
    before = tuple(np.linspace(0, 1, len(frames)))
    places = even_places(frames, before)
    assert len(places) == len(frames)
    assert (places[0], places[-1]) == (0.0, 1.0)
    assert all(one < other for one, other in pairwise(places))
