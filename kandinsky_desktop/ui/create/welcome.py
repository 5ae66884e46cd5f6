"""The first screen: a question, and five prompts that the model in use paints well, as pictures."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import ModelProfile
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store.places import prompt_picture
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.create.found_models import FoundModel, FoundModels
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.wash import calm_ground

SIDE, GAP, CLOSEST = 24, 16, 4  # beside the tiles; between them, and at least
NARROWEST, WIDEST = 96, 200  # of a tile; the second grows with the text
RADIUS = 8
LIFT, LIFT_MS, RING = 4, 120, 2
ROOM = 8  # around a tile, for its ring and its lift
INSET = 12  # of the words in a tile
UNDER = 28  # between the line and the tiles
FOOT = 8  # below the line about models
WORDS = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap


class Welcome(QWidget):
    """Invites to a first picture."""

    chosen = Signal(str)  # a prompt
    ground_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._foot = 0
        self._ground = QPixmap()
        self._title = label(_("What would you like to see?"), "question")
        self._line = label(_("Choose one to paint your own, or write your own words below."))
        self._line.setProperty("role", "invitation")
        for words in (self._title, self._line):
            words.setParent(self)
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._tiles: list[PromptTile] = []
        self.found = FoundModels(self)
        theme.changed.connect(self._follow)

    @property
    def suggestions(self) -> list["PromptTile"]:
        """The prompts, as buttons."""
        return list(self._tiles)

    def show_profile(self, profile: ModelProfile) -> None:
        """Offer what the model in use is good at, and say what a newcomer must know of it."""
        for tile in self._tiles:
            tile.hide()
            tile.deleteLater()
        self._tiles = []
        for prompt in profile.prompts:
            path = prompt_picture(profile.pictures, prompt)
            image = QImage(str(path)) if profile.pictures else QImage()
            tile = PromptTile(self._theme, _(prompt), image, self)
            tile.clicked.connect(partial(self.chosen.emit, _(prompt)))
            tile.moved.connect(self.update)
            self._tiles.append(tile)
        self._title.setToolTip(_(profile.note) if profile.note else "")
        self._arrange()

    def show_found(self, models: Sequence[FoundModel]) -> None:
        """Say which other models are here, and what this machine can do with each."""
        self.found.show_models(models)
        self._arrange()

    def ground_below(self, high: int) -> QPixmap:
        """Return what is painted behind, for so many pixels below this."""
        self._foot = high
        ground = self._painted_ground()
        ratio = ground.devicePixelRatio()
        top = round(self.height() * ratio)
        return ground.copy(QRect(0, top, ground.width(), max(0, ground.height() - top)))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        self.ground_changed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(QPointF(), self._painted_ground())
        for tile in (one for one in self._tiles if not one.isHidden()):
            card = tile.card.translated(tile.geometry().topLeft())
            paint_shadow(painter, self._theme.tokens, card, RADIUS)

    def _painted_ground(self) -> QPixmap:
        """Return the ground with the wash on it, calm: painted once for a size and a theme."""
        ratio, size = self.devicePixelRatioF(), QSize(self.width(), self.height() + self._foot)
        wanted = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if self._ground.size() != wanted:
            self._ground = calm_ground(self._theme.tokens, size, ratio)
        return self._ground

    def _follow(self) -> None:
        self._ground = QPixmap()
        self._arrange()
        self.ground_changed.emit()

    def _arrange(self) -> None:
        """Put question, line and tiles into the middle; where there is no room for all, fewer."""
        wide, high, px = self.width() - 2 * SIDE, self.height(), self._theme.px
        title, line = (max(0, words.heightForWidth(wide)) for words in (self._title, self._line))
        above = title + 8 + line + UNDER
        least = max([NARROWEST, *(tile.least_width for tile in self._tiles)])
        left_over = (wide - len(self._tiles) * least) // max(1, len(self._tiles) - 1)
        gap = max(CLOSEST, min(GAP, left_over))  # closer, before a tile is left out
        count = max(1, min(len(self._tiles), (wide + gap) // (least + gap)))
        side = min((wide - (count - 1) * gap) // count, px(WIDEST))
        words = max((tile.words_height(side) for tile in self._tiles[:count]), default=0)
        picture = max(0, min(side, high - above - words - 2 * GAP))
        top = max(GAP, (high - above - picture - words) // 2)
        self._title.setGeometry(SIDE, top, wide, title)
        self._line.setGeometry(SIDE, top + title + 8, wide, line)
        left = (self.width() - count * side - (count - 1) * gap) // 2
        for number, tile in enumerate(self._tiles):
            at = QRect(left + number * (side + gap), top + above, side, picture + words)
            tile.setVisible(number < count)
            tile.place(at, picture)
        self._place_found(top + above + picture + words + ROOM)

    def _place_found(self, free_from: int) -> None:
        """Put the line about models at the foot, where there is room for it."""
        self.found.fit(self.width() - 2 * SIDE)
        wide, high = self.found.sizeHint().width(), self.found.sizeHint().height()
        at = self.height() - high - FOOT
        self.found.setGeometry((self.width() - wide) // 2, at, wide, high)
        self.found.setVisible(bool(self.found.buttons) and at > free_from)


class PromptTile(QAbstractButton):
    """A prompt with the picture that the model in use painted of it, or as words alone."""

    moved = Signal()  # it was lifted or let down

    def __init__(self, theme: Theme, words: str, image: QImage, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture = None if image.isNull() else ImagePyramid(image)
        self._high = 0  # of the part that the picture has
        self.setText(words)
        self.setAccessibleName(words)
        self.setToolTip(_("Paint your own"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._lift = QVariantAnimation(self)
        self._lift.setDuration(LIFT_MS)
        self._lift.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._lift.valueChanged.connect(lambda value: self._move())

    @property
    def card(self) -> QRectF:
        """Where the card is, in the tile's own pixels."""
        up = float(self._lift.currentValue() or 0.0)
        return QRectF(self.rect()).adjusted(ROOM, ROOM - up, -ROOM, -ROOM - up)

    @property
    def words_place(self) -> QRect:
        """Where the words are, while it lies."""
        place = self.rect().adjusted(ROOM, ROOM, -ROOM, -ROOM)
        if self._picture is not None:
            place.setTop(place.top() + self._high)
        return place.adjusted(INSET, INSET - 2, -INSET, -INSET + 2)

    @property
    def least_width(self) -> int:
        """How wide it must be for its longest word."""
        words = (self._metrics.horizontalAdvance(word) for word in self.text().split())
        return max(words) + 2 * INSET + 2

    def place(self, card: QRect, picture: int) -> None:
        """Lie there, so many pixels of it for the picture."""
        self._high = picture
        self.setGeometry(card.adjusted(-ROOM, -ROOM, ROOM, ROOM))

    def words_height(self, side: int) -> int:
        """Return how high the part below the picture is, where the tile is so wide."""
        room = QRect(0, 0, side - 2 * INSET, 10_000)
        return self._metrics.boundingRect(room, WORDS, self.text()).height() + 2 * INSET - 4

    @property
    def _metrics(self) -> QFontMetrics:
        self.ensurePolished()
        return QFontMetrics(self.font())

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._raise(LIFT)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._raise(0)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter, card = self._theme, QPainter(self), self.card
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(card, RADIUS, RADIUS)
        painter.fillPath(shape, theme.colour("raised"))
        if self._picture is not None:
            painter.setClipPath(shape)
            place = QRectF(card.left(), card.top(), card.width(), self._high)
            wide = round(place.width() * self.devicePixelRatioF())
            pixmap = self._picture.pixmap(wide, smooth=True)
            source = QRectF(pixmap.rect())
            source.setHeight(source.width() * place.height() / place.width())
            source.moveCenter(QRectF(pixmap.rect()).center())
            painter.drawPixmap(place, pixmap, source)
            painter.setClipping(False)
        marked = self.underMouse() or self.hasFocus()
        if marked or theme.tokens.name == "contrast":
            out = RING / 2 if marked else 0.0
            painter.setPen(QPen(theme.colour("accent" if marked else "line"), max(1, 2 * out)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = card.adjusted(-out, -out, out, out)
            painter.drawRoundedRect(ring, RADIUS + out, RADIUS + out)
        painter.setPen(theme.colour("accent_text" if marked else "text"))
        words = QRectF(self.words_place).translated(0, card.top() - ROOM)
        middle = Qt.AlignmentFlag.AlignVCenter if self._picture is None else Qt.AlignmentFlag(0)
        painter.drawText(words, int(WORDS) | int(middle.value), self.text())

    def _raise(self, to: int) -> None:
        now = float(self._lift.currentValue() or 0.0)
        self._lift.stop()
        self._lift.setStartValue(now if self._theme.motion else 0.0)
        self._lift.setEndValue(float(to if self._theme.motion else 0))
        self._lift.start()
        self.update()

    def _move(self) -> None:
        self.update()
        self.moved.emit()
