"""Counts how often the networks are really run."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn import Module
from torch.nn.modules.module import register_module_forward_pre_hook

NETWORKS = {
    "PriorTransformer": "prior",
    "CLIPTextModelWithProjection": "text_encoder",
    "CLIPVisionModelWithProjection": "image_encoder",
    "MultilingualCLIP": "decoder_text_encoder",
    "UNet2DConditionModel": "unet",
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Lend a counter of the forward passes of each network."""
    passes: Counter[str] = Counter()

    def count(module: Module, given: Any) -> None:
        del given
        name = NETWORKS.get(type(module).__name__)
        if name:
            passes[name] += 1

    handle = register_module_forward_pre_hook(count)
    try:
        yield passes
    finally:
        handle.remove()
