"""The row under the canvas where fills wait until one is accepted; then the picture is kept."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import Action
from kandinsky_desktop.ui.controls import ElidedLabel, icon_button, label
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme

HIGH, AROUND = 72, 12  # of the row; between it and the view
TILE, LEAST, GAP = 60, 20.0, 12
RADIUS = 8
FEW_WORDS = 700  # a narrower row says only "1 / 4"
PLACES = 4
SIDE, BEFORE_KEY = 20, 10  # of a button, beside its words; before its key


class KeyButton(QPushButton):
    """A button that shows the key that does the same."""

    def __init__(self, theme: Theme, words: str, key: str, *, primary: bool) -> None:
        super().__init__()
        self._theme, self._words, self._key, self._primary = theme, words, key, primary
        self._keyed = True
        self.setAccessibleName(words)
        if primary:
            self.setProperty("role", "primary")

    def show_key(self, *, on: bool) -> None:
        """Show the key too, or the words alone, where there is little room."""
        if on != self._keyed:
            self._keyed = on
            self.updateGeometry()
            self.update()

    @override
    def sizeHint(self) -> QSize:
        wide = self.fontMetrics().horizontalAdvance(self._words) + 2 * SIDE
        wide += self._cap.width() + BEFORE_KEY if self._keyed else 0
        return QSize(wide, super().sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self._theme.colour("on_accent" if self._primary else "text")
        cap, words = self._cap, self.fontMetrics().horizontalAdvance(self._words)
        rest = cap.width() + BEFORE_KEY if self._keyed else 0
        left = (self.width() - words - rest) / 2
        painter.setPen(ink)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, words + 4, self.height()), middle, self._words)
        if not self._keyed:
            return
        place = QRectF(left + words + BEFORE_KEY, (self.height() - cap.height()) / 2, 0, 0)
        place.setSize(cap.toSizeF())
        line = QColor(ink)
        line.setAlphaF(0.6)
        painter.setPen(QPen(line, 1))
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(self._small)
        painter.setPen(ink)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._key)

    @property
    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.px(11))
        font.setBold(False)
        return font

    @property
    def _cap(self) -> QSize:
        metrics = QFontMetrics(self._small)
        return QSize(metrics.horizontalAdvance(self._key) + 12, metrics.height() + 4)


class WaitingRow(QWidget):
    """Shows the fills that wait, small; one is current. Its place is kept when none waits."""

    chosen = Signal(int)
    accept_requested = Signal()
    discard_requested = Signal()
    keep_requested = Signal()
    menu_requested = Signal(object)  # QPoint on the screen

    def __init__(self, theme: Theme, keep: Action) -> None:
        """With nothing that waits it offers to `keep` the picture as it is."""
        super().__init__()
        self._theme = theme
        self._images: list[QImage] = []
        self._current = 0
        self._outside = 0
        self._where = label("", "heading")
        self._proof = ElidedLabel("small")
        self._empty = ElidedLabel("quiet")
        self.accept = KeyButton(theme, _("Accept"), _("Enter"), primary=True)
        self.accept.setToolTip(_("Make it a part of the picture (Enter)"))
        self.discard = KeyButton(theme, _("Discard"), _("Esc"), primary=False)
        self.discard.setToolTip(_("Let it go; its file stays (Esc)"))
        self.keep = QPushButton(_(keep.text))
        self.keep.setToolTip(keep.tip)
        self.more = icon_button(theme, "ellipsis", _("Open, save, turn and mirror"))
        self._count = QLabel()
        buttons = (self.accept, self.discard, self.keep, self.more)
        for part in (self._where, self._proof, self._empty, *buttons):
            part.setParent(self)
        self.accept.clicked.connect(self.accept_requested)
        self.discard.clicked.connect(self.discard_requested)
        self.keep.clicked.connect(self.keep_requested)
        self.more.clicked.connect(
            lambda: self.menu_requested.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))
        )
        self.setAccessibleName(_("Fills that wait"))
        theme.changed.connect(self._measure)
        self._measure()

    def show_fills(self, images: Sequence[QImage], current: int, changed_outside: int) -> None:
        """Show what waits, which of it is current, and what that changed outside the mask."""
        self._images, self._current = list(images), current
        self._outside = changed_outside
        self._arrange()
        self.update()

    @property
    def is_empty(self) -> bool:
        """Whether no fill waits."""
        return not self._images

    def place(self, number: int) -> QRectF:
        """Return where a small picture lies."""
        side = self._side
        return QRectF(AROUND + number * (side + GAP), (self.height() - side) / 2, side, side)

    @property
    def _side(self) -> float:
        """The side of a small picture: smaller where many find little room."""
        if not self._images:
            return TILE
        room = self.discard.x() - 2 * AROUND
        return max(LEAST, min(float(TILE), room / len(self._images) - GAP))

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, max(HIGH, self._theme.px(HIGH - 12) + 12))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number in range(len(self._images)):
            if self.place(number).contains(event.position()):
                self.chosen.emit(number)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if not self._images:
            painter.setPen(QPen(theme.colour("edge"), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(whole, RADIUS, RADIUS)
            for number in range(PLACES):
                painter.drawRoundedRect(self.place(number).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            return
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(whole, RADIUS, RADIUS)
        for number, image in enumerate(self._images):
            place = self.place(number)
            path = QPainterPath()
            path.addRoundedRect(place, 6, 6)
            painter.save()
            painter.setClipPath(path)
            painter.drawImage(place, image, _square(image))
            painter.restore()
            if number == self._current:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.colour("accent"), 2))
                painter.drawRoundedRect(place.adjusted(-3, -3, 3, 3), 8, 8)

    def paint_shadow(self, painter: QPainter) -> None:
        """Paint its shadow, for the parent."""
        if self._images:
            paint_shadow(painter, self._theme.tokens, QRectF(self.geometry()), RADIUS)

    def _arrange(self) -> None:
        px, high = self._theme.px, self.height()
        count = len(self._images)
        narrow = self.width() < px(FEW_WORDS)
        button = px(40)
        for part in (self.accept, self.discard):
            part.show_key(on=not narrow)
        accept, discard = self.accept.sizeHint().width(), self.discard.sizeHint().width()
        self.accept.setGeometry(self.width() - 12 - accept, (high - button) // 2, accept, button)
        discarded = self.accept.x() - 12 - discard
        self.discard.setGeometry(discarded, (high - px(32)) // 2, discard, px(32))
        left = round(self.place((count or PLACES) - 1).right()) + 20
        room = max(0, discarded - 12 - left)
        words = "{n} / {count}" if narrow else _("{n} of {count}")
        self._where.setText(words.format(n=self._current + 1, count=count))
        self._where.setGeometry(left, high // 2 - px(22), room, px(22))
        self._proof.setGeometry(left, high // 2 + 2, room, px(18))
        self._proof.setProperty("role", "warning" if self._outside else "small")
        self._proof.style().polish(self._proof)
        self._proof.set_text(
            ("" if self._outside else "✓ ")
            + ngettext(
                "{n} pixel changed outside", "{n} pixels changed outside", self._outside
            ).format(n=self._outside)
        )
        more, keep = self.more.sizeHint(), self.keep.sizeHint()
        self.more.setGeometry(
            self.width() - 12 - more.width(),
            (high - more.height()) // 2,
            more.width(),
            more.height(),
        )
        kept = self.more.x() - 8 - keep.width()
        self.keep.setGeometry(kept, (high - keep.height()) // 2, keep.width(), keep.height())
        space = max(0, kept - 12 - left)
        self._empty.setGeometry(left, 0, space, high)
        words = _("Fills wait here until you accept one.")
        fits = self._empty.fontMetrics().horizontalAdvance(words) <= space
        self._empty.set_text(words if fits else _("Fills wait here."))
        for shown in (self.accept, self.discard):
            shown.setVisible(bool(count))
        fits = self._where.sizeHint().width() <= self._where.width()
        self._where.setVisible(bool(count) and fits)
        self.keep.setVisible(not count)
        self.more.setVisible(not count)
        self._proof.setVisible(bool(count) and not narrow)
        self._empty.setVisible(not count)

    def _measure(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self._arrange()
        self.update()


def _square(image: QImage) -> QRectF:
    """Return the largest square in the middle."""
    side = min(image.width(), image.height())
    return QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
