"""The library's part of the window over a made-up index, and real files where they are moved.

    python -m benchmarks.library_state_use search --pictures 100000
    python -m benchmarks.library_state_use acts

The join is what one would write at first: words and filters in one statement, sorted by the id.
Says its result as JSON in its last line: milliseconds, of the trash seconds.
"""

import argparse
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QListView

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.library import PictureFacts
from kandinsky_desktop.domain.query import parse
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.library import Library, LibraryFiles
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.library_index import Index, open_index, open_reader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.store.trash import Trash

WORDS = "red cat dog painting of the old town sea light portrait blue flowers on a table by night"
TYPED = (
    "red",
    "cat",
    "old town",
    '"red cat"',
    "sea -dog",
    "portrait stars:3+",
    "flowers model:2.2",
)
PATIENCE_S = 120
MOVED = 1_000  # files that are deleted and brought back
BEGAN_MS = 1_600_000_000_000
DAY_MS = 86_400_000


class Shelf:
    """A library, and what it needs of the window's state."""

    def __init__(self, home: Path, pictures: int) -> None:
        self.folder = home / "pictures"
        self.place = home / "index.db"
        self.index = filled(self.place, self.folder, pictures)
        self.background = Background()
        thumbnails = ThumbnailLoader(self.background, Thumbnails(home / "thumbnails"))
        settings = Settings(pictures=str(self.folder), live="never")
        preferences = Preferences(home / "settings.json", settings, self.background)
        making, viewer = LibraryMaking(), Viewer(self.background)
        gallery = Gallery(self.background, thumbnails, making, lambda: open_reader(self.place))
        queue = JobQueue()
        editor = BoardEditor(self.background, thumbnails, home, Board())
        live = LivePreview(queue, DraftState(Draft()), editor, preferences)
        boards = BoardLibrary(self.background, editor, viewer, home / "b", home / "k")
        self.trashing = Trashing(
            self.background,
            Trash(home / "device", home / "libraries.json"),
            preferences,
            gallery,
            viewer,
            Filmstrip(queue, self.background, thumbnails),
            BoardResult(viewer, live, editor, boards),
        )
        self.library = Library(
            self.background,
            preferences,
            self.trashing,
            gallery,
            making,
            LibraryFiles(
                lambda: open_reader(self.place),
                lambda: open_reader(home / "thumbs.db"),
                home / "device",
                home / "logs",
                home / "searches.json",
                home / "library.json",
            ),
        )
        self.library.wake()
        wait(lambda: self.library.view.is_loaded and not self.library.view.is_busy)

    def rest(self) -> None:
        """Wait until all that was asked for is done."""
        wait(lambda: not (self.library.view.is_busy or self.library.acts.is_busy))

    def close(self) -> None:
        """End all threads."""
        self.library.end()
        self.background.end()
        self.index.close()


def wait(until: Callable[[], bool]) -> None:
    """Run the event loop until something is so."""
    patience = time.monotonic() + PATIENCE_S
    tick = QTimer()  # what is waited for need not come as an event
    tick.start(20)
    while not until():
        if time.monotonic() > patience:
            raise TimeoutError
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def filled(place: Path, folder: Path, count: int) -> Index:
    """Return an index of so many pictures, which need not be there."""
    folder.mkdir(parents=True, exist_ok=True)
    index, _aside = open_index(place)
    root = index.set_root("benchmark", folder, away=False)
    dice, words = random.Random(1), WORDS.split()
    below = [index.folder(root.id, f"day-{number}") for number in range(max(1, count // 100))]
    for start in range(0, count, 2_000):
        facts = [
            (
                below[number // 100 % len(below)],
                fact(number, " ".join(dice.choices(words, k=12)), dice),
            )
            for number in range(start, min(count, start + 2_000))
        ]
        index.replace(facts)
    return index


def fact(number: int, words: str, dice: random.Random) -> PictureFacts:
    """Return what the index keeps of a made-up picture."""
    return PictureFacts(
        file=f"picture-{number}.png",
        size=100_000 + number,
        mtime_ns=0,
        inode=number,
        made_ms=BEGAN_MS + number // 100 * DAY_MS + number % 100 * 300_000,
        width=768,
        height=768,
        model=dice.choice(("kandinsky-2.1", "kandinsky-2.2")),
        task="text-to-image",
        scheduler=dice.choice(("DDIM", "DDPM")),
        steps=50,
        prior_seed=number,
        seed=number,
        prompt=words,
        stack=number // 4 if number % 5 else None,
        place=number % 4,
    )


def used_ms(act: Callable[[], object]) -> float:
    """Return the processor time that something takes, of all threads."""
    began = time.process_time()
    act()
    return 1000 * (time.process_time() - began)


def searched(home: Path, pictures: int, rounds: int) -> dict[str, list[float]]:
    """Type, letter by letter; let all rows come anew, and one on top; each some times."""
    shelf = Shelf(home, pictures)
    library = shelf.library
    told: dict[str, list[float]] = {
        name: [] for name in ("keystroke", "cpu", "join", "reset", "insert", "icons", "read")
    }
    with closing(open_reader(shelf.place)) as base:
        for _round in range(rounds):
            for text in TYPED:
                for end in range(1, len(text) + 1):
                    began, cpu = time.perf_counter(), time.process_time()
                    library.search(text[:end])
                    shelf.rest()
                    told["cpu"].append(1000 * (time.process_time() - cpu))
                    told["keystroke"].append(1000 * (time.perf_counter() - began))
                    told["join"].append(used_ms(partial(join, base, text[:end])))
                library.search("")
                shelf.rest()
    for _round in range(max(3, rounds)):
        found = library.results.found
        told["reset"].append(used_ms(partial(library.results.show, found, anew=True)))
        told["insert"].append(used_ms(come(shelf, pictures)))
        told["read"].append(used_ms(lambda: again(shelf)))
    view = QListView()
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setUniformItemSizes(True)
    view.setGridSize(QSize(140, 140))
    view.setModel(library.results)
    view.resize(1180, 700)
    view.show()
    QCoreApplication.processEvents()
    for _round in range(max(3, rounds)):
        told["icons"].append(used_ms(lambda: show_icons(view, shelf)))
    view.close()
    shelf.close()
    return told


def come(shelf: Shelf, pictures: int) -> Callable[[], None]:
    """Put a picture into the index; return what lets it come, from the report to its row."""
    root = shelf.index.roots()[0]
    dice = random.Random(2)
    one = fact(pictures + shelf.library.view.columns.ids.size, "a new one", dice)
    change = shelf.index.replace([(shelf.index.folder(root.id, ""), replace(one, stack=None))])
    rows = shelf.library.results.rowCount()

    def tell() -> None:
        shelf.library.on_changed(Changed(change.added, change.removed, change.altered))
        wait(lambda: shelf.library.results.rowCount() == rows + 1)

    return tell


def again(shelf: Shelf) -> None:
    """Read all into memory once more."""
    shelf.library.view.load()
    shelf.rest()


def show_icons(view: QListView, shelf: Shelf) -> None:
    """Let the plain view lay all rows out anew."""
    shelf.library.results.show(shelf.library.results.found, anew=True)
    view.doItemsLayout()
    QCoreApplication.processEvents()


def join(base: sqlite3.Connection, text: str) -> list[int]:
    """Return ids as one would ask for them at first."""
    query = parse(text)
    where, given = ["1"], list[object]()
    if query.phrases:
        where.append("p.id IN (SELECT rowid FROM words WHERE words MATCH ?)")
        given.append(query.match)
    if query.without:
        where.append("p.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
        given.append(query.match_without)
    if any(test for test in query.tests if getattr(test, "field", "") == "stars"):
        where.append("p.stars >= 3")
    if any(test for test in query.tests if getattr(test, "field", "") == "model"):
        where.append("n.text LIKE '%2.2%'")
    sql = "SELECT p.id FROM picture p LEFT JOIN name n ON n.id = p.model WHERE "
    rows = base.execute(sql + " AND ".join(where) + " ORDER BY p.id DESC", given)
    return [row[0] for row in rows]


def acted(home: Path, pictures: int, rounds: int) -> dict[str, list[float]]:
    """Give stars to many, delete many and bring them back."""
    shelf = Shelf(home, pictures)
    library = shelf.library
    told: dict[str, list[float]] = {
        name: [] for name in ("stars", "stars, processor", "trash", "restore")
    }
    ids = library.view.columns.ids[: min(10_000, pictures)].tolist()
    shelf.index.set_contents([(one, f"{one:016x}aaaaaaaa") for one in ids])
    library.on_changed(Changed(altered=tuple(ids)))
    shelf.rest()
    moved = real_files(shelf, min(MOVED, pictures // 2))
    for number in range(max(3, rounds)):
        began, cpu = time.perf_counter(), time.process_time()
        library.set_stars(ids, number % 5 + 1)
        shelf.rest()
        told["stars, processor"].append(1000 * (time.process_time() - cpu))
        told["stars"].append(1000 * (time.perf_counter() - began))
        rows = len(library.view.columns)
        began = time.perf_counter()
        library.trash(moved)
        wait(partial(holds, library, rows - len(moved)))
        told["trash"].append(time.perf_counter() - began)
        began = time.perf_counter()
        library.undo() if number % 2 else shelf.trashing.undo()
        wait(partial(holds, library, rows))
        told["restore"].append(time.perf_counter() - began)
    shelf.close()
    return told


def holds(library: Library, count: int) -> bool:
    """Whether so many pictures are in memory."""
    return len(library.view.columns) == count


def real_files(shelf: Shelf, count: int) -> list[int]:
    """Put files where the newest pictures are said to lie; return their ids."""
    ids: list[int] = shelf.library.view.columns.ids[:count].tolist()
    contents = []
    for one, path in shelf.library.view.paths(ids).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(100_000))
        stat = path.stat()
        shelf.index.base.execute(
            "UPDATE picture SET size = ?, mtime_ns = ? WHERE id = ?",
            (stat.st_size, stat.st_mtime_ns, one),
        )
        contents.append((one, fingerprints.of_file(path)))
    shelf.index.set_contents(contents)
    return ids


def main() -> None:
    """Take one part of the measures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("search", "acts"))
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="library-") as home:
        take = searched if args.part == "search" else acted
        told = take(Path(home), args.pictures, args.rounds)
    print(json.dumps(told))
    del application


if __name__ == "__main__":
    main()
