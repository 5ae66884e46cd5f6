"""The declared fields of a dataclass as rows of a panel, so that a new field appears by itself."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from kandinsky_desktop.domain.fields import About, declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import NumberRow, label, row_label
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.theme import Theme

SLIDER_ENDS = 512.0  # more can be typed
TOOL_TIP = Qt.ItemDataRole.ToolTipRole
FINE = 0.1  # a smaller step wants a second decimal


class Rows(QWidget):
    """Shows the fields of a value and says what a person wishes to change in it."""

    edited = Signal(str, object)  # a field's name, its value

    def __init__(
        self,
        theme: Theme,
        kind: Any,
        *,
        without: tuple[str, ...] = (),
        ends: Mapping[str, float] | None = None,
    ) -> None:
        """`ends` are where sliders end, by field, if not at the field's own limit."""
        super().__init__()
        self._theme = theme
        self._defaults: dict[str, Any] = {f.name: f.default for f in fields(kind)}
        self._helps: dict[str, str] = {}
        self._choice_helps: dict[tuple[str, str], str] = {}  # by field and value
        self.numbers: dict[str, NumberRow] = {}
        self.choices: dict[str, QComboBox] = {}
        self.switches: dict[str, QCheckBox] = {}
        self.texts: dict[str, PromptEdit] = {}
        self._rows: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for name, about in declared(kind).items():
            if name not in without:
                end = (ends or {}).get(name, min(about.high, SLIDER_ENDS))
                self._rows[name] = self._row(name, about, end)
                self._rows[name].setToolTip(_(about.help))
                self._helps[name] = _(about.help)
                column.addWidget(self._rows[name])

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that have a row."""
        return tuple(self._rows)

    def show_value(self, value: Any, defaults: Any = None) -> None:
        """Show a value; `defaults` is one of its kind, where the kind's own are not the usual."""
        for name in self._rows:
            held = getattr(value, name)
            if name in self.numbers:
                usual = self._defaults[name] if defaults is None else getattr(defaults, name)
                self.numbers[name].show_value(held, usual)
            elif name in self.texts:
                self._show_text(self.texts[name], held)
            elif name in self.choices:
                combo = self.choices[name]
                with QSignalBlocker(combo):
                    combo.setCurrentIndex(combo.findData(held))
            else:
                with QSignalBlocker(self.switches[name]):
                    self.switches[name].setChecked(held)

    def allow(self, name: str, reason: str) -> None:
        """Let a field be changed, or say on hover why it cannot."""
        self._rows[name].setEnabled(not reason)
        self._rows[name].setToolTip(reason or self._helps[name])

    def allow_choice(self, name: str, value: str, reason: str) -> None:
        """Let a value of a field be chosen, or say on hover why it cannot."""
        combo = self.choices[name]
        model, place = combo.model(), combo.findData(value)
        assert isinstance(model, QStandardItemModel)
        model.item(place).setEnabled(not reason)
        combo.setItemData(place, reason or self._choice_helps[name, value], TOOL_TIP)

    def show_row(self, name: str, on: bool) -> None:
        """Show a field's row, or not."""
        self._rows[name].setVisible(on)

    def _row(self, name: str, about: About, end: float) -> QWidget:
        default = self._defaults[name]
        if isinstance(default, bool):
            return self._switch(name, about)
        if about.choices:
            return self._choice(name, about)
        if isinstance(default, str):
            return self._text(name, about)
        return self._number(name, about, end)

    def _number(self, name: str, about: About, end: float) -> QWidget:
        whole = isinstance(self._defaults[name], int)
        row = NumberRow(self._theme, about, whole=whole, decimals=2 if about.step < FINE else 1)
        row.limit(about.low, about.high, about.step, end)
        row.changed.connect(
            lambda value: self.edited.emit(name, int(value) if whole else float(value))
        )
        self.numbers[name] = row
        return row

    def _switch(self, name: str, about: About) -> QWidget:
        box = QCheckBox(_(about.label))
        box.toggled.connect(lambda on: self.edited.emit(name, on))
        self.switches[name] = box
        return box

    def _choice(self, name: str, about: About) -> QWidget:
        combo = QComboBox()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setAccessibleName(_(about.label))
        for one in about.choices:
            combo.addItem(_(one.label), one.value)
            combo.setItemData(combo.count() - 1, _(one.help), TOOL_TIP)
            self._choice_helps[name, one.value] = _(one.help)
        combo.activated.connect(lambda: self.edited.emit(name, combo.currentData()))
        self.choices[name] = combo
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(row_label(self._theme, _(about.label)))
        row.addWidget(combo, 1)
        return whole

    def _text(self, name: str, about: About) -> QWidget:
        words = PromptEdit(self._theme, _(about.label), _("nothing"), 2)
        words.textChanged.connect(lambda: self.edited.emit(name, words.toPlainText()))
        self.texts[name] = words
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        title = label(_(about.label), "small")
        title.setBuddy(words)
        column.addWidget(title)
        column.addWidget(words)
        return whole

    @staticmethod
    def _show_text(words: PromptEdit, text: str) -> None:
        if words.toPlainText() != text:
            with QSignalBlocker(words):
                words.setPlainText(text)
