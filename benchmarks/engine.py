"""Our text to image against diffusers' pipelines: time with and without previews, and memory.

Everything runs in processes of its own, so that this one stays small: on Linux a child's peak
counts from what its parent held.
"""

import atexit
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import child
from benchmarks.half import HALF_MODEL, NARROW_MODEL, STARTER, STARTER_SIDE
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure

OURS, THEIRS, PREVIEWS = "ours", "theirs", "ours with previews"
TEXT_TO_IMAGE = "text to image"
NEARLY = 25.0  # of 255, in the mean: a random network in bf16 blows up the last bit of its input
THREADS = max(1, (os.cpu_count() or 1) - 1)  # as in the engine process: one core is the window's
SHORT_STEPS, SHORT_PRIOR_STEPS = 4, 5  # diffusers wants a step at strength 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model, and what to paint with it."""

    name: str
    model: Path
    side: int
    prior_steps: int
    steps: int
    prior_guidance: float
    guidance: float
    often: int = 1  # a short one is timed so many times as often
    short_side: int = 64  # in the short form

    @property
    def about(self) -> str:
        """What is painted."""
        return f"{self.side} × {self.side}, {self.prior_steps} + {self.steps} steps"

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

    def at(self, effort: Effort) -> "Case":
        """Return the case with its model made; in the short form with few steps."""
        if not effort.short:
            if self.model == HALF_MODEL:
                make_model(HALF_MODEL, effort)
            return self
        if self.model == HALF_MODEL:
            make_model(NARROW_MODEL, effort)
        return replace(
            self,
            model=NARROW_MODEL if self.model == HALF_MODEL else self.model,
            side=self.short_side,
            prior_steps=SHORT_PRIOR_STEPS,
            steps=SHORT_STEPS,
            often=1,
        )


STARTER_CASE = Case(
    name="starter",
    model=STARTER,
    side=STARTER_SIDE,
    prior_steps=25,
    steps=20,
    prior_guidance=2,
    guidance=2,
    often=3,
)
HALF_CASE = Case(
    name="half-width 2.2",
    model=HALF_MODEL,
    side=256,
    prior_steps=5,
    steps=5,
    prior_guidance=4,
    guidance=4,
)


def against_pipelines(case: Case, effort: Effort) -> list[Measure]:
    """Compare on one model."""
    plain, previews, memory = case.aims
    case = case.at(effort)
    told = compare(case, [TEXT_TO_IMAGE], (OURS, THEIRS, PREVIEWS), effort)
    painted = told[TEXT_TO_IMAGE]
    check_alike(painted["apart"])
    peaks = peaks_of(case, TEXT_TO_IMAGE, (THEIRS, PREVIEWS), told["dtype"], effort)
    note = (
        f"{case.about}, {told['dtype']}, warm, alternating;"
        f" the pictures differ by at most {painted['apart']:.3g} of 255 in the mean"
    )
    return [
        measured(plain, painted["rounds"][OURS], painted["rounds"][THEIRS], note),
        measured(previews, painted["rounds"][PREVIEWS], painted["rounds"][THEIRS], note),
        Measure(
            name=memory.name,
            ours=peaks[PREVIEWS],
            theirs=peaks[THEIRS],
            unit=memory.unit,
            goal=memory.goal,
            runs=effort.runs,
            threads=THREADS,
            note=f"{case.about}, {told['dtype']}, one picture from cold, with previews",
        ),
    ]


def compare(case: Case, workloads: Sequence[str], hows: Sequence[str], effort: Effort) -> Any:
    """Return what `compare` of benchmarks.painting says, with a cache that knows nothing."""
    with tempfile.TemporaryDirectory() as cache:
        return paint(
            effort,
            "compare",
            *case.options,
            *(f"--workload={name}" for name in workloads),
            *(f"--how={how}" for how in hows),
            f"--cache={cache}",
            f"--pairs={effort.pairs * case.often}",
            f"--warm-ups={effort.warm_ups}",
        )


def check_alike(apart: float) -> None:
    """Raise CannotMeasure where the two sides did not paint the same."""
    if apart > NEARLY:
        raise CannotMeasure(f"the pictures differ by {apart:.1f} of 255 in the mean")


def peaks_of(
    case: Case, workload: str, hows: Sequence[str], dtype: str, effort: Effort
) -> dict[str, float]:
    """Return the memory that a process held at its peak for one job from cold, in MiB."""
    peaks: dict[str, list[float]] = {how: [] for how in hows}
    with tempfile.TemporaryDirectory() as cache:
        for turn in range(effort.warm_ups + effort.runs):
            for how, held in peaks.items():
                told = paint(
                    effort,
                    "once",
                    *case.options,
                    f"--workload={workload}",
                    f"--how={how}",
                    f"--cache={cache}",
                    f"--dtype={dtype}",
                    f"--turn={turn}",
                )
                if turn >= effort.warm_ups:  # the first makes what is made once for each model
                    held.append(told["peak_bytes"] / 2**20)
    return {how: median(held) for how, held in peaks.items()}


def measured(
    aim: Aim, ours: Sequence[Any], theirs: Sequence[Any], note: str, best: float | None = None
) -> Measure:
    """Compare rounds, pair by pair, on as many threads as the engine process has."""
    clocks = [median(one["clock"] for one in rounds) for rounds in (ours, theirs)]
    return Measure(
        name=aim.name,
        ours=median(one["seconds"] for one in ours),
        theirs=median(one["seconds"] for one in theirs),
        unit=aim.unit,
        goal=aim.goal,
        of_best=aim.of_best,
        runs=len(ours),
        threads=THREADS,
        note=f"processor time; by the clock {clocks[0]:.3g} and {clocks[1]:.3g} s; {note}",
        ratios=ratios(ours, theirs),
        best=best,
    )


def ratios(ours: Sequence[Any], theirs: Sequence[Any]) -> tuple[float, ...]:
    """Return the ratio of each pair of rounds."""
    return tuple(a["seconds"] / b["seconds"] for a, b in zip(ours, theirs, strict=True))


def paint(effort: Effort, *arguments: str) -> Any:
    """Have benchmarks.painting do something, and return what it says.

    In a process of its own; in the short form all in one, since most of the time goes by while
    torch is imported.
    """
    if not effort.short:
        return child.run("-m", "benchmarks.painting", *arguments, environment=ON_THREADS)
    return _painter().ask(arguments)


ON_THREADS = {"OMP_NUM_THREADS": str(THREADS)}
_painters: list[child.Served] = []


def _painter() -> child.Served:
    """Return the painter that all share; another one, if it broke."""
    if not _painters or _painters[-1].ended:
        _painters.append(child.Served("-m", "benchmarks.painting", "serve", environment=ON_THREADS))
        atexit.register(_painters[-1].close)
    return _painters[-1]


def make_model(model: Path, effort: Effort) -> None:
    """Have a random model made if it is not there yet: half-width a minute, and 1.2 GB of disk."""
    paint(
        effort,
        "half-model",
        str(model),
        f"--tokenizer={STARTER / 'prior' / 'tokenizer'}",
        *(["--narrow"] if model == NARROW_MODEL else []),
    )


BENCHMARKS = tuple(
    Benchmark(case.name.split()[0], case.aims, partial(against_pipelines, case))
    for case in (STARTER_CASE, HALF_CASE)
)
