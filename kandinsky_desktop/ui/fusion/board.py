"""The board: cards on rings around their fusion. The nearer a card, the more it weighs."""

from PySide6.QtCore import (
    QEasingCurve,
    QPoint,
    QPointF,
    QPropertyAnimation,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsScene, QGraphicsView, QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.board_editor import accessible_texts
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.fusion.card import CardFace, CardItem, GhostItem
from kandinsky_desktop.ui.fusion.card_text import font_of, share_in_words
from kandinsky_desktop.ui.fusion.geometry import RINGS, BoardGeometry, first_angles
from kandinsky_desktop.ui.fusion.result_painter import ResultPainter
from kandinsky_desktop.ui.fusion.words_edit import WordsEdit
from kandinsky_desktop.ui.mime import DroppedImages, accept_copy, images_in, may_hold_images
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.theme_tokens import mixed
from kandinsky_desktop.ui.wash import FRAMES_A_SECOND

STEP = 0.05  # of the wheel
MOVE_MS = 160
THINNEST, THICKEST, THICK_PER_SHARE = 3.0, 12.0, 20.0  # of the lines from the cards
RING = 1.5  # width of a ring: between two pixels it is still seen
GHOSTS = 2  # so many cards make a fusion
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class BoardView(QGraphicsView):
    """Shows a board and emits what the user does on it."""

    weight_changed = Signal(int, float, bool)  # card, weight, whether it is to last
    edit_finished = Signal()  # the hand let go
    card_dragged = Signal()  # a card was moved by hand
    card_hovered = Signal(bool)
    chosen = Signal(int)  # card; 0: none
    edited = Signal(int)  # a card was double-clicked
    words_changed = Signal(int, str)  # a card, what was written on it
    pictures_requested = Signal()  # to be chosen for an empty place
    dropped = Signal(object, int)  # ui.mime.DroppedImages, the card it was dropped on or 0
    embedding_dropped = Signal(object, int)  # likewise, with Alt held: what the picture means
    menu_requested = Signal(int, object)  # card, QPoint on the screen
    result_pressed = Signal(object)  # QPointF: where in the middle, as shares of its side
    result_opened = Signal()  # double-clicked
    result_dragged = Signal()
    result_menu_requested = Signal(object)  # QPoint on the screen
    laid_out = Signal()  # another geometry

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._board = Board()
        self._titles: dict[int, str] = {}
        self._current = 0
        self._low = False
        self._items: dict[int, CardItem] = {}
        self._angles: dict[int, float] = {}
        self._bars: dict[int, SimilarityBar] = {}
        self._moves: dict[int, QPropertyAnimation] = {}
        self._subtracted = False  # whether the card in the hand is, also where it weighs nothing
        self._target = False  # whether something hovers over it that can be dropped
        self._lit = 0  # the card under it
        self._writing = 0  # the card whose words are being written
        self._edit: WordsEdit | None = None
        self._pressed: QPoint | None = None  # in the middle
        self._ground: QPixmap | None = None  # rings and bands, painted once for a size
        self._ground_key: object = None
        self.result = ResultPainter(theme)
        self.lies = BoardGeometry(width=720, height=520, cards=0)
        self.setScene(QGraphicsScene(self))
        self._ghosts = [GhostItem(theme) for _number in range(GHOSTS)]
        for ghost in self._ghosts:
            ghost.clicked.connect(self.pictures_requested)
            self.scene().addItem(ghost)
        self.setAcceptDrops(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Fusion board"))
        theme.changed.connect(self._repaint)
        self._drift = QTimer(self)
        self._drift.setInterval(1000 // FRAMES_A_SECOND)
        self._drift.timeout.connect(self.drift)
        theme.changed.connect(self._watch_wash)
        self._place_ghosts()

    @property
    def current(self) -> int:
        """The card that is chosen; 0 if none is."""
        return self._current

    @property
    def still(self) -> bool:
        """Whether no card is moving."""
        running = QPropertyAnimation.State.Running
        return all(move.state() is not running for move in self._moves.values())

    @property
    def preview_text(self) -> str:
        """The progress text of the preview in the centre; empty: there is no preview."""
        return self.result.doing

    @property
    def angles(self) -> dict[int, float]:
        """In which direction each card lies, clockwise from the right."""
        return dict(self._angles)

    @property
    def ghosts(self) -> list[GhostItem]:
        """The places that still want a card."""
        return [ghost for ghost in self._ghosts if ghost.isVisible()]

    @property
    def editor(self) -> WordsEdit | None:
        """The field in which words are being written."""
        return self._edit

    def item_of(self, number: int) -> CardItem:
        """Return the item of a card."""
        return self._items[number]

    def show_board(self, board: Board, titles: dict[int, str]) -> None:
        """Show another state of it; cards that stay glide to their places."""
        before, self._board, self._titles = self._board, board, titles
        for number in [number for number in self._items if board.card(number) is None]:
            self.scene().removeItem(self._items.pop(number))
            self._angles.pop(number, None)
            move = self._moves.pop(number, None)
            if move is not None:
                move.deleteLater()
        if self._edit is not None and board.card(self._writing) is None:
            self._edit.give_up()
        if len(board.cards) != self.lies.cards:
            self._measure()
        for card in board.cards:
            if card.id not in self._items:
                self._add(card.id)
        self._show_faces()
        if [card.id for card in before.cards] != [card.id for card in board.cards]:
            self._spread()
        for card in board.cards:
            if not self._items[card.id].held:
                self._glide(card.id)
        if self._current not in self._items:
            self.choose(0)
        self._place_ghosts()
        self._place_editor()
        self._describe()
        self.viewport().update()

    def show_image(self, number: int, image: QImage | None) -> None:
        """Show a card's picture."""
        if number in self._items:
            self._items[number].show_image(image)

    def show_bars(self, bars: dict[int, SimilarityBar]) -> None:
        """Know the CLIP similarity of each card, by its id: it is said, not painted."""
        self._bars = bars
        self._describe()

    def show_result(self, image: QImage | None, title: str) -> None:
        """Show the fusion, or how it grows; None invites to it."""
        self.result.show_image(image, title)
        self._watch_wash()
        self.viewport().update()

    def show_waiting(self, *, on: bool) -> None:
        """Let the wash drift in the middle until there is a first sight of the fusion."""
        if on != self.result.waiting:
            self.result.waiting = on
            self._watch_wash()
            self.viewport().update()

    @property
    def drifting(self) -> bool:
        """Whether the wash moves."""
        return self._drift.isActive()

    def drift(self) -> None:
        """Show the next frame of the wash."""
        self.result.drift()
        self.viewport().update()

    def _watch_wash(self) -> None:
        """Let the wash drift while somebody can see it, and rest otherwise."""
        seen = self.result.shows_wash and bool(self._board.cards) and self.isVisible()
        if seen and self._theme.motion:
            if not self._drift.isActive():
                self._drift.start()
        else:
            self._drift.stop()

    def show_live(self, doing: str, share: float | None) -> None:
        """Show the progress of a preview in the centre; an empty text means no preview."""
        self.result.show_live(doing, share)
        self.viewport().update()

    def show_low(self, low: bool) -> None:
        """Make the most of less height: the film lies under it."""
        if low != self._low:
            self._low = low
            self._lay_out()

    def choose(self, number: int) -> None:
        """Choose a card; 0 chooses none."""
        if number == self._current:
            return
        self._current = number if number in self._items else 0
        self._show_faces()
        self.chosen.emit(self._current)
        self._describe()

    def edit_words(self, number: int) -> None:
        """Let the words of a card be written, on the card."""
        self.finish_writing()
        card = self._board.card(number)
        if card is None or not isinstance(card.source, Prompt):
            return
        self.choose(number)
        self._edit, self._writing = WordsEdit(card.source.text, self.viewport()), number
        self._edit.committed.connect(self._on_words)
        self._edit.closed.connect(self._on_closed)
        self._place_editor()
        self._show_faces()
        self._edit.show()
        self._edit.setFocus()

    def finish_writing(self) -> None:
        """Take the words that are being written, if there are some."""
        if self._edit is not None:
            self._edit.commit()

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 520)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(280, 200)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch_wash()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._drift.stop()
        if not event.spontaneous():  # as when the window is closed
            self.finish_writing()

    @override
    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        self._paint_ground(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._board.cards:
            for number in self._items:
                self._paint_line(painter, number)
            self.result.paint(painter, self.lies)
        else:
            self._paint_invitation(painter)
        if self._target:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            frame = self.sceneRect().adjusted(8, 8, -8, -8)
            painter.drawRoundedRect(frame, 8, 8)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if may_hold_images(event.mimeData()):
            self._light(event.position().toPoint())
            accept_copy(event)

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._light(event.position().toPoint())
        accept_copy(event)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light(None)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._light(None)
        dropped: DroppedImages = images_in(event.mimeData())
        item = self.itemAt(event.position().toPoint())
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        told = self.embedding_dropped if alt else self.dropped
        told.emit(dropped, item.card.id if isinstance(item, CardItem) else 0)
        accept_copy(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            point = self.viewport().mapToGlobal(screen_point(self, self._current or None))
            if self._current:
                self.menu_requested.emit(self._current, point)
            elif self._board.cards and self.result.has_image:
                self.result_menu_requested.emit(point)
            return
        item = self.itemAt(event.pos())
        if isinstance(item, CardItem):
            self.choose(item.card.id)
            self.menu_requested.emit(item.card.id, event.globalPos())
        elif item is None and self._in_result(event.pos()):
            self.result_menu_requested.emit(event.globalPos())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        here, free = event.position().toPoint(), self.itemAt(event.position().toPoint()) is None
        inside = free and self._in_result(here)
        if inside and event.button() is Qt.MouseButton.LeftButton:
            self._pressed = here
        elif free:
            self.choose(0)
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._pressed is None:
            return
        way = event.position().toPoint() - self._pressed
        if way.manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.result_dragged.emit()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None:
            place, point = self.lies.middle, self.mapToScene(pressed) - self.lies.middle.topLeft()
            share = QPointF(point.x() / place.width(), point.y() / place.height())
            self.result_pressed.emit(share)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self.itemAt(here) is None and self._in_result(here):
            self.result_opened.emit()
        super().mouseDoubleClickEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._items:
            self._step_to(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in BY_KEYS and self._items and not self._current:
            self._step_to(1)  # so that it is seen where the keys go

    def _lay_out(self) -> None:
        """Place everything anew, at once: for another size of the view or of the text."""
        self._measure()
        for number in self._items:
            if not self._items[number].held:
                self._stop(number)
                self._items[number].setPos(self._place(number))
        self._show_faces()
        self._place_ghosts()
        self._place_editor()
        self.viewport().update()

    def _measure(self) -> None:
        size = self.viewport().size()
        self.lies = BoardGeometry(
            width=size.width(),
            height=size.height(),
            cards=len(self._board.cards),
            scale=self._theme.scale,
            low=self._low,
        )
        self.setSceneRect(-(size.width() // 2), -(size.height() // 2), size.width(), size.height())
        self.laid_out.emit()

    def _add(self, number: int) -> None:
        card = self._board.card(number)
        assert card is not None
        item = CardItem(self._theme, card)
        item.pressed.connect(self._on_press)
        item.dragged.connect(self._on_drag)
        item.dropped.connect(self._on_drop)
        item.wheel_turned.connect(self._on_wheel)
        item.opened.connect(self.edited)
        item.hovered.connect(self._on_hover)
        self.scene().addItem(item)
        self._items[number] = item

    def _show_faces(self) -> None:
        shares, heard = self._board.shares, {card.id for card in self._board.heard}
        for card in self._board.cards:
            item = self._items.get(card.id)
            if item is None:
                continue
            item.show_face(
                CardFace(
                    card=card,
                    title=self._titles.get(card.id, ""),
                    share=share_in_words(shares[card.id], heard=card.id in heard),
                    heard=card.id in heard,
                    current=card.id == self._current,
                    lit=card.id == self._lit,
                    edited=self._edit is not None and card.id == self._writing,
                    width=self.lies.card,
                    caption=self.lies.caption,
                )
            )

    def _spread(self) -> None:
        """Give each card its direction."""
        numbers = [card.id for card in self._board.cards]
        self._angles = dict(zip(numbers, first_angles(len(numbers)), strict=True))

    def _place(self, number: int) -> QPointF:
        card = self._board.card(number)
        assert card is not None
        return self.lies.rest_of(card.weight, self._angles[number])

    def _stop(self, number: int) -> None:
        move = self._moves.pop(number, None)
        if move is not None:
            move.stop()
            move.deleteLater()

    def _glide(self, number: int) -> None:
        item, place = self._items[number], self._place(number)
        if not self._theme.motion or not self.isVisible() or item.pos().isNull():
            item.setPos(place)
            return
        if item.pos() == place:
            return
        self._stop(number)
        move = QPropertyAnimation(item, b"pos", self)
        move.setDuration(MOVE_MS)
        move.setEasingCurve(QEasingCurve.Type.OutCubic)
        move.setEndValue(place)
        move.valueChanged.connect(self.viewport().update)
        self._moves[number] = move
        move.start()

    def _on_press(self, number: int) -> None:
        card = self._board.card(number)
        self._subtracted = card is not None and card.weight < 0
        self.choose(number)

    def _on_drag(self, number: int, point: QPointF) -> None:
        self._items[number].setPos(self.lies.inside(point))
        weight, self._angles[number] = self.lies.weight_at(point)
        card = self._board.card(number)
        assert card is not None
        if card.weight:  # it may be turned around while it is held
            self._subtracted = card.weight < 0
        self.weight_changed.emit(number, -weight if weight and self._subtracted else weight, False)

    def _on_drop(self, number: int, moved: bool) -> None:
        self.edit_finished.emit()
        if moved:
            self.card_dragged.emit()
        if number in self._items:
            self._glide(number)

    def _on_hover(self, number: int, on: bool) -> None:
        if on:
            self._items[number].setToolTip(plain_tip(self._said(number)))
        self.card_hovered.emit(on)

    def _on_wheel(self, number: int, notches: int) -> None:
        card = self._board.card(number)
        if card is not None:
            self.weight_changed.emit(number, stepped(card.weight, notches * STEP), True)

    def _step_to(self, by: int) -> None:
        numbers = [card.id for card in self._board.cards]
        place = numbers.index(self.current) + by if self.current in numbers else 0
        self.choose(numbers[place % len(numbers)])

    def _said(self, number: int) -> str:
        said, bar = accessible_texts(self._board)[number], self._bars.get(number)
        return said if bar is None else f"{said}, {bar.accessible_text}"

    def _describe(self) -> None:
        said = self._said(self._current) if self._current else self._board.formula
        self.setAccessibleDescription(said or _("Empty: drop two pictures"))

    def _repaint(self) -> None:
        for ghost in self._ghosts:
            ghost.update()
        self._lay_out()

    # -- words

    def _place_editor(self) -> None:
        item = self._items.get(self._writing)
        if self._edit is not None and item is not None:
            place = item.words_place.translated(self._place(self._writing))
            self._edit.setGeometry(self.mapFromScene(place).boundingRect())

    def _on_words(self, words: str) -> None:
        self.words_changed.emit(self._writing, words)

    def _on_closed(self) -> None:
        edit, self._edit = self._edit, None
        if edit is not None:
            had_focus = edit.hasFocus()
            edit.hide()
            edit.deleteLater()
            if had_focus:
                self.setFocus()
        self._show_faces()

    # -- drops

    def _light(self, at: QPoint | None) -> None:
        """Show that something can be dropped, and on what."""
        item = None if at is None else self.itemAt(at)
        lit = item.card.id if isinstance(item, CardItem) else 0
        if (at is not None, lit) == (self._target, self._lit):
            return
        self._target, self._lit = at is not None, lit
        for ghost in self._ghosts:
            ghost.lit = self._target
            ghost.update()
        self._show_faces()
        self.viewport().update()

    def _place_ghosts(self) -> None:
        """Put a ghost in each place that a fusion still wants."""
        laid = len(self._board.cards)
        for ghost, angle in zip(self._ghosts, first_angles(GHOSTS), strict=True):
            ghost.setVisible(laid == 0 or (laid == 1 and angle == 0.0))
            ghost.show_size(self.lies.card, self.lies.caption)
            ghost.setPos(self.lies.rest_of(1.0, angle))

    def _in_result(self, point: QPoint) -> bool:
        inside = self.lies.middle.contains(self.mapToScene(point))
        return bool(inside and self._board.cards and self.result.has_image)

    # -- what lies under the cards

    def _paint_ground(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        key = (self.lies, bool(self._board.cards), self._theme.tokens, ratio)
        if key != self._ground_key or self._ground is None:
            self._ground_key, self._ground = key, self._render_ground(ratio)
        painter.drawPixmap(self.sceneRect().topLeft(), self._ground)

    def _render_ground(self, ratio: float) -> QPixmap:
        """Paint rings and bands, and on each ring's foot its weight, where there is room."""
        theme, lies = self._theme, self.lies
        pixmap = QPixmap(QSize(int(lies.width), int(lies.height)) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(theme.colour("stage"))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.sceneRect().topLeft())
        painter.setPen(QPen(theme.colour("ring"), RING))
        for weight, band in zip(reversed(RINGS), theme.tokens.bands, strict=True):
            ring = lies.ring(weight)
            painter.setBrush(QColor(band))
            painter.drawEllipse(QPointF(0, 0), ring.x(), ring.y())
        painter.setFont(font_of(self.font(), theme.px(12), figures=True))
        middle = lies.middle_caption.bottom() if self._board.cards else 0.0
        high, wide = theme.px(16), theme.px(20)
        for weight in RINGS:
            foot = QRectF(-wide / 2, lies.ring(weight).y() - high / 2, wide, high)
            if foot.top() >= middle + 4 and foot.bottom() <= lies.height / 2:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("stage"))
                painter.drawRoundedRect(foot, high / 2, high / 2)
                painter.setPen(theme.colour("quiet"))
                painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, f"{weight:.0f}")
        painter.end()
        return pixmap

    def _paint_line(self, painter: QPainter, number: int) -> None:
        """Paint the line from a card to the middle: as thick as its share is large."""
        item, theme = self._items[number], self._theme
        share = abs(self._board.shares[number])
        negative, heard = item.card.weight < 0, item.face.heard
        colour = theme.colour("danger" if negative else "accent") if heard else theme.colour("edge")
        if heard and number != self._current:  # opaque, since that is painted faster
            band = theme.tokens.bands[1]
            colour = QColor(mixed(colour.name(), band, 0.7))
        wide = min(THICKEST, max(THINNEST, THICK_PER_SHARE * share)) if heard else 1.5
        pen = QPen(colour, wide)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if negative and heard:
            pen.setDashPattern([10 / wide, 6 / wide])
        painter.setPen(pen)
        end, middle = item.pos(), self.lies.middle
        reach = max(abs(end.x()) / middle.right(), abs(end.y()) / -middle.top(), 1.0)
        painter.drawLine(end * (0.9 / reach), end)  # the rest is covered by the middle

    def _paint_invitation(self, painter: QPainter) -> None:
        theme = self._theme
        inner = self.lies.place_of(1.0, 0.0).x() - self.lies.card / 2 - 16
        centre = Qt.AlignmentFlag.AlignHCenter
        wrap = int(centre | Qt.TextFlag.TextWordWrap)
        large, small = (
            font_of(self.font(), theme.px(28), bold=True),
            font_of(self.font(), theme.px(13)),
        )
        title = _("Drop two pictures")
        said = _("from the strip below or from anywhere, or type words and press Enter")
        painter.setFont(large)
        place = QRectF(-inner, 0, 2 * inner, self.lies.height / 2)
        tall = painter.boundingRect(place, wrap, title).height()
        painter.setFont(small)
        low = painter.boundingRect(place, wrap, said).height()
        place.moveTop(-(tall + 8 + low) / 2)
        painter.setFont(large)
        painter.setPen(theme.colour("text"))
        painter.drawText(place, wrap, title)
        painter.setFont(small)
        painter.setPen(theme.colour("quiet"))
        painter.drawText(place.translated(0, tall + 8), wrap, said)


def stepped(weight: float, by: float) -> float:
    """Return a weight changed by a step, without the crumbs of binary fractions."""
    return round(weight + by, 2)


def screen_point(view: BoardView, number: int | None) -> QPoint:
    """Return where a card, or the middle, is in the viewport; for tests and for menus."""
    return view.mapFromScene(QPointF() if number is None else view.item_of(number).pos())
