"""Between Pillow's pictures and layers, in strips: no second whole copy is in memory."""

import numpy as np
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import colours as blending
from kandinsky_desktop.raster.layer import Layer, Pixels

STRIP = 512  # rows


def picture_layer(colours: Image.Image, alpha: Image.Image | None = None) -> Layer:
    """Return a picture as a layer with its smaller copies made; an alpha that is 255 is none."""
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    layer = Layer(Size(*colours.size), 4, alpha=alpha is not None)
    pixels = layer.changing(layer.box)
    for top in range(0, colours.height, STRIP):
        box = (0, top, colours.width, min(colours.height, top + STRIP))
        strip = colours.crop(box).convert("RGBA")
        if alpha is not None:
            strip.putalpha(alpha.crop(box))
        raw = np.frombuffer(strip.tobytes("raw", "BGRA"), np.uint8)
        pixels[box[1] : box[3]] = raw.reshape(strip.height, strip.width, 4)
    layer.smaller(layer.levels - 1)
    return layer


def picture_image(pixels: Pixels, *, alpha: bool) -> Image.Image:
    """Return pixels of a picture layer as a picture: RGB, or RGBA with `alpha`. A copy."""
    size = pixels.shape[1], pixels.shape[0]
    mode, raw = ("RGBA", "BGRA") if alpha else ("RGB", "BGRX")
    image = Image.new(mode, size)
    for top in range(0, size[1], STRIP):
        strip = pixels[top : top + STRIP]
        across = size[0], len(strip)
        image.paste(Image.frombuffer(mode, across, strip.tobytes(), "raw", raw, 0, 1), (0, top))
    return image


def sketch_image(pixels: Pixels) -> Image.Image:
    """Return pixels of a sketch as a picture with transparency. A copy."""
    return picture_image(blending.straight(pixels), alpha=True)


def put_sketch(layer: Layer, image: Image.Image, left: int, top: int) -> None:
    """Put a picture with transparency in the place of a sketch's pixels, as far as it fits."""
    there = Box(left, top, left + image.width, top + image.height).within(layer.box)
    if there.empty:
        return
    image = image.crop(there.moved(-left, -top).corners).convert("RGBA")
    for tile in layer.tiles(there):
        box = layer.tile_box(tile).within(there)
        part = image.crop(box.moved(-there.left, -there.top).corners)
        raw = np.frombuffer(part.tobytes("raw", "BGRA"), np.uint8)
        pixels = blending.multiplied(raw.reshape(part.height, part.width, 4))
        if pixels.any() or layer.part(box).any():
            layer.changing(box)[...] = pixels


def mask_layer(grey: Image.Image) -> Layer:
    """Return a grey picture as a layer, with its smaller copies made."""
    layer = Layer(Size(*grey.size))
    put_grey(layer, layer.box, np.asarray(grey))
    layer.smaller(layer.levels - 1)
    return layer


def put_grey(layer: Layer, box: Box, pixels: Pixels) -> None:
    """Put pixels into a box of a mask; memory that was and stays black is not touched."""
    for tile in layer.tiles(box):
        there = layer.tile_box(tile).within(box)
        part = pixels[
            there.top - box.top : there.bottom - box.top,
            there.left - box.left : there.right - box.left,
        ]
        if part.any() or layer.part(there).any():
            layer.changing(there)[...] = part


def grey_image(pixels: Pixels) -> Image.Image:
    """Return pixels of a mask as a grey picture. A copy."""
    return Image.fromarray(pixels.copy())  # else Pillow would share the memory
