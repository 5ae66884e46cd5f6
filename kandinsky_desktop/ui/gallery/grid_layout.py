"""Where cells and headings of the grid lie in its viewport now: geometry, scrolled and measured."""

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QListView

from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.gallery.geometry import GridGeometry
from kandinsky_desktop.ui.theme import Theme

SIDES = (88, 380)  # of a cell, in unscaled pixels: the least and the most that can be asked for
SIDE = 130  # six of them stand in the usual window
HEADING = 42
FOOT, BAR_FOOT = 24, 80  # below the last cell; with the bar of what is chosen over it


class GridLayout:
    """The geometry of what a view shows, and the places in its viewport."""

    def __init__(self, view: QListView, theme: Theme, results: PictureResults) -> None:
        self._view, self._theme, self._results = view, theme, results
        self.side, self.foot = SIDE, FOOT
        self.geometry = GridGeometry(1, 1, 0)  # counted from the top of the whole

    def measure(self) -> None:
        """Compute the geometry anew."""
        count, sections = len(self._results.ids), self._results.sections
        bar = self._view.verticalScrollBar().width()
        self.geometry = GridGeometry(
            self._view.viewport().width() + bar,
            self._theme.px(self.side),
            count,
            [one.start for one in sections] or (0,),
            [bool(one.title) for one in sections] or (False,),
            heading=self._theme.px(HEADING),
            foot=self.foot,
        )

    @property
    def top(self) -> int:
        """How much of the whole is above the viewport."""
        return self._view.verticalScrollBar().value()

    @property
    def page(self) -> int:
        """How high the viewport is."""
        return self._view.viewport().height()

    @property
    def pixels(self) -> int:
        """The side of a cell in device pixels."""
        return round(self.geometry.side * self._view.devicePixelRatioF())

    def rows_in_sight(self) -> range:
        """Return the rows of which something is seen, whole lines of them."""
        return self.geometry.rows_between(self.top, self.top + self.page - 1)

    def place_of(self, row: int) -> QRect:
        """Return where a cell lies."""
        return self.geometry.place(row).translated(0, -self.top)

    def is_whole(self, row: int) -> bool:
        """Whether all of a cell is seen."""
        place = self.place_of(row)
        return place.top() >= 0 and place.bottom() < self.page

    def head_place(self, section: int) -> QRect:
        """Return where the heading of a section lies."""
        rows = self.geometry.rows_of(section)
        first = self.geometry.place(rows.start)
        wide = self.geometry.width
        place = QRect(first.left(), first.top() - self.geometry.heading, wide, 0)
        place.setHeight(self.geometry.heading)
        return place.translated(0, -self.top)
