"""A card on the board: a picture or words, its weight, and its line to the middle."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTextOption,
)
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QGraphicsSceneWheelEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from kandinsky_desktop.domain.board import Card
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Prompt
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.ui.image_scaling import upscaled
from kandinsky_desktop.ui.theme import Theme

WIDTH, HEIGHT, FOOT = 116, 140, 26
BAR = 20  # height of what came through, over the foot
RADIUS = 8


class CardItem(QGraphicsObject):
    """Shows a card and emits what the user does with it."""

    dragged = Signal(int, QPointF)  # its number, where its middle is now
    dropped = Signal(int)
    wheel_turned = Signal(int, int)  # wheel notches
    opened = Signal(int)  # double-clicked
    menu_requested = Signal(int, object)  # QPoint on the screen
    measure_requested = Signal()

    def __init__(self, theme: Theme, card: Card) -> None:
        super().__init__()
        self._theme, self.card = theme, card
        self._share = 0.0
        self._image: int | None = None  # the key of the picture it shows
        self._pixmap: QPixmap | None = None
        self._grip: QPointF | None = None
        self._moving = False  # the hand has gone farther than one that only clicks
        self._hovered = False
        self._name = ""
        self.bar: SimilarityBar | None = None  # what came through of it; None: that is not asked
        self.heard = True
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsFocusable)
        self.setAcceptHoverEvents(True)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setZValue(1)

    @property
    def held(self) -> bool:
        """Whether it is being dragged."""
        return self._grip is not None

    def show_card(self, card: Card, name: str, share: float, *, heard: bool) -> None:
        """Show another state of it, perhaps with something else on it."""
        if card.source != self.card.source:
            self._image = self._pixmap = None
        self.card, self._share, self.heard = card, share, heard
        self._name = name
        self._describe()
        self.update()

    def show_bar(self, bar: SimilarityBar | None) -> None:
        """Show its CLIP similarity."""
        if bar != self.bar:
            self.bar = bar
            self._describe()
            self.update()

    @property
    def bar_place(self) -> QRectF:
        """Where its bar is, in its own coordinates."""
        frame = _frame()
        return QRectF(frame.left(), frame.bottom() - FOOT - BAR, frame.width(), BAR)

    def show_image(self, image: QImage | None) -> None:
        """Show its picture, once that is read."""
        if image is not None and (self._image is None or self._image != image.cacheKey()):
            self._image = image.cacheKey()
            self._pixmap = upscaled(image, QSize(2 * WIDTH, 2 * WIDTH))
            self.update()

    @override
    def boundingRect(self) -> QRectF:
        return QRectF(-WIDTH / 2 - 4, -HEIGHT / 2 - 4, WIDTH + 8, HEIGHT + 8)

    @override
    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRoundedRect(_frame(), RADIUS, RADIUS)
        return path

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        theme, frame = self._theme, _frame()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = self.shape()
        painter.setOpacity(1.0 if self.heard else 0.4)
        painter.fillPath(shape, theme.colour("raised"))
        face = QRectF(frame.left(), frame.top(), frame.width(), frame.height() - FOOT)
        painter.save()
        painter.setClipPath(shape)
        if self._pixmap is not None:
            side = min(self._pixmap.width(), self._pixmap.height())
            source = QRectF(0, 0, side * face.width() / max(face.width(), face.height()), side)
            source.moveCenter(QRectF(self._pixmap.rect()).center())
            painter.drawPixmap(face, self._pixmap, source)
        self._paint_words(painter, face.adjusted(0, 0, 0, 0 if self.bar is None else -BAR))
        painter.restore()
        self._paint_bar(painter)
        if isinstance(self.card.source, ImageEmbedding):
            self._paint_tag(painter, _("meaning"))
        self._paint_foot(painter, frame)
        marked = self.isSelected() or self.hasFocus()
        colour = "danger" if self.card.weight < 0 else "accent"
        edge = theme.colour(colour if marked or self.card.weight < 0 else "line")
        if self._hovered and not marked:
            edge = theme.colour("quiet")
        painter.setPen(QPen(edge, 2.5 if marked else 1.2))
        painter.drawPath(shape)

    @override
    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and self._asks_at(event.pos()):
            self.measure_requested.emit()
            event.accept()
        elif event.button() is Qt.MouseButton.LeftButton:
            self._grip, self._moving = event.pos(), False
            self.setZValue(2)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            event.accept()

    @override
    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        way = event.screenPos() - event.buttonDownScreenPos(Qt.MouseButton.LeftButton)
        if way.manhattanLength() >= QApplication.startDragDistance():
            self._moving = True
        if self._grip is not None and self._moving:
            self.dragged.emit(self.card.id, event.scenePos() - self._grip)

    @override
    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._grip is not None:
            self._grip = None
            self.setZValue(1)
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.dropped.emit(self.card.id)

    @override
    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.opened.emit(self.card.id)

    @override
    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        self.wheel_turned.emit(self.card.id, 1 if event.delta() > 0 else -1)
        event.accept()

    @override
    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.update()

    @override
    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        asks = self._asks_at(event.pos())
        self.setCursor(Qt.CursorShape.PointingHandCursor if asks else Qt.CursorShape.OpenHandCursor)

    @override
    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self.update()

    def _paint_words(self, painter: QPainter, face: QRectF) -> None:
        match self.card.source:
            case Prompt(text=words):
                place, ground = face.adjusted(8, 6, -8, -6), None
            case ImagePrompt(text=words) if self.card.source.led:
                place, ground = QRectF(face.left(), face.bottom() - 30, face.width(), 30), True
            case _:
                return
        if ground:
            shade = QColor("#000000")
            shade.setAlphaF(0.55)
            painter.fillRect(place, shade)
        font = QFont(painter.font())
        font.setPixelSize(15 if len(words) < 40 else 12)
        painter.setFont(font)
        painter.setPen(QColor("#FFFFFF") if ground else self._theme.colour("text"))
        option = QTextOption(Qt.AlignmentFlag.AlignCenter)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        shown = words if len(words) <= 120 else words[:118] + "…"
        painter.drawText(place, shown, option)

    def _asks_at(self, point: QPointF) -> bool:
        """Whether a click there requests a measurement."""
        asks = self.bar is not None and self.bar.standing == "unknown"
        return asks and self.bar_place.contains(point)

    def _describe(self) -> None:
        lines = [self._name]
        if self.bar is not None:
            lines.append(self.bar.accessible_text)
        if self.bar is not None and self.bar.cosine is not None:
            lines.append(_("1 would be the same meaning (cosine in CLIP's image space)"))
        self.setToolTip("\n".join(lines))

    def _paint_tag(self, painter: QPainter, words: str) -> None:
        """Mark in the corner that the card is an image embedding."""
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.setFont(font)
        frame = _frame()
        wide = painter.fontMetrics().horizontalAdvance(words) + 12
        place = QRectF(frame.left() + 6, frame.top() + 6, wide, 18)
        shade = QColor("#000000")
        shade.setAlphaF(0.6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawRoundedRect(place, 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_bar(self, painter: QPainter) -> None:
        if self.bar is None:
            return
        theme, place = self._theme, self.bar_place
        painter.fillRect(place, theme.colour("panel"))
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.setFont(font)
        inside = place.adjusted(8, 0, -8, 0)
        if self.bar.cosine is None:
            asks = self.bar.standing == "unknown"
            painter.setPen(theme.colour("accent" if asks else "quiet"))
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, self.bar.text)
            return
        painter.setPen(theme.colour("text"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(inside, right, self.bar.text)
        groove = QRectF(inside.left(), place.center().y() - 3, inside.width() - 34, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(groove, 3, 3)
        share = min(1.0, abs(self.bar.cosine))
        painter.setBrush(theme.colour("accent" if self.bar.cosine >= 0 else "danger"))
        filled = QRectF(groove.topLeft(), groove.size())
        filled.setWidth(max(6.0, groove.width() * share))
        painter.drawRoundedRect(filled, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_foot(self, painter: QPainter, frame: QRectF) -> None:
        theme, card = self._theme, self.card
        foot = QRectF(frame.left(), frame.bottom() - FOOT, frame.width(), FOOT)
        font = QFont(painter.font())
        font.setPixelSize(12)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.colour("danger" if card.weight < 0 else "text"))
        inside = foot.adjusted(8, 0, -8, 0)
        painter.drawText(
            inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, f"{card.weight:.2f}"
        )
        marks = "".join(
            mark for on, mark in ((card.solo, "S"), (card.muted, "M"), (card.locked, "L")) if on
        )
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(theme.colour("quiet"))
        share = f"{self._share:.0%}" if self.heard else "–"
        painter.drawText(
            inside,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            f"{marks}  {share}" if marks else share,
        )


def _frame() -> QRectF:
    return QRectF(-WIDTH / 2, -HEIGHT / 2, WIDTH, HEIGHT)
