"""What was found, between the search and the library: how many there are, and what to look for."""

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.ui.gallery.parts import Parts


class Finding(QObject):
    """Searches, says how many were found, and invites to a first picture where there is none."""

    showed = Signal()  # what was found, or that nothing was

    def __init__(self, library: Library, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._library, self._parts = library, parts
        self._searched = False  # whether what comes next is another result
        search = parts.page.search
        search.searched.connect(self._search)
        search.grouped.connect(self._group)
        search.removed.connect(library.remove_search)
        search.folder_removed.connect(library.remove_folder)
        parts.page.cleared.connect(search.clear)
        library.results_changed.connect(self._on_results)
        library.results.modelReset.connect(self.show_count)
        library.results.rowsInserted.connect(self.show_count)
        library.results.rowsRemoved.connect(self.show_count)
        library.loaded.connect(self.show_count)
        library.busy.connect(self._show_busy)
        library.folders_changed.connect(self._show_labels)
        library.labels_changed.connect(self._show_labels)
        library.searches_changed.connect(self._show_labels)
        self._show_labels()

    @property
    def is_empty(self) -> bool:
        """Whether there is no picture at all."""
        library, text = self._library, self._parts.page.search.text
        return not library.results.rowCount() and not text and library.view.is_loaded

    def show_count(self) -> None:
        """Say how many there are."""
        parts, text = self._parts, self._parts.page.search.text
        parts.page.search.show_count(self._library.results.pictures, found=bool(text))
        rows = self._library.results.rowCount()
        parts.page.show_nothing(_("Nothing is called so.") if text and not rows else "")
        if self.is_empty and parts.shown is parts.page:
            parts.show(parts.empty)
        elif not self.is_empty and parts.shown is parts.empty:
            parts.show(parts.page)
        self.showed.emit()

    def _search(self, text: str) -> None:
        self._searched = True
        self._library.search(text)

    def _group(self, grouping: str) -> None:
        self._searched = True
        self._library.group_by(grouping)

    def _on_results(self, count: int, ms: float) -> None:
        del count, ms
        if self._searched:
            self._searched = False
            self._parts.grid.to_top()
        self.show_count()

    def _show_busy(self, words: str) -> None:
        if words:
            self._parts.page.search.show_busy(words)
        else:
            self.show_count()

    def _show_labels(self) -> None:
        """Offer albums, tags and saved searches to be looked for."""
        library, search = self._library, self._parts.page.search
        search.offer(
            [(one.name, one.text) for one in library.saved_searches()],
            [one.name for one in library.albums()],
            [one.name for one in library.tags()],
        )
        search.offer_folders(library.folders[1:])  # the first is one's own
