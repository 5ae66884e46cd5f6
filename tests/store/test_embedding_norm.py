"""How long points are, read without torch: the same as torch says."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from kandinsky_desktop.engine.image_embeddings import pack
from kandinsky_desktop.store import embedding_norm
from kandinsky_desktop.store.models import read_model

WEIGHTS = "diffusion_pytorch_model.safetensors"


def test_a_point_s_length_is_its_norm() -> None:
    point = torch.randn(1, 1280, generator=torch.Generator().manual_seed(1))
    assert embedding_norm.of_embedding(pack(point)) == pytest.approx(float(point.norm()), rel=1e-6)


def test_what_is_damaged_has_no_length() -> None:
    packed = pack(torch.ones(1, 8))
    for broken in (b"", b"?", packed[:20], packed[:-8]):
        assert embedding_norm.of_embedding(broken) is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_the_usual_length_is_read_in_any_format(tmp_path: Path, dtype: torch.dtype) -> None:
    mean, std = torch.linspace(-2, 2, 16).to(dtype), torch.linspace(0.5, 1, 16).to(dtype)
    assert embedding_norm.typical(tmp_path) is None
    others = {"weight": torch.ones(3)}
    save_file(others | {"clip_mean": mean, "clip_std": std}, tmp_path / WEIGHTS)
    wanted = (mean.float() ** 2 + std.float() ** 2).sum().sqrt()
    assert embedding_norm.typical(tmp_path) == pytest.approx(float(wanted), rel=1e-6)


def test_the_starter_s_own_is_found_and_damage_is_no_end(starter: Path, tmp_path: Path) -> None:
    model = read_model(starter)
    assert model is not None
    assert embedding_norm.typical(model.components["prior"].folder)
    (tmp_path / WEIGHTS).write_bytes(b"\xff" * 40)
    assert embedding_norm.typical(tmp_path) is None
