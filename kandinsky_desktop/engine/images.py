"""Pictures that are started from: masked or extended, cut into pieces, and put together again."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.operations import (
    ApplyMask,
    DecodePixels,
    EncodePixels,
    ExtendCanvas,
    LoadImage,
    Piece,
)
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.engine import masks
from kandinsky_desktop.engine.masks import Masks
from kandinsky_desktop.raster import scaling, seams
from kandinsky_desktop.store import masks as mask_files
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.request_files import check_unchanged


@dataclass(frozen=True, slots=True)
class WorkImage:
    """A picture in the making."""

    image: Image.Image
    source: Image.Image | None = None  # as it was, where a part of it is kept to the bit
    masks: Masks | None = None
    unknown: Image.Image | None = None  # of an extended canvas: white where nothing is painted yet
    clear: Image.Image | None = None  # the source in RGBA, where it has transparent parts


def load(operation: LoadImage) -> WorkImage:
    """Read a picture. Raises Unreadable if it is not what it was when the job began."""
    check_unchanged(operation.path, operation.content)
    if operation.size is None:  # what is kept of it stays to the bit: with its own colours
        return WorkImage(
            pictures.open_rgb(operation.path, own_colours=True), clear=_clear(operation)
        )
    with pictures.open_rgb(operation.path) as opened:
        return WorkImage(fitted(opened, operation.size))


def _clear(operation: LoadImage) -> Image.Image | None:
    """Return a picture in RGBA, if any of it is transparent."""
    colours, alpha = pictures.open_layers(operation.path)
    if alpha is None or alpha.getextrema() == (255, 255):
        return None
    colours.putalpha(alpha)
    return colours


def apply_mask(operation: ApplyMask, work: WorkImage) -> WorkImage:
    """Return a picture with its mask."""
    check_unchanged(operation.path, operation.content)
    size = Size(*work.image.size) if operation.fit else None
    both = masks.prepare(
        mask_files.read(operation.path, size).image,
        work.image,
        grow=operation.grow,
        feather=operation.feather,
        alpha=None if work.clear is None else work.clear.getchannel("A"),
    )
    return replace(work, source=work.image, masks=both)


def extend(operation: ExtendCanvas, work: WorkImage) -> WorkImage:
    """Return a picture with unknown borders: grey for now."""
    old, size = work.image, operation.size
    image = Image.new("RGB", (size.width, size.height), (127, 127, 127))
    image.paste(old, (operation.left, operation.top))
    image.info = dict(old.info)
    unknown = Image.new("L", image.size, 255)
    unknown.paste(0, Box(0, 0, *old.size).moved(operation.left, operation.top).corners)
    clear = None
    if work.clear is not None:
        clear = Image.new("RGBA", image.size)
        clear.paste(work.clear, (operation.left, operation.top))
    return WorkImage(image, image, Masks(unknown, unknown), unknown, clear)


def cut(operation: EncodePixels, work: WorkImage) -> tuple[Image.Image, Image.Image | None]:
    """Return a piece of a picture at the size at which it is painted, filled, and its mask.

    What is white is filled; what is grey is gone on from as it is.
    """
    if work.masks is None:
        return work.image, None
    box, size = operation.piece.box, operation.piece.work
    whole = work.masks.denoise if work.unknown is None else work.unknown
    mask, part = whole.crop(box.corners), work.image.crop(box.corners)
    across = (size.width, size.height)
    mask_there = Image.fromarray(scaling.resized(np.asarray(mask), *across))
    if operation.piece.pixels < box.size.width * box.size.height:
        # filling takes many times the memory of the part
        part, mask = part.resize(across, Image.Resampling.LANCZOS), mask_there
    white = mask.point(lambda value: 255 if value == 255 else 0)  # of what is grey something stays
    if white.getbbox() is not None:
        part = masks.filled(part, white, operation.fill, operation.seed)
    return part.resize(across, Image.Resampling.LANCZOS), mask_there


def paste(painted: Image.Image, operation: DecodePixels, work: WorkImage | None) -> WorkImage:
    """Return a picture with a painted piece laid into it."""
    if work is None or work.masks is None or operation.piece is None:
        return WorkImage(painted)
    box, whole = operation.piece.box, work.image.copy()
    part = painted.resize((box.size.width, box.size.height), Image.Resampling.LANCZOS)
    under, unknown = whole.crop(box.corners), work.unknown
    if unknown is None:
        composite = work.masks.composite.crop(box.corners)
        if operation.match_colours:
            part = _matched(part, under, composite, operation.piece, work)
    else:  # what is kept goes on a little under what is painted
        mask = unknown.crop(box.corners)
        under = masks.filled(under, mask, "border", 0)
        composite = masks.feathered(mask, operation.feather)
        unknown = unknown.copy()
        unknown.paste(0, box.corners)
    whole.paste(masks.put_back(under, part, composite), box.corners[:2])
    return replace(work, image=whole, unknown=unknown)


def _matched(
    part: Image.Image, under: Image.Image, composite: Image.Image, piece: Piece, work: WorkImage
) -> Image.Image:
    """Return a painted piece whose colours meet those that it is laid into."""
    alpha = None if work.clear is None else work.clear.getchannel("A").crop(piece.box.corners)
    colours = seams.matched(
        np.asarray(part),
        np.asarray(under),
        np.asarray(composite) > 0,
        sqrt(piece.box.size.width * piece.box.size.height / piece.pixels),
        None if alpha is None else np.asarray(alpha) > 0,
    )
    return Image.fromarray(colours)


def finished(work: WorkImage) -> Image.Image:
    """Return the picture to hand over: transparent where its source is and nothing is new."""
    if work.clear is None or work.masks is None:
        return work.image
    painted = masks.painted(work.masks.composite)
    result = Image.composite(work.image.convert("RGBA"), work.clear, painted)
    result.info = dict(work.image.info)
    return result


def changed_outside(work: WorkImage) -> int:
    """Return how many pixels changed that the mask keeps: it must be none."""
    if work.masks is None or work.source is None:
        return 0
    if work.clear is not None:
        return masks.changed_outside(work.clear, finished(work), work.masks.composite)
    return masks.changed_outside(work.source, work.image, work.masks.composite)


def fitted(image: Image.Image, size: Size) -> Image.Image:
    """Return a picture scaled to cover a size, and cropped to it around its middle."""
    part = seen_part(Size(*image.size), size)
    return image.resize((size.width, size.height), Image.Resampling.LANCZOS, part)


def seen_part(whole: Size, size: Size) -> tuple[float, float, float, float]:
    """Return the corners of the largest part of a picture that has the shape of a size.

    One side is that of the whole, to the bit: Pillow refuses what lies outside by a hair.
    """
    wide, high = float(whole.width), float(whole.height)
    if whole.width * size.height > whole.height * size.width:
        wide = whole.height * size.width / size.height
    else:
        high = whole.width * size.height / size.width
    left, top = (whole.width - wide) / 2, (whole.height - high) / 2
    return left, top, left + wide, top + high
