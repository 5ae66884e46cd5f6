"""What the panel shows of the picture that is looked at: details, then the whole picture.

They are read once the cursor rests: arrows that are held lead past many.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.full_pictures import FullPictures
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.state.library_details import PictureDetails
from kandinsky_desktop.state.pictures import AnyIndex
from kandinsky_desktop.ui.gallery.details import kinship, relatives, title_of
from kandinsky_desktop.ui.gallery.family import Relative
from kandinsky_desktop.ui.gallery.parts import Parts

SOON_MS = 60  # until details are read
WHOLE_MS = 250  # until the whole picture is


class LookedAt(QObject):
    """Fills the panel, and the page of the family, with what is known of one picture."""

    read = Signal()  # details: more can be done now

    def __init__(
        self,
        library: Library,
        full_pictures: FullPictures,
        parts: Parts,
        path: Callable[[], Path | None],
        parent: QObject,
    ) -> None:
        """`path` is the file of the picture that is looked at."""
        super().__init__(parent)
        self._library, self._full, self._parts, self._path = library, full_pictures, parts, path
        self.picture: int | None = None  # whose details are awaited or shown
        self._is_family_wanted = False  # once they are read
        self._soon = _timer(self, SOON_MS, self._read_details)
        self._whole = _timer(self, WHOLE_MS, self._read_whole)
        library.thumbnails.ready.connect(self._on_thumbnails)
        library.results.dataChanged.connect(self._on_data)
        full_pictures.came.connect(self._on_whole)
        library.day.changed.connect(self._name_day)

    @property
    def details(self) -> PictureDetails | None:
        """What is known of it, once it is read."""
        return self._parts.details.details

    def look_at(self, picture: int) -> None:
        """Show what is known of a picture."""
        self.picture, self._is_family_wanted = picture, False
        row, image = self._parts.grid.currentIndex(), self._library.thumbnails.image(picture)
        if picture < 0:
            words = str(row.data(self._library.results.PromptRole) or "")
            self._parts.details.show_making(words, image)
            return
        title = str(row.data() or "") if row.isValid() else ""
        self._parts.details.show_soon(title, image)
        self._soon.start()
        self._whole.start()

    def look_at_several(self, cells: int, pictures: int) -> None:
        """Say how many are chosen."""
        self.picture = None
        self._parts.details.show_several(cells, pictures)

    def look_at_none(self) -> None:
        """Show that none is chosen."""
        self.picture = None
        self._parts.details.show_none()

    def show_family(self) -> None:
        """Show the family of the picture in the place of the grid, once it is known."""
        self._is_family_wanted = self.details is None
        if self.details is not None:
            self._parts.show(self._parts.family)
            self._fill_family(self.details)
            self._parts.family.take_focus()

    def _fill_family(self, details: PictureDetails) -> None:
        family = self._parts.family
        me = Relative(details.id, _("this picture"))
        image_of = self._library.thumbnails.image
        parents, children = relatives(details.parents), relatives(details.children)
        family.view.show_family(parents, me, children, image_of)
        family.title.setText(title_of(details)[:80])
        alone = _("It came from no other picture, and none came of it.")
        there = bool(parents or children)
        family.about.setText(kinship(details) if there else alone)

    def _read_details(self) -> None:
        picture = self.picture
        if picture is not None and picture >= 0:  # else it is in the making
            self._library.details(picture, partial(self._take_details, picture))

    def _take_details(self, picture: int, details: PictureDetails | None) -> None:
        if picture != self.picture or details is None:
            return
        self._parts.details.show_details(details)
        self.read.emit()
        kin = [one.ids[0] for one in (*details.parents, *details.children) if one.ids]
        self._parts.grid.wish_beside([*kin, picture])
        if self._parts.shown is self._parts.family:
            self._fill_family(details)
        elif self._is_family_wanted and self._parts.shown is self._parts.page:
            self.show_family()

    def _read_whole(self) -> None:
        path = self._path()
        panel = self._parts.shown is self._parts.page and self._parts.details.isVisible()
        if path is not None and panel and self.picture is not None:
            self._full.want((path,))

    def _name_day(self) -> None:
        """What was made today was made yesterday now."""
        if self.details is not None:
            self._parts.details.show_details(self.details)

    def _on_whole(self, path: Path) -> None:
        if self.details is not None and self.details.path == path:
            image = self._full.image(path)
            if image is not None:
                self._parts.details.complete(image)

    def _on_thumbnails(self, ids: Sequence[int]) -> None:
        self._parts.details.refresh_images()
        self._parts.family.view.refresh()
        if self.picture in ids and self.details is None:
            image = self._library.thumbnails.image(self.picture or 0)
            if image is not None:
                self._parts.details.complete(image)

    def _on_data(self, first: AnyIndex, last: AnyIndex) -> None:
        """Follow stars that were given, and what was read anew, also while details are awaited."""
        if self._parts.shown is self._parts.box:
            self._parts.box.show_caption()
        results = self._library.results
        row = None if self.picture is None else results.row_of(self.picture)
        if row is not None and first.row() <= row <= last.row():
            if self.details is not None:
                self._parts.details.show_stars(results.index(row, 0).data(results.StarsRole) or 0)
            self._soon.start()


def _timer(parent: QObject, interval: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(call)
    return timer
