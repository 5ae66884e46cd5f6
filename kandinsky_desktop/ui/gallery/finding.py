"""What was found, between the search and the library: how many there are, and what to look for."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.state.library_view import ALIKE, DAY, DUPLICATES
from kandinsky_desktop.ui.gallery.parts import Parts


class Finding(QObject):
    """Searches, says how many were found, and invites to a first picture where there is none."""

    showed = Signal()  # what was found, or that nothing was
    replaced = Signal()  # the page that had the focus gave way to another

    def __init__(self, library: Library, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._library, self._parts = library, parts
        self._searched = False  # whether what comes next is another result
        search = parts.page.search
        search.searched.connect(self._search)
        search.grouped.connect(self._group)
        search.removed.connect(library.remove_search)
        search.folder_removed.connect(library.remove_folder)
        parts.page.cleared.connect(self._show_everything)
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
        view, text = self._library.view, self._parts.page.search.text
        shown = self._library.results.rowCount()
        return not (shown or text or len(view.columns)) and view.is_loaded

    def show_count(self) -> None:
        """Say how many there are."""
        parts, text = self._parts, self._parts.page.search.text
        parts.page.search.show_count(self._library.results.pictures, found=bool(text))
        rows = self._library.results.rowCount()
        parts.page.show_nothing("" if rows or self.is_empty else self._nothing(text))
        if self.is_empty and parts.shown is parts.page:
            self._replace(parts.empty)
        elif not self.is_empty and parts.shown is parts.empty:
            self._replace(parts.page)
        self.showed.emit()

    def _replace(self, page: QWidget) -> None:
        gone, focused = self._parts.shown, QApplication.focusWidget()
        self._parts.show(page)
        if gone is not None and focused is not None and gone.isAncestorOf(focused):
            self.replaced.emit()

    def _nothing(self, text: str) -> str:
        """Say that there is none of what is looked for; nothing while it is being read."""
        view = self._library.view
        if not view.is_loaded:
            return ""
        if text:
            return _("Nothing was found.")
        words = {DUPLICATES: _("No picture is here twice."), ALIKE: _("No two look alike.")}
        return words.get(view.grouping, "")

    def _show_everything(self) -> None:
        self._parts.page.search.clear()
        if self._library.view.grouping in (DUPLICATES, ALIKE):
            self._parts.page.search.show_grouping(DAY)
            self._group(DAY)

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
