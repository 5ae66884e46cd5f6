"""A U-Net that texts lead: its calls with and without guidance, for every family that has one."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.operations import Denoise
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.denoise import in_parts


class TextGuidedUNet:
    """Calls the U-Net with its conditioning: guidance in one call, or split into two."""

    def __init__(
        self,
        unet: Any,
        positive: Mapping[str, Tensor],
        negative: Mapping[str, Tensor],
        inpaint: Tensor | None,
    ) -> None:
        """What it is called with by name, a row for each picture; `inpaint` beside the latents."""
        self._unet, self._inpaint = unet, inpaint
        self._sides = {True: positive, False: negative}
        self.split = self.by_row = self.chunks = False

    def __call__(self, latents: Tensor, timestep: Tensor, guided: bool) -> Tensor:
        """Return the U-Net's output; guided latents come twice, the negative half first."""

        def call(part: Tensor, sides: tuple[bool, ...], rows: slice) -> Tensor:
            led = {
                name: torch.cat([self._sides[side][name][rows] for side in sides])
                for name in self._sides[True]
            }
            if self._inpaint is not None:
                part = torch.cat([part, torch.cat([self._inpaint[rows]] * len(sides))], dim=1)
            output: Tensor = self._unet(part, timestep, **led, return_dict=False)[0]
            return output

        return in_parts(call, latents, guided, self)


def encoded_rows(operation: Denoise, given: PhaseInputs) -> Callable[[str, str], Tensor]:
    """Return what gives an output of a conditioning's role, a row for each picture of the batch."""
    every = [dict(one) for one in operation.conditioning]
    return lambda role, name: torch.cat([given[one[role]][name] for one in every])
