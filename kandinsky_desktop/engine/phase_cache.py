"""Outputs of phases, stored on disk by key: small tensors by name."""

import logging

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kandinsky_desktop.domain.plan import Key
from kandinsky_desktop.engine.image_embeddings import EMBEDDING
from kandinsky_desktop.store.embeddings import EmbeddingCache

log = logging.getLogger(__name__)

Outputs = dict[str, Tensor]


class PhaseCache:
    """Reads and writes them. What is damaged is deleted and counts as absent."""

    def __init__(self, cache: EmbeddingCache, device: torch.device) -> None:
        self._cache, self._device = cache, device

    def read(self, key: Key, width: int = 0) -> Outputs | None:
        """Return the outputs stored under a key, on the device; None if there are none.

        With `width` an image embedding is expected, (1, width).
        """
        data = self._cache.read(key)
        if data is None:
            return None
        try:
            stored = safetensors.torch.load(data)
            if width and stored[EMBEDDING].shape != (1, width):
                raise ValueError(stored[EMBEDDING].shape)
        except (SafetensorError, ValueError, KeyError):
            log.warning("what is cached as %s is damaged", key)
            self._cache.forget(key)
            return None
        return {name: tensor.to(self._device) for name, tensor in stored.items()}

    def write(self, key: Key, outputs: Outputs) -> None:
        """Store the outputs of a phase."""
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in outputs.items()}
        self._cache.write(key, safetensors.torch.save(plain))

    def tidy(self) -> None:
        """Bring what is on disk down to its limit."""
        self._cache.prune()
