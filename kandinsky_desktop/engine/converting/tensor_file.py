"""Writes a safetensors file tensor by tensor, and goes on where a writing was cut off.

The format: eight bytes that say how long the header is, the header as JSON, then the tensors one
behind the other (https://github.com/huggingface/safetensors). A library that writes it wants all
tensors in memory at once; a checkpoint of 5 GB would not fit there.
"""

import json
import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kandinsky_desktop.store import atomic_file

NAMES = {
    torch.float16: "F16",
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
}
SYNC_BYTES = 256 << 20  # written before it is made sure that they are on the disk
PART = ".part"  # of a file that is not whole
PROGRESS = ".progress"  # beside it: how many tensors are surely on the disk


@dataclass(frozen=True, slots=True)
class Planned:
    """A tensor that will be written: what is said of it before it is made."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    make: Callable[[], Tensor]

    @property
    def size_bytes(self) -> int:
        """How many bytes it takes in the file."""
        return torch.Size(self.shape).numel() * self.dtype.itemsize


def write(
    file: Path, tensors: Sequence[Planned], on_bytes: Callable[[int], None] = lambda count: None
) -> None:
    """Write a file that is whole or not there; what an earlier try left is gone on with.

    `on_bytes` is told how many bytes were written since; what it raises cuts the writing off.
    Raises OSError, and ValueError where a tensor is not as it was planned.
    """
    head = _head(tensors)
    part = file.with_name(file.name + PART)
    progress = file.with_name(file.name + PROGRESS)
    done = _done(part, progress, head, tensors)
    place = len(head) + sum(one.size_bytes for one in tensors[:done])
    with part.open("r+b" if done else "wb") as out:
        if done:
            out.truncate(place)
            out.seek(place)
            on_bytes(place - len(head))
        else:
            progress.unlink(missing_ok=True)
            out.write(head)
        unsure = 0
        for number, planned in enumerate(tensors[done:], done + 1):
            out.write(_data(planned))
            on_bytes(planned.size_bytes)
            unsure += planned.size_bytes
            if unsure >= SYNC_BYTES:
                _sync(out.fileno(), out.flush)
                atomic_file.write(progress, str(number).encode())
                unsure = 0
        _sync(out.fileno(), out.flush)
    os.replace(part, file)
    atomic_file.sync_folder(file.parent)
    progress.unlink(missing_ok=True)


def _head(tensors: Sequence[Planned]) -> bytes:
    """Return the length and the header, padded so that the tensors begin at a multiple of 8."""
    told: dict[str, object] = {"__metadata__": {"format": "pt"}}
    place = 0
    for one in tensors:
        told[one.name] = {
            "dtype": NAMES[one.dtype],
            "shape": one.shape,
            "data_offsets": (place, place + one.size_bytes),
        }
        place += one.size_bytes
    text = json.dumps(told, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _done(part: Path, progress: Path, head: bytes, tensors: Sequence[Planned]) -> int:
    """Return how many tensors an earlier try of the very same surely wrote."""
    try:
        done = int(progress.read_text("ascii"))
        with part.open("rb") as before:
            same = before.read(len(head)) == head
        there = part.stat().st_size
    except (OSError, ValueError):
        return 0
    needed = len(head) + sum(one.size_bytes for one in tensors[:done])
    return done if same and 0 <= done <= len(tensors) and there >= needed else 0


def _data(planned: Planned) -> memoryview:
    tensor = planned.make()
    if tuple(tensor.shape) != planned.shape:
        message = f"{planned.name} is {tuple(tensor.shape)}, not {planned.shape}"
        raise ValueError(message)
    whole = tensor.to(planned.dtype).contiguous().flatten()
    return whole.view(torch.uint8).numpy().data


def _sync(number: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(number)
