"""Where each cell and heading of the grid lies: arithmetic, at no cost for what is not asked for.

Rows lie in sections, each under a heading where it has one. All lengths are the widget's own
pixels, heights are counted from the top of the whole.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from PySide6.QtCore import QRect

EDGE = 24  # beside the grid
GAP = 12  # between cells
TOP = 8  # above the first section


class Head(NamedTuple):
    """A heading: of which section, and where."""

    section: int
    place: QRect


class GridGeometry:
    """Cells in lines that fit a width. Takes a logarithm of the number of sections to ask."""

    def __init__(
        self,
        width: int,
        side: int,
        count: int,
        starts: Sequence[int] = (0,),
        titled: Sequence[bool] = (False,),
        *,
        heading: int = 42,
        foot: int = GAP,
    ) -> None:
        """`side` is what a cell is at least; `starts` rise from 0, and all lie below `count`."""
        self.count, self._starts = count, list(starts) if count else [0]
        room = max(1, width - 2 * EDGE)
        self.columns = max(1, (room + GAP) // (side + GAP))
        self.side = max(1, (room - (self.columns - 1) * GAP) // self.columns)
        self.width, self.heading = width, heading
        self.step = self.side + GAP
        self._over = room + GAP  # shared out among the columns, so that the last ends at the edge
        self._heads = [heading if one else 0 for one in titled] if count else [0]
        ends = [*self._starts[1:], count]
        heights = (
            head - (start - end) // self.columns * self.step
            for head, start, end in zip(self._heads, self._starts, ends, strict=True)
        )
        self._tops = list(accumulate(heights, initial=TOP))
        self.height = self._tops[-1] - (GAP if count else 0) + foot

    def section_of(self, row: int) -> int:
        """Return the section that a row lies in."""
        return bisect_right(self._starts, row) - 1

    def rows_of(self, section: int) -> range:
        """Return the rows of a section."""
        last = section + 1 == len(self._starts)
        return range(self._starts[section], self.count if last else self._starts[section + 1])

    def place(self, row: int) -> QRect:
        """Return where a row's cell lies."""
        section = self.section_of(row)
        line, column = divmod(row - self._starts[section], self.columns)
        top = self._tops[section] + self._heads[section] + line * self.step
        return QRect(self.left(column), top, self.side, self.side)

    def left(self, column: int) -> int:
        """Return where a column begins."""
        return EDGE + column * self._over // self.columns

    def column_of(self, row: int) -> int:
        """Return the column that a row lies in."""
        return (row - self._starts[self.section_of(row)]) % self.columns

    def row_at(self, x: int, y: int) -> int | None:
        """Return the row whose cell holds a point."""
        if not self.count or y < TOP:
            return None
        section = self._section_at(y)
        down = y - self._tops[section] - self._heads[section]
        if down < 0 or down % self.step >= self.side:
            return None
        column = self._column_at(x)
        left = self.left(column)
        row = self._starts[section] + down // self.step * self.columns + column
        inside = left <= x < left + self.side and row in self.rows_of(section)
        return row if inside else None

    def head_at(self, y: int) -> int | None:
        """Return the section whose heading is at a height."""
        if not self.count or not TOP <= y < self._tops[-1]:
            return None
        section = self._section_at(y)
        return section if y < self._tops[section] + self._heads[section] else None

    def first_row_at(self, y: int) -> int:
        """Return the first row of the line at a height, or of the nearest in its section."""
        if not self.count:
            return 0
        section = self._section_at(y)
        rows = self.rows_of(section)
        line = (y - self._tops[section] - self._heads[section]) // self.step
        return rows.start + min(max(0, line), (len(rows) - 1) // self.columns) * self.columns

    def rows_between(self, top: int, bottom: int) -> range:
        """Return the rows of all lines that a stretch of heights touches, gaps between included."""
        if not self.count or bottom < TOP or top >= self._tops[-1]:
            return range(0)
        first, last = self.first_row_at(top), self.first_row_at(bottom)
        end = min(last + self.columns, self.rows_of(self.section_of(last)).stop)
        return range(first, max(first, end))

    def heads_between(self, top: int, bottom: int) -> list[Head]:
        """Return the headings that a stretch of heights touches."""
        found = []
        if self.count:
            for section in range(self._section_at(top), self._section_at(bottom) + 1):
                if self._heads[section]:
                    place = QRect(EDGE, self._tops[section], self._over - GAP, self.heading)
                    if place.bottom() >= top and place.top() <= bottom:
                        found.append(Head(section, place))
        return found

    def rows_in(self, rect: QRect) -> list[int]:
        """Return the rows whose cells a rectangle touches, in their order."""
        rows = self.rows_between(rect.top(), rect.bottom())
        return [row for row in rows if self.place(row).intersects(rect)]

    def moved(self, row: int, lines: int, column: int) -> int:
        """Return the row so many lines below one, or above it, as near to a column as there is.

        Beyond the first or the last line is the row itself.
        """
        section = self.section_of(row)
        rows = self.rows_of(section)
        line, sign = (row - rows.start) // self.columns, (1 if lines > 0 else -1)
        for _step in range(abs(lines)):
            following = line + sign
            if not 0 <= following <= (len(rows) - 1) // self.columns:
                if not 0 <= section + sign < len(self._starts):
                    break
                section += sign
                rows = self.rows_of(section)
                following = 0 if sign > 0 else (len(rows) - 1) // self.columns
            line = following
        first = rows.start + line * self.columns
        if first <= row < min(first + self.columns, rows.stop):
            return row
        return min(first + column, rows.stop - 1)

    def _section_at(self, y: int) -> int:
        return min(max(0, bisect_right(self._tops, y) - 1), len(self._starts) - 1)

    def _column_at(self, x: int) -> int:
        column = min(max(0, (x - EDGE) * self.columns // self._over), self.columns - 1)
        if x < self.left(column):
            return max(0, column - 1)
        if column + 1 < self.columns and x >= self.left(column + 1):
            return column + 1
        return column
