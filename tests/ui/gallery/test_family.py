"""A large family: as many as there is room for, all of them reached."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.gallery.family import LEAST, MOST, FamilyView, Relative
from kandinsky_desktop.ui.theme import Theme


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 11])
@pytest.mark.parametrize("high", [320, 700])
def test_all_of_a_large_family_are_reached(
    count: int, high: int, theme: Theme, qtbot: QtBot
) -> None:
    view = FamilyView(theme, side=116, middle=280, captions=True)
    qtbot.addWidget(view)
    view.resize(900, high)
    children = [Relative(number, "mixed from it") for number in range(1, count + 1)]
    view.show_family([], Relative(100, "this picture"), children, lambda picture: None)
    view.show()
    qtbot.waitUntil(view.isVisible)
    assert view.take_focus() is bool(count)
    most = LEAST if high == 320 else MOST
    assert len(view.tiles) == min(count, most)
    gone: list[object] = []
    view.chosen.connect(gone.append)
    for _round in range(count):
        for tile in list(view.tiles):
            if tile.relative.count == 1:
                QTest.keyClick(tile, Qt.Key.Key_Return)
        if view.tiles and view.tiles[-1].relative.count > 1:
            QTest.mouseClick(view.tiles[-1], Qt.MouseButton.LeftButton)
    assert set(gone) == set(range(1, count + 1))
    assert all(view.rect().contains(tile.geometry()) for tile in view.tiles)


@pytest.mark.parametrize("lost", range(MOST + 2))
def test_one_that_is_lost_hides_no_others(lost: int, theme: Theme, qtbot: QtBot) -> None:
    view = FamilyView(theme, side=48, middle=56)
    qtbot.addWidget(view)
    parents = [Relative(None if at == lost else at, "part") for at in range(MOST + 2)]
    view.show_family(parents, Relative(100, "this picture"), [], lambda picture: None)
    met: set[int | None] = set()
    for _round in range(MOST):
        met |= {tile.relative.picture for tile in view.tiles if tile.relative.count == 1}
        assert view.tiles[-1].toolTip() == f"{view.tiles[-1].relative.count} more"
        QTest.mouseClick(view.tiles[-1], Qt.MouseButton.LeftButton)
    assert met == {one.picture for one in parents}


def test_what_is_not_in_the_library_is_said_however_long_its_name_is(
    theme: Theme, qtbot: QtBot
) -> None:
    view = FamilyView(theme, side=116, middle=280, captions=True)
    qtbot.addWidget(view)
    parents = [Relative(None, "part: a very long name of a picture"), Relative(7, "its start " * 9)]
    view.show_family(parents, Relative(100, "this picture"), [], lambda picture: None)
    metrics = view.fontMetrics()
    lost, there = (tile.words_in(metrics, 174) for tile in view.tiles)
    assert lost.startswith("Part")
    assert lost.endswith("…: not in the library")
    assert there.startswith("Its start")
    assert max(map(metrics.horizontalAdvance, (lost, there))) <= 174
    assert view.tiles[0].toolTip() == "Part: a very long name of a picture: not in the library"
