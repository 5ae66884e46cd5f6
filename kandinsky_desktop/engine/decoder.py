"""The decoder's loop: from a point in CLIP's image space to latents.

The same arithmetic in the same order as diffusers' `KandinskyV22Pipeline.__call__`, so that equal
inputs give equal bits (`pytest -k parity`); but every step is reported with its prediction of the
finished latents, any scheduler of the catalog is right here (the pipelines leave out
`scale_model_input`), and guidance of 1 works for batches too.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from diffusers.utils.torch_utils import randn_tensor
from torch import Generator, Tensor

from kandinsky_desktop.engine.schedulers import LEARNED, takes_generator

Look = Callable[[], Tensor]  # computes the finished latents as a step predicts them
OnStep = Callable[[int, Look], None]  # gets the step's number, from 1


@torch.inference_mode()
def sample(
    unet: Any,
    scheduler: Any,
    wanted: Tensor,
    unwanted: Tensor,
    *,
    height: int,
    width: int,
    steps: int,
    guidance: float,
    generators: Sequence[Generator],
    on_step: OnStep,
) -> Tensor:
    """Return latents (rows, 4, height, width), in latent cells, for each row of `wanted`.

    `wanted` and `unwanted` are (rows, embedding_dim). Each row has a generator of its own. What
    `on_step` raises ends the loop.
    """
    guided = guidance > 1
    embeds = torch.cat([unwanted, wanted]) if guided else wanted
    embeds = embeds.to(device=unet.device, dtype=unet.dtype)
    noise: list[Generator] = list(generators)
    channels = unet.config.out_channels // 2
    learned = getattr(scheduler.config, "variance_type", None) in LEARNED
    own_noise = {"generator": noise} if takes_generator(scheduler) else {}
    added = {"image_embeds": embeds}

    scheduler.set_timesteps(steps, device=unet.device)
    latents: Tensor = randn_tensor(
        (wanted.shape[0], channels, height, width),
        generator=noise,
        device=unet.device,
        dtype=embeds.dtype,
    )
    latents = latents * scheduler.init_noise_sigma
    for number, timestep in enumerate(scheduler.timesteps, start=1):
        seen = scheduler.scale_model_input(latents, timestep)
        output = unet(
            sample=torch.cat([seen] * 2) if guided else seen,
            timestep=timestep,
            encoder_hidden_states=None,
            added_cond_kwargs=added,
            return_dict=False,
        )[0]
        predicted, variance = output.split(channels, dim=1)
        if guided:
            without, with_ = predicted.chunk(2)
            predicted = without + guidance * (with_ - without)
            variance = variance.chunk(2)[1]
        latents = scheduler.step(
            torch.cat([predicted, variance], dim=1) if learned else predicted,
            timestep,
            latents,
            **own_noise,
        )[0]
        on_step(number, partial(_x0, scheduler, seen, predicted, timestep))
    return latents


def _x0(scheduler: Any, seen: Tensor, predicted: Tensor, timestep: Tensor) -> Tensor:
    """Return the finished latents as this step predicts them.

    x0 = (x_t - sqrt(1 - a) eps) / sqrt(a), DDPM (Ho et al. 2020), equation 15. The scaled input is
    x_t in that form for every scheduler.
    """
    alpha = scheduler.alphas_cumprod[int(timestep)].to(seen)
    x0: Tensor = (seen - (1 - alpha).sqrt() * predicted) / alpha.sqrt()
    return x0
