"""The neutral negative of a checkpoint: the image encoder's embedding of a black picture.

A constant of the checkpoint (`get_zero_embed` of the diffusers pipelines). The image encoder, the
largest part of a model, is loaded for it once: alone, on the CPU, and let go of at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.engine.loading import load, nothing


@torch.inference_mode()
def embedding_of_black(image_encoder: Path, look: Callable[[], None] = nothing) -> Tensor:
    """Encode an all-zero picture with the encoder in that folder, in single precision.

    The weights stay in the format of their file and each layer is widened only while it runs: the
    bits are those of an encoder loaded in single precision, in half of its memory. (Half precision
    itself is no way: most CPUs compute it some hundred times slower.) What `look` raises, which is
    called before each tensor that is read and each layer that runs, ends it.
    """
    encoder: Any = load("image_encoder", image_encoder, None, look)
    for layer in encoder.modules():
        if not any(layer.children()):
            wide = _Wide(layer, look)
            layer.register_forward_pre_hook(wide.widen)
            layer.register_forward_hook(wide.narrow)
    side = encoder.config.image_size
    embedding: Tensor = encoder(torch.zeros(1, 3, side, side))["image_embeds"]
    return embedding


class _Wide:
    """Widens a layer while it runs, and then gives it back its weights as the file has them."""

    def __init__(self, layer: torch.nn.Module, look: Callable[[], None]) -> None:
        self._look = look
        self._own = [(one, one.data) for one in (*layer.parameters(), *layer.buffers())]

    def widen(self, layer: torch.nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Take its place before the layer runs."""
        self._look()
        layer.float()
        return tuple(one.float() if one.is_floating_point() else one for one in given)

    def narrow(self, layer: torch.nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        """Take its place after the layer ran: a copy would be memory, the file's pages are not."""
        del layer, given, made
        for one, data in self._own:
            one.data = data
