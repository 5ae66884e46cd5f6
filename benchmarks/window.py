"""The window: how soon it is painted, and how long it is deaf while the engine works."""

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import child
from benchmarks.engine import make_model
from benchmarks.half import HALF_MODEL, NARROW_MODEL, STARTER_SIDE
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure
from kandinsky_desktop.ui.wash import FRAMES_A_SECOND

BARE = Path(__file__).with_name("bare_window.py")
FIRST_PAINT = Aim("first paint of the window", "s", 1.5)
MOST_MS, MOST_P99_MS = 60.0, 20.0  # above the idle baseline
WASH = Aim("wash, while a picture is awaited", "%", 1.0)  # of a core
WASH_PERCENT = 4.0
USE_AIMS = tuple(
    Aim(f"window: {what}, p95", "ms", 1.0)
    for what in ("a click on the stage", "another place", "another theme")
)
USE_MS = 50.0
IMPORTS = "import torch, diffusers; print('{}')"
FIRST_PICTURE = Aim("start of the process to a suggestion's first picture", "s", 1.3)
ANSWER = Aim("press of the button to the first preview, model loaded", "ms", 1.0)
ANSWER_MS = 150.0
MOST_STARTS = 5


def first_paint(effort: Effort) -> list[Measure]:
    """Start our window and a bare one in turn; the time is from the start of the process."""
    ours: list[float] = []
    theirs: list[float] = []
    furnished: list[float] = []
    for turn in range(effort.warm_ups + effort.runs):
        with tempfile.TemporaryDirectory() as home:
            start = time.monotonic()
            said = child.run(
                "-m",
                "kandinsky_desktop",
                environment=display() | {"KANDINSKY_HOME": home, "KANDINSKY_FIRST_PAINT": "1"},
            )
        if said["heavy"]:
            raise CannotMeasure(f"the window had imported {', '.join(said['heavy'])}")
        bare_start = time.monotonic()
        bare = child.run(str(BARE), environment=display())
        if turn >= effort.warm_ups:  # the first writes byte code and warms the disk's cache
            ours.append(said["painted_at"] - start)
            furnished.append(said["furnished_at"] - start)
            theirs.append(bare["painted_at"] - bare_start)
    return [
        Measure(
            name=FIRST_PAINT.name,
            ours=median(ours),
            theirs=median(theirs),
            unit=FIRST_PAINT.unit,
            goal=FIRST_PAINT.goal,
            runs=effort.runs,
            note=(
                f"against a bare QMainWindow; all panels painted after {median(furnished):.3f} s;"
                " no torch, diffusers, transformers, numpy imported then"
            ),
        )
    ]


def used(effort: Effort) -> list[Measure]:
    """Wait and click through the real window, without an engine."""
    with tempfile.TemporaryDirectory() as home:
        told = child.run(
            "-m",
            "benchmarks.stage_use",
            *(["--short"] if effort.short else []),
            environment=display() | {"KANDINSKY_HOME": home},
        )
    frame = median(told.pop("frame"))
    measures = [
        Measure(
            name=WASH.name,
            ours=frame * FRAMES_A_SECOND * 100,
            theirs=WASH_PERCENT,
            unit=WASH.unit,
            goal=WASH.goal,
            runs=1,
            note=f"{frame * 1000:.1f} ms a frame, four panes of 265 px, all of it painted",
        )
    ]
    for aim, seconds in zip(USE_AIMS, told.values(), strict=True):
        ordered = sorted(seconds)
        measures.append(
            Measure(
                name=aim.name,
                ours=ordered[int(0.95 * (len(ordered) - 1))] * 1000,
                theirs=USE_MS,
                unit=aim.unit,
                goal=aim.goal,
                runs=len(ordered),
                note=f"processor time of all threads; median {median(ordered) * 1000:.1f} ms",
            )
        )
    return measures


def first_use(effort: Effort) -> list[Measure]:
    """From the start of the process to a suggestion's first picture; and presses of the button."""
    ours: list[float] = []
    theirs: list[float] = []
    steps: list[float] = []
    answers: list[float] = []
    for _turn in range(effort.warm_ups + min(effort.runs, MOST_STARTS)):
        start = time.monotonic()
        child.run("-c", IMPORTS)
        bare = time.monotonic() - start
        with tempfile.TemporaryDirectory() as home:
            start = time.monotonic()
            told = child.run(
                "-m",
                "benchmarks.first_use",
                *(["--short"] if effort.short else []),
                environment=display() | {"KANDINSKY_HOME": home},
            )
        ours.append(told["first"] - start)
        steps.append(told["steps"])
        theirs.append(bare + told["steps"])
        answers += told["answers"]
    answers.sort()
    return [
        Measure(
            name=FIRST_PICTURE.name,
            ours=median(ours[effort.warm_ups :]),
            theirs=median(theirs[effort.warm_ups :]),
            unit=FIRST_PICTURE.unit,
            goal=FIRST_PICTURE.goal,
            runs=len(ours) - effort.warm_ups,
            note=(
                "against `import torch, diffusers` and the steps' own"
                f" {median(steps):.2f} s, for four pictures at once"
            ),
        ),
        Measure(
            name=ANSWER.name,
            ours=median(answers) * 1000,
            theirs=ANSWER_MS,
            unit=ANSWER.unit,
            goal=ANSWER.goal,
            runs=len(answers),
            note=f"longest {answers[-1] * 1000:.0f} ms",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A job that the engine does while we listen."""

    name: str
    options: tuple[str, ...]
    half_model: bool = False

    @property
    def aims(self) -> tuple[Aim, Aim]:
        """The longest gap, and the one that 99 of 100 are below."""
        return (
            Aim(f"event loop, {self.name}: longest gap", "ms", 1.0),
            Aim(f"event loop, {self.name}: p99 gap", "ms", 1.0),
        )


def gaps(work: Work, effort: Effort) -> list[Measure]:
    """Listen to the real program while its engine starts, loads, samples and saves."""
    models: dict[str, str] = {}
    if work.half_model:
        model = NARROW_MODEL if effort.short else HALF_MODEL
        make_model(model, effort)
        models = {"KANDINSKY_MODELS": str(model.parent.absolute())}
    options = SHORT_OPTIONS if effort.short else work.options
    heard = []
    for _turn in range(effort.runs):
        with tempfile.TemporaryDirectory() as home:
            environment = display() | {"KANDINSKY_HOME": home} | models
            heard.append(
                child.run("-m", "benchmarks.event_loop", *options, environment=environment)
            )
    longest, p99 = work.aims
    return [
        _above_idle(longest, heard, "max", MOST_MS),
        _above_idle(p99, heard, "p99", MOST_P99_MS),
    ]


def _above_idle(aim: Aim, heard: list[Any], which: str, limit: float) -> Measure:
    phases = {
        phase: median(one["phases"].get(phase, {which: 0.0})[which] for one in heard)
        for phase in ("starting", "loading", "sampling", "saving")
    }
    idle = median(one["idle"][which] for one in heard)
    return Measure(
        name=aim.name,
        ours=max(0.0, median(one["busy"][which] - one["idle"][which] for one in heard)),
        theirs=limit,
        unit=aim.unit,
        goal=aim.goal,
        runs=len(heard),
        note=f"ms above idle, which is {idle:.1f}; "
        + ", ".join(f"{phase} {value:.1f}" for phase, value in phases.items()),
    )


def display() -> dict[str, str]:
    """Return what lets a window open where there is no display."""
    shown = any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return {} if shown or sys.platform in ("win32", "darwin") else {"QT_QPA_PLATFORM": "offscreen"}


SHORT_OPTIONS = ("--side=64", "--prior-steps=3", "--steps=2", "--count=1", "--idle=0.5")
WORKS = (
    Work(
        name="starter",
        options=(f"--side={STARTER_SIDE}", "--prior-steps=25", "--steps=30", "--count=2"),
    ),
    Work(
        name="half-width 2.2",
        options=("--side=256", "--prior-steps=5", "--steps=5", "--count=1"),
        half_model=True,
    ),
)
BENCHMARKS = (
    Benchmark("first-paint", (FIRST_PAINT,), first_paint),
    Benchmark("window-use", (WASH, *USE_AIMS), used),
    Benchmark("first-use", (FIRST_PICTURE, ANSWER), first_use),
    *(
        Benchmark(f"event-loop-{work.name.split()[0]}", work.aims, partial(gaps, work))
        for work in WORKS
    ),
)
