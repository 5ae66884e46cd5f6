"""Small and read-only disks for one command, in a mount namespace of its own.

Root may write anywhere whatever the modes say, and a full disk cannot be feigned; so real file
systems are mounted, seen by that command alone.
"""

import os
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = hasattr(os, "getuid") and os.getuid() == 0
UNSHARE = ["unshare", "--mount", *([] if ROOT else ["--map-root-user"])]
FULL = "size=4k,nr_inodes=20"
READ_ONLY = "ro"


def on_disk(kind: str, folder: Path, command: list[str]) -> list[str]:
    """Return what runs the command where `folder` is a disk of that kind; skips if refused."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _allowed(str(folder)):
        pytest.skip("mounting in a namespace is refused here")
    return _mounted(kind, str(folder), command)


def _mounted(kind: str, folder: str, command: list[str]) -> list[str]:
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
    return [*UNSHARE, "sh", "-c", script, "sh", kind, folder, *command]


@lru_cache(maxsize=1)
def _allowed(folder: str) -> bool:
    try:
        tried = subprocess.run(_mounted(FULL, folder, ["true"]), capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0
