"""Painting the mask: strokes, shapes, fills; and the mask as it will be used.

The *used* mask is the painted one grown and feathered, by the arithmetic of the engine: what a view
shows. While a stroke is drawn it follows at once, but for the edges; those are worked out in a
thread as soon as the hand rests (`settled`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPainterPath

from kandinsky_desktop.domain.brush import Brush
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import MASK, MaskEdges
from kandinsky_desktop.domain.fields import keywords_of
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.strokes import Dab, Point
from kandinsky_desktop.raster import brush_tips, compositing, conversion, edges, fills
from kandinsky_desktop.raster.compositing import How
from kandinsky_desktop.raster.layer import Layer, Pixels, box_of
from kandinsky_desktop.state import path_coverage
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.brush_stroke import BrushStroke, StrokeInHand
from kandinsky_desktop.state.canvas_document import AT_ONCE, CanvasDocument
from kandinsky_desktop.state.turns import in_turn
from kandinsky_desktop.store import atomic_file, masks

REST_MS = 120  # so long a hand rests within a stroke before the edges are worked out
ROOM = 16  # pixels around a mask, so that its edges are worked out as on the whole picture

Stop = Callable[[], bool]


class MaskEditor(QObject):
    """Paints in the mask of the document in use; each act is one undo step."""

    used_changed = Signal(object)  # Box; `document.changed` brings it too
    settled = Signal()  # the used mask, its box and its share are exact
    brush_changed = Signal()
    refused = Signal(str)  # why something was not done
    remarked = Signal(str)  # what a person may not expect of a mask that was loaded
    size_differs = Signal(object, object)  # Path of a mask, its Size: load it with a `place`

    def __init__(self, background: Background, document: CanvasDocument) -> None:
        super().__init__()
        self._background, self._document = background, document
        self.brush = Brush()
        self.used = Layer(Size(1, 1))  # the mask to show
        self.mask_box: Box | None = None  # of what is not black in it
        self.share = 0.0  # of the picture that is not black in it
        self._hand = StrokeInHand(document, self._lay)
        self._settling = False
        self._dirty: Box | None = None  # changed since the edges were worked out
        self._edges = MaskEdges()
        self._used_of: Layer | None = None  # the painted mask that `used` is made of
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._settle)
        document.opened.connect(self._on_opened)
        document.closed.connect(self._on_closed)
        document.resized.connect(self._on_resized)
        document.layer_changed.connect(self._on_layer_changed)
        document.amended.connect(self._on_amended)

    # settings

    @keywords_of(Brush)
    def set_brush(self, **changes: Any) -> None:
        """Set the brush. Raises InvalidRequest for what lies outside its limits."""
        self.brush = replace(self.brush, **changes)
        self.brush_changed.emit()

    @property
    def grow(self) -> int:
        """By how many pixels the mask is widened before it is used."""
        return self._document.document.edges.grow

    @property
    def feather(self) -> int:
        """Over how many pixels its edge rises."""
        return self._document.document.edges.feather

    def set_edges(self, grow: int | None = None, feather: int | None = None) -> None:
        """Set how the mask will be used: no undo step. Raises InvalidRequest beyond the limits."""
        old = self._document.document.edges
        self._document.amend(
            edges=MaskEdges(
                grow=old.grow if grow is None else grow,
                feather=old.feather if feather is None else feather,
            )
        )

    @property
    def is_settled(self) -> bool:
        """Whether the used mask, its box and its share are exact now."""
        return self._dirty is None and not self._settling

    # strokes

    @property
    def stroking(self) -> bool:
        """Whether a stroke is being drawn."""
        return self._hand.stroke is not None

    def press(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,
        *,
        straight: bool = False,
        erase: bool | None = None,
    ) -> bool:
        """Begin a stroke; False if another goes on. During long work it is laid down after it.

        A `straight` one first goes in a line from where the last one ended.
        """
        brush = self.brush if erase is None else replace(self.brush, erase=erase)
        name = _("Eraser") if brush.erase else _("Brush")

        def begin() -> bool:
            if not self._document.begin_step(name):
                return False
            self._hand.begin(brush, Point(x, y, pressure), straight=straight)
            return True

        return self._hand.press(begin, self.release)

    def move(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Go on to points, in the order of time: x, y and pressure."""
        self._hand.move(points)

    def release(self) -> None:
        """End the stroke: one undo step."""
        if self._hand.release():
            self._settle()

    def cancel(self) -> None:
        """End the stroke as if it had never begun."""
        self._hand.cancel()

    def _lay(self, stroke: BrushStroke, dabs: list[Dab]) -> None:
        brush = stroke.brush
        box = brush_tips.stamp(
            self._document.mask, dabs, hardness=brush.hardness, erase=brush.erase
        )
        if box is not None:
            self._document.notify(MASK, box)

    # shapes and fills

    @in_turn
    def fill_path(
        self,
        path: QPainterPath,
        how: How = "add",
        *,
        name: str = N_("Shape"),
    ) -> None:
        """Fill an outline, in pixels of the picture; one that crosses itself has no holes."""
        box = path_coverage.box_of(path, self._document.picture.box)
        copy = QPainterPath(path)

        def shape(_stop: Stop) -> Pixels:
            return path_coverage.coverage(copy, box)

        self._combine(_(name), box, how, shape)

    @in_turn
    def fill_alike(
        self, x: int, y: int, tolerance: int, *, contiguous: bool, how: How = "add"
    ) -> None:
        """Fill what has the colour of a pixel, or nearly: what hangs together with it, or all."""
        picture = self._document.picture
        box = picture.box
        if not (0 <= x < box.right and 0 <= y < box.bottom):
            return
        pixels = self._document.flattened() if self._document.sketched else picture.pixels

        def shape(stop: Stop) -> Pixels:
            found = fills.alike(pixels, x, y, tolerance, alpha=picture.alpha)
            return fills.connected(found, x, y, stop) if contiguous else found

        self._combine(_("Fill by colour"), box, how, shape)

    @in_turn
    def fill_gradient(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        how: How = "replace",
    ) -> None:
        """Fill all of it with a gradient, from black at one point to white at another."""
        box = self._document.mask.box
        shape = (box.bottom, box.right)
        self._combine(_("Gradient"), box, how, lambda _stop: fills.gradient(shape, start, end))

    @in_turn
    def invert(self) -> None:
        """Turn black to white and white to black."""
        mask = self._document.mask
        if self._document.begin_step(_("Invert")):
            pixels = mask.changing(mask.box)
            np.invert(pixels, out=pixels)
            self._document.end_step()

    @in_turn
    def clear(self) -> None:
        """Make it all black."""
        mask = self._document.mask
        painted = mask.painted_box()
        if painted is not None and self._document.begin_step(_("Clear")):
            mask.changing(painted)[...] = 0
            self._document.end_step()

    @in_turn
    def select_all(self) -> None:
        """Make it all white."""
        mask = self._document.mask
        if self._document.begin_step(_("Select all")):
            mask.changing(mask.box)[...] = 255
            self._document.end_step()

    @in_turn
    def grow_by(self, pixels: int) -> None:
        """Widen what is painted, round."""
        self._reshape(_("Grow"), pixels, edges.grown)

    @in_turn
    def shrink_by(self, pixels: int) -> None:
        """Narrow what is painted; the picture's border is no edge."""
        self._reshape(_("Shrink"), pixels, edges.shrunk)

    @in_turn
    def feather_by(self, pixels: int) -> None:
        """Let the edge of what is painted rise over so many pixels inwards."""
        self._reshape(_("Feather"), pixels, edges.feathered)

    def _reshape(self, name: str, radius: int, work: Callable[[Pixels, int], Pixels]) -> None:
        mask = self._document.mask
        painted = mask.painted_box()
        if painted is None or radius < 1:
            return
        box = painted.widened(radius + ROOM).within(mask.box)
        before = mask.part(box).copy()
        self._combine(name, box, "replace", lambda _stop: work(before, radius))

    def _combine(self, name: str, box: Box, how: How, shape: Callable[[Stop], Pixels]) -> None:
        """Change the mask by a shape in a box; in a thread, where it is large."""
        if box.empty and how in ("add", "subtract"):
            return

        def apply(pixels: Pixels) -> None:
            mask = self._document.mask
            if not self._document.begin_step(name):
                return
            if how in ("replace", "intersect"):
                self._clear_outside(box)
            if how == "add":
                for tile in mask.tiles(box):  # what stays black is not touched
                    there = mask.tile_box(tile).within(box)
                    part = _cut(pixels, box, there)
                    if part.any():
                        compositing.combine(mask.changing(there), part, how)
            elif how == "replace":
                conversion.put_grey(mask, box, pixels)
            else:
                compositing.combine(mask.changing(box), pixels, how)
            self._document.end_step()

        if box.size.width * box.size.height <= AT_ONCE:
            apply(shape(lambda: False))
        else:
            self._document.work(name, shape, apply)

    def _clear_outside(self, box: Box) -> None:
        mask = self._document.mask
        painted = mask.painted_box()
        if painted is None or box.holds(painted):
            return
        kept = mask.part(box).copy()
        mask.changing(painted)[...] = 0
        conversion.put_grey(mask, box, kept)

    # files

    @in_turn
    def load(self, path: Path, *, by: str = "auto", place: str = "refuse") -> None:
        """Load a mask from a picture, in a thread; it replaces what is painted.

        `by` says what carries the shape: "alpha", "luminance" or, with "auto", what does. One of
        another size is refused with `size_differs`, or brought to fit ("fit") or to lie in the
        middle ("centre").
        """
        size = self._document.size

        def read(_stop: Stop) -> Pixels | Size:
            grey = masks.grey(path, by)
            if place == "refuse" and Size(*grey.size) != size:
                return Size(*grey.size)
            return np.asarray(masks.placed(grey, size, centred=place == "centre"))

        def take(pixels: Pixels | Size) -> None:
            if isinstance(pixels, Size):
                self.size_differs.emit(path, pixels)
                return
            box = self._document.mask.box
            if self._document.begin_step(_("Load mask")):
                conversion.put_grey(self._document.mask, box, pixels)
                self._document.end_step()

        self._document.work(_("Loading the mask"), read, take)

    def save(self, path: Path) -> None:
        """Write the painted mask as a grey PNG, in a thread; `refused` says why not."""
        image = conversion.grey_image(self._document.mask.pixels)
        self._background.read(
            lambda: atomic_file.write(path, masks.encoded(image)), _nothing, self.refused.emit
        )

    # the used mask

    def _on_opened(self) -> None:
        self._hand.forget()
        self._edges = self._document.document.edges
        self._begin_used()
        self._dirty = self._document.mask.box
        self._settle()

    def _on_closed(self) -> None:
        self._rest.stop()
        self._hand.forget()
        self.mask_box, self.share = None, 0.0
        self.used = Layer(Size(1, 1))

    def _on_resized(self) -> None:
        self._hand.forget()
        self.mask_box = None
        self._begin_used()
        self._dirty = self._document.mask.box
        self._settle()

    def _on_amended(self) -> None:
        if self._document.document.edges != self._edges:
            self._edges = self._document.document.edges
            self._begin_used()
            self._dirty = self._document.mask.box
            self._settle()

    def _begin_used(self) -> None:
        """Show the painted mask itself where nothing is done to it."""
        plain = (self._edges.grow, self._edges.feather) == (0, 0)
        mask = self._document.mask
        if plain:
            self.used = mask
        elif self.used is mask or self.used.size != mask.size or self._used_of is not mask:
            self.used = Layer(mask.size)
        self._used_of = mask

    def _on_layer_changed(self, name: str, box: Box) -> None:
        if name != MASK:
            return
        self._dirty = box.joined(self._dirty)
        if self.stroking:
            self._follow(box)
            self._rest.start()
        else:
            self._settle()

    def _follow(self, box: Box) -> None:
        """Show what a stroke paints at once; its edges come when the hand rests."""
        mask, stroke = self._document.mask, self._hand.stroke
        if self.used is mask or stroke is None:
            return
        pick = np.minimum if stroke.brush.erase else np.maximum
        under = self.used.changing(box)
        pick(under, mask.part(box), out=under)

    def _settle(self) -> None:
        """Work out the used mask, its box and its share, in a thread; again if it changes."""
        self._rest.stop()
        if self._settling or self._dirty is None or not self._document.is_open:
            return
        mask, used, wanted = self._document.mask, self.used, self._edges
        painted = mask.painted_box()
        self._dirty, self._settling = None, True
        box = Box(0, 0, 0, 0)
        if painted is not None:
            box = painted.widened(wanted.grow + wanted.feather + ROOM).within(mask.box)
        copy = mask.part(box).copy()

        def work() -> tuple[Pixels, Box | None, int]:
            result = edges.feathered(edges.grown(copy, wanted.grow), wanted.feather)
            return result, box_of(result), int(np.count_nonzero(result))

        def take(made: tuple[Pixels, Box | None, int]) -> None:
            self._settling = False
            if mask is not self._document_mask or used is not self.used or wanted != self._edges:
                self._dirty = self._document_box
                self._settle()
                return
            if used is not mask:
                self._put_used(box, made[0])
            self.mask_box = None if made[1] is None else made[1].moved(box.left, box.top)
            self.share = made[2] / (mask.size.width * mask.size.height)
            if self._dirty is None:
                self.settled.emit()
            elif self.stroking:
                self._follow(self._dirty)
                self._rest.start()
            else:
                self._settle()

        def fail(reason: str) -> None:
            self._settling = False
            self.refused.emit(reason)

        self._background.read(work, take, fail)

    def _put_used(self, box: Box, pixels: Pixels) -> None:
        """Show a mask that was worked out, where it differs from what is shown."""
        used = self.used
        changed: Box | None = None
        whole = box.joined(used.painted_box())
        for tile in used.tiles(whole):
            there = used.tile_box(tile)
            wanted = np.zeros((there.size.height, there.size.width), np.uint8)
            inner = there.within(box)
            if not inner.empty:
                part = _cut(wanted, there, inner)
                part[...] = _cut(pixels, box, inner)
            if not np.array_equal(used.part(there), wanted):
                used.changing(there)[...] = wanted
                changed = there.joined(changed)
        if changed is not None:
            self.used_changed.emit(changed)
            self._document.changed.emit(changed)

    @property
    def _document_mask(self) -> Layer | None:
        return self._document.mask if self._document.is_open else None

    @property
    def _document_box(self) -> Box | None:
        return self._document.mask.box if self._document.is_open else None


def _cut(pixels: Pixels, box: Box, part: Box) -> Pixels:
    """Return the pixels of a part of a box, which the pixels fill."""
    return pixels[
        part.top - box.top : part.bottom - box.top, part.left - box.left : part.right - box.left
    ]


def _nothing(result: object) -> None:
    del result
