"""The layers as they lie on the screen, kept: what moves over them costs no more than a copy.

The unit is the device pixel of the view. What is stale is painted when it is to be seen next; a
view that only moved keeps what it has, moved.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPixmap, QRegion

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.zooming import ViewTransform
from kandinsky_desktop.ui.canvas.layer_painter import LayerPainter

BEYOND = 2  # pixels kept beyond the view: with a scaled screen, its sides may cut one
WORTH = 40_000  # pixels that cost about what one more piece does
MOST_PIECES = 8  # rectangles that are painted one by one; more are painted as one


class Backdrop:
    """Keeps what a painter of layers paints, for one view at a time."""

    def __init__(self, layers: LayerPainter) -> None:
        self._layers = layers
        self._kept = QPixmap()
        self._view: ViewTransform | None = None
        self._ratio = 1.0
        self._stale = QRegion()

    def mark(self, place: QRect) -> None:
        """Have a part of the screen painted anew when it is seen next."""
        self._stale += place

    def forget(self) -> None:
        """Keep nothing: all is painted anew, and takes no memory until then."""
        self._kept, self._view = QPixmap(), None

    def paint(self, painter: QPainter, place: QRect) -> None:
        """Lay a part of the screen down, for which all is up to date, in device pixels."""
        painter.drawPixmap(place.topLeft(), self._kept, place.translated(BEYOND, BEYOND))

    def bring_up(self, view: ViewTransform, size: Size, ratio: float, seen: QRegion) -> None:
        """Bring a part of the screen up to date, for a view of some size on a screen of a ratio."""
        self._lie(view, size, ratio)
        stale = self._stale & seen
        if stale.isEmpty():
            return
        painter = QPainter(self._kept)
        painter.translate(BEYOND, BEYOND)
        for piece in pieces(stale):
            painter.save()
            painter.setClipRect(piece)
            self._layers.paint(painter, view, piece, ratio)
            painter.restore()
        painter.end()
        self._stale -= stale

    def _lie(self, view: ViewTransform, size: Size, ratio: float) -> None:
        """Go on with another view; move what is kept, where it only lies elsewhere now."""
        before, self._view = self._view, view
        all_of_it = QRect(-BEYOND, -BEYOND, size.width + 2 * BEYOND, size.height + 2 * BEYOND)
        if self._kept.size() != all_of_it.size():
            self._kept = QPixmap(all_of_it.size())
        elif view == before and ratio == self._ratio:
            return
        elif (
            before is not None
            and ratio == self._ratio
            and view == replace(before, left=view.left, top=view.top)
        ):
            right, down = view.left - before.left, view.top - before.top
            self._kept.scroll(right, down, self._kept.rect())
            whole = QRegion(all_of_it)
            self._stale.translate(right, down)
            self._stale = (self._stale & whole) + (whole - whole.translated(right, down))
            return
        self._ratio, self._stale = ratio, QRegion(all_of_it)


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
