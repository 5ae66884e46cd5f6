"""From the points of a hand to dabs: spacing, curves, pressure, straight lines, the stabiliser."""

from itertools import pairwise
from math import hypot, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.brush import Brush, larger, smaller
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.strokes import Dab, Point, StrokePath

coordinates = some.floats(-500, 500)
steady = some.tuples(coordinates, coordinates).map(lambda place: Point(*place))
points = some.builds(Point, coordinates, coordinates, some.floats(0, 1))


def drawn(brush: Brush, points: list[Point], *, straight: bool = False) -> list[Dab]:
    path = StrokePath(brush, straight=straight)
    return [dab for point in points for dab in path.to(point)] + path.end()


@given(some.lists(steady, min_size=1, max_size=8), some.booleans())
def test_dabs_lie_no_further_apart_than_the_spacing(points: list[Point], straight: bool) -> None:
    brush = Brush(size=100, pressure="none")
    dabs = drawn(brush, points, straight=straight)
    assert (dabs[0].x, dabs[0].y) == points[0][:2]
    for one, other in pairwise(dabs):
        assert hypot(one.x - other.x, one.y - other.y) <= brush.spacing + 1e-6
    last = points[-1]
    assert hypot(dabs[-1].x - last.x, dabs[-1].y - last.y) <= brush.spacing + 1e-6


@given(some.lists(points, min_size=2, max_size=8))
def test_a_curve_goes_through_its_points(points: list[Point]) -> None:
    brush = Brush(size=20, pressure="none")
    dabs = drawn(brush, points)
    for point in points:
        nearest = min(hypot(dab.x - point.x, dab.y - point.y) for dab in dabs)
        assert nearest <= brush.spacing + 1e-6


def test_a_stroke_in_many_events_is_that_in_few() -> None:
    brush = Brush(size=40, pressure="none")
    few = drawn(brush, [Point(0, 0), Point(300, 0)], straight=True)
    many = drawn(brush, [Point(x, 0) for x in range(0, 301, 3)], straight=True)
    assert [dab.x for dab in many] == pytest.approx([dab.x for dab in few])


def test_a_click_is_one_dab() -> None:
    assert drawn(Brush(size=40), [Point(5, 6, 1.0)]) == [Dab(5, 6, 40, 1.0)]


@pytest.mark.parametrize(
    ("pressure", "size", "opacity"),
    [("none", 40, 0.8), ("size", 20, 0.8), ("opacity", 40, 0.4), ("both", 20, 0.4)],
)
def test_a_pen_s_pressure_sets_what_it_is_told_to(
    pressure: str, size: float, opacity: float
) -> None:
    brush = Brush(size=40, opacity=0.8, pressure=pressure)
    assert drawn(brush, [Point(5, 6, 0.5)]) == [Dab(5, 6, size, opacity)]


def test_pressing_harder_where_it_stands_is_seen() -> None:
    dabs = drawn(Brush(size=40), [Point(5, 6, 0.2), Point(5, 6, 0.1), Point(5, 6, 0.9)])
    assert [dab.size for dab in dabs] == pytest.approx([8, 36])


def test_the_stabiliser_calms_a_shaking_hand_and_arrives() -> None:
    shaking = [Point(x, 20 * (x // 10 % 2)) for x in range(0, 400, 10)]
    calm = drawn(Brush(size=10, stabiliser=0.9, pressure="none"), shaking)
    assert max(dab.y for dab in calm if dab.x < 300) < 15
    assert hypot(calm[-1].x - 390, calm[-1].y - 20) < 2


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_what_is_no_place_is_left_out(bad: float) -> None:
    path = StrokePath(Brush())
    assert path.to(Point(bad, 0)) == []
    assert path.to(Point(0, 0, bad)) == []
    assert len(path.to(Point(1, 2))) == 1
    assert path.end() == []


def test_a_brush_has_limits_said_in_a_sentence() -> None:
    with pytest.raises(InvalidRequest, match="Size must lie between 1 and 2000"):
        Brush(size=5000)


@given(some.floats(1, 2000))
def test_larger_and_smaller_stay_within_the_limits(size: float) -> None:
    assert size <= larger(size) <= 2000
    assert 1 <= smaller(size) <= size
    assert larger(size) > size or size == 2000
    assert smaller(size) < size or size == 1
