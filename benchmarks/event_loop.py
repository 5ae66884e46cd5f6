"""How long the window is deaf: a timer of 5 ms in the real program, while it idles and works.

    python -m benchmarks.event_loop --prior-steps 25 --steps 30 --count 2

Says its result as JSON in its last line.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QStyleFactory

from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.events import (
    Event,
    Failed,
    Finished,
    Loading,
    Made,
    Progressed,
    Started,
    Stepped,
)
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.settings_file import Read
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

TICK_MS = 5
SETTLING_S = 1.0
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Tick:
    """The end of one gap: how long it was, and what the program did meanwhile."""

    phase: str  # "settling", "idle", "starting", "loading", "sampling", "saving"
    gap_ms: float


class Listener(QObject):
    """Counts the gaps and drives the program through one job."""

    def __init__(
        self, application: QApplication, program: Program, request: Paint, idle_s: float
    ) -> None:
        super().__init__()
        self._application, self._program, self._request = application, program, request
        self._idle_s = idle_s
        self._phase, self._phase_since = "settling", time.perf_counter()
        self._began = self._last = time.perf_counter()
        self.ticks: list[Tick] = []
        self.entered: set[str] = set()  # phases, also those that passed within one gap
        self.failed = ""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        program.worker.happened.connect(self._hear)

    def listen(self) -> None:
        """Run until the job is done."""
        self._timer.start()
        self._application.exec()

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        self.ticks.append(Tick(self._phase, (now - self._last) * 1000))
        self._last = now
        lasted = now - self._phase_since
        if now - self._began > PATIENCE_S:
            self._leave(f"still {self._phase} after {PATIENCE_S:.0f} s")
        elif self._phase == "settling" and lasted > SETTLING_S:
            self._enter("idle")
        elif self._phase == "idle" and lasted > self._idle_s:
            self._enter("starting")
            self._program.start()
        elif self._phase == "starting" and not self._submitted and self._program.state.draft.model:
            self._submitted = True
            model = self._program.state.draft.model.name
            self._program.state.job_queue.submit(replace(self._request, model=model))

    _submitted = False

    @Slot(object)
    def _hear(self, event: Event) -> None:
        match event:
            case Started():
                self._enter("starting")
            case Progressed(progress=Loading()):
                self._enter("loading")
            case Progressed(progress=Stepped(stage="decoder", step=step, of=of)) if step == of:
                self._enter("saving")
            case Progressed(progress=Stepped()):
                self._enter("sampling")
            case Progressed(progress=Made()) | Finished():
                QTimer.singleShot(500, self._finish)  # thumbnails and the stage come after
            case Failed(reason=reason):
                self._leave(reason)
            case _:
                pass

    @Slot()
    def _finish(self) -> None:
        if self._program.state.job_queue.jobs.running is None:
            self._leave("")

    def _leave(self, why: str) -> None:
        self.failed = self.failed or why
        self._timer.stop()
        self._application.quit()

    def _enter(self, phase: str) -> None:
        if phase != self._phase:
            self._phase, self._phase_since = phase, time.perf_counter()
            self.entered.add(phase)


def summary(gaps: list[float]) -> dict[str, float]:
    """Return the longest gap and the one that 99 of 100 are below, in ms."""
    ordered = sorted(gaps)
    return {"max": ordered[-1], "p99": ordered[int(0.99 * (len(ordered) - 1))]}


def main() -> int:
    """Run one program and one job in it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.event_loop", description=__doc__)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--prior-steps", type=int, default=25)
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--idle", type=float, default=5.0, help="how many seconds, before")
    args = parser.parse_args()
    application = QApplication([])
    application.setStyle(QStyleFactory.create("Fusion"))
    settings = Settings(theme="light")
    window = MainWindow(tokens_for(settings.theme), 1.0, "")
    window.show()
    program = Program(application, window, Read(settings), Layout())
    request = Paint(conditioning=Prompt("a red cat"), count=args.count)
    sampling = replace(
        request.sampling,
        width=args.side,
        height=args.side,
        steps=args.steps,
        prior_steps=args.prior_steps,
    )
    listener = Listener(application, program, replace(request, sampling=sampling), args.idle)
    listener.listen()
    window.close()
    program.end()
    gaps: dict[str, list[float]] = {}
    for tick in listener.ticks:
        gaps.setdefault(tick.phase, []).append(tick.gap_ms)
    idle = gaps.pop("idle", [])
    gaps.pop("settling", None)
    if listener.failed or not idle or "sampling" not in listener.entered:
        sys.stderr.write(f"{listener.failed or 'the program did not come to its job'}\n")
        return 1
    said = {
        "idle": summary(idle),
        "busy": summary([gap for phase in gaps.values() for gap in phase]),
        "phases": {phase: summary(found) for phase, found in gaps.items()},
        "ticks": len(listener.ticks),
    }
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
