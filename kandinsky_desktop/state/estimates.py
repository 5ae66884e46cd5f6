"""How long requests will take: their plans, by what each kind of phase took in this sitting."""

from dataclasses import dataclass, field

from kandinsky_desktop.domain.costs import CostTable
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import PhaseRan, Stage
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.plan import Key, Plan
from kandinsky_desktop.domain.plan_inputs import UNLIMITED, PlanInputs
from kandinsky_desktop.domain.planning import plan_of
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store.request_files import glance_at

STAGES: dict[str, Stage] = {"SamplePrior": "prior", "Denoise": "decoder"}


@dataclass
class Estimates:
    """Plans requests as the engine will, with the files' dates in place of their contents."""

    budget: int = UNLIMITED  # bytes of the device
    itemsize: int = 4  # bytes a number
    _costs: dict[str, CostTable] = field(default_factory=dict)  # by the model's name
    _made: set[Key] = field(default_factory=set)  # outputs that the engine has cached since

    def learn(self, model: Model, ran: PhaseRan) -> None:
        """Take note of what a phase took."""
        self._costs.setdefault(model.name, CostTable()).add(ran)

    def finish(self, request: Paint, model: Model) -> None:
        """Take note that a request was painted: what is cached of it is not made again."""
        plan = self._plan(request, model)
        if plan is not None:
            self._made.update(phase.key for phase in plan.phases if phase.cached)

    def seconds(self, request: Paint, model: Model) -> float | None:
        """Return how long a request will take, or None where nothing like it was timed."""
        plan, costs = self._plan(request, model), self._costs.get(model.name)
        return None if plan is None or costs is None else costs.seconds(plan)

    def step_seconds(self, request: Paint, model: Model) -> dict[Stage, float]:
        """Return what a step of each stage will take, as far as is known."""
        plan, costs = self._plan(request, model), self._costs.get(model.name)
        if plan is None or costs is None:
            return {}
        steps: dict[Stage, float] = {}
        for phase in plan.to_run:
            stage, each = STAGES.get(type(phase.operation).__name__), costs.a_call(phase)
            if stage is not None and each is not None:
                steps.setdefault(stage, each)
        return steps

    def _plan(self, request: Paint, model: Model) -> Plan | None:
        try:
            inputs = PlanInputs(
                request=request,
                model=model,
                files=glance_at(request),
                environment=model.name,
                budget=self.budget,
                itemsize=self.itemsize,
                missing=tuple(range(request.count)),
            )
            return plan_of(inputs, lambda phase: phase.key in self._made)
        except (KandinskyError, KeyError, OSError):  # the job will say what is wrong
            return None
