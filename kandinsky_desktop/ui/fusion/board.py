"""The board: cards on a ring around their fusion. The nearer a card, the more it weighs."""

from math import atan2, cos, pi, sin

from PySide6.QtCore import (
    QEasingCurve,
    QPoint,
    QPointF,
    QPropertyAnimation,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.board_editor import accessible_text
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.ui.fusion.card import HEIGHT, WIDTH, CardItem
from kandinsky_desktop.ui.image_scaling import upscaled
from kandinsky_desktop.ui.mime import DroppedImages, images_in, may_hold_images
from kandinsky_desktop.ui.theme import Theme

MIDDLE = 204.0  # side of the fusion's own picture
INNER, OUTER = (196.0, 184.0), (424.0, 262.0)  # half axes of the rings of heavy and light cards
HEAVIEST = 2.0  # the weight at the inner ring
STEP = 0.05  # of the wheel
MOVE_MS = 160
SCENE = QRectF(-500, -342, 1000, 684)


class BoardView(QGraphicsView):
    """Shows a board and emits what the user does on it."""

    weight_changed = Signal(int, float, bool)  # card, weight, whether it is to last
    edit_finished = Signal()  # the hand let go
    chosen = Signal(int)  # card; 0: none
    edited = Signal(int)  # a card was double-clicked
    dropped = Signal(object, int)  # ui.mime.DroppedImages, the card it was dropped on or 0
    embedding_dropped = Signal(object, int)  # likewise, with Alt held: what the picture means
    menu_requested = Signal(int, object)  # card, QPoint on the screen
    result_pressed = Signal(object)  # QPointF: where in the middle, as shares of its side
    result_menu_requested = Signal(object)  # QPoint on the screen
    measure_requested = Signal()  # what came through of the cards

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._board = Board()
        self._items: dict[int, CardItem] = {}
        self._angles: dict[int, float] = {}
        self._result: QPixmap | None = None
        self._doing = ""  # what the preview in the middle does
        self._share: float | None = None  # of it that is done; None: it does nothing
        self._target = False  # whether something hovers over it that can be dropped
        self._moves: dict[int, QPropertyAnimation] = {}
        scene = QGraphicsScene(SCENE, self)
        scene.selectionChanged.connect(self._on_selection)
        self.setScene(scene)
        self.setAcceptDrops(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Fusion board"))
        theme.changed.connect(self._repaint)

    @property
    def current(self) -> int:
        """The card that is chosen; 0 if none is."""
        for number, item in self._items.items():
            if item.isSelected():
                return number
        return 0

    @property
    def still(self) -> bool:
        """Whether no card is moving."""
        running = QPropertyAnimation.State.Running
        return all(move.state() is not running for move in self._moves.values())

    @property
    def preview_text(self) -> str:
        """The progress text of the preview in the centre; empty: there is no preview."""
        return self._doing

    def item_of(self, number: int) -> CardItem:
        """Return the item of a card."""
        return self._items[number]

    def show_board(self, board: Board) -> None:
        """Show another state of it; cards that stay glide to their places."""
        before, self._board = self._board, board
        shares, heard = board.shares, {card.id for card in board.heard}
        names = board.names
        for number in [number for number in self._items if board.card(number) is None]:
            self.scene().removeItem(self._items.pop(number))
            move = self._moves.pop(number, None)
            if move is not None:
                move.deleteLater()
        for card in board.cards:
            if card.id not in self._items:
                self._add(card.id)
            self._items[card.id].show_card(
                card, names[card.id], shares[card.id], heard=card.id in heard
            )
        if [card.id for card in before.cards] != [card.id for card in board.cards]:
            self._spread()
        for card in board.cards:
            if not self._items[card.id].held:
                self._glide(card.id)
        self._describe()
        self.viewport().update()

    def show_image(self, number: int, image: QImage | None) -> None:
        """Show a card's picture."""
        if number in self._items:
            self._items[number].show_image(image)

    def show_bars(self, bars: dict[int, SimilarityBar]) -> None:
        """Show the CLIP similarity of each card, by its id."""
        for number, item in self._items.items():
            item.show_bar(bars.get(number))
        self._describe()

    def show_result(self, image: QImage | None) -> None:
        """Show the fusion, or how it grows."""
        side = 2 * int(MIDDLE)  # enlarged once, and not at each move of a card
        self._result = None if image is None else upscaled(image, QSize(side, side))
        self.viewport().update()

    def show_live(self, doing: str, share: float | None) -> None:
        """Show the progress of a preview in the centre; an empty text means no preview."""
        self._doing, self._share = doing, share
        self.viewport().update()

    def choose(self, number: int) -> None:
        """Choose a card."""
        for one, item in self._items.items():
            item.setSelected(one == number)

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 520)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fitInView(SCENE, Qt.AspectRatioMode.KeepAspectRatio)

    @override
    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        theme = self._theme
        painter.fillRect(QRectF(-5000, -5000, 10000, 10000), theme.colour("stage"))
        if not self._board.cards:
            self._paint_invitation(painter)
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("line"), 1, Qt.PenStyle.DotLine))
        for across, down in (INNER, OUTER):
            painter.drawEllipse(QPointF(0, 0), across, down)
        shares = self._board.shares
        most = max((abs(share) for share in shares.values()), default=1.0) or 1.0
        for card in self._board.cards:
            item = self._items[card.id]
            colour = "danger" if card.weight < 0 else "accent"
            pen = QPen(theme.colour(colour if item.heard else "line"))
            pen.setWidthF(1 + 6 * abs(shares[card.id]) / most)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(0, 0), item.pos())
        self._paint_result(painter)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if may_hold_images(event.mimeData()):
            self._target = True
            self.viewport().update()
            event.acceptProposedAction()

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._target = False
        self.viewport().update()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._target = False
        dropped: DroppedImages = images_in(event.mimeData())
        item = self.itemAt(event.position().toPoint())
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        told = self.embedding_dropped if alt else self.dropped
        told.emit(dropped, item.card.id if isinstance(item, CardItem) else 0)
        event.acceptProposedAction()
        self.viewport().update()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.itemAt(event.pos())
        if isinstance(item, CardItem):
            self.choose(item.card.id)
            self.menu_requested.emit(item.card.id, event.globalPos())
        elif item is None and self._share_at(event.pos()) is not None:
            self.result_menu_requested.emit(event.globalPos())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        point = None if self.itemAt(here) else self._share_at(here)
        if point is not None and event.button() is Qt.MouseButton.LeftButton:
            self.result_pressed.emit(point)
        super().mousePressEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._items:
            self._step_to(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def _add(self, number: int) -> None:
        card = self._board.card(number)
        assert card is not None
        item = CardItem(self._theme, card)
        item.dragged.connect(self._on_drag)
        item.dropped.connect(self._on_drop)
        item.wheel_turned.connect(self._on_wheel)
        item.opened.connect(self.edited)
        item.measure_requested.connect(self.measure_requested)
        self.scene().addItem(item)
        self._items[number] = item

    def _spread(self) -> None:
        """Give each card its direction: two face each other, more stand around."""
        numbers = [card.id for card in self._board.cards]
        first = pi if len(numbers) == 2 else -pi / 2
        for place, number in enumerate(numbers):
            self._angles[number] = first + 2 * pi * place / len(numbers)

    def _place(self, number: int) -> QPointF:
        card = self._board.card(number)
        assert card is not None
        return place_of(card.weight, self._angles[number])

    def _glide(self, number: int) -> None:
        item, place = self._items[number], self._place(number)
        if not self._theme.motion or not self.isVisible() or item.pos().isNull():
            item.setPos(place)
            return
        if item.pos() == place:
            return
        move = QPropertyAnimation(item, b"pos", self)
        move.setDuration(MOVE_MS)
        move.setEasingCurve(QEasingCurve.Type.OutCubic)
        move.setEndValue(place)
        move.valueChanged.connect(self.viewport().update)
        old = self._moves.get(number)
        if old is not None:
            old.stop()
            old.deleteLater()
        self._moves[number] = move
        move.start()

    def _on_drag(self, number: int, point: QPointF) -> None:
        item = self._items[number]
        item.setPos(point)
        weight, self._angles[number] = weight_at(point)
        card = self._board.card(number)
        assert card is not None
        self.weight_changed.emit(number, -weight if card.weight < 0 else weight, False)

    def _on_drop(self, number: int) -> None:
        self.edit_finished.emit()
        if number in self._items:
            self._glide(number)

    def _on_wheel(self, number: int, notches: int) -> None:
        card = self._board.card(number)
        if card is not None:
            self.weight_changed.emit(number, stepped(card.weight, notches * STEP), True)

    def _on_selection(self) -> None:
        self.chosen.emit(self.current)
        self._describe()

    def _step_to(self, by: int) -> None:
        numbers = [card.id for card in self._board.cards]
        place = numbers.index(self.current) + by if self.current in numbers else 0
        self.choose(numbers[place % len(numbers)])

    def _describe(self) -> None:
        if self.current:
            bar = self._items[self.current].bar
            said = accessible_text(self._board, self.current)
            self.setAccessibleDescription(said if bar is None else f"{said}, {bar.accessible_text}")
        else:
            self.setAccessibleDescription(self._board.formula or _("Empty: drop two pictures"))

    def _repaint(self) -> None:
        for item in self._items.values():
            item.update()
        self.viewport().update()

    def _share_at(self, point: QPoint) -> QPointF | None:
        """Return where in the middle a point of the viewport is, 0 to 1; None if it is not."""
        there = self.mapToScene(point)
        across, down = there.x() / MIDDLE + 0.5, there.y() / MIDDLE + 0.5
        inside = 0 <= across < 1 and 0 <= down < 1 and self._result is not None
        return QPointF(across, down) if inside and self._board.cards else None

    def _paint_invitation(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setPen(
            QPen(theme.colour("accent" if self._target else "quiet"), 2, Qt.PenStyle.DashLine)
        )
        for x in (-150, 150):
            frame = QRectF(x - WIDTH * 0.7, -HEIGHT * 0.9, WIDTH * 1.4, HEIGHT * 1.4)
            painter.drawRoundedRect(frame, 12, 12)
        font = QFont(self.font())
        font.setPixelSize(theme.px(22))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        painter.drawText(
            QRectF(-400, 112, 800, 40), Qt.AlignmentFlag.AlignCenter, _("Drop two pictures")
        )
        font.setPixelSize(theme.px(14))
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(theme.colour("quiet"))
        painter.drawText(
            QRectF(-400, 154, 800, 30),
            Qt.AlignmentFlag.AlignCenter,
            _("from the strip below or from anywhere, or type words and press Enter"),
        )
        font.setPixelSize(28)
        painter.setFont(font)
        painter.drawText(QRectF(-30, -60, 60, 60), Qt.AlignmentFlag.AlignCenter, "+")

    def _paint_result(self, painter: QPainter) -> None:
        theme = self._theme
        place = QRectF(-MIDDLE / 2, -MIDDLE / 2, MIDDLE, MIDDLE)
        frame = QPainterPath()
        frame.addRoundedRect(place, 10, 10)
        painter.fillPath(frame, theme.colour("panel"))
        if self._result is not None:
            painter.save()
            painter.setClipPath(frame)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            pixmap = self._result
            side = min(pixmap.width(), pixmap.height())
            source = QRectF(0, 0, side, side)
            source.moveCenter(QRectF(pixmap.rect()).center())
            painter.drawPixmap(place, pixmap, source)
            painter.restore()
        else:
            painter.setPen(theme.colour("quiet"))
            font = QFont(self.font())
            font.setPixelSize(13)
            painter.setFont(font)
            words = _("Their fusion appears here")
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
        painter.setPen(QPen(theme.colour("accent" if self._target else "line"), 1.2))
        painter.drawPath(frame)
        self._paint_doing(painter, place)

    def _paint_doing(self, painter: QPainter, place: QRectF) -> None:
        """Draw the preview's progress text in the corner and its progress around the edge."""
        if self._share is not None:
            around = QPainterPath()
            around.addRoundedRect(place.adjusted(-5, -5, 5, 5), 14, 14)
            pen = QPen(self._theme.colour("accent"), 2.4)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPolyline(_first_part(around, self._share))
        if not self._doing:
            return
        font = QFont(self.font())
        font.setPixelSize(self._theme.px(12))
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(self._doing) + 16
        label = QRectF(place.left() + 8, place.bottom() - 30, min(wide, place.width() - 16), 22)
        shade = QColor("#000000")
        shade.setAlphaF(0.6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawRoundedRect(label, 6, 6)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, self._doing)


def _first_part(path: QPainterPath, share: float) -> QPolygonF:
    """Return so much of a closed path, clockwise from the middle of its top."""
    points = [path.pointAtPercent(step / 200) for step in range(201)]
    top = min(range(200), key=lambda step: (round(points[step].y()), abs(points[step].x())))
    turned = points[top:-1] + points[: top + 1]
    if turned[1].x() < turned[0].x():
        turned.reverse()
    return QPolygonF(turned[: max(2, round(share * 200) + 1)])


def place_of(weight: float, angle: float) -> QPointF:
    """Return the position of a card by weight and direction: the heavier, the nearer."""
    light = 1 - min(abs(weight), HEAVIEST) / HEAVIEST
    across, down = _axes(light)
    return QPointF(across * cos(angle), down * sin(angle))


def weight_at(point: QPointF) -> tuple[float, float]:
    """Return the weight and direction of a card at a position: the inverse of `place_of`."""

    def outside(light: float) -> bool:
        across, down = _axes(light)
        return (point.x() / across) ** 2 + (point.y() / down) ** 2 > 1

    low, high = 0.0, 1.0
    for _halving in range(20):  # the rings lie one in the other, so that halving finds the one
        middle = (low + high) / 2
        low, high = (middle, high) if outside(middle) else (low, middle)
    across, down = _axes(low)
    return round((1 - low) * HEAVIEST, 2), atan2(point.y() / down, point.x() / across)


def _axes(light: float) -> tuple[float, float]:
    return (
        INNER[0] + (OUTER[0] - INNER[0]) * light,
        INNER[1] + (OUTER[1] - INNER[1]) * light,
    )


def stepped(weight: float, by: float) -> float:
    """Return a weight changed by a step, without the crumbs of binary fractions."""
    return round(weight + by, 2)


def screen_point(view: BoardView, number: int) -> QPoint:
    """Return where a card is, in the viewport; for tests and for menus."""
    return view.mapFromScene(view.item_of(number).pos())
