"""A stroke that a hand draws: from the points that a view tells to dabs that are set down."""

from collections.abc import Sequence

from kandinsky_desktop.domain.brush import Brush
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.strokes import Dab, Point, StrokePath

FARTHEST = 4096.0  # pixels beside the picture that a stroke may go


class BrushStroke:
    """A stroke in the making, over a picture of some size."""

    def __init__(self, brush: Brush, size: Size, *, straight: bool = False) -> None:
        self.brush, self._size = brush, size
        self._path = StrokePath(brush, straight=straight)
        self.last: Point | None = None  # where the hand is: where a straight line would begin

    def begin(self, point: Point, since: Point | None = None) -> list[Dab]:
        """Begin at a point; with `since`, in a line from there, as hard as at the point."""
        points = [point]
        if since is not None:
            points.insert(0, since._replace(pressure=point.pressure))
        return self.to(points)

    def to(self, points: Sequence[tuple[float, float, float]]) -> list[Dab]:
        """Go on to points, in the order of time: x, y and pressure."""
        dabs = []
        for x, y, pressure in points:
            self.last = Point(*self._near(x, y), pressure)
            dabs += self._path.to(self.last)
        return dabs

    def end(self) -> list[Dab]:
        """Draw what is left."""
        return self._path.end()

    def _near(self, x: float, y: float) -> tuple[float, float]:
        """Return a point that is not so far beside the picture that a stroke takes seconds."""
        return (
            max(-FARTHEST, min(self._size.width + FARTHEST, x)),
            max(-FARTHEST, min(self._size.height + FARTHEST, y)),
        )
