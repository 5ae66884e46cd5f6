"""A second picture over the one that is worked on: moved and scaled, then put down in the sketch.

Its pixels lie in a file of the document's folder, named by what it holds; where it lies is undone
and journalled like everything else. Put down it is colours like any others.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.document import SKETCH, PlacedPicture
from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.limits import LONGEST_SIDE
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import collages
from kandinsky_desktop.raster.layer import Layer
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.store import atomic_file, pictures

ROOM = 0.9  # of the picture's sides: a larger one is made to fit
STEP = 1.05  # by which keys scale it
KEPT = 4  # pictures that undo may bring back soon


class Collage(QObject):
    """The picture that lies over the document's, or none."""

    changed = Signal()  # another picture, or it lies elsewhere
    refused = Signal(str)  # why something was not done

    def __init__(self, background: Background, document: CanvasDocument) -> None:
        super().__init__()
        self._background, self._document = background, document
        self._layers: dict[str, Layer] = {}  # by their files' names, those used last at the end
        self._held: Box | None = None  # where a hand drags it
        self._awaited: Box | None = None  # where it lies as soon as long work has ended
        for signal in (document.opened, document.closed):
            signal.connect(self._begin)
        for signal in (document.amended, document.resized):
            signal.connect(self._follow)

    @property
    def box(self) -> Box | None:
        """Where it lies, in pixels of the picture; None: there is none."""
        placed = self._placed
        return None if placed is None else self._held or self._awaited or placed.box

    @property
    def layer(self) -> Layer | None:
        """Its pixels at their own size, as a sketch has them; None: none, or not read yet."""
        placed = self._placed
        return None if placed is None else self._layers.get(placed.file)

    def place_file(self, path: Path) -> None:
        """Lay a picture from a file over the document's; what lay there is put down."""
        self._place(lambda: path.read_bytes(), path)

    def place_image(self, image: QImage) -> None:
        """Likewise pixels, as they come from the clipboard."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        data = bytes(buffer.data().data())
        self._place(lambda: data, Path(_("Pasted picture")))

    def drag(self, box: Box) -> None:
        """Follow a hand that drags it there, or its sides."""
        if self._placed is not None:
            self._held = _limited(box)
            self.changed.emit()

    def release(self) -> None:
        """Keep where it was dragged to: one undo step."""
        held, self._held = self._held, None
        if held is not None:
            self._move(held)

    def nudge(self, right: int, down: int) -> None:
        """Move it by so many pixels; several one after the other are one undo step."""
        if self.box is not None:
            self._move(self.box.moved(right, down), _("Nudge the picture"))

    def scale(self, *, larger: bool) -> None:
        """Make it a little larger or smaller, about its middle; likewise."""
        if self.box is not None:
            self._move(_scaled(self.box, STEP if larger else 1 / STEP), _("Scale the picture"))

    def put_down(self) -> bool:
        """Lay it into the sketch for good: one undo step, after long work; False: there is none."""
        if self.layer is None:
            return False
        self.release()
        self._document.when_free(self._put_down)
        return True

    def _put_down(self) -> None:
        placed, layer, document = self._placed, self.layer, self._document
        if placed is None or layer is None or not document.begin_step(_("Put the picture down")):
            return
        there = placed.box.within(document.sketch.box)
        if not there.empty:
            pixels = collages.scaled(layer, placed.box, there)
            collages.put_over(document.sketch, there, pixels)
            document.notify(SKETCH, there)
        document.set_undoable(placed=None)
        document.end_step()

    def take_away(self) -> bool:
        """Let it go; False if there is none."""
        if self._placed is None or self._document.busy or self._document.stepping:
            return False
        self._held = None
        with self._document.step(_("Take the picture away")):
            self._document.set_undoable(placed=None)
        return True

    @property
    def _placed(self) -> PlacedPicture | None:
        return self._document.document.placed if self._document.is_open else None

    def _place(self, read: Callable[[], bytes], path: Path) -> None:
        document = self._document
        if not document.is_open:
            self.refused.emit(_("Open a picture first: drop one here, or choose it."))
            return
        folder = document.folder

        def work(_stop: Callable[[], bool]) -> tuple[str, Layer]:
            pictures.check_there(path) if path.is_absolute() else None
            data = read()
            whole = pictures.open_whole(path, data)
            image = whole.colours.convert("RGBA")
            if whole.alpha is not None:
                image.putalpha(whole.alpha)
            name = f"placed-{hashlib.sha256(data).hexdigest()[:24]}.png"
            stream = BytesIO()
            image.save(stream, "PNG", compress_level=1)
            try:
                atomic_file.write(folder / name, stream.getvalue())
            except OSError as error:
                raise SavingFailed(
                    _("{folder} did not take the picture: {reason}.").format(
                        folder=folder, reason=error.strerror or error
                    )
                ) from error
            return name, collages.layer_of(image)

        def take(made: tuple[str, Layer]) -> None:
            name, layer = made
            self._put_down()
            self._keep(name, layer)
            box = _fitted(layer, self._document.picture.box)
            with self._document.step(_("Lay a picture over")):
                self._document.set_undoable(placed=PlacedPicture(file=name, box=box))

        document.when_free(lambda: document.work(_("Laying the picture over"), work, take))

    def _move(self, box: Box, by_keys: str = "") -> None:
        """Let it lie elsewhere, after long work; by the same keys several times it is one step."""
        awaited, moved = _limited(box), self._placed

        def keep() -> None:
            placed = self._placed
            if self._awaited is awaited:
                self._awaited = None
            if placed is not None and moved is not None and placed.file == moved.file:
                self._document.amend_undoable(
                    by_keys or _("Move the picture"),
                    on=bool(by_keys),
                    placed=replace(placed, box=awaited),
                )
            self.changed.emit()

        self._awaited = awaited
        self._document.when_free(keep)
        self.changed.emit()

    def _keep(self, name: str, layer: Layer) -> None:
        self._layers.pop(name, None)
        self._layers[name] = layer
        while len(self._layers) > KEPT:
            del self._layers[next(iter(self._layers))]

    @Slot()
    def _begin(self) -> None:
        """Forget where a picture of another document was to lie."""
        self._held = self._awaited = None
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """Read the file of a picture that undo, or another sitting, brought back."""
        placed = self._placed
        if placed is not None and placed.file not in self._layers:
            path = self._document.folder / placed.file

            def read() -> Layer:
                whole = pictures.open_whole(path)
                image = whole.colours.convert("RGBA")
                if whole.alpha is not None:
                    image.putalpha(whole.alpha)
                return collages.layer_of(image)

            def take(layer: Layer) -> None:
                self._keep(placed.file, layer)
                self.changed.emit()

            self._background.read(read, take, self.refused.emit)
        self.changed.emit()


def _fitted(layer: Layer, limits: Box) -> Box:
    """Return where a picture lies at first: in the middle, at its own size if that finds room."""
    wide, high = layer.size.width, layer.size.height
    most = (limits.right * ROOM, limits.bottom * ROOM)
    share = min(1.0, most[0] / wide, most[1] / high)
    wide, high = max(1, round(wide * share)), max(1, round(high * share))
    left, top = (limits.right - wide) // 2, (limits.bottom - high) // 2
    return Box(left, top, left + wide, top + high)


def _scaled(box: Box, by: float) -> Box:
    size = box.size
    wide, high = (max(1, round(side * by)) for side in (size.width, size.height))
    if by > 1:
        wide, high = max(wide, size.width + 1), max(high, size.height + 1)
    left = box.left - (wide - size.width) // 2
    top = box.top - (high - size.height) // 2
    return Box(left, top, left + wide, top + high)


def _limited(box: Box) -> Box:
    """Return a box that is no larger than a picture may be."""
    size = box.size
    wide, high = (max(1, min(LONGEST_SIDE, side)) for side in (size.width, size.height))
    return Box(box.left, box.top, box.left + wide, box.top + high)
