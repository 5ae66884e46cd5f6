"""The family of a picture, as one that can be walked: what it came from, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import paint_square
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import PILL_GROUND

RADIUS = 6
MOST = 4  # tiles in a column; the last one stands for the rest, and leads on to them
LEAST = 2  # likewise, where there is little room
CAPTION = 20  # height of the words under a tile, in unscaled pixels
WAYS = {  # which way a key leads: to a column, or along it
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
RING_GAP, RING = 2, 2


@dataclass(frozen=True, slots=True)
class Relative:
    """A picture of the family."""

    picture: int | None  # its id; None: it is not in the library
    title: str  # what it was to the other, or what it is
    count: int = 1  # of the pictures that it stands for


class FamilyView(QWidget):
    """Parents at the left, the picture in the middle, children at the right, with lines between.

    Arrows lead from one relative to another, Enter and Space go to it. Then those that are next in
    the same direction have the focus, so that one key leads on from generation to generation.
    """

    chosen = Signal(object)  # int: the id of a picture to go to

    def __init__(
        self,
        theme: Theme,
        *,
        side: int,
        middle: int,
        captions: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`side` is that of parents and children, `middle` that of the picture between them."""
        super().__init__(parent)
        self._theme, self._side, self._middle = theme, side, middle
        self._gap = max(10, side // 4)
        self._caption = theme.px(CAPTION) if captions else 0
        self._way = 1  # the column that was gone to last: -1 parents, 1 children
        self._relatives: tuple[Sequence[Relative], Sequence[Relative]] = ((), ())
        self._first = [0, 0]  # of each column that is shown
        self._most = MOST  # tiles in a column, as there is room
        self._image_of: Callable[[int], QImage | None] = lambda picture: None
        self._me: FamilyTile | None = None
        self._parents: list[FamilyTile] = []
        self._children: list[FamilyTile] = []
        shrinks = QSizePolicy.Policy.Preferred if captions else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Expanding, shrinks)
        self.setAccessibleName(_("Family"))

    @property
    def tiles(self) -> list["FamilyTile"]:
        """All that can be gone to."""
        return [*self._parents, *self._children]

    def show_family(
        self,
        parents: Sequence[Relative],
        me: Relative,
        children: Sequence[Relative],
        image_of: Callable[[int], QImage | None],
    ) -> None:
        """Show a picture with its nearest."""
        same = self._me is not None and self._me.relative.picture == me.picture
        if not same:
            self._first = [0, 0]
        self._image_of, self._relatives = image_of, (parents, children)
        self._build(me, keep=same)

    def take_focus(self) -> bool:
        """Let the keys lead on from here: first the way that was gone before; whether they can."""
        columns = (self._children, self._parents)
        for column in columns if self._way > 0 else reversed(columns):
            tile = next((one for one in column if one.isEnabled()), None)
            if tile is not None:
                tile.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False

    def _build(self, me: Relative, *, keep: bool) -> None:
        """Make the tiles; `keep` says that the focus stays on the same relative."""
        focused = next((tile for tile in self.tiles if tile.hasFocus()), None)
        for tile in (*self.tiles, *([self._me] if self._me else [])):
            tile.hide()
            tile.deleteLater()
        columns = zip(self._relatives, self._first, strict=True)
        shown = [_part(relatives, first, self._most) for relatives, first in columns]
        self._parents, self._children = ([self._tile(one) for one in part] for part in shown)
        self._me = self._tile(me, is_me=True)
        self.updateGeometry()
        self._lay()
        if focused is None:
            return
        held = next((one for one in self.tiles if one.relative == focused.relative), None)
        if keep and held is not None:
            held.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.take_focus()

    def _go(self, tile: "FamilyTile") -> None:
        """Go to a relative, or show those that a tile stands for."""
        column = int(tile in self._children)
        self._way = 1 if column else -1
        if tile.relative.count > 1:
            last = len(self._relatives[column])
            self._first[column] = (self._first[column] + self._most - 1) % last
            assert self._me is not None
            self._build(self._me.relative, keep=False)
        elif tile.relative.picture is not None:
            self.chosen.emit(tile.relative.picture)

    def _lead(self, tile: "FamilyTile", key: Qt.Key) -> None:
        """Give the focus to the relative that lies in a direction."""
        across, along = WAYS[key]
        here, other = self._parents, self._children
        if tile in self._children:
            here, other = other, here
        at = here.index(tile)
        if along:
            row = [one for one in here[::along] if one.isEnabled()]
            target = row[row.index(tile) + 1 :][:1]
        elif (across > 0) is (other is self._children):
            row = [one for one in other if one.isEnabled()]
            target = sorted(row, key=lambda one: abs(other.index(one) - at))[:1]
        else:
            target = []
        if target:
            target[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Paint images that came anew."""
        for tile in self.findChildren(FamilyTile):
            tile.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(3 * self._side, self._high(MOST))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(3 * self._side, self._high(LEAST if self._caption else MOST))

    def _high(self, most: int) -> int:
        """Return how high it is with so many tiles in a column, or fewer if there are fewer."""
        rows = max(1, *(min(most, len(relatives)) for relatives in self._relatives))
        tiles = rows * self._step - self._gap
        return max(tiles, self._middle) + 2 * (RING_GAP + RING)

    @property
    def _step(self) -> int:
        return self._side + self._caption + self._gap

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        most = min(MOST, max(LEAST, (self.height() + self._gap) // self._step))
        if self._caption and most != self._most and self._me is not None:
            self._most, self._first = most, [0, 0]
            self._build(self._me.relative, keep=True)
        self._lay()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._me is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        me = QRectF(self._me.geometry())
        for tile in self._parents:
            self._line(painter, QRectF(tile.geometry()), me, "accent")
        for tile in self._children:
            self._line(painter, me, QRectF(tile.geometry()), "ring")

        if self._caption:
            self._paint_captions(painter)

    def _paint_captions(self, painter: QPainter) -> None:
        painter.setPen(self._theme.colour("quiet"))
        metrics, over = painter.fontMetrics(), self._gap
        for tile in self.tiles:
            place = QRect(tile.geometry())
            place.adjust(-over, 0, over, 0)
            place.moveTop(tile.geometry().bottom() + 4)
            place.setHeight(self._caption)
            words = tile.words_in(metrics, place.width())
            where = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(place, where, words)

    def _line(self, painter: QPainter, left: QRectF, right: QRectF, colour: str) -> None:
        start = QPointF(left.right(), left.center().y())
        end = QPointF(right.left(), right.center().y())
        along = (end.x() - start.x()) / 2
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(along, 0), end - QPointF(along, 0), end)
        painter.setPen(QPen(self._theme.colour(colour), 2 if colour == "accent" else 1.5))
        painter.drawPath(path)

    def _tile(self, one: Relative, *, is_me: bool = False) -> "FamilyTile":
        tile = FamilyTile(self._theme, one, self._image, self, is_me=is_me)
        tile.clicked.connect(lambda: self._go(tile))
        tile.led.connect(lambda key: self._lead(tile, key))
        tile.show()
        return tile

    def _image(self, picture: int) -> QImage | None:
        return self._image_of(picture)

    def _lay(self) -> None:
        high, wide = self.height(), self.width()
        step, inset = self._step, self._gap if self._caption else 0
        ends = (self._parents, inset), (self._children, wide - self._side - inset)
        for tiles, left in ends:
            top = (high - len(tiles) * step + self._gap) // 2
            for number, tile in enumerate(tiles):
                tile.setGeometry(QRect(left, top + number * step, self._side, self._side))
        if self._me is not None:
            out = RING_GAP + RING
            side = self._middle + 2 * out
            self._me.setGeometry((wide - side) // 2, (high - side) // 2, side, side)
        self.update()


class FamilyTile(QAbstractButton):
    """One picture of a family; the one in the middle has a ring and leads nowhere."""

    led = Signal(object)  # Qt.Key: an arrow

    def __init__(
        self,
        theme: Theme,
        relative: Relative,
        image_of: Callable[[int], QImage | None],
        parent: QWidget,
        *,
        is_me: bool,
    ) -> None:
        super().__init__(parent)
        self._theme, self.relative, self._image_of, self._is_me = theme, relative, image_of, is_me
        title = relative.title
        if relative.count > 1:
            title = ngettext("{n} more", "{n} more", relative.count).format(n=relative.count)
        # one that stands for others leads to them, wherever the first of those is
        self._title, self._there = title, relative.picture is not None or relative.count > 1
        words = self._said(title)
        self.setAccessibleName(words or _("Picture"))
        self.setToolTip(plain_tip(words[:1].upper() + words[1:]))
        self.setEnabled(self._there and not is_me)
        if self.isEnabled():
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def words_in(self, metrics: QFontMetrics, wide: int) -> str:
        """Return what it is in so many pixels: that it is not in the library is not cut off."""
        title = self._title[:1].upper() + self._title[1:]
        beside = metrics.horizontalAdvance(self._said("")) if not self._there else 0
        return self._said(metrics.elidedText(title, Qt.TextElideMode.ElideRight, wide - beside))

    def _said(self, title: str) -> str:
        return title if self._there else _("{title}: not in the library").format(title=title)

    @override
    def sizeHint(self) -> QSize:
        return self.size()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self.click()
        elif event.key() in WAYS:
            self.led.emit(Qt.Key(event.key()))
        else:
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        over = event.type() is QEvent.Type.ShortcutOverride
        if over and isinstance(event, QKeyEvent) and event.key() in (*ENTER, *WAYS):
            event.accept()  # before the window hears it as a shortcut
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        out = RING_GAP + RING if self._is_me else 0
        place = QRectF(self.rect()).adjusted(out, out, -out, -out)
        shape = QPainterPath()
        shape.addRoundedRect(place, RADIUS, RADIUS)
        painter.fillPath(shape, theme.colour("well"))
        picture = self.relative.picture
        image = None if picture is None else self._image_of(picture)
        if image is not None and not image.isNull():
            paint_square(painter, image, place, shape)
        elif picture is None:
            side = theme.px(18)
            sign = QRectF(0, 0, side, side)
            sign.moveCenter(place.center())
            icon("image-off", theme.colour("quiet")).paint(painter, sign.toRect())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._is_me:
            ring = place.adjusted(-RING_GAP - 1, -RING_GAP - 1, RING_GAP + 1, RING_GAP + 1)
            painter.setPen(QPen(theme.colour("accent"), RING))
            painter.drawRoundedRect(ring, RADIUS + 3, RADIUS + 3)
        elif self.hasFocus() or (self.underMouse() and self.isEnabled()):
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        else:
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if self.relative.count > 1:
            self._paint_count(painter, place)

    def _paint_count(self, painter: QPainter, place: QRectF) -> None:
        font = QFont(painter.font())
        font.setPixelSize(self._theme.px(11))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        words, high = str(self.relative.count), self._theme.px(16)
        wide = max(high, painter.fontMetrics().horizontalAdvance(words) + 10)
        pill = QRectF(place.right() - wide - 2, place.bottom() - high - 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PILL_GROUND)
        painter.drawRoundedRect(pill, high / 2, high / 2)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)


def _part(relatives: Sequence[Relative], first: int, most: int) -> list[Relative]:
    """Return so many, from one on; the last one stands for all others."""
    if len(relatives) <= most:
        return list(relatives)
    part = relatives[first : first + most - 1]
    rest = [*relatives[first + most - 1 :], *relatives[:first]]
    return [*part, Relative(rest[0].picture, rest[0].title, len(rest))]
