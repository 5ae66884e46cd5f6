"""MoVQ: from latents to pixels and back, one picture at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.engine import banded

TILE, OVERLAP = 64, 16  # latent cells


@torch.inference_mode()
def decode(movq: Any, latents: Tensor, mode: str = "resident") -> Image.Image:
    """Decode the latents of one picture, (1, 4, h, w), to RGB pixels.

    One at a time, since decoding takes more memory than sampling does. The arithmetic of the
    pixels is that of diffusers' pipelines. `mode` is the name of an execution mode.
    """
    latents = latents.to(movq.dtype)
    if mode == "resident":
        return to_image(movq.decode(latents, force_not_quantize=True).sample)
    spatial = movq.config.norm_type == "spatial"
    return to_image(decoded(movq, latents, latents if spatial else None, mode))


@torch.inference_mode()
def decoded(
    autoencoder: Any, latents: Tensor, condition: Tensor | None, mode: str = "banded"
) -> Tensor:
    """Return the pixels, (1, 3, H, W), of latents: banded or tiled, by diffusers' Decoder."""
    conv = autoencoder.post_quant_conv
    features = latents if conv is None else conv(latents)
    if mode == "tiled":
        return banded.decode_tiled(autoencoder.decoder, features, condition, TILE, OVERLAP)
    return banded.decode(autoencoder.decoder, features, condition)


def encoded(autoencoder: Any, pixels: Tensor) -> Tensor:
    """Return the moments or latents of pixels, (1, 3, H, W), banded, by diffusers' Encoder."""
    features, conv = banded.encode(autoencoder.encoder, pixels), autoencoder.quant_conv
    made: Tensor = features if conv is None else conv(features)
    return made


def to_image(pixels: Tensor) -> Image.Image:
    """Return decoded pixels, (1, 3, H, W) around -1..1, as an RGB picture.

    Raises InvalidRequest where they are no numbers.
    """
    if not pixels.isfinite().all():
        raise InvalidRequest(
            _(
                "The picture came to nothing, since its numbers ran over on the way: take less"
                " guidance, or weights near 1. If that does not help, the model's weights are"
                " damaged: verify it."
            )
        )
    pixels = (pixels * 0.5 + 0.5).clamp(0, 1)
    values = pixels[0].permute(1, 2, 0).float().cpu().numpy()
    return Image.fromarray((values * 255).round().astype("uint8"))


@torch.inference_mode()
def encode(movq: Any, images: Sequence[Image.Image], mode: str = "resident") -> Tensor:
    """Encode RGB pictures of one size to latents, (n, 4, h, w); the same picture only once.

    The strides are those of diffusers' pipelines too, the batch's own among them: convolutions
    look at them, and round otherwise.
    """
    made: dict[int, Tensor] = {}
    for image in images:
        if id(image) not in made:
            pixels = torch.from_numpy(np.asarray(image)[None].astype(np.float32) / 127.5 - 1)
            batch = pixels.permute(0, 3, 1, 2).to(movq.device, movq.dtype)
            plain = mode == "resident"
            made[id(image)] = movq.encode(batch).latents if plain else encoded(movq, batch)
    return torch.cat([made[id(image)] for image in images])


def keep_mask(masks: Sequence[Image.Image], shape: tuple[int, int]) -> Tensor:
    """Return which latent cells are kept, (n, 1, h, w): 1 = keep, from masks with white = repaint.

    A cell is repainted when any of its pixels is half white or more, and so are its neighbours, as
    diffusers' `prepare_mask` has it: above, left, below, right, and on one diagonal.
    """
    return eroded(kept_cells(masks, shape))


def greys(masks: Sequence[Image.Image], shape: tuple[int, int]) -> Tensor:
    """Return the brightest grey of each latent cell, (n, 1, h, w), 0 to 255."""
    rows = []
    for mask in masks:
        grey = torch.from_numpy(np.asarray(mask).astype(np.float32))[None, None]
        factor = grey.shape[-1] // shape[1]
        most = torch.nn.functional.max_pool2d(grey, factor) if factor > 1 else grey
        rows.append(interpolate(most, shape, mode="nearest"))
    return torch.cat(rows)


def widened(grey: Tensor) -> Tensor:
    """Return greys that spread over the neighbouring cells that `eroded` touches."""
    return 255 - eroded(255 - grey)


def kept_cells(masks: Sequence[Image.Image], shape: tuple[int, int]) -> Tensor:
    """Return which latent cells hold no pixel that is half white, (n, 1, h, w): 1 = keep."""
    rows = []
    for mask in masks:
        white = torch.from_numpy(np.asarray(mask).astype(np.float32) / 255)[None, None]
        factor = white.shape[-1] // shape[1]
        most = torch.nn.functional.max_pool2d(white, factor) if factor > 1 else white
        rows.append(interpolate((most < 0.5).float(), shape, mode="nearest"))
    return torch.cat(rows)


def eroded(keep: Tensor) -> Tensor:
    """Return a keep mask, (n, 1, h, w), less by one cell around each cell that is repainted.

    Equal to the double loop of `prepare_mask` in diffusers' pipeline_kandinsky2_2_inpainting.py,
    which touches six of the eight neighbours.
    """
    result = keep.clone()
    height, width = keep.shape[-2:]
    for down, across in ((-1, -1), (-1, 0), (0, -1), (1, 1), (1, 0), (0, 1)):
        to_y = slice(max(-down, 0), height + min(-down, 0))
        to_x = slice(max(-across, 0), width + min(-across, 0))
        from_y = slice(max(down, 0), height + min(down, 0))
        from_x = slice(max(across, 0), width + min(across, 0))
        result[..., to_y, to_x] = torch.minimum(result[..., to_y, to_x], keep[..., from_y, from_x])
    return result
