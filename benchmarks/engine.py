"""Our text to image against diffusers' pipelines: time with and without previews, and memory.

Everything runs in processes of its own, so that this one stays small: on Linux a child's peak
counts from what its parent held.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import child
from benchmarks.half import HALF_MODEL, STARTER, STARTER_SIDE, make_half_model
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Measure

OURS, THEIRS, PREVIEWS = "ours", "theirs", "ours with previews"
TEXT_TO_IMAGE = "text to image"
NEARLY = 25.0  # of 255, in the mean: a random network in bf16 blows up the last bit of its input
THREADS = max(1, (os.cpu_count() or 1) - 1)  # as in the engine process: one core is the window's


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model, and what to paint with it."""

    name: str
    about: str
    model: Path
    side: int
    prior_steps: int
    steps: int
    prior_guidance: float
    guidance: float
    often: int = 1  # a short one is timed so many times as often

    @property
    def options(self) -> list[str]:
        """The command line that benchmarks.painting takes."""
        return [
            str(self.model),
            f"--side={self.side}",
            f"--prior-steps={self.prior_steps}",
            f"--steps={self.steps}",
            f"--prior-guidance={self.prior_guidance}",
            f"--guidance={self.guidance}",
            f"--threads={THREADS}",
        ]

    @property
    def aims(self) -> tuple[Aim, Aim, Aim]:
        """Time, time with previews, peak memory."""
        return (
            Aim(f"{self.name}: text to image", "s", 1.0),
            Aim(f"{self.name}: text to image, with previews", "s", 1.05),
            Aim(f"{self.name}: peak memory", "MiB", 1.0),
        )


STARTER_CASE = Case(
    name="starter",
    about=f"{STARTER_SIDE} × {STARTER_SIDE}, 25 + 20 steps",
    model=STARTER,
    side=STARTER_SIDE,
    prior_steps=25,
    steps=20,
    prior_guidance=2,
    guidance=2,
    often=5,
)
HALF_CASE = Case(
    name="half-width 2.2",
    about="256 × 256, 5 + 5 steps",
    model=HALF_MODEL,
    side=256,
    prior_steps=5,
    steps=5,
    prior_guidance=4,
    guidance=4,
)


def against_pipelines(case: Case, runs: int) -> list[Measure]:
    """Compare on one model."""
    if case.model == HALF_MODEL:
        make_half_model()
    turns = runs * case.often
    with tempfile.TemporaryDirectory() as cache:
        told = paint(
            "compare",
            *case.options,
            *(f"--how={how}" for how in (OURS, THEIRS, PREVIEWS)),
            f"--cache={cache}",
            f"--runs={turns}",
        )
    times = told[TEXT_TO_IMAGE]
    check_alike(times["apart"])
    took = {how: median(seconds) for how, seconds in times["seconds"].items()}
    peaks = peaks_of(case, TEXT_TO_IMAGE, (THEIRS, PREVIEWS), told["dtype"], runs)
    note = (
        f"{case.about}, {told['dtype']}, warm, alternating;"
        f" the pictures differ by at most {times['apart']:.3g} of 255 in the mean"
    )
    plain, previews, memory = case.aims
    return [
        measured(plain, took[OURS], took[THEIRS], turns, note),
        measured(previews, took[PREVIEWS], took[THEIRS], turns, note),
        measured(
            memory,
            peaks[PREVIEWS],
            peaks[THEIRS],
            runs,
            f"{case.about}, {told['dtype']}, one picture from cold, with previews",
        ),
    ]


def check_alike(apart: float) -> None:
    """Raise CannotMeasure where the two sides did not paint the same."""
    if apart > NEARLY:
        raise CannotMeasure(f"the pictures differ by {apart:.1f} of 255 in the mean")


def peaks_of(
    case: Case, workload: str, hows: Sequence[str], dtype: str, runs: int
) -> dict[str, float]:
    """Return the memory that a process held at its peak for one job from cold, in MiB."""
    peaks: dict[str, list[float]] = {how: [] for how in hows}
    with tempfile.TemporaryDirectory() as cache:
        for turn in range(runs + 1):
            for how, held in peaks.items():
                told = paint(
                    "once",
                    *case.options,
                    f"--workload={workload}",
                    f"--how={how}",
                    f"--cache={cache}",
                    f"--dtype={dtype}",
                    f"--turn={turn}",
                )
                if turn:  # the first one makes what is made once for each model
                    held.append(told["peak_bytes"] / 2**20)
    return {how: median(held) for how, held in peaks.items()}


def measured(
    aim: Aim, ours: float, theirs: float, runs: int, note: str, best: float | None = None
) -> Measure:
    """Return what was measured on as many threads as the engine process has."""
    return Measure(
        name=aim.name,
        ours=ours,
        theirs=theirs,
        unit=aim.unit,
        goal=aim.goal,
        runs=runs,
        threads=THREADS,
        note=note,
        best=best,
    )


def paint(*arguments: str) -> Any:
    """Run benchmarks.painting and return what it says."""
    threads = {"OMP_NUM_THREADS": str(THREADS)}
    return child.run("-m", "benchmarks.painting", *arguments, environment=threads)


BENCHMARKS = tuple(
    Benchmark(case.name.split()[0], case.aims, partial(against_pipelines, case))
    for case in (STARTER_CASE, HALF_CASE)
)
