"""The decoder's loop: from a point in CLIP's image space to latents.

One loop for all that diffusers spreads over eight pipeline classes: what differs is what the
latents start from, what leads the U-Net besides the meaning, and what is put back after each step.
The arithmetic and its order are theirs, so that equal inputs give equal bits where they are right
(`pytest -k parity`); but every step is reported with its prediction of the finished latents and
may be the last, any scheduler of the catalog is right here (the pipelines leave out
`scale_model_input`), guidance of 1 works for batches too, and each row has a mask of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from diffusers import PNDMScheduler
from diffusers.utils.torch_utils import randn_tensor
from torch import Generator, Tensor

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine.schedulers import (
    LEARNED,
    add_noise,
    old_timestep,
    takes_eta,
    takes_generator,
)

Look = Callable[[], Tensor]  # computes the finished latents as a step predicts them
OnStep = Callable[[int, Look], bool | None]  # gets the step's number, from 1; true: it is enough
After = Callable[[int, Tensor], None]  # gets the steps done and the latents then


@dataclass(frozen=True, slots=True)
class Anchor:
    """Text that the decoder of 2.1 reads itself: one row a picture."""

    embeds: Tensor  # (rows, 768)
    hidden: Tensor  # (rows, tokens, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What leads the U-Net. Every tensor has a row for each picture."""

    wanted: Tensor  # (rows, embedding_dim)
    unwanted: Tensor
    anchor: Anchor | None = None
    anchor_away: Anchor | None = None
    hint: Tensor | None = None  # (rows, 3, H, W) in 0..1: a depth map, in pixels
    hole: Tensor | None = None  # (rows, 5, h, w): the kept latents, then the mask; 1 = keep


@dataclass(frozen=True, slots=True)
class Kept:
    """What is put back after each step, noised as the step leaves it, and clean at the end."""

    latents: Tensor  # (1 or rows, 4, h, w)
    mask: Tensor  # (1 or rows, 1, h, w), 1 = keep
    noise: Tensor  # (rows, 4, h, w)


@dataclass(frozen=True, slots=True)
class Course:
    """The steps to take: the timesteps, and between which of them there is guidance."""

    timesteps: Tensor
    guided_from: int
    guided_to: int


def course(
    scheduler: Any,
    steps: int,
    device: torch.device,
    *,
    strength: float = 1.0,
    window: tuple[float, float] = (0.0, 1.0),
) -> Course:
    """Set the scheduler and return the steps; with a strength below 1 only the last of them.

    At least one step is taken: `int(steps * strength)` of the pipelines may be none, and then they
    crash or decode noise.
    """
    taken = max(1, min(int(steps * strength), steps))
    order = getattr(scheduler, "order", 1)
    first = (steps - taken) * order
    _set_timesteps(scheduler, steps, first, device)
    if first and hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    timesteps = scheduler.timesteps[first:]
    if first and isinstance(scheduler, PNDMScheduler):
        timesteps = _second_twice(scheduler.timesteps, taken)
    count = len(timesteps)
    again = max(0, count - taken * order)  # PNDM looks once more at its first step

    def looks(share: float) -> int:
        """Return how many looks the first steps take: all looks of a step are guided alike."""
        whole = round(share * taken)
        return min(count, whole * order + again) if whole else 0

    return Course(timesteps, looks(window[0]), looks(window[1]))


def _set_timesteps(scheduler: Any, steps: int, first: int, device: torch.device) -> None:
    """Set the timesteps so that those taken, from index `first` on, are among the trained ones.

    Schedulers with `leading` spacing add `steps_offset`, which is 1 for Kandinsky: of as many steps
    as there are trained timesteps, 0 to 999, the first would be 1000. Then the offset is left out.
    """
    scheduler.set_timesteps(steps, device=device)
    beyond = int(scheduler.timesteps[first]) - (scheduler.config.num_train_timesteps - 1)
    if beyond > 0:
        scheduler.register_to_config(steps_offset=scheduler.config.steps_offset - beyond)
        scheduler.set_timesteps(steps, device=device)
    if scheduler.timesteps[-1] < 0:
        # `trailing` spacing by np.arange (diffusers 0.42): rounding adds a timestep of -1
        raise InvalidRequest(
            _(
                "With this model {scheduler} cannot take {steps} steps: take some more or less."
            ).format(scheduler=type(scheduler).__name__, steps=steps)
        )


def _second_twice(timesteps: Tensor, taken: int) -> Tensor:
    """Return the last of PNDM's timesteps with the second one twice, wherever they begin.

    Its first step is taken a second time, with what was seen at its end. PNDM counts its calls and
    lists that timestep twice only at the very beginning: cut in the middle, as the pipelines do,
    it takes each prediction for the one before.
    """
    last = torch.cat([timesteps[:1], timesteps[2:]])[-taken:]
    return torch.cat([last[:2], last[1:]])


def noise(
    scheduler: Any,
    shape: tuple[int, ...],
    generators: Sequence[Generator],
    device: torch.device,
    dtype: torch.dtype,
) -> Tensor:
    """Return what a picture from nothing starts from: (rows, 4, h, w)."""
    latents = randn_tensor(shape, generator=list(generators), device=device, dtype=dtype)
    return latents * scheduler.init_noise_sigma  # type: ignore[no-any-return]


def noised(
    scheduler: Any,
    clean: Tensor,
    steps: Course,
    generators: Sequence[Generator],
    *,
    old_strength: float = 0.0,
    sampler: str = "",
) -> tuple[Tensor, Tensor]:
    """Return latents noised as the first step expects them, and the noise itself.

    With `old_strength` as the original 2.1 noises, by another schedule than it samples by, and
    diffusers' `KandinskyImg2ImgPipeline` too: betas 1e-4 to 0.02, at a timestep that depends on the
    name of the scheduler (`old_timestep`).
    """
    rows = len(generators)
    clean = clean.expand(rows, -1, -1, -1).contiguous()  # the U-Net rounds by the strides
    drawn = randn_tensor(
        clean.shape, generator=list(generators), device=clean.device, dtype=clean.dtype
    )
    if old_strength:
        trained, first = scheduler.config.num_train_timesteps, int(steps.timesteps[0])
        timestep = old_timestep(sampler, old_strength, first, trained)
        return _old_noise(clean, drawn, timestep), drawn
    return scheduler.add_noise(clean, drawn, steps.timesteps[:1].repeat(rows)), drawn


def _old_noise(clean: Tensor, drawn: Tensor, timestep: int) -> Tensor:
    betas = torch.linspace(0.0001, 0.02, 1000, dtype=torch.float32)
    alphas = torch.cumprod(1.0 - betas, dim=0).to(clean)
    alpha = alphas[torch.tensor([timestep] * len(clean))].view(-1, 1, 1, 1)
    return alpha**0.5 * clean + (1 - alpha) ** 0.5 * drawn


@torch.inference_mode()
def sample(
    unet: Any,
    scheduler: Any,
    guide: Guide,
    latents: Tensor,
    steps: Course,
    *,
    guidance: float,
    generators: Sequence[Generator],
    on_step: OnStep,
    kept: Kept | None = None,
    eta: float = 0.0,
    done: int = 0,
    after: After | None = None,
) -> Tensor:
    """Return the finished latents, (rows, 4, h, w), from those given.

    Each row has a generator of its own. What `on_step` raises ends the loop; where it returns
    true, the step's prediction is the result. With `done` the first steps are left out: they were
    taken earlier, and scheduler, generators and latents are as `after` saw them.
    """
    channels = unet.config.out_channels // 2
    learned = getattr(scheduler.config, "variance_type", None) in LEARNED
    own: dict[str, Any] = {}
    if takes_generator(scheduler):
        own["generator"] = list(generators)
    if eta and takes_eta(scheduler):
        own["eta"] = eta
    guided, unguided = _conditions(unet, guide, guided=guidance > 1), None
    for number, timestep in enumerate(steps.timesteps[done:], start=done + 1):
        both = guidance > 1 and steps.guided_from < number <= steps.guided_to
        if not both and guidance > 1 and unguided is None:
            unguided = _conditions(unet, guide, guided=False)
        given, hidden, hole = guided if both or unguided is None else unguided
        seen = scheduler.scale_model_input(latents, timestep)
        shown = torch.cat([seen] * 2) if both else seen
        output = unet(
            sample=shown if hole is None else torch.cat([shown, hole], dim=1),
            timestep=timestep,
            encoder_hidden_states=hidden,
            added_cond_kwargs=given,
            return_dict=False,
        )[0]
        predicted, variance = output.split(channels, dim=1)
        if both:
            without, with_ = predicted.chunk(2)
            predicted = without + guidance * (with_ - without)
            variance = variance.chunk(2)[1]
        latents = scheduler.step(
            torch.cat([predicted, variance], dim=1) if learned else predicted,
            timestep,
            latents,
            **own,
        )[0]
        if kept is not None:
            latents = _put_back(scheduler, kept, latents, steps.timesteps[number : number + 1])
        if after is not None:
            after(number, latents)
        look = partial(_x0, scheduler, seen, predicted, timestep)
        if on_step(number, look):
            latents = look()
            break
    return latents if kept is None else kept.mask * kept.latents + (1 - kept.mask) * latents


def _conditions(
    unet: Any, guide: Guide, *, guided: bool
) -> tuple[dict[str, Tensor], Tensor | None, Tensor | None]:
    """Return what the U-Net gets besides latents and time: embeddings, hidden states, the hole."""

    def rows(with_: Tensor, without: Tensor) -> Tensor:
        both = torch.cat([without, with_]) if guided else with_
        return both.to(device=unet.device, dtype=unet.dtype)

    given, hidden = {"image_embeds": rows(guide.wanted, guide.unwanted)}, None
    if guide.anchor is not None:
        away = guide.anchor_away or guide.anchor
        given["text_embeds"] = rows(guide.anchor.embeds, away.embeds)
        hidden = rows(guide.anchor.hidden, away.hidden)
    if guide.hint is not None:
        given["hint"] = rows(guide.hint, guide.hint)
    hole = None if guide.hole is None else rows(guide.hole, guide.hole)
    return given, hidden, hole


def _put_back(scheduler: Any, kept: Kept, latents: Tensor, timestep: Tensor) -> Tensor:
    """Return the latents with what is kept noised as the next step expects it, or clean."""
    proper = kept.latents
    if len(timestep):
        proper = add_noise(scheduler, proper.expand_as(kept.noise), kept.noise, timestep)
    return kept.mask * proper + (1 - kept.mask) * latents


def _x0(scheduler: Any, seen: Tensor, predicted: Tensor, timestep: Tensor) -> Tensor:
    """Return the finished latents as this step predicts them.

    x0 = (x_t - sqrt(1 - a) eps) / sqrt(a), DDPM (Ho et al. 2020), equation 15, where the U-Net
    predicts epsilon, and sqrt(a) x_t - sqrt(1 - a) v, Salimans and Ho 2022, appendix D, where it
    predicts v. The scaled input is x_t in that form for every scheduler.
    """
    alpha = scheduler.alphas_cumprod[int(timestep)].to(seen)
    x0: Tensor
    match scheduler.config.prediction_type:
        case "sample":
            x0 = predicted
        case "v_prediction":
            x0 = alpha.sqrt() * seen - (1 - alpha).sqrt() * predicted
        case _:
            x0 = (seen - (1 - alpha).sqrt() * predicted) / alpha.sqrt()
    return x0
