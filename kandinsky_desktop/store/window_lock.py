"""One window for each data folder: a lock of the system's, which ends with its process.

However that ends: there is nothing stale after a crash. The file also says where the window that
holds it can be spoken to. The command line takes no lock: it touches neither session nor layout.
"""

import errno
import logging
import os
import sys
from pathlib import Path

log = logging.getLogger(__name__)

HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)  # by another process
LONGEST_ADDRESS = 4096  # bytes
LOCKED_BYTE = 1 << 30  # far behind the address, which others read: Windows locks bytes, not files


class WindowLock:
    """The lock of a data folder. Acquire it before anything of the session is read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Whether this process may use the folder: False only if another one holds the lock.

        Where no lock can be had, on a disk that is read-only or knows none, that is logged.
        """
        if self._handle is not None:
            return True
        handle = -1
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            _lock(handle)
        except OSError as error:
            if handle >= 0:
                os.close(handle)
            if handle >= 0 and error.errno in HELD:
                return False
            log.warning("no lock on %s can be had: %s", self._file, error)
            return True
        self._handle = handle
        return True

    def release(self) -> None:
        """Let the next window have the folder."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def address(self) -> str:
        """Where the window that holds the lock can be spoken to; empty if it does not say."""
        try:
            with self._file.open("rb") as file:
                return file.read(LONGEST_ADDRESS).decode("utf-8", "replace").strip("\0\n ")
        except OSError:
            return ""

    @address.setter
    def address(self, address: str) -> None:
        """Say it, if the lock is held here."""
        if self._handle is None:
            return
        try:
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, address.encode())
        except OSError as error:
            log.warning("%s cannot be written: %s", self._file, error)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        """Lock the file, or raise OSError."""
        os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        """Lock the file, or raise OSError."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
