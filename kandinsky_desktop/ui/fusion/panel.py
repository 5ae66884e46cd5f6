"""The cards as a list, for keyboard and screen readers, and how they blend."""

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.board import HEAVIEST, Board
from kandinsky_desktop.domain.fields import About
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.request import PaintOptions
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.board_editor import accessible_text
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.state.draft import Draft
from kandinsky_desktop.ui.actions import ActionSet, nothing
from kandinsky_desktop.ui.conditioning_panel import ANCHORS
from kandinsky_desktop.ui.controls import NumberRow, row_label
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.fusion.norm_gauge import NormGauge
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
ROWS = 4


class FusionPanel(QWidget):
    """Shows the board's cards and says what a person wishes done with them."""

    chosen = Signal(int)
    weight_changed = Signal(int, float, bool)
    weights_changed = Signal(object, bool)  # {card: weight}, whether it is to last
    edit_finished = Signal()
    mix_edited = Signal(str, object)  # a field of the board, its value
    formula_submitted = Signal(str)

    def __init__(self, theme: Theme, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._actions = theme, actions
        self._board, self._current = Board(), 0
        self._bars: dict[int, SimilarityBar] = {}
        self._model = QStandardItemModel(self)
        self.list = _Cards()
        self.list.setModel(self._model)
        self.weight = NumberRow(theme, WEIGHT, whole=False, decimals=2)
        self.pad = WeightPad(theme)
        self.acts: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(2)
        for name in CARD_CHANGES:
            toggles = name in ("mute", "solo", "lock")
            button = actions.button(name, lambda: self._current or None, checkable=toggles)
            self.acts[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self.undo = actions.button("undo", nothing)
        self.redo = actions.button("redo", nothing)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        self.mix = Form(theme, Board)
        self.gauge = NormGauge(theme)
        self.anchors = Form(theme, PaintOptions, only=ANCHORS)  # what 2.1 reads beside the fusion
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(self.weight)
        column.addWidget(self.pad)
        column.addWidget(self.mix)
        length = QHBoxLayout()
        length.setSpacing(8)
        length.addWidget(row_label(theme, _("Length")))
        length.addWidget(self.gauge, 1)
        column.addLayout(length)
        self.formula = QLineEdit()
        self.formula.setAccessibleName(_("Formula"))
        self.formula.setPlaceholderText('0.6 cat.png + 0.4 "oil painting"')
        self.formula.setToolTip(
            _("The board written out. Change it and press Enter; words stand in quotes.")
        )
        self.formula.returnPressed.connect(lambda: self.formula_submitted.emit(self.formula.text()))
        formula = QHBoxLayout()
        formula.setSpacing(8)
        formula.addWidget(row_label(theme, _("Formula")))
        formula.addWidget(self.formula, 1)
        column.addLayout(formula)
        column.addWidget(self.anchors)
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.weight.changed.connect(self._weigh)
        self.pad.weights_changed.connect(self.weights_changed)
        self.pad.edit_finished.connect(self.edit_finished)
        self.mix.edited.connect(self.mix_edited)
        self._allow()

    @property
    def current(self) -> int:
        """The card that is chosen; 0 if none is."""
        return self._current

    def show_board(self, board: Board) -> None:
        """Show another state of the board."""
        self._board = board
        ids = [card.id for card in board.cards]
        with QSignalBlocker(self.list.selectionModel()):
            while self._model.rowCount() > len(ids):
                self._model.removeRow(self._model.rowCount() - 1)
            while self._model.rowCount() < len(ids):
                item = QStandardItem()
                item.setEditable(False)
                self._model.appendRow(item)
            shares, heard, names = board.shares, board.heard, board.names
            for place, card in enumerate(board.cards):
                item = self._model.item(place)
                share = f"{shares[card.id]:.0%}" if card in heard else "–"
                item.setText(f"{names[card.id]}    {card.weight:.2f}  ·  {share}")
                item.setData(card.id)
        self._speak()
        self.pad.show_board(board)
        self.mix.show_value(board)
        self.choose(self._current if board.card(self._current) else 0)

    def show_formula(self, formula: str) -> None:
        """Write the board out, unless someone is writing there now."""
        if not self.formula.hasFocus() or not self.formula.isModified():
            self.formula.setText(formula)
            if not self.formula.hasFocus():
                self.formula.setCursorPosition(0)

    def show_bars(self, bars: dict[int, SimilarityBar]) -> None:
        """Show the CLIP similarity of each card, by its id."""
        self._bars = bars
        self._speak()

    def show_anchors(self, values: Draft, *, can: bool) -> None:
        """Show the anchor texts, only where the model reads them or one is set."""
        self.anchors.setVisible(
            can or bool(values.decoder_prompt or values.negative_decoder_prompt)
        )
        self.anchors.show_value(values)

    def choose(self, number: int) -> None:
        """Show another card as the chosen one."""
        self._current = number
        with QSignalBlocker(self.list.selectionModel()):
            for place, card in enumerate(self._board.cards):
                if card.id == number:
                    self.list.setCurrentIndex(self._model.index(place, 0))
            if not number:
                self.list.clearSelection()
        self._allow()

    def _allow(self) -> None:
        card = self._board.card(self._current)
        self._actions.refresh()
        for name, button in self.acts.items():
            if button.isCheckable():
                flags = {"mute": "muted", "solo": "solo", "lock": "locked"}
                button.setChecked(card is not None and getattr(card, flags[name]))
        self.weight.setEnabled(card is not None and not card.locked)
        self.weight.show_value(card.weight if card else 0.0, 1.0)

    def _speak(self) -> None:
        for place, card in enumerate(self._board.cards):
            item, bar = self._model.item(place), self._bars.get(card.id)
            said = accessible_text(self._board, card.id)
            said = said if bar is None else f"{said}, {bar.accessible_text}"
            item.setData(said, Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip(said)

    def _choose(self, index: QModelIndex) -> None:
        item = self._model.itemFromIndex(index) if index.isValid() else None
        self._current = item.data() if item is not None else 0
        self._allow()
        self.chosen.emit(self._current)

    def _weigh(self, weight: float) -> None:
        if self._current:
            self.weight_changed.emit(self._current, round(weight, 2), True)


class _Cards(QListView):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Cards"))
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setObjectName("cards")

    @override
    def sizeHint(self) -> QSize:
        row = self.fontMetrics().height() + 12
        return QSize(200, row * ROWS + 8)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())
