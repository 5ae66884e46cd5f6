"""How the phases of Kandinsky 2.0 are run.

The arithmetic is that of the original's `generate_img` (ai-forever/Kandinsky-2,
kandinsky2/kandinsky2_model.py): two texts, each padded to 77 tokens, lead a U-Net through the text
conditioner; the U-Net for holes sees the picture's latents without what is masked, and the mask,
where 1 stays. What is kept is put back after each step, as in 2.1.
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
from kandinsky_desktop.engine import autoencoder_kl, decoder_prompt
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.families import common
from kandinsky_desktop.engine.text_unet import TextGuidedUNet, encoded_rows
from kandinsky_desktop.engine.unet_loop import NINE, Start, run_unet, start_of

Outputs = dict[str, Tensor]
TOKENS = 77  # of each text


@torch.inference_mode()
def encode_prompt(operation: EncodePrompt, given: PhaseInputs) -> Outputs:
    """Encode a text as one of the two encoders reads it."""
    if "decoder_text_encoder" in given.networks:
        reader = given.networks["decoder_tokenizer"], given.networks["decoder_text_encoder"]
        return decoder_prompt.encode(*reader, operation.text)
    encoder, tokenizer = given.networks["t5_encoder"], given.networks["t5_tokenizer"]
    tokens = tokenizer(
        [operation.text],
        padding="max_length",
        truncation=True,
        max_length=TOKENS,
        return_attention_mask=True,
        add_special_tokens=True,
        return_tensors="pt",
    ).to(encoder.device)
    told = encoder(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask)
    return {"hidden": told.last_hidden_state}


def run_denoise(operation: Denoise, given: PhaseInputs) -> Outputs:
    """Run the U-Net's loop over one piece of one batch."""
    unet, scale = given.networks["unet"], given.context.inputs.model.scale

    def begun(generators: list[Generator]) -> Start:
        init = [given[key] for key in operation.init]
        clean = scale * autoencoder_kl.drawn(init, "", generators) if init else None
        return start_of(operation, given, clean)

    def led(start: Start, generators: list[Generator]) -> TextGuidedUNet:
        del generators
        inpaint = start.inpaint if unet.config.in_channels == NINE else None
        return _guided(unet, operation, given, inpaint)

    return run_unet(operation, given, begun, led, channels=unet.config.out_channels // 2)


@torch.inference_mode()
def _guided(
    unet: Any, operation: Denoise, given: PhaseInputs, inpaint: Tensor | None
) -> TextGuidedUNet:
    """Return the U-Net with what the conditioner makes of both texts of each side."""
    conditioner, rows = given.networks["conditioner"], encoded_rows(operation, given)

    def led(role: str) -> dict[str, Tensor]:
        first, second = f"{role} 1", f"{role} 2"
        hidden, summary = conditioner(
            rows(first, "embeds"), rows(first, "hidden"), rows(second, "hidden")
        )
        return {"encoder_hidden_states": hidden, "class_labels": summary}

    return TextGuidedUNet(unet, led("prompt"), led("negative_prompt"), inpaint)


RUNS: dict[type[Any], Callable[[Any, PhaseInputs], Any]] = common.RUNS | {
    EncodePrompt: encode_prompt,
    EncodePixels: autoencoder_kl.encode_pixels,
    Denoise: run_denoise,
    DecodePixels: autoencoder_kl.decode_pixels,
    FitPreview: autoencoder_kl.fit_preview,
}
