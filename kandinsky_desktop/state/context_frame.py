"""What the model sees of the picture: a frame around the mask, and the two files of a job."""

from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import MaskEdges
from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box, Region, region_around, work_size
from kandinsky_desktop.raster import conversion
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.store import regions

GREY = 127  # of a picture of which nothing counts


@dataclass(frozen=True, slots=True)
class JobFiles:
    """What a fill is painted from, as files: a part of the picture as it looks, and of its mask."""

    picture: Path
    mask: Path
    region: Region  # where that lies in the whole picture, and at what size it is painted
    edges: MaskEdges  # to be given to the job: the mask's file is as it was painted
    content: str  # the fingerprint of the file that was opened; empty: there was none
    folder: Path  # of the document
    depth: Path | None = None  # a map of that part, to be painted along


@dataclass(frozen=True, slots=True)
class WholeFiles:
    """What all of a picture is painted anew from: a copy of it, sketch and all, as a file."""

    picture: Path
    region: Region  # all of the picture, and at what size it is painted
    content: str  # the fingerprint of the file that was opened; empty: there was none
    folder: Path  # of the document
    depth: Path | None = None  # a map of all of it, to be painted along


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes at which a model paints."""

    native: int = 512
    largest: int = 1024
    multiple: int = 64


class ContextFrame(QObject):
    """The frame: by the rule of the engine, or as a hand drew it. Follows the mask."""

    changed = Signal()
    exported = Signal(object)  # JobFiles or WholeFiles
    refused = Signal(str)  # why the files could not be written

    def __init__(
        self, background: Background, document: CanvasDocument, editor: MaskEditor
    ) -> None:
        super().__init__()
        self._background, self._document, self._editor = background, document, editor
        self._limits = Limits()
        self._region: Region | None = None
        for signal in (document.opened, document.closed, document.amended, editor.settled):
            signal.connect(self._follow)
        document.resized.connect(self._follow)

    @property
    def region(self) -> Region | None:
        """The frame and the size at which what is in it is painted; None: nothing is masked."""
        return self._region

    @property
    def box(self) -> Box | None:
        """Where the frame lies; None: nothing is masked."""
        return self._region.box if self._region else None

    @property
    def whole(self) -> Region:
        """All of the picture, as it is painted without a mask: in its shape, as models like it."""
        limits, size = self._limits, self._document.size
        scale = limits.native / sqrt(size.width * size.height)
        wide, high = (
            min(limits.largest, max(1, round(side * scale / limits.multiple)) * limits.multiple)
            for side in (size.width, size.height)
        )
        return Region(self._document.picture.box, Size(wide, high))

    @property
    def by_hand(self) -> bool:
        """Whether a hand drew it wider."""
        return self._document.is_open and self._document.document.frame is not None

    @property
    def padding(self) -> int:
        """How much around the mask the model sees, at least."""
        return self._document.document.padding

    def set_padding(self, pixels: int) -> None:
        """Set it. Raises InvalidRequest beyond the limits."""
        self._document.amend(padding=pixels)

    def set_limits(self, native: int, largest: int, multiple: int) -> None:
        """Say at what sizes the model in use paints."""
        self._limits = Limits(native, largest, multiple)
        self._follow()

    def drag(self, box: Box) -> None:
        """Set the frame: never narrower than the mask, never outside the picture."""
        if self._editor.mask_box is not None:
            inside = self._document.picture.box
            self._document.amend(frame=box.within(inside).joined(self._editor.mask_box))

    def reset(self) -> None:
        """Let the frame follow the rule again."""
        self._document.amend(frame=None)

    def export(self, *, blank: bool = False) -> None:
        """Write the files of a job in a thread: `exported`, or `refused` with a sentence.

        Of all of a picture nothing counts if it is to be `blank`.
        """
        document = self._document
        region, edges = self._region, document.document.edges
        if region is None and document.says_all:
            region = self.whole
        if region is None:
            self.refused.emit(_("Paint the part first that is to be painted anew."))
            return
        masked = self._region is not None
        picture = document.flattened(region.box)
        mask = document.mask.part(region.box).copy() if masked else None
        if blank and not masked:
            picture[..., :3] = GREY
        look = document.document.depth
        depth = document.depth.part(region.box).copy() if look.counts else None
        alpha, profile = document.picture.alpha, document.profile
        folder, content = document.root / "regions", document.document.content
        home = document.folder

        def write() -> JobFiles | WholeFiles:
            try:
                image = conversion.picture_image(picture, alpha=alpha)
                if mask is None:
                    across = region.work.width, region.work.height
                    image = image.resize(across, Image.Resampling.LANCZOS)
                if profile:
                    image.info["icc_profile"] = profile
                path, along = regions.write(image, folder), None
                if depth is not None:
                    along = regions.write(conversion.grey_image(depth), folder)
                if mask is None:
                    return WholeFiles(path, region, content, home, along)
                over = regions.write(conversion.grey_image(mask), folder)
            except OSError as error:
                raise SavingFailed(
                    _("{folder} did not take what is to be painted: {reason}.").format(
                        folder=folder, reason=error.strerror or error
                    )
                ) from error
            return JobFiles(path, over, region, edges, content, home, along)

        self._background.read(write, self.exported.emit, self.refused.emit)

    def _follow(self) -> None:
        region = self._wanted() if self._document.is_open else None
        if region != self._region:
            self._region = region
            self.changed.emit()

    def _wanted(self) -> Region | None:
        around, size = self._editor.mask_box, self._document.size
        if around is None:
            return None
        limits, by_hand = self._limits, self._document.document.frame
        sizes = {
            "native": limits.native,
            "largest": limits.largest,
            "multiple": limits.multiple,
        }
        if by_hand is not None:
            box = by_hand.joined(around).within(self._document.picture.box)
            return Region(box, work_size(box.size, **sizes))
        return region_around(around, size, padding=self.padding, **sizes)
