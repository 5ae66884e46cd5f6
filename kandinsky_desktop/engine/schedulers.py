"""Makes the decoder's scheduler by name, with the schedule that the model was trained with."""

import inspect
from typing import Any

import diffusers

from kandinsky_desktop.domain.schedulers import LABELS

LEARNED = ("learned", "learned_range")
OWN: dict[str, dict[str, Any]] = {
    # the original's PLMS: without the warm-up, which takes nine calls more and fails below 4 steps
    "PNDMScheduler": {"skip_prk_steps": True, "set_alpha_to_one": False},
}


def make_scheduler(name: str, config: dict[str, Any]) -> Any:
    """Return a fresh scheduler of that class over the checkpoint's own betas.

    A variance that the U-Net learned is only for DDPM: the others would read it as noise
    (KANDINSKY.md, section B).
    """
    assert name in LABELS
    if name != "DDPMScheduler" and config.get("variance_type") in LEARNED:
        config = {key: value for key, value in config.items() if key != "variance_type"}
    return getattr(diffusers, name).from_config(config, **OWN.get(name, {}))


def takes_generator(scheduler: Any) -> bool:
    """Return whether its `step` draws noise of its own."""
    return "generator" in inspect.signature(scheduler.step).parameters
