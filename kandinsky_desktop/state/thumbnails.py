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

from kandinsky_desktop.domain.errors import KandinskyError, Unreadable, brief
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.library import in_64_bits
from kandinsky_desktop.domain.task import NOWHERE
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.thumbnails import Thumbnails

log = logging.getLogger(__name__)

LIMIT = 64 * 2**20  # bytes: 256 thumbnails of full size; strip, film and board show half of that
AT_ONCE = 4  # reads in hand: two go on, two wait, so that a new request waits for few old ones
PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0  # before a failed read is tried again; doubled each time

FileVersion = tuple[int, ...]  # size and modification time of each file; 0, 0: there is none
ANY: FileVersion = ()  # no file's: whatever is found is read


@dataclass(frozen=True, slots=True)
class MaskThumbnail:
    """The subject of a thumbnail: a mask as it is used, stretched over a picture if need be."""

    path: Path
    picture: Path = NOWHERE


Subject = Path | MaskThumbnail  # a picture's file stands for its own thumbnail


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

    loaded = Signal(object)  # Subject: another image of it is there
    failed = Signal(object, str)  # Subject, why; emitted once for each reason

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
        self._images: OrderedDict[Subject, Thumbnail] = OrderedDict()  # least recently used first
        self._bytes = 0
        self._requests: WeakKeyDictionary[QObject, tuple[Subject, ...]] = WeakKeyDictionary()
        self._wanted: dict[Subject, None] = {}  # by all views, the latest request first
        self._queue: deque[Subject] = deque()
        self._reading: dict[Subject, object] = {}  # a mark of each read
        self._failures: dict[Subject, Failure] = {}
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self._queue_due)

    @property
    def size_bytes(self) -> int:
        """How much memory the images take; never more than the limit."""
        return self._bytes

    def get(self, subject: Subject) -> QImage | None:
        """Return an image that is in memory. Reads nothing."""
        thumbnail = self._images.get(subject)
        if thumbnail is None:
            return None
        self._images.move_to_end(subject)
        return thumbnail.image

    def version(self, subject: Subject) -> FileVersion:
        """Return which version of its file is shown; ANY: none is in memory."""
        thumbnail = self._images.get(subject)
        return ANY if thumbnail is None else thumbnail.version

    def request(self, view: QObject, subjects: Iterable[Subject]) -> None:
        """Load the thumbnails that a view shows now, in place of all that it requested before.

        What is in memory already is read again only if its file has changed.
        """
        wanted = tuple(dict.fromkeys(subjects))
        if wanted == self._requests.get(view, ()):
            return
        self._requests.pop(view, None)
        if wanted:
            self._requests[view] = wanted
        before, waiting = self._wanted, set(self._queue)
        views = list(self._requests.values())
        self._wanted = {subject: None for subjects in reversed(views) for subject in subjects}
        self._queue = deque(
            subject
            for subject in self._wanted
            if subject in waiting
            or subject not in before
            or (subject not in self._images and subject not in self._failures)
        )
        for subject in self._wanted:
            if subject in self._images:
                self._images.move_to_end(subject)
        self._read_next()

    def reread(self, subject: Subject) -> None:
        """Forget an image whose file may be another, and read it again if a view shows it."""
        self._release(subject)
        self._failures.pop(subject, None)
        if subject in self._wanted and subject not in self._queue:
            self._queue.append(subject)
        self._read_next()

    def read(self, subject: Subject) -> Thumbnail:
        """Read a thumbnail now. Raises Unreadable. For threads other than the UI's."""
        version = _version_of(subject)
        image = QImage.fromData(self._encoded(subject, remake=False))
        if image.isNull():  # what lies on the disk is damaged
            image = QImage.fromData(self._encoded(subject, remake=True))
        if image.isNull():
            path = subject if isinstance(subject, Path) else subject.path
            raise Unreadable(_("The thumbnail of {path} cannot be read.").format(path=path), path)
        return Thumbnail(image, version)

    def add(self, subject: Subject, thumbnail: Thumbnail) -> None:
        """Add a thumbnail that was read elsewhere, in place of an older one."""
        self._reading.pop(subject, None)  # what is being read may be older
        self._failures.pop(subject, None)
        self._release(subject)
        self._images[subject] = thumbnail
        self._bytes += thumbnail.image.sizeInBytes()
        while self._bytes > self._limit:
            oldest = next((one for one in self._images if one not in self._wanted), None)
            if oldest is None:  # more is shown than fits: the rest stays without
                self._queue.clear()
                oldest = next(reversed(self._images))
            self._release(oldest)
        if subject in self._images:
            self.loaded.emit(subject)

    def _encoded(self, subject: Subject, *, remake: bool) -> bytes:
        if isinstance(subject, Path):
            return self._store.of(subject, remake=remake)
        stretched = subject.picture != NOWHERE
        size = pictures.size_of(subject.picture) if stretched else None
        return self._store.of_mask(subject.path, size, remake=remake)

    def _release(self, subject: Subject) -> None:
        released = self._images.pop(subject, None)
        if released is not None:
            self._bytes -= released.image.sizeInBytes()

    def _read_next(self) -> None:
        while self._queue and len(self._reading) < AT_ONCE:
            subject = self._queue.popleft()
            if subject not in self._reading:
                self._start(subject)
        self._schedule_retry()

    def _start(self, subject: Subject) -> None:
        mark = self._reading[subject] = object()
        known = self._known(subject)

        def read() -> Thumbnail | Failure | None:
            version = _version_of(subject)
            if version == known:
                return None
            try:
                return self.read(subject)
            except (KandinskyError, OSError) as error:
                return Failure(brief(error), version)

        def done(result: Thumbnail | Failure | None) -> None:
            if self._reading.get(subject) is not mark:
                return
            del self._reading[subject]
            if isinstance(result, Thumbnail):
                self.add(subject, result)
            elif result is not None:
                self._fail(subject, result)
            self._read_next()

        self._background.read(read, done, lambda reason: done(Failure(reason, ANY)))

    def _known(self, subject: Subject) -> FileVersion:
        """Return the version that need not be read again."""
        failure = self._failures.get(subject)
        if failure is not None:
            return failure.version if time.monotonic() < failure.due else ANY
        return self._images[subject].version if subject in self._images else ANY

    def _fail(self, subject: Subject, failure: Failure) -> None:
        before = self._failures.get(subject)
        pause = self._pause_s
        if before is not None and before.version == failure.version:
            pause = min(2 * before.pause_s, max(LONGEST_PAUSE_S, self._pause_s))
        due = time.monotonic() + pause
        self._failures[subject] = Failure(failure.reason, failure.version, pause, due)
        if before is None or before.reason != failure.reason:
            log.warning("%s (%s)", failure.reason, subject)
            self.failed.emit(subject, failure.reason)

    def _shown_failures(self) -> list[tuple[Subject, Failure]]:
        busy = self._reading.keys() | set(self._queue)
        return [
            (subject, failure)
            for subject, failure in self._failures.items()
            if subject in self._wanted and subject not in busy
        ]

    def _schedule_retry(self) -> None:
        failures = self._shown_failures() if self._failures else []
        if failures:
            due = min(failure.due for _subject, failure in failures)
            self._retry.start(max(0, round(1000 * (due - time.monotonic())) + 1))
        else:
            self._retry.stop()

    def _queue_due(self) -> None:
        now = time.monotonic()
        self._queue.extend(
            subject for subject, failure in self._shown_failures() if failure.due <= now
        )
        self._read_next()


def _version_of(subject: Subject) -> FileVersion:
    """Return size and modification time of each file that a thumbnail is made from."""
    files = (subject,) if isinstance(subject, Path) else (subject.path, subject.picture)
    found: list[int] = []
    for path in files:
        if path == NOWHERE:
            continue
        try:
            stat = path.stat()
        except (OSError, ValueError):  # a name that no disk has
            found += (0, 0)
        else:
            found += (stat.st_size, in_64_bits(stat.st_mtime_ns))  # as `store.trash` says it
    return tuple(found)
