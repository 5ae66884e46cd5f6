"""Notices what other programs do to the library's folders, by looking at the folders' times.

A look at a thousand folders takes some milliseconds, so it is taken every two seconds; with very
many, more rarely. What was overwritten in place changes no folder's time: a whole scan finds it.
But files that may still be written, or are no whole pictures yet, are looked at one by one.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kandinsky_desktop.domain.library import in_64_bits
from kandinsky_desktop.store.library_index import Index, Root, name_of

SHARE = 0.002  # of a core that looking may take
YOUNG_NS = 600_000_000_000  # since a file was written to
MOST_FILES = 1_000  # that are looked at


@dataclass(slots=True)
class Watching:
    """The folders, and the times that they had when they were listed; likewise some files."""

    pause_s: float
    _times: dict[str, int] = field(default_factory=dict)
    _files: dict[Path, tuple[int, int]] = field(default_factory=dict)  # sizes and times
    _next: float = 0.0

    def know(self, index: Index, roots: Iterable[Root]) -> None:
        """Take over from the index as of which times the folders are known."""
        here = {root.id: str(root.path) for root in roots if not root.away}
        rows = index.base.execute("SELECT root, path, mtime_ns FROM folder").fetchall()
        self._times = {
            os.path.join(here[root], name_of(path)) if path else here[root]: ns
            for root, path, ns in rows
            if root in here
        }
        young = index.unfinished(time.time_ns() - YOUNG_NS, MOST_FILES)
        self._files = {path: (size, mtime_ns) for path, size, mtime_ns in young}

    @property
    def due_in_s(self) -> float:
        """How long it is until the next look."""
        return max(0.0, self._next - time.monotonic())

    def look(self) -> set[Path]:
        """Return the folders that changed, and those around what is gone. Sets the next look."""
        began = time.process_time()
        changed: set[Path] = set()
        for folder, known in self._times.items():
            try:
                if in_64_bits(os.stat(folder).st_mtime_ns) != known:
                    changed.add(Path(folder))
            except OSError:
                changed |= {Path(folder), Path(folder).parent}
        for path, version in self._files.items():
            try:
                about = os.stat(path)
            except OSError:
                continue  # its folder says so
            if (about.st_size, in_64_bits(about.st_mtime_ns)) != version:
                changed.add(path.parent)
        pause = max(self.pause_s, (time.process_time() - began) / SHARE)
        self._next = time.monotonic() + pause
        return changed
