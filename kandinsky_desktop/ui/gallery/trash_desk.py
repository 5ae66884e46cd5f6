"""Between the page of the trash and what deletes and brings back."""

from PySide6.QtCore import QObject

from kandinsky_desktop.state.deleted_pictures import DeletedPictures
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.store.trash import Trashed
from kandinsky_desktop.ui.folders import show_file
from kandinsky_desktop.ui.gallery.trash_page import TrashPage


class TrashDesk(QObject):
    """Fills the page while it is seen, and does what is asked there."""

    def __init__(
        self,
        trashing: Trashing,
        preferences: Preferences,
        pictures: DeletedPictures,
        page: TrashPage,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._trashing, self._preferences = trashing, preferences
        self._pictures, self._page = pictures, page
        page.restore_requested.connect(trashing.restore_all)
        page.empty_requested.connect(trashing.empty)
        page.folder_requested.connect(lambda trashed: show_file(trashed.path))
        trashing.moved.connect(self.refresh)
        trashing.emptied.connect(self.refresh)
        trashing.refused.connect(self.refresh)
        preferences.changed.connect(self.refresh)

    def look(self) -> None:
        """Show what is in the trash now."""
        days = self._preferences.settings.trash_days
        self._page.say_elsewhere(self._preferences.settings.system_bin)

        def show(trashed: list[Trashed]) -> None:
            self._pictures.show(trashed, days)

        self._trashing.list_deleted(show)

    def refresh(self) -> None:
        """Follow what became of pictures, as long as somebody looks."""
        if self._page.isVisible():
            self.look()
