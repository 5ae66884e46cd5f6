"""The index of the library: an SQLite file, made from pictures and logs, and made again any time.

The indexer's process is the only writer (`Index`); the window reads through `open_reader` and the
functions here that take a reader. Pictures' ids are milliseconds of their making << 12 | tie, so
that newest first is by id alone.
"""

import json
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from zlib import crc32

from kandinsky_desktop.domain.errors import OtherFormat
from kandinsky_desktop.domain.library import (
    ALBUM,
    STARS,
    TAG,
    TIE_BITS,
    Change,
    Listed,
    Mark,
    PictureFacts,
    marks_in,
)
from kandinsky_desktop.domain.query import spaced
from kandinsky_desktop.store import act_log, atomic_file

log = logging.getLogger(__name__)

VERSION = 2  # of the schema; MIGRATIONS lead to it from any before
NAME = "index.db"
VERSION_AT = 60  # where an SQLite file says its user_version: four bytes, big-endian
SQLITE_HEAD = b"SQLite format 3\0"
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
BUSY_S = 10.0
MOST_ACTS = 5_000  # that are taken in one transaction
MOST_CARRIED = 8_000  # marks that are carried at once
MOST_ALIKE = 250  # different ones of them: the longest fit into one message
SETTLED_NS = 2_000_000_000  # since a file was written to
RENAMED_NS = 60_000_000_000  # since then, a program that wrote it has given it its own name
ROOT_OF = "/"  # stands in no name of a file: between a root's mark and a log's name

SCHEMA = """
CREATE TABLE root (
  id INTEGER PRIMARY KEY, mark TEXT NOT NULL UNIQUE, path ANY NOT NULL,
  away INTEGER NOT NULL DEFAULT 0  -- its drive is not there: its pictures stay, and are not shown
) STRICT;
CREATE TABLE folder (
  id INTEGER PRIMARY KEY, root INTEGER NOT NULL, path ANY NOT NULL,  -- below the root; itself: ''
  mtime_ns INTEGER NOT NULL DEFAULT 0,  -- as it was when it was listed; 0: to be listed again
  mounted INTEGER NOT NULL DEFAULT 0,  -- it is on another disk than its root
  UNIQUE (root, path)
) STRICT;
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE picture (
  id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, file ANY NOT NULL,  -- a BLOB: not in UTF-8
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  sidecar INTEGER NOT NULL DEFAULT 0,  -- its XMP file's time
  width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0,
  model INTEGER, task INTEGER, scheduler INTEGER, tool INTEGER,  -- of name
  steps INTEGER, prior_seed INTEGER, seed INTEGER,
  stars INTEGER NOT NULL DEFAULT 0,  -- as marked, else by XMP
  rating INTEGER,  -- by XMP
  stack INTEGER, place INTEGER NOT NULL DEFAULT 0,  -- of a batch, strip or sheet
  mean_color INTEGER,  -- 0xRRGGBB, once there was a thumbnail
  content BLOB,  -- store.fingerprints, 12 bytes; NULL: not read yet
  broken TEXT,  -- why it cannot be shown; NULL: nothing is known against it
  UNIQUE (folder, file)
) STRICT;
CREATE INDEX picture_content ON picture (content) WHERE content IS NOT NULL;
CREATE TABLE parent (
  child INTEGER NOT NULL, content BLOB NOT NULL, role INTEGER NOT NULL,
  PRIMARY KEY (child, content)
) STRICT, WITHOUT ROWID;
CREATE INDEX parent_content ON parent (content);
CREATE TABLE text (
  id INTEGER PRIMARY KEY, prompt TEXT NOT NULL, negative TEXT NOT NULL,
  name TEXT NOT NULL  -- the file's, where nothing else is said
) STRICT;
-- no triggers: a statement with a trigger makes FTS5 flush row by row, at twice the cost
CREATE VIRTUAL TABLE words USING fts5 (
  prompt, negative, name, content='', columnsize=0, prefix='1',
  tokenize="unicode61 remove_diacritics 2"
);
INSERT INTO words (words, rank) VALUES ('automerge', 8);  -- half as much merging, as quick to read
CREATE TABLE subject (
  id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id, text)
) STRICT, WITHOUT ROWID;
CREATE TABLE mark (
  content BLOB NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (content, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_key ON mark (key) WHERE key <> 'stars';
CREATE TABLE log (
  file TEXT PRIMARY KEY, birth TEXT NOT NULL, taken INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
FORMER = """
CREATE TABLE former (  -- what lay where a picture lies, until it is known whether marks are carried
  id INTEGER NOT NULL, content BLOB NOT NULL, rating INTEGER, inode INTEGER NOT NULL,
  PRIMARY KEY (id, content)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_content ON former (content);
"""
MIGRATIONS: tuple[str, ...] = (SCHEMA, FORMER)  # each leads from its place to the next version

Kept = str | bytes
Files = tuple[tuple[int, int] | None, ...]  # of a database: disk and number of each; None: none


@dataclass(frozen=True, slots=True)
class Root:
    """A library folder as the index knows it."""

    id: int
    mark: str
    path: Path
    away: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What a list shows of a picture."""

    id: int
    path: Path
    prompt: str
    stars: int
    broken: str  # a reason in English; empty: it is whole


@dataclass(frozen=True, slots=True)
class Relative:
    """A picture of the same family: a parent or a child, and what the parent was."""

    content: str
    role: int
    ids: tuple[int, ...]  # where it lies; none: not in the library


@dataclass(frozen=True, slots=True)
class Details:
    """All that the index knows of a picture."""

    id: int
    path: Path
    size_bytes: int
    made_ms: int
    width: int
    height: int
    model: str
    task: str
    scheduler: str
    tool: str
    steps: int | None
    prior_seed: int | None
    seed: int | None
    prompt: str
    negative: str
    stars: int
    tags: tuple[str, ...]
    albums: tuple[str, ...]
    content: str
    broken: str
    parents: tuple[Relative, ...]
    children: tuple[Relative, ...]


def usual_id(made_ms: int, inode: int, file: str) -> int:
    """Return the id that a picture gets, unless another has it; the same for the same file."""
    tie = inode or crc32(file.encode("utf-8", "surrogatepass"))
    return max(0, min(made_ms, 2**50)) << TIE_BITS | tie & (1 << TIE_BITS) - 1


def place_in(library: Path) -> Path:
    """Return where the index lies: `places.library()` is its folder.

    That of a newer version of the program is left alone: ours then lies beside it.
    """
    usual = library / NAME
    if version_of(usual) <= VERSION:
        return usual
    return usual.with_name(f"index-{VERSION}.db")


def version_of(path: Path) -> int:
    """Return the schema's version of an index; 0: there is none, or it says none."""
    try:
        with path.open("rb") as file:
            head = file.read(VERSION_AT + 4)
    except OSError:
        return 0
    if not head.startswith(SQLITE_HEAD):
        return 0
    return int.from_bytes(head[VERSION_AT : VERSION_AT + 4], "big")


def files_of(path: Path) -> Files:
    """Return which files a database in use consists of: itself, its log, and what is in memory.

    Who deletes the folder in that moment may delete some of a new one's, which then is written as
    before and seen by nobody.
    """
    found: list[tuple[int, int] | None] = []
    for part in ("", "-wal", "-shm"):
        try:
            about = os.stat(path.with_name(path.name + part))
        except OSError:
            found.append(None)
        else:
            found.append((about.st_dev, about.st_ino))
    return tuple(found)


def are_there(path: Path, files: Files) -> bool:
    """Return whether the files of a database in use are still those that others find."""
    return files[0] is not None and files_of(path) == files


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is no whole index, so that it is to be made anew."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def version_number(size: int, mtime_ns: int) -> int:
    """Return what tells one version of a file from the others."""
    return (size * 1_000_003 ^ mtime_ns) & 2**63 - 1


class Index:
    """The one writer. Each change is one transaction: killed at any moment, nothing is half."""

    def __init__(self, path: Path, base: sqlite3.Connection) -> None:
        """Take over an index that is open: see `open_index`."""
        self.path = path
        self.base = base
        self._names: dict[str, int] = dict(base.execute("SELECT text, id FROM name"))
        self._files = files_of(path)

    def close(self) -> None:
        """Let go of the file."""
        self.base.close()

    @property
    def is_there(self) -> bool:
        """Whether the files that are written are still those that others find."""
        return are_there(self.path, self._files)

    @property
    def is_whole(self) -> bool:
        """Whether nothing in the file is damaged, as far as SQLite sees it."""
        try:
            self.base.execute("PRAGMA shrink_memory")  # what is read is read from the disk
            return bool(self.base.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        except sqlite3.Error:
            return False

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Do all that is inside, or nothing of it."""
        self.base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.base.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                if self.base.in_transaction:
                    self.base.execute("ROLLBACK")
            self._names = {}  # what was named meanwhile is not named any more
            raise

    # -- folders

    def roots(self) -> list[Root]:
        """Return the library folders."""
        rows = self.base.execute("SELECT id, mark, path, away FROM root ORDER BY id")
        return [
            Root(number, mark, Path(name_of(path)), bool(away)) for number, mark, path, away in rows
        ]

    def set_root(self, mark: str, path: Path, *, away: bool) -> Root:
        """Say where a library folder lies, and whether it is there."""
        self.base.execute(
            "INSERT INTO root (mark, path, away) VALUES (?, ?, ?) ON CONFLICT (mark)"
            " DO UPDATE SET path = excluded.path, away = excluded.away",
            (mark, kept(str(path)), away),
        )
        return next(root for root in self.roots() if root.mark == mark)

    def drop_root(self, root: Root) -> tuple[int, ...]:
        """Forget a library folder that is not watched any more. Its logs and files stay."""
        ids = self.ids_below(root)
        with self.changing():
            self._remove(ids)
            self.base.execute("DELETE FROM folder WHERE root = ?", (root.id,))
            self.base.execute("DELETE FROM root WHERE id = ?", (root.id,))
        return ids

    def folder(self, root: int, path: str, *, mounted: bool | None = None) -> int:
        """Return the number of a folder below a root, which is given one at first.

        `mounted` says whether it is on another disk than its root, where that was looked at.
        """
        row = self.base.execute(
            "SELECT id, mounted FROM folder WHERE root = ? AND path = ?", (root, kept(path))
        ).fetchone()
        if row is None:
            made = self.base.execute(
                "INSERT INTO folder (root, path, mounted) VALUES (?, ?, ?)",
                (root, kept(path), bool(mounted)),
            ).lastrowid
            assert made is not None
            return made
        if mounted is not None and bool(row[1]) != mounted:
            self.base.execute("UPDATE folder SET mounted = ? WHERE id = ?", (mounted, row[0]))
        return int(row[0])

    def settle_folders(self, times: Iterable[tuple[int, int]], gone: Iterable[int] = ()) -> None:
        """Say as of which times, in nanoseconds, folders are known, and which are gone."""
        with self.changing():
            self.base.executemany(
                "UPDATE folder SET mtime_ns = ?2 WHERE id = ?1 AND mtime_ns <> ?2", times
            )
            self.base.executemany(
                "DELETE FROM folder WHERE id = ?1"
                " AND NOT EXISTS (SELECT 1 FROM picture WHERE folder = ?1)",
                ((one,) for one in gone),
            )

    # -- pictures

    def replace(self, facts: Sequence[tuple[int, PictureFacts]], old: Sequence[int] = ()) -> Change:
        """Put pictures in, each with its folder's number, in place of `old` ones.

        What has the same name already is replaced too.
        """
        try:
            return self._replaced(facts, old)
        except sqlite3.IntegrityError:  # rare, and found out for nothing
            known = self._named_so(facts)
            return self._replaced(facts, [*old, *known], carefully=True)

    def _replaced(
        self,
        facts: Sequence[tuple[int, PictureFacts]],
        old: Sequence[int],
        *,
        carefully: bool = False,
    ) -> Change:
        with self.changing():
            gone = set(old)
            read = self._read_before(old)
            former = self._written_over(facts, old)
            self._remove(old)
            numbers = self._add(facts, carefully=carefully)
            self._keep_read(read, facts, numbers)
            self._keep_former(former, facts, numbers)
            came = set(numbers)
        return Change(tuple(came - gone), tuple(gone - came), tuple(came & gone))

    def _read_before(self, ids: Sequence[int]) -> dict[tuple[int, ...], tuple[bytes, int | None]]:
        """Return what was read of files besides their facts, by the versions of the files."""
        rows = self.base.execute(
            "SELECT inode, size, mtime_ns, content, mean_color FROM picture WHERE inode <> 0"
            " AND content IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return {(inode, size, ns): (content, mean) for inode, size, ns, content, mean in rows}

    def _keep_read(
        self,
        read: dict[tuple[int, ...], tuple[bytes, int | None]],
        facts: Sequence[tuple[int, PictureFacts]],
        numbers: Sequence[int],
    ) -> None:
        """Let a file that is the same, though another lies beside it now, be known as it was."""
        if not read:
            return
        same = [
            (*read[version], number)
            for number, (_folder, one) in zip(numbers, facts, strict=True)
            if (version := (one.inode, one.size, one.mtime_ns)) in read
        ]
        self.base.executemany("UPDATE picture SET content = ?, mean_color = ? WHERE id = ?", same)
        self._count_stars("id = ?", [(number,) for _content, _mean, number in same])

    def _written_over(
        self, facts: Sequence[tuple[int, PictureFacts]], old: Sequence[int]
    ) -> dict[tuple[int, Kept], list[tuple[object, ...]]]:
        """Return what lay, until now, where other files lie now: contents, ratings and inodes.

        A file that the index knows by another name is no edit of it, but for one that was written
        just now: that may be an edit which was seen under its temporary name.
        """
        if not old:
            return {}
        now = {(folder, kept(one.file)): one for folder, one in facts}
        ids = json.dumps(list(old))
        rows = self.base.execute(
            "SELECT id, folder, file, inode, size, mtime_ns, content, rating FROM picture"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (ids,),
        ).fetchall()
        found: dict[tuple[int, Kept], list[tuple[object, ...]]] = {}
        times: dict[tuple[int, Kept], int] = {}
        for number, folder, file, inode, size, mtime_ns, content, rating in rows:
            one = now.get((folder, file))
            if one is None:
                continue
            former = self.base.execute(
                "SELECT content, rating, inode FROM former WHERE id = ?"
                " AND EXISTS (SELECT 1 FROM mark WHERE mark.content = former.content)",
                (number,),
            ).fetchall()
            is_same = (one.inode, one.size, one.mtime_ns) == (inode, size, mtime_ns)
            if content is not None and not is_same:
                former.append((content, rating, inode))
            if former:
                found[folder, file], times[folder, file] = former, mtime_ns
        just_now = time.time_ns() - RENAMED_NS
        moved = {(now[at].inode, now[at].size, now[at].mtime_ns): at for at in found}
        inodes = json.dumps([inode for inode, _size, _ns in moved if inode])
        for folder, file, *version in self.base.execute(
            "SELECT folder, file, inode, size, mtime_ns FROM picture"
            " WHERE inode IN (SELECT value FROM json_each(?))",
            (inodes if found else "[]",),
        ):
            place = moved.get(tuple(version))
            if place not in (None, (folder, file)) and version[2] <= max(times[place], just_now):
                found.pop(place, None)
        return found

    def _keep_former(
        self,
        former: dict[tuple[int, Kept], list[tuple[object, ...]]],
        facts: Sequence[tuple[int, PictureFacts]],
        numbers: Sequence[int],
    ) -> None:
        self.base.executemany(
            "INSERT OR REPLACE INTO former (id, content, rating, inode) VALUES (?,?,?,?)",
            [
                (number, *one)
                for number, (folder, about) in zip(numbers, facts, strict=True)
                for one in former.get((folder, kept(about.file)), ())
            ]
            if former
            else [],
        )

    def _named_so(self, facts: Sequence[tuple[int, PictureFacts]]) -> list[int]:
        rows = (
            self.base.execute(
                "SELECT id FROM picture WHERE folder = ? AND file = ?", (folder, kept(one.file))
            ).fetchone()
            for folder, one in facts
        )
        return [row[0] for row in rows if row is not None]

    def remove(self, ids: Sequence[int]) -> Change:
        """Take pictures out."""
        if not ids:
            return Change()
        with self.changing():
            self._remove(ids)
        return Change(removed=tuple(ids))

    def move(self, moves: Iterable[tuple[int, int, str]]) -> Change:
        """Say that pictures have another folder or name now: id, folder, name."""
        moves = list(moves)
        with self.changing():
            for number, folder, file in moves:
                if self._exists(number, folder, file):
                    continue
                self.base.execute(
                    "UPDATE picture SET folder = ?, file = ? WHERE id = ?",
                    (folder, kept(file), number),
                )
                name = self.base.execute("SELECT name FROM text WHERE id = ?", (number,)).fetchone()
                if name is not None and name[0]:
                    self._set_name(number, file)
        return Change(altered=tuple(number for number, _folder, _file in moves))

    def _exists(self, number: int, folder: int, file: str) -> bool:
        """Whether another picture has that name: then this one keeps its own until a next scan."""
        row = self.base.execute(
            "SELECT id FROM picture WHERE folder = ? AND file = ?", (folder, kept(file))
        ).fetchone()
        return row is not None and row[0] != number

    def break_(self, number: int, reason: str) -> Change:
        """Say that a picture cannot be shown, and why."""
        with self.changing():
            self.base.execute("UPDATE picture SET broken = ? WHERE id = ?", (reason, number))
        return Change(altered=(number,))

    def set_contents(self, contents: Sequence[tuple[int, str]]) -> Change:
        """Say what pictures hold; what was marked by content counts for them from now on.

        Return those of which anything is marked.
        """
        with self.changing():
            keys = [(bytes.fromhex(content), number) for number, content in contents]
            self.base.executemany("UPDATE picture SET content = ? WHERE id = ?", keys)
            self._count_stars("id = ?", [(number,) for _content, number in keys])
            marked = [
                number
                for content, number in keys
                if self.base.execute("SELECT 1 FROM mark WHERE content = ?", (content,)).fetchone()
            ]
        return Change(altered=tuple(marked))

    def set_means(self, means: Sequence[tuple[int, int]]) -> None:
        """Keep the mean colours of thumbnails: ids, and 0xRRGGBB."""
        with self.changing():
            self.base.executemany(
                "UPDATE picture SET mean_color = ? WHERE id = ?",
                [(mean, number) for number, mean in means],
            )

    def ids_below(self, root: Root) -> tuple[int, ...]:
        """Return the pictures of a library folder."""
        rows = self.base.execute(
            "SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder WHERE f.root = ?",
            (root.id,),
        )
        return tuple(number for (number,) in rows)

    def versions(self, ids: Iterable[int] | None = None) -> Iterator[tuple[int, int]]:
        """Yield pictures, all or some, each with what tells this version of its file."""
        sql, given = "SELECT id, size, mtime_ns FROM picture", tuple[str, ...]()
        if ids is not None:
            sql += " WHERE id IN (SELECT value FROM json_each(?))"
            given = (json.dumps(list(ids)),)
        for number, size, mtime_ns in self.base.execute(sql, given):
            yield number, version_number(size, mtime_ns)

    def paths(self, ids: Iterable[int]) -> list[tuple[int, Path]]:
        """Return where pictures lie, of those whose drive is there."""
        rows = self.base.execute(
            "SELECT p.id, r.path, f.path, p.file FROM picture p JOIN folder f ON f.id = p.folder"
            " JOIN root r ON r.id = f.root"
            " WHERE NOT r.away AND p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return [(number, _path(root, folder, file)) for number, root, folder, file in rows]

    def unfinished(self, since_ns: int, most: int) -> list[tuple[Path, int, int]]:
        """Return files that may be written to just now, with size and time: the newest only.

        They are those that were written since then, and those that are no whole pictures.
        """
        rows = self.base.execute(
            "SELECT r.path, f.path, p.file, p.size, p.mtime_ns FROM picture p"
            " JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root"
            " WHERE NOT r.away AND (p.broken IS NOT NULL OR p.mtime_ns > ?)"
            " ORDER BY p.mtime_ns DESC LIMIT ?",
            (since_ns, most),
        )
        return [(_path(*place), size, mtime_ns) for *place, size, mtime_ns in rows]

    def broken(self, ids: Iterable[int]) -> set[int]:
        """Return those pictures of which it is known that they cannot be shown."""
        rows = self.base.execute(
            "SELECT id FROM picture WHERE broken IS NOT NULL"
            " AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return {number for (number,) in rows}

    def newest(self, most: int) -> list[int]:
        """Return so many pictures that can be shown, newest first."""
        rows = self.base.execute(
            "SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder"
            " JOIN root r ON r.id = f.root"
            " WHERE p.broken IS NULL AND NOT r.away ORDER BY p.id DESC LIMIT ?",
            (most,),
        )
        return [number for (number,) in rows]

    def without_content(self) -> list[int]:
        """Return the pictures that are still to be read for their content, newest first."""
        rows = self.base.execute(
            "SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder"
            " JOIN root r ON r.id = f.root"
            " WHERE p.content IS NULL AND p.size > 0 AND NOT r.away ORDER BY p.id DESC"
        )
        return [number for (number,) in rows]

    def _add(self, facts: Sequence[tuple[int, PictureFacts]], *, carefully: bool) -> list[int]:
        """Put pictures in, and return their ids. Raises IntegrityError, unless `carefully`."""
        taken: set[int] = set()
        pictures: list[tuple[object, ...]] = []
        numbers: list[int] = []
        texts, parents, subjects = [], [], []
        named = self._named
        for folder, one in facts:
            number = self._free(one, taken, carefully=carefully)
            numbers.append(number)
            file, stars = kept(one.file), one.rating or 0
            model, task = named(one.model), named(one.task)
            scheduler, tool = named(one.scheduler), named(one.tool)
            pictures.append(
                (number, folder, file, one.size, one.mtime_ns, one.inode, one.sidecar, one.width,
                 one.height, model, task, scheduler, tool, one.steps, one.prior_seed, one.seed,
                 stars, one.rating, one.stack, one.place, one.broken)
            )  # fmt: skip
            texts.append((number, one.prompt, one.negative, "" if one.prompt else _stem(one.file)))
            if one.parents:
                parents += [(number, content, role) for content, role in one.parents]
            if one.subjects:
                subjects += [(number, subject) for subject in one.subjects]
        # FTS5 writes out what it holds whenever a rowid is below the one before
        pictures.sort(key=itemgetter(0))
        texts.sort()
        base = self.base
        base.executemany(
            "INSERT INTO picture (id, folder, file, size, mtime_ns, inode, sidecar, width, height,"
            " model, task, scheduler, tool, steps, prior_seed, seed, stars, rating, stack, place,"
            " broken) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            pictures,
        )
        base.executemany("INSERT INTO text VALUES (?,?,?,?)", texts)
        base.executemany(
            "INSERT INTO words (rowid, prompt, negative, name) VALUES (?,?,?,?)", map(_said, texts)
        )
        base.executemany("INSERT OR IGNORE INTO parent VALUES (?,?,?)", parents)
        base.executemany("INSERT OR IGNORE INTO subject VALUES (?,?)", subjects)
        return numbers

    def _remove(self, ids: Sequence[int]) -> None:
        keys = [
            (number,) for number in sorted(set(ids))
        ]  # FTS5 takes one that goes twice for damage
        gone = []
        for key in keys:
            gone += self.base.execute("SELECT * FROM text WHERE id = ?", key).fetchall()
        self._unsay(gone)
        for sql in (
            "DELETE FROM text WHERE id = ?",
            "DELETE FROM parent WHERE child = ?",
            "DELETE FROM subject WHERE id = ?",
            "DELETE FROM former WHERE id = ?",
            "DELETE FROM picture WHERE id = ?",
        ):
            self.base.executemany(sql, keys)

    def _set_name(self, number: int, file: str) -> None:
        row = self.base.execute("SELECT * FROM text WHERE id = ?", (number,)).fetchone()
        self._unsay([row])
        now = (*row[:3], _stem(file))
        self.base.execute("UPDATE text SET name = ? WHERE id = ?", (now[3], number))
        self.base.execute(
            "INSERT INTO words (rowid, prompt, negative, name) VALUES (?,?,?,?)", _said(now)
        )

    def _unsay(self, texts: Iterable[tuple[int, str, str, str]]) -> None:
        self.base.executemany(
            "INSERT INTO words (words, rowid, prompt, negative, name) VALUES ('delete',?,?,?,?)",
            map(_said, texts),
        )

    def _free(self, one: PictureFacts, taken: set[int], *, carefully: bool) -> int:
        """Return an id that no other has; the same for the same file, but for rare ties."""
        number = usual_id(one.made_ms, one.inode, one.file)
        while number in taken or (carefully and self._is_there(number)):
            number += 1
        taken.add(number)
        return number

    def _is_there(self, number: int) -> bool:
        row = self.base.execute("SELECT 1 FROM picture WHERE id = ?", (number,)).fetchone()
        return row is not None

    def _named(self, text: str) -> int | None:
        """Return the number of a name, which is given one at first."""
        if not text:
            return None
        number = self._names.get(text)
        if number is None:
            self.base.execute("INSERT OR IGNORE INTO name (text) VALUES (?)", (text,))
            row = self.base.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            number = self._names[text] = row[0]
        return number

    # -- what people do

    def take_acts(self, root: Root, folder: Path) -> Iterator[Change]:
        """Read on in the logs of a library folder; yield what changed, act by act in thousands.

        How far a log was read is committed with what was read, so that they cannot part.
        """
        try:
            logs = act_log.logs(folder)
        except OSError as error:
            log.warning("the logs of %s cannot be read: %s", folder, error)
            return
        for path in logs:
            try:
                yield from self._take_log(f"{root.mark}{ROOT_OF}{path.name}", path)
            except OtherFormat as error:
                log.warning("%s", error)
            except OSError as error:
                log.warning("%s cannot be read: %s", path, error)

    def _take_log(self, key: str, path: Path) -> Iterator[Change]:
        birth = act_log.birth(path)
        row = self.base.execute("SELECT birth, taken FROM log WHERE file = ?", (key,)).fetchone()
        start = row[1] if row and row[0] == birth and row[1] <= path.stat().st_size else 0
        acts = act_log.read(path, start)
        more = True
        while more:
            at, marks, more = start, list[Mark](), False
            for place, act in acts:
                at = place
                marks += marks_in(act)
                if len(marks) >= MOST_ACTS:
                    more = True
                    break
            if at == start:
                return
            with self.changing():
                change = self._take(marks)
                self.base.execute(
                    "INSERT OR REPLACE INTO log (file, birth, taken) VALUES (?,?,?)",
                    (key, birth, at),
                )
            start = at
            yield change

    def _take(self, marks: Sequence[Mark]) -> Change:
        """Set marks: the later one holds; of two of one time, in any order, the same."""
        rows = [
            (bytes.fromhex(content), mark.key, mark.value, mark.at_us)
            for mark in marks
            for content in mark.contents
        ]
        self.base.executemany(
            "INSERT INTO mark (content, key, value, at) VALUES (?,?,?,?) ON CONFLICT DO UPDATE"
            " SET value = excluded.value, at = excluded.at"
            " WHERE (excluded.at, excluded.value) > (mark.at, mark.value)",
            rows,
        )
        contents = sorted({row[0] for row in rows})
        starred = sorted({row[0] for row in rows if row[1] == STARS})
        self._count_stars("content = ?", [(content,) for content in starred])
        altered: list[int] = []
        for content in contents:
            found = self.base.execute("SELECT id FROM picture WHERE content = ?", (content,))
            altered += (number for (number,) in found)
        return Change(altered=tuple(altered))

    def _count_stars(self, where: str, keys: Sequence[tuple[object]]) -> None:
        self.base.executemany(
            "UPDATE picture SET stars = coalesce((SELECT value FROM mark"
            " WHERE mark.content = picture.content AND mark.key = 'stars'), rating, 0)"
            f" WHERE {where}",
            keys,
        )

    def to_carry(self, now_ns: int) -> dict[Root, tuple[Mark, ...]]:
        """Return marks of what was written over that what lies there now lacks, for each root.

        To be called once all contents are read. A file that may still be written to waits; so
        does one that is no whole picture. Nothing is carried to what the library held before, nor
        of what lies elsewhere by now. Each mark keeps its time, but is no later than the file, so
        that it never holds against what was done with the new content.
        """
        base = self.base
        if base.execute("SELECT 1 FROM former LIMIT 1").fetchone() is None:
            return {}
        young = now_ns - SETTLED_NS, now_ns + SETTLED_NS
        here = (
            " FROM former f JOIN picture p ON p.id = f.id JOIN folder d ON d.id = p.folder"
            " JOIN root r ON r.id = d.root WHERE NOT r.away AND p.broken IS NULL"
        )
        settled = f"{here} AND p.content IS NOT NULL AND p.mtime_ns NOT BETWEEN ?1 AND ?2"
        found = base.execute(
            "SELECT r.id, m.key, m.value, max(0, min(m.at, p.mtime_ns / 1000)), p.content"
            + settled.replace(" WHERE", " JOIN mark m ON m.content = f.content WHERE")
            + " AND p.content <> f.content"
            " AND NOT EXISTS (SELECT 1 FROM mark n WHERE n.content = p.content AND n.key = m.key)"
            " AND (m.key <> 'stars'"  # unless the other program set some
            "  OR coalesce(p.rating, 0) IN (0, coalesce(f.rating, 0)))"
            " AND NOT EXISTS (SELECT 1 FROM picture q WHERE q.content = f.content"
            "  AND q.inode = f.inode AND q.inode <> 0)"
            " AND NOT EXISTS (SELECT 1 FROM former g WHERE g.content = p.content AND g.id <> p.id)"
            " AND NOT EXISTS (SELECT 1 FROM picture q WHERE q.content = p.content AND q.id <> p.id"
            "  AND q.mtime_ns <= p.mtime_ns AND q.id NOT IN (SELECT id FROM former))"
            f" LIMIT {MOST_CARRIED}",
            young,
        ).fetchall()
        if not found:
            some = base.execute(f"SELECT count(*){here}").fetchone()
            if base.execute(f"SELECT count(*){settled}", young).fetchone() == some:
                with self.changing():  # together, so that what was swapped is seen to be
                    base.execute(f"DELETE FROM former WHERE id IN (SELECT p.id{here})")
        alike: dict[tuple[int, str, int, int], dict[str, None]] = {}
        for *one, content in found:
            mark = tuple(one)
            if mark in alike or len(alike) < MOST_ALIKE:
                alike.setdefault(mark, {})[content.hex()] = None
        return {
            root: marks
            for root in self.roots()
            if (
                marks := tuple(
                    Mark(key, value, tuple(contents), at)
                    for (of, key, value, at), contents in alike.items()
                    if of == root.id
                )
            )
        }

    def clear(self) -> Change:
        """Empty the index, so that it is made anew. Files and logs stay as they are."""
        gone = tuple(number for (number,) in self.base.execute("SELECT id FROM picture"))
        with self.changing():
            self.base.execute("INSERT INTO words (words) VALUES ('delete-all')")
            for table in ("picture", "text", "parent", "subject", "former", "folder", "mark", "log",
                          "name"):  # fmt: skip
                self.base.execute(f"DELETE FROM {table}")
        self._names = {}
        return Change(removed=gone)


def open_index(path: Path, *, check: bool = True) -> tuple[Index, Path | None]:
    """Open the index for writing; make, or bring to this version, what is to be.

    Return also where a damaged one was set aside. Raises OSError or sqlite3.Error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside: Path | None = None
    try:
        base = _opened(path, check=check)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        log.warning("the index is damaged (%s) and is made anew", error)
        aside = set_aside(path)
        base = _opened(path, check=False)
    return Index(path, base), aside


def set_aside(path: Path) -> Path | None:
    """Rename a damaged index and what belongs to it. Raises OSError."""
    aside = None
    for part in ("-wal", "-shm", ""):
        file = path.with_name(path.name + part)
        if not file.exists():
            continue
        if part:
            file.unlink()  # of no use without the rest
        else:
            aside = path.with_name(path.name + ".damaged")
            aside.unlink(missing_ok=True)  # one is enough: it can be made again
            aside = atomic_file.set_aside(file, "damaged")
    return aside


def _opened(path: Path, *, check: bool) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if not version and base.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise _damage("it is another database")
        base.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
            " PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=8000000;"
            " PRAGMA wal_autocheckpoint=4000;"
        )
        if version and check:
            said = base.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise _damage(said)
        if version > VERSION:
            raise _damage(f"it is of version {version}")  # `place_in` leads elsewhere
        for number in range(version, VERSION):
            script = f"BEGIN; {MIGRATIONS[number]} PRAGMA user_version={number + 1}; COMMIT;"
            base.executescript(script)
        if version < VERSION:
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the file says its version
    except BaseException:
        base.close()
        raise
    return base


def _damage(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def kept(name: str) -> Kept:
    """Return a name as SQLite takes it: one that is in no UTF-8 as its bytes."""
    if name.isascii():
        return name
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name)
    return name


def name_of(value: Kept) -> str:
    """Return a name as it was before `kept`."""
    return os.fsdecode(value) if isinstance(value, bytes) else value


def _stem(file: str) -> str:
    return os.path.splitext(file)[0].encode("utf-8", "replace").decode()


def _said(row: tuple[int, str, str, str]) -> tuple[int, str, str, str]:
    """Return a row of the texts as its words are indexed."""
    number, prompt, negative, name = row
    return number, spaced(prompt), spaced(negative), spaced(name)


# -- what the window reads, in any thread, with a reader of that thread


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the index for reading. Raises sqlite3.OperationalError if there is none, or none yet."""
    return reader_of(path, "PRAGMA cache_size=-2000;", range(VERSION, sys.maxsize))


def reader_of(path: Path, pragmas: str, versions: Container[int]) -> sqlite3.Connection:
    """Open a database of the library for reading, in any thread.

    Raises sqlite3.OperationalError if there is none, or none of these versions yet: a file is there
    before its tables are, and has the old ones before it is brought up to date or made anew.
    """
    base = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # mapped pages would count as the window's memory
        base.executescript(f"PRAGMA mmap_size=0; PRAGMA query_only=1; {pragmas}")
        if base.execute("PRAGMA user_version").fetchone()[0] not in versions:
            raise sqlite3.OperationalError(f"{path.name} is being made")
    except BaseException:
        base.close()
        raise
    return base


def columns(reader: sqlite3.Connection, names: Sequence[str]) -> tuple[str, ...]:
    """Return columns of all pictures that are at hand, by rising id, each as `1,2,3`.

    NULL is -1. One call of SQLite: other threads run meanwhile, and no object is made a number.
    """
    said = ", ".join(f"group_concat(coalesce({_column(name)}, -1))" for name in names)
    row = reader.execute(
        f"SELECT {said} FROM (SELECT p.* FROM picture p WHERE p.folder NOT IN"
        " (SELECT f.id FROM folder f JOIN root r ON r.id = f.root WHERE r.away) ORDER BY p.id)"
    ).fetchone()
    return tuple(text or "" for text in row)


def columns_of(
    reader: sqlite3.Connection, names: Sequence[str], ids: Iterable[int]
) -> list[tuple[int, ...]]:
    """Return columns of some pictures, those that are there, by rising id; the id comes first."""
    said = ", ".join(f"coalesce({_column(name)}, -1)" for name in names)
    listed = json.dumps(list(ids))
    return reader.execute(
        f"SELECT id, {said} FROM picture WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (listed,),
    ).fetchall()


def _column(name: str) -> str:
    if name == "broken":
        return "broken IS NOT NULL"
    assert name.isidentifier()
    return name


def matching(reader: sqlite3.Connection, match: str) -> str:
    """Return the ids of pictures whose words FTS5 finds, as `1,2,3`: see `Query.match`."""
    row = reader.execute(
        "SELECT group_concat(rowid) FROM words WHERE words MATCH ?", (match,)
    ).fetchone()
    return row[0] or ""


def names(reader: sqlite3.Connection) -> dict[int, str]:
    """Return the names of models, tasks, schedulers and tools by their numbers."""
    return dict(reader.execute("SELECT id, text FROM name"))


def folders(reader: sqlite3.Connection) -> dict[int, Path]:
    """Return the folders with pictures by their numbers."""
    rows = reader.execute("SELECT f.id, r.path, f.path FROM folder f JOIN root r ON r.id = f.root")
    return {number: Path(name_of(root), name_of(path)) for number, root, path in rows}


def rows(reader: sqlite3.Connection, ids: Iterable[int]) -> list[Row]:
    """Return what a list shows of pictures, those that are there, in any order."""
    found = reader.execute(
        "SELECT p.id, r.path, f.path, p.file, t.prompt, p.stars, p.broken FROM picture p"
        " JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root"
        " LEFT JOIN text t ON t.id = p.id WHERE p.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return [
        Row(number, _path(root, folder, file), prompt or "", stars, broken or "")
        for number, root, folder, file, prompt, stars, broken in found
    ]


def newest(reader: sqlite3.Connection, most: int) -> list[Listed]:
    """Return so many pictures whose drives are there, the newest first."""
    found = reader.execute(
        "SELECT p.id, r.path, f.path, p.file, p.stack, p.place FROM (SELECT * FROM picture"
        " WHERE folder NOT IN (SELECT f.id FROM folder f JOIN root r ON r.id = f.root WHERE r.away)"
        " ORDER BY id DESC LIMIT ?) p"
        " JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root ORDER BY p.id DESC",
        (most,),
    )
    return [
        Listed(number, _path(root, folder, file), stack or 0, place)
        for number, root, folder, file, stack, place in found
    ]


def path_of(reader: sqlite3.Connection, number: int) -> Path | None:
    """Return where a picture lies; None if it is not in the index."""
    return next((row.path for row in rows(reader, (number,))), None)


def ids_of(reader: sqlite3.Connection, paths: Iterable[Path]) -> dict[Path, int]:
    """Return the ids of files, of those that are in the index."""
    found: dict[Path, int] = {}
    known = {path: number for number, path in folders(reader).items()}
    for path in paths:
        row = reader.execute(
            "SELECT id FROM picture WHERE folder = ? AND file = ?",
            (known.get(path.parent, -1), kept(path.name)),
        ).fetchone()
        if row is not None:
            found[path] = row[0]
    return found


def contents(reader: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return what pictures hold, of those that were read: by id, a fingerprint."""
    found = reader.execute(
        "SELECT id, content FROM picture"
        " WHERE content IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {number: content.hex() for number, content in found}


def labels(reader: sqlite3.Connection, kind: str) -> list[tuple[str, int]]:
    """Return all tags or albums (TAG or ALBUM) and how many pictures have each, by name."""
    found: dict[str, set[int]] = {}
    for key in reader.execute(
        "SELECT DISTINCT key FROM mark WHERE value = 1 AND key GLOB ?", (f"{kind}*",)
    ).fetchall():
        found[key[0].removeprefix(kind)] = set()
    if kind == TAG:
        for (text,) in reader.execute("SELECT DISTINCT text FROM subject").fetchall():
            found[text] = set()
    counted = [(name, len(labelled(reader, kind, name))) for name in found]
    return sorted((one for one in counted if one[1]), key=lambda one: one[0].casefold())


def labelled(reader: sqlite3.Connection, kind: str, name: str) -> list[int]:
    """Return the pictures with a tag or in an album, by rising id."""
    key = kind + name
    found = reader.execute(
        "SELECT p.id FROM mark m JOIN picture p ON p.content = m.content"
        " WHERE m.key = ?1 AND m.value = 1"
        " UNION SELECT s.id FROM subject s JOIN picture p ON p.id = s.id"
        " WHERE ?2 <> '' AND s.text = ?2 AND NOT EXISTS (SELECT 1 FROM mark m"
        " WHERE m.content = p.content AND m.key = ?1 AND m.value = 0) ORDER BY 1",
        (key, name if kind == TAG else ""),
    )
    return [number for (number,) in found]


def labels_of(reader: sqlite3.Connection, number: int, kind: str) -> tuple[str, ...]:
    """Return the tags or albums of a picture, by name."""
    marks = dict(
        reader.execute(
            "SELECT m.key, m.value FROM picture p JOIN mark m ON m.content = p.content"
            " WHERE p.id = ? AND m.key GLOB ?",
            (number, f"{kind}*"),
        ).fetchall()
    )
    on = {key.removeprefix(kind) for key, value in marks.items() if value}
    if kind == TAG:
        said = reader.execute("SELECT text FROM subject WHERE id = ?", (number,)).fetchall()
        on |= {text for (text,) in said if marks.get(kind + text, 1)}
    return tuple(sorted(on, key=str.casefold))


def duplicates(reader: sqlite3.Connection) -> list[tuple[int, ...]]:
    """Return pictures with the same content, newest group first, each by rising id."""
    found = reader.execute(
        "SELECT group_concat(id) FROM (SELECT p.id, p.content FROM picture p"
        " JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root"
        " WHERE p.content IS NOT NULL AND NOT r.away ORDER BY p.id)"
        " GROUP BY content HAVING count(*) > 1 ORDER BY max(id) DESC"
    )
    return [tuple(sorted(map(int, text.split(",")))) for (text,) in found]


def parents(reader: sqlite3.Connection, number: int) -> tuple[Relative, ...]:
    """Return what a picture was made from, by its role: ingredients first."""
    found = reader.execute(
        "SELECT content, role FROM parent WHERE child = ? ORDER BY role, content", (number,)
    ).fetchall()
    return tuple(
        Relative(content.hex(), role, _ids_with(reader, content)) for content, role in found
    )


def children(reader: sqlite3.Connection, number: int) -> tuple[Relative, ...]:
    """Return what was made from a picture, newest first."""
    found = reader.execute(
        "SELECT k.id, k.content, a.role FROM picture p JOIN parent a ON a.content = p.content"
        " JOIN picture k ON k.id = a.child WHERE p.id = ? ORDER BY k.id DESC",
        (number,),
    )
    return tuple(
        Relative("" if content is None else content.hex(), role, (child,))
        for child, content, role in found
    )


def _ids_with(reader: sqlite3.Connection, content: bytes) -> tuple[int, ...]:
    found = reader.execute("SELECT id FROM picture WHERE content = ? ORDER BY id", (content,))
    return tuple(number for (number,) in found)


def details(reader: sqlite3.Connection, number: int) -> Details | None:
    """Return all that is known of a picture; None if it is not in the index."""
    row = reader.execute(
        "SELECT r.path, f.path, p.file, p.size, p.width, p.height, m.text, k.text, s.text, o.text,"
        " p.steps, p.prior_seed, p.seed, t.prompt, t.negative, p.stars, p.content, p.broken"
        " FROM picture p JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root"
        " LEFT JOIN text t ON t.id = p.id LEFT JOIN name m ON m.id = p.model"
        " LEFT JOIN name k ON k.id = p.task LEFT JOIN name s ON s.id = p.scheduler"
        " LEFT JOIN name o ON o.id = p.tool WHERE p.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        return None
    root, folder, file, size, width, height, *named = row[:10]
    steps, prior_seed, seed, prompt, negative, stars, content, broken = row[10:]
    model, task, scheduler, tool = (text or "" for text in named)
    return Details(
        id=number,
        path=_path(root, folder, file),
        size_bytes=size,
        made_ms=number >> TIE_BITS,
        width=width,
        height=height,
        model=model,
        task=task,
        scheduler=scheduler,
        tool=tool,
        steps=steps,
        prior_seed=prior_seed,
        seed=seed,
        prompt=prompt or "",
        negative=negative or "",
        stars=stars,
        tags=labels_of(reader, number, TAG),
        albums=labels_of(reader, number, ALBUM),
        content="" if content is None else content.hex(),
        broken=broken or "",
        parents=parents(reader, number),
        children=children(reader, number),
    )


def _path(root: Kept, folder: Kept, file: Kept) -> Path:
    return Path(name_of(root), name_of(folder), name_of(file))
