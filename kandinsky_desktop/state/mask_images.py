"""A mask as it is shown over a picture: a veil of one colour, and its edge.

The edge is found in what is on the screen, so that it is one line at any zoom, and a part of the
screen painted alone is the very part of the whole.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, qRgba

from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.layer_images import grey_image

HALF = 128  # from here on a pixel lies within the edge
SMALL = 2**17  # bytes that are sooner copied than stepped over
DASH = 5  # pixels of the screen, of each of the two colours
WHITE, BLACK = 0xFFFFFFFF, 0xFF000000

Places = NDArray[np.int32]


@lru_cache(maxsize=8)
def veil_colours(colour: str, opacity: float) -> list[int]:
    """Return what the 256 values of a mask look like: more opaque the whiter they are."""
    shade = QColor(colour)
    red, green, blue = shade.red(), shade.green(), shade.blue()
    return [qRgba(red, green, blue, round(value * opacity)) for value in range(256)]


def veil_image(pixels: Pixels, colours: list[int]) -> QImage:
    """Return a piece of a mask as a veil."""
    if pixels.nbytes <= SMALL:
        pixels = np.ascontiguousarray(pixels)
    image = grey_image(pixels)
    if image.isNull():
        return image
    image.setColorTable(colours)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def within_veil(shown: QImage, opacity: float) -> NDArray[np.bool_]:
    """Return what lies within the edge of a mask that a veil shows, in premultiplied colours."""
    bits = np.frombuffer(shown.constBits(), np.uint32).reshape(shown.height(), shown.width())
    return bits >= np.uint32(round(HALF * opacity) << 24)


def edge_places(within: NDArray[np.bool_], wide: int) -> tuple[Places, Places]:
    """Return the rows and columns of the edge of what lies within, in a piece of the screen.

    The line is so many pixels wide, and so are the sides of the piece that are only context:
    nothing is found there.
    """
    tall, across = within.shape
    flat = np.ascontiguousarray(within).reshape(-1)  # one long row: that is gone through fastest
    edge = np.zeros(flat.shape, bool)
    np.not_equal(flat[1:], flat[:-1], out=edge[1:])
    edge[::across] = False
    edge[across:] |= flat[across:] != flat[:-across]
    for step in (1, across):
        thin = edge.copy()
        for number in range(1, wide):
            edge[number * step :] |= thin[: -number * step]
    found = np.flatnonzero(edge).astype(np.int32)
    rows = found // across
    columns = found - rows * across
    seen = (rows >= wide) & (rows < tall - wide) & (columns >= wide) & (columns < across - wide)
    return rows[seen], columns[seen]


def edge_colours(along: Places, wide: int) -> NDArray[np.uint32]:
    """Return an edge's colours, in dashes, by how far its places lie right and below in all."""
    return np.where(along // (DASH * wide) % 2, np.uint32(BLACK), np.uint32(WHITE))
