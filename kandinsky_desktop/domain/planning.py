"""From a request to its plan, and from a plan to the memory and the time that it will take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from kandinsky_desktop.domain.families.kandinsky2 import compile as kandinsky2
from kandinsky_desktop.domain.families.stable_diffusion import compile as stable_diffusion
from kandinsky_desktop.domain.memory import Fit, activations, best_fit
from kandinsky_desktop.domain.operations import DecodePixels, Deliver, EncodePixels
from kandinsky_desktop.domain.plan import Key, Phase, Plan, PlanBuilder, networks_of
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.record import Conditions


class Family(Protocol):
    """A module that knows how one kind of model paints."""

    def compile(self, plan: PlanBuilder, inputs: PlanInputs) -> None:
        """Add the phases of a request."""


FAMILIES: dict[str, Family] = {
    "kandinsky2": kandinsky2,
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


@dataclass(frozen=True, slots=True)
class Placed:
    """A phase that runs a network, and how it will be run."""

    phase: Phase
    fit: Fit


def fit_of(phase: Phase, inputs: PlanInputs) -> Fit:
    """Return the mode in which a phase will run and the memory that it will take.

    A picture that is made again runs as it did then, and after memory ran out the modes that were
    too greedy are left out.
    """
    weights = sum(one.values for one in phase.needs) * inputs.itemsize
    modes = phase.modes[inputs.modes_skipped :] or phase.modes[-1:]
    if inputs.like and not inputs.modes_skipped:
        saved = _saved(phase, inputs.like)
        modes = tuple(one for one in phase.modes if one.name in saved) or phase.modes[:1]
    return best_fit(modes, weights, phase.pixels, inputs.itemsize, inputs.budget)


def _saved(phase: Phase, like: Conditions) -> set[str]:
    """Return the names of the modes in which memory was saved when a picture was made."""
    match phase.operation:
        case DecodePixels():
            return {like.decoded}
        case EncodePixels():
            return {like.encoded}
        case _:
            return {saving.mode for saving in like.saving}


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
    weights = sum(one.values for one in networks_of(plan.to_run)) * inputs.itemsize
    plain = (
        activations(one.modes[0], one.pixels, inputs.itemsize) for one in plan.to_run if one.modes
    )
    return weights + max(plain, default=0)
