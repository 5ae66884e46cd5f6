"""What is put back around a hole has the very noise that the scheduler's next call expects.

A network that predicts the noise that was added keeps the latents of a deterministic scheduler on
their way: clean latents with less and less of that noise. So what is put back must equal them after
each call. Schedulers that draw fresh noise are asked for their sigma instead.
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.schedulers import (
    LEARNED,
    make_scheduler,
    takes_generator,
)
from tests.engine import tiny

# several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")

CONFIGS: dict[str, dict[str, Any]] = {
    "unspaced": dict(tiny.ddpm().config),  # spaced as the schedulers' own default is
    "leading": json.loads(tiny.ddpm().to_json_string()),
}
CLEAN, NOISE = torch.randn(2, 1, 4, 4, 4, dtype=torch.float64, generator=Generator().manual_seed(0))
SCALE = ("EulerAncestralDiscreteScheduler", "KDPM2AncestralDiscreteScheduler")
VARIANCE = ("DDPMScheduler", "p_sampler", "SASolverScheduler")
FRESH_NOISE = (*SCALE, *VARIANCE)
DETERMINISTIC = [name for name in LABELS if name not in FRESH_NOISE]
STEPS = (2, 3, 7, 20, 100)
STRENGTHS = (1.0, 0.77, 0.5, 0.1)


def _unasked(latents: Tensor, timestep: Tensor, guided: bool) -> Tensor:
    raise AssertionError("the network was called")


class Walk:
    """A scheduler on its way, told the true noise at each call."""

    def __init__(self, scheduler: Any, steps: int, strength: float) -> None:
        self.scheduler = scheduler
        course = decoder.course(scheduler, steps, torch.device("cpu"), strength=strength)
        self.timesteps = course.timesteps
        self.latents = self.scheduler.add_noise(CLEAN, NOISE, self.timesteps[:1])
        learned = self.scheduler.config.get("variance_type") in LEARNED
        self._output = torch.cat([NOISE, torch.zeros_like(NOISE)], dim=1) if learned else NOISE
        chance = [Generator().manual_seed(1)]
        self._own = {"generator": chance} if takes_generator(self.scheduler) else {}
        self._denoiser = decoder.diffusion(
            scheduler, course, _unasked, guidance=1.0, generators=chance, channels=4
        )

    def step(self, number: int) -> Tensor:
        """Take a step, and return what is put back for the next one."""
        time = self.timesteps[number]
        self.scheduler.scale_model_input(self.latents, time)
        self.latents = self.scheduler.step(self._output, time, self.latents, **self._own)[0]
        return self._denoiser.add_noise(CLEAN, NOISE, number + 1)

    def sigma(self, number: int) -> float:
        """Return the share of noise that the scheduler's next call expects."""
        scheduler, after = self.scheduler, self.timesteps[number + 1]
        if hasattr(scheduler, "sigma_t"):  # SA-Solver: of the variance-preserving kind
            return float(
                scheduler._sigma_to_alpha_sigma_t(scheduler.sigmas[scheduler.step_index])[1]
            )
        if not hasattr(scheduler, "sigmas"):
            before = scheduler.previous_timestep(self.timesteps[number])
            return float((1 - scheduler.alphas_cumprod[before]) ** 0.5)
        scaled = float(scheduler.scale_model_input(torch.ones(1, dtype=torch.float64), after))
        return float((1 / scaled**2 - 1) ** 0.5)


def walks(name: str, config: str) -> Iterator[Walk]:
    scheduler = make_scheduler(Sampling(scheduler=name), CONFIGS[config])
    for steps, strength in product(STEPS, STRENGTHS):
        yield Walk(scheduler, steps, strength)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_it_equals_the_latents_on_their_way(name: str, config: str) -> None:
    for walk in walks(name, config):
        for number in range(len(walk.timesteps) - 1):
            put_back = walk.step(number)
            torch.testing.assert_close(put_back, walk.latents, rtol=0, atol=1e-4)
            walk.latents = put_back
        assert torch.equal(walk.step(len(walk.timesteps) - 1), CLEAN)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", FRESH_NOISE)
def test_it_has_the_sigma_that_the_next_call_expects(name: str, config: str) -> None:
    for walk in walks(name, config):
        for number in range(len(walk.timesteps) - 1):
            put_back, sigma = walk.step(number), walk.sigma(number)
            clean = 1.0 if name in SCALE else (1 - sigma**2) ** 0.5
            torch.testing.assert_close(put_back, clean * CLEAN + sigma * NOISE, rtol=0, atol=1e-4)
        assert torch.equal(walk.step(len(walk.timesteps) - 1), CLEAN)
