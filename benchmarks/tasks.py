"""Every kind of job, fusions, strips and detail seeds against diffusers' pipelines.

Cold is a cache that knows nothing of the job, with the networks loaded on both sides; warm is the
same ingredients once more, at other weights or with another detail seed.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from typing import Any

from benchmarks.engine import (
    HALF_CASE,
    OURS,
    STARTER_CASE,
    THEIRS,
    Case,
    check_alike,
    measured,
    paint,
    peaks_of,
)
from benchmarks.half import HALF_MODEL, make_half_model
from benchmarks.measures import Aim, Benchmark, Measure

AGAIN = "ours again"
SEEN = ("prior", "text encoder", "image encoder")  # what a cache is to spare
LED = ("prior", "U-Net")  # whose calls say how fast a job can be at best

SINGLE = {"image to image": 1.0, "inpaint": 1.0, "variation": 1.0, "picture led by words": 1.0}
MANY = {
    "fusion of three": 0.9,
    "strip of nine": 0.6,
    "eight detail seeds": 0.85,
    "eight detail seeds, meaning kept by hand": 1.0,
}
KNOWN = {  # what is painted again: its name and the goal for its time
    "fusion of three": ("fusion of three, new weights", 0.6),
    "strip of nine": ("strip of nine, new detail seed", 0.5),
    "eight detail seeds": ("eight new detail seeds", 0.85),
}
LARGE = ("inpaint", "strip of nine")
HALVES = {"fusion of three": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Workloads that one process paints in turn, with their goals."""

    name: str
    case: Case
    goals: Mapping[str, float]
    known: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    often: int = 1  # a short one is timed so many times as often

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The time of each when nothing is known of it; of those known; the calls for those."""
        name = self.case.name
        return (
            *(Aim(f"{name}: {task}", "s", goal) for task, goal in self.goals.items()),
            *(Aim(f"{name}, warm: {task}", "s", goal) for task, goal in self.known.values()),
            *(
                Aim(f"{name}, warm: {task}, prior and encoders", "", 0.0)
                for task, _goal in self.known.values()
            ),
        )


def compared(group: Group, runs: int) -> list[Measure]:
    """Time each workload on both sides, beside what the calls of the networks would allow."""
    if group.case.model == HALF_MODEL:
        make_half_model()
    case, turns = group.case, runs * group.often
    workloads = [f"--workload={name}" for name in group.goals]
    with tempfile.TemporaryDirectory() as cache:
        told = paint(
            "compare",
            *case.options,
            *workloads,
            *(f"--how={how}" for how in (OURS, THEIRS, *([AGAIN] if group.known else []))),
            f"--cache={cache}",
            f"--runs={turns}",
        )
    with tempfile.TemporaryDirectory() as cache:
        passes = paint("count", *case.options, *workloads, f"--cache={cache}")
    asked = [(name, OURS) for name in group.goals] + [(name, AGAIN) for name in group.known]
    measures = []
    for aim, (name, how) in zip(group.aims, asked, strict=False):
        check_alike(told[name]["apart"])
        took = {way: median(seconds) for way, seconds in told[name]["seconds"].items()}
        ours, theirs = passes[name][how], passes[name][THEIRS]
        note = f"{case.about}, {told['dtype']}, alternating; {_calls(ours, theirs)}"
        best = best_ratio(ours, theirs)
        measures.append(measured(aim, took[how], took[THEIRS], turns, note, best))
    for aim, name in zip(group.aims[len(asked) :], group.known, strict=True):
        ours, theirs = (_looks(passes[name][how]) for how in (AGAIN, THEIRS))
        note = "prior steps and passes of the text and the image encoder"
        measures.append(measured(aim, ours, theirs, 1, note))
    return measures


def memory(case: Case, names: Sequence[str], runs: int) -> list[Measure]:
    """Measure the peak memory of a process that does one job from cold."""
    measures = []
    for aim, name in zip(memory_aims(case, names), names, strict=True):
        peaks = peaks_of(case, name, (THEIRS, OURS), "float32", runs)
        note = f"{case.about}, float32, one job from cold"
        measures.append(measured(aim, peaks[OURS], peaks[THEIRS], runs, note))
    return measures


def memory_aims(case: Case, names: Sequence[str]) -> tuple[Aim, ...]:
    """Return the aims of `memory`."""
    return tuple(Aim(f"{case.name}: {name}, peak memory", "MiB", 1.0) for name in names)


def best_ratio(ours: Sequence[Any], theirs: Sequence[Any]) -> float:
    """Return the ratio if nothing but U-Net and prior took time, at what a call of theirs takes.

    Where ours calls with other rows than theirs does, our own call counts.
    """
    costs: dict[tuple[str, int], float] = {
        (one["network"], one["rows"]): one["seconds"] for one in (*ours, *theirs)
    }

    def spent(passes: Sequence[Any]) -> float:
        calls = (one for one in passes if one["network"] in LED)
        return sum(costs[one["network"], one["rows"]] * float(one["passes"]) for one in calls)

    ratio: float = spent(ours) / spent(theirs)
    return ratio


def _looks(passes: Sequence[Any]) -> int:
    return sum(one["passes"] for one in passes if one["network"] in SEEN)


def _calls(ours: Sequence[Any], theirs: Sequence[Any]) -> str:
    said = []
    for network in LED:
        counts = [
            sum(one["passes"] for one in passes if one["network"] == network)
            for passes in (ours, theirs)
        ]
        said.append(f"{network} {counts[0]} calls of {counts[1]}")
    return ", ".join(said)


# Small, so that a round of 25 + 25 steps takes seconds
HALF = replace(HALF_CASE, about="128 × 128, 25 + 25 steps", side=128, prior_steps=25, steps=25)
GROUPS = (
    Group(name="tasks", case=STARTER_CASE, goals=SINGLE, often=3),
    Group(name="fusions", case=STARTER_CASE, goals=MANY, known=KNOWN),
    Group(name="fusion-half", case=HALF, goals=HALVES),
)
BENCHMARKS = (
    *(Benchmark(group.name, group.aims, partial(compared, group)) for group in GROUPS),
    Benchmark("memory", memory_aims(STARTER_CASE, LARGE), partial(memory, STARTER_CASE, LARGE)),
)
