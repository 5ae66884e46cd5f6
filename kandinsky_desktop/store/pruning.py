"""Keeps a folder of files that can be made again below a size."""

import logging
import time
from pathlib import Path

from kandinsky_desktop.store.leftovers import ABANDONED_S

log = logging.getLogger(__name__)


def prune(folder: Path, limit: int) -> None:
    """Delete files, those not touched for longest first, until they take at most so many bytes.

    What a killed process left half-written goes too, once nobody can be writing it any more.
    """
    try:
        paths = list(folder.rglob("*"))
    except OSError:  # someone deletes it just now
        return
    files = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue  # another process was faster
        if path.suffix == ".part":
            if time.time() - stat.st_mtime > ABANDONED_S:
                _delete(path)
        elif path.is_file():
            files.append((stat.st_mtime_ns, stat.st_size, path))
    total = sum(size for _time, size, _path in files)
    for _time, size, path in sorted(files):
        if total <= limit:
            return
        _delete(path)
        total -= size


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the cache cannot be pruned: %s", error)
