"""The strip by itself: it reads what it shows, and repaints what has changed."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Finished, Made, Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.ui.strip import Strip
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import request
from tests.state.strip import strip_of
from tests.ui.painted import Painted, painted_out

PICTURES = 60


class Shown:
    """A strip of pictures on the screen."""

    def __init__(self, folder: Path, background: Background, theme: Theme, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.loader = ThumbnailLoader(background, Thumbnails(folder / "cache"))
        self.gallery = strip_of(background, folder, self.loader)
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
        painted_out()
        self.qtbot.waitUntil(lambda: not self.loader._reading and not self.loader._queue)
        painted_out()

    def place(self, row: int) -> QRect:
        return self.view.visualRect(self.view.model().index(row, 0))

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
    shown.gallery.making.on_job_started(job)
    stepped = Stepped("decoder", 1, 4, 1.0, (1,), Preview(1, 1, b"\0\xff\0"))
    making = shown.gallery.making
    assert shown.parts_of(lambda: making.on_stepped(job, stepped)) == [shown.visible(0)]


def batch(shown: Shown, count: int, prompt: str = "a cat") -> list[Path]:
    """Have a request painted whole."""
    job = Job(request(prompt, count=count))
    paths = [shown.paths[0].with_name(f"{prompt} {number}.png") for number in range(count)]
    shown.gallery.making.on_job_started(job)
    for number, path in enumerate(paths):
        Image.new("RGB", (8, 8), "blue").save(path)
        shown.gallery.making.on_picture_made(job, Made(path, number, 9))
    shown.gallery.making.on_job_ended(job, Finished(job.id))
    shown.settle()
    return paths


def click(shown: Shown, row: int) -> None:
    QTest.mouseClick(
        shown.view.viewport(), Qt.MouseButton.LeftButton, pos=shown.place(row).center()
    )


def rows(shown: Shown) -> list[str]:
    """Return what the first rows are: 's' for a stack, 'S' for the open one, 'm' for a member."""
    tiles = [shown.view.model().index(row, 0).data(Gallery.TileRole) for row in range(7)]
    return ["m" if t.is_member else "S" if t.is_open else "s" if t.members else "." for t in tiles]


@pytest.fixture
def double_click() -> Iterator[Callable[[int], None]]:
    """Return what sets how long after a click another one is the second half of a double-click."""
    hints = QApplication.styleHints()
    before = hints.mouseDoubleClickInterval()
    yield hints.setMouseDoubleClickInterval
    hints.setMouseDoubleClickInterval(before)


def test_a_click_opens_a_stack_in_its_place_and_another_closes_it(
    shown: Shown, double_click: Callable[[int], None]
) -> None:
    double_click(600_000)
    paths = batch(shown, 4)
    chosen: list[Tile] = []
    shown.strip.chosen.connect(chosen.append)
    assert rows(shown) == list("s......")
    click(shown, 0)
    assert rows(shown) == list("Smmmm..")
    assert [tile.path for tile in chosen[-1].members] == paths
    assert not chosen[-1].is_member  # all of them are to be seen
    QTest.mouseClick(  # the second half of a double-click opens and closes nothing
        shown.view.viewport(), Qt.MouseButton.LeftButton, pos=shown.place(0).center()
    )
    assert rows(shown) == list("Smmmm..")
    click(shown, 2)
    assert (chosen[-1].path, chosen[-1].is_member) == (paths[1], True)
    double_click(0)
    click(shown, 0)
    assert rows(shown) == list("s......")


def test_a_stack_opens_and_closes_by_keys_and_keeps_its_place(shown: Shown) -> None:
    paths = batch(shown, 3)
    batch(shown, 2, "a dog")
    view, chosen = shown.view, list[Tile]()
    shown.strip.chosen.connect(chosen.append)
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert rows(shown) == list("sSmmm..")
    for path in paths:
        QTest.keyClick(view, Qt.Key.Key_Right)
        assert chosen[-1].path == path
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert rows(shown) == list("ss.....")
    assert view.currentIndex().row() == 1
    assert [tile.path for tile in chosen[-1].members] == paths


def test_what_is_on_the_stage_is_marked_in_its_stack_or_as_its_stack(shown: Shown) -> None:
    paths = batch(shown, 3)
    shown.strip.show_current(paths[1])
    assert shown.view.currentIndex().row() == 0
    click(shown, 0)
    shown.strip.show_current(paths[1])
    assert shown.view.currentIndex().row() == 0  # all are on the stage, and this is one of them
    click(shown, 1)
    shown.strip.show_current(paths[1])
    assert shown.view.currentIndex().row() == 2


def test_a_stack_is_marked_as_one_with_its_number(shown: Shown) -> None:
    batch(shown, 4)
    image = shown.view.viewport().grab().toImage()
    theme = shown.strip._theme

    def sheets(row: int) -> int:
        """Return how much of a tile has the colour of the last sheet."""
        place = shown.visible(row)
        points = product(
            range(place.left(), place.right() + 1), range(place.top(), place.bottom() + 1)
        )
        return sum(image.pixelColor(*point) == theme.colour("track") for point in points)

    assert sheets(0) > 20
    assert sheets(1) < 5  # of its smooth edge
    assert shown.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "4 pictures, a cat 0. Enter shows each"
    )


def test_what_is_new_is_scrolled_to_unless_the_hand_is_elsewhere(shown: Shown) -> None:
    bar = shown.view.horizontalScrollBar()
    bar.setValue(300)
    at = shown.place(12).left()
    shown.gallery.making.on_job_started(Job(request(count=4)))
    shown.settle()
    assert shown.place(13).left() == at  # nothing jumps
    shown.view.setFocus()
    shown.strip.show_newest()
    assert bar.value() > 0
    shown.view.clearFocus()
    shown.strip.show_newest()
    assert bar.value() == 0


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


def test_that_there_are_no_pictures_is_said_once_that_is_known(
    background: Background, theme: Theme, qtbot: QtBot, tmp_path: Path
) -> None:
    loader = ThumbnailLoader(background, Thumbnails(tmp_path / "cache"))
    gallery = strip_of(background, tmp_path, loader)
    strip = Strip(theme, gallery)
    qtbot.addWidget(strip)
    strip.resize(500, strip.height())
    strip.show()
    words = QRect(4 * strip.height() + 20, 0, 150, strip.height())  # behind the dashed frames

    def colours() -> int:
        seen = strip.view.viewport().grab(words).toImage()
        places = product(range(seen.width()), range(seen.height()))
        return len({seen.pixel(x, y) for x, y in places})

    assert colours() == 1
    gallery.set_folder(tmp_path)
    qtbot.waitUntil(lambda: gallery.was_read)
    assert colours() > 1
