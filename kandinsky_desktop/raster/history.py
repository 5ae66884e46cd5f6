"""Undo of pixels: each step holds the tiles that it changed, within a budget of bytes.

The newest steps stay raw, so that undo is a copy; older ones are packed, and the oldest are
forgotten. Packing takes milliseconds, so it may be done in another thread: see `to_pack`.
"""

import zlib
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Generic, TypeVar

import numpy as np

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.layer import Layer, Pixels, Tile

RAW_BYTES = 64 * 2**20  # of steps around now that stay raw
LONG_AGO = 1e-9  # by time.monotonic: after what was never done, before all else
MOST_BYTES = 512 * 2**20  # of all steps together

Held = Pixels | bytes  # a tile's pixels, or those packed
Place = tuple[str, Tile]  # a layer's name, and which of its tiles
Put = dict[Place, Pixels]  # tiles that were put into the layers: nobody changes these arrays

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Enlarged:
    """How all layers became larger: so much came to them on the left and at the top."""

    before: Size
    after: Size
    left: int
    top: int


@dataclass(slots=True, eq=False)
class UndoStep(Generic[V]):
    """What one step changes: its tiles and the value as they were before, or after once undone.

    Where it made the layers larger, its tiles are those of the larger ones.
    """

    name: str
    value: V
    tiles: dict[Place, Held] = field(default_factory=dict)
    enlarged: Enlarged | None = None
    made_at: float = 0.0  # time.monotonic
    undone_at: float = 0.0
    held_bytes: int = 0  # how much memory its tiles take
    raw_bytes: int = 0  # of them not packed

    def count(self) -> None:
        """Count the bytes of its tiles anew."""
        packed = sum(len(held) for held in self.tiles.values() if isinstance(held, bytes))
        self.raw_bytes = sum(
            held.nbytes for held in self.tiles.values() if not isinstance(held, bytes)
        )
        self.held_bytes = packed + self.raw_bytes


@dataclass(frozen=True, slots=True, eq=False)
class RawTile:
    """A tile of a step that may be packed, by any thread: nobody changes its pixels any more."""

    step: "UndoStep[Any]"
    place: Place
    pixels: Pixels

    def packed(self) -> bytes:
        """Return its pixels, compressed."""
        return zlib.compress(self.pixels.data, 1)


class UndoHistory(Generic[V]):
    """The steps of some layers, and of a value that belongs to them."""

    def __init__(
        self,
        layers: MutableMapping[str, Layer],
        value: V,
        *,
        raw_bytes: int = RAW_BYTES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._layers, self.value = layers, value
        self._raw_bytes, self._most_bytes = raw_bytes, most_bytes
        self._past: list[UndoStep[V]] = []
        self._future: list[UndoStep[V]] = []  # the next one is the last
        self._open: UndoStep[V] | None = None

    @property
    def open_step(self) -> UndoStep[V] | None:
        """The step that is being made."""
        return self._open

    @property
    def last(self) -> UndoStep[V] | None:
        """The step that undo takes back."""
        return self._past[-1] if self._past else None

    @property
    def next(self) -> UndoStep[V] | None:
        """The step that redo makes again."""
        return self._future[-1] if self._future else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all steps, the oldest first; `done` of them are done, the rest undone."""
        return tuple(step.name for step in (*self._past, *reversed(self._future)))

    @property
    def done(self) -> int:
        """How many steps undo can take back."""
        return len(self._past)

    @property
    def held_bytes(self) -> int:
        """How much memory all steps take."""
        return sum(step.held_bytes for step in (*self._past, *self._future))

    def restore(self, done: Sequence[UndoStep[V]], undone: Sequence[UndoStep[V]]) -> None:
        """Go on with the steps of an earlier sitting, the oldest and the last to redo first."""
        for step in undone:
            step.undone_at = LONG_AGO
        self._past, self._future = list(done), list(undone)
        self._trim()

    def begin(self, name: str) -> None:
        """Begin a step: what layers change from now on belongs to it."""
        assert self._open is None
        self._open = UndoStep(name, self.value)
        self._watch(self._open)

    def enlarge(self, size: Size, left: int, top: int) -> None:
        """Put larger layers in place of all, as the first that the open step does.

        Their pixels lie so much farther right and down; around them all is black.
        """
        step = self._open
        assert step is not None
        assert not step.tiles
        before = next(iter(self._layers.values())).size
        step.enlarged = Enlarged(before, size, left, top)
        self._place(size, left, top)
        self._watch(step)

    def end(self) -> UndoStep[V] | None:
        """End the open step; one that ends where it began is none, and None is returned."""
        step = self._close()
        step.tiles = {
            place: held
            for place, held in step.tiles.items()
            if isinstance(held, bytes) or not np.array_equal(held, self._layer_tile(place))
        }
        if not step.tiles and step.enlarged is None and step.value == self.value:
            return None
        step.made_at = monotonic()
        step.count()
        self._past.append(step)
        self._future.clear()
        self._trim()
        return step

    def before(self, name: str, box: Box) -> Pixels:
        """Return a copy of pixels in a box within a layer, as they were before the open step."""
        assert self._open is not None
        layer, tiles = self._layers[name], self._open.tiles
        result = np.empty_like(layer.part(box))
        for tile in layer.tiles(box):
            held, around = tiles.get((name, tile)), layer.tile_box(tile)
            inner = around.within(box)
            now = layer.tile(tile) if held is None or isinstance(held, bytes) else held
            _cut(result, inner.moved(-box.left, -box.top))[...] = _cut(
                now.reshape(around.size.height, around.size.width, *result.shape[2:]),
                inner.moved(-around.left, -around.top),
            )
        return result

    def cancel(self) -> Put:
        """Put back what the open step changed, as if it had never begun."""
        return self._take_back(self._close())

    def undo(self) -> Put:
        """Take the last step back. There must be one, and none open."""
        assert self._open is None
        step = self._past.pop()
        put = self._take_back(step)
        step.undone_at = monotonic()
        self._future.append(step)
        return put

    def redo(self) -> Put:
        """Make the step again that was undone last. There must be one, and none open."""
        assert self._open is None
        step = self._future.pop()
        if step.enlarged is not None:
            self._place(step.enlarged.after, step.enlarged.left, step.enlarged.top)
        put = self._swap(step)
        self._past.append(step)
        return put

    def to_pack(self) -> list[RawTile]:
        """Return the tiles that are raw and lie too far from now to stay so."""
        found: list[RawTile] = []
        held = 0
        for step in _by_distance(self._past, self._future):
            if not step.raw_bytes:
                continue
            held += step.raw_bytes
            if held > self._raw_bytes:
                found += [
                    RawTile(step, place, tile)
                    for place, tile in step.tiles.items()
                    if not isinstance(tile, bytes)
                ]
        return found

    def put_packed(self, packed: list[tuple[RawTile, bytes]]) -> None:
        """Hold tiles packed, unless they were used meanwhile."""
        for raw, data in packed:
            if raw.step.tiles.get(raw.place) is raw.pixels:
                raw.step.tiles[raw.place] = data
        for step in {raw.step for raw, _data in packed}:
            step.count()

    def _remember(self, step: UndoStep[V], name: str, layer: Layer, tile: Tile) -> None:
        if (name, tile) not in step.tiles:
            step.tiles[name, tile] = layer.tile(tile).copy()

    def _layer_tile(self, place: Place) -> Pixels:
        return self._layers[place[0]].tile(place[1])

    def _close(self) -> UndoStep[V]:
        step, self._open = self._open, None
        assert step is not None
        for layer in self._layers.values():
            layer.remember = None
        return step

    def _watch(self, step: UndoStep[V]) -> None:
        for label, layer in self._layers.items():
            layer.remember = partial(self._remember, step, label, layer)

    def _place(self, size: Size, left: int, top: int) -> None:
        for label, layer in self._layers.items():
            self._layers[label] = layer.placed(size, left, top)

    def _take_back(self, step: UndoStep[V]) -> Put:
        put, larger = self._swap(step), step.enlarged
        if larger is not None:  # what is cut off is black again
            self._place(larger.before, -larger.left, -larger.top)
        return put

    def _swap(self, step: UndoStep[V]) -> Put:
        """Let what lies in the layers and what the step holds change places."""
        put: Put = {}
        for (name, tile), held in step.tiles.items():
            layer = self._layers[name]
            now = layer.tile(tile).copy()
            if isinstance(held, bytes):
                held = np.frombuffer(zlib.decompress(held), np.uint8)
            layer.put_tile(tile, held)
            put[name, tile] = held
            step.tiles[name, tile] = now
        self.value, step.value = step.value, self.value
        step.count()
        return put

    def _trim(self) -> None:
        """Forget the oldest steps, as long as they are too many bytes; never the last one."""
        sizes = [step.held_bytes for step in self._past]
        total = sum(sizes) + sum(step.held_bytes for step in self._future)
        while total > self._most_bytes and len(self._past) > 1:
            self._past.pop(0)
            total -= sizes.pop(0)


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.top : box.bottom, box.left : box.right]


def _by_distance(past: list[UndoStep[V]], future: list[UndoStep[V]]) -> list[UndoStep[V]]:
    """Return steps, those that would be undone or redone soonest first."""
    order: list[UndoStep[V]] = []
    for away in range(1, max(len(past), len(future)) + 1):
        order += [steps[-away] for steps in (past, future) if away <= len(steps)]
    return order
