"""The one denoising loop, and how a phase runs it: reported, checkpointed, ended early on demand.

What differs between families, and between noise, velocity and flow prediction, is the denoiser.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Generator, Tensor

from kandinsky_desktop.domain.memory import CHUNKED, SPLIT
from kandinsky_desktop.domain.operations import Denoise
from kandinsky_desktop.engine.attention import chunked
from kandinsky_desktop.engine.checkpoints import LoopRecorder, set_generators
from kandinsky_desktop.engine.context import Elsewhere, PhaseInputs, StepReporter
from kandinsky_desktop.engine.preview import Projection

PredictX0 = Callable[[], Tensor]  # computes the finished latents as a step predicts them
OnStep = Callable[[int, Tensor, PredictX0], bool | None]  # the step from 1, the latents after it


class Denoiser(Protocol):
    """What the loop asks of a family: its network under its scheduler."""

    @property
    def scheduler(self) -> Any:
        """The scheduler, whose state goes into checkpoints."""

    @property
    def timesteps(self) -> Tensor:
        """The timesteps at which the network is called."""

    def add_noise(self, latents: Tensor, noise: Tensor, number: int) -> Tensor:
        """Return image latents with as much noise as that step expects; after the last, none."""

    def predict(self, latents: Tensor, number: int) -> Any:
        """Return what the network predicts at a step, with guidance."""

    def step(self, predicted: Any, latents: Tensor, number: int) -> Tensor:
        """Return the latents after a step."""

    def predict_x0(self, predicted: Any, latents: Tensor, number: int) -> Tensor:
        """Return the finished latents as a step predicts them: for previews, and to keep."""


NEVER = 2**30  # in place of a call of the denoiser


@dataclass(frozen=True, slots=True)
class MaskedLatents:
    """What is put back after each step, noised as the next one expects it; clean at the end.

    Of a soft mask each cell is let go before a call of its own (differential diffusion, Levin and
    Fried 2023).
    """

    latents: Tensor  # (1 or rows, channels, h, w)
    mask: Tensor  # (1 or rows, 1, h, w), 1 = keep
    noise: Tensor  # (rows, channels, h, w)
    begins: Tensor | None = None  # as mask: the call before which a cell is let go; NEVER: it stays

    def put_back(self, latents: Tensor, number: int, back: Callable[[], Tensor]) -> Tensor:
        """Return latents with what is kept before a call put back."""
        mask = self.mask
        if self.begins is not None:
            held = self.begins >= number
            if not held.any():  # the very latents: what lays them out anew changes bits
                return latents
            mask = held.to(mask)
        return mask * back() + (1 - mask) * latents


@torch.inference_mode()
def denoise(
    denoiser: Denoiser,
    latents: Tensor,
    on_step: OnStep,
    *,
    masked: MaskedLatents | None = None,
    done: int = 0,
) -> Tensor:
    """Return the finished latents, (rows, channels, h, w), from those given.

    What `on_step` raises ends the loop; where it returns true, the step's x0 is the result. With
    `done` the first steps are left out: scheduler, generators and latents are as after them.
    """
    number = done
    while number < len(denoiser.timesteps):
        predicted = denoiser.predict(latents, number)
        predict_x0 = partial(denoiser.predict_x0, predicted, latents, number)
        latents = denoiser.step(predicted, latents, number)
        number += 1
        if masked is not None:
            noised = partial(denoiser.add_noise, masked.latents, masked.noise, number)
            latents = masked.put_back(latents, number, noised)
        if on_step(number, latents, predict_x0):
            latents = predict_x0()
            break
    if masked is not None:
        latents = masked.put_back(latents, number, lambda: masked.latents)
    return latents


def seeded(seed: int) -> Generator:
    """Return a generator of the CPU, so that a seed means the same noise on every device."""
    return Generator().manual_seed(seed)


def generators_of(operation: Denoise, given: PhaseInputs) -> list[Generator]:
    """Return a generator for each picture: fresh, or as the piece before left it."""
    generators = [seeded(seed) for seed in operation.seeds]
    if operation.after is not None:
        set_generators(generators, given[operation.after])
    return generators


class Splittable(Protocol):
    """A network call that can be cut into several calls, to save memory."""

    split: bool  # the two halves of guidance one after the other
    by_row: bool  # the pictures of a batch one after the other
    chunks: bool  # attention in chunks


Side = bool  # of guidance: whether it is the positive one
CallPart = Callable[[Tensor, tuple[Side, ...], slice], Tensor]  # latents, their sides, their rows


def in_parts(call: CallPart, latents: Tensor, guided: bool, how: Splittable) -> Tensor:
    """Call a network for latents in as many calls as asked for.

    Guided latents come twice, the negative half first.
    """
    with chunked() if how.chunks else nullcontext():
        return _in_parts(call, latents, guided, split=how.split, by_row=how.by_row)


def _in_parts(
    call: CallPart, latents: Tensor, guided: bool, *, split: bool, by_row: bool
) -> Tensor:
    sides = (False, True) if guided else (True,)
    halves = latents.chunk(len(sides))
    rows = len(halves[0])
    every = slice(0, rows)
    cuts = [slice(row, row + 1) for row in range(rows)] if by_row and rows > 1 else [every]
    groups = [(side,) for side in sides] if split else [sides]
    if len(cuts) * len(groups) == 1:
        return call(latents, sides, every)
    made: dict[Side, list[Tensor]] = {side: [] for side in sides}
    for group in groups:
        for cut in cuts:
            parts = [halves[sides.index(side)][cut] for side in group]
            output = call(parts[0] if len(parts) == 1 else torch.cat(parts), group, cut)
            for side, one in zip(group, output.chunk(len(group)), strict=True):
                made[side].append(one)
    return torch.cat([one for side in sides for one in made[side]])


def run_loop(
    operation: Denoise,
    given: PhaseInputs,
    denoiser: Denoiser,
    network: Splittable,
    latents: Tensor,
    masked: MaskedLatents | None,
    generators: Sequence[Generator],
) -> dict[str, Tensor]:
    """Run a phase's loop, from its checkpoint if there is one, and return its outputs."""
    context, batch = given.context, operation.batch
    again = context.inputs.like is not None
    recorder = LoopRecorder(
        context.checkpoints,
        given.phase.key,
        denoiser.scheduler,
        generators,
        operation.split_from,
        operation.rows_from,
        operation.chunks_from,
    )
    latents = recorder.resume(latents)
    if SPLIT in given.fit.mode.name and recorder.split_from < 0:
        recorder.split_from = recorder.done
    if given.fit.mode.by_row and recorder.rows_from < 0:
        recorder.rows_from = recorder.done
    if CHUNKED in given.fit.mode.name and recorder.chunks_from < 0:
        recorder.chunks_from = recorder.done

    if given.fit.on_processor and recorder.processor_from < 0:
        recorder.processor_from = recorder.done

    def cut(number: int) -> None:
        """Let the network save memory from the steps on from which it is to."""
        network.split = 0 <= recorder.split_from <= number
        network.by_row = 0 <= recorder.rows_from <= number
        network.chunks = 0 <= recorder.chunks_from <= number

    cut(recorder.done)
    preview = None if operation.preview is None else Projection(**given[operation.preview])
    reporter = StepReporter(given, "decoder", batch, preview, operation.piece.box)
    last, kept_step = len(denoiser.timesteps), 0
    context.keep_step()  # a wish that came before is for no step of this loop

    def on_step(number: int, latents: Tensor, predict_x0: PredictX0) -> bool:
        nonlocal kept_step
        recorder.record(number, latents)
        reporter.step(number, predict_x0)
        cut(number)
        if number < last and (operation.kept_step == number if again else context.keep_step()):
            kept_step = number
        elif number == operation.processor_from and _is_left(given):
            raise Elsewhere
        return bool(kept_step)

    latents = denoise(denoiser, latents, on_step, masked=masked, done=recorder.done)
    return recorder.finish(latents, kept_step)


def _is_left(given: PhaseInputs) -> bool:
    """Whether a loop that went to the processor then is still on the device."""
    return bool(given.context.inputs.host) and not given.fit.on_processor
