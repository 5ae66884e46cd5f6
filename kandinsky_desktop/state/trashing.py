"""Deletes pictures and brings them back: the lists at once, the disk behind them."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.errors import TrashFailed
from kandinsky_desktop.domain.i18n import ngettext
from kandinsky_desktop.domain.library import Listed
from kandinsky_desktop.state import system_bin
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.filmstrip import Filmstrip, FramePlace
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.viewer import Place, Viewer
from kandinsky_desktop.store.trash import Doomed, FileVersion, Trash, Trashed

DAY_US = 86_400_000_000


@dataclass(slots=True)
class _Places:
    """Where a picture was shown."""

    strip: Listed | None = None
    stage: Place | None = None
    film: FramePlace | None = None


@dataclass(slots=True, eq=False)
class _Deleted:
    """One picture of a step."""

    path: Path
    seen: FileVersion = ()  # as it was seen last; empty: nobody knows
    content: str = ""  # of what was seen, if that is known
    places: _Places = field(default_factory=_Places)
    place: Path | None = None  # where it was put back; set in the writer's thread, and read there
    trashed: Trashed | None = None  # likewise
    is_gone: bool = False  # whether the file was not there at all
    why: str = ""  # the sentence why it was not done


@dataclass(slots=True, eq=False)
class _Deletion:
    """One step that can be undone: a picture, or many at once."""

    pictures: list[_Deleted]
    made_at: float = field(default_factory=monotonic)  # time.monotonic, as all times here
    undone_at: float = 0.0


class Trashing(QObject):
    """Every deletion is a step of its own; what could not be done is as before, and is said."""

    changed = Signal()  # what can be undone
    leaving = Signal(object)  # tuple[Path, ...]: they are on their way into the trash
    stayed = Signal(object)  # tuple[Path, ...]: of those, what could not be deleted
    deleted = Signal(object)  # Path: it is in the trash
    restored = Signal(object)  # Path: where it is again
    moved = Signal(
        object, object
    )  # tuple[Path, ...] that lay there, and where they are; None: trash
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
            for one in step.pictures:
                seen = self._gallery.thumbnails.version(one.path)
                if seen and seen != one.seen:
                    one.seen, one.content = seen, ""
            self._delete(step)

    # -- what is done to pictures

    def delete(self, path: Path) -> None:
        """Take a picture out of all lists, and move its file into the trash."""
        self.delete_all((Doomed(path, self._gallery.thumbnails.version(path)),))

    def delete_all(self, doomed: Sequence[Doomed]) -> None:
        """Delete pictures as one step."""
        if doomed:
            step = _Deletion([_Deleted(one.path, one.seen, one.content) for one in doomed])
            self._past.append(step)
            self._future.clear()
            self._delete(step)

    def undelete(self, path: Path) -> None:
        """Bring back a picture that was deleted since the program started."""
        for step in reversed(self._past):
            if any(one.path == path for one in step.pictures):
                self._bring_back(step)
                return

    def list_deleted(self, then: Callable[[list[Trashed]], None]) -> None:
        """Look for all that is in the trash, what was deleted last first."""
        pictures = self._preferences.pictures
        self._background.read(lambda: self._trash.listing(pictures), then, self.refused.emit)

    def restore(self, trashed: Trashed) -> None:
        """Bring back a picture, whenever it was deleted."""
        self.restore_all((trashed,))

    def restore_all(self, pictures: Sequence[Trashed]) -> None:
        """Bring back pictures, whenever they were deleted."""
        wanted = {one.path for one in pictures}
        for step in self._past:
            held = {one.trashed.path for one in step.pictures if one.trashed is not None}
            if held and held == wanted:
                self._bring_back(step)
                return

        def move() -> tuple[list[Path | TrashFailed], dict[Path, Listed | None]]:
            became = self._trash.restore_all(pictures)
            return became, _listed(one for one in became if isinstance(one, Path))

        def show(restored: tuple[list[Path | TrashFailed], dict[Path, Listed | None]]) -> None:
            became, listed = restored
            back = list(listed)
            self._gallery.put_back(listed)
            if len(back) == 1:
                self._viewer.look_at(back[0])
            self._forget_restored({one.path for one in pictures})
            for place in back:
                self.restored.emit(place)
            origins = tuple(
                one.origin
                for one, place in zip(pictures, became, strict=True)
                if isinstance(place, Path)
            )
            if back:
                self.moved.emit(origins, tuple(back))
            self._complain([str(one) for one in became if isinstance(one, TrashFailed)])

        self._background.write(move, self.refused.emit, show)

    def empty_old(self) -> None:
        """Delete for good what was deleted longer ago than a person wants it to be kept."""
        days = self._preferences.settings.trash_days
        if not days:
            return
        now_us = time.time_ns() // 1000

        def take(found: list[Trashed]) -> None:
            old = [one for one in found if 0 < one.at_us < now_us - days * DAY_US]
            if old:
                self.empty(old)

        self.list_deleted(take)

    def empty(self, pictures: list[Trashed]) -> None:
        """Delete pictures in the trash for good."""
        gone = {trashed.path for trashed in pictures}

        def forget(_nothing: None = None) -> None:
            self._forget_restored(gone)
            self.emptied.emit()

        def tell(sentence: str) -> None:
            self.refused.emit(sentence)
            self.emptied.emit()  # some of them may be gone

        self._background.write(lambda: self._trash.empty(pictures), tell, forget)

    # -- the lists, and the disk behind them

    def _delete(self, step: _Deletion) -> None:
        pictures, of_system = self._preferences.pictures, self._preferences.settings.system_bin
        self._take_out(step)
        self.changed.emit()

        def move() -> None:
            for one in step.pictures:
                one.trashed, one.is_gone, one.why = None, False, ""
            if of_system:
                for one in step.pictures:
                    self._bin_one(one)
                return
            if len(step.pictures) == 1:
                self._move_one(step.pictures[0], pictures)
                return
            doomed = [
                Doomed(one.place, (), one.content if not one.seen else "")
                if one.place is not None
                else Doomed(one.path, one.seen, one.content)
                for one in step.pictures
            ]
            became = self._trash.delete_all(doomed, pictures)
            for one, result in zip(step.pictures, became, strict=True):
                if isinstance(result, Trashed):
                    one.trashed = result
                else:
                    one.why = str(result)
                    one.is_gone = not os.path.lexists(one.path)

        def then(_nothing: None) -> None:
            kept = [one for one in step.pictures if one.why]
            step.pictures = [one for one in step.pictures if not one.why]
            self._on_kept(step, kept)
            self._on_deleted(step)

        self._background.write(move, partial(self._on_broken, step), then)

    def _move_one(self, one: _Deleted, pictures: Path) -> None:
        try:
            one.trashed = self._trash.delete(one.place or one.path, pictures, one.seen)
        except TrashFailed as error:
            one.why, one.is_gone = str(error), not os.path.lexists(one.path)

    def _bin_one(self, one: _Deleted) -> None:
        seen = () if one.place is not None else one.seen
        try:
            one.trashed = system_bin.put(Doomed(one.place or one.path, seen, one.content))
        except TrashFailed as error:
            one.why, one.is_gone = str(error), not os.path.lexists(one.place or one.path)

    def _on_deleted(self, step: _Deletion) -> None:
        self._gallery.settle([one.path for one in step.pictures])
        if step in self._past and step.pictures:  # it was not brought back meanwhile
            for one in step.pictures:
                self.deleted.emit(one.path)
            self.moved.emit(tuple(one.path for one in step.pictures), None)

    def _on_broken(self, step: _Deletion, sentence: str) -> None:
        """Show again what could not be deleted for a reason that nobody foresaw."""
        for one in step.pictures:
            one.why = sentence
        kept, step.pictures = step.pictures, []
        self._on_kept(step, kept)

    def _on_kept(self, step: _Deletion, kept: list[_Deleted]) -> None:
        """Show pictures again that could not be deleted, and say why."""
        if not kept:
            return
        if not step.pictures:
            self._forget(step)
        there = [one for one in kept if not one.is_gone]
        for one in there:
            self._gallery.thumbnails.reread(one.path)  # it may have changed
        self._put_back(there, alone=len(kept) == 1)
        self._gallery.settle([one.path for one in kept])
        self.stayed.emit(tuple(one.path for one in there))
        self._complain([one.why for one in kept])

    def _complain(self, sentences: list[str]) -> None:
        """Say why something was not done: of many the first reason, and how many there are."""
        if not sentences:
            return
        said = sentences[0]
        if len(sentences) > 1:
            words = ngettext(
                "{sentence} So it is with {n} more.",
                "{sentence} So it is with {n} more.",
                len(sentences) - 1,
            )
            said = words.format(sentence=said, n=len(sentences) - 1)
        self.refused.emit(said)

    def _bring_back(self, step: _Deletion) -> None:
        self._past.remove(step)
        step.undone_at = monotonic()
        self._future.append(step)
        self.changed.emit()

        def move() -> None:
            there = [one for one in step.pictures if one.trashed is not None]
            became = self._trash.restore_all([one.trashed for one in there if one.trashed])
            for one in step.pictures:
                one.place, one.why = None, "" if one in there else system_bin.unknown(one.path)
            for one, place in zip(there, became, strict=True):
                if isinstance(place, Path):
                    one.place = place
                    if one.trashed is not None:
                        system_bin.forget(one.trashed)
                else:
                    one.why = str(place)

        def show(_nothing: None) -> None:
            left = [one for one in step.pictures if one.why]
            back = [one for one in step.pictures if one.place is not None]
            if step in self._future:  # it was not deleted again meanwhile
                was = tuple(one.path for one in back)
                for one in back:
                    assert one.place is not None
                    one.path = one.place
                self._put_back(back, alone=len(step.pictures) == 1)
                for one in back:
                    self.restored.emit(one.path)
                if back:
                    self.moved.emit(was, tuple(one.path for one in back))
            if left:
                step.pictures = [one for one in step.pictures if not one.why]
                if not step.pictures:
                    self._forget(step)
                self._complain([one.why for one in left])

        def tell(sentence: str) -> None:
            self._forget(step)
            self.refused.emit(sentence)

        self._background.write(move, tell, show)

    def _forget(self, step: _Deletion) -> None:
        for steps in (self._past, self._future):
            if step in steps:
                steps.remove(step)
        self.changed.emit()

    def _forget_restored(self, trashed: set[Path]) -> None:
        """Forget steps, or parts of them, whose pictures are not in the trash any more."""
        for steps in (self._past, self._future):
            for step in steps:
                step.pictures = [
                    one
                    for one in step.pictures
                    if one.trashed is None or one.trashed.path not in trashed
                ]
            steps[:] = [step for step in steps if step.pictures]
        self.changed.emit()

    def _take_out(self, step: _Deletion) -> None:
        every = frozenset(one.path for one in step.pictures)
        looked_at = every & frozenset(self._viewer.files) if len(every) > 1 else every
        beside = {path: self._gallery.beside(path, every) for path in looked_at}
        held = self._gallery.take_out(every)
        for one in step.pictures:
            path, places = one.path, one.places
            places.strip = held.get(path) or places.strip
            if path in looked_at:
                places.stage = self._viewer.take_out(path, beside[path]) or places.stage
            places.film = self._filmstrip.take_out(path) or places.film
            self._result.take_out(path)
        self.leaving.emit(tuple(every))

    def _put_back(self, pictures: Sequence[_Deleted], *, alone: bool) -> None:
        self._gallery.put_back({one.path: one.places.strip for one in pictures})
        for one in pictures:
            if one.places.film is not None:
                self._filmstrip.put_back(one.path, one.places.film)
            if one.places.stage is not None:
                self._viewer.put_back(one.path, one.places.stage)
            elif alone:
                self._viewer.look_at(one.path)


def _listed(paths: Iterable[Path]) -> dict[Path, Listed | None]:
    """Return by their paths where files belong in the strip. For the writer's thread."""
    from kandinsky_desktop.store import scanning  # not for the first sight

    found: dict[Path, Listed | None] = {}
    for path in paths:
        try:
            found[path] = scanning.listed(path)
        except OSError:  # it left again
            found[path] = None
    return found
