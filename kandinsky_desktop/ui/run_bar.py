"""The bar under a room: the composer, a raised card with the big button, and a line of hints."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QMoveEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import ElidedLabel, TurningButton, set_icon, show_words
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.timing import seconds_text

BUTTON = QSize(132, 40)
RING = 20  # side of the ring that shows how far a job is
HEIGHT = 54  # of the composer, while it has one line
GAP, SIDE, FOOT, HINT = 12, 24, 10, 16  # above it, beside it, under the hints, of the hints
WIDEST = 1040
NARROW = 760  # below, what stands beside the field has no words
RADIUS = 8
EASE_MS = 120


class RunButton(TurningButton):
    """The one big button. While a job runs it cancels, and its ring shows how far the job is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share: float | None = None
        self._left = ""  # how long it still takes
        self._stopping = False
        self._words = _("Generate")
        self._quiet = False  # another button is the one to press
        self.setObjectName("run")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._ease = QVariantAnimation(self)
        self._ease.setDuration(EASE_MS)
        self._ease.valueChanged.connect(lambda value: self.update())
        theme.changed.connect(self._measure)
        self._measure()
        self._name()

    @property
    def running(self) -> bool:
        """Whether it cancels now."""
        return self._share is not None

    @property
    def stopping(self) -> bool:
        """Whether it was cancelled, and has not stopped yet."""
        return self.running and self._stopping

    @property
    def shown_share(self) -> float:
        """How far the ring is, on its way to what was told last."""
        return float(self._ease.currentValue() or 0.0)

    def show_ready(self, words: str) -> None:
        """Say what a click will do."""
        self._share, self._words = None, words
        self._name()

    def show_quiet(self, quiet: bool) -> None:
        """Fill it with colour, or leave that to another button."""
        if quiet != self._quiet:
            self._quiet = quiet
            self.update()

    def show_running(self, share: float, *, stopping: bool, left: float | None = None) -> None:
        """Show how far the running job is and how many seconds it still takes; a click cancels."""
        if self._share is None or share < self._share or not self._theme.motion:  # another job
            self._ease.stop()
            self._ease.setStartValue(0.0 if self._theme.motion else share)
            self._ease.setEndValue(share)
            self._ease.start()
        elif share != self._share:
            if self._ease.state() is not QVariantAnimation.State.Running:
                self._ease.setStartValue(self._ease.endValue())
                self._ease.start()
            self._ease.setEndValue(share)  # while it is on its way: quick steps must not hold it
        self._share, self._stopping = share, stopping
        self.show_left(left)
        self._words = _("Stopping") if stopping else _("Cancel")
        self._name()

    def show_left(self, left: float | None) -> None:
        """Show how many seconds it still takes; None: nobody knows.

        While it stops that is not so any more.
        """
        words = "" if left is None or left < 1 or self._stopping else seconds_text(left)
        if words != self._left:
            self._left = words
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(BUTTON.width()), self._theme.px(BUTTON.height()))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.running:
            ground, words = theme.colour("tint"), theme.colour("accent_text")
        elif not self.isEnabled():
            ground, words = theme.colour("well"), theme.colour("quiet")
        elif self._quiet:
            ground = theme.colour("hover" if self.underMouse() else "raised")
            words = theme.colour("text")
        else:
            ground = theme.colour("accent_hover" if self.underMouse() else "accent")
            words = theme.colour("on_accent")
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        if self._quiet and self.isEnabled() and not self.running:
            painter.setPen(QPen(theme.colour("edge"), 1))
            area = area.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(
                QPen(theme.colour("accent" if self.running or self._quiet else "on_accent"), 2)
            )
            painter.drawRoundedRect(area.adjusted(3, 3, -3, -3), 4, 4)
        font = self.font()
        font.setBold(True)
        font.setPixelSize(theme.px(14))
        painter.setFont(font)
        painter.setPen(words)
        if self.running:
            self._paint_running(painter, area)
        else:
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._words)

    def _paint_running(self, painter: QPainter, area: QRectF) -> None:
        """Paint the ring, the word and the rest in seconds, together in the middle."""
        theme, side = self._theme, float(self._theme.px(RING))
        wide = painter.fontMetrics().horizontalAdvance(self._words)
        small = painter.font()
        small.setBold(False)
        small.setPixelSize(theme.px(12))
        painter.save()
        painter.setFont(small)
        rest = painter.fontMetrics().horizontalAdvance(self._left) + 6 if self._left else 0
        painter.restore()
        left = (area.width() - side - 8 - wide - rest) / 2
        ring = QRectF(left, (area.height() - side) / 2, side, side).adjusted(1.5, 1.5, -1.5, -1.5)
        words = painter.pen()
        groove = QPen(theme.colour("track"), 2.6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(groove)
        painter.drawEllipse(ring)
        pen = QPen(theme.colour("accent"), 2.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(ring, 90 * 16, -round(360 * 16 * self.shown_share))
        painter.setPen(words)
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left + side + 8, 0, wide + 4, area.height()), vertical, self._words)
        if self._left:
            painter.setFont(small)
            place = QRectF(left + side + 8 + wide + 6, 0, rest + 4, area.height())
            painter.drawText(place, vertical, self._left)

    def _measure(self) -> None:
        self.setFixedSize(self.sizeHint())

    def _name(self) -> None:
        far = "" if self._share is None else f", {in_percent(self._share)}"
        self.setAccessibleName(self._words + far)
        self.update()


class Composer(QFrame):
    """A raised card: what is typed, and the button beside it. Its frame shows the focus."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("composer")
        self._theme = theme
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(8, 0, 7, 0)
        self.row.setSpacing(4)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = QApplication.focusWidget()
        typed = focus is not None and self.isAncestorOf(focus)
        wide = 2.0 if typed else 1.0
        painter.setBrush(theme.colour("raised"))
        painter.setPen(QPen(theme.colour("accent" if typed else "edge"), wide))
        inside = wide / 2
        area = QRectF(self.rect()).adjusted(inside, inside, -inside, -inside)
        painter.drawRoundedRect(area, RADIUS, RADIUS)

    def _on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        if any(one is not None and self.isAncestorOf(one) for one in (before, now)):
            self.update()


class RunBar(QWidget):
    """Says when pictures are to be made. A subclass puts its fields into the composer.

    The composer lies over the room's lower edge while it is higher than one line: the bar itself
    never changes its height, so that no picture moves.
    """

    run_requested = Signal()
    cancel_requested = Signal()

    verb = N_("Generate")  # these are marked for translation
    help = N_("Make the pictures (Ctrl+Enter)")
    queue_help = N_("Make these pictures after those (Ctrl+Enter)")
    hint = N_("Enter paints · Shift+Enter starts a new line")
    running_hint = N_("Esc cancels and keeps your words · Enter adds to the queue")

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("runbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._problem = ""
        self.composer = Composer(theme)
        self.run_button = RunButton(theme)
        self._queue = QPushButton()
        show_words(self._queue, _("Add to queue"), on=True)
        self._queue.setProperty("role", "flat")
        set_icon(theme, self._queue, "list-ordered")
        self._queue.hide()
        self._hint, self._cost = ElidedLabel(), ElidedLabel()
        self._hint.setParent(self)
        self._cost.setParent(self)
        self._cost.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.run_button.clicked.connect(self._click)
        self._queue.clicked.connect(self.run_requested)
        theme.changed.connect(self._measure)
        self.setFixedHeight(self._high)

    @property
    def hint_text(self) -> str:
        """What stands under the composer at the left: why it cannot paint, or which keys do."""
        return self._problem or _(self.running_hint if self.run_button.running else self.hint)

    @property
    def cost(self) -> str:
        """What stands under the composer at the right."""
        return self._cost.text()

    def counted(self, count: int) -> str:
        """Say how many are wanted."""
        return ngettext("{n} picture", "{n} pictures", count).format(n=count)

    @property
    def growth(self) -> int:
        """How many pixels the composer is higher than with one line of text."""
        return 0

    def show_ready(self, problem: str, cost: str) -> None:
        """Let the button paint, or say why it cannot."""
        self.run_button.show_ready(_(self.verb))
        self.run_button.setEnabled(not problem)
        self.run_button.setToolTip(plain_tip(problem or _(self.help)))
        self._problem = problem
        self._queue.hide()
        if cost != self._cost.text():
            self._cost.set_text(cost)
            self.place()
        self._hint.set_text(self.hint_text)

    def show_running(
        self, share: float, problem: str, *, stopping: bool, left: float | None = None
    ) -> None:
        """Let the button cancel, and another one queue."""
        self.run_button.show_running(share, stopping=stopping, left=left)
        self.run_button.setEnabled(True)  # also while it stops, or the focus would go elsewhere
        self.run_button.setToolTip(_("Stop at the next step (Esc)"))
        self._problem = ""
        self._hint.set_text(self.hint_text)
        self._queue.show()
        self._queue.setEnabled(not problem)
        self._queue.setToolTip(plain_tip(problem or _(self.queue_help)))

    def place(self) -> None:
        """Put the composer where it belongs, and the hints under it."""
        parent = self.parentWidget()
        if parent is None:
            return
        high, wide = self._theme.px(HEIGHT), min(self.width() - 2 * SIDE, self._theme.px(WIDEST))
        left = (self.width() - wide) // 2
        corner = self.mapTo(parent, self.rect().topLeft())
        extra = self.growth
        self.composer.setGeometry(corner.x() + left, corner.y() + GAP - extra, wide, high + extra)
        self.show_narrow(narrow=self.width() < self._theme.px(NARROW))
        self._place_hints(left + 8, GAP + high + 6, wide - 16)

    def show_narrow(self, *, narrow: bool) -> None:
        """Let what stands beside the field do without words, or with them."""
        show_words(self._queue, _("Add to queue"), on=not narrow)

    def _place_hints(self, left: int, top: int, wide: int) -> None:
        """Give the cost what it needs, up to a half, and the rest to the hint."""
        needed = self._cost.fontMetrics().horizontalAdvance(self._cost.text()) + 2
        cost, high = min(needed, wide // 2), self._theme.px(HINT)
        self._hint.setGeometry(left, top, wide - cost - GAP, high)
        self._cost.setGeometry(left + wide - cost, top, cost, high)

    def paint_ground(self, painter: QPainter) -> None:
        """Paint what lies under the composer: it goes on from the stage above."""
        painter.fillRect(self.rect(), self._theme.colour("stage"))

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ParentChange:
            self.composer.setParent(self.parentWidget())
            self.composer.setVisible(self.isVisible())
        elif event.type() is QEvent.Type.Show:
            self.place()
            self.composer.show()
            self.composer.raise_()
        elif event.type() is QEvent.Type.Hide:
            self.composer.hide()
        return super().event(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.place()

    @override
    def moveEvent(self, event: QMoveEvent) -> None:
        self.place()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        self.paint_ground(painter)
        shown = QRectF(self.composer.rect())
        shown.moveTopLeft(
            self.composer.mapTo(self.window(), QPointF()) - self.mapTo(self.window(), QPointF())
        )
        paint_shadow(painter, self._theme.tokens, shown, RADIUS)

    @property
    def _high(self) -> int:
        return GAP + self._theme.px(HEIGHT) + 6 + self._theme.px(HINT) + FOOT

    def _measure(self) -> None:
        self.setFixedHeight(self._high)
        self.place()

    def _click(self) -> None:
        if self.run_button.stopping:
            return
        if self.run_button.running:
            self.cancel_requested.emit()
        else:
            self.run_requested.emit()
