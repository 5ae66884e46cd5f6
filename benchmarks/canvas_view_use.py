"""A hand on the view of the canvas, beside the naive one: from a mouse event to the painted frame.

    python -m benchmarks.canvas_view_use --side 4096
    QT_SCALE_FACTOR=2 python -m benchmarks.canvas_view_use --side 4096

The naive one holds the mask as one ARGB image, draws in it with a round pen, and paints all of both
after each event. Processor time in milliseconds, of the window's thread and of all; says its result
as JSON in its last line.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from math import cos, sin
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.raster.layer import Layer
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.state.sketch_editor import SketchEditor
from kandinsky_desktop.ui.canvas.gestures import Gestures
from kandinsky_desktop.ui.canvas.view import CanvasView
from kandinsky_desktop.ui.theme import Theme

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
WIDE, HIGH = 1000, 700
BRUSH = 200.0
EVENTS, SHORT_EVENTS = 300, 12
REPAINTS = 15
RUNS = 5  # of a stroke; the best counts, since neighbours only ever cost time
FILLED = 1024  # side of a fill that waits
LOOKS = (("fit", 0.0), ("16 %", 0.16), ("30 %", 0.3), ("100 %", 1.0), ("400 %", 4.0))
ALL = ", all threads"
CLOCKS: dict[str, Callable[[], float]] = {"": time.thread_time, ALL: time.process_time}


class Naive(QWidget):
    """One ARGB image for the mask, a round pen, and all of it painted after each event."""

    def __init__(self, picture: QImage) -> None:
        super().__init__()
        self._picture = picture
        self._mask = QImage(picture.size(), QImage.Format.Format_ARGB32_Premultiplied)
        self._mask.fill(0)
        self._zoom, self._corner, self._last = 1.0, QPointF(), QPointF()

    def look_at_middle(self, zoom: float) -> None:
        """Show the middle of the picture, at so many pixels of the screen a pixel."""
        self._zoom = zoom / self.devicePixelRatioF()
        size = self._picture.size()
        middle = QPointF(size.width() / 2, size.height() / 2)
        self._corner = QPointF(self.width() / 2, self.height() / 2) - middle * self._zoom
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = (event.position() - self._corner) / self._zoom

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = (event.position() - self._corner) / self._zoom
        painter = QPainter(self._mask)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        cap = Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(QColor(47, 91, 216, 148), BRUSH, Qt.PenStyle.SolidLine, cap))
        painter.drawLine(self._last, here)
        painter.end()
        self._last = here
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(self._corner)
        painter.scale(self._zoom, self._zoom)
        painter.drawImage(0, 0, self._picture)
        painter.drawImage(0, 0, self._mask)


class Ours:
    """The view, with the document and the tools behind it."""

    def __init__(self, application: QApplication, picture: QImage, folder: Path) -> None:
        theme = Theme(application)
        theme.apply("light", 100, motion=False)
        self.background = Background()
        self.document = CanvasDocument(self.background, folder)
        self.editor = MaskEditor(self.background, self.document)
        self.sketch = SketchEditor(self.background, self.document)
        self.view, self.gestures = CanvasView(theme), Gestures(self.editor, self.sketch)
        view, gestures = self.view, self.gestures
        view.pressed.connect(gestures.press)
        view.moved.connect(gestures.move)
        view.released.connect(gestures.release)
        self.document.layer_changed.connect(view.refresh_layer)
        self.editor.used_changed.connect(view.refresh)
        self.editor.settled.connect(lambda: view.show_mask(self.editor.used, self.editor.mask_box))
        self.document.open_image(picture, "bench")
        wait(lambda: self.document.is_open)
        self.editor.set_brush(size=BRUSH, hardness=0.5)
        self.sketch.set_brush(size=BRUSH, hardness=0.5)
        view.resize(WIDE, HIGH)
        view.show()
        view.show_layers(self.document.picture, self.editor.used, self.document.sketch)
        view.show_brush(BRUSH)

    def begin_anew(self) -> None:
        """Have an empty mask, with nothing worked out in a thread any more."""
        self.editor.clear()
        self.sketch.clear()
        wait(lambda: self.editor.is_settled and not self.document.busy)

    def look_at_middle(self, zoom: float) -> None:
        """Show the middle of the picture; a zoom of 0 fits it."""
        self.view.fit()
        if zoom:
            self.view._zoom_to(zoom, self.view._middle)


def wait(done: Callable[[], bool]) -> None:
    """Let events be handled until something is so."""
    while not done():
        QApplication.processEvents()
        time.sleep(0.002)


def spent(act: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return the processor time in milliseconds until what an act changed is painted.

    Qt scales large pictures in threads of its own, so that only the time of all tells of those.
    """
    QApplication.processEvents()
    before = clock()
    act()
    QApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)
    QApplication.processEvents()
    return (clock() - before) * 1000


def send(widget: QWidget, kind: QEvent.Type, at: QPointF) -> None:
    """Send a mouse event to a widget."""
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
    event = QMouseEvent(kind, at, QPointF(widget.mapToGlobal(at)), button, LEFT, NONE)
    QApplication.sendEvent(widget, event)


def stroke(widget: QWidget, events: int, clock: Callable[[], float]) -> list[float]:
    """Draw in loops over the middle, and return what each move costs until it is painted."""
    middle, reach = QPointF(WIDE / 2, HIGH / 2), min(WIDE, HIGH) * 0.35
    send(widget, QEvent.Type.MouseButtonPress, middle)
    costs = []
    for number in range(events):
        turn = number / 17
        at = middle + QPointF(reach * cos(turn) * 0.9, reach * sin(turn * 1.3))

        def move(at: QPointF = at) -> None:
            send(widget, QEvent.Type.MouseMove, at)

        costs.append(spent(move, clock))
    send(widget, QEvent.Type.MouseButtonRelease, middle)
    return costs


def coloured(ours: Ours, events: int) -> list[float]:
    """Draw in colour, and return what each move costs the window's thread until it is painted."""
    ours.begin_anew()
    return stroke(ours.view, events, time.thread_time)


def best(take: Callable[[], list[float]], runs: int) -> list[float]:
    """Return the run of several with the least 95th percentile."""
    return min((take() for _run in range(runs)), key=lambda one: sorted(one)[len(one) * 19 // 20])


def panned(view: CanvasView) -> list[float]:
    """Move the picture by steps of a hand, to and fro."""
    steps = [QPointF(8, 0) if turn % 4 < 2 else QPointF(-8, 5) for turn in range(2 * REPAINTS)]
    return [spent(partial(view.pan, step)) for step in steps]


def hovered(view: CanvasView) -> list[float]:
    """Move the hand with no button pressed."""
    middle = QPointF(WIDE / 2, HIGH / 2)
    places = [middle + QPointF(turn * 9, 40 * sin(turn)) for turn in range(2 * REPAINTS)]
    return [spent(partial(hover, view, at)) for at in places]


def hover(view: CanvasView, at: QPointF) -> None:
    """Send a move with no button pressed."""
    none = Qt.MouseButton.NoButton
    place = QPointF(view.mapToGlobal(at))
    QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, at, place, none, none, NONE))


def flipped(ours: Ours, side: int) -> list[float]:
    """Show two fills in turn, at 100 %."""
    ours.look_at_middle(1.0)
    filled = min(FILLED, side)
    layers = [Layer(Size(filled, filled), 4), Layer(Size(filled, filled), 4)]
    layers[1].changing(layers[1].box)[...] = 200
    place = layers[0].box.moved((side - filled) // 2, (side - filled) // 2)
    return [
        spent(lambda number=number: ours.view.show_fill(layers[number % 2], place))  # type: ignore[misc]
        for number in range(REPAINTS)
    ]


def main() -> None:
    """Paint with both at three zooms; repaint, undo and flip with ours."""
    parser = argparse.ArgumentParser(prog="canvas_view_use")
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    events, runs = (SHORT_EVENTS, 1) if args.short else (EVENTS, RUNS)
    application = QApplication([])
    application.setStyle("Fusion")
    picture = QImage(args.side, args.side, QImage.Format.Format_RGB32)
    picture.fill(QColor("#8899AA"))
    painter = QPainter(picture)
    for number in range(0, args.side, 64):
        painter.fillRect(number, 0, 24, args.side, QColor(number % 256, 90, 200))
    painter.end()
    told: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(application, picture, Path(folder))
        naive, fewer = Naive(picture), max(events // 6, 6)
        naive.resize(WIDE, HIGH)
        naive.show()
        ratio = naive.devicePixelRatioF()
        fitted = min(WIDE, HIGH) * ratio / args.side
        for name, zoom in (("fit", 0.0), ("100 %", 1.0), ("400 %", 4.0)):
            ours.look_at_middle(zoom)
            naive.look_at_middle(zoom or fitted)
            wait(lambda: not ours.document.busy)
            for kind, clock in CLOCKS.items():

                def mine(clock: Callable[[], float] = clock) -> list[float]:
                    ours.begin_anew()
                    return stroke(ours.view, events, clock)

                told[f"ours {name}{kind}"] = best(mine, runs)
            ours.gestures.aim_at("sketch")
            ours.view.show_sketching(True)
            told[f"colour {name}"] = best(partial(coloured, ours, events), runs)
            ours.gestures.aim_at("mask")
            ours.view.show_sketching(False)
            ours.begin_anew()
            told[f"naive {name}{ALL}"] = best(partial(stroke, naive, fewer, CLOCKS[ALL]), runs)
            wait(lambda: not ours.document.busy)
        for turned, label in ((0.0, ""), (15.0, "turned ")):
            for name, zoom in LOOKS:
                ours.look_at_middle(zoom)
                ours.view.rotate(turned)
                told[f"{label}repaint {name}"] = [
                    spent(ours.view._renew_all) for _turn in range(REPAINTS)
                ]
                told[f"{label}pan {name}"] = panned(ours.view)
                ours.view.rotate(-turned)
        ours.look_at_middle(0.0)
        told["hover"] = hovered(ours.view)
        told["undo"] = [
            spent(ours.document.undo if turn % 2 == 0 else ours.document.redo)
            for turn in range(REPAINTS)
        ]
        told["flip"] = flipped(ours, args.side)
        ours.background.end()
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
