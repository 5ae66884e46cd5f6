"""The chunks of PNG files, and the texts in them: read without a pixel, and whatever is broken.

Pillow refuses a whole picture for a text of more than a megabyte or with a wrong checksum.
"""

import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

MAGIC = b"\x89PNG\r\n\x1a\n"
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
LONGEST_KEY = 79  # bytes, by the PNG specification
LARGEST_TEXT = 16_000_000  # bytes that one text is read to


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a PNG; of one that breaks off, what is there of its data."""

    kind: bytes
    data: bytes
    whole: bool  # nothing is missing, and the checksum is right

    @property
    def encoded(self) -> bytes:
        """As it stands in a file, with the right checksum."""
        check = zlib.crc32(self.kind + self.data)
        return struct.pack(">I4s", len(self.data), self.kind) + self.data + struct.pack(">I", check)


def chunks(stream: BinaryIO, skipped: Collection[bytes] = ()) -> Iterator[Chunk]:
    """Yield the chunks of a PNG; the data of those `skipped` stays on the disk."""
    if stream.read(len(MAGIC)) != MAGIC:
        return
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if not kind.isalpha():
            return
        if kind in skipped:
            stream.seek(length + 4, SEEK_CUR)
            yield Chunk(kind, b"", whole=False)
            continue
        data, check = stream.read(length), stream.read(4)
        right = len(data) == length and check == struct.pack(">I", zlib.crc32(kind + data))
        yield Chunk(kind, data, whole=right)
        if kind == b"IEND":
            return


def texts(path: Path, keys: Collection[str]) -> dict[str, str]:
    """Return those of the texts that are in a PNG and can be read. Raises OSError."""
    found: dict[str, str] = {}
    with path.open("rb") as stream:
        for chunk in chunks(stream, skipped=(b"IDAT", b"fdAT")):
            key, text = _text(chunk, keys)
            if key and text is not None:
                found[key] = text
    return found


def says(path: Path, keys: Collection[str]) -> bool:
    """Whether a PNG has a text under one of these keys before its pixels. Raises OSError."""
    with path.open("rb") as stream:
        for chunk in chunks(stream):
            if chunk.kind == b"IDAT":
                return False
            if chunk.kind in TEXTS and _key(chunk) in keys:
                return True
    return False


def _key(chunk: Chunk) -> str:
    return chunk.data[: LONGEST_KEY + 1].partition(b"\0")[0].decode("latin-1")


def _text(chunk: Chunk, keys: Collection[str]) -> tuple[str, str | None]:
    if chunk.kind not in TEXTS or not chunk.whole or _key(chunk) not in keys:
        return "", None
    key, _end, text = chunk.data.partition(b"\0")
    packed = chunk.kind == b"zTXt"
    if chunk.kind == b"iTXt":
        packed, text = text[:1] == b"\1", text[2:]
        text = text.partition(b"\0")[2].partition(b"\0")[2]  # behind language and translated key
    elif packed:
        text = text[1:]
    try:
        if packed:
            text = zlib.decompressobj().decompress(text, LARGEST_TEXT)
        said = text.decode("utf-8" if chunk.kind == b"iTXt" else "latin-1")
    except (zlib.error, UnicodeDecodeError):
        return "", None
    return key.decode("latin-1"), said
