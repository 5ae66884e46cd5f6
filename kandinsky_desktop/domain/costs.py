"""What a call of each kind of phase costs in seconds, and with that how long a plan will take."""

from bisect import bisect
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.plan import Phase, Plan

RUNS = 5  # of a kind and size whose median counts: the last ones

# Made once for a model or a text and then cached, or in no time: where it was not timed it is there
AT_ONCE = (
    "EncodeBlack",
    "EncodePrompt",
    "FitPreview",
    "MixEmbeddings",
    "ReadEmbedding",
    "SelectCandidate",
)

CostKey = tuple[str, str]  # the operation and the kind of its network


@dataclass
class CostTable:
    """The times of one model on one device."""

    _seconds: dict[CostKey, dict[int, deque[float]]] = field(default_factory=dict)

    def add(self, ran: PhaseRan) -> None:
        """Take note of a phase that was run."""
        sizes = self._seconds.setdefault((ran.operation, ran.network), {})
        sizes.setdefault(ran.pixels, deque(maxlen=RUNS)).append(ran.seconds / ran.calls)

    def seconds(self, plan: Plan) -> float | None:
        """Return how long a plan takes, or None where a kind of phase in it was never timed."""
        total = 0.0
        for phase in plan.to_run:
            each = self.a_call(phase)
            if each is None and type(phase.operation).__name__ not in AT_ONCE:
                return None
            total += max(1, phase.calls) * (each or 0.0)
        return total

    def a_call(self, phase: Phase) -> float | None:
        """Return the seconds of a call at so many pixels, by the sizes that were timed.

        Between two sizes on the line through them, beyond them in proportion to the nearest.
        """
        timed = self._seconds.get(cost_key(phase))
        if not timed:
            return None
        known = {pixels: median(seconds) for pixels, seconds in timed.items()}
        if phase.pixels in known:
            return known[phase.pixels]
        sizes = sorted(known)
        place = bisect(sizes, phase.pixels)
        if 0 < place < len(sizes):
            low, high = sizes[place - 1], sizes[place]
            share = (phase.pixels - low) / (high - low)
            return known[low] + share * (known[high] - known[low])
        nearest = sizes[0] if place == 0 else sizes[-1]
        return known[nearest] * (phase.pixels / nearest if nearest else 1.0)


def cost_key(phase: Phase) -> CostKey:
    """Return what the times of a phase are filed under."""
    network = phase.needs[0].kind if phase.needs else ""
    return type(phase.operation).__name__, network
