"""What passes between the window and its processes: orders to the engine, its events, the frames.

A message is two lengths, its JSON and its tail of bytes (a preview). Never a pickle.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from struct import Struct
from typing import IO, Any
from uuid import UUID

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import Garbled
from kandinsky_desktop.domain.events import Event
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint

LENGTHS = Struct(">II")  # bytes of JSON, bytes of tail
LONGEST_JSON = 2**20
LONGEST_TAIL = 2**25


@dataclass(frozen=True, slots=True)
class Wake:
    """Import what the first job will need, now."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Load, while idle, what this request will need of the model that lies at `model`.

    Only where there is room beside what is in memory; any job comes first.
    """

    request: Paint
    model: Path


@dataclass(frozen=True, slots=True)
class Run:
    """Run this job with the model that lies at `model`; its pictures go to `pictures`."""

    job: Job
    model: Path
    pictures: Path
    previews: bool = True
    keep_embedding: bool = True  # let each picture carry its point in CLIP's image space
    estimators: tuple[Path, ...] = ()  # folders of models that estimate depth


@dataclass(frozen=True, slots=True)
class Sketch:
    """Paint this job of one picture for the eye alone: it comes as `Sketched`, and nothing is kept.

    It stops at its next step as soon as another job or sketch comes.
    """

    job: Job
    model: Path
    estimators: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop this job at its next step, if it is the one that runs."""

    job: UUID


@dataclass(frozen=True, slots=True)
class KeepStep:
    """Decode what this job predicts at its next step, and let that be its result."""

    job: UUID


@dataclass(frozen=True, slots=True)
class SaveTo:
    """Write the pictures that could not be saved into this folder."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure, while idle, the CLIP similarity of a picture to its ingredients.

    `model` is the folder of the model that painted it.
    """

    picture: Path
    model: Path


@dataclass(frozen=True, slots=True)
class StopMeasuring:
    """Leave a picture unmeasured."""

    picture: Path


@dataclass(frozen=True, slots=True)
class EstimateDepth:
    """Estimate the depth of a picture, once no job runs: one event answers."""

    picture: Path
    estimator: Path  # the folder of the model that estimates it


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """Give back all memory that is only kept for the next job: now, or when this job is done."""


@dataclass(frozen=True, slots=True)
class CapMemory:
    """Take no more of the device than so many bytes, from the next job on; 0: what there is."""

    most_bytes: int
    eight_bits: bool = False  # whether weights may be kept in 8 bits, where they do not fit whole


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Stop what runs and leave."""


Order = (
    Wake
    | Prepare
    | Run
    | Sketch
    | Cancel
    | KeepStep
    | SaveTo
    | Measure
    | StopMeasuring
    | EstimateDepth
    | FreeMemory
    | CapMemory
    | Shutdown
)


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message and flush it. Raises Garbled if it is too long, before anything is sent."""
    tail = bytearray()
    text = json.dumps(to_plain(message, tail)).encode()
    _check(len(text), len(tail))
    stream.write(LENGTHS.pack(len(text), len(tail)) + text + tail)
    stream.flush()


def orders(stream: IO[bytes]) -> Iterator[Order]:
    """Yield orders until the stream ends. Raises Garbled."""
    return messages(stream, Order)


def events(stream: IO[bytes]) -> Iterator[Event]:
    """Yield events until the stream ends. Raises Garbled."""
    return messages(stream, Event)


def messages(stream: IO[bytes], kind: Any) -> Iterator[Any]:
    """Yield messages of a kind, a union of dataclasses, until the stream ends. Raises Garbled."""
    while start := stream.read(1):
        json_size, tail_size = LENGTHS.unpack(start + _read(stream, LENGTHS.size - 1))
        _check(json_size, tail_size)
        text, tail = _read(stream, json_size), BytesIO(_read(stream, tail_size))
        try:
            plain = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Garbled(f"{text!r:.80} is no JSON.") from error
        message = from_plain(kind, plain, tail)
        if tail.read(1):
            raise Garbled("A message has bytes to spare.")
        yield message


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise Garbled("A message breaks off.")
    return data


def _check(json_size: int, tail_size: int) -> None:
    if json_size > LONGEST_JSON or tail_size > LONGEST_TAIL:
        raise Garbled(f"A message of {json_size} + {tail_size} bytes is too long.")
