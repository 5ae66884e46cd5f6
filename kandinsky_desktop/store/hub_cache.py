"""The cache of the Hugging Face hub as other programs fill it. It is read in place, never written.

models--ORG--NAME/
    blobs/         contents; those that end in .incomplete are not downloaded to their end
    refs/main      which snapshot is the newest
    snapshots/HASH/...   a revision: links into blobs, or files where a system has no links
"""

import os
import re
from pathlib import Path

from kandinsky_desktop.domain.hub_names import REPOSITORY, SNAPSHOTS

HASH = re.compile(r"[\w.-]+")  # of a revision, as a reference holds it
LONGEST_REFERENCE = 200  # bytes


def is_repository(folder: Path) -> bool:
    """Whether a folder has the name and the layout of a repository of models."""
    layout = (SNAPSHOTS, "blobs", "refs")
    return folder.name.startswith(REPOSITORY) and any(os.path.isdir(folder / one) for one in layout)


def repository_of(path: Path) -> Path | None:
    """Return the repository that a path lies in, or is."""
    for folder in (path, *path.parents):
        if is_repository(folder):
            return folder
    return None


def snapshot_of(repository: Path) -> Path | None:
    """Return the revision in use: that of refs/main, else the newest; None if there is none."""
    snapshots = repository / SNAPSHOTS
    try:
        with (repository / "refs" / "main").open("rb") as file:
            named = file.read(LONGEST_REFERENCE).decode("ascii", "replace").strip()
        if HASH.fullmatch(named) and (snapshots / named).is_dir():
            return snapshots / named
    except OSError:
        pass  # another branch was downloaded
    try:
        there = [path for path in snapshots.iterdir() if path.name[0] != "." and path.is_dir()]
        return max(there, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
    except OSError:
        return None


def opened(folder: Path) -> Path:
    """Return the snapshot in use where a folder is a repository, else the folder itself."""
    if not is_repository(folder):
        return folder
    return snapshot_of(folder) or folder


def incomplete(repository: Path) -> int:
    """Return how many files of a repository are not downloaded to their end."""
    try:
        return sum(name.endswith(".incomplete") for name in os.listdir(repository / "blobs"))
    except OSError:
        return 0
