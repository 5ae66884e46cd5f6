"""By how much a picture grows on each side, and the windows that its borders are painted in."""

from dataclasses import dataclass

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import check, like
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.limits import LONGEST_SIDE, MOST_PIXELS, is_too_large
from kandinsky_desktop.domain.region import Box, Region, windows, work_size
from kandinsky_desktop.domain.task import Outpaint


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """So many pixels are added on each side of a picture."""

    left: int = like(Outpaint, "left", 0)
    top: int = like(Outpaint, "top", 0)
    right: int = like(Outpaint, "right", 0)
    bottom: int = like(Outpaint, "bottom", 0)

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)

    @property
    def any(self) -> bool:
        """Whether anything is added."""
        return bool(self.left or self.top or self.right or self.bottom)

    def grown(self, picture: Size) -> Size:
        """Return the size of a picture with its borders. Raises InvalidRequest: too large."""
        width = picture.width + self.left + self.right
        height = picture.height + self.top + self.bottom
        size = Size(width, height)
        if is_too_large(width, height):
            raise InvalidRequest(
                _(
                    "The canvas would be {size} pixels; at most {most} million are painted,"
                    " and at most {side} a side."
                ).format(size=size, most=MOST_PIXELS // 1_000_000, side=LONGEST_SIDE)
            )
        return size

    def around(self, picture: Size) -> Box:
        """Return the box of a picture with its borders, in the pixels of the picture."""
        right, bottom = picture.width + self.right, picture.height + self.bottom
        return Box(-self.left, -self.top, right, bottom)

    @classmethod
    def between(cls, picture: Size, around: Box) -> "Borders":
        """Return the borders of a picture in a box of its pixels; none where the box is within."""
        return cls(
            left=max(0, -around.left),
            top=max(0, -around.top),
            right=max(0, around.right - picture.width),
            bottom=max(0, around.bottom - picture.height),
        )


def border_regions(
    picture: Size, borders: Borders, *, overlap: int, native: int, largest: int, multiple: int
) -> list[Region]:
    """Return the windows in which borders are painted, in that order, in pixels of the whole.

    Raises InvalidRequest for a whole that is too large.
    """
    canvas, side = borders.grown(picture), max(multiple, native)
    known = Box(0, 0, picture.width, picture.height).moved(borders.left, borders.top)
    boxes = windows(canvas, known, side=side, overlap=min(overlap, side // 2))
    sizes = {"native": native, "largest": largest, "multiple": multiple}
    return [Region(box, work_size(box.size, **sizes)) for box in boxes]
