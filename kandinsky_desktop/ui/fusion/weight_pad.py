"""A pad on which two, three or four cards are weighed against each other with one point.

Two: a line; three: a triangle, by barycentric coordinates; four: a square, bilinear.
"""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme

MARGIN = 14.0
HIGH_MARGIN = 22.0  # above and below, where names stand
KEY_STEP = 0.02


class WeightPad(QWidget):
    """Shows the weights of a few cards as a point; hidden for any other number of them."""

    weights_changed = Signal(object, bool)  # {card: weight}, whether it is to last
    edit_finished = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._numbers: tuple[int, ...] = ()
        self._shares: tuple[float, ...] = ()
        self._names: tuple[str, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Balance of the cards"))
        theme.changed.connect(self.update)

    def show_board(self, board: Board) -> None:
        """Show the cards that count; locked or subtracted ones have no place on a pad."""
        cards = [card for card in board.heard if card.weight >= 0 and not card.locked]
        fits = 2 <= len(cards) <= 4 and len(cards) == len(board.heard)
        self._numbers = tuple(card.id for card in cards) if fits else ()
        total = sum(card.weight for card in cards) or 1.0
        self._shares = tuple(card.weight / total for card in cards) if fits else ()
        names = board.names
        self._names = tuple(names[card.id] for card in cards) if fits else ()
        self.setVisible(fits)
        self.setFixedHeight(54 if len(self._numbers) == 2 else 176)
        said = zip(self._names, self._shares, strict=True)
        self.setAccessibleDescription(", ".join(f"{name} {share:.0%}" for name, share in said))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(240, 170)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corners = self._corners()
        if not corners:
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
        self._take(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._take(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
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

    def _corners(self) -> list[QPointF]:
        left, right = MARGIN, self.width() - MARGIN
        top, bottom = HIGH_MARGIN, self.height() - HIGH_MARGIN
        middle = self.height() / 2 - 10  # a line leaves room for the names under it
        match len(self._numbers):
            case 2:
                return [QPointF(left, middle), QPointF(right, middle)]
            case 3:
                return [
                    QPointF(self.width() / 2, top),
                    QPointF(right, bottom),
                    QPointF(left, bottom),
                ]
            case 4:
                return [
                    QPointF(left, top),
                    QPointF(right, top),
                    QPointF(left, bottom),
                    QPointF(right, bottom),
                ]
            case _:
                return []

    def _point(self) -> QPointF:
        point = QPointF(0, 0)
        for corner, share in zip(self._corners(), self._shares, strict=True):
            point += corner * share
        return point

    def _paint_names(self, painter: QPainter, corners: list[QPointF]) -> None:
        font = self.font()
        font.setPixelSize(self._theme.px(11))
        painter.setFont(font)
        painter.setPen(self._theme.colour("quiet"))
        half = self.width() / 2
        for corner, name in zip(corners, self._names, strict=True):
            left = corner.x() < half - 1
            middle = abs(corner.x() - half) <= 1
            words = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, int(half - MARGIN - 8)
            )
            x = corner.x() + 10 if middle else (2 if left else half)
            place = QRectF(x, corner.y() + (10 if len(corners) == 2 else -8), half - 4, 16)
            side = Qt.AlignmentFlag.AlignLeft if left or middle else Qt.AlignmentFlag.AlignRight
            if len(corners) > 2 and not middle:  # above the upper line, below the lower one
                upper = corner.y() < self.height() / 2
                place.translate(6 if left else -6, -11 if upper else 13)
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, words)

    def _take(self, at: QPointF) -> None:
        if self._numbers:
            shares = shares_at(at, self._corners())
            weights = dict(zip(self._numbers, shares, strict=True))
            self.weights_changed.emit(weights, False)


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
