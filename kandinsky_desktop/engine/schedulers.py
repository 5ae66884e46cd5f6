"""Makes the decoder's scheduler by name, with the schedule that the model was trained with."""

import inspect
from typing import Any

import diffusers

from kandinsky_desktop.domain.schedulers import LABELS

LEARNED = ("learned", "learned_range")


def make_scheduler(name: str, config: dict[str, Any]) -> Any:
    """Return a fresh scheduler of that class over the checkpoint's own betas.

    A variance that the U-Net learned is only for DDPM: the others would read it as noise
    (KANDINSKY.md, section B).
    """
    assert name in LABELS
    changes: dict[str, Any] = {}
    if name != "DDPMScheduler" and config.get("variance_type") in LEARNED:
        changes["variance_type"] = None
    return getattr(diffusers, name).from_config(config, **changes)


def takes_generator(scheduler: Any) -> bool:
    """Return whether its `step` draws noise of its own."""
    return "generator" in inspect.signature(scheduler.step).parameters
