"""Where along a stroke a brush is set down: from the points of a hand to dabs. No pixels.

Points are smoothed by a Catmull-Rom curve through them; the curve to a point is known once the next
one is there. Units are pixels of the picture.
"""

from collections.abc import Sequence
from math import ceil, hypot, isfinite
from typing import NamedTuple

from kandinsky_desktop.domain.brush import Brush

PIECE = 4.0  # pixels of a straight piece of a curve
MOST_PIECES = 32
LIGHTEST = 0.02  # of full pressure


class Point(NamedTuple):
    """Where a hand was, and how hard it pressed: 0 to 1."""

    x: float
    y: float
    pressure: float = 1.0


class Dab(NamedTuple):
    """One print of a brush's tip."""

    x: float
    y: float
    size: float
    opacity: float


class StrokePath:
    """A stroke in the making: takes points in the order of time, and returns dabs to set down."""

    def __init__(self, brush: Brush, *, straight: bool = False) -> None:
        """A `straight` one goes from point to point, without a curve."""
        self._brush, self._straight = brush, straight
        self._spacing = brush.spacing
        self._size_follows = brush.pressure in ("size", "both")
        self._opacity_follows = brush.pressure in ("opacity", "both")
        self._points: list[Point] = []  # the last four that count
        self._left = 0.0  # way until the next dab
        self._followed: Point | None = None  # where the stabiliser is
        self._aim: Point | None = None  # where the hand is

    def to(self, point: Point) -> list[Dab]:
        """Go on to a point. What is no place, or the place where it was, changes nothing."""
        if not all(map(isfinite, point)):
            return []
        point = Point(point.x, point.y, min(1.0, max(LIGHTEST, point.pressure)))
        self._aim = point
        return self._follow(self._stabilised(point))

    def end(self) -> list[Dab]:
        """Draw what is left, up to where the hand is."""
        if self._aim is None:
            return []
        dabs = self._follow(self._aim) if self._brush.stabiliser else []
        if self._straight or len(self._points) < 2:
            return dabs
        points = self._points
        return dabs + self._along(
            points[max(0, len(points) - 3)], points[-2], points[-1], points[-1]
        )

    def _stabilised(self, point: Point) -> Point:
        last = self._followed
        if last is not None and self._brush.stabiliser:
            share = 1 - self._brush.stabiliser
            point = Point(
                *(old + (new - old) * share for old, new in zip(last, point, strict=True))
            )
        self._followed = point
        return point

    def _follow(self, point: Point) -> list[Dab]:
        points = self._points
        if points and hypot(point.x - points[-1].x, point.y - points[-1].y) < 1e-6:
            if point.pressure <= points[-1].pressure:
                return []
            points[-1] = point
            return [self._dab(point)]
        points.append(point)
        if len(points) == 1:
            self._left = self._gap(point)
            return [self._dab(point)]
        if self._straight:
            return self._through(points[-2:])
        if len(points) == 2:
            return []
        dabs = self._along(points[max(0, len(points) - 4)], points[-3], points[-2], points[-1])
        del points[:-3]
        return dabs

    def _along(self, before: Point, start: Point, end: Point, after: Point) -> list[Dab]:
        """Return the dabs along the curve from start to end."""
        length = hypot(end.x - start.x, end.y - start.y)
        count = max(1, min(MOST_PIECES, ceil(length / PIECE)))
        x, y, pressed = (_curve(*ends) for ends in zip(before, start, end, after, strict=True))
        curve = []
        for number in range(count + 1):
            t = number / count
            square, cube = t**2, t**3
            curve.append(
                (
                    0.5 * (x[0] + x[1] * t + x[2] * square + x[3] * cube),
                    0.5 * (y[0] + y[1] * t + y[2] * square + y[3] * cube),
                    0.5 * (pressed[0] + pressed[1] * t + pressed[2] * square + pressed[3] * cube),
                )
            )
        return self._through(curve)

    def _through(self, corners: Sequence[tuple[float, float, float]]) -> list[Dab]:
        """Return the dabs along straight lines from corner to corner."""
        dabs = []
        x, y, pressed = corners[0]
        for end_x, end_y, end_pressed in corners[1:]:
            wide, high, harder = end_x - x, end_y - y, end_pressed - pressed
            length, at = hypot(wide, high), self._left
            while at <= length and length > 0:
                share = at / length
                pressure = min(1.0, max(LIGHTEST, pressed + harder * share))
                here = Point(x + wide * share, y + high * share, pressure)
                dabs.append(self._dab(here))
                at += self._gap(here)
            self._left = at - length
            x, y, pressed = end_x, end_y, end_pressed
        return dabs

    def _gap(self, point: Point) -> float:
        return max(1.0, self._spacing * (point.pressure if self._size_follows else 1.0))

    def _dab(self, point: Point) -> Dab:
        size = self._brush.size * (point.pressure if self._size_follows else 1.0)
        fullness = point.pressure if self._opacity_follows else 1.0
        return Dab(point.x, point.y, max(1.0, size), self._brush.opacity * fullness)


Curve = tuple[float, float, float, float]  # the factors of 1, t, t² and t³


def _curve(a: float, b: float, c: float, d: float) -> Curve:
    """Return one coordinate of the Catmull-Rom curve from b to c, which goes on to a and d."""
    return 2 * b, c - a, 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d
