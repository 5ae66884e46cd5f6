"""The bubble beside the scroll bar: which day one scrolls through, while it goes fast."""

from PySide6.QtCore import QElapsedTimer, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QStyle, QStyleOptionSlider, QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.gallery.cell import WHITE
from kandinsky_desktop.ui.gallery.grid_layout import GridLayout
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import PILL_GROUND

STAYS_MS = 900  # after the last move
FLIES = 3  # pages in one sweep of the wheel; less is looking, not searching
SWEEP_MS = 300  # between two moves of one sweep
BESIDE = 10  # between it and the bar
ROOM, HIGH = 14, 32  # beside its words, and of it, in unscaled pixels


class DateBubble(QWidget):
    """Comes when the bar is dragged or the wheel lets pages fly by; a few lines do not bring it."""

    def __init__(
        self,
        view: QWidget,
        bar: QScrollBar,
        theme: Theme,
        results: PictureResults,
        layout: GridLayout,
    ) -> None:
        super().__init__(view)
        self._view, self._bar, self._theme = view, bar, theme
        self._results, self._layout = results, layout
        self._words, self._before, self._swept = "", bar.value(), 0
        self._by_hand = False
        self._moved_at = QElapsedTimer()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(STAYS_MS)
        self._rest.timeout.connect(self._leave)
        bar.actionTriggered.connect(self._on_hand)
        bar.valueChanged.connect(self._follow)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def _on_hand(self) -> None:
        """Wheel and bar say so before they move; what moves without is no hand."""
        self._by_hand = True

    def _follow(self, value: int) -> None:
        by, self._before = abs(value - self._before), value
        by_hand, self._by_hand = self._by_hand, False
        if not self._moved_at.isValid() or self._moved_at.restart() > SWEEP_MS:
            self._swept = 0
            self._moved_at.start()
        self._swept += by if by_hand else 0
        flies = self._swept > FLIES * max(1, self._layout.page)
        if self._bar.isSliderDown() or (by_hand and flies) or self.isVisible():
            self._show()

    def _show(self) -> None:
        rows = self._layout.rows_in_sight()
        sections = self._results.sections
        if not rows or not sections:
            self.hide()
            return
        self._words = sections[self._layout.geometry.section_of(rows.start)].title
        self.resize(self.sizeHint())
        self.move(self._place())
        self.setVisible(bool(self._words))
        self.raise_()
        self.update()
        self._rest.start()

    def _leave(self) -> None:
        if self._bar.isSliderDown():
            self._rest.start()
        else:
            self.hide()

    def _place(self) -> QPoint:
        """Return where it stands: at the middle of the bar's handle."""
        option = QStyleOptionSlider()
        self._bar.initStyleOption(option)
        handle = self._bar.style().subControlRect(
            QStyle.ComplexControl.CC_ScrollBar,
            option,
            QStyle.SubControl.SC_ScrollBarSlider,
            self._bar,
        )
        middle = self._bar.mapTo(self._view, handle.center())
        top = middle.y() - self.height() // 2
        top = min(max(top, 4), self._view.height() - self.height() - 4)
        return QPoint(middle.x() - handle.width() // 2 - BESIDE - self.width(), top)

    @override
    def sizeHint(self) -> QSize:
        wide = QFontMetrics(self._font()).horizontalAdvance(self._words)
        return QSize(wide + 2 * self._theme.px(ROOM), self._theme.px(HIGH))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plain = self._theme.tokens.name != "contrast"
        painter.setPen(Qt.PenStyle.NoPen if plain else self._theme.colour("line"))
        painter.setBrush(PILL_GROUND)
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
        painter.setFont(self._font())
        painter.setPen(WHITE)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._words)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.px(13))
        font.setWeight(QFont.Weight.DemiBold)
        return font
