"""Counts the bytes of tensors that are alive, call by call: real ones, or fake ones of any device.

For tracing networks that are too large to be here, for the simulated device, and for processors,
whose allocator says nothing; a card's counts by itself. What a kernel takes and gives back within
one call is not seen. Nothing that is counted here is a measurement of a graphics card.
"""

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Change = tuple[int, int]  # the number of a storage, negative where it dies, and its bytes


class MemoryAccount(TorchDispatchMode):
    """While it is entered, knows what the storages on one kind of device take. Of one thread."""

    def __init__(
        self,
        kind: str,
        *,
        rounded_to: int = 1,
        keeps_changes: bool = False,
        allow: Callable[[int], None] | None = None,
    ) -> None:
        """Take torch's word for the device, and to how many bytes its allocator rounds.

        `allow` is told the bytes of each new storage before it counts, and what it raises ends the
        call; then what a call is given does not count: it may be another device's.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._kind, self._rounded_to, self._allow = kind, rounded_to, allow
        self.paused = False  # whether nothing is counted
        self._alive: dict[int, tuple[weakref.ref[Any], int, int]] = {}  # by the C++ object
        self._count = 0
        self.live = 0  # bytes
        self.peak = 0  # the most since reset_peak
        self._changes: list[Change] | None = [] if keeps_changes else None

    @property
    def changes(self) -> list[Change]:
        """All that came and went since reset_peak, what was alive then first."""
        return self._changes or []

    def reset_peak(self) -> None:
        """Let the peak be what is alive now."""
        self.peak = self.live
        if self._changes is not None:
            self._changes = [(number, size) for _ref, size, number in self._alive.values()]

    def count(self, tensors: Iterable[Tensor]) -> None:
        """Take note of tensors that were there before, as weights are."""
        for tensor in tensors:
            self._note(tensor)

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the call and take note of what it made."""
        del types
        made = func(*args, **(kwargs or {}))
        if not self.paused:
            for one in _tensors(made):
                self._note(one, args, kwargs)
        return made

    def _note(self, tensor: Tensor, *given: Any) -> None:
        """Take note of a tensor, unless a call was given it and `allow` is asked."""
        if tensor.device.type != self._kind or tensor.layout != torch.strided:
            return
        storage = tensor.untyped_storage()
        name = storage._cdata
        if name in self._alive:
            return
        if self._allow is not None and any(_name(one) == name for one in _tensors(given)):
            return
        size = -(-storage.nbytes() // self._rounded_to) * self._rounded_to
        if not size:
            return
        if self._allow is not None:
            self._allow(size)
        self._count += 1
        number = self._count
        gone = weakref.ref(storage, lambda _ref: self._forget(name, number))
        self._alive[name] = gone, size, number
        self.live += size
        self.peak = max(self.peak, self.live)
        if self._changes is not None:
            self._changes.append((number, size))

    def _forget(self, name: int, number: int) -> None:
        known = self._alive.get(name)
        if known is None or known[2] != number:
            return
        del self._alive[name]
        self.live -= known[1]
        if self._changes is not None:
            self._changes.append((-number, known[1]))


def _tensors(tree: Any) -> Iterator[Tensor]:
    """Return the tensors that an operation takes or returns: most are asked in every call."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, (tuple, list)):
        for one in tree:
            yield from _tensors(one)
    elif isinstance(tree, dict):
        yield from _tensors(tuple(tree.values()))


def _name(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.layout == torch.strided else 0
