"""Which part of a picture is worked on, and at what size. Pure arithmetic, in whole pixels.

The rule: the mask's box, with its surroundings, made no narrower than half its length; where the
picture ends, the box is moved and, if need be, cut. A part smaller than the model's own size is
enlarged to it, so that a small face is painted with all the detail the model has; a larger part is
worked on as it is, up to the longest side the model is comfortable with, and shrunk beyond.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _

SLENDEREST = 2.0  # the longest side against the shortest
MOST_ENLARGED = 8.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture: left and top inside, right and bottom just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """Its width and height."""
        return Size(self.right - self.left, self.bottom - self.top)

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """As Pillow takes it."""
        return self.left, self.top, self.right, self.bottom

    def moved(self, right: int, down: int) -> "Box":
        """The same box elsewhere."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.left >= self.right or self.top >= self.bottom

    def joined(self, other: "Box | None") -> "Box":
        """Return the smallest box around both."""
        if other is None or other.empty:
            return self
        if self.empty:
            return other
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def widened(self, pixels: int) -> "Box":
        """Return it larger by so many pixels on each side."""
        return Box(self.left - pixels, self.top - pixels, self.right + pixels, self.bottom + pixels)

    def within(self, other: "Box") -> "Box":
        """Return what of it lies in another: empty, never reversed, where that is nothing."""
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        if (  # as most are, many times an event
            left >= other.left
            and top >= other.top
            and left <= right <= other.right
            and top <= bottom <= other.bottom
        ):
            return self
        left = min(max(other.left, left), other.right)
        top = min(max(other.top, top), other.bottom)
        right = max(left, min(other.right, right))
        bottom = max(top, min(other.bottom, bottom))
        return Box(left, top, right, bottom)

    def holds(self, other: "Box") -> bool:
        """Whether all of another box lies in it."""
        return other.empty or self.within(other) == other


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture and the size at which it is painted."""

    box: Box
    work: Size


def check_alike(mask: Size, picture: Size) -> None:
    """Raise InvalidRequest, with a sentence, for a mask of another size than its picture."""
    if mask != picture:
        raise InvalidRequest(
            _(
                "The mask is {mask} pixels, but the picture {picture}: make them alike, or let the"
                " mask be stretched (“Fit the mask”, --fit-mask)."
            ).format(mask=mask, picture=picture)
        )


def check_part(picture: Size, part: Size) -> None:
    """Raise InvalidRequest, with a sentence, for a picture of another size than it is a part of."""
    if picture != part:
        raise InvalidRequest(
            _("The picture is {picture} pixels, but as a part of another one {part}.").format(
                picture=picture, part=part
            )
        )


def region_around(
    mask_box: Box, picture: Size, *, padding: int, native: int, largest: int, multiple: int
) -> Region:
    """Return the part to work on so that `mask_box`, within the picture, is painted well."""
    width = min(mask_box.size.width + 2 * padding, picture.width)
    height = min(mask_box.size.height + 2 * padding, picture.height)
    width = min(max(width, ceil(height / SLENDEREST)), picture.width)
    height = min(max(height, ceil(width / SLENDEREST)), picture.height)
    left, right = _span(mask_box.left, mask_box.right, width, picture.width)
    top, bottom = _span(mask_box.top, mask_box.bottom, height, picture.height)
    box = Box(left, top, right, bottom)
    return Region(box, work_size(box.size, native=native, largest=largest, multiple=multiple))


def whole_picture(picture: Size, *, native: int, largest: int, multiple: int) -> Region:
    """Return the region that is all of the picture."""
    box = Box(0, 0, picture.width, picture.height)
    return Region(box, work_size(picture, native=native, largest=largest, multiple=multiple))


def work_size(part: Size, *, native: int, largest: int, multiple: int) -> Size:
    """Return the size at which a part of a picture is painted: multiples, and comfortable."""
    grown = native / sqrt(part.width * part.height)
    shrunk = largest / max(part.width, part.height)
    scale = min(max(1.0, min(grown, MOST_ENLARGED)), shrunk)

    def snapped(pixels: int) -> int:
        most = max(1, largest // multiple)
        return min(most, max(1, round(pixels * scale / multiple))) * multiple

    return Size(snapped(part.width), snapped(part.height))


def windows(canvas: Size, known: Box, *, side: int, overlap: int) -> list[Box]:
    """Return windows that grow what is known over the whole canvas, in the order to paint them.

    Each is at most `side` long each way and sees at least `overlap` pixels of what is known by
    then, where there are so many; and as many more as find room, since what is seen is gone on
    with. What fits into one window is one. Else it goes first to the right and to the left in rows
    as high as what is known, then down and up over the full width.
    """
    if canvas.width <= side and canvas.height <= side:
        whole = Box(0, 0, canvas.width, canvas.height)
        return [] if known == whole else [whole]
    order: list[Box] = []
    for top, bottom in _rows(known.top, known.bottom, side):
        for start, end in _grown(canvas.width, known.left, known.right, side, overlap):
            order.append(Box(start, top, end, bottom))
    step = max(1, side - overlap)
    for start, end in _grown(canvas.height, known.top, known.bottom, side, overlap):
        order += [Box(left, start, right, end) for left, right in _across(canvas.width, side, step)]
    return order


def _grown(
    length: int, first: int, last: int, side: int, overlap: int
) -> Iterator[tuple[int, int]]:
    """Yield spans that grow first..last over a length: to its end, then to its beginning."""
    known = last
    while known < length:
        end = min(length, max(known + 1, known - overlap + side))
        yield max(first, end - side), end
        known = end
    known = first
    while known > 0:
        start = max(0, min(known - 1, known + overlap - side))
        yield start, min(length, start + side)
        known = start


def _across(width: int, side: int, step: int) -> list[tuple[int, int]]:
    """Return overlapping spans over a width, all as long as they can be."""
    if width <= side:
        return [(0, width)]
    starts = [*range(0, width - side, step), width - side]
    return [(start, start + side) for start in starts]


def _rows(top: int, bottom: int, side: int) -> list[tuple[int, int]]:
    """Return spans, none longer than a side, over the height of what is known."""
    height = bottom - top
    count = max(1, ceil(height / side))
    edges = [top + height * number // count for number in range(count + 1)]
    return list(pairwise(edges))


def _span(start: int, end: int, length: int, limit: int) -> tuple[int, int]:
    """Return a span of that length around another, moved inside 0..limit."""
    middle = (start + end) // 2
    first = max(0, min(middle - length // 2, limit - length))
    return first, first + length
