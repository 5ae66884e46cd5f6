"""The prompt that the decoder of Kandinsky 2.1 reads itself, beside the image embedding.

As `_encode_prompt` of diffusers' `KandinskyPipeline`: padded to 77, and no mask goes to the U-Net.
"""

from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.families.kandinsky2.recognise import DECODER_PROMPT_LIMIT
from kandinsky_desktop.engine.decoder import DecoderPrompt


@torch.inference_mode()
def encode(tokenizer: Any, encoder: Any, text: str) -> dict[str, Tensor]:
    """Return one text as mCLIP understands it: embeds (1, 768) and hidden (1, 77, 1024)."""
    tokens = tokenizer(
        [text],
        padding="max_length",
        truncation=True,
        max_length=DECODER_PROMPT_LIMIT,
        return_attention_mask=True,
        add_special_tokens=True,
        return_tensors="pt",
    ).to(encoder.device)
    embeds, hidden = encoder(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask)
    return {"embeds": embeds, "hidden": hidden}


def rows(encoded: dict[str, Tensor], count: int) -> DecoderPrompt:
    """Return one text for each picture of a batch."""
    return DecoderPrompt(
        encoded["embeds"].repeat_interleave(count, dim=0),
        encoded["hidden"].repeat_interleave(count, dim=0),
    )
