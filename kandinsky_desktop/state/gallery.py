"""The newest pictures of the library, as the strip shows them; those in the making come first.

They are read from the index in a thread, as the gallery does, but without numpy: so they are there
soon after the first sight of the window. What was made, saved, deleted or brought back a moment ago
is seen at once; where the index is not whole yet, the folder of pictures is listed beside it.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot

from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.library import TIE_BITS, Listed
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.pictures import Key, PictureListModel, Tile
from kandinsky_desktop.state.thumbnails import ThumbnailLoader

if TYPE_CHECKING:
    import sqlite3

MOST = 500  # pictures on the disk that are listed

OpenIndex = Callable[[], "sqlite3.Connection"]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read in a thread."""

    folder: Path
    listed: tuple[Listed, ...]  # newest first, with files that are there
    gone: frozenset[Path]  # of those that were shown: their folder is there, they are not
    lost: frozenset[Path]  # of them and of what is `here`: not there any more
    here: Mapping[Path, Listed]  # as it was when reading began


class Gallery(PictureListModel):
    """The first of the library: the index, and what it does not know yet laid over it."""

    listed = Signal()  # what lies on the disk was read
    gone = Signal(object)  # frozenset[Path]: other programs took them; the list changes next
    added = Signal(object)  # Path: it was saved otherwise than by a job

    def __init__(
        self,
        background: Background,
        thumbnails: ThumbnailLoader,
        making: LibraryMaking,
        open_index: OpenIndex,
    ) -> None:
        """`open_index` opens the index to read, in any thread: see `store.library_index`."""
        super().__init__(thumbnails)
        self._background, self.making, self._open = background, making, open_index
        self._folder: Path | None = None
        self._listed: tuple[Listed, ...] = ()
        self._here: dict[Path, Listed] = {}  # made or brought back in this sitting, oldest first
        self._guessed: set[Path] = set()  # of those here: their ids are not the index's
        self._files: dict[Path, Listed] = {}  # all of them that are shown
        self._leaving: set[Path] = set()  # not to be seen any more, though it may be there yet
        self._left: set[Path] = set()  # of those: not there any more, as the next read will find
        self._growing: tuple[Key, ...] | None = ()  # in the making; None: to be laid out anew
        self._last_id = 0  # that was given to one of those here
        self._scans = 0  # that the indexer has finished
        self._is_whole = False  # whether the index was seen to know all that lies in the folders
        self._is_kept = True  # whether somebody sees to that
        self._reading = self._again = False
        self._was_read = False
        making.made.connect(self._on_made)
        making.changed.connect(self._on_making)

    # -- what is asked of it

    @property
    def files(self) -> tuple[Path, ...]:
        """All pictures that are on disk, the oldest first."""
        return tuple(entry.path for entry in self._entries if entry.path is not None)

    @property
    def is_reading(self) -> bool:
        """Whether the index is being read."""
        return self._reading

    @property
    def was_read(self) -> bool:
        """Whether it was read once, so that nothing listed means that there is nothing."""
        return self._was_read

    def together_with(self, path: Path) -> tuple[Tile, ...]:
        """Return a picture and those beside it that were painted with it, in their order."""
        row = self.row_of(path)
        if row is None:
            return ()
        first = last = row
        while first > 0 and self._follows(self.entry(first - 1), self.entry(first)):
            first -= 1
        while last + 1 < self.rowCount() and self._follows(self.entry(last), self.entry(last + 1)):
            last += 1
        return tuple(self.tile(one) for one in range(first, last + 1))

    @staticmethod
    def _follows(one: Tile, other: Tile) -> bool:
        """Whether both are of one request, painted once, and finished."""
        alike = bool(one.batch) and one.batch == other.batch and one.index < other.index
        return alike and one.path is not None and other.path is not None

    def beside(self, path: Path, gone: Collection[Path] = ()) -> Path | None:
        """Return the picture that follows one in the strip, or that comes before the last one.

        None that is `gone`.
        """
        row = self.row_of(path)
        if row is None:
            rows: tuple[int, ...] = tuple(range(self.rowCount()))
        else:
            rows = (*range(row + 1, self.rowCount()), *range(row - 1, -1, -1))
        paths = (self.path(one) for one in rows)
        return next((one for one in paths if one is not None and one not in gone), None)

    @property
    def newest(self) -> tuple[Tile, ...]:
        """The newest picture with those of its request that lie beside it, in their order."""
        together: dict[int, Tile] = {}
        for tile in map(self.tile, range(self.rowCount())):
            if tile.path is None:
                continue
            first = next(iter(together.values()), tile)
            same = bool(tile.batch) and tile.batch == first.batch and tile.index not in together
            if together and not same:
                break
            together[tile.index] = tile
        return tuple(together.values())

    # -- what happens to pictures here

    def add(self, *paths: Path) -> None:
        """List pictures that were saved otherwise than by a job, the newest last."""
        self._stay(*paths)
        for path in paths:
            if path not in self._files:
                self._put(path, Listed(0, path))
        self._lay_out()
        for path in paths:
            self.added.emit(path)

    def take_out(self, paths: Collection[Path]) -> dict[Path, Listed]:
        """List pictures no more that are deleted; return those that were, for `put_back`.

        They stay away until they settle, though their files may be there yet.
        """
        held = {path: self._files[path] for path in paths if path in self._files}
        self._leaving.update(paths)
        self._forget(paths)
        return held

    def settle(self, paths: Iterable[Path]) -> None:
        """Take files of these names for new ones from now on: those that were deleted have left.

        What is being read may have met them yet: of that they are left out.
        """
        if self._reading:
            self._left.update(self._leaving.intersection(paths))
        else:
            self._leaving.difference_update(paths)

    def put_back(self, pictures: Mapping[Path, Listed | None]) -> None:
        """List pictures again where they were, by where they lie now; None: the index may know."""
        self._stay(*pictures)
        for path, was in pictures.items():
            if was is not None and path not in self._files:
                self._put(path, was)
        self._lay_out()
        if None in pictures.values():
            self.read()

    def drop(self, paths: Collection[Path]) -> None:
        """List files no more that are not there any more."""
        self._leaving.update(paths)
        self.settle(paths)
        self._forget(paths)

    def _forget(self, paths: Collection[Path]) -> None:
        for path in paths:
            self._here.pop(path, None)
        every = frozenset(paths)
        self._listed = tuple(one for one in self._listed if one.path not in every)
        self.making.settle(every)
        self._lay_out()

    def rename(self, old: Path, new: Path) -> None:
        """Follow that a file has another name."""
        held = self._files.get(old)
        self.drop([old])
        if held is not None:
            self.put_back({new: held})

    def _stay(self, *paths: Path) -> None:
        self._leaving.difference_update(paths)
        self._left.difference_update(paths)

    def _put(self, path: Path, listed: Listed) -> None:
        if not listed.id:
            self._last_id = max(self._last_id + 1, _now_id())
            listed = replace(listed, id=self._last_id)
            self._guessed.add(path)
        self._here.pop(path, None)
        self._here[path] = replace(listed, path=path)
        while len(self._here) > MOST:
            del self._here[next(iter(self._here))]
        self._guessed &= self._here.keys()

    @Slot(object)
    def _on_made(self, path: Path) -> None:
        made = next(one for one in self.making.unknown if one.path == path)
        self._stay(path)
        self._put(path, Listed(0, path, made.stack, made.index))
        self._keep_preview(path, made.image)
        self._growing = None  # it may have been one of them

    @Slot()
    def _on_making(self) -> None:
        """Show what is in the making: of most steps the previews alone are others."""
        making = [one for one in self.making.entries if one.path is None]
        if tuple((one.job, one.index) for one in making) != self._growing:
            self._lay_out()
            return
        for one in making:
            self._show_preview((one.job, one.index), one.image, one.share)

    # -- what lies on the disk

    def set_folder(self, folder: Path) -> None:
        """Show the newest pictures, where this is the folder that new ones go to."""
        if self._folder is not None and folder != self._folder:
            self._is_whole = False
            self._here = {
                path: one for path, one in self._here.items() if path.parent != self._folder
            }
        self._folder = folder
        self.read()

    @Slot(object)
    def on_changed(self, changed: Changed) -> None:
        """Follow the index, as far as it is about the newest."""
        is_scanned = changed.scans != self._scans
        anew = changed.is_new_file or is_scanned
        if anew:  # another file knows nothing, however often the one before it was filled
            self._scans, self._is_whole = changed.scans, is_scanned and changed.scans > 0
            self._is_kept = self._is_kept or self._is_whole
        shown = {one.id for one in self._listed}
        oldest = min(shown) if len(shown) == MOST else 0
        come = any(one >= oldest for ids in (changed.added, changed.altered) for one in ids)
        if anew or come or not shown.isdisjoint(changed.removed):
            self.read()

    def on_index_problem(self) -> None:
        """List the folder beside the index, which is not kept up to date."""
        self._is_whole = self._is_kept = False
        self.read()

    def read(self) -> None:
        """Read what lies on the disk; once more, if that is being done."""
        if self._folder is None or self._reading:
            self._again = self._folder is not None
            return
        self._reading = True
        open_index, folder = self._open, self._folder
        enough = 0 if self._is_whole else MOST if self._is_kept else MOST + 1
        shown, here = frozenset(self._files), dict(self._here)
        sure = here.keys() - self._guessed

        def read() -> _Read:
            return _read(open_index, folder, shown, here, sure, enough)

        self._background.read(read, self._take, self._on_failed)

    def _on_failed(self, _sentence: str) -> None:
        self._reading = False

    def _take(self, read: _Read) -> None:
        self._reading = False
        if read.folder == self._folder:
            # what was brought back meanwhile was not there yet
            lost = [path for path in read.lost if self._here.get(path) is read.here.get(path)]
            for path in lost:
                self._here.pop(path, None)
            gone = read.gone.intersection(lost, self._files)
            if gone:
                self.gone.emit(gone)
            # what was being read may have met what has left since
            self._listed = tuple(one for one in read.listed if one.path not in self._left)
            self.making.settle(gone)
            self._lay_out()
            self._was_read = True
            self.listed.emit()
        self._leaving -= self._left
        self._left.clear()
        if self._again:
            self._again = False
            self.read()

    # -- how they lie

    def _lay_out(self) -> None:
        files = {one.path: one for one in self._listed}
        for path, mine in self._here.items():
            theirs = files.get(path)  # whose id is the very one that it has at the next start
            files[path] = mine if theirs is None else replace(mine, id=theirs.id)
        for path in self._leaving:
            files.pop(path, None)
        newest = sorted(files.values(), key=lambda one: one.id, reverse=True)[:MOST]
        self._files = {one.path: one for one in _in_batches(newest)}
        making = [one for one in self.making.entries if one.path is None]
        self._growing = tuple((one.job, one.index) for one in making)
        tiles = [
            Tile(job=one.job, index=one.index, batch=_batch(one.stack), share=one.share)
            for one in making
        ]
        tiles += [
            Tile(path=one.path, index=one.place, batch=_batch(one.stack))
            for one in self._files.values()
        ]
        for one in making:
            self._keep_preview((one.job, one.index), one.image)
        if tiles[::-1] != self._entries:
            self._reset([replace(tile, image=self._previews.get(tile.key)) for tile in tiles])


def _batch(stack: int) -> str:
    return str(stack) if stack else ""


def _in_batches(pictures: Iterable[Listed]) -> list[Listed]:
    """Return pictures, newest first, with those that were painted together in their order.

    Where a place comes again, the request was painted once more: that is a batch of its own.
    """
    runs: list[dict[int, Listed]] = []  # oldest first
    stack = 0
    for one in reversed(list(pictures)):
        if not one.stack or one.stack != stack or one.place in runs[-1]:
            runs.append({})
        runs[-1][one.place] = one
        stack = one.stack
    return [one for run in reversed(runs) for _place, one in sorted(run.items())]


def _now_id() -> int:
    """Return an id as of a picture that is made now: see `store.library_index`."""
    return (time.time_ns() // 1_000_000 + 1 << TIE_BITS) - 1


# -- in a reader's thread


def _read(
    open_index: OpenIndex,
    folder: Path,
    shown: frozenset[Path],
    here: Mapping[Path, Listed],
    sure: Collection[Path],
    enough: int,
) -> _Read:
    """Read the index, and list the folder beside it, unless so many of the index are enough.

    The index alone may give another place to what is `sure`: it knows what was renamed.
    """
    listed, is_there = _indexed(open_index)
    if not is_there or len(listed) < enough:
        from kandinsky_desktop.store import scanning

        beside = (one for one in scanning.newest_in(folder, MOST) if one.path not in sure)
        every = {one.path: one for one in (*beside, *listed)}
        listed = sorted(every.values(), key=lambda one: one.id, reverse=True)[:MOST]
    known = {one.path for one in listed}
    lost = frozenset(path for path in (shown | here.keys()) - known if not os.path.lexists(path))
    folders = {path.parent for path in lost}
    left = {one for one in folders if _has_files(one)}
    gone = frozenset(path for path in lost if path in shown and path.parent in left)
    return _Read(folder, tuple(listed), gone, lost, here)


def _indexed(open_index: OpenIndex) -> tuple[list[Listed], bool]:
    """Return what the index lists of what is there, and whether there is an index."""
    import sqlite3

    from kandinsky_desktop.store import library_index

    try:
        with closing(open_index()) as base:
            listed = library_index.newest(base, MOST)
    except (sqlite3.Error, OSError):  # the indexer says so, where it is more than that none is yet
        return [], False
    return [one for one in listed if os.path.lexists(one.path)], True


def _has_files(folder: Path) -> bool:
    """Whether there is anything in a folder: an empty one is where a disk was."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
