"""Live painting in the real program: strokes with the mouse, and when their previews are seen.

    python -m benchmarks.canvas_live_use --runs 20 --strokes 200

Says its result as JSON in its last line: seconds by the clock, bytes of both processes.
"""

import argparse
import gc
import json
import sys
import time
from math import cos, sin
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleFactory

from benchmarks.board_use import LEFT, NONE, until
from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.events import Cancelled, Event, Failed, Finished, Sketched
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.settings_file import Read
from kandinsky_desktop.ui.canvas.room import CanvasRoom
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

SIDE = 512  # of the picture
SETTLED = 20  # strokes before memory is looked at first


class Hand(QObject):
    """Paints with the mouse, and takes down when something was seen."""

    def __init__(self, program: Program, picture: Path) -> None:
        super().__init__()
        self.state = program.state
        self.room = program.workspace.rooms.of(CanvasRoom)
        program.workspace.rooms.enter("canvas")
        self.canvas = self.state.canvas
        self.room.open_picture(picture)
        until(lambda: self.canvas.is_open and not self.canvas.document.busy)
        self.view = self.room.desk.view
        self.events: list[tuple[float, Event]] = []
        self.seen_at: list[float] = []  # when a preview was painted
        self._due = False
        self._turn = 0
        program.worker.happened.connect(self._hear)
        self.canvas.fills.shown_changed.connect(self._on_shown)
        self.view.installEventFilter(self)
        self.room.gestures.aim_at("sketch")
        self.canvas.sketch.set_brush(size=40.0)
        self.room.live.set_on(True)
        until(lambda: bool(self.heard(Sketched)) and self.quiet)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._due:
            self._due = False
            QTimer.singleShot(0, self._note_seen)  # it is painted after this
        return False

    def stroke(self) -> float:
        """Draw another stroke, and return when it ended."""
        self._turn += 1
        middle, points = self.view.rect().center(), list[QPoint]()
        for step in range(6):
            turn = self._turn * 1.7 + step * 0.3
            points.append(middle + QPoint(round(120 * cos(turn)), round(120 * sin(1.3 * turn))))
        shades = (self._turn * 37 % 256, self._turn * 91 % 256, self._turn * 53 % 256)
        self.canvas.sketch.set_colour(shades)
        QTest.mousePress(self.view, LEFT, NONE, points[0])
        for point in points[1:]:
            QTest.mouseMove(self.view, point)
        self.events.clear()
        self.seen_at.clear()
        self._due = False
        now = time.perf_counter()
        QTest.mouseRelease(self.view, LEFT, NONE, points[-1])
        return now

    @property
    def quiet(self) -> bool:
        """Whether the engine has nothing to preview."""
        return not self.state.live_preview.busy

    def heard(self, *kinds: type[Event]) -> list[float]:
        """Return when such things were said."""
        return [at for at, event in self.events if isinstance(event, kinds)]

    def _note_seen(self) -> None:
        self.seen_at.append(time.perf_counter())

    def _on_shown(self, box: object) -> None:
        del box
        self._due = self.canvas.fills.preview is not None

    def _hear(self, event: Event) -> None:
        self.events.append((time.perf_counter(), event))
        if isinstance(event, Failed):
            raise RuntimeError(event.reason)


def delays(hand: Hand, runs: int) -> dict[str, list[float]]:
    """End strokes while nothing runs, and while an older preview does."""
    firsts, stops = list[float](), list[float]()
    while len(firsts) < runs or len(stops) < runs:
        until(lambda: hand.quiet)
        ended = hand.stroke()
        until(lambda: bool(hand.seen_at))
        firsts.append(hand.seen_at[0] - ended)
        ended = hand.stroke()  # while the other one is painted
        until(lambda: bool(hand.heard(Cancelled, Finished)))
        if hand.heard(Cancelled):
            stops.append(hand.heard(Cancelled)[0] - ended)
        until(lambda: bool(hand.seen_at))
    return {"first_s": firsts, "stopped_s": stops}


def session(hand: Hand, strokes: int) -> dict[str, list[int]]:
    """Paint so many strokes, each over the preview of the last; what do both processes hold."""
    settled = min(SETTLED, strokes // 3)
    for number in range(strokes + settled):
        if number == settled:
            before = _memory(hand)
        hand.stroke()
        until(lambda: bool(hand.seen_at))
    until(lambda: hand.quiet)
    after = _memory(hand)
    return {"window_bytes": [before[0], after[0]], "engine_bytes": [before[1], after[1]]}


def _memory(hand: Hand) -> tuple[int, int]:
    """Return what the window holds besides undo, which grows by design, and the engine."""
    until(lambda: hand.quiet)
    gc.collect()
    document = hand.canvas.document
    window = psutil.Process().memory_full_info().uss - document.held_bytes
    (engine,) = (
        one
        for one in psutil.Process().children()
        if "kandinsky_desktop.engine" in " ".join(one.cmdline())
    )
    return window, engine.memory_full_info().uss


def main() -> int:
    """Run one program and do all of it there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.canvas_live_use")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--strokes", type=int, default=200)
    args = parser.parse_args()
    application = QApplication([])
    application.setStyle(QStyleFactory.create("Fusion"))
    settings = Settings(theme="light")
    window = MainWindow(tokens_for(settings.theme), 1.0, "")
    window.show()
    program = Program(application, window, Read(settings), Layout())
    program.start()
    until(lambda: program.state.draft.model is not None)
    program.state.draft.set(prompt="a rainbow over a red mountain")
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#DDCCAA"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ground.png"
        image.save(str(path))
        hand = Hand(program, path)
        said = delays(hand, args.runs) | session(hand, args.strokes)
    window.close()
    program.end()
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
