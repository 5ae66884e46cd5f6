"""What is said about a job, in the order it happens, and what the engine says of itself.

    Started Progress* (Finished | Failed | Cancelled)

`Started`, and the end of a job whose process is dead or silent, come from the worker; the rest
comes from the engine. A sketch tells the same story, with `Sketched` for `Made`. `Awake`, `Memory`,
`Saved` and `NotSaved` belong to no job, nor do `Measured` and `NotMeasured`, one of which answers
each order to measure, and `DepthEstimated` and `DepthNotEstimated`, likewise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from kandinsky_desktop.domain.region import Box

Stage = Literal["prior", "decoder"]


@dataclass(frozen=True, slots=True)
class Loading:
    """A component is on its way from disk to the device."""

    component: str
    number: int  # from 1
    of: int


@dataclass(frozen=True, slots=True)
class Planned:
    """How much work the job is, as soon as that is known: steps yet to come, and saves."""

    prior_steps: int
    decoder_steps: int
    pictures: int
    peak_bytes: int = 0  # of the device, that the greediest phase takes


@dataclass(frozen=True, slots=True)
class Preview:
    """A small sight of the predicted pictures, side by side: RGB bytes, row by row."""

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Stepped:
    """A sampler finished a step. `seconds` is what that step took; the preview may be left out."""

    stage: Stage
    step: int  # from 1
    of: int
    seconds: float
    batch: tuple[int, ...]  # indices of the pictures in the making
    preview: Preview | None = None
    box: Box | None = None  # what part of the pictures is painted; None: of no picture yet


@dataclass(frozen=True, slots=True)
class PhaseMemory:
    """What a phase alone took of the device, beside what was predicted, in bytes.

    What else stays on the device does not count. 0 stands for what the device cannot say.
    """

    predicted: int  # for weights and activations
    activations: int  # the part of it that is no weights
    predicted_reserved: int = 0  # for what a card's allocator takes for both
    peak: int = 0  # that weights and activations took at most
    reserved: int = 0
    correction: float = 1.0  # by which predictions are multiplied from now on


@dataclass(frozen=True, slots=True)
class PhaseRan:
    """A phase of the plan was run. Its time is without the loading of its networks."""

    operation: str
    network: str  # the kind of its network; empty: it has none
    pixels: int  # that went through at once
    calls: int
    seconds: float  # of all calls
    mode: str = ""  # in which its network was run
    memory: PhaseMemory | None = None  # None: it has no network


@dataclass(frozen=True, slots=True)
class Made:
    """One picture of the job is on disk, whole."""

    path: Path
    index: int
    seed: int  # its detail seed


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A finished picture could not be written; the engine keeps it and can save it elsewhere."""

    index: int
    name: str
    folder: Path
    reason: str


Progress = Loading | Planned | Stepped | PhaseRan | Made | Unsaved
Report = Callable[[Progress], None]  # may raise Stopped


@dataclass(frozen=True, slots=True)
class Started:
    """The worker took the job."""

    job: UUID


@dataclass(frozen=True, slots=True)
class Progressed:
    """The job moved on."""

    job: UUID
    progress: Progress


@dataclass(frozen=True, slots=True)
class Finished:
    """All pictures of the job were made."""

    job: UUID


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended early; `reason` is for a person to read."""

    job: UUID
    reason: str
    died: bool = False  # the engine's process ended under it; the job itself may be sound
    over: bool = False  # the engine can paint nothing more, and its process ends
    away: bool = False  # the model's folder or a file is not where it was; the job waits for it
    lost: tuple[Path, ...] = ()  # files of its request that were not there any more


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job ended because someone asked it to."""

    job: UUID


@dataclass(frozen=True, slots=True)
class Sketched:
    """The picture of a sketch is there, whole, and nowhere but here."""

    job: UUID
    preview: Preview
    length: float | None = None  # the norm of its image embedding; None: not known


@dataclass(frozen=True, slots=True)
class Awake:
    """The engine process has its libraries in memory and knows its device."""

    device: str  # "cpu", "cuda" or "mps"
    device_name: str
    threads: int
    budget_bytes: int | None = None  # of the device, that plans may take; None: not known
    host_bytes: int = 0  # of the machine beside it, where the processor is the last way
    correction: float = 1.0  # of what is predicted that work takes, as this machine was measured
    attention: str = "efficient"  # how the device computes it: domain.activations.Attention


@dataclass(frozen=True, slots=True)
class Memory:
    """What the engine uses of the memory that limits it: the card's, else the machine's."""

    used_bytes: int  # by the engine
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A picture that could not be saved at first lies on disk now."""

    path: Path
    left: int  # pictures still unsaved


@dataclass(frozen=True, slots=True)
class NotSaved:
    """Saving the kept pictures failed again; they are still kept."""

    reason: str
    left: int


@dataclass(frozen=True, slots=True)
class Measured:
    """How much of each ingredient came through in a picture: cosines in CLIP's image space.

    In the order of the ingredients; a conditioning that is no mix is its only one. None stands for
    an ingredient that is not known any more.
    """

    path: Path
    cosines: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """What came through in a picture could not be measured; `reason` is for a person to read."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class DepthEstimated:
    """The depth of a picture is known: a grey picture of its shape, near is white."""

    path: Path  # of the picture
    map: Path


@dataclass(frozen=True, slots=True)
class DepthNotEstimated:
    """The depth of a picture could not be estimated; `reason` is for a person to read."""

    path: Path
    reason: str


OfJob = Started | Progressed | Finished | Failed | Cancelled
OfDepth = DepthEstimated | DepthNotEstimated
OfEngine = Awake | Memory | Saved | NotSaved | Measured | NotMeasured | OfDepth
Event = OfJob | Sketched | OfEngine
