"""Matched colours: those at the edge of a fill meet those around it, and nothing else moves."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kandinsky_desktop.raster import seams
from kandinsky_desktop.raster.seams import DRIFT, FAR, NEAR, matched

Pixels = NDArray[np.uint8]


def noise(low: int, high: int, side: int = 40) -> Pixels:
    return np.random.default_rng(0).integers(low, high, (side, side, 3), np.uint8)


def hole(side: int = 40, room: int = 9) -> NDArray[np.bool_]:
    inside = np.zeros((side, side), bool)
    inside[room:-room, room + 2 : -room] = True
    return inside


def solved(apart: NDArray[np.float64], inside: NDArray[np.bool_], reach: float) -> NDArray[Any]:
    """Return the solution of the screened Poisson equation, by one system of equations."""
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    system, given = np.zeros((inside.sum(),) * 2), np.zeros((inside.sum(), 3))
    for y, x in np.argwhere(inside):
        here = number[y, x]
        system[here, here] = 4 + 1 / reach**2
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            if (there := number[y + down, x + right]) >= 0:
                system[here, there] = -1
            else:
                given[here] += apart[y + down, x + right]
    return np.linalg.solve(system, given)


def test_it_is_the_sum_of_two_membranes_over_what_differs_at_the_edge() -> None:
    painted, inside = noise(60, 180), hole()
    around = (painted + np.linspace(-40, 50, 40)[None, :, None]).astype(np.uint8)
    apart = around.astype(float) - painted
    drift = apart.clip(-DRIFT, DRIFT)
    wanted = painted[inside] + solved(drift, inside, FAR) + solved(apart - drift, inside, NEAR)
    got = matched(painted, around, inside)
    assert np.abs(got[inside] - wanted).max() < 1.5
    assert (got[~inside] == painted[~inside]).all()


def test_colours_that_drifted_come_back_everywhere() -> None:
    around, inside = noise(60, 180), hole()
    drifted = around + np.array([9, 3, 6], np.uint8)
    before, after = (
        np.abs(one.astype(int) - around)[inside]
        for one in (drifted, matched(drifted, around, inside))
    )
    assert before.mean() == 6
    assert after.mean() < 1
    assert after.max() <= 2


def test_what_was_painted_keeps_its_own_colours_a_few_pixels_from_the_edge() -> None:
    red, blue = (
        np.full((90, 90, 3), colour, np.uint8) for colour in ((200, 30, 30), (20, 40, 220))
    )
    got = matched(red, blue, hole(90, 15)).astype(int)
    assert np.abs(got[45, 17] - blue[0, 0]).max() < 60, "at the edge it is what is around"
    assert np.abs(got[45, 17 + 4 * int(NEAR)] - red[0, 0]).max() < 20
    assert np.abs(got[45, 45] - red[0, 0]).max() <= 10
    larger = matched(red, blue, hole(90, 15), scale=2.0).astype(int)
    assert np.abs(larger[45, 24] - red[0, 0]).max() > np.abs(got[45, 24] - red[0, 0]).max() + 20


def test_what_is_not_known_around_counts_for_nothing() -> None:
    painted, inside = noise(60, 180), hole()
    around = painted.copy()
    around[:20] = 0
    known = np.zeros_like(inside)
    known[20:] = True
    assert (matched(painted, around, inside, known=known) == painted).all()
    assert (matched(painted, around, inside) != painted).any()
    assert (matched(painted, around, inside, known=np.zeros_like(inside)) == painted).all()
    assert (matched(painted, around, np.ones_like(inside)) == painted).all()
    assert (matched(painted, around, ~np.ones_like(inside)) == painted).all()


@pytest.mark.parametrize("offset", [7, 60])
def test_tiles_are_not_seen(monkeypatch: pytest.MonkeyPatch, offset: int) -> None:
    painted, inside = noise(60, 180, 300), hole(300, 20)
    around = painted + np.uint8(offset)
    one = matched(painted, around, inside).astype(int)
    monkeypatch.setattr(seams, "TILE", 64)
    assert np.abs(matched(painted, around, inside) - one).max() <= 1
