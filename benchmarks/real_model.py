"""Writes a Kandinsky 2.2 at its real size, with random weights in single precision, to a folder.

    python -m benchmarks.real_model FOLDER      12 GB of disk, in minutes

The networks and their shapes are the published ones (`real_size.py`), the numbers are ours. The
image encoder is left out: words need it for a constant alone, which is written instead. One tensor
at a time is in memory.
"""

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from struct import Struct
from typing import Any

import torch
from diffusers import DDPMScheduler, UnCLIPScheduler
from safetensors.torch import save_file
from torch import Generator, Tensor
from transformers import CLIPTokenizer

from benchmarks.half import STARTER
from benchmarks.real_size import TOKENS, network

SIZE_BYTES = 12_500_000_000  # that it takes of the disk, at most
PARTS = {"prior": ("text_encoder", "prior"), "decoder": ("unet", "movq")}
INDEX: dict[str, dict[str, Any]] = {
    "prior": {
        "_class_name": "KandinskyV22PriorPipeline",
        "text_encoder": ["transformers", "CLIPTextModelWithProjection"],
        "prior": ["diffusers", "PriorTransformer"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "UnCLIPScheduler"],
    },
    "decoder": {
        "_class_name": "KandinskyV22Pipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "movq": ["diffusers", "VQModel"],
        "scheduler": ["diffusers", "DDPMScheduler"],
    },
}
LENGTH = Struct("<Q")  # of a safetensors file's header
MADE = "made.json"


def write_model(folder: Path) -> Path:
    """Write it, if it is not there yet, and return the folder."""
    if (folder / MADE).is_file():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    chance = Generator().manual_seed(0)
    for home, roles in PARTS.items():
        for role in roles:
            _write_network(folder / home / role, role, chance)
        _write_the_rest(folder / home, home)
        index = INDEX[home] | {"_diffusers_version": "0.36.0"}
        (folder / home / "model_index.json").write_text(json.dumps(index))
    black = torch.randn(1, 1280, generator=chance)
    save_file({"embedding": black}, folder / "prior" / "zero_embedding.safetensors")
    (folder / MADE).write_text("{}")
    return folder


def write_weights(file: Path, shapes: Mapping[str, Tensor], chance: Generator) -> None:
    """Write a safetensors file with random weights, in single precision, of such shapes.

    They are as large as keeps what goes through a network of its size. The shapes may be those of
    tensors on the meta device.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, one in shapes.items():
        begin, end = end, end + 4 * one.numel()
        header[name] = {"dtype": "F32", "shape": list(one.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as written:
        written.write(LENGTH.pack(len(text)) + text)
        for name, one in shapes.items():
            numbers = _numbers(name, one.shape, chance)
            written.write(numbers.numpy().tobytes())


def _numbers(name: str, shape: torch.Size, chance: Generator) -> Tensor:
    if len(shape) > 1:
        fan_in = shape[1:].numel()
        return torch.randn(shape, generator=chance).mul_(min(0.5, fan_in**-0.5))
    return torch.ones(shape) if name.endswith("weight") else torch.zeros(shape)


def _write_network(folder: Path, role: str, chance: Generator) -> None:
    folder.mkdir(parents=True)
    with torch.device("meta"):
        made: Any = network(f"2.2 {role}").make()
    name = "diffusion_pytorch_model.safetensors"
    if role == "text_encoder":
        words = CLIPTokenizer.from_pretrained(STARTER / "prior" / "tokenizer")
        for mark in ("bos_token_id", "eos_token_id", "pad_token_id"):
            setattr(made.config, mark, getattr(words, mark))
        made.config.save_pretrained(folder)
        name = "model.safetensors"
    else:
        made.save_config(folder)
    write_weights(folder / name, made.state_dict(), chance)


def _write_the_rest(home: Path, name: str) -> None:
    if name == "prior":
        words = CLIPTokenizer.from_pretrained(STARTER / "prior" / "tokenizer")
        words.model_max_length = TOKENS
        words.save_pretrained(home / "tokenizer")
        UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=10.0
        ).save_pretrained(home / "scheduler")
    else:
        DDPMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="linear",
            clip_sample=False,
            steps_offset=1,
            timestep_spacing="leading",
        ).save_pretrained(home / "scheduler")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_model", description=__doc__)
    parser.add_argument("folder", type=Path)
    print(write_model(parser.parse_args().folder))
