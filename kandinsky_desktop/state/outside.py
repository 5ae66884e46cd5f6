"""What other programs do to the pictures: files that are gone or came, and a folder that is away.

Folders are looked at every two seconds while the window is active, and once when it becomes so. A
folder is read only if its time has changed, so that a look costs a few calls.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from kandinsky_desktop.domain.errors import brief
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.gallery import Gallery, Listing, listing
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.viewer import Viewer

PAUSE_MS = 2000
AWAY = "away"  # why no picture is shown: the folder is not there
EMPTY = "empty"  # or nothing is in it, as where a disk was taken out
SETTLED_NS = 2_000_000_000  # a folder that changed a moment ago may change again in the same tick


@dataclass(frozen=True, slots=True)
class _Names:
    """What was in a folder."""

    names: frozenset[str] = frozenset()
    changed_ns: int = 0
    is_sure: bool = False  # whether another time is to be expected after the next change


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen."""

    folder: Path  # with the person's pictures
    why_away: str = ""  # AWAY, EMPTY, or why it cannot be read; "": it is there
    gone: tuple[Path, ...] = ()
    listed: Listing | None = None  # of the folder, if any may have come


class OutsideChanges(QObject):
    """Takes what is gone out of all lists, lists what came, and says so."""

    gone = Signal(object)  # tuple[Path, ...]: they were shown, and are not there any more
    folder_away = Signal(object, str)  # Path; AWAY, EMPTY, or the reason in words
    folder_back = Signal()

    def __init__(
        self,
        background: Background,
        preferences: Preferences,
        gallery: Gallery,
        viewer: Viewer,
        filmstrip: Filmstrip,
        result: BoardResult,
    ) -> None:
        super().__init__()
        self._background, self._preferences = background, preferences
        self._gallery, self._viewer = gallery, viewer
        self._filmstrip, self._result = filmstrip, result
        self._seen: dict[Path, _Names] = {}  # in the readers' threads, one look at a time
        self._looking = False
        self._again = False  # it was asked for meanwhile
        self._was_there: Path | None = None  # the folder, if it was there at the last look
        self._come = False  # there may be files that are not listed yet
        self._away: Path | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way."""
        return self._looking

    def start(self) -> None:
        """Look from now on, while the window is active."""
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_state)
        if self._preferences.settings.pictures:  # it was chosen, so it was there once
            self._was_there = self._preferences.pictures
        self.look()
        self._timer.start()

    @Slot(object)
    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def look(self) -> None:
        """Look now, or once more if a look is under way."""
        if self._looking:
            self._again = True
            return
        self._looking = True
        folder, shown = self._preferences.pictures, self._shown()
        known = frozenset(path.name for path in shown if path.parent == folder)
        come, self._come = self._come, False
        known = known or frozenset(("",) if self._away == folder else ())  # it was not empty
        self._background.read(
            lambda: self._look_at(folder, shown, known, come), self._take, self._skip
        )

    def _shown(self) -> tuple[Path, ...]:
        return tuple(
            dict.fromkeys((*self._gallery.files, *self._viewer.files, *self._filmstrip.made))
        )

    # -- in a reader's thread

    def _look_at(
        self, folder: Path, shown: tuple[Path, ...], known: frozenset[str], come: bool
    ) -> _Look:
        before = self._seen.get(folder)
        why_away, names, listed = "", frozenset[str](), None
        try:
            names = self._names_in(folder)
        except OSError as error:
            self._seen.pop(folder, None)
            why_away = AWAY if isinstance(error, FileNotFoundError) else brief(error)
        else:
            if known and not names:
                why_away = EMPTY
            if before is not None:
                new = names - known - before.names
                come = come or any(_is_picture(name) for name in new)
            if come:
                listed = listing(folder)
        gone = []
        for path in shown:
            if path.parent == folder:
                is_there = bool(why_away) or path.name in names
            else:
                is_there = self._is_there(path)
            if not is_there and not os.path.lexists(path):  # it may be listed in other letters
                gone.append(path)
        return _Look(folder, why_away, tuple(gone), listed)

    def _names_in(self, folder: Path) -> frozenset[str]:
        changed_ns = os.stat(folder).st_mtime_ns
        before = self._seen.get(folder)
        if before is not None and before.is_sure and before.changed_ns == changed_ns:
            os.scandir(folder).close()  # it may be unreadable by now
            return before.names
        is_sure = abs(time.time_ns() - changed_ns) > SETTLED_NS
        names = frozenset(os.listdir(folder))
        self._seen[folder] = _Names(names, changed_ns, is_sure)
        return names

    def _is_there(self, path: Path) -> bool:
        try:
            return path.name in self._names_in(path.parent)
        except OSError:
            return False

    # -- in this thread

    def _skip(self, _sentence: str) -> None:
        self._looking, self._come = False, True  # who knows what the look would have found

    def _take(self, look: _Look) -> None:
        self._looking = False
        if look.folder == self._preferences.pictures:
            self._take_folder(look)
        shown = set(self._shown())
        gone = tuple(path for path in look.gone if path in shown)
        if gone:
            self._take_out(gone)
            self.gone.emit(gone)
        if self._again:
            self._again = False
            self.look()

    def _take_out(self, gone: tuple[Path, ...]) -> None:
        every, looked_at = frozenset(gone), frozenset(self._viewer.files)
        beside = {path: self._gallery.beside(path, every) for path in every & looked_at}
        self._gallery.drop(every)
        for path in gone:
            self._viewer.take_out(path, beside.get(path))
            self._filmstrip.take_out(path)
            self._result.take_out(path)

    def _take_folder(self, look: _Look) -> None:
        if look.why_away:
            if self._away != look.folder and self._was_there == look.folder:
                self._away = look.folder
                self._gallery.clear_files()
                self.folder_away.emit(look.folder, look.why_away)
            return
        self._was_there = look.folder
        if self._away is not None:
            self._away = None
            self._gallery.set_folder(look.folder)
            self.folder_back.emit()
        elif look.listed is not None:
            self._come = not self._gallery.merge(look.folder, look.listed)


def _is_picture(name: str) -> bool:
    return name.endswith(".png") and not name.startswith(".")
