"""A canvas as the window has it, to be painted on in tests."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.context_frame import ContextFrame, JobFiles, WholeFiles
from kandinsky_desktop.state.depth_editor import DepthEditor
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.state.sketch_editor import SketchEditor
from kandinsky_desktop.state.staged_fills import StagedFills

PATIENCE_MS = 60_000  # of a busy machine
PLACES = [(20.0, 20.0), (60.0, 40.0), (90.0, 80.0), (120.0, 60.0)]


def noise(size: tuple[int, int] = (300, 270), mode: str = "RGB", seed: int = 0) -> Image.Image:
    depth = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], *depth), np.uint8)
    return Image.fromarray(pixels)


def saved(image: Image.Image, path: Path, **more: object) -> Path:
    image.save(path, **more)  # type: ignore[arg-type]
    return path


@dataclass
class Canvas:
    """All state objects of the canvas."""

    qtbot: QtBot
    background: Background
    root: Path

    def __post_init__(self) -> None:
        self.document = CanvasDocument(self.background, self.root)
        self.editor = MaskEditor(self.background, self.document)
        self.sketch = SketchEditor(self.background, self.document)
        self.depth = DepthEditor(self.background, self.document)
        self.frame = ContextFrame(self.background, self.document, self.editor)
        self.staged = StagedFills(self.background, self.document)
        self.refusals: list[str] = []
        self.remarks: list[str] = []
        for one in (self.document, self.editor, self.depth, self.frame, self.staged):
            one.refused.connect(self.refusals.append)
        self.document.remarked.connect(self.remarks.append)

    def told(self, signal: Any) -> Any:
        return self.qtbot.waitSignal(signal, timeout=PATIENCE_MS)

    def wait_until(self, done: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(done, timeout=PATIENCE_MS)

    def open(self, path: Path) -> None:
        with self.told(self.document.opened):
            self.document.open_file(path)
        self.settle()

    def recover(self, folder: Path) -> None:
        with self.told(self.document.opened):
            self.document.recover(folder)

    def settle(self) -> None:
        """Wait until nothing is worked out in a thread any more."""
        self.wait_until(lambda: not self.document.busy and self.editor.is_settled)

    def stroke(self, places: list[tuple[float, float]] | None = None, **brush: object) -> None:
        self.editor.set_brush(**brush)  # type: ignore[arg-type]
        places = PLACES if places is None else places
        assert self.editor.press(*places[0])
        self.editor.move([(*place, 1.0) for place in places[1:]])
        self.editor.release()

    def export(self) -> JobFiles:
        with self.told(self.frame.exported) as told:
            self.frame.export()
        files = told.args[0]
        assert isinstance(files, JobFiles)
        return files

    def stage(self, image: Image.Image, files: JobFiles | WholeFiles, path: Path) -> None:
        with self.told(self.staged.changed):
            self.staged.add(saved(image, path), files)

    def pixels(self, box: Box | None = None) -> Pixels:
        return self.document.picture.part(box or self.document.picture.box)

    def written(self) -> None:
        """Wait until the journal has all of it."""
        self.background.write(lambda: None)
        done = list[int]()
        self.background.write(lambda: done.append(1))
        self.wait_until(lambda: bool(done))
