"""The indexer's process is killed at any moment: nothing that was acknowledged is ever lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from kandinsky_desktop.domain.indexing import (
    ActsWritten,
    Rebuild,
    Remember,
    Scan,
    WantThumbnails,
    Watch,
)
from kandinsky_desktop.domain.library import STARS, Mark, tag_key
from kandinsky_desktop.store import fingerprints, library_index, thumbnail_store
from kandinsky_desktop.store.act_log import ActLog
from kandinsky_desktop.store.library_index import open_index, place_in
from kandinsky_desktop.store.trash import Trash
from tests.indexer.hand import PATIENT_S, Hand, hand
from tests.library import everything, hashed, quick, rescan, watch
from tests.mounts import on_disk

DEVICE = "0" * 12


class Person:
    """Makes, stars, tags, renames and deletes pictures; knows what was acknowledged."""

    def __init__(self, shelf: Path, home: Path, dice: Random) -> None:
        self.shelf, self._dice = shelf, dice
        self._log = ActLog(shelf, DEVICE)
        self._trash = Trash(home / "device", home / "libraries.json")
        self.pictures = {path: fingerprints.of_file(path) for path in quick(shelf, 40)}
        self.stars: dict[str, int] = {}
        self.tags: dict[str, int] = {}
        self.trashed = 0
        self._next = 1_000

    def act(self, one: Hand) -> None:
        """Do one thing, and tell the indexer, as the window does."""
        what = self._dice.choice(
            ["star", "tag", "make", "rename", "trash", "scan", "want", "rebuild", "nothing"]
        )
        path = self._dice.choice(list(self.pictures))
        content = self.pictures[path]
        match what:
            case "star":
                stars = self._dice.randint(0, 5)
                self._log.append(Mark(STARS, stars, (content,)).act)
                self.stars[content] = stars
                one.say(ActsWritten(self.shelf))
            case "tag":
                on = self._dice.randint(0, 1)
                self._log.append(Mark(tag_key("cats"), on, (content,)).act)
                self.tags[content] = on
                one.say(ActsWritten(self.shelf))
            case "make":
                self._next += 1
                (made,) = quick(self.shelf / "more", 1, first=self._next)
                self.pictures[made] = fingerprints.of_file(made)
                one.say(Remember(made))
            case "rename":
                self._next += 1
                other = path.rename(path.with_name(f"renamed {self._next}.png"))
                self.pictures[other] = self.pictures.pop(path)
                one.say(Remember(path))
                one.say(Remember(other))
            case "trash" if len(self.pictures) > 10:
                self._trash.delete(path, self.shelf)
                del self.pictures[path]
                self.trashed += 1
                one.say(Remember(path))
            case "scan":
                one.say(Scan())
            case "want":
                one.say(WantThumbnails(tuple(range(5))))
            case "rebuild" if self._dice.random() < 0.2:
                one.say(Rebuild())


def killed(tmp_path: Path, times: int) -> None:
    dice = Random(times)
    shelf, library = tmp_path / "pictures", tmp_path / "cache" / "library"
    person = Person(shelf, tmp_path, dice)
    for _time in range(times):
        with hand(library, "tests.indexer.lenient") as one:
            one.say(Watch((shelf,)))
            until = time.monotonic() + dice.uniform(0.1, 0.6)
            while time.monotonic() < until:
                person.act(one)
                time.sleep(dice.uniform(0, 0.03))
            one.process.kill()
        if place_in(library).exists():
            base = sqlite3.connect(place_in(library))
            assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            base.close()
    with hand(library, "tests.indexer.lenient") as one:
        one.watch(shelf)
        one.until(one.holds(*person.pictures))
        one.until(lambda: not unread(library))
        assert not one.problems
    assert not list(library.glob("*.damaged*"))
    trashed = list((shelf / ".kandinsky" / "trash").glob("*.png"))
    assert len(trashed) == person.trashed
    index, _aside = open_index(place_in(library))
    fresh, _aside = open_index(tmp_path / "fresh.db")
    rescan(fresh, watch(fresh, shelf))
    for root in fresh.roots():
        for _change in fresh.take_acts(root, shelf):
            pass
    hashed(fresh)
    assert everything(index) == everything(fresh)
    marks = {
        (content.hex(), key): value
        for content, key, value in index.base.execute("SELECT content, key, value FROM mark")
    }
    for content, stars in person.stars.items():
        assert marks[content, STARS] == stars
    for content, on in person.tags.items():
        assert marks[content, tag_key("cats")] == on
    index.close()


def unread(library: Path) -> int:
    with closing(sqlite3.connect(place_in(library))) as base:
        return int(base.execute("SELECT count(*) FROM picture WHERE content IS NULL").fetchone()[0])


def test_killed_some_times_nothing_is_lost(tmp_path: Path) -> None:
    killed(tmp_path, 6)


@pytest.mark.soak
def test_killed_two_hundred_times_nothing_is_lost(tmp_path: Path) -> None:
    killed(tmp_path, 200)


def damage(place: Path) -> None:
    data = place.read_bytes()
    middle = len(data) // 2 // 4096 * 4096
    with place.open("r+b") as file:
        file.seek(middle)
        file.write(bytes(4096))


def test_a_damaged_index_is_said_in_one_sentence_and_made_anew(tmp_path: Path) -> None:
    shelf, library = tmp_path / "pictures", tmp_path / "cache" / "library"
    paths = quick(shelf, 300)
    with hand(library) as one:
        one.watch(shelf)
        one.process.end(PATIENT_S)
    damage(place_in(library))
    with hand(library) as one:
        one.watch(shelf)
        assert one.holds(*paths)()
        assert len(one.problems) == 1
        assert "Nothing is lost" in one.problems[0]
        assert any(said.is_new_file for said in one.reports if hasattr(said, "is_new_file"))
        assert len(list(library.glob("*.damaged"))) == 1


def test_damage_that_is_found_while_it_runs_is_mended_by_a_scan(tmp_path: Path) -> None:
    """The window finds it, since it reads from the disk, and has all looked through."""
    shelf, library = tmp_path / "pictures", tmp_path / "cache" / "library"
    paths = quick(shelf, 300)
    with hand(library) as one:
        one.watch(shelf)
        one.until(lambda: not unread(library))
        base = sqlite3.connect(place_in(library))
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        damage(place_in(library))
        one.settle(Scan())
        assert one.holds(*paths)()
        assert len(one.problems) == 1


def test_damaged_thumbnails_are_made_anew_and_the_index_stays(tmp_path: Path) -> None:
    shelf, library = tmp_path / "pictures", tmp_path / "cache" / "library"
    quick(shelf, 3)
    with hand(library) as one:
        one.watch(shelf)
        one.process.end(PATIENT_S)
    (library / thumbnail_store.NAME).write_bytes(b"garbage" * 9999)
    with hand(library) as one:
        one.watch(shelf)
        ids = tuple(one.shown().values())
        one.say(WantThumbnails(ids))
        one.until(lambda: set(one.ready) == set(ids))
        assert not one.problems
        assert not list(library.glob("*.damaged"))


def test_the_cache_may_be_deleted_while_it_runs(tmp_path: Path) -> None:
    shelf, library = tmp_path / "pictures", tmp_path / "cache" / "library"
    paths = quick(shelf, 5)
    with hand(library) as one:
        one.watch(shelf)
        before = one.shown()
        shutil.rmtree(library, ignore_errors=True)  # it may make a file while they go
        one.until(lambda: place_in(library).exists() and one.holds(*paths)())
        assert one.shown() == before
        one.say(WantThumbnails(tuple(before.values())))
        one.until(lambda: set(one.ready) == set(before.values()))
        assert not one.problems
        assert os.listdir(shelf / ".kandinsky") == ["library.json"]


@pytest.mark.parametrize("name", [library_index.NAME, thumbnail_store.NAME])
def test_what_belongs_to_the_cache_may_be_deleted_alone(tmp_path: Path, name: str) -> None:
    """As when the folder is deleted while the indexer begins another file."""
    shelf, library = tmp_path / "pictures", tmp_path / "cache" / "library"
    paths = quick(shelf, 2)
    with hand(library) as one:
        one.watch(shelf)
        for part in ("-wal", "-shm"):
            (library / f"{name}{part}").unlink()
        paths += quick(shelf, 2, first=7)
        one.until(one.holds(*paths))
        ids = tuple(one.shown().values())
        one.say(WantThumbnails(ids))
        one.until(lambda: set(one.ready) >= set(ids))
        one.until(lambda: len(thumbnails(library, ids)) == 4)
        assert not one.problems


def thumbnails(library: Path, ids: tuple[int, ...]) -> dict[int, thumbnail_store.Thumbnail]:
    """Return the thumbnails that are there, as the window reads them."""
    try:
        with closing(thumbnail_store.open_reader(library / thumbnail_store.NAME)) as reader:
            return thumbnail_store.read(reader, ids)
    except sqlite3.OperationalError:
        return {}


ON_A_SMALL_DISK = """
import sys
from pathlib import Path
from kandinsky_desktop.domain.indexing import Scan, WantThumbnails, Watch
from tests.indexer.hand import hand
small, shelf = Path(sys.argv[1]), Path(sys.argv[2])
ballast = small / "ballast"
ballast.write_bytes(bytes(3_400_000))
with hand(small / "library") as one:
    one.say(Watch((shelf,)))
    one.until(lambda: bool(one.problems))
    print(one.problems[0])
    ballast.unlink()
    one.settle(Scan())
    print(len(one.shown()))
    ids = tuple(one.shown().values())[:20]
    one.say(WantThumbnails(ids))
    one.until(lambda: set(one.ready) == set(ids))
    print(len(one.problems), one.has_ended)
"""


def test_a_full_disk_is_said_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    shelf, small = tmp_path / "pictures", tmp_path / "small"
    quick(shelf, 2000)
    command = [sys.executable, "-c", ON_A_SMALL_DISK, str(small), str(shelf)]
    done = subprocess.run(
        on_disk("size=4m", small, command),
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said, count, rest = done.stdout.splitlines()
    assert said.startswith("The disk is full")
    assert (count, rest) == ("2000", "1 False")
