"""Shapes that are drawn as outlines, as the grey of a mask: how much of each pixel they cover."""

from math import ceil, floor, isfinite

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.layer_images import grey_image

FARTHEST = 2**20  # pixels; Qt counts in whole numbers


def box_of(path: QPainterPath, inside: Box) -> Box:
    """Return the box of whole pixels that a path may cover of another; it may be empty."""
    bounds = path.boundingRect()
    sides = (bounds.left(), bounds.top(), bounds.right(), bounds.bottom())
    if not all(map(isfinite, sides)):
        return Box(0, 0, 0, 0)
    left, top, right, bottom = (max(-FARTHEST, min(FARTHEST, side)) for side in sides)
    return Box(floor(left), floor(top), ceil(right), ceil(bottom)).within(inside)


def coverage(path: QPainterPath, box: Box) -> Pixels:
    """Return the inside of a path, in pixels of the picture, within a box. For any thread.

    A path that crosses itself has no holes.
    """
    result = np.zeros((box.size.height, box.size.width), np.uint8)
    if box.empty:
        return result
    path = QPainterPath(path)
    path.setFillRule(Qt.FillRule.WindingFill)
    image = grey_image(result, QImage.Format.Format_Grayscale8)
    painter = QPainter(image)  # the image is named: it must outlive its painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-box.left, -box.top)
    painter.fillPath(path, QColor("white"))
    painter.end()
    return result
