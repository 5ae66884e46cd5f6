"""The bar that floats over the foot of the grid: what can be done with all that is chosen."""

from collections.abc import Sequence

from PySide6.QtCore import QEasingCurve, QRect, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGraphicsOpacityEffect, QHBoxLayout, QToolButton, QWidget

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import ActionSet, nothing
from kandinsky_desktop.ui.controls import icon_button, label, show_words
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme

HEIGHT, TOOL = 48, 36  # in unscaled pixels; the height of an item is TOOL
ABOVE = 16  # the foot of the grid
SLIDE, IN_MS, OUT_MS = 12, 140, 120
ROOM = 50  # around it, for its shadow
RADIUS = 8
SIDE = 12  # at least, beside it


class SelectionBar(QFrame):
    """Comes up when several pictures are chosen. Its parent is what it floats over."""

    closed = Signal()  # nothing is to be chosen any more

    def __init__(
        self, theme: Theme, actions: ActionSet, names: Sequence[str], parent: QWidget
    ) -> None:
        """`names` are actions of the table; an empty one parts two groups."""
        super().__init__(parent)
        self.setObjectName("actions")
        self.setAccessibleName(_("What is chosen"))
        self._theme, self._over = theme, parent
        self._shadow = _Shadow(theme, parent)
        self.count = label("", "group")
        self.buttons: dict[str, QToolButton] = {}
        self._words: dict[str, str] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(2)
        row.addWidget(self.count)
        row.addSpacing(8)
        row.addWidget(_line())
        row.addSpacing(2)
        for name in names:
            if not name:
                row.addWidget(_line())
                continue
            button = self.buttons[name] = actions.button(name, nothing, role="action")
            self._words[name] = button.text().strip()
            row.addWidget(button)
        row.addSpacing(2)
        row.addWidget(_line())
        self.close_button = icon_button(theme, "x", _("Choose nothing (Esc)"))
        row.addWidget(self.close_button)
        self.close_button.clicked.connect(self.closed)
        self._slide = QVariantAnimation(self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(lambda _value: self._lay())
        self._slide.finished.connect(self._settle)
        self._up = False
        self.hide()
        self._shadow.hide()
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def is_up(self) -> bool:
        """Whether it is shown, or comes."""
        return self._up

    def show_chosen(self, cells: int, pictures: int) -> None:
        """Say how many are chosen, and come up or go."""
        words = ngettext("{n} chosen", "{n} chosen", cells).format(n=f"{cells:,}")
        if pictures > cells:
            words = _("{chosen} · {pictures}").format(
                chosen=words,
                pictures=ngettext("{n} picture", "{n} pictures", pictures).format(
                    n=f"{pictures:,}"
                ),
            )
        if cells > 1:
            self.count.setText(words)
            self.place()
        self._turn(on=cells > 1)

    def place(self) -> None:
        """Lie over the foot of the parent, in its middle; without words where it is narrow."""
        room = self._over.width() - 2 * SIDE
        self._say(words=True)
        if self.sizeHint().width() > room:
            self._say(words=False)
        self._lay()

    def _say(self, *, words: bool) -> None:
        for name, button in self.buttons.items():
            show_words(button, self._words[name], on=words)
            style = Qt.ToolButtonStyle
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly
            )
        layout = self.layout()
        if layout is not None:
            layout.invalidate()

    def _turn(self, *, on: bool) -> None:
        if on == self._up:
            return
        self._up = on
        now = float(self._slide.currentValue() or 0.0) if self._is_moving else float(not on)
        self._slide.stop()
        self._slide.setStartValue(now)
        self._slide.setEndValue(float(on))
        self._slide.setDuration((IN_MS if on else OUT_MS) * self._theme.motion)
        if on:
            self.show()
            self._shadow.show()
            self._shadow.raise_()
            self.raise_()
        self._fade(now)
        self._slide.start()

    @property
    def _is_moving(self) -> bool:
        return self._slide.state() is QVariantAnimation.State.Running

    def _share(self) -> float:
        return float(self._slide.currentValue() or 0.0) if self._is_moving else float(self._up)

    def _lay(self) -> None:
        share, high = self._share(), self._theme.px(HEIGHT)
        wide = min(self.sizeHint().width(), self._over.width() - 2 * SIDE)
        left = (self._over.width() - wide) // 2
        top = self._over.height() - ABOVE - high + round(SLIDE * (1 - share))
        self.setGeometry(QRect(left, top, wide, high))
        self._shadow.lie_under(self.geometry())
        self._fade(share)

    def _fade(self, share: float) -> None:
        """Let it be seen through while it comes and goes; at rest there is no effect on it."""
        for widget in (self, self._shadow):
            if share < 1 and widget.graphicsEffect() is None:
                widget.setGraphicsEffect(QGraphicsOpacityEffect(widget))
            effect = widget.graphicsEffect()
            if isinstance(effect, QGraphicsOpacityEffect):
                effect.setOpacity(share)
                effect.setEnabled(share < 1)

    def _settle(self) -> None:
        self._fade(1.0)
        if not self._up:
            self.hide()
            self._shadow.hide()
        self._lay()

    def _measure(self) -> None:
        for button in self.buttons.values():
            button.setFixedHeight(self._theme.px(TOOL))
        self.place()


class _Shadow(QWidget):
    """What lies under the bar; the mouse does not feel it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("barshadow")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme, self._over, self._place = theme, parent, QRectF()

    def lie_under(self, bar: QRect) -> None:
        """Lie under the bar, as far as its parent reaches."""
        around = bar.adjusted(-ROOM, -ROOM, ROOM, ROOM).intersected(self._over.rect())
        self.setGeometry(around)
        self._place = QRectF(bar.translated(-around.topLeft()))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_shadow(painter, self._theme.tokens, self._place, RADIUS, "floating")


def _line() -> QWidget:
    line = QWidget()
    line.setObjectName("actionline")
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedSize(1, 24)
    return line
