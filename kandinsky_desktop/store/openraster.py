"""Documents as OpenRaster: a zip of PNGs and an XML that says how they lie. No pickle, no code.

Krita, GIMP and MyPaint open what is written here. What comes from elsewhere is read with care:
names, sizes and numbers are looked at before anything is unpacked, and what cannot be read is left
out and said.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from xml.parsers import expat

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import Document, LayerLook
from kandinsky_desktop.domain.errors import KandinskyError, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.limits import MOST_PIXELS, is_too_large
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.store import atomic_file, pictures
from kandinsky_desktop.store.pictures import WholePicture

if TYPE_CHECKING:
    from PIL.Image import Image

MIMETYPE = "image/openraster"
OURS = "kandinsky/document.json"
ORIGINAL = "kandinsky/original"  # the file as it was opened, where no layer is it
MERGED = "mergedimage.png"
# of layers; not translated, since files travel
MASK_NAME, DEPTH_NAME, SKETCH_NAME, PICTURE_NAME = "Mask", "Depth", "Sketch", "Picture"
MASK_COLOUR = (255, 64, 64)
THUMBNAIL = 256  # pixels of its longest side, by the specification
ENDING = re.compile(r"(\.[a-z0-9]{1,5})?")
NEVER = (1980, 1, 1, 0, 0, 0)  # the same document is the same file
MOST_BYTES = 900_000_000  # of one entry
MOST_TEXT = 16_000_000  # bytes of stack.xml and of our JSON
MOST_LAYERS = 500
MOST_LAYERED = 10 * MOST_PIXELS  # pixels of all layers together
BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, KeyError, ValueError),
    *(NotImplementedError, RuntimeError, OverflowError, OSError, MemoryError),
)  # what zipfile raises for entries that are damaged, encrypted or packed in a way unknown here


Placed = tuple["Image", int, int]  # a layer's picture, and where its left and top are


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that was read; `picture_data` is the file of its picture, as it stands there."""

    document: Document
    picture: WholePicture
    picture_data: bytes = field(repr=False)
    mask: "Image | None"  # grey, as large as the picture; None: there is none
    sketch: Placed | None  # with transparency; None: there is none. `document` says its look
    depth: "Image | None"  # grey, as large as the picture, near is white; None: there is none
    original: tuple[str, bytes] | None = field(repr=False)  # as `write` took it
    remarks: tuple[str, ...]  # what was left out or is otherwise than it was, in sentences


def write(
    path: Path,
    document: Document,
    picture_data: bytes,
    picture: "Image",
    mask: "Image",
    original: tuple[str, bytes] | None = None,
    sketch: Placed | None = None,
    depth: "Image | None" = None,
) -> None:
    """Write a document whole or not at all. Raises OSError.

    `picture_data` is the picture as PNG, which is written as it is; `picture` what is seen of it,
    with the sketch; `original` the ending and the bytes of the file that was opened, if it is not
    `picture_data`.
    """
    from PIL import Image

    tint = [Image.new("L", mask.size, value) for value in MASK_COLOUR]
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    ours = json.dumps(file_format.encode(document), ensure_ascii=False).encode("utf-8", "replace")
    seen = sketch is not None and document.sketch.strength > 0
    parts: dict[str, bytes] = {
        "mimetype": MIMETYPE.encode(),  # first, and not compressed
        "stack.xml": _stack(document, sketch, depth).encode(),
        "data/picture.png": picture_data,
        "data/mask.png": _png(Image.merge("RGBA", [*tint, mask])),
        MERGED: picture_data if not seen else _png(picture),  # the mask is hidden
        "Thumbnails/thumbnail.png": _png(small),
        OURS: ours,
    }
    if sketch is not None:
        parts["data/sketch.png"] = _png(sketch[0])
    if depth is not None:
        parts["data/depth.png"] = _png(depth)
    if original is not None:
        parts[f"{ORIGINAL}{original[0]}"] = original[1]
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as file:
        for name, data in parts.items():
            file.writestr(zipfile.ZipInfo(name, NEVER), data)
    atomic_file.write(path, stream.getvalue())


def is_openraster(path: Path) -> bool:
    """Whether a file begins as OpenRaster does. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(128)
    return head.startswith(b"PK\3\4") and (
        MIMETYPE.encode() in head or path.suffix.lower() == ".ora"
    )


def read(path: Path) -> Opened:
    """Read a document as far as it can be. Raises Unreadable, with a sentence, if it cannot."""
    pictures.check_there(path)
    try:
        with zipfile.ZipFile(path) as file:
            return _Reader(path, file).read()
    except (KandinskyError, MemoryError):
        raise
    except BROKEN as error:
        raise Unreadable(
            _("{path} cannot be read as OpenRaster: it is damaged or none.").format(path=path)
        ) from error


@dataclass(frozen=True, slots=True)
class _LayerEntry:
    """A layer as stack.xml tells of it, with what its groups add."""

    name: str
    source: str
    x: int
    y: int
    opacity: float
    visible: bool
    plain: bool  # laid over what is below, as paint is


class _Reader:
    """Reads one file; collects what was left out."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self._path, self._file = path, file
        self._remarks: list[str] = []
        self._pixels = 0  # of all layers that were read

    def read(self) -> Opened:
        text = self._bytes("stack.xml", MOST_TEXT)
        if text is None:
            raise Unreadable(
                _("{path} does not say how its layers lie: it is damaged or no OpenRaster.").format(
                    path=self._path
                )
            )
        size, entries = _parsed(text, self._path)
        mask, layers = self._mask_among(entries, size)
        depth, layers = self._depth_among(layers, size)
        sketch, look, others = self._sketch_among(layers)
        veiled = len(others) < len(entries) and any(
            entry.visible for entry in entries if entry not in others
        )
        picture, data = self._picture(others, size, merged_is_it=not veiled)
        remarks = (*dict.fromkeys(self._remarks), *picture.remarks)
        document = self._document(size)
        if look is not None:
            document = replace(document, sketch=look)
        document = replace(document, depth=replace(document.depth, there=depth is not None))
        original = self._original()
        return Opened(document, picture, data, mask, sketch, depth, original, remarks)

    def _original(self) -> tuple[str, bytes] | None:
        """Return the ending and the bytes of the file that was opened once."""
        for name in self._file.namelist():
            ending = name.removeprefix(ORIGINAL)
            if name.startswith(ORIGINAL) and ENDING.fullmatch(ending):
                data = self._bytes(name, MOST_BYTES)
                return None if data is None else (ending, data)
        return None

    def _document(self, size: Size) -> Document:
        text = self._bytes(OURS, MOST_TEXT) if OURS in self._file.namelist() else None
        if text is not None:
            try:
                document = file_format.decode(Document, json.loads(text), OURS)
                if isinstance(document, Document) and document.size == size:
                    return document
            except (ValueError, RecursionError, KandinskyError):
                pass  # said below, as for another size
            self._left_out(_("what Kandinsky Desktop said of it"))
        return Document(size=size, title=self._path.stem)

    def _picture(
        self, entries: list[_LayerEntry], size: Size, *, merged_is_it: bool
    ) -> tuple[WholePicture, bytes]:
        shown = [entry for entry in entries if entry.visible and entry.opacity > 0]
        alone = shown[0] if len(shown) == 1 else None
        if alone is not None and (alone.x, alone.y, alone.opacity) == (0, 0, 1.0):
            found = self._image(alone.source, alone.name)
            if found is not None and Size(*found[0].colours.size) == size:
                return found
        elif merged_is_it and MERGED in self._file.namelist():
            found = self._image(MERGED, MERGED)
            if found is not None and Size(*found[0].colours.size) == size:
                if len(shown) > 1:
                    self._remarks.append(
                        _("{name}: its {count} layers are worked with as one picture.").format(
                            name=self._path.name, count=len(shown)
                        )
                    )
                return found
        laid = self._laid(shown, size)
        if laid is None and MERGED in self._file.namelist():
            found = self._image(MERGED, MERGED)
            if found is not None and Size(*found[0].colours.size) == size:
                return found
        if laid is None:
            raise Unreadable(_("{path} has no layer that can be read.").format(path=self._path))
        return laid

    def _laid(self, entries: list[_LayerEntry], size: Size) -> tuple[WholePicture, bytes] | None:
        """Lay layers over each other, as far as they can be read; None if none can."""
        from PIL import Image

        whole, any_read = Image.new("RGBA", (size.width, size.height)), False
        for entry in reversed(entries):  # the last lies lowest
            found = self._image(entry.source, entry.name)
            if found is None:
                continue
            if not entry.plain:
                self._remarks.append(
                    _("{name}: the layer “{layer}” is laid over the others as paint is.").format(
                        name=self._path.name, layer=entry.name
                    )
                )
            image = found[0].colours.convert("RGBA")
            alpha = found[0].alpha or Image.new("L", image.size, 255)
            image.putalpha(alpha.point([round(value * entry.opacity) for value in range(256)]))
            at = Box(0, 0, *image.size).moved(entry.x, entry.y)
            there = at.within(Box(0, 0, size.width, size.height))
            if not there.empty:
                part = image.crop(there.moved(-entry.x, -entry.y).corners)
                whole.alpha_composite(part, (there.left, there.top))
            any_read = True
        if not any_read:
            return None
        alpha = whole.getchannel("A")
        opaque = alpha.getextrema() == (255, 255)
        picture = WholePicture(whole.convert("RGB"), None if opaque else alpha, b"", True, ())
        return picture, _png(whole.convert("RGB") if opaque else whole)

    def _mask_among(
        self, entries: list[_LayerEntry], size: Size
    ) -> tuple["Image | None", list[_LayerEntry]]:
        """Return our mask, and the other layers: one of that name may be somebody's painting."""
        from PIL import Image

        entry = next((entry for entry in entries if entry.name == MASK_NAME), None)
        if entry is None:
            return None, entries
        others = [one for one in entries if one is not entry]
        found = self._image(entry.source, entry.name)
        if found is None:
            return None, others
        picture = found[0]
        if picture.alpha is None or not _is_tint(picture.colours, picture.alpha):
            return None, entries
        whole = Image.new("L", (size.width, size.height))
        whole.paste(picture.alpha, (entry.x, entry.y))
        return whole, others

    def _depth_among(
        self, entries: list[_LayerEntry], size: Size
    ) -> tuple["Image | None", list[_LayerEntry]]:
        """Return our depth, and the other layers: it is hidden, grey and as large as the picture.

        Another layer of that name is somebody's painting.
        """
        entry = next((entry for entry in entries if entry.name == DEPTH_NAME), None)
        if entry is None or entry.visible or (entry.x, entry.y) != (0, 0):
            return None, entries
        others = [one for one in entries if one is not entry]
        found = self._image(entry.source, entry.name)
        if found is None:
            return None, others
        picture = found[0]
        red, green, blue = picture.colours.split()
        grey = red.tobytes() == green.tobytes() == blue.tobytes()
        if picture.alpha is not None or not grey or Size(*red.size) != size:
            return None, entries
        return red, others

    def _sketch_among(
        self, entries: list[_LayerEntry]
    ) -> tuple[Placed | None, LayerLook | None, list[_LayerEntry]]:
        """Return our sketch and its look, and the other layers; none unless all are as ours are."""
        if [entry.name for entry in entries] != [SKETCH_NAME, PICTURE_NAME]:
            return None, None, entries
        entry, below = entries
        whole = below.visible and (below.x, below.y, below.opacity) == (0, 0, 1.0)
        if not (entry.plain and whole):
            return None, None, entries
        look = LayerLook(opacity=entry.opacity, visible=entry.visible)
        found = self._image(entry.source, entry.name)
        if found is None:
            return None, look, [below]
        image = found[0].colours.convert("RGBA")
        if found[0].alpha is not None:
            image.putalpha(found[0].alpha)
        return (image, entry.x, entry.y), look, [below]

    def _image(self, source: str, name: str) -> tuple[WholePicture, bytes] | None:
        """Return a layer and its file; None, with a remark, if it cannot be read."""
        data = self._bytes(source, MOST_BYTES) if source == MERGED or _is_safe(source) else None
        if data is not None and self._pixels <= MOST_LAYERED:
            try:
                picture = pictures.open_whole(Path(f"{self._path.name}/{source}"), data)
            except KandinskyError:
                pass  # said below, as for one that is missing
            else:
                self._pixels += picture.colours.width * picture.colours.height
                return picture, data
        self._left_out(_("the layer “{name}”").format(name=name))
        return None

    def _bytes(self, name: str, most: int) -> bytes | None:
        """Return what is in an entry; None if it is missing, damaged or too large."""
        with suppress(*BROKEN):
            info = self._file.getinfo(name)
            if info.file_size <= most:
                with self._file.open(info) as stream:
                    data = stream.read(most + 1)
                if len(data) <= most:
                    return data
        return None

    def _left_out(self, what: str) -> None:
        self._remarks.append(
            _("{name}: {what} is missing or cannot be read, and is left out.").format(
                name=self._path.name, what=what
            )
        )


def _is_tint(colours: "Image", alpha: "Image") -> bool:
    """Whether all that is seen of a layer has the colour of our masks."""
    from PIL import ImageStat

    if alpha.getbbox() is None:
        return True
    seen = ImageStat.Stat(colours, alpha.point([0] * 16 + [255] * 240))
    if not seen.count[0]:
        return True
    return all(
        low >= value - 2 and high <= value + 2
        for (low, high), value in zip(seen.extrema, MASK_COLOUR, strict=True)
    )


def _is_safe(source: str) -> bool:
    """Whether a name stays in the file's own folder of layers."""
    parts = PurePosixPath(source).parts
    return (
        len(parts) > 1
        and parts[0] == "data"
        and ".." not in parts
        and not re.search(r"[\\:\0]", source)
    )


def _parsed(text: bytes, path: Path) -> tuple[Size, list[_LayerEntry]]:
    """Return the size of the picture and its layers, the topmost first. Raises Unreadable."""
    found: list[tuple[str, dict[str, str]]] = []

    def refuse(*_words: object) -> None:
        raise Unreadable(
            _("{path} defines entities in its stack.xml, which no picture needs.").format(path=path)
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, words: found.append((name, words))
    parser.EndElementHandler = lambda name: found.append(("/" + name, {}))
    try:
        parser.Parse(text, True)
        size = _size(found)
        entries = list(_entries(found))
    except (expat.ExpatError, ValueError, LookupError, OverflowError) as error:
        raise Unreadable(
            _("{path} does not say how its layers lie: its stack.xml is damaged.").format(path=path)
        ) from error
    if is_too_large(size.width, size.height) or size.width < 1 or size.height < 1:
        raise Unreadable(
            _("{path} is {size} pixels; at most {most} million in all are read.").format(
                path=path, size=size, most=MOST_PIXELS // 1_000_000
            )
        )
    if len(entries) > MOST_LAYERS:
        raise Unreadable(
            _("{path} has {count} layers; at most {most} are read.").format(
                path=path, count=len(entries), most=MOST_LAYERS
            )
        )
    return size, entries


def _size(found: list[tuple[str, dict[str, str]]]) -> Size:
    for name, words in found:
        if name == "image":
            return Size(int(words["w"]), int(words["h"]))
    raise LookupError("image")


def _entries(found: list[tuple[str, dict[str, str]]]) -> Iterator[_LayerEntry]:
    groups = [_LayerEntry("", "", 0, 0, 1.0, visible=True, plain=True)]
    for name, words in found:
        if name in ("stack", "layer"):
            entry = _entry(words, groups[-1])
            if name == "stack":
                groups.append(entry)
            else:
                yield entry
        elif name == "/stack" and len(groups) > 1:
            groups.pop()


def _entry(words: dict[str, str], group: _LayerEntry) -> _LayerEntry:
    opacity = min(1.0, max(0.0, float(words.get("opacity", "1"))))
    operation = words.get("composite-op", "svg:src-over")
    x, y = (max(-(2**20), min(2**20, int(float(words.get(axis, "0"))))) for axis in "xy")
    return _LayerEntry(
        words.get("name", ""),
        words.get("src", ""),
        group.x + x,
        group.y + y,
        group.opacity * opacity,
        visible=group.visible and words.get("visibility", "visible") == "visible",
        plain=group.plain and operation == "svg:src-over",
    )


def _stack(document: Document, sketch: Placed | None, depth: "Image | None") -> str:
    size, over = document.size, 'composite-op="svg:src-over"'
    place, drawn = f'x="0" y="0" {over}', ""
    if sketch is not None:
        look = document.sketch
        seen = "visible" if look.visible else "hidden"
        drawn = (
            f'<layer name="{SKETCH_NAME}" src="data/sketch.png" opacity="{look.opacity!r}"'
            f' visibility="{seen}" x="{sketch[1]}" y="{sketch[2]}" {over}/>\n'
        )
    if depth is not None:
        hidden = f'opacity="1.0" visibility="hidden" {place}'
        drawn = f'<layer name="{DEPTH_NAME}" src="data/depth.png" {hidden}/>\n{drawn}'
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<image version="0.0.3" w="{size.width}" h="{size.height}"><stack>
<layer name="{MASK_NAME}" src="data/mask.png" opacity="0.5" visibility="hidden" {place}/>
{drawn}<layer name="{PICTURE_NAME}" src="data/picture.png" {place}/>
</stack></image>
"""


def _png(image: "Image") -> bytes:
    stream = BytesIO()
    image.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
