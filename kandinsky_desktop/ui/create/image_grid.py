"""Where the pictures of a grid are: as large as they fit, each with room under it."""

from math import ceil

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box


def grid_boxes(
    count: int, picture: Size, view: Size, *, margin: int, gap: int, foot: int, wide: int
) -> list[Box]:
    """Return the boxes of so many pictures of one size, in the middle of a view.

    Under each is room for `foot`, and each has, where there is so much, `wide` across.
    """
    columns, rows, scale = _columns(count, picture, view, margin, gap, foot)
    width = max(1, round(picture.width * scale))
    height = max(1, round(picture.height * scale))
    room = (view.width - 2 * margin - (columns - 1) * gap) // columns
    across = max(width, min(room, wide))
    down = height + foot
    left = (view.width - columns * across - (columns - 1) * gap) // 2 + (across - width) // 2
    top = (view.height - rows * down - (rows - 1) * gap) // 2
    first = Box(left, top, left + width, top + height)
    return [
        first.moved((number % columns) * (across + gap), (number // columns) * (down + gap))
        for number in range(count)
    ]


def _columns(
    count: int, picture: Size, view: Size, margin: int, gap: int, foot: int
) -> tuple[int, int, float]:
    """Return the columns, the rows and the scale that show the pictures largest."""
    across, down = view.width - 2 * margin, view.height - 2 * margin

    def scale(columns: int) -> float:
        rows = ceil(count / columns)
        wide = (across - (columns - 1) * gap) / columns / picture.width
        high = ((down - (rows - 1) * gap) / rows - foot) / picture.height
        return max(0.01, min(wide, high))

    best = 2 if count == 4 else max(range(1, count + 1), key=scale)  # four are two by two
    return best, ceil(count / best), scale(best)
