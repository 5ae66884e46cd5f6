"""How a picture lies in a view: zoomed, moved, rotated and mirrored. Pure arithmetic.

The unit is the device pixel, a pixel of the screen: at zoom 1 one pixel of the picture is one of
the screen, whatever the screen's scaling. The picture's corner and its sides are whole device
pixels, so that its edges are sharp and its pixels those of the file.
"""

from dataclasses import dataclass, field, replace
from math import ceil, cos, floor, log2, radians, sin

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box

STOPS = tuple(
    percent / 100
    for percent in (
        *(5, 6.25, 8, 10, 12.5, 16, 20, 25, 100 / 3, 40, 50, 200 / 3, 80, 100, 125, 150),
        *(200, 300, 400, 500, 600, 800, 1000, 1200, 1600, 2000, 2400, 3200),
    )
)
LOWEST, HIGHEST = STOPS[0], STOPS[-1]
CRISP = 2.0  # from this zoom on, pixels of the picture are shown as squares
QUARTERS = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


def nearest(value: float) -> int:
    """Return the nearest whole number; halves go up, where Python's go to the even one."""
    return floor(value + 0.5)


def at_rest(zoom: float) -> float:
    """Return the zoom at which the picture stays: from 2 on whole, so that its pixels are alike."""
    zoom = min(HIGHEST, max(LOWEST, zoom))
    return float(nearest(zoom)) if zoom >= CRISP else zoom


def next_stop(zoom: float) -> float | None:
    """Return the next closer stop, None beyond the last."""
    return next((stop for stop in STOPS if stop > zoom * (1 + 1e-9)), None)


def previous_stop(zoom: float) -> float | None:
    """Return the next farther stop, None before the first."""
    return next((stop for stop in reversed(STOPS) if stop < zoom * (1 - 1e-9)), None)


def halvings(zoom: float) -> int:
    """Return how often the copy of the picture was halved that is best shown at this zoom.

    It has between 0.84 and 1.7 of the screen's pixels each way.
    """
    return max(0, floor(0.25 - log2(zoom)))


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """From the pixels of a picture to the device pixels of a view: mirror, zoom, rotate, move."""

    picture: Size
    zoom: float = 1.0  # device pixels a pixel of the picture
    left: int = 0  # where the corner of the picture's first pixel lies, in the view
    top: int = 0
    rotation: float = 0.0  # degrees clockwise, 0 to 360
    mirrored: bool = False  # left to right, before the rotation
    # the affine map (a, b, c, d, e, f): x' = a·x + c·y + e, y' = b·x + d·y + f; asked for many
    # times a frame
    matrix: tuple[float, float, float, float, float, float] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Work the matrix out."""
        across, down = self._direction
        extent = self.extent
        wide = extent.width / self.picture.width * (-1 if self.mirrored else 1)
        high = extent.height / self.picture.height
        matrix = wide * across, wide * down, -high * down, high * across, self.left, self.top
        object.__setattr__(self, "matrix", matrix)

    @property
    def extent(self) -> Size:
        """The picture's width and height in device pixels, not rotated."""
        width, height = self.picture.width * self.zoom, self.picture.height * self.zoom
        return Size(max(1, nearest(width)), max(1, nearest(height)))

    @property
    def upright(self) -> bool:
        """Whether the picture's sides run along the screen's."""
        return self.rotation in QUARTERS

    @property
    def crisp(self) -> bool:
        """Whether each pixel of the picture is a square of device pixels, all alike."""
        return self.upright and self.zoom >= 1 and self.zoom == int(self.zoom)

    @property
    def bounds(self) -> Box:
        """The smallest box of whole device pixels that holds all of the picture."""
        width, height = self.picture.width, self.picture.height
        corners = [self.to_view(x, y) for x in (0, width) for y in (0, height)]
        across, down = ([corner[axis] for corner in corners] for axis in (0, 1))
        # what is whole but for the last bits of a float is whole
        low = [floor(min(axis) + 1e-6) for axis in (across, down)]
        high = [-floor(-max(axis) + 1e-6) for axis in (across, down)]
        return Box(low[0], low[1], high[0], high[1])

    def around(self, part: Box) -> Box:
        """Return the smallest box of whole device pixels around a part of the picture."""
        a, b, c, d, e, f = self.matrix
        across = sorted((a * part.left, a * part.right)), sorted((c * part.top, c * part.bottom))
        down = sorted((b * part.left, b * part.right)), sorted((d * part.top, d * part.bottom))
        return Box(
            floor(across[0][0] + across[1][0] + e),
            floor(down[0][0] + down[1][0] + f),
            ceil(across[0][1] + across[1][1] + e),
            ceil(down[0][1] + down[1][1] + f),
        )

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Return where in the view a point of the picture is."""
        a, b, c, d, e, f = self.matrix
        return a * x + c * y + e, b * x + d * y + f

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Return what point of the picture, or beside it, is there in the view."""
        a, b, c, d, e, f = self.matrix
        across, down, area = x - e, y - f, a * d - b * c
        return (d * across - c * down) / area, (a * down - b * across) / area

    def moved(self, right: int, down: int) -> "ViewTransform":
        """Return it that many device pixels further."""
        return replace(self, left=self.left + right, top=self.top + down)

    def placed(self, point: tuple[float, float], at: tuple[float, float]) -> "ViewTransform":
        """Return it moved so that a point of the picture is there, to half a device pixel."""
        x, y = self.to_view(*point)
        return self.moved(nearest(at[0] - x), nearest(at[1] - y))

    def zoomed(self, zoom: float, at: tuple[float, float]) -> "ViewTransform":
        """Return it at another zoom, about a point of the view."""
        return replace(self, zoom=zoom).placed(self.to_picture(*at), at)

    def rotated(self, degrees: float, at: tuple[float, float]) -> "ViewTransform":
        """Return it rotated clockwise, about a point of the view."""
        rotation = (self.rotation + degrees) % 360
        return replace(self, rotation=rotation).placed(self.to_picture(*at), at)

    def flipped(self, at: tuple[float, float]) -> "ViewTransform":
        """Return what a mirror shows of it: left is right on the screen, about a point."""
        turned = replace(self, mirrored=not self.mirrored, rotation=-self.rotation % 360)
        return turned.placed(self.to_picture(*at), at)

    def fitted(self, area: Box, *, whole: bool = False) -> "ViewTransform":
        """Return it as large as all of it fits into an area of the view, in its middle.

        With `whole`, the zoom is whole from 2 on, as at rest.
        """
        across, down = (abs(one) for one in self._direction)
        width, height = self.picture.width, self.picture.height
        zoom = min(
            max(1, area.size.width) / (across * width + down * height),
            max(1, area.size.height) / (down * width + across * height),
        )
        sized = replace(self, zoom=float(int(zoom)) if whole and zoom >= CRISP else zoom)
        bounds = sized.bounds
        return sized.moved(
            (area.left + area.right - bounds.left - bounds.right) // 2,
            (area.top + area.bottom - bounds.top - bounds.bottom) // 2,
        )

    def clamped(self, view: Size, part: Box | None = None) -> "ViewTransform":
        """Return it moved so far that the picture covers the middle of the view: never lost.

        With a `part` of the plane, in the picture's pixels, that covers it in its place.
        """
        part = part or Box(0, 0, self.picture.width, self.picture.height)
        middle = view.width / 2, view.height / 2
        x, y = self.to_picture(*middle)
        nearest = _nearest_in(part, x, y)
        if nearest == (x, y):
            return self
        placed = self.placed(nearest, middle)
        if placed._beside(middle, part) <= 0.5:
            return placed
        # its corner lies on whole pixels, so beside a slanted side it may be farther off
        moves = [(across, down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
        around = (replace(placed, left=placed.left + a, top=placed.top + d) for a, d in moves)
        return min(around, key=lambda one: one._beside(middle, part))

    def _beside(self, point: tuple[float, float], part: Box) -> float:
        """Return how far a point of the view is from a part, along the farther axis."""
        across, down = self.to_view(*_nearest_in(part, *self.to_picture(*point)))
        return max(abs(across - point[0]), abs(down - point[1]))

    @property
    def _direction(self) -> tuple[float, float]:
        """The cosine and sine of the rotation, exact for quarters."""
        angle = radians(self.rotation)
        return QUARTERS.get(self.rotation, (cos(angle), sin(angle)))


def _nearest_in(part: Box, x: float, y: float) -> tuple[float, float]:
    """Return the point of a part that is nearest to another."""
    return min(part.right, max(part.left, x)), min(part.bottom, max(part.top, y))
