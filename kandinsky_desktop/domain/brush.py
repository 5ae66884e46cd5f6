"""A round brush, as it is set."""

from dataclasses import dataclass

from kandinsky_desktop.domain.fields import Choice, check, choice, number, switch
from kandinsky_desktop.domain.i18n import N_

LARGEST = 2000.0  # pixels across
FINE = 20  # from this size on a step is a tenth of it, below a pixel

PRESSURES = (
    Choice("none", N_("Nothing"), N_("A pen paints as a mouse does.")),
    Choice("size", N_("Size"), N_("Press harder for a wider stroke.")),
    Choice("opacity", N_("Opacity"), N_("Press harder for a fuller stroke.")),
    Choice("both", N_("Both"), N_("Press harder for a wider and fuller stroke.")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    """What a stroke looks like."""

    size: float = number(64.0, N_("Size"), low=1, high=LARGEST, unit="px")
    hardness: float = number(
        0.8, N_("Hardness"), low=0, high=1, step=0.05, help=N_("How much of it is full.")
    )
    opacity: float = number(
        1.0, N_("Opacity"), low=0.01, high=1, step=0.05, help=N_("No stroke is fuller than this.")
    )
    pressure: str = choice("size", N_("A pen's pressure sets"), PRESSURES)
    stabiliser: float = number(
        0.0,
        N_("Stabiliser"),
        low=0,
        high=0.95,
        step=0.05,
        help=N_("Smooths a shaking hand: the stroke follows a little behind."),
    )
    erase: bool = switch(False, N_("Erase"))

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)

    @property
    def spacing(self) -> float:
        """Pixels from dab to dab: so near that none is seen alone."""
        return max(1.0, self.size * (0.05 if self.hardness < 0.9 else 0.025))


def larger(size: float) -> float:
    """Return the next larger size."""
    return min(LARGEST, size + 1 if size < FINE else float(round(size * 1.1)))


def smaller(size: float) -> float:
    """Return the next smaller size."""
    return max(1.0, size - 1 if size <= FINE else float(round(size / 1.1)))
