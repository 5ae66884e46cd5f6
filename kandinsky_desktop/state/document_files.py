"""What a document on the canvas is read from, and written to; for other threads.

A picture or an OpenRaster file begins one in a folder of its own, a journal goes on with one.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import (
    DEPTH,
    MASK,
    PICTURE,
    SKETCH,
    AcceptedFill,
    Document,
    Undoable,
)
from kandinsky_desktop.domain.errors import (
    SavingFailed,
    Stopped,
    Unreadable,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import colours, conversion
from kandinsky_desktop.raster.history import Held, Place, UndoStep
from kandinsky_desktop.raster.layer import TILE, Layer, Pixels
from kandinsky_desktop.store import canvas_folders, fingerprints, journal, openraster, pictures
from kandinsky_desktop.store.journal import Journal, JournalState, NotedStep
from kandinsky_desktop.store.pictures import WholePicture

Steps = tuple[UndoStep[Undoable], ...]


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document that was read in another thread."""

    document: Document
    layers: dict[str, Layer]
    profile: bytes
    folder: Path
    journal: Journal
    path: Path | None = None
    modified: bool = False
    remarks: tuple[str, ...] = ()
    resumed: bool = False  # it was worked on in an earlier sitting
    done: Steps = ()  # then, the oldest first
    undone: Steps = ()  # the next to redo is the last


def from_file(path: Path, root: Path, stop: Callable[[], bool]) -> LoadedDocument:
    """Begin a document with a picture or an OpenRaster file. Raises Unreadable, Stopped."""
    pictures.check_there(path)
    try:
        if openraster.is_openraster(path):
            return _from_openraster(path, root, stop)
        whole, data = pictures.open_whole(path), path.read_bytes()
        content = fingerprints.of_file(path)
    except OSError as error:
        raise _not_read(path, error) from error
    size = Size(*whole.colours.size)
    document = Document(size=size, title=path.name, source=path.absolute(), content=content)
    return _begun(root, document, whole, (path.suffix, data), stop)


def from_image(image: QImage, title: str, root: Path, stop: Callable[[], bool]) -> LoadedDocument:
    """Begin a document with pixels. Raises SavingFailed, Stopped."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    data = bytes(buffer.data().data())
    whole = pictures.open_whole(Path(title), data)
    document = Document(size=Size(*whole.colours.size), title=title)
    return _begun(root, document, whole, (".png", data), stop, modified=True)


def _from_openraster(path: Path, root: Path, stop: Callable[[], bool]) -> LoadedDocument:
    found = openraster.read(path)
    document = replace(found.document, title=path.name, source=path.absolute())
    file = ".png", found.picture_data
    loaded = _begun(root, document, found.picture, file, stop, found=found, path=path)
    if found.original is not None:
        canvas_folders.keep_original(loaded.folder, found.original)
    return replace(loaded, path=path.absolute(), remarks=found.remarks)


def _begun(
    root: Path,
    document: Document,
    whole: WholePicture,
    file: tuple[str, bytes],
    stop: Callable[[], bool],
    *,
    found: openraster.Opened | None = None,
    modified: bool = False,
    path: Path | None = None,
) -> LoadedDocument:
    """Begin a document in a folder of its own. Raises SavingFailed, and Stopped if told to."""
    picture = conversion.picture_layer(whole.colours, whole.alpha)
    layers = _layers_over(picture)
    if found is not None and found.mask is not None:
        layers[MASK] = conversion.mask_layer(found.mask)
    if found is not None and found.sketch is not None:
        conversion.put_sketch(layers[SKETCH], *found.sketch)
    if found is not None and found.depth is not None:
        layers[DEPTH] = conversion.mask_layer(found.depth)
    document = replace(document, alpha=picture.alpha)
    folder = None
    try:
        folder = canvas_folders.create(root, *file)
        canvas_folders.name(folder, document.title)
        notes = Journal(folder / canvas_folders.JOURNAL)
        said = {"document": file_format.encode(document), "saved": not modified}
        said |= {} if path is None else {"path": str(path.absolute())}
        notes.note(said, {} if found is None else _painted_tiles(layers))
        if stop():
            notes.close()
            raise Stopped
    except BaseException as error:
        if folder is not None:
            with suppress(OSError):
                canvas_folders.remove(folder)
        if isinstance(error, OSError):
            raise SavingFailed(
                _("The picture cannot be worked on: {folder} cannot be written ({reason}).").format(
                    folder=root, reason=error.strerror or error
                )
            ) from error
        raise
    return LoadedDocument(
        document, layers, whole.profile, folder, notes, None, modified, whole.remarks
    )


def _layers_over(picture: Layer) -> dict[str, Layer]:
    """Return a document's layers, of which only the picture is painted yet."""
    size = picture.size
    return {
        PICTURE: picture,
        MASK: Layer(size),
        SKETCH: Layer(size, 4, premultiplied=True),
        DEPTH: Layer(size),
    }


def _painted_tiles(layers: Mapping[str, Layer]) -> dict[journal.Place, bytes]:
    """Return the tiles of what lies over a picture in which something is painted."""
    return {
        (name, *tile): layer.tile(tile).tobytes()
        for name, layer in layers.items()
        if name != PICTURE and (painted := layer.painted_box()) is not None
        for tile in layer.tiles(painted)
        if layer.tile(tile).any()
    }


def from_journal(folder: Path, stop: Callable[[], bool]) -> LoadedDocument:
    """Read what a program left when it ended.

    Raises Unreadable with a sentence, and Stopped if told to; then nothing there is touched.
    """
    file = canvas_folders.picture_of(folder)
    if file is None:
        raise Unreadable(
            _("{folder} cannot be opened again: its picture is gone.").format(folder=folder)
        )
    whole = pictures.open_whole(file)
    picture = conversion.picture_layer(whole.colours, whole.alpha)
    path = folder / canvas_folders.JOURNAL
    try:
        state = journal.read(path)
    except OSError as error:
        raise _not_read(path, error) from error
    document = Document(size=picture.size, title=folder.name, alpha=picture.alpha)
    if "document" in state.said:
        document = file_format.decode(Document, state.said["document"], str(path))
    if document.size != picture.size and _holds_all(state, document.size):  # it has grown
        picture = Layer(document.size, picture.channels, alpha=picture.alpha)
    layers = _layers_over(picture)
    if document.size != picture.size or document.alpha != picture.alpha:
        raise Unreadable(
            _("{folder} cannot be opened again: its picture is another one.").format(folder=folder)
        )
    done, undone = _Steps(layers, str(path)).of(state)
    for place in state.tiles:
        if stop():
            raise Stopped
        name, column, row = place
        if not _is_there(layers, place):
            continue
        target = layers[name].tile((column, row))
        pixels = np.frombuffer(state.unpacked(place, target.nbytes), np.uint8)
        layers[name].put_tile((column, row), pixels)
    for layer in layers.values():
        layer.smaller(layer.levels - 1)
    if stop():
        raise Stopped
    try:
        notes = Journal(path, state.whole_bytes)
    except OSError as error:
        raise _not_read(path, error) from error
    saved = state.said.get("path")
    return LoadedDocument(
        document,
        layers,
        whole.profile,
        folder,
        notes,
        Path(saved) if isinstance(saved, str) else None,
        modified=state.said.get("saved") is not True,
        resumed=True,
        done=done,
        undone=undone,
    )


def _not_read(path: Path, error: OSError) -> Unreadable:
    return Unreadable(
        _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
    )


def _holds_all(state: JournalState, size: Size) -> bool:
    """Whether a journal has all of a picture of some size, so that its file is not needed."""
    columns, rows = -(-size.width // TILE), -(-size.height // TILE)
    places = ((PICTURE, column, row) for row in range(rows) for column in range(columns))
    return all(place in state.tiles for place in places)


def _is_there(layers: Mapping[str, Layer], place: tuple[str, int, int]) -> bool:
    name, column, row = place
    return name in layers and not layers[name].tile_box((column, row)).empty


class _Steps:
    """Makes undo steps of what a journal says, of layers as they were before all of it."""

    def __init__(self, layers: Mapping[str, Layer], where: str) -> None:
        self._layers, self._where = layers, where
        self._json: list[Any] = []  # fills that were decoded last, and what they are
        self._accepted: tuple[AcceptedFill, ...] = ()

    def of(self, state: JournalState) -> tuple[Steps, Steps]:
        """Return the steps that were done, and those that were undone."""
        every = (*state.done, *state.undone)
        if not all(_is_there(self._layers, place) for step in every for place in step.tiles):
            return (), ()
        return tuple(map(self._step, state.done)), tuple(map(self._step, state.undone))

    def _step(self, noted: NotedStep) -> UndoStep[Undoable]:
        tiles: dict[Place, Held] = {}
        for (name, column, row), packed in noted.tiles.items():
            tile = column, row
            tiles[name, tile] = self._layers[name].tile(tile).copy() if packed is None else packed
        step = UndoStep(noted.name, self._undoable_in(noted.said.get("document")), tiles)
        step.count()
        return step

    def _undoable_in(self, document: Any) -> Undoable:
        """Return what undo takes back; fills that the last document began with are decoded."""
        if not isinstance(document, dict):
            return Undoable()
        fills = document.get("accepted", [])
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(fills, self._json, strict=False))
        known = sum(1 for _pair in alike)
        left = document | {"accepted": fills[known:]}
        rest: Document = file_format.decode(Document, left, self._where)
        self._json, self._accepted = fills, (*self._accepted[:known], *rest.accepted)
        return replace(rest.undoable, accepted=self._accepted)


@dataclass(frozen=True, slots=True)
class PixelsToSave:
    """What a document looks like at some moment: copies, which nobody changes."""

    picture: Pixels
    mask: Pixels
    sketch: Pixels | None  # what is painted of it; None: nothing is
    sketch_box: Box  # where that lies
    depth: Pixels | None = None  # None: there is none


def write(path: Path, document: Document, loaded: LoadedDocument, pixels: PixelsToSave) -> None:
    """Write a document as OpenRaster. Raises SavingFailed."""
    picture = pixels.picture
    image = conversion.picture_image(picture, alpha=document.alpha)
    try:
        file = canvas_folders.picture_of(loaded.folder)
        original = canvas_folders.original_of(loaded.folder)
        own = b"" if file is None else file.read_bytes()
        data = b"" if file is None else _own_file(file, own, image)
        if not data:
            stream = BytesIO()
            profile = {"icc_profile": loaded.profile} if loaded.profile else {}
            image.save(stream, "PNG", compress_level=1, **profile)
            data = stream.getvalue()
            if original is None and file is not None:
                original = file.suffix, own
        mask = conversion.grey_image(pixels.mask)
        sketch, merged = _sketch_to_save(document, pixels)
        depth = None if pixels.depth is None else conversion.grey_image(pixels.depth)
        openraster.write(path, document, data, merged or image, mask, original, sketch, depth)
    except OSError as error:
        raise SavingFailed(
            _("{path} cannot be written: {reason}. The picture stays as it is here.").format(
                path=path, reason=error.strerror or error
            )
        ) from error


def _sketch_to_save(
    document: Document, pixels: PixelsToSave
) -> tuple[openraster.Placed | None, Image | None]:
    """Return the sketch and where it lies, and the picture as it looks with it; None: as it is."""
    if pixels.sketch is None:
        return None, None
    box, strength = pixels.sketch_box, document.sketch.strength
    placed = conversion.sketch_image(pixels.sketch), box.left, box.top
    if not strength:
        return placed, None
    whole = pixels.picture.copy()
    part = whole[box.top : box.bottom, box.left : box.right]
    part[...] = colours.flattened(part, pixels.sketch, strength, alpha=document.alpha)
    return placed, conversion.picture_image(whole, alpha=document.alpha)


def _own_file(file: Path, data: bytes, picture: Image) -> bytes:
    """Return the file as it was opened, if it is a PNG of the very same picture; else nothing."""
    whole = pictures.open_whole(file, data)
    if not whole.as_it_is or whole.colours.size != picture.size:
        return b""
    if whole.alpha is not None and picture.mode == "RGBA":
        whole.colours.putalpha(whole.alpha)
    return data if whole.colours.tobytes() == picture.tobytes() else b""
