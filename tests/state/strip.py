"""The strip's pictures by themselves, without an index: a folder is listed in its place."""

import sqlite3
from pathlib import Path

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.library_index import open_reader
from kandinsky_desktop.store.thumbnails import Thumbnails


def strip_of(
    background: Background, home: Path, thumbnails: ThumbnailLoader | None = None
) -> Gallery:
    """Return the newest pictures where there is no index yet; caches lie in `home`."""

    def open_index() -> sqlite3.Connection:
        return open_reader(home / "nowhere.db")

    loader = thumbnails or ThumbnailLoader(background, Thumbnails(home / "thumbnails"))
    return Gallery(background, loader, LibraryMaking(), open_index)
