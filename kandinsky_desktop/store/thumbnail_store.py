"""Thumbnails of the library: one SQLite file of JPEGs by a picture's id, which can be made again.

Each says of which version of its file it is, so that an index that was made anew shows no picture
under another's thumbnail. Only the indexer writes; the window reads through `open_reader`.
"""

import json
import logging
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.library_index import BUSY_S, are_there, files_of, is_damage, reader_of

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

NAME = "thumbs.db"
VERSION = 1  # a store of another version is made anew: nothing in it cannot be
SIDE = 256  # pixels; enough for the grid's largest cells at 100 %
QUALITY = 85
MOST = 60_000  # thumbnails that are kept: 1.3 GB
EVICTED = 5_000  # at once
FORGIVING_S = 0.5
SCHEMA = """
CREATE TABLE thumbnail (
  id INTEGER PRIMARY KEY, jpeg BLOB NOT NULL, mean INTEGER NOT NULL,  -- 0xRRGGBB
  version INTEGER NOT NULL,  -- of the file that it was made from
  look INTEGER NOT NULL,  -- 64 bits by which near-duplicates are found, as a signed number
  made INTEGER NOT NULL  -- when, in seconds since 1970
) STRICT;
CREATE TABLE trying (id INTEGER PRIMARY KEY, times INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture in small."""

    jpeg: bytes
    mean: int  # its colour on the whole: 0xRRGGBB
    look: int = 0


def make(path: Path) -> Thumbnail:
    """Make a thumbnail. Raises Unreadable; a hostile picture may take the process along."""
    return of_image(pictures.open_small(path, SIDE))


def of_image(image: "Image") -> Thumbnail:
    """Make a thumbnail of an RGB image, which is changed."""
    from PIL import Image

    image.thumbnail((SIDE, SIDE))
    stream = BytesIO()
    image.save(stream, "JPEG", quality=QUALITY)
    dot = image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(dot, tuple)
    red, green, blue = map(int, dot[:3])
    return Thumbnail(stream.getvalue(), red << 16 | green << 8 | blue, _look(image))


def _look(image: "Image") -> int:
    """Return 64 bits of how the brightness falls and rises along rows, which scaling keeps."""
    from PIL import Image

    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (grey[at] < grey[at + 1])
    return bits - 2**64 if bits >= 2**63 else bits


class ThumbnailStore:
    """The one writer. Nothing is synced: what a power cut takes is made again."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it anew where it is damaged. Raises OSError or sqlite3.Error."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.base = _opened(path)
        except sqlite3.Error as error:
            if not is_damage(error) and not isinstance(error, _OtherVersionError):
                raise
            log.warning("the thumbnails are made anew: %s", error)
            _delete(path)
            self.base = _opened(path)
        self._count: int = self.base.execute("SELECT count(*) FROM thumbnail").fetchone()[0]
        self._files = files_of(path)

    @property
    def is_there(self) -> bool:
        """Whether the files that are written are still those that others find."""
        return are_there(self.path, self._files)

    def close(self) -> None:
        """Let go of the file."""
        self.base.close()

    def delete(self) -> None:
        """Throw all away: it is damaged. Raises OSError."""
        self.base.close()
        _delete(self.path)

    def missing(self, ids: Iterable[int]) -> list[int]:
        """Return those that have no thumbnail, in their order."""
        wanted = list(ids)
        rows = self.base.execute(
            "SELECT id FROM thumbnail WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        )
        there = {number for (number,) in rows}
        return [number for number in wanted if number not in there]

    def versions(self, ids: Iterable[int]) -> list[tuple[int, int]]:
        """Return which version of its file each thumbnail is of, of those that are there."""
        return self.base.execute(
            "SELECT id, version FROM thumbnail WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        ).fetchall()

    def keep(self, made: Sequence[tuple[int, Thumbnail, int]]) -> None:
        """Keep thumbnails: ids, each with the version of its file."""
        now = int(time.time())
        rows = [
            (number, one.jpeg, one.mean, version, one.look, now) for number, one, version in made
        ]
        self.base.execute("BEGIN IMMEDIATE")
        try:
            self.base.executemany("INSERT OR REPLACE INTO thumbnail VALUES (?,?,?,?,?,?)", rows)
            self.base.executemany("DELETE FROM trying WHERE id = ?", [row[:1] for row in rows])
            self.base.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self.base.execute("ROLLBACK")
            raise
        self._count += len(rows)
        if self._count > MOST:
            self._evict()

    def remove(self, ids: Iterable[int]) -> None:
        """Delete thumbnails of pictures that are gone or others now."""
        keys = [(number,) for number in ids]
        if keys:
            self.base.execute("BEGIN IMMEDIATE")
            self.base.executemany("DELETE FROM thumbnail WHERE id = ?", keys)
            self.base.executemany("DELETE FROM trying WHERE id = ?", keys)
            self.base.execute("COMMIT")

    def begin(self, number: int) -> int:
        """Write down that a picture is about to be read; return how often that was begun before.

        What reading it never returned from is known by this when the process is started again.
        """
        row = self.base.execute("SELECT times FROM trying WHERE id = ?", (number,)).fetchone()
        self.base.execute(
            "INSERT INTO trying VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
            (number,),
        )
        return 0 if row is None else int(row[0])

    def give_up(self, number: int) -> None:
        """Say that reading a picture ended, with no thumbnail."""
        self.base.execute("DELETE FROM trying WHERE id = ?", (number,))

    def reconcile(self, versions: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Delete all but those of these pictures, ids and versions; return ids and mean colours."""
        right = dict(versions)
        rows = self.base.execute("SELECT id, version, mean FROM thumbnail").fetchall()
        self.remove(number for number, version, _mean in rows if right.get(number) != version)
        return [(number, mean) for number, version, mean in rows if right.get(number) == version]

    def _evict(self) -> None:
        """Delete those that were made longest ago."""
        self.base.execute(
            "DELETE FROM thumbnail WHERE id IN"
            " (SELECT id FROM thumbnail ORDER BY made, id LIMIT ?)",
            (EVICTED,),
        )
        self._count = self.base.execute("SELECT count(*) FROM thumbnail").fetchone()[0]


def forgive(path: Path, ids: Sequence[int]) -> None:
    """Count the last try of these pictures not: their process ends for another reason.

    For a thread that may not wait for the writer.
    """
    if not ids:
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=FORGIVING_S)) as base:
        base.executemany("UPDATE trying SET times = times - 1 WHERE id = ?", [(i,) for i in ids])
        base.execute("DELETE FROM trying WHERE times < 1")
        base.commit()


def _delete(path: Path) -> None:
    for part in ("-wal", "-shm", ""):
        path.with_name(path.name + part).unlink(missing_ok=True)


class _OtherVersionError(sqlite3.DatabaseError):
    """The store is of another version."""


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        base.executescript(
            "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
            " PRAGMA mmap_size=0; PRAGMA journal_size_limit=8000000;"
        )
        version = base.execute("PRAGMA user_version").fetchone()[0]
        tables = base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not version and not tables:
            base.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")
        elif version != VERSION:
            raise _OtherVersionError(f"of version {version}")
        base.execute("SELECT count(*), max(made) FROM thumbnail").fetchone()
    except BaseException:
        base.close()
        raise
    return base


# -- what the window reads, in any thread, with a reader of that thread


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the thumbnails for reading. Raises sqlite3.OperationalError if there are none yet."""
    return reader_of(path, "PRAGMA cache_size=-1000;", (VERSION,))


def read(reader: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Thumbnail]:
    """Return the thumbnails of pictures, of those that have one."""
    rows = reader.execute(
        "SELECT id, jpeg, mean, look FROM thumbnail WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {number: Thumbnail(jpeg, mean, look) for number, jpeg, mean, look in rows}


def looks(reader: sqlite3.Connection) -> tuple[str, str, str]:
    """Return ids, looks and mean colours of all thumbnails, each as `1,2,3`, by rising id."""
    row = reader.execute(
        "SELECT group_concat(id), group_concat(look), group_concat(mean)"
        " FROM (SELECT id, look, mean FROM thumbnail ORDER BY id)"
    ).fetchone()
    return row[0] or "", row[1] or "", row[2] or ""
