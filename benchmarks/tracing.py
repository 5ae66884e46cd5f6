"""Traces what a network takes while it runs, without its weights and without a graphics card.

The library's own forward code runs on fake tensors that say they are on a card: each has a shape, a
number format and a lifetime, and no numbers. An account of their storages gives the allocated
bytes, and the same events, put through a model of PyTorch's caching allocator, the reserved ones.

Not seen: the driver's context, the workspaces of cuBLAS and cuDNN, and what a kernel takes and
gives back within one call. So this is a prediction, and `make gpu-check` compares it with a card.
"""

import bisect
import gc
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode

from kandinsky_desktop.domain.memory import MIB
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.engine.accounting import Change, MemoryAccount
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.streaming import StreamedNetwork, wide_layers

Attention = Literal["efficient", "math"]
BLOCK = 512  # bytes to which a card's allocator rounds
SMALL = MIB  # what is at most this large comes from segments of its own
aten = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Trace:
    """What a network takes in one run, in bytes."""

    weights: int
    activations: int  # beside the weights, inputs and output among them
    changes: Sequence[Change]  # what came and went

    @property
    def reserved(self) -> int:
        """What is taken of the card, weights among them, if the allocator begins packed."""
        return reserved_bytes(self.changes)

    @property
    def peak(self) -> int:
        """The most that is allocated at once."""
        return self.weights + self.activations


Inputs = Callable[[], Any]  # makes what the network is run with, on torch's default device
Run = Callable[[Any, Any], Any]  # a network and its inputs to its output


class Tracer:
    """Holds one network as fake tensors on a card that is not there. Not for two threads."""

    def __init__(
        self, make: Callable[[], torch.nn.Module], dtype: torch.dtype, limit: int | None = None
    ) -> None:
        """Make the network; `make` is called on the meta device.

        One allocation beyond the limit, in bytes, raises torch.OutOfMemoryError.
        """
        with torch.device("meta"):
            self._network = make().eval()
        self._dtype, self._fakes = dtype, FakeTensorMode()
        self._streamed: _Streamed | None = None
        self._account, self._limit = _Limited("cuda", rounded_to=BLOCK, keeps_changes=True), limit
        with self._fakes, torch.no_grad():
            _put_on_card(self._network, dtype)

    @property
    def network(self) -> torch.nn.Module:
        """The network, whose parameters are fakes."""
        return self._network

    def trace(self, run: Run, inputs: Inputs, attention: Attention = "efficient") -> Trace:
        """Run the network once and return what it took."""
        account = self._account
        with self._fakes, torch.no_grad(), attention_of(attention), _Indexing(), account:
            account.count(self._network.parameters())
            account.count(self._network.buffers())
            gc.collect()
            weights = account.live
            account.limit = self._limit
            with torch.device("cuda"):
                given = inputs()
            account.reset_peak()
            made = run(self._network, given)
            del made, given
        return Trace(weights, account.peak - weights, tuple(account.changes))

    def trace_streamed(self, run: Run, inputs: Inputs, held: int = 0) -> int:
        """Run the network with all weights streamed, but for so many bytes, and return the peak.

        After that this tracer traces nothing else: its weights are on the host.
        """
        account = self._account
        with self._fakes, torch.no_grad(), attention_of("efficient"), _Indexing(), account:
            account.count(self._network.parameters())
            account.count(self._network.buffers())
            known = self._streamed is not None
            if self._streamed is None:
                self._streamed = _Streamed(self._network, _Card("cpu"), self._dtype, held)
            if self._limit is not None:
                account.limit = self._limit + self._streamed.on_host
            for _run in range(1 if known else 2):  # the first finds what comes after which layer
                gc.collect()
                with torch.device("cuda"):
                    given = inputs()
                account.reset_peak()
                made = run(self._network, given)
                del made, given
        return account.peak - self._streamed.on_host


class _Limited(MemoryAccount):
    """An account with a limit that is hard."""

    limit: int | None = None

    @override
    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        made = super().__torch_dispatch__(func, types, args, kwargs)
        if self.limit is not None and self.live > self.limit:
            raise torch.OutOfMemoryError(f"{self.live} bytes are more than {self.limit}")
        return made


class _Card(Device):
    """A card of fakes: the host's weights are counted as if they were there, and taken off."""

    @property
    def torch(self) -> torch.device:
        return torch.device("cuda")

    @property
    def streams(self) -> bool:
        return True


class _Streamed(StreamedNetwork):
    """A torch without CUDA cannot be asked to copy to it."""

    @property
    def on_host(self) -> int:
        every = (one for layer in self._host.values() for one in layer.values())
        return sum(-(-one.nbytes // BLOCK) * BLOCK for one in every)

    def _plain_copy(self, weights: Tensor, dtype: torch.dtype) -> Tensor:
        return torch.empty(weights.shape, dtype=dtype, device="cuda")


def _put_on_card(network: torch.nn.Module, dtype: torch.dtype) -> None:
    """Let fake tensors on a card stand for the parameters and buffers, shared ones once."""
    made: dict[int, tuple[Any, Any]] = {}
    wide = wide_layers(network) if dtype == torch.float16 else frozenset()
    for module in network.modules():
        for held in (module._parameters, module._buffers):
            for name, old in held.items():
                if old is None:
                    continue
                if id(old) not in made:
                    floats = torch.float32 if module in wide else dtype
                    kind = floats if old.is_floating_point() else old.dtype
                    new: Tensor = torch.empty(old.shape, dtype=kind, device="cuda")
                    if held is module._parameters:
                        new = torch.nn.Parameter(new, requires_grad=False)
                    made[id(old)] = new, old
                held[name] = made[id(old)][0]


class attention_of(TorchFunctionMode):
    """Lets attention take the kernel that a card of the kind would take.

    "efficient" is what RTX 20xx run in half precision, and takes what "flash" takes; "math" is
    torch's own in matrix products, that holds all scores at once, in single precision.
    """

    def __init__(self, kind: Attention) -> None:
        super().__init__()
        self._taken = _efficient if kind == "efficient" else _in_products

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run a call, attention in the kernel."""
        del types
        taken = self._taken if func is F.scaled_dot_product_attention else func
        return taken(*args, **(kwargs or {}))


def _efficient(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    del dropout_p, enable_gqa
    mask = _as_numbers(attn_mask, q, k)
    return aten._scaled_dot_product_efficient_attention(
        q, k, v, mask, False, 0.0, is_causal, scale=scale
    )[0]


def _in_products(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    del dropout_p, enable_gqa
    share = math.sqrt(scale if scale is not None else 1 / math.sqrt(q.shape[-1]))
    wide = torch.float32 if q.dtype.itemsize == 2 else q.dtype
    scores = torch.matmul(q.to(wide) * share, (k.to(wide) * share).transpose(-2, -1))
    if is_causal:
        scores = scores + torch.zeros(scores.shape[-2:], dtype=wide, device=q.device)
    mask = _as_numbers(attn_mask, q, k)
    if mask is not None:
        scores = scores + mask
    scores = scores.softmax(-1)
    return torch.matmul(scores, v.to(wide)).to(q.dtype)


def _as_numbers(mask: Tensor | None, q: Tensor, k: Tensor) -> Tensor | None:
    if mask is None:
        return None
    if mask.dtype == torch.bool:
        mask = torch.zeros_like(mask, dtype=q.dtype).masked_fill_(mask.logical_not(), -math.inf)
    return mask.to(q.dtype).expand(q.shape[0], q.shape[1], q.shape[2], k.shape[2])


class _Indexing(TorchFunctionMode):
    """Says indexing in views: a torch without CUDA asks a device for it that is not there."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run a call, indexing and `contiguous` in other words."""
        del types
        on_card = args and isinstance(args[0], Tensor) and args[0].device.type == "cuda"
        if on_card and func is Tensor.contiguous and not kwargs:
            whole = args[0].is_contiguous()
            return args[0] if whole else args[0].clone(memory_format=torch.contiguous_format)
        if on_card and func in (Tensor.__getitem__, Tensor.__setitem__):
            part = _indexed(args[0], args[1])
            if func is Tensor.__getitem__:
                return part
            set_ = aten.copy_ if isinstance(args[2], Tensor) else aten.fill_
            set_(part, args[2])
            return None
        return func(*args, **(kwargs or {}))


def _indexed(whole: Tensor, index: Any) -> Tensor:
    every = index if isinstance(index, tuple) else (index,)
    if any(one is Ellipsis for one in every):
        place = next(number for number, one in enumerate(every) if one is Ellipsis)
        taken = sum(one is not None and one is not Ellipsis for one in every)
        rest = (slice(None),) * (whole.dim() - taken)
        every = every[:place] + rest + every[place + 1 :]
    dim, tensors = 0, list[Any]()
    for one in every:
        if one is None:
            whole, dim = whole.unsqueeze(dim), dim + 1
        elif isinstance(one, slice):
            if one != slice(None):
                whole = aten.slice(whole, dim, one.start, one.stop, one.step or 1)
            dim += 1
        elif isinstance(one, int):
            whole = whole.select(dim, one)
        else:
            tensors += [None] * (dim - len(tensors)) + [one]
            dim += 1
    return aten.index(whole, tensors) if tensors else whole


# PyTorch's caching allocator, as CUDACachingAllocator.cpp has it by default


@dataclass(slots=True)
class _Block:
    size: int
    address: int
    segment: int
    small: bool


class _Pool:
    """The free blocks of one kind, the smallest first."""

    def __init__(self) -> None:
        self._free: list[tuple[int, int, int]] = []  # size, address, segment

    def take(self, size: int) -> tuple[int, int, int] | None:
        """Take the smallest block that is large enough, the lowest of those."""
        place = bisect.bisect_left(self._free, (size, -1, -1))
        return self._free.pop(place) if place < len(self._free) else None

    def give(self, size: int, address: int, segment: int) -> None:
        """Put a block back, joined with its neighbours."""
        for one in [one for one in self._free if one[2] == segment]:
            if one[1] + one[0] == address:
                self._free.remove(one)
                size, address = size + one[0], one[1]
            elif address + size == one[1]:
                self._free.remove(one)
                size += one[0]
        bisect.insort(self._free, (size, address, segment))


def reserved_bytes(changes: Sequence[Change]) -> int:
    """Return what the allocator takes of a card, at most, for storages that come and go."""
    pools = {True: _Pool(), False: _Pool()}
    blocks: dict[int, _Block] = {}
    reserved, free_address = 0, 0
    for number, size in changes:
        if number < 0:
            old = blocks.pop(-number)
            pools[old.small].give(old.size, old.address, old.segment)
            continue
        small = size <= SMALL
        found = pools[small].take(size)
        if found is None:
            segment = _segment(size, small=small)
            reserved += segment
            found = segment, free_address, free_address
            free_address += segment + 64 * MIB  # segments never join
        whole, address, segment = found
        rest = whole - size
        if (small and rest >= BLOCK) or (not small and rest > SMALL):
            pools[small].give(rest, address + size, segment)
            whole = size
        blocks[number] = _Block(whole, address, segment, small)
    return reserved


def _segment(size: int, *, small: bool) -> int:
    """Return what is asked of the driver for a block that no free one can hold."""
    if small:
        return 2 * MIB
    return 20 * MIB if size < 10 * MIB else -(-size // (2 * MIB)) * 2 * MIB
