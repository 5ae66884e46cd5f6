"""How much memory a phase takes, known before anything is loaded, and which way of running fits.

The figures of an execution mode hold for half precision; other number formats scale by their size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kandinsky_desktop.domain.i18n import N_, _

MIB = 2**20
SPLIT = "split guidance"  # a part of the names of the modes that do
ON_PROCESSOR = "on the processor"  # how a way is called in which nothing is on the device
PACKED = "8-bit weights"  # how a way is called in which they are kept so
CHUNKED = "chunked attention"  # and of those in which not all scores are held at once

# What each way costs, for a person to read. By the name of a mode, or of how weights are held.
COSTS = {
    "resident": N_("everything stays on the device: the fastest way"),
    "chunked attention": N_("attention in parts: the same but for rounding, a little slower"),
    "split guidance": N_("guidance in two halves: the same but for rounding, a little slower"),
    "banded": N_("decoded in bands of rows: the same but for rounding, a little slower"),
    "tiled": N_("decoded in tiles: the colours of the tiles may differ a little"),
    "8-bit weights": N_(
        "weights in 8 bits: half of the memory, a little slower, a slightly different picture"
    ),
    "row by row": N_("one picture of the batch at a time: the same but for rounding, slower"),
    "partly streamed": N_("a part of the weights is copied to the device at each step: slower"),
    "on the processor": N_(
        "the processor works in the machine's memory: many times slower, the same but for rounding"
    ),
    "streamed": N_("all weights are copied to the device at each step: several times slower"),
}


@dataclass(frozen=True, slots=True)
class ExecutionMode:
    """One way to run a network, with the bytes that it takes beside the weights.

    The most is taken either where features are largest, in proportion to the pixels, or where
    attention holds all its scores at once, which grows with their square; in chunks no more than
    so much is held of them.
    """

    name: str
    fixed: int = 0  # bytes of activations that do not depend on the size
    per_pixel: float = 0  # bytes of activations for each pixel
    exact: bool = True  # whether the picture is that of the first mode, but for rounding
    by_row: bool = False  # the pictures of a batch go through one by one
    others_per_pixel: float = 0  # bytes for each pixel of those that wait meanwhile
    scores_per_pixel: float = 0  # bytes for each pixel where scores are held at once
    scores_squared: float = 0  # and for the square of the number of pixels
    spare: int = 0  # bytes that the allocator of a card reserves and does not use
    spare_per_pixel: float = 0
    single: int = 0  # bytes in single precision, whatever the number format is
    single_per_pixel: float = 0
    chunk: int = 0  # bytes that attention in chunks takes; nothing: it holds all scores
    chunk_per_pixel: float = 0
    window: int = 0  # where all weights are streamed: the least that is on the device
    beside: int = 0  # and the weights there where activations are most; not known without a window
    lower: int = 0  # and two lines in bytes over pixels, both together: what is on it in between
    lower_per_pixel: float = 0
    upper: int = 0
    upper_per_pixel: float = 0

    def scaled(self, width: int, full_width: int) -> "ExecutionMode":
        """Return the mode of a network with narrower or wider levels."""
        share = width / full_width
        return replace(
            self,
            per_pixel=self.per_pixel * share,
            scores_per_pixel=self.scores_per_pixel * share,
            scores_squared=self.scores_squared * share,
            spare_per_pixel=self.spare_per_pixel * share,
            single=round(self.single * share),
            single_per_pixel=self.single_per_pixel * share,
            window=0,
            beside=0,
            lower=0,
            lower_per_pixel=0,
            upper=0,
            upper_per_pixel=0,
        )

    def corrected(self, factor: float) -> "ExecutionMode":
        """Return the mode with activations that are so many times those that were traced."""
        if factor == 1.0:
            return self
        return replace(
            self,
            fixed=round(self.fixed * factor),
            per_pixel=self.per_pixel * factor,
            scores_per_pixel=self.scores_per_pixel * factor,
            scores_squared=self.scores_squared * factor,
            single=round(self.single * factor),
            single_per_pixel=self.single_per_pixel * factor,
            chunk=round(self.chunk * factor),
            chunk_per_pixel=self.chunk_per_pixel * factor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one phase puts on the device."""

    weights: int  # bytes of its networks
    window: int  # bytes of them that are on the device at once where they are streamed
    pixels: int  # that go through the networks at once
    itemsize: int  # bytes a number
    rows: int = 1  # pictures of the batch
    packed: int = 0  # bytes of its networks where their weights are kept in 8 bits; 0: they are not
    widened: int = 0  # bytes of the largest layer, which is widened while it runs

    @property
    def resident(self) -> int:
        """Bytes of its networks where all of them stay on the device."""
        return self.packed or self.weights


@dataclass(frozen=True, slots=True)
class Fit:
    """The way in which a phase will run, and the bytes of the device that it will take."""

    mode: ExecutionMode
    weights: int  # on the device at once
    activations: int
    fits: bool  # within the budget
    held: int | None = None  # bytes of weights that stay; the rest is streamed; None: all stay
    place: int = 0  # among the ways to run the phase
    packed: bool = False  # whether the weights are in 8 bits, or rounded as they would be
    host: int | None = None  # bytes of the machine's memory, where it runs there; None: it does not
    whole: int = 0  # bytes of all weights

    @property
    def on_processor(self) -> bool:
        """Whether it runs on the processor, and nothing of it on the device."""
        return self.host is not None

    @property
    def peak(self) -> int:
        """Weights and activations together."""
        return self.weights + self.activations

    @property
    def name(self) -> str:
        """What the way is called: its mode, and how its weights are held."""
        if self.on_processor:
            return ON_PROCESSOR
        parts = [PACKED] if self.packed else []
        if self.mode.name != "resident":
            parts.append(self.mode.name)
        if self.held is not None:
            parts.append("partly streamed" if self.held else "streamed")
        return ", ".join(parts) or "resident"

    @property
    def costs(self) -> str:
        """Say what the way costs."""
        return "; ".join(_(COSTS[part]) for part in self.name.split(", ") if part in COSTS)


def activations(mode: ExecutionMode, pixels: int, itemsize: int, rows: int = 1) -> int:
    """Return the bytes that a network takes beside its weights."""
    at_once = pixels // rows if mode.by_row else pixels
    features = mode.per_pixel * at_once
    scores = mode.scores_per_pixel * at_once + mode.scores_squared * at_once**2
    if mode.chunk:
        scores = min(scores, mode.chunk + mode.chunk_per_pixel * at_once)
    others = mode.others_per_pixel * (pixels - at_once)
    halves = int(mode.fixed + max(features, scores) + others) * itemsize // 2
    return max(0, halves + int(mode.single + mode.single_per_pixel * at_once))


def spare(mode: ExecutionMode, pixels: int, itemsize: int, rows: int = 1) -> int:
    """Return the bytes that the allocator of a card reserves beyond what is allocated."""
    at_once = pixels // rows if mode.by_row else pixels
    return int(mode.spare + mode.spare_per_pixel * at_once) * itemsize // 2


def ways(modes: Sequence[ExecutionMode], load: Load, budget: int) -> Iterator[Fit]:
    """Yield the ways to run a phase, exact ones before others, the fastest first.

    Weights that stay come before weights that are streamed. Of those as many stay as the budget
    leaves room for; last none do. What is streamed is most where the network is deep, and
    activations are most where it is not. Weights that are kept in 8 bits and do not fit so are
    streamed whole, and each is rounded as 8 bits would have it.
    """
    packed = load.packed > 0
    for exact in (True, False):
        needed = [
            (mode, activations(mode, load.pixels, load.itemsize, load.rows))
            for mode in modes
            if mode.exact == exact
        ]
        for mode, plain in needed:
            active = max(plain, load.widened + plain // 2) if packed else plain
            fits = load.resident + active <= budget
            yield Fit(mode, load.resident, active, fits, packed=packed, whole=load.weights)
        if load.window >= load.weights:
            continue
        for mode, active in needed:
            passing = _passing(mode, load, active)
            least = passing + active
            held = max(0, min(load.weights - passing, budget - least))
            partly = Fit(mode, passing + held, active, held > 0, held, whole=load.weights)
            none = Fit(mode, passing, active, least <= budget, 0, whole=load.weights)
            yield replace(partly, packed=packed)
            yield replace(none, packed=packed)


def _passing(mode: ExecutionMode, load: Load, active: int) -> int:
    """Return the bytes of weights that pass through the device, as its peak sees them.

    At each layer its weights are there beside what is active then, in proportion to the pixels: of
    small pictures the peak is where the network is deep, of large ones where it is wide, and in
    between it may be at a third place. A peak so made is never above a line through two of its own.
    """
    if not mode.window:
        return load.window
    at_once = load.pixels // load.rows if mode.by_row else load.pixels
    lower = mode.lower + mode.lower_per_pixel * at_once
    upper = mode.upper + mode.upper_per_pixel * at_once
    peak = int(max(mode.window, lower, upper)) * load.itemsize // 2
    return max(mode.beside * load.itemsize // 2, peak - active)


def on_processor(modes: Sequence[ExecutionMode], load: Load, host: int) -> Fit:
    """Return how a phase runs on the processor, in so many bytes of the machine's memory."""
    fits = []
    for mode in modes:
        needed = load.resident + activations(mode, load.pixels, load.itemsize, load.rows)
        fits.append(Fit(mode, 0, 0, needed <= host, packed=load.packed > 0, host=needed))
    return next((one for one in fits if one.fits), fits[0])


def best_of(every: Sequence[Fit], skipped: int = 0) -> Fit:
    """Return the first way that fits; else the thriftiest, which does not.

    So many of the first ways are left out, but for the last one.
    """
    placed = [replace(one, place=place) for place, one in enumerate(every)]
    left = placed[skipped:] or placed[-1:]
    last = min(left, key=lambda fit: (fit.on_processor, fit.peak))
    return next((one for one in left if one.fits), last)


def best_fit(modes: Sequence[ExecutionMode], load: Load, budget: int) -> Fit:
    """Return the first way that fits into the budget; else the thriftiest, which does not."""
    return best_of(list(ways(modes, load, budget)))
