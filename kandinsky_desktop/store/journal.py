"""What was done to an open document, appended to a file, so that a crash loses no finished step.

A record is a head, a line of JSON, the tiles that it speaks of as they are then, compressed, and a
checksum. It is written by one call: what a dying process has written lies in the system's cache and
reaches the disk, and a torn last record is known by its checksum and left out. Only a power cut
needs `sync`. Undo and redo are records too: the last word on each tile is what it is, and the words
before are what undo would bring back, still packed.
"""

import json
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file

HEAD = struct.Struct("<4sIQ")  # a mark, the bytes of the JSON, the bytes of the tiles
CHECK = struct.Struct("<I")
MARK = b"KJ1\n"
REWRITE_BYTES = 64 * 2**20  # from here on the file is written anew
KEPT_BYTES = REWRITE_BYTES // 2  # of the newest records, which stay as they are, for undo
BEHIND = "behind"
ANEW = "anew"  # its tiles are all there are: those before are of layers of another size
OF_ONE = "tiles", BEHIND, ANEW, "step", "kind"  # what is said of one record alone
BINARY = getattr(os, "O_BINARY", 0)  # on Windows

log = logging.getLogger(__name__)

Place = tuple[str, int, int]  # a layer's name, a tile's column and row


@dataclass(frozen=True, slots=True)
class NotedStep:
    """A step that can be undone, with what was before it, or done again, with what was after."""

    name: str
    tiles: dict[Place, bytes | None] = field(repr=False)  # packed; None: as in the empty journal
    said: dict[str, Any] = field(repr=False)  # by key, as in a `JournalState`


@dataclass(frozen=True, slots=True)
class JournalState:
    """Where a journal ends: what was said last, and the last bytes of each tile."""

    said: dict[str, Any]  # by key, the last value of each
    tiles: dict[Place, bytes] = field(repr=False)  # packed
    records: int  # that were read
    whole_bytes: int  # of the file, up to the last whole record
    done: tuple[NotedStep, ...] = field(default=(), repr=False)  # the oldest first
    undone: tuple[NotedStep, ...] = field(default=(), repr=False)  # the next to redo is the last

    def unpacked(self, place: Place, size_bytes: int) -> bytes:
        """Return the pixels of a tile. Raises Unreadable if they are not so many."""
        try:
            pixels = zlib.decompressobj().decompress(self.tiles[place], size_bytes + 1)
        except zlib.error as error:
            raise Unreadable(_("A part of the journal is damaged.")) from error
        if len(pixels) != size_bytes:
            raise Unreadable(_("A part of the journal has another size than its picture."))
        return pixels


class Journal:
    """Appends records. For one thread at a time; every call may raise OSError."""

    def __init__(self, path: Path, whole_bytes: int = 0) -> None:
        """Go on behind so many bytes of whole records; what comes after them is cut off."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_CREAT | os.O_RDWR | BINARY, 0o600)
        os.ftruncate(self._file, whole_bytes)
        os.utime(path)  # what was opened last is the newest
        os.lseek(self._file, 0, os.SEEK_END)
        self._bytes = whole_bytes
        self._least = 0  # what it took when it was written anew
        self._synced = True

    @property
    def size_bytes(self) -> int:
        """How long the file is."""
        return self._bytes

    def note(
        self, said: Mapping[str, Any], tiles: Mapping[Place, bytes | memoryview] | None = None
    ) -> None:
        """Append a record: what is said now, and raw tiles. It is safe from a crash on return.

        With a "kind" it is a "step", an "undo" or a "redo", of what "step" says; `BEHIND` means
        that some of its tiles are of earlier ones, so that there is no undo to before; nor is there
        with `ANEW`.
        """
        packed = {place: zlib.compress(tile, 1) for place, tile in (tiles or {}).items()}
        self._write(_encoded(said, packed))
        if self._bytes > REWRITE_BYTES + 2 * self._least:
            try:
                self.rewrite()
            except (OSError, Unreadable) as error:  # nothing is lost: it is only long
                log.warning("%s was not written anew: %s", self._path, error)
                self._least = self._bytes

    def sync(self) -> None:
        """Make what is written last through a power cut."""
        if not self._synced:
            os.fsync(self._file)
            self._synced = True

    def rewrite(self) -> None:
        """Write the file anew: the newest records, and of what was before the last of each tile.

        It is whole at every moment.
        """
        data = self._path.read_bytes()
        records = _records(data, self._path)
        kept = len(records)
        while kept and len(data) - records[kept - 1].begin <= KEPT_BYTES:
            kept -= 1
        base = _replayed(records[:kept], data)
        said = {key: value for key, value in base.said.items() if key not in OF_ONE}
        first = _encoded(said, base.tiles)
        end = records[-1].end if records else 0
        whole = first + data[records[kept].begin : end] if kept < len(records) else first
        os.close(self._file)
        try:
            atomic_file.write(self._path, whole)
            self._synced = True
        finally:
            self._file = os.open(self._path, os.O_RDWR | BINARY)
            self._bytes = os.lseek(self._file, 0, os.SEEK_END)
            self._least = len(first)

    def close(self) -> None:
        """Sync and close; twice is as good as once."""
        if self._file >= 0:
            try:
                self.sync()
            finally:
                os.close(self._file)
                self._file = -1

    def _write(self, record: bytes) -> None:
        """Write a record whole: where the disk takes only a part, that is cut off again."""
        written = 0
        try:
            while written < len(record):  # one call, but for records of gigabytes
                written += os.write(self._file, memoryview(record)[written:])
        except OSError:
            os.ftruncate(self._file, self._bytes)
            os.lseek(self._file, 0, os.SEEK_END)
            raise
        self._bytes += written
        self._synced = False


@dataclass(frozen=True, slots=True)
class _Record:
    """Where a whole record lies in a file."""

    said: dict[str, Any]
    begin: int
    tiles_at: int
    end: int


def read(path: Path) -> JournalState:
    """Return where a journal ends: at the last record before the first that is not whole.

    Raises OSError, and Unreadable for what no journal of ours says.
    """
    data = path.read_bytes()
    return _replayed(_records(data, path), data)


def _records(data: bytes, path: Path) -> list[_Record]:
    try:
        records = list(_whole(data))
        for record in records:
            for name, column, row, length in record.said["tiles"]:
                if not isinstance(name, str) or min(column, row, length) < 0:
                    raise ValueError(name)
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(_("{path} is no journal of a picture.").format(path=path)) from error
    return records


def _replayed(records: Sequence[_Record], data: bytes) -> JournalState:
    said: dict[str, Any] = {}
    tiles: dict[Place, bytes] = {}
    done, undone = list[NotedStep](), list[NotedStep]()
    for record in records:
        new: dict[Place, bytes] = {}
        at = record.tiles_at
        for name, column, row, length in record.said["tiles"]:
            new[name, column, row] = data[at : at + length]
            at += length
        before, after = dict(said), said | record.said
        match record.said.get("kind"):
            case "step":
                changed = {place: tiles.get(place) for place in new}
                done.append(NotedStep(str(record.said.get("step", "")), changed, before))
                undone.clear()
            case "undo" if done:
                step = done.pop()
                undone.append(NotedStep(step.name, _swapped(step, tiles), before))
                _check(undone[-1], new, done, undone)
            case "redo" if undone:
                step = undone.pop()
                done.append(NotedStep(step.name, _swapped(step, tiles), before))
                _check(done[-1], new, done, undone)
            case "undo" | "redo":
                done.clear()
                undone.clear()
            case _:
                pass
        if BEHIND in record.said or ANEW in record.said:
            done.clear()
            undone.clear()
        if ANEW in record.said:
            tiles = {}
        said = after
        tiles |= new
    for key in OF_ONE:
        said.pop(key, None)
    end = records[-1].end if records else 0
    return JournalState(said, tiles, len(records), end, tuple(done), tuple(undone))


def _swapped(step: NotedStep, tiles: Mapping[Place, bytes]) -> dict[Place, bytes | None]:
    return {place: tiles.get(place) for place in step.tiles}


def _check(
    step: NotedStep, new: Mapping[Place, bytes], done: list[NotedStep], undone: list[NotedStep]
) -> None:
    """Forget all steps where one went back to other tiles than it changed."""
    if step.tiles.keys() != new.keys():
        done.clear()
        undone.clear()


def _encoded(said: Mapping[str, Any], packed: Mapping[Place, bytes]) -> bytes:
    keys = [[*place, len(tile)] for place, tile in packed.items()]
    text = json.dumps({**said, "tiles": keys}, ensure_ascii=True).encode("ascii")
    tiles = sum(map(len, packed.values()))
    body = b"".join((HEAD.pack(MARK, len(text), tiles), text, *packed.values()))
    return body + CHECK.pack(zlib.crc32(body))


def _whole(data: bytes) -> Iterator[_Record]:
    """Yield each record, up to the first that is not whole."""
    view, at = memoryview(data), 0
    while at + HEAD.size <= len(data):
        mark, text, tiles = HEAD.unpack_from(data, at)
        begin = at + HEAD.size
        check = begin + text + tiles
        if mark != MARK or check + CHECK.size > len(data):
            return
        if zlib.crc32(view[at:check]) != CHECK.unpack_from(data, check)[0]:
            return
        end = check + CHECK.size
        yield _Record(json.loads(data[begin : begin + text]), at, begin + text, end)
        at = end
