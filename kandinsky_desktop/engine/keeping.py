"""Keeps small tensors by key: made once, then read."""

from collections.abc import Callable

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.store.embeddings import EmbeddingCache


def keep(
    cache: EmbeddingCache, key: str, make: Callable[[], dict[str, Tensor]], device: Device
) -> dict[str, Tensor]:
    """Return the tensors kept under `key`, made now if there are none, on the device."""
    data = cache.read(key)
    if data is not None:
        try:
            kept = safetensors.torch.load(data)
            return {name: tensor.to(device.torch) for name, tensor in kept.items()}
        except (SafetensorError, ValueError):
            cache.forget(key)
    made = make()
    cache.write(
        key,
        safetensors.torch.save(
            {name: tensor.detach().cpu().contiguous() for name, tensor in made.items()}
        ),
    )
    return made
