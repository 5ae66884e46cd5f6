"""Growing, shrinking and feathering a grey mask: (height, width) of uint8, white = painted anew.

Growing takes the maximum over a disc: exactly where it is small; else over a polygon of sixteen
sides, off by 2 % of the radius at most, since a polygon is a sum of eight line segments and the
maximum over a segment of n pixels takes log2(n) shifts. In a row-major array with room around it a
shift is one offset, so that each pass is one call. What is grey stays grey.

Feathering is worked out on cells of several pixels, and only what is too narrow for them on finer
ones. Work is done on the part that can change, and the picture's own border is no edge.
"""

from collections.abc import Callable, Iterator
from math import ceil, isqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.uint8]

# shares of a radius: the runs of steps along axes, diagonals and knight's moves nearest to a disc
AXIS, DIAGONAL, KNIGHT = 0.232, 0.128, 0.209
EXACT = 12  # the largest radius for which a disc is taken row by row
FINEST = 10  # pixels over which an edge rises that is worked out on pixels
CELLS = 8  # over which a wider edge rises; squares of all distances are to stay below 256
COARSEST = 8  # pixels of a cell that one reduction makes; a larger cell is made of such
NARROW = 4  # cells: what is not twice as wide is worked out on finer ones
TILE = 128  # pixels of the side of a part that is looked at alone


def grown(mask: Grey, radius: int) -> Grey:
    """Return a mask widened by so many pixels, round."""
    if radius <= 0:
        return mask
    return _within(mask, radius, lambda part: _widened(part, radius))


def shrunk(mask: Grey, radius: int) -> Grey:
    """Return a mask narrowed by so many pixels, round."""
    if radius <= 0:
        return mask
    return _within(mask, 1, lambda part: ~_widened(~part, radius))


def feathered(mask: Grey, radius: int) -> Grey:
    """Return a mask that rises evenly from its edge to what it is so many pixels inside; 0 outside.

    What is narrower than that rises up to its middle, so that a thin stroke stays.
    """
    if radius <= 0:
        return mask
    return _within(mask, 2 * _cell(radius), lambda part: _faded(part, radius))


def _within(mask: Grey, room: int, work: Callable[[Grey], Grey]) -> Grey:
    """Do it on the box around what is not black, wider by so many pixels."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return mask
    top, bottom = max(0, rows[0] - room), min(mask.shape[0], rows[-1] + 1 + room)
    columns = np.flatnonzero(mask[top:bottom].any(0))
    left, right = max(0, columns[0] - room), min(mask.shape[1], columns[-1] + 1 + room)
    result = np.zeros_like(mask)
    result[top:bottom, left:right] = work(mask[top:bottom, left:right])
    return result


def _widened(mask: Grey, radius: int) -> Grey:
    tall, wide = mask.shape
    axis, diagonal, knight = (round(share * radius) for share in (AXIS, DIAGONAL, KNIGHT))
    axis = min(axis, radius - diagonal - 3 * knight)  # rounded, it might reach further
    exact = radius <= EXACT
    room = radius if exact else axis + diagonal + 3 * knight  # each way; the axis counts twice
    here = np.zeros((tall + 2 * room, wide + 2 * room), np.uint8)
    if exact:
        _disc(mask, here, radius)
        return here[room : room + tall, room : room + wide]
    here[:tall, room - axis : room - axis + wide] = mask
    whole, here = here.shape, here.ravel()
    there = np.empty_like(here)
    runs = {(1, 0): 2 * axis, (0, 1): 2 * axis, (1, 1): diagonal, (-1, 1): diagonal}
    runs |= dict.fromkeys(((2, 1), (-2, 1), (1, 2), (-1, 2)), knight)
    for (right, down), run in runs.items():
        reach, one = 0, down * whole[1] + right
        while reach < run:  # by now the maximum over 0..reach steps
            step = min(reach + 1, run - reach)
            by = step * one
            np.maximum(here[by:], here[:-by], out=there[by:])
            there[:by] = here[:by]
            here, there, reach = there, here, reach + step
    return here.reshape(whole)[room : room + tall, room : room + wide]


def _disc(mask: Grey, result: Grey, radius: int) -> None:
    """Put the maximum over a disc into a result with room for it on all sides."""
    tall = len(mask)
    row, reach = np.pad(mask, ((0, 0), (radius, radius))), 0
    for away in range(radius, -1, -1):
        while reach < isqrt(radius * radius - away * away):  # wider by one on each side
            wider = row.copy()
            np.maximum(wider[:, 1:], row[:, :-1], out=wider[:, 1:])
            np.maximum(wider[:, :-1], row[:, 1:], out=wider[:, :-1])
            row, reach = wider, reach + 1
        for down in {radius - away, radius + away}:
            part = result[down : down + tall]
            np.maximum(part, row, out=part)


def _faded(mask: Grey, radius: int) -> Grey:
    hard = not ((mask + np.uint8(1)) > 1).any()
    if hard:
        return _feathered(mask, radius)
    shape = (mask > 0).view(np.uint8)
    np.negative(shape, out=shape)  # 255 for 1
    risen = _feathered(shape, radius)
    return np.minimum(mask, risen, out=risen)


def _feathered(shape: Grey, radius: int) -> Grey:
    """Return a shape, 0 or 255, with its edge risen over so many pixels, tile by tile."""
    cell = _cell(radius)
    result = shape.copy()
    cells = None if cell == 1 else _Cells(shape, cell, radius)
    for tile in _tiles(shape, TILE) if cells is None else cells.near_edges():
        risen = _risen_near(shape, tile, radius) if cells is None else cells.at(tile)
        if risen is not None:
            np.minimum(result[tile], np.maximum(risen, np.uint8(1)), out=result[tile])
    return result


def _cell(radius: int) -> int:
    """Return the side of the cells, in pixels, on which so wide an edge is worked out."""
    cell = 1 if radius <= FINEST else ceil(radius / CELLS)
    return cell if cell <= COARSEST else COARSEST * ceil(cell / COARSEST)


def _risen_near(shape: Grey, tile: tuple[slice, slice], radius: int) -> Grey | None:
    """Return how far the pixels of a tile have risen, 0 to 255; None: no edge is near it."""
    if not shape[tile].any():
        return None
    part, inner = _around(shape, tile, 3 * radius)
    if part.all():
        return None
    return _risen(part > 0, part > 0, radius, 0.5)[0][inner]


class _Cells:
    """How far a shape has risen, in cells of several pixels."""

    def __init__(self, shape: Grey, cell: int, radius: int) -> None:
        self._shape, self._cell = shape, cell
        reduced = Image.fromarray(np.ascontiguousarray(shape)).reduce(min(cell, COARSEST))
        covered = np.asarray(reduced)
        full, touched = covered == 255, covered > 0
        if cell > COARSEST:
            rows, columns = (np.arange(0, side, cell // COARSEST) for side in covered.shape)
            full, touched = (
                pick.reduceat(pick.reduceat(one, rows, 0), columns, 1)
                for pick, one in ((np.logical_and, full), (np.logical_or, touched))
            )
        # it counts as reached a little before, since it is smoothed
        share, width = _risen(full, touched, radius / cell - 0.5, 1.5)
        self._share = Image.fromarray(share).filter(ImageFilter.BoxBlur(1))
        # 1 where it is too narrow for cells, 0 where it is wide enough
        narrow = np.clip(2 - width * (2 / NARROW), 0, 1) * touched
        spread = _spread((narrow * 255).astype(np.uint8), corners=True)
        self._finer = Image.fromarray(spread)
        self._narrow = _spread(spread, corners=True) > 0
        risen = ~_spread(~np.asarray(self._share), corners=True)
        self._edge = touched & ((risen < 255) | self._narrow)

    def near_edges(self) -> Iterator[tuple[slice, slice]]:
        """Yield the tiles, in pixels, in which something is not just as it was."""
        side = max(1, TILE // self._cell)
        rows, columns = (np.arange(0, length, side) for length in self._edge.shape)
        edge = np.logical_or.reduceat(np.logical_or.reduceat(self._edge, rows, 0), columns, 1)
        tall, wide = self._shape.shape
        size = side * self._cell
        for row, column in np.argwhere(edge).tolist():
            top, left = row * size, column * size
            yield slice(top, min(tall, top + size)), slice(left, min(wide, left + size))

    def at(self, tile: tuple[slice, slice]) -> Grey:
        """Return how far the pixels of a tile have risen, 0 to 255."""
        share = self._sized(self._share, tile)
        down, across = (slice(one.start // self._cell, -(-one.stop // self._cell)) for one in tile)
        if not self._narrow[down, across].any():
            return _whitened(share)
        weight = self._sized(self._finer, tile)
        finer = NARROW * self._cell
        part, inner = _around(self._shape, tile, 3 * finer)
        fine = _feathered(part, finer)[inner].astype(np.int32)
        share = (share + (fine - share) * weight.astype(np.int32) // 255).astype(np.uint8)
        return _whitened(share)

    def _sized(self, image: Image.Image, tile: tuple[slice, slice]) -> Grey:
        down, across = tile
        size = across.stop - across.start, down.stop - down.start
        box = (across.start, down.start, across.stop, down.stop)
        cells = tuple(one / self._cell for one in box)
        return np.asarray(image.resize(size, Image.Resampling.BILINEAR, cells))


def _whitened(share: Grey) -> Grey:
    """Return what has nearly risen to white as white: smoothing takes a little off the top."""
    share = np.minimum(share, np.uint8(240))
    return share + share // np.uint8(16)


def _risen(
    inside: NDArray[np.bool_], touched: NDArray[np.bool_], reach: float, less: float
) -> tuple[Grey, NDArray[np.float32]]:
    """Return how far each cell lies on the way from the edge to the middle, and how far that is.

    The middle of the widest disc that holds the cell and lies inside, or `reach` cells from the
    edge; `less` is how much nearer it counts as reached. Said for what is touched.
    """
    most = ceil(reach)
    squares = _squared_distances(inside, most + 1)
    depths = np.sqrt(np.arange((most + 1) ** 2 + 1))
    depth = (np.minimum(depths, reach) * 16).round().astype(np.uint8)[squares]
    width = np.zeros_like(depth)
    for level in range(most + 1, 0, -1):  # from so deep inside, a disc spreads so far
        np.maximum(width, np.where(squares >= level * level, depth, 0), out=width)
        width = _spread(width, corners=level % 2 == 0)
    width *= touched
    for _cell in range(most // 2 + 1):  # into the corners, where no disc reaches
        width = np.where(inside, _spread(width, corners=True), width)
    for _cell in range(2):  # and over what is cut by the edge, which parts a cell away have too
        width = np.where(inside, width, _spread(width, corners=True) * touched)
    across = width.astype(np.float32) / np.float32(16)
    share = depth / np.maximum(16 * (across - np.float32(less)), np.float32(8))
    return (np.minimum(share, 1) * 255).round().astype(np.uint8), across


def _squared_distances(inside: NDArray[np.bool_], most: int) -> Grey:
    """Return the square of how far each cell is from one outside, centre to centre, up to most."""
    away = np.where(inside, np.uint8(most), np.uint8(0))
    step = 1
    while step < most:  # along each row
        further = away + np.uint8(step)
        np.minimum(away[:, step:], further[:, :-step], out=away[:, step:])
        np.minimum(away[:, :-step], further[:, step:], out=away[:, :-step])
        step *= 2
    squares = away * away
    result = squares.copy()
    for down in range(1, most):
        further = squares + np.uint8(down * down)
        np.minimum(result[down:], further[:-down], out=result[down:])
        np.minimum(result[:-down], further[down:], out=result[:-down])
    return result


def _spread(values: Grey, *, corners: bool) -> Grey:
    """Return the largest value among each cell and its four neighbours, or all eight."""
    result = values.copy()
    np.maximum(result[:, 1:], values[:, :-1], out=result[:, 1:])
    np.maximum(result[:, :-1], values[:, 1:], out=result[:, :-1])
    rows = result.copy() if corners else values
    np.maximum(result[1:], rows[:-1], out=result[1:])
    np.maximum(result[:-1], rows[1:], out=result[:-1])
    return result


def _tiles(mask: Grey, side: int) -> Iterator[tuple[slice, slice]]:
    tall, wide = mask.shape
    for top in range(0, tall, side):
        for left in range(0, wide, side):
            yield slice(top, min(tall, top + side)), slice(left, min(wide, left + side))


def _around(mask: Grey, tile: tuple[slice, slice], room: int) -> tuple[Grey, tuple[slice, slice]]:
    """Return a tile with room around it, and where it lies in that."""
    down, across = tile
    top, left = max(0, down.start - room), max(0, across.start - room)
    part = mask[top : down.stop + room, left : across.stop + room]
    inner = (
        slice(down.start - top, down.stop - top),
        slice(across.start - left, across.stop - left),
    )
    return part, inner
