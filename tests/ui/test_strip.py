"""The strip by itself: it reads what it shows, and repaints what has changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.ui.strip import Strip
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import request

PICTURES = 60


class Painted(QObject):
    """Notes which part of a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[QRect] = []

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.parts.append(event.region().boundingRect())
        return False


class Shown:
    """A strip of pictures on the screen."""

    def __init__(self, folder: Path, background: Background, theme: Theme, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.loader = ThumbnailLoader(background, Thumbnails(folder / "cache"))
        self.gallery = Gallery(background, self.loader)
        self.paths = [folder / f"{number}.png" for number in range(PICTURES)]
        for number, path in enumerate(self.paths):
            Image.new("RGB", (8, 8), (4 * number, 0, 0)).save(path)
            self.gallery.add(path)
        self.strip = Strip(theme, self.gallery)
        self.view = self.strip.view
        qtbot.addWidget(self.strip)
        self.strip.resize(500, self.strip.height())
        self.strip.show()
        self.view.viewport().repaint()  # now, however busy the machine is
        self.settle()
        self.painted = Painted()
        self.view.viewport().installEventFilter(self.painted)

    def settle(self) -> None:
        """Wait until all that is seen is painted."""
        self.qtbot.wait(10)
        self.qtbot.waitUntil(lambda: not self.loader._reading and not self.loader._queue)
        self.qtbot.wait(10)

    def place(self, row: int) -> QRect:
        return self.view.visualRect(self.gallery.index(row, 0))

    def visible(self, row: int) -> QRect:
        return self.place(row).intersected(self.view.viewport().rect())

    def parts_of(self, act: Callable[[], object]) -> list[QRect]:
        """Return what is painted because of an act."""
        self.settle()
        self.painted.parts.clear()
        act()
        self.settle()
        return self.painted.parts

    @property
    def seen(self) -> list[int]:
        place = self.view.viewport().rect()
        return [row for row in range(PICTURES) if self.place(row).intersects(place)]

    @property
    def read(self) -> list[int]:
        return [row for row, tile in enumerate(self.gallery.tiles) if tile.image is not None]


@pytest.fixture
def shown(tmp_path: Path, background: Background, qapp: QApplication, qtbot: QtBot) -> Shown:
    return Shown(tmp_path, background, Theme(qapp), qtbot)


def test_it_reads_the_pictures_that_can_be_seen(shown: Shown) -> None:
    assert 4 <= len(shown.seen) <= 12
    shown.qtbot.waitUntil(lambda: shown.read == shown.seen)
    first = shown.seen
    bar = shown.view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    shown.settle()
    assert shown.seen[-1] == PICTURES - 1
    last = shown.seen  # none of those that were scrolled over is read
    shown.qtbot.waitUntil(lambda: shown.read == first + last)


def test_while_it_is_hidden_it_reads_none(shown: Shown) -> None:
    shown.strip.hide()
    new = shown.paths[0].with_name("new.png")
    Image.new("RGB", (8, 8), "blue").save(new)
    shown.gallery.add(new)
    shown.settle()
    assert shown.gallery.tiles[0].image is None
    shown.strip.show()
    shown.settle()
    assert shown.gallery.tiles[0].image is not None


def test_a_thumbnail_that_comes_repaints_its_own_tile(shown: Shown) -> None:
    path = shown.gallery.path(2)
    assert path is not None
    Image.new("RGB", (8, 8), "#00ff00").save(path)
    thumbnail = shown.loader.read(path)
    assert shown.parts_of(lambda: shown.loader.add(path, thumbnail)) == [shown.visible(2)]
    middle = shown.place(2).center()
    assert shown.view.viewport().grab().toImage().pixelColor(middle) == QColor("#00ff00")


def test_a_preview_repaints_its_own_tile_and_lays_none_out_anew(shown: Shown) -> None:
    job = Job(request(count=2))
    shown.gallery.on_job_started(job)
    stepped = Stepped("decoder", 1, 4, 1.0, (1,), Preview(1, 1, b"\0\xff\0"))
    assert shown.parts_of(lambda: shown.gallery.on_stepped(job, stepped)) == [shown.visible(1)]


def test_the_picture_on_the_stage_is_marked_and_not_chosen_again(shown: Shown) -> None:
    chosen: list[object] = []
    shown.strip.chosen.connect(chosen.append)
    shown.strip.show_current(shown.paths[-5])
    assert [index.row() for index in shown.view.selectedIndexes()] == [4]
    shown.strip.show_current(Path("elsewhere.png"))
    assert not shown.view.selectedIndexes()
    shown.strip.show_current(shown.paths[-5])
    shown.strip.show_current(None)
    assert not shown.view.selectedIndexes()
    assert not chosen


def test_its_tiles_are_larger_in_a_high_window_and_as_large_with_larger_text(shown: Shown) -> None:
    theme, before = shown.strip._theme, shown.place(0).size()
    try:
        theme.apply("dark", 150, motion=False)
        shown.settle()
        assert shown.place(1).size() == before
        shown.strip.set_tall(True)
        shown.settle()
        assert shown.place(1).width() > 1.3 * before.width()
        assert shown.place(1).x() >= shown.place(0).width()
    finally:
        theme.apply("system", 100, motion=True)
