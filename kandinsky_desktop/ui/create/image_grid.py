"""Where the pictures of a grid are: as large as they fit, the last row in the middle."""

from math import ceil

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box


def grid_boxes(count: int, picture: Size, area: Box, *, gap: int) -> list[Box]:
    """Return the boxes of so many pictures of one size, in the middle of an area."""
    columns, rows, scale = _columns(count, picture, area.size, gap)
    width = max(1, int(picture.width * scale + 1e-6))
    height = max(1, int(picture.height * scale + 1e-6))
    top = area.top + (area.size.height - rows * height - (rows - 1) * gap) // 2
    boxes = []
    for number in range(count):
        row, column = divmod(number, columns)
        in_row = min(columns, count - row * columns)
        left = area.left + (area.size.width - in_row * width - (in_row - 1) * gap) // 2
        first = Box(left, top, left + width, top + height)
        boxes.append(first.moved(column * (width + gap), row * (height + gap)))
    return boxes


def _columns(count: int, picture: Size, area: Size, gap: int) -> tuple[int, int, float]:
    """Return the columns, the rows and the scale that show the pictures largest."""

    def scale(columns: int) -> float:
        rows = ceil(count / columns)
        wide = (area.width - (columns - 1) * gap) / columns / picture.width
        high = (area.height - (rows - 1) * gap) / rows / picture.height
        return max(0.01, min(wide, high))

    best = 2 if count == 4 else max(range(1, count + 1), key=scale)  # four are two by two
    return best, ceil(count / best), scale(best)
