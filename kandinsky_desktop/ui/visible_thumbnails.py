"""The thumbnails of a list view: requested while their rows can be seen, each repainted alone."""

from bisect import bisect_left
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, QTimer
from PySide6.QtWidgets import QListView

from kandinsky_desktop.state.pictures import PictureListModel
from kandinsky_desktop.state.stacks import Stacks


class VisibleThumbnails(QObject):
    """Requests the thumbnails of the rows that a view shows, whenever these may be others.

    The view calls `refresh` when it paints and `release` when it is hidden. Its rows lie from left
    to right: in one line or, where it wraps, in lines that fit its width.
    """

    def __init__(self, view: QListView, pictures: PictureListModel | Stacks) -> None:
        super().__init__(view)
        self._view, self._pictures = view, pictures
        self._soon = QTimer(self)  # once for all that is painted now
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._request)
        pictures.thumbnails.loaded.connect(self._repaint)

    def refresh(self) -> None:
        """Request what is seen now, once control is back in the event loop."""
        self._soon.start()

    def release(self) -> None:
        """Request nothing: the view is hidden."""
        self._soon.stop()
        self._pictures.thumbnails.request(self._view, ())

    def rows(self) -> range:
        """Return the rows that can be seen. Takes the logarithm of their number."""
        every, wraps = range(self._pictures.rowCount()), self._view.isWrapping()
        viewport = self._view.viewport().size()
        length = viewport.height() if wraps else viewport.width()

        def start(row: int) -> int:
            place = self._view.visualRect(self._index(row))
            return place.top() if wraps else place.left()

        def end(row: int) -> int:
            place = self._view.visualRect(self._index(row))
            return place.bottom() if wraps else place.right()

        return range(bisect_left(every, 0, key=end), bisect_left(every, length, key=start))

    def _index(self, row: int) -> QModelIndex:
        return self._pictures.index(row, 0)

    def _request(self) -> None:
        if self._view.isVisible():
            paths = (self._pictures.path(row) for row in self.rows())
            wanted = [path for path in paths if path is not None]
            self._pictures.thumbnails.request(self._view, wanted)

    def _repaint(self, path: Path) -> None:
        for row in self._pictures.rows_showing(path):
            self._view.update(self._index(row))
