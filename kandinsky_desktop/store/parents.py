"""Where the pictures lie that another was made from: as they were then, or not at all."""

import os
from pathlib import Path

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.parents import Parent
from kandinsky_desktop.store import fingerprints


def found(parent: Parent, child: Path) -> Path:
    """Return where a parent lies now: where it was, or beside its child, in a folder that moved.

    Raises Unreadable, with a sentence, if it is gone or another picture lies there.
    """
    for path in (parent.path, child.parent / parent.path.name):  # a folder has no name
        if _is_it(parent, path):
            return path
    words = (
        _("{path}, which the picture was made from, has changed since.")
        if os.path.lexists(parent.path)
        else _("{path}, which the picture was made from, is not there any more.")
    )
    raise Unreadable(words.format(path=parent.path), parent.path)


def _is_it(parent: Parent, path: Path) -> bool:
    try:
        return os.path.isfile(path) and parent.content in ("", fingerprints.of_file(path))
    except (OSError, ValueError):  # a path may hold what no disk takes
        return False
