"""The model of the library over pictures that are made up, and thumbnails that come later."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QImage

from kandinsky_desktop.state.library_arrangement import Arrangement, Section
from kandinsky_desktop.state.library_columns import Numbers
from kandinsky_desktop.state.picture_results import PictureResults, Texts

FOLDER = Path("/pictures")


class SomePictures(PictureResults):
    """Pictures by their ids, newest first; texts are made up, stars are set by hand."""

    def __init__(
        self, ids: Iterable[int] = (), sections: Sequence[Section] = (), *, folder: Path = FOLDER
    ) -> None:
        self.stars: dict[int, int] = {}
        self.stacks: dict[int, int] = {}
        self.opened: dict[int, int] = {}
        self.broken: dict[int, str] = {}
        self.words: dict[int, str] = {}
        self._folder = folder
        super().__init__(self._told, lambda picture: self.stars.get(picture, 0))
        self.reset_to(ids, sections)

    def reset_to(self, ids: Iterable[int], sections: Sequence[Section] = ()) -> None:
        """Be other pictures from now on."""
        self.show(self._arranged(np.fromiter(ids, np.int64), sections), anew=True)

    def add_first(self, ids: Sequence[int]) -> None:
        """Show some more at the top; all other sections begin so much later."""
        sections = [
            Section(one.title, one.start + (len(ids) if one.start else 0), one.pictures)
            for one in self.found.sections
        ]
        self.show(
            self._arranged(np.concatenate((np.array(ids, np.int64), self.found.ids)), sections)
        )

    def _arranged(self, ids: Numbers, sections: Sequence[Section]) -> Arrangement:
        counts = np.array([self.stacks.get(int(one), 1) for one in ids], np.int64)
        opened = np.array([self.opened.get(int(one), 0) for one in ids], np.int64)
        return Arrangement(ids, counts, opened, tuple(sections), int(counts.sum()))

    def _told(self, ids: Sequence[int]) -> dict[int, Texts]:
        return {
            picture: Texts(
                self._folder / f"{picture}.png",
                self.words.get(picture, f"picture {picture}"),
                self.broken.get(picture, ""),
            )
            for picture in ids
        }


class SomeThumbnails(QObject):
    """Plain squares that are there as soon as the event loop turns; it notes what was wished."""

    ready = Signal(object)  # Sequence[int]

    def __init__(self) -> None:
        super().__init__()
        self.wished: list[list[int]] = []
        self.side = 0
        self.images: dict[int, QImage] = {}

    def image(self, picture: int) -> QImage | None:
        """Return what came."""
        return self.images.get(picture)

    def set_side(self, pixels: int) -> None:
        """Be so large from now on."""
        self.side = pixels

    def color(self, picture: int) -> QColor:
        """Return a colour of each picture's own."""
        return QColor.fromHsv(picture * 37 % 360, 120, 200)

    def wish(self, ids: Sequence[int]) -> None:
        """Have them soon."""
        self.wished.append(list(ids))
        QTimer.singleShot(0, self, self._bring)

    def _bring(self) -> None:
        ids = self.wished[-1]
        for picture in ids:
            if picture not in self.images:
                image = QImage(self.side, self.side, QImage.Format.Format_RGB32)
                image.fill(self.color(picture).darker())
                self.images[picture] = image
        self.ready.emit(ids)


def by_days(count: int, each: int = 24) -> tuple[range, tuple[Section, ...]]:
    """Return ids from the newest on, and a section a day."""
    starts = range(0, count, each)
    return range(count, 0, -1), tuple(Section(f"Day {one // each}", one, each) for one in starts)
