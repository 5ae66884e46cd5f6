"""The cache of thumbnails: only what is shown is read, a limit holds, nothing stays blank."""

import time
from pathlib import Path
from threading import Event

import pytest
from PIL import Image
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.thumbnails import AT_ONCE, ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails

SIZE_BYTES = 8 * 8 * 4  # of a thumbnail of these tests
LONG_S = 3600.0


class Store(Thumbnails):
    """Notes what is read, holds it up while its gate is closed, and may break."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read: list[str] = []
        self.times: list[float] = []  # of each
        self.found: list[str] = []  # held up at the gate
        self.gate = Event()
        self.gate.set()
        self.breaks = 0  # how often it still does

    def of(self, path: Path, *, remake: bool = False) -> bytes:
        self.read.append(path.stem)
        self.times.append(time.monotonic())
        if self.breaks:
            self.breaks -= 1
            raise ZeroDivisionError
        data = super().of(path, remake=remake)
        self.found.append(path.stem)
        assert self.gate.wait(60)
        return data


class Shelf:
    """Pictures on a disk, a loader of their thumbnails, and a view that shows some."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        self.folder, self.background, self.qtbot = folder, background, qtbot
        self.store = Store(folder / "cache")
        self.view = QObject()
        self.open()

    def open(self, *, limit: int = 100 * SIZE_BYTES, pause_s: float = LONG_S) -> None:
        self.loader = ThumbnailLoader(self.background, self.store, limit, pause_s)
        self.loaded: list[str] = []
        self.failed: list[str] = []
        self.loader.loaded.connect(lambda path: self.loaded.append(path.stem))
        self.loader.failed.connect(lambda path, why: self.failed.append(why))

    def path(self, name: object) -> Path:
        return self.folder / f"{name}.png"

    def put(self, *names: object, colour: str = "red") -> None:
        for name in names:
            whole = self.folder / "whole.png"  # half of one may be read meanwhile
            Image.new("RGB", (8, 8), colour).save(whole)
            whole.replace(self.path(name))

    def show(self, *names: object, view: QObject | None = None) -> None:
        self.loader.request(view or self.view, [self.path(name) for name in names])

    def there(self, *names: object) -> list[bool]:
        return [self.loader.get(self.path(name)) is not None for name in names]

    def colour(self, name: object) -> str:
        image = self.loader.get(self.path(name))
        assert image is not None
        return image.pixelColor(0, 0).name()

    def settle(self) -> None:
        """Wait until nothing is read or waits to be."""
        self.qtbot.waitUntil(lambda: not self.loader._reading and not self.loader._queue)


@pytest.fixture
def shelf(tmp_path: Path, background: Background, qtbot: QtBot) -> Shelf:
    return Shelf(tmp_path, background, qtbot)


def test_what_is_shown_is_read_once_and_said(shelf: Shelf) -> None:
    shelf.put("a", "b", "c")
    shelf.show("a", "b")
    assert shelf.there("a", "b") == [False, False]
    shelf.settle()
    assert shelf.there("a", "b", "c") == [True, True, False]
    shelf.show("a", "b")
    shelf.show("b")
    shelf.settle()
    assert sorted(shelf.loaded) == sorted(shelf.store.read) == ["a", "b"]


def test_what_scrolled_away_before_its_turn_is_not_read(shelf: Shelf) -> None:
    shelf.put(*range(60))
    shelf.store.gate.clear()
    for first in range(0, 50, 10):
        shelf.show(*range(first, first + 10))
    shelf.store.gate.set()
    shelf.settle()
    assert shelf.there(*range(40, 50)) == [True] * 10
    assert {int(name) for name in shelf.store.read} == {*range(AT_ONCE), *range(40, 50)}


def test_a_request_replaces_only_those_of_its_own_view(shelf: Shelf) -> None:
    shelf.put(*range(20))
    other = QObject()
    shelf.store.gate.clear()
    shelf.show(*range(10))
    shelf.show(18, 19, view=other)
    shelf.show(10, 11)
    shelf.store.gate.set()
    shelf.settle()
    assert shelf.there(10, 11, 18, 19, 9) == [True] * 4 + [False]


def test_its_size_is_bounded_and_what_is_shown_stays(shelf: Shelf) -> None:
    shelf.open(limit=10 * SIZE_BYTES)
    shelf.put(*range(40))
    film = QObject()
    shelf.show(38, 39, view=film)
    for first in range(0, 34, 3):
        shelf.show(*range(first, first + 6))
        shelf.settle()
        assert shelf.loader.size_bytes <= 10 * SIZE_BYTES
        assert shelf.there(38, 39, *range(first, first + 6)) == [True] * 8
    assert shelf.there(0) == [False]
    shelf.show(0)
    shelf.settle()
    assert shelf.there(0) == [True]  # what was released is read again


def test_where_more_is_shown_than_fits_the_rest_is_not_read_over_and_over(shelf: Shelf) -> None:
    shelf.open(limit=3 * SIZE_BYTES)
    shelf.put(*range(40))
    shelf.show(*range(40))
    shelf.settle()
    shelf.qtbot.wait(20)
    assert shelf.loader.size_bytes == 3 * SIZE_BYTES
    assert sum(shelf.there(*range(40))) == 3
    assert len(shelf.store.read) <= 3 + AT_ONCE


def test_a_failed_read_is_tried_again_while_it_is_shown(shelf: Shelf) -> None:
    shelf.open(pause_s=0.02)
    shelf.show("late")
    shelf.qtbot.waitUntil(lambda: bool(shelf.failed))
    shelf.put("late")
    shelf.qtbot.waitUntil(lambda: shelf.there("late") == [True])
    assert shelf.loaded == ["late"]
    (why,) = shelf.failed  # however often it was tried
    assert why.startswith("There is no file")


def test_its_pauses_grow(shelf: Shelf) -> None:
    shelf.open(pause_s=0.02)
    shelf.path("bad").write_bytes(b"no picture")
    shelf.show("bad")
    shelf.qtbot.waitUntil(lambda: len(shelf.store.read) >= 3)
    first, second, third = shelf.store.times[:3]
    assert second - first >= 0.02
    assert third - second >= 0.04
    shelf.show()
    shelf.settle()
    read = len(shelf.store.read)
    shelf.qtbot.wait(120)
    assert len(shelf.store.read) == read  # nobody looks at it


def test_one_that_failed_is_read_at_once_when_its_file_has_changed(shelf: Shelf) -> None:
    shelf.path("bad").write_bytes(b"no picture")
    shelf.show("bad")
    shelf.qtbot.waitUntil(lambda: bool(shelf.failed))
    shelf.show()
    shelf.show("bad")
    shelf.settle()
    assert shelf.store.read == ["bad"]  # the same file within the pause
    shelf.put("bad")
    shelf.show()
    shelf.show("bad")
    shelf.settle()
    assert shelf.there("bad") == [True]


def test_a_picture_that_was_written_over_is_read_again_when_it_is_shown_anew(
    shelf: Shelf,
) -> None:
    shelf.put("a", colour="red")
    shelf.show("a")
    shelf.settle()
    shelf.put("a", colour="#0000ff")
    shelf.show()
    shelf.show("a")
    assert shelf.colour("a") == "#ff0000"  # until the other is there
    shelf.settle()
    assert shelf.colour("a") == "#0000ff"


def test_a_picture_that_vanished_stays_on_the_screen(shelf: Shelf) -> None:
    shelf.put("a")
    shelf.show("a")
    shelf.settle()
    shelf.path("a").unlink()
    shelf.show()
    shelf.show("a")
    shelf.settle()
    assert shelf.there("a") == [True]


def test_a_fault_of_ours_does_not_leave_it_blank_for_good(shelf: Shelf) -> None:
    shelf.open(pause_s=0.02)
    shelf.put("a")
    shelf.store.breaks = 1
    shelf.show("a")
    shelf.qtbot.waitUntil(lambda: shelf.there("a") == [True])


@pytest.mark.parametrize("damage", [b"", b"no PNG"])
def test_a_damaged_thumbnail_on_the_disk_is_made_anew(shelf: Shelf, damage: bytes) -> None:
    shelf.put("a")
    Thumbnails(shelf.folder / "cache").of(shelf.path("a"))
    (cached,) = (shelf.folder / "cache").rglob("*.png")
    cached.write_bytes(damage)
    shelf.show("a")
    shelf.settle()
    assert shelf.colour("a") == "#ff0000"
    assert cached.read_bytes() != damage


def test_a_read_that_began_earlier_does_not_take_the_place_of_a_newer_one(shelf: Shelf) -> None:
    shelf.put("a", colour="red")
    shelf.store.gate.clear()
    shelf.show("a")
    shelf.qtbot.waitUntil(lambda: shelf.store.found == ["a"])
    shelf.put("a", colour="#0000ff")
    other = ThumbnailLoader(shelf.background, Thumbnails(shelf.folder / "cache"))
    shelf.loader.add(shelf.path("a"), other.read(shelf.path("a")))
    shelf.store.gate.set()
    shelf.qtbot.wait(50)
    assert shelf.colour("a") == "#0000ff"
    assert shelf.loaded == ["a"]


def test_one_that_was_read_elsewhere_is_there_at_once(shelf: Shelf) -> None:
    shelf.put("a")
    thumbnail = shelf.loader.read(shelf.path("a"))
    shelf.loader.add(shelf.path("a"), thumbnail)
    assert shelf.there("a") == [True]
    with pytest.raises(Unreadable, match="There is no file"):
        shelf.loader.read(shelf.path("b"))
