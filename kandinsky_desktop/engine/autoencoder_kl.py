"""The autoencoder of Stable Diffusion and Kandinsky 2.0: latents are drawn, and decoded.

Kandinsky 2.1 and 2.2 have a MoVQ instead (engine/movq.py), whose latents are not drawn.
"""

from collections.abc import Sequence
from typing import Any

import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.utils.torch_utils import randn_tensor
from torch import Generator, Tensor

from kandinsky_desktop.domain.operations import DecodePixels, EncodePixels, FitPreview
from kandinsky_desktop.engine import images, masks, movq, preview
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.images import WorkImage

Outputs = dict[str, Tensor]
PIXELS = VaeImageProcessor(do_resize=False)
MASKS = VaeImageProcessor(
    do_resize=False, do_normalize=False, do_binarize=True, do_convert_grayscale=True
)


@torch.inference_mode()
def encode_pixels(operation: EncodePixels, given: PhaseInputs) -> Outputs:
    """Return mean and deviation of a piece's image latents, from which the denoiser draws them."""
    vae = given.networks["vae"]
    image, mask = images.cut(operation, given[operation.image])
    pixels = PIXELS.preprocess(image).to(vae.device, vae.dtype)
    encoded = _distribution(vae, pixels, given)
    outputs = {"mean": encoded.mean, "std": encoded.std}
    if mask is not None:
        high, wide = encoded.mean.shape[-2:]
        hole = masks.painted(mask)
        outputs["keep"] = movq.kept_cells([hole], (high, wide)).to(encoded.mean)
        outputs["grey"] = movq.greys([mask], (high, wide))
    if mask is not None and operation.masked_image:
        masked = _distribution(vae, pixels * (MASKS.preprocess(hole).to(pixels) < 0.5), given)
        outputs |= {"masked_mean": masked.mean, "masked_std": masked.std}
    return outputs


def decode_pixels(operation: DecodePixels, given: PhaseInputs) -> WorkImage:
    """Decode one picture of a batch and lay it into the picture that it is a piece of."""
    vae, scale = given.networks["vae"], given.context.inputs.model.scale
    row = given[operation.latents]["latents"][operation.row : operation.row + 1]
    mode = given.fit.mode.name
    with torch.inference_mode():
        if mode == "resident":
            pixels = vae.decode(row / scale, return_dict=False)[0]
        else:
            pixels = movq.decoded(vae, row / scale, None, mode)
    painted = movq.to_image(pixels)
    work = None if operation.image is None else given[operation.image]
    return images.paste(painted, operation, work)


def fit_preview(operation: FitPreview, given: PhaseInputs) -> Outputs:
    """Fit the map from latents to small previews."""
    del operation
    vae, scale = given.networks["vae"], given.context.inputs.model.scale

    def encode(pixels: Tensor) -> Tensor:
        latents: Tensor = vae.encode(pixels).latent_dist.mean * scale
        return latents

    fitted = preview.fit(vae, encode).to(given.context.device)
    return {"weight": fitted.weight, "bias": fitted.bias}


def drawn(init: Sequence[Outputs], name: str, generators: Sequence[Generator]) -> Tensor:
    """Draw image latents, a row for each picture, each with its own generator.

    With a name as "masked_" those of the picture without what is masked."""
    rows = []
    for one, generator in zip(init, generators, strict=True):
        mean, deviation = one[f"{name}mean"], one[f"{name}std"]
        noise = randn_tensor(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        rows.append(mean + deviation * noise)
    return torch.cat(rows)


def _distribution(vae: Any, pixels: Tensor, given: PhaseInputs) -> Any:
    if given.fit.mode.name == "resident":
        return vae.encode(pixels).latent_dist
    return DiagonalGaussianDistribution(movq.encoded(vae, pixels))
