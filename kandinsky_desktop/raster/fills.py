"""Shapes that are not strokes: by colour and by a gradient. White is all of a shape."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kandinsky_desktop.domain.errors import Stopped
from kandinsky_desktop.raster.layer import Pixels

ROWS = 128  # at a time, so that they stay in the processor's cache

Stop = Callable[[], bool]


def alike(pixels: Pixels, x: int, y: int, tolerance: int, *, alpha: bool = False) -> Pixels:
    """Return white for each pixel of a picture whose colour is that of one, or nearly.

    No channel differs by more than the tolerance; with `alpha` the opacity is one of them.
    """
    tall, wide = pixels.shape[:2]
    wanted = pixels[y, x].astype(int)
    lowest, highest = np.clip(wanted - tolerance, 0, 255), np.clip(wanted + tolerance, 0, 255)
    if not alpha:
        lowest[3], highest[3] = 0, 255
    low = np.tile(lowest.astype(np.uint8), wide)
    span = np.tile((highest - lowest).astype(np.uint8), wide)
    result = np.empty((tall, wide), np.uint8)
    for top in range(0, tall, ROWS):
        rows = pixels[top : top + ROWS].reshape(-1, wide * 4)
        near = (rows - low <= span).view(np.uint32)  # what is below `low` wraps around
        part = result[top : top + ROWS]
        np.equal(near, 0x01010101, out=part.view(bool))
        np.negative(part, out=part)
    return result


def connected(inside: Pixels, x: int, y: int, stop: Stop = lambda: False) -> Pixels:
    """Return white for what hangs together with a pixel, by sides, among what is not black.

    Works over runs of pixels, not pixels. Raises Stopped as soon as `stop` says so.
    """
    tall, wide = inside.shape
    width = wide + 1  # a column that is never inside ends every row
    flat = np.zeros(tall * width + 1, bool)
    flat[1:].reshape(tall, width)[:, :wide] = inside != 0
    turns = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = turns[::2], turns[1::2]
    seed = int(np.searchsorted(starts, y * width + x, "right")) - 1
    if seed < 0 or ends[seed] <= y * width + x:
        return np.zeros_like(inside)
    first = np.searchsorted(ends, starts + width, "right")  # runs of the next row that touch
    many = np.maximum(np.searchsorted(starts, ends + width, "left") - first, 0)
    above = np.repeat(np.arange(len(starts)), many)
    below = np.arange(len(above)) + np.repeat(first - np.cumsum(many) + many, many)
    label = _labels(len(starts), above, below, stop)
    lengths = np.diff(np.column_stack((starts, ends)).ravel(), prepend=0, append=tall * width)
    values = np.zeros(len(lengths), np.uint8)
    values[1::2] = (label == label[seed]) * np.uint8(255)
    return np.repeat(values, lengths).reshape(tall, width)[:, :wide]


def _labels(
    count: int, one: NDArray[np.int64], other: NDArray[np.int64], stop: Stop
) -> NDArray[np.int64]:
    """Return a label for each of so many things, the same for those that pairs join."""
    label = np.arange(count)
    while True:
        first, second = label[one], label[other]
        apart = first != second
        if not apart.any():
            return label
        one, other, first, second = one[apart], other[apart], first[apart], second[apart]
        np.minimum.at(label, np.maximum(first, second), np.minimum(first, second))
        while True:
            if stop():
                raise Stopped
            shorter = label[label]
            if (shorter == label).all():
                break
            label = shorter


def gradient(
    shape: tuple[int, int], start: tuple[float, float], end: tuple[float, float]
) -> Pixels:
    """Return a straight gradient, from 0 at one point to 255 at another."""
    (x0, y0), (x1, y1) = start, end
    length = max(1e-12, (x1 - x0) ** 2 + (y1 - y0) ** 2)  # squared
    x = np.arange(shape[1], dtype=np.float32) + np.float32(0.5 - x0)
    y = np.arange(shape[0], dtype=np.float32) + np.float32(0.5 - y0)
    result = np.empty(shape, np.uint8)
    x, y = x * np.float32((x1 - x0) / length * 255), y * np.float32((y1 - y0) / length * 255)
    for top in range(0, shape[0], ROWS):
        rows = y[top : top + ROWS, None] + x
        rows += 0.5
        result[top : top + ROWS] = np.clip(rows, 0, 255, out=rows)
    return result
