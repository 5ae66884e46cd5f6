"""Times of files that tests make one after the other, quicker than a disk's clock goes on."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

STEP_NS = 10_000_000


def _moments() -> Iterator[int]:
    last = 0
    while True:
        last = max(last + STEP_NS, time.time_ns())
        yield last


_MOMENTS = _moments()


def apart(path: Path) -> Path:
    """Let a file be newer than all those before; of one moment, inodes would tell which is.

    It is as new as its name says: where both are far apart, the name counts, in seconds.
    """
    when = next(_MOMENTS)
    os.utime(path, ns=(when, when))
    return path
