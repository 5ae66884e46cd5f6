"""Forms: every declared field becomes a row, whose changes are said and whose values are shown."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.fields import Choice, choice, declared, folder, number, switch, text
from kandinsky_desktop.domain.request import PaintOptions, Sampling
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.ui.conditioning_panel import ConditioningPanel
from kandinsky_desktop.ui.controls import CollapsibleSection
from kandinsky_desktop.ui.create.prompt_bar import PromptBar
from kandinsky_desktop.ui.form import Arrangement, Form
from kandinsky_desktop.ui.inspector import OF_THE_PICTURE, Inspector
from kandinsky_desktop.ui.preferences import PreferencesDialog
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import record, request
from tests.trees import STARTER
from tests.ui.driver import child

COLOURS = (Choice("red", "Red", "Like blood"), Choice("blue", "Blue", "Like the sky"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One field of each kind."""

    colour: str = choice("red", "Colour", COLOURS)
    count: int = number(3, "Count", low=1, high=9, unit="px")
    share: float = number(0.5, "Share", low=0, high=1, step=0.05, help="Of the whole")
    on: bool = switch(False, "On")
    words: str = text("", "Words")
    place: str = folder("Place")


OTHER = Sample(colour="blue", count=4, share=0.25, on=True, words="a cat", place="/a/b")


def change(form: Form, name: str, value: Any) -> None:
    """Change a field as a person does, in whichever way it is laid out."""
    if name in form.numbers:
        form.numbers[name]._field.setValue(value)
    elif name in form.texts:
        form.texts[name].setPlainText(value)
    elif name in form.choices:
        combo = form.choices[name]
        combo.setFocus()
        QTest.keyClick(combo, Qt.Key.Key_Down)
    elif name in form.switches:
        form.switches[name].click()
    elif isinstance(value, int):
        child(form, QSpinBox, name).setValue(value)
    elif isinstance(value, float):
        child(form, QDoubleSpinBox, name).setValue(value)
    else:
        line = child(form, QLineEdit, name)
        line.setText(f"  {value} ")
        QTest.keyClick(line, Qt.Key.Key_Return)


@pytest.mark.parametrize("arrangement", ["rows", "columns"])
def test_each_field_says_its_change_and_what_is_shown_is_no_change(
    theme: Theme, qtbot: QtBot, arrangement: Arrangement
) -> None:
    form = Form(theme, Sample, arrangement=arrangement)
    qtbot.addWidget(form)
    form.show()
    edited: list[tuple[str, Any]] = []
    form.edited.connect(lambda name, value: edited.append((name, value)))
    form.show_value(Sample())
    assert form.names == tuple(declared(Sample))
    assert not edited
    for name in form.names:
        change(form, name, getattr(OTHER, name))
        form.show_value(replace(Sample(), **dict(edited)))
    assert dict(edited) == {name: getattr(OTHER, name) for name in form.names}
    assert [type(value) for _name, value in edited] == [str, int, float, bool, str, str]
    edited.clear()
    form.show_value(Sample())
    assert not edited


@pytest.mark.parametrize("arrangement", ["rows", "columns"])
def test_a_field_that_cannot_be_changed_says_why(
    theme: Theme, qtbot: QtBot, arrangement: Arrangement
) -> None:
    form = Form(theme, Sample, arrangement=arrangement)
    qtbot.addWidget(form)
    form.show()
    combo = child(form, QComboBox, "colour")
    form.allow("share", "There is no whole.")
    form.allow_choice("colour", "blue", "The sky is grey.")
    assert form._editors["share"].widget.toolTip() == "There is no whole."
    assert not form._editors["share"].widget.isEnabled()
    assert combo.itemData(1, Qt.ItemDataRole.ToolTipRole) == "The sky is grey."
    assert not combo.model().index(1, 0).flags() & Qt.ItemFlag.ItemIsEnabled
    form.allow("share", "")
    form.allow_choice("colour", "blue", "")
    assert form._editors["share"].widget.toolTip() == "Of the whole"
    assert combo.itemData(1, Qt.ItemDataRole.ToolTipRole) == "Like the sky"
    box = child(form, QCheckBox, "on")
    form.show_row("on", False)
    assert not box.isVisible()
    form.show_row("on", True)
    assert box.isVisible()


def test_a_form_can_have_some_fields_only(theme: Theme, qtbot: QtBot) -> None:
    some = Form(theme, Sample, only=("count", "on"))
    others = Form(theme, Sample, without=("count", "on"))
    for form in (some, others):
        qtbot.addWidget(form)
    assert some.names == ("count", "on")
    assert others.names == ("colour", "share", "words", "place")


def test_every_option_of_a_request_has_a_row(theme: Theme, qtbot: QtBot) -> None:
    inspector, meaning = Inspector(theme), ConditioningPanel(theme)
    qtbot.addWidget(inspector)
    qtbot.addWidget(meaning)
    forms = (inspector.pictures, inspector.others, meaning.ideas, meaning.anchors)
    options = [name for form in forms for name in form.names]
    assert sorted([*options, "model"]) == sorted(declared(PaintOptions))
    assert {*inspector.sampling.names, *OF_THE_PICTURE, "guidance"} == set(declared(Sampling))
    assert "guidance" in inspector.numbers  # what matters stands above the folds
    assert not any(widget.isVisible() for widget in QApplication.topLevelWidgets())


def test_settings_become_other_settings(theme: Theme, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(theme, Settings(text_size=120), {"Pictures": "here"})
    qtbot.addWidget(dialog)
    told: list[Settings] = []
    dialog.changed.connect(told.append)
    change(dialog.form, "motion", False)
    change(dialog.form, "pictures", "/pictures")
    assert told == [
        Settings(text_size=120, motion=False),
        Settings(text_size=120, motion=False, pictures="/pictures"),
    ]


def test_a_zero_that_is_no_amount_is_said_in_words(theme: Theme, qtbot: QtBot) -> None:
    """ "0.0 GB" reads as no memory at all, "0 days" as at once."""
    dialog = PreferencesDialog(theme, Settings(trash_days=0), {})
    qtbot.addWidget(dialog)
    shown = {
        name: child(dialog.form, QAbstractSpinBox, name).text()
        for name in ("memory_gb", "trash_days")
    }
    assert shown == {
        "memory_gb": "All there is, less a reserve",
        "trash_days": "Until you empty the trash",
    }
    change(dialog.form, "memory_gb", 6.5)
    change(dialog.form, "trash_days", 3)
    assert child(dialog.form, QAbstractSpinBox, "memory_gb").text() == "6.5 GB"
    assert child(dialog.form, QAbstractSpinBox, "trash_days").text() == "3 days"
    change(dialog.form, "trash_days", 1)
    assert child(dialog.form, QAbstractSpinBox, "trash_days").text() == "1 day"


@pytest.mark.parametrize("size", [100, 150])
def test_settings_are_as_high_as_the_screen_at_most_and_scrolled_there(
    theme: Theme, qtbot: QtBot, size: int
) -> None:
    theme.apply("light", size, motion=False)
    dialog = PreferencesDialog(theme, Settings(), {"Pictures": "here", "Models": "there"})
    qtbot.addWidget(dialog)
    theme.dress(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    assert dialog.height() <= dialog.screen().availableSize().height()
    (area,) = dialog.findChildren(QScrollArea)
    body = dialog.form.parentWidget()
    assert body is not None
    whole = body.height() <= area.viewport().height()
    assert whole == (size == 100)  # a screen of 800 × 800 here
    theme.apply("light", 100, motion=False)


def test_a_text_that_is_set_leaves_the_cursor_at_its_change_and_no_undo(
    theme: Theme, qtbot: QtBot
) -> None:
    words = PromptEdit(theme, "Words", "", 2)
    qtbot.addWidget(words)
    words.insertPlainText("a 🐈 cat")
    told: list[None] = []
    words.textChanged.connect(lambda: told.append(None))
    words.show_text("a 🐈 cat")
    assert words.document().isUndoAvailable()  # nothing was set
    words.show_text("a 🐈 big cat")
    assert words.textCursor().position() == len("a 🐈 big") + 1  # Qt counts the cat twice
    assert not words.document().isUndoAvailable()
    words.show_text("half of one: \ud83d")
    assert not told
    QTest.keyClicks(words, "!")
    assert words.document().isUndoAvailable()
    words.forget_undo()
    assert not words.document().isUndoAvailable()


def test_after_use_again_the_draft_brings_the_words_back(theme: Theme, qtbot: QtBot) -> None:
    bar, draft = PromptBar(theme), DraftState()
    qtbot.addWidget(bar)
    draft.use_model(STARTER)
    bar.changed.connect(draft.set_option)
    bar.left.connect(draft.finish_edit)
    draft.changed.connect(lambda: bar.show_draft(draft.applicable))
    draft.edit_finished.connect(bar.forget_undo)
    QTest.keyClicks(bar.prompt, "a castle")
    document = bar.prompt.document()
    assert document.isUndoAvailable()  # what is being typed is the field's own to undo
    draft.apply_record(record(request("a dog")))
    assert bar.prompt.toPlainText() == "a dog"
    assert not document.isUndoAvailable()
    draft.undo()
    assert bar.prompt.toPlainText() == "a castle"
    bar.prompt.undo()  # the field has nothing more to say in it
    assert draft.values.prompt == "a castle"
    draft.undo()
    assert bar.prompt.toPlainText() == ""


def test_what_a_field_undoes_itself_is_no_step(theme: Theme, qtbot: QtBot) -> None:
    bar, draft = PromptBar(theme), DraftState()
    qtbot.addWidget(bar)
    bar.changed.connect(draft.set_option)
    draft.changed.connect(lambda: bar.show_draft(draft.applicable))
    draft.edit_finished.connect(bar.forget_undo)
    QTest.keyClicks(bar.prompt, "a castle")
    assert draft.can_undo
    while bar.prompt.document().isUndoAvailable():
        bar.prompt.undo()
    draft.finish_edit()
    assert (draft.values.prompt, draft.can_undo) == ("", False)


def test_a_fold_that_is_opened_is_scrolled_to(theme: Theme, qtbot: QtBot) -> None:
    inspector, body = Inspector(theme), QWidget()
    qtbot.addWidget(inspector)
    body.setFixedHeight(200)
    fold = CollapsibleSection(theme, "Start from", body, is_open=False)
    inspector.add_shared_section(fold)
    inspector.resize(280, 420)
    inspector.show()
    qtbot.waitExposed(inspector)

    def where() -> QRect:
        return QRect(fold.mapTo(inspector, QPoint()), fold.size())

    fold.set_open(True)
    qtbot.waitUntil(lambda: inspector.rect().contains(where()))
    body.setFixedHeight(900)  # more than there is room for: from its head on
    fold.set_open(False)
    fold.set_open(True)
    qtbot.waitUntil(lambda: abs(where().top()) <= 2)
