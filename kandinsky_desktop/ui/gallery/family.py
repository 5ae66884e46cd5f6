"""The family of a picture, as one that can be walked: what it came from, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import paint_square
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import PILL_GROUND

RADIUS = 6
MOST = 4  # tiles in a column; the last one stands for the rest
RING_GAP, RING = 2, 2


@dataclass(frozen=True, slots=True)
class Relative:
    """A picture of the family."""

    picture: int | None  # its id; None: it is not in the library
    title: str  # what it was to the other, or what it is
    count: int = 1  # of the pictures that it stands for


class FamilyView(QWidget):
    """Parents at the left, the picture in the middle, children at the right, with lines between."""

    chosen = Signal(object)  # int: the id of a picture to go to

    def __init__(
        self, theme: Theme, *, side: int, middle: int, parent: QWidget | None = None
    ) -> None:
        """`side` is that of parents and children, `middle` that of the picture between them."""
        super().__init__(parent)
        self._theme, self._side, self._middle = theme, side, middle
        self._gap = max(10, side // 4)
        self._image_of: Callable[[int], QImage | None] = lambda picture: None
        self._me: FamilyTile | None = None
        self._parents: list[FamilyTile] = []
        self._children: list[FamilyTile] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
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
        for tile in (*self.tiles, *([self._me] if self._me else [])):
            tile.hide()
            tile.deleteLater()
        self._image_of = image_of
        self._parents = [self._tile(one) for one in _shortened(parents)]
        self._children = [self._tile(one) for one in _shortened(children)]
        self._me = self._tile(me, is_me=True)
        self.updateGeometry()
        self._lay()

    def refresh(self) -> None:
        """Paint images that came anew."""
        for tile in self.findChildren(FamilyTile):
            tile.update()

    @override
    def sizeHint(self) -> QSize:
        rows = max(1, len(self._parents), len(self._children))
        high = max(rows * (self._side + self._gap) - self._gap, self._middle)
        return QSize(3 * self._side, high + 2 * (RING_GAP + RING))

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
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
        picture = one.picture
        if picture is not None and not is_me:
            tile.clicked.connect(lambda: self.chosen.emit(picture))
        tile.show()
        return tile

    def _image(self, picture: int) -> QImage | None:
        return self._image_of(picture)

    def _lay(self) -> None:
        high, wide = self.height(), self.width()
        for tiles, left in ((self._parents, 0), (self._children, wide - self._side)):
            whole = len(tiles) * (self._side + self._gap) - self._gap
            top = (high - whole) // 2
            for number, tile in enumerate(tiles):
                y = top + number * (self._side + self._gap)
                tile.setGeometry(QRect(left, y, self._side, self._side))
        if self._me is not None:
            out = RING_GAP + RING
            side = self._middle + 2 * out
            self._me.setGeometry((wide - side) // 2, (high - side) // 2, side, side)
        self.update()


class FamilyTile(QAbstractButton):
    """One picture of a family; the one in the middle has a ring and leads nowhere."""

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
        there = relative.picture is not None
        words = relative.title
        if relative.count > 1:
            number = ngettext("{n} picture", "{n} pictures", relative.count)
            words = f"{words}, {number.format(n=relative.count)}"
        if not there:
            words = _("{title}: not in the library").format(title=words)
        self.setAccessibleName(words or _("Picture"))
        self.setToolTip(words[:1].upper() + words[1:])
        self.setEnabled(there and not is_me)
        if self.isEnabled():
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @override
    def sizeHint(self) -> QSize:
        return self.size()

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


def _shortened(relatives: Sequence[Relative]) -> list[Relative]:
    """Return as many as there is room for; the last one stands for all that are left."""
    if len(relatives) <= MOST:
        return list(relatives)
    rest = relatives[MOST - 1 :]
    count = sum(one.count for one in rest)
    return [*relatives[: MOST - 1], Relative(rest[0].picture, rest[0].title, count)]
