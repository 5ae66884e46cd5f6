"""The norm of an image embedding, and the typical norm for a prior, read without torch.

An embedding is stored as safetensors: eight bytes with the length of a JSON table, the table,
the numbers.
"""

import base64
import binascii
import json
import logging
import struct
from math import sqrt
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.store.weights import check_weights

log = logging.getLogger(__name__)

LONGEST_TABLE = 10_000_000  # bytes
EMBEDDING = "embedding"
FORMATS = {"F64": ("d", 8), "F32": ("f", 4), "F16": ("e", 2)}
BROKEN = (OSError, ValueError, KeyError, TypeError, struct.error, binascii.Error)


def of_embedding(packed: bytes) -> float | None:
    """Return the norm of an embedding as a picture stores it; None if it cannot be read."""
    try:
        data = base64.b64decode(packed, validate=True)
        size = int.from_bytes(data[:8], "little")
        about = json.loads(data[8 : 8 + size])[EMBEDDING]
        start, end = about["data_offsets"]
        if len(data) < 8 + size + end:
            raise ValueError("it breaks off")
        numbers = _numbers(about["dtype"], data[8 + size + start : 8 + size + end])
    except BROKEN as error:
        log.warning("an image embedding cannot be read: %s", error)
        return None
    return sqrt(sum(number * number for number in numbers))


def typical(prior: Path) -> float | None:
    """Return the typical norm of a prior's embeddings: sqrt(Σ (clip_mean² + clip_std²)).

    `prior` is the network's folder. None if its files do not say.
    """
    try:
        files = check_weights(prior).files
    except ModelProblem as problem:
        log.warning("%s", problem)
        return None
    for file in files:
        try:
            found = [_tensor(file, name) for name in ("clip_mean", "clip_std")]
        except BROKEN as error:
            log.warning("%s has no typical norm: %s", file, error)
            continue
        if all(numbers is not None for numbers in found):
            norm = sqrt(sum(one * one for numbers in found for one in numbers or ()))
            return norm or None  # an ECLIPSE prior holds zeros
    return None


def _tensor(file: Path, name: str) -> tuple[float, ...] | None:
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        if size > LONGEST_TABLE:
            raise ValueError("its table is too long")
        table: dict[str, Any] = json.loads(stream.read(size))
        about = table.get(name)
        if about is None:
            return None
        start, end = about["data_offsets"]
        stream.seek(8 + size + start)
        return _numbers(about["dtype"], stream.read(end - start))


def _numbers(kind: str, data: bytes) -> tuple[float, ...]:
    if kind == "BF16":  # the upper half of a float
        halves = (data[place : place + 2] for place in range(0, len(data), 2))
        kind, data = "F32", b"".join(b"\0\0" + half for half in halves)
    letter, width = FORMATS[kind]
    return struct.unpack(f"<{len(data) // width}{letter}", data)
