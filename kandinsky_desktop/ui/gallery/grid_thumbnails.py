"""Which thumbnails the grid asks for, and which of its cells are painted anew when they come."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QTimer, SignalInstance
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QListView

from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.gallery.grid_layout import GridLayout

SOON_MS = 8  # half a frame: many thumbnails, one repaint


class Thumbnails(Protocol):
    """Where the grid's pictures come from."""

    ready: SignalInstance

    def image(self, picture: int) -> QImage | None:
        """Return a picture that is in memory."""

    def color(self, picture: int) -> QColor:
        """Return a picture's mean colour; an invalid one where it is not known."""

    def set_side(self, pixels: int) -> None:
        """Say how large a cell is, in pixels of the screen."""

    def wish(self, ids: Sequence[int]) -> None:
        """Say which pictures are wanted, the most wanted first, in place of all before."""


class GridThumbnails(QObject):
    """Asks for what is seen and near, once the event loop turns."""

    def __init__(
        self,
        view: QListView,
        results: PictureResults,
        layout: GridLayout,
        thumbnails: Thumbnails,
    ) -> None:
        super().__init__(view)
        self._view, self._results, self._layout = view, results, layout
        self._thumbnails = thumbnails
        self._come: set[int] = set()
        self._beside: tuple[int, ...] = ()  # pictures that are wished for besides
        self._later = _timer(self, 0, self._wish)
        self._soon = _timer(self, SOON_MS, self._repaint)
        thumbnails.ready.connect(self._on_ready)

    def wish_soon(self) -> None:
        """Ask for what is in sight by then."""
        self._later.start()

    def wish_beside(self, ids: Sequence[int]) -> None:
        """Ask for pictures that are shown beside the grid, too."""
        self._beside = tuple(ids)
        self._later.start()

    def _wish(self) -> None:
        """Ask for what is seen and what is beside, then a page below, then a page above."""
        if not self._view.isVisible():
            self._thumbnails.wish(self._beside)
            return
        rows, ids = self._layout.rows_in_sight(), self._results.ids
        page = len(rows)
        below = ids[rows.stop : rows.stop + page]
        above = ids[max(0, rows.start - page) : rows.start][::-1]
        beside = np.array(self._beside, np.int64)
        wanted = np.concatenate((ids[rows.start : rows.stop], beside, below, above))
        self._thumbnails.set_side(self._layout.pixels)
        self._thumbnails.wish([one for one in wanted.tolist() if one >= 0])

    def _on_ready(self, ids: Iterable[int]) -> None:
        self._come.update(ids)
        if not self._soon.isActive():
            self._soon.start()

    def _repaint(self) -> None:
        """Paint only the cells anew whose pictures came."""
        come, self._come = self._come, set()
        rows = self._layout.rows_in_sight()
        for row, picture in enumerate(
            self._results.ids[rows.start : rows.stop].tolist(), rows.start
        ):
            if picture in come:
                self._view.viewport().update(self._layout.place_of(row))


def _timer(parent: QObject, interval: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(call)
    return timer
