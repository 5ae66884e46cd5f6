"""The session as it is saved between two runs: the queue, the draft and the board."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import KandinskyError, OtherFormat
from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.store import atomic_file, json_files

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SavedSession:
    """What is written at every change and read at the start."""

    jobs: tuple[Job, ...] = ()
    draft: Any = None  # plain JSON of state.draft.Draft
    board: Any = None  # plain JSON of domain.board.Board
    drags: int = 0  # how many cards were ever dragged, so that a hint is not given for good
    export: Any = None  # plain JSON of state.exporter.ExportHabits
    torn: bool = False  # whether its file could not be read
    other_format: str = ""  # a sentence, where another version of the program wrote its file


def load(path: Path) -> SavedSession:
    """Read the session. Unreadable parts are left out and logged; nothing is raised.

    A file that is no JSON is set aside as `session.json.bad`, one of another format as
    `session.json.other-format`.
    """
    try:
        plain = json_files.read(path)
        if not isinstance(plain, dict):
            raise ValueError("no object")
        plain = without_format(plain, str(path))
    except FileNotFoundError:
        return SavedSession()
    except OtherFormat as error:
        log.warning("the last session is set aside: %s", error)
        place = _set_aside(path, "other-format")
        there = _("It is kept as {name}.").format(name=place.name) if place else ""
        return SavedSession(other_format=f"{error} {there}".strip())
    except (OSError, ValueError, RecursionError) as error:
        log.warning("the last session cannot be read and is set aside: %s", error)
        _set_aside(path, "bad")
        return SavedSession(torn=True)
    jobs = plain.get("jobs")
    jobs = enumerate(jobs if isinstance(jobs, list) else ())
    found = (_read(Job, job, f"jobs[{place}]") for place, job in jobs)
    return SavedSession(
        jobs=tuple(job for job in found if job is not None),
        draft=plain.get("draft"),
        board=plain.get("board"),
        drags=drags if type(drags := plain.get("drags")) is int else 0,
        export=plain.get("export"),
    )


def read_part(kind: type[T], plain: Any) -> T | None:
    """Return the draft, the board …; None if there was none, or nothing of it can be read.

    What of it is unknown or cannot be read is left out, each with a line in the log.
    """
    if plain is None:
        return None

    def skip(reason: str) -> None:
        log.warning("a part of the last %s is left out: %s", kind.__name__, reason)

    try:
        value: T = from_plain(kind, plain, skip=skip)
    except KandinskyError as error:
        log.warning("the last %s is left out: %s", kind.__name__, error)
        return None
    return value


def save(path: Path, session: SavedSession) -> None:
    """Write the session atomically. Raises OSError."""
    content = {
        "jobs": [to_plain(job, bytearray()) for job in session.jobs],
        "draft": session.draft,
        "board": session.board,
        "drags": session.drags,
        "export": session.export,
    }
    atomic_file.write(
        path, json.dumps(with_format(content), indent=1).encode()
    )  # ASCII: half an emoji passes too


def _set_aside(path: Path, mark: str) -> Path | None:
    try:
        return atomic_file.set_aside(path, mark)
    except OSError as error:
        log.warning("%s cannot be set aside: %s", path, error)
        return None


def _read(kind: Any, plain: Any, at: str) -> Any:
    try:
        return from_plain(kind, plain, at=at)
    except KandinskyError as error:
        log.warning("a part of the last session is left out: %s", error)
        return None
