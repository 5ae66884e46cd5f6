"""The phase that runs the loop of a U-Net: of all families, but for what leads the U-Net."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Generator, Tensor, cat

from kandinsky_desktop.domain.operations import Denoise
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.denoise import Splittable, generators_of, run_loop

NINE = 9  # channels of a U-Net that sees the mask and the masked image beside the latents


class GuidedNetwork(Splittable, Protocol):
    """A U-Net with its conditioning, as `decoder.diffusion` calls it."""

    def __call__(self, latents: Tensor, timestep: Tensor, guided: bool, /) -> Tensor:
        """Return its output; guided latents come twice, the negative half first."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a loop starts from besides noise, as `decoder.begin` takes it."""

    clean: Tensor | None = None  # image latents
    keep: Tensor | None = None  # which of them stay
    grey: Tensor | None = None  # of a soft mask

    @property
    def inpaint(self) -> Tensor | None:
        """What Kandinsky's U-Nets for holes see beside the latents, as far as there is a hole."""
        if self.clean is None or self.keep is None:
            return None
        return cat([self.clean * self.keep, self.keep], dim=1)


def start_of(operation: Denoise, given: PhaseInputs, clean: Tensor | None) -> Start:
    """Return what a loop starts from, with what is kept put back after each step."""
    init = [given[key] for key in operation.init]
    keep = cat([one["keep"] for one in init]) if operation.masked else None
    grey = None if operation.soft is None else cat([one["grey"] for one in init])
    return Start(clean, keep, grey)


def run_unet(
    operation: Denoise,
    given: PhaseInputs,
    begun: Callable[[list[Generator]], Start],
    led: Callable[[Start, list[Generator]], GuidedNetwork],
    *,
    channels: int,
    relaid: bool = True,
) -> dict[str, Tensor]:
    """Run the loop over one piece of one batch, and return its outputs.

    The generators, one a picture, are drawn from in this order: for what is `begun` with, for the
    noise, for what the U-Net is `led` by. `channels` are those of the latents; `relaid` as in
    `decoder.noised`.
    """
    unet, sampler = given.networks["unet"], operation.sampler
    generators = generators_of(operation, given)
    scheduler, steps = decoder.course_of(operation, given.networks["scheduler"], unet.device)
    size, factor = operation.piece.work, given.context.inputs.model.factor
    shape = (len(operation.seeds), channels, size.height // factor, size.width // factor)
    start = begun(generators)
    latents, masked = decoder.begin(
        operation,
        scheduler,
        steps,
        generators,
        shape,
        start.clean,
        start.keep,
        unet,
        relaid=relaid,
        grey=start.grey,
    )
    network = led(start, generators)
    denoiser = decoder.diffusion(
        scheduler,
        steps,
        network,
        guidance=sampler.guidance,
        generators=generators,
        channels=channels,
        eta=sampler.eta,
    )
    return run_loop(operation, given, denoiser, network, latents, masked, generators)
