"""What is spared changes no bit, whatever the size and whatever was painted before."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from kandinsky_desktop.engine import loading
from kandinsky_desktop.engine.layer_patches import LAST

SIZES = ((8, 8), (32, 32), (8, 16), (24, 8), (32, 32))


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch, starter: Path) -> torch.nn.Module:
    """A U-Net as diffusers runs it."""
    with monkeypatch.context() as patch:
        patch.setattr(loading, "spare", lambda network: None)
        return loading.load("unet", starter / "decoder" / "unet", torch.float32)


@torch.inference_mode()
def step(unet: torch.nn.Module, height: int, width: int) -> Tensor:
    chance = torch.Generator().manual_seed(height * 100 + width)
    predicted: Tensor = unet(
        sample=torch.randn(2, 4, height, width, generator=chance),
        timestep=torch.tensor(500),
        encoder_hidden_states=None,
        added_cond_kwargs={"image_embeds": torch.randn(2, 192, generator=chance)},
        return_dict=False,
    )[0]
    return predicted


def test_a_spared_unet_predicts_the_same_bits(plainly: torch.nn.Module, starter: Path) -> None:
    spared = loading.load("unet", starter / "decoder" / "unet", torch.float32)
    for height, width in SIZES:
        assert torch.equal(step(spared, height, width), step(plainly, height, width))
    laid = [layer for layer in spared.modules() if isinstance(layer, torch.nn.Conv2d)]
    assert any(not layer.weight.is_contiguous() for layer in laid)
    assert any(layer.weight.is_contiguous(memory_format=LAST) for layer in laid)


@torch.inference_mode()
def test_a_spared_movq_decodes_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, starter: Path
) -> None:
    folder = starter / "decoder" / "movq"
    spared = loading.load("movq", folder, torch.float32)
    monkeypatch.setattr(loading, "spare", lambda network: None)
    plainly = loading.load("movq", folder, torch.float32)
    for height, width in SIZES:
        latents = torch.randn(1, 4, height, width)
        ours, theirs = (
            movq.decode(latents, force_not_quantize=True).sample  # type: ignore[operator]
            for movq in (spared, plainly)
        )
        assert torch.equal(ours, theirs)
