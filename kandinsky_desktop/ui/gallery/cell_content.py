"""What a row of the results shows as a cell: its picture, and what is known of it."""

from functools import lru_cache
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QListView

from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.gallery.cell import Cell
from kandinsky_desktop.ui.gallery.chosen_rows import is_multiple
from kandinsky_desktop.ui.gallery.grid_layout import SIDE
from kandinsky_desktop.ui.gallery.grid_thumbnails import Thumbnails
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.wash import Wash


class CellContent:
    """Reads cells from the model of a view."""

    def __init__(
        self, view: QListView, theme: Theme, results: PictureResults, thumbnails: Thumbnails
    ) -> None:
        self._view, self._theme = view, theme
        self._results, self._thumbnails = results, thumbnails

    def of(self, row: int, *, offered: bool = False) -> Cell:
        """Return what a row shows; `offered` as `Cell.offered`."""
        results, picture = self._results, int(self._results.ids[row])
        index = results.index(row, 0)

        def told(role: int) -> Any:
            return index.data(role)

        image = self._thumbnails.image(picture)
        if image is None and picture < 0:
            image = told(Qt.ItemDataRole.DecorationRole) or _wash(
                dark=self._theme.tokens.name != "light"
            )
        stack = told(results.OpenStackRole) or 0
        share = told(results.ShareRole) if picture < 0 else 1.0
        selection = self._view.selectionModel()
        chosen = selection.hasSelection() and selection.isSelected(index)
        return Cell(
            key=picture,
            image=image,
            colour=None if image is not None else self._thumbnails.color(picture),
            stars=told(results.StarsRole) or 0,
            count=told(results.StackRole) or 1,
            is_open=stack == picture,
            is_member=stack not in (0, picture),
            broken=told(results.BrokenRole) or "",
            share=share if share is not None and share < 1 else None,
            chosen=chosen,
            is_among=chosen and is_multiple(selection),
            offered=offered,
            focused=row == self._view.currentIndex().row() and self._view.hasFocus(),
        )


@lru_cache(maxsize=2)
def _wash(*, dark: bool) -> QImage:
    """Return what a picture in the making is before its first preview."""
    return Wash(dark=dark).frame(4 * SIDE, 4 * SIDE, 0)
