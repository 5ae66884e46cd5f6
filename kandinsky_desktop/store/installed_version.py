"""The version, among those that the small installer laid side by side, that this process is of."""

import logging
import os
import sys
from pathlib import Path

log = logging.getLogger(__name__)

RUNNING = "running.lock"  # beside a version's environment; the installer makes it
_held: list[int] = []


def hold() -> None:
    """Let no installer take this version away as long as the process runs.

    By a lock that ends with the process. Nothing to do on Windows, which lets nobody remove a
    program that runs, and for a program that was not installed so.
    """
    if sys.platform == "win32" or _held:
        return
    import fcntl

    file = Path(sys.prefix).parent / RUNNING
    try:
        handle = os.open(file, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        log.warning("no lock on %s can be had: %s", file, error)
        return
    _held.append(handle)
