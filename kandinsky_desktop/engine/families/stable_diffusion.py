"""How the phases of Stable Diffusion 1 and 2 are run.

The arithmetic and the order of the random draws are those of diffusers' StableDiffusionPipeline,
StableDiffusionImg2ImgPipeline and StableDiffusionInpaintPipeline, so that equal inputs give equal
bits; but each text is encoded alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.utils.torch_utils import randn_tensor
from torch import Generator, Tensor

from kandinsky_desktop.domain.operations import (
    DecodePixels,
    Denoise,
    EncodePixels,
    EncodePrompt,
    FitPreview,
)
from kandinsky_desktop.engine import attention, decoder, images, masks, movq, preview
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.denoise import generators_of, in_parts, run_loop
from kandinsky_desktop.engine.families import common
from kandinsky_desktop.engine.images import WorkImage

Outputs = dict[str, Tensor]
PIXELS = VaeImageProcessor(do_resize=False)
MASKS = VaeImageProcessor(
    do_resize=False, do_normalize=False, do_binarize=True, do_convert_grayscale=True
)
NINE = 9  # channels of a U-Net that sees the mask and the masked image beside the latents


@torch.inference_mode()
def encode_prompt(operation: EncodePrompt, given: PhaseInputs) -> Outputs:
    """Encode a text as the U-Net reads it: (1, tokens, width)."""
    encoder, tokenizer = given.networks["clip_text_encoder"], given.networks["tokenizer"]
    limit = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
    tokens = tokenizer(
        [operation.text],
        padding="max_length",
        max_length=limit,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    return {"hidden": encoder(tokens.to(encoder.device))[0]}


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


def run_denoise(operation: Denoise, given: PhaseInputs) -> Outputs:
    """Run the U-Net's loop over one piece of one batch."""
    unet, sampler = given.networks["unet"], operation.sampler
    generators = generators_of(operation, given)
    scheduler, steps = decoder.course_of(operation, given.networks["scheduler"], unet.device)
    channels, model = unet.config.out_channels, given.context.inputs.model
    size = operation.piece.work
    shape = (
        len(operation.seeds),
        channels,
        size.height // model.factor,
        size.width // model.factor,
    )
    init = [given[key] for key in operation.init]
    nine = unet.config.in_channels == NINE
    from_noise = not init or (operation.masked and operation.strength >= 1)
    clean, soft = None, operation.soft is not None
    if init and (soft or not (nine and from_noise)):
        clean = model.scale * _drawn(init, "", generators)
    put_back = operation.masked and (soft or not nine)
    keep = torch.cat([one["keep"] for one in init]) if put_back else None
    grey = torch.cat([one["grey"] for one in init]) if soft else None
    latents, masked = decoder.begin(
        operation, scheduler, steps, generators, shape, clean, keep, unet, relaid=False, grey=grey
    )
    inpaint = None
    if nine:
        repainted = 1 - torch.cat([one["keep"] for one in init])
        inpaint = torch.cat([repainted, model.scale * _drawn(init, "masked_", generators)], dim=1)
    network = _GuidedUNet(unet, operation, given, inpaint)
    denoiser = decoder.diffusion(
        scheduler,
        steps,
        network,
        guidance=sampler.guidance,
        generators=generators,
        channels=channels,
        eta=sampler.eta,
    )
    with attention.in_mode(given.fit.name):
        return run_loop(operation, given, denoiser, network, latents, masked, generators)


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


def _distribution(vae: Any, pixels: Tensor, given: PhaseInputs) -> Any:
    if given.fit.mode.name == "resident":
        return vae.encode(pixels).latent_dist
    return DiagonalGaussianDistribution(movq.encoded(vae, pixels))


class _GuidedUNet:
    """Calls the U-Net with its conditioning: guidance in one call, or split into two."""

    def __init__(
        self, unet: Any, operation: Denoise, given: PhaseInputs, inpaint: Tensor | None
    ) -> None:
        every = [dict(one) for one in operation.conditioning]
        self._unet, self._inpaint = unet, inpaint
        self.split = self.by_row = False
        self._positive, self._negative = (
            torch.cat([given[one[role]]["hidden"] for one in every])
            for role in ("prompt", "negative_prompt")
        )

    def __call__(self, latents: Tensor, timestep: Tensor, guided: bool) -> Tensor:
        """Return the U-Net's output; guided latents come twice, the negative half first."""

        def call(part: Tensor, sides: tuple[bool, ...], rows: slice) -> Tensor:
            hidden = [(self._positive if side else self._negative)[rows] for side in sides]
            inpaint = None if self._inpaint is None else self._inpaint[rows]
            if len(sides) == 1:
                return self._call(part, timestep, hidden[0], inpaint)
            both = None if inpaint is None else torch.cat([inpaint] * 2)
            return self._call(part, timestep, torch.cat(hidden), both)

        return in_parts(call, latents, guided, split=self.split, by_row=self.by_row)

    def _call(
        self, latents: Tensor, timestep: Tensor, hidden: Tensor, inpaint: Tensor | None
    ) -> Tensor:
        output: Tensor = self._unet(
            latents if inpaint is None else torch.cat([latents, inpaint], dim=1),
            timestep,
            encoder_hidden_states=hidden,
            return_dict=False,
        )[0]
        return output


def _drawn(init: Sequence[Outputs], name: str, generators: Sequence[Generator]) -> Tensor:
    """Draw image latents, a row for each picture, each with its own generator."""
    rows = []
    for one, generator in zip(init, generators, strict=True):
        mean, deviation = one[f"{name}mean"], one[f"{name}std"]
        noise = randn_tensor(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        rows.append(mean + deviation * noise)
    return torch.cat(rows)


RUNS: dict[type[Any], Callable[[Any, PhaseInputs], Any]] = common.RUNS | {
    EncodePrompt: encode_prompt,
    EncodePixels: encode_pixels,
    Denoise: run_denoise,
    DecodePixels: decode_pixels,
    FitPreview: fit_preview,
}
