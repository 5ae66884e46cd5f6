"""Up to four fusions of a batch as one picture for the middle of the board, and which is where."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

SIDE = 512  # pixels of the whole
GAP = 12  # between two of them


def together(images: Sequence[QImage | None]) -> QImage | None:
    """Return two to four pictures two by two; of more, or of one, the first."""
    if not _fit(len(images)):
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


def number_at(point: QPointF, count: int) -> int | None:
    """Return which of so many is there; the point is a share of the whole, across and down."""
    if not _fit(count):
        return 0 if count else None
    number = int(point.x() >= 0.5) + 2 * int(point.y() >= 0.5)
    return number if number < count else None


def _fit(count: int) -> bool:
    """Whether so many are seen together."""
    return 2 <= count <= 4
