"""Removes what a process that was killed while it wrote a file left beside it (`atomic_file`)."""

import logging
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

from kandinsky_desktop.store import atomic_file

log = logging.getLogger(__name__)

ABANDONED_S = 3600.0  # nothing of ours takes so long to write
CLOCKS_S = 60.0  # by which the times of a process and of a file may differ


def found_in(folders: Iterable[Path], *, within: bool = False) -> list[Path]:
    """Return the unfinished files in folders, and in those below them if they are meant too."""
    found: list[Path] = []
    for folder in folders:
        for path, inner, files in os.walk(folder):
            found += (Path(path, name) for name in files if atomic_file.writer_of(name))
            if not within:
                inner.clear()
    return found


def remove(unfinished: Iterable[Path], now: float | None = None) -> int:
    """Delete those that nobody can be writing any more; return how many. Raises nothing.

    Those are files with the very name that unfinished files of ours have, unchanged for an hour (a
    drive may be shared, and the process on another machine), whose process is no more. `now` is
    in seconds since 1970.
    """
    removed = 0
    for path in unfinished:
        try:
            if _is_abandoned(path, time.time() if now is None else now):
                path.unlink()
                removed += 1
        except FileNotFoundError:
            pass  # it was finished meanwhile, or another process was faster
        except OSError as error:
            log.info("%s cannot be removed: %s", path, error)
    return removed


def _is_abandoned(path: Path, now: float) -> bool:
    """Whether nobody writes a file any more. Raises OSError."""
    writer = atomic_file.writer_of(path.name)
    about = path.lstat()
    if writer is None or not stat.S_ISREG(about.st_mode):
        return False
    written = about.st_mtime
    return now - written > ABANDONED_S and not _lives(writer, written)


def _lives(pid: int, at: float) -> bool:
    """Whether there is a process of that number, and was at that time: the same one, then."""
    import psutil  # when it is asked for first: few ever need it

    try:
        return bool(psutil.Process(pid).create_time() < at + CLOCKS_S)
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OSError):
        return True  # it does not say since when
