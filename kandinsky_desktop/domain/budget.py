"""Arithmetic of memory: what must be put away for something to fit, and how much goes at once."""

from collections.abc import Sequence
from dataclasses import dataclass

# Activations of the decoder U-Net of Kandinsky 2.2 in half precision with SDPA, guidance on:
# 360 bytes for each pixel of a picture, by a memory tracker on fake tensors; other dtypes by their
# size.
UNET_BYTES_A_PIXEL = 360
# Those of the full MoVQ, decoding in half precision, as diffusers has it; encoding takes less.
# Measured with the layers of engine/thrift.py: 1,864. What lies between is for what an allocator
# keeps and cannot use, and for other programs.
MOVQ_BYTES_A_PIXEL = 2568
MOST_AT_ONCE = 4
ACTIVATIONS = 768 * 2**20  # bytes we let a batch take
FULL_WIDTH = 384  # channels of the full U-Net's first level, for which the figure holds
FULL_MOVQ_WIDTH = 128  # of the full MoVQ's; narrower ones take less than their share


@dataclass(frozen=True, slots=True)
class Resident:
    """A component that sits on the device now."""

    name: str
    size_bytes: int


def to_put_away(residents: Sequence[Resident], needed: int, free: int) -> tuple[str, ...]:
    """Return who must go, first come first gone, so that `needed` bytes fit; maybe all."""
    leaving: list[str] = []
    for resident in residents:
        if free >= needed:
            break
        free += resident.size_bytes
        leaving.append(resident.name)
    return tuple(leaving)


def at_once(count: int, pixels: int, width: int, bytes_a_value: int) -> int:
    """Return how many pictures of so many pixels go through a U-Net of that first width together.

    Small pictures gain by company, since each step's overhead is shared; large ones only cost
    memory and make the first picture come late.
    """
    each = of_unet(pixels, width, bytes_a_value)
    return max(1, min(count, MOST_AT_ONCE, ACTIVATIONS // max(1, each)))


def of_unet(pixels: int, width: int, bytes_a_value: int) -> int:
    """Return the bytes of activations of a U-Net of that first width for so many pixels."""
    return pixels * UNET_BYTES_A_PIXEL * bytes_a_value // 2 * width // FULL_WIDTH


def of_movq(pixels: int, width: int, bytes_a_value: int) -> int:
    """Return the bytes of activations of a MoVQ of that first width for so many pixels."""
    return pixels * MOVQ_BYTES_A_PIXEL * bytes_a_value // 2 * width // FULL_MOVQ_WIDTH
