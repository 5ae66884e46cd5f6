"""MoVQ: from latents to pixels, one picture at a time."""

from typing import Any

import torch
from PIL import Image
from torch import Tensor


@torch.inference_mode()
def decode(movq: Any, latents: Tensor) -> Image.Image:
    """Decode the latents of one picture, (1, 4, h, w), to RGB pixels.

    One at a time, since decoding takes more memory than sampling does. The arithmetic of the
    pixels is that of diffusers' pipelines.
    """
    pixels = movq.decode(latents.to(movq.dtype), force_not_quantize=True).sample
    pixels = (pixels * 0.5 + 0.5).clamp(0, 1)
    values = pixels[0].permute(1, 2, 0).float().cpu().numpy()
    return Image.fromarray((values * 255).round().astype("uint8"))
