"""Reads one component of a model from its folder into memory. Never from the network."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    PriorTransformer,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from diffusers.pipelines.kandinsky.text_encoder import MultilingualCLIP
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
    MT5EncoderModel,
    T5Tokenizer,
    XLMRobertaTokenizer,
)
from transformers.utils import logging as transformers_logging

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.engine.device import says_no_memory
from kandinsky_desktop.engine.eclipse_prior import EclipsePrior
from kandinsky_desktop.engine.layer_patches import spare
from kandinsky_desktop.engine.text_conditioner import TextConditioner
from kandinsky_desktop.engine.weight_reading import Hollow, fill
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.tokens import TokenCounter
from kandinsky_desktop.store.weights import Weights, read_config

diffusers_logging.set_verbosity_error()
diffusers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()

COMPONENTS: dict[str, Any] = {
    "prior": PriorTransformer,
    "eclipse_prior": EclipsePrior,
    "text_encoder": CLIPTextModelWithProjection,
    "image_encoder": CLIPVisionModelWithProjection,
    "unet": UNet2DConditionModel,
    "movq": VQModel,
    "decoder_text_encoder": MultilingualCLIP,
    "clip_text_encoder": CLIPTextModel,
    "vae": AutoencoderKL,
    "t5_encoder": MT5EncoderModel,
    "conditioner": TextConditioner,
}


OF_TRANSFORMERS = (
    "text_encoder",
    "image_encoder",
    "decoder_text_encoder",
    "clip_text_encoder",
    "t5_encoder",
)


def nothing() -> None:
    """Do nothing: for who cannot be stopped."""


def load(
    component: str,
    folder: Path,
    dtype: torch.dtype | None,
    look: Callable[[], None] = nothing,
    device: torch.device | None = None,
) -> torch.nn.Module:
    """Load the network in `folder`, by default on the CPU; None keeps the format of the file.

    Each tensor goes straight into its format and to its device. What `look` raises, which is called
    before each, ends it. Raises ModelProblem with a sentence that names the folder.
    """
    weights = _checked(component, folder)
    network = _read(component, folder, weights, dtype, look, device)
    if network is None:  # other names or shapes, and what else there may be
        network = _read_by_library(component, folder, weights, dtype).to(device)
    network.eval()
    if component in ("unet", "movq", "vae", "prior"):
        spare(network)
    return network  # its weights require gradients: torch.matmul looks, and rounds otherwise


ERRORS = (OSError, ValueError, KeyError, RuntimeError, TypeError, SafetensorError)


def _read(
    component: str,
    folder: Path,
    weights: Weights,
    dtype: torch.dtype | None,
    look: Callable[[], None],
    device: torch.device | None,
) -> torch.nn.Module | None:
    """Return a network, or None where its library has to look what it makes of the files."""
    kind = COMPONENTS[component]
    if getattr(kind, "_keep_in_fp32_modules", None):
        return None
    try:
        with Hollow():
            if component in OF_TRANSFORMERS:
                config = kind.config_class.from_pretrained(folder, local_files_only=True)
                network: torch.nn.Module = kind(config)
            else:
                network = kind.from_config(kind.load_config(folder, local_files_only=True))
        known = fill(network, weights.files, dtype, look, device)
    except ERRORS as error:
        if says_no_memory(error):
            raise
        return None  # the library says what is wrong
    return network if known else None


def _read_by_library(
    component: str, folder: Path, weights: Weights, dtype: torch.dtype | None
) -> torch.nn.Module:
    try:
        network, about = COMPONENTS[component].from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            variant=weights.variant or None,
            **_format(component, dtype),
        )
    except ERRORS as error:
        if says_no_memory(error):
            raise
        raise ModelProblem(
            _("{folder} cannot be loaded: {error}").format(folder=folder, error=_short(error))
        ) from error
    missing = sorted(str(name) for name in about["missing_keys"])
    if missing:  # the libraries go on, with numbers drawn by lot
        raise ModelProblem(
            _("{folder} lacks {count} of its weights, {name} among them: copy it again.").format(
                folder=folder, count=len(missing), name=missing[0]
            )
        )
    module: torch.nn.Module = network
    return module


def load_component(
    component: Component,
    dtype: torch.dtype | None,
    look: Callable[[], None] = nothing,
    device: torch.device | None = None,
) -> Any:
    """Load a component: a network, or what comes with one. Raises ModelProblem.

    A network without a `dtype` keeps the number format of its file. What `look` raises ends it
    between two tensors.
    """
    if component.values:
        return load(component.kind, component.folder, dtype, look, device)
    return READERS[component.kind](component.folder)


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    """Load the tokenizer of a prior; one that was loaded before is used again.

    Raises ModelProblem.
    """
    check_component("tokenizer", folder)
    return _load_tokenizer(folder, fingerprints.of_folder(folder))


@lru_cache(maxsize=4)
def _load_tokenizer(folder: Path, fingerprint: str) -> CLIPTokenizer:
    del fingerprint  # a part of the key only
    try:
        TokenCounter(folder)  # of a broken one it says what; transformers may raise anything
        return _with_words(CLIPTokenizer.from_pretrained(folder, local_files_only=True), folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelProblem(
            _("The tokenizer in {folder} cannot be read: {error}").format(
                folder=folder, error=_short(error)
            )
        ) from error


def load_decoder_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of 2.1's decoder and of 2.0's first text encoder. Raises ModelProblem."""
    check_component("decoder_tokenizer", folder)
    return _load_unigram_tokenizer(XLMRobertaTokenizer, folder, fingerprints.of_folder(folder))


def load_t5_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of 2.0's second text encoder. Raises ModelProblem."""
    check_component("t5_tokenizer", folder)
    return _load_unigram_tokenizer(T5Tokenizer, folder, fingerprints.of_folder(folder))


@lru_cache(maxsize=4)
def _load_unigram_tokenizer(kind: Any, folder: Path, fingerprint: str) -> Any:
    del fingerprint  # a part of the key only
    try:
        TokenCounter(folder)  # of a broken one it says what; transformers may raise anything
        return _with_words(kind.from_pretrained(folder, local_files_only=True), folder)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise ModelProblem(
            _("The tokenizer in {folder} cannot be read: {error}").format(
                folder=folder, error=_short(error)
            )
        ) from error


def load_image_processor(folder: Path) -> Any:
    """Load what brings a picture to the image encoder's size and colours. Raises ModelProblem."""
    check_component("image_processor", folder)
    return _load_image_processor(folder, fingerprints.of_folder(folder))


@lru_cache(maxsize=4)
def _load_image_processor(folder: Path, fingerprint: str) -> Any:
    del fingerprint  # a part of the key only
    try:
        return CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelProblem(
            _("The image processor in {folder} cannot be read: {error}").format(
                folder=folder, error=_short(error)
            )
        ) from error


def load_prior_scheduler(folder: Path) -> UnCLIPScheduler:
    """Make the prior's scheduler from its folder. Raises ModelProblem."""
    return prior_scheduler(scheduler_config(folder))


def prior_scheduler(config: dict[str, Any]) -> UnCLIPScheduler:
    """Make the prior's scheduler from its config."""
    return UnCLIPScheduler.from_config(config)


def scheduler_config(folder: Path) -> dict[str, Any]:
    """Return what a scheduler's folder says. Raises ModelProblem."""
    check_component("scheduler", folder)
    return read_config(folder / "scheduler_config.json")


def _checked(component: str, folder: Path) -> Weights:
    """Return the weights of a network that is whole. Raises ModelProblem."""
    weights = check_component(component, folder)
    assert weights is not None
    return weights


def _with_words(tokenizer: Any, folder: Path) -> Any:
    """Return a tokenizer that has words: transformers makes up empty ones. Raises ModelProblem."""
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise ModelProblem(
            _("The tokenizer in {folder} has no words: copy it again.").format(folder=folder)
        )
    return tokenizer


READERS: dict[str, Callable[[Path], Any]] = {
    "tokenizer": load_tokenizer,
    "decoder_tokenizer": load_decoder_tokenizer,
    "t5_tokenizer": load_t5_tokenizer,
    "image_processor": load_image_processor,
    "scheduler": scheduler_config,
}


def _format(component: str, dtype: torch.dtype | None) -> dict[str, Any]:
    if component in OF_TRANSFORMERS:
        return {"dtype": "auto" if dtype is None else dtype}
    return {} if dtype is None else {"torch_dtype": dtype}


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
