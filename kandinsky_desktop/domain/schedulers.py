"""The decoder schedulers we offer, by the name of their diffusers class, with one line on each.

Only those that reach the right mean and spread on data whose exact noise prediction is known
(`tests/engine/test_schedulers.py` checks each). Not offered: LCM and TCD (for distilled weights),
IPNDM, EDM and flow matching (another noise schedule), LMS and DPM-Solver SDE (need scipy or
torchsde).
"""

from kandinsky_desktop.domain.fields import Choice
from kandinsky_desktop.domain.i18n import N_

DEFAULT_SCHEDULER = "DDPMScheduler"

SCHEDULERS = (
    Choice("DDPMScheduler", "DDPM", N_("The one Kandinsky was trained with. Wants many steps.")),
    Choice("DDIMScheduler", "DDIM", N_("Without fresh noise between steps: calm, repeatable.")),
    Choice("DPMSolverMultistepScheduler", "DPM++ 2M", N_("Good pictures in 15 to 25 steps.")),
    Choice("DPMSolverSinglestepScheduler", "DPM++ 2S", N_("Like DPM++ 2M, a little sharper.")),
    Choice("UniPCMultistepScheduler", "UniPC", N_("Good pictures in 10 to 20 steps.")),
    Choice("DEISMultistepScheduler", "DEIS", N_("Good pictures in 10 to 20 steps.")),
    Choice("PNDMScheduler", "PNDM", N_("PLMS. Smooth; wants 25 steps or more.")),
    Choice("EulerDiscreteScheduler", "Euler", N_("Simple and steady.")),
    Choice("EulerAncestralDiscreteScheduler", "Euler a", N_("Fresh noise at each step: livelier.")),
    Choice("HeunDiscreteScheduler", "Heun", N_("Exact, and twice the work for each step.")),
    Choice("KDPM2DiscreteScheduler", "KDPM2", N_("Exact, and twice the work for each step.")),
    Choice(
        "KDPM2AncestralDiscreteScheduler",
        "KDPM2 a",
        N_("As KDPM2, with fresh noise at each step."),
    ),
    Choice("SASolverScheduler", "SA-Solver", N_("Some fresh noise, corrected twice.")),
    Choice("p_sampler", "Original p_sampler", N_("As the original program's p_sampler.")),
    Choice(
        "ddim_sampler",
        "Original ddim_sampler",
        N_("As the original program's DDIM, if the steps divide 1000."),
    ),
    Choice(
        "plms_sampler",
        "Original plms_sampler",
        N_("As the original program's PLMS, if the steps divide 1000."),
    ),
)

LABELS = {one.value: one.label for one in SCHEDULERS}

# Which can be told how much fresh noise to add, and which hold back what was driven too far
WITH_ETA = ("DDIMScheduler", "ddim_sampler")
NO_ETA = N_("Only DDIM adds as much fresh noise as it is told.")
WITH_THRESHOLDING = (
    "DDPMScheduler",
    "DDIMScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "UniPCMultistepScheduler",
    "DEISMultistepScheduler",
    "SASolverScheduler",
)
NO_THRESHOLDING = N_("This scheduler holds nothing back, or does so of its own accord.")
ALWAYS_THRESHOLDS = "p_sampler"

# Those whose step calls the network twice, but for the last one
TWO_CALLS = (
    "HeunDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
)
# PLMS: the first step is taken a second time, with what was predicted at its end
FIRST_STEP_TWICE = ("PNDMScheduler", "plms_sampler")
# Those that end at the first trained timestep, and so begin a step from each but that one
END_AT_THE_FIRST = (
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "UniPCMultistepScheduler",
    "DEISMultistepScheduler",
    "SASolverScheduler",
)


def calls(scheduler: str, steps: int, strength: float = 1.0) -> int:
    """Return how often the denoiser is called; with a strength below 1 only for the last steps."""
    taken = max(1, min(int(steps * strength), steps))
    if scheduler in TWO_CALLS:
        return 2 * taken - 1
    return taken + 1 if scheduler in FIRST_STEP_TWICE and taken > 1 else taken


def most_steps(scheduler: str, train_timesteps: int = 1000) -> int:
    """Return the most steps that a scheduler takes: each trained timestep begins one at most."""
    return train_timesteps - (scheduler in END_AT_THE_FIRST)
