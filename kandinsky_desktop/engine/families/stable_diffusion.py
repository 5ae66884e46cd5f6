"""How the phases of Stable Diffusion 1 and 2 are run.

The arithmetic and the order of the random draws are those of diffusers' StableDiffusionPipeline,
StableDiffusionImg2ImgPipeline and StableDiffusionInpaintPipeline, so that equal inputs give equal
bits; but each text is encoded alone.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.operations import (
    DecodePixels,
    Denoise,
    EncodePixels,
    EncodePrompt,
    FitPreview,
)
from kandinsky_desktop.engine import autoencoder_kl, decoder
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.denoise import generators_of, run_loop
from kandinsky_desktop.engine.families import common
from kandinsky_desktop.engine.text_unet import NINE, TextGuidedUNet, encoded_rows

Outputs = dict[str, Tensor]


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
        clean = model.scale * autoencoder_kl.drawn(init, "", generators)
    put_back = operation.masked and (soft or not nine)
    keep = torch.cat([one["keep"] for one in init]) if put_back else None
    grey = torch.cat([one["grey"] for one in init]) if soft else None
    latents, masked = decoder.begin(
        operation, scheduler, steps, generators, shape, clean, keep, unet, relaid=False, grey=grey
    )
    inpaint = None
    if nine:
        repainted = 1 - torch.cat([one["keep"] for one in init])
        inpaint = torch.cat(
            [repainted, model.scale * autoencoder_kl.drawn(init, "masked_", generators)], dim=1
        )
    rows = encoded_rows(operation, given)
    positive, negative = (
        {"encoder_hidden_states": rows(role, "hidden")} for role in ("prompt", "negative_prompt")
    )
    network = TextGuidedUNet(unet, positive, negative, inpaint)
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


RUNS: dict[type[Any], Callable[[Any, PhaseInputs], Any]] = common.RUNS | {
    EncodePrompt: encode_prompt,
    EncodePixels: autoencoder_kl.encode_pixels,
    Denoise: run_denoise,
    DecodePixels: autoencoder_kl.decode_pixels,
    FitPreview: autoencoder_kl.fit_preview,
}
