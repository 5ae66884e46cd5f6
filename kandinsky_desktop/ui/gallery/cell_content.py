"""What a row of the results shows as a cell: its picture, and what is known of it."""

from functools import lru_cache

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
        picture, shown = int(self._results.ids[row]), self._results.shown(row)
        image = self._thumbnails.image(picture)
        if image is None and picture < 0:
            image = shown.image or _wash(dark=self._theme.tokens.name != "light")
        selection = self._view.selectionModel()
        chosen = selection.hasSelection() and selection.isSelected(self._results.index(row, 0))
        return Cell(
            key=picture,
            image=image,
            colour=None if image is not None else self._thumbnails.color(picture),
            stars=shown.stars,
            count=shown.count,
            is_open=shown.stack == picture,
            is_member=shown.stack not in (0, picture),
            broken=shown.broken,
            share=shown.share if shown.share < 1 else None,
            chosen=chosen,
            is_among=chosen and is_multiple(selection),
            offered=offered,
            focused=row == self._view.currentIndex().row() and self._view.hasFocus(),
        )


@lru_cache(maxsize=2)
def _wash(*, dark: bool) -> QImage:
    """Return what a picture in the making is before its first preview."""
    return Wash(dark=dark).frame(4 * SIDE, 4 * SIDE, 0)
