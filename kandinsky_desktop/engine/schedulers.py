"""Makes the decoder's scheduler by name, with the schedule that the model was trained with."""

import inspect
from typing import Any

import diffusers
from diffusers import KDPM2AncestralDiscreteScheduler
from torch import Tensor

from kandinsky_desktop.domain.operations import Sampler
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import LABELS

LEARNED = ("learned", "learned_range")
OWN: dict[str, dict[str, Any]] = {
    # the original's PLMS: without the warm-up, which takes nine calls more and fails below 4 steps
    "PNDMScheduler": {"skip_prk_steps": True, "set_alpha_to_one": False},
}

# The original's samplers, with every argument that makes them equal (run beside the original code
# of Kandinsky 2.1, in single precision). ddim and plms to 5e-6 where the steps divide 1000; else
# the original takes more steps than it is asked for, 31 for 30. p_sampler to 2.5e-6; of some odd
# counts, from 21 on, timesteps that fall on a half are rounded to its other side.
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "p_sampler": (
        "DDPMScheduler",
        {
            "variance_type": "learned_range",
            "thresholding": True,
            "dynamic_thresholding_ratio": 0.995,
            "sample_max_value": 2.0,
            "clip_sample": False,
            "timestep_spacing": "linspace",
        },
    ),
    "ddim_sampler": (
        "DDIMScheduler",
        {
            "set_alpha_to_one": False,
            "steps_offset": 1,
            "clip_sample": False,
            "thresholding": False,
            "timestep_spacing": "leading",
        },
    ),
    "plms_sampler": (
        "PNDMScheduler",
        {
            "steps_offset": 1,
            "timestep_spacing": "leading",
        },
    ),
}


def make_scheduler(sampling: Sampling | Sampler, config: dict[str, Any]) -> Any:
    """Return a fresh scheduler as the request wants it, over the checkpoint's own betas.

    A variance that the U-Net learned is only for DDPM: the others would read it as noise.
    """
    name = sampling.scheduler
    changes: dict[str, Any] = {}
    assert name in LABELS
    if name in PRESETS:
        name, changes = PRESETS[name]
    kind = getattr(diffusers, name)
    if sampling.thresholding and not changes and knows_thresholding(kind):
        changes = {"thresholding": True, "clip_sample": False, "sample_max_value": 2.0}
    if name != "DDPMScheduler" and config.get("variance_type") in LEARNED:
        config = {key: value for key, value in config.items() if key != "variance_type"}
    return kind.from_config(config, **OWN.get(name, {}), **changes)


def old_timestep(name: str, strength: float, first: int, train_timesteps: int) -> int:
    """Return at which timestep of its other schedule 2.1 noises the picture it starts from.

    `first` is the timestep of the first step taken. The original has `timestep_map[start_step - 1]`
    (`generate_img2img` in kandinsky2_1_model.py): its p_sampler counts the steps, which leads to
    the first one taken; its ddim and plms count the trained timesteps. diffusers' schedulers go by
    their own names as in its KandinskyImg2ImgPipeline, which is one off.
    """
    match name:
        case "p_sampler":
            return first
        case "ddim_sampler" | "plms_sampler":
            return max(0, int(train_timesteps * strength) - 1)
        case _:
            return max(0, int(train_timesteps * strength) - 2)


def knows_thresholding(kind: Any) -> bool:
    """Return whether schedulers of a class can hold back values that were driven too far."""
    return "thresholding" in inspect.signature(kind.__init__).parameters


def takes_generator(scheduler: Any) -> bool:
    """Return whether its `step` draws noise of its own."""
    return "generator" in inspect.signature(scheduler.step).parameters


def takes_eta(scheduler: Any) -> bool:
    """Return whether its `step` can be told how much fresh noise to add."""
    return "eta" in inspect.signature(scheduler.step).parameters


def add_noise(scheduler: Any, clean: Tensor, noise: Tensor, timestep: Tensor) -> Tensor:
    """Return clean latents with noise, of the sigma that the scheduler's next call expects.

    That is its own `add_noise`, but between the two calls of a KDPM2 step: there the latents are at
    an interpolated sigma, and `add_noise` (diffusers 0.42) knows those of whole steps alone.
    """
    if not hasattr(scheduler, "sigmas_interpol") or scheduler.state_in_first_order:
        noisy: Tensor = scheduler.add_noise(clean, noise, timestep)
        return noisy
    ancestral = isinstance(scheduler, KDPM2AncestralDiscreteScheduler)  # counts from one before
    sigma: Tensor = scheduler.sigmas_interpol[scheduler.step_index - ancestral]
    return clean + noise * sigma.to(clean)
