"""What a call of each kind of phase costs in seconds, and with that how long a plan will take."""

from bisect import bisect
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.memory import Fit
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

# Guesses, until a way was timed itself: how many times as long calls take, by the parts of its
# name, and how many bytes of weights come to a card in a second
LONGER = {"split guidance": 1.2, "row by row": 1.3, "chunked attention": 1.1, "tiled": 1.3}
COPIED_A_SECOND = 6e9

CostKey = tuple[str, str]  # the operation and the kind of its network
FIRST = ("", "resident")  # ways that are not told from each other: the fastest


@dataclass
class CostTable:
    """The times of one model on one device."""

    _seconds: dict[tuple[str, str, str], dict[int, deque[float]]] = field(default_factory=dict)

    def add(self, ran: PhaseRan) -> None:
        """Take note of a phase that was run."""
        mode = "" if ran.mode in FIRST else ran.mode
        sizes = self._seconds.setdefault((ran.operation, ran.network, mode), {})
        sizes.setdefault(ran.pixels, deque(maxlen=RUNS)).append(ran.seconds / ran.calls)

    def seconds(
        self, plan: Plan, way_of: Callable[[Phase], Fit | None] = lambda phase: None
    ) -> float | None:
        """Return how long a plan takes, or None where a kind of phase in it was never timed.

        `way_of` says in which way a phase will be run; None: in its first.
        """
        total = 0.0
        for phase in plan.to_run:
            each = self.a_call(phase, way_of(phase))
            if each is None and type(phase.operation).__name__ not in AT_ONCE:
                return None
            total += max(1, phase.calls) * (each or 0.0)
        return total

    def longer(self, plan: Plan, way_of: Callable[[Phase], Fit | None]) -> float | None:
        """Return by how many seconds a plan takes longer than in its first ways.

        None where one of them was never timed.
        """
        total = 0.0
        for phase in plan.to_run:
            way = way_of(phase)
            if way is None or way.name in FIRST:
                continue
            first, each = self._a_call(phase, ""), self.a_call(phase, way)
            if first is None or each is None:
                return None
            total += max(1, phase.calls) * (each - first)
        return max(0.0, total)

    def a_call(self, phase: Phase, way: Fit | None = None) -> float | None:
        """Return the seconds of a call at so many pixels, by the sizes that were timed.

        Between two sizes on the line through them, beyond them in proportion to the nearest. In a
        way that was never timed, by the first one and a guess, or by any other.
        """
        name = "" if way is None or way.name in FIRST else way.name
        itself = self._a_call(phase, name)
        if itself is not None:
            return itself
        first = self._a_call(phase, "")
        if first is not None and way is not None and way.on_processor:
            return None
        if first is None or way is None or not name:
            timed = (
                self._a_call(phase, mode)
                for *key, mode in self._seconds
                if tuple(key) == cost_key(phase)
            )
            return next((one for one in timed if one is not None), None)
        for part in name.split(", "):
            first *= LONGER.get(part, 1.0)
        copied = 0 if way.held is None else way.whole - way.held
        return max(first, copied / COPIED_A_SECOND)  # copies go on beside the work

    def _a_call(self, phase: Phase, mode: str) -> float | None:
        timed = self._seconds.get((*cost_key(phase), mode))
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
