"""The fusion panel: the cards as a list, what came through of them, and how they blend."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.board import HEAVIEST, Board
from kandinsky_desktop.domain.fields import About
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.request import PaintOptions
from kandinsky_desktop.state.board_editor import accessible_texts
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.state.draft import Draft
from kandinsky_desktop.ui.actions import ActionSet, nothing
from kandinsky_desktop.ui.conditioning_panel import ANCHORS
from kandinsky_desktop.ui.controls import NumberRow, label, titled_row
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.fusion.card_list import CardList
from kandinsky_desktop.ui.fusion.norm_gauge import NormGauge
from kandinsky_desktop.ui.fusion.similarity_bars import SimilarityBars
from kandinsky_desktop.ui.fusion.weight_pad import WeightPad
from kandinsky_desktop.ui.theme import Theme

WEIGHT = About(
    label=N_("Weight"),
    help=N_("How much of the card goes into the fusion; below 0 it is taken away."),
    low=-HEAVIEST,
    high=HEAVIEST,
    step=0.05,
)
CARD_CHANGES = ("mute", "solo", "subtract", "lock", "duplicate", "remove")


class FusionPanel(QWidget):
    """Shows the board's cards and says what a person wishes done with them.

    `more` is a widget of its own, for a fold: what is seldom changed.
    """

    chosen = Signal(int)
    weight_changed = Signal(int, float, bool)
    weights_changed = Signal(object, bool)  # {card: weight}, whether it is to last
    edit_finished = Signal()
    mix_edited = Signal(str, object)  # a field of the board, its value
    formula_submitted = Signal(str)
    words_requested = Signal(int)  # of a card are to be written

    def __init__(self, theme: Theme, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._actions = theme, actions
        self._board = Board()
        self._titles: dict[int, str] = {}
        self._images: dict[int, QImage | None] = {}
        self._bars: dict[int, SimilarityBar] = {}
        self.list = CardList(theme)
        self.through = SimilarityBars(theme)
        self.acts: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(0)
        for name in CARD_CHANGES:
            toggles = name in ("mute", "solo", "lock")
            button = actions.button(name, lambda: self.current or None, checkable=toggles)
            self.acts[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self.undo = actions.button("undo", nothing)
        self.redo = actions.button("redo", nothing)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._share = label(_("share"), "small")
        column.addLayout(titled_row(_("Cards"), self._share))
        self._empty = label(_("Drop pictures on the board, or type words."), "small")
        self._empty.setWordWrap(True)
        column.addWidget(self._empty)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(self.through)
        self.more = QWidget()
        self._fill_more(theme)
        self.list.chosen.connect(self._choose)
        self.list.weight_changed.connect(self.weight_changed)
        self.list.edit_finished.connect(self.edit_finished)
        self.list.opened.connect(self.words_requested)
        self.weight.changed.connect(self._weigh)
        self.weight.let_go.connect(self.edit_finished)
        self.pad.weights_changed.connect(self.weights_changed)
        self.pad.edit_finished.connect(self.edit_finished)
        self.mix.edited.connect(self.mix_edited)
        self.show_board(Board(), {}, {})

    def _fill_more(self, theme: Theme) -> None:
        self.pad = WeightPad(theme)
        self.weight = NumberRow(theme, WEIGHT, whole=False, decimals=2)
        self.mix = Form(theme, Board)
        self.gauge = NormGauge(theme)
        self.anchors = Form(theme, PaintOptions, only=ANCHORS)  # what 2.1 reads beside the fusion
        column = QVBoxLayout(self.more)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.pad)
        column.addWidget(self.weight)
        column.addWidget(self.mix)
        column.addWidget(self.gauge)
        self.formula = QLineEdit()
        self.formula.setAccessibleName(_("Formula"))
        self.formula.setPlaceholderText('0.6 cat.png + 0.4 "oil painting"')
        self.formula.setToolTip(
            _("The board written out. Change it and press Enter; words stand in quotes.")
        )
        self.formula.returnPressed.connect(lambda: self.formula_submitted.emit(self.formula.text()))
        column.addWidget(label(_("Formula")))
        column.addWidget(self.formula)
        column.addWidget(self.anchors)

    @property
    def current(self) -> int:
        """The card that is chosen; 0 if none is."""
        return self.list.current

    @property
    def summary(self) -> str:
        """What `more` holds, in one line."""
        blend = self.mix.choices["blend"].currentText()
        return " · ".join(part for part in (blend, self.gauge.short) if part)

    def show_board(self, board: Board, titles: dict[int, str], angles: dict[int, float]) -> None:
        """Show another state of the board."""
        self._board, self._titles = board, titles
        for part in (self._share, self.list):
            part.setVisible(bool(board.cards))
        self._empty.setVisible(not board.cards)
        self._show_cards()
        self.pad.show_board(board, titles, angles)
        self.mix.show_value(board)
        self._allow()

    def show_image(self, number: int, image: QImage | None) -> None:
        """Show a card's picture."""
        if self._images.get(number) is not image:
            self._images[number] = image
            self._show_cards()

    def show_formula(self, formula: str) -> None:
        """Write the board out, unless someone is writing there now."""
        if not self.formula.hasFocus() or not self.formula.isModified():
            self.formula.setText(formula)
            if not self.formula.hasFocus():
                self.formula.setCursorPosition(0)

    def show_bars(self, bars: dict[int, SimilarityBar]) -> None:
        """Show the CLIP similarity of each card, by its id."""
        self._bars = bars
        self._show_cards()

    def show_anchors(self, values: Draft, *, can: bool) -> None:
        """Show the anchor texts, only where the model reads them or one is set."""
        self.anchors.setVisible(
            can or bool(values.decoder_prompt or values.negative_decoder_prompt)
        )
        self.anchors.show_value(values)

    def choose(self, number: int) -> None:
        """Show another card as the chosen one."""
        self.list.choose(number)
        self._allow()

    def _allow(self) -> None:
        card = self._board.card(self.current)
        self._actions.refresh()
        for name, button in self.acts.items():
            if button.isCheckable():
                flags = {"mute": "muted", "solo": "solo", "lock": "locked"}
                button.setChecked(card is not None and getattr(card, flags[name]))
        self.weight.setEnabled(card is not None and not card.locked)
        weight = card.weight if card else 0.0
        most = max(HEAVIEST, abs(weight))  # a formula may say more than a hand can
        self.weight.limit(-most, most, WEIGHT.step)
        self.weight.show_value(weight, 1.0)

    def _show_cards(self) -> None:
        said = accessible_texts(self._board)
        for number, bar in self._bars.items():
            if number in said:
                said[number] += f", {bar.accessible_text}"
        self.list.show_board(self._board, self._titles, said, self._images)
        self.through.show_bars(self._board, self.list.cards.rows, self._bars)

    def _choose(self, number: int) -> None:
        self._allow()
        self.chosen.emit(number)

    def _weigh(self, weight: float) -> None:
        if self.current:
            self.weight_changed.emit(self.current, round(weight, 2), not self.weight.held)
