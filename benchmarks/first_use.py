"""How soon the first picture is there, and how soon a press of the button is answered.

    python -m benchmarks.first_use

Starts the real program, clicks its first suggestion, and then presses the big button a few times.
Says its result as JSON in its last line; moments are of `time.monotonic`, which all share.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleFactory

from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.events import Event, Made, Progressed, Stepped
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.settings_file import Read
from kandinsky_desktop.ui.create.room import CreateRoom
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
PRESSES = 7
PATIENCE_S = 300.0


class Watch:
    """The program, and when things happened in it."""

    def __init__(self) -> None:
        self._qt = QApplication([])
        self._qt.setStyle(QStyleFactory.create("Fusion"))
        window = MainWindow(tokens_for("light"), 1.0, "")
        window.resize(1280, 800)
        window.show()
        self.program = Program(self._qt, window, Read(Settings()), Layout())
        self.create = self.program.workspace.rooms.of(CreateRoom)
        self.events: list[tuple[float, Event]] = []
        self.program.worker.happened.connect(self._note)
        self.program.start()

    def wait(self, done: Callable[[], bool]) -> float:
        """Handle events until something is so; return when it was."""
        begin = time.monotonic()
        while not done():
            if time.monotonic() - begin > PATIENCE_S:
                raise SystemExit(f"nothing after {PATIENCE_S:.0f} s")
            self._qt.processEvents()
            time.sleep(0.001)
        return time.monotonic()

    def idle(self) -> bool:
        """Whether no job runs."""
        return self.program.state.job_queue.jobs.running is None

    def made(self) -> list[float]:
        """When pictures were on the disk."""
        return [
            at
            for at, event in self.events
            if isinstance(event, Progressed) and isinstance(event.progress, Made)
        ]

    def steps(self) -> list[Stepped]:
        """All steps of the samplers so far."""
        heard = (event.progress for _at, event in self.events if isinstance(event, Progressed))
        return [one for one in heard if isinstance(one, Stepped)]

    def _note(self, event: Event) -> None:
        self.events.append((time.monotonic(), event))


def previewed(watch: Watch) -> bool:
    """Whether the stage shows a preview of the job: a prediction of the picture, not the wash."""
    return any(one.preview is not None for one in watch.program.state.viewer.images)


def main() -> None:
    """Click a suggestion, wait for its first picture, then press the button."""
    parser = argparse.ArgumentParser(prog="first_use")
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args().short
    watch = Watch()
    state, create = watch.program.state, watch.create
    watch.wait(lambda: state.draft.model is not None and create.welcome.isVisible())
    if short:
        values = state.draft.values
        sampling = replace(values.sampling, steps=2, prior_steps=2)
        state.draft._history.amend(replace(values, count=1, sampling=sampling))
    tile = create.welcome.suggestions[0]
    QTest.mouseClick(tile, LEFT, pos=tile.rect().center())
    watch.wait(lambda: bool(watch.made()))
    first, own = watch.made()[0], sum(step.seconds for step in watch.steps())
    watch.wait(watch.idle)
    answers = []
    for _press in range(2 if short else PRESSES):
        watch.wait(watch.idle)
        pressed = time.monotonic()
        QTest.mouseClick(create.prompt.run_button, LEFT, pos=QPoint(8, 8))
        answers.append(watch.wait(lambda: previewed(watch) or watch.idle()) - pressed)
        watch.wait(watch.idle)
    watch.program.end()
    sys.stdout.write(json.dumps({"first": first, "steps": own, "answers": answers}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # nothing is measured of how Python takes a window apart


if __name__ == "__main__":
    main()
