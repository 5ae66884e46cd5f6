"""Files of ours that are no pictures and that people hand around: boards and requests, as JSON."""

from pathlib import Path
from typing import Any

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.errors import KandinskyError, OtherFormat, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import with_paths
from kandinsky_desktop.domain.request import Paint, drawn
from kandinsky_desktop.store import json_files
from kandinsky_desktop.store.pictures import never_ends

LARGEST = 10_000_000  # bytes


def read(path: Path) -> Board | Paint | None:
    """Return the board, or the first request, in a file; None if it is neither.

    Paths in it that are not whole start at its folder. Raises OSError, or Unreadable with a
    sentence where it is one of them and cannot be read.
    """
    if path.stat().st_size > LARGEST or never_ends(path):
        return None
    try:
        plain = json_files.read(path)
    except (ValueError, RecursionError):
        return None
    first = plain[0] if isinstance(plain, list) and plain else plain
    if not isinstance(first, dict) or not {"cards", "conditioning"} & first.keys():
        return None
    try:
        if "cards" in first:
            found: Board | Paint = file_format.decode(Board, first, str(path))
        else:
            found = requests_of(first, str(path))[0]
    except OtherFormat:
        raise
    except (ValueError, RecursionError, KandinskyError) as error:
        words = _("{path} cannot be read: {error}").format(path=path, error=error)
        raise Unreadable(words) from error
    folder = path.absolute().parent
    whole: Board | Paint = with_paths(found, lambda part: folder / part)
    return whole


def requests_of(plain: Any, title: str) -> list[Paint]:
    """Return the request, or the requests, that JSON says; `title` is what it is called.

    Raises OtherFormat, ValueError, RecursionError and what a request refuses.
    """
    parts = (
        {f"[{place}]": one for place, one in enumerate(plain)}
        if isinstance(plain, list)
        else {"": plain}
    )
    return [
        file_format.decode(Paint, _with_drawn_seeds(one), title, at) for at, one in parts.items()
    ]


def _with_drawn_seeds(plain: Any) -> Any:
    """Return a request as JSON with a random number for each seed that is RANDOM_SEED."""
    sampling = plain.get("sampling") if isinstance(plain, dict) else None
    if not isinstance(sampling, dict):
        return plain
    seeds = {
        name: drawn(sampling[name])
        for name in ("prior_seed", "seed")
        if type(sampling.get(name)) is int
    }
    return plain | {"sampling": sampling | seeds}
