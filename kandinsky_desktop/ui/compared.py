"""What is painted of two pictures that are compared: how they lie, and which is which."""

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from kandinsky_desktop.state.comparison import Before
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.theme import Theme

TAG_INSET = 12  # of the words that say which side is which


def paint_copy(
    painter: QPainter, within: QRectF, pyramid: ImagePyramid, width: int, *, smooth: bool
) -> None:
    """Paint a picture that is so many device pixels across."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawPixmap(within, pyramid.pixmap(width, smooth=smooth), QRectF())


def place_of(before: Before, within: QRectF) -> QRectF:
    """Return where what a picture is compared with lies in it, both in the picture's pixels.

    Where it has another shape it covers the picture, as it was taken to start from.
    """
    assert before.image is not None
    size = QSizeF(before.image.size())
    if before.offset is not None:
        return QRectF(QPointF(*before.offset), size)
    size.scale(within.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    place = QRectF(QPointF(), size)
    place.moveCenter(within.center())
    return place


def paint_tag(
    painter: QPainter, theme: Theme, font: QFont, side: QRectF, words: str, *, at_right: bool
) -> None:
    """Say in a corner of a picture which it is, where there is room."""
    px = theme.px
    font = QFont(font)
    font.setPixelSize(px(12))
    painter.setFont(font)
    room = side.width() - 2 * TAG_INSET - 2 * px(8)
    if room < px(40):
        return
    shown = painter.fontMetrics().elidedText(
        words[:1].upper() + words[1:], Qt.TextElideMode.ElideRight, int(room)
    )
    wide = painter.fontMetrics().horizontalAdvance(shown) + 2 * px(8)
    tag = QRectF(0, side.top() + TAG_INSET, wide, px(22))
    if at_right:
        tag.moveRight(side.right() - TAG_INSET)
    else:
        tag.moveLeft(side.left() + TAG_INSET)
    shade = QColor("#111111")
    shade.setAlphaF(0.78)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(tag, 6, 6)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, shown)
