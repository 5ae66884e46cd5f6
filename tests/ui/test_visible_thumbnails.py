"""Which rows of a list can be seen, by a search and not by a look at all of them."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.ui.visible_thumbnails import VisibleThumbnails
from tests.state.strip import strip_of


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3, 200])
def test_the_rows_that_can_be_seen_are_those_in_the_viewport(
    background: Background, qtbot: QtBot, tmp_path: Path, count: int, wrapped: bool
) -> None:
    gallery = strip_of(background, tmp_path)
    for number in range(count):
        gallery.add(tmp_path / f"{number}.png")
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(gallery)
    view.setFlow(QListView.Flow.LeftToRight)
    view.setWrapping(wrapped)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setGridSize(QSize(50, 40))
    view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.resize(230, 130)
    view.show()
    visible = VisibleThumbnails(view, gallery)
    bar = view.verticalScrollBar() if wrapped else view.horizontalScrollBar()
    for value in {0, 1, 49, 50, 77, bar.maximum() // 2, bar.maximum()}:
        bar.setValue(value)
        place = view.viewport().rect()
        rects = [view.visualRect(gallery.index(row, 0)) for row in range(count)]
        assert list(visible.rows()) == [
            row for row, rect in enumerate(rects) if rect.intersects(place)
        ]
