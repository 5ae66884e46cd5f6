"""How much memory a phase takes, known before anything is loaded, and which mode of running fits.

The figures of an execution mode hold for half precision; other number formats scale by their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

MIB = 2**20


@dataclass(frozen=True, slots=True)
class ExecutionMode:
    """One way to run a network, with the bytes that it takes beside the weights."""

    name: str
    fixed: int = 0  # bytes of activations that do not depend on the size
    per_pixel: int = 0  # bytes of activations for each pixel
    exact: bool = True  # whether the picture is that of the first mode, but for rounding

    def scaled(self, width: int, full_width: int) -> "ExecutionMode":
        """Return the mode of a network with narrower or wider levels."""
        return replace(self, per_pixel=self.per_pixel * width // full_width)


@dataclass(frozen=True, slots=True)
class Fit:
    """The mode in which a phase will run, and the bytes of the device that it will take."""

    mode: ExecutionMode
    weights: int
    activations: int
    fits: bool  # within the budget

    @property
    def peak(self) -> int:
        """Weights and activations together."""
        return self.weights + self.activations


def activations(mode: ExecutionMode, pixels: int, itemsize: int) -> int:
    """Return the bytes that a network takes beside its weights."""
    return (mode.fixed + mode.per_pixel * pixels) * itemsize // 2


def best_fit(
    modes: Sequence[ExecutionMode], weights: int, pixels: int, itemsize: int, budget: int
) -> Fit:
    """Return the first mode that fits into the budget; else the thriftiest, which may not."""
    fits = []
    for mode in modes:
        needed = activations(mode, pixels, itemsize)
        fits.append(Fit(mode, weights, needed, weights + needed <= budget))
        if fits[-1].fits:
            return fits[-1]
    return min(fits, key=lambda fit: fit.peak)
