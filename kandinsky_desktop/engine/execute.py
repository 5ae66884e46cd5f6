"""Runs plans. Only here components are acquired, outputs cached, and memory saved when it ends."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from kandinsky_desktop.domain.costs import cost_key
from kandinsky_desktop.domain.events import PhaseMemory, PhaseRan, Planned
from kandinsky_desktop.domain.memory import MIB, ExecutionMode, Fit, spare
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.domain.operations import Denoise, EncodeBlack
from kandinsky_desktop.domain.plan import Key, Phase, Plan, networks_of
from kandinsky_desktop.domain.planning import fit_of, peak, plan_of, too_large, ways_left
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.context import HOST_DTYPE, Elsewhere, JobContext, PhaseInputs
from kandinsky_desktop.engine.device import says_no_memory
from kandinsky_desktop.engine.families import kandinsky2, kandinsky20, stable_diffusion
from kandinsky_desktop.engine.loading import load_component
from kandinsky_desktop.engine.on_processor import OnProcessor, moved

log = logging.getLogger(__name__)

clock = time.perf_counter  # of the phases' times, in seconds
Run = Callable[[Any, PhaseInputs], Any]
RUNS: dict[str, Mapping[type[Any], Run]] = {
    "kandinsky2": kandinsky2.RUNS,
    "kandinsky20": kandinsky20.RUNS,
    "stable_diffusion": stable_diffusion.RUNS,
}
ALONE = (EncodeBlack,)  # whose network is so large that nothing else is in memory beside it
NOTHING = Fit(ExecutionMode("none"), 0, 0, True)


class NoMemory(Exception):
    """Memory ran out in every way."""

    def __init__(self, on_card: bool, reason: str, needed: int, room: int) -> None:
        """Take the bytes that the phase needs in its thriftiest way, and those that are there."""
        super().__init__(reason)
        self.on_card = on_card  # of a graphics card, else of the machine
        self.needed, self.room = needed, room


@dataclass
class Saving:
    """What was learnt where memory ran out: the ways that were too greedy, by operation."""

    skipped: dict[str, int] = field(default_factory=dict)
    room: int | None = None  # bytes that were there when everything was let go of
    operation: str = ""  # where it was last
    fit: Fit = NOTHING  # and the way it was run in
    needed: int = 0  # bytes of the device that it needs
    ways: int = 1  # that there are for it
    alone: bool = False  # nothing else stays on the device from now on

    def step_down(self) -> bool:
        """Choose the next way for what failed; False if that was the last."""
        if not self.alone:
            self.alone = True  # the same way again, with nothing beside it
            return True
        if self.fit.on_processor:
            return False  # the last of all, also where it was the only one
        self.skipped[self.operation] = self.fit.place + 1
        return self.fit.place + 1 < self.ways


def execute(context: JobContext) -> None:
    """Make the missing pictures, going on in a thriftier way where memory runs out.

    Raises NoMemory, with nothing left on the device.
    """
    try:
        _execute(context)
    finally:
        context.host_models.evict_all()


def _execute(context: JobContext) -> None:
    outputs, saving = dict[Key, Any](), Saving()
    while (failure := _attempt(context, outputs, saving)) is not None:
        if isinstance(failure, Elsewhere):
            continue
        context.models.evict_all()
        context.host_models.evict_all()
        # what others take just now counts from here on, but cuts no batch: bits depend on those
        saving.room = context.device.free_bytes() - context.device.reserve_bytes
        if not saving.step_down():
            failure.room = min(saving.room, context.inputs.budget)
            raise failure
        log.info("memory ran out in %s (%s): a thriftier way", saving.operation, saving.fit.name)


def load(context: JobContext) -> None:
    """Load the components that a plan needs, as far as there is room beside what is in memory.

    What the report raises ends it, between two components; what was read stays. Raises NotAtHand
    where there is no more room.
    """
    plan = plan_of(context.inputs, is_known(context, {}))
    for phase in plan.to_run:
        if phase.needs and not isinstance(phase.operation, ALONE):
            fit = fit_of(phase, context.inputs) if phase.modes else NOTHING
            if fit.on_processor:
                continue  # its weights lie in their file, and nothing of it stays
            context.models.acquire(
                phase.needs,
                context.dtype,
                0,
                (),
                context.about_to_load,
                spare=True,
                held=fit.held,
                packed=fit.packed,
                look=context.look,
            )


def run_plan(context: JobContext, plan: Plan, outputs: dict[Key, Any], goal: Key) -> Any:
    """Run a plan that delivers nothing, and return the output of its goal.

    `outputs` are those that were found when the plan was made.
    """
    _run(context, plan, outputs, Saving(), kept=frozenset([goal]))
    return outputs[goal]


def is_known(context: JobContext, outputs: dict[Key, Any]) -> Callable[[Phase], bool]:
    """Return what says whether an output is at hand: in memory, the cache, or a checkpoint.

    What is found is put into `outputs`: the cache may be gone when its turn comes.
    """

    def known(phase: Phase) -> bool:
        if phase.key not in outputs:
            stored = _stored(context, phase)
            if stored is None:
                return False
            outputs[phase.key] = stored
        return True

    return known


def _attempt(
    context: JobContext, outputs: dict[Key, Any], saving: Saving
) -> NoMemory | Elsewhere | None:
    """Return an error without a traceback if memory ran out: its frames would hold the memory.

    Or Elsewhere, if a loop is to go on in another place.
    """
    saving.operation, saving.fit, saving.needed, saving.ways = "", NOTHING, 0, 1
    try:
        _plan_and_run(context, outputs, saving)
    except Elsewhere:
        return Elsewhere()
    except (MemoryError, RuntimeError, OSError) as error:
        if not says_no_memory(error):
            raise
        on_card = isinstance(error, torch.OutOfMemoryError) and context.device.kind == "cuda"
        return NoMemory(on_card, str(error)[:200], saving.needed, context.inputs.budget)
    return None


def _plan_and_run(context: JobContext, outputs: dict[Key, Any], saving: Saving) -> None:
    inputs = replace(
        context.inputs,
        missing=tuple(one for one in context.inputs.missing if one not in context.made),
        skipped=saving.skipped,
        room=saving.room,
    )
    if not inputs.missing:
        return
    context = replace(context, inputs=inputs)
    plan = plan_of(inputs, is_known(context, outputs))
    _check_sampler(context, plan)
    beyond = None if saving.room is not None or inputs.like else too_large(plan, inputs)
    if beyond is not None:
        raise NoMemory(context.device.kind == "cuda", "", beyond.fit.peak, inputs.budget)
    _announce(context, plan)
    _run(context, plan, outputs, saving)


def _run(
    context: JobContext,
    plan: Plan,
    outputs: dict[Key, Any],
    saving: Saving,
    kept: frozenset[Key] = frozenset(),
) -> None:
    uses: dict[int, list[Key]] = {}
    for key, number in plan.last_uses().items():
        uses.setdefault(number, []).append(key)
    for number, phase in enumerate(plan.phases):
        if phase.key not in outputs:
            outputs[phase.key] = _computed(context, plan, number, outputs, saving)
        done = [key for key in uses.get(number, ()) if key not in kept]
        for key in done:
            outputs.pop(key, None)
        context.checkpoints.forget(done)


def _computed(
    context: JobContext, plan: Plan, number: int, outputs: Mapping[Key, Any], saving: Saving
) -> Any:
    phase = plan.phases[number]
    name = type(phase.operation).__name__
    saving.operation, saving.fit, saving.needed, saving.ways = name, NOTHING, 0, 1
    networks, fit = _acquired(context, plan, number, saving)
    context.modes[name] = fit.mode.name
    given = PhaseInputs(context=context, phase=phase, networks=networks, outputs=outputs, fit=fit)
    context.device.reset_peak()
    before, began = context.device.allocated_bytes(), clock()
    try:
        if fit.on_processor:
            made = _made_on_processor(given, networks_of(plan.phases[number + 1 :]))
        else:
            made = _made(given)
        context.device.synchronize()  # else the next phase's time is this one's
    finally:
        context.models.rest()  # also after a cancel: the next job may be long in coming
    seconds = clock() - began
    _say(context, phase, fit, seconds, before)
    if fit.on_processor or not context.elsewhere.isdisjoint(phase.inputs):
        context.elsewhere.add(phase.key)  # and not cached: the key says nothing of it
    elif phase.cached:
        context.outputs.write(phase.key, made)
    return made


def _made(given: PhaseInputs) -> Any:
    """Run a phase and return its output."""
    runs, operation = RUNS[given.context.inputs.model.family], given.phase.operation
    return runs[type(operation)](operation, given)


def _made_on_processor(given: PhaseInputs, later: Sequence[Component]) -> Any:
    """Run a phase on the processor, and return its output on the device.

    What it had of the machine's memory is given back, unless a later phase needs it too.
    """
    context, operation = given.context, given.phase.operation
    if not isinstance(operation, Denoise):  # whose pieces say it themselves, with the step
        context.on_processor.add(type(operation).__name__)
    with context.device.on_host():
        made = _made(replace(given, outputs=OnProcessor(given.outputs)))
        if not set(given.phase.needs) & set(later):
            context.host_models.evict_all()
    return moved(made, context.device.torch, context.dtype)


def _say(context: JobContext, phase: Phase, fit: Fit, seconds: float, before: int) -> None:
    """Report a phase that was run: its time and, beside what was predicted, the memory it took.

    `before` are the bytes that were taken when it began, by its weights and by others.
    """
    operation, network = cost_key(phase)
    mode, memory = "", None
    if fit is not NOTHING:
        mode, memory = fit.name, _taken(context, phase, fit, before)
        log.info(
            "%s of %d pixels, %s: %.1f MiB predicted, %s",
            operation,
            phase.pixels,
            mode,
            memory.predicted / MIB,
            f"{memory.peak / MIB:.1f} MiB taken" if memory.peak else "not measured",
        )
    calls = max(1, phase.calls)
    context.report(PhaseRan(operation, network, phase.pixels, calls, seconds, mode, memory))


def _taken(context: JobContext, phase: Phase, fit: Fit, before: int) -> PhaseMemory:
    """Return what a phase took alone, beside what was predicted."""
    if fit.on_processor:
        return PhaseMemory(0, 0)
    own = fit.weights if fit.held is None else fit.held
    others = max(0, before - own)
    peak, reserved = context.device.peak_bytes(), context.device.reserved_peak_bytes()
    return PhaseMemory(
        fit.peak,
        fit.activations,
        fit.peak + spare(fit.mode, phase.pixels, context.inputs.itemsize, phase.rows),
        0 if peak is None else peak - others,
        0 if reserved is None else reserved - others,
    )


def _acquired(
    context: JobContext, plan: Plan, number: int, saving: Saving
) -> tuple[dict[str, Any], Fit]:
    phase = plan.phases[number]
    if isinstance(phase.operation, ALONE):
        context.models.evict_all()
    if not phase.needs:
        return {}, NOTHING
    elsewhere = _goes_elsewhere(context, phase)
    fit = fit_of(phase, context.inputs, elsewhere=elsewhere) if phase.modes else NOTHING
    saving.fit, saving.ways = fit, ways_left(phase, context.inputs)
    saving.needed = _needed(context, phase, fit)
    if fit.on_processor:
        return _acquired_on_processor(context, phase, fit), fit
    room = fit.activations
    if context.device.rounds_up:  # then others make room for that too
        room += spare(fit.mode, phase.pixels, context.inputs.itemsize, phase.rows)
    if saving.alone:
        context.models.evict_others(phase.needs, context.dtype, packed=fit.packed)
    networks = context.models.acquire(
        phase.needs,
        context.dtype,
        room,
        networks_of(plan.phases[number + 1 :]),
        context.about_to_load,
        spare=context.spare,
        held=fit.held,
        packed=fit.packed,
        look=context.look,
    )
    return networks, fit


def _needed(context: JobContext, phase: Phase, fit: Fit) -> int:
    """Return the bytes of the device that a phase needs, also where it is run on the processor."""
    if fit.on_processor:
        fit = fit_of(phase, replace(context.inputs, host=0, skipped={}))
    return fit.peak


def _acquired_on_processor(context: JobContext, phase: Phase, fit: Fit) -> dict[str, Any]:
    """Return the networks of a phase in the machine's memory. Raises MemoryError."""
    if not fit.fits:
        raise MemoryError("the machine has too little memory to take over from the device")
    log.info("%s: %s", type(phase.operation).__name__, fit.name)
    with context.device.on_host():
        context.host_models.evict_others(phase.needs, HOST_DTYPE, packed=fit.packed)
        return context.host_models.acquire(
            phase.needs,
            HOST_DTYPE,
            0,
            (),
            context.about_to_load,
            packed=fit.packed,
            look=context.look,
        )


def _goes_elsewhere(context: JobContext, phase: Phase) -> bool:
    """Whether a loop has come to the step from which it is run on the processor."""
    operation, key = phase.operation, phase.key
    if not isinstance(operation, Denoise) or not context.inputs.host:
        return False
    since = max(operation.processor_from, context.checkpoints.processor_from(key))
    return 0 <= since <= context.checkpoints.steps_done(key)


def _stored(context: JobContext, phase: Phase) -> Any:
    like = context.inputs.like
    elsewhere = () if like is None else like.on_processor
    if elsewhere and (phase.inputs or type(phase.operation).__name__ in elsewhere):
        return None  # it was made of other bits than the device makes
    if phase.cached:
        return context.outputs.read(phase.key, getattr(phase.operation, "width", 0))
    if isinstance(phase.operation, Denoise):
        return context.checkpoints.finished(phase.key)
    return None


def _check_sampler(context: JobContext, plan: Plan) -> None:
    """Raise InvalidRequest, before anything is loaded, where the scheduler takes no such steps."""
    loop = next((one for one in plan.to_run if isinstance(one.operation, Denoise)), None)
    if loop is not None:
        config = load_component(loop.needs[-1], context.dtype)
        with context.device.on_host():
            calls = decoder.calls_of(loop.operation, config)
        assert calls == loop.calls, f"{calls} calls of the denoiser, not {loop.calls}"


def _announce(context: JobContext, plan: Plan) -> None:
    calls = plan.calls
    loops = [phase.key for phase in plan.to_run if isinstance(phase.operation, Denoise)]
    done = sum(map(context.checkpoints.steps_done, loops))
    context.report(
        Planned(
            prior_steps=calls.get("SamplePrior", 0),
            decoder_steps=calls.get("Denoise", 0) - done,
            pictures=len(context.inputs.missing),
            peak_bytes=peak(plan, context.inputs),
        )
    )
