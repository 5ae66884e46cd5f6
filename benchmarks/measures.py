"""What a benchmark says: ours beside theirs, and what was aimed at."""

from collections.abc import Callable
from dataclasses import dataclass, field

NOT_MEASURED = 99.0  # the ratio of what could not be run


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One comparison: medians of so many runs each. For a limit, `theirs` is the limit."""

    name: str
    ours: float | None
    theirs: float | None
    unit: str
    goal: float  # the ratio must not be above it
    runs: int
    threads: int | None = None
    note: str = ""
    best: float | None = None  # the least ratio that can be, where that was worked out

    @property
    def ratio(self) -> float:
        """Ours by theirs."""
        if self.ours is None or not self.theirs:
            return NOT_MEASURED
        return self.ours / self.theirs

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal


@dataclass(frozen=True, slots=True)
class Aim:
    """A measure that is yet to be taken."""

    name: str
    unit: str
    goal: float

    def missed(self, why: str) -> Measure:
        """Say that it could not be taken, and why."""
        return Measure(
            name=self.name, ours=None, theirs=None, unit=self.unit, goal=self.goal, runs=0, note=why
        )


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A few measures that are taken together. `take` returns them in the order of `aims`."""

    name: str
    aims: tuple[Aim, ...]
    take: Callable[[int], list[Measure]] = field(repr=False)  # the number of runs


class CannotMeasure(Exception):
    """Something that is needed is not here; the text says what."""
