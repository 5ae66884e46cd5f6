"""How long requests will take: their plans, by what each kind of phase took in this sitting."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kandinsky_desktop.domain.activations import Attention
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.costs import CostTable
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.memory import Fit
from kandinsky_desktop.domain.model import Model, suited
from kandinsky_desktop.domain.pace import Part
from kandinsky_desktop.domain.phase_memory import PlannedPhase, phase_memory
from kandinsky_desktop.domain.plan import Key, Phase, Plan
from kandinsky_desktop.domain.plan_inputs import UNLIMITED, PlanInputs
from kandinsky_desktop.domain.planning import fit_of, plan_of, size_that_fits, too_large
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.shortage import shortage
from kandinsky_desktop.store.request_files import glance_at

# What a value of a network costs in each call, where nothing was timed yet: so many pixels of the
# denoiser's. Measured on the starter model, on one core; a guess for others.
PRIOR_CALL, DECODED_PIXEL, ENCODED_PIXEL = 16_000, 10.0, 5.0
ANY_WORDS = Prompt("a cat")


@dataclass(frozen=True, slots=True)
class Thrift:
    """What the memory does to a request: whether it fits, and whether it is slower for that."""

    fits: bool = True
    slower: bool = False
    seconds: float | None = None  # by which it takes longer; None: nothing like it was timed


@dataclass(frozen=True, slots=True)
class Capability:
    """What a model can paint on this machine."""

    size: Size | None  # its best one or, where that does not fit, the largest that does
    slower: bool = False  # than with more memory
    seconds: float | None = None  # that a picture takes; None: nothing like it was timed


@dataclass
class Estimates:
    """Plans requests as the engine will, with the files' dates in place of their contents."""

    budget: int = UNLIMITED  # bytes of the device
    itemsize: int = 4  # bytes a number
    host: int = 0  # bytes of the machine's memory, where the processor is the last way
    eight_bits: bool = False  # whether weights may be kept in 8 bits
    attention: Attention = "efficient"
    correction: float = 1.0  # of what is predicted of memory, as the machine was measured
    _costs: dict[str, CostTable] = field(default_factory=dict)  # by the model's name
    _made: set[Key] = field(default_factory=set)  # outputs that the engine has cached since

    def learn(self, model: Model, ran: PhaseRan) -> None:
        """Take note of what a phase took."""
        if ran.memory is not None:
            self.correction = ran.memory.correction
        self._costs.setdefault(model.name, CostTable()).add(ran)

    def finish(self, request: Paint, model: Model) -> None:
        """Take note that a request was painted: what is cached of it is not made again."""
        plan = self._plan(self._inputs(request, model))
        if plan is not None:
            self._made.update(phase.key for phase in plan.phases if phase.cached)

    def seconds(self, request: Paint, model: Model) -> float | None:
        """Return how long a request will take, or None where nothing like it was timed."""
        inputs, costs = self._inputs(request, model), self._costs.get(model.name)
        plan = self._plan(inputs)
        if plan is None or inputs is None or costs is None:
            return None
        return costs.seconds(plan, _way_of(inputs))

    def memory(self, request: Paint, model: Model) -> tuple[PlannedPhase, ...]:
        """Return what each kind of phase of a request will take of the device."""
        inputs = self._inputs(request, model)
        plan = self._plan(inputs)
        return () if plan is None or inputs is None else phase_memory(plan, inputs)

    def thrift(self, request: Paint, model: Model) -> Thrift:
        """Return what the memory does to a request."""
        inputs = self._inputs(request, model)
        plan = self._plan(inputs)
        if plan is None or inputs is None:
            return Thrift()
        phases = phase_memory(plan, inputs)
        fits = all(one.fits for one in phases)
        if not fits or all(one.fastest for one in phases):
            return Thrift(fits=fits)
        costs = self._costs.get(model.name)
        longer = None if costs is None else costs.longer(plan, _way_of(inputs))
        return Thrift(fits=True, slower=True, seconds=longer)

    def capability(self, model: Model) -> Capability | None:
        """Return what the memory lets a model paint from words; None: it is not known yet."""
        if self.budget >= UNLIMITED:
            return None
        sampling = suited(model.profile.sampling, model.profile)
        request = Paint(conditioning=ANY_WORDS, sampling=sampling)
        thrift = self.thrift(request, model)
        if thrift.fits:
            size = Size(sampling.width, sampling.height)
            return Capability(size, thrift.slower, self.seconds(request, model))
        inputs = self._inputs(request, model)
        return Capability(None if inputs is None else size_that_fits(inputs), slower=True)

    def shortage(self, request: Paint, model: Model) -> str:
        """Say that a request does not fit into the memory, and what would; empty: it fits."""
        inputs = self._inputs(request, model)
        plan = self._plan(inputs)
        beyond = None if plan is None or inputs is None else too_large(plan, inputs)
        if inputs is None or beyond is None:
            return ""
        return shortage(inputs, beyond.fit.peak, inputs.budget)

    def parts(
        self, request: Paint, model: Model, missing: tuple[int, ...] | None = None
    ) -> tuple[Part, ...]:
        """Return what a request is made of, with the time of each call as far as it is known.

        `missing` are the pictures that are still to be made; None: all of them.
        """
        inputs = self._inputs(request, model, missing)
        plan = self._plan(inputs)
        costs = self._costs.get(model.name, CostTable())
        if plan is None or inputs is None:
            return ()
        way_of = _way_of(inputs)
        return tuple(
            Part(
                type(phase.operation).__name__,
                max(1, phase.calls),
                costs.a_call(phase, way_of(phase)),
                _work(phase),
            )
            for phase in plan.to_run
        )

    def _plan(self, inputs: PlanInputs | None) -> Plan | None:
        try:
            if inputs is not None:
                return plan_of(inputs, lambda phase: phase.key in self._made)
        except (KandinskyError, KeyError, OSError):  # the job will say what is wrong
            pass
        return None

    def _inputs(
        self, request: Paint, model: Model, missing: tuple[int, ...] | None = None
    ) -> PlanInputs | None:
        try:
            return PlanInputs(
                request=request,
                model=model,
                files=glance_at(request),
                environment=model.name,
                budget=self.budget,
                eight_bits=self.eight_bits,
                host=self.host,
                itemsize=self.itemsize,
                attention=self.attention,
                correction=self.correction,
                missing=tuple(range(request.count)) if missing is None else missing,
            )
        except (KandinskyError, OSError):
            return None


def _way_of(inputs: PlanInputs) -> Callable[[Phase], Fit | None]:
    return lambda phase: fit_of(phase, inputs) if phase.modes else None


def _work(phase: Phase) -> float:
    values = sum(component.values for component in phase.needs)
    match type(phase.operation).__name__:
        case "SamplePrior" | "PredictEmbedding":
            return float(values * PRIOR_CALL)
        case "Denoise":
            return float(values * phase.pixels)
        case "DecodePixels":
            return values * phase.pixels * DECODED_PIXEL
        case "EncodePixels":
            return values * phase.pixels * ENCODED_PIXEL
        case _:
            return 0.0  # in no time, beside these
