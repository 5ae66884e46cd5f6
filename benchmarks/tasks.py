"""Every kind of job, fusions, strips and detail seeds against diffusers' pipelines.

Cold is a cache that knows nothing of the job, with the networks loaded on both sides; warm is the
same ingredients once more, at other weights or with another detail seed.
"""

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
    THREADS,
    Case,
    check_alike,
    compare,
    measured,
    peaks_of,
)
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.passes import LED, SEEN, of

AGAIN = "ours again"
OF_BEST = 1.02  # how much above the best ratio a series may be

SINGLE = {"image to image": 1.0, "inpaint": 1.0, "variation": 1.0, "picture led by words": 1.0}
MANY = (
    "fusion of three",
    "strip of nine",
    "eight detail seeds",
    "eight detail seeds, meaning kept by hand",
)
KNOWN = {  # what is painted again, and its name
    "fusion of three": "fusion of three, new weights",
    "strip of nine": "strip of nine, new detail seed",
    "eight detail seeds": "eight new detail seeds",
}
LARGE = ("inpaint", "strip of nine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Workloads that one process paints in turn, with their goals.

    Where both sides call U-Net and prior as often, the goal is said against their time; for a
    series, where they do not, against the ratio that the calls leave open.
    """

    name: str
    case: Case
    single: Mapping[str, float] = field(default_factory=dict)
    series: Sequence[str] = ()
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The time of each when nothing is known of it; of those known; the calls for those."""
        name = self.case.name
        return (
            *(Aim(f"{name}: {task}", "s", goal) for task, goal in self.single.items()),
            *(Aim(f"{name}: {task}", "s", OF_BEST, of_best=True) for task in self.series),
            *(
                Aim(f"{name}, warm: {task}", "s", OF_BEST, of_best=True)
                for task in self.known.values()
            ),
            *(
                Aim(f"{name}, warm: {task}, prior and encoders", "", 0.0)
                for task in self.known.values()
            ),
        )


def compared(group: Group, effort: Effort) -> list[Measure]:
    """Time each workload on both sides, beside what the calls of the networks would allow."""
    case = group.case.at(effort)
    workloads = [*group.single, *group.series]
    hows = (OURS, THEIRS, *([AGAIN] if group.known else []))
    told = compare(case, workloads, hows, effort)
    asked = [(name, OURS) for name in workloads] + [(name, AGAIN) for name in group.known]
    measures = []
    for aim, (name, how) in zip(group.aims, asked, strict=False):
        check_alike(told[name]["apart"])
        ours, theirs = (told[name]["rounds"][one] for one in (how, THEIRS))
        note = f"{case.about}, {told['dtype']}, alternating; {spent(ours, theirs)}"
        measures.append(measured(aim, ours, theirs, note, best_ratio(ours, theirs)))
    for aim, name in zip(group.aims[len(asked) :], group.known, strict=True):
        rounds = told[name]["rounds"]
        ours, theirs = (of(rounds[how][-1]["networks"], SEEN, "calls") for how in (AGAIN, THEIRS))
        measures.append(
            Measure(
                name=aim.name,
                ours=ours,
                theirs=theirs,
                unit=aim.unit,
                goal=aim.goal,
                runs=1,
                threads=THREADS,
                note="prior steps and passes of the text and the image encoder",
            )
        )
    return measures


def memory(case: Case, names: Sequence[str], effort: Effort) -> list[Measure]:
    """Measure the peak memory of a process that does one job from cold."""
    aims = memory_aims(case, names)
    case = case.at(effort)
    measures = []
    for aim, name in zip(aims, names, strict=True):
        peaks = peaks_of(case, name, (THEIRS, OURS), "float32", effort)
        measures.append(
            Measure(
                name=aim.name,
                ours=peaks[OURS],
                theirs=peaks[THEIRS],
                unit=aim.unit,
                goal=aim.goal,
                runs=effort.runs,
                threads=THREADS,
                note=f"{case.about}, float32, one job from cold",
            )
        )
    return measures


def memory_aims(case: Case, names: Sequence[str]) -> tuple[Aim, ...]:
    """Return the aims of `memory`."""
    return tuple(Aim(f"{case.name}: {name}, peak memory", "MiB", 1.0) for name in names)


def best_ratio(ours: Sequence[Any], theirs: Sequence[Any]) -> float:
    """Return the ratio if nothing but the calls of U-Net and prior took time.

    Both sides' calls are timed in the very rounds that are compared: that what each spends outside
    of them, for the MoVQ, the encoders and its own doings, weighs the same on both sides is all
    that reaching this ratio asks for.
    """
    return median(
        of(a["networks"], LED, "seconds") / of(b["networks"], LED, "seconds")
        for a, b in zip(ours, theirs, strict=True)
    )


def spent(ours: Sequence[Any], theirs: Sequence[Any]) -> str:
    """Say how often U-Net and prior were called, and what was not spent in any network."""
    said = []
    for network in LED:
        counts = [of(rounds[-1]["networks"], (network,), "calls") for rounds in (ours, theirs)]
        said.append(f"{network} {counts[0]:.0f} calls of {counts[1]:.0f}")
    outside = [
        median(one["seconds"] - of(one["networks"], (*one["networks"],), "seconds") for one in side)
        for side in (ours, theirs)
    ]
    return f"{', '.join(said)}; outside of all networks {outside[0]:.3f} s of {outside[1]:.3f} s"


# Small, so that a round of 25 + 25 steps takes seconds
HALF = replace(HALF_CASE, side=128, prior_steps=25, steps=25)
# A hole is painted at the model's own size, so that smaller pictures would not be alike
TASKS = replace(STARTER_CASE, short_side=STARTER_CASE.side)
GROUPS = (
    Group(name="tasks", case=TASKS, single=SINGLE),
    Group(name="fusions", case=replace(STARTER_CASE, often=1), series=MANY, known=KNOWN),
    Group(name="fusion-half", case=HALF, series=("fusion of three",)),
)
BENCHMARKS = (
    *(Benchmark(group.name, group.aims, partial(compared, group)) for group in GROUPS),
    Benchmark("memory", memory_aims(STARTER_CASE, LARGE), partial(memory, STARTER_CASE, LARGE)),
)
