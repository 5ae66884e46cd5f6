"""A device that is none: the processor, with an account of its own and a limit that is hard.

For tests of what a card with little memory makes us do. The account knows the tensors that torch's
operations return, and not what their kernels take meanwhile: it is no measurement of a card.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch.nn import Module

from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.engine.accounting import MemoryAccount
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
        machine_bytes: int = 0,
    ) -> None:
        """`limit_bytes` is what its label says; what a program may take can be less later.

        With `machine_bytes` the processor may take over what has no room on it.
        """
        super().__init__("cpu")
        self.machine_bytes = machine_bytes
        self.label_bytes = self.limit_bytes = limit_bytes
        self.on_allocation = on_allocation
        self._account = MemoryAccount("cpu", allow=self._allow)
        self._entered = False

    @property
    def allocated(self) -> int:
        """The bytes that are taken now."""
        return self._account.live

    @property
    def peak(self) -> int:
        """The most that was taken at once since `reset_peak`."""
        return self._account.peak

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
        return self.machine_bytes

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
        self._account.reset_peak()

    def peak_bytes(self) -> int:
        """Return the most that was taken at once since then."""
        return self.peak

    def allocated_bytes(self) -> int:
        """Return what is taken now."""
        return self.allocated

    @contextmanager
    def accounting(self) -> Iterator[None]:
        """Count what torch's operations return."""
        if self._entered:
            yield
            return
        self._entered = True
        try:
            with self._account:
                yield
        finally:
            self._entered = False

    @contextmanager
    def on_host(self) -> Iterator[None]:
        """Do not count: the work is done in the machine's memory."""
        before, self._account.paused = self._account.paused, True
        try:
            yield
        finally:
            self._account.paused = before

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

    def _allow(self, size: int) -> None:
        """Raise torch.OutOfMemoryError where so many bytes are too many."""
        if self.on_allocation is not None:
            self.on_allocation(size)
        if self.allocated + size > self.limit_bytes:
            raise out_of_memory(size, self.allocated, self.limit_bytes)


def out_of_memory(size: int, taken: int, limit: int) -> torch.OutOfMemoryError:
    """Return what a device says when so many bytes are too many."""
    return torch.OutOfMemoryError(
        f"Simulated device out of memory. Tried to allocate {size} bytes: {taken} of {limit} taken."
    )


def _clone(network: Module) -> None:
    with torch.inference_mode(False), torch.no_grad():
        for one in (*network.parameters(), *network.buffers()):
            one.data = one.data.clone()
