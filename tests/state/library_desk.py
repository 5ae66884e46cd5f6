"""A library with real pictures and a real index, whose indexer works in this process."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.library import Change
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.library import Library, LibraryFiles
from kandinsky_desktop.store import fingerprints, library_index
from kandinsky_desktop.store.library_index import Root, open_index, open_reader
from kandinsky_desktop.store.scanning import look_at
from tests.library import rescan, watch
from tests.state.picture_desk import Desk


class Indexer(QObject):
    """Does what the indexer's process does, when it is told to."""

    def __init__(self, library: Library, place: Path) -> None:
        super().__init__()
        self.library, self.index = library, open_index(place)[0]
        self.roots: list[Root] = []
        self.is_slow = False  # then it does nothing until `catch_up`
        self._late: list[partial[None]] = []
        self.wanted: list[tuple[int, ...]] = []
        library.watch_wanted.connect(self.watch)
        library.scan_wanted.connect(self.scan)
        library.remember_wanted.connect(self.remember)
        library.acts_written.connect(self.read_acts)
        library.thumbnails_wanted.connect(self.wanted.append)

    def catch_up(self) -> None:
        late, self._late, self.is_slow = self._late, [], False
        for one in late:
            one()

    def watch(self, folders: tuple[Path, ...]) -> None:
        self.roots = watch(self.index, *folders)
        self.scan()

    def scan(self) -> None:
        self._do(partial(self._scan))

    def remember(self, path: Path) -> None:
        self._do(partial(self._remember, path))

    def read_acts(self, root: Path) -> None:
        self._do(partial(self._read_acts, root))

    def hash_all(self) -> None:
        """Read the contents, which the second pass of the indexer does."""
        reader = open_reader(self.index.path)
        rows = library_index.rows(reader, self.index.without_content())
        self.tell(self.index.set_contents([(o.id, fingerprints.of_file(o.path)) for o in rows]))
        reader.close()

    def tell(self, change: Change) -> None:
        if change:
            self.library.on_changed(Changed(change.added, change.removed, change.altered))

    def close(self) -> None:
        self.index.close()

    def _do(self, work: "partial[None]") -> None:
        if self.is_slow:
            self._late.append(work)
        else:
            work()

    def _scan(self) -> None:
        self.tell(rescan(self.index, self.roots))

    def _remember(self, path: Path) -> None:
        self.tell(look_at(self.index, self.roots, path))

    def _read_acts(self, root: Path) -> None:
        for one in self.roots:
            if one.path == root:
                for change in self.index.take_acts(one, one.path):
                    self.tell(change)


class Shelf(Desk):
    """A desk with a library over its folder of pictures."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        super().__init__(folder, background, qtbot)
        self.device = folder / "device"
        files = LibraryFiles(
            open_index=lambda: open_reader(self.place),
            open_thumbnails=self.open_thumbnails,
            device=self.device,
            logs=folder / "logs",
            searches=folder / "searches.json",
            folders=folder / "library.json",
        )
        self.library = Library(
            background, self.preferences, self.trashing, self.gallery, self.making, files
        )
        self.library.renamed.connect(self.outside.on_renamed)
        self.indexer = Indexer(self.library, self.place)
        self.problems: list[str] = []
        self.told: list[str] = []
        self.library.problem.connect(self.problems.append)
        self.library.told.connect(self.told.append)

    def open_thumbnails(self) -> sqlite3.Connection:
        return sqlite3.connect(self.place.with_name("thumbs.db"), check_same_thread=False)

    def open(self) -> None:
        """Start the library, and wait until all is in memory."""
        self.library.start()
        self.qtbot.waitUntil(lambda: bool(self.indexer.roots))
        self.library.wake()
        self.qtbot.waitUntil(lambda: self.library.view.is_loaded)
        self.rest()

    def rest(self) -> None:
        """Wait until everything that was asked for is done."""
        self.qtbot.waitUntil(lambda: not (self.library.view.is_busy or self.library.acts.is_busy))

    def move(self, act: Callable[[], None]) -> None:
        """Do what moves files into the trash or out of it, and wait until the disk has done it."""
        with self.qtbot.waitSignal(self.trashing.moved):
            act()

    def ids(self, *words: str) -> list[int]:
        """Return the ids of the pictures made from these words, in their order."""
        reader = open_reader(self.place)
        every = self.library.view.columns.ids.tolist()
        found = {row.prompt: row.id for row in library_index.rows(reader, every)}
        reader.close()
        return [found[one] for one in words]

    @property
    def shown(self) -> list[str]:
        """What rows say, from above."""
        results = self.library.results
        return [results.data(results.index(row, 0)) for row in range(results.rowCount())]

    def stars(self, *words: str) -> list[int]:
        return [self.library.view.stars(one) for one in self.ids(*words)]

    def in_step(self) -> None:
        """Check that memory is what the index says, read anew."""
        from kandinsky_desktop.state import library_columns, library_search

        reader = open_reader(self.place)
        anew = library_columns.joined(library_columns.read(reader))
        labels = library_search.read_labels(reader)
        reader.close()
        held = self.library.view.columns
        for name, values in anew.of.items():
            if name == "content":  # of which memory is told only where something is marked
                values = np.where(held.of[name] == 0, 0, values)
            assert np.array_equal(held.of[name], values), name
        assert {key: one.on.tolist() for key, one in labels.of.items() if len(one.on)} == {
            key: one.on.tolist()
            for key, one in self.library.view.known_labels.of.items()
            if len(one.on)
        }

    def close(self) -> None:
        self.library.end()
        self.indexer.close()
