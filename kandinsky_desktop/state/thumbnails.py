"""Thumbnails in memory: read in the background for what is shown now, released at a limit."""

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import KandinskyError, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store.thumbnails import Thumbnails

log = logging.getLogger(__name__)

LIMIT = 64 * 2**20  # bytes: 256 thumbnails of full size; strip, film and board show half of that
AT_ONCE = 4  # reads in hand: two go on, two wait, so that a new request waits for few old ones
PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0  # before a failed read is tried again; doubled each time

FileVersion = tuple[int, int]  # size and modification time; (0, 0): there is no file
ANY: FileVersion = (-1, -1)  # no file's: whatever is found is read


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A decoded thumbnail, and the version of the file that it shows."""

    image: QImage
    version: FileVersion


@dataclass(frozen=True, slots=True)
class Failure:
    """A read that failed."""

    reason: str
    version: FileVersion
    pause_s: float = 0.0
    due: float = 0.0  # by the monotonic clock: when the same version is read again


class ThumbnailLoader(QObject):
    """One cache for all views. Each view requests what it shows; nothing else is read.

    A failed read is tried again: as soon as a view shows the picture anew and its file has changed,
    and after a pause while it is still shown.
    """

    loaded = Signal(object)  # Path: another image is there
    failed = Signal(object, str)  # Path, why; emitted once for each reason

    def __init__(
        self,
        background: Background,
        store: Thumbnails,
        limit: int = LIMIT,
        pause_s: float = PAUSE_S,
    ) -> None:
        super().__init__()
        self._background, self._store = background, store
        self._limit, self._pause_s = limit, pause_s
        self._images: OrderedDict[Path, Thumbnail] = OrderedDict()  # least recently used first
        self._bytes = 0
        self._requests: WeakKeyDictionary[QObject, tuple[Path, ...]] = WeakKeyDictionary()
        self._wanted: dict[Path, None] = {}  # by all views, the latest request first
        self._queue: deque[Path] = deque()
        self._reading: dict[Path, object] = {}  # a mark of each read
        self._failures: dict[Path, Failure] = {}
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self._queue_due)

    @property
    def size_bytes(self) -> int:
        """How much memory the images take; never more than the limit."""
        return self._bytes

    def get(self, path: Path) -> QImage | None:
        """Return an image that is in memory. Reads nothing."""
        thumbnail = self._images.get(path)
        if thumbnail is None:
            return None
        self._images.move_to_end(path)
        return thumbnail.image

    def request(self, view: QObject, paths: Iterable[Path]) -> None:
        """Load the thumbnails that a view shows now, in place of all that it requested before.

        What is in memory already is read again only if its file has changed.
        """
        wanted = tuple(dict.fromkeys(paths))
        if wanted == self._requests.get(view, ()):
            return
        self._requests.pop(view, None)
        if wanted:
            self._requests[view] = wanted
        before, waiting = self._wanted, set(self._queue)
        views = list(self._requests.values())
        self._wanted = {path: None for paths in reversed(views) for path in paths}
        self._queue = deque(
            path
            for path in self._wanted
            if path in waiting
            or path not in before
            or (path not in self._images and path not in self._failures)
        )
        for path in self._wanted:
            if path in self._images:
                self._images.move_to_end(path)
        self._read_next()

    def read(self, path: Path) -> Thumbnail:
        """Read a thumbnail now. Raises Unreadable. For threads other than the UI's."""
        version = _version_of(path)
        image = QImage.fromData(self._store.of(path))
        if image.isNull():  # what lies on the disk is damaged
            image = QImage.fromData(self._store.of(path, remake=True))
        if image.isNull():
            raise Unreadable(_("The thumbnail of {path} cannot be read.").format(path=path))
        return Thumbnail(image, version)

    def read_mask(self, path: Path, size: Size | None) -> QImage:
        """Read a mask's thumbnail as it is used, now. For threads other than the UI's."""
        return QImage.fromData(self._store.of_mask(path, size))

    def add(self, path: Path, thumbnail: Thumbnail) -> None:
        """Add a thumbnail that was read elsewhere, in place of an older one."""
        self._reading.pop(path, None)  # what is being read may be older
        self._failures.pop(path, None)
        self._release(path)
        self._images[path] = thumbnail
        self._bytes += thumbnail.image.sizeInBytes()
        while self._bytes > self._limit:
            oldest = next((one for one in self._images if one not in self._wanted), None)
            if oldest is None:  # more is shown than fits: the rest stays without
                self._queue.clear()
                oldest = next(reversed(self._images))
            self._release(oldest)
        if path in self._images:
            self.loaded.emit(path)

    def _release(self, path: Path) -> None:
        released = self._images.pop(path, None)
        if released is not None:
            self._bytes -= released.image.sizeInBytes()

    def _read_next(self) -> None:
        while self._queue and len(self._reading) < AT_ONCE:
            path = self._queue.popleft()
            if path not in self._reading:
                self._start(path)
        self._schedule_retry()

    def _start(self, path: Path) -> None:
        mark = self._reading[path] = object()
        known = self._known(path)

        def read() -> Thumbnail | Failure | None:
            version = _version_of(path)
            if version == known:
                return None
            try:
                return self.read(path)
            except (KandinskyError, OSError) as error:
                return Failure(str(error), version)

        def done(result: Thumbnail | Failure | None) -> None:
            if self._reading.get(path) is not mark:
                return
            del self._reading[path]
            if isinstance(result, Thumbnail):
                self.add(path, result)
            elif result is not None:
                self._fail(path, result)
            self._read_next()

        self._background.read(read, done, lambda reason: done(Failure(reason, ANY)))

    def _known(self, path: Path) -> FileVersion:
        """Return the version that need not be read again."""
        failure = self._failures.get(path)
        if failure is not None:
            return failure.version if time.monotonic() < failure.due else ANY
        return self._images[path].version if path in self._images else ANY

    def _fail(self, path: Path, failure: Failure) -> None:
        before = self._failures.get(path)
        pause = self._pause_s
        if before is not None and before.version == failure.version:
            pause = min(2 * before.pause_s, max(LONGEST_PAUSE_S, self._pause_s))
        due = time.monotonic() + pause
        self._failures[path] = Failure(failure.reason, failure.version, pause, due)
        if before is None or before.reason != failure.reason:
            log.warning("%s", failure.reason)
            self.failed.emit(path, failure.reason)

    def _shown_failures(self) -> list[tuple[Path, Failure]]:
        busy = self._reading.keys() | set(self._queue)
        return [
            (path, failure)
            for path, failure in self._failures.items()
            if path in self._wanted and path not in busy
        ]

    def _schedule_retry(self) -> None:
        failures = self._shown_failures() if self._failures else []
        if failures:
            due = min(failure.due for _path, failure in failures)
            self._retry.start(max(0, round(1000 * (due - time.monotonic())) + 1))
        else:
            self._retry.stop()

    def _queue_due(self) -> None:
        now = time.monotonic()
        self._queue.extend(path for path, failure in self._shown_failures() if failure.due <= now)
        self._read_next()


def _version_of(path: Path) -> FileVersion:
    try:
        stat = path.stat()
    except (OSError, ValueError):  # a name that no disk has
        return (0, 0)
    return (stat.st_size, stat.st_mtime_ns)
