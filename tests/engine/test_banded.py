"""Autoencoders in bands: the same numbers as diffusers' own, but for the order of sums.

The tolerance in single precision is 1e-5 of the largest number (the published MoVQ at 256 × 256:
4e-6); in bf16, where two roundings of a layer differ, an error beside single precision that is no
larger than diffusers' own, and a tenth.
"""

from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, VQModel
from torch import Tensor

from kandinsky_desktop.engine import banded, movq
from kandinsky_desktop.engine.layer_patches import spare
from kandinsky_desktop.engine.simulated import SimulatedDevice

CLOSE = 1e-5  # of the largest number
LEVELS = (32, 64, 64, 96)  # as MoVQ's, at a quarter of their width
BANDS = (1, 700, banded.BAND, banded.WHOLE)  # one latent cell at a time, and all at once


@torch.inference_mode(False)
def autoencoder(kind: str) -> Any:
    """Return MoVQ's shape, as published, or that of Stable Diffusion's autoencoder."""
    torch.manual_seed(0)
    shared = {
        "block_out_channels": LEVELS,
        "layers_per_block": 2,
        "latent_channels": 4,
        "norm_num_groups": 32,
    }
    if kind == "movq":
        network: Any = VQModel(
            down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
            up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
            num_vq_embeddings=64,
            vq_embed_dim=4,
            norm_type="spatial",
            **shared,
        )
    else:
        network = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            **shared,
        )
    with torch.no_grad():  # norms as they are after training: not one and nothing
        for name, one in network.named_parameters():
            if "norm" in name:
                one += 0.3 * torch.randn_like(one)
    spare(network.eval())
    return network


def plain(network: Any, latents: Tensor) -> Tensor:
    made: Tensor = (
        network.decode(latents, force_not_quantize=True).sample
        if isinstance(network, VQModel)
        else network.decode(latents).sample
    )
    return made


def in_bands(network: Any, latents: Tensor, band: int = 0) -> Tensor:
    condition = latents if isinstance(network, VQModel) else None
    return banded.decode(network.decoder, network.post_quant_conv(latents), condition, band)


def apart(one: Tensor, other: Tensor) -> float:
    """Return the largest difference as a share of the largest number."""
    assert one.shape == other.shape
    return float((one.float() - other.float()).abs().max() / other.float().abs().max())


@pytest.mark.parametrize("kind", ["movq", "vae"])
@pytest.mark.parametrize("band", BANDS)
@torch.inference_mode()
def test_a_decoder_in_bands_says_what_diffusers_decoder_says(kind: str, band: int) -> None:
    network, latents = autoencoder(kind), torch.randn(1, 4, 9, 14)
    before = latents.clone()
    assert apart(in_bands(network, latents, band), plain(network, latents)) < CLOSE
    assert torch.equal(latents, before)


@pytest.mark.parametrize("kind", ["movq", "vae"])
@pytest.mark.parametrize("band", BANDS)
@torch.inference_mode()
def test_an_encoder_in_bands_says_what_diffusers_encoder_says(kind: str, band: int) -> None:
    network, pixels = autoencoder(kind), torch.rand(1, 3, 72, 112) * 2 - 1
    before = pixels.clone()
    theirs = network.encoder(pixels)
    assert apart(banded.encode(network.encoder, pixels, band), theirs) < CLOSE
    assert torch.equal(pixels, before)


@pytest.mark.parametrize("kind", ["movq", "vae"])
@torch.inference_mode()
def test_norms_of_a_large_map_are_those_that_diffusers_has(kind: str) -> None:
    network, latents = autoencoder(kind), torch.randn(1, 4, 40, 48)
    assert apart(in_bands(network, latents), plain(network, latents)) < CLOSE
    last = kind == "movq"  # an autoencoder with one attention keeps the usual order
    group = torch.nn.GroupNorm(32, 96, eps=1e-6)
    image = torch.randn(1, 96, 64, 40) + 0.5
    if last:
        image = image.contiguous(memory_format=torch.channels_last)
    _normed, *theirs = torch.native_group_norm(image, None, None, 1, 96, 64 * 40, 32, group.eps)
    for band, off in ((64, 1e-5), (banded.WHOLE, 0.0)):  # a part of a group at a time, and all
        features = banded._Map.of(image, band)
        features.last = last
        ours = banded._told(group, features)
        for one, other in zip(ours, theirs, strict=True):
            assert torch.allclose(one, other[0], rtol=off, atol=off)


@pytest.mark.parametrize(("call", "channels"), [("decode", 64), ("encode", 32 + 32)])
@torch.inference_mode()
def test_no_more_is_held_than_two_maps_of_the_narrowest_layers(call: str, channels: int) -> None:
    network, side, band = autoencoder("movq"), 128, 128
    latents, pixels = torch.randn(1, 4, side // 8, side // 8), torch.rand(1, 3, side, side)
    device = SimulatedDevice(2**40)
    with device.accounting():
        made = (
            in_bands(network, latents, band)
            if call == "decode"
            else banded.encode(network.encoder, pixels, band)
        )
    assert made.isfinite().all()
    maps = 4 * channels * side**2  # of the layer that takes most
    assert maps < device.peak < 1.1 * maps


@pytest.mark.parametrize("card", [False, True])
@torch.inference_mode()
def test_norms_far_from_nought_are_as_near_to_the_truth_as_diffusers(
    card: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if card:
        monkeypatch.setattr(banded, "_told", banded._summed)
    network, latents = autoencoder("movq"), torch.randn(1, 4, 8, 8)
    network.decoder.conv_in.bias += 1e4  # of plain sums of squares no digit would be left
    theirs, ours = plain(network, latents), in_bands(network, latents, 100)
    truth = plain(network.double(), latents.double())
    assert apart(ours, truth) < 1.2 * apart(theirs, truth)


@torch.inference_mode()
def test_in_half_precision_bands_are_as_near_to_the_truth_as_diffusers() -> None:
    network, latents = autoencoder("movq"), torch.randn(1, 4, 16, 16)
    truth = plain(network, latents)
    network.to(torch.bfloat16)
    latents = latents.bfloat16()
    theirs, ours = (
        (made.float() - truth).pow(2).mean().sqrt()
        for made in (plain(network, latents), in_bands(network, latents, 700))
    )
    assert 0 < ours < 1.1 * theirs


@torch.inference_mode()
def test_tiles_are_near_and_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    network, latents = autoencoder("movq"), torch.randn(1, 4, 20, 33)
    monkeypatch.setattr(movq, "TILE", 16)
    monkeypatch.setattr(movq, "OVERLAP", 4)
    tiled, whole = movq.decoded(network, latents, latents, "tiled"), plain(network, latents)
    assert tiled.shape == whole.shape
    difference = (tiled - whole).abs()
    assert CLOSE < difference.mean() < 0.5 * whole.std()  # norms of its own in each tile
    seam = difference[..., :, 12 * 8 : 16 * 8].mean()  # where two tiles blend
    assert seam < 1.5 * difference.mean()


@torch.inference_mode()
def test_a_picture_smaller_than_a_tile_is_decoded_exactly() -> None:
    network, latents = autoencoder("movq"), torch.randn(1, 4, 8, 12)
    tiled = movq.decoded(network, latents, latents, "tiled")
    assert apart(tiled, plain(network, latents)) < CLOSE
