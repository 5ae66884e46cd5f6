"""A folder for each picture that is worked on: the file as it was opened, the journal, its fills.

Beside them lie the files of jobs (`store/regions`), which outlive the document: pictures say that
they were made from them.
"""

import logging
import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from kandinsky_desktop.store import atomic_file

log = logging.getLogger(__name__)

JOURNAL, PICTURE, ORIGINAL, TITLE = "journal", "picture", "original", "title"
FILLS = "fills"  # the folder of results, in that of their document
DECIDED = "decided"  # in it: the names of those that were accepted or discarded, a line each
ENDING = re.compile(r"\.[a-z0-9]{1,5}")


def create(root: Path, ending: str, data: bytes) -> Path:
    """Make a folder for a picture, with its file's bytes as they are. Raises OSError."""
    name = time.strftime("%Y-%m-%d-%H%M%S")
    for number in range(1, 10_000):
        folder = root / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        atomic_file.write(folder / f"{PICTURE}{_ending(ending)}", data)
        return folder
    raise FileExistsError(root / name)


def name(folder: Path, title: str) -> None:
    """Note what a document is called. Raises OSError."""
    atomic_file.write(folder / TITLE, title.encode("utf-8", "replace"))


def title_of(folder: Path) -> str:
    """Return what a document is called; when it was begun, where that was not noted."""
    try:
        return (folder / TITLE).read_text("utf-8") or folder.name
    except (OSError, ValueError):
        return folder.name


def used_at(folder: Path) -> float:
    """Return when something was done in a document last; seconds since the epoch, 0 if unknown."""
    try:
        return (folder / JOURNAL).stat().st_mtime
    except OSError:
        return 0.0


def keep_original(folder: Path, original: tuple[str, bytes]) -> None:
    """Keep the file that the picture was once opened from. Raises OSError."""
    atomic_file.write(folder / f"{ORIGINAL}{_ending(original[0])}", original[1])


def original_of(folder: Path) -> tuple[str, bytes] | None:
    """Return the ending and the bytes of that file; None if there is none. Raises OSError."""
    path = next(folder.glob(f"{ORIGINAL}*"), None)
    return None if path is None else (path.suffix, path.read_bytes())


def picture_of(folder: Path) -> Path | None:
    """Return the file of a document's picture; None if it is gone."""
    return next((path for path in sorted(folder.glob(f"{PICTURE}*")) if path.is_file()), None)


def waiting(folder: Path) -> list[Path]:
    """Return the fills of a document that were not decided on, the oldest first."""
    fills = folder / FILLS
    try:
        decided = _decided(fills)
        times = {
            path: path.stat().st_mtime_ns
            for path in fills.glob("*.png")
            if path.name[0] != "." and path.name not in decided
        }
    except OSError as error:
        log.warning("the fills of a document cannot be listed: %s", error)
        return []
    return sorted(times, key=lambda path: (times[path], path.name))


def note_decided(fills: Iterable[Path]) -> None:
    """Note that fills were accepted or discarded; their files stay. Raises OSError."""
    for fill in fills:
        with (fill.parent / DECIDED).open("ab") as file:
            file.write(os.fsencode(fill.name) + b"\n")


def _decided(fills: Path) -> set[str]:
    try:
        return {os.fsdecode(line) for line in (fills / DECIDED).read_bytes().split(b"\n")}
    except FileNotFoundError:
        return set()


def left(root: Path) -> list[Path]:
    """Return the folders of documents that were never closed for good, the newest first."""
    try:
        found = [folder for folder in root.iterdir() if (folder / JOURNAL).is_file()]
        return sorted(found, key=lambda one: (one / JOURNAL).stat().st_mtime_ns, reverse=True)
    except OSError:
        return []


def remove(folder: Path) -> None:
    """Delete a document's folder. Raises OSError. The journal goes first: what is left is none."""
    (folder / JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder)


def _ending(ending: str) -> str:
    ending = ending.lower()
    return ending if ENDING.fullmatch(ending) else ""
