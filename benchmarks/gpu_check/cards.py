"""The devices of the check: a card that a fraction makes small, or the simulated one without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.simulated import SimulatedDevice

MIB = 2**20


class Squeezable(Protocol):
    """A device whose limit can change while it works."""

    def squeeze(self, most_bytes: int) -> None:
        """Let it take no more than so many bytes from now on."""

    def allocated_bytes(self) -> int:
        """Return what is taken now."""


class SmallCard(Device):
    """The card here, of which its allocator gives out no more than so many bytes.

    The driver's context is beside them. `set_per_process_memory_fraction` is the hard limit.
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__("cuda")
        self.limit_bytes = limit_bytes
        self.machine_bytes = 0  # which the processor may take over, where the card has no room
        self.most_allocated = self.most_reserved = 0  # since someone set them to 0

    def reset_peak(self) -> None:
        """Begin to look for a new peak, as every phase does, and remember that of the job."""
        self.remember()
        super().reset_peak()

    def remember(self) -> None:
        """Take note of the peak so far."""
        self.most_allocated = max(self.most_allocated, torch.cuda.max_memory_allocated())
        self.most_reserved = max(self.most_reserved, torch.cuda.max_memory_reserved())

    def total_bytes(self) -> int:
        """Return the limit: what is beyond it there is not."""
        return min(self.limit_bytes, super().total_bytes())

    def free_bytes(self) -> int:
        """Return what can still be taken."""
        return min(super().free_bytes(), self.limit_bytes - torch.cuda.memory_allocated())

    @property
    def reserve_bytes(self) -> int:
        """Return nothing: the limit is for tensors alone."""
        return 0

    @property
    def host_bytes(self) -> int:
        """Return what a phase may take of the machine's memory."""
        return min(self.machine_bytes, super().host_bytes)

    def limit(self, cap_bytes: int | None) -> None:
        """Set the fraction."""
        most = self.limit_bytes if cap_bytes is None else min(cap_bytes, self.limit_bytes)
        torch.cuda.set_per_process_memory_fraction(min(1.0, most / super().total_bytes()))

    def squeeze(self, most_bytes: int) -> None:
        """Let it take no more than so many bytes from now on."""
        torch.cuda.empty_cache()  # what is cached would be handed out beyond the limit
        self.limit_bytes = most_bytes
        self.limit(None)


class SimulatedCard(SimulatedDevice):
    """The processor with a hard limit: what is counted on it is no measurement of a card."""

    def squeeze(self, most_bytes: int) -> None:
        """Let it take no more than so many bytes from now on."""
        self.limit_bytes = most_bytes


def card_of(kind: str, limit_bytes: int | None = None) -> SmallCard | SimulatedCard:
    """Return the device of the check, with a limit or with all that there is."""
    if kind == "cuda":
        return SmallCard(limit_bytes or torch.cuda.mem_get_info()[1] - 600 * MIB)
    return SimulatedCard(limit_bytes or 2**40)


@contextmanager
def without_flash() -> Iterator[None]:
    """Let attention be what an RTX 20xx has: no flash attention, and none of cuDNN's."""
    flash, cudnn = torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.cudnn_sdp_enabled()
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)
    try:
        yield
    finally:
        torch.backends.cuda.enable_flash_sdp(flash)
        torch.backends.cuda.enable_cudnn_sdp(cudnn)
