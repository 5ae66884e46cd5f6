"""The pictures that are meant by what is chosen: in closed stacks those that were found."""

from collections.abc import Iterator

from kandinsky_desktop.state.library import Library
from kandinsky_desktop.ui.gallery.parts import Parts


class ChosenPictures:
    """Knows what acts are done to: what is chosen in the grid, or what is seen instead of it."""

    def __init__(self, library: Library, parts: Parts) -> None:
        self._library, self._parts = library, parts

    @property
    def cells(self) -> int:
        """How many cells of the grid are chosen."""
        return self._parts.grid.chosen_count

    @property
    def count(self) -> int:
        """How many pictures are chosen in the grid, with those in closed stacks."""
        return sum(1 if is_open else count for _picture, count, is_open in self._cells())

    @property
    def any(self) -> bool:
        """Whether acts can be done to anything: to what is still in the making they cannot."""
        if self._parts.shown in (self._parts.box, self._parts.family):
            return bool(self.ids())
        return next(self._cells(), None) is not None

    def ids(self) -> list[int]:
        """Return the ids of all that is meant, without what is being made."""
        results = self._library.results
        if self._parts.shown is self._parts.box:
            picture = int(results.ids[self._parts.box.number])
            return [picture] if picture >= 0 else []
        if self._parts.shown is self._parts.family:
            details = self._parts.details.details
            return [] if details is None else [details.id]
        found: dict[int, None] = {}
        for rows in self._parts.grid.chosen_rows:
            for row in rows[max(0, len(results.making) - rows.start) :]:
                found.update(dict.fromkeys(results.members_at(row)))
        return list(found)

    def _cells(self) -> Iterator[tuple[int, int, bool]]:
        """Yield of each chosen cell its picture, how many it stands for, and if its stack is open.

        Of what is in the making nothing can be done.
        """
        results = self._library.results
        found, making = results.found, len(results.making)
        for rows in self._parts.grid.chosen_rows:
            part = slice(max(0, rows.start - making), max(0, rows.stop - making))
            columns = (found.ids[part], found.counts[part], found.stacks[part] != 0)
            yield from zip(*(one.tolist() for one in columns), strict=True)
