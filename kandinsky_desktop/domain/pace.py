"""How fast a job goes and when it will be done, said only when it means something.

The estimate comes from the median time of the last steps of each stage. It is withheld until every
stage that is still to come has been timed, in this job or in an earlier one of its kind; and it
counts down with the clock: a new estimate is taken over only when it differs by more than a tenth,
so that the figure does not jump about.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from kandinsky_desktop.domain.events import Planned, Stage, Stepped

ENOUGH = 3  # steps of a stage that must be timed before they count
WINDOW = 9  # steps whose median counts
TOLERANCE = 0.1  # a new estimate within this share of the shown one is not taken over


@dataclass
class Pace:
    """Times one job. Give it every event of it; ask it as often as you like. Times in seconds."""

    known: dict[Stage, float] = field(default_factory=dict)  # a step's time in an earlier like job
    _left: dict[Stage, int] = field(default_factory=dict)
    _done: dict[Stage, int] = field(default_factory=dict)
    _times: dict[Stage, deque[float]] = field(default_factory=dict)
    _stage: Stage | None = None
    _share: float = 0.0
    _promised: float | None = None  # the moment at which we said it would be done

    def plan(self, planned: Planned) -> None:
        """Take note of how much there is to do."""
        self._left = {"prior": planned.prior_steps, "decoder": planned.decoder_steps}

    def step(self, stepped: Stepped, now: float) -> None:
        """Take note of a step that ended at `now`, on a clock that only goes forward."""
        stage = self._stage = stepped.stage
        self._times.setdefault(stage, deque(maxlen=WINDOW)).append(stepped.seconds)
        self._done[stage] = self._done.get(stage, 0) + 1
        self._left[stage] = max(0, self._left.get(stage, 0) - 1)
        self._share = max(self._share, self._measured_share())
        estimate = self._estimate()
        if estimate is None:
            return
        shown = self.left(now)
        if shown is None or abs(estimate - shown) > max(1.0, TOLERANCE * shown):
            self._promised = now + estimate

    @property
    def share(self) -> float:
        """How much of the job is done, from 0 to 1; it never goes back."""
        return self._share

    @property
    def rate(self) -> float | None:
        """Steps a second of the stage that runs now, once it has been timed."""
        if self._stage is None or len(self._times[self._stage]) < ENOUGH:
            return None
        seconds = median(self._times[self._stage])
        return 1 / seconds if seconds > 0 else None

    @property
    def seconds_a_step(self) -> dict[Stage, float]:
        """What each timed stage took, for the next job of this kind."""
        timed = {stage: times for stage, times in self._times.items() if len(times) >= ENOUGH}
        return self.known | {stage: median(times) for stage, times in timed.items()}

    def left(self, now: float) -> float | None:
        """Return the seconds until the job is done, or None while that would be a guess."""
        return None if self._promised is None else max(0.0, self._promised - now)

    def _estimate(self) -> float | None:
        costs = self.seconds_a_step
        total = 0.0
        for stage, count in self._left.items():
            if count and stage not in costs:
                return None
            total += count * costs.get(stage, 0.0)
        return total

    def _measured_share(self) -> float:
        costs = self.seconds_a_step
        stages = self._left.keys() | self._done.keys()
        if not all(stage in costs for stage in stages):  # not timed yet: every step counts alike
            costs = dict.fromkeys(stages, 1.0)
        done = sum(count * costs[stage] for stage, count in self._done.items())
        left = sum(count * costs[stage] for stage, count in self._left.items())
        return done / (done + left) if done + left else 0.0
