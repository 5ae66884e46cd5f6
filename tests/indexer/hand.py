"""Somebody who speaks with an indexer's process and writes down what it says."""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any

from kandinsky_desktop.domain.indexing import (
    Changed,
    IndexProblem,
    Quit,
    Report,
    ThumbnailsReady,
    Watch,
)
from kandinsky_desktop.store import library_index
from kandinsky_desktop.store.library_index import place_in
from kandinsky_desktop.worker.process import ChildProcess

PATIENT_S = 60.0
POLL_S = 0.2


class Hand:
    """One indexer of a library folder."""

    def __init__(self, library: Path, *module: str) -> None:
        self.library = library
        self.reports: list[Any] = []
        self._came = Condition()
        self.has_ended = False
        command = [sys.executable, "-m", *module, f"--library={library}"]
        command += [f"--logs={library}/logs", f"--poll={POLL_S}"]
        self.process = ChildProcess(
            command, self._hear, self._end, library / "log", speaks=Report, farewell=Quit()
        )

    def _hear(self, report: Any) -> None:
        with self._came:
            self.reports.append(report)
            self._came.notify_all()

    def _end(self, _process: ChildProcess) -> None:
        with self._came:
            self.has_ended = True
            self._came.notify_all()

    def say(self, wish: Any) -> None:
        self.process.send(wish)

    def watch(self, *roots: Path) -> None:
        """Have folders watched, and wait until they were looked through."""
        self.settle(Watch(roots))

    def settle(self, wish: Any) -> None:
        """Say what makes it look through all folders, and wait until it has."""
        before = self.scans
        self.say(wish)
        self.until(lambda: self.scans > before and not self.last.scanning)

    def until(self, there: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENT_S
        with self._came:
            while not there():
                left = ends - time.monotonic()
                assert left > 0, f"it did not come: {self.reports[-5:]}"
                self._came.wait(min(left, 0.1))

    @property
    def last(self) -> Changed:
        said = [one for one in self.reports if isinstance(one, Changed)]
        return said[-1] if said else Changed()

    @property
    def scans(self) -> int:
        return self.last.scans

    @property
    def problems(self) -> list[str]:
        return [one.sentence for one in self.reports if isinstance(one, IndexProblem)]

    @property
    def ready(self) -> list[int]:
        said = (one.ids for one in self.reports if isinstance(one, ThumbnailsReady))
        return [number for ids in said for number in ids]

    def shown(self) -> dict[Path, int]:
        """Return what the index holds, as the window reads it: paths and ids."""
        reader = library_index.open_reader(place_in(self.library))
        try:
            (ids,) = library_index.columns(reader, ["id"])
            found = library_index.rows(reader, map(int, filter(None, ids.split(","))))
            return {row.path: row.id for row in found}
        finally:
            reader.close()

    def holds(self, *paths: Path) -> Callable[[], bool]:
        """Return whether the index holds just these; while it is being made, it does not."""

        def there() -> bool:
            try:
                return set(self.shown()) == set(paths)
            except sqlite3.OperationalError:
                return False

        return there


@contextmanager
def hand(library: Path, *module: str) -> Iterator[Hand]:
    """Lend an indexer, by default as the program starts it."""
    library.mkdir(parents=True, exist_ok=True)
    one = Hand(library, *(module or ("kandinsky_desktop.indexer",)))
    try:
        yield one
    finally:
        one.process.kill()
