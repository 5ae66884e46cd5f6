"""Morphs: between their parents in outline and colour, whole, and the parents at the ends."""
# ruff: noqa: D103

import numpy as np
import pytest
import torch
from starter.morphs import Outlines, measure, morph

SIDE = 64


def _disc(row: float, column: float, radius: float, colour: tuple[int, int, int]) -> np.ndarray:
    line = np.arange(SIDE)
    inside = np.hypot(line[:, None] - row, line - column) < radius
    picture = np.zeros((SIDE, SIDE, 4), dtype=np.uint8)
    picture[inside] = (*colour, 255)
    return picture


def _bar(*, upright: bool) -> np.ndarray:
    picture = np.zeros((SIDE, SIDE, 4), dtype=np.uint8)
    picture[6:58, 29:34] = (30, 160, 60, 255)
    return picture if upright else picture.transpose(1, 0, 2).copy()


@pytest.fixture(scope="module")
def held() -> Outlines:
    drawings = [
        _disc(32, 32, 28, (220, 40, 40)),
        _disc(32, 32, 12, (40, 60, 220)),
        _bar(upright=True),
        _bar(upright=False),
    ]
    return measure(np.stack(drawings))


def _mix(held: Outlines, which: tuple[int, ...], shares: tuple[float, ...]) -> torch.Tensor:
    return morph(held, torch.tensor([which]), torch.tensor([shares]))[0]


def test_distances_are_those_to_the_outline(held: Outlines) -> None:
    """Of a disc: its radius less the way from its middle."""
    line = torch.arange(SIDE)
    wanted = 28 - torch.hypot(line[:, None] - 32.0, line[None] - 32.0)
    assert (held.distance[0] - wanted).abs().max() < 1.5
    assert (held.radius[0] - 28).abs().max() < 1
    assert (held.centre[0] - 32).abs().max() < 0.5


def test_all_of_one_drawing_is_that_drawing(held: Outlines) -> None:
    made = _mix(held, (0, 1), (1.0, 0.0))
    inside = held.distance[0] > 1.5
    assert (made[3][inside] == 1).all()
    assert (made[:3, inside].mean(1) * 255 - torch.tensor([220.0, 40, 40])).abs().max() < 3
    assert not made[3][held.distance[0] < -1.5].any()


def test_half_of_two_discs_is_a_disc_between_them(held: Outlines) -> None:
    made = _mix(held, (0, 1), (0.5, 0.5))
    radius = float((made[3] > 0.5).sum() / torch.pi) ** 0.5
    assert radius == pytest.approx(20, abs=1)
    assert (made[:3, 32, 32] * 255 - torch.tensor([130.0, 50, 130])).abs().max() < 6


def test_two_thin_things_that_cross_do_not_vanish(held: Outlines) -> None:
    """Their distances mix to nearly nothing; and what is left is in one piece."""
    made = _mix(held, (2, 3), (0.5, 0.5))[3] > 0.5
    parents = float((held.distance[2] > 0).sum())
    assert 0.5 * parents < float(made.sum()) < 1.5 * parents
    assert _pieces(made) == 1


def test_three_are_mixed_as_two_are(held: Outlines) -> None:
    two = _mix(held, (0, 1), (0.6, 0.4))
    three = _mix(held, (0, 1, 2), (0.6, 0.4, 0.0))
    assert torch.allclose(two, three, atol=1e-4)


def _pieces(mask: torch.Tensor) -> int:
    left = {(int(r), int(c)) for r, c in mask.nonzero()}
    count = 0
    while left:
        edge = [left.pop()]
        count += 1
        while edge:
            row, column = edge.pop()
            near = {(row + d, column + e) for d in (-1, 0, 1) for e in (-1, 0, 1)} & left
            left -= near
            edge += near
    return count
