"""Previews: what a projection fitted from the MoVQ itself is worth. Its cost: `make bench`."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d

from kandinsky_desktop.domain.events import Preview
from kandinsky_desktop.engine import movq, preview
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.store import places
from tests.engine.story import Story, told
from tests.fakes import NATIVE, request

# Measured on the starter: 19.9 to 25.0 dB on five prompts, a plain colour 9.9 to 12.9 dB.
FLOOR_DB = 18.0


def as_tensor(width: int, height: int, pixels: bytes) -> Tensor:
    values = torch.frombuffer(bytearray(pixels), dtype=torch.uint8)
    return values.reshape(height, width, 3).permute(2, 0, 1) / 255


def psnr(one: Tensor, other: Tensor) -> float:
    return float(-10 * torch.log10(((one - other) ** 2).mean()))


@pytest.mark.parametrize("prompt", ["a red cat", "a purple triangle", "a rainbow"])
def test_the_last_preview_looks_like_the_picture(
    engine: Engine, starter: Path, prompt: str
) -> None:
    wanted = request(prompt, steps=20, prior_steps=15, width=NATIVE, height=NATIVE)
    story = told(engine, wanted, starter)
    image = story.images[0]
    picture = avg_pool2d(as_tensor(*image.size, image.tobytes()), 2)
    looks = [as_preview(step.preview) for step in story.steps("decoder")]
    assert psnr(looks[-1], picture) > FLOOR_DB
    assert psnr(looks[-1], picture) > psnr(looks[0], picture)
    plain = picture.mean(dim=(1, 2), keepdim=True).expand_as(picture)
    assert psnr(looks[-1], picture) > psnr(plain, picture) + 4


def as_preview(shown: Preview | None) -> Tensor:
    assert shown is not None
    return as_tensor(shown.width, shown.height, shown.pixels)


def test_a_fit_beats_the_best_single_colour_of_each_cell(starter: Path) -> None:
    """The fitted map sees more than the mean: it knows the latents' neighbours."""
    network: Any = load("movq", starter / "decoder" / "movq", torch.float32)
    fitted = preview.fit(network, lambda pixels: network.encode(pixels).latents)
    pictures = preview._pictures(64)[:8]
    with torch.inference_mode():
        latents = network.encode(pictures * 2 - 1).latents
        shown = fitted.colours(latents)
    small = avg_pool2d(pictures, 2)
    plain = avg_pool2d(small, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)
    mean = small.mean(dim=(2, 3), keepdim=True).expand_as(small)
    assert psnr(shown, small) > psnr(mean, small) + 6
    assert psnr(shown, small) > psnr(plain, small) - 2  # no latents are as good as the picture


def test_more_samples_would_hardly_see_more(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network: Any = load("movq", starter / "decoder" / "movq", torch.float32)
    encodings = list[Tensor]()

    def encode(pixels: Tensor) -> Tensor:
        encodings.append(network.encode(pixels).latents)
        return encodings[-1]

    fitted = preview.fit(network, encode)
    assert len(encodings) <= 8
    monkeypatch.setattr(preview, "SAMPLES", 24)
    better = preview.fit(network, encode)
    for file in sorted((places.resources() / "prompts" / "starter").glob("*.png"))[:3]:
        image = Image.open(file).convert("RGB").resize((NATIVE, NATIVE))
        picture = as_tensor(*image.size, image.tobytes())[None]
        with torch.inference_mode():
            latents = encode(picture * 2 - 1)
        shown = [psnr(one.colours(latents), avg_pool2d(picture, 2)) for one in (fitted, better)]
        assert shown[0] > max(FLOOR_DB, shown[1] - 0.5), file.name


def fits(cache: Path) -> list[Path]:
    return list((cache / "embeddings").rglob("FitPreview-*.safetensors"))


def previews(story: Story) -> list[Preview | None]:
    return [step.preview for step in story.steps("decoder")]


def test_it_is_fitted_once_per_movq(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = told(Engine(tmp_path, 1), request(), starter)
    assert len(fits(tmp_path)) == 1
    monkeypatch.setattr(preview, "fit", lambda *given: pytest.fail("fitted again"))
    assert previews(told(Engine(tmp_path, 1), request(), starter)) == previews(first)


def test_a_damaged_fit_is_made_anew(starter: Path, tmp_path: Path) -> None:
    first = told(Engine(tmp_path, 1), request(), starter)
    (file,) = fits(tmp_path)
    file.write_bytes(file.read_bytes()[:100])
    for _time in range(2):
        assert previews(told(Engine(tmp_path, 1), request(), starter)) == previews(first)


def test_pictures_of_a_batch_lie_side_by_side() -> None:
    weight = torch.zeros(12, 4, 3, 3)
    fitted = preview.Projection(weight, torch.linspace(0, 1, 12))
    shown = fitted.preview(torch.randn(3, 4, 5, 7))
    assert (shown.width, shown.height) == (3 * 14, 10)
    assert len(shown.pixels) == 42 * 10 * 3


def test_pixels_are_those_of_the_decoder(starter: Path) -> None:
    network: Any = load("movq", starter / "decoder" / "movq", torch.float32)
    latents = torch.randn(1, 4, 4, 8, generator=torch.Generator().manual_seed(0))
    image = movq.decode(network, latents)
    assert (image.size, image.mode) == ((32, 16), "RGB")
    with torch.inference_mode():
        pixels = network.decode(latents, force_not_quantize=True).sample[0] / 2 + 0.5
    shown = as_tensor(32, 16, image.tobytes())
    assert (shown - pixels.clamp(0, 1)).abs().max() <= 0.5 / 255 + 1e-6
