"""What each kind of phase of a plan takes of the device, in words that people read."""

from dataclasses import dataclass, replace

from kandinsky_desktop.domain.i18n import N_
from kandinsky_desktop.domain.operations import EncodeBlack
from kandinsky_desktop.domain.plan import Plan
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.planning import fit_of

NAMES = {
    "EncodePrompt": N_("Words"),
    "EncodePicture": N_("Seeing"),
    "EncodeSurroundings": N_("Seeing"),
    "SamplePrior": N_("Idea"),
    "PredictEmbedding": N_("Idea"),
    "EncodePixels": N_("Start"),
    "ReadDepthMap": N_("Depth"),
    "Denoise": N_("Painting"),
    "DecodePixels": N_("Finishing"),
}


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """Phases of one kind: the most that any of them takes, in bytes of the device."""

    operation: str
    weights: int
    activations: int
    mode: str  # in which its network runs
    fits: bool
    fastest: bool  # whether that is the mode which costs least time
    costs: str = ""  # of the mode, in words

    @property
    def name(self) -> str:
        """What people call it, marked for translation."""
        return NAMES.get(self.operation, self.operation)

    @property
    def peak(self) -> int:
        """Weights and activations together."""
        return self.weights + self.activations


def phase_memory(plan: Plan, inputs: PlanInputs) -> tuple[PlannedPhase, ...]:
    """Return the kinds of phases that run a network on the device, in the order of the plan."""
    found: dict[str, PlannedPhase] = {}
    for phase in plan.to_run:
        if not phase.modes or isinstance(phase.operation, EncodeBlack):
            continue  # the neutral negative is made once, alone, on the processor
        fit, kind = fit_of(phase, inputs), type(phase.operation).__name__
        one = PlannedPhase(
            kind,
            fit.weights,
            fit.activations,
            fit.name,
            fit.fits,
            fit.place == 0 and not fit.packed,
            fit.costs,
        )
        before = found.get(kind)
        if before is None:
            found[kind] = one
            continue
        most = max(before, one, key=lambda each: each.peak)
        found[kind] = replace(
            most, fits=before.fits and one.fits, fastest=before.fastest and one.fastest
        )
    return tuple(found.values())
