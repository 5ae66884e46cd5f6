"""What a benchmark says: ours beside theirs, and what was aimed at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import comb
from statistics import median

NOT_MEASURED = 99.0  # the ratio of what could not be run
CONFIDENCE = 0.95
FEWEST_RUNS, FEWEST_PAIRS = 5, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How often things are measured."""

    runs: int = FEWEST_RUNS  # of what is measured alone
    pairs: int = FEWEST_PAIRS  # of what both sides do in turn
    short: bool = False  # see SHORT

    @property
    def warm_ups(self) -> int:
        """How many rounds are thrown away first."""
        return 0 if self.short else 1


SHORT = Effort(runs=1, pairs=1, short=True)  # every code path once, and small; figures mean nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One comparison: medians of so many runs each. For a limit, `theirs` is the limit."""

    name: str
    ours: float | None
    theirs: float | None
    unit: str
    goal: float  # the ratio must not be above it; with `of_best`, above so many times `best`
    runs: int
    threads: int | None = None
    note: str = ""
    ratios: tuple[float, ...] = ()  # pair by pair, where both sides were measured in turn
    best: float | None = None  # the ratio that the calls of U-Net and prior leave open
    of_best: bool = False

    @property
    def ratio(self) -> float:
        """Ours by theirs: the median of the pairs, or else the medians' ratio."""
        if self.ratios:
            return median(self.ratios)
        if self.ours is None or not self.theirs:
            return NOT_MEASURED
        return self.ours / self.theirs

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true median of the pairs' ratios lies, with 95 % confidence."""
        return interval(self.ratios)

    @property
    def limit(self) -> float:
        """What the ratio must not be above."""
        if not self.of_best:
            return self.goal
        return 0.0 if self.best is None else self.goal * self.best

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.limit

    @property
    def measured(self) -> bool:
        """Whether there is anything to compare."""
        return self.ours is not None and bool(self.theirs or self.ratios)


@dataclass(frozen=True, slots=True)
class Aim:
    """A measure that is yet to be taken."""

    name: str
    unit: str
    goal: float
    of_best: bool = False

    def missed(self, why: str) -> Measure:
        """Say that it could not be taken, and why."""
        return Measure(
            name=self.name,
            ours=None,
            theirs=None,
            unit=self.unit,
            goal=self.goal,
            of_best=self.of_best,
            runs=0,
            note=why,
        )


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A few measures that are taken together. `take` returns them in the order of `aims`."""

    name: str
    aims: tuple[Aim, ...]
    take: Callable[[Effort], list[Measure]] = field(repr=False)
    when_asked: bool = False  # left out where none is named: what it needs is more than an hour's


class CannotMeasure(Exception):
    """Something that is needed is not here; the text says what."""


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the median, by the sign test; None for too few.

    Of n values the true median lies between the k-th from below and the k-th from above unless
    fewer than k of n fair coins fall on one side. No assumption about the values' distribution.
    """
    count, outside, below = len(values), 0.0, 0
    while True:  # below = k - 1
        outside += 2 * comb(count, below) / 2**count
        if outside > 1 - CONFIDENCE:
            break
        below += 1
    if not below:
        return None
    ordered = sorted(values)
    return ordered[below - 1], ordered[count - below]
