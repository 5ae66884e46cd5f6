"""What a model needs besides its weights, made once per checkpoint and then kept on disk."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky2.recognise import ZERO_EMBEDDING
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine import preview
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.engine.old_facts import ModelFacts
from kandinsky_desktop.engine.preview import Projection
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.embeddings import EmbeddingCache

log = logging.getLogger(__name__)

EMBEDDING = "embedding"


def zero_embedding(
    facts: ModelFacts, cache: EmbeddingCache, about_to_load: Callable[[str, int, int], None]
) -> Tensor:
    """Return what a black picture means, (1, embedding_dim) in single precision, on the CPU.

    It is the neutral negative of guidance (`get_zero_embed` of the diffusers pipelines), a
    constant of the checkpoint. The image encoder, the largest part of a model, is loaded for it
    once: alone, on the CPU, and let go of at once. Raises ModelProblem where there is no encoder
    and nothing is kept.
    """
    shipped = facts.prior / ZERO_EMBEDDING
    if shipped.is_file():
        kept = _unpacked(shipped.read_bytes(), EMBEDDING)
        if kept is not None and kept.shape == (1, facts.embedding_dim):
            return kept
        log.warning("%s is damaged and is made anew", shipped)
    encoder = facts.prior / "image_encoder"
    by_prior = f"zero-beside-{fingerprints.of_folder(facts.prior / 'prior')}"
    by_encoder = f"zero-{fingerprints.of_folder(encoder)}" if facts.image_encoder else by_prior
    kept = _read(cache, by_encoder, EMBEDDING)
    if kept is not None and kept.shape == (1, facts.embedding_dim):
        return kept
    if not facts.image_encoder:
        lacking = _(
            "{model} has no image encoder, which is needed once for its neutral negative: copy"
            " the folder image_encoder into {folder}."
        ).format(model=facts.name, folder=facts.prior)
        raise ModelProblem(" ".join((lacking, *facts.model.problems)))
    about_to_load("image_encoder", 1, 1)
    made = meaning_of_black(encoder)
    for key in (by_encoder, by_prior):  # so an encoder taken away to save room is not missed
        cache.write(key, safetensors.torch.save({EMBEDDING: made}))
    return made


@torch.inference_mode()
def meaning_of_black(image_encoder: Path) -> Tensor:
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


def projection(
    movq_folder: Path, lend_movq: Callable[[], torch.nn.Module], cache: EmbeddingCache
) -> Projection:
    """Return the map from this MoVQ's latents to colours, fitted once and then kept.

    The MoVQ is lent only to be fitted: else it need not be in memory before the picture is decoded.
    """
    key = f"preview-{preview.FINE}-{fingerprints.of_folder(movq_folder)}"
    weight, bias = (_read(cache, key, name) for name in ("weight", "bias"))
    if weight is not None and bias is not None:
        return Projection(weight, bias)
    fitted = preview.fit(lend_movq())
    cache.write(key, safetensors.torch.save({"weight": fitted.weight, "bias": fitted.bias}))
    return fitted


def _read(cache: EmbeddingCache, key: str, name: str) -> Tensor | None:
    data = cache.read(key)
    if data is None:
        return None
    kept = _unpacked(data, name)
    if kept is None:
        cache.forget(key)
    return kept


def _unpacked(data: bytes, name: str) -> Tensor | None:
    try:
        return safetensors.torch.load(data)[name]
    except (SafetensorError, KeyError, ValueError):
        return None
