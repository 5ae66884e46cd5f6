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
DASH = 5  # pixels of the screen, of each of the two colours
WHITE, BLACK = 0xFFFFFFFF, 0xFF000000

Places = NDArray[np.intp]


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


def edge_places(shown: QImage, wide: int) -> tuple[Places, Places]:
    """Return the rows and columns of the edge in a piece of the screen that shows a mask in grey.

    The line is so many pixels wide, and so are the sides of the piece that are only context:
    nothing is found there. A place may be told twice.
    """
    tall, across = shown.height(), shown.width()
    bits = np.frombuffer(shown.constBits(), np.uint8).reshape(tall, shown.bytesPerLine())
    inside = (bits[:, :across] >= HALF).reshape(-1)  # one long row: gaps are found fastest there
    beside = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    beside = beside[beside % across != 0]
    below = np.flatnonzero(inside[across:] != inside[:-across]) + across
    rows, columns = np.divmod(np.concatenate((beside, below)), across)
    reach = np.arange(wide)
    rows, columns = np.broadcast_arrays(
        rows[:, None, None] + reach[:, None], columns[:, None, None] + reach
    )
    seen = (rows >= wide) & (rows < tall - wide) & (columns >= wide) & (columns < across - wide)
    return rows[seen], columns[seen]


def edge_colours(along: Places, wide: int) -> NDArray[np.uint32]:
    """Return an edge's colours, in dashes, by how far its places lie right and below in all."""
    return np.where(along // (DASH * wide) % 2, np.uint32(BLACK), np.uint32(WHITE))
