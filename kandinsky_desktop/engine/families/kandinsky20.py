"""How the phases of Kandinsky 2.0 are run.

The arithmetic is that of the original's `generate_img` (ai-forever/Kandinsky-2,
kandinsky2/kandinsky2_model.py): two texts, each padded to 77 tokens, lead a U-Net through the text
conditioner; the U-Net for holes sees the picture's latents without what is masked, and the mask,
where 1 stays. What is kept is put back after each step, as in 2.1.
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
from kandinsky_desktop.engine import autoencoder_kl, decoder, decoder_prompt
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.denoise import generators_of, in_parts, run_loop
from kandinsky_desktop.engine.families import common

Outputs = dict[str, Tensor]
TOKENS = 77  # of each text
NINE = 9  # channels of a U-Net that sees the mask and the masked image beside the latents


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
    unet, sampler = given.networks["unet"], operation.sampler
    generators = generators_of(operation, given)
    scheduler, steps = decoder.course_of(operation, given.networks["scheduler"], unet.device)
    channels, model = unet.config.out_channels // 2, given.context.inputs.model
    size, rows = operation.piece.work, len(operation.seeds)
    shape = (rows, channels, size.height // model.factor, size.width // model.factor)
    init = [given[key] for key in operation.init]
    clean = model.scale * autoencoder_kl.drawn(init, "", generators) if init else None
    keep = torch.cat([one["keep"] for one in init]) if operation.masked else None
    grey = None if operation.soft is None else torch.cat([one["grey"] for one in init])
    latents, masked = decoder.begin(
        operation, scheduler, steps, generators, shape, clean, keep, unet, grey=grey
    )
    inpaint = None
    if clean is not None and keep is not None and unet.config.in_channels == NINE:
        inpaint = torch.cat([clean * keep, keep], dim=1)
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
    return run_loop(operation, given, denoiser, network, latents, masked, generators)


class _GuidedUNet:
    """Calls the U-Net with its conditioning: guidance in one call, or split into two."""

    def __init__(
        self, unet: Any, operation: Denoise, given: PhaseInputs, inpaint: Tensor | None
    ) -> None:
        every = [dict(one) for one in operation.conditioning]
        conditioner = given.networks["conditioner"]
        self._unet, self._inpaint = unet, inpaint
        self.split = self.by_row = self.chunks = False

        def rows(role: str, name: str) -> Tensor:
            return torch.cat([given[one[role]][name] for one in every])

        with torch.inference_mode():
            self._sides = {
                positive: conditioner(
                    rows(f"{role} 1", "embeds"),
                    rows(f"{role} 1", "hidden"),
                    rows(f"{role} 2", "hidden"),
                )
                for positive, role in ((True, "prompt"), (False, "negative_prompt"))
            }

    def __call__(self, latents: Tensor, timestep: Tensor, guided: bool) -> Tensor:
        """Return the U-Net's output; guided latents come twice, the negative half first."""

        def call(part: Tensor, sides: tuple[bool, ...], rows: slice) -> Tensor:
            hidden, summary = (
                torch.cat([self._sides[side][which][rows] for side in sides]) for which in (0, 1)
            )
            if self._inpaint is not None:
                part = torch.cat([part, torch.cat([self._inpaint[rows]] * len(sides))], dim=1)
            output: Tensor = self._unet(
                part,
                timestep,
                encoder_hidden_states=hidden,
                class_labels=summary,
                return_dict=False,
            )[0]
            return output

        return in_parts(call, latents, guided, self)


RUNS: dict[type[Any], Callable[[Any, PhaseInputs], Any]] = common.RUNS | {
    EncodePrompt: encode_prompt,
    EncodePixels: autoencoder_kl.encode_pixels,
    Denoise: run_denoise,
    DecodePixels: autoencoder_kl.decode_pixels,
    FitPreview: autoencoder_kl.fit_preview,
}
