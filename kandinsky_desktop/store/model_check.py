"""Checks a model's weights byte by byte: whole, numbers all of them, and the published ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.published_files import PublishedFile, published_as
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.weights import Span, spans

BLOCK = 1 << 22  # bytes that are read at once
# Numbers that are none have all bits of their exponent set: the bits that are looked at, by format
EXPONENTS: dict[str, tuple[str, int]] = {
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
    "F32": ("<u4", 0x7F800000),
    "F64": ("<u8", 0x7FF0000000000000),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a file's check."""

    file: Path
    size_bytes: int
    sha256: str
    odd: int = 0  # numbers that are none, or infinite
    published: PublishedFile | None = None  # the published file of that folder and size

    @property
    def problem(self) -> str:
        """What is wrong with it as a sentence; empty where nothing is known to be."""
        if self.odd:
            words = ngettext(
                "{file} holds a number that is none: it is damaged, copy it again.",
                "{file} holds {count} numbers that are none: it is damaged, copy it again.",
                self.odd,
            )
            return words.format(file=self.file, count=self.odd)
        known = "" if self.published is None else self.published.sha256
        if known and not self.sha256.startswith(known):
            return _(
                "{file} is as large as the published one, but not the same: copy it again."
            ).format(file=self.file)
        return ""

    @property
    def as_published(self) -> bool:
        """Whether its checksum is that of the published file."""
        known = "" if self.published is None else self.published.sha256
        return bool(known) and self.sha256.startswith(known)


def files_of(model: Model) -> tuple[Path, ...]:
    """Return the weights that are loaded of a model. Raises ModelProblem where one is not whole."""
    files: dict[Path, None] = {}
    for component in model.components.values():
        weights = check_component(component.kind, component.folder)
        if weights is not None:
            files |= dict.fromkeys(weights.files)
    return tuple(files)


def check(file: Path, on_bytes: Callable[[int], object] = lambda count: None) -> Checked:
    """Read a file from its first byte to its last. Raises ModelProblem and OSError.

    `on_bytes` is told how many bytes were read since; what it raises ends it.
    """
    tensors = sorted(spans(file), key=lambda one: one.start)
    digest, odd, place = sha256(), 0, 0
    size = file.stat().st_size
    with file.open("rb") as stream:
        for start, data in _blocks(stream.read, tensors):
            digest.update(data)
            span = next((one for one in tensors if one.start <= start < one.end), None)
            odd += 0 if span is None else _odd(data, span)
            place += len(data)
            on_bytes(len(data))
    if place != size:
        raise ModelProblem(
            _("{file} breaks off after {size} of {needed} bytes: copy it again.").format(
                file=file, size=place, needed=size
            )
        )
    return Checked(file, size, digest.hexdigest(), odd, published_as(file.parent.name, size))


def _blocks(read: Callable[[int], bytes], tensors: list[Span]) -> Iterator[tuple[int, bytes]]:
    """Yield a file in blocks none of which reaches from one tensor into another, with its place."""
    place = 0
    ends = [edge for one in tensors for edge in (one.start, one.end)]
    for edge in sorted({*ends}):
        while place < edge:
            data = read(min(BLOCK, edge - place))
            if not data:
                return
            yield place, data
            place += len(data)
    while data := read(BLOCK):
        yield place, data
        place += len(data)


def _odd(data: bytes, span: Span) -> int:
    """Return how many numbers of a block are none. Blocks begin and end at whole numbers."""
    if span.dtype not in EXPONENTS:
        return 0
    kind, bits = EXPONENTS[span.dtype]
    numbers = np.frombuffer(data, kind)
    return int(np.count_nonzero((numbers & bits) == bits))
