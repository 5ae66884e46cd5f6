"""What was done to an open document, appended to a file, so that a crash loses no finished step.

A record is a head, a line of JSON, the tiles that it speaks of as they are then, compressed, and a
checksum. It is written by one call: what a dying process has written lies in the system's cache and
reaches the disk, and a torn last record is known by its checksum and left out. Only a power cut
needs `sync`. Undo and redo are records too, so that reading needs no history: the last word on each
tile is what counts.
"""

import json
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
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
BINARY = getattr(os, "O_BINARY", 0)  # on Windows

log = logging.getLogger(__name__)

Place = tuple[str, int, int]  # a layer's name, a tile's column and row


@dataclass(frozen=True, slots=True)
class JournalState:
    """Where a journal ends: what was said last, and the last bytes of each tile."""

    said: dict[str, Any]  # by key, the last value of each
    tiles: dict[Place, bytes] = field(repr=False)  # packed
    records: int  # that were read
    whole_bytes: int  # of the file, up to the last whole record

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
        """Append a record: what is said now, and raw tiles. It is safe from a crash on return."""
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
        """Write the file anew with the last of each tile alone; it is whole at every moment."""
        state = read(self._path)
        data = _encoded(state.said, state.tiles)
        os.close(self._file)
        try:
            atomic_file.write(self._path, data)
            self._synced = True
        finally:
            self._file = os.open(self._path, os.O_RDWR | BINARY)
            self._bytes = self._least = os.lseek(self._file, 0, os.SEEK_END)

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
    tiles_at: int
    end: int


def read(path: Path) -> JournalState:
    """Return where a journal ends: at the last record before the first that is not whole.

    Raises OSError, and Unreadable for what no journal of ours says.
    """
    data = path.read_bytes()
    said: dict[str, Any] = {}
    tiles: dict[Place, bytes] = {}
    try:
        records = list(_whole(data))
        for record in reversed(records):  # each tile once: its last
            said = record.said | said
            at = record.tiles_at
            for name, column, row, length in record.said["tiles"]:
                tiles.setdefault((name, column, row), data[at : at + length])
                at += length
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(_("{path} is no journal of a picture.").format(path=path)) from error
    said.pop("tiles", None)
    return JournalState(said, tiles, len(records), records[-1].end if records else 0)


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
        yield _Record(json.loads(data[begin : begin + text]), begin + text, end)
        at = end
