"""Borders that a picture is to get: set by hand, painted in windows, seen in place meanwhile.

The borders are undone with the pixels of the document. The windows are those that the engine will
paint, by its own arithmetic, so what is shown before is what runs.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL.Image import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.borders import Borders, border_regions
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest, SavingFailed
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box, Region
from kandinsky_desktop.raster import conversion
from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.context_frame import Limits
from kandinsky_desktop.store import regions


@dataclass(frozen=True, slots=True)
class BorderFiles:
    """What borders are painted around: the whole picture as it is on the canvas, as a file."""

    picture: Path
    size: Size  # of it
    borders: Borders
    origin: tuple[int, int]  # where the corner of the file that was opened lies in it
    content: str  # the fingerprint of that file; empty: there was none
    folder: Path  # of the document
    depth: Path | None = None  # a map of the larger picture, to be painted along


class Expansion(QObject):
    """The borders of the document in use, as a hand sets them, and what is painted there."""

    changed = Signal()  # the borders or their windows
    shown_changed = Signal()  # what is seen of what is being painted
    exported = Signal(object)  # BorderFiles
    refused = Signal(str)  # why something was not done

    def __init__(self, background: Background, document: CanvasDocument) -> None:
        super().__init__()
        self._background, self._document = background, document
        self._limits, self._overlap = Limits(), 64
        self._held: Borders | None = None  # while a hand drags them
        self._awaited: Borders | None = None  # that are set as soon as long work has ended
        self._beyond = ""  # why the hand was not followed to where it is
        self._borders, self._regions = Borders(), list[Region]()
        self.previews: dict[Box, QImage] = {}  # of windows, in the order in which they are painted
        for signal in (document.opened, document.closed):
            signal.connect(self._begin)
        document.history_changed.connect(self._follow)
        document.resized.connect(self._follow)

    @property
    def borders(self) -> Borders:
        """By how much the picture is to grow."""
        return self._borders

    @property
    def any(self) -> bool:
        """Whether it is to grow."""
        return self._borders.any

    @property
    def size(self) -> Size:
        """How large it will be."""
        return self._borders.grown(self._document.size)

    @property
    def regions(self) -> list[Region]:
        """The windows, in the order in which they are painted, in pixels of the larger picture."""
        return self._regions

    @property
    def windows(self) -> list[Box]:
        """Where they lie in pixels of the picture as it is now."""
        left, top = self._borders.left, self._borders.top
        return [region.box.moved(-left, -top) for region in self._regions]

    @property
    def dragging(self) -> bool:
        """Whether a hand drags them."""
        return self._held is not None

    def set_limits(self, native: int, largest: int, multiple: int) -> None:
        """Say at what sizes the model in use paints."""
        self._limits = Limits(native, largest, multiple)
        self._follow()

    def set_overlap(self, pixels: int) -> None:
        """Say how much of what is there each window sees, at least."""
        self._overlap = pixels
        self._follow()

    def drag(self, around: Box) -> None:
        """Follow a hand that drags the picture's sides there, as far as the limits let it."""
        if not self._document.is_open:
            return
        try:
            borders = Borders.between(self._document.size, around)
            borders.grown(self._document.size)
        except InvalidRequest as error:
            self._beyond = str(error)
            return
        self._beyond, self._held = "", borders
        self._follow()

    def release(self) -> None:
        """Keep what was dragged: one undo step."""
        held, self._held = self._held, None
        if held is not None:
            self._set(held)
        if self._beyond:
            self.refused.emit(self._beyond)
            self._beyond = ""

    def cancel(self) -> bool:
        """Let what was dragged go; False if nothing was."""
        was, self._held, self._beyond = self._held is not None, None, ""
        if was:
            self._follow()
        return was

    def set(self, borders: Borders) -> None:
        """Set them as they were typed: one undo step; `refused` beyond the limits."""
        self._held = None
        self._set(borders)

    def export(self) -> None:
        """Write the picture for a job in a thread: `exported`, or `refused` with a sentence."""
        document = self._document
        borders, size, about = self._borders, document.size, document.document
        picture, profile = document.flattened(), document.profile
        folder, home = document.root / "regions", document.folder
        depth = document.depth.pixels.copy() if about.depth.counts else None

        def write() -> BorderFiles:
            try:
                image = conversion.picture_image(picture, alpha=about.alpha)
                if profile:
                    image.info["icc_profile"] = profile
                path = regions.write(image, folder)
                along = None if depth is None else regions.write(_around(depth, borders), folder)
            except OSError as error:
                raise SavingFailed(
                    _("{folder} did not take what is to be painted: {reason}.").format(
                        folder=folder, reason=error.strerror or error
                    )
                ) from error
            return BorderFiles(path, size, borders, about.origin, about.content, home, along)

        self._background.read(write, self.exported.emit, self.refused.emit)

    def show_preview(self, image: QImage, window: Box) -> None:
        """Show what is being painted in a window; those before it stay as they were seen last."""
        windows = self.windows
        if window in windows:
            before = windows[: windows.index(window)]
            self.previews = {box: self.previews[box] for box in before if box in self.previews}
            self.previews[window] = image
            self.shown_changed.emit()

    def end_previews(self) -> None:
        """Show nothing that is being painted any more."""
        if self.previews:
            self.previews = {}
            self.shown_changed.emit()

    def _set(self, borders: Borders) -> None:
        """Set them, at once or after long work; they are seen at once."""
        document = self._document

        def keep() -> None:
            if self._awaited is borders:
                self._awaited = None
            if borders != document.document.borders:
                try:
                    document.set_borders(borders)
                except InvalidRequest as error:
                    self._refuse(error)
            self._follow()

        if document.is_open:
            try:
                borders.grown(document.size)
            except InvalidRequest as error:
                self._refuse(error)
            else:
                self._awaited = borders
                document.when_free(keep)
        self._follow()

    def _refuse(self, error: InvalidRequest) -> None:
        self.refused.emit(str(error))
        self.changed.emit()  # what was typed is put right

    def _begin(self) -> None:
        """Show the borders of another document, or none."""
        self._held = self._awaited = None
        self._follow()

    def _follow(self) -> None:
        document = self._document
        borders, found = Borders(), list[Region]()
        if document.is_open:
            borders = self._held or self._awaited or document.document.borders
        if borders.any:
            limits = self._limits
            found = border_regions(
                document.size,
                borders,
                overlap=self._overlap,
                native=limits.native,
                largest=limits.largest,
                multiple=limits.multiple,
            )
        if (borders, found) != (self._borders, self._regions):
            if borders != self._borders:
                self.previews = {}
            self._borders, self._regions = borders, found
            self.changed.emit()


def _around(depth: Pixels, borders: Borders) -> Image:
    """Return a depth that goes on beside the picture as it is at its sides."""
    room = (borders.top, borders.bottom), (borders.left, borders.right)
    return conversion.grey_image(np.pad(depth, room, "edge"))
