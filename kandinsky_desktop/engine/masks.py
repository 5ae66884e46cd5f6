"""Pixels around a mask: growing, feathering, filling, putting back. White = repaint everywhere.

Two masks come from the one that a person paints. The *denoise* mask, grown, says by how much the
decoder changes what. The *composite* mask, feathered inwards from the denoise mask's edge and white
wherever else that is not black, says how much of each pixel comes from the new picture; where it is
0 the source's pixel stays, bit by bit. A grey is no share of the new picture: that would ghost.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box, check_alike
from kandinsky_desktop.raster import edges

HALF = 128  # a mask's grey from which a pixel counts as white


@dataclass(frozen=True, slots=True)
class Masks:
    """The two masks, as grey pictures of the source's size."""

    denoise: Image.Image
    composite: Image.Image

    @property
    def mask_box(self) -> Box:
        """The box around all that is repainted."""
        box = self.denoise.getbbox()
        assert box is not None
        return Box(*box)


def prepare(
    mask: Image.Image,
    source: Image.Image,
    *,
    grow: int,
    feather: int,
    alpha: Image.Image | None = None,
) -> Masks:
    """Return both masks of one, as `store.masks` reads it.

    Where the source is transparent (`alpha`) there is nothing to go over into: what is painted is
    whole there, up to its edge. Raises InvalidRequest for another size or an empty mask.
    """
    check_alike(Size(*mask.size), Size(*source.size))
    if mask.getbbox() is None:
        raise InvalidRequest(_("The mask is empty: paint white what is to be painted anew."))
    denoise = Image.fromarray(edges.grown(np.asarray(mask), grow))
    composite = feathered(painted(denoise), feather)
    if alpha is not None:
        kept = ImageChops.multiply(ImageChops.invert(composite), alpha)
        composite = ImageChops.darker(ImageChops.invert(kept), painted(composite))
    return Masks(denoise, composite)


def painted(mask: Image.Image) -> Image.Image:
    """Return white for whatever is not black."""
    return mask.point(lambda value: 255 if value else 0)


def feathered(mask: Image.Image, pixels: int) -> Image.Image:
    """Return a mask that rises evenly from its edge to white so many pixels inside; 0 outside."""
    return Image.fromarray(edges.feathered(np.asarray(mask), pixels))


def filled(source: Image.Image, mask: Image.Image, how: str, seed: int) -> Image.Image:
    """Return the source with what lies under the mask filled, as something to start from."""
    match how:
        case "keep":
            return source
        case "neutral":
            return Image.composite(Image.new("RGB", source.size, (127, 127, 127)), source, mask)
        case "noise":
            random = np.random.default_rng(seed)
            colours = random.integers(0, 256, (source.height, source.width, 3), dtype=np.uint8)
            return Image.composite(Image.fromarray(colours), source, mask)
        case "border":
            return Image.composite(_nearest(source, mask), source, mask)
        case _:
            return Image.composite(_flowed_in(source, mask), source, mask)


def surroundings(source: Image.Image, mask: Image.Image, grow: int) -> Image.Image:
    """Return what a picture is without its hole: whatever a mask touches, grown, is filled in.

    Colours flow in from what is kept; where nothing is, all of it is grey. No pixel of the hole is
    read, be the mask as faint there as it may. Raises InvalidRequest for a mask of another size.
    """
    check_alike(Size(*mask.size), Size(*source.size))
    hole = painted(Image.fromarray(edges.grown(np.asarray(mask), grow)))
    return source if hole.getbbox() is None else filled(source, hole, "blur", 0)


def put_back(source: Image.Image, painted: Image.Image, composite: Image.Image) -> Image.Image:
    """Return the painted picture laid over the source through the composite mask."""
    result = Image.composite(painted, source, composite)
    result.paste(source, mask=composite.point(lambda value: 255 if value == 0 else 0))
    return result


def changed_outside(source: Image.Image, result: Image.Image, composite: Image.Image) -> int:
    """Return how many pixels differ although the composite mask is 0 there. It must be 0."""
    old, new, mask = (np.asarray(one) for one in (source, result, composite))
    return int(((old != new).any(axis=2) & (mask == 0)).sum())


def _flowed_in(source: Image.Image, mask: Image.Image) -> Image.Image:
    """Return colours that flow in from around a mask: blurs of kept pixels, wide to narrow."""
    kept = ImageChops.invert(mask)
    shown = Image.composite(source, Image.new("RGB", source.size), kept)
    result = Image.new("RGB", source.size, _mean(source, kept))
    widest = max(source.size)
    for radius in (widest / 2, widest / 8, widest / 32, widest / 128):
        weight = np.asarray(kept.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255
        colours = np.asarray(shown.filter(ImageFilter.GaussianBlur(radius)), np.float32)
        near = np.minimum(weight * 4, 1)[..., None]
        here = colours / np.maximum(weight, 1e-3)[..., None]
        mixed = here * near + np.asarray(result, np.float32) * (1 - near)
        result = Image.fromarray(mixed.clip(0, 255).astype(np.uint8))
    return result


def _nearest(source: Image.Image, mask: Image.Image) -> Image.Image:
    """Return each masked pixel as the nearest kept one in its row or column."""
    pixels, kept = np.asarray(source), np.asarray(mask) < HALF
    if not kept.any():
        return source
    best = np.full(kept.shape, np.inf)
    rows, columns = (np.zeros(kept.shape, int) for _axis in range(2))
    height, width = kept.shape
    across = np.broadcast_to(np.arange(width), kept.shape)
    down = np.broadcast_to(np.arange(height)[:, None], kept.shape)
    for flip in (1, -1):
        last = np.maximum.accumulate(
            np.where(kept, across, -1)[:, ::flip]
            if flip == 1
            else np.where(kept, width - 1 - across, -1)[:, ::flip],
            axis=1,
        )
        last = last[:, ::flip]
        column = last if flip == 1 else width - 1 - last
        away = np.where(last >= 0, np.abs(across - column), np.inf)
        nearer = away < best
        best = np.where(nearer, away, best)
        rows, columns = np.where(nearer, down, rows), np.where(nearer, column, columns)
    for flip in (1, -1):
        place = down if flip == 1 else height - 1 - down
        last = np.maximum.accumulate(np.where(kept, place, -1)[::flip], axis=0)[::flip]
        row = last if flip == 1 else height - 1 - last
        away = np.where(last >= 0, np.abs(down - row), np.inf)
        nearer = away < best
        best = np.where(nearer, away, best)
        rows, columns = np.where(nearer, row, rows), np.where(nearer, across, columns)
    found: NDArray[np.uint8] = pixels[rows, columns]
    return Image.fromarray(found)


def _mean(source: Image.Image, kept: Image.Image) -> tuple[int, int, int]:
    inside = np.asarray(source)[np.asarray(kept) >= HALF]
    if not len(inside):
        return (127, 127, 127)
    red, green, blue = inside.mean(axis=0)
    return int(red), int(green), int(blue)
