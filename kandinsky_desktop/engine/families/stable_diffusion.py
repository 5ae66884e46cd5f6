"""How the phases of Stable Diffusion 1 and 2 are run.

The arithmetic and the order of the random draws are those of diffusers' StableDiffusionPipeline,
StableDiffusionImg2ImgPipeline and StableDiffusionInpaintPipeline, so that equal inputs give equal
bits; but each text is encoded alone.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from kandinsky_desktop.domain.operations import (
    DecodePixels,
    Denoise,
    EncodePixels,
    EncodePrompt,
    FitPreview,
)
from kandinsky_desktop.engine import autoencoder_kl
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.families import common
from kandinsky_desktop.engine.text_unet import TextGuidedUNet, encoded_rows
from kandinsky_desktop.engine.unet_loop import NINE, Start, run_unet, start_of

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
    unet, scale = given.networks["unet"], given.context.inputs.model.scale
    init = [given[key] for key in operation.init]
    nine, soft = unet.config.in_channels == NINE, operation.soft is not None

    def begun(generators: list[Generator]) -> Start:
        from_noise = not init or (operation.masked and operation.strength >= 1)
        if not init or (not soft and nine and from_noise):
            return Start()
        clean = scale * autoencoder_kl.drawn(init, "", generators)
        if operation.masked and (nine or not soft):
            clean = clean.contiguous()  # that pipeline repeats them, which lays them out anew
        # a U-Net for holes keeps what is not masked by itself
        return start_of(operation, given, clean) if soft or not nine else Start(clean)

    def led(start: Start, generators: list[Generator]) -> TextGuidedUNet:
        del start
        inpaint = None
        if nine:
            repainted = 1 - torch.cat([one["keep"] for one in init])
            seen = scale * autoencoder_kl.drawn(init, "masked_", generators)
            inpaint = torch.cat([repainted, seen], dim=1)
        rows = encoded_rows(operation, given)
        positive, negative = (
            {"encoder_hidden_states": rows(role, "hidden")}
            for role in ("prompt", "negative_prompt")
        )
        return TextGuidedUNet(unet, positive, negative, inpaint)

    channels = unet.config.out_channels
    return run_unet(operation, given, begun, led, channels=channels, relaid=False)


RUNS: dict[type[Any], Callable[[Any, PhaseInputs], Any]] = common.RUNS | {
    EncodePrompt: encode_prompt,
    EncodePixels: autoencoder_kl.encode_pixels,
    Denoise: run_denoise,
    DecodePixels: autoencoder_kl.decode_pixels,
    FitPreview: autoencoder_kl.fit_preview,
}
