"""Thumbnails: what is wished for last comes, in the size of a cell, and memory has a limit."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QThread
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.thumbnail_cache import WHOLE, ThumbnailCache, decoded
from kandinsky_desktop.store import thumbnail_store
from kandinsky_desktop.store.thumbnail_store import ThumbnailStore
from tests.library import colored

Make = Callable[..., ThumbnailCache]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ThumbnailStore]:
    store = ThumbnailStore(tmp_path / "thumbs.db")
    keep(store, range(1, 41))
    yield store
    store.close()


def keep(store: ThumbnailStore, ids: range, shift: int = 0) -> None:
    made = [(one, thumbnail_store.of_image(colored(one + shift, 256)), 0) for one in ids]
    store.keep(made)


@pytest.fixture
def make(store: ThumbnailStore, qtbot: QtBot) -> Iterator[Make]:
    caches: list[ThumbnailCache] = []

    def make(**named: object) -> ThumbnailCache:
        cache = ThumbnailCache(lambda: thumbnail_store.open_reader(store.path), **named)  # type: ignore[arg-type]
        caches.append(cache)
        return cache

    yield make
    for cache in caches:
        cache.end()


def all_here(cache: ThumbnailCache, ids: list[int]) -> bool:
    return all(cache.image(one) is not None for one in ids)


def here(cache: ThumbnailCache, ids: range) -> list[int]:
    return [one for one in ids if cache.image(one) is not None]


def test_what_is_wished_for_comes_and_its_mean_colour_stays(make: Make, qtbot: QtBot) -> None:
    cache = make(mean=lambda picture: 0x102030 if picture == 3 else -1)
    assert cache.color(3) == QColor(0x10, 0x20, 0x30)
    assert not cache.color(4).isValid()
    with qtbot.waitSignal(cache.ready):
        cache.wish([4])
    image = cache.image(4)
    assert image is not None
    assert (image.width(), image.height()) == (256, 256)
    assert cache.color(4).isValid()


def test_a_cell_gets_an_image_of_its_size(make: Make, qtbot: QtBot) -> None:
    cache = make()
    cache.set_side(90)
    cache.wish([1, 2])
    qtbot.waitUntil(lambda: here(cache, range(1, 3)) == [1, 2])
    assert cache.image(1).size().toTuple() == (90, 90)  # type: ignore[union-attr]
    small = cache.image(1)
    cache.set_side(140)
    assert cache.image(1) is small or cache.image(1) is not None  # never blank meanwhile
    qtbot.waitUntil(lambda: cache.image(1).width() == 140)  # type: ignore[union-attr]


def test_the_last_wish_replaces_all_before_it(
    make: Make, store: ThumbnailStore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), threading.Event()
    asked: list[int] = []
    inner = ThumbnailCache._read

    def slow(
        self: ThumbnailCache, base: sqlite3.Connection | None, ids: list[int], side: int
    ) -> object:
        asked.extend(ids)
        begun.set()
        assert gate.wait(60)
        return inner(self, base, ids, side)

    monkeypatch.setattr(ThumbnailCache, "_read", slow)
    cache = make()
    cache.wish(list(range(1, 31)))
    assert begun.wait(60)
    cache.wish([35, 36])
    gate.set()
    qtbot.waitUntil(lambda: here(cache, range(35, 37)) == [35, 36])
    assert len(asked) <= 2 * 4 + 2  # of the first wish only what the threads had in hand


def test_memory_keeps_to_its_limit_and_what_is_looked_at_goes_last(
    make: Make, qtbot: QtBot
) -> None:
    each = 256 * 256 * 4
    cache = make(limit=6 * each)
    for start in range(1, 37, 4):
        ids = list(range(start, start + 4))
        cache.wish(ids)
        qtbot.waitUntil(partial(all_here, cache, ids))
        assert cache.size_bytes <= 6 * each
    assert here(cache, range(33, 37)) == [33, 34, 35, 36]


def test_what_nobody_made_yet_is_asked_for_once_and_read_when_it_is_there(
    make: Make, store: ThumbnailStore, qtbot: QtBot
) -> None:
    cache = make()
    wanted: list[tuple[int, ...]] = []
    cache.wanted.connect(wanted.append)
    cache.wish([99, 1, 98])
    qtbot.waitUntil(lambda: sum(map(len, wanted)) == 2)
    qtbot.waitUntil(lambda: cache.image(1) is not None)
    cache.wish([98, 99, 1])
    assert sorted(one for some in wanted for one in some) == [98, 99]
    keep(store, range(98, 100))
    cache.on_made((98, 99))
    qtbot.waitUntil(lambda: here(cache, range(98, 100)) == [98, 99])


def test_a_thumbnail_that_was_made_anew_takes_the_place_of_the_old(
    make: Make, store: ThumbnailStore, qtbot: QtBot
) -> None:
    cache = make()
    cache.wish([7])
    qtbot.waitUntil(lambda: cache.image(7) is not None)
    before = QImage(cache.image(7) or QImage())
    keep(store, range(7, 8), shift=5)
    cache.on_made((7,))
    assert cache.image(7) == before
    qtbot.waitUntil(lambda: cache.image(7) != before)
    cache.forget((7,))
    cache.wish([])
    assert cache.image(7) is None


def test_a_preview_is_lent_until_the_thumbnail_comes(make: Make, qtbot: QtBot) -> None:
    cache, preview = make(), QImage(8, 8, QImage.Format.Format_RGB32)
    cache.lend(5, preview)
    cache.lend(-3, preview)
    assert cache.image(5) == cache.image(-3) == preview
    cache.wish([5, -3])
    qtbot.waitUntil(lambda: cache.image(5) != preview)
    assert cache.image(-3) == preview


@pytest.mark.parametrize("damage", [b"", b"<html>", b"\0" * 5000])
def test_a_damaged_or_missing_store_is_no_harm(
    store: ThumbnailStore, make: Make, qtbot: QtBot, damage: bytes
) -> None:
    store.close()
    store.path.write_bytes(damage)
    cache = make()
    wanted: list[tuple[int, ...]] = []
    cache.wanted.connect(wanted.append)
    cache.wish([1, 2])
    qtbot.waitUntil(lambda: sorted(one for some in wanted for one in some) == [1, 2])
    store.path.unlink()
    fresh = ThumbnailStore(store.path)
    keep(fresh, range(1, 3))
    cache.reopen()
    cache.on_made((1, 2))
    qtbot.waitUntil(lambda: here(cache, range(1, 3)) == [1, 2])
    fresh.close()


@pytest.mark.parametrize(
    ("stored", "side", "least"),
    [
        ((256, 256), 130, 130),
        ((256, 144), 200, 200),
        ((128, 128), 140, 140),  # else the window's thread would enlarge it
        ((128, 128), 300, 128),  # as large it would take too much memory
        ((256, 256), WHOLE, 256),
    ],
)
def test_a_thumbnail_is_made_as_large_as_a_cell(
    stored: tuple[int, int], side: int, least: int
) -> None:
    stream = BytesIO()
    Image.new("RGB", stored, "orange").save(stream, "JPEG")
    image = decoded(stream.getvalue(), side)
    assert min(image.width(), image.height()) == least


def test_bytes_that_are_no_jpeg_are_no_image() -> None:
    assert decoded(b"<svg onload=1>", WHOLE).isNull()
    assert decoded(b"", 64).isNull()


def test_images_come_in_the_ui_thread(make: Make, qtbot: QtBot) -> None:
    cache = make()
    threads: list[QThread] = []
    cache.ready.connect(lambda _ids: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(cache.ready):
        cache.wish([1])
    assert threads == [cache.thread()]


def test_what_is_said_to_be_made_and_never_is_is_asked_for_no_more(
    make: Make, qtbot: QtBot
) -> None:
    cache = make()
    asked: list[tuple[int, ...]] = []
    cache.wanted.connect(asked.append)
    cache.wanted.connect(cache.on_made)  # as the indexer says of a broken file
    cache.wish([99, 1])
    qtbot.waitUntil(lambda: cache.image(1) is not None and len(asked) == 2)
    qtbot.wait(200)
    assert asked == [(99,), (99,)]
    cache.forget([99])  # the file is another now
    qtbot.waitUntil(lambda: len(asked) > 2)
