"""Temporary folders: they go with what made them or, if that was killed, at the next start."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kandinsky_desktop.store.window_lock import WindowLock

NAME, IN_USE = "kandinsky-{what}-", "in-use"


@contextmanager
def folder(what: str) -> Iterator[Path]:
    """Lend a folder for a while; `what` is a word of its name. Others know that it is in use."""
    sweep()
    while True:
        made = Path(tempfile.mkdtemp(prefix=NAME.format(what=what)))
        lock = WindowLock(made / IN_USE)
        if lock.acquire():
            break  # and not: another process swept it away before
    try:
        yield made
    finally:
        lock.release()
        shutil.rmtree(made, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of processes that were killed: this person's, and in no use."""
    for lock_file in Path(tempfile.gettempdir()).glob(f"{NAME.format(what='*')}*/{IN_USE}"):
        if _is_ours(lock_file.parent):
            lock = WindowLock(lock_file)
            if lock.acquire():
                shutil.rmtree(lock_file.parent, ignore_errors=True)
                lock.release()
                shutil.rmtree(lock_file.parent, ignore_errors=True)  # Windows: the lock's file


def _is_ours(path: Path) -> bool:
    try:
        about = path.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
    return stat.S_ISDIR(about.st_mode) and mine
