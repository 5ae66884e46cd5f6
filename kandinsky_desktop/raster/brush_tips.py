"""A round brush's tip as bytes, and setting it down in a mask.

Painting takes the larger of what is there and the tip, erasing the smaller of what is there and the
tip's complement, straight in the layer: dabs that overlap never exceed the stroke's opacity, their
order does not matter, and no second buffer is needed.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.strokes import Dab
from kandinsky_desktop.raster.layer import TILE, Layer, Pixels

PLACES = 4  # of a tip between two pixels, each way
STEPS = 16  # of a distance, a pixel
FINE = 64.0  # from this size on a quarter of a pixel is not seen
SHADES = 64  # of opacity, as a pen's pressure sets it
MOST_BYTES = 32 * 2**20  # of tips that are kept
FEW = 4  # dabs: of so many, most of what they cover was covered by those before

Key = tuple[float, float, int, int, int]
Print = tuple[Pixels, Box, int, int]  # a tip, what of it lies in the layer, its left and top


class _Tips:
    """The tips that were used last."""

    def __init__(self) -> None:
        self._tips: OrderedDict[Key, Pixels] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Pixels:
        tip = self._tips.get(key)
        if tip is not None:
            self._tips.move_to_end(key)
            return tip
        tip = self._tips[key] = _tip(*key)
        self._bytes += tip.nbytes
        while self._bytes > MOST_BYTES and len(self._tips) > 1:
            self._bytes -= self._tips.popitem(last=False)[1].nbytes
        return tip


_tips = _Tips()


def tip_for(dab: Dab, hardness: float) -> tuple[Pixels, int, int]:
    """Return a dab's tip, and where in the picture its left and top are. For the UI thread."""
    size = max(1.0, round(dab.size * 2) / 2)
    column, row = floor(dab.x), floor(dab.y)
    across = down = 0
    if size < FINE:
        across, down = int((dab.x - column) * PLACES), int((dab.y - row) * PLACES)
    full = max(1, floor(dab.opacity * SHADES + 1e-9)) * 255 // SHADES
    tip = _tips.get((size, hardness, full, across, down))
    half = len(tip) // 2
    return tip, column - half, row - half


def stamp(layer: Layer, dabs: Iterable[Dab], *, hardness: float, erase: bool = False) -> Box | None:
    """Set dabs down in a mask, and return a box around what they changed; None: nothing."""
    changed: Box | None = None
    for prints, around in _runs((tip_for(dab, hardness) for dab in dabs), layer.box):
        under = layer.changing(around)
        before = under.copy() if len(prints) <= FEW else None
        for tip, box, left, top in prints:
            cut = tip[box.top - top : box.bottom - top, box.left - left : box.right - left]
            part = under[
                box.top - around.top : box.bottom - around.top,
                box.left - around.left : box.right - around.left,
            ]
            if erase:
                np.minimum(part, ~cut, out=part)
            else:
                np.maximum(part, cut, out=part)
        inner = None if before is None else _box_of(before != under)
        if inner is not None:
            around = inner.moved(around.left, around.top)
        elif before is not None:
            continue
        changed = around.joined(changed)
    return changed


def _box_of(changed: NDArray[np.bool_]) -> Box | None:
    """Return the box around what changed, in a third of the time that sums of rows take."""
    told, wide = changed.tobytes(), changed.shape[1]
    first, last = told.find(1), told.rfind(1)
    if first < 0:
        return None
    top, bottom = first // wide, last // wide + 1
    columns = changed[top:bottom].any(0).tobytes()
    return Box(columns.find(1), top, columns.rfind(1) + 1, bottom)


def _runs(
    prints: Iterable[tuple[Pixels, int, int]], limits: Box
) -> Iterator[tuple[list[Print], Box]]:
    """Put prints together that lie near each other, with the box around them, within limits.

    What a run costs besides its pixels, it costs once; and it must touch no tile that none of its
    prints does, or hardly.
    """
    run: list[Print] = []
    around = limits
    for tip, left, top in prints:
        box = Box(left, top, left + len(tip), top + len(tip)).within(limits)
        if box.empty:
            continue
        both = box.joined(around) if run else box
        if run and max(both.right - both.left, both.bottom - both.top) > len(tip) + TILE // 2:
            yield run, around
            run, both = [], box
        run.append((tip, box, left, top))
        around = both
    if run:
        yield run, around


def _tip(size: float, hardness: float, full: int, across: int, down: int) -> Pixels:
    """Return a tip; its middle lies so many quarters right of and below its middle pixel's corner.

    With pressure each dab has a size of its own; so distances are kept and only looked up anew,
    which takes a sixth of the time.
    """
    half = ceil(size / 2 + 1)
    room = max(int(FINE), 1 << (half - 1).bit_length())
    away = np.arange(int(half * 1.5 * STEPS), dtype=np.float32) / STEPS
    edge = max(1.0, size / 2 * (1 - hardness))  # a hard edge is one pixel wide: antialiased
    rise = np.clip((size / 2 + 0.5 - away) / edge, 0, 1)
    if edge > 1:
        rise *= rise * (3 - 2 * rise)
    shades = (rise * full).round().astype(np.uint8)
    middle = slice(room - half, room + half)
    tip: Pixels = np.take(shades, _distances(room, across, down)[middle, middle], mode="clip")
    return tip


@lru_cache(32)
def _distances(room: int, across: int, down: int) -> NDArray[np.uint16]:
    """Return how far each pixel lies from the middle, in sixteenths of a pixel."""
    x, y = (
        np.arange(-room, room, dtype=np.float32) + 0.5 - place / PLACES for place in (across, down)
    )
    away: NDArray[np.uint16] = (np.hypot(x[None, :], y[:, None]) * STEPS).round().astype(np.uint16)
    return away
