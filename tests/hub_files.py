"""Writes a cache of the Hugging Face hub as its own programs fill it."""

import os
import shutil
from pathlib import Path

ORG = "kandinsky-community"
NAME = f"{ORG}/kandinsky-2-2-decoder"


def cached(hub: Path, source: Path, name: str, revision: str = "abc123", *, main: str = "") -> Path:
    """Put a folder into a cache as the hub's own program does; return its repository's folder."""
    repository = hub / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / revision
    (repository / "blobs").mkdir(parents=True, exist_ok=True)
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        place = snapshot / file.relative_to(source)
        blob = repository / "blobs" / f"{revision}-{'-'.join(file.relative_to(source).parts)}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, blob)
        place.symlink_to(os.path.relpath(blob, place.parent))
    (repository / "refs").mkdir(exist_ok=True)
    (repository / "refs" / "main").write_text(main or revision)
    return repository
