"""The library: everything ever made. The one object that the gallery talks to.

What needs numpy is made when the library is first used (`wake`), after the first sight of the
window. The truth are the pictures and the logs beside them; what is in memory follows the index.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.indexing import Changed, WrittenOver
from kandinsky_desktop.domain.library import ALBUM, TAG, album_key, tag_key
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.calendar_day import CalendarDay
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.library_acts import Done, LibraryActs, Renamed, find_places
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.store import act_log, saved_searches
from kandinsky_desktop.store.saved_searches import SavedSearch
from kandinsky_desktop.store.trash import Trashed

if TYPE_CHECKING:
    import sqlite3

    from kandinsky_desktop.state.library_columns import Columns
    from kandinsky_desktop.state.library_details import PictureDetails
    from kandinsky_desktop.state.library_view import LibraryView
    from kandinsky_desktop.state.picture_results import PictureResults
    from kandinsky_desktop.state.thumbnail_cache import ThumbnailCache

log = logging.getLogger(__name__)

FAVOURITES = "stars:1+"  # what is searched for to see them


@dataclass(frozen=True, slots=True)
class Album:
    """An album, or a tag, and how many pictures it has."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """Where the library's own things lie."""

    open_index: "Callable[[], sqlite3.Connection]"  # to read, in any thread
    open_thumbnails: "Callable[[], sqlite3.Connection]"  # likewise
    device: Path  # the id of this device
    logs: Path  # of acts on folders that must not be written to
    searches: Path
    folders: Path  # that people added


class Library(QObject):
    """Searches, groups and changes what lies in the library's folders."""

    awake = Signal()  # results and thumbnails are there
    loaded = Signal()  # the whole library is in memory
    results_changed = Signal(int, float)  # how many pictures were found, in how many ms
    labels_changed = Signal()  # tags, albums and how many pictures they have
    searches_changed = Signal()  # the saved ones
    folders_changed = Signal()
    trash_changed = Signal()
    changed = Signal()  # what can be undone
    renamed = Signal(object, object)  # Path of a file, as it was and as it is now
    busy = Signal(str)  # what the indexer does, in words; empty: nothing
    told = Signal(str)  # what was done
    problem = Signal(str)  # why something was not done

    thumbnails_wanted = Signal(
        object
    )  # tuple[int, ...], the most wanted first; the indexer listens
    acts_written = Signal(object)  # Path of the library folder; likewise
    remember_wanted = Signal(object)  # Path of a picture that was just made; likewise
    scan_wanted = Signal()  # likewise
    watch_wanted = Signal(object)  # tuple[Path, ...] of library folders; likewise

    results: "PictureResults"
    thumbnails: "ThumbnailCache"

    def __init__(
        self,
        background: Background,
        preferences: Preferences,
        trashing: Trashing,
        newest: Gallery,
        making: LibraryMaking,
        files: LibraryFiles,
    ) -> None:
        """`newest` and `making` are the strip's, too."""
        super().__init__()
        self._newest, self.making = newest, making
        self._background, self._preferences, self._trashing = background, preferences, trashing
        self._files = files
        self.day = CalendarDay(self)
        self.acts = LibraryActs(
            background, find_places(files.open_index), self._values, files.device, files.logs
        )
        self._view: LibraryView | None = None
        self._busy_words = ""
        self._is_started = False
        self._folders: tuple[Path, ...] = ()
        self._searches: tuple[SavedSearch, ...] = ()
        self._deleted: dict[Path, tuple[int, Columns]] = {}  # as they were, by where they lay
        making.made.connect(self.remember_wanted)
        newest.added.connect(self.remember_wanted)
        self.acts.changed.connect(self.changed)
        self.acts.done.connect(self._on_done)
        self.acts.told.connect(self.told)
        self.acts.carried.connect(self.acts_written)
        self.acts.refused.connect(self.problem)
        trashing.changed.connect(self.changed)
        trashing.leaving.connect(self._on_leaving)
        trashing.stayed.connect(self._on_stayed)
        trashing.moved.connect(self._on_moved)
        trashing.emptied.connect(self.trash_changed)
        preferences.changed.connect(self._on_settings)

    # -- its life

    @property
    def view(self) -> "LibraryView":
        """What is looked at; it wakes the library."""
        self.wake()
        assert self._view is not None
        return self._view

    @property
    def is_awake(self) -> bool:
        """Whether results and thumbnails are there."""
        return self._view is not None

    def prepare(self, then: Callable[[], None]) -> None:
        """Import numpy in a thread, where it stops nobody, then wake and call back."""

        def load() -> None:
            import_module("numpy")

        def wake(_nothing: None) -> None:
            self.wake()
            then()

        self._background.read(load, wake)

    def wake(self) -> None:
        """Make what needs numpy, and read the library into memory."""
        if self._view is not None:
            return
        self.start()
        from kandinsky_desktop.state.library_view import LibraryView

        view = LibraryView(
            self._background, self._files.open_index, self._files.open_thumbnails, self.making
        )
        self._view, self.results, self.thumbnails = view, view.results, view.thumbnails
        view.results_changed.connect(self.results_changed)
        view.labels_changed.connect(self.labels_changed)
        view.loaded.connect(self.loaded)
        view.problem.connect(self.problem)
        view.thumbnails.wanted.connect(self.thumbnails_wanted)
        self.day.changed.connect(view.renew_days)
        self.awake.emit()
        view.load()

    @Slot()
    def start(self) -> None:
        """Read what is small, and ask for the folders to be watched. Once is enough."""
        if self._is_started:
            return
        self._is_started = True

        def read() -> tuple[tuple[Path, ...], tuple[SavedSearch, ...]]:
            from kandinsky_desktop.store import library_folders  # which brings SQLite along

            folders = library_folders.load(self._files.folders)
            try:
                return folders, saved_searches.load(self._files.searches)
            except KandinskyError as error:
                log.warning("%s", error)
                return folders, ()

        def take(found: tuple[tuple[Path, ...], tuple[SavedSearch, ...]]) -> None:
            self._folders, self._searches = found
            self.folders_changed.emit()
            self.searches_changed.emit()
            self.watch_wanted.emit(self.folders)

        self._background.read(read, take, self.problem.emit)

    def end(self) -> None:
        """Do what people have asked for, then end its threads."""
        self.acts.finish()
        if self._view is not None:
            self._view.end()

    # -- what the indexer says

    @Slot(object)
    def on_changed(self, changed: Changed) -> None:
        """Follow the index."""
        words = ""
        if changed.scanning and changed.total:
            words = _("Looking through your pictures: {done} of {total}")
            words = words.format(done=changed.done, total=changed.total)
        if words != self._busy_words:
            self._busy_words = words
            self.busy.emit(words)
        self._newest.on_changed(changed)
        if self._view is not None and changed.is_new_file:
            self._view.on_index_made_anew()
        elif self._view is not None:
            self._view.on_changed(changed)

    @Slot(object)
    def on_thumbnails_ready(self, ids: Sequence[int]) -> None:
        """Show thumbnails that were made."""
        if self._view is not None:
            self._view.thumbnails.on_made(ids)

    @Slot(str)
    def on_index_problem(self, sentence: str) -> None:
        """Say what is amiss with the index."""
        self._newest.on_index_problem()
        self.problem.emit(sentence)

    @Slot(object)
    def on_written_over(self, report: WrittenOver) -> None:
        """Let pictures that another program edited in place keep their stars, tags and albums."""
        self.acts.carry(report.root, report.root_mark, report.marks)

    # -- what is looked at

    def search(self, text: str) -> None:
        """Look for what is typed: `domain.query` says what it means."""
        self.view.search(text)

    def group_by(self, grouping: str) -> None:
        """Group results by "day", "album" or "family"; or show "duplicates" or what is "alike"."""
        self.view.group_by(grouping)

    def open_stack(self, picture: int) -> None:
        """Show each picture of the stack that one is of."""
        self.view.open_stack(picture)

    def close_stack(self, picture: int) -> None:
        """Fold the stack again that one is of."""
        self.view.close_stack(picture)

    def members(self, picture: int) -> tuple[int, ...]:
        """Return the pictures of the stack that one is of, in their order."""
        return self.view.members(picture)

    def paths(self, ids: Sequence[int]) -> list[Path]:
        """Return where pictures lie, of those that are known."""
        found = self.view.paths([picture for picture in ids if picture >= 0])
        making = {one.id: one.path for one in self.making.entries if one.path is not None}
        return [
            path
            for picture in ids
            if (path := found.get(picture) or making.get(picture)) is not None
        ]

    def details(self, picture: int, then: "Callable[[PictureDetails | None], None]") -> None:
        """Read all that is known of a picture, and call back; None: it is not there any more."""
        from kandinsky_desktop.state.library_details import read_details

        open_index = self._files.open_index

        def take(details: "PictureDetails | None") -> None:
            view = self.view
            if details is not None and view.is_loaded:  # memory is ahead of the index
                details = replace(
                    details,
                    stars=view.stars(picture),
                    tags=view.labels_of(TAG, picture),
                    albums=view.labels_of(ALBUM, picture),
                )
            then(details)

        self._background.read(lambda: read_details(open_index, picture), take, self.problem.emit)

    def duplicates(self) -> tuple[tuple[int, ...], ...]:
        """Return pictures that are the same to the byte, as far as they were read."""
        return self.view.duplicates()

    def albums(self) -> tuple[Album, ...]:
        """Return the albums by their names."""
        return tuple(Album(*one) for one in self.view.labels(ALBUM))

    def tags(self) -> tuple[Album, ...]:
        """Return the tags by their names."""
        return tuple(Album(*one) for one in self.view.labels(TAG))

    # -- saved searches

    def saved_searches(self) -> tuple[SavedSearch, ...]:
        """Return the searches that were kept, as they were kept."""
        return self._searches

    def save_search(self, name: str, text: str) -> None:
        """Keep a search under a name, in place of another of that name."""
        name = " ".join(name.split())[:80]
        if not name or not text.strip():
            self.problem.emit(_("Type what to look for, and give it a name."))
            return
        kept = tuple(one for one in self._searches if one.name != name)
        self._write_searches((*kept, SavedSearch(name, text.strip()))[-saved_searches.MOST :])

    def remove_search(self, name: str) -> None:
        """Forget a search that was kept."""
        self._write_searches(tuple(one for one in self._searches if one.name != name))

    def _write_searches(self, searches: tuple[SavedSearch, ...]) -> None:
        before, self._searches = self._searches, searches
        self.searches_changed.emit()

        def failed(sentence: str) -> None:
            self._searches = before
            self.searches_changed.emit()
            self.problem.emit(sentence)

        self._background.write(lambda: saved_searches.save(self._files.searches, searches), failed)

    # -- folders

    @property
    def folders(self) -> tuple[Path, ...]:
        """The library's folders: where pictures go, and those that were added."""
        return tuple(dict.fromkeys((self._preferences.pictures, *self._folders)))

    def add_folder(self, path: Path) -> None:
        """Take another folder into the library, with all below it."""
        path = path.absolute()
        for one in self.folders:
            if path == one or path.is_relative_to(one):
                words = _("“{folder}” is in the library already.")
                self.problem.emit(words.format(folder=path.name or path))
                return
        kept = tuple(one for one in self._folders if not one.is_relative_to(path))
        self._set_folders((*kept, path))

    def remove_folder(self, path: Path) -> None:
        """Take a folder out of the library; its pictures stay where they are."""
        self._set_folders(tuple(one for one in self._folders if one != path))

    def _set_folders(self, folders: tuple[Path, ...]) -> None:
        if folders == self._folders:
            return
        from kandinsky_desktop.store import library_folders

        before, self._folders = self._folders, folders

        def failed(sentence: str) -> None:
            self._folders = before
            self.folders_changed.emit()
            self.problem.emit(sentence)

        def then(_nothing: None) -> None:
            self.watch_wanted.emit(self.folders)

        self._background.write(
            lambda: library_folders.save(self._files.folders, folders), failed, then
        )
        self.folders_changed.emit()

    @Slot(object, object)
    def _on_settings(self, before: object, now: object) -> None:
        if getattr(before, "pictures", "") != getattr(now, "pictures", ""):
            self.folders_changed.emit()
            self.watch_wanted.emit(self.folders)

    # -- acts

    def set_stars(self, ids: Iterable[int], stars: int) -> None:
        """Give pictures so many stars; 0 takes them away."""
        self.acts.set_stars(_made(ids), stars)

    def add_tag(self, ids: Iterable[int], tag: str) -> None:
        """Put a tag on pictures."""
        self.acts.label(_made(ids), tag_key(tag), on=True)

    def remove_tag(self, ids: Iterable[int], tag: str) -> None:
        """Take a tag off pictures."""
        self.acts.label(_made(ids), tag_key(tag), on=False)

    def add_to_album(self, ids: Iterable[int], album: str) -> None:
        """Put pictures into an album, which is made if there is none of that name."""
        self.acts.label(_made(ids), album_key(album), on=True)

    def remove_from_album(self, ids: Iterable[int], album: str) -> None:
        """Take pictures out of an album."""
        self.acts.label(_made(ids), album_key(album), on=False)

    def rename(self, picture: int, name: str) -> None:
        """Give a picture's file another name."""
        self.acts.rename(picture, name)

    def trash(self, ids: Iterable[int]) -> None:
        """Delete pictures: they go into the trash of their folder, as one step."""
        many = tuple(_made(ids))
        doomed = self.view.doomed(many)
        for picture, one in doomed.items():
            self._deleted[one.path] = picture, self.view.rows((picture,))
        self._trashing.delete_all(tuple(doomed.values()))

    def restore(self, trashed: Sequence[Trashed]) -> None:
        """Bring back pictures from the trash."""
        self._trashing.restore_all(trashed)

    def trashed(self, then: Callable[[list[Trashed]], None]) -> None:
        """Look for all that is in the trash, what was deleted last first."""
        self._trashing.list_deleted(then)

    def empty_trash(self, pictures: list[Trashed]) -> None:
        """Delete pictures in the trash for good."""
        self._trashing.empty(pictures)

    @property
    def changed_at(self) -> float | None:
        """When the last act was done that is no deletion; None: there is none to undo."""
        return self.acts.changed_at

    @property
    def undone_at(self) -> float | None:
        """When that was undone which redo does again; None: there is none."""
        return self.acts.undone_at

    def undo(self) -> None:
        """Take back what was done last, be it an act or a deletion."""
        acts, deletions = self.acts.changed_at, self._trashing.changed_at
        if deletions is not None and (acts is None or deletions > acts):
            self._trashing.undo()
        else:
            self.acts.undo()

    def redo(self) -> None:
        """Do again what was undone last, unless something was done since."""
        acts, deletions = self.acts.undone_at, self._trashing.undone_at
        if deletions is not None and (acts is None or deletions > acts):
            self._trashing.redo()
        else:
            self.acts.redo()

    def _values(self, key: str, ids: Sequence[int]) -> dict[int, int]:
        return self.view.values(key, ids)

    def _on_done(self, done: Done) -> None:
        if isinstance(done, Renamed):
            self.view.rename(done.id, done.new)
            self.renamed.emit(done.old, done.new)
            self.scan_wanted.emit()  # which tells what moved from what is new
            return
        from kandinsky_desktop.state.library_view import Written

        device = act_log.device(self._files.device)
        written = []
        for root in dict.fromkeys(one.root for one in done):
            name = f"notes-{device}.log"
            size = next(one.log_size for one in done if one.root == root)
            written.append(Written(root, name, size))
        self.view.apply(done, written)
        for path in dict.fromkeys(path for one in done for path in one.rewritten):
            self.remember_wanted.emit(path)
        for one in written:
            self.acts_written.emit(one.root)

    @Slot(object)
    def _on_leaving(self, paths: tuple[Path, ...]) -> None:
        """Show no more what is deleted, before it is."""
        if self._view is None:
            return
        held = {path: self._deleted[path][0] for path in paths if path in self._deleted}
        here = {path: picture for path, picture in held.items() if self._view.knows(picture)}
        others = self._view.ids_of([path for path in paths if path not in here])
        ids = held | others | here  # a name may be another picture's since
        for path, picture in ids.items():
            rows = self._view.rows((picture,))
            if len(rows) or held.get(path) != picture:  # the index may be ahead of memory
                self._deleted[path] = picture, rows
        self._view.take_out(tuple(ids.values()))

    @Slot(object)
    def _on_stayed(self, paths: tuple[Path, ...]) -> None:
        """Show again what could not be deleted."""
        self._put_back(dict(zip(paths, paths, strict=True)))

    def _put_back(self, places: Mapping[Path, Path]) -> None:
        if self._view is not None:
            known = [path for path in places if path in self._deleted]
            self._view.put_back(
                [self._deleted[path] for path in known], [places[path] for path in known]
            )

    @Slot(object, object)
    def _on_moved(self, paths: tuple[Path, ...], places: tuple[Path, ...] | None) -> None:
        """Follow that files went into the trash, or came back."""
        self.trash_changed.emit()
        if places is not None:
            self._put_back(dict(zip(paths, places, strict=True)))
            for path, place in zip(paths, places, strict=True):
                if path in self._deleted:  # it may be deleted again before the index knows it
                    self._deleted[place] = self._deleted[path]
                self.remember_wanted.emit(place)
        self.scan_wanted.emit()


def _made(ids: Iterable[int]) -> tuple[int, ...]:
    """Return those of some pictures that are in the index."""
    return tuple(int(picture) for picture in ids if picture >= 0)
