"""Fills that came back and wait: looked at in place, accepted as one undo step, or discarded.

Those that wait when the document is put away wait again when it comes back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import MASK, SKETCH, AcceptedFill
from kandinsky_desktop.domain.errors import InvalidRequest, KandinskyError, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import compositing, conversion, edges
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.context_frame import JobFiles, WholeFiles
from kandinsky_desktop.state.expansion import BorderFiles
from kandinsky_desktop.store import canvas_folders, pictures

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class StagedFill:
    """A fill that waits."""

    path: Path
    box: Box  # where it lies in the picture
    layer: Layer = field(repr=False)  # the fill, with smaller copies; as large as the box
    composite: Pixels = field(repr=False)  # black where nothing may change
    changed_outside: int  # pixels that differ there from what was to be painted: it must be 0
    record: Record | None = field(repr=False)  # how it was made, where its file says so
    borders: Borders | None = None  # by which the picture grows with it


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the picture."""

    path: Path
    box: Box
    changed: int  # pixels
    changed_outside: int  # of them where the mask is black: it must be 0
    grew: bool = False  # whether it is larger now


class StagedFills(QObject):
    """The fills that wait; one of them is shown in place."""

    changed = Signal()  # which wait, and which is shown
    shown_changed = Signal(object)  # Box: what is to be painted anew
    accepted = Signal(object)  # Accepted
    refused = Signal(str)  # why a fill cannot be shown or accepted

    def __init__(self, background: Background, document: CanvasDocument) -> None:
        super().__init__()
        self._background, self._document = background, document
        self.fills: tuple[StagedFill, ...] = ()
        self.index = 0  # of the one that is shown
        self.showing_original = False
        self.preview: tuple[QImage, Box] | None = None  # of what is being painted, and where
        self._decided = set[Path]()  # that were accepted or discarded
        document.opened.connect(self._clear)
        document.closed.connect(self._clear)
        document.resized.connect(self._clear)  # what still fits is added again

    @property
    def current(self) -> StagedFill | None:
        """The fill that is shown; None: none waits."""
        return self.fills[self.index] if self.fills else None

    def add(self, path: Path, files: JobFiles | WholeFiles | BorderFiles) -> None:
        """Let a result wait that lies on the disk; it is decoded in a thread."""
        size = self._document.size
        opacity = self._opacity(files)

        def take(fill: StagedFill) -> None:
            if not self._document.is_open or self._document.folder != files.folder:
                return  # of a document that was closed meanwhile; it waits there
            if self._document.size != size or path in self._decided:
                return
            if any(one.path == path for one in self.fills):
                return
            self.fills = (*self.fills, fill)
            self.end_preview()
            self.shown_changed.emit(fill.box)
            self.changed.emit()

        self._background.read(lambda: _read(path, files, opacity), take, self.refused.emit)

    def _opacity(self, files: JobFiles | WholeFiles | BorderFiles) -> Callable[[], Pixels] | None:
        """Return what tells, in a thread, how opaque a picture is that is painted anew whole."""
        document = self._document
        if not (isinstance(files, WholeFiles) and document.is_open and document.picture.alpha):
            return None
        return document.opacity(files.region.box)

    def step(self, by: int) -> None:
        """Show the next fill, or one further away; behind the last comes the first."""
        if self.fills:
            self.choose((self.index + by) % len(self.fills))

    def choose(self, index: int) -> None:
        """Show a fill."""
        if 0 <= index < len(self.fills):
            before = self.fills[self.index].box
            self.index, self.showing_original = index, False
            self.shown_changed.emit(self.fills[index].box.joined(before))
            self.changed.emit()

    def show_original(self, shown: bool) -> None:
        """Show the picture as it was, or the fill again."""
        if shown != self.showing_original:
            self.showing_original = shown
            if self.current is not None:
                self.shown_changed.emit(self.current.box)
            elif self.preview is not None:
                self.shown_changed.emit(self.preview[1])

    def accept(self) -> None:
        """Make the fill that is shown a part of the picture: one undo step. The others go.

        It waits for long work, and nothing comes of it if the fill is discarded meanwhile.
        """
        fill = self.current
        if fill is not None:
            self._document.when_free(lambda: self._accept(fill))

    def _accept(self, fill: StagedFill) -> None:
        fills = self.fills
        if fill not in fills:
            return
        try:
            with self._document.step(_("Fill") if fill.borders is None else _("Expand")):
                box, changed, outside = self._lay(fill)
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return
        self._note_decided(fills)
        self._clear()
        self.accepted.emit(Accepted(fill.path, box, changed, outside, fill.borders is not None))

    def _lay(self, fill: StagedFill) -> tuple[Box, int, int]:
        """Put a fill into the picture; return where, and how many pixels changed, as `lay` does."""
        document, box = self._document, fill.box
        if fill.borders is not None:
            document.grow(fill.borders)
            box = document.picture.box
        changed, outside = compositing.lay(document.picture, box, fill.layer.pixels, fill.composite)
        self._take_sketch(box, fill.composite)
        document.accept(AcceptedFill(box=box, record=fill.record))
        mask = document.mask
        painted = mask.painted_box() if fill.borders is None else None
        if painted is not None:  # it has done its work; undo brings it back with the picture
            mask.changing(painted)[...] = 0
            document.notify(MASK, painted)
        return box, changed, outside

    def _take_sketch(self, place: Box, composite: Pixels) -> None:
        """Take the sketch away where the fill lies: it was painted from it, and holds it."""
        document = self._document
        painted = document.sketch.painted_box()
        if painted is None or not document.document.sketch.strength:
            return
        box = painted.within(place)
        inner = box.moved(-place.left, -place.top)
        inside = composite[inner.top : inner.bottom, inner.left : inner.right] != 0
        if inside.any():
            document.sketch.changing(box)[inside] = 0
            document.notify(SKETCH, box)

    def discard(self) -> None:
        """Let the fill that is shown go; its file stays."""
        fill = self.current
        if fill is not None:
            self._note_decided((fill,))
            self.fills = tuple(one for one in self.fills if one is not fill)
            self.index = min(self.index, max(0, len(self.fills) - 1))
            self.showing_original = False
            self.shown_changed.emit(fill.box)
            self.changed.emit()

    def discard_all(self) -> None:
        """Let all fills go; their files stay."""
        self._note_decided(self.fills)
        self._clear()

    def _note_decided(self, fills: tuple[StagedFill, ...]) -> None:
        """Note, in a thread, that fills are not to wait again."""
        paths = [fill.path for fill in fills]
        self._decided.update(paths)
        if paths:
            self._background.write(lambda: canvas_folders.note_decided(paths))

    def _clear(self) -> None:
        """Show none."""
        boxes = [fill.box for fill in self.fills]
        if self.preview is not None:
            boxes.append(self.preview[1])
        self.fills, self.index, self.showing_original, self.preview = (), 0, False, None
        for box in boxes:
            self.shown_changed.emit(box)
        if boxes:
            self.changed.emit()

    def show_preview(self, image: QImage, box: Box) -> None:
        """Show what is being painted, in its place."""
        self.preview = image, box
        self.shown_changed.emit(box)

    def end_preview(self) -> None:
        """Show no preview any more."""
        if self.preview is not None:
            box, self.preview = self.preview[1], None
            self.shown_changed.emit(box)


def _read(
    path: Path, files: JobFiles | WholeFiles | BorderFiles, opacity: Callable[[], Pixels] | None
) -> StagedFill:
    if isinstance(files, BorderFiles):
        return _staged_borders(path, files)
    if isinstance(files, WholeFiles):
        return _staged_whole(path, files, opacity)
    return _staged(path, files)


def _staged(path: Path, files: JobFiles) -> StagedFill:
    """Read a result beside what it was painted from. Raises Unreadable."""
    whole, before = pictures.open_whole(path), pictures.open_whole(files.picture)
    box = files.region.box
    if Size(*whole.colours.size) != box.size or before.colours.size != whole.colours.size:
        raise Unreadable(
            _("{path} is {size} pixels, but the part that was painted {box}.").format(
                path=path, size=Size(*whole.colours.size), box=box.size
            )
        )
    layer = conversion.picture_layer(whole.colours, whole.alpha if before.alpha else None)
    mask = np.asarray(pictures.open_grey(files.mask))
    composite = edges.grown(mask, files.edges.grow)
    outside = compositing.differing_outside(
        layer.pixels,
        conversion.picture_layer(before.colours, before.alpha).pixels,
        composite,
    )
    return StagedFill(path, box, layer, composite, outside, _record(path))


def _staged_whole(
    path: Path, files: WholeFiles, opacity: Callable[[], Pixels] | None
) -> StagedFill:
    """Read a picture that was painted anew as a whole, brought to its size. Raises Unreadable.

    Its opacity stays as it is to the bit: only colours go through the size that was painted.
    """
    whole, box = pictures.open_whole(path), files.region.box
    across, smooth = (box.size.width, box.size.height), Image.Resampling.LANCZOS
    alpha = None if opacity is None else conversion.grey_image(opacity())
    layer = conversion.picture_layer(whole.colours.resize(across, smooth), alpha)
    composite = np.full((box.size.height, box.size.width), 255, np.uint8)
    return StagedFill(path, box, layer, composite, 0, _record(path))


def _staged_borders(path: Path, files: BorderFiles) -> StagedFill:
    """Read a picture that grew beside the one before. Raises Unreadable."""
    whole, before = pictures.open_whole(path), pictures.open_whole(files.picture)
    size = files.borders.grown(files.size)
    if Size(*whole.colours.size) != size or Size(*before.colours.size) != files.size:
        raise Unreadable(
            _("{path} is {size} pixels, but the part that was painted {box}.").format(
                path=path, size=Size(*whole.colours.size), box=size
            )
        )
    layer = conversion.picture_layer(whole.colours, whole.alpha if before.alpha else None)
    left, top = files.borders.left, files.borders.top
    inner = Box(0, 0, files.size.width, files.size.height).moved(left, top)
    composite = np.full((size.height, size.width), 255, np.uint8)
    composite[inner.top : inner.bottom, inner.left : inner.right] = 0
    outside = compositing.differing_outside(
        layer.part(inner),
        conversion.picture_layer(before.colours, before.alpha).pixels,
        np.zeros((files.size.height, files.size.width), np.uint8),
    )
    around = files.borders.around(files.size)
    return StagedFill(path, around, layer, composite, outside, _record(path), files.borders)


def _record(path: Path) -> Record | None:
    try:
        return pictures.read_record(path)
    except KandinskyError as error:
        log.info("%s", error)
        return None
