"""Image embeddings: read from files, packed into pictures, mixed and compared."""

import base64
import binascii
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.operations import MixEmbeddings, ReadEmbedding
from kandinsky_desktop.domain.picture_kinds import SAVED_MEANING
from kandinsky_desktop.store import pictures

EMBEDDING = "embedding"  # the name of the tensor, (1, width)
LARGEST_SAVED = 1_000_000  # bytes; above it lies a model
SLENDEREST = 16  # a picture's longest side against its shortest, before it is cropped


def slerp(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Return the embedding `share` of the way along the arc between two (Shoemake 1985)."""
    cosine = torch.nn.functional.cosine_similarity(one, other).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if float(angle) < 1e-4 or float(angle) > torch.pi - 1e-4:  # on one line: no arc, or too many
        return (1 - share) * one + share * other
    mixed: Tensor = (
        torch.sin((1 - share) * angle) * one + torch.sin(share * angle) * other
    ) / torch.sin(angle)
    return mixed


def mixed(operation: MixEmbeddings, embeddings: list[Tensor], dtype: torch.dtype) -> Tensor:
    """Return the mixture of embeddings in their order. Raises InvalidRequest if it overflows."""
    shares = [share for share, _key in operation.parts]
    points = [one.float() for one in embeddings]
    if operation.blend == "slerp" and len(points) == 2:
        result = slerp(points[0], points[1], shares[1])
    else:
        pairs = zip(shares, points, strict=True)
        result = torch.stack([share * point for share, point in pairs]).sum(dim=0)
    if operation.norm_of and operation.prior is not None:
        result = result * (usual_norm(operation.prior) / result.norm().clamp(min=1e-6))
    result = result.to(dtype)
    if not result.isfinite().all():
        raise InvalidRequest(
            _("The weights are too large for a plain sum: take smaller ones, or shares.")
        )
    return result


def usual_norm(prior: Path) -> float:
    """Return sqrt(Σ (clip_mean² + clip_std²)) of the buffers in a prior's weights; else 1."""
    for file in sorted(prior.glob("*.safetensors")):
        with safetensors.safe_open(file, "pt") as tensors:
            if "clip_mean" in tensors.keys():  # noqa: SIM118 - it is no dict
                mean, std = (tensors.get_tensor(f"clip_{name}") for name in ("mean", "std"))
                return float((mean.float() ** 2 + std.float() ** 2).sum().sqrt())
    return 1.0


def centre_crop(image: Any) -> Any:
    """Return a picture cropped around its middle, where it is so slender that it would be blown up.

    All that the image encoder sees is a square there.
    """
    width, height = image.size
    longest = SLENDEREST * min(width, height)
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, width - left, height - top)) if left or top else image


def pack(embedding: Tensor) -> bytes:
    """Return an embedding as the bytes that are stored in a picture: safetensors in base64."""
    data = safetensors.torch.save({EMBEDDING: embedding.detach().float().cpu().contiguous()})
    return base64.b64encode(data)


def read(path: Path) -> Tensor:
    """Return the embedding in a picture of ours or in a .safetensors file. Raises Unreadable."""
    try:
        kind = pictures.kind_of(path)
        if kind is SAVED_MEANING or (kind is None and path.suffix.lower() in SAVED_MEANING.endings):
            if path.stat().st_size > LARGEST_SAVED:
                raise ValueError(path)
            data = path.read_bytes()
        else:
            data = base64.b64decode(pictures.read_embedding(path), validate=True)
        point = safetensors.torch.load(data)[EMBEDDING]
        if not point.is_floating_point():
            raise ValueError(point.dtype)
    except FileNotFoundError as error:
        raise Unreadable(_("There is no file {path}.").format(path=path), path) from error
    except (OSError, SafetensorError, KeyError, ValueError, binascii.Error) as error:
        raise Unreadable(
            _("{path} holds no meaning that can be read.").format(path=path), path
        ) from error
    return point[None] if point.dim() == 1 else point


def read_fitting(operation: ReadEmbedding) -> Tensor:
    """Return the embedding in a file, of the width that the model has. Raises Unreadable."""
    path = operation.path
    point = read(path)
    if point.shape != (1, operation.width):
        raise Unreadable(
            _(
                "The meaning in {path} has {there} numbers, but those of {model} have {wanted}:"
                " it comes from another kind of model."
            ).format(
                path=path,
                there=" × ".join(str(size) for size in point.shape if size != 1) or 1,
                model=operation.model,
                wanted=operation.width,
            ),
            path,
        )
    if not point.isfinite().all() or not point.any():
        raise Unreadable(
            _("The meaning in {path} is empty or damaged: some of it is no number.").format(
                path=path
            ),
            path,
        )
    return point
