"""One layer's pixels: a dense array, kept in tiles for undo, with smaller copies of itself.

Dense, since whole-layer work (fills, growing, saving) is then one array operation, and since the
window paints from it without a copy. Its memory is taken from the system untouched, so that what
was never painted costs nothing. Tiles are only bookkeeping: what an open undo step must remember,
what a smaller copy must renew, what the journal writes.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box

TILE = 256  # pixels of a tile's side
LEVELS = 6  # the layer itself, and copies halved up to five times
SMALL = 0.75  # of its tiles: what changed in less of them is renewed alone
NOWHERE = 2**30  # beyond all pixels
ROWS = 128  # at a time, so that they stay in the processor's cache

Pixels = NDArray[np.uint8]
Tile = tuple[int, int]  # its column and row


class Layer:
    """Pixels: one channel of a mask, or blue, green, red and a fourth of a picture.

    With `alpha` the fourth is the opacity, and the colours are not multiplied by it; in one that
    is `premultiplied` it is, too, and they are.
    """

    levels = LEVELS

    def __init__(
        self, size: Size, channels: int = 1, *, alpha: bool = False, premultiplied: bool = False
    ) -> None:
        self.size, self.channels, self.alpha = size, channels, alpha
        self.premultiplied = premultiplied
        self.box = Box(0, 0, size.width, size.height)  # all of it
        depth = () if channels == 1 else (channels,)
        self._levels = [
            np.zeros((-(-size.height // 2**n), -(-size.width // 2**n), *depth), np.uint8)
            for n in range(LEVELS)
        ]
        rows, columns = -(-size.height // TILE), -(-size.width // TILE)
        self._stale = np.zeros((LEVELS, rows, columns), bool)  # the first: of `_painted`
        self._any_stale = False  # whether some copy may be stale somewhere
        # of a stale tile of a copy, in pixels of the layer: left, top, less right, less bottom
        self._changed = np.full((4, LEVELS - 1, rows, columns), NOWHERE, np.int32)
        self._painted = np.zeros((rows, columns), bool)  # tiles that are not all black
        self.remember: Callable[[Tile], None] | None = None  # called before a tile is changed

    @property
    def pixels(self) -> Pixels:
        """All pixels. To change some, see `changing`."""
        return self._levels[0]

    def part(self, box: Box) -> Pixels:
        """The pixels of what of a box lies inside, to be read."""
        left, top, right, bottom = box.within(self.box).corners
        return self.pixels[top:bottom, left:right]

    def changing(self, box: Box) -> Pixels:
        """Return the pixels of what of a box lies inside, to be changed at once.

        What they were is remembered first, and smaller copies will be renewed.
        """
        box = box.within(self.box)
        if not box.empty:
            if self.remember is not None:
                for tile in self.tiles(box):
                    self.remember(tile)
            top, left = box.top // TILE, box.left // TILE
            bottom, right = (box.bottom - 1) // TILE, (box.right - 1) // TILE
            self._stale[:, top : bottom + 1, left : right + 1] = self._any_stale = True
            changed = self._changed[:, :, top : bottom + 1, left : right + 1]
            sides = np.array((box.left, box.top, -box.right, -box.bottom), np.int32)
            np.minimum(changed, sides.reshape(4, 1, 1, 1), out=changed)
        return self.pixels[box.top : box.bottom, box.left : box.right]

    def placed(self, size: Size, left: int, top: int) -> "Layer":
        """Return a layer of another size with these pixels moved right and down; black beside."""
        made = Layer(size, self.channels, alpha=self.alpha, premultiplied=self.premultiplied)
        there = self.box.moved(left, top).within(made.box)
        if not there.empty:
            made.changing(there)[...] = self.part(there.moved(-left, -top))
        return made

    def tiles(self, box: Box) -> Iterator[Tile]:
        """Yield the tiles that a box touches, row by row."""
        box = box.within(self.box)
        if box.empty:
            return
        for row in range(box.top // TILE, (box.bottom - 1) // TILE + 1):
            for column in range(box.left // TILE, (box.right - 1) // TILE + 1):
                yield column, row

    def tile_box(self, tile: Tile) -> Box:
        """Return where a tile lies; those at the right and at the bottom may be smaller."""
        left, top = tile[0] * TILE, tile[1] * TILE
        return Box(left, top, left + TILE, top + TILE).within(self.box)

    def tile(self, tile: Tile, level: int = 0) -> Pixels:
        """Return the pixels of a tile, or what shows it in a smaller copy."""
        side = TILE >> level
        left, top = tile[0] * side, tile[1] * side
        return self._levels[level][top : top + side, left : left + side]

    def put_tile(self, tile: Tile, pixels: Pixels) -> None:
        """Put other pixels into a tile; nothing is remembered of what was there."""
        target = self.tile(tile)
        target[...] = pixels.reshape(target.shape)
        self._stale[:, tile[1], tile[0]] = self._any_stale = True
        left, top, right, bottom = self.tile_box(tile).corners
        changed = self._changed[:, :, tile[1], tile[0]]
        np.minimum(changed, np.array([[left], [top], [-right], [-bottom]], np.int32), out=changed)

    def smaller(self, level: int, box: Box | None = None) -> Pixels:
        """Return the copy halved so many times, right within a box of the whole layer's pixels."""
        box = (self.box if box is None else box).within(self.box)
        if level and self._any_stale and not box.empty:
            self._renew(level, box)
        return self._levels[level]

    def painted_box(self) -> Box | None:
        """Return the box around what is not black in a mask, or in a sketch; None: nothing is."""
        for row, column in np.argwhere(self._stale[0]):
            self._painted[row, column] = _is_painted(self.tile((int(column), int(row))))
        self._stale[0] = False
        tiles = box_of(self._painted.view(np.uint8))
        if tiles is None:
            return None
        left, top, right, bottom = (side * TILE for side in tiles.corners)
        outer = Box(left, top, right, bottom).within(self.box)
        part = _flat(self.part(outer))
        return Box(
            outer.left + _first(part[:, :TILE].T),
            outer.top + _first(part[:TILE]),
            outer.right - _first(part[:, -TILE:].T[::-1]),
            outer.bottom - _first(part[-TILE:][::-1]),
        )

    def _renew(self, level: int, box: Box) -> None:
        top, left = box.top // TILE, box.left // TILE
        bottom, right = (box.bottom - 1) // TILE + 1, (box.right - 1) // TILE + 1
        stale = self._stale[1 : level + 1, top:bottom, left:right]
        count = int(np.count_nonzero(stale[level - 1]))
        if not count:
            return
        changed = self._changed[:, :level, top:bottom, left:right]
        sides = changed[:, level - 1].reshape(4, -1).min(1)
        around = Box(int(sides[0]), int(sides[1]), -int(sides[2]), -int(sides[3]))
        area = (around.right - around.left) * (around.bottom - around.top)
        if area < count * TILE * TILE * SMALL:
            self._halve(around, level)
        else:
            for row, column in np.argwhere(stale[level - 1]):
                tile = int(column) + left, int(row) + top
                for finer in range(level):
                    if stale[finer, row, column]:
                        halve = halved_by_alpha if self.alpha else halved
                        self.tile(tile, finer + 1)[...] = halve(self.tile(tile, finer))
        stale[...] = False
        changed[...] = NOWHERE
        self._any_stale = bool(np.count_nonzero(self._stale[1:]))

    def _halve(self, box: Box, level: int) -> None:
        """Renew what shows a box in the copies up to one of them, at once."""
        halve = halved_by_alpha if self.alpha else halved
        left, top, right, bottom = box.corners
        for finer in range(level):
            left, top, right, bottom = left // 2, top // 2, -(-right // 2), -(-bottom // 2)
            source = self._levels[finer][2 * top : 2 * bottom, 2 * left : 2 * right]
            self._levels[finer + 1][top:bottom, left:right] = halve(source)


def halved(pixels: Pixels) -> Pixels:
    """Return the mean of each two by two pixels, rounded up, so that nothing painted vanishes."""
    pixels = _even(pixels)
    if pixels.ndim == 2:  # two pixels as one word: twice as fast as strides of two
        pairs = pixels.view(np.uint16)
        across = (pairs & 255) + (pairs >> 8)
        return ((across[::2] + across[1::2] + 3) >> 2).astype(np.uint8)
    # two pixels of four channels as one word, two channels of each at a time, 16 bits for each sum
    words = pixels.reshape(len(pixels), -1).view(np.uint64)
    every, result = np.uint64(0x00FF00FF00FF00FF), np.uint32(0)
    for shift in (0, 8):
        channels = (words >> np.uint64(shift)) & every
        down = channels[::2] + channels[1::2]
        total = (down + (down >> np.uint64(32))).astype(np.uint32)
        mean = ((total + np.uint32(0x00030003)) >> np.uint32(2)) & np.uint32(0x00FF00FF)
        result = result | (mean << np.uint32(shift))
    return np.ascontiguousarray(result).view(np.uint8).reshape(*result.shape, 4)


def halved_by_alpha(pixels: Pixels) -> Pixels:
    """Return a picture of half the size: colours count as far as they are seen."""
    pixels = _even(pixels)
    alpha = pixels[..., 3:].astype(np.uint32)
    seen = pixels[..., :3] * alpha
    weight, total = _of_four(alpha), _of_four(seen)
    result = np.empty((*weight.shape[:2], 4), np.uint8)
    hidden = halved(pixels)[..., :3]
    result[..., :3] = np.where(weight, (total + weight // 2) // np.maximum(weight, 1), hidden)
    result[..., 3:] = (weight + 3) >> 2
    return result


def _of_four(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    across = values[:, ::2] + values[:, 1::2]
    return across[::2] + across[1::2]


def _even(pixels: Pixels) -> Pixels:
    """Return pixels with even sides and whole rows: the last one is there twice if need be."""
    tall, wide = pixels.shape[:2]
    if tall % 2 or wide % 2:
        room = ((0, tall % 2), (0, wide % 2), (0, 0))
        return np.pad(pixels, room[: pixels.ndim], "edge")
    return np.ascontiguousarray(pixels)


def _flat(pixels: Pixels) -> NDArray[np.uint8] | NDArray[np.uint32]:
    """Return the same memory with one number a pixel."""
    return pixels if pixels.ndim == 2 else pixels.view(np.uint32)[..., 0]


def _is_painted(tile: Pixels) -> bool:
    if tile.ndim == 3:
        return bool(_flat(tile).any())
    if tile.shape[1] % 8:
        return bool(tile.any())
    return bool(tile.view(np.uint64).any())  # eight pixels at a time


def _first(rows: NDArray[np.uint8] | NDArray[np.uint32]) -> int:
    """Return the first row that is not black."""
    return int(np.argmax(rows.any(1)))


def box_of(mask: Pixels) -> Box | None:
    """Return the box around what is not black; None: nothing is."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
