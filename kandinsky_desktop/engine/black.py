"""The neutral negative of a checkpoint: the image encoder's embedding of a black picture.

A constant of the checkpoint (`get_zero_embed` of the diffusers pipelines). The image encoder, the
largest part of a model, is loaded for it once: alone, on the CPU, and let go of at once.
"""

from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.engine.loading import load


@torch.inference_mode()
def embedding_of_black(image_encoder: Path) -> Tensor:
    """Encode an all-zero picture with the encoder in that folder, in single precision.

    The weights stay in the format of their file and each layer is widened only while it runs: the
    bits are those of an encoder loaded in single precision, in half of its memory. (Half precision
    itself is no way: most CPUs compute it some hundred times slower.)
    """
    encoder: Any = load("image_encoder", image_encoder, None)
    for layer in encoder.modules():
        if not any(layer.children()):
            layer.register_forward_pre_hook(_widen)
            layer.register_forward_hook(partial(_narrow, next(encoder.parameters()).dtype))
    side = encoder.config.image_size
    embedding: Tensor = encoder(torch.zeros(1, 3, side, side))["image_embeds"]
    return embedding


def _widen(layer: torch.nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    layer.float()
    return tuple(one.float() if one.is_floating_point() else one for one in given)


def _narrow(
    dtype: torch.dtype, layer: torch.nn.Module, given: tuple[Tensor, ...], made: Tensor
) -> None:
    del given, made
    layer.to(dtype)
