"""The declared fields of a dataclass as rows, so that a new field appears by itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.fields import About, declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import (
    LabelledRow,
    NumberField,
    NumberRow,
    inset,
    label,
    scroll_past,
    show_number,
)
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.theme import Theme

SLIDER_ENDS = 512.0  # more can be typed
TOOL_TIP = Qt.ItemDataRole.ToolTipRole
FINE = 0.1  # a smaller step wants a second decimal

Arrangement = Literal["rows", "columns"]


@dataclass(frozen=True, slots=True)
class Editor:
    """What edits one field: the widget that is its row, and what shows a value and its default."""

    widget: QWidget
    show: Callable[[Any, Any], None]


class Form(QWidget):
    """Shows the fields of a value and says what a person wishes to change in it.

    As `rows` it fits a panel: a number has a slider, a text several lines. As `columns` it fits a
    dialog: labels at the left, plain fields at the right.
    """

    edited = Signal(str, object)  # a field's name, its value
    left = Signal()  # a field where words were typed

    def __init__(
        self,
        theme: Theme,
        kind: Any,
        *,
        only: Collection[str] | None = None,
        without: Collection[str] = (),
        ends: Mapping[str, float] | None = None,
        arrangement: Arrangement = "rows",
    ) -> None:
        """`ends` are where sliders end, by field, if not at the field's own limit."""
        super().__init__()
        self._theme = theme
        self._defaults: dict[str, Any] = {f.name: f.default for f in fields(kind)}
        self._ends = ends or {}
        self._abouts = {
            name: about
            for name, about in declared(kind).items()
            if name not in without and (only is None or name in only)
        }
        self.numbers: dict[str, NumberRow] = {}
        self.choices: dict[str, QComboBox] = {}
        self.switches: dict[str, QCheckBox] = {}
        self.texts: dict[str, PromptEdit] = {}
        self._editors: dict[str, Editor] = {}
        columns = arrangement == "columns"
        self._layout = _columns(self) if columns else _rows(self)
        for name, about in self._abouts.items():
            self._editors[name] = editor = self._editor(name, about, columns)
            editor.widget.setToolTip(_(about.help))
            if isinstance(self._layout, QFormLayout):
                alone = name in self.switches  # its label is its own
                self._layout.addRow("" if alone else _(about.label), editor.widget)
            else:
                self._layout.addWidget(editor.widget)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that have a row."""
        return tuple(self._editors)

    def show_value(self, value: Any, defaults: Any = None) -> None:
        """Show a value; `defaults` is one of its kind, where the kind's own are not the usual."""
        for name, editor in self._editors.items():
            usual = self._defaults[name] if defaults is None else getattr(defaults, name)
            editor.show(getattr(value, name), usual)

    def allow(self, name: str, reason: str) -> None:
        """Let a field be changed, or say on hover why it cannot."""
        widget = self._editors[name].widget
        widget.setEnabled(not reason)
        widget.setToolTip(plain_tip(reason or _(self._abouts[name].help)))

    def allow_choice(self, name: str, value: str, reason: str) -> None:
        """Let a value of a field be chosen, or say on hover why it cannot."""
        combo = self.choices[name]
        model, place = combo.model(), combo.findData(value)
        assert isinstance(model, QStandardItemModel)
        model.item(place).setEnabled(not reason)
        helps = {one.value: one.help for one in self._abouts[name].choices}
        combo.setItemData(place, plain_tip(reason) or _(helps[value]), TOOL_TIP)

    def show_row(self, name: str, on: bool) -> None:
        """Show a field's row, or not."""
        widget = self._editors[name].widget
        if isinstance(self._layout, QFormLayout):
            self._layout.setRowVisible(widget, on)
        else:
            widget.setVisible(on)

    def forget_undo(self) -> None:
        """Let what was typed so far be undone by others alone."""
        for words in self.texts.values():
            words.forget_undo()

    def _editor(self, name: str, about: About, columns: bool) -> Editor:
        default = self._defaults[name]
        if isinstance(default, bool):
            return self._switch(name, about)
        if about.choices:
            return self._choice(name, about, columns)
        if isinstance(default, str):
            return self._line(name, about) if columns else self._text(name, about)
        whole = isinstance(default, int)
        return self._field(name, about, whole) if columns else self._number(name, about, whole)

    def _switch(self, name: str, about: About) -> Editor:
        box = QCheckBox(_(about.label))
        box.setObjectName(name)
        box.toggled.connect(lambda on: self.edited.emit(name, on))
        self.switches[name] = box

        def show(value: bool, _default: bool) -> None:
            with QSignalBlocker(box):
                box.setChecked(value)

        return Editor(box, show)

    def _choice(self, name: str, about: About, columns: bool) -> Editor:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(_(about.label))
        scroll_past(combo)
        for one in about.choices:
            combo.addItem(_(one.label), one.value)
            combo.setItemData(combo.count() - 1, _(one.help), TOOL_TIP)
        combo.activated.connect(lambda: self.edited.emit(name, combo.currentData()))
        self.choices[name] = combo

        def show(value: str, _default: str) -> None:
            with QSignalBlocker(combo):
                combo.setCurrentIndex(combo.findData(value))

        if columns:
            return Editor(combo, show)
        shortest = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        combo.setSizeAdjustPolicy(shortest)  # a panel is not widened by its longest choice
        return Editor(LabelledRow(self._theme, _(about.label), combo), show)

    def _number(self, name: str, about: About, whole: bool) -> Editor:
        row = NumberRow(self._theme, about, whole=whole, decimals=_decimals(about))
        end = self._ends.get(name, min(about.high, SLIDER_ENDS))
        row.limit(about.low, about.high, about.step, end)
        row.changed.connect(
            lambda value: self.edited.emit(name, int(value) if whole else float(value))
        )
        self.numbers[name] = row
        return Editor(row, row.show_value)

    def _field(self, name: str, about: About, whole: bool) -> Editor:
        """Return a number without a slider."""
        field: QSpinBox | QDoubleSpinBox
        if whole:
            field = QSpinBox()
            field.setRange(int(about.low), int(about.high))
            field.setSingleStep(int(about.step))
        else:
            field = NumberField()
            field.setDecimals(_decimals(about))
            field.setRange(about.low, about.high)
            field.setSingleStep(about.step)
        field.setObjectName(name)
        field.setAccessibleName(_(about.label))
        field.setSuffix(_suffix(about, field.value()))
        field.setSpecialValueText(_(about.zero) if about.zero else "")
        inset(field)
        scroll_past(field)
        field.setKeyboardTracking(False)
        field.valueChanged.connect(lambda number: field.setSuffix(_suffix(about, number)))
        field.valueChanged.connect(lambda number: self.edited.emit(name, number))

        def show(value: Any, _default: Any) -> None:
            with QSignalBlocker(field):
                show_number(field, value, _decimals(about))
                field.setSuffix(_suffix(about, field.value()))

        return Editor(field, show)

    def _text(self, name: str, about: About) -> Editor:
        words = PromptEdit(self._theme, _(about.label), _("nothing"), 2)
        words.textChanged.connect(lambda: self.edited.emit(name, words.toPlainText()))
        words.left.connect(self.left)
        self.texts[name] = words
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        title = label(_(about.label), "small")
        title.setBuddy(words)
        column.addWidget(title)
        column.addWidget(words)

        def show(value: str, _default: str) -> None:
            words.show_text(value)

        return Editor(whole, show)

    def _line(self, name: str, about: About) -> Editor:
        """Return a text of one line, or a folder."""
        line = QLineEdit()
        line.setObjectName(name)
        line.setAccessibleName(_(about.label))
        line.setToolTip(_(about.help))
        line.setPlaceholderText(_(about.help))
        line.setMinimumWidth(320)
        line.setMaxLength(about.longest)
        line.editingFinished.connect(lambda: self.edited.emit(name, line.text().strip()))

        def show(value: str, _default: str) -> None:
            if line.text().strip() != value:
                line.setText(value)

        return Editor(_with_button(line, _(about.label)) if about.folder else line, show)


def _rows(form: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(form)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return column


def _columns(form: QWidget) -> QFormLayout:
    both = QFormLayout(form)
    both.setContentsMargins(0, 0, 0, 0)
    both.setHorizontalSpacing(16)
    both.setVerticalSpacing(12)
    return both


def _suffix(about: About, number: float) -> str:
    """Return what stands behind a number: "1 day", "2 days"."""
    unit = about.unit_of_one if number == 1 and about.unit_of_one else about.unit
    return f" {_(unit)}" if unit else ""


def _decimals(about: About) -> int:
    return 2 if about.step < FINE else 1


def _with_button(line: QLineEdit, name: str) -> QWidget:
    """Put a button behind a path that lets a person choose the folder."""
    choose = QPushButton(_("Choose…"))
    choose.setAutoDefault(False)  # in a dialog it would be pressed by Enter, wherever that is
    choose.setAccessibleName(_("{name}: choose a folder").format(name=name))
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(line, 1)
    row.addWidget(choose)
    whole.setFocusProxy(line)

    def ask() -> None:
        chosen = QFileDialog.getExistingDirectory(whole, _("Choose a folder"), line.text())
        if chosen:
            line.setText(chosen)
            line.editingFinished.emit()

    choose.clicked.connect(ask)
    return whole
