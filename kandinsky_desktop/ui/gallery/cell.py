"""How one cell of the grid is painted: its picture, or its mean colour, and what is known of it."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen, QPixmap

from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.theme_tokens import ThemeTokens
from kandinsky_desktop.ui.tile import PILL_GROUND

RADIUS = 8
SHEET, SHEETS = 4, 2  # how far each sheet of a stack looks out, and how many there are
RING_GAP, RING = 2, 3  # around a chosen cell
CHECK, RIM = 20, 2  # of the mark on a chosen cell, in unscaled pixels
INSET = 8  # of marks and pills, from the edge of the picture
PILL_ROOM = 8  # beside the words of a pill
WHITE = QColor("#FFFFFF")
NEAR_BYTES = 4 * 2**20  # of faces that are kept, before it is known how many are seen
SHADOW_REACH = 26  # how far the resting shadow is seen around a cell
MARK_REACH = 7  # how far a ring, and the line below one of an open stack


@dataclass(slots=True)
class Cell:
    """What one cell shows."""

    key: Hashable  # of its picture
    image: QImage | None = None
    colour: QColor | None = None  # the picture's mean, until there is an image
    stars: int = 0
    count: int = 1  # of the pictures in the stack that it stands for
    is_open: bool = False  # they are shown behind it
    is_member: bool = False  # it is shown since its stack is open
    broken: str = ""  # why there is no picture
    share: float | None = None  # of its steps that are done, while it is painted
    chosen: bool = False
    is_among: bool = False  # several that are chosen
    offered: bool = False  # the mouse is over it, and a click on its mark would choose it
    focused: bool = False  # the keys go to it


class Faces:
    """The pictures of cells, as large as cells are and with round corners; few are kept."""

    def __init__(self, most_bytes: int = NEAR_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[tuple[Hashable, int, int], QPixmap] = OrderedDict()

    def of(self, key: Hashable, image: QImage, size: QSize, ratio: float) -> QPixmap:
        """Return an image that covers so many device pixels."""
        at = key, size.width(), image.cacheKey()
        face = self._kept.get(at)
        if face is not None:
            self._kept.move_to_end(at)
            return face
        face = self._kept[at] = _face(image, size, ratio)
        self._bytes += size.width() * size.height() * 4
        while self._bytes > self._most and len(self._kept) > 1:
            _at, gone = self._kept.popitem(last=False)
            self._bytes -= gone.width() * gone.height() * 4
        return face

    def keep_for(self, cells: int, pixels: int) -> None:
        """Keep as many as are seen at once, and as many again."""
        self._most = max(NEAR_BYTES, 2 * cells * pixels * pixels * 4)

    def clear(self) -> None:
        """Keep none."""
        self._kept.clear()
        self._bytes = 0


def top_of(place: QRect, cell: Cell) -> QRect:
    """Return where the picture lies in a cell: a stack leaves room for its sheets."""
    if cell.count < 2 or cell.is_open or cell.is_member:
        return place
    out = SHEET * SHEETS
    return place.adjusted(0, out, -out, 0)


def check_place(place: QRect, theme: Theme) -> QRect:
    """Return where the mark is that says whether a cell is chosen."""
    side = theme.px(CHECK)
    return QRect(place.left() + INSET, place.top() + INSET, side, side)


def paint_below(painter: QPainter, theme: Theme, place: QRect, cell: Cell) -> None:
    """Paint what lies under a cell and reaches beyond it: its shadow and its sheets."""
    top = top_of(place, cell)
    _paint_shadow(painter, theme, top)
    if top == place:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    for number, name in ((2, "track"), (1, "edge")):
        for out, colour in ((0, name), (1, "stage")):  # a gap around what lies on it
            nearer = number - out
            sheet = QRectF(top).translated(nearer * SHEET, -nearer * SHEET)
            painter.setBrush(theme.colour(colour))
            painter.drawRoundedRect(sheet.adjusted(-out, -out, out, out), RADIUS, RADIUS)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_cell(painter: QPainter, theme: Theme, faces: Faces, place: QRect, cell: Cell) -> None:
    """Paint a cell. The painter smooths edges; pen, brush and font are anything after it."""
    top = top_of(place, cell)
    ratio = painter.device().devicePixelRatioF()
    if cell.image is not None and not cell.image.isNull():
        size = QSize(round(top.width() * ratio), round(top.height() * ratio))
        painter.drawPixmap(top.topLeft(), faces.of(cell.key, cell.image, size, ratio))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        known = cell.colour is not None and cell.colour.isValid()
        painter.setBrush(cell.colour if known else theme.colour("well"))
        painter.drawRoundedRect(QRectF(top), RADIUS, RADIUS)
    if cell.broken:
        _paint_broken(painter, theme, top, cell.broken)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _paint_ring(painter, theme, top, cell)
    if cell.stars:
        _paint_stars(painter, theme, top, cell.stars)
    if cell.count > 1 and not cell.is_member:
        _paint_count(painter, theme, top, cell)
    if cell.share is not None:
        _paint_share(painter, top, cell.share)
    if cell.chosen or cell.offered:
        _paint_check(painter, theme, check_place(top, theme), chosen=cell.chosen)


def _paint_shadow(painter: QPainter, theme: Theme, top: QRect) -> None:
    """Paint a cell's shadow from one that is kept: one call, where patches take nine."""
    ratio = painter.device().devicePixelRatioF()
    shadow = _shadow(theme.tokens, top.width(), top.height(), ratio)
    painter.drawPixmap(top.left() - SHADOW_REACH, top.top() - SHADOW_REACH, shadow)


@lru_cache(maxsize=6)
def _shadow(tokens: ThemeTokens, width: int, height: int, ratio: float) -> QPixmap:
    """Return the shadow of a cell of this size: all cells but stacks are of one."""
    wide, high = width + 2 * SHADOW_REACH, height + 2 * SHADOW_REACH
    shadow = QPixmap(ceil(wide * ratio), ceil(high * ratio))
    shadow.setDevicePixelRatio(ratio)
    shadow.fill(Qt.GlobalColor.transparent)
    painter = QPainter(shadow)
    place = QRectF(SHADOW_REACH, SHADOW_REACH, width, height)
    paint_shadow(painter, tokens, place, RADIUS)
    painter.end()
    return shadow


def _face(image: QImage, size: QSize, ratio: float) -> QPixmap:
    if image.size() != size:
        image = image.scaled(
            size,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        beside = QRect(0, 0, size.width(), size.height())
        beside.moveCenter(image.rect().center())
        image = image.copy(beside)
    face = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(face)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    side = round(RADIUS * ratio)
    right, bottom = size.width() - side, size.height() - side
    corners = _corner(side)
    for x, y, left, top in (
        (0, 0, 0, 0),
        (right, 0, 1, 0),
        (0, bottom, 0, 1),
        (right, bottom, 1, 1),
    ):
        painter.drawPixmap(x, y, corners, left * side, top * side, side, side)
    painter.end()
    shown = QPixmap.fromImage(face)
    shown.setDevicePixelRatio(ratio)
    return shown


@lru_cache(maxsize=8)
def _corner(radius: int) -> QPixmap:
    """Return a disc: its four quarters say what is seen of a picture at its corners."""
    disc = QPixmap(2 * radius, 2 * radius)
    disc.fill(Qt.GlobalColor.transparent)
    painter = QPainter(disc)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(WHITE)
    painter.drawEllipse(0, 0, 2 * radius, 2 * radius)
    painter.end()
    return disc


def _paint_ring(painter: QPainter, theme: Theme, top: QRect, cell: Cell) -> None:
    """Mark a chosen cell by a gap and a ring, and the one that has the focus by a thin line."""
    if cell.chosen:
        _outline(painter, top, RING_GAP / 2, QPen(theme.colour("stage"), RING_GAP))
        _outline(painter, top, RING_GAP + RING / 2, QPen(theme.colour("accent"), RING))
        if cell.focused and cell.is_among:
            _outline(painter, top, -1.5, QPen(theme.colour("text"), 1, Qt.PenStyle.DotLine))
    elif cell.focused:
        _outline(painter, top, RING_GAP + 0.75, QPen(theme.colour("text"), 1.5))
    elif theme.tokens.name == "contrast":
        _outline(painter, top, 0.5, QPen(theme.colour("line"), 1))
    if cell.is_member or cell.is_open:
        pen = QPen(theme.colour("accent"), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        foot = top.bottom() + 6
        painter.drawLine(top.left() + RADIUS, foot, top.right() - RADIUS, foot)


def _outline(painter: QPainter, top: QRect, out: float, pen: QPen) -> None:
    painter.setPen(pen)
    around = QRectF(top).adjusted(-out, -out, out, out)
    painter.drawRoundedRect(around, RADIUS + out, RADIUS + out)


def _font(painter: QPainter, theme: Theme, size: int, *, bold: bool = False) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(theme.px(size))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def _pill(painter: QPainter, place: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PILL_GROUND)
    painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(WHITE)


def _paint_stars(painter: QPainter, theme: Theme, top: QRect, stars: int) -> None:
    """Say how many stars it has, in the lower left corner."""
    painter.setFont(_font(painter, theme, 12, bold=True))
    words, side = str(stars), theme.px(12)
    wide = side + 4 + painter.fontMetrics().horizontalAdvance(words) + 2 * PILL_ROOM
    high = theme.px(20)
    place = QRectF(top.left() + INSET, top.bottom() + 1 - INSET - high, wide, high)
    _pill(painter, place)
    star = QRectF(place.left() + PILL_ROOM, place.center().y() - side / 2, side, side)
    icon("star-filled", WHITE).paint(painter, star.toRect())
    painter.setPen(WHITE)
    text = place.adjusted(PILL_ROOM + side + 4, 0, 0, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)


def _paint_count(painter: QPainter, theme: Theme, top: QRect, cell: Cell) -> None:
    """Say how many a stack holds, in the lower right corner; an open one, that it closes."""
    painter.setFont(_font(painter, theme, 12, bold=True))
    words, high = str(cell.count), theme.px(20)
    wide = max(high, painter.fontMetrics().horizontalAdvance(words) + 1.6 * PILL_ROOM)
    right, bottom = top.right() + 1 - INSET, top.bottom() + 1 - INSET
    place = QRectF(right - wide, bottom - high, wide, high)
    _pill(painter, place)
    if cell.is_open:
        place.setLeft(place.right() - high)
        icon("chevron-left", WHITE).paint(painter, place.adjusted(3, 3, -3, -3).toRect())
    else:
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def _paint_share(painter: QPainter, top: QRect, share: float) -> None:
    """Show how far a picture in the making is, in the lower right corner."""
    place = QRectF(top.right() + 1 - INSET - 22, top.bottom() + 1 - INSET - 22, 22, 22)
    _pill(painter, place)
    ring = place.adjusted(5, 5, -5, -5)
    painter.setPen(QPen(QColor(255, 255, 255, 80), 2.2))
    painter.drawEllipse(ring)
    pen = QPen(WHITE, 2.2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawArc(ring, 90 * 16, -round(360 * 16 * share))


def _paint_check(painter: QPainter, theme: Theme, place: QRect, *, chosen: bool) -> None:
    painter.setPen(QPen(WHITE, RIM))
    painter.setBrush(theme.colour("accent") if chosen else PILL_GROUND)
    painter.drawEllipse(QRectF(place).adjusted(-1, -1, 1, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if chosen:
        tick = QPainterPath()
        left, top, side = place.left(), place.top(), place.width()
        for number, (x, y) in enumerate(((0.27, 0.52), (0.43, 0.68), (0.73, 0.35))):
            at = left + x * side, top + y * side
            tick.lineTo(*at) if number else tick.moveTo(*at)
        pen = QPen(theme.colour("on_accent"), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(tick)


def _paint_broken(painter: QPainter, theme: Theme, top: QRect, reason: str) -> None:
    """Say that a file is no picture, and why where there is room; hovering says it anyway."""
    painter.setFont(_font(painter, theme, 12))
    side, room = theme.px(24), top.adjusted(INSET, INSET, -INSET, -INSET)
    flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
    words = QFontMetrics(painter.font()).boundingRect(room, flags, reason)
    fits = words.height() + side + 8 <= room.height() and words.width() <= room.width()
    high = side + (8 + words.height() if fits else 0)
    above = room.top() + (room.height() - high) // 2
    colour = theme.colour("quiet")
    sign = QRect(room.center().x() - side // 2, above, side, side)
    icon("image-off", colour).paint(painter, sign)
    if fits:
        painter.setPen(colour)
        below = QRect(room.left(), above + side + 8, room.width(), words.height())
        painter.drawText(below, flags, reason)
