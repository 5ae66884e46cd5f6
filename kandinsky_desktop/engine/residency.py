"""Which components are in memory: lends them, loads them when wanted, puts others away first."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from kandinsky_desktop.domain.budget import Resident, to_put_away
from kandinsky_desktop.domain.errors import NotAtHand
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.store.weights import check_weights

RESERVE_BYTES = 1_500_000_000  # left free for activations and for the other programs
MARGIN = 1.05  # what loading takes beyond the weights themselves


@dataclass(frozen=True, slots=True)
class Wanted:
    """A component to lend: its kind, where it lies, and in what number format it should be."""

    kind: str  # a key of loading.COMPONENTS
    folder: Path
    dtype: torch.dtype
    content: str  # its fingerprint: other weights may come to lie in the same folder


class Shelf:
    """Keeps components on the device for as long as there is room, the last used longest."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._there: dict[Wanted, torch.nn.Module] = {}  # in the order of their last use
        self.loads = 0  # components read from disk so far

    def lend(
        self, wanted: tuple[Wanted, ...], about_to_load: Callable[[str, int, int], None]
    ) -> tuple[Any, ...]:
        """Return the components, each put on the device if it is not there yet.

        `about_to_load` is told of each that must be read (its kind, its number, of how many); what
        it raises ends the loading, and what was read so far stays.
        """
        absent = [one for one in wanted if one not in self._there]
        if absent:
            needed = int(sum(_size_bytes(one) for one in absent) * MARGIN)
            self._put_away(needed, wanted, self._device.free_bytes() - RESERVE_BYTES)
        for number, one in enumerate(absent, start=1):
            about_to_load(one.kind, number, len(absent))
            self._there[one] = load(one.kind, one.folder, one.dtype).to(self._device.torch)
            self.loads += 1
        for one in wanted:  # used now: to the end of the line
            self._there[one] = self._there.pop(one)
        return tuple(self._there[one] for one in wanted)

    def lend_spare(
        self, wanted: tuple[Wanted, ...], about_to_load: Callable[[str, int, int], None]
    ) -> tuple[Any, ...]:
        """As `lend`, for work that can wait: nothing leaves for it, and it is the first to leave.

        Raises NotAtHand where there is no room.
        """
        for one in wanted:
            if one in self._there:
                continue
            room = self._device.free_bytes() - RESERVE_BYTES
            if room < _size_bytes(one) * MARGIN:
                raise NotAtHand(
                    _("There is no room for {part} beside what is in memory.").format(part=one.kind)
                )
            about_to_load(one.kind, 1, 1)
            read = load(one.kind, one.folder, one.dtype).to(self._device.torch)
            self._there = {one: read} | self._there
            self.loads += 1
        return tuple(self._there[one] for one in wanted)

    def make_room(self, needed: int, beside: tuple[Wanted, ...]) -> None:
        """Put others away until so many bytes can be taken beside those that are in use."""
        self._put_away(needed, beside, self._device.free_bytes())

    def put_all_away(self) -> None:
        """Empty the shelf."""
        self._there.clear()
        gc.collect()
        self._device.empty_cache()

    def _put_away(self, needed: int, staying: tuple[Wanted, ...], free: int) -> None:
        others = {str(index): one for index, one in enumerate(self._there) if one not in staying}
        residents = [Resident(name, _held_bytes(self._there[one])) for name, one in others.items()]
        leaving = to_put_away(residents, needed, free)
        for name in leaving:
            del self._there[others[name]]
        if leaving:
            gc.collect()
            self._device.empty_cache()


def _held_bytes(network: torch.nn.Module) -> int:
    """Return the bytes that come free when a component leaves."""
    return sum(one.nbytes for one in (*network.parameters(), *network.buffers()))


def _size_bytes(wanted: Wanted) -> int:
    """Return the bytes of a component in memory, at most: files are never below two a value."""
    return check_weights(wanted.folder).size_bytes // 2 * wanted.dtype.itemsize
