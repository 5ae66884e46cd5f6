"""Which components are in memory: acquires them, and evicts first what the plan uses last.

A network that lies in two folders, such as the MoVQ beside each decoder, is loaded once: what one
of them holds stands for the other, as long as the files from which it was loaded are still there.
"""

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from kandinsky_desktop.domain.errors import ModelProblem, NotAtHand, Stopped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.engine.device import Device, host_free_bytes
from kandinsky_desktop.engine.eight_bits import pack_network
from kandinsky_desktop.engine.limits import NO_LIMIT
from kandinsky_desktop.engine.loading import load_component, nothing
from kandinsky_desktop.engine.streaming import StreamedNetwork
from kandinsky_desktop.store.same_network import Stamp, is_same, stamp_of

log = logging.getLogger(__name__)

MARGIN = 1.05  # what loading takes beyond the weights themselves
NEARLY = 0.9  # of the weights that may stay on the device
SPARE_RAM_BYTES = 4_000_000_000  # left to other programs when components are moved to RAM

AboutToLoad = Callable[[str, int, int], None]  # the kind, its number, of how many


@dataclass(frozen=True, slots=True)
class ComponentKey:
    """A component in one number format: other weights in the same folder are another one."""

    component: Component
    dtype: torch.dtype
    packed: bool = False  # whether its weights are in 8 bits

    @property
    def size_bytes(self) -> int:
        """Return the bytes of its weights in memory."""
        values, packing = self.component.values, self.component.packing
        if self.packed and packing is not None:
            return packing.size_bytes(values, self.dtype.itemsize)
        if self.dtype == torch.float16:
            return self.component.size_bytes(self.dtype.itemsize)
        return values * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a network is streamed."""

    held: int  # bytes of its weights that stay on the device
    network: StreamedNetwork


def _may_be_same(key: ComponentKey, other: ComponentKey) -> bool:
    """Whether two networks are as large and run in the same way."""
    one, there = key.component, other.component
    alike = (one.kind, one.values, one.window) == (there.kind, there.values, there.window)
    return alike and bool(one.values) and (key.dtype, key.packed) == (other.dtype, other.packed)


def _taken(key: ComponentKey, held: int | None) -> int:
    """Return the bytes that a component takes of the device, its window where it is streamed."""
    if held is None:
        return key.size_bytes
    whole = key.size_bytes
    return min(whole, held + key.component.streamed * key.dtype.itemsize)


class ModelCache:
    """Keeps components on the device for as long as there is room. Not for two threads."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.cap_bytes: int | None = None  # what a person lets us take of the device
        self._streamed: dict[ComponentKey, Streaming] = {}  # among those that are resident
        self._resident: dict[ComponentKey, Any] = {}  # in the order of their last use
        self._in_ram: dict[ComponentKey, Any] = {}  # evicted from a graphics card
        self._stamps: dict[ComponentKey, Stamp] = {}  # of the files of both, when they were loaded
        self._known: set[ComponentKey] = set()  # what was read from disk
        self._again: set[ComponentKey] = set()  # of it what was let go of, and then wanted again
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
        held: int | None = None,
        packed: bool = False,
        look: Callable[[], None] = nothing,
    ) -> dict[str, Any]:
        """Return components by kind, on the device, with room for so many bytes beside them.

        `later` are the components of the phases to come, the next one first. What `about_to_load`
        raises ends the loading, and what was read so far stays. What `look` raises, which is called
        before each tensor, ends it too. For work that can wait, `spare`, nothing is evicted and it
        is the first to go: raises NotAtHand where there is no room.
        With `held` only so many bytes of the weights stay on the device, the rest is streamed.
        Weights that are to be `packed` are kept in 8 bits where that can be.
        """
        if not spare:
            for one in needs:
                self._leave_way(self._key(one, dtype, packed, look), held)
        wanted = [self._key(one, dtype, packed, look) for one in needs]
        absent = [key for key in wanted if key not in self._resident]
        self._again.update(self._known.intersection(absent))
        needed = int(sum(_taken(key, held) for key in absent) * MARGIN)
        if spare:
            self._check_room(absent, needed)
        else:
            self._make_room(needed, activations, wanted, later, look)
        networks = [key for key in absent if key.component.values]
        for key in absent:
            self._load(key, networks, about_to_load, held, look)
        for key in wanted:  # used now: to the end of the line
            self._resident[key] = self._resident.pop(key)
        if spare:
            self._resident = {key: self._resident[key] for key in wanted} | self._resident
        return {key.component.kind: self._resident[key] for key in wanted}

    @property
    def is_warm(self) -> bool:
        """Whether any network is in memory."""
        return bool(self._in_ram) or any(key.size_bytes for key in self._resident)

    def give_way(self) -> bool:
        """Evict what was used longest ago until other programs have what is left to them again.

        Returns whether anything was evicted. For a time without a job.
        """
        with self._device.accounting():
            evicted = False
            self._trim_ram()
            self._give_back_kept()
            while self._room() < 0:
                oldest = next((key for key in self._resident if key.size_bytes), None)
                if oldest is None:
                    break
                self._evict(oldest)
                self._forget()
                self._tidy()
                evicted = True
            return evicted

    def rest(self) -> None:
        """Let go of what streaming fetched ahead: a phase has ended."""
        for streaming in self._streamed.values():
            streaming.network.drop()

    def evict_all(self) -> None:
        """Let go of everything."""
        self.rest()  # what is copied just now is waited for before its memory is given back
        self._resident.clear()
        self._streamed.clear()
        self._in_ram.clear()
        self._stamps.clear()
        self._forget()
        self._tidy()

    def evict_others(
        self, staying: Sequence[Component], dtype: torch.dtype, *, packed: bool = False
    ) -> None:
        """Let go of everything but some components."""
        keys = [self._key(one, dtype, packed) for one in staying]
        for key in [key for key in self._resident if key not in keys]:
            self._evict(key)
        self._forget()
        self._tidy()

    def _key(
        self,
        component: Component,
        dtype: torch.dtype,
        packed: bool,
        look: Callable[[], None] = nothing,
    ) -> ComponentKey:
        """Return what a component is known by: itself, or what is here and holds the same."""
        own = ComponentKey(component, dtype, packed and component.packing is not None)
        here = [key for key in (*self._resident, *self._in_ram) if _may_be_same(key, own)]
        if not here or own in here:
            return own
        try:
            stamp = stamp_of(component.kind, component.folder)
        except (ModelProblem, OSError):
            return own  # which is told when it is loaded
        same = (key for key in here if is_same(self._stamps[key], stamp, look))
        return next(same, own)

    def _check_room(self, absent: Sequence[ComponentKey], needed: int) -> None:
        if absent and min(self._room(), self._room_beside()) < needed:
            part = max(absent, key=lambda key: key.size_bytes).component.kind
            raise NotAtHand(
                _("There is no room for {part} beside what is in memory.").format(part=part)
            )

    def _make_room(
        self,
        needed: int,
        activations: int,
        staying: Sequence[ComponentKey],
        later: Sequence[Component],
        look: Callable[[], None],
    ) -> None:
        """Evict until so many bytes are free: first what is used last, or never again.

        `needed` are bytes of networks, which may not be more than stay beside each other.
        """
        room, beside = self._room(), self._room_beside()

        def is_there() -> bool:
            return room >= needed + activations and (beside >= needed or not needed)

        others = [key for key in self._resident if key not in staying and key.size_bytes]
        if not others or is_there():
            return
        turns: dict[Component, int] = {}
        for turn, one in enumerate(later):
            for key in others:
                if self._key(one, key.dtype, key.packed, look) == key:
                    turns.setdefault(key.component, turn)
        evicted = False
        for key in sorted(others, key=lambda key: -turns.get(key.component, len(later))):
            if is_there():
                break
            room += self._on_device(key)
            beside += self._on_device(key)
            self._evict(key)
            evicted = True
        if evicted:
            self._tidy()

    def _load(
        self,
        key: ComponentKey,
        networks: Sequence[ComponentKey],
        about_to_load: AboutToLoad,
        held: int | None,
        look: Callable[[], None],
    ) -> None:
        component = key.component
        if not component.values:
            self._resident[key] = load_component(component, key.dtype)
            return
        if held is None and key in self._in_ram:
            network = self._in_ram.pop(key)
            try:
                self._resident[key] = self._device.put(network, look)
            except Stopped:  # what was moved so far would be in nobody's account
                self._in_ram[key] = self._device.take(network)
                raise
            return
        about_to_load(component.kind, networks.index(key) + 1, len(networks))
        self.loads += 1
        self._known.add(key)
        self._stamps[key] = stamp_of(component.kind, component.folder)
        # what is streamed stays in its file, in the number format that it has there
        whole = held is None and not key.packed
        dtype, device = (key.dtype, self._device.torch) if whole else (None, None)
        with self._device.on_host():
            network = load_component(component, dtype, look, device)
        if whole:
            self._resident[key] = self._device.put(network, look)
        elif held is None:
            self._resident[key] = pack_network(network, self._device, key.dtype, look)
        else:
            streamed = StreamedNetwork(
                network, self._device, key.dtype, held, packed=key.packed, look=look
            )
            self._resident[key], self._streamed[key] = network, Streaming(held, streamed)

    def _leave_way(self, key: ComponentKey, held: int | None) -> None:
        """Let go of a network that is here, to run it in another way.

        One of which nearly as much stays is run as it is: to read it anew would take longer.
        """
        if key in self._resident and key.component.values:
            streaming = self._streamed.get(key)
            now = None if streaming is None else streaming.held
            alike = now is not None and held is not None and held * NEARLY <= now <= held
            if now != held and not alike:
                del self._resident[key]  # and no copy in RAM: it is read anew, from its file
                self._stop_streaming(key)
                self._tidy()

    def _evict(self, key: ComponentKey) -> None:
        evicted = self._resident.pop(key)
        if self._stop_streaming(key) or key.packed:
            return  # its weights are in its file
        free = host_free_bytes() - SPARE_RAM_BYTES
        if self._device.keeps_evicted and key.size_bytes and free > key.size_bytes:
            self._in_ram[key] = self._device.take(evicted)

    def _stop_streaming(self, key: ComponentKey) -> bool:
        """Let go of what streams a network; whether there was any."""
        streaming = self._streamed.pop(key, None)
        if streaming is not None:
            streaming.network.drop()
        return streaming is not None

    def _trim_ram(self) -> None:
        """Let go of what was evicted to the machine's memory, where that gets scarce."""
        while self._in_ram and host_free_bytes() < SPARE_RAM_BYTES:
            del self._in_ram[next(iter(self._in_ram))]

    def _give_back_kept(self) -> None:
        """Give others what the allocator keeps for the next job, where they have too little."""
        kept = self._device.kept_bytes()
        if kept and self._device.free_bytes() - kept < self._device.reserve_bytes:
            self._device.empty_cache()

    def _room(self) -> int:
        """Return the bytes that may still be taken."""
        room = self._device.free_bytes() - self._device.reserve_bytes
        if self.cap_bytes is None:
            return room
        return min(room, self.cap_bytes - sum(map(self._on_device, self._resident)))

    def _room_beside(self) -> int:
        """Return the bytes of networks that may still come to stay beside what is here.

        One alone may be as large as there is room for. What was let go of and then wanted again is
        worth keeping: for that more may stay, where the machine has plenty.
        """
        most = self._device.most_kept_bytes
        here = sum(map(self._on_device, self._resident))
        if most is None or not here:
            return NO_LIMIT
        again = int(sum(key.size_bytes for key in self._again) * MARGIN)
        if again:
            again = max(0, min(again, self._device.free_bytes() - SPARE_RAM_BYTES))
        return most + again - here

    def _forget(self) -> None:
        """Begin anew to learn what is worth keeping: memory is short, or wanted for others."""
        self._known.clear()
        self._again.clear()

    def _on_device(self, key: ComponentKey) -> int:
        streaming = self._streamed.get(key)
        return _taken(key, None if streaming is None else streaming.held)

    def _tidy(self) -> None:
        gc.collect()
        self._device.empty_cache()
