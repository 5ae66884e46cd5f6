"""What a PNG says before its pixels: size, the texts that are asked for, and whether it is whole.

For a library of a hundred thousand: two or three system calls a file, no pixel is decoded, and
nothing in the file can make it long: sizes and numbers of chunks are bounded.
"""

import os
import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field

from kandinsky_desktop.domain.library import CUT_OFF, DAMAGED, EMPTY, NO_PICTURE, TOO_LARGE
from kandinsky_desktop.domain.limits import MOST_PIXELS
from kandinsky_desktop.store.png_chunks import LONGEST_KEY, MAGIC

FIRST = 8192  # bytes of the first read: our own texts nearly always lie in it
LONGEST_TEXT = 1_000_000  # bytes of one text, unpacked; what is longer is not read
MOST_CHUNKS = 512  # before the pixels; as many behind where something lies there
MOST_PIXEL_CHUNKS = 100_000  # that are stepped over in search of what lies behind them
HEAD_BYTES = 33  # of the signature and IHDR
TEXTS = (b"tEXt", b"iTXt", b"zTXt")


class Broken(ValueError):
    """Why a file is not shown as a picture: one of the reasons of `domain.library`."""


@dataclass(slots=True)
class Head:
    """The size in pixels, and texts by their keyword."""

    width: int
    height: int
    texts: dict[str, str] = field(default_factory=dict)


class _Window:
    """A file, of which the part that is looked at lies in memory."""

    def __init__(self, path: str, size: int) -> None:
        self.handle = os.open(path, os.O_RDONLY | NONBLOCK | BINARY)
        try:
            self.size = size
            self.start, self.data = 0, read_at(self.handle, FIRST, 0)
        except BaseException:
            os.close(self.handle)
            raise

    def of(self, at: int, count: int) -> bytes:
        """Return at most so many bytes at a place."""
        if at < self.start or at + count > self.start + len(self.data):
            self.start, self.data = at, read_at(self.handle, max(count, FIRST), at)
        return self.data[at - self.start : at - self.start + count]


NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # a pipe that is called like a picture must not stop us
BINARY = getattr(os, "O_BINARY", 0)


def read_at(handle: int, count: int, at: int) -> bytes:
    """Return at most so many bytes of an open file at a place."""
    if hasattr(os, "pread"):
        return os.pread(handle, count, at)
    os.lseek(handle, at, os.SEEK_SET)
    return os.read(handle, count)


def read(
    path: str,
    size: int,
    wanted: Collection[bytes],
    enough: bytes = b"",
    always: Collection[bytes] = (),
) -> Head:
    """Read the head of a file of so many bytes. Raises Broken or OSError.

    Once the text `enough` was found, only those that are wanted `always` are taken too. Where none
    of those that are wanted stands before the pixels, it is looked for behind them.
    """
    file = _Window(path, size)
    try:
        head = _start(file)
        at = _texts(file, head, wanted, enough, always)
        ends = file.of(file.size - 12, 12)[4:8] == b"IEND"
        if not ends or not head.texts:
            _behind(file, head, at, {*wanted, *always}, ends=ends)
        return head
    finally:
        os.close(file.handle)


def _start(file: _Window) -> Head:
    data = file.data
    if data[:8] != MAGIC:
        raise Broken(NO_PICTURE if data else EMPTY)
    if len(data) < HEAD_BYTES:
        raise Broken(CUT_OFF)
    if data[12:16] != b"IHDR" or zlib.crc32(data[12:29]) != int.from_bytes(data[29:33], "big"):
        raise Broken(DAMAGED)
    width, height = struct.unpack_from(">II", data, 16)
    if not width * height:
        raise Broken(DAMAGED)
    if width * height > MOST_PIXELS:
        raise Broken(TOO_LARGE)
    return Head(width, height)


def _texts(
    file: _Window,
    head: Head,
    wanted: Collection[bytes],
    enough: bytes,
    always: Collection[bytes],
) -> int:
    """Take the texts before the pixels; return where those begin."""
    at, size = HEAD_BYTES, file.size
    data, near = file.data, len(file.data) - 8 - LONGEST_KEY - 1  # of the first read
    for _number in range(MOST_CHUNKS):
        start = data[at : at + 8] if at <= near else file.of(at, 8)
        length, kind = int.from_bytes(start[:4], "big"), start[4:]
        if len(start) < 8 or at + 12 + length > size:
            raise Broken(CUT_OFF)
        if kind == b"IDAT":
            return at
        if kind in TEXTS:
            longest = min(length, LONGEST_KEY + 1)
            head_of = data[at + 8 : at + 8 + longest] if at <= near else file.of(at + 8, longest)
            key = head_of.partition(b"\0")[0]
            is_wanted = key in wanted or key in always
            if is_wanted and _take(head, file, at, length, key) and key == enough:
                wanted = ()
        elif kind == b"IEND" or not kind.isalpha():
            raise Broken(DAMAGED)
        at += 12 + length
    raise Broken(DAMAGED)


def _behind(file: _Window, head: Head, at: int, wanted: Collection[bytes], *, ends: bool) -> None:
    """Take the texts behind the pixels. Raises Broken where the file breaks off among them."""
    texts = 0
    for _number in range(MOST_PIXEL_CHUNKS):
        start = file.of(at, 8)
        length, kind = int.from_bytes(start[:4], "big"), start[4:]
        if len(start) < 8 or at + 12 + length > file.size or not kind.isalpha():
            if not ends:
                raise Broken(CUT_OFF)
            return
        if kind == b"IEND":
            return
        if kind in TEXTS:
            texts += 1
            key = file.of(at + 8, min(length, LONGEST_KEY + 1)).partition(b"\0")[0]
            if key in wanted:
                _take(head, file, at, length, key)
            if texts > MOST_CHUNKS:
                return
        at += 12 + length


def _take(head: Head, file: _Window, at: int, length: int, key: bytes) -> bool:
    """Keep a text; return whether it could be read: it may be too long, or damaged."""
    if length > LONGEST_TEXT:
        return False
    chunk = file.of(at + 4, length + 8)
    if zlib.crc32(chunk[:-4]) != int.from_bytes(chunk[-4:], "big"):
        return False
    try:
        head.texts[key.decode("latin-1")] = _said(chunk[:4], chunk[4 + len(key) + 1 : -4])
    except (ValueError, IndexError, zlib.error):
        return False
    return True


def _said(kind: bytes, body: bytes) -> str:
    if kind == b"tEXt":
        return body.decode("latin-1")
    if kind == b"zTXt":
        return _unpacked(body[1:]).decode("latin-1")
    _language, _translated, text = body[2:].split(b"\0", 2)
    return (_unpacked(text) if body[0] else text).decode("utf-8")


def _unpacked(body: bytes) -> bytes:
    unpack = zlib.decompressobj()
    text = unpack.decompress(body, LONGEST_TEXT)
    if unpack.unconsumed_tail:
        raise ValueError
    return text
