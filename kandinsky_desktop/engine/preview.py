"""A small sight of latents: a linear map to colours, fitted for each MoVQ from itself.

Other programs copy constants that were fitted for another autoencoder. Here pictures made of
blurred noise and shapes go through the MoVQ's own encoder, and a 3 × 3 convolution from its
latents to the shrunken pictures is solved by least squares: 37 numbers for each of the 2 × 2
pixels that a latent cell shows, times three colours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pixel_shuffle, unfold

from kandinsky_desktop.domain.events import Preview
from kandinsky_desktop.engine.device import Device

FINE = 2  # preview pixels along a latent cell
SAMPLES = 8  # every coarseness and number of shapes; three times as many see 0.2 dB more
CELLS = 16  # latent cells along a sample
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Projection:
    """A fitted map: `weight` is (3 · FINE², 4, 3, 3), `bias` (3 · FINE²)."""

    weight: Tensor
    bias: Tensor

    def to(self, device: Device) -> "Projection":
        """The same, on a device."""
        return Projection(self.weight.to(device.torch), self.bias.to(device.torch))

    @torch.inference_mode()
    def colours(self, latents: Tensor) -> Tensor:
        """Return (n, 3, FINE · h, FINE · w) in 0..1 for latents (n, 4, h, w)."""
        shown = conv2d(latents.to(self.weight), self.weight, self.bias, padding=1)
        return pixel_shuffle(shown, FINE).clamp_(0, 1)

    def preview(self, latents: Tensor) -> Preview:
        """Return the pictures of a batch side by side."""
        row = torch.cat(list(self.colours(latents)), dim=2)
        pixels = row.mul(255).round_().to(torch.uint8).permute(1, 2, 0).contiguous().cpu()
        return Preview(pixels.shape[1], pixels.shape[0], pixels.numpy().tobytes())


@torch.inference_mode()
def fit(autoencoder: Any, encode: Callable[[Tensor], Tensor]) -> Projection:
    """Fit the map for one autoencoder, on the device where it is. Takes 8 small encodings.

    `encode` takes pixels, (1, 3, H, W) in -1..1, and returns latents as the denoiser has them.
    """
    factor = 2 ** (len(autoencoder.config.block_out_channels) - 1)
    pictures = _pictures(CELLS * factor)
    where = {"device": autoencoder.device, "dtype": autoencoder.dtype}
    latents = torch.cat([encode(one[None].to(**where) * 2 - 1).float().cpu() for one in pictures])
    small = avg_pool2d(pictures, factor // FINE) if factor > FINE else pictures
    seen = unfold(latents, 3, padding=1).transpose(1, 2).flatten(0, 1)  # (n·h·w, 36)
    seen = torch.cat([seen, torch.ones(len(seen), 1)], dim=1).double()
    cells = unfold(small, FINE, stride=FINE).transpose(1, 2).flatten(0, 1).double()
    square = seen.T @ seen
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=torch.float64)
    solved = torch.linalg.solve(square, seen.T @ cells).T.float()  # (3·FINE², 37)
    return Projection(
        solved[:, :-1].reshape(3 * FINE * FINE, -1, 3, 3).contiguous(), solved[:, -1].contiguous()
    )


def _pictures(side: int) -> Tensor:
    """Return (SAMPLES, 3, side, side) in 0..1: soft colour fields with hard shapes on them."""
    chance = torch.Generator().manual_seed(0)

    def noise(cells: int) -> Tensor:
        field = torch.rand(1, 3, cells, cells, generator=chance)
        return interpolate(field, (side, side), mode="bicubic", align_corners=False)[0]

    down, across = torch.meshgrid(
        torch.linspace(0, 1, side), torch.linspace(0, 1, side), indexing="ij"
    )
    pictures = []
    for number in range(SAMPLES):
        picture = 0.7 * noise(2 + number % 5) + 0.3 * noise(side // 4)
        for _shape in range(number % 4):
            x, y, radius = torch.rand(3, generator=chance)
            inside = (across - x) ** 2 + (down - y) ** 2 < (0.1 + 0.3 * radius) ** 2
            picture = torch.where(inside, torch.rand(3, 1, 1, generator=chance), picture)
        pictures.append(picture)
    return torch.stack(pictures).clamp(0, 1)
