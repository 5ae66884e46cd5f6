"""The layers as they lie on the screen, kept: what moves over them costs no more than a copy.

The unit is the device pixel of the view. What is stale is painted when it is to be seen next; a
view that only moved keeps what it has, moved. The mask's edge is laid over what is kept, place by
place, so that it marches without anything being painted.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QRegion

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.zooming import ViewTransform
from kandinsky_desktop.state.mask_images import Places, edge_colours
from kandinsky_desktop.ui.canvas.layer_painter import LayerPainter

BEYOND = 2  # pixels kept beyond the view: with a scaled screen, its sides may cut one
WORTH = 40_000  # pixels that cost about what one more piece does
MOST_PIECES = 8  # rectangles that are painted one by one; more are painted as one
EDGE = 1.5  # how wide the edge is, in pixels of a screen that is not scaled
NOWHERE: Places = np.empty(0, np.int32)


class Backdrop:
    """Keeps what a painter of layers paints, for one view at a time."""

    def __init__(self, layers: LayerPainter) -> None:
        self._layers = layers
        self._view: ViewTransform | None = None
        self._ratio = 1.0
        self._stale = QRegion()
        self._phase = 0  # how far the edge has marched
        self._keep(QImage())

    def mark(self, place: QRect) -> None:
        """Have a part of the screen painted anew when it is seen next."""
        self._stale += place

    def forget(self) -> None:
        """Keep nothing: all is painted anew, and takes no memory until then."""
        self._view = None
        self._keep(QImage())

    def march(self) -> None:
        """Move the edge's dashes on by a pixel."""
        self._phase += 1
        if self._view is not None:
            self._forget_edge(self._is_in(self._place))  # what went out of sight
            self._lay_edge(self._view, self._rows, self._columns)

    def paint(self, painter: QPainter, place: QRect) -> None:
        """Lay a part of the screen down, for which all is up to date, in device pixels."""
        painter.drawImage(place.topLeft(), self._kept, place.translated(BEYOND, BEYOND))

    def bring_up(self, view: ViewTransform, size: Size, ratio: float, seen: QRegion) -> None:
        """Bring a part of the screen up to date, for a view of some size on a screen of a ratio."""
        self._lie(view, size, ratio)
        stale = self._stale & seen & QRegion(self._place)
        if stale.isEmpty():
            return
        painter = QPainter(self._kept)
        painter.translate(BEYOND, BEYOND)
        found = []
        for part in pieces(stale):
            painter.save()
            painter.setClipRect(part)
            found.append((part, self._layers.paint(painter, view, part, self._edge_width)))
            painter.restore()
        painter.end()
        for part, places in found:
            self._take_edge(view, part, places)
        self._stale -= stale

    @property
    def _place(self) -> QRect:
        """What is kept, on the screen."""
        return self._kept.rect().translated(-BEYOND, -BEYOND)

    @property
    def _edge_width(self) -> int:
        return max(1, round(EDGE * self._ratio))

    def _keep(self, image: QImage) -> None:
        """Begin anew, with an image that is its own."""
        self._kept = image
        # its stubs say what bits are of an image that is only read, too
        self._bytes = cast("memoryview[int]", memoryview(b"") if image.isNull() else image.bits())
        pixels = np.frombuffer(self._bytes, np.uint32)
        self._pixels: NDArray[np.uint32] = pixels.reshape(image.height(), image.width())
        self._rows, self._columns = NOWHERE, NOWHERE  # of the edge, on the screen

    def _lie(self, view: ViewTransform, size: Size, ratio: float) -> None:
        """Go on with another view; move what is kept, where it only lies elsewhere now."""
        before, self._view = self._view, view
        wide, tall = size.width + 2 * BEYOND, size.height + 2 * BEYOND
        if (self._kept.width(), self._kept.height()) != (wide, tall):
            self._keep(QImage(wide, tall, QImage.Format.Format_RGB32))
        elif view == before and ratio == self._ratio:
            return
        elif (
            before is not None
            and ratio == self._ratio
            and view == replace(before, left=view.left, top=view.top)
        ):
            self._move(view.left - before.left, view.top - before.top)
            return
        self._ratio, self._stale = ratio, QRegion(self._place)

    def _move(self, right: int, down: int) -> None:
        """Move what is kept; what comes into sight is stale."""
        flat = self._bytes
        by = 4 * (down * self._kept.width() + right)
        if abs(by) < len(flat):  # rows run on into each other, but only where all is stale then
            if by > 0:
                flat[by:] = flat[:-by]
            elif by < 0:
                flat[:by] = flat[-by:]
        self._rows += np.int32(down)
        self._columns += np.int32(right)
        self._stale.translate(right, down)
        whole = QRegion(self._place)
        self._stale = (self._stale & whole) + (whole - whole.translated(right, down))

    # -- the edge

    def _take_edge(
        self, view: ViewTransform, part: QRect, found: tuple[Places, Places] | None
    ) -> None:
        """Lay the edge in a part of the screen that was painted."""
        if len(self._rows):
            self._forget_edge(~self._is_in(part))
        if found is not None and len(found[0]):
            self._lay_edge(view, *found)
            self._rows = np.concatenate((self._rows, found[0]))
            self._columns = np.concatenate((self._columns, found[1]))

    def _lay_edge(self, view: ViewTransform, rows: Places, columns: Places) -> None:
        wide = self._edge_width
        along = rows + columns - (view.left + view.top + self._phase * wide)
        self._pixels[rows + BEYOND, columns + BEYOND] = edge_colours(along, wide)

    def _is_in(self, place: QRect) -> NDArray[np.bool_]:
        rows, columns = self._rows, self._columns
        across = (columns >= place.left()) & (columns <= place.right())
        return across & (rows >= place.top()) & (rows <= place.bottom())

    def _forget_edge(self, kept: NDArray[np.bool_]) -> None:
        self._rows, self._columns = self._rows[kept], self._columns[kept]


def pieces(region: QRegion) -> list[QRect]:
    """Return what is painted one by one: each costs something, and so do pixels."""
    if region.rectCount() == 1:
        return [region.boundingRect()]
    whole = region.boundingRect()
    if region.rectCount() > MOST_PIECES:
        return [whole]
    # its stubs do not say that a region can be gone through
    found = list(cast("Iterable[QRect]", region))
    area = sum(piece.width() * piece.height() for piece in found)
    saved = whole.width() * whole.height() - area
    return found if saved > (len(found) - 1) * WORTH else [whole]
