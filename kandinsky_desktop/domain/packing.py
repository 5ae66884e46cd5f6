"""Which weights of a network can be kept in 8 bits, and how many bytes it takes then.

The weights of its linear layers and convolutions can, with a scale for each channel that they make;
what is looked up, norms and biases stay as they are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

FEWEST = 4096  # numbers of a tensor from which it is worth it
LOOKED_UP = re.compile(r"(^|\.)\w*embeddings?\.weight$")  # tables of tokens and positions
PACKED_KINDS = ("prior", "unet")  # called many times: reading others takes longer than running them


@dataclass(frozen=True, slots=True)
class Packing:
    """How many numbers of a network are kept in 8 bits, and what comes with them."""

    values: int  # numbers in 8 bits
    scales: int  # one for each channel that a layer makes
    largest: int  # numbers of the largest layer, which is widened while it runs

    def size_bytes(self, every: int, itemsize: int) -> int:
        """Return the bytes of a network of so many numbers, of which the others stay wide."""
        return self.values + (every - self.values + self.scales) * itemsize


def is_packed(name: str, shape: Sequence[int]) -> bool:
    """Return whether a tensor of a network is kept in 8 bits, by its name in the file."""
    return (
        name.endswith(".weight")
        and len(shape) in (2, 4)
        and prod(shape) >= FEWEST
        and not LOOKED_UP.search(name)
    )


def packing_of(shapes: Mapping[str, Sequence[int]]) -> Packing:
    """Return the packing of tensors of such names and shapes."""
    packed = [shape for name, shape in shapes.items() if is_packed(name, shape)]
    sizes = [prod(shape) for shape in packed]
    return Packing(sum(sizes), sum(shape[0] for shape in packed), max(sizes, default=0))


def together(parts: Iterable[Packing]) -> Packing:
    """Return the packing of a network whose tensors lie in several files."""
    every = list(parts)
    return Packing(
        sum(one.values for one in every),
        sum(one.scales for one in every),
        max((one.largest for one in every), default=0),
    )
