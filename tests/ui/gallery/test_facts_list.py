"""Lines of a name and a value: each is copied by a click or a key, and stands there as it is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.library_details import Fact
from kandinsky_desktop.ui.gallery.details import first_facts
from kandinsky_desktop.ui.gallery.facts_list import FactsList
from kandinsky_desktop.ui.theme import Theme

FACTS = (
    Fact("Seed", "42"),
    Fact("<b>Clip</b> skip", "<img src='file:///x'>"),
    Fact("Steps", "12"),
)


@pytest.fixture
def facts(theme: Theme, qtbot: QtBot) -> FactsList:
    facts = FactsList(theme, "How it was made")
    qtbot.addWidget(facts)
    facts.show()
    return facts


def test_each_is_copied_by_keys_and_by_a_click(
    facts: FactsList, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(facts.model())
    facts.show_facts(FACTS)
    assert facts.height() == facts.sizeHint().height() > 0
    copied: list[str] = []
    facts.copied.connect(copied.append)
    facts.setFocus()
    facts.setCurrentIndex(facts.model().index(0, 0))
    QTest.keyClick(facts, Qt.Key.Key_Down)
    QTest.keyClick(facts, Qt.Key.Key_Return)
    middle = facts.visualRect(facts.model().index(2, 0)).center()
    QTest.mouseClick(facts.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert copied == [FACTS[1].value, "12"]
    facts.show_facts(FACTS[:1])
    facts.grab()
    tip = facts.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "Seed: 42\nA click copies it."


def test_names_and_values_of_a_file_are_plain(facts: FactsList) -> None:
    facts.show_facts(FACTS)
    index = facts.model().index(1, 0)
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert "<img" not in tip
    assert "&lt;b&gt;Clip" in tip
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"{FACTS[1].name}: {FACTS[1].value}"


def test_what_is_seen_first_is_in_order_and_of_others_a_little_more() -> None:
    names = ("Scheduler", "Guidance", "Seed", "Model", "Steps", "Size", "Extra")
    every = [Fact(name, name.lower()) for name in (*names, "Seed")]
    assert [one.name for one in first_facts(every)] == ["Model", "Size", "Seed", "Steps"]
    others = [one.name for one in first_facts(every, of_others=True)]
    assert others == ["Model", "Size", "Seed", "Steps", "Guidance", "Scheduler"]
    assert [one.name for one in first_facts([Fact("File", "a.png")])] == ["File"]
