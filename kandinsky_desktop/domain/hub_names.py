"""How folders are named: a repository of the Hugging Face hub's cache is known by its own name."""

import os
from pathlib import Path

from kandinsky_desktop.domain.paths import printable

REPOSITORY = "models--"  # how the folder of a repository of models begins: models--ORG--NAME
SNAPSHOTS = "snapshots"


def repository_name(folder: Path) -> str:
    """Return `org/name` for a snapshot or the folder of a repository; empty for all else."""
    for part in (folder, folder.parent.parent if folder.parent.name == SNAPSHOTS else folder):
        if part.name.startswith(REPOSITORY):
            return part.name.removeprefix(REPOSITORY).replace("--", "/")
    return ""


def folder_name(folder: Path) -> str:
    """Return what a model is called by its folder, also of "." and "..", on one line."""
    whole = Path(os.path.abspath(folder))
    return printable(repository_name(whole) or whole.name)
