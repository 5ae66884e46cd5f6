"""Which documents of the canvas nobody would miss: what they hold is elsewhere too.

One goes when nothing was done in it for a month, sooner where all of them take very much, and only
if its picture is as it was in a file that is still there, or was saved since the last change to a
file that is still there; never while a fill waits in it. What is nowhere else stays for good.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.document import MASK, Document
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.store import canvas_folders, fingerprints, journal

log = logging.getLogger(__name__)

KEPT_S = 30 * 86_400.0  # since something was done in it
SPARED_S = 86_400.0  # likewise, however much they take
MOST_BYTES = 4 * 10**9  # of all


@dataclass(frozen=True, slots=True)
class OldDocument:
    """A document, when something was done in it last, and how much it takes."""

    folder: Path
    age_s: float
    size_bytes: int

    def is_over(self, taken_bytes: int) -> bool:
        """Whether it is to go if nobody would miss it, with so much taken by all of them."""
        return self.age_s > KEPT_S or (taken_bytes > MOST_BYTES and self.age_s > SPARED_S)


def by_age(folders: Iterable[Path]) -> list[OldDocument]:
    """Look at documents; the oldest first. For any thread."""
    found = [one for one in map(_looked_at, folders) if one is not None]
    return sorted(found, key=lambda one: -one.age_s)


def named_in_files(places: Iterable[Path]) -> str:
    """Return what stands in files, and in the JSON files of folders, where paths may be named."""
    texts = []
    for place in places:
        files = place.rglob("*.json") if place.is_dir() else [place]
        texts += [file.read_text("utf-8", "replace") for file in files if file.is_file()]
    return " ".join(texts)


def holds_nothing_alone(folder: Path) -> bool:
    """Whether all that a person would miss of a document lies elsewhere too."""
    try:
        if canvas_folders.waiting(folder):
            return False
        state = journal.read(folder / canvas_folders.JOURNAL)
        said = state.said
        saved = said.get("saved") is True and _is_file(said.get("path"))
        if saved or _is_file(said.get("kept")):
            return True
        painted = any(layer != MASK for layer, _column, _row in state.tiles)
        return not painted and _is_as_opened(folder, said.get("document"))
    except (OSError, KandinskyError, ValueError) as error:
        log.warning("it is not known what a document holds: %s", error)
        return False


def let_go(folder: Path) -> bool:
    """Delete a document if nobody would miss it; return whether it went."""
    if not holds_nothing_alone(folder):
        return False
    canvas_folders.remove(folder)
    log.info("a document that nobody would miss is deleted: %s", folder.name)
    return True


def _looked_at(folder: Path) -> OldDocument | None:
    try:
        about = [path.stat() for path in (folder, *folder.rglob("*"))]
    except OSError:  # another program deletes it
        return None
    used_at = max(one.st_mtime for one in about)
    return OldDocument(folder, time.time() - used_at, sum(one.st_size for one in about))


def _is_file(path: Any) -> bool:
    return isinstance(path, str) and path != "" and Path(path).is_file()


def _is_as_opened(folder: Path, said: Any) -> bool:
    """Whether the file that a document was opened from is there, and all that is seen of it."""
    document = file_format.decode(Document, said, str(folder))
    own = canvas_folders.picture_of(folder)
    if (
        document.placed is not None
        or document.source is None
        or not document.source.is_file()
        or own is None
    ):
        return False
    return fingerprints.of_file(document.source) == fingerprints.of_file(own)
