"""How long a library of 100,000 pictures takes to be indexed, looked through and searched."""

import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks import library_pictures
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from kandinsky_desktop.domain.query import parse
from kandinsky_desktop.store import (
    library_folders,
    library_index,
    near_duplicates,
    pictures,
    scanning,
)
from kandinsky_desktop.store.library_index import Index, Root

COUNT, SHORT_COUNT = 100_000, 200
EACH = 20  # of read_record, one picture in so many is read: all would take minutes
ROUNDS = 3  # of all 100,000; each takes half a minute
TYPED = ("red", "r", "red cat", "-dog red")
AIMS = (
    Aim("index 100,000 pictures anew, against Pillow opening each", "s", 2.2),
    Aim("index 100,000 pictures anew, against read_record of each", "s", 0.15),
    Aim("look through 100,000 pictures with nothing changed", "s", 1.0),
    Aim("find words among 100,000, against LIKE", "ms", 0.5),
    Aim("read the columns of 100,000 pictures", "ms", 1.0),
    Aim("near-duplicates of 100,000", "s", 1.0),
)
RESCAN_S, COLUMNS_MS, NEAR_S = 1.0, 250.0, 30.0
COLUMNS = ("id", "stars", "model", "task", "scheduler", "seed", "steps", "width", "height", "stack")


def library(effort: Effort) -> list[Measure]:
    """Make a library, and measure it in processor time."""
    count = SHORT_COUNT if effort.short else COUNT
    rounds = 1 if effort.short else ROUNDS
    with tempfile.TemporaryDirectory(prefix="kandinsky-library-") as folder:
        shelf, place = Path(folder) / "pictures", Path(folder) / "index.db"
        library_pictures.make(shelf, count)
        paths = [str(path) for path in shelf.rglob("*.png")]  # text: no work for the collector
        index_s, open_s, record_s = [], [], []
        for number in range(rounds):
            open_s.append(_seconds(partial(_open_all, paths)))
            part = paths[number::EACH] or paths
            record_s.append(_seconds(partial(_read_all, part)) * len(paths) / len(part))
            for old in place.parent.glob("index.db*"):
                old.unlink()
            index, roots = _begin(place, shelf)
            index_s.append(_seconds(partial(_scan, index, roots)))
            if number < rounds - 1:
                index.close()
        held = index.base.execute("SELECT count(*) FROM picture WHERE broken IS NULL").fetchone()[0]
        assert held == len(paths) == count, f"{held} of {count} pictures are in the index"
        rescan_s = median(_seconds(partial(_scan, index, roots)) for _round in range(effort.runs))
        index.close()
        find_ms, like_ms, columns_ms = _searched(place, effort)
    near_s = _seconds(partial(_near, count))
    note = "processor time, round by round"

    def against(aim: Aim, theirs: list[float]) -> Measure:
        ratios = tuple(one / other for one, other in zip(index_s, theirs, strict=True))
        return _measure(aim, median(index_s), median(theirs), rounds, note, ratios)

    once = "processor time, against a limit"
    return [
        against(AIMS[0], open_s),
        against(AIMS[1], record_s),
        _measure(AIMS[2], rescan_s, RESCAN_S, effort.runs, once),
        _measure(AIMS[3], find_ms, like_ms, effort.runs, f"the mean of {', '.join(TYPED)}"),
        _measure(AIMS[4], columns_ms, COLUMNS_MS, effort.runs, once),
        _measure(AIMS[5], near_s, NEAR_S, 1, once),
    ]


def _measure(
    aim: Aim,
    ours: float,
    theirs: float,
    runs: int,
    note: str,
    ratios: tuple[float, ...] = (),
) -> Measure:
    return Measure(
        name=aim.name,
        ours=ours,
        theirs=theirs,
        unit=aim.unit,
        goal=aim.goal,
        runs=runs,
        note=note,
        ratios=ratios,
    )


def _seconds(work: Callable[[], object]) -> float:
    """Take the time without what other benchmarks left in memory for the collector to search."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    work()
    took = time.process_time() - began
    gc.unfreeze()
    return took


def _begin(place: Path, shelf: Path) -> tuple[Index, list[Root]]:
    index, _aside = library_index.open_index(place)
    found = library_folders.find([shelf], index.roots(), partial(scanning.is_at_hand, index))
    return index, [index.set_root(one.mark, one.path, away=one.away) for one in found]


def _scan(index: Index, roots: list[Root]) -> None:
    for _step in scanning.scan(index, roots):
        pass


def _open_all(paths: list[str]) -> None:
    """The least that Pillow can do: size and the texts before the pixels."""
    for path in paths:
        with Image.open(path) as image:
            _known = image.size, image.info


def _read_all(paths: list[str]) -> None:
    for path in paths:
        pictures.read_record(Path(path))


def _searched(place: Path, effort: Effort) -> tuple[float, float, float]:
    """Return the milliseconds of finding, of LIKE, and of reading columns."""
    reader = library_index.open_reader(place)
    find = [_each(partial(_find, reader, text), effort) for text in TYPED]
    like = [_each(partial(_like, reader, text), effort) for text in TYPED]
    columns = _each(partial(_columns, reader), effort)
    reader.close()
    return 1000 * sum(find) / len(find), 1000 * sum(like) / len(like), 1000 * columns


def _each(work: Callable[[], object], effort: Effort) -> float:
    took = [_seconds(work) for _round in range(effort.runs + effort.warm_ups)]
    return median(took[effort.warm_ups :])


def _find(reader: sqlite3.Connection, text: str) -> None:
    query = parse(text)
    for match in filter(None, (query.match, query.match_without)):
        _numbers(library_index.matching(reader, match))


def _like(reader: sqlite3.Connection, text: str) -> None:
    said = [word.removeprefix("-") for word in text.split()]
    tests = [f"prompt {'NOT ' * word.startswith('-')}LIKE ?" for word in text.split()]
    sql = f"SELECT id FROM text WHERE {' AND '.join(tests)}"
    reader.execute(sql, [f"%{word}%" for word in said]).fetchall()


def _columns(reader: sqlite3.Connection) -> None:
    for text in library_index.columns(reader, COLUMNS):
        _numbers(text)


def _numbers(text: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.fromstring(text, np.int64, sep=",")


def _near(count: int) -> None:
    """Compare looks such as photographs have: neighbouring pixels, and so bits, go together."""
    dice = np.random.default_rng(1)
    steps = dice.standard_normal((count, 64)) + np.repeat(dice.standard_normal((count, 8)), 8, 1)
    weights = 1 << np.arange(63, dtype=np.int64)
    looks = ((steps[:, :63] > 0) * weights).sum(axis=1)
    tenth = count // 10
    looks[-tenth:] = looks[:tenth] ^ (1 << dice.integers(0, 62, tenth))
    means = dice.integers(0, 2**24, count)
    means[-tenth:] = means[:tenth]
    found = near_duplicates.groups(np.arange(count), looks, means)
    assert len(found) >= 0.9 * tenth


BENCHMARKS = (Benchmark("library", AIMS, library),)
