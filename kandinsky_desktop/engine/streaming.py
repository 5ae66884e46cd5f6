"""Runs a network whose weights lie in the machine's memory or in their file, layer by layer.

Before a layer runs its weights are copied to the device, in the number format that is wanted, and
those of the layer that came after it the last time too; after it they are dropped. The bits are
those of a network that was loaded whole. Weights in a file stay there: their pages are the
system's, to drop and read again. On a card copies go through a ring of pinned slabs and a stream of
their own, beside the computation; not run on a card by us yet. What one stream must not do before
the other has done its part, tests/engine/test_pinned_ring.py shows on streams that are as late as
they may be.
"""

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor
from torch.nn import Module

from kandinsky_desktop.domain.packing import is_packed
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.eight_bits import rounded

SLABS = 3  # one being filled, one being copied, one that was copied
# Bytes of a slab: what is pinned is taken from every other program, and torch rounds it up to a
# power of two. The published U-Nets' largest weights, 85 MB, go in three parts.
SLAB = 2**25

Weights = dict[str, Tensor]  # of one layer, by their names in it


class StreamedNetwork:
    """The hooks that stream a network's weights to a device, and what they need."""

    def __init__(
        self,
        network: Module,
        device: Device,
        dtype: torch.dtype,
        held_bytes: int = 0,
        *,
        packed: bool = False,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """`network` is on the host, in any number format. `held_bytes` of weights stay put.

        Packed: its weights are rounded as they would be in 8 bits, where those have no room.
        What `look` raises, which is called before each tensor that stays, ends it: it is read from
        its file only then. Raises torch.OutOfMemoryError where the device has no room for what
        stays.
        """
        self.network = network
        self._rounded = _layers_in_8_bits(network) if packed else frozenset()
        self._wide = wide_layers(network) if dtype == torch.float16 else frozenset()
        self._device, self._dtype = device, dtype
        self._ahead = device.streams  # a processor copies no faster by doing it early
        self._host: dict[Module, Weights] = {}
        self._twins: dict[Module, Module] = {}  # layers whose weights are those of one before them
        self._there: set[Module] = set()
        self._after: dict[Module, Module] = {}  # which layer came after it the last time
        self._last: Module | None = None
        self._marks: dict[Module, Any] = {}  # of the copies that a layer waits for
        self._nothing: dict[torch.dtype, Tensor] = {}  # what stands for weights that are away
        streamed = self._divide(held_bytes, look)
        self._ring = ring_of(device) if streamed else None
        self._hooks: list[Any] = []
        for layer in streamed:
            self._put_away(layer)
        streamed += [twin for twin, layer in self._twins.items() if layer in self._host]
        for layer in streamed:
            self._hooks.append(layer.register_forward_pre_hook(self._before))
            # always: a layer in which memory ran out gives back its weights too
            self._hooks.append(layer.register_forward_hook(self._behind, always_call=True))

    def drop(self) -> None:
        """Let go of what is on the device between two runs: what was fetched ahead."""
        for layer in list(self._there):
            self._put_away(layer)
        self._last = None

    def _divide(self, held_bytes: int, look: Callable[[], None]) -> list[Module]:
        """Put what stays on the device, large layers first, and return the layers that do not.

        So what passes through beside them is small, and copies keep up with the computation.
        """
        layers, room = [], held_bytes
        first: dict[tuple[int, ...], Module] = {}
        for module in self.network.modules():
            own = tuple(id(one) for one in module.parameters(recurse=False))
            if own in first:
                self._twins[module] = first[own]
            elif own and not any(module.children()):
                first[own] = module
                layers.append(module)
            else:
                self._keep(module, look)
        streamed = []
        for layer in sorted(layers, key=self._bytes, reverse=True):
            if self._bytes(layer) <= room:
                room -= self._bytes(layer)
                self._keep(layer, look)
            else:
                streamed.append(layer)
        return streamed

    def _bytes(self, layer: Module) -> int:
        own = layer.parameters(recurse=False)
        return sum(one.numel() * self._format_of(layer, one).itemsize for one in own)

    def _keep(self, module: Module, look: Callable[[], None]) -> None:
        with torch.inference_mode(False), torch.no_grad():
            for name, one in _own(module):
                look()
                as_run = self._as_run(module, name, one.data)
                one.data = self._plain_copy(as_run, self._format_of(module, as_run))

    def _put_away(self, layer: Module) -> None:
        """Leave of a layer's weights what says the device, format and shape of each."""
        self._wait(layer)  # memory that is still written to must not be given to others
        host = self._host.get(layer)
        if host is None:
            host = self._host[layer] = {name: one.data for name, one in _own(layer)}
        with torch.inference_mode(False), torch.no_grad():
            for name, one in _own(layer):
                number = self._number(self._format_of(layer, host[name]))
                one.data = number.expand(host[name].shape)  # one number, at every place
        self._there.discard(layer)

    def _number(self, dtype: torch.dtype) -> Tensor:
        """Return one number on the device, always the same one: there may be no room for more."""
        if dtype not in self._nothing:
            self._nothing[dtype] = torch.zeros((), dtype=dtype, device=self._device.torch)
        return self._nothing[dtype]

    def _format_of(self, layer: Module, weights: Tensor) -> torch.dtype:
        if not weights.is_floating_point():
            return weights.dtype
        return torch.float32 if layer in self._wide else self._dtype

    def _fetch(self, layer: Module) -> None:
        if layer in self._there:
            return
        with torch.inference_mode(False), torch.no_grad():
            copies: Weights = {}
            try:
                for name, one in self._host[layer].items():
                    weights = self._as_run(layer, name, one)
                    self._copy(weights, self._format_of(layer, weights), copies, name)
            except BaseException:
                if self._ring is not None:  # before what is half copied is given back
                    self._ring.wait(self._ring.mark())
                raise
            for name, one in _own(layer):
                one.data = copies[name]
        if self._ring is not None:
            self._marks[layer] = self._ring.mark()
        self._there.add(layer)

    def _copy(self, weights: Tensor, dtype: torch.dtype, copies: Weights, name: str) -> None:
        if self._ring is None:
            copies[name] = self._plain_copy(weights, dtype)
            return
        # of the computing stream's memory: what it still reads there is read before we write
        there = torch.empty_like(weights, dtype=dtype, device=self._device.torch)
        copies[name] = there
        self._ring.copy(weights, there)

    def _wait(self, layer: Module) -> None:
        if self._ring is not None and layer in self._marks:
            self._ring.wait(self._marks.pop(layer))

    def _before(self, layer: Module, given: Any) -> None:
        del given
        layer = self._twins.get(layer, layer)
        if self._last is not None:
            expected = self._after.get(self._last)
            if expected is not None and expected is not layer:
                self._put_away(expected)  # another way through the network
            self._after[self._last] = layer
        self._last = layer
        self._fetch(layer)
        self._wait(layer)
        following = self._after.get(layer)
        if self._ahead and following is not None:
            self._fetch(following)

    def _behind(self, layer: Module, given: Any, made: Any) -> None:
        del given, made
        self._put_away(self._twins.get(layer, layer))

    def _as_run(self, layer: Module, name: str, weights: Tensor) -> Tensor:
        if name != "weight" or layer not in self._rounded:
            return weights
        with self._device.on_host():
            return rounded(weights, self._dtype)

    def _plain_copy(self, weights: Tensor, dtype: torch.dtype) -> Tensor:
        # a processor takes them where they lie in the file: products of matrices round by that too
        return weights.to(device=self._device.torch, dtype=dtype, copy=self._ahead)


class PinnedRing:
    """Slabs of pinned memory through which weights go to a card, beside what it computes.

    One for all networks that are streamed, as they run one after the other. Of one thread.
    """

    def __init__(self) -> None:
        self._slabs = [_pinned(SLAB) for _slab in range(SLABS)]
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._copied = [_event() for _slab in self._slabs]
        self._next = 0

    def copy(self, weights: Tensor, there: Tensor) -> None:
        """Begin to copy weights to memory on the card, in its number format.

        That memory must not be given back before the computation waits for the copy.
        """
        self._stream.wait_stream(torch.cuda.current_stream())
        flat, goal = _flat(weights), _flat(there)
        most = SLAB // there.dtype.itemsize
        for begin in range(0, flat.numel(), most):
            part = flat[begin : begin + most]
            number, self._next = self._next, (self._next + 1) % SLABS
            self._copied[number].synchronize()  # what was in the slab is on the card
            slab = self._slabs[number][: part.numel() * there.dtype.itemsize].view(there.dtype)
            slab.copy_(part)
            with torch.cuda.stream(self._stream):
                goal[begin : begin + most].copy_(slab, non_blocking=True)
                self._copied[number].record(self._stream)

    def mark(self) -> torch.cuda.Event:
        """Return what can be waited for: that all copies begun so far have ended."""
        event = _event()
        event.record(self._stream)
        return event

    def wait(self, mark: torch.cuda.Event) -> None:
        """Let the computation wait for copies; the program goes on."""
        torch.cuda.current_stream().wait_event(mark)


_rings: WeakValueDictionary[str, PinnedRing] = WeakValueDictionary()


def ring_of(device: Device) -> PinnedRing | None:
    """Return the ring of a card, as long as anything is streamed; None where there is no card."""
    if device.kind != "cuda":
        return None
    ring = _rings.get(device.kind)
    if ring is None:
        ring = _rings[device.kind] = PinnedRing()
    return ring


def _pinned(size: int) -> Tensor:
    return torch.empty(size, dtype=torch.uint8, pin_memory=True)


def _event() -> torch.cuda.Event:
    return torch.cuda.Event()  # type: ignore[no-untyped-call,no-any-return,unused-ignore]


def _layers_in_8_bits(network: Module) -> frozenset[Module]:
    return frozenset(
        layer
        for name, layer in network.named_modules()
        for own, one in layer.named_parameters(recurse=False)
        if is_packed(f"{name}.{own}", one.shape)
    )


def wide_layers(network: Module) -> frozenset[Module]:
    """Return the layers that a network has in single precision where it is in float16."""
    names = getattr(network, "_keep_in_fp32_modules", None) or ()
    return frozenset(
        layer for path, layer in network.named_modules() if path.rpartition(".")[2] in names
    )


def _own(layer: Module) -> Iterator[tuple[str, Tensor]]:
    yield from layer.named_parameters(recurse=False)
    yield from layer.named_buffers(recurse=False)


def _flat(one: Tensor) -> Tensor:
    """Return the numbers of a tensor as they lie in memory."""
    return one.as_strided((one.numel(),), (1,), one.storage_offset())
