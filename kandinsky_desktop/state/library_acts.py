"""What people do with pictures of the library: stars, tags, albums and names, each a step to undo.

An act is written to the log of its library folder and synced before anything shows it; then memory
follows, then the indexer is told. Acts wait for each other, so that each knows what was before it.
"""

import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.errors import KandinskyError, OtherFormat
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.library import MOST_STARS, STARS, Mark, act_of, clean_label
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import act_log, atomic_file, fingerprints, xmp_text
from kandinsky_desktop.store.act_log import ActLog
from kandinsky_desktop.store.trash import FileVersion, version_of

if TYPE_CHECKING:
    import sqlite3

    from kandinsky_desktop.store.library_index import Root

log = logging.getLogger(__name__)

MOST_STEPS = 200
LONGEST_NAME = 255  # bytes; file systems take no more


class ActFailed(KandinskyError):
    """Something could not be done to pictures; nothing of it is done."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies, and what it holds."""

    root: "Root"  # its library folder
    folder: Path
    file: str  # its name there
    content: str  # 24 hexadecimal digits; empty: not known yet
    marked_at: int = 0  # when it was marked last, by the clock of whoever did, in microseconds
    version: FileVersion = ()  # of the file that this is known of

    @property
    def path(self) -> Path:
        """The file; made when it is asked for, since acts on thousands ask for few."""
        return self.folder / self.file


@dataclass(frozen=True, slots=True)
class Marked:
    """Something that is written: a key has a value now for these contents."""

    key: str
    value: int
    contents: Mapping[int, str]  # by the ids that were meant
    root: Path
    log_size: int = 0  # how long the log is since
    rewritten: tuple[Path, ...] = ()  # files that hold something else than the index knows


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file that has another name."""

    id: int
    old: Path
    new: Path


Done = tuple[Marked, ...] | Renamed
Find = Callable[[Sequence[int]], dict[int, Place]]  # reads the index; for any thread
Values = Callable[[str, Sequence[int]], dict[int, int]]  # what a key is now; in the UI thread


@dataclass(slots=True, eq=False)
class _Step:
    words: str  # "3 stars for 2 pictures"
    key: str = ""
    value: int = 0
    ids: tuple[int, ...] = ()
    before: dict[int, int] = field(default_factory=dict)  # values of those that it changed
    rename: Renamed | None = None  # then the key is empty
    made_at: float = 0.0  # time.monotonic, as undone_at
    undone_at: float = 0.0


class LibraryActs(QObject):
    """Does acts one after the other. Undo and redo are acts themselves, and wait their turn."""

    changed = Signal()  # what can be undone
    done = Signal(object)  # Done: it is on the disk; memory is to follow
    carried = Signal(object)  # Path of a library folder in whose log nobody's act stands since
    told = Signal(str)  # what was done, in words
    refused = Signal(str)  # why something was not done; nothing of it is

    def __init__(
        self, background: Background, find: Find, values: Values, device_file: Path, logs: Path
    ) -> None:
        """`logs` is where acts stand on folders that must not be written to."""
        super().__init__()
        self._background, self._find_in_index, self._values = background, find, values
        self._device_file, self._elsewhere = device_file, logs
        self._logs: dict[Path, ActLog] = {}  # in the writer's thread
        self._renamed: dict[int, Path] = {}  # where pictures are since, likewise
        self._past: list[_Step] = []
        self._future: list[_Step] = []
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = False

    # -- as one of those whose changes can be undone

    @property
    def changed_at(self) -> float | None:
        """When the last act was done; None: there is none to undo."""
        return self._past[-1].made_at if self._past else None

    @property
    def undone_at(self) -> float | None:
        """When the act was undone that redo does again; None: there is none."""
        return self._future[-1].undone_at if self._future else None

    @property
    def undo_words(self) -> str:
        """What undo would take back, in words; empty: nothing."""
        return self._past[-1].words if self._past else ""

    @property
    def redo_words(self) -> str:
        """What redo would do again, in words; empty: nothing."""
        return self._future[-1].words if self._future else ""

    @property
    def is_busy(self) -> bool:
        """Whether an act is on its way to the disk."""
        return self._busy or bool(self._waiting)

    def finish(self) -> None:
        """Do all acts that wait, before the program ends; each takes a write to the disk."""
        while self.is_busy and self._background.finish_writes():
            pass

    def undo(self) -> None:
        """Take back the last act, once those before it are done."""
        self._enqueue(self._undo)

    def redo(self) -> None:
        """Do the act again that was undone last."""
        self._enqueue(self._redo)

    # -- acts

    def set_stars(self, ids: Iterable[int], stars: int) -> None:
        """Give pictures so many stars, from 0 to 5."""
        many, stars = tuple(ids), min(max(stars, 0), MOST_STARS)
        rating = ngettext("{n} star", "{n} stars", stars).format(n=stars)
        words = _("{stars} for {pictures}").format(stars=rating, pictures=counted(len(many)))
        self._mark(words, STARS, stars, many)

    def label(self, ids: Iterable[int], key: str, *, on: bool) -> None:
        """Put a tag or album on pictures, or take it off, by its key: see `domain.library`."""
        many = tuple(ids)
        kind, _colon, name = key.partition(":")
        if not name:
            self.refused.emit(_("Give it a name of letters or digits."))
            return
        sentences = {
            ("tag", True): _("“{name}” for {pictures}"),
            ("tag", False): _("{pictures} without “{name}”"),
            ("album", True): _("{pictures} in the album “{name}”"),
            ("album", False): _("{pictures} out of the album “{name}”"),
        }
        words = sentences[kind, on].format(name=name, pictures=counted(len(many)))
        self._mark(words, key, int(on), many)

    def rename(self, picture: int, name: str) -> None:
        """Give a picture's file another name; its ending stays."""

        def begin() -> None:
            def move() -> Renamed:
                place = self._find((picture,)).get(picture)
                if place is None:
                    raise ActFailed(_("The picture is not there any more."))
                return self._name(picture, place.path, _new_name(place.path, name))

            self._run(move, then)

        def then(renamed: Renamed) -> None:
            if renamed.old != renamed.new:
                words = _("“{old}” is called “{new}”").format(
                    old=renamed.old.stem, new=renamed.new.stem
                )
                self._push(_Step(words, rename=renamed))
                self.done.emit(renamed)

        self._enqueue(begin)

    def carry(self, root: Path, root_mark: str, marks: Sequence[Mark]) -> None:
        """Let marks stand in the log of a library folder, as of their times: no step to undo.

        Where it cannot be written nobody is told, since nobody did it: the indexer asks again.
        """
        acts = [one.act | {"at": one.at_us} for one in marks]

        def write() -> bool:
            from kandinsky_desktop.store.library_index import Root

            try:
                self._log_of(Root(0, root_mark, root)).repeat(acts)
            except (OSError, OtherFormat) as error:
                log.warning("marks are not carried in %s: %s", root, error)
                return False
            return True

        def then(is_written: bool) -> None:
            if is_written:
                self.carried.emit(root)

        if acts:
            self._enqueue(lambda: self._run(write, then))

    # -- how

    def _mark(self, words: str, key: str, value: int, ids: tuple[int, ...]) -> None:
        if ids:
            self._enqueue(lambda: self._begin(_Step(words, key, value, ids)))

    def _begin(self, step: _Step) -> None:
        held = self._values(step.key, step.ids)
        step.before = {picture: value for picture, value in held.items() if value != step.value}
        if not step.before:
            self._next()
            return
        changes = {step.value: tuple(step.before)}

        def then(marked: tuple[Marked, ...]) -> None:
            self._push(step)
            self.done.emit(marked)
            self.told.emit(step.words)

        self._run(lambda: self._write(step.key, changes), then)

    def _push(self, step: _Step) -> None:
        step.made_at = monotonic()
        self._past.append(step)
        del self._past[:-MOST_STEPS]
        self._future.clear()
        self.changed.emit()

    def _undo(self) -> None:
        if not self._past:
            self._next()
            return
        step = self._past[-1]

        def then(done: Done) -> None:
            self._past.remove(step)
            step.undone_at = monotonic()
            self._future.append(step)
            self.done.emit(done)
            self.changed.emit()

        if step.rename is not None:
            was = step.rename
            self._run(lambda: self._name(was.id, was.new, was.old), then)
            return
        changes: dict[int, list[int]] = {}
        for picture, value in step.before.items():
            changes.setdefault(value, []).append(picture)
        self._run(lambda: self._write(step.key, changes), then)

    def _redo(self) -> None:
        if not self._future:
            self._next()
            return
        step = self._future[-1]

        def then(done: Done) -> None:
            self._future.remove(step)
            step.made_at = monotonic()
            self._past.append(step)
            self.done.emit(done)
            self.changed.emit()

        if step.rename is not None:
            was = step.rename
            self._run(lambda: self._name(was.id, was.old, was.new), then)
            return
        changes = {step.value: tuple(step.before)}
        self._run(lambda: self._write(step.key, changes), then)

    def _enqueue(self, begin: Callable[[], None]) -> None:
        self._waiting.append(begin)
        if not self._busy:
            self._next()

    def _run(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Work in the writer's thread; what waits goes on afterwards."""

        def done(result: Any) -> None:
            try:
                then(result)
            finally:
                self._next()

        def failed(sentence: str) -> None:
            self.refused.emit(sentence)
            self._next()

        self._background.write(work, failed, done)

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if self._waiting:
            self._waiting.popleft()()

    # -- in the writer's thread

    def _name(self, picture: int, old: Path, new: Path) -> Renamed:
        self._renamed[picture] = _renamed(old, new)
        return Renamed(picture, old, new)

    def _find(self, ids: Sequence[int]) -> dict[int, Place]:
        """Find pictures, also by names that the index has not seen yet."""
        found = self._find_in_index(ids)
        for picture in self._renamed.keys() & found.keys():
            place, path = found[picture], self._renamed[picture]
            if not os.path.lexists(place.path) and os.path.lexists(path):
                found[picture] = replace(place, folder=path.parent, file=path.name)
        return found

    def _write(self, key: str, changes: Mapping[int, Sequence[int]]) -> tuple[Marked, ...]:
        """Write that a key has these values for these ids: one line in each library folder.

        Raises ActFailed with a sentence; then nothing is written.
        """
        places = self._find([picture for ids in changes.values() for picture in ids])
        marked: list[Marked] = []
        roots: dict[Path, Root] = {}
        for value, ids in changes.items():
            of_root: dict[Root, dict[int, str]] = {}
            rewritten: dict[Root, list[Path]] = {}
            for picture in ids:
                if picture in places:
                    place = places[picture]
                    content = _content_now(place)
                    of_root.setdefault(place.root, {})[picture] = content
                    if place.content and content != place.content:
                        rewritten.setdefault(place.root, []).append(place.path)
            roots |= {root.path: root for root in of_root}
            marked += [
                Marked(key, value, of, root.path, rewritten=tuple(rewritten.get(root, ())))
                for root, of in of_root.items()
            ]
        if not marked:
            raise ActFailed(_("The pictures are not there any more."))
        written: dict[Path, int] = {}
        before = max((place.marked_at for place in places.values()), default=0)
        for path, root in roots.items():
            marks = [
                Mark(one.key, one.value, tuple(dict.fromkeys(one.contents.values())))
                for one in marked
                if one.root == path
            ]
            try:
                log_ = self._log_of(root)
                log_.append(act_of(marks), after=before)
            except OSError as error:
                if not written:
                    raise ActFailed(_not_written(path, error)) from error
                log.warning("an act is not written in %s: %s", path, error)
                marked = [one for one in marked if one.root in written]
                break
            written[path] = log_.path.stat().st_size
        return tuple(replace(one, log_size=written[one.root]) for one in marked)

    def _log_of(self, root: "Root") -> ActLog:
        """Return the log of a library folder. Raises OSError."""
        from kandinsky_desktop.store.library_folders import log_folder

        folder = log_folder(root, self._elsewhere)
        if folder not in self._logs:
            if folder != root.path:
                folder.mkdir(parents=True, exist_ok=True)
            self._logs[folder] = ActLog(folder, act_log.device(self._device_file))
        return self._logs[folder]


def counted(count: int) -> str:
    """Return a number of pictures in words."""
    return ngettext("{n} picture", "{n} pictures", count).format(n=count)


def find_places(open_index: "Callable[[], sqlite3.Connection]") -> Find:
    """Return what finds pictures by their ids, in any thread. It raises sqlite3.Error."""

    def find(ids: Sequence[int]) -> dict[int, Place]:
        with closing(open_index()) as base:
            return places_in(base, ids)

    return find


def places_in(base: "sqlite3.Connection", ids: Sequence[int]) -> dict[int, Place]:
    """Return where pictures lie. Raises sqlite3.Error."""
    from kandinsky_desktop.store.library_index import Root, name_of  # not for the first sight

    found = base.execute(
        "SELECT p.id, r.id, r.mark, r.away, r.path, f.path, p.file, p.content, p.size, p.mtime_ns,"
        " (SELECT max(at) FROM mark WHERE mark.content = p.content) FROM picture p"
        " JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root"
        " WHERE p.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    roots: dict[int, Root] = {}
    folders: dict[tuple[int, object], Path] = {}
    places: dict[int, Place] = {}
    for picture, number, mark, away, path, folder, file, content, *version, marked_at in found:
        root = roots.get(number)
        if root is None:
            root = roots[number] = Root(number, mark, Path(name_of(path)), bool(away))
        within = folders.get((number, folder))
        if within is None:
            within = folders[number, folder] = root.path / name_of(folder)
        known = "" if content is None else content.hex()
        places[picture] = Place(root, within, name_of(file), known, marked_at or 0, tuple(version))
    return places


def _content_now(place: Place) -> str:
    """Return what a picture holds, also if it was overwritten since the index looked at it."""
    if place.content:
        try:
            if version_of(place.path) == place.version:
                return place.content
        except OSError:
            return place.content  # its drive is away
    return _content_of(place.path)


def _content_of(path: Path) -> str:
    try:
        return fingerprints.of_file(path)
    except OSError as error:
        words = _("“{name}” cannot be read: {reason}.")
        raise ActFailed(words.format(name=path.name, reason=error.strerror or error)) from error


def _not_written(root: Path, error: OSError) -> str:
    match error.errno:
        case code if code in (ENOSPC, EDQUOT):
            words = _("The disk is full, so nothing was changed: make room, and try again.")
        case code if code in (EROFS, EACCES, EPERM):
            words = _("The folder “{place}” must not be written to, so nothing was changed.")
        case _:
            words = _("Nothing was changed: “{place}” cannot be written to ({reason}).")
    return words.format(place=root.name or root, reason=error.strerror or error)


def _new_name(path: Path, typed: str) -> Path:
    """Return a path of another name in the same folder. Raises ActFailed with a sentence."""
    name = typed.strip().rstrip(". ")
    if name.casefold().endswith(path.suffix.casefold()) and path.suffix:
        name = name[: -len(path.suffix)].rstrip(". ")
    if not name or name.startswith("."):
        raise ActFailed(_("Give the picture a name that begins with a letter or digit."))
    bad = {os.sep, os.altsep or "/", "\0", *('\\:*?"<>|' if os.name == "nt" else "")}
    if any(sign in name or not sign for sign in bad) or name != clean_label(name):
        raise ActFailed(_("“{name}” cannot be the name of a file.").format(name=clean_label(name)))
    if len(os.fsencode(name + path.suffix)) > LONGEST_NAME:
        raise ActFailed(_("That name is too long for a file."))
    return path.with_name(name + path.suffix)


def _renamed(old: Path, new: Path) -> Path:
    """Rename a file, never over another. Raises ActFailed with a sentence."""
    if old == new:
        return new
    try:
        os.lstat(old)
        if _is_same_name(old, new):
            os.rename(old, new)
        elif not atomic_file.claim(old, new):
            words = _("There is a file “{name}” already: give the picture another name.")
            raise ActFailed(words.format(name=new.name))
        elif os.path.lexists(old):
            os.unlink(old)
    except OSError as error:
        words = _("“{name}” keeps its name: {reason}.")
        raise ActFailed(words.format(name=old.name, reason=error.strerror or error)) from error
    try:
        xmp_text.follow(old, new)  # else its stars and keywords were gone
    except OSError as error:
        log.warning("what lies beside %s keeps its name: %s", old, error)
    atomic_file.sync_folder(new.parent)
    return new


def _is_same_name(old: Path, new: Path) -> bool:
    """Whether a disk that does not tell letters by their size takes both for one name."""
    if old.name.casefold() != new.name.casefold():
        return False
    try:
        return os.path.samefile(old, new)
    except OSError:
        return False
