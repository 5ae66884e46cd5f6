"""What pictures say of how they were made, as far as that decides what can be done with them."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.errors import OtherFormat, Unreadable, brief
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.recall import how_it_was_made
from kandinsky_desktop.store import pictures, png_chunks

MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Origin:
    """What a picture's file says. Of one that cannot be read, `problem` is a sentence."""

    is_ours: bool = False  # it has a record of ours, so that it can be painted anew
    has_settings: bool = False  # by us or by another program
    has_words: bool = False
    has_size: bool = False  # at which it was painted
    has_embedding: bool = False
    model: str = ""  # the name of the one that painted it, of ours
    problem: str = ""
    too_new: str = ""  # why a record of a newer version is not read


class Origins(QObject):
    """Reads pictures when somebody is about to do something with them, and remembers the last."""

    known = Signal(object)  # Path: `of` has something else to say of it now

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._held: OrderedDict[Path, tuple[tuple[int, int], Origin]] = OrderedDict()
        self._asked: set[Path] = set()

    def of(self, path: Path) -> Origin | None:
        """Return what was read of a picture last; None: nothing yet."""
        held = self._held.get(path)
        return None if held is None else held[1]

    def want(self, path: Path) -> None:
        """Read a picture, unless it is known and the same file as then; `known` says the rest."""
        if path in self._asked:
            return
        self._asked.add(path)
        before = self._held.get(path)

        def read() -> tuple[tuple[int, int], Origin]:
            version = _version_of(path)
            if before is not None and version == before[0]:
                return before
            return version, read_origin(path)[0]

        def take(read: tuple[tuple[int, int], Origin]) -> None:
            self._asked.discard(path)
            self._held[path] = read
            self._held.move_to_end(path)
            while len(self._held) > MOST_KEPT:
                self._held.popitem(last=False)
            if before is None or read[1] != before[1]:
                self.known.emit(path)

        self._background.read(read, take, lambda _reason: self._asked.discard(path))

    def look_into(self, path: Path, then: Callable[[Origin], None]) -> None:
        """Read a picture, and hand on what it says."""
        self._background.read(lambda: read_origin(path)[0], then)


def read_origin(path: Path) -> tuple[Origin, Record | None]:
    """Return what a picture says of how it was made, and its record. For any thread."""
    try:
        how = how_it_was_made(path)
    except OtherFormat as error:
        return Origin(has_embedding=_has_embedding(path), too_new=brief(error)), None
    except Unreadable:
        return Origin(has_embedding=_has_embedding(path), problem=_problem(path)), None
    if isinstance(how, Record):
        ours = Origin(
            is_ours=True,
            has_settings=True,
            has_words=bool(how.words),
            has_size=True,
            has_embedding=_has_embedding(path),
            model=how.model,
        )
        return ours, how
    foreign = Origin(
        has_settings=True,
        has_words=how.words is not None,
        has_size=how.size is not None,
        has_embedding=_has_embedding(path),
        problem=_problem(path),
    )
    return foreign, None


def _has_embedding(path: Path) -> bool:
    try:
        return png_chunks.says(path, (pictures.EMBEDDING,))
    except OSError:
        return False


def _problem(path: Path) -> str:
    """Return why a picture cannot be read, as a sentence; empty: it can."""
    try:
        pictures.open_picture(path).close()
    except Unreadable as error:
        return brief(error)
    return ""


def _version_of(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_size, about.st_mtime_ns
