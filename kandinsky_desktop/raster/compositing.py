"""Laying pixels over others: a shape into a mask, a finished fill into a picture."""

from typing import Literal

import numpy as np

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.layer import Layer, Pixels

How = Literal["add", "subtract", "replace", "intersect"]
ROWS = 128  # at a time, so that they stay in the processor's cache


def combine(mask: Pixels, shape: Pixels, how: How) -> None:
    """Change a mask in place by a shape of the same size: 255 is all of it."""
    match how:
        case "add":
            np.maximum(mask, shape, out=mask)
        case "subtract":
            np.minimum(mask, ~shape, out=mask)
        case "intersect":
            np.minimum(mask, shape, out=mask)
        case "replace":
            mask[...] = shape


def lay(picture: Layer, box: Box, painted: Pixels, composite: Pixels) -> tuple[int, int]:
    """Put painted pixels into a box of a picture where the mask is not black.

    They already hold what shows through where the mask is grey. Returns how many pixels changed,
    and how many of them where the mask is black, counted: it must be 0.
    """
    before = picture.part(box).copy()
    under = picture.changing(box)
    changed = outside = 0
    for top in range(0, len(under), ROWS):
        rows = slice(top, top + ROWS)
        inside = composite[rows] != 0
        target = _words(under[rows])
        np.copyto(target, _words(painted[rows]), where=inside)
        other = target != _words(before[rows])
        changed += int(np.count_nonzero(other))
        outside += int(np.count_nonzero(other & ~inside))
    return changed, outside


def differing_outside(one: Pixels, other: Pixels, composite: Pixels) -> int:
    """Return how many pixels of two pictures differ although the mask is black there."""
    outside = 0
    for top in range(0, len(one), ROWS):
        rows = slice(top, top + ROWS)
        apart = _words(one[rows]) != _words(other[rows])
        outside += int(np.count_nonzero(apart & (composite[rows] == 0)))
    return outside


def _words(pixels: Pixels) -> "np.ndarray[tuple[int, int], np.dtype[np.uint32]]":
    """The same memory with each pixel of four channels as one number."""
    return pixels.view(np.uint32)[..., 0]
