"""Somebody who visits the gallery of the whole program, over real files and a real index."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.store import places
from kandinsky_desktop.ui.gallery.grid import PictureGrid
from kandinsky_desktop.ui.gallery.room import GalleryRoom
from tests.painted_library import PaintedLibrary
from tests.ui.driver import Driver

CTRL = Qt.KeyboardModifier.ControlModifier
PLAIN, LEFT, Key = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.Key


class Visitor:
    """Somebody in the gallery."""

    def __init__(self, start: Callable[[], Driver], count: int) -> None:
        self.shelf = PaintedLibrary(places.pictures(Settings().pictures))
        self.shelf.folder.mkdir(parents=True, exist_ok=True)
        if count:
            self.shelf.fill(count)
            self.family = self.shelf.add_family()
            self.foreign = self.shelf.add_foreign()
            self.shelf.add_broken()
        self.shelf.index()
        self.driver = start()
        self.driver.state.preferences.set(motion=False, measure=False)
        self.room = self.driver.workspace.rooms.of(GalleryRoom)
        self.driver.window.resize(1280, 800)
        self.driver.press(Key.Key_4, CTRL)
        self.until(lambda: self.room.is_ready and not self.library.view.is_busy)  # all is shown
        self.rest()

    @property
    def library(self) -> Library:
        return self.driver.state.library

    @property
    def grid(self) -> PictureGrid:
        return self.room.grid

    @property
    def ids(self) -> list[int]:
        return [int(one) for one in self.library.results.ids]

    def until(self, done: Callable[[], bool]) -> None:
        self.driver.until(done)

    def rest(self) -> None:
        self.driver.qtbot.wait(30)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        self.driver.press(key, modifier)

    def paths(self) -> set[Path | None]:
        """Return the files that the rows show."""
        results = self.library.results
        return {results.path(row) for row in range(results.rowCount())}

    def row_of(self, path: Path) -> int:
        results = self.library.results
        return next(row for row in range(results.rowCount()) if results.path(row) == path)

    def click(self, row: int, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        index = self.library.results.index(row, 0)
        self.grid.scrollTo(index)
        QTest.mouseClick(self.grid.viewport(), LEFT, modifier, self.grid.visualRect(index).center())

    def look_at(self, path: Path) -> None:
        """Click on a picture and wait for its details."""
        self.click(self.row_of(path))
        details = self.room.details
        self.until(lambda: details.details is not None and details.details.path == path)

    def type(self, words: str) -> None:
        """Type into the search, and wait for what is found."""
        self.press(Key.Key_F, CTRL)
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        field.clear()
        with self.driver.qtbot.waitSignal(self.library.results_changed):
            QTest.keyClicks(field, words)
        self.driver.qtbot.wait(120)


def shown(visitor: Visitor) -> object:
    """Return the page of the gallery that is shown."""
    return visitor.room.parts.shown
