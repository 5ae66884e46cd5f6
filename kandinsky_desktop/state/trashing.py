"""Deletes pictures and brings them back: the lists at once, the disk behind them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.errors import TrashFailed
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.filmstrip import Filmstrip, FramePlace
from kandinsky_desktop.state.gallery import Gallery, Listing, listing
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.viewer import Place, Viewer
from kandinsky_desktop.store.trash import Trash, Trashed


@dataclass(slots=True)
class _Places:
    """Where a picture was shown."""

    strip: int | None = None
    stage: Place | None = None
    film: FramePlace | None = None


@dataclass(slots=True, eq=False)
class _Deletion:
    """One step that can be undone."""

    path: Path
    made_at: float = field(default_factory=monotonic)  # time.monotonic, as all times here
    undone_at: float = 0.0
    places: _Places = field(default_factory=_Places)
    place: Path | None = None  # where it was put back; set in the writer's thread, and read there
    trashed: Trashed | None = None  # likewise
    is_gone: bool = False  # whether the file was not there at all


class Trashing(QObject):
    """Every deletion is a step of its own; what could not be done is as before, and is said."""

    changed = Signal()  # what can be undone
    deleted = Signal(object)  # Path: it is in the trash
    restored = Signal(object)  # Path: where it is again
    refused = Signal(str)  # why something was not done
    emptied = Signal()

    def __init__(
        self,
        background: Background,
        trash: Trash,
        preferences: Preferences,
        gallery: Gallery,
        viewer: Viewer,
        filmstrip: Filmstrip,
        result: BoardResult,
    ) -> None:
        super().__init__()
        self._background, self._trash, self._preferences = background, trash, preferences
        self._gallery, self._viewer = gallery, viewer
        self._filmstrip, self._result = filmstrip, result
        self._past: list[_Deletion] = []
        self._future: list[_Deletion] = []

    # -- as one of those whose changes can be undone

    @property
    def changed_at(self) -> float | None:
        """When the picture was deleted that undo brings back; None: there is none."""
        return self._past[-1].made_at if self._past else None

    @property
    def undone_at(self) -> float | None:
        """When the picture was brought back that redo deletes again; None: there is none."""
        return self._future[-1].undone_at if self._future else None

    def undo(self) -> None:
        """Bring back the picture that was deleted last."""
        if self._past:
            self._bring_back(self._past[-1])

    def redo(self) -> None:
        """Delete the picture again that was brought back last."""
        if self._future:
            step = self._future.pop()
            self._past.append(step)
            self._delete(step)

    # -- what is done to pictures

    def delete(self, path: Path) -> None:
        """Take a picture out of all lists, and move its file into the trash."""
        step = _Deletion(path)
        self._past.append(step)
        self._future.clear()
        self._delete(step)

    def undelete(self, path: Path) -> None:
        """Bring back a picture that was deleted since the program started."""
        for step in reversed(self._past):
            if step.path == path:
                self._bring_back(step)
                return

    def list_deleted(self, then: Callable[[list[Trashed]], None]) -> None:
        """Look for all that is in the trash, what was deleted last first."""
        pictures = self._preferences.pictures
        self._background.read(lambda: self._trash.listing(pictures), then, self.refused.emit)

    def restore(self, trashed: Trashed) -> None:
        """Bring back a picture, whenever it was deleted."""
        for step in self._past:
            if step.trashed is not None and step.trashed.path == trashed.path:
                self._bring_back(step)
                return

        def move() -> tuple[Path, Listing]:
            place = self._trash.restore(trashed)
            return place, listing(place.parent)

        def show(restored: tuple[Path, Listing]) -> None:
            place, listed = restored
            self._gallery.settle(place)
            self._gallery.merge(place.parent, listed)
            self._gallery.put_back(place, None)  # unless it was listed by its age
            self._viewer.look_at(place)
            self.restored.emit(place)

        self._background.write(move, self.refused.emit, show)

    def empty(self, pictures: list[Trashed]) -> None:
        """Delete pictures in the trash for good."""
        gone = {trashed.path for trashed in pictures}

        def forget(_nothing: None = None) -> None:
            for steps in (self._past, self._future):
                steps[:] = [
                    one for one in steps if one.trashed is None or one.trashed.path not in gone
                ]
            self.changed.emit()
            self.emptied.emit()

        def tell(sentence: str) -> None:
            self.refused.emit(sentence)
            self.emptied.emit()  # some of them may be gone

        self._background.write(lambda: self._trash.empty(pictures), tell, forget)

    # -- the lists, and the disk behind them

    def _delete(self, step: _Deletion) -> None:
        path, pictures = step.path, self._preferences.pictures
        seen = self._gallery.thumbnails.version(path)
        self._take_out(step)
        self.changed.emit()

        def move() -> None:
            step.trashed, step.is_gone = None, False
            try:
                step.trashed = self._trash.delete(step.place or path, pictures, seen)
            except TrashFailed:
                step.is_gone = not os.path.lexists(path)
                raise

        self._background.write(move, partial(self._on_kept, step), partial(self._on_deleted, step))

    def _on_deleted(self, step: _Deletion, _nothing: None) -> None:
        self._gallery.settle(step.path)
        if step in self._past:  # it was not brought back meanwhile
            self.deleted.emit(step.path)

    def _on_kept(self, step: _Deletion, sentence: str) -> None:
        """Show a picture again that could not be deleted, and say why."""
        self._forget(step)
        if not step.is_gone:
            self._gallery.thumbnails.reread(step.path)  # it may have changed
            self._put_back(step)
        self.refused.emit(sentence)

    def _bring_back(self, step: _Deletion) -> None:
        self._past.remove(step)
        step.undone_at = monotonic()
        self._future.append(step)
        self.changed.emit()

        def move() -> Path | None:
            step.place = None if step.trashed is None else self._trash.restore(step.trashed)
            return step.place

        def show(place: Path | None) -> None:
            if place is None or step not in self._future:
                return  # it was not deleted, and that was said; or it was deleted again meanwhile
            step.path = place
            self._put_back(step)
            self.restored.emit(place)

        def tell(sentence: str) -> None:
            self._forget(step)
            self.refused.emit(sentence)

        self._background.write(move, tell, show)

    def _forget(self, step: _Deletion) -> None:
        for steps in (self._past, self._future):
            if step in steps:
                steps.remove(step)
        self.changed.emit()

    def _take_out(self, step: _Deletion) -> None:
        path, places = step.path, step.places
        beside = self._gallery.beside(path)
        strip = self._gallery.take_out(path)
        places.strip = places.strip if strip is None else strip
        places.stage = self._viewer.take_out(path, beside) or places.stage
        places.film = self._filmstrip.take_out(path) or places.film
        self._result.take_out(path)

    def _put_back(self, step: _Deletion) -> None:
        path, places = step.path, step.places
        self._gallery.put_back(path, places.strip)
        if places.film is not None:
            self._filmstrip.put_back(path, places.film)
        if places.stage is not None:
            self._viewer.put_back(path, places.stage)
        else:
            self._viewer.look_at(path)
