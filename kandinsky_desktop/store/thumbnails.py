"""Thumbnails of pictures on disk, cached by path, size and modification time."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, masks
from kandinsky_desktop.store.pictures import open_rgb
from kandinsky_desktop.store.pruning import prune

if TYPE_CHECKING:
    from PIL.Image import Image

ON_DISK = 500_000_000  # bytes
MADE = 2  # how they are made: those that were made otherwise are not taken any more
SIDE = 256  # pixels; enough for the strip at 200 %


class Thumbnails:
    """Creates thumbnails, and returns cached ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, path: Path, *, remake: bool = False) -> bytes:
        """Return a PNG of at most 256 × 256. Raises Unreadable. For threads other than the UI's.

        A smaller picture is given as it is; whoever shows it enlarges it smoothly. With `remake` a
        cached one is replaced: it was found to be damaged.
        """
        return self._cached(path, "", lambda: open_rgb(path), remake=remake)

    def of_mask(self, path: Path, size: Size | None = None, *, remake: bool = False) -> bytes:
        """Return the same of a mask as it is used, stretched to a size if one is given."""

        def read() -> "Image":
            return masks.read(path, size).image

        return self._cached(path, f"\0soft mask {size}", read, remake=remake)

    def _cached(self, path: Path, how: str, read: Callable[[], "Image"], *, remake: bool) -> bytes:
        try:
            stat = path.stat()
        except OSError as error:
            raise Unreadable(_("There is no file {path}.").format(path=path), path) from error
        told = f"{MADE}\0{path}\0{stat.st_size}\0{stat.st_mtime_ns}{how}"
        key = sha256(told.encode(errors="surrogatepass")).hexdigest()[:32]
        kept = self._folder / key[:2] / f"{key}.png"
        try:
            if not remake:
                return kept.read_bytes()
        except OSError:
            pass  # not made yet
        data = _shrunk(read())
        try:
            atomic_file.write(kept, data)
        except OSError:
            pass  # a full disk costs only the next reading
        return data


def tidy(cache: Path) -> None:
    """Delete the oldest thumbnails until the rest fits the limit."""
    prune(cache / "thumbnails", ON_DISK)


def _shrunk(small: "Image") -> bytes:
    small.thumbnail((SIDE, SIDE))
    stream = BytesIO()
    small.save(stream, "PNG")
    return stream.getvalue()
