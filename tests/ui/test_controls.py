"""The small controls by themselves."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.fields import declared, short_number
from kandinsky_desktop.domain.request import SEEDS, Sampling
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.task import TextToImage
from kandinsky_desktop.ui.canvas.expand_panel import ExpandPanel
from kandinsky_desktop.ui.choice_row import ChoiceRow
from kandinsky_desktop.ui.controls import NumberField, NumberRow, SeedRow
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.model_box import ModelBox
from kandinsky_desktop.ui.preferences import PreferencesDialog
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import child


def test_a_seed_of_minus_one_rolls_the_dice_and_opens_the_lock(
    qapp: QApplication, qtbot: QtBot
) -> None:
    row = SeedRow(Theme(qapp), declared(Sampling)["seed"])
    qtbot.addWidget(row)
    changed: list[int] = []
    rolled: list[bool] = []
    locked: list[bool] = []
    row.changed.connect(changed.append)
    row.reroll_requested.connect(lambda: rolled.append(True))
    row.locked.connect(locked.append)
    field = child(row, QDoubleSpinBox)

    def type_seed(text: str) -> None:
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    row.show_value(7, locked=True)
    type_seed(str(SEEDS - 1))
    assert (changed, rolled, locked) == ([SEEDS - 1], [], [])
    type_seed("-1")
    assert (changed, rolled, locked) == ([SEEDS - 1], [True], [False])
    assert not [one for one in row.findChildren(QToolButton) if one.isChecked()]


def test_a_number_is_shown_as_it_is_painted_with(qapp: QApplication, qtbot: QtBot) -> None:
    row = NumberRow(Theme(qapp), declared(Sampling)["guidance"], whole=False)
    qtbot.addWidget(row)
    changed: list[float] = []
    row.changed.connect(changed.append)
    field = child(row, QDoubleSpinBox)
    for value, shown in ((7.25, "7.25"), (4.0, "4"), (0.1 + 2.2, "2.3"), (3.12345, "3.1235")):
        row.show_value(value, 4.0)
        assert field.cleanText() == shown
    row.show_value(7.25, 4.0)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert changed == []
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert changed == [7.75]


@pytest.mark.parametrize("language", ["en_GB", "de_DE"])
def test_a_field_writes_numbers_as_sentences_do(
    qapp: QApplication, qtbot: QtBot, language: str
) -> None:
    field = NumberField()
    qtbot.addWidget(field)
    field.setLocale(QLocale(language))
    field.setDecimals(2)
    field.setMaximum(1e6)
    for value in (2.0, 2.5, 0.25, 100.0, 0.0):
        field.setValue(value)
        assert field.cleanText() == short_number(value).replace(".", field.locale().decimalPoint())
        field.interpretText()
        assert field.value() == value


def test_a_number_of_a_dialog_is_shown_as_it_is(qapp: QApplication, qtbot: QtBot) -> None:
    form = Form(Theme(qapp), Settings, only=("memory_gb",), arrangement="columns")
    qtbot.addWidget(form)
    form.show_value(Settings(memory_gb=3.25))
    assert child(form, QDoubleSpinBox).cleanText() == "3.25"


def test_a_path_that_no_setting_takes_cannot_be_typed(qapp: QApplication, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(Theme(qapp), Settings(), {})
    qtbot.addWidget(dialog)
    changed: list[Settings] = []
    dialog.changed.connect(changed.append)
    line = next(one for one in dialog.findChildren(QLineEdit) if one.objectName() == "pictures")
    line.setText("/" + "a" * 9000)
    line.editingFinished.emit()
    assert [len(one.pictures) for one in changed] == [4096]


def boxes(theme: Theme) -> QWidget:
    """Return choices of which the one in use is in the middle."""
    body = QWidget()
    column = QVBoxLayout(body)
    model, row = ModelBox(theme), ChoiceRow(theme, "Kind", ((TextToImage, "Kind", ""),) * 3)
    for box in (model, row.combo):
        box.addItems(["one", "two", "three"])
        box.setCurrentIndex(1)
    column.addWidget(model)
    column.addWidget(row)
    return body


MAKERS: dict[str, Callable[[Theme], QWidget]] = {
    "dialog": lambda theme: Form(theme, Settings, arrangement="columns"),
    "panel": Inspector,
    "canvas": ExpandPanel,
    "boxes": boxes,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_wheel_over_fields_changes_nothing_and_scrolls(
    theme: Theme, qtbot: QtBot, kind: str
) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidget(body := MAKERS[kind](theme))
    if isinstance(body, Inspector):
        body.open_folds((1, 1, 0))
        body.resize(300, 2000)
    body.setMinimumHeight(2000)
    area.resize(400, 300)
    area.show()
    kinds = (QAbstractSpinBox, QComboBox)
    fields = [one for kind in kinds for one in body.findChildren(kind) if one.isVisible()]
    assert fields
    area.setFocus()
    for field in fields:
        if isinstance(field, QSpinBox | QDoubleSpinBox):
            field.setValue(int(field.minimum() + field.maximum()) // 2)
        area.ensureWidgetVisible(field)
        bar = area.verticalScrollBar()
        before, place = shown(field), bar.value()
        at = QPointF(field.mapTo(area, QPoint(20, field.height() // 2)))
        for way in (-120, 120):
            QTest.wheelEvent(area.windowHandle(), at, QPoint(0, way))
            QApplication.processEvents()
            if bar.value() != place:
                break
        assert (shown(field), field.hasFocus()) == (before, False)
        assert bar.value() != place


def shown(field: QWidget) -> object:
    return field.currentIndex() if isinstance(field, QComboBox) else field.property("value")


def test_a_number_is_turned_by_the_wheel_where_somebody_is_at_it(
    theme: Theme, qtbot: QtBot
) -> None:
    form = Form(theme, Settings, only=("text_size", "theme"), arrangement="columns")
    qtbot.addWidget(form)
    form.show_value(Settings())
    form.show()
    number, choice = child(form, QSpinBox), child(form, QComboBox)
    for field in (number, choice):
        field.setFocus()
        before = shown(field)
        at = QPointF(field.mapTo(form, field.rect().center()))
        QTest.wheelEvent(form.windowHandle(), at, QPoint(0, -120))
        QApplication.processEvents()
        assert (shown(field) != before) == (field is number)


def type_number(field: QAbstractSpinBox, text: str) -> None:
    """Type into a field, and stay there."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_a_number_that_is_being_typed_outlasts_other_changes(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row, other = NumberRow(theme, declared(Sampling)["guidance"], whole=False), QLineEdit()
    column = QVBoxLayout(window)
    column.addWidget(row)
    column.addWidget(other)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    changed: list[float] = []
    row.changed.connect(changed.append)
    row.show_value(4.0, 4.0)
    field = child(row, QDoubleSpinBox)
    type_number(field, "7.5")
    row.show_value(4.0, 4.0)  # something else was set
    assert field.cleanText() == "7.5"
    other.setFocus()
    assert changed == [7.5]
    row.show_value(7.5, 4.0)
    type_number(field, "3")
    row.show_value(5.0, 4.0)  # it was set itself, as by undo
    other.setFocus()
    assert (field.cleanText(), changed) == ("5", [7.5])


def test_the_seed_that_is_typed_is_the_one_that_is_locked(theme: Theme, qtbot: QtBot) -> None:
    row = SeedRow(theme, declared(Sampling)["seed"])
    qtbot.addWidget(row)
    row.show()
    row.activateWindow()
    qtbot.waitUntil(row.isActiveWindow)
    seeds, locks = [7], [False]
    row.changed.connect(lambda seed: seeds.append(seed))
    row.locked.connect(locks.append)
    for told in (row.changed, row.locked):
        told.connect(lambda _told: row.show_value(seeds[-1], locked=locks[-1]))
    row.show_value(7, locked=False)
    field = child(row, QDoubleSpinBox)
    type_number(field, "12345")
    lock = next(one for one in row.findChildren(QToolButton) if one.isCheckable())
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    field.clearFocus()
    assert (field.cleanText(), seeds, locks) == ("12345", [7, 12345], [False, True])
