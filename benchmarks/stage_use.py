"""The window as it is waited in and clicked through, without an engine: what that costs.

    python -m benchmarks.stage_use

Processor time of all threads, from the event to the end of the painting. Says its result as JSON
in its last line.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QStyleFactory

from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.events import Finished, Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store import places
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.settings_file import Read
from kandinsky_desktop.ui.create.room import CreateRoom
from kandinsky_desktop.ui.create.stage import Stage
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

FRAMES, TURNS = 60, 20
SHORT_FRAMES, SHORT_TURNS = 4, 2
SIDE = 768  # of the pictures: a full Kandinsky's
COLOURS = ("orange", "teal", "navy", "plum")
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Use:
    """One window, and the processor time that acts in it take."""

    def __init__(self) -> None:
        self._qt = QApplication([])
        self._qt.setStyle(QStyleFactory.create("Fusion"))
        window = MainWindow(tokens_for("dark"), 1.0, "")
        window.resize(1280, 800)
        window.show()
        self.program = Program(self._qt, window, Read(Settings(theme="dark")), Layout())
        self.create = self.program.workspace.rooms.of(CreateRoom)
        self._qt.processEvents()

    def spent(self, act: Callable[[], object]) -> float:
        """Return the seconds of processor time until what an act changed is painted."""
        self._qt.processEvents()
        before = time.process_time()
        act()
        self._qt.processEvents()
        return time.process_time() - before

    def wait(self, seconds: float) -> None:
        """Let fades end and pictures be read."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._qt.processEvents()
            time.sleep(0.01)


def begin(use: Use) -> Job:
    """Let a job of four begin, so that they are waited for."""
    job = Job(Paint(conditioning=Prompt("a picture"), count=len(COLOURS)))
    use.program.state.viewer.on_job_started(job)
    use.wait(0.4)
    return job


def finish(use: Use, job: Job) -> None:
    """Let its pictures be there."""
    folder, viewer = places.pictures(), use.program.state.viewer
    folder.mkdir(parents=True, exist_ok=True)
    for number, colour in enumerate(COLOURS):
        image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        path: Path = folder / f"{colour}.png"
        image.save(str(path))
        viewer.on_picture_made(job, Made(path, number, number))
    viewer.on_job_ended(job, Finished(job.id))
    use.wait(0.8)


def click(stage: Stage, number: int, *kinds: QEvent.Type) -> None:
    """Click on a picture of the grid."""
    at = stage.places[number].center()
    for kind in kinds:
        event = QMouseEvent(kind, at, QPointF(stage.mapToGlobal(at)), LEFT, LEFT, NONE)
        QApplication.sendEvent(stage, event)


def main() -> None:
    """Wait, click, open and go back, switch place and theme."""
    parser = argparse.ArgumentParser(prog="stage_use")
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args().short
    frames, turns = (SHORT_FRAMES, SHORT_TURNS) if short else (FRAMES, TURNS)
    use = Use()
    stage, program = use.create.stage, use.program
    press, release = QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease
    twice = QEvent.Type.MouseButtonDblClick
    job = begin(use)
    if not stage.drifting:
        raise SystemExit("the wash does not drift")
    told: dict[str, list[float]] = {"frame": [use.spent(stage.drift) for _ in range(frames)]}
    finish(use, job)
    told["click"], told["place"], told["theme"] = [], [], []
    for turn in range(turns):
        number = (turn + 1) % len(COLOURS)
        told["click"] += [
            use.spent(partial(click, stage, number, press, release)),
            use.spent(partial(click, stage, number, twice, release)),
            use.spent(use.create.escape),
        ]
        if stage.current != number:
            raise SystemExit("the click was not heard")
        for room in ("fusion", "create"):
            told["place"].append(use.spent(partial(program.workspace.rooms.enter, room)))
        told["theme"].append(use.spent(partial(program.workspace.action_set.trigger, "theme")))
        use.wait(0.02)
    program.end()
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
