"""The prior's loop: from words to a point in CLIP's image space.

The same arithmetic in the same order as diffusers' `KandinskyV22PriorPipeline.__call__` and, from
a picture's point, `KandinskyV22PriorEmb2EmbPipeline.__call__`, so that equal inputs give equal
bits (`pytest -k parity`); but every step is reported and may be the last. The prior of 2.1 runs
through the same loop.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.utils.torch_utils import randn_tensor
from torch import Generator, Tensor

from kandinsky_desktop.domain.families.kandinsky2.compile import steps_taken


@dataclass(frozen=True, slots=True)
class Text:
    """Prompts as the text encoder understands them: one row a prompt."""

    embeds: Tensor  # (rows, embedding_dim)
    hidden: Tensor  # (rows, tokens, hidden size)
    mask: Tensor  # (rows, tokens), bool

    def repeated(self, times: int) -> "Text":
        """Each row `times` times in a row."""
        return Text(
            self.embeds.repeat_interleave(times, dim=0),
            self.hidden.repeat_interleave(times, dim=0),
            self.mask.repeat_interleave(times, dim=0),
        )


def joined(texts: Iterable[Text]) -> Text:
    """Return the rows of all, one after the other."""
    every = list(texts)
    return Text(
        torch.cat([one.embeds for one in every]),
        torch.cat([one.hidden for one in every]),
        torch.cat([one.mask for one in every]),
    )


@torch.inference_mode()
def encode(tokenizer: Any, text_encoder: Any, prompts: Sequence[str]) -> Text:
    """Encode prompts, cut at the tokenizer's own limit."""
    tokens = tokenizer(
        list(prompts),
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    device = text_encoder.device
    output = text_encoder(tokens.input_ids.to(device))
    return Text(
        output.text_embeds, output.last_hidden_state, tokens.attention_mask.bool().to(device)
    )


@torch.inference_mode()
def sample(
    prior: Any,
    scheduler: Any,
    prompt: Text,
    negative: Text | None,
    *,
    steps: int,
    guidance: float,
    generators: Sequence[Generator],
    on_step: Callable[[int], None],
    begin: Tensor | None = None,
    strength: float = 1.0,
) -> Tensor:
    """Return one image embedding for each row of `prompt`: (rows, embedding_dim).

    `negative` has as many rows, and is not looked at when `guidance` is at most 1. Each row has a
    generator of its own. With `begin`, (1 or rows, embedding_dim), the last `strength` of the
    steps lead from there. `on_step` is told the number of each step done, from 1; what it raises
    ends the loop.
    """
    guided = guidance > 1 and negative is not None
    text = joined([negative, prompt]) if guided and negative is not None else prompt
    rows, width = prompt.embeds.shape[0], prior.config.embedding_dim
    noise: list[Generator] = list(generators)
    device, dtype = prompt.embeds.device, prompt.embeds.dtype

    scheduler.set_timesteps(steps, device=device)
    timesteps = scheduler.timesteps
    latents = randn_tensor((rows, width), generator=noise, device=device, dtype=dtype)
    if begin is None:
        latents = latents * scheduler.init_noise_sigma
    else:
        timesteps = timesteps[steps - steps_taken(steps, strength) :]
        clean = begin.to(device=device, dtype=dtype).expand(rows, -1)
        latents = scheduler.add_noise(clean, latents, timesteps[:1].repeat(rows))
    for number, timestep in enumerate(timesteps, start=1):
        predicted = prior(
            torch.cat([latents] * 2) if guided else latents,
            timestep=timestep,
            proj_embedding=text.embeds,
            encoder_hidden_states=text.hidden,
            attention_mask=text.mask,
        ).predicted_image_embedding
        if guided:
            without, with_ = predicted.chunk(2)
            predicted = without + guidance * (with_ - without)
        latents = scheduler.step(
            predicted,
            timestep=timestep,
            sample=latents,
            generator=noise,
            prev_timestep=timesteps[number] if number < len(timesteps) else None,
        ).prev_sample
        on_step(number)
    embedding: Tensor = prior.post_process_latents(latents)
    return embedding
