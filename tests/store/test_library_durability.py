"""Killed at any moment, on a full disk, or damaged: the index opens, and becomes what it should."""

import gc
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from kandinsky_desktop.domain.library import STARS, Mark, tag_key
from kandinsky_desktop.store import fingerprints, library_index
from kandinsky_desktop.store.act_log import ActLog
from kandinsky_desktop.store.library_index import Index, is_damage, open_index, place_in
from tests.library import everything, hashed, quick, record_of, rescan, watch
from tests.library import picture as save
from tests.mounts import on_disk

SAMPLE = 7  # of the steps at which it is killed, one in so many is tried; all in the soak


class Killed(BaseException):
    """The process is gone."""


class Mortal(sqlite3.Connection):
    """A connection whose process is killed before a certain statement."""

    steps = 0
    last: int | None = None

    def _step(self) -> None:
        Mortal.steps += 1
        if Mortal.last is not None and Mortal.steps > Mortal.last:
            raise Killed

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self._step()
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        self._step()
        return super().executemany(*args)

    def executescript(self, *args: Any) -> sqlite3.Cursor:
        self._step()
        return super().executescript(*args)


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", partial(real, factory=Mortal))


def shelf_of(tmp_path: Path) -> Path:
    """Return a library folder with pictures, a family, stars and tags."""
    shelf = tmp_path / "pictures"
    paths = quick(shelf / "a", 6)
    save(shelf / "b", record_of("mother", sources=()), number=3)
    contents = tuple(map(fingerprints.of_file, paths))
    log = ActLog(shelf, "0" * 12)
    log.append(Mark(STARS, 3, contents[:3]).act)
    log.append(Mark(tag_key("cats"), 1, contents[2:4]).act)
    return shelf


def change(shelf: Path) -> None:
    """Do what people and other programs do: add, rename, delete, overwrite, star."""
    paths = sorted((shelf / "a").glob("*.png"))
    paths[0].unlink()
    paths[1].rename(shelf / "b" / "renamed.png")
    paths[2].write_bytes(paths[3].read_bytes())
    quick(shelf / "c", 3, words="a blue dog", first=20)
    log = ActLog(shelf, "1" * 12)
    log.append(Mark(STARS, 5, (fingerprints.of_file(paths[4]),)).act)
    log.append(Mark(tag_key("dogs"), 1, (fingerprints.of_file(paths[5]),)).act)


def bring_up(place: Path, shelf: Path) -> Index:
    """Open the index and bring it to what is there, as the indexer does."""
    index, _aside = open_index(place)
    roots = watch(index, shelf)
    rescan(index, roots)
    for root in roots:
        for _change in index.take_acts(root, root.path):
            pass
    hashed(index)
    return index


def rebuild(place: Path, shelf: Path) -> Index:
    index, _aside = open_index(place)
    index.clear()
    index.close()
    return bring_up(place, shelf)


def sound(place: Path) -> None:
    """Check what must be so at any moment, whatever is missing yet."""
    base = sqlite3.connect(place)
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if base.execute("PRAGMA user_version").fetchone()[0]:
        base.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        assert base.execute(
            "SELECT count(*) FROM picture p LEFT JOIN text t ON t.id = p.id WHERE t.id IS NULL"
        ).fetchone() == (0,)
        assert base.execute(
            "SELECT count(*) FROM text WHERE id NOT IN (SELECT id FROM picture)"
        ).fetchone() == (0,)
        assert base.execute(
            "SELECT count(*) FROM picture WHERE folder NOT IN (SELECT id FROM folder)"
        ).fetchone() == (0,)
    base.close()


def kill_everywhere(
    tmp_path: Path, work: Callable[[Path, Path], Index], start: Path | None, step: int
) -> None:
    """Kill the work before each of its statements; then let it be done in peace."""
    shelf = tmp_path / "pictures"

    def begin() -> Path:
        folder = tmp_path / "tried"
        shutil.rmtree(folder, ignore_errors=True)
        if start is None:
            folder.mkdir()
        else:
            shutil.copytree(start, folder)
        return folder / "index.db"

    Mortal.steps, Mortal.last = 0, None
    index = work(begin(), shelf)
    steps = Mortal.steps
    Mortal.last = None
    expected = everything(index)
    index.close()
    assert steps > 30
    for last in range(0, steps, step):
        place = begin()
        Mortal.steps, Mortal.last = 0, last
        with pytest.raises(Killed):
            work(place, shelf)
        Mortal.last = None
        gc.collect()  # the connections of the process that is gone
        if place.exists():
            sound(place)
        index = bring_up(place, shelf)
        assert everything(index) == expected, f"killed before statement {last}"
        index.close()


@pytest.mark.usefixtures("mortal")
@pytest.mark.parametrize("step", [SAMPLE, pytest.param(1, marks=pytest.mark.soak)])
def test_killed_at_any_step_of_a_scan_and_of_taking_acts(tmp_path: Path, step: int) -> None:
    shelf = shelf_of(tmp_path)
    bring_up(tmp_path / "before" / "index.db", shelf).close()
    change(shelf)
    kill_everywhere(tmp_path, bring_up, tmp_path / "before", step)


@pytest.mark.usefixtures("mortal")
@pytest.mark.parametrize("step", [SAMPLE, pytest.param(1, marks=pytest.mark.soak)])
def test_killed_at_any_step_of_making_an_index(tmp_path: Path, step: int) -> None:
    shelf_of(tmp_path)
    kill_everywhere(tmp_path, bring_up, None, step)


@pytest.mark.usefixtures("mortal")
@pytest.mark.parametrize("step", [SAMPLE, pytest.param(1, marks=pytest.mark.soak)])
def test_killed_at_any_step_of_a_rebuild(tmp_path: Path, step: int) -> None:
    shelf = shelf_of(tmp_path)
    bring_up(tmp_path / "before" / "index.db", shelf).close()
    kill_everywhere(tmp_path, rebuild, tmp_path / "before", step)


def test_an_act_is_never_counted_as_taken_without_being_there(tmp_path: Path) -> None:
    """If the two were two transactions, a kill between them would lose the act for good."""
    shelf = shelf_of(tmp_path)
    index = bring_up(tmp_path / "index.db", shelf)
    content = fingerprints.of_file(next(iter(shelf.rglob("*.png"))))
    ActLog(shelf, "0" * 12).append(Mark(STARS, 1, (content,)).act)
    root = index.roots()[0]
    real = index._take

    def die(marks: Any) -> NoReturn:
        real(marks)
        raise Killed

    index._take = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        list(index.take_acts(root, shelf))
    index.close()
    index = bring_up(tmp_path / "index.db", shelf)
    row = index.base.execute(
        "SELECT value FROM mark WHERE content = ? AND key = 'stars'", (bytes.fromhex(content),)
    ).fetchone()
    assert row == (1,)


# -- damaged


def emptied(data: bytes) -> bytes:
    return b""


def garbled(data: bytes) -> bytes:
    return bytes(range(256)) * (len(data) // 256)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2 + 100]


def with_a_zeroed_page(data: bytes) -> bytes:
    middle = len(data) // 2 // 4096 * 4096
    return data[:middle] + bytes(4096) + data[middle + 4096 :]


def html(data: bytes) -> bytes:
    return b"<html><body>Sign in to the network</body></html>"


def another(data: bytes) -> bytes:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE bookmark (url TEXT)")
    return bytes(base.serialize())


WAYS = [emptied, garbled, cut, with_a_zeroed_page, html, another]


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_index_is_set_aside_and_made_anew(
    tmp_path: Path, way: Callable[[bytes], bytes]
) -> None:
    shelf, place = shelf_of(tmp_path), tmp_path / "cache" / "index.db"
    quick(shelf / "many", 400, first=100)
    index = bring_up(place, shelf)
    expected = everything(index)
    index.close()
    data = place.read_bytes()
    place.write_bytes(way(data))
    index, aside = open_index(place)
    assert (aside is not None) == (way is not emptied)
    if aside is not None:
        assert aside.read_bytes() == way(data)
    index.close()
    assert everything(bring_up(place, shelf)) == expected


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_any_page_that_is_zeroed_is_noticed_or_of_no_account(tmp_path: Path, step: int) -> None:
    shelf, place = shelf_of(tmp_path), tmp_path / "cache" / "index.db"
    quick(shelf / "many", 60, first=100)
    index = bring_up(place, shelf)
    expected = everything(index)
    index.base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index.close()
    data = place.read_bytes()
    noticed = 0
    for page in range(0, len(data), 4096 * step):
        place.write_bytes(data[:page] + bytes(4096) + data[page + 4096 :])
        index, aside = open_index(place)
        if aside is None:
            assert everything(index) == expected, f"page {page // 4096}"
        else:
            noticed += 1
            aside.unlink()
        index.close()
    assert noticed >= 4


def test_what_was_set_aside_before_makes_room(tmp_path: Path) -> None:
    place = tmp_path / "index.db"
    for _time in range(3):
        place.write_bytes(b"garbage" * 999)
        open_index(place)[0].close()
    assert len(list(tmp_path.glob("*.damaged*"))) == 1


def test_the_index_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    index, _aside = open_index(place_in(tmp_path))
    usual = index.path
    index.base.execute("PRAGMA user_version=99")
    index.base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index.close()
    newer = usual.read_bytes()
    assert library_index.version_of(usual) == 99
    ours = place_in(tmp_path)
    assert ours.name == f"index-{library_index.VERSION}.db"
    bring_up(ours, shelf_of(tmp_path)).close()
    assert usual.read_bytes() == newer
    assert place_in(tmp_path) == ours


def test_an_index_says_its_version_at_once(tmp_path: Path) -> None:
    open_index(tmp_path / "index.db")[0].close()
    assert library_index.version_of(tmp_path / "index.db") == library_index.VERSION
    assert len(library_index.MIGRATIONS) == library_index.VERSION


def test_no_reader_of_an_index_that_is_being_made(tmp_path: Path) -> None:
    """Its file is there before its tables are; whoever reads it then waits."""
    place = tmp_path / "index.db"
    made = sqlite3.connect(place)
    made.execute("PRAGMA journal_mode=WAL")
    with pytest.raises(sqlite3.OperationalError, match="is being made"):
        library_index.open_reader(place)
    made.close()
    index, _aside = open_index(place)
    library_index.open_reader(place).close()
    index.close()


def test_migrations_lead_on_and_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_of(tmp_path)
    index = bring_up(tmp_path / "index.db", shelf)
    expected = everything(index)
    index.close()
    known, version = library_index.MIGRATIONS, library_index.VERSION + 1
    more = (*known, "CREATE TABLE more (id INTEGER); CREATE TABLE root (x);")
    monkeypatch.setattr(library_index, "VERSION", version)
    monkeypatch.setattr(library_index, "MIGRATIONS", more)
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        open_index(tmp_path / "index.db")
    monkeypatch.setattr(library_index, "MIGRATIONS", (*known, "CREATE TABLE more (id INTEGER);"))
    index, _aside = open_index(tmp_path / "index.db")
    assert index.base.execute("PRAGMA user_version").fetchone() == (version,)
    assert index.base.execute("SELECT count(*) FROM more").fetchone() == (0,)
    assert everything(index) == expected


def test_a_busy_or_unwritable_index_is_not_taken_for_damaged(tmp_path: Path) -> None:
    place = tmp_path / "index.db"
    open_index(place)[0].close()
    with pytest.raises(sqlite3.Error) as error:
        sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True).execute("CREATE TABLE x (y)")
    assert not is_damage(error.value)


# -- a full disk


ON_A_SMALL_DISK = """
import sqlite3, sys
from pathlib import Path
from kandinsky_desktop.store.library_index import open_index
from tests.library import rescan, watch, hashed, everything
small, shelf, ballast = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[1]) / "ballast"
index, _ = open_index(small / "index.db")
roots = watch(index, shelf)
ballast.write_bytes(bytes(3_800_000))
try:
    rescan(index, roots)
    print("it fitted")
except sqlite3.OperationalError as error:
    print(error, error.sqlite_errorcode & 255)
print(index.base.execute("PRAGMA integrity_check").fetchone()[0])
print(index.base.execute("SELECT count(*) FROM picture").fetchone()[0] % 100)
ballast.unlink()
rescan(index, roots)
hashed(index)
index.close()
fresh, _ = open_index(shelf.parent / "fresh.db")
rescan(fresh, watch(fresh, shelf))
hashed(fresh)
index, _ = open_index(small / "index.db")
print(everything(index) == everything(fresh))
"""


def test_a_full_disk_leaves_the_index_whole_and_it_goes_on_later(tmp_path: Path) -> None:
    shelf, small = tmp_path / "pictures", tmp_path / "small"
    quick(shelf, 1500)
    command = [sys.executable, "-c", ON_A_SMALL_DISK, str(small), str(shelf)]
    done = subprocess.run(
        on_disk("size=4m", small, command), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["database or disk is full 13", "ok", "0", "True"]
