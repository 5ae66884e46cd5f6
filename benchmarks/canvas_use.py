"""The canvas below its widgets: painted on, undone, saved and filled, beside the naive way.

    python -m benchmarks.canvas_use --side=4096
    python -m benchmarks.canvas_use --memory --width=16384 --height=6000

Processor time of the thread that does it, in seconds; of all threads, and wall time beside it, for
what waits for the disk. The naive way is what a first canvas does: one ARGB image as the mask,
copied whole for undo, saved whole for safety. Says its result as JSON in its last line.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from itertools import pairwise
from math import cos, sin
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image, ImageDraw
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import compositing, conversion, edges, fills
from kandinsky_desktop.raster.layer import TILE, Layer, Pixels
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.context_frame import ContextFrame, JobFiles
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.state.staged_fills import StagedFills
from kandinsky_desktop.store.journal import Journal

BRUSH = 200.0  # pixels
TOLERANCE = 20
FILLED = 1024  # pixels of a region's side
Point = tuple[float, float]


class Canvas:
    """A document with all that works on it."""

    def __init__(self, folder: Path) -> None:
        self._qt = QCoreApplication.instance() or QCoreApplication([])
        self.background = Background()
        self.document = CanvasDocument(self.background, folder / "canvas")
        self.editor = MaskEditor(self.background, self.document)
        self.frame = ContextFrame(self.background, self.document, self.editor)
        self.staged = StagedFills(self.background, self.document)
        self.frame.set_limits(native=FILLED, largest=FILLED, multiple=64)

    def open(self, path: Path) -> None:
        """Open a picture, and wait until it is there."""
        self.document.open_file(path)
        self.wait(lambda: self.document.is_open)

    def wait(self, done: Callable[[], bool] = lambda: True) -> None:
        """Wait until something is so, and no thread works any more."""
        while not (done() and self.editor.is_settled and not self.document.busy):
            self._qt.processEvents()
            time.sleep(0.001)

    def paint(self, points: list[Point]) -> None:
        """Draw a whole stroke."""
        self.editor.press(*points[0])
        for point in points[1:]:
            self.editor.move([(*point, 1.0)])
        self.editor.release()
        self.wait()


def spent(act: Callable[[], object]) -> float:
    """Return the processor time that an act takes in this thread, which is the window's."""
    before = time.thread_time()
    act()
    return time.thread_time() - before


def photo(size: Size, seed: int = 0) -> Pixels:
    """Return smooth shades with a camera's noise, as RGB."""
    random = np.random.default_rng(seed)
    whole = np.empty((size.height, size.width, 3), np.uint8)
    for channel in range(3):
        total = np.full((size.height, size.width), 128, np.float32)
        for cells, weight in ((3, 60), (20, 20), (80, 8)):
            small = random.uniform(-weight, weight, (cells, cells)).astype(np.float32)
            large = Image.fromarray(small).resize(
                (size.width, size.height), Image.Resampling.BICUBIC
            )
            total += np.asarray(large)
        total += random.normal(0, 2.5, total.shape).astype(np.float32)
        whole[..., channel] = np.clip(total, 0, 255)
    return whole


def way(events: int, side: int, turned: float = 0.0) -> list[Point]:
    """Return a hand's way across a picture: loops that drift, over a third of it."""
    turns = [number / 12 + turned for number in range(events)]
    reach = side / 5
    return [
        (
            side / 2 + reach * sin(turn * 0.37) + 60 * sin(turn),
            side / 2 + reach * cos(turn * 0.29) * 0.7 + 60 * cos(turn * 1.3),
        )
        for turn in turns
    ]


def stroke(canvas: Canvas, side: int, events: int) -> dict[str, list[float]]:
    """Paint with a soft brush, event by event; the naive way has a pen in an ARGB image."""
    points = way(events, side)
    canvas.editor.set_brush(size=BRUSH, hardness=0.3)
    canvas.editor.press(*points[0])
    ours = [
        spent(lambda point=point: canvas.editor.move([(*point, 1.0)]))  # type: ignore[misc]
        for point in points[1:]
    ]
    canvas.editor.release()
    canvas.wait()
    mask = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    mask.fill(0)
    before = list[QImage]()

    def line(start: Point, end: Point) -> None:
        painter = QPainter(mask)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("red"), BRUSH, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(*start), QPointF(*end))
        painter.end()
        wanted = mask.convertToFormat(QImage.Format.Format_Alpha8)  # what the engine takes
        before.append(wanted)
        before.clear()

    theirs = [
        spent(lambda pair=pair: line(*pair))  # type: ignore[misc]
        for pair in list(pairwise(points))[:20]
    ]
    return {"ours": ours, "theirs": theirs}


def undone(canvas: Canvas, side: int, times: int) -> dict[str, dict[str, list[float]]]:
    """Undo and redo a stroke, and all of it inverted; the naive way copies the whole mask."""
    whole = np.full((side, side, 4), 7, np.uint8)
    naive = [spent(lambda: whole.copy()) for _time in range(min(times, 10))]

    def turns() -> list[float]:
        taken = []
        for _time in range(times):
            for act in (canvas.document.undo, canvas.document.redo):
                taken.append(spent(act))
                canvas.wait()
        return taken

    canvas.paint(way(100, side, 40.0))
    a_stroke = turns()
    canvas.editor.invert()
    canvas.wait()
    every = turns()
    canvas.document.undo()
    canvas.wait()
    return {
        "undo a stroke": {"ours": a_stroke, "theirs": naive},
        "undo all of it": {"ours": every, "theirs": naive},
    }


def journalled(canvas: Canvas, side: int, times: int, folder: Path) -> dict[str, list[float]]:
    """Append strokes to a journal; the naive way saves the whole document."""
    notes = Journal(folder / "journal")
    layer, ours = canvas.document.mask, []
    for number in range(times):
        x, y = way(times, side)[number]
        half = int(BRUSH) * 2
        box = Box(int(x) - half, int(y) - half // 2, int(x) + half, int(y) + half // 2)
        tiles = {("mask", *tile): layer.tile(tile).tobytes() for tile in layer.tiles(box)}
        ours.append(
            spent(lambda tiles=tiles: notes.note({"step": "Brush"}, tiles))  # type: ignore[misc]
        )
    notes.close()
    before = time.process_time()
    canvas.document.save(folder / "whole.ora")
    canvas.wait(lambda: (folder / "whole.ora").is_file())
    return {"ours": ours, "theirs": [time.process_time() - before]}


def filled(canvas: Canvas, side: int, times: int) -> dict[str, dict[str, list[float]]]:
    """Fill by colour; the naive way is Pillow's, over a 256² part alone."""
    part = Image.fromarray(photo(Size(TILE, TILE)))
    naive = [
        spent(lambda: ImageDraw.floodfill(part.copy(), (128, 128), (1, 2, 3), thresh=60))
        for _time in range(min(times, 3))
    ]
    result = {}
    for name, contiguous in (("fill what is alike", False), ("fill what hangs together", True)):
        fill = partial(shape, canvas.document.picture.pixels, side // 2, contiguous=contiguous)
        result[name] = {"ours": [spent(fill) for _time in range(times)], "theirs": naive}
    canvas.editor.fill_alike(side // 2, side // 2, TOLERANCE, contiguous=True)
    canvas.wait(lambda: canvas.document.undo_name == "Fill by colour")
    if (canvas.document.mask.pixels < fill()).any():
        raise SystemExit("the fill is another one")
    canvas.document.undo()
    canvas.wait()
    return result


def shape(pixels: Pixels, middle: int, *, contiguous: bool) -> Pixels:
    """Return what has the colour in the middle, as a fill by colour does in a thread."""
    found = fills.alike(pixels, middle, middle, TOLERANCE)
    return fills.connected(found, middle, middle) if contiguous else found


def exported(canvas: Canvas) -> JobFiles:
    """Write the files of a job, and return them."""
    files = list[JobFiles]()
    canvas.frame.exported.connect(files.append)
    canvas.frame.export()
    canvas.wait(lambda: bool(files))
    canvas.frame.exported.disconnect(files.append)
    return files[0]


def prepared(canvas: Canvas, side: int, times: int) -> tuple[dict[str, list[float]], JobFiles]:
    """Prepare a job with a region of 1024²; the naive way writes the whole picture and mask."""
    canvas.editor.clear()
    canvas.paint([(side / 2 - 150, side / 2), (side / 2 + 150, side / 2 + 100)])
    half = min(FILLED, side) // 2
    canvas.frame.drag(Box(side // 2 - half, side // 2 - half, side // 2 + half, side // 2 + half))
    ours, waited = [], []
    for number in range(times):  # another file each time: it is named by its content
        canvas.paint([(side / 2 + number, side / 2 + 120)])
        before, begun = time.process_time(), time.perf_counter()
        files = exported(canvas)
        ours.append(time.process_time() - before)
        waited.append(time.perf_counter() - begun)
    picture = conversion.picture_image(canvas.document.picture.pixels, alpha=False)
    mask = conversion.grey_image(canvas.document.mask.pixels)

    def naive() -> None:
        for image in (picture, mask):
            image.save(BytesIO(), "PNG")

    return {"ours": ours, "theirs": [spent(naive)], "wall": waited}, files


def accepted(canvas: Canvas, files: JobFiles, times: int) -> dict[str, list[float]]:
    """Accept a result; the naive way composites the whole picture through the whole mask."""
    ours, path = [], files.picture.with_name("result.png")
    with Image.open(files.picture) as source, Image.open(files.mask) as mask:
        inside = edges.grown(np.asarray(mask), files.edges.grow)
        Image.composite(Image.new("RGB", source.size, "red"), source, Image.fromarray(inside)).save(
            path
        )
    for _time in range(times):
        canvas.staged.add(path, files)
        canvas.wait(lambda: bool(canvas.staged.fills))
        ours.append(spent(canvas.staged.accept))
        canvas.document.undo()
        canvas.wait()
    picture = conversion.picture_image(canvas.document.picture.pixels, alpha=False)
    whole = conversion.grey_image(canvas.document.mask.pixels)
    red = Image.new("RGB", picture.size, "red")
    theirs = [spent(lambda: Image.composite(red, picture, whole)) for _time in range(min(times, 5))]
    layer = Layer(canvas.document.size, 4)
    box = files.region.box
    painted = np.full((box.size.height, box.size.width, 4), 255, np.uint8)
    black = np.zeros(painted.shape[:2], np.uint8)
    if compositing.lay(layer, box, painted, black) != (0, 0):
        raise SystemExit("something changed where the mask is black")
    return {"ours": ours, "theirs": theirs}


def used(side: int, times: int) -> dict[str, Any]:
    """Use a document of a square side."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "photo.png"
        Image.fromarray(photo(Size(side, side))).save(path, compress_level=1)
        canvas = Canvas(folder)
        canvas.open(path)
        told: dict[str, Any] = {"a stroke's event": stroke(canvas, side, 20 * times)}
        told |= undone(canvas, side, times)
        told["journal of a stroke"] = journalled(canvas, side, times, folder)
        told |= filled(canvas, side, max(1, times // 3))
        told["a job prepared"], files = prepared(canvas, side, max(1, times // 3))
        told["a fill accepted"] = accepted(canvas, files, times)
        canvas.document.close(discard=True)
        canvas.background.end()
    return told


def resident(size: Size) -> dict[str, float]:
    """Return the bytes that a document with ten strokes takes, and those of its picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "large.png"
        Image.effect_noise((size.width, size.height), 20).convert("RGB").save(
            path, compress_level=1
        )
        canvas = Canvas(folder)
        canvas.editor.set_brush(size=BRUSH, hardness=0.3)
        before = psutil.Process().memory_info().rss
        canvas.open(path)
        for number in range(10):
            canvas.paint(way(60, min(size.width, size.height), number * 31.0))
        canvas.wait()
        told = {
            "resident": float(psutil.Process().memory_info().rss),
            "before": float(before),
            "picture": float(size.width * size.height * 4),
        }
        canvas.document.close(discard=True)
        canvas.background.end()
    return told


def main() -> None:
    """Do one of the two."""
    parser = argparse.ArgumentParser(prog="canvas_use")
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--width", type=int, default=16_384)
    parser.add_argument("--height", type=int, default=6000)
    args = parser.parse_args()
    size = Size(args.width, args.height)
    told: Any = resident(size) if args.memory else used(args.side, args.times)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
