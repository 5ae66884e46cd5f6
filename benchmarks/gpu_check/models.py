"""Writes the published models at their real size, with random weights, as folders that load.

Tiny ones have the same kinds of layers and the same folders: what runs with them runs here.
"""

import gc
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, DDPMScheduler, UnCLIPScheduler
from safetensors.torch import save_file

from benchmarks.real_size import MAKERS, network
from benchmarks.small_tokenizers import clip_tokenizer, xlmr_tokenizer
from kandinsky_desktop.engine.image_embeddings import EMBEDDING

Config = dict[str, Any]
WIDTH, TINY_WIDTH = {"2.1": 768, "2.2": 1280}, 64
BYTES = {"2.1": 6_100_000_000, "2.2": 12_500_000_000}  # of disk, at the real size

# What of the real configs is less in a tiny one: widths and layers, and no kind of either
_ENCODER: Config = {
    "hidden_size": TINY_WIDTH,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "projection_dim": TINY_WIDTH,
}
TINY: dict[str, Config] = {
    "unet": {
        "block_out_channels": (32, 64, 64, 96),
        "layers_per_block": 1,
        "attention_head_dim": 32,
        "cross_attention_dim": TINY_WIDTH,
        "addition_embed_type_num_heads": 2,
        "sample_size": 8,
    },
    "movq": {
        "block_out_channels": (32, 32, 32, 64),
        "layers_per_block": 1,
        "num_vq_embeddings": 64,
    },
    "prior": {
        "num_attention_heads": 2,
        "attention_head_dim": 16,
        "num_layers": 2,
        "embedding_dim": TINY_WIDTH,
    },
    "text_encoder": _ENCODER | {"vocab_size": 600},
    "image_encoder": _ENCODER | {"image_size": 56},
    "decoder_text_encoder": {
        "transformerDimSize": 32,
        "imageDimSize": TINY_WIDTH,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "vocab_size": 300,
    },
}
# each network of a version, and the folder it lies in
PLACES = {
    "2.2": {
        "text_encoder": "prior/text_encoder",
        "image_encoder": "prior/image_encoder",
        "prior": "prior/prior",
        "unet": "decoder/unet",
        "movq": "decoder/movq",
        "inpaint unet": "inpaint/unet",
    },
    "2.1": {
        "text_encoder": "prior/text_encoder",
        "prior": "prior/prior",
        "decoder_text_encoder": "decoder/text_encoder",
        "unet": "decoder/unet",
        "movq": "decoder/movq",
    },
}


def write(root: Path, version: str, device: str, look: Callable[[], None], *, tiny: bool) -> Path:
    """Write a version into a folder, its weights drawn on a device; `look` may end it between two.

    With the same arguments come the same weights.
    """
    words = clip_tokenizer()
    torch.manual_seed(0)
    for role, place in PLACES[version].items():
        look()
        made: Any = _network(version, role, words, device, tiny=tiny)
        made.save_pretrained(root / place)
        del made
        gc.collect()
        if device == "cuda":
            torch.cuda.empty_cache()
    _write_prior(root / "prior", version, words, tiny=tiny)
    for name in sorted({place.partition("/")[0] for place in PLACES[version].values()} - {"prior"}):
        _write_decoder(root / name, version, name)
    if "inpaint unet" in PLACES[version]:
        shutil.copytree(root / "decoder" / "movq", root / "inpaint" / "movq")
    return root


def _network(version: str, role: str, words: Any, device: str, *, tiny: bool) -> torch.nn.Module:
    known = network("2.2 movq" if role == "movq" else f"{version} {role}")
    config = known.config | (TINY[known.kind] if tiny else {})
    if tiny and known.kind == "unet":
        config["encoder_hid_dim"] = 32 if version == "2.1" else TINY_WIDTH
    if known.kind == "text_encoder":
        config |= {
            "bos_token_id": words.bos_token_id,
            "eos_token_id": words.eos_token_id,
            "pad_token_id": words.pad_token_id,
        }
    with torch.device(device), _in_half():
        made: torch.nn.Module = MAKERS[known.kind](config).eval()
    if known.kind == "prior":  # they begin at 0, and then all meanings are alike
        with torch.no_grad():
            made.clip_std.fill_(0.5)  # type: ignore[operator]
            made.clip_mean.fill_(0.1)  # type: ignore[operator]
    return made


@contextmanager
def _in_half() -> Iterator[None]:
    """Let new networks be in half precision: a card need not hold one in single precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _write_prior(prior: Path, version: str, words: Any, *, tiny: bool) -> None:
    words.save_pretrained(prior / "tokenizer")
    UnCLIPScheduler(
        variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=10.0
    ).save_pretrained(prior / "scheduler")
    width = TINY_WIDTH if tiny else WIDTH[version]
    neutral = torch.randn(1, width, generator=torch.Generator().manual_seed(1))
    save_file({EMBEDDING: neutral}, prior / "zero_embedding.safetensors")
    parts = {
        "prior": ["diffusers", "PriorTransformer"],
        "text_encoder": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "UnCLIPScheduler"],
    }
    if (prior / "image_encoder").is_dir():
        side = 56 if tiny else 224
        about = {
            "image_processor_type": "CLIPImageProcessor",
            "size": {"shortest_edge": side},
            "crop_size": {"height": side, "width": side},
        }
        (prior / "image_processor").mkdir()
        (prior / "image_processor" / "preprocessor_config.json").write_text(json.dumps(about))
        parts["image_encoder"] = ["transformers", "CLIPVisionModelWithProjection"]
        parts["image_processor"] = ["transformers", "CLIPImageProcessor"]
    _write_index(prior, "KandinskyPriorPipeline" if version == "2.1" else PRIOR_22, parts)


def _write_decoder(folder: Path, version: str, name: str) -> None:
    about: Config = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "linear",
        "clip_sample": False,
        "steps_offset": 1,
        "timestep_spacing": "leading",
    }
    kind = DDIMScheduler if version == "2.1" else DDPMScheduler
    kind(**about).save_pretrained(folder / "scheduler")
    inpaint = "Inpaint" if name == "inpaint" else ""
    parts = {
        "unet": ["diffusers", "UNet2DConditionModel"],
        "movq": ["diffusers", "VQModel"],
        "scheduler": ["diffusers", kind.__name__],
    }
    if version == "2.1":
        xlmr_tokenizer().save_pretrained(folder / "tokenizer")
        parts["text_encoder"] = ["kandinsky", "MultilingualCLIP"]
        parts["tokenizer"] = ["transformers", "XLMRobertaTokenizer"]
    pipeline = f"Kandinsky{'' if version == '2.1' else 'V22'}{inpaint}Pipeline"
    _write_index(folder, pipeline, parts)


PRIOR_22 = "KandinskyV22PriorPipeline"


def _write_index(folder: Path, pipeline: str, parts: dict[str, list[str]]) -> None:
    index: Config = {"_class_name": pipeline, "_diffusers_version": "0.36.0"}
    (folder / "model_index.json").write_text(json.dumps(index | parts, indent=1))
