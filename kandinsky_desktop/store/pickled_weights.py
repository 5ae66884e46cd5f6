"""Weights in pickles, in diffusers' layout: found here, and read by the converter alone."""

from collections.abc import Iterator
from pathlib import Path

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.store.weights import DIFFUSERS, check_weights, read_config

# What each library calls such a file, the plain one first, and the name that its weights get
NAMES = {
    "diffusion_pytorch_model.bin": "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.bin": "diffusion_pytorch_model.safetensors",
    "pytorch_model.bin": "model.safetensors",
    "pytorch_model.fp16.bin": "model.safetensors",
}
DEEPEST = 2  # folders below the one that is named


def pickles_in(origin: Path) -> dict[Path, Path]:
    """Return the pickle of each network that has no other weights, by its folder.

    Nothing, unless one of them is diffusers' own: originals are other files. Raises OSError.
    """
    found = dict(_pickles(origin))
    return found if any(file.name.startswith(DIFFUSERS) for file in found.values()) else {}


def _pickles(origin: Path) -> Iterator[tuple[Path, Path]]:
    for depth in range(DEEPEST + 1):
        for config in sorted(origin.glob("*/" * depth + "config.json")):
            folder = config.parent
            file = next((folder / name for name in NAMES if (folder / name).is_file()), None)
            if file is None or not _is_network(config):
                continue
            try:
                check_weights(folder)
            except ModelProblem:
                yield folder, file


def _is_network(config: Path) -> bool:
    try:
        said = read_config(config)
    except ModelProblem:
        return False
    return "_class_name" in said or "architectures" in said
