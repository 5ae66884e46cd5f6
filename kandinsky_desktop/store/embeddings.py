"""A cache of small tensors, in memory and on disk, by key.

Safe to delete at any time and to share between processes: a file is there whole or not at all, and
what is gone is made again. What it holds is opaque here: the engine writes safetensors bytes.
"""

import logging
from collections import OrderedDict
from pathlib import Path

from kandinsky_desktop.store import atomic_file
from kandinsky_desktop.store.pruning import prune

log = logging.getLogger(__name__)

IN_MEMORY = 32_000_000  # bytes
ON_DISK = 1_000_000_000  # bytes; what was not read for longest goes first


class EmbeddingCache:
    """One file per key. Not thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._near: OrderedDict[str, bytes] = OrderedDict()
        self._near_bytes = 0

    def read(self, key: str) -> bytes | None:
        """Return the entry of a key, or None."""
        if key in self._near:
            self._near.move_to_end(key)
            return self._near[key]
        path = self._path(key)
        try:
            data = path.read_bytes()
            path.touch()  # read now: it goes last
        except OSError:
            return None
        self._hold(key, data)
        return data

    def write(self, key: str, data: bytes) -> None:
        """Store `data`. A write error is logged, not raised: without a cache it is only slower."""
        self._hold(key, data)
        try:
            atomic_file.write(self._path(key), data, lasting=False)
        except OSError as error:
            log.warning("the cache cannot be written: %s", error)

    def forget(self, key: str) -> None:
        """Delete the entry of a key: it was found damaged."""
        self._near_bytes -= len(self._near.pop(key, b""))
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            log.warning("the cache cannot be mended: %s", error)

    def prune(self, limit: int = ON_DISK) -> None:
        """Delete files, those not read for longest first, until they fit in so many bytes."""
        prune(self._folder, limit)

    def _hold(self, key: str, data: bytes) -> None:
        self._near_bytes += len(data) - len(self._near.pop(key, b""))
        self._near[key] = data
        while self._near_bytes > IN_MEMORY:
            _key, oldest = self._near.popitem(last=False)
            self._near_bytes -= len(oldest)

    def _path(self, key: str) -> Path:
        return self._folder / key[-2:] / f"{key}.safetensors"
