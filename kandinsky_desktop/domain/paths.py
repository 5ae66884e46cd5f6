"""Paths as people type them."""

import os
from pathlib import Path


def typed_path(text: str) -> Path:
    """Return the path that was typed, `~` being the person's own folder.

    `~somebody` stays as it is where nobody has that name: `Path.expanduser` raises there.
    """
    return Path(os.path.expanduser(text))
