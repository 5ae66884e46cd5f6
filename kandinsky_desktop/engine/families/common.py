"""What runs alike in every family: pictures, masks, depth maps, and handing pictures over."""

import platform
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.memory import SPLIT
from kandinsky_desktop.domain.operations import (
    ApplyMask,
    DecodePixels,
    Deliver,
    Denoise,
    EncodePixels,
    ExtendCanvas,
    LoadImage,
    ReadDepthMap,
)
from kandinsky_desktop.domain.record import Conditions, Record, Saving
from kandinsky_desktop.engine import depth, image_embeddings, images
from kandinsky_desktop.engine.context import JobContext, PhaseInputs
from kandinsky_desktop.engine.device import DTYPES, Device, libraries
from kandinsky_desktop.engine.images import WorkImage
from kandinsky_desktop.store.request_files import check_unchanged

DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def load_image(operation: LoadImage, given: PhaseInputs) -> WorkImage:
    """Read a picture."""
    del given
    return images.load(operation)


def apply_mask(operation: ApplyMask, given: PhaseInputs) -> WorkImage:
    """Return a picture with its mask."""
    return images.apply_mask(operation, given[operation.image])


def extend_canvas(operation: ExtendCanvas, given: PhaseInputs) -> WorkImage:
    """Return a picture with unknown borders."""
    return images.extend(operation, given[operation.image])


def read_depth_map(operation: ReadDepthMap, given: PhaseInputs) -> dict[str, Tensor]:
    """Return a depth map, grey: near is white."""
    check_unchanged(operation.path, operation.content)
    estimator, cache = operation.estimator_folder, given.context.cache
    near = depth.depth_map(operation.path, estimator, cache, flip=operation.flip)
    return {"grey": torch.from_numpy(np.array(near))}


def control_image(operation: Denoise, given: PhaseInputs) -> Tensor | None:
    """Return the part of a depth map that a piece follows, (1, 3, H, W) in 0..1.

    A map of another shape than the picture is cropped as a picture to start from is, so that the
    two lie one over the other.
    """
    if operation.depth is None:
        return None
    near = Image.fromarray(given[operation.depth]["grey"].numpy())
    size, factor = operation.piece.work, given.context.inputs.model.factor
    columns, rows = size.width // factor, size.height // factor
    canvas = operation.depth_canvas
    if canvas is None:
        return depth.control_image(near, columns, rows, images.seen_part(Size(*near.size), size))
    whole = near.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
    return depth.control_image(whole.crop(operation.piece.box.corners), columns, rows)


def deliver(operation: Deliver, given: PhaseInputs) -> None:
    """Hand a finished picture over, with all it depends on."""
    context, work = given.context, given[operation.image]
    led = {} if operation.embedding is None else given[operation.embedding]
    pieces = [given[key] for key in operation.pieces]
    inputs, score = context.inputs, led.get("score")
    record = Record(
        request=inputs.request,
        index=operation.index,
        model=inputs.model.name,
        fingerprint=context.fingerprint,
        conditions=conditions(
            context.device,
            context.dtype,
            operation.batch,
            kept_steps=tuple(int(one["kept_step"]) for one in pieces),
            candidate=int(led.get("candidate", -1)),
            estimator=_estimator_of(context),
            saving=tuple(map(_saving, pieces)),
            modes=context.modes,
            packed=operation.packed,
            on_processor=tuple(sorted(context.on_processor)),
        ),
        program=f"Kandinsky Desktop {__version__}",
        sources=tuple(inputs.files[path].content for path in inputs.request.files),
        changed_outside=images.changed_outside(work),
        score=None if score is None else float(score),
    )
    embedding = image_embeddings.pack(led[image_embeddings.EMBEDDING]) if led else b""
    context.deliver(images.finished(work), record, embedding)
    context.made.add(operation.index)


def conditions(
    device: Device,
    dtype: torch.dtype,
    batch: tuple[int, ...],
    *,
    kept_steps: tuple[int, ...] = (),
    candidate: int = -1,
    estimator: str = "",
    saving: tuple[Saving, ...] = (),
    modes: Mapping[str, str] = MappingProxyType({}),
    packed: tuple[str, ...] = (),
    on_processor: tuple[str, ...] = (),
) -> Conditions:
    """Return what a picture made now, with this device and format, depends on."""
    return Conditions(
        device=device.kind,
        device_name=device.name,
        dtype=DTYPE_NAMES[dtype],
        threads=torch.get_num_threads(),
        batch=batch,
        libraries=libraries(),
        platform=f"{platform.system()} {platform.machine()}",
        kept_steps=kept_steps if any(kept_steps) else (),
        candidate=candidate,
        estimator=estimator,
        saving=saving if any(one != Saving("") for one in saving) else (),
        decoded=_thrifty(modes, DecodePixels),
        encoded=_thrifty(modes, EncodePixels),
        packed=packed,
        on_processor=on_processor,
    )


def _thrifty(modes: Mapping[str, str], operation: type) -> str:
    """Return the mode of an operation, or nothing where it was the first one."""
    mode = modes.get(operation.__name__, "resident")
    return "" if mode == "resident" else mode


def _saving(piece: dict[str, Tensor]) -> Saving:
    """Return how memory was saved in a piece; finished ones of older checkpoints had no rows."""
    never = torch.tensor(-1)
    since = {
        name: int(piece.get(name, never)) for name in ("rows_from", "processor_from", "chunks_from")
    }
    step = int(piece["split_from"])
    return Saving(SPLIT, step, **since) if step >= 0 else Saving("", 0, **since)


def _estimator_of(context: JobContext) -> str:
    near, estimator = context.inputs.request.depth, context.inputs.estimator
    return estimator.content if near and near.estimate and estimator else ""


RUNS: dict[type[Any], Any] = {
    LoadImage: load_image,
    ApplyMask: apply_mask,
    ExtendCanvas: extend_canvas,
    ReadDepthMap: read_depth_map,
    Deliver: deliver,
}
