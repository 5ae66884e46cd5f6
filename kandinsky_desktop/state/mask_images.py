"""A mask as it is shown over a picture: a veil of one colour, and its edge.

The edge is found in what is on the screen, so that it is one line at any zoom, and a part of the
screen painted alone is the very part of the whole.
"""

from functools import lru_cache

import numpy as np
from PySide6.QtGui import QColor, QImage, qRgba

from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.layer_images import grey_image

HALF = 128  # from here on a pixel lies within the edge
DASH = 5  # pixels of the screen, of each of the two colours
WHITE, BLACK = 0xFFFFFFFF, 0xFF000000


@lru_cache(maxsize=8)
def veil_colours(colour: str, opacity: float) -> list[int]:
    """Return what the 256 values of a mask look like: more opaque the whiter they are."""
    shade = QColor(colour)
    red, green, blue = shade.red(), shade.green(), shade.blue()
    return [qRgba(red, green, blue, round(value * opacity)) for value in range(256)]


def veil_image(pixels: Pixels, colours: list[int]) -> QImage:
    """Return a piece of a mask as a veil."""
    image = grey_image(pixels)
    if image.isNull():
        return image
    image.setColorTable(colours)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def edge_image(shown: QImage, left: int, top: int, phase: int, wide: int) -> QImage:
    """Return the edge in a piece of the screen that shows a mask in grey: dashed, black on white.

    `left` and `top` say where the piece begins on the screen, so that dashes meet across pieces;
    `phase` moves them along; the line is so many pixels wide. All around the piece `wide` pixels
    are context, and nothing is drawn there.
    """
    tall, across = shown.height(), shown.width()
    bits = np.frombuffer(shown.constBits(), np.uint8).reshape(tall, shown.bytesPerLine())
    inside = bits[:, :across] >= HALF
    edge = np.zeros_like(inside)
    edge[:, 1:] |= inside[:, 1:] != inside[:, :-1]
    edge[1:] |= inside[1:] != inside[:-1]
    for _turn in range(wide - 1):
        edge[1:] |= edge[:-1].copy()
        edge[:, 1:] |= edge[:, :-1].copy()
    rows, columns = np.nonzero(edge[wide:-wide, wide:-wide])
    result = np.zeros((max(0, tall - 2 * wide), max(0, across - 2 * wide)), np.uint32)
    if len(rows):
        along = (rows + columns + (top + left + 2 * wide - phase)) // (DASH * wide) % 2
        result[rows, columns] = np.where(along, BLACK, WHITE)
    height, width = result.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(result.data, width, height, width * 4, form).copy()
