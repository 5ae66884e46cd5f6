"""A width or height that the model cannot have: what it became is said beside it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.driver import Driver


@pytest.mark.parametrize(
    ("typed", "now"), [("130", 128), ("9000", None), ("1", None), ("200", None)]
)
def test_a_side_that_becomes_another_says_so_where_it_was_typed(
    driver: Driver, typed: str, now: int | None
) -> None:
    inspector, draft = driver.workspace.inspector, driver.state.draft
    inspector.open_folds((1,) * 5)
    field, words = inspector._width, inspector._size_words
    assert words.isHidden()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    side = draft.values.sampling.width
    assert now is None or side == now
    assert field.value() == side
    assert side != int(typed)
    assert words.text().startswith(f"{typed} became {side}: this model paints in steps of")
    assert not words.isHidden()
    driver.state.draft.set_sampling(height=driver.state.draft.values.sampling.height)
    field.selectAll()
    QTest.keyClicks(field, str(side))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == side
