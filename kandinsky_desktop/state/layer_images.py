"""Layers as Qt paints them: the very same memory, never a copy. Keep none of them for long."""

import numpy as np
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.layer import Layer, Pixels


def picture_image(layer: Layer, level: int = 0, box: Box | None = None) -> QImage:
    """Return a picture or a sketch, or a smaller copy, right within a box. Only to be read."""
    pixels = layer.smaller(level, box)
    form = QImage.Format.Format_ARGB32 if layer.alpha else QImage.Format.Format_RGB32
    if layer.premultiplied:
        form = QImage.Format.Format_ARGB32_Premultiplied
    tall, wide = pixels.shape[:2]
    return QImage(pixels.data, wide, tall, pixels.strides[0], form)


def grey_image(pixels: Pixels, form: QImage.Format = QImage.Format.Format_Indexed8) -> QImage:
    """Return pixels of a mask, or a slice of them, in a format of eight bits.

    A slice is stepped over row by row. Give it a colour table, or take another format.
    """
    tall, wide = pixels.shape
    if not tall or not wide:
        return QImage()
    stride, flat = pixels.strides[0], pixels
    if not pixels.flags.c_contiguous:
        flat = np.lib.stride_tricks.as_strided(pixels, ((tall - 1) * stride + wide,), (1,))
    return QImage(flat.data, wide, tall, stride, form)
