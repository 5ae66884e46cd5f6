"""A picture laid over another at some place and size, as pixels of a sketch."""

import numpy as np
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.limits import MOST_PIXELS
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import colours, conversion
from kandinsky_desktop.raster.layer import Layer, Pixels


def layer_of(image: Image.Image) -> Layer:
    """Return a picture with transparency as a layer like a sketch, with its smaller copies."""
    layer = Layer(Size(*image.size), 4, premultiplied=True)
    conversion.put_sketch(layer, image, 0, 0)
    layer.smaller(layer.levels - 1)
    return layer


def scaled(layer: Layer, place: Box, part: Box) -> Pixels:
    """Return the pixels of a part of a place, of a layer that is brought to the place's size.

    Parts of a place fit together to the bit, unless all of it is too large to be made.
    """
    inner = part.moved(-place.left, -place.top)
    if place.size == layer.size:
        return layer.part(inner).copy()
    if place.size.width * place.size.height <= MOST_PIXELS:
        whole = _resized(layer, place.size, (0, 0, layer.size.width, layer.size.height))
        return whole[inner.top : inner.bottom, inner.left : inner.right]
    across, down = layer.size.width / place.size.width, layer.size.height / place.size.height
    seen = (inner.left * across, inner.top * down, inner.right * across, inner.bottom * down)
    return _resized(layer, part.size, seen)


def _resized(layer: Layer, size: Size, seen: tuple[float, float, float, float]) -> Pixels:
    """Return what is seen of a layer, at some size."""
    result = np.empty((size.height, size.width, 4), np.uint8)
    for channel in range(4):
        image = Image.fromarray(np.ascontiguousarray(layer.pixels[..., channel]))
        across = size.width, size.height
        result[..., channel] = np.asarray(image.resize(across, Image.Resampling.BICUBIC, seen))
    return np.minimum(result, result[..., 3:])  # no colour is more than its opacity


def put_over(sketch: Layer, box: Box, pixels: Pixels) -> None:
    """Lay pixels of a sketch over another one, in a box; nothing changes where they are nothing."""
    for tile in sketch.tiles(box):
        there = sketch.tile_box(tile).within(box)
        at = there.moved(-box.left, -box.top)
        part = pixels[at.top : at.bottom, at.left : at.right]
        if part[..., 3].any():
            sketch.changing(there)[...] = colours.over(sketch.part(there), part)
