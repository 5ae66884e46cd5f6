"""Ratios of pairs, the interval of their median, and goals said against the best ratio."""

import random
from dataclasses import replace
from statistics import median

import pytest

from benchmarks.measures import Measure, interval
from benchmarks.tasks import best_ratio

SERIES = Measure(
    name="a series",
    ours=1.0,
    theirs=2.0,
    unit="s",
    goal=1.02,
    of_best=True,
    best=0.5,
    runs=9,
    ratios=(0.48, 0.49, 0.50, 0.50, 0.505, 0.51, 0.51, 0.52, 0.70),
)


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    assert SERIES.ratio == 0.505
    assert replace(SERIES, ratios=()).ratio == 0.5


def test_the_goal_of_a_series_is_said_against_the_best() -> None:
    assert SERIES.limit == 1.02 * 0.5
    assert SERIES.reached
    assert not replace(SERIES, best=0.49).reached
    assert not replace(SERIES, best=None).reached


@pytest.mark.parametrize(
    ("count", "places"),
    [(0, None), (5, None), (6, (0, 5)), (9, (1, 7)), (15, (3, 11)), (25, (7, 17))],
)
def test_the_interval_is_that_of_the_sign_test(count: int, places: tuple[int, int] | None) -> None:
    values = [float(number) for number in range(count)]
    assert interval(values[::-1]) == places  # as tables of the sign test have it, at 95 %


def test_the_interval_holds_the_true_median_as_often_as_it_says() -> None:
    chance = random.Random(1)
    held = 0
    for _round in range(2000):
        values = [chance.lognormvariate(0, 0.3) for _value in range(9)]
        low, high = interval(values) or (9, 0)
        assert low <= median(values) <= high
        held += low <= 1 <= high
    assert 0.95 <= held / 2000 <= 0.975  # exactly 0.961


def test_the_best_ratio_is_that_of_unet_and_prior_alone() -> None:
    def round_(unet: float, prior: float, movq: float) -> dict[str, object]:
        spent = {"U-Net": unet, "prior": prior, "MoVQ decoder": movq}
        networks = {name: {"calls": 1, "seconds": one} for name, one in spent.items()}
        return {"seconds": 9.0, "networks": networks}

    ours, theirs = [round_(2, 1, 50)] * 3, [round_(2, 4, 1)] * 3
    assert best_ratio(ours, theirs) == 0.5
