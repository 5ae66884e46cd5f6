"""All that a plan depends on: the request, the model, its files, the device's budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kandinsky_desktop.domain.activations import Attention
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.model import Component, Model
from kandinsky_desktop.domain.record import Conditions
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint

UNLIMITED = 2**60  # bytes of a budget that nothing exceeds


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a plan must know of a file of the request."""

    content: str  # its fingerprint
    size: Size | None = None  # of a picture
    mask_box: Box | None = None  # around what is painted in a mask
    mask_most: int = 255  # the brightest grey in it
    mask_soft: bool = False  # whether it has greys besides black and white


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInputs:
    """All that a plan depends on. The same inputs give the same plan."""

    request: Paint
    model: Model
    files: Mapping[Path, FileFacts] = field(default_factory=dict)
    environment: str = ""  # device, number format, threads, libraries: a part of every key
    itemsize: int = 4  # bytes a number
    attention: Attention = "efficient"  # how the device computes it
    correction: float = 1.0  # of what activations take, as this machine was measured
    budget: int = UNLIMITED  # bytes of the device that may be taken
    eight_bits: bool = False  # whether a person lets weights be kept in 8 bits, to save memory
    missing: tuple[int, ...] = ()  # indices of the pictures that are still to be made
    most_rows: int = 4  # pictures that are denoised together, at most
    previews: bool = False
    like: Conditions | None = None  # of the picture that is made again
    estimator: Component | None = None  # of depth
    skipped: Mapping[str, int] = field(default_factory=dict)  # ways, by operation: memory ran out
    host: int = 0  # bytes of the machine's memory beside the device's; 0: they are one
    room: int | None = None  # bytes of the budget that were there after memory ran out
