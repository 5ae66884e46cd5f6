"""How far a job is by time and when it will be done; the latter is said only when it is known.

Both stand on what is left to do: its calls, by what one takes. That is the median of the last calls
of its kind in this job, else what an earlier job took, else a guess from the size of the network,
scaled by what was timed. A guess moves the share, but never the words: what is left in seconds is
withheld until every stage that is still to come has been timed. It counts down with the clock: a
new estimate is taken over only when it differs by more than a tenth, so that the figure does not
jump about.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from kandinsky_desktop.domain.events import PhaseRan, Planned, Stage, Stepped

ENOUGH = 3  # steps of a stage that must be timed before they count
WINDOW = 9  # steps whose median counts
TOLERANCE = 0.1  # a new estimate within this share of the shown one is not taken over
OPERATIONS: dict[Stage, str] = {"prior": "SamplePrior", "decoder": "Denoise"}


@dataclass(frozen=True, slots=True)
class Part:
    """Calls of one kind that a job is made of."""

    operation: str
    calls: int = 1
    seconds: float | None = None  # of a call, as earlier jobs took; None: never timed
    work: float = 0.0  # of a call, in a unit of its own: for a guess, where nothing was timed


@dataclass(eq=False)
class _Kind:
    """What is left of one operation, and what is known of a call of it."""

    left: int = 0
    known: float | None = None
    work: float = 0.0
    times: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))

    @property
    def timed(self) -> float | None:
        """Seconds of a call, as far as it was timed well enough."""
        return median(self.times) if len(self.times) >= ENOUGH else self.known

    @property
    def seconds(self) -> float | None:
        """Seconds of a call, for a guess: a single one that was timed is better than none."""
        return median(self.times) if self.times and self.timed is None else self.timed


class Pace:
    """Times one job. Give it every event of it; ask it as often as you like. Times in seconds."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        """`parts` are what the job is made of, as far as that is known before it says so."""
        self._kinds: dict[str, _Kind] = {}
        self._stage: Stage | None = None
        self._share = 0.0
        self._promised: float | None = None  # the moment at which we said it would be done
        every: dict[str, list[Part]] = {}
        for part in parts:
            every.setdefault(part.operation, []).append(part)
        for operation, ones in every.items():
            calls = sum(one.calls for one in ones)
            known = [one.seconds * one.calls for one in ones if one.seconds is not None]
            self._kinds[operation] = _Kind(
                left=calls,
                known=sum(known) / calls if calls and len(known) == len(ones) else None,
                work=sum(one.work * one.calls for one in ones) / max(1, calls),
            )

    def plan(self, planned: Planned) -> None:
        """Take note of how many steps there are to take."""
        self._kind("SamplePrior").left = planned.prior_steps
        decoding = self._kind("Denoise")
        taken = max(0, decoding.left - planned.decoder_steps)  # before it was stopped
        decoding.left = planned.decoder_steps
        if taken and not self._share:
            done = taken * self._seconds(decoding, scale := self._scale)
            self._share = done / max(1e-9, done + self._seconds_left(scale))

    def step(self, stepped: Stepped, now: float) -> None:
        """Take note of a step that ended at `now`, on a clock that only goes forward."""
        self._stage = stepped.stage
        kind = self._kind(OPERATIONS[stepped.stage])
        kind.times.append(stepped.seconds)
        self._go_on(kind, 1)
        self._promise(now)

    def ran(self, phase: PhaseRan, now: float) -> None:
        """Take note of a phase that ended at `now`; of those with steps, these were told before."""
        if phase.operation in OPERATIONS.values():
            self._stage = None  # what comes next takes no steps, or at another rate
            return
        kind = self._kinds.get(phase.operation)
        if kind is None:
            return  # nobody planned it, so it is no part of the share
        kind.known = phase.seconds / phase.calls
        self._go_on(kind, phase.calls)
        self._promise(now)

    @property
    def share(self) -> float:
        """How much of the job is done, from 0 to 1; it never goes back."""
        return self._share

    @property
    def rate(self) -> float | None:
        """Steps a second of the stage that runs now, once it has been timed."""
        times = () if self._stage is None else self._kind(OPERATIONS[self._stage]).times
        if len(times) < ENOUGH:
            return None
        seconds = median(times)
        return 1 / seconds if seconds > 0 else None

    def left(self, now: float) -> float | None:
        """Return the seconds until the job is done, or None while that would be a guess."""
        return None if self._promised is None else max(0.0, self._promised - now)

    def _kind(self, operation: str) -> _Kind:
        return self._kinds.setdefault(operation, _Kind())

    def _go_on(self, kind: _Kind, calls: int) -> None:
        """Let the share grow by what was done, in proportion to what is left.

        So it never goes back, whatever was guessed before, and ends at one.
        """
        kind.left = max(0, kind.left - calls)
        scale = self._scale
        done, left = calls * self._seconds(kind, scale), self._seconds_left(scale)
        if left <= 0 and not any(one.left for one in self._kinds.values()):
            self._share = 1.0
        elif done + left > 0:
            self._share += (1 - self._share) * done / (done + left)

    def _promise(self, now: float) -> None:
        if any(one.left and one.timed is None for one in self._stages):
            return
        estimate, shown = self._seconds_left(self._scale), self.left(now)
        if shown is None or abs(estimate - shown) > max(1.0, TOLERANCE * shown):
            self._promised = now + estimate

    def _seconds_left(self, scale: float) -> float:
        return sum(one.left * self._seconds(one, scale) for one in self._kinds.values())

    @property
    def _scale(self) -> float:
        """Seconds a unit of work, as far as calls were timed; else one, for want of better."""
        timed = [(one.seconds, one.work) for one in self._kinds.values()]
        pairs = [(seconds, work) for seconds, work in timed if seconds is not None and work]
        work = sum(work for _seconds, work in pairs)
        return sum(seconds for seconds, _work in pairs) / work if work else 1.0

    def _seconds(self, kind: _Kind, scale: float) -> float:
        """Return the seconds of a call; of a step of which nothing is known, those of others."""
        if kind.seconds is not None:
            return kind.seconds
        if kind.work or kind not in self._stages:
            return kind.work * scale
        others = [one.seconds for one in self._stages if one.seconds is not None]
        return max(others, default=1.0)

    @property
    def _stages(self) -> list[_Kind]:
        return [self._kinds[name] for name in OPERATIONS.values() if name in self._kinds]
