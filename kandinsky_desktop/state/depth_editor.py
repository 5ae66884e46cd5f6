"""The depth of the picture as a layer: estimated, loaded, painted; near is white, far is black.

What is seen of it is what a job is painted along. Each act is one undo step.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QPainterPath

from kandinsky_desktop.domain.brush import Brush
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import DEPTH
from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.domain.events import DepthEstimated, DepthNotEstimated, Event
from kandinsky_desktop.domain.fields import keywords_of
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.strokes import Dab, Point
from kandinsky_desktop.domain.task import NO_ESTIMATOR
from kandinsky_desktop.domain.wire import EstimateDepth
from kandinsky_desktop.raster import brush_tips, compositing, conversion, fills, scaling
from kandinsky_desktop.raster.compositing import How
from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state import path_coverage
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.brush_stroke import BrushStroke, StrokeInHand
from kandinsky_desktop.state.canvas_document import AT_ONCE, CanvasDocument
from kandinsky_desktop.state.turns import in_turn
from kandinsky_desktop.store import pictures, regions

Stop = Callable[[], bool]


class DepthEditor(QObject):
    """Paints in the depth of the document in use: the brush brings nearer, the eraser farther."""

    brush_changed = Signal()
    awaited_changed = Signal()  # whether an estimate is awaited
    estimate_requested = Signal(object)  # domain.wire.EstimateDepth; the worker listens
    refused = Signal(str)  # why something was not done

    def __init__(self, background: Background, document: CanvasDocument) -> None:
        super().__init__()
        self._background, self._document = background, document
        self.brush = Brush(size=64.0, hardness=0.0, opacity=0.5)
        self.estimators: tuple[Path, ...] = ()  # folders of models that estimate depth
        self._hand = StrokeInHand(document, self._lay)
        self._asked = False  # whether the picture is being written for an estimate
        self._awaited: Path | None = None  # the picture whose depth the engine estimates
        self._awaited_for: tuple[Path, Size] | None = None  # the document, and its size
        for signal in (document.opened, document.closed, document.resized):
            signal.connect(self._forget)

    # settings

    @keywords_of(Brush)
    def set_brush(self, **changes: Any) -> None:
        """Set the brush. Raises InvalidRequest for what lies outside its limits."""
        self.brush = replace(self.brush, **changes)
        self.brush_changed.emit()

    @property
    def awaited(self) -> bool:
        """Whether an estimate is awaited."""
        return self._asked or self._awaited is not None

    @in_turn
    def set_look(self, *, opacity: float | None = None, visible: bool | None = None) -> None:
        """Show it more or less, or not at all: one undo step, and one for all of a drag."""
        look = self._document.document.depth
        if opacity is not None:
            name = _("Opacity of the depth")
            self._document.set_depth(replace(look, opacity=opacity), name, on=True)
        if visible is not None:
            name = _("Show the depth") if visible else _("Hide the depth")
            self._document.set_depth(replace(look, visible=visible), name)

    @in_turn
    def set_used(self, on: bool) -> None:
        """Paint along it, or leave it aside: one undo step."""
        look = self._document.document.depth
        name = _("Follow the depth") if on else _("Do not follow the depth")
        self._document.set_depth(replace(look, used=on), name)

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
        """Begin a stroke; False if another goes on. Erasing brings farther away.

        During long work it is laid down after it.
        """
        brush = self.brush if erase is None else replace(self.brush, erase=erase)
        name = _("Farther") if brush.erase else _("Nearer")

        def begin() -> bool:
            if not self._begin(name):
                return False
            self._hand.begin(brush, Point(x, y, pressure), straight=straight)
            return True

        return self._hand.press(begin, self.release)

    def move(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Go on to points, in the order of time: x, y and pressure."""
        self._hand.move(points)

    def release(self) -> None:
        """End the stroke: one undo step."""
        self._hand.release()

    def cancel(self) -> None:
        """End the stroke as if it had never begun."""
        self._hand.cancel()

    def _lay(self, stroke: BrushStroke, dabs: list[Dab]) -> None:
        brush, layer = stroke.brush, self._document.depth
        box = brush_tips.stamp(layer, dabs, hardness=brush.hardness, erase=brush.erase)
        if box is not None:
            self._document.notify(DEPTH, box)

    # shapes and fills

    @in_turn
    def fill_path(self, path: QPainterPath, how: How = "add", *, name: str = N_("Shape")) -> None:
        """Bring what lies in an outline nearer or, with "subtract", farther, by the opacity."""
        box = path_coverage.box_of(path, self._document.depth.box)
        copy, opacity = QPainterPath(path), self.brush.opacity

        def shape(_stop: Stop) -> Pixels:
            return _weaker(path_coverage.coverage(copy, box), opacity)

        self._combine(_(name), box, how, shape)

    @in_turn
    def fill_alike(
        self, x: int, y: int, tolerance: int, *, contiguous: bool, how: How = "add"
    ) -> None:
        """Bring what has the colour of a pixel, or nearly, nearer or farther, by the opacity."""
        picture, opacity = self._document.picture, self.brush.opacity
        box = picture.box
        if not (0 <= x < box.right and 0 <= y < box.bottom):
            return

        def shape(stop: Stop) -> Pixels:
            found = fills.alike(picture.pixels, x, y, tolerance, alpha=picture.alpha)
            found = fills.connected(found, x, y, stop) if contiguous else found
            return _weaker(found, opacity)

        self._combine(_("Fill by colour"), box, how, shape)

    @in_turn
    def fill_gradient(
        self, start: tuple[float, float], end: tuple[float, float], how: How = "replace"
    ) -> None:
        """Let all of it go from far at one point to near at another."""
        box = self._document.depth.box
        shape = (box.bottom, box.right)
        self._combine(_("Gradient"), box, how, lambda _stop: fills.gradient(shape, start, end))

    def _combine(self, name: str, box: Box, how: How, shape: Callable[[Stop], Pixels]) -> None:
        def apply(pixels: Pixels) -> None:
            if self._begin(name):
                compositing.combine(self._document.depth.changing(box), pixels, how)
                self._document.end_step()

        if box.empty:
            return
        if box.size.width * box.size.height <= AT_ONCE:
            apply(shape(lambda: False))
        else:
            self._document.work(name, shape, apply)

    # all of it

    @in_turn
    def swap(self) -> None:
        """Swap near and far."""
        layer = self._document.depth
        if self._document.document.depth.there and self._begin(_("Swap near and far")):
            pixels = layer.changing(layer.box)
            np.invert(pixels, out=pixels)
            self._document.end_step()

    @in_turn
    def clear(self) -> None:
        """Have no depth any more."""
        if not self._document.document.depth.there or not self._document.begin_step(
            _("Remove the depth")
        ):
            return
        painted = self._document.depth.painted_box()
        if painted is not None:
            self._document.depth.changing(painted)[...] = 0
        self._document.change_depth(there=False)
        self._document.end_step()

    def load(self, path: Path) -> None:
        """Load it from a picture, in a thread: white is near; another size is stretched."""
        self._take(path, _("Load the depth"))

    def estimate(self) -> None:
        """Have it estimated, of the picture as it looks; `refused` says why it cannot be."""
        if self.awaited:
            return
        if not self.estimators:
            self.refused.emit(_(NO_ESTIMATOR))
            return
        document = self._document
        pixels, alpha = document.flattened(), document.picture.alpha
        folder, estimator = document.root / "regions", self.estimators[0]
        mine = document.folder, document.size
        self._asked = True
        self.awaited_changed.emit()

        def write() -> Path:
            try:
                return regions.write(conversion.picture_image(pixels, alpha=alpha), folder)
            except OSError as error:
                raise SavingFailed(
                    _("{folder} did not take what is to be painted: {reason}.").format(
                        folder=folder, reason=error.strerror or error
                    )
                ) from error

        def ask(path: Path) -> None:
            if self._asked:
                self._asked, self._awaited, self._awaited_for = False, path, mine
                self.estimate_requested.emit(EstimateDepth(path, estimator))

        def fail(reason: str) -> None:
            self._forget()
            self.refused.emit(reason)

        self._background.read(write, ask, fail)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Hear what the worker says."""
        match event:
            case DepthEstimated(path=path, map=found) if path == self._awaited:
                mine = self._awaited_for
                self._forget()
                document = self._document

                def take() -> None:
                    if (document.folder, document.size) == mine:
                        self._take(found, _("Estimate the depth"))

                document.when_free(take)
            case DepthNotEstimated(path=path, reason=reason) if path == self._awaited:
                self._forget()
                self.refused.emit(reason)
            case _:
                pass

    @in_turn
    def _take(self, path: Path, name: str) -> None:
        size = self._document.size

        def read(_stop: Stop) -> Pixels:
            with pictures.open_grey(path) as opened:
                return scaling.resized(np.asarray(opened), size.width, size.height)

        def take(pixels: Pixels) -> None:
            if self._begin(name):
                conversion.put_grey(self._document.depth, self._document.depth.box, pixels)
                self._document.end_step()

        self._document.work(name, read, take)

    def _begin(self, name: str) -> bool:
        """Begin a step after which there is a depth, and it is seen."""
        if not self._document.begin_step(name):
            return False
        self._document.change_depth(there=True, visible=True)
        return True

    def _forget(self) -> None:
        """Await no estimate any more."""
        was = self.awaited
        self._hand.forget()
        self._asked, self._awaited, self._awaited_for = False, None, None
        if was:
            self.awaited_changed.emit()


def _weaker(shape: Pixels, opacity: float) -> Pixels:
    """Return a shape so much weaker."""
    if opacity >= 1:
        return shape
    values = [round(value * opacity) for value in range(256)]
    return np.array(values, np.uint8)[shape]
