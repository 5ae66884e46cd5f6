"""Which components are in memory: acquires them, and evicts first what the plan uses last."""

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
import torch

from kandinsky_desktop.domain.errors import NotAtHand
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.loading import load_component

log = logging.getLogger(__name__)

MARGIN = 1.05  # what loading takes beyond the weights themselves
SPARE_RAM_BYTES = 4_000_000_000  # left to other programs when components are moved to RAM

AboutToLoad = Callable[[str, int, int], None]  # the kind, its number, of how many


@dataclass(frozen=True, slots=True)
class ComponentKey:
    """A component in one number format: other weights in the same folder are another one."""

    component: Component
    dtype: torch.dtype

    @property
    def size_bytes(self) -> int:
        """Return the bytes of its weights in memory."""
        return self.component.values * self.dtype.itemsize


class ModelCache:
    """Keeps components on the device for as long as there is room. Not for two threads."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._resident: dict[ComponentKey, Any] = {}  # in the order of their last use
        self._in_ram: dict[ComponentKey, Any] = {}  # evicted from a graphics card
        self.loads = 0  # networks read from disk so far

    def acquire(
        self,
        needs: Sequence[Component],
        dtype: torch.dtype,
        activations: int,
        later: Sequence[Component],
        about_to_load: AboutToLoad,
        *,
        spare: bool = False,
    ) -> dict[str, Any]:
        """Return components by kind, on the device, with room for so many bytes beside them.

        `later` are the components of the phases to come, the next one first. What `about_to_load`
        raises ends the loading, and what was read so far stays. For work that can wait, `spare`,
        nothing is evicted and it is the first to go: raises NotAtHand where there is no room.
        """
        wanted = [ComponentKey(one, dtype) for one in needs]
        absent = [key for key in wanted if key not in self._resident]
        needed = int(sum(key.size_bytes for key in absent) * MARGIN)
        if spare:
            self._check_room(absent, needed)
        else:
            self._make_room(needed + activations, wanted, later)
        networks = [key for key in absent if key.component.values]
        for key in absent:
            self._load(key, networks, about_to_load)
        for key in wanted:  # used now: to the end of the line
            self._resident[key] = self._resident.pop(key)
        if spare:
            self._resident = {key: self._resident[key] for key in wanted} | self._resident
        return {key.component.kind: self._resident[key] for key in wanted}

    def evict_all(self) -> None:
        """Let go of everything."""
        self._resident.clear()
        self._in_ram.clear()
        self._tidy()

    def evict_others(self, staying: Sequence[Component], dtype: torch.dtype) -> None:
        """Let go of everything but some components."""
        keys = [ComponentKey(one, dtype) for one in staying]
        for key in [key for key in self._resident if key not in keys]:
            self._evict(key)
        self._tidy()

    def _check_room(self, absent: Sequence[ComponentKey], needed: int) -> None:
        if absent and self._room() < needed:
            part = max(absent, key=lambda key: key.size_bytes).component.kind
            raise NotAtHand(
                _("There is no room for {part} beside what is in memory.").format(part=part)
            )

    def _make_room(
        self, needed: int, staying: Sequence[ComponentKey], later: Sequence[Component]
    ) -> None:
        """Evict until so many bytes are free: first what is used last, or never again."""
        room = self._room()
        turns = {one: turn for turn, one in reversed(list(enumerate(later)))}
        others = [key for key in self._resident if key not in staying and key.size_bytes]
        evicted = False
        for key in sorted(others, key=lambda key: -turns.get(key.component, len(later))):
            if room >= needed:
                break
            room += key.size_bytes
            self._evict(key)
            evicted = True
        if evicted:
            self._tidy()

    def _load(
        self, key: ComponentKey, networks: Sequence[ComponentKey], about_to_load: AboutToLoad
    ) -> None:
        component, in_ram = key.component, self._in_ram.pop(key, None)
        if in_ram is not None:
            self._resident[key] = in_ram.to(self._device.torch)
            return
        if not component.values:
            self._resident[key] = load_component(component, key.dtype)
            return
        about_to_load(component.kind, networks.index(key) + 1, len(networks))
        self.loads += 1
        self._resident[key] = load_component(component, key.dtype).to(self._device.torch)

    def _evict(self, key: ComponentKey) -> None:
        evicted = self._resident.pop(key)
        free = psutil.virtual_memory().available - SPARE_RAM_BYTES
        if self._device.kind == "cuda" and key.size_bytes and free > key.size_bytes:
            self._in_ram[key] = evicted.to("cpu")

    def _room(self) -> int:
        """Return the bytes that may still be taken."""
        return self._device.free_bytes() - self._device.reserve_bytes

    def _tidy(self) -> None:
        gc.collect()
        self._device.empty_cache()
