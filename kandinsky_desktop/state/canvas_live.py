"""Live painting: after each stroke a fast picture of what the button would paint, in its place.

What a preview is made of is written small, in a thread, for a preview is small; what was written
before it goes as soon as nothing needs it. `state/live_preview.py` runs the previews: a newer one
stops the older, and nothing that is out of date is shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest, SavingFailed
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint
from kandinsky_desktop.raster import colours, conversion
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.store import regions

FOLDER = "live"  # beside the documents


@dataclass(frozen=True, slots=True)
class LiveFiles:
    """What a preview is painted from: small copies of a part of the document."""

    picture: Path
    mask: Path | None  # None: all of it is painted
    depth: Path | None  # that it is to follow; None: none
    work: Size  # at which the button would paint it
    box: Box  # where that lies in the whole picture
    scale: float  # of the copies: pixels of theirs to one of the picture

    @property
    def all(self) -> tuple[Path, ...]:
        """All files, as far as there are."""
        return tuple(one for one in (self.picture, self.mask, self.depth) if one is not None)


class CanvasLive(QObject):
    """Asks for a preview of the document when it changes, and shows it in its place."""

    changed = Signal()  # whether it is on

    def __init__(self, canvas: Canvas, draft: DraftState, live: LivePreview) -> None:
        """Make it once the canvas is awake."""
        super().__init__()
        self._canvas, self._draft, self._live = canvas, draft, live
        self._background = background = canvas.background
        self._on = self._attended = False
        self._files: LiveFiles | None = None
        self._asked = 0  # how often files were asked for: those of the last time count
        self._written: list[Path] = []
        self._soon = QTimer(self, singleShot=True, interval=0)  # several changes are one
        self._soon.timeout.connect(self._export)
        document = canvas.document
        for signal in (document.history_changed, document.amended, canvas.editor.settled):
            signal.connect(self._follow)
        canvas.changed.connect(self._on_settings)
        document.opened.connect(self._forget)
        document.closed.connect(self._forget)
        background.write(lambda: _delete(self._folder.glob("*.png")))

    @property
    def on(self) -> bool:
        """Whether strokes are previewed."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Preview strokes, or do not."""
        if on == self._on:
            return
        self._on = on
        if on:
            self._follow()
        else:
            self._forget()
            self._live.drop()
        self.changed.emit()

    def set_active(self, on: bool) -> None:
        """Say whether someone looks at the canvas."""
        self._attended = on
        self._live.set_source(self if on else None)
        self._live.set_active(on)
        if on:
            self._follow()
        else:
            self._forget()

    def request(self) -> Request:
        """Return what the button would paint. Raises InvalidRequest."""
        files = self._files
        if files is None:
            raise InvalidRequest(_("Nothing is there to be previewed."))
        canvas, edges = self._canvas, self._canvas.document.document.edges
        along = None if files.depth is None else Depth(path=files.depth)
        if files.mask is None:
            start = Img2Img(path=files.picture, strength=canvas.strength)
            return self._draft.request_of(start, files.work, along)
        task = Inpaint(
            path=files.picture,
            masks=(files.mask,),
            strength=canvas.strength,
            fill=canvas.filling,
            match_colours=False,
            grow=round(edges.grow * files.scale),
            feather=round(edges.feather * files.scale),
            padding=0,
            crop=False,
        )
        return self._draft.request_of(task, depth=along)

    def show(self, image: QImage) -> None:
        """Show a preview in its place."""
        if self._files is not None and self._canvas.fills.current is None:
            self._canvas.fills.show_preview(image, self._files.box)

    @property
    def _folder(self) -> Path:
        return self._canvas.document.root / FOLDER

    @property
    def _wanted(self) -> bool:
        canvas = self._canvas
        return self._on and self._attended and canvas.is_open and canvas.fills.current is None

    @Slot()
    def _follow(self) -> None:
        """Take up what changed, once it is whole."""
        document, editor = self._canvas.document, self._canvas.editor
        if not self._wanted or document.stepping or document.busy or not editor.is_settled:
            return
        self._live.drop()  # what it shows is no more, and the next one is coming
        if not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _on_settings(self) -> None:
        if self._wanted and self._files is not None:
            self._live.ask()

    @Slot()
    def _forget(self) -> None:
        """Show none, and let what it was made of go."""
        self._asked += 1
        self._files = None
        if self._canvas.is_awake:
            self._canvas.fills.end_preview()

    def _export(self) -> None:
        """Write what the next preview is made of."""
        model = self._draft.model
        if not self._wanted or model is None or self._canvas.document.stepping:
            return
        self._asked += 1
        asked, folder = self._asked, self._folder
        small = _small(self._canvas, model)

        def write() -> LiveFiles:
            try:
                return small(folder)
            except OSError as error:
                raise SavingFailed(
                    _("{folder} did not take what is to be previewed: {reason}.").format(
                        folder=folder, reason=error.strerror or error
                    )
                ) from error

        def take(files: LiveFiles) -> None:
            self._written += [one for one in files.all if one not in self._written]
            if asked == self._asked and self._wanted:
                self._files = files
                self._live.ask()
            self._tidy()

        self._background.read(write, take, self._canvas.refused.emit)

    def _tidy(self) -> None:
        """Delete what no preview that may still run is made of."""
        needed = set(self._live.files)
        if self._files is not None:
            needed |= set(self._files.all)
        gone = [path for path in self._written if path not in needed]
        self._written = [path for path in self._written if path in needed]
        if gone:
            self._background.write(lambda: _delete(gone))


def _small(canvas: Canvas, model: Model) -> Callable[[Path], LiveFiles]:
    """Return what writes a document, or what the model sees of it, at the size of a preview.

    Its pixels are copied at once, from copies that are hardly larger.
    """
    document, frame = canvas.document, canvas.frame.box
    box = document.picture.box if frame is None else frame
    side = model.profile.sketch_side or model.native
    scale = min(1.0, side / sqrt(box.size.width * box.size.height))
    size = Size(
        max(1, round(box.size.width * scale)),
        max(1, round(box.size.height * scale)),
    )
    level = 0
    while level + 1 < document.picture.levels and scale <= 0.5 ** (level + 1):
        level += 1
    strength, alpha = document.document.sketch.strength, document.picture.alpha
    seen = colours.flattened(
        _part(document.picture, level, box),
        _part(document.sketch, level, box),
        strength,
        alpha=alpha,
    )
    work = canvas.frame.whole.work
    mask = None if frame is None else _part(document.mask, level, box).copy()
    counts = document.document.depth.counts
    depth = _part(document.depth, level, box).copy() if counts else None

    def write(folder: Path) -> LiveFiles:
        across = (size.width, size.height)
        image = conversion.picture_image(seen, alpha=alpha).resize(across, reducing_gap=None)
        over, along = (
            None
            if pixels is None
            else regions.write(
                conversion.grey_image(pixels).resize(across, Image.Resampling.BOX), folder
            )
            for pixels in (mask, depth)
        )
        return LiveFiles(regions.write(image, folder), over, along, work, box, scale)

    return write


def _part(layer: Layer, level: int, box: Box) -> Pixels:
    """Return a part of a smaller copy."""
    pixels, side = layer.smaller(level, box), 1 << level
    return pixels[
        box.top // side : -(-box.bottom // side), box.left // side : -(-box.right // side)
    ]


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
