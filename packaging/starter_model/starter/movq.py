"""The MoVQ: pictures of 128 x 128 to latents of 32 x 32 x 4 and back, by diffusers' VQModel.

It learns first at 64 x 64, where a picture costs a quarter, then at 128 x 128. Three levels make a
factor of 4: with a fourth, latents of 16 x 16 x 4 were at 24 dB within the objects' boxes after
twice the computing that takes these past 28.
"""

from math import log10
from random import Random

import torch
import torch.nn.functional as F
from diffusers import VQModel
from diffusers.models.attention_processor import SpatialNorm
from torch import Tensor

from starter import sheets
from starter.course import Budget, Course, averaged_weights, checkpoint_path
from starter.journal import log
from starter.scenes import Painter, Scene, compose
from starter.sources import build_bank

SIDE = 128
WIDTHS = (32, 64, 128)
FACTOR = 4
CODES = 1024
BATCH = 4


def norm_at_the_latents(self: SpatialNorm, features: Tensor, latents: Tensor) -> Tensor:
    """What SpatialNorm.forward computes, its 1 x 1 convolutions before the enlarging, not after."""
    size = features.shape[-2:]
    gain = F.interpolate(self.conv_y(latents), size=size, mode="nearest")
    lift = F.interpolate(self.conv_b(latents), size=size, mode="nearest")
    return torch.addcmul(lift, self.norm_layer(features), gain)


def fresh() -> VQModel:
    """An untrained MoVQ of the starter model's size."""
    return VQModel(
        down_block_types=("DownEncoderBlock2D",) * len(WIDTHS),
        up_block_types=("UpDecoderBlock2D",) * len(WIDTHS),
        block_out_channels=WIDTHS,
        layers_per_block=1,
        latent_channels=4,
        num_vq_embeddings=CODES,
        norm_num_groups=32,
        vq_embed_dim=4,
        norm_type="spatial",
        sample_size=SIDE,
    )


def trained(stage: str = "movq") -> VQModel:
    """The MoVQ with the averaged weights of its stage."""
    movq = fresh()
    movq.load_state_dict(averaged_weights(stage)["movq"])
    return movq.eval()


def encode(movq: VQModel, pictures: Tensor) -> Tensor:
    """The latents of pictures in -1 to 1; their statistics are near mean 0 and deviation 1."""
    return movq.quant_conv(movq.encoder(pictures))


def decode(movq: VQModel, latents: Tensor) -> Tensor:
    """The pictures of latents as the pipelines decode them: without the codebook."""
    return movq.decoder(movq.post_quant_conv(latents), latents)


def _steps(pictures: Tensor) -> tuple[Tensor, Tensor]:
    return pictures[..., 1:] - pictures[..., :-1], pictures[:, :, 1:] - pictures[:, :, :-1]


def reconstruction_loss(made: Tensor, wanted: Tensor, cover: Tensor) -> tuple[Tensor, Tensor]:
    """How far a decoded picture is from the wanted one, and its mean squared error.

    What is drawn counts three times as much as the background; edges count once more.
    """
    weight = 0.5 + F.max_pool2d(cover, 5, 1, 2)
    weight = weight / weight.mean()
    off = made - wanted
    edges = sum((a - b).abs().mean() for a, b in zip(_steps(made), _steps(wanted), strict=True))
    squared = (off.pow(2) * weight).mean()
    loss = (off.abs() * weight).mean() + 2 * squared + 0.5 * edges
    return loss, off.detach().pow(2).mean()


def fixed_scenes(count: int = 200) -> list[Scene]:
    """The scenes that the MoVQ is measured on: held out, the same in every run."""
    rng = Random("movq scenes")
    return [compose(rng, held_out=True) for _ in range(count)]


def psnr_in_box(made: Tensor, wanted: Tensor, cover: Tensor) -> float:
    """Decibels within the objects' boxes, from the squared error over all; values -1 to 1."""
    total, pixels = 0.0, 0
    for one, other, mask in zip(made.clamp(-1, 1), wanted, cover[:, 0] > 0.02, strict=True):
        rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
        box = (slice(None), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        total += float((one[box] - other[box]).pow(2).sum())
        pixels += one[box].numel()
    return 10 * log10(4 * pixels / total)


@torch.no_grad()
def measure(
    movq: VQModel, painter: Painter, count: int = 200, side: int = SIDE
) -> dict[str, float]:
    """PSNR within the box and over the whole picture, and the latents' statistics."""
    scenes = fixed_scenes(count)
    wanted, cover = painter.paint_with_cover(scenes, side)
    latents = torch.cat([encode(movq, some) for some in wanted.split(20)])
    made = torch.cat([decode(movq, some) for some in latents.split(20)])
    whole = float((made.clamp(-1, 1) - wanted).pow(2).mean())
    return {
        "psnr_box": psnr_in_box(made, wanted, cover),
        "psnr": 10 * log10(4 / whole),
        "latent_mean": float(latents.mean()),
        "latent_deviation": float(latents.std()),
    }


def _sheet(movq: VQModel, painter: Painter, stage: str, side: int) -> None:
    figures = measure(movq, painter, 60, side)
    log.info("%s measured: %s", stage, "  ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    wanted = painter.paint(fixed_scenes(16), side)
    sheets.write(f"{stage}.png", [list(wanted), list(decode(movq, encode(movq, wanted)))])


def _settle_codebook(movq: VQModel, painter: Painter, side: int) -> None:
    """Put the codebook's codes among the latents, by k-means; the 2.2 pipelines do not use it."""
    rng = Random("codebook")
    pictures = painter.paint([compose(rng) for _ in range(320)], side)
    latents = torch.cat([encode(movq, some) for some in pictures.split(20)])
    points = latents.permute(0, 2, 3, 1).reshape(-1, 4)
    points = points[
        torch.randperm(len(points), generator=torch.Generator().manual_seed(1), device="cpu")[
            :30000
        ]
    ]
    codes = points[:CODES].clone()
    for _ in range(10):
        nearest = torch.cdist(points, codes).argmin(1)
        sums = torch.zeros_like(codes).index_add_(0, nearest, points)
        counts = torch.zeros(CODES).index_add_(0, nearest, torch.ones(len(points)))
        codes = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], codes)
    movq.quantize.embedding.weight.copy_(codes)


def _learn(stage: str, movq: VQModel, budget: Budget, rate: float, side: int, batch: int) -> None:
    painter = Painter(build_bank())
    SpatialNorm.forward = norm_at_the_latents
    course = Course(stage, {"movq": movq}, budget, rate, batch, frozen=("movq.quantize",))
    course.resume()

    def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
        wanted, cover = painter.paint_with_cover([compose(course.rng) for _ in range(batch)], side)
        latents = encode(movq, wanted)
        noise = 0.08 if course.step % 2 else 0.02
        made = decode(movq, latents + noise * torch.randn_like(latents))
        means, deviations = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
        centred = means.pow(2).mean() + (deviations - 1).pow(2).mean()
        rough = sum(step.pow(2).mean() for step in _steps(latents))
        loss, squared = reconstruction_loss(made, wanted, cover)
        figures = {"mse": float(squared), "deviation": float(deviations.detach().mean())}
        return loss + 0.05 * centred + 0.002 * rough, figures

    def sheet() -> None:
        _settle_codebook(movq, painter, side)
        for key, tensor in movq.quantize.state_dict().items():
            course.average["movq"][f"quantize.{key}"].copy_(tensor)
        _sheet(movq, painter, stage, side)

    course.run(loss_of, sheet)


def sprout(budget: Budget) -> None:
    """Train on pictures of half the side."""
    torch.manual_seed(1)
    _learn("sprout", fresh(), budget, 2e-3, SIDE // 2, BATCH * 2)


def train(budget: Budget) -> None:
    """Go on at the whole side, encoder and decoder together."""
    torch.manual_seed(1)
    movq = fresh() if checkpoint_path("movq").exists() else trained("sprout").train()
    _learn("movq", movq, budget, 1.2e-3, SIDE, BATCH)


def polish(budget: Budget) -> None:
    """Go on with the decoder alone: the encoder, and so the latents the decoders paint, stays."""
    painter = Painter(build_bank())
    SpatialNorm.forward = norm_at_the_latents
    movq = trained().train()
    frozen = ("movq.encoder", "movq.quant", "movq.quantize")
    course = Course("polish", {"movq": movq}, budget, 1.5e-3, BATCH, frozen=frozen)
    course.resume()

    def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
        wanted, cover = painter.paint_with_cover([compose(course.rng) for _ in range(BATCH)], SIDE)
        with torch.no_grad():
            latents = encode(movq, wanted)
        made = decode(movq, latents + torch.randn_like(latents) * 0.1 * torch.rand(BATCH, 1, 1, 1))
        loss, squared = reconstruction_loss(made, wanted, cover)
        return loss, {"l1": float((made - wanted).abs().mean()), "mse": float(squared)}

    course.run(loss_of, lambda: _sheet(movq, painter, "polish", SIDE))
