"""A card on the board: a picture or words, what it is called, and its share of the fusion."""

from dataclasses import dataclass
from math import fmod

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QApplication,
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
from kandinsky_desktop.ui.fusion.card_text import elided, fitting_words, font_of, share_text
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import upscaled
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme

RADIUS = 8
PAD = 12  # of the caption and of words, at both sides
ROOM = 28  # around a card, for its shadow and the ring of the current one
RING = 2
QUOTE, UNDER_QUOTE = 28, 46  # size of the mark over words, and where they begin
MUTED = 0.35
NOTCH = 120  # of a wheel, in eighths of a degree
LEAST_NOTE = 28  # in less room nothing of a name could be read


@dataclass(frozen=True, slots=True)
class CardFace:
    """What is seen of a card: painted anew only where it changed."""

    card: Card | None = None
    title: str = ""
    share: str = ""
    heard: bool = True
    current: bool = False
    lit: bool = False  # something hovers over it that can be dropped
    edited: bool = False  # its words are being written, by a field that lies over them
    width: int = 144
    caption: int = 46


class CardItem(QGraphicsObject):
    """Shows a card and emits what the user does with it."""

    pressed = Signal(int)
    dragged = Signal(int, QPointF)  # its number, where its middle is now
    dropped = Signal(int, bool)  # whether the hand had moved it
    wheel_turned = Signal(int, int)  # wheel notches
    opened = Signal(int)  # double-clicked
    hovered = Signal(int, bool)

    def __init__(self, theme: Theme, card: Card) -> None:
        super().__init__()
        self._theme, self.card = theme, card
        self._face = CardFace(card)
        self._image: QImage | None = None
        self._picture: QPixmap | None = None  # scaled to the card
        self._painted: QPixmap | None = None  # all of it, with its shadow
        self._key: object = None  # what `_painted` was painted from
        self._grip: QPointF | None = None
        self._turned = 0.0  # of the wheel, less than a notch: a touchpad turns it little by little
        self._moving = False  # the hand has gone farther than one that only clicks
        self.setAcceptHoverEvents(True)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setZValue(1)

    @property
    def held(self) -> bool:
        """Whether it is being dragged."""
        return self._grip is not None

    @property
    def face(self) -> CardFace:
        """What is seen of it."""
        return self._face

    @property
    def words_place(self) -> QRectF:
        """Where words are written on it, in its own coordinates."""
        face = self._picture_place
        above = min(self._theme.px(UNDER_QUOTE), 0.34 * face.height())
        return face.adjusted(PAD, above, -PAD, -4)

    def show_face(self, face: CardFace) -> None:
        """Show another state of it, perhaps with something else on it."""
        if face == self._face:
            return
        before, self._face = self._face, face
        if face.card is not None and face.card.source != self.card.source:
            self._image = self._picture = None
        if face.card is not None:
            self.card = face.card
        if (face.width, face.caption) != (before.width, before.caption):
            self.prepareGeometryChange()
            self._picture = None
        self.update()

    def show_image(self, image: QImage | None) -> None:
        """Show its picture, once that is read."""
        if image is not None and (
            self._image is None or self._image.cacheKey() != image.cacheKey()
        ):
            self._image, self._picture = image, None
            self.update()

    @override
    def boundingRect(self) -> QRectF:
        return self._frame.adjusted(-ROOM, -ROOM, ROOM, ROOM)

    @override
    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRoundedRect(self._frame, RADIUS, RADIUS)
        return path

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        theme, ratio = self._theme, painter.device().devicePixelRatioF()
        image = None if self._image is None else self._image.cacheKey()
        key = (self._face, image, theme.tokens, theme.scale, ratio)
        if key != self._key or self._painted is None:
            self._key, self._painted = key, self._render(ratio)
        painter.drawPixmap(self.boundingRect().topLeft(), self._painted)

    @override
    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.pressed.emit(self.card.id)
        if event.button() is Qt.MouseButton.LeftButton:
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
        if self._grip is not None and event.button() is Qt.MouseButton.LeftButton:
            self._grip = None
            self.setZValue(1)
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.dropped.emit(self.card.id, self._moving)

    @override
    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.opened.emit(self.card.id)

    @override
    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        event.accept()
        if event.orientation() is Qt.Orientation.Horizontal:
            return
        self._turned += event.delta()
        notches, self._turned = int(self._turned / NOTCH), fmod(self._turned, NOTCH)
        if notches:
            self.wheel_turned.emit(self.card.id, notches)

    @override
    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self.hovered.emit(self.card.id, True)

    @override
    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self.hovered.emit(self.card.id, False)

    @property
    def _frame(self) -> QRectF:
        wide, high = self._face.width, self._face.width + self._face.caption
        return QRectF(-(wide // 2), -(high // 2), wide, high)

    @property
    def _picture_place(self) -> QRectF:
        frame = self._frame
        return QRectF(frame.left(), frame.top(), frame.width(), frame.width())

    @property
    def _note(self) -> str:
        """What stands in the caption."""
        card, face = self.card, self._face
        if not face.heard:
            return _("muted")
        if card.weight < 0:
            return _("less of")
        return _("words") if isinstance(card.source, Prompt) else face.title

    def _render(self, ratio: float) -> QPixmap:
        bounds = self.boundingRect()
        pixmap = QPixmap((bounds.size() * ratio).toSize())
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(-bounds.topLeft())
        painter.setFont(QApplication.font())
        theme, shape, face = self._theme, self.shape(), self._picture_place
        paint_shadow(painter, theme.tokens, self._frame, RADIUS)
        painter.fillPath(shape, theme.colour("raised"))
        painter.save()
        painter.setClipPath(shape)
        painter.setOpacity(1.0 if self._face.heard else MUTED)
        self._paint_picture(painter, face, ratio)
        self._paint_words(painter, face)
        painter.restore()
        if isinstance(self.card.source, ImageEmbedding):
            self._paint_tag(painter, _("meaning"))
        self._paint_caption(painter)
        self._paint_ring(painter)
        painter.end()
        return pixmap

    def _paint_picture(self, painter: QPainter, face: QRectF, ratio: float) -> None:
        if self._image is None:
            if not isinstance(self.card.source, Prompt):  # it is still being read
                painter.fillRect(face, self._theme.colour("well"))
            return
        if self._picture is None:
            side = round(face.width() * ratio)
            wide = upscaled(self._image, QSize(side, side))
            self._picture = wide.scaled(
                side,
                side,
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
        middle = QRectF(0, 0, round(face.width() * ratio), round(face.width() * ratio))
        middle.moveCenter(QRectF(self._picture.rect()).center())
        painter.drawPixmap(face, self._picture, middle)

    def _paint_words(self, painter: QPainter, face: QRectF) -> None:
        theme = self._theme
        match self.card.source:
            case Prompt(text=words):
                self._paint_quote(painter, face)
                if self._face.edited:
                    return
                place = self.words_place
                font, lines = fitting_words(words, painter.font(), theme, place.size())
                painter.setFont(font)
                painter.setPen(theme.colour("text"))
                high = QFontMetrics(font).lineSpacing()
                for number, line in enumerate(lines):
                    at = QRectF(place.left(), place.top() + number * high, place.width() + 4, high)
                    painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, line)
            case ImagePrompt(text=words) if self.card.source.led:
                foot = QRectF(face.left(), face.bottom() - theme.px(28), face.width(), theme.px(28))
                shade = QColor("#111111")
                shade.setAlphaF(0.78)
                painter.fillRect(foot, shade)
                painter.setFont(font_of(painter.font(), theme.px(12)))
                painter.setPen(QColor("#FFFFFF"))
                inside = foot.adjusted(PAD, 0, -PAD, 0)
                said = elided(painter, words, inside.width())
                painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, said)

    def _paint_quote(self, painter: QPainter, face: QRectF) -> None:
        above = self.words_place.top() - face.top()
        size = min(self._theme.px(QUOTE), int(0.7 * above))
        painter.setFont(font_of(painter.font(), size, bold=True))
        painter.setPen(self._theme.colour("accent"))
        mark = QFontMetrics(painter.font()).tightBoundingRect("“")
        top = face.top() + 0.6 * (above - mark.height())
        painter.drawText(QPointF(face.left() + PAD, top - mark.top()), "“")
        painter.setFont(QApplication.font())

    def _paint_tag(self, painter: QPainter, words: str) -> None:
        """Mark in the corner that the card is an image embedding."""
        theme = self._theme
        painter.setFont(font_of(painter.font(), theme.px(11)))
        wide = painter.fontMetrics().horizontalAdvance(words) + 12
        frame = self._frame
        place = QRectF(frame.left() + 6, frame.top() + 6, wide, theme.px(18))
        shade = QColor("#111111")
        shade.setAlphaF(0.78)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawRoundedRect(place, 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_caption(self, painter: QPainter) -> None:
        theme, face, frame = self._theme, self._face, self._frame
        foot = QRectF(frame.left(), frame.bottom() - face.caption, frame.width(), face.caption)
        inside = foot.adjusted(PAD, 0, -PAD, 0)
        if isinstance(self.card.source, Prompt):
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(foot.topLeft(), foot.topRight())
        negative = face.heard and self.card.weight < 0
        wide = _paint_share(painter, theme, inside, face.share, "danger" if negative else "text")
        left, right = inside.left(), inside.right() - wide - 8
        for on, name in ((self.card.solo, "headphones"), (self.card.locked, "lock")):
            side = theme.px(14)
            if on and left + side <= right:
                mark = icon(name, theme.colour("quiet"))
                mark.paint(painter, int(left), int(foot.center().y() - side / 2), side, side)
                left += side + 4
        painter.setFont(font_of(QApplication.font(), theme.px(13)))
        named = not isinstance(self.card.source, Prompt) and face.heard and not negative
        painter.setPen(theme.colour("text" if named else "quiet"))
        note = self._note[:1].upper() + self._note[1:] if named else self._note
        least = theme.px(LEAST_NOTE) if named else painter.fontMetrics().horizontalAdvance(note)
        room = QRectF(left, foot.top(), right - left, foot.height())
        if room.width() >= least:
            said = elided(painter, note, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, said)

    def _paint_ring(self, painter: QPainter) -> None:
        theme, frame = self._theme, self._frame
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._face.current or self._face.lit:
            out = frame.adjusted(-RING / 2, -RING / 2, RING / 2, RING / 2)
            painter.setPen(QPen(theme.colour("accent"), RING))
            painter.drawRoundedRect(out, RADIUS + RING / 2, RADIUS + RING / 2)
        elif theme.tokens.name == "contrast":
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def _paint_share(painter: QPainter, theme: Theme, inside: QRectF, share: str, colour: str) -> float:
    """Paint a share at the right, its sign small; return how wide it is."""
    number, sign = share_text(share)
    small = font_of(QApplication.font(), theme.px(12))
    large = font_of(QApplication.font(), theme.px(16), bold=True, figures=True)
    signed = QFontMetrics(small).horizontalAdvance(f" {sign}")
    wide = QFontMetrics(large).horizontalAdvance(number)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.setFont(small)
    painter.setPen(theme.colour("quiet"))
    painter.drawText(inside.adjusted(0, theme.px(3), 0, 0), right, sign)
    painter.setFont(large)
    painter.setPen(theme.colour(colour))
    painter.drawText(inside.adjusted(0, 0, -signed, 0), right, number)
    return signed + wide


class GhostItem(QGraphicsObject):
    """The place of a card that is still missing: a click chooses a picture for it."""

    clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._width, self._caption = 144, 46
        self.lit = False  # something hovers over the board that can be dropped
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(_("Choose pictures to lay on the board"))

    def show_size(self, width: int, caption: int) -> None:
        """Show it as large as a card."""
        self.prepareGeometryChange()
        self._width, self._caption = width, caption

    @override
    def boundingRect(self) -> QRectF:
        wide, high = self._width, self._width + self._caption
        return QRectF(-(wide // 2), -(high // 2), wide, high)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        theme, frame = self._theme, self.boundingRect().adjusted(1, 1, -1, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.colour("accent" if self.lit else "quiet"), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        ground = theme.colour("tint" if self.lit else "raised")
        ground.setAlphaF(1.0 if self.lit else 0.7)  # so that the rings do not cross the words
        painter.setBrush(ground)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        words = _("Drop or choose a picture")
        painter.setFont(font_of(QApplication.font(), theme.px(13)))
        side = theme.px(20)
        colour = theme.colour("accent_text" if self.lit else "quiet")
        wrap = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        place = frame.adjusted(4, 0, -4, 0)
        needed = painter.boundingRect(place, wrap, words).height()
        top = frame.center().y() - (side + 8 + needed) / 2
        left = int(frame.center().x() - side / 2)
        icon("image-plus", colour).paint(painter, left, int(top), side, side)
        painter.setPen(colour)
        painter.drawText(QRectF(place.left(), top + side + 8, place.width(), needed), wrap, words)

    @override
    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        event.accept()  # so that it hears of the release

    @override
    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self.boundingRect().contains(event.pos()):
            self.clicked.emit()
