"""The pinned ring without a card: on streams that do what they are told as late as they may.

What the computing stream is told runs at once, here on the processor. What the copying stream is
told runs when something waits for it, and not before: so a layer that does not wait computes with
what is no number, and a slab that is filled too early carries the next weights in place of its own.
Memory that is written too early, or given back before that, is found out too.
"""

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

import pytest
import torch
from torch import Tensor
from torch.nn import Conv2d, GroupNorm, Linear, Module, ModuleList
from torch.utils._python_dispatch import TorchDispatchMode

from kandinsky_desktop.engine import streaming
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.streaming import StreamedNetwork

aten = torch.ops.aten
SLAB = 512  # bytes: most weights below go in several parts
EARLY = "written before the computation had done with it"
GONE = "given back before the copy into it had ended"


class Card(Device):
    """The processor, which says that it is a card."""

    def __init__(self) -> None:
        super().__init__("cuda")

    @property
    def torch(self) -> torch.device:
        return torch.device("cpu")


class Computing:
    """The stream of the computation, which counts what it was told."""

    def __init__(self) -> None:
        self.told = 0
        self.deaf = False  # to see that a wait that is left out is found

    def wait_event(self, event: "Event") -> None:
        if not self.deaf:
            event.synchronize()


class Copying:
    """The stream of the copies, which is late."""

    def __init__(self) -> None:
        self.late: list[Callable[[], None]] = []
        self.done = 0
        self.waited_for = -1  # what the computation had been told then
        self.faults: set[str] = set()

    def wait_stream(self, computing: Computing) -> None:
        self.waited_for = computing.told

    def catch_up(self, place: int) -> None:
        while self.done < place:
            self.late[self.done]()
            self.done += 1


class Event:
    """A place in the line of a stream."""

    waits = True  # to see that a wait that is left out is found

    def __init__(self) -> None:
        self._at: tuple[Copying, int] | None = None

    def record(self, stream: Copying) -> None:
        self._at = stream, len(stream.late)

    def synchronize(self) -> None:
        if self._at is not None and self.waits:
            stream, place = self._at
            stream.catch_up(place)


class Worst(TorchDispatchMode):
    """Puts copies off, and fills new memory with what is no number."""

    def __init__(self) -> None:
        super().__init__()
        self.computing, self.copying = Computing(), Copying()
        self.now_copying = False

    @contextmanager
    def on(self, stream: Copying) -> Iterator[None]:
        assert stream is self.copying
        self.now_copying = True
        yield
        self.now_copying = False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        if self.now_copying and func is aten.copy_.default:
            self._put_off(args[0], args[1])
            return args[0]
        made = func(*args, **(kwargs or {}))
        if func is aten.empty_like.default and made.is_floating_point():
            made.fill_(float("nan"))
        elif func in (aten.addmm.default, aten.convolution.default, aten.native_group_norm.default):
            self.computing.told += 1
        return made

    def _put_off(self, goal: Tensor, slab: Tensor) -> None:
        stream, place = self.copying, len(self.copying.late)
        if stream.waited_for < self.computing.told:
            stream.faults.add(EARLY)

        def given_back(_: Any) -> None:
            if stream.done <= place:
                stream.faults.add(GONE)

        held = weakref.ref(goal.untyped_storage(), given_back)
        where = goal.storage_offset(), goal.shape, goal.stride()
        dtype = goal.dtype

        def copy() -> None:
            storage = held()
            if storage is not None:
                torch.empty(0, dtype=dtype).set_(storage, *where).copy_(slab)

        stream.late.append(copy)


class Network(Module):
    """Layers of a few kinds, whose weights are larger than a slab."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Conv2d(4, 32, 3, padding=1)
        self.norm = GroupNorm(4, 32)
        self.second = Conv2d(32, 32, 3, padding=1)
        self.layers = ModuleList(Linear(32, 32) for _ in range(4))

    def forward(self, picture: Tensor, *, short: bool = False) -> Tensor:
        made = self.second(self.norm(self.first(picture))).mean((2, 3))
        for layer in self.layers[:2] if short else self.layers:
            made = layer(made)
        said: Tensor = made
        return said


@pytest.fixture
def worst(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worst]:
    mode = Worst()
    monkeypatch.setattr(torch.cuda, "Stream", lambda: mode.copying)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: mode.computing)
    monkeypatch.setattr(torch.cuda, "stream", mode.on)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(streaming, "_pinned", lambda size: torch.empty(size, dtype=torch.uint8))
    monkeypatch.setattr(streaming, "SLAB", SLAB)
    monkeypatch.setattr(streaming, "_rings", WeakValueDictionary())
    with mode, torch.inference_mode():
        yield mode


@pytest.fixture
def picture() -> Tensor:
    return torch.randn(1, 4, 6, 6, generator=torch.Generator().manual_seed(0))


def networks() -> tuple[Network, Network]:
    """Return a network, and its copy in single precision, as it lies in a file."""
    torch.manual_seed(1)
    plain, wide = Network().eval().bfloat16(), Network().eval()
    wide.load_state_dict(plain.state_dict())
    return plain, wide


def streamed(wide: Network, held: int = 0) -> StreamedNetwork:
    return StreamedNetwork(wide, Card(), torch.bfloat16, held)


@pytest.mark.parametrize("held", [0, 4096])
def test_copies_that_are_as_late_as_they_may_be_change_no_bit(
    worst: Worst, picture: Tensor, held: int
) -> None:
    plain, wide = networks()
    given = picture.bfloat16()
    expected, shorter = plain(given), plain(given, short=True)
    ours = streamed(wide, held)
    for _call in range(3):  # from the second on one layer ahead
        assert torch.equal(ours.network(given), expected)
    assert torch.equal(ours.network(given, short=True), shorter)  # another way through it
    assert torch.equal(ours.network(given), expected)
    ours.drop()
    assert not worst.copying.faults
    assert worst.copying.done > 20


def test_two_networks_share_one_ring(worst: Worst, picture: Tensor) -> None:
    one, other = (streamed(networks()[1]) for _ in range(2))
    expected = networks()[0](picture.bfloat16())
    for _call in range(2):
        for ours in (one, other):
            assert torch.equal(ours.network(picture.bfloat16()), expected)
    assert one._ring is other._ring is not None
    assert not worst.copying.faults


def test_a_copy_that_broke_off_gives_nothing_back_too_early(
    worst: Worst, picture: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = streamed(networks()[1])
    ours.network(picture.bfloat16())
    ours.drop()
    copy, left = streaming.PinnedRing.copy, [2]

    def full(ring: streaming.PinnedRing, weights: Tensor, there: Tensor) -> None:
        left[0] -= 1
        if not left[0]:
            raise torch.OutOfMemoryError
        copy(ring, weights, there)

    monkeypatch.setattr(streaming.PinnedRing, "copy", full)
    with pytest.raises(torch.OutOfMemoryError):
        ours.network(picture.bfloat16())  # between a layer's weight and its bias
    gc.collect()
    assert not worst.copying.faults


def test_what_was_fetched_ahead_is_waited_for_before_it_is_given_back(
    worst: Worst, picture: Tensor
) -> None:
    wide = networks()[1]
    ours = streamed(wide)
    ours.network(picture.bfloat16())

    def cancel(layer: Module, given: Any, made: Any) -> None:
        raise InterruptedError

    wide.second.register_forward_hook(cancel)
    with pytest.raises(InterruptedError):
        ours.network(picture.bfloat16())
    assert wide.layers[0] in ours._there  # the layer after it is on its way
    ours.drop()
    assert not ours._there
    gc.collect()
    assert not worst.copying.faults


@pytest.mark.parametrize("fault", ["deaf", "slab", "memory"])
def test_each_wait_that_is_left_out_is_found_out(
    worst: Worst, picture: Tensor, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """That the tests above can fail."""
    plain, wide = networks()
    given, expected = picture.bfloat16(), plain(picture.bfloat16())
    match fault:
        case "deaf":
            worst.computing.deaf = True
        case "slab":
            monkeypatch.setattr(Event, "synchronize", lambda event: None)
            monkeypatch.setattr(
                worst.computing, "wait_event", lambda event: worst.copying.catch_up(event._at[1])
            )
        case _:
            monkeypatch.setattr(worst.copying, "wait_stream", lambda computing: None)
    ours = streamed(wide)
    same = all(torch.equal(ours.network(given), expected) for _call in range(2))
    assert not same or worst.copying.faults
