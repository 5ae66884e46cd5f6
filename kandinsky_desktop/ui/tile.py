"""One tile of a list: a picture, a job or a place for one; its rings, badge, words and progress."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle

from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import paint_square
from kandinsky_desktop.ui.theme import Theme

CAPTION = QColor("#B4B4B4")  # on a placeholder that is dark in every theme
PILL = 22  # side of the pill with the progress
PILL_GROUND = QColor(17, 17, 17, 199)  # dark in every theme, over any picture
SHEET = 4.0  # how far each sheet of a stack looks out
TRAY_RADIUS = 8.0
MAKING = 1.5  # width of the dotted line around a picture in the making


@dataclass(frozen=True, slots=True, kw_only=True)
class TileStyle:
    """What all tiles of a list have in common. Widths and radii are in pixels."""

    radius: float
    ring: float  # width, around a selected tile
    focus: float  # width, around the tile that has the focus
    gap: float = 0.0  # between a tile and its ring, which lies around it; 0: on its edge
    pill: bool = False  # progress is a ring on a dark pill, not a bar along the foot
    focus_when_selected: bool = False  # dotted, on a selected tile too
    badge: bool = False  # a selected tile is ticked off


@dataclass(frozen=True, slots=True, kw_only=True)
class TileContent:
    """What one tile shows now."""

    ground: QColor
    outline: QColor | None = None  # where no ring is
    image: QImage | None = None  # its middle fills the tile
    in_the_making: bool = False
    caption: str = ""  # in the middle, until there is an image
    title: str = ""
    detail: str = ""
    detail_colour: QColor | None = None
    share: float | None = None  # done, 0 to 1; None shows no progress
    count: int = 0  # of the pictures in the stack that it is; 0: it is none
    is_open: bool = False  # the stack's pictures are shown beside it


def paint_tile(
    painter: QPainter,
    theme: Theme,
    cell: QRectF,
    style: TileStyle,
    content: TileContent,
    state: QStyle.StateFlag,
) -> None:
    """Paint a tile; the painter is left as it was."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if content.count and not content.is_open:
        cell = _paint_sheets(painter, theme, cell, style)
    shape = QPainterPath()
    shape.addRoundedRect(cell, style.radius, style.radius)
    if content.image is None or content.image.hasAlphaChannel():  # else it shines through the edge
        painter.fillPath(shape, content.ground)
    if content.image is not None:
        paint_square(painter, content.image, cell, shape)
    elif content.caption:
        _paint_caption(painter, theme, cell, content.caption)
    if content.in_the_making:
        painter.setPen(QPen(theme.colour("accent"), MAKING, Qt.PenStyle.DotLine))
        painter.drawPath(shape)
    _paint_rings(painter, theme, shape, style, content, state)
    if style.badge and state & QStyle.StateFlag.State_Selected:
        _paint_badge(painter, theme, cell)
    if content.title or content.detail:
        _paint_text(painter, theme, cell, content)
    if content.count and content.share is None:
        _paint_count(painter, theme, cell, content)
    if content.share is not None:
        if style.pill:
            _paint_pill(painter, theme, cell, content.share)
        else:
            _paint_progress(painter, theme, cell, content.share)
    painter.restore()


def _paint_rings(
    painter: QPainter,
    theme: Theme,
    shape: QPainterPath,
    style: TileStyle,
    content: TileContent,
    state: QStyle.StateFlag,
) -> None:
    selected = bool(state & QStyle.StateFlag.State_Selected)
    focused = bool(state & QStyle.StateFlag.State_HasFocus) and style.focus > 0
    pens = []
    if selected and style.gap:
        out = style.gap + style.ring / 2
        painter.setPen(QPen(theme.colour("accent"), style.ring))
        around = shape.boundingRect().adjusted(-out, -out, out, out)
        painter.drawRoundedRect(around, style.radius + out, style.radius + out)
    elif selected:
        pens.append(QPen(theme.colour("accent"), style.ring))
    if focused and (style.focus_when_selected or not selected):
        line = Qt.PenStyle.DotLine if style.focus_when_selected else Qt.PenStyle.SolidLine
        pens.append(QPen(theme.colour("text"), style.focus, line))
    if not pens and content.outline is not None:
        pens.append(QPen(content.outline, 1))
    for pen in pens:
        painter.setPen(pen)
        painter.drawPath(shape)


def _paint_caption(painter: QPainter, theme: Theme, cell: QRectF, caption: str) -> None:
    painter.setFont(_font(painter, theme, 12))
    painter.setPen(CAPTION)
    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, caption)


def _paint_badge(painter: QPainter, theme: Theme, cell: QRectF) -> None:
    place = QRectF(cell.right() - 30, cell.top() + 8, 22, 22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent"))
    painter.drawEllipse(place)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    icon("check", theme.colour("on_accent")).paint(painter, place.adjusted(4, 4, -4, -4).toRect())


def _paint_text(painter: QPainter, theme: Theme, cell: QRectF, content: TileContent) -> None:
    """Write the title along the upper edge and the detail along the lower, each on one line."""
    inside = cell.adjusted(9.5, 5.5, -9.5, -5.5)
    colour = content.detail_colour or theme.colour("quiet")
    for words, size, pen, edge in (
        (content.title, 13, theme.colour("text"), Qt.AlignmentFlag.AlignTop),
        (content.detail, 12, colour, Qt.AlignmentFlag.AlignBottom),
    ):
        painter.setFont(_font(painter, theme, size))
        painter.setPen(pen)
        right = Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(words, right, int(inside.width()))
        painter.drawText(inside, edge, shown)


def paint_tray(painter: QPainter, theme: Theme, cell: QRectF, *, first: bool, last: bool) -> None:
    """Paint what the pictures of an open stack lie on, in the cell of one of them."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(cell)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("tint"))
    beyond = 2 * TRAY_RADIUS
    place = cell.adjusted(0 if first else -beyond, 0, 0 if last else beyond, 0)
    painter.drawRoundedRect(place, TRAY_RADIUS, TRAY_RADIUS)
    painter.restore()


def _paint_sheets(painter: QPainter, theme: Theme, cell: QRectF, style: TileStyle) -> QRectF:
    """Paint two sheets behind a stack, to the upper right; return the place of what lies on top."""
    side = min(cell.width(), cell.height()) - SHEET
    top = QRectF(cell.left(), cell.bottom() - side, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    for number, name in ((2, "track"), (1, "edge")):
        painter.setBrush(theme.colour(name))
        sheet = top.translated(number * SHEET, -number * SHEET)
        painter.drawRoundedRect(sheet, style.radius, style.radius)
        gap = top.translated((number - 1) * SHEET, -(number - 1) * SHEET).adjusted(-1, -1, 1, 1)
        painter.setBrush(theme.colour("window"))
        painter.drawRoundedRect(gap, style.radius + 1, style.radius + 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return top


def _paint_count(painter: QPainter, theme: Theme, cell: QRectF, content: TileContent) -> None:
    """Say how many a stack holds, on a dark pill in the lower right corner."""
    font = QFont(painter.font())
    font.setPixelSize(min(14, theme.px(11)))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    words = "" if content.is_open else str(content.count)
    high = float(min(20, theme.px(16)))  # the tile does not grow with the text
    wide = max(high, painter.fontMetrics().horizontalAdvance(words) + 10.0)
    place = QRectF(cell.right() - wide - 2, cell.bottom() - high - 2, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PILL_GROUND)
    painter.drawRoundedRect(place, high / 2, high / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor("#FFFFFF"))
    if words:
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
    else:
        icon("chevron-left", QColor("#FFFFFF")).paint(
            painter, place.adjusted(2, 2, -2, -2).toRect()
        )


def _paint_progress(painter: QPainter, theme: Theme, cell: QRectF, share: float) -> None:
    bar = QRectF(cell.left() + 5.5, cell.bottom() - 3.5, cell.width() - 11, 3)
    painter.fillRect(bar, theme.colour("track"))
    bar.setWidth(bar.width() * share)
    painter.fillRect(bar, theme.colour("accent"))


def _paint_pill(painter: QPainter, theme: Theme, cell: QRectF, share: float) -> None:
    """Show how far it is, in the lower right corner."""
    place = QRectF(cell.right() - PILL, cell.bottom() - PILL, PILL, PILL)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PILL_GROUND)
    painter.drawEllipse(place)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ring = place.adjusted(5, 5, -5, -5)
    painter.setPen(QPen(QColor(255, 255, 255, 80), 2.2))
    painter.drawEllipse(ring)
    pen = QPen(QColor("#FFFFFF"), 2.2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawArc(ring, 90 * 16, -round(360 * 16 * share))


def _font(painter: QPainter, theme: Theme, size: int) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(theme.px(size))
    return font
