"""A cache of small tensors on disk, by key. Safe to delete at any time, and to share.

What it holds is opaque here: the engine writes and reads safetensors bytes.
"""

import logging
from pathlib import Path

from kandinsky_desktop.store import whole

log = logging.getLogger(__name__)


class EmbeddingCache:
    """One file a key, whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> bytes | None:
        """Return what is kept under `key`, or None."""
        try:
            return self._path(key).read_bytes()
        except OSError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Keep `data`. A cache that cannot be written is only slow: the log says so."""
        try:
            whole.replace(self._path(key), data)
        except OSError as error:
            log.warning("the cache cannot be written: %s", error)

    def forget(self, key: str) -> None:
        """Drop what is kept under `key`: it was found damaged."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            log.warning("the cache cannot be mended: %s", error)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.safetensors"
