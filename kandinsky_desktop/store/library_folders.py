"""The library's folders: which they are, by which mark each is known, and whether it is there.

A folder is known by a mark in `.kandinsky/library.json`, wherever its drive is mounted. So an empty
mount point is no library whose pictures were deleted, and a drive under another letter is the same.
"""

import json
import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from kandinsky_desktop.domain.errors import OtherFormat
from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.domain.picture_kinds import PICTURE_ENDINGS
from kandinsky_desktop.store import atomic_file, json_files
from kandinsky_desktop.store.act_log import OWN
from kandinsky_desktop.store.library_index import Root

log = logging.getLogger(__name__)

MOST_LOOKS = 100  # folders in which a picture is looked for
MARKER = "library.json"
UNWRITTEN = "path"  # begins the mark of a folder that takes no file

Looks = Callable[[Root], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """A folder as it was found."""

    path: Path
    mark: str
    away: bool


def load(file: Path) -> tuple[Path, ...]:
    """Return the folders that people added to the library, besides the usual one."""
    try:
        listed = without_format(json_files.read(file), file.name)
        return tuple(Path(folder) for folder in listed["folders"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OtherFormat) as error:
        log.warning("the list of the library's folders cannot be read: %s", error)
        return ()


def save(file: Path, folders: Iterable[Path]) -> None:
    """Keep the folders that people added. Raises OSError."""
    plain = with_format({"folders": [str(folder) for folder in dict.fromkeys(folders)]})
    atomic_file.write(file, json.dumps(plain, indent=1).encode("utf-8", "surrogateescape"))


def find(paths: Iterable[Path], known: Iterable[Root], is_at_hand: Looks) -> list[Found]:
    """Say of each folder which library it is and whether it is there; new ones get a mark.

    `is_at_hand` says of a root of the index whether any of its files lies there, or none is known.
    """
    by_path = {root.path: root for root in known}
    by_mark = {root.mark: root for root in known}
    marks = {path: _mark(path) for path in paths}
    found: dict[Path, Found] = {}
    taken: set[str] = set()
    for path in sorted(marks, key=lambda path: marks[path] is None):  # those with a mark first
        mark = marks[path]
        if mark is None:
            one = _unmarked(path, by_path.get(path), is_at_hand)
        elif mark in taken or _is_copy(path, by_mark.get(mark)):
            one = Found(path, _written(path, token_hex(12)), away=False)
        else:
            one = Found(path, mark, away=False)
        if one.mark not in taken:  # else its drive is mounted elsewhere now
            taken.add(one.mark)
            found[path] = one
    return [found[path] for path in marks if path in found]


def logs_of(root: Root, elsewhere: Path) -> tuple[Path, Path]:
    """Return the folders whose logs tell of acts on a library folder: its own, and ours.

    Acts on a folder that takes no file stand in ours: `elsewhere` is `places.library_logs()`.
    """
    return root.path, elsewhere / root.mark


def log_folder(root: Root, elsewhere: Path) -> Path:
    """Return where acts on a library folder are to be written: there, if it takes files."""
    own, ours = logs_of(root, elsewhere)
    place = own / OWN if (own / OWN).is_dir() else own
    return own if not root.away and os.access(place, os.W_OK) else ours


def _unmarked(path: Path, before: Root | None, is_at_hand: Looks) -> Found:
    """Return a folder without a mark: new, or one whose drive is away, or that lost its mark."""
    there = path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    if before is not None and there and is_at_hand(before):
        return Found(path, _written(path, before.mark), away=False)
    if before is not None and not (there and _has_pictures(path)):
        return Found(path, before.mark, away=True)  # else another drive's pictures are there
    if not there:
        return Found(path, _by_path(path), away=True)
    return Found(path, _written(path, token_hex(12)), away=False)


def _has_pictures(path: Path) -> bool:
    """Whether any picture lies in a folder or not far below it."""
    for _number, (_folder, inner, files) in zip(range(MOST_LOOKS), os.walk(path), strict=False):
        inner[:] = [name for name in inner if not name.startswith(".")]
        if any(os.path.splitext(name)[1].lower() in PICTURE_ENDINGS for name in files):
            return True
    return False


def _is_copy(path: Path, root: Root | None) -> bool:
    """Whether a folder has the mark of another one that is there too, as a copied one has."""
    if root is None or root.path == path:
        return False
    with suppress(OSError):
        return _mark(root.path) == root.mark and not path.samefile(root.path)
    return False


def _written(path: Path, mark: str) -> str:
    """Write a mark, and return by what the folder is known: by its path, if it takes no file."""
    try:
        file = path / OWN / MARKER
        file.parent.mkdir(exist_ok=True)
        plain = with_format({"mark": mark})
        atomic_file.write(file, json.dumps(plain, indent=1).encode())
    except OSError as error:
        log.info("%s takes no mark: %s", path, error)
        return mark if mark.startswith(UNWRITTEN) else _by_path(path)
    return mark


def _by_path(path: Path) -> str:
    return UNWRITTEN + sha256(os.fsencode(path)).hexdigest()[:24]


def _mark(path: Path) -> str | None:
    """Return the mark that lies in a folder."""
    try:
        mark = json_files.read(path / OWN / MARKER)["mark"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return mark if isinstance(mark, str) and mark.isalnum() and 8 <= len(mark) <= 64 else None
