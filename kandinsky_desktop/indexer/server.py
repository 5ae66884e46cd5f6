"""The indexer's main: wishes in, reports out, and in between as much work as a moment takes.

One thread does all the work in small pieces, the most wanted first; another hears the wishes.
"""

import errno
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NoReturn

from kandinsky_desktop.domain import library, wire
from kandinsky_desktop.domain.errors import KandinskyError, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.indexing import (
    MOST_IDS,
    ActsWritten,
    Changed,
    IndexProblem,
    Quit,
    Rebuild,
    Remember,
    Report,
    Scan,
    ThumbnailsReady,
    WantThumbnails,
    Watch,
    Wish,
    WrittenOver,
)
from kandinsky_desktop.domain.library import Change
from kandinsky_desktop.indexer.watching import Watching
from kandinsky_desktop.store import (
    fingerprints,
    library_folders,
    library_index,
    scanning,
    thumbnail_store,
)
from kandinsky_desktop.store.channel import Channel
from kandinsky_desktop.store.library_index import Index, Root
from kandinsky_desktop.store.thumbnail_store import Thumbnail, ThumbnailStore

log = logging.getLogger(__name__)

REPORT_S = 0.2  # between two reports of changes
PIECE_S = 0.05  # of work, before wishes are heard again
AT_ONCE = 4  # thumbnails, before it is looked whether others are wanted more
AHEAD = 20_000  # newest pictures whose thumbnails are made before anyone wants them
AHEAD_SHARE = 0.5  # of the time that making those may take
KEEP_FREE = 1_000_000_000  # bytes of the disk that those leave
MANY = 200  # files that came from outside, before it is shown how far reading them is
RETRY_S = 15.0  # after a disk was full
MOST_TRIES = 2  # of reading a picture that took the process along


@dataclass(slots=True)
class _Changes:
    """What is still to be told."""

    added: dict[int, None] = field(default_factory=dict)
    removed: dict[int, None] = field(default_factory=dict)
    altered: dict[int, None] = field(default_factory=dict)
    said_at: float = 0.0
    progress: tuple[bool, int, int] = (False, 0, 0)  # scanning, done, total
    scans: int = 0
    said: tuple[object, ...] = ((False, 0, 0), 0)
    is_new_file: bool = False

    def take(self, change: Change) -> None:
        """Add what changed; who reads the index has met even what came and went between reports."""
        for one in change.removed:
            self.altered.pop(one, None)
            self.added.pop(one, None)
            self.removed[one] = None
        for one in change.added:
            if one in self.removed:
                del self.removed[one]
                self.altered[one] = None
            else:
                self.added[one] = None
        for one in change.altered:
            if one not in self.added:
                self.altered[one] = None

    @property
    def waiting(self) -> bool:
        """Whether there is anything to tell."""
        some = self.added or self.removed or self.altered or self.is_new_file
        return bool(some) or self.said != (self.progress, self.scans)


class Server:
    """Serves one window."""

    def __init__(self, channel: Channel, folder: Path, logs: Path, poll_s: float = 2.0) -> None:
        """`folder` is that of the index, `logs` of the acts on folders that take no file."""
        self._channel = channel
        self._folder, self._logs = folder, logs
        self._inbox: SimpleQueue[Wish] = SimpleQueue()
        self._wanted_roots: tuple[Path, ...] | None = None
        self._roots: list[Root] = []
        self._index: Index | None = None
        self._thumbnails: ThumbnailStore | None = None
        self._watching = Watching(poll_s)
        self._work: Iterator[None] | None = None  # a scan, in pieces
        self._scan_wanted: set[Path] | None = set()  # folders; None: all
        self._unread: list[int] = []  # pictures whose content is not known, the newest last
        self._wishes: list[int] = []  # thumbnails, the most wanted last
        self._ahead: list[int] = []  # thumbnails, the newest last
        self._in_hand: tuple[int, ...] = ()  # pictures that are being read for them
        self._rest_until = 0.0
        self._changes = _Changes()
        self._carried: dict[Root, tuple[library.Mark, ...]] = {}  # as was said last
        self._carry_again_at = 0.0
        self._problem = ""
        self._retry_at = 0.0

    def serve(self) -> NoReturn:
        """Work until told to leave."""
        Thread(target=self._listen, name="wishes", daemon=True).start()
        while True:
            for wish in self._heard():
                self._guarded(partial(self._take, wish))
            if time.monotonic() >= self._retry_at:
                self._guarded(self._do_a_piece)
            self._tell()

    # -- what is said

    def _listen(self) -> None:
        try:
            for wish in wire.messages(self._channel.heard, Wish):
                if isinstance(wish, Quit):
                    break
                self._inbox.put(wish)
        except KandinskyError:
            log.exception("a wish is garbled")
        thumbnail_store.forgive(self._folder / thumbnail_store.NAME, self._in_hand)
        os._exit(0)  # nothing that is half done counts

    def _heard(self) -> Iterator[Wish]:
        """Yield what was heard; wait for it if there is nothing to do."""
        wait = self._free_s()
        while True:
            try:
                yield self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
            except Empty:
                return
            wait = 0.0

    def _free_s(self) -> float:
        """Return how long there is nothing to do, if nobody says anything."""
        now = time.monotonic()
        if self._wanted_roots is None:
            return 3600.0
        waits = [self._watching.due_in_s]
        if self._changes.waiting:
            waits.append(self._changes.said_at + REPORT_S - now)
        if now < self._retry_at:
            waits = [self._retry_at - now]
        elif self._work or self._wishes or self._unread or self._scan_wanted != set():
            return 0.0
        elif self._ahead:
            waits.append(self._rest_until - now)
        return max(0.0, min(waits))

    def _say(self, report: Report) -> None:
        try:
            wire.send(self._channel.said, report)
        except OSError:
            os._exit(0)  # the parent is gone

    def _tell(self) -> None:
        """Report what changed, five times a second at most."""
        changes, now = self._changes, time.monotonic()
        if not changes.waiting or now - changes.said_at < REPORT_S:
            return
        changes.said_at = now
        scanning, done, total = changes.progress
        changes.said = changes.progress, changes.scans
        fresh, changes.is_new_file = changes.is_new_file, False
        while True:
            added, removed, altered = map(_some, (changes.added, changes.removed, changes.altered))
            how_far = (scanning, done, total, changes.scans)
            self._say(Changed(added, removed, altered, *how_far, fresh))
            fresh = False
            if not (changes.added or changes.removed or changes.altered):
                return

    def _problem_is(self, sentence: str) -> None:
        if sentence != self._problem:
            self._problem = sentence
            self._say(IndexProblem(sentence))

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do something to the index; if it is damaged, make it anew; if it is full, wait."""
        try:
            work()
        except sqlite3.Error as error:
            self._work = None
            if library_index.is_damage(error):
                log.warning("index or thumbnails are damaged: %s", error)
                self._open_anew()
            else:
                self._wait(str(error), is_full=_is_full(error))
        except OSError as error:
            self._work = None
            self._wait(error.strerror or str(error), is_full=error.errno == errno.ENOSPC)

    def _wait(self, reason: str, *, is_full: bool) -> None:
        log.warning("the index cannot be written: %s", reason)
        self._retry_at = time.monotonic() + RETRY_S
        self._scan_wanted = None
        if is_full:
            words = _(
                "The disk is full, so the gallery does not know of what is new. Your pictures are"
                " safe: make room, and it goes on by itself."
            )
        else:
            words = _(
                "The gallery's index cannot be written ({reason}). Your pictures are safe; it is"
                " tried again by itself."
            )
        self._problem_is(words.format(reason=reason))

    # -- wishes

    def _take(self, wish: Wish) -> None:
        match wish:
            case Watch(roots=roots):
                self._wanted_roots = roots
                self._work = None
                self._retry_at = 0.0
                self._open()
                self._find_roots()
                self._scan_wanted = None
            case Scan():
                self._retry_at = 0.0
                self._scan_wanted = None
                if self._index is not None and not self._index.is_whole:
                    self._work = None
                    self._open_anew()
            case Remember(path=path):
                self._remember(path)
            case WantThumbnails(ids=ids):
                self._want(ids)
            case ActsWritten(root=path):
                self._read_acts(path)
            case Rebuild():
                self._rebuild()
            case Quit():
                pass  # heard by the other thread

    def _open(self) -> None:
        """Open index and thumbnails, if they are not open. Raises OSError or sqlite3.Error."""
        if self._index is None:
            place = library_index.place_in(self._folder)
            self._index, aside = library_index.open_index(place)
            if aside is not None:
                self._say_made_anew()
            self._changes.is_new_file = True
        if self._thumbnails is None:
            self._thumbnails = ThumbnailStore(self._folder / thumbnail_store.NAME)

    def _open_anew(self) -> None:
        """Set a damaged index aside and begin another; or do so with the thumbnails."""
        try:
            if self._index is not None and self._index.is_whole:
                if self._thumbnails is not None:
                    self._thumbnails.delete()
                    self._thumbnails = None
                return
            if self._index is not None:
                self._index.close()
                self._index = None
            library_index.set_aside(library_index.place_in(self._folder))
            self._open()
            self._say_made_anew()
            self._find_roots()
        except (OSError, sqlite3.Error) as error:
            self._wait(str(error), is_full=False)
        finally:
            self._scan_wanted = None

    def _say_made_anew(self) -> None:
        self._changes.is_new_file = True
        self._problem_is(
            _(
                "The gallery's index was damaged and is being made anew from your pictures."
                " Nothing is lost."
            )
        )

    def _find_roots(self) -> bool:
        """See which folders are there; return whether that is other than it was."""
        index = self._open_index()
        before = {root.mark: root for root in index.roots()}
        at_hand = partial(scanning.is_at_hand, index)
        found = library_folders.find(self._wanted_roots or (), before.values(), at_hand)
        marks = {one.mark for one in found}
        for root in before.values():
            if root.mark not in marks:
                self._changes.take(Change(removed=index.drop_root(root)))
        roots = []
        for one in found:
            old = before.get(one.mark)
            if old is None or (old.path, old.away) != (one.path, one.away):
                root = index.set_root(one.mark, one.path, away=one.away)
                if old is not None and old.away != one.away:
                    ids = index.ids_below(root)
                    self._changes.take(Change((), ids) if one.away else Change(ids))
            else:
                root = old
            roots.append(root)
        changed = roots != self._roots
        self._roots = roots
        return changed

    def _open_index(self) -> Index:
        if self._index is None:
            self._open()
        assert self._index is not None
        return self._index

    def _open_store(self) -> ThumbnailStore:
        if self._thumbnails is None:
            self._open()
        assert self._thumbnails is not None
        return self._thumbnails

    def _remember(self, path: Path) -> None:
        index = self._open_index()
        root = scanning.root_of(self._roots, path)
        if root is not None and root.away:
            self._find_roots()
        change = scanning.look_at(index, self._roots, path)
        self._on_change(change)
        self._unread += change.added + change.altered
        self._ahead += change.added + change.altered

    def _want(self, ids: tuple[int, ...]) -> None:
        if self._wanted_roots is None:
            self._wishes = list(reversed(ids))
            return
        missing = self._open_store().missing(ids)
        there = set(ids).difference(missing)
        if there:
            self._say(ThumbnailsReady(tuple(one for one in ids if one in there)))
        self._wishes = missing[::-1]

    def _read_acts(self, path: Path | None) -> None:
        """Read on in the logs of a library folder; None: of all."""
        index = self._open_index()
        for root in self._roots:
            if path is None or root.path == path:
                for folder in library_folders.logs_of(root, self._logs):
                    for change in index.take_acts(root, folder):
                        self._changes.take(change)

    def _rebuild(self) -> None:
        index = self._open_index()
        self._work = None
        self._on_change(index.clear())
        self._unread, self._ahead = [], []
        self._watching.know(index, ())
        self._scan_wanted = None

    # -- work, in pieces

    def _do_a_piece(self) -> None:
        if self._wanted_roots is None:
            return
        if self._wishes:
            self._make(self._wishes, said=True)
        elif self._work is not None:
            if next(self._work, self) is self:
                self._work = None
        elif self._scan_wanted is None or self._scan_wanted:
            self._work = self._scanning(self._scan_wanted)
            self._scan_wanted = set()
        elif not self._watching.due_in_s:
            self._look()
        elif self._unread:
            self._read_contents()
        elif self._ahead and time.monotonic() >= self._rest_until:
            self._make_ahead()

    def _scanning(self, only: set[Path] | None) -> Iterator[None]:
        """Scan all, or some folders; then read the logs on, and see what is to be done next."""
        index = self._open_index()
        if only is None:
            self._find_roots()
        for step in scanning.scan(index, self._roots, only):
            if only is None or step.total >= MANY:
                self._changes.progress = (True, step.done, step.total)
            self._on_change(step.change)
            yield
        if only is None:
            self._read_acts(None)
            yield
            self._reconcile()
        self._unread = index.without_content()[::-1]
        self._plan_ahead()
        self._watching.know(index, self._roots)
        self._changes.progress = (False, 0, 0)
        self._changes.scans += only is None
        self._problem = ""

    def _on_change(self, change: Change) -> None:
        """Tell of a change, and drop the thumbnails of what is gone or another file now."""
        self._changes.take(change)
        if change.removed or change.altered:
            store, ids = self._open_store(), change.altered
            versions = dict(self._open_index().versions(ids))
            old = (one for one, of in store.versions(ids) if versions.get(one) != of)
            store.remove((*change.removed, *old))

    def _reconcile(self) -> None:
        """Let thumbnails and index say the same."""
        index = self._open_index()
        index.set_means(self._open_store().reconcile(index.versions()))

    def _look(self) -> None:
        """See what other programs did meanwhile, to the cache too."""
        if self._index is not None and not self._index.is_there:
            self._index.close()
            self._index = None
            self._open()
            self._find_roots()
            self._scan_wanted = None
        if self._thumbnails is not None and not self._thumbnails.is_there:
            self._thumbnails.close()
            self._thumbnails = None
            self._plan_ahead()
        if self._find_roots():
            self._scan_wanted = None
            self._watching.look()
            return
        changed = self._watching.look()
        if changed and self._scan_wanted is not None:
            self._scan_wanted |= changed
        if not changed and not self._unread and self._scan_wanted == set():
            self._carry()

    def _carry(self) -> None:
        """Tell which marks are to be carried, of what was edited in place; also if it was told."""
        marks, now = self._open_index().to_carry(time.time_ns()), time.monotonic()
        if marks == self._carried and now < self._carry_again_at:
            return
        self._carried, self._carry_again_at = marks, now + RETRY_S
        for root, some in marks.items():
            self._say(WrittenOver(root.path, root.mark, some))

    def _read_contents(self) -> None:
        """Read some files for what they hold; the newest first."""
        index = self._open_index()
        until = time.monotonic() + PIECE_S
        ids = [self._unread.pop() for _number in range(min(64, len(self._unread)))]
        paths, versions = dict(index.paths(ids)), dict(index.versions(ids))
        found = []
        for place, one in enumerate(ids):
            if one in paths:
                with suppress(OSError):  # the next scan says why
                    content = fingerprints.of_file(paths[one])
                    if scanning.version_now(paths[one]) == versions[one]:  # else it is another file
                        found.append((one, content))
            if time.monotonic() > until:
                self._unread += reversed(ids[place + 1 :])
                break
        self._changes.take(index.set_contents(found))

    # -- thumbnails

    def _plan_ahead(self) -> None:
        newest = self._open_index().newest(AHEAD)
        self._ahead = self._open_store().missing(newest)[::-1]

    def _make_ahead(self) -> None:
        if not _has_room(self._folder):
            self._ahead = []
            return
        began = time.monotonic()
        self._make(self._ahead, said=False)
        took = time.monotonic() - began
        self._rest_until = began + took / AHEAD_SHARE

    def _make(self, wanted: list[int], *, said: bool) -> None:
        """Make a few thumbnails; say so, if they are waited for."""
        index, store = self._open_index(), self._open_store()
        ids = [wanted.pop() for _number in range(min(AT_ONCE, len(wanted)))]
        ids = store.missing(ids)
        paths, broken = dict(index.paths(ids)), index.broken(ids)
        made = []
        for one in ids:
            if one not in paths or one in broken:
                continue
            self._in_hand += (one,)
            if store.begin(one) >= MOST_TRIES:
                store.give_up(one)
                self._changes.take(index.break_(one, library.HARMFUL))
                continue
            try:
                version = scanning.version_now(paths[one])  # which the index may not know yet
                thumbnail = thumbnail_store.make(paths[one])
                self._keep(one, thumbnail, version)  # before another may end the process
                made.append((one, thumbnail.mean))
            except OSError:
                store.give_up(one)  # the next scan says why
            except (Unreadable, MemoryError) as error:
                store.give_up(one)
                reason = scanning.reason_of(error)
                if reason is not None:
                    self._changes.take(index.break_(one, reason))
        self._in_hand = ()
        index.set_means(made)
        if said and ids:
            self._say(ThumbnailsReady(tuple(ids)))

    def _keep(self, picture: int, thumbnail: Thumbnail, version: int) -> None:
        """Keep a thumbnail. Raises sqlite3.Error, and then no picture is to blame."""
        store = self._open_store()
        try:
            store.keep([(picture, thumbnail, version)])
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                store.give_up(picture)
            raise


def _some(ids: dict[int, None]) -> tuple[int, ...]:
    """Take as many as go into one report."""
    some = tuple(one for one, _place in zip(ids, range(MOST_IDS), strict=False))
    for one in some:
        del ids[one]
    return some


def _is_full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def _has_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free > KEEP_FREE
    except OSError:
        return False
