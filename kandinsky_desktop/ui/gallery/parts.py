"""The parts of the gallery's room, and which of its pages is shown. All of it needs numpy."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QWidget

from kandinsky_desktop.state.deleted_pictures import DeletedPictures
from kandinsky_desktop.store.places import prompt_picture
from kandinsky_desktop.ui.gallery.compare import Compare
from kandinsky_desktop.ui.gallery.details import DetailsPanel
from kandinsky_desktop.ui.gallery.empty import EmptyLibrary
from kandinsky_desktop.ui.gallery.grid import PictureGrid
from kandinsky_desktop.ui.gallery.lightbox import Lightbox
from kandinsky_desktop.ui.gallery.page import FamilyPage, GalleryPage
from kandinsky_desktop.ui.gallery.trash_page import TrashPage
from kandinsky_desktop.ui.room import Shared

SAMPLE = "a unicorn"  # what a first picture would look like


@dataclass(frozen=True, slots=True)
class Parts:
    """The pages, which take each other's place, and the panel beside them."""

    pages: QStackedWidget
    page: GalleryPage
    box: Lightbox
    compare: Compare
    family: FamilyPage
    empty: EmptyLibrary
    trash: TrashPage
    details: DetailsPanel

    @property
    def grid(self) -> PictureGrid:
        """The grid on the page that is usually shown."""
        return self.page.grid

    @property
    def shown(self) -> QWidget | None:
        """The page that is shown."""
        return self.pages.currentWidget()

    def show(self, page: QWidget) -> None:
        """Show a page."""
        self.pages.setCurrentWidget(page)


def build(shared: Shared, picture: Callable[[], Path | None], deleted: DeletedPictures) -> Parts:
    """Build all parts; the panel's buttons act on `picture`."""
    theme, actions, state = shared.theme, shared.actions, shared.state
    results, thumbnails = state.library.results, state.library.thumbnails
    parts = Parts(
        QStackedWidget(),
        GalleryPage(theme, actions, results, thumbnails),
        Lightbox(theme, state.full_pictures),
        Compare(theme, state.full_pictures),
        FamilyPage(theme),
        EmptyLibrary(theme),
        TrashPage(theme, deleted),
        DetailsPanel(theme, actions, picture, thumbnails.image),
    )
    parts.empty.show_sample(QImage(str(prompt_picture("starter", SAMPLE))))
    for page in (parts.page, parts.box, parts.compare, parts.family, parts.empty, parts.trash):
        parts.pages.addWidget(page)
    return parts
