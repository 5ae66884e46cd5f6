"""What is painted on: mask, sketch or depth, side by side, one of them lit."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.ui.controls import beside, set_icon
from kandinsky_desktop.ui.theme import Theme

HIGH, GAP = 32, 2
TARGETS = (
    ("mask", N_("Mask"), N_("Paint what is to be painted anew (S)"), "contrast"),
    ("sketch", N_("Sketch"), N_("Paint colours over the picture (S)"), "pencil"),
    ("depth", N_("Depth"), N_("Paint what is near and what is far (D)"), "blend"),
)


class TargetSwitch(QWidget):
    """Chooses between them."""

    chosen = Signal(str)  # "mask", "sketch" or "depth"

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for name, words, help_, icon in TARGETS:
            button = QToolButton()
            button.setProperty("role", "target")
            button.setProperty("icon_side", 16)
            button.setCheckable(True)
            button.setText(beside(_(words)))
            button.setAccessibleName(_(words))
            button.setToolTip(_(help_))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_icon(theme, button, icon)
            button.clicked.connect(lambda _on=False, name=name: self.chosen.emit(name))
            self._group.addButton(button)
            self.buttons[name] = button
            row.addWidget(button)
        theme.changed.connect(self._measure)
        self._measure()

    def show_target(self, name: str) -> None:
        """Light what is painted on."""
        self.buttons[name].setChecked(True)

    def shorten(self, *, on: bool, stacked: bool = False) -> None:
        """Leave the words away, where there is little room; stacked, where there is even less."""
        self._row.setDirection(
            QHBoxLayout.Direction.TopToBottom if stacked else QHBoxLayout.Direction.LeftToRight
        )
        style = Qt.ToolButtonStyle
        for button in self.buttons.values():
            button.setToolButtonStyle(
                style.ToolButtonIconOnly if on else style.ToolButtonTextBesideIcon
            )
            button.setFixedWidth(self._width_of(button, short=on))
        self.setFixedWidth(self.width_when(short=on, stacked=stacked))

    @property
    def stack(self) -> int:
        """How high it is, stacked."""
        return (self._theme.px(HIGH) + GAP) * len(self.buttons) - GAP

    def width_when(self, *, short: bool, stacked: bool = False) -> int:
        """Return how wide it is with its words or without, and stacked or not."""
        if stacked:
            return self._theme.px(HIGH)
        wide = sum(self._width_of(button, short=short) for button in self.buttons.values())
        return wide + GAP * (len(self.buttons) - 1)

    def _width_of(self, button: QToolButton, *, short: bool) -> int:
        side = self._theme.px(HIGH)
        font = button.font()
        font.setPixelSize(self._theme.px(12))
        font.setBold(True)  # as it is while it is lit
        words = QFontMetrics(font).horizontalAdvance(button.text())
        return side if short else side + words + 8

    def _measure(self) -> None:
        for button in self.buttons.values():
            button.setFixedHeight(self._theme.px(HIGH))
        self.shorten(on=False)
