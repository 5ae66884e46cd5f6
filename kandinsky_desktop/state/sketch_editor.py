"""Painting colours over the picture: strokes, smudging, fills; each act is one undo step.

A stroke's coverage is gathered in a layer of its own, by the larger of dabs that overlap, and its
colour is laid over the sketch as that was before the stroke: so a stroke is nowhere fuller than its
opacity, and the order of its dabs does not matter. Smudging carries along what is seen, picture and
sketch, and lays it down in the sketch.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPainterPath

from kandinsky_desktop.domain.brush import Brush
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import SKETCH, LayerLook
from kandinsky_desktop.domain.fields import keywords_of
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.strokes import Dab, Point
from kandinsky_desktop.raster import brush_tips, colours, fills
from kandinsky_desktop.raster.colours import NOTHING, Colour
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state import path_coverage
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.brush_stroke import BrushStroke, StrokeInHand
from kandinsky_desktop.state.canvas_document import AT_ONCE, CanvasDocument
from kandinsky_desktop.state.palette import palette_of
from kandinsky_desktop.state.turns import in_turn

RECENT = 8  # colours that are remembered
FRESH = 32  # of 255: how much of what is seen a smudging brush takes up with each dab
APART = 64.0  # pixels that dabs laid together may be apart, or a brush if that is more

Rgb = tuple[int, int, int]
Stop = Callable[[], bool]


class SketchEditor(QObject):
    """Paints in the sketch of the document in use, in one colour at a time."""

    brush_changed = Signal()
    colour_changed = Signal()  # the colour in hand, or those of late
    refused = Signal(str)  # why something was not done

    def __init__(self, background: Background, document: CanvasDocument) -> None:
        super().__init__()
        self._background, self._document = background, document
        self.brush = Brush(size=32.0)
        self.colour: Rgb = (47, 91, 216)
        self.recent: tuple[Rgb, ...] = ()  # the last one painted with first
        self._hand = StrokeInHand(document, self._lay)
        self._coverage = Layer(document.size)  # of the stroke
        self._stroke_colour = NOTHING
        self._smudge: _Smudge | None = None
        for signal in (document.opened, document.closed, document.resized):
            signal.connect(self._forget)

    # settings

    @keywords_of(Brush)
    def set_brush(self, **changes: Any) -> None:
        """Set the brush. Raises InvalidRequest for what lies outside its limits."""
        self.brush = replace(self.brush, **changes)
        self.brush_changed.emit()

    def set_colour(self, colour: Rgb) -> None:
        """Take another colour: red, green and blue, 0 to 255."""
        if colour != self.colour:
            self.colour = colour
            self.colour_changed.emit()

    def pick(self, x: float, y: float) -> None:
        """Take the colour that is seen at a point of the picture; beside it nothing is taken."""
        size = self._document.size
        if 0 <= x < size.width and 0 <= y < size.height:
            left, top = int(x), int(y)
            blue, green, red = self._document.flattened(Box(left, top, left + 1, top + 1))[0, 0, :3]
            self.set_colour((int(red), int(green), int(blue)))

    def palette(self, then: Callable[[tuple[Rgb, ...]], None]) -> None:
        """Tell of the picture's own colours, which are found in a thread."""
        picture = self._document.picture
        level = next(
            (n for n in range(picture.levels) if max(picture.smaller(n).shape) <= 256),
            picture.levels - 1,
        )
        pixels, alpha = picture.smaller(level).copy(), picture.alpha
        self._background.read(lambda: palette_of(pixels, alpha=alpha), then, self.refused.emit)

    @in_turn
    def set_look(self, *, opacity: float | None = None, visible: bool | None = None) -> None:
        """Show the sketch more or less, or not at all: one undo step, and one for all of a drag."""
        look = self._document.document.sketch
        if opacity is not None:
            changed = replace(look, opacity=opacity)
            self._document.set_look(changed, _("Opacity of the sketch"), on=True)
        if visible is not None:
            name = _("Show the sketch") if visible else _("Hide the sketch")
            self._document.set_look(replace(look, visible=visible), name)

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
        smudge: bool = False,
    ) -> bool:
        """Begin a stroke; False if another goes on. During long work it is laid down after it.

        A `straight` one first goes in a line from where the last one ended.
        """
        brush = self.brush if erase is None else replace(self.brush, erase=erase)
        name = _("Smudge") if smudge else _("Eraser") if brush.erase else _("Colour")
        if smudge:  # it carries along as much as it is large
            follows = "none" if brush.pressure in ("none", "size") else "opacity"
            brush = replace(brush, pressure=follows, erase=False)
        colour = self._laid_colour

        def begin() -> bool:
            if self._document.stepping:
                return False
            self._let_be_seen()
            if not self._document.begin_step(name):
                return False
            if smudge:
                self._smudge = _Smudge(self._document)
            self._stroke_colour = NOTHING if brush.erase else colour
            self._coverage = Layer(self._document.size)
            self._hand.begin(brush, Point(x, y, pressure), straight=straight)
            return True

        begun = self._hand.press(begin, self.release)
        if begun and not smudge and not brush.erase:
            self._note_colour()
        return begun

    def move(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Go on to points, in the order of time: x, y and pressure."""
        self._hand.move(points)

    def release(self) -> None:
        """End the stroke: one undo step."""
        if self._hand.release():
            self._put_away()

    def cancel(self) -> None:
        """End the stroke as if it had never begun."""
        if self._hand.cancel():
            self._put_away()

    def _forget(self) -> None:
        self._hand.forget()
        self._put_away()

    def _put_away(self) -> None:
        """Keep nothing of a stroke that has ended."""
        self._smudge, self._coverage = None, Layer(Size(1, 1))

    def _lay(self, stroke: BrushStroke, dabs: list[Dab]) -> None:
        """Lay a stroke's colour down where dabs are."""
        brush = stroke.brush
        if self._smudge is not None:
            for dab in dabs:
                box = self._smudge.dab(dab, brush.hardness)
                if box is not None:
                    self._document.notify(SKETCH, box)
            return
        colour, sketch = self._stroke_colour, self._document.sketch
        for near in _near_each_other(dabs):
            box = brush_tips.stamp(self._coverage, near, hardness=brush.hardness)
            if box is not None:
                target = sketch.changing(box)
                before = self._document.before(SKETCH, box)
                target[...] = colours.coloured(before, colour, self._coverage.part(box))
                self._document.notify(SKETCH, box)

    # shapes and fills

    @in_turn
    def fill_path(self, path: QPainterPath, how: str = "add", *, name: str = N_("Shape")) -> None:
        """Fill an outline with the colour, or take what is there away."""
        box = path_coverage.box_of(path, self._document.picture.box)
        copy = QPainterPath(path)
        self._fill(_(name), box, lambda _stop: path_coverage.coverage(copy, box), how)

    @in_turn
    def fill_alike(
        self, x: int, y: int, tolerance: int, *, contiguous: bool, how: str = "add"
    ) -> None:
        """Fill what looks like a pixel, or nearly: what hangs together with it, or all."""
        document = self._document
        box, alpha = document.picture.box, document.picture.alpha
        if not (0 <= x < box.right and 0 <= y < box.bottom):
            return
        pixels = document.flattened() if document.sketched else document.picture.pixels

        def shape(stop: Stop) -> Pixels:
            found = fills.alike(pixels, x, y, tolerance, alpha=alpha)
            return fills.connected(found, x, y, stop) if contiguous else found

        self._fill(_("Fill by colour"), box, shape, how)

    @in_turn
    def fill_gradient(
        self, start: tuple[float, float], end: tuple[float, float], how: str = "add"
    ) -> None:
        """Lay the colour over all of it: full at one point, nothing at another."""
        box = self._document.picture.box
        shape = (box.bottom, box.right)
        self._fill(_("Gradient"), box, lambda _stop: fills.gradient(shape, end, start), how)

    @in_turn
    def clear(self) -> None:
        """Take all of it away."""
        painted = self._document.sketch.painted_box()
        if painted is not None and self._document.begin_step(_("Clear the sketch")):
            self._document.sketch.changing(painted)[...] = 0
            self._document.end_step()

    @in_turn
    def merge(self) -> None:
        """Make what is seen of the sketch a part of the picture."""
        document = self._document
        painted = document.sketch.painted_box()
        if painted is None or not document.document.sketch.strength:
            return
        if document.begin_step(_("Merge the sketch")):
            seen = document.flattened(painted)
            document.picture.changing(painted)[...] = seen
            document.sketch.changing(painted)[...] = 0
            document.end_step()

    def _fill(self, name: str, box: Box, shape: Callable[[Stop], Pixels], how: str) -> None:
        """Lay the colour down in a box as far as a shape says; in a thread, where it is large."""
        document = self._document
        if box.empty:
            return
        self._let_be_seen()
        erase, sketch = how == "subtract", document.sketch
        colour = NOTHING if erase else self._laid_colour
        full = np.uint32(round(self.brush.opacity * 255))
        if not erase:
            self._note_colour()

        def work(stop: Stop) -> list[tuple[Box, Pixels]]:
            coverage, parts = shape(stop), list[tuple[Box, Pixels]]()
            if full < 255:
                coverage = ((coverage * full + 127) // 255).astype(np.uint8)
            for tile in sketch.tiles(box):
                there = sketch.tile_box(tile).within(box)
                part = coverage[
                    there.top - box.top : there.bottom - box.top,
                    there.left - box.left : there.right - box.left,
                ]
                if part.any():
                    parts.append((there, colours.coloured(sketch.part(there), colour, part)))
            return parts

        def apply(parts: list[tuple[Box, Pixels]]) -> None:
            if document.begin_step(name):
                for there, pixels in parts:
                    sketch.changing(there)[...] = pixels
                document.end_step()

        if box.size.width * box.size.height <= AT_ONCE:
            apply(work(lambda: False))
        else:
            document.work(name, work, apply)

    @property
    def _laid_colour(self) -> Colour:
        red, green, blue = self.colour
        return blue, green, red, 255

    def _note_colour(self) -> None:
        """Remember the colour as the last one that was painted with."""
        if self.recent[:1] != (self.colour,):
            others = [one for one in self.recent if one != self.colour]
            self.recent = (self.colour, *others[: RECENT - 1])
            self.colour_changed.emit()

    def _let_be_seen(self) -> None:
        """Show a sketch that is hidden: nobody paints what is not seen."""
        look: LayerLook = self._document.document.sketch
        if not look.visible:
            self._document.set_look(replace(look, visible=True), _("Show the sketch"))


class _Smudge:
    """What a smudging brush carries along: opaque colours, as large as its tip."""

    def __init__(self, document: CanvasDocument) -> None:
        self._document = document
        self._carried: Pixels | None = None

    def dab(self, dab: Dab, hardness: float) -> Box | None:
        """Lay down what is carried, and take up some of what is seen; return what changed."""
        tip, left, top = brush_tips.tip_for(dab, hardness)
        sketch = self._document.sketch
        box = Box(left, top, left + len(tip), top + len(tip)).within(sketch.box)
        if box.empty:
            return None
        cut = np.s_[box.top - top : box.bottom - top, box.left - left : box.right - left]
        seen = self._document.flattened(box)
        if self._document.picture.alpha:
            seen = colours.multiplied(seen)
        if self._carried is None or len(self._carried) != len(tip):
            room = [(box.top - top, top + len(tip) - box.bottom)]
            room.append((box.left - left, left + len(tip) - box.right))
            self._carried = np.pad(seen, [*room, (0, 0)], "edge")
            return None
        carried = self._carried[cut]
        target = sketch.changing(box)
        target[...] = colours.mixed(target, carried, tip[cut])
        fresh = np.full(seen.shape[:2], FRESH, np.uint8)
        self._carried[cut] = colours.mixed(carried, seen, fresh)
        return box


def _near_each_other(dabs: Sequence[Dab]) -> Iterator[list[Dab]]:
    """Yield dabs a few at a time: the box around many may be most of the picture."""
    group: list[Dab] = []
    for dab in dabs:
        if group:
            apart = max(abs(dab.x - group[0].x), abs(dab.y - group[0].y))
            if apart > max(APART, dab.size):
                yield group
                group = []
        group.append(dab)
    if group:
        yield group
