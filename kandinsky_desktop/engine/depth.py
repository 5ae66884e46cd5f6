"""Depth maps: read from a file, or estimated from a picture by a model of the person's own.

Near is white. A map that was estimated is kept by the picture's content, so that it can be looked
at and is not estimated twice.
"""

import logging
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from kandinsky_desktop.domain.errors import ModelProblem, SavingFailed, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, fingerprints, pictures
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.estimators import estimates_metres
from kandinsky_desktop.store.pruning import prune
from kandinsky_desktop.store.request_files import content_now

log = logging.getLogger(__name__)

ON_DISK = 200_000_000  # bytes of maps
LONGEST_SIDE = 4096  # pixels of a map; no model looks as closely
SLENDEREST = 8  # the longest side against the shortest; models bring others down to no height
NEAREST = 0.1  # metres: what is nearer is taken to be there, or it would leave the rest no white
HINT_CELL = 8  # pixels a latent cell: diffusers, ImageHintTimeEmbedding halves three times


def depth_map(path: Path, estimator: Path | None, cache: Path, *, flip: bool) -> Image.Image:
    """Return the map, grey, near = white: read or, with an estimator's folder, estimated.

    Raises Unreadable or ModelProblem.
    """
    if estimator is not None:
        image = estimated(path, estimator, cache)
    else:
        with pictures.open_grey(path) as opened:
            image = opened.copy()
    return ImageOps.invert(image) if flip else image


def estimated_file(path: Path, folder: Path, cache: Path) -> Path:
    """Return the file in the cache with the depth of a picture, made if it is not there yet.

    Raises SavingFailed where the cache does not take it, and what `estimated` raises.
    """
    estimated(path, folder, cache)
    kept = _kept(path, folder, cache)
    if not kept.is_file():
        raise SavingFailed(
            _("The depth of {path} cannot be kept in {folder}: free some space there.").format(
                path=path, folder=kept.parent
            )
        )
    return kept


def content_of(folder: Path) -> str:
    """Return a fingerprint of an estimator. Raises ModelProblem where it cannot be read now."""
    try:
        return fingerprints.of_folder(folder)
    except OSError as error:
        words = _("{folder}, where the depth estimator lies, cannot be read: {reason}.")
        reason = error.strerror or str(error)
        raise ModelProblem(words.format(folder=folder, reason=reason)) from error


def _kept(path: Path, folder: Path, cache: Path) -> Path:
    """Return where the depth of a picture is kept."""
    key = f"{content_of(folder)[:12]}-{content_now(path)[:20]}"
    if estimates_metres(folder):  # those kept under the plain key were made with far = white
        key = f"near-{key}"
    return cache / "depth" / f"{key}.png"


def estimated(path: Path, folder: Path, cache: Path) -> Image.Image:
    """Return the depth of a picture as an estimator sees it; kept in the cache, as a picture."""
    kept = _kept(path, folder, cache)
    if kept.is_file():
        try:
            with pictures.open_grey(kept) as opened:
                return opened.copy()
        except Unreadable:
            log.warning("%s is damaged and is made anew", kept)
    with pictures.open_rgb(path) as picture:
        made = _estimate(picture, folder)
    stream = BytesIO()
    made.save(stream, "PNG")
    try:
        atomic_file.write(kept, stream.getvalue())
    except OSError:
        pass  # a full disk costs only the next estimate
    return made


def tidy(cache: Path) -> None:
    """Bring the maps that are kept down to their limit."""
    prune(cache / "depth", ON_DISK)


def control_image(
    image: Image.Image,
    columns: int,
    rows: int,
    part: tuple[float, float, float, float] | None = None,
) -> Tensor:
    """Return a map, or the part with these corners, for so many latent cells: (1, 3, H, W) in 0..1.

    Its sides are HINT_CELL times the cells', whatever the MoVQ's factor is.
    """
    size = (columns * HINT_CELL, rows * HINT_CELL)
    grey = image.resize(size, Image.Resampling.BICUBIC, part)
    values = torch.from_numpy(np.asarray(grey).astype(np.float32) / 255)
    return values[None, None].repeat(1, 3, 1, 1)


@torch.inference_mode()
def _estimate(picture: Image.Image, folder: Path) -> Image.Image:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    processor, network = _estimator(folder)  # not for longer: whoever paints needs the memory
    wide, high = picture.size
    wider, higher = max(wide, -(-high // SLENDEREST)), max(high, -(-wide // SLENDEREST))
    inputs = processor(images=picture.resize((wider, higher)), return_tensors="pt")
    depth = network(**inputs).predicted_depth[None].float()
    if estimates_metres(folder):  # the others say one over it, but for scale and shift
        depth = 1 / depth.clamp(min=NEAREST)
    whole_size = (picture.height, picture.width)
    depth = torch.nn.functional.interpolate(depth, whole_size, mode="bicubic")[0, 0]
    least, most = depth.min(), depth.max()
    grey = (depth - least) / (most - least).clamp(min=1e-6) * 255
    return Image.fromarray(grey.round().clamp(0, 255).to(torch.uint8).numpy())


def _estimator(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    weights = check_component("depth_estimator", folder)
    assert weights is not None
    try:
        processor = AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, use_fast=False
        )
        network = AutoModelForDepthEstimation.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            variant=weights.variant or None,
        )
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, ImportError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelProblem(
            _("{folder} cannot be loaded: {error}").format(folder=folder, error=reason)
        ) from error
    return processor, network.eval().requires_grad_(False)
