"""A device that is none: the processor, with an account of its own and a limit that is hard.

For tests of what a card with little memory makes us do. The account knows the tensors that torch's
operations return, and not what their kernels take meanwhile: it is no measurement of a card.
"""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import Module
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.engine.device import Device


class SimulatedDevice(Device):
    """The processor as a device of so many bytes. The limit may change while a job runs.

    Beyond it an operation raises torch.OutOfMemoryError, as on a card. `on_allocation` is told
    the bytes of each new tensor before it counts, and what it raises ends the operation. Of one
    thread.
    """

    def __init__(
        self,
        limit_bytes: int,
        on_allocation: Callable[[int], None] | None = None,
        host_bytes: int = 0,
    ) -> None:
        """`limit_bytes` is what its label says; what a program may take can be less later.

        With `host_bytes` the processor may take over what has no room on it.
        """
        super().__init__("cpu")
        self._host_bytes = host_bytes
        self.label_bytes = self.limit_bytes = limit_bytes
        self.on_allocation = on_allocation
        self.allocated = self.peak = 0
        self._tensors: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._counting = 0

    @property
    def name(self) -> str:
        """What people call it."""
        return "Simulated device"

    @property
    def keeps_evicted(self) -> bool:
        """Whether what is evicted may stay in the memory of the machine."""
        return True

    @property
    def host_bytes(self) -> int:
        """Return what a phase may take of the machine's memory."""
        return self._host_bytes

    @property
    def streams(self) -> bool:
        """Whether weights can be copied to it while it works."""
        return True

    def total_bytes(self) -> int:
        """Return what its label says."""
        return self.label_bytes

    def free_bytes(self) -> int:
        """Return what can still be taken."""
        return self.limit_bytes - self.allocated

    @property
    def reserve_bytes(self) -> int:
        """Return nothing: there is no driver."""
        return 0

    def memory(self) -> Memory:
        """Look at the account."""
        return Memory(self.allocated, max(0, self.free_bytes()), self.label_bytes)

    def reset_peak(self) -> None:
        """Begin to look for a new peak."""
        self.peak = self.allocated

    def peak_bytes(self) -> int:
        """Return the most that was taken at once since then."""
        return self.peak

    def allocated_bytes(self) -> int:
        """Return what is taken now."""
        return self.allocated

    @contextmanager
    def accounting(self) -> Iterator[None]:
        """Count what torch's operations return."""
        if self._counting:
            yield
            return
        self._counting = 1
        try:
            with _Account(self):
                yield
        finally:
            self._counting = 0

    @contextmanager
    def on_host(self) -> Iterator[None]:
        """Do not count: the work is done in the machine's memory."""
        before, self._counting = self._counting, 0
        try:
            yield
        finally:
            self._counting = before

    def put(self, network: Module, look: Callable[[], None]) -> Module:
        """Copy a network's weights to the device."""
        look()
        _clone(network)
        return network

    def take(self, network: Module) -> Module:
        """Copy a network's weights to the machine's memory."""
        with self.on_host():
            _clone(network)
        return network

    def count(self, made: Any, given: Any) -> None:
        """Count the tensors that an operation made. Raises torch.OutOfMemoryError."""
        if not self._counting:
            return
        known = {one.untyped_storage()._cdata for one in _tensors(given)}
        for one in _tensors(made):
            storage = one.untyped_storage()
            place = storage._cdata
            if place not in known and place not in self._tensors:
                self._add(storage, place)

    def _add(self, storage: Any, place: int) -> None:
        size = storage.nbytes()
        if not size:
            return
        if self.on_allocation is not None:
            self.on_allocation(size)
        if self.allocated + size > self.limit_bytes:
            raise out_of_memory(size, self.allocated, self.limit_bytes)

        def freed(_: Any) -> None:
            if self._tensors.pop(place, None) is not None:
                self.allocated -= size

        self._tensors[place] = weakref.ref(storage, freed), size
        self.allocated += size
        self.peak = max(self.peak, self.allocated)


def out_of_memory(size: int, taken: int, limit: int) -> torch.OutOfMemoryError:
    """Return what a device says when so many bytes are too many."""
    return torch.OutOfMemoryError(
        f"Simulated device out of memory. Tried to allocate {size} bytes: {taken} of {limit} taken."
    )


class _Account(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, device: SimulatedDevice) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._device = device

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        made = operation(*args, **(kwargs or {}))
        self._device.count(made, (args, kwargs))
        return made


def _tensors(tree: Any) -> Iterator[torch.Tensor]:
    return (one for one in tree_leaves(tree) if isinstance(one, torch.Tensor))


def _clone(network: Module) -> None:
    with torch.inference_mode(False), torch.no_grad():
        for one in (*network.parameters(), *network.buffers()):
            one.data = one.data.clone()
