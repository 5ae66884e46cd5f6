"""Pictures drawn larger or smaller than they are, smoothly; the starter's have few pixels."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

SMALL = 512  # pictures with a side below this are doubled smoothly, not stretched in one go


def upscaled(image: QImage, target: QSize) -> QPixmap:
    """Return a pixmap that looks smooth at a target size.

    A small picture is doubled again and again: each doubling is bilinear, and several of them come
    close to a spline, where one great stretch would show its grid.
    """
    for _time in range(doublings(image.size(), target.width())):
        image = image.scaled(
            image.width() * 2,
            image.height() * 2,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return QPixmap.fromImage(image)


def doublings(size: QSize, target_width: int) -> int:
    """Return how often a picture is doubled before it is stretched to a width."""
    if max(size.width(), size.height()) >= SMALL:
        return 0
    count, width = 0, size.width()
    while width * 2 <= target_width * 1.5 and width < 2048:
        count, width = count + 1, width * 2
    return count


def paint_square(painter: QPainter, image: QImage, cell: QRectF, shape: QPainterPath) -> None:
    """Fill a square cell with the middle of a picture, inside a shape; takes the clip away."""
    painter.setClipPath(shape)
    target = cell.size() * painter.device().devicePixelRatioF()
    pixmap = upscaled(image, target.toSize())
    side = min(pixmap.width(), pixmap.height())
    source = QRectF(0, 0, side, side)
    source.moveCenter(QRectF(pixmap.rect()).center())
    painter.drawPixmap(cell, pixmap, source)
    painter.setClipping(False)
