"""A hand at the fusion board of the real program: real drops and mouse events, the real engine.

    python -m benchmarks.board_use

Says its result as JSON in its last line.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from math import cos, pi, sin
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QPainter,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleFactory

from benchmarks.child import Served
from benchmarks.engine import ON_THREADS, OURS, STARTER_CASE, THEIRS, Case
from benchmarks.measures import FEWEST_PAIRS, FEWEST_RUNS, SHORT, Effort
from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Sketched,
)
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store import places
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.settings_file import Read
from kandinsky_desktop.ui.fusion.room import FusionRoom
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE = Qt.KeyboardModifier.NoModifier
PATIENCE_S = 120.0
CARDS = 12
FRAMES = 9
STRIP = "strip of nine"
MOVES, SHORT_MOVES = 240, 24
COLOURS = ("orange", "sienna", "teal", "navy", "olive", "plum")


class Hand(QObject):
    """Uses the board and takes down when things happened."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program
        self.state = program.state
        self.fusion = program.workspace.rooms.of(FusionRoom)
        self.board = self.fusion.board
        self.events: list[tuple[float, Event]] = []
        self.shown_at: list[float] = []  # when a preview that came was painted
        self._due = False
        self.painted = 0
        program.worker.happened.connect(self._hear)
        program.state.live_preview.image_changed.connect(self._picture)
        self.board.viewport().installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            QTimer.singleShot(0, self._note_paint)  # it is painted after this
            self.painted += 1
        return False

    def until(self, done: Callable[[], bool]) -> None:
        """Let the program run until something is so."""
        until(done)

    def drop(self, data: QMimeData) -> None:
        """Drag something over the board and let it go there."""
        viewport = self.board.viewport()
        point = QPoint(viewport.width() // 2, viewport.height() - 4)
        QApplication.sendEvent(viewport, QDragEnterEvent(point, COPY, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDragMoveEvent(point, COPY, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDropEvent(QPointF(point), COPY, data, LEFT, NONE))

    def clear(self) -> None:
        """Take all cards away."""
        self.state.board_editor.set_board(Board())
        self.until(self.quiet)
        self.events.clear()

    def shoot(self) -> None:
        """Press the button of the film."""
        QTest.mouseClick(self.fusion.film.shoot, LEFT)

    def quiet(self) -> bool:
        """Whether the engine rests and no card is on its way."""
        live, session = self.state.live_preview, self.state.job_queue
        return not live.running and session.jobs.running is None and self.board.still

    def heard(self, *kinds: type[Event]) -> list[float]:
        """Return when such things were said."""
        return [at for at, event in self.events if isinstance(event, kinds)]

    def carry(self, number: int, nearer: float) -> float:
        """Drag a card so much nearer to the middle or further away; return when it was let go."""
        view = self.board
        place = view.item_of(number).pos()
        start, end = view.mapFromScene(place), view.mapFromScene(place * nearer)
        QTest.mousePress(view.viewport(), LEFT, NONE, start)
        for part in range(1, 6):
            QTest.mouseMove(view.viewport(), start + (end - start) * part / 5)
        self.events.clear()
        self.shown_at.clear()
        self._due = False
        now = time.perf_counter()
        QTest.mouseRelease(view.viewport(), LEFT, NONE, end)
        return now

    def _note_paint(self) -> None:
        if self._due:
            self._due = False
            self.shown_at.append(time.perf_counter())

    def _picture(self, image: QImage) -> None:
        del image
        self._due = True

    def _hear(self, event: Event) -> None:
        self.events.append((time.perf_counter(), event))
        if isinstance(event, Failed):
            raise RuntimeError(event.reason)


def until(done: Callable[[], bool]) -> None:
    """Let the program run until something is so."""
    loop, began = QEventLoop(), time.monotonic()
    poll = QTimer(interval=2)

    def look() -> None:
        if done() or time.monotonic() - began > PATIENCE_S:
            loop.quit()

    poll.timeout.connect(look)
    poll.start()
    loop.exec()
    poll.stop()
    if not done():
        raise TimeoutError("the program did not come to what was waited for")


def previews(hand: Hand, effort: Effort) -> dict[str, list[float]]:
    """Let go of a card, again and again: when is there something to see, when is it whole."""
    hand.clear()
    hand.drop(_files(_pictures(2)))
    hand.until(lambda: bool(hand.heard(Sketched)) and hand.quiet())
    firsts: list[float] = []
    wholes: list[float] = []
    stops: list[float] = []
    turn, needed = 0, effort.warm_ups + effort.runs
    while turn < needed or len(stops) < effort.runs:
        released = hand.carry(1, 0.8 if turn % 2 else 1.25)
        hand.until(lambda: bool(hand.heard(Sketched)) and hand.quiet())
        firsts.append(hand.shown_at[0] - released)
        wholes.append(hand.shown_at[-1] - released)
        hand.carry(1, 0.9 if turn % 2 else 1.1)
        hand.until(lambda: bool(hand.shown_at))
        released = hand.carry(2, 0.8 if turn % 2 else 1.25)  # while the other one is painted
        hand.until(lambda: bool(hand.heard(Cancelled, Finished)))
        if hand.heard(Cancelled) and turn >= effort.warm_ups:
            stops.append(hand.heard(Cancelled)[0] - released)
        hand.until(hand.quiet)
        turn += 1
        if turn > 10 * needed:
            raise RuntimeError("every preview was finished before it could be ended")
    skipped = effort.warm_ups
    return {"first_s": firsts[skipped:], "whole_s": wholes[skipped:], "stopped_s": stops}


def strips(hand: Hand, case: Case, effort: Effort) -> dict[str, Any]:
    """Drop two prompts and shoot nine frames from one to the other; then diffusers, then us alone.

    Told of the board are the processor time of the engine's process and of the window's, and the
    time by the clock, from the second drop to the last frame.
    """
    fusion, filmstrip = hand.fusion, hand.state.filmstrip
    hand.state.draft.set_sampling(
        width=case.side,
        height=case.side,
        steps=case.steps,
        prior_steps=case.prior_steps,
        guidance=case.guidance,
        prior_guidance=case.prior_guidance,
    )
    QTest.mouseClick(fusion.pills.film, LEFT)
    hand.until(fusion.film.isVisible)
    ask = ["compare", *case.options, f"--workload={STRIP}", "--pairs=1", "--warm-ups=0"]
    board, alone, theirs = [], [], []
    with TemporaryDirectory() as cache:
        other = Served("-m", "benchmarks.painting", "serve", environment=ON_THREADS)
        for turn in range(effort.warm_ups + effort.pairs):
            hand.clear()
            hand.drop(_words(f"a red cat, take {turn}"))
            _until_idle()
            began = _spent()
            hand.drop(_words(f"a striped tiger, take {turn}"))
            hand.until(lambda: fusion.film.shoot.isEnabled() and len(filmstrip.frames) == FRAMES)
            hand.shoot()
            hand.until(lambda: not filmstrip.busy)
            ended = _spent()
            if len(filmstrip.made) < FRAMES:
                raise RuntimeError(f"only {len(filmstrip.made)} of {FRAMES} frames were made")
            hand.until(hand.quiet)
            told = other.ask([*ask, f"--cache={cache}", f"--turn={turn}"])[STRIP]["rounds"]
            if turn >= effort.warm_ups:
                board.append({name: ended[name] - began[name] for name in began})
                alone += told[OURS]
                theirs += told[THEIRS]
        other.close()
    QTest.mouseClick(fusion.film._close, LEFT)
    return {"board": board, "alone": alone, "theirs": theirs}


def _spent() -> dict[str, float]:
    """Return the processor time of the engine's process and of this one, and the clock's."""
    engine, here = _engine().cpu_times(), time.process_time()
    seconds = engine.user + engine.system
    return {"seconds": seconds, "window": here, "clock": time.perf_counter()}


def _until_idle() -> None:
    """Wait until the engine's process does nothing more."""
    while True:
        before = _spent()["seconds"]
        QTest.qWait(200)
        if _spent()["seconds"] - before < 0.02:
            return


def _engine() -> psutil.Process:
    (engine,) = (
        one
        for one in psutil.Process().children()
        if "kandinsky_desktop.engine" in " ".join(one.cmdline())
    )
    return engine


def frames(hand: Hand, moves: int) -> dict[str, list[float]]:
    """Drag a card among twelve: how long does each move take, until it is painted."""
    hand.clear()
    hand.drop(_files(_pictures(CARDS)))
    hand.until(lambda: bool(hand.heard(Sketched)) and hand.quiet())
    view = hand.board
    viewport = view.viewport()
    QTest.mousePress(viewport, LEFT, NONE, view.mapFromScene(view.item_of(1).pos()))
    took = []
    for move in range(moves):
        angle, near = 2 * pi * move / moves, 0.75 + 0.2 * sin(6 * pi * move / moves)
        point = QPointF(400 * near * cos(angle), 250 * near * sin(angle))
        QApplication.processEvents()
        painted, start = hand.painted, time.perf_counter()
        QTest.mouseMove(viewport, view.mapFromScene(point))
        QApplication.processEvents()
        if hand.painted > painted:
            took.append(time.perf_counter() - start)
    QTest.mouseRelease(viewport, LEFT, NONE, view.mapFromScene(point))
    hand.until(hand.quiet)
    if len(took) < moves / 2:
        raise RuntimeError(f"only {len(took)} of {moves} moves were painted")
    return {"frame_s": took}


def _pictures(count: int) -> list[Path]:
    paths = []
    for number in range(count):
        path = places.dropped() / f"picture-{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image = QImage(512, 512, QImage.Format.Format_RGB32)
        image.fill(QColor(COLOURS[number % len(COLOURS)]))
        painter = QPainter(image)
        painter.setBrush(QColor("white"))
        painter.drawEllipse(40 + 20 * number, 60, 200, 300)
        painter.end()
        image.save(str(path))
        paths.append(path)
    return paths


def _files(paths: Iterable[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def _words(words: str) -> QMimeData:
    data = QMimeData()
    data.setText(words)
    return data


def main() -> int:
    """Run one program and do all of it there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board_use", description=__doc__)
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS)
    parser.add_argument("--pairs", type=int, default=FEWEST_PAIRS)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    effort = SHORT if args.short else Effort(runs=args.runs, pairs=args.pairs)
    application = QApplication([])
    application.setStyle(QStyleFactory.create("Fusion"))
    settings = Settings(theme="light")
    window = MainWindow(tokens_for(settings.theme), 1.0, "")
    window.show()
    program = Program(application, window, Read(settings), Layout())
    hand = Hand(program)
    program.start()
    hand.until(lambda: program.state.draft.model is not None)
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    hand.until(hand.board.isVisible)
    said = previews(hand, effort) | strips(hand, STARTER_CASE.at(effort), effort)
    said |= frames(hand, SHORT_MOVES if effort.short else MOVES)
    window.close()
    program.end()
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
