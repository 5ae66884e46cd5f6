"""Making the colours of what was painted into a picture meet those around it, inside it alone.

A decoder paints what lies around a mask anew, too: a little beside what is there, and what is kept
of the old picture shows that as a step. By how much it is beside is known just outside the mask.
That difference is laid over what was painted as a *membrane*: it is what it is at the edge, goes
on into the mask as evenly as can be, and fades with the distance (the screened Poisson equation,
Δu = u / reach²; without the screen it is Poisson image editing, Pérez et al. 2003). So colours
meet, details stay, and what is far from the edge keeps its own. Nothing outside is touched.

A small difference is a drift of the decoder's colours: it fades over a long way, on which nobody
sees it. What is beyond that is the fill itself, which reaches over the mask: it fades over a few
pixels, else the fill would take the colours around.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint8]  # (height, width, 3)
Mask = NDArray[np.bool_]
Planes = NDArray[np.float32]  # (3, height, width)

TILE = 256  # side of what is worked out at once
DRIFT = np.float32(12)  # of 255: the largest difference that fades over the long way
FAR, NEAR = 24.0, 3.0  # pixels of what is painted: on so many, two thirds of a correction are gone
FADED = 3  # times the long way: so far from the edge nothing is left that can be seen
ROUNDS = 12  # of relaxation on each grid; the coarser ones come first


def matched(
    painted: Colours, around: Colours, inside: Mask, scale: float = 1.0, known: Mask | None = None
) -> Colours:
    """Return what was painted, with the colours at its edge made those of what is around it.

    `painted` is the whole of what was painted, and `around` what it is laid into, in the same
    place; what is not `inside` comes back as it was painted. `scale` is how many pixels a painted
    one has become by now. Where the colours around are not `known`, as where they are transparent,
    there is nothing to meet.
    """
    result = painted.copy()
    edge = ~inside if known is None else ~inside & known
    far, near = FAR * scale, NEAR * scale
    for tile, part, inner in _tiles(inside.shape, round(FADED * far)):
        if not inside[tile].any() or not edge[part].any():
            continue
        given = edge[part]
        apart = np.moveaxis(around[part].astype(np.float32) - painted[part], 2, 0) * given
        drift = apart.clip(-DRIFT, DRIFT)
        change = _membrane(drift, given, far)
        if (drift != apart).any():
            change += _membrane(apart - drift, given, near)
        there = inside[tile]
        colours = result[tile][there].astype(np.float32) + change[:, *inner][:, there].T
        result[tile][there] = (colours + np.float32(0.5)).clip(0, 255).astype(np.uint8)
    return result


def _tiles(
    shape: tuple[int, ...], room: int
) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice], tuple[slice, slice]]]:
    """Yield tiles, each with what lies around it, and where the tile lies in that."""
    tall, wide = shape
    for top in range(0, tall, TILE):
        for left in range(0, wide, TILE):
            down = slice(top, min(tall, top + TILE))
            across = slice(left, min(wide, left + TILE))
            first = max(0, top - room), max(0, left - room)
            part = slice(first[0], down.stop + room), slice(first[1], across.stop + room)
            inner = (
                slice(top - first[0], down.stop - first[0]),
                slice(left - first[1], across.stop - first[1]),
            )
            yield (down, across), part, inner


def _membrane(values: Planes, given: Mask, reach: float) -> Planes:
    """Return values everywhere, from where they are given; elsewhere they are 0.

    Worked out on grids of cells of 2, 4, 8 … pixels first, so that few rounds are enough on each.
    """
    grids = [(values, given.astype(np.float32))]
    cell = 1
    while 2 * cell <= reach and min(grids[-1][1].shape) > 2:
        sums, weights = grids[-1]
        grids.append((_halved(sums), _halved(weights)))
        cell *= 2
    sums, weights = grids[-1]
    here = np.zeros_like(sums)
    for sums, weights in reversed(grids):
        here = _enlarged(here, sums.shape)
        shares = np.reciprocal(np.maximum(weights, np.float32(1e-6)))
        means = sums * shares  # 0 where nothing is given
        _relax(here, means, weights > 0, np.float32(1 / (4 + (cell / reach) ** 2)))
        cell //= 2
    return here


def _relax(here: Planes, values: Planes, given: Mask, share: np.float32) -> None:
    """Let each cell that is not given become a share of its neighbours' sum; beyond is as within.

    In turns, as on a chessboard: twice as quick as all at once.
    """
    np.copyto(here, values, where=given)
    rows, columns = (np.arange(side) for side in here.shape[1:])
    odd = (rows[:, None] + columns) % 2 == 1
    turns = [~given & odd, ~given & ~odd]
    for _round in range(ROUNDS):
        for turn in turns:
            wide = np.pad(here, ((0, 0), (1, 1), (1, 1)), "edge")
            total = wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1]
            total += wide[:, 1:-1, :-2]
            total += wide[:, 1:-1, 2:]
            total *= share
            np.copyto(here, total, where=turn)


def _halved(values: Planes) -> Planes:
    """Return the mean of each two by two cells; of what is beyond, there is nothing."""
    tall, wide = values.shape[-2:]
    none = [(0, 0)] * (values.ndim - 2)
    even = np.pad(values, [*none, (0, tall % 2), (0, wide % 2)])
    across = even[..., ::2] + even[..., 1::2]
    mean: Planes = (across[..., ::2, :] + across[..., 1::2, :]) * np.float32(0.25)
    return mean


def _enlarged(values: Planes, shape: tuple[int, ...]) -> Planes:
    """Return values for cells of half the size, if there are more of those."""
    if values.shape == shape:
        return values
    larger = values.repeat(2, axis=1).repeat(2, axis=2)
    return np.ascontiguousarray(larger[:, : shape[1], : shape[2]])
