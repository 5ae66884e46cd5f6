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
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.store import atomic_file

if TYPE_CHECKING:  # the first sight of the window must not wait for it
    from PIL import Image

log = logging.getLogger(__name__)

JOURNAL, PICTURE, ORIGINAL, TITLE = "journal", "picture", "original", "title"
LOOK = "look.png"  # a small picture of what it was when it was put away
LOOK_SIDE = 256
DELETED = "deleted"  # the folder of documents that a person deleted, beside the others
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


def keep_look(folder: Path, image: "Image.Image") -> None:
    """Keep a picture that shows what a document is now. Raises OSError."""
    image.thumbnail((LOOK_SIDE, LOOK_SIDE))
    stream = BytesIO()
    image.save(stream, "PNG")
    atomic_file.write(folder / LOOK, stream.getvalue())


def look_of(folder: Path) -> Path | None:
    """Return a picture that shows a document: as it was put away, else as it was opened."""
    look = folder / LOOK
    return look if look.is_file() else picture_of(folder)


def size_of(folder: Path) -> int:
    """Return how many bytes a document takes; 0 for what is gone by now."""
    try:
        return sum(path.stat().st_size for path in folder.rglob("*"))
    except OSError:
        return 0


def set_aside(folder: Path) -> Path:
    """Move a document to those that are deleted, and return where it is now. Raises OSError."""
    aside = folder.parent / DELETED
    aside.mkdir(exist_ok=True)
    return folder.rename(aside / folder.name)


def bring_back(aside: Path) -> Path:
    """Move a deleted document back, and return where it is now. Raises OSError."""
    return aside.rename(aside.parent.parent / aside.name)


def forget_deleted(root: Path) -> None:
    """Delete for good what was deleted. Raises OSError."""
    if (root / DELETED).is_dir():
        shutil.rmtree(root / DELETED)


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
