"""The canvas's part of the inspector: the mask, the fill, and the history."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.fields import About, declared
from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.task import NOWHERE, Inpaint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.chips import CountChips
from kandinsky_desktop.ui.controls import NumberRow, label, titled_row
from kandinsky_desktop.ui.theme import Theme

# of the mask: the painter's own colours
COLOURS = (
    ("#2F5BD8", N_("Cobalt")),
    ("#E2462B", N_("Vermilion")),
    ("#F4BD1C", N_("Cadmium")),
    ("#1B7437", N_("Viridian")),
)
MOST_GROW, MOST_FEATHER, MOST_PADDING = 64, 128, 512  # on the sliders; more can be typed
HISTORY_HIGH = 160


class CanvasPanel(QWidget):
    """Shows the mask and the fill as they are set. `history` is a widget of its own, for a fold."""

    edges_changed = Signal(str, int)  # "grow" or "feather", its value
    padding_changed = Signal(int)
    strength_changed = Signal(float)
    matching_changed = Signal(bool)  # whether colours are to meet those around
    count_changed = Signal(int)
    colour_changed = Signal(str)
    action_requested = Signal(str)  # its name in the table
    frame_reset_requested = Signal()
    step_chosen = Signal(int)  # so many steps are to be done

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        about = declared(Inpaint)
        self._share = label("", "small")
        self.buttons: list[QPushButton] = []
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for name in ("mask_invert", "mask_clear", "mask_load"):
            action = actions.named(name)
            button = QPushButton(_(action.word or action.text))
            button.setToolTip(action.tip)
            button.setProperty("role", "tight")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _on=False, name=name: self.action_requested.emit(name))
            self.buttons.append(button)
            buttons.addWidget(button, 1)
        self._grow = NumberRow(theme, about["grow"], whole=True)
        feather = replace(about["feather"], label=N_("Soft edge"))
        self._feather = NumberRow(theme, feather, whole=True)
        self._colours = ColourRow(theme)
        self._strength = NumberRow(theme, _of_hundred(about["strength"]), whole=True)
        padding = replace(about["padding"], label=N_("Surroundings it sees"))
        self._padding = NumberRow(theme, padding, whole=True)
        for row, field, most in (
            (self._grow, "grow", MOST_GROW),
            (self._feather, "feather", MOST_FEATHER),
            (self._padding, "padding", MOST_PADDING),
        ):
            row.limit(about[field].low, about[field].high, 1, most)
        self.matching = QCheckBox(_(about["match_colours"].label))
        self.matching.setToolTip(_(about["match_colours"].help))
        self._by_hand = QPushButton(_("Let the frame follow the mask"))
        self._by_hand.setProperty("role", "link")
        self._by_hand.hide()
        self._counts, self._count_words = CountChips(theme), label("", "small")
        self._words: list[str] = []  # in the history
        self._done = 0  # of them, besides the first
        self._steps = QListWidget()
        self._steps.setAccessibleName(_("History"))
        self._steps.setUniformItemSizes(True)  # else all are measured anew at each step
        self._steps.setMaximumHeight(theme.px(HISTORY_HIGH))
        self.history = self._steps
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(8)
        self._of_mask = QWidget()
        rows = QVBoxLayout(self._of_mask)
        rows.setContentsMargins(0, 0, 0, 8)
        rows.setSpacing(8)
        rows.addLayout(titled_row(_("The mask"), self._share))
        rows.addLayout(buttons)
        for row_ in (self._grow, self._feather, self._colours):
            rows.addWidget(row_)
        rows.addSpacing(8)
        self._meant = label("", "small")
        rows.addLayout(titled_row(_("The fill"), self._meant))
        for field_ in (self._strength, self.matching, self._padding, self._by_hand):
            rows.addWidget(field_)
        column.addWidget(self._of_mask)
        column.addLayout(titled_row(_("How many"), self._count_words))
        column.addWidget(self._counts)
        self._grow.changed.connect(lambda value: self.edges_changed.emit("grow", int(value)))
        self._feather.changed.connect(lambda value: self.edges_changed.emit("feather", int(value)))
        self._padding.changed.connect(lambda value: self.padding_changed.emit(int(value)))
        self._strength.changed.connect(lambda value: self.strength_changed.emit(value / 100))
        self.matching.toggled.connect(self.matching_changed)
        self._counts.chosen.connect(self.count_changed)
        self._colours.chosen.connect(self.colour_changed)
        self._by_hand.clicked.connect(self.frame_reset_requested)
        self._steps.itemClicked.connect(lambda item: self.step_chosen.emit(self._steps.row(item)))

    def allow(self, *, on: bool) -> None:
        """Let it be set, if there is a picture to set it for."""
        for part in (*self.buttons, self._grow, self._feather, self._padding):
            part.setEnabled(on)

    def show_mask(self, share: float, grow: int, feather: int) -> None:
        """Show how much is masked, and how the mask will be used."""
        words = _("nothing yet") if not share else _("{share} of the picture")
        shown = in_percent(share, 0 if share >= 0.01 else 1)
        self._share.setText(words.format(share=shown))
        self._grow.show_value(grow, USUAL.grow)
        self._feather.show_value(feather, USUAL.feather)

    def show_fill(self, strength: float, padding: int, *, matching: bool, by_hand: bool) -> None:
        """Show how fills are painted, and whether a hand drew the frame."""
        self._strength.show_value(round(strength * 100), 100)
        with QSignalBlocker(self.matching):
            self.matching.setChecked(matching)
        self._padding.show_value(padding, USUAL.padding)
        self._by_hand.setVisible(by_hand)

    def show_meant(self, words: str) -> None:
        """Say what the fill is to mean."""
        self._meant.setText(words)

    def show_expanding(self, *, on: bool) -> None:
        """Leave out what says nothing of borders."""
        self._of_mask.setVisible(not on)

    def show_count(self, count: int) -> None:
        """Show how many are painted at once."""
        self._counts.show_value(count)
        self._count_words.setText(ngettext("{n} at a time", "{n} at a time", count).format(n=count))

    def show_colour(self, colour: str) -> None:
        """Show in which colour the mask is seen."""
        self._colours.show_value(colour)

    def show_history(self, names: Sequence[str], done: int) -> None:
        """Show what was done, the oldest first; what is undone is faint."""
        words, before = [_("As it was opened"), *names], self._words
        alike = next(
            (
                row
                for row, (one, other) in enumerate(zip(words, before, strict=False))
                if one != other
            ),
            min(len(words), len(before)),
        )
        first = min(alike, self._done + 1, done + 1)  # those before it are as they were
        with QSignalBlocker(self._steps):
            for row in reversed(range(alike, len(before))):
                self._steps.takeItem(row)
            self._steps.addItems(words[alike:])
            for row in range(first, len(words)):
                font = self._steps.item(row).font()
                font.setItalic(row > done)
                self._steps.item(row).setFont(font)
            self._steps.setCurrentRow(done)
            self._steps.scrollToItem(self._steps.item(done))
        self._words, self._done = words, done


def _of_hundred(about: About) -> About:
    low, high = ceil(about.low * 100), int(about.high * 100)
    return replace(about, label=N_("Change at most"), low=low, high=high, step=1, unit="%")


USUAL = Inpaint(path=NOWHERE, masks=())  # with what is set until a person sets something else


class ColourRow(QWidget):
    """The colours in which a mask can be seen, as dots."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(label(_("Colour")))
        row.addStretch(1)
        self._group = QButtonGroup(self)
        self._dots: dict[str, _Dot] = {}
        for colour, name in COLOURS:
            dot = _Dot(theme, colour, _(name))
            self._dots[colour] = dot
            self._group.addButton(dot)
            row.addWidget(dot)
            dot.clicked.connect(lambda _on=False, colour=colour: self.chosen.emit(colour))

    def show_value(self, colour: str) -> None:
        """Mark the one in use."""
        if colour in self._dots:
            self._dots[colour].setChecked(True)


class _Dot(QAbstractButton):
    def __init__(self, theme: Theme, colour: str, name: str) -> None:
        super().__init__()
        self._theme, self._colour = theme, QColor(colour)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(28), self._theme.px(28))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height())
        place = QRectF(0, 0, side, side)
        place.moveCenter(QRectF(self.rect()).center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(place.adjusted(4, 4, -4, -4))
        if self.isChecked() or self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("accent" if self.isChecked() else "text"), 2))
            painter.drawEllipse(place.adjusted(1, 1, -1, -1))
