"""Four fusions of a batch as one picture for the middle of the board, and which is where."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

SIDE = 512  # pixels of the whole
GAP = 12  # between two of them


def together(images: Sequence[QImage | None]) -> QImage | None:
    """Return the first of some pictures or, of four, all of them two by two."""
    if len(images) != 4:
        return images[0] if images else None
    if not any(images):
        return None
    whole = QImage(QSize(SIDE, SIDE), QImage.Format.Format_ARGB32_Premultiplied)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    each = (SIDE - GAP) / 2
    for number, image in enumerate(images):
        if image is None:
            continue
        place = QRectF((number % 2) * (each + GAP), (number // 2) * (each + GAP), each, each)
        side = min(image.width(), image.height())
        source = QRectF(0, 0, side, side)
        source.moveCenter(QRectF(image.rect()).center())
        painter.drawImage(place, image, source)
    painter.end()
    return whole


def number_at(point: QPointF) -> int:
    """Return which of four is there; the point is a share of the whole, across and down."""
    return int(point.x() >= 0.5) + 2 * int(point.y() >= 0.5)
