"""What is seen in the grid stays where it is, and what is chosen stays chosen, while rows change.

Pictures are remembered, not rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtWidgets import QListView

from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.gallery.chosen_rows import Flags, choose_rows, chosen_rows
from kandinsky_desktop.ui.gallery.grid_layout import GridLayout


@dataclass(frozen=True, slots=True)
class Anchor:
    """A picture and where its top is, as a share of the view's height."""

    picture: int
    share: float
    whole: bool  # all of it is seen


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What was seen and chosen before rows became others."""

    anchor: Anchor | None
    current: int | None
    chosen: "np.ndarray[Any, np.dtype[np.int64]] | None"


class SteadySight:
    """Remembers what a view shows, and shows it again."""

    def __init__(self, view: QListView, results: PictureResults, layout: GridLayout) -> None:
        self._view, self._results, self._layout = view, results, layout
        self._held: _Held | None = None

    def anchor(self) -> Anchor | None:
        """Return what is to stay where it is: the current picture if it is seen, else the first."""
        layout, grid = self._layout, self._layout.geometry
        if not grid.count or not layout.top:
            return None
        row = self._view.currentIndex().row()
        if not 0 <= row < grid.count or not layout.is_whole(row):
            rows = layout.rows_in_sight()
            row = next((one for one in rows if layout.is_whole(one)), rows.start)
        if row >= min(grid.count, len(self._results.ids)):
            return None
        share = (grid.place(row).top() - layout.top) / max(1, layout.page)
        return Anchor(int(self._results.ids[row]), share, layout.is_whole(row))

    def put(self, anchor: Anchor | None) -> None:
        """Scroll so that a picture lies where it was."""
        grid, page = self._layout.geometry, self._layout.page
        row = None if anchor is None else self._results.row_of(anchor.picture)
        if anchor is not None and row is not None and row < grid.count:
            place = grid.place(row)
            top = place.top() - round(anchor.share * page)
            if anchor.whole and place.height() < page:
                top = min(max(top, place.bottom() + 1 - page), place.top())
            self._view.verticalScrollBar().setValue(top)

    def hold(self) -> None:
        """Remember what is seen and chosen: rows are about to be others."""
        ids, current = self._results.ids, self._view.currentIndex().row()
        every = chosen_rows(self._view.selectionModel())
        rows = [rows for rows in every if rows.stop <= len(ids)]
        chosen = np.concatenate([ids[one.start : one.stop] for one in rows]) if rows else None
        picture = int(ids[current]) if 0 <= current < len(ids) else None
        self._held = _Held(self.anchor(), picture, chosen)

    def forget(self) -> None:
        """Let others be seen than before."""
        self._held = None

    def release(self) -> bool:
        """Show what was held where it was, and choose it again; whether something was held.

        The geometry is that of the rows that are there now.
        """
        held, self._held = self._held, None
        if held is None:
            return False
        self.put(held.anchor)
        selection = self._view.selectionModel()
        if held.chosen is not None and not selection.hasSelection():
            rows = np.flatnonzero(np.isin(self._results.ids, held.chosen))
            choose_rows(selection, rows, Flags.Select)
        row = None if held.current is None else self._results.row_of(held.current)
        if row is not None and row != self._view.currentIndex().row():
            selection.setCurrentIndex(self._results.index(row, 0), Flags.NoUpdate)
        return True
