"""The cards as a list: picture, name, share, and on the current row a slider for its weight."""

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from kandinsky_desktop.domain.board import Board, Card, weight_in_words
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.fusion.card_text import elided, font_of, share_in_words, share_text
from kandinsky_desktop.ui.fusion.geometry import HEAVIEST
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import paint_square
from kandinsky_desktop.ui.key_positions import held
from kandinsky_desktop.ui.row_menu import asked_row
from kandinsky_desktop.ui.theme import Theme

THUMB, GAP = 40, 12  # of the picture, and beside it
PAD = 8  # at both sides of a row
ROW = 52
MOST_ROWS = 6  # that are shown without scrolling
NOTCHES = 40  # of the slider, up to the weight at the inner ring
KEY_STEP = 0.05
HANDLE = 18  # width of the slider's handle with its halo
USUAL = 1.0

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class CardRow:
    """What is seen of one card."""

    card: Card
    title: str
    share: str
    heard: bool
    said: str  # by a screen reader and on hover
    image: QImage | None = None


class CardModel(QAbstractListModel):
    """The cards in the order in which they were laid."""

    RowRole = Qt.ItemDataRole.UserRole

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[CardRow, ...] = ()

    @property
    def rows(self) -> tuple[CardRow, ...]:
        """All of them."""
        return self._rows

    def show_rows(self, rows: tuple[CardRow, ...]) -> None:
        """Take another state of the cards."""
        if [row.card.id for row in rows] != [row.card.id for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows and rows != self._rows:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def place_of(self, number: int) -> QModelIndex:
        """Return the row of a card, which is not valid if it is not there."""
        places = [place for place, row in enumerate(self._rows) if row.card.id == number]
        return self.index(places[0]) if places else QModelIndex()

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.said
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.said)
            case self.RowRole:
                return row
            case _:
                return None


class CardList(QListView):
    """Shows the cards; the row marked is always the current card."""

    chosen = Signal(int)  # card; 0: none
    weight_changed = Signal(int, float, bool)  # card, weight, whether it is to last
    edit_finished = Signal()
    opened = Signal(int)  # double-clicked
    menu_requested = Signal(int, object)  # card, QPoint on the screen

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._current = 0
        self._subtracted = False  # whether the card that is slid is, also where it weighs nothing
        self.cards = CardModel()
        self.setModel(self.cards)
        self.setObjectName("cards")
        self.setAccessibleName(_("Cards"))
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setUniformItemSizes(True)
        self.setItemDelegate(_RowPainter(theme, self))
        self.slider = _WeightSlider(self.viewport())
        self.slider.hide()
        self.slider.sliderPressed.connect(self._take_slider)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.edit_finished)
        self.slider.reset.connect(self._reset)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._number(index)))
        theme.changed.connect(self._measure)

    @property
    def current(self) -> int:
        """The card that is chosen; 0 if none is."""
        return self._current

    def show_board(
        self,
        board: Board,
        titles: dict[int, str],
        said: dict[int, str],
        images: dict[int, QImage | None],
    ) -> None:
        """Show another state of the board."""
        shares, heard = board.shares, {card.id for card in board.heard}
        rows = tuple(
            CardRow(
                card,
                titles.get(card.id, ""),
                share_in_words(shares[card.id], heard=card.id in heard),
                card.id in heard,
                said.get(card.id, ""),
                images.get(card.id),
            )
            for card in board.cards
        )
        count = len(self.cards.rows)
        self.cards.show_rows(rows)
        self.choose(self._current if board.card(self._current) else 0)
        if count != len(rows):
            self.updateGeometry()
        self._place_slider()

    def choose(self, number: int) -> None:
        """Choose a card; the mark follows, whoever chose it."""
        self._current = number
        index = self.cards.place_of(number)
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        if not number:
            self.clearSelection()
        self._place_slider()

    def place_of_slider(self, row: QRect) -> QRect:
        """Return where in a row its slider is."""
        left = row.left() + PAD + self._theme.px(THUMB) + GAP
        right = row.right() - PAD - self._share_width - GAP
        middle = row.center().y() + self._theme.px(11)
        high = self._theme.px(20)
        return QRect(left, middle - high // 2, right - left, high)

    @override
    def sizeHint(self) -> QSize:
        rows = min(MOST_ROWS, max(1, len(self.cards.rows)))
        return QSize(200, rows * self._theme.px(ROW) + 2 * self.frameWidth())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_slider()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._place_slider()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}
        by, row = step.get(Qt.Key(event.key())), self._row
        if by is None or row is None or held(event):
            super().keyPressEvent(event)
        else:
            self.weight_changed.emit(row.card.id, round(row.card.weight + by, 2), True)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.setCurrentIndex(QModelIndex())

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index, point = asked_row(self, event)
        if index.isValid():
            self.menu_requested.emit(self._number(index), point)

    @property
    def _row(self) -> CardRow | None:
        index = self.cards.place_of(self._current)
        return self.cards.rows[index.row()] if index.isValid() else None

    @property
    def _share_width(self) -> int:
        theme = self._theme
        large = font_of(self.font(), theme.px(16), bold=True, figures=True)
        small = font_of(self.font(), theme.px(12))
        return QFontMetrics(large).horizontalAdvance("100") + QFontMetrics(small).horizontalAdvance(
            " %"
        )

    def _number(self, index: Index) -> int:
        return self.cards.rows[index.row()].card.id if index.isValid() else 0

    def _on_current(self, index: QModelIndex) -> None:
        number = self._number(index)
        if number != self._current:
            self._current = number
            self._place_slider()
            self.chosen.emit(number)

    def _measure(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.updateGeometry()
        self._place_slider()

    def _place_slider(self) -> None:
        row, index = self._row, self.cards.place_of(self._current)
        self.slider.setVisible(row is not None)
        if row is None:
            return
        with QSignalBlocker(self.slider):
            if not self.slider.isSliderDown():
                self.slider.setValue(round(abs(row.card.weight) / HEAVIEST * NOTCHES))
        self.slider.setEnabled(not row.card.locked)
        self.slider.setAccessibleName(_("Weight of {card}").format(card=row.title))
        self.slider.setAccessibleDescription(row.said)
        self.slider.setToolTip(_("Weight {n}").format(n=weight_in_words(row.card.weight)))
        self.slider.setGeometry(self.place_of_slider(self.visualRect(index)))

    def _take_slider(self) -> None:
        row = self._row
        self._subtracted = row is not None and row.card.weight < 0

    def _slid(self, notch: int) -> None:
        row = self._row
        if row is not None:
            weight = round(notch / NOTCHES * HEAVIEST, 2)
            self._weigh(row, weight, lasting=not self.slider.isSliderDown())

    def _reset(self) -> None:
        row = self._row
        if row is not None:
            self._weigh(row, USUAL, lasting=True)

    def _weigh(self, row: CardRow, weight: float, *, lasting: bool) -> None:
        if row.card.weight or lasting:
            self._subtracted = row.card.weight < 0
        signed = -weight if weight and self._subtracted else weight
        self.weight_changed.emit(row.card.id, signed, lasting)


class _WeightSlider(QSlider):
    """The slider on the current row, with a tick at the usual weight; it jumps to the hand."""

    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("cardweight")
        self.setAccessibleName(_("Weight of the chosen card"))
        self.setRange(0, NOTCHES)
        self.setPageStep(4)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        at = QStyle.sliderPositionFromValue(
            0, NOTCHES, round(USUAL / HEAVIEST * NOTCHES), self.width() - HANDLE
        )
        tick = QRect(at + HANDLE // 2 - 1, self.height() // 2 - 5, 2, 10)
        painter = QPainter(self)
        painter.fillRect(tick, self.palette().placeholderText())
        painter.end()
        super().paintEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # a wheel scrolls the panel

    def _follow(self, event: QMouseEvent) -> None:
        at = round(event.position().x()) - HANDLE // 2
        self.setValue(QStyle.sliderValueFromPosition(0, NOTCHES, at, max(1, self.width() - HANDLE)))


class _RowPainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: CardList) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self._theme.px(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, row, area = self._theme, index.data(CardModel.RowRole), QRectF(option.rect)
        current = row.card.id == self._view.current
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if current or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("tint" if current else "hover"))
            painter.drawRoundedRect(area, 6, 6)
        if current and self._view.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        side = theme.px(THUMB)
        thumb = QRectF(area.left() + PAD, area.center().y() - side / 2, side, side)
        painter.setOpacity(1.0 if row.heard else 0.35)
        paint_thumb(painter, theme, thumb, row)
        painter.setOpacity(1.0)
        self._paint_name(painter, area, thumb, row, current=current)
        if not current:
            self._paint_groove(painter, option.rect, row)
        painter.restore()

    def _paint_name(
        self, painter: QPainter, area: QRectF, thumb: QRectF, row: CardRow, *, current: bool
    ) -> None:
        theme, view = self._theme, self._view
        slider = view.place_of_slider(area.toRect())
        number, sign = share_text(row.share)
        vertical = Qt.AlignmentFlag.AlignVCenter
        right = QRectF(slider.right() + GAP, area.top(), 1, area.height())
        right.setRight(area.right() - PAD)
        small = font_of(view.font(), theme.px(12))
        painter.setFont(small)
        painter.setPen(theme.colour("quiet"))
        painter.drawText(
            right.adjusted(0, theme.px(3), 0, 0), vertical | Qt.AlignmentFlag.AlignRight, sign
        )
        signed = QFontMetrics(small).horizontalAdvance(f" {sign}")
        painter.setFont(font_of(view.font(), theme.px(16), bold=True, figures=True))
        negative = row.heard and row.card.weight < 0
        painter.setPen(theme.colour("danger" if negative else "text"))
        painter.drawText(
            right.adjusted(-20, 0, -signed, 0), vertical | Qt.AlignmentFlag.AlignRight, number
        )
        name = QRectF(slider.left(), area.top(), slider.width(), 0)
        name.setBottom(slider.center().y() - theme.px(3))
        left = name.left()
        for on, mark in ((row.card.solo, "headphones"), (row.card.locked, "lock")):
            if on:
                wide = theme.px(14)
                top = int(name.center().y() + theme.px(2) - wide / 2)
                icon(mark, theme.colour("quiet")).paint(painter, int(left), top, wide, wide)
                left += wide + 4
        name.setLeft(left)
        painter.setFont(font_of(view.font(), theme.px(13), bold=current))
        painter.setPen(theme.colour("text"))
        title = row.title[:1].upper() + row.title[1:]
        if isinstance(row.card.source, Prompt):
            title = f"“{row.title}”"
        said = elided(painter, title, name.width())
        painter.drawText(name.adjusted(0, theme.px(4), 0, 0), vertical, said)

    def _paint_groove(self, painter: QPainter, area: QRect, row: CardRow) -> None:
        theme, place = self._theme, QRectF(self._view.place_of_slider(area))
        groove = QRectF(place.left() + 2, place.center().y() - 2, place.width() - 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("track"))
        painter.drawRoundedRect(groove, 2, 2)
        share = min(1.0, abs(row.card.weight) / HEAVIEST)
        if row.heard and share:
            colour = theme.colour("danger" if row.card.weight < 0 else "accent")
            colour.setAlphaF(0.8)
            painter.setBrush(colour)
            filled = QRectF(groove)
            filled.setWidth(max(4.0, groove.width() * share))
            painter.drawRoundedRect(filled, 2, 2)


def paint_thumb(painter: QPainter, theme: Theme, place: QRectF, row: CardRow) -> None:
    """Paint a card's picture, or the mark of words, in a small square."""
    shape = QPainterPath()
    shape.addRoundedRect(place, 6, 6)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(shape, theme.colour("raised"))
    if row.image is not None:
        painter.save()
        paint_square(painter, row.image, place, shape)
        painter.restore()
    elif isinstance(row.card.source, Prompt):
        side = place.width() * 0.45
        mark = QRectF(0, 0, side, side)
        mark.moveCenter(place.center())
        icon("quote", theme.colour("accent")).paint(painter, mark.toRect())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.drawPath(shape)
