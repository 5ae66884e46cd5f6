"""A pad on which two, three or four cards are weighed against each other with one point.

Two: a line; three: a triangle, by barycentric coordinates; four: a square, bilinear. Its corners
lie as the cards do on the board, and it is as high for any number of them.
"""

from itertools import permutations
from math import cos, sin

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme

MARGIN = 14.0
HIGH_MARGIN = 22  # above and below, where names stand
HEIGHT = 136
KEY_STEP = 0.02
SLOTS = ((-1, -1), (1, -1), (-1, 1), (1, 1))  # corners across and down, as four are weighed


class WeightPad(QWidget):
    """Shows the weights of a few cards as a point; of another number of them it says why not."""

    weights_changed = Signal(object, bool)  # {card: weight}, whether it is to last
    edit_finished = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._numbers: tuple[int, ...] = ()  # in the order of their corners
        self._slots: tuple[int, ...] = ()  # the corner of each; of two: left and right
        self._shares: tuple[float, ...] = ()
        self._names: tuple[str, ...] = ()
        self._held = False  # the hand has the point: the corners stay where they are
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Balance of the cards"))
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def corners(self) -> dict[int, QPointF]:
        """Where the corner of each card is, by its id."""
        return dict(zip(self._numbers, self._corners(), strict=True))

    def show_board(self, board: Board, titles: dict[int, str], angles: dict[int, float]) -> None:
        """Show the cards that count; locked or subtracted ones have no place on a pad."""
        cards = [card for card in board.heard if card.weight >= 0 and not card.locked]
        fits = 2 <= len(cards) <= 4 and len(cards) == len(board.heard)
        numbers = [card.id for card in cards] if fits else []
        if self._held and set(numbers) != set(self._numbers):
            return
        if not self._held:
            slots = slots_for([angles.get(number, 0.0) for number in numbers])
            both = sorted(zip(slots, numbers, strict=True))
            self._slots = tuple(slot for slot, _number in both)
            self._numbers = tuple(number for _slot, number in both)
        weights = {card.id: card.weight for card in cards}
        total = sum(weights.values()) or 1.0
        self._shares = tuple(weights[number] / total for number in self._numbers)
        self._names = tuple(titles.get(number, "") for number in self._numbers)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if fits else Qt.FocusPolicy.NoFocus)
        said = zip(self._names, self._shares, strict=True)
        self.setAccessibleDescription(
            ", ".join(f"{name} {in_percent(share)}" for name, share in said)
        )
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(240, self._theme.px(HEIGHT))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corners = self._corners()
        if not corners:
            painter.setPen(theme.colour("quiet"))
            wrap = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            words = _("Two to four cards that are added and not locked are balanced here.")
            painter.drawText(self.rect().adjusted(8, 0, -8, 0), wrap, words)
            return
        painter.setPen(QPen(theme.colour("track"), 2))
        painter.setBrush(theme.colour("raised"))
        ring = [corners[0], corners[1], corners[3], corners[2]] if len(corners) == 4 else corners
        painter.drawPolygon(QPolygonF(ring))
        painter.setBrush(theme.colour("quiet"))
        painter.setPen(Qt.PenStyle.NoPen)
        for corner in corners:
            painter.drawEllipse(corner, 4, 4)
        self._paint_names(painter, corners)
        point = self._point()
        painter.setPen(QPen(theme.colour("on_accent"), 2))
        painter.setBrush(theme.colour("accent"))
        painter.drawEllipse(point, 9, 9)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._held = True
            self._take(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._take(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held and event.button() is Qt.MouseButton.LeftButton:
            self._held = False
            self.edit_finished.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or not self._numbers:
            super().keyPressEvent(event)
            return
        step = KEY_STEP * (self.width() - 2 * MARGIN)
        self._take(self._point() + QPointF(move[0] * step, move[1] * step))
        self.edit_finished.emit()

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(HEIGHT))

    def _corners(self) -> list[QPointF]:
        left, right = MARGIN, self.width() - MARGIN
        margin = self._theme.px(HIGH_MARGIN)
        top, bottom = margin, self.height() - margin
        if len(self._slots) == 2:
            return [QPointF(left, self.height() / 2), QPointF(right, self.height() / 2)]
        sides = (SLOTS[slot] for slot in self._slots)
        return [QPointF(left if x < 0 else right, top if y < 0 else bottom) for x, y in sides]

    def _point(self) -> QPointF:
        corners, shares = self._corners(), self._shares
        if not any(shares):  # none weighs anything: it is in the middle
            shares = (1 / max(1, len(corners)),) * len(corners)
        point = QPointF(0, 0)
        for corner, share in zip(corners, shares, strict=True):
            point += corner * share
        return point

    def _paint_names(self, painter: QPainter, corners: list[QPointF]) -> None:
        font, high = self.font(), self._theme.px(16)
        font.setPixelSize(self._theme.px(12))
        painter.setFont(font)
        painter.setPen(self._theme.colour("quiet"))
        half = self.width() / 2
        for corner, name in zip(corners, self._names, strict=True):
            left, upper = corner.x() < half, corner.y() < self.height() / 2 - 1
            words = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, int(half - MARGIN - 8)
            )
            top = corner.y() - high - 5 if upper else corner.y() + 5
            if len(corners) == 2:
                top += 6
            place = QRectF(MARGIN - 6 if left else half, top, half - MARGIN + 6, high)
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, words)

    def _take(self, at: QPointF) -> None:
        if self._numbers:
            shares = shares_at(at, self._corners())
            weights = dict(zip(self._numbers, shares, strict=True))
            self.weights_changed.emit(weights, False)


def slots_for(angles: list[float]) -> tuple[int, ...]:
    """Return the corner for each direction, so that together they turn as little as can be.

    Of two, 0 is the left end of the line and 1 the right one.
    """
    if len(angles) == 2:
        return (0, 1) if cos(angles[0]) <= cos(angles[1]) else (1, 0)

    def turned(slots: tuple[int, ...]) -> float:
        return -sum(
            cos(angle) * SLOTS[slot][0] + sin(angle) * SLOTS[slot][1]
            for angle, slot in zip(angles, slots, strict=True)
        )

    return min(permutations(range(4), len(angles)), key=turned) if len(angles) <= 4 else ()


def shares_at(at: QPointF, corners: list[QPointF]) -> list[float]:
    """Return the share of each corner in a point: they sum to 1, and none is below 0."""
    if len(corners) == 2:
        way = (at.x() - corners[0].x()) / max(1.0, corners[1].x() - corners[0].x())
        way = min(1.0, max(0.0, way))
        return [round(1 - way, 3), round(way, 3)]
    if len(corners) == 4:
        across = (at.x() - corners[0].x()) / max(1.0, corners[1].x() - corners[0].x())
        down = (at.y() - corners[0].y()) / max(1.0, corners[2].y() - corners[0].y())
        u, v = min(1.0, max(0.0, across)), min(1.0, max(0.0, down))
        parts = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v]
        return [round(part, 3) for part in parts]
    a, b, c = corners
    whole = (b.y() - c.y()) * (a.x() - c.x()) + (c.x() - b.x()) * (a.y() - c.y())
    one = ((b.y() - c.y()) * (at.x() - c.x()) + (c.x() - b.x()) * (at.y() - c.y())) / whole
    two = ((c.y() - a.y()) * (at.x() - c.x()) + (a.x() - c.x()) * (at.y() - c.y())) / whole
    parts = [max(0.0, part) for part in (one, two, 1 - one - two)]
    total = sum(parts) or 1.0
    return [round(part / total, 3) for part in parts]
