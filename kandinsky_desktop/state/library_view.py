"""What of the library is looked at: its columns in memory, a search, and how its results lie.

Only of use with numpy, so it is made after the first sight of the window: see `state.library`.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.library import ALBUM, STARS
from kandinsky_desktop.domain.query import parse
from kandinsky_desktop.state import library_columns
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.library_acts import Marked
from kandinsky_desktop.state.library_arrangement import (
    Arrangement,
    Part,
    arranged,
    by_day,
    by_family,
    families,
)
from kandinsky_desktop.state.library_columns import Columns, Numbers, among, keys_of, numbers
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.library_search import (
    Known,
    Labels,
    LibrarySearch,
    Question,
    matching,
    read_labels,
)
from kandinsky_desktop.state.picture_results import PictureResults, Texts
from kandinsky_desktop.state.thumbnail_cache import ThumbnailCache
from kandinsky_desktop.store import library_index, near_duplicates, thumbnail_store
from kandinsky_desktop.store.trash import Doomed

log = logging.getLogger(__name__)

DAY, ALBUMS, FAMILY, DUPLICATES, ALIKE = "day", "album", "family", "duplicates", "alike"

Open = Callable[[], sqlite3.Connection]


@dataclass(frozen=True, slots=True)
class Written:
    """How far a log of ours was written: before the index has read so far, memory is ahead."""

    root: Path
    log: str
    size: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read again of some pictures."""

    ids: frozenset[int]
    rows: Columns  # those that are there
    labels: Labels | None  # None: the index is behind our own acts
    known: dict[Path, int]  # files that were made, and their ids
    written: tuple[Written, ...]  # what the index has read of our logs, if it is not behind
    acts: int  # how many there had been
    followed: dict[int, Path]  # pictures that were renamed here, if the index is not behind that


class LibraryView(QObject):
    """Keeps memory in step with the index, and the results in step with memory."""

    results_changed = Signal(int, float)  # how many pictures were found, in how many ms
    loaded = Signal()  # the whole library is in memory
    labels_changed = Signal()  # tags and albums
    settled = Signal(object)  # dict: ids of what was in the making, and those that it has now
    problem = Signal(str)

    def __init__(
        self,
        background: Background,
        open_index: Open,
        open_thumbnails: Open,
        making: LibraryMaking,
    ) -> None:
        super().__init__()
        self._background, self._open, self._making = background, open_index, making
        self._open_thumbnails = open_thumbnails
        self._known = Known(Columns(), Labels())
        self._base: sqlite3.Connection | None = None  # of the UI thread
        self._text, self._grouping = "", DAY
        self._opened: tuple[tuple[int, ...], ...] = ()
        self._anew = True  # the next result is another one, not the same with changes
        self._is_loaded = False
        self._reading = False
        self._changed: set[int] = set()  # in the index, since it was read
        self._stale: set[int] = set()  # read while the index was behind our own acts
        self._gone: set[int] = set()  # deleted here, and not yet in the index
        self._back: set[int] = set()  # brought back here, likewise
        self._acts = 0  # that memory has followed
        self._written: dict[Path, Written] = {}
        self._ahead: list[Marked] = []  # our own acts that the index may not have read
        self._paths: dict[int, Path] = {}  # of what was renamed here, likewise
        self._kept_texts: dict[int, Texts] = {}  # of what was deleted here: it may come back
        self._lent: list[tuple[int, Any]] = []
        self.search_thread = LibrarySearch(open_index)
        self.search_thread.failed.connect(self._on_failed)
        self.thumbnails = ThumbnailCache(open_thumbnails, self._mean)
        self.results = PictureResults(self._texts, self.stars, self.members)
        making.changed.connect(self._show_making)
        making.made.connect(self._read_changed)
        self._show_making()

    # -- what is asked of it

    @property
    def columns(self) -> Columns:
        """All pictures' numbers."""
        return self._known.columns

    @property
    def known_labels(self) -> Labels:
        """All tags and albums."""
        return self._known.labels

    @property
    def is_loaded(self) -> bool:
        """Whether the whole library is in memory."""
        return self._is_loaded

    @property
    def is_busy(self) -> bool:
        """Whether something is being read or searched."""
        return self._reading or self.search_thread.is_busy

    @property
    def text(self) -> str:
        """What is searched for."""
        return self._text

    @property
    def grouping(self) -> str:
        """How results are grouped: DAY, ALBUMS, FAMILY, DUPLICATES or ALIKE."""
        return self._grouping

    def knows(self, picture: int) -> bool:
        """Return whether a picture is in memory."""
        return self.columns.row_of(picture) is not None

    def stars(self, picture: int) -> int:
        """Return how many stars a picture has."""
        row = self.columns.row_of(picture)
        return 0 if row is None else int(self.columns.of["stars"][row])

    def values(self, key: str, ids: Sequence[int]) -> dict[int, int]:
        """Return what a key is for pictures, of those that are here."""
        rows = self.columns.rows_of(np.array(ids, np.int64))
        held = self.columns.ids[rows].tolist()
        if key == STARS:
            return dict(zip(held, self.columns.of["stars"][rows].tolist(), strict=True))
        having = self._known.labels.having(key, self.columns, rows)
        return dict(zip(held, map(int, having.tolist()), strict=True))

    def labels(self, kind: str) -> tuple[tuple[str, int], ...]:
        """Return the names of all tags or albums (TAG, ALBUM), and how many pictures each has."""
        found = (
            (key.removeprefix(kind), len(self._known.labels.rows_having(key, self.columns)))
            for key in self._known.labels.keys(kind)
        )
        return tuple((name, count) for name, count in found if count)

    def labels_among(self, kind: str, ids: Sequence[int]) -> dict[str, int]:
        """Return the tags or albums (TAG, ALBUM) that some of these have, and how many do."""
        rows = self.columns.rows_of(np.array(ids, np.int64))
        labels, found = self._known.labels, dict[str, int]()
        for key in labels.keys(kind):
            count = int(labels.having(key, self.columns, rows).sum())
            if count:
                found[key.removeprefix(kind)] = count
        return found

    def labels_of(self, kind: str, picture: int) -> tuple[str, ...]:
        """Return the names of a picture's tags or albums (TAG, ALBUM)."""
        return tuple(self.labels_among(kind, (picture,)))

    def duplicates(self) -> tuple[tuple[int, ...], ...]:
        """Return pictures that are the same to the byte, the newest first."""
        try:
            return tuple(library_index.duplicates(self._reader()))
        except (sqlite3.Error, OSError) as error:
            log.warning("duplicates cannot be looked for: %s", error)
            return ()

    def members(self, picture: int) -> tuple[int, ...]:
        """Return the pictures of the stack that one is of, in their order."""
        row = self.columns.row_of(picture)
        if row is None:
            return ()
        rows = np.flatnonzero(self.columns.groups == self.columns.groups[row])
        order = np.argsort(self.columns.of["place"][rows], kind="stable")
        return tuple(self.columns.ids[rows[order]].tolist())

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return where pictures lie."""
        return {picture: texts.path for picture, texts in self._texts(ids).items() if texts.path}

    # -- what is looked at

    def search(self, text: str) -> None:
        """Look for what is typed."""
        if text != self._text:
            self._text, self._opened, self._anew = text, (), True
            self._show_making()
            self._ask()

    def group_by(self, grouping: str) -> None:
        """Group results by DAY, ALBUMS or FAMILY; or show DUPLICATES or what is ALIKE alone."""
        if grouping != self._grouping:
            self._grouping, self._anew = grouping, True
            self._show_making()
            self._ask()

    def open_stack(self, picture: int) -> None:
        """Show each picture of the stack that one is of."""
        members = self.members(picture)
        if len(members) > 1 and members not in self._opened:
            self._opened = (*self._opened, members)
            self._ask()

    def close_stack(self, picture: int) -> None:
        """Fold the stack again that one is of."""
        kept = tuple(stack for stack in self._opened if picture not in stack)
        if kept != self._opened:
            self._opened = kept
            self._ask()

    # -- what happens to pictures

    def load(self) -> None:
        """Read the library into memory: the newest first, and show them; then the rest."""
        self._reading = True

        def first() -> Columns:
            with closing(self._open()) as base:
                return next(library_columns.read(base), Columns())

        def show(columns: Columns) -> None:
            if len(columns) and not len(self.columns):
                self._known = replace(self._known, columns=columns)
                self._ask()
            self._background.read(_raising_os_error(every), take, failed)

        def every() -> tuple[Columns, Labels]:
            with closing(self._open()) as base:
                labels = read_labels(base)
                parts = library_columns.read(base, library_columns.AT_ONCE)
                return library_columns.joined(parts), labels

        def take(read: tuple[Columns, Labels]) -> None:
            self._known, self._is_loaded, self._reading = self._with_acts(*read), True, False
            self.labels_changed.emit()
            self.results.forget_texts()  # of an index that was made anew, say
            self._ask()
            self.loaded.emit()
            self._read_changed()

        def failed(_sentence: str) -> None:
            self._reading = False  # there is no index yet: the indexer tells when there is

        self._background.read(_careful(first, Columns()), show, failed)

    def _with_acts(self, columns: Columns, labels: Labels) -> Known:
        """Return what the index holds, with our own acts that it may not have read."""
        columns = columns.without(np.array(list(self._gone), np.int64))
        back = [picture for picture in self._back if columns.row_of(picture) is None]
        columns = columns.merged(self.columns.only(np.array(back, np.int64)))
        known = Known(_with_unread(self.columns, columns), labels)
        for one in self._ahead:
            known = _marked(known, one)
        return known

    def on_changed(self, change: Changed) -> None:
        """Follow the index."""
        self._changed.update(change.added, change.removed, change.altered, self._stale)
        self._stale.clear()
        self._gone.difference_update(change.removed)
        self._back.difference_update(change.added)
        if not self._is_loaded and not self._reading:
            self.load()
        else:
            self._read_changed()

    def on_index_made_anew(self) -> None:
        """Read everything anew: the index was set aside and is another file now."""
        self.search_thread.reopen()
        self.thumbnails.reopen()
        if self._base is not None:
            self._base.close()
            self._base = None
        self._is_loaded = False
        self.load()

    def apply(self, marked: Iterable[Marked], written: Iterable[Written]) -> None:
        """Follow an act that is in the logs."""
        before = self._known
        for one in marked:
            columns, ids = self.columns, np.array(list(one.contents), np.int64)
            rows = columns.rows_of(ids)
            if (columns.of["content"][rows] == 0).any():  # they were read for this act
                here = among(ids, columns.ids[::-1])
                columns = columns.changed("content", rows, _keys(one)[here])
            self._known = _marked(replace(self._known, columns=columns), one)
            self._ahead.append(one)
        self._acts += 1
        self._written |= {one.root: one for one in written}
        self.results.announce()
        if self._known.labels is not before.labels:
            self.labels_changed.emit()
        if self._text or self._grouping == ALBUMS:  # it may show other pictures now
            self._ask()

    def take_out(self, ids: Collection[int]) -> None:
        """Follow that pictures were deleted."""
        self._kept_texts |= self._texts(tuple(ids))
        self._gone.update(ids)
        self._back.difference_update(ids)
        self._known = replace(
            self._known, columns=self.columns.without(np.array(list(ids), np.int64))
        )
        self._ask()

    def put_back(
        self, pictures: Sequence[tuple[int, Columns]], places: Sequence[Path] = ()
    ) -> None:
        """Follow that deleted pictures are back, each as it was before, in these places."""
        for (picture, _rows), place in zip(pictures, places, strict=False):
            if picture in self._kept_texts:
                texts = replace(self._kept_texts[picture], path=place)
                self._kept_texts[picture] = texts
        ids = [picture for picture, _rows in pictures]
        self._back.update(ids)
        self._gone.difference_update(ids)
        if not ids:
            return
        rows = library_columns.joined([rows for _id, rows in pictures])
        self._known = replace(self._known, columns=self.columns.merged(rows.in_order()))
        self._ask()

    def doomed(self, ids: Sequence[int]) -> dict[int, Doomed]:
        """Return pictures as they are to be deleted: as the index has seen them, no others."""
        found = (
            self._reader()
            .execute(
                "SELECT id, size, mtime_ns, content FROM picture"
                " WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
            .fetchall()
        )
        doomed = {picture: Doomed(path) for picture, path in self.paths(ids).items()}
        for picture, size, mtime_ns, content in found:
            if picture in doomed and picture not in self._back:
                known = "" if content is None else content.hex()
                doomed[picture] = Doomed(doomed[picture].path, (size, mtime_ns), known)
        return doomed

    def ids_of(self, paths: Sequence[Path]) -> dict[Path, int]:
        """Return the ids of files, of those that are in the index, be it by an earlier name."""
        if not paths:
            return {}
        renamed = {path: picture for picture, path in self._paths.items()}
        here = {path: renamed[path] for path in paths if path in renamed}
        try:
            return library_index.ids_of(self._reader(), paths) | here
        except (sqlite3.Error, OSError) as error:
            log.warning("pictures cannot be looked up: %s", error)
            return here

    def rows(self, ids: Iterable[int]) -> Columns:
        """Return the numbers of some pictures, to be put back later."""
        return self.columns.only(np.array(list(ids), np.int64))

    def rename(self, picture: int, path: Path) -> None:
        """Follow that a file has another name."""
        self._paths[picture] = path
        self.results.forget_texts((picture,))

    def renew_days(self) -> None:
        """Name the days anew: another one has begun."""
        if self._grouping == DAY:
            self._ask()

    def end(self) -> None:
        """End the threads."""
        self.search_thread.end()
        self.thumbnails.end()
        if self._base is not None:
            self._base.close()
            self._base = None

    # -- following the index

    def _read_changed(self) -> None:
        """Read again what the index has changed, once what is being read is there."""
        made = tuple(one.path for one in self._making.unknown if one.path is not None)
        if self._reading or not self._is_loaded or not (self._changed or made):
            return
        ids, self._changed = frozenset(self._changed), set()
        acts, written = self._acts, tuple(self._written.values())
        back = {
            picture: texts.path
            for picture, texts in self._kept_texts.items()
            if picture in self._back and texts.path is not None
        }
        renamed = {picture: self._paths[picture] for picture in ids if picture in self._paths}
        self._reading = True

        def read() -> _Read:
            with closing(self._open()) as base:
                behind = any(_is_behind(base, one) for one in written)
                labels = None if behind else read_labels(base)
                rows = library_columns.read_rows(base, ids)
                known = library_index.ids_of(base, made) if made else {}
                gone = {path: -1 for path in made if path not in known and not path.exists()}
                # what was put back a moment ago, the index may not have seen yet
                known_here = set(rows.ids.tolist())
                early = {
                    picture
                    for picture, place in back.items()
                    if picture in ids and picture not in known_here and os.path.lexists(place)
                }
                followed = _followed(base, renamed)
                return _Read(ids - early, rows, labels, known | gone, written, acts, followed)

        def failed(sentence: str) -> None:
            self._reading = False
            self._changed |= ids
            log.info("what the index has changed cannot be read: %s", sentence)

        self._background.read(_raising_os_error(read), self._take, failed)

    def _take(self, read: _Read) -> None:
        self._reading = False
        rows = read.rows.without(np.array(list(self._gone), np.int64))
        before = self.columns
        behind = read.labels is None or read.acts != self._acts
        rows = _with_unread(before, rows)
        if behind:
            held = before.rows_of(rows.ids)
            at = rows.rows_of(before.ids[held])
            rows = rows.changed("stars", at, before.of["stars"][held])
        left = np.array(list(read.ids - set(rows.ids.tolist())), np.int64)
        columns = before.without(left).merged(rows)
        labels = self._known.labels if behind or read.labels is None else read.labels
        self._known = Known(columns, labels)
        if not behind:
            self._written = {
                root: one for root, one in self._written.items() if one not in read.written
            }
            self._ahead.clear()
            self.labels_changed.emit()
        else:
            self._stale |= read.ids
        for picture, path in read.followed.items():
            if self._paths.get(picture) == path:  # else it has yet another name since
                del self._paths[picture]
        for picture in rows.ids.tolist():
            self._kept_texts.pop(picture, None)  # the index knows it again
            self._back.discard(picture)
        self._forget_thumbnails(before, read)
        self._settle(read.known)
        self.results.forget_texts(tuple(read.ids))
        self._ask()
        if self._changed:
            self._read_changed()

    def _forget_thumbnails(self, before: Columns, read: _Read) -> None:
        """Forget the images of files that are others now."""
        held = before.rows_of(read.rows.ids)
        at = read.rows.rows_of(before.ids[held])
        others = before.of["size"][held] != read.rows.of["size"][at]
        ids = before.ids[held[others]].tolist()
        gone = read.ids - set(read.rows.ids.tolist())
        self.thumbnails.forget((*ids, *gone))

    def _settle(self, known: dict[Path, int]) -> None:
        """Let pictures that the index knows now take the place of those in the making."""
        if not known:
            return
        settled = dict[int, int]()
        for one in self._making.unknown:
            picture = known.get(one.path, -1) if one.path is not None else -1
            if picture >= 0:
                settled[one.id] = picture
                if one.image is not None:
                    self.thumbnails.lend(picture, one.image)
        self.settled.emit(settled)
        self._making.settle(known)

    # -- searching

    def _ask(self) -> None:
        known, text, grouping, opened = self._known, self._text, self._grouping, self._opened

        def work(base: sqlite3.Connection) -> Arrangement:
            return _arranged(base, known, text, grouping, opened, self._open_thumbnails)

        self.search_thread.ask(Question(work, self._show))

    def _show(self, found: Arrangement, ms: float) -> None:
        anew, self._anew = self._anew, False
        self._opened = found.opened
        self.results.show(found, anew=anew)
        self.results_changed.emit(self.results.pictures, ms)

    def _on_failed(self, sentence: str) -> None:
        log.warning("the library cannot be searched: %s", sentence)
        if self._is_loaded:
            self.problem.emit(_("The library cannot be searched now. It is made anew in a while."))

    def _show_making(self) -> None:
        shown = self._making.entries if not self._text and self._grouping == DAY else ()
        for one in self._making.entries:
            if one.image is not None:
                self.thumbnails.lend(one.id, one.image)
        self.results.show_making(shown)

    # -- what rows say

    def _reader(self) -> sqlite3.Connection:
        """The UI thread's. Raises sqlite3.Error or OSError."""
        if self._base is None:
            self._base = self._open()
        return self._base

    def _mean(self, picture: int) -> int:
        row = self.columns.row_of(picture)
        return -1 if row is None else int(self.columns.of["mean"][row])

    def _texts(self, ids: Sequence[int]) -> dict[int, Texts]:
        try:
            read = library_index.rows(self._reader(), ids)
        except (sqlite3.Error, OSError) as error:
            log.warning("texts of pictures cannot be read: %s", error)
            return {}
        found = {
            row.id: Texts(
                self._paths.get(row.id, row.path), row.prompt, _(row.broken) if row.broken else ""
            )
            for row in read
        }
        if self._kept_texts:
            found |= {
                picture: self._kept_texts[picture]
                for picture in ids
                if picture in self._kept_texts and (picture in self._back or picture not in found)
            }
        return found


def _keys(one: Marked) -> Numbers:
    return keys_of("".join(content[:16] for content in one.contents.values()))


def _marked(known: Known, one: Marked) -> Known:
    """Return what is known with an act of ours done."""
    keys = np.sort(_keys(one))
    if one.key == STARS:
        same = np.flatnonzero(among(known.columns.of["content"], keys))
        return replace(known, columns=known.columns.changed("stars", same, one.value))
    return replace(known, labels=known.labels.changed(one.key, keys, on=bool(one.value)))


def _with_unread(before: Columns, rows: Columns) -> Columns:
    """Return rows with what our own acts read and did, of contents the index does not know yet."""
    held = before.rows_of(rows.ids)
    at = rows.rows_of(before.ids[held])
    ahead = (before.of["content"][held] != 0) & (rows.of["content"][at] == 0)
    ahead &= before.of["size"][held] == rows.of["size"][at]
    at, held = at[ahead], held[ahead]
    rows = rows.changed("content", at, before.of["content"][held])
    return rows.changed("stars", at, before.of["stars"][held])


def _arranged(
    base: sqlite3.Connection,
    known: Known,
    text: str,
    grouping: str,
    opened: tuple[tuple[int, ...], ...],
    open_thumbnails: Open,
) -> Arrangement:
    """Search and arrange. For the search's thread."""
    columns = known.columns
    rows = matching(base, known, parse(text))
    if grouping == DUPLICATES:
        words = _("{n} times the same picture")
        return _by_likeness(columns, rows, library_index.duplicates(base), words)
    if grouping == ALIKE:
        return _by_likeness(columns, rows, _alike(open_thumbnails), _("{n} that look alike"))
    if grouping == ALBUMS:
        return _by_album(known, rows, opened)
    if grouping == FAMILY:
        children, parents = base.execute(
            "SELECT group_concat(a.child), group_concat(p.id) FROM parent a"
            " JOIN picture p ON p.content = a.content"
        ).fetchone()
        family = families(columns, _ids(children), _ids(parents))
        return by_family(columns, rows, family, lambda ids: _titles(base, ids), opened)
    return by_day(columns, rows, opened)


def _ids(text: str | None) -> Numbers:
    return numbers(text).astype(np.int64, copy=False)


def _by_likeness(
    columns: Columns, rows: Numbers, groups: Iterable[Sequence[int]], words: str
) -> Arrangement:
    """Arrange groups of pictures, the newest first, of those that were found."""
    parts = []
    for ids in groups:
        same = np.sort(columns.rows_of(np.array(ids, np.int64)))
        same = same[among(same, rows)]
        if len(same) > 1:
            parts.append(Part(words.format(n=len(same)), same))
    return arranged(columns, parts, stacked=False)


def _alike(open_thumbnails: Open) -> list[tuple[int, ...]]:
    """Return what looks nearly the same, as far as there are thumbnails. Raises sqlite3.Error."""
    with closing(open_thumbnails()) as reader:
        ids, looks, means = map(_ids, thumbnail_store.looks(reader))
    return near_duplicates.groups(ids, looks, means)


def _by_album(known: Known, rows: Numbers, opened: tuple[tuple[int, ...], ...]) -> Arrangement:
    parts, alone = [], np.ones(len(rows), np.bool_)
    for key in known.labels.keys(ALBUM):
        inside = known.labels.having(key, known.columns)[rows]
        alone &= ~inside
        parts.append(Part(key.removeprefix(ALBUM), rows[inside]))
    parts.append(Part(_("In no album"), rows[alone]))
    return arranged(known.columns, parts, opened, len(rows))


def _titles(base: sqlite3.Connection, ids: Numbers) -> list[str]:
    rows = {row.id: row for row in library_index.rows(base, ids.tolist())}
    titles = []
    for picture in ids.tolist():
        row = rows.get(picture)
        words = "" if row is None else " ".join(row.prompt.split())[:80] or row.path.stem
        titles.append(_("Family of “{title}”").format(title=words))
    return titles


def _is_behind(base: sqlite3.Connection, written: Written) -> bool:
    """Whether the index has not yet read what we wrote."""
    row = base.execute(
        "SELECT max(l.taken) FROM log l JOIN root r ON l.file = r.mark || ? WHERE r.path = ?",
        (library_index.ROOT_OF + written.log, library_index.kept(str(written.root))),
    ).fetchone()
    return row[0] is None or row[0] < written.size


def _followed(base: sqlite3.Connection, renamed: dict[int, Path]) -> dict[int, Path]:
    """Return those names given here that need not be known any more: the index knows as much.

    It does not where a file lies under the name from here and not under that which it says.
    """
    if not renamed:
        return {}
    said = {row.id: row.path for row in library_index.rows(base, renamed)}
    return {
        picture: path
        for picture, path in renamed.items()
        if (told := said.get(picture)) in (None, path)
        or os.path.lexists(told)
        or not os.path.lexists(path)
    }


def _careful(work: Callable[[], Columns], otherwise: Columns) -> Callable[[], Columns]:
    def careful() -> Columns:
        try:
            return work()
        except sqlite3.Error as error:
            log.info("the library cannot be read yet: %s", error)
            return otherwise

    return careful


def _raising_os_error(work: Callable[[], Any]) -> Callable[[], Any]:
    """Return work whose database errors are told as those of the disk."""

    def told() -> Any:
        try:
            return work()
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    return told
