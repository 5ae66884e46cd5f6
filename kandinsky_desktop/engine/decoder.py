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
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.operations import Denoise
from kandinsky_desktop.domain.painting import strength_of
from kandinsky_desktop.engine.denoise import NEVER, MaskedLatents, PredictX0, denoise, in_parts
from kandinsky_desktop.engine.schedulers import (
    LEARNED,
    add_noise,
    make_scheduler,
    old_timestep,
    takes_eta,
    takes_generator,
)


@dataclass(frozen=True, slots=True)
class DecoderPrompt:
    """Text that the decoder of 2.1 reads itself: one row a picture."""

    embeds: Tensor  # (rows, 768)
    hidden: Tensor  # (rows, tokens, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class UNetConditioning:
    """What leads the U-Net. Every tensor has a row for each picture."""

    image_embeds: Tensor  # (rows, embedding_dim)
    negative_image_embeds: Tensor
    decoder_prompt: DecoderPrompt | None = None
    negative_decoder_prompt: DecoderPrompt | None = None
    control_image: Tensor | None = None  # (rows, 3, H, W) in 0..1: a depth map, in pixels
    inpaint_latents: Tensor | None = None  # (rows, 5, h, w): latents and mask; 1 = keep


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
    """Set the scheduler and return the steps; with a strength below 1 only the last of them."""
    taken = _taken(steps, strength)
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


def calls_of(operation: Denoise, config: dict[str, Any]) -> int:
    """Return how often the denoiser will be called. Raises InvalidRequest if it cannot be."""
    _scheduler, steps = course_of(operation, config, torch.device("cpu"))
    return len(steps.timesteps)


def course_of(
    operation: Denoise, config: dict[str, Any], device: torch.device
) -> tuple[Any, Course]:
    """Return the scheduler of a loop, made from its config, and the steps to take with it.

    Raises InvalidRequest if it cannot take them.
    """
    sampler = operation.sampler
    scheduler = make_scheduler(sampler, config)
    steps = course(
        scheduler,
        sampler.steps,
        device,
        strength=operation.strength,
        window=(sampler.guidance_from, sampler.guidance_to),
    )
    return scheduler, steps


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
    relaid: bool = True,
    sampler: str = "",
) -> tuple[Tensor, Tensor]:
    """Return latents noised as the first step expects them, and the noise itself.

    With `old_strength` as the original 2.1 noises, by another schedule than it samples by, and
    diffusers' `KandinskyImg2ImgPipeline` too: betas 1e-4 to 0.02, at a timestep that depends on the
    name of the scheduler (`old_timestep`).
    `relaid`: the latents are laid out anew, as Kandinsky's pipelines do, and Stable Diffusion's for
    a picture do not; networks round by their strides.
    """
    rows = len(generators)
    clean = clean.expand(rows, -1, -1, -1)
    if relaid:
        clean = clean.contiguous()
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


def begin(
    operation: Denoise,
    scheduler: Any,
    steps: Course,
    generators: Sequence[Generator],
    shape: tuple[int, ...],
    clean: Tensor | None,
    keep: Tensor | None,
    unet: Any,
    *,
    relaid: bool = True,
    grey: Tensor | None = None,
) -> tuple[Tensor, MaskedLatents | None]:
    """Return the latents to begin with, and what is put back after each step.

    `clean` are the image latents that are started from, `keep` says which of them stay: 1 = keep.
    With a soft mask `grey` says how bright it is over each, 0 to 255.
    """
    if clean is None:
        return noise(scheduler, shape, generators, unet.device, unet.dtype), None
    if keep is not None and operation.strength >= 1:
        latents = noise(scheduler, shape, generators, unet.device, unet.dtype)
        drawn = latents.clone() / scheduler.init_noise_sigma
    else:
        old = operation.strength if operation.old_noise else 0.0
        latents, drawn = noised(
            scheduler,
            clean,
            steps,
            generators,
            old_strength=old,
            relaid=relaid,
            sampler=operation.sampler.scheduler,
        )
    if keep is None:
        return latents, None
    begins = None if grey is None else begins_of(operation, scheduler, steps, grey).to(unet.device)
    return latents, MaskedLatents(clean, keep, drawn, begins)


def begins_of(operation: Denoise, scheduler: Any, steps: Course, grey: Tensor) -> Tensor:
    """Return before which call of the U-Net each latent cell is let go; NEVER where it is black.

    A grey takes as many of the last steps as image-to-image of its strength.
    """
    assert operation.soft is not None
    of, order = operation.sampler.steps, getattr(scheduler, "order", 1)
    most = _taken(of, operation.strength)
    again = max(0, len(steps.timesteps) - most * order)  # PNDM looks once more at its first step
    first = [NEVER]
    for value in range(1, 256):
        left_out = most - min(most, _taken(of, strength_of(value, operation.soft)))
        first.append(left_out * order + again if left_out else 0)
    return torch.tensor(first)[grey.round().long()]


def _taken(steps: int, strength: float) -> int:
    """Return how many of the steps are taken with a strength: at least one.

    `int(steps * strength)` of the pipelines may be none, and then they crash or decode noise.
    """
    return max(1, min(int(steps * strength), steps))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a U-Net predicts of latents, as it saw them."""

    seen: Tensor  # the latents, scaled as the scheduler wants them
    noise: Tensor
    variance: Tensor | None = None  # learned; only for DDPM


@dataclass(frozen=True, kw_only=True)
class Diffusion:
    """A U-Net that predicts noise or velocity, under a scheduler with `alphas_cumprod`."""

    scheduler: Any
    course: Course
    unet: Callable[
        [Tensor, Tensor, bool], Tensor
    ]  # latents, timestep, whether guided: twice as many
    guidance: float
    channels: int  # of the latents
    step_arguments: dict[str, Any]  # what the scheduler's step takes besides

    @property
    def timesteps(self) -> Tensor:
        """The timesteps at which the U-Net is called."""
        return self.course.timesteps

    def add_noise(self, latents: Tensor, noise: Tensor, number: int) -> Tensor:
        """Return image latents with as much noise as that step expects; after the last, none."""
        if number >= len(self.timesteps):
            return latents
        timestep = self.timesteps[number : number + 1]
        return add_noise(self.scheduler, latents.expand_as(noise), noise, timestep)

    def predict(self, latents: Tensor, number: int) -> Prediction:
        """Return what the U-Net predicts at a step, with guidance."""
        timestep = self.timesteps[number]
        both = self.guidance > 1 and self.course.guided_from <= number < self.course.guided_to
        seen = self.scheduler.scale_model_input(latents, timestep)
        output = self.unet(torch.cat([seen] * 2) if both else seen, timestep, both)
        noise, *variance = torch.split(output, self.channels, dim=1)
        if both:
            without, with_ = noise.chunk(2)
            noise = without + self.guidance * (with_ - without)
            variance = [one.chunk(2)[1] for one in variance]
        return Prediction(seen, noise, *variance)

    def step(self, predicted: Prediction, latents: Tensor, number: int) -> Tensor:
        """Return the latents after a step."""
        output = predicted.noise
        learned = getattr(self.scheduler.config, "variance_type", None) in LEARNED
        if learned and predicted.variance is not None:
            output = torch.cat([output, predicted.variance], dim=1)
        stepped: Tensor = self.scheduler.step(
            output, self.timesteps[number], latents, **self.step_arguments
        )[0]
        return stepped

    def predict_x0(self, predicted: Prediction, latents: Tensor, number: int) -> Tensor:
        """Return the finished latents as a step predicts them."""
        del latents
        return _x0(self.scheduler, predicted.seen, predicted.noise, self.timesteps[number])


def diffusion(
    scheduler: Any,
    steps: Course,
    unet: Callable[[Tensor, Tensor, bool], Tensor],
    *,
    guidance: float,
    generators: Sequence[Generator],
    channels: int,
    eta: float = 0.0,
) -> Diffusion:
    """Return the denoiser of a U-Net, with a generator for each row of its latents."""
    arguments: dict[str, Any] = {}
    if takes_generator(scheduler):
        arguments["generator"] = list(generators)
    if eta and takes_eta(scheduler):
        arguments["eta"] = eta
    return Diffusion(
        scheduler=scheduler,
        course=steps,
        unet=unet,
        guidance=guidance,
        channels=channels,
        step_arguments=arguments,
    )


class GuidedUNet:
    """Calls Kandinsky's U-Net with its conditioning: guidance in one call, or cut into several."""

    def __init__(self, unet: Any, conditioning: UNetConditioning) -> None:
        self._unet, self._conditioning = unet, conditioning
        self.split = self.by_row = self.chunks = False
        self._known: dict[tuple[bool, ...], Any] = {}

    def __call__(self, latents: Tensor, timestep: Tensor, guided: bool) -> Tensor:
        """Return the U-Net's output; guided latents come twice, the negative half first."""
        call = partial(self._call, timestep)
        return in_parts(call, latents, guided, self)

    def _call(
        self, timestep: Tensor, latents: Tensor, sides: tuple[bool, ...], rows: slice
    ) -> Tensor:
        if sides not in self._known:
            self._known[sides] = self._conditions(sides)
        given, hidden, inpaint_latents = self._known[sides]
        if len(latents) < len(given["image_embeds"]):
            given = {name: _rows_of(one, sides, rows) for name, one in given.items()}
            hidden = None if hidden is None else _rows_of(hidden, sides, rows)
            if inpaint_latents is not None:
                inpaint_latents = _rows_of(inpaint_latents, sides, rows)
        output: Tensor = self._unet(
            sample=latents
            if inpaint_latents is None
            else torch.cat([latents, inpaint_latents], dim=1),
            timestep=timestep,
            encoder_hidden_states=hidden,
            added_cond_kwargs=given,
            return_dict=False,
        )[0]
        return output

    def _conditions(
        self, sides: tuple[bool, ...]
    ) -> tuple[dict[str, Tensor], Tensor | None, Tensor | None]:
        """Return what the U-Net gets besides latents and time, for the sides that are called."""
        conditioning, unet = self._conditioning, self._unet

        def rows(positive: Tensor, negative: Tensor) -> Tensor:
            every = torch.cat([positive if side else negative for side in sides])
            return every.to(device=unet.device, dtype=unet.dtype)

        embeds = rows(conditioning.image_embeds, conditioning.negative_image_embeds)
        given, hidden = {"image_embeds": embeds}, None
        if conditioning.decoder_prompt is not None:
            negative = conditioning.negative_decoder_prompt or conditioning.decoder_prompt
            given["text_embeds"] = rows(conditioning.decoder_prompt.embeds, negative.embeds)
            hidden = rows(conditioning.decoder_prompt.hidden, negative.hidden)
        if conditioning.control_image is not None:
            given["hint"] = rows(conditioning.control_image, conditioning.control_image)
        inpaint_latents = (
            None
            if conditioning.inpaint_latents is None
            else rows(conditioning.inpaint_latents, conditioning.inpaint_latents)
        )
        return given, hidden, inpaint_latents


def _rows_of(every: Tensor, sides: tuple[bool, ...], rows: slice) -> Tensor:
    """Return some rows of each side."""
    return torch.cat([half[rows] for half in every.chunk(len(sides))])


def sample(
    unet: Any,
    scheduler: Any,
    conditioning: UNetConditioning,
    latents: Tensor,
    steps: Course,
    *,
    guidance: float,
    generators: Sequence[Generator],
    on_step: Callable[[int, PredictX0], bool | None],
    kept: MaskedLatents | None = None,
    eta: float = 0.0,
) -> Tensor:
    """Return the finished latents, (rows, 4, h, w), from those given, outside of any job.

    Each row has a generator of its own. What `on_step` raises ends the loop; where it returns
    true, the step's prediction is the result.
    """
    denoiser = diffusion(
        scheduler,
        steps,
        GuidedUNet(unet, conditioning),
        guidance=guidance,
        generators=generators,
        channels=unet.config.out_channels // 2,
        eta=eta,
    )
    return denoise(denoiser, latents, lambda number, after, x0: on_step(number, x0), masked=kept)


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
