"""An editor for a dataclass of declared fields: one row a field, its help on hover."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
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
    QWidget,
)

from kandinsky_desktop.domain.fields import About, declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import inset


class Form(QWidget):
    """Shows a frozen dataclass and emits a new one whenever a person changes it."""

    changed = Signal(object)

    def __init__(self, value: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = value
        rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(16)
        rows.setVerticalSpacing(12)
        for name, about in declared(type(value)).items():
            editor = self._editor(name, about, getattr(value, name))
            editor.setObjectName(name)
            editor.setAccessibleName(_(about.label))
            editor.setToolTip(_(about.help))
            rows.addRow("" if isinstance(editor, QCheckBox) else _(about.label), editor)

    def _editor(self, name: str, about: About, held: Any) -> QWidget:
        if isinstance(held, bool):
            box = QCheckBox(_(about.label))
            box.setChecked(held)
            box.toggled.connect(lambda on: self._set(name, on))
            return box
        if about.choices:
            combo = QComboBox()
            for one in about.choices:
                combo.addItem(_(one.label), one.value)
            combo.setCurrentIndex(combo.findData(held))
            combo.activated.connect(lambda: self._set(name, combo.currentData()))
            return combo
        if isinstance(held, str):
            line = QLineEdit(held)
            line.setPlaceholderText(_(about.help))
            line.setMinimumWidth(320)
            line.editingFinished.connect(lambda: self._set(name, line.text().strip()))
            return _with_button(line, _(about.label)) if about.folder else line
        field: QSpinBox | QDoubleSpinBox
        if isinstance(held, int):
            field = QSpinBox()
            field.setRange(int(about.low), int(about.high))
            field.setSingleStep(int(about.step))
        else:
            field = QDoubleSpinBox()
            field.setRange(about.low, about.high)
            field.setSingleStep(about.step)
        field.setSuffix(f" {about.unit}" if about.unit else "")
        inset(field)
        field.setKeyboardTracking(False)
        field.setValue(held)
        field.valueChanged.connect(lambda number: self._set(name, number))
        return field

    def _set(self, name: str, held: Any) -> None:
        self.value = replace(self.value, **{name: held})
        self.changed.emit(self.value)


def _with_button(line: QLineEdit, name: str) -> QWidget:
    """Put a button behind a path that lets a person choose the folder."""
    whole = QWidget()
    choose = QPushButton(_("Choose…"))
    choose.setAutoDefault(False)  # in a dialog it would be pressed by Enter, wherever that is
    line.setAccessibleName(name)
    choose.setAccessibleName(_("{name}: choose a folder").format(name=name))

    def ask() -> None:
        chosen = QFileDialog.getExistingDirectory(whole, _("Choose a folder"), line.text())
        if chosen:
            line.setText(chosen)
            line.editingFinished.emit()

    choose.clicked.connect(ask)
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(line, 1)
    row.addWidget(choose)
    whole.setFocusProxy(line)
    return whole
