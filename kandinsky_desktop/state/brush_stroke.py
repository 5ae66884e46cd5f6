"""A stroke that a hand draws: from the points that a view tells to dabs that are set down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kandinsky_desktop.domain.brush import Brush
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.strokes import Dab, Point, StrokePath
from kandinsky_desktop.state.canvas_document import CanvasDocument

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


@dataclass
class _Held:
    """A stroke that is drawn while long work goes on."""

    points: list[tuple[float, float, float]] = field(default_factory=list)
    ended: bool = False
    dropped: bool = False


class StrokeInHand:
    """The stroke that is being drawn on a document, if there is one: one undo step.

    Whoever paints begins the step, and says how dabs are laid down. What is drawn during long work
    is laid down when that has ended.
    """

    def __init__(
        self, document: CanvasDocument, lay: Callable[[BrushStroke, list[Dab]], None]
    ) -> None:
        self._document, self._lay = document, lay
        self.stroke: BrushStroke | None = None
        self._held: list[_Held] = []
        self._ended: Point | None = None  # where the last one did, and a straight line would begin

    def press(self, begin: Callable[[], bool], release: Callable[[], None]) -> bool:
        """Begin by a function, now or when long work has ended; False if another goes on.

        `release` ends it then, if the hand has ended it before.
        """
        if self.stroke is not None or (self._held and not self._held[-1].ended):
            return False
        if not self._document.busy and not self._held:
            return begin()
        held = _Held()
        self._held.append(held)

        def draw() -> None:
            if held.dropped:
                return
            self._held.remove(held)
            if begin():
                self.move(held.points)
                if held.ended:
                    release()

        self._document.when_free(draw)
        return True

    def begin(self, brush: Brush, point: Point, *, straight: bool) -> None:
        """Begin; a `straight` one first goes in a line from where the last one ended."""
        self.stroke = BrushStroke(brush, self._document.size, straight=straight)
        self._lay(self.stroke, self.stroke.begin(point, self._ended if straight else None))

    def move(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Go on to points, in the order of time: x, y and pressure."""
        if self.stroke is not None:
            self._lay(self.stroke, self.stroke.to(points))
        elif self._held and not self._held[-1].ended:
            self._held[-1].points += points

    def release(self) -> bool:
        """End it, and its step; whether there was one."""
        if self.stroke is None:
            if self._held:
                self._held[-1].ended = True
            return False
        self._lay(self.stroke, self.stroke.end())
        self._ended, self.stroke = self.stroke.last, None
        self._document.end_step()
        return True

    def cancel(self) -> bool:
        """End it as if it had never begun; whether there was one."""
        if self.stroke is None:
            if self._held and not self._held[-1].ended:
                self._held.pop().dropped = True
            return False
        self._ended, self.stroke = self.stroke.last, None
        self._document.cancel_step()
        return True

    def forget(self) -> None:
        """Know nothing of strokes any more: the document is another one."""
        self.stroke = self._ended = None
        for held in self._held:
            held.dropped = True
        self._held.clear()
