"""From a request to its plan, and from a plan to the memory and the time that it will take."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.families.kandinsky2 import compile as kandinsky2
from kandinsky_desktop.domain.families.kandinsky20 import compile as kandinsky20
from kandinsky_desktop.domain.families.stable_diffusion import compile as stable_diffusion
from kandinsky_desktop.domain.loads import load_of
from kandinsky_desktop.domain.memory import (
    CHUNKED,
    SPLIT,
    ExecutionMode,
    Fit,
    activations,
    best_of,
    on_processor,
    ways,
)
from kandinsky_desktop.domain.operations import DecodePixels, Deliver, EncodePixels
from kandinsky_desktop.domain.plan import Key, Phase, Plan, PlanBuilder, networks_of
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.task import Img2Img, TextToImage


class Family(Protocol):
    """A module that knows how one kind of model paints."""

    def compile(self, plan: PlanBuilder, inputs: PlanInputs) -> None:
        """Add the phases of a request."""


FAMILIES: dict[str, Family] = {
    "kandinsky2": kandinsky2,
    "kandinsky20": kandinsky20,
    "stable_diffusion": stable_diffusion,
}


def plan_of(inputs: PlanInputs, known: Callable[[Phase], bool] = lambda phase: False) -> Plan:
    """Return what is to be done for the missing pictures. Raises InvalidRequest.

    The first batch is painted as soon as its own conditioning is there; that of the other batches
    comes after it.
    """
    plan = PlanBuilder(inputs.environment)
    FAMILIES[inputs.model.family].compile(plan, inputs)
    batches: dict[tuple[int, ...], set[Key]] = {}
    for phase in plan.phases.values():
        if isinstance(phase.operation, Deliver):
            batches.setdefault(phase.operation.batch, set()).add(phase.key)
    return plan.until(list(batches.values()), known)


HOST_ITEMSIZE = 4  # bytes a number on the processor: all of them are fast at that
SHORTEST_SIDE = 16  # pixels: no request asks for less


@dataclass(frozen=True, slots=True)
class Placed:
    """A phase that runs a network, and how it will be run."""

    phase: Phase
    fit: Fit


def fit_of(phase: Phase, inputs: PlanInputs, *, elsewhere: bool = False) -> Fit:
    """Return the way in which a phase will run and the memory that it will take.

    A picture that is made again runs as it did then, and after memory ran out the ways that were
    too greedy are left out. Streaming changes no bit, so it comes before another arithmetic. The
    last way of a card is the processor; `elsewhere` a phase is run there.
    """
    packed, name = getattr(phase.operation, "packed", False), type(phase.operation).__name__
    load = load_of(phase.needs, inputs.itemsize, phase.pixels, phase.rows, packed=packed)
    budget = inputs.budget if inputs.room is None else min(inputs.budget, inputs.room)
    skipped = inputs.skipped.get(name, 0)
    as_then = _as_then(phase, inputs)
    on_host = load_of(phase.needs, HOST_ITEMSIZE, phase.pixels, phase.rows, packed=packed)
    last = on_processor([one for one in as_then if one.exact] or as_then, on_host, inputs.host)
    then = inputs.like is not None and name in inputs.like.on_processor
    if inputs.host and (elsewhere or then):
        return last
    others = [one for one in phase.modes if one not in as_then]
    every = list(ways(_corrected(as_then, inputs), load, budget))
    if skipped >= len(every):
        every += ways(_corrected(others, inputs), load, budget)
        others = []
    if inputs.host and not others:
        every.append(last)
    return best_of(every, skipped)


def _corrected(modes: Iterable[ExecutionMode], inputs: PlanInputs) -> list[ExecutionMode]:
    return [one.corrected(inputs.correction) for one in modes]


def ways_left(phase: Phase, inputs: PlanInputs) -> int:
    """Return how many ways there are to run a phase, those that are left out too."""
    streamed = any(one.streamed < one.values for one in phase.needs)
    return len(phase.modes) * (3 if streamed else 1) + (inputs.host > 0)


def _as_then(phase: Phase, inputs: PlanInputs) -> Sequence[ExecutionMode]:
    """Return the modes of a phase or, for a picture that is made again, those of then."""
    if inputs.like is None:
        return phase.modes
    like, first = inputs.like, phase.modes[0]
    match phase.operation:
        case DecodePixels():
            found = [one for one in phase.modes if one.name == like.decoded]
        case EncodePixels():
            found = [one for one in phase.modes if one.name == like.encoded]
        case _:
            split = any(one.mode == SPLIT for one in like.saving)
            rows = any(one.rows_from >= 0 for one in like.saving)
            chunks = any(one.chunks_from >= 0 for one in like.saving)
            found = [
                one
                for one in phase.modes
                if (SPLIT in one.name, one.by_row, CHUNKED in one.name) == (split, rows, chunks)
            ]
    return found or [first]


def placed(plan: Plan, inputs: PlanInputs) -> Iterator[Placed]:
    """Yield each phase that runs a network, with the first mode that fits into the budget."""
    for phase in plan.to_run:
        if phase.modes:
            yield Placed(phase, fit_of(phase, inputs))


def peak(plan: Plan, inputs: PlanInputs) -> int:
    """Return the bytes that the greediest phase takes, if nothing else stays on the device."""
    return max((one.fit.peak for one in placed(plan, inputs)), default=0)


def all_resident(plan: Plan, inputs: PlanInputs) -> int:
    """Return the bytes that are taken where every network stays on the device."""
    weights = sum(one.size_bytes(inputs.itemsize) for one in networks_of(plan.to_run))
    plain = (
        activations(one.modes[0], one.pixels, inputs.itemsize) for one in plan.to_run if one.modes
    )
    return weights + max(plain, default=0)


def too_large(plan: Plan, inputs: PlanInputs) -> Placed | None:
    """Return the phase that takes most beyond the budget, or None where all fit."""
    beyond = [one for one in placed(plan, inputs) if not one.fit.fits]
    return max(beyond, key=lambda one: one.fit.peak, default=None)


def size_that_fits(inputs: PlanInputs) -> Size | None:
    """Return the largest smaller size of the same shape whose every phase fits, or None.

    None too where the request's size is that of its files.
    """
    request, step = inputs.request, inputs.model.multiple
    least = -(-SHORTEST_SIDE // step) * step
    if not isinstance(request.task, TextToImage | Img2Img):
        return None
    wide, high = request.sampling.width, request.sampling.height
    for part in range(max(wide, high) // step - 1, least // step - 1, -1):
        longest = part * step
        sides = [
            max(least, side * longest // max(wide, high) // step * step) for side in (wide, high)
        ]
        sampling = replace(request.sampling, width=sides[0], height=sides[1])
        smaller = replace(inputs, request=replace(request, sampling=sampling))
        if too_large(plan_of(smaller), smaller) is None:
            return Size(*sides)
    return None
