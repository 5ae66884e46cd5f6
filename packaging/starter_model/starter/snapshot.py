"""Goes on from the committed weights when the cache is lost: each stage begins from what ships."""

import json
from pathlib import Path

import torch
from diffusers import PriorTransformer, UNet2DConditionModel, VQModel
from torch import Tensor, nn
from transformers import CLIPTextModelWithProjection, CLIPVisionModelWithProjection

from starter.clip import Heads
from starter.course import checkpoint_path
from starter.journal import cache_folder, log
from starter.words import folder as tokenizer_folder


def _weights(cls: type, folder: Path) -> dict[str, Tensor]:
    loader = getattr(cls, "from_pretrained")  # noqa: B009  the library's classes have no types
    module: nn.Module = loader(folder, torch_dtype=torch.float32, local_files_only=True)
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def adopt(folder: Path) -> None:
    """Write a checkpoint for every stage that has none, from an assembled model's folder.

    Optimisers begin anew, with their short warm-up; the two heads of the CLIP are learnt again.
    """
    told = json.loads((folder / "starter.json").read_text(encoding="utf-8"))["stages"]
    movq = {"movq": _weights(VQModel, folder / "decoder" / "movq")}
    prior = folder / "prior"
    stages = {
        "movq": movq,
        "polish": movq,
        "clip": {
            "text": _weights(CLIPTextModelWithProjection, prior / "text_encoder"),
            "vision": _weights(CLIPVisionModelWithProjection, prior / "image_encoder"),
            "heads": Heads().state_dict(),
        },
        "prior": {"prior": _weights(PriorTransformer, prior / "prior")},
    }
    for stage in ("decoder", "inpaint", "depth"):
        if (folder / stage / "unet").exists():
            stages[stage] = {"unet": _weights(UNet2DConditionModel, folder / stage / "unet")}
    tokenizer = cache_folder() / "tokenizer"
    if not tokenizer.exists():
        tokenizer.mkdir()
        for path in (prior / "tokenizer").iterdir():
            (tokenizer_folder() / path.name).write_bytes(path.read_bytes())
    for stage, weights in stages.items():
        path = checkpoint_path(stage)
        if path.exists() or stage not in told:
            continue
        held = {
            "weights": weights,
            "ema": weights,
            "optimiser": None,
            "step": told[stage]["steps"],
            "elapsed": told[stage]["minutes"] * 60,
        }
        torch.save(held, path)
        log.info("%s: adopted at %g minutes", stage, told[stage]["minutes"])
