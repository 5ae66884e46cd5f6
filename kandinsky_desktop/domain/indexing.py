"""What passes between the window and the indexer's process: wishes down, reports up.

Framed as what passes to the engine: `domain.wire`.
"""

from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.library import Mark

MOST_IDS = 10_000  # in one report


@dataclass(frozen=True, slots=True)
class Watch:
    """These are the library's folders: look through them, and go on looking for changes."""

    roots: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """Look through all folders again, also for files that were written in place."""


@dataclass(frozen=True, slots=True)
class Remember:
    """A picture was just made, moved or deleted at this path: look there now."""

    path: Path


@dataclass(frozen=True, slots=True)
class WantThumbnails:
    """Thumbnails of these pictures are wanted, the most wanted first, and no others any more."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActsWritten:
    """The log of this library folder has grown: read on in it."""

    root: Path


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Make the index anew from files and logs."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


Wish = Watch | Scan | Remember | WantThumbnails | ActsWritten | Rebuild | Quit


@dataclass(frozen=True, slots=True)
class Changed:
    """The index says something else of these pictures now; and how far a scan is."""

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    altered: tuple[int, ...] = ()
    scanning: bool = False
    done: int = 0  # files that were read
    total: int = 0  # of those that are to be read
    scans: int = 0  # of all folders, that were finished since the process was started
    is_new_file: bool = False  # the index is another file: whoever reads it opens it anew


@dataclass(frozen=True, slots=True)
class ThumbnailsReady:
    """These thumbnails can be read now, or there is a reason why not, which the index says."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IndexProblem:
    """Why the index is not up to date, or was made anew, in one sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class WrittenOver:
    """Files were edited in place: these marks of what they held are to stand for what they hold.

    It is said again until they do.
    """

    root: Path  # the library folder that they lie in
    root_mark: str
    marks: tuple[Mark, ...]


Report = Changed | ThumbnailsReady | IndexProblem | WrittenOver
