"""A network that predicts the noise of known data exactly: every value drawn from N(0.7, 0.5²)."""

from types import SimpleNamespace
from typing import Any

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from tests.engine import tiny

MEAN, SPREAD = 0.7, 0.5
CONFIG = dict(tiny.ddpm().config)


class Oracle:
    """Knows the noise of our data at every time, also between the trained ones.

    It tells what the config says that it predicts.
    """

    config = SimpleNamespace(out_channels=8)
    device = torch.device("cpu")
    dtype = torch.float32

    def __init__(self, config: dict[str, Any] = CONFIG) -> None:
        self._logs = DDPMScheduler.from_config(config).alphas_cumprod.log()
        self._of_v = config["prediction_type"] == "v_prediction"

    def __call__(self, sample: Tensor, timestep: Tensor, **others: Any) -> tuple[Tensor]:
        del others
        whole, part = divmod(float(timestep), 1)
        before, after = self._logs[int(whole)], self._logs[min(int(whole) + 1, 999)]
        alpha = (before * (1 - part) + after * part).exp()
        noise = (1 - alpha).sqrt() * (sample - alpha.sqrt() * MEAN)
        noise = noise / (alpha * SPREAD**2 + 1 - alpha)
        if self._of_v:
            clean = (sample - (1 - alpha).sqrt() * noise) / alpha.sqrt()
            noise = alpha.sqrt() * noise - (1 - alpha).sqrt() * clean
        return (torch.cat([noise, torch.zeros_like(noise)], dim=1),)
