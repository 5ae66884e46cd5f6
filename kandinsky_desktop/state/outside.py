"""What other programs do to the pictures: files that are gone, and a folder that is away.

What is looked at is looked after every two seconds while the window is active, and once when it
becomes so: a few calls. Of all other pictures the library's index tells.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from kandinsky_desktop.domain.errors import brief
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.viewer import Viewer

PAUSE_MS = 2000
AWAY = "away"  # why no picture is shown: the folder is not there
EMPTY = "empty"  # or nothing is in it, as where a disk was taken out


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen."""

    folder: Path  # with the person's pictures
    why_away: str = ""  # AWAY, EMPTY, or why it cannot be read; "": it is there
    gone: frozenset[Path] = frozenset()


class OutsideChanges(QObject):
    """Takes what is gone out of all lists, and says so."""

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
        self._looking = False
        self._again = False  # it was asked for meanwhile
        self._was_there: Path | None = None  # the folder, if it was there at the last look
        self._was_full: Path | None = None  # the folder, if pictures in it were listed
        self._away: Path | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.look)
        gallery.gone.connect(self._take_out)

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
        folder, shown, files = self._preferences.pictures, self._shown(), self._gallery.files
        if self._away == folder or any(path.parent == folder for path in files):
            self._was_full = folder
        was_full = self._was_full == folder
        self._background.read(
            lambda: _look_at(folder, shown, files, was_full=was_full), self._take, self._skip
        )

    def _shown(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys((*self._viewer.files, *self._filmstrip.made)))

    def _skip(self, _sentence: str) -> None:
        self._looking = False

    def _take(self, look: _Look) -> None:
        self._looking = False
        if look.folder == self._preferences.pictures:
            self._take_folder(look)
        self._take_out(look.gone.intersection((*self._shown(), *self._gallery.files)))
        if self._again:
            self._again = False
            self.look()

    @Slot(object, object)
    def on_renamed(self, old: Path, new: Path) -> None:
        """Show a file that was given another name here by that: it is not gone."""
        self._gallery.rename(old, new)
        self._result.rename(old, new)
        self._viewer.rename(old, new)
        self._filmstrip.rename(old, new)
        frame = self._filmstrip.take_out(old)
        if frame is not None:
            self._filmstrip.put_back(new, frame)

    @Slot(object)
    def _take_out(self, gone: frozenset[Path]) -> None:
        if not gone:
            return
        looked_at = gone.intersection(self._viewer.files)
        beside = {path: self._gallery.beside(path, gone) for path in looked_at}
        self._gallery.drop(gone)
        for path in gone:
            self._viewer.take_out(path, beside.get(path))
            self._filmstrip.take_out(path)
            self._result.take_out(path)
        self.gone.emit(tuple(sorted(gone)))

    def _take_folder(self, look: _Look) -> None:
        if look.why_away:
            if self._away != look.folder and self._was_there == look.folder:
                self._away = look.folder
                self._gallery.read()
                self.folder_away.emit(look.folder, look.why_away)
            return
        self._was_there = look.folder
        if self._away is not None:
            self._away = None
            self._gallery.read()
            self.folder_back.emit()


# -- in a reader's thread


def _look_at(
    folder: Path, shown: tuple[Path, ...], listed: tuple[Path, ...], *, was_full: bool
) -> _Look:
    why_away = ""
    try:
        with os.scandir(folder) as entries:
            if next(entries, None) is None and was_full:
                why_away = EMPTY
    except OSError as error:
        why_away = AWAY if isinstance(error, FileNotFoundError) else brief(error)

    def gone(paths: tuple[Path, ...]) -> frozenset[Path]:
        here = (path for path in paths if not (why_away and path.parent == folder))
        return frozenset(path for path in here if not os.path.lexists(path))

    missed = gone(shown)
    return _Look(folder, why_away, missed | gone(listed) if missed else missed)  # told of together
