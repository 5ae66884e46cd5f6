"""Picture files whose pixels are whole though something else in them is broken or missing.

EXIF, texts, profiles and end marks are no part of the pixels: the file is written anew without what
Pillow stumbles over. Where pixels are missing or damaged nothing is repaired.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from kandinsky_desktop.store import png_chunks
from kandinsky_desktop.store.png_chunks import Chunk

ORIENTATION = 0x0112  # of EXIF
MOST_BYTES = 900_000_000  # of pixels that a PNG is unpacked to
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by a PNG's colour type
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
# Tags that a TIFF's pixels need: sizes, strips and tiles, packing, palette, channels, orientation
TIFF_PIXELS = (
    *(*range(254, 260), 262, 266, 273, 274, *range(277, 280), 284, 292, 293, 317, 320),
    *(*range(322, 326), 332, 336, 338, 339, 347, *range(512, 522), *range(529, 533)),
)
PADDING = b"\xb2\x6d\x35\xd9" * 4096  # bits of no pattern, to see whether a decoder waits for more


def repaired(data: bytes) -> bytes | None:
    """Return a picture's file without what is broken; None if its pixels are not whole."""
    for magic, repair in (
        (png_chunks.MAGIC, _png),
        (b"\xff\xd8\xff", _jpeg),
        (b"RIFF", _webp),
        (b"II*\0", _tiff),
        (b"MM\0*", _tiff),
        (b"", _avif),
    ):
        if data.startswith(magic):
            try:
                return repair(data)
            except (struct.error, zlib.error, IndexError, OSError):
                return None
    return None


def orientation(exif: bytes) -> int:
    """Return how EXIF says that a picture is to be turned, 1 – 8, as far as it can be read."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for number in range(count):
            tag, kind, _count, value = struct.unpack_from(
                f"{order}HHIH", exif, start + 2 + 12 * number
            )
            if (tag, kind) == (ORIENTATION, 3) and 1 <= value <= 8:
                return int(value)
    except struct.error:
        pass  # it breaks off before it says so
    return 1


def _exif(old: bytes) -> bytes:
    """Return EXIF that says nothing but the orientation; empty for one that is upright."""
    turned = orientation(old)
    if turned == 1:
        return b""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, ORIENTATION, 3, 1, turned, 0, 0)


# PNG


def _png(data: bytes) -> bytes | None:
    header, pixels, kept = b"", bytearray(), []
    for chunk in png_chunks.chunks(BytesIO(data)):
        match chunk.kind:
            case b"IHDR" | b"PLTE" | b"tRNS" if not chunk.whole:
                return None
            case b"IHDR":
                header = chunk.data
            case b"IDAT":
                pixels += chunk.data
            case b"eXIf" if chunk.whole:
                kept.append(Chunk(b"eXIf", _exif(chunk.data), whole=True))
            case b"iCCP" if chunk.whole and not _unpacks(chunk.data.partition(b"\0")[2][1:]):
                pass
            case b"PLTE" | b"tRNS" | b"iCCP" if chunk.whole:
                kept.append(chunk)
            case _:
                pass
    packed = _whole_rows(bytes(pixels), _rows_bytes(header))
    if packed is None:
        return None
    every = [
        Chunk(b"IHDR", header, whole=True),
        *(chunk for chunk in kept if chunk.data),
        Chunk(b"IDAT", packed, whole=True),
        Chunk(b"IEND", b"", whole=True),
    ]
    return png_chunks.MAGIC + b"".join(chunk.encoded for chunk in every)


def _unpacks(profile: bytes) -> bool:
    try:
        unpacking = zlib.decompressobj()
        unpacking.decompress(profile, 2**20 - 1)  # more Pillow refuses
    except zlib.error:
        return False
    return unpacking.eof


def _whole_rows(packed: bytes, size: int) -> bytes | None:
    """Return the packed rows of a PNG; None if some are missing or damaged."""
    if not 0 < size <= MOST_BYTES:
        return None
    unpacking = zlib.decompressobj()
    rows = unpacking.decompress(packed, size)
    if len(rows) < size:
        return None
    if not unpacking.eof:
        unpacking.decompress(unpacking.unconsumed_tail, 1024)  # the checksum, if it is there
    return packed if unpacking.eof else zlib.compress(rows, 0)


def _rows_bytes(header: bytes) -> int:
    """Return the size of a PNG's rows, each with its filter."""
    width, height, depth, colour, _packing, _filter, interlaced = struct.unpack(">IIBBBBB", header)
    bits = CHANNELS.get(colour, 0) * depth

    def rows(wide: int, high: int) -> int:
        return high * (1 + (wide * bits + 7) // 8) if wide and high else 0

    if not interlaced:
        return rows(width, height)
    return sum(
        rows(-(-(width - left) // across), -(-(height - top) // down))
        for left, top, across, down in ADAM7
        if width > left and height > top
    )


# JPEG


def _jpeg(data: bytes) -> bytes | None:
    kept, scans, ended = [b"\xff\xd8"], _Scans(), False
    for marker, segment in _segments(data):
        if marker == 0xD9:
            ended = True
            break
        if marker == 0xDA:
            scans.scan(segment)
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            scans.frame(marker, segment)
        if marker == 0xE1 and segment.startswith(b"Exif\0\0", 2):
            exif = _exif(segment[2:])
            if not exif:
                continue
            exif = b"Exif\0\0" + exif
            segment = struct.pack(">H", len(exif) + 2) + exif
        elif marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0", 2):
            pass
        elif marker == 0xFE or (0xE1 <= marker <= 0xEF and marker != 0xEE):  # but Adobe's colours
            continue
        kept.append(bytes((0xFF, marker)) + segment)
    kept = _with_whole_profile(kept)
    if not scans.complete:
        return None
    if ended:
        return b"".join((*kept, b"\xff\xd9"))
    body = b"".join(kept).removesuffix(b"\xff")
    whole, padded = body + b"\xff\xd9", body + PADDING + b"\xff\xd9"
    # Where the decoder lacks nothing it does not see what stands behind the pixels.
    return whole if _pixels(whole) == _pixels(padded) else None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the markers of a JPEG with what belongs to them, scans with their pixels."""
    place = 2
    while place < len(data):
        if data[place] != 0xFF:
            raise struct.error("no marker")
        marker = data[place + 1] if place + 1 < len(data) else 0
        place += 1 if marker == 0xFF else 2
        if marker in (0xFF, 0x00, 0x01) or 0xD0 <= marker <= 0xD7:
            continue
        if marker == 0xD9:
            yield marker, b""
            return
        (length,) = struct.unpack_from(">H", data, place)
        end = place + length
        if end > len(data):
            raise struct.error("a segment breaks off")
        if marker == 0xDA:
            while end < len(data):
                end = data.find(b"\xff", end)
                if end < 0 or end + 1 >= len(data):
                    end = len(data)
                elif data[end + 1] == 0 or 0xD0 <= data[end + 1] <= 0xD7:
                    end += 2
                elif data[end + 1] == 0xFF:
                    end += 1
                else:
                    break
        yield marker, data[place:end]
        place = end


def _with_whole_profile(segments: list[bytes]) -> list[bytes]:
    """Return segments without the profile, where its parts are not all there in their order."""
    parts = [one for one in segments if one.startswith(b"\xff\xe2")]
    numbers = [tuple(one[16:18]) for one in parts]
    if numbers == [(place + 1, len(parts)) for place in range(len(parts))]:
        return segments
    return [one for one in segments if one not in parts]


class _Scans:
    """Which coefficients of which component the scans of a JPEG have brought, and how exactly."""

    def __init__(self) -> None:
        self._missing: dict[int, list[int]] = {}  # bits of each coefficient, by component
        self._progressive = False

    def frame(self, marker: int, segment: bytes) -> None:
        """Note the components of the picture."""
        self._progressive = marker in (0xC2, 0xCA)
        self._missing = {segment[8 + 3 * number]: [99] * 64 for number in range(segment[7])}

    def scan(self, segment: bytes) -> None:
        """Note what a scan brings."""
        count = segment[2]
        first, last, bits = struct.unpack_from("3B", segment, 3 + 2 * count)
        if not self._progressive:
            first, last, bits = 0, 63, 0
        for number in range(count):
            missing = self._missing.get(segment[3 + 2 * number], [])
            missing[first : last + 1] = [bits & 15] * len(missing[first : last + 1])

    @property
    def complete(self) -> bool:
        """Whether all has been brought, to the last bit."""
        return bool(self._missing) and not any(map(any, self._missing.values()))


def _pixels(data: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        return image.tobytes()


# WebP


def _webp(data: bytes) -> bytes | None:
    if data[8:12] != b"WEBP":
        return None
    kept, place = [], 12
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        content = data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
        if kind == b"EXIF":
            content = _exif(content)
        elif kind not in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            content = b""
        elif len(content) < size:
            break
        if content:
            kept.append((kind, content))
    kinds = {kind for kind, _content in kept}
    if not kinds & {b"VP8 ", b"VP8L", b"ANMF"}:
        return None
    body = b"WEBP"
    for kind, content in kept:
        if kind == b"VP8X":
            flags = content[0] & ~0x2C  # profile, EXIF and XMP
            flags |= 0x20 * (b"ICCP" in kinds) | 0x08 * (b"EXIF" in kinds)
            content = bytes((flags,)) + content[1:]
        body += struct.pack("<4sI", kind, len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


# TIFF and AVIF


def _tiff(data: bytes) -> bytes | None:
    """Leave out of a TIFF's directory whatever its pixels do not need, and the pages behind."""
    order = "<" if data.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    places = [start + 2 + 12 * number for number in range(count)]
    entries = [data[place : place + 12] for place in places]
    kept = [one for one in entries if struct.unpack_from(f"{order}H", one)[0] in TIFF_PIXELS]
    directory = struct.pack(f"{order}H", len(kept)) + b"".join(kept) + bytes(4)
    return data[:start] + directory + data[start + len(directory) :]


def _avif(data: bytes) -> bytes | None:
    """Call EXIF and XMP of an AVIF items of no kind, which are not read."""
    if data[4:8] != b"ftyp":
        return None
    changed, place = bytearray(data), 0
    while (place := data.find(b"infe", place) + 1) > 0:
        kind = place + 11  # behind version, number and protection
        if data[kind : kind + 4] in (b"Exif", b"mime"):
            changed[kind : kind + 4] = b"free"
    return bytes(changed) if changed != data else None
