"""The averaged weights of every stage in fp16, small enough to be committed; a cache can be lost.

A stage that finds no checkpoint goes on from there: its weights and average are the snapshot's, its
optimiser begins anew with its short warm-up, and what it has seen so far counts. What ships is such
an average already: of that the snapshot keeps only where it lies and its fingerprint.
"""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import safetensors.torch
import torch

from starter import assemble
from starter.course import checkpoint_path
from starter.journal import cache_folder, log

PROGRESS = "progress.json"
LIMIT_MEGABYTES = 60
SHIPPED = {
    ("clip", "text"): "prior/text_encoder/model.safetensors",
    ("clip", "vision"): "prior/image_encoder/model.safetensors",
    ("prior", "prior"): "prior/prior/diffusion_pytorch_model.safetensors",
    ("movq", "movq"): "decoder/movq/diffusion_pytorch_model.safetensors",
    ("mixer", "unet"): "decoder/unet/diffusion_pytorch_model.safetensors",
    ("inpaint", "unet"): "inpaint/unet/diffusion_pytorch_model.safetensors",
    ("depth", "unet"): "depth/unet/diffusion_pytorch_model.safetensors",
}
"""Which module of which stage ships in which file of the model."""


def committed() -> Path:
    """Where the snapshot lies in the repository."""
    return Path(__file__).parents[1] / "snapshot"


def _shipped(stage: str, module: str) -> tuple[str, dict[str, torch.Tensor]]:
    """The shipped file of a module and its tensors; nothing where it does not ship."""
    named = SHIPPED.get((stage, module), "")
    if not named or not (assemble.shipped() / named).exists():
        return "", {}
    return named, safetensors.torch.load_file(assemble.shipped() / named)


def _fingerprint(named: str) -> str:
    return sha256((assemble.shipped() / named).read_bytes()).hexdigest()


def _checkpoints() -> list[Path]:
    return sorted(checkpoint_path("any").parent.glob("*.pt"))


def _small(tensor: torch.Tensor) -> torch.Tensor:
    """In half precision, and in the order that files have: decoders train with channels last."""
    return (tensor.half() if tensor.is_floating_point() else tensor.clone()).contiguous()


def take(where: Path | None = None) -> float:
    """Write the snapshot anew and return its weight in millions of bytes.

    The tokenizer goes with it, since the CLIP's numbers mean its tokens. Raises OverflowError where
    it would weigh more than may be committed; the old one stays then.
    """
    where = where or committed()
    fresh = where.with_name(where.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    progress = {}
    for path in _checkpoints():
        held = torch.load(path, weights_only=True, map_location="cpu")
        flat: dict[str, torch.Tensor] = {}
        lie_in = {}
        for module, weights in held["ema"].items():
            small = {name: _small(tensor) for name, tensor in weights.items()}
            named, shipped = _shipped(path.stem, module)
            if shipped.keys() == small.keys() and all(
                torch.equal(shipped[name], small[name]) for name in small
            ):
                lie_in[module] = {"file": named, "sha256": _fingerprint(named)}
            else:
                flat |= {f"{module}/{name}": tensor for name, tensor in small.items()}
        if flat:
            safetensors.torch.save_file(flat, fresh / f"{path.stem}.safetensors")
        progress[path.stem] = {
            "steps": held["step"],
            "samples": held["seen"],
            "seconds": round(held["elapsed"], 1),
            "shipped": lie_in,
        }
    tokenizer = cache_folder() / "tokenizer"
    if tokenizer.exists():
        shutil.copytree(tokenizer, fresh / "tokenizer")
    (fresh / PROGRESS).write_text(json.dumps(progress, indent=2) + "\n", encoding="utf-8")
    weight = sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file()) / 1e6
    if weight > LIMIT_MEGABYTES:
        shutil.rmtree(fresh)
        message = f"the snapshot would weigh {weight:.1f} MB, more than {LIMIT_MEGABYTES}"
        raise OverflowError(message)
    shutil.rmtree(where, ignore_errors=True)
    fresh.rename(where)
    log.info("snapshot: %.1f MB of %s", weight, ", ".join(progress))
    return weight


def adopt(where: Path | None = None) -> list[str]:
    """Write a checkpoint for every stage of the snapshot that has none; return their names."""
    where = where or committed()
    if not (where / PROGRESS).exists():
        return []
    if not _checkpoints() and (where / "tokenizer").exists():  # with what is here its own belongs
        shutil.copytree(where / "tokenizer", cache_folder() / "tokenizer", dirs_exist_ok=True)
    adopted = []
    for stage, told in json.loads((where / PROGRESS).read_text(encoding="utf-8")).items():
        path = checkpoint_path(stage)
        if path.exists():
            continue
        flat: dict[str, torch.Tensor] = {}
        if (where / f"{stage}.safetensors").exists():
            flat = safetensors.torch.load_file(where / f"{stage}.safetensors")
        lie_in = told.get("shipped", {})
        if any(
            not (assemble.shipped() / one["file"]).exists()
            or _fingerprint(one["file"]) != one["sha256"]
            for one in lie_in.values()
        ):
            log.warning("%s: what ships is not what the snapshot was taken of; left out", stage)
            continue
        for module in lie_in:
            _, shipped = _shipped(stage, module)
            flat |= {f"{module}/{name}": tensor for name, tensor in shipped.items()}
        weights: dict[str, dict[str, torch.Tensor]] = {}
        for name, tensor in flat.items():
            module, _, rest = name.partition("/")
            whole = tensor.float() if tensor.is_floating_point() else tensor
            weights.setdefault(module, {})[rest] = whole
        held = {
            "weights": weights,
            "ema": {module: dict(tensors) for module, tensors in weights.items()},
            "optimiser": None,
            "step": told["steps"],
            "seen": told["samples"],
            "elapsed": told["seconds"],
        }
        torch.save(held, path)
        adopted.append(stage)
    if adopted:
        log.info("went on from the snapshot: %s", ", ".join(adopted))
    return adopted
