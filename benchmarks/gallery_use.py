"""A hand in the gallery of the real window, without an engine: frames, jumps, keystrokes.

    python -m benchmarks.gallery_use --home FOLDER --count 100000 --size 1280x800
    python -m benchmarks.gallery_use --home FOLDER --count 96 --size 1280x800 --cold 768

The library lies in FOLDER, and is made there if there is none. Says its result as JSON in its last
line: milliseconds of processor time of the window's thread, or of the clock where others work too.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

COLUMNS_WAIT_S = 120.0
FRAMES, JUMPS, RESETS = 240, 40, 9
SHORT_FRAMES, SHORT_JUMPS, SHORT_RESETS = 6, 2, 1
TYPED = ("red", "cat dog", "mountain", "night snow", "картина", "ka", "red -dog")
SHORT_TYPED = ("red",)


def fill(home: Path, count: int) -> None:
    """Make the pictures, their index and their thumbnails, as the indexer does."""
    from benchmarks import library_pictures
    from kandinsky_desktop.store import (
        library_folders,
        library_index,
        places,
        scanning,
        thumbnail_store,
    )

    shelf = home / "pictures"
    if not shelf.is_dir():
        library_pictures.make(shelf, count)
    place = library_index.place_in(places.library())
    if place.exists():
        return
    index, _aside = library_index.open_index(place)
    found = library_folders.find([shelf], index.roots(), partial(scanning.is_at_hand, index))
    roots = [index.set_root(one.mark, one.path, away=one.away) for one in found]
    for _step in scanning.scan(index, roots):
        pass
    reader = library_index.open_reader(place)
    numbers = [int(one) for one in library_index.columns(reader, ("id",))[0].split(",")]
    store = thumbnail_store.ThumbnailStore(places.library() / "thumbs.db")
    thumbnail_store.MOST = 2 * count  # all of them are there, so that no jump waits for an indexer
    known: dict[bytes, thumbnail_store.Thumbnail] = {}  # few pictures under many records
    for start in range(0, len(numbers), 500):
        rows = library_index.rows(reader, numbers[start : start + 500])
        made = []
        for row in rows:
            end = row.path.read_bytes()[-64:]
            if end not in known:
                known[end] = thumbnail_store.make(row.path)
            made.append((row.id, known[end], row.path.stat().st_mtime_ns))
        store.keep(made)
    store.close()
    reader.close()
    index.close()


def fill_cold(home: Path, count: int, side: int) -> None:
    """Make pictures as large as they are painted, their index, and no thumbnail."""
    import random
    from dataclasses import replace

    from PIL import Image

    from benchmarks import library_pictures
    from kandinsky_desktop.domain.conditioning import Prompt
    from kandinsky_desktop.domain.record import Record
    from kandinsky_desktop.domain.request import Paint, Sampling
    from kandinsky_desktop.store import library_folders, library_index, pictures, places, scanning

    shelf = home / "pictures"
    record = Record(
        request=Paint(conditioning=Prompt("a red cat"), sampling=Sampling(width=side, height=side)),
        index=0,
        model="kandinsky-2.2",
        fingerprint="aaaaaabbbbbbccccccdddddd",
        conditions=library_pictures.CONDITIONS,
        program="Kandinsky Desktop 0.3.0",
    )
    for number in range(count):
        dice = random.Random(number)
        image = Image.frombytes("RGB", (24, 24), dice.randbytes(1728))
        sampling = replace(record.request.sampling, seed=number)
        request = replace(record.request, sampling=sampling)
        image = image.resize((side, side), Image.Resampling.BICUBIC)
        pictures.save(pictures.finish(image, replace(record, request=request)), shelf)
    index, _aside = library_index.open_index(library_index.place_in(places.library()))
    found = library_folders.find([shelf], index.roots(), partial(scanning.is_at_hand, index))
    roots = [index.set_root(one.mark, one.path, away=one.away) for one in found]
    for _step in scanning.scan(index, roots):
        pass
    index.close()


class Use:
    """One window with its gallery, and what acts in it take."""

    def __init__(self, width: int, height: int, *, cold: bool = False) -> None:
        """Where it is `cold`, the gallery is entered before anything of it was prepared."""
        from PySide6.QtWidgets import QApplication, QStyleFactory

        from kandinsky_desktop.app.program import Program
        from kandinsky_desktop.domain.settings import Settings
        from kandinsky_desktop.store.layout_file import Layout
        from kandinsky_desktop.store.settings_file import Read
        from kandinsky_desktop.ui.gallery.room import GalleryRoom
        from kandinsky_desktop.ui.main_window import MainWindow
        from kandinsky_desktop.ui.theme_tokens import tokens_for

        self.qt = QApplication([])
        self.qt.setStyle(QStyleFactory.create("Fusion"))
        self.window = MainWindow(tokens_for("dark"), 1.0, "")
        self.window.resize(width, height)
        self.window.show()
        read = Read(Settings(theme="dark", motion=False))
        self.program = Program(self.qt, self.window, read, Layout())
        self.rest(0.3)
        self.room = self.program.workspace.rooms.of(GalleryRoom)
        self._indexers: list[int] = []
        if cold:
            self.program.indexer.started.connect(self._indexers.append)
            self.program.indexer_thread.start()
        else:
            self.program.workspace.rooms.prepare()  # as it does some seconds after its start
            self.until(lambda: self.room.is_ready)
            self.rest(0.3)
        self._came = 0  # results before a key

    @property
    def _frames(self) -> int:
        return self.room.grid.painted

    def rest(self, seconds: float) -> None:
        """Let what goes on end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.qt.processEvents()
            time.sleep(0.002)

    def until(self, done: Callable[[], bool], patience_s: float = COLUMNS_WAIT_S) -> None:
        """Go on until something is so."""
        end = time.monotonic() + patience_s
        while not done():
            self.qt.processEvents()
            if time.monotonic() > end:
                raise TimeoutError(done)
            time.sleep(0.0005)

    def painted(self) -> bool:
        """Whether every picture in view is shown as what it is."""
        grid, results = self.room.grid, self.program.state.library.results
        ids = [int(results.ids[row]) for row in grid.rows_in_sight()]
        thumbnails = self.program.state.library.thumbnails
        return bool(ids) and all(thumbnails.image(picture) is not None for picture in ids)

    def first_sight(self) -> dict[str, list[float]]:
        """Enter the gallery for the first time."""
        began, spent = time.perf_counter(), time.process_time()
        costs: dict[str, list[float]] = {}

        def note(name: str) -> None:
            costs[name] = [1000 * (time.perf_counter() - began)]
            spent_here = 1000 * (time.process_time() - spent)
            costs[f"{name}, processor"] = [spent_here + sum(map(_spent_ms, self._indexers))]

        self.program.workspace.rooms.enter("gallery")
        library = self.program.state.library
        self.until(lambda: self.room.is_ready and library.results.rowCount() > 0)
        self.until(lambda: self.room.grid.painted > 0)
        before = self._frames
        self.until(lambda: self._frames > before or self.painted())
        note("first frame")
        self.until(self.painted)
        self.qt.processEvents()
        note("first thumbnails")
        return costs

    def scroll(self, frames: int) -> list[float]:
        """Scroll through fresh pictures by the wheel's steps."""
        bar, costs = self.room.grid.verticalScrollBar(), []
        for _frame in range(frames):
            before = time.thread_time()
            bar.setValue(bar.value() + bar.singleStep())
            self.qt.processEvents()
            costs.append(1000 * (time.thread_time() - before))
            time.sleep(0.016)
            self.qt.processEvents()
        return costs

    def jump(self, jumps: int) -> list[float]:
        """Go anywhere, until all pictures in view are there."""
        bar, costs = self.room.grid.verticalScrollBar(), []
        for number in range(jumps):
            target = bar.maximum() * ((number * 37 + 11) % 101) // 101
            before = time.perf_counter()
            bar.setValue(target)
            self.until(self.painted)
            self.qt.processEvents()
            costs.append(1000 * (time.perf_counter() - before))
            self.rest(0.02)
        return costs

    def replace(self, times: int) -> dict[str, list[float]]:
        """Reset the model, and insert at the top: with our grid, and with Qt's icon mode."""
        import numpy as np
        from PySide6.QtCore import QSize
        from PySide6.QtWidgets import QListView

        from kandinsky_desktop.state.library_arrangement import Arrangement
        from kandinsky_desktop.state.picture_results import PictureResults
        from kandinsky_desktop.ui.gallery.grid import PictureGrid

        found = self.program.state.library.results.found
        costs: dict[str, list[float]] = {}
        for name in ("ours", "icon mode"):
            results = PictureResults(lambda ids: {})
            results.show(found, anew=True)
            if name == "ours":
                theme, library = self.program.theme, self.program.state.library
                view: QListView = PictureGrid(theme, results, library.thumbnails)
            else:
                view = QListView()
                view.setModel(results)
                view.setViewMode(QListView.ViewMode.IconMode)
                view.setUniformItemSizes(True)
                view.setResizeMode(QListView.ResizeMode.Adjust)
                view.setGridSize(QSize(146, 146))
            view.resize(1180, 700)
            view.show()
            self.rest(0.3)
            more = Arrangement(
                np.concatenate((found.ids[:1] + 1, found.ids)),
                np.concatenate((found.counts[:1], found.counts)),
                np.concatenate((found.stacks[:1], found.stacks)),
                found.sections,
                found.pictures + 1,
            )
            for act, arrangement, anew in (("reset", found, True), ("insert", more, False)):
                for _time in range(times):
                    results.show(found, anew=True)
                    view.doItemsLayout()
                    self.qt.processEvents()
                    before = time.thread_time()
                    results.show(arrangement, anew=anew)
                    if name != "ours":
                        view.doItemsLayout()
                    self.qt.processEvents()
                    cost = 1000 * (time.thread_time() - before)
                    costs.setdefault(f"{act}, {name}", []).append(cost)
            view.hide()
            view.deleteLater()
            self.rest(0.05)
        return costs

    def type(self, words: tuple[str, ...]) -> dict[str, list[float]]:
        """Type into the search: from each key to the painted grid."""
        from PySide6.QtTest import QTest

        field, came = self.room.page.search.field, [0]
        clock: list[float] = []
        processor: list[float] = []
        library = self.program.state.library

        def note(_count: int, _ms: float) -> None:
            came[0] += 1

        library.results_changed.connect(note)
        field.setFocus()
        for one in words:
            for letter in one:
                before, spent, self._came = time.perf_counter(), time.process_time(), came[0]
                if letter.isascii():
                    QTest.keyClicks(field, letter)
                else:
                    field.insert(letter)
                if letter == " ":
                    continue  # it asks for nothing else
                self.until(lambda: came[0] > self._came)
                self.room.grid.viewport().repaint()
                clock.append(1000 * (time.perf_counter() - before))
                processor.append(1000 * (time.process_time() - spent))
                self.rest(0.05)
            field.clear()
            self.rest(0.3)
        return {"keystroke": clock, "keystroke, processor": processor}


def _spent_ms(pid: int) -> float:
    """Return how much processor time a process has used."""
    import psutil

    times = psutil.Process(pid).cpu_times()
    return 1000 * float(times.user + times.system)


def resident_mb() -> float:
    """Return how much memory this process holds, with what of libraries is in use."""
    import psutil

    return psutil.Process().memory_info().rss / 1e6


def main() -> int:
    """Use the gallery once."""
    parser = argparse.ArgumentParser(prog="gallery_use")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--cold", type=int, default=0, metavar="SIDE")
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    os.environ["KANDINSKY_HOME"] = str(args.home)
    width, height = map(int, args.size.split("x"))
    told: dict[str, list[float]]
    if args.cold:
        fill_cold(args.home, args.count, args.cold)
        use = Use(width, height, cold=True)
        told = use.first_sight()
        use.program.end()
        print(json.dumps(told), flush=True)
        return 0
    fill(args.home, args.count)
    use = Use(width, height)
    told = use.first_sight()
    told["scroll"] = use.scroll(SHORT_FRAMES if args.short else FRAMES)
    told["jump"] = use.jump(SHORT_JUMPS if args.short else JUMPS)
    told |= use.type(SHORT_TYPED if args.short else TYPED)
    told["memory"] = [resident_mb()]
    told |= use.replace(SHORT_RESETS if args.short else RESETS)
    use.program.end()
    print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
