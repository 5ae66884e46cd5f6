"""The library's thumbnails in memory: decoded in threads for what is looked at, and nothing else.

A view says what it sees, the nearest first; its last wish replaces all before it. What nobody has
made a thumbnail of yet is asked of the indexer, and read when it says so.
"""

import logging
import sqlite3
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import closing

from PySide6.QtCore import QBuffer, QByteArray, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QImageReader

log = logging.getLogger(__name__)

LIMIT = 80_000_000  # bytes of decoded thumbnails
AT_ONCE = 4  # that a thread takes; the fewer, the sooner it hears of another wish
THREADS = 2
MOST_ANSWERS = 2  # before a thumbnail is asked for no more
MOST_LENT = 64  # previews of pictures without a thumbnail yet
LARGEST = 256  # pixels, to which small thumbnails are enlarged here, and larger ones when painted
JPEG = b"\xff\xd8\xff"  # with which such files begin
WHOLE = 0  # the side of thumbnails that are shown as large as they are stored

Open = Callable[[], sqlite3.Connection]


class ThumbnailCache(QObject):
    """Holds what was decoded last, by the bytes it takes. For the UI thread."""

    ready = Signal(object)  # tuple[int, ...]: ids whose images are there now
    wanted = Signal(object)  # tuple[int, ...]: ids that nobody has made a thumbnail of, in order
    _decoded = Signal()  # emitted in a thread

    def __init__(
        self,
        open_store: Open,
        mean: Callable[[int], int] = lambda _id: -1,
        limit: int = LIMIT,
    ) -> None:
        """`open_store` opens thumbs.db to read, in a thread; `mean` knows mean colours, or -1."""
        super().__init__()
        self._open, self._mean, self._limit = open_store, mean, limit
        self._images: OrderedDict[int, QImage] = OrderedDict()  # least recently used first
        self._sides: dict[int, int] = {}  # for which each was decoded
        self._bytes = 0
        self._means: dict[int, int] = {}
        self._lent: dict[int, QImage] = {}
        self._wish: tuple[int, ...] = ()
        self._missing: set[int] = set()  # asked for, and not made yet
        self._answers: dict[int, int] = {}  # how often they were said to be made, and were not
        self._side = WHOLE
        self._lock = threading.Condition()  # holds all below
        self._queue: deque[int] = deque()
        self._busy: set[int] = set()
        self._done: list[tuple[int, int, QImage | None, int]] = []
        self._told = self._over = False
        self._generation = 0  # of the store: opened again when it is another
        self._threads: list[threading.Thread] = []
        self._decoded.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def size_bytes(self) -> int:
        """How much memory the images take."""
        return self._bytes

    def image(self, picture: int) -> QImage | None:
        """Return a picture's thumbnail, if it is here, or what was lent. Never waits."""
        image = self._images.get(picture)
        if image is None:
            return self._lent.get(picture)
        self._images.move_to_end(picture)
        return image

    def lend(self, picture: int, image: QImage) -> None:
        """Show a preview until there is a thumbnail; ids below 0 never have one."""
        self._lent.pop(picture, None)
        self._lent[picture] = image
        while len(self._lent) > MOST_LENT:
            del self._lent[next(iter(self._lent))]

    def color(self, picture: int) -> QColor:
        """Return a picture's mean colour, to be shown until its thumbnail comes; else none."""
        mean = self._means.get(picture, -1)
        if mean < 0:
            mean = self._mean(picture)
        return QColor.fromRgb(mean) if mean >= 0 else QColor()

    def set_side(self, pixels: int) -> None:
        """Say how large a cell is, in pixels of the screen: what is decoded so is painted fastest.

        What is here stays until it comes anew. WHOLE: as it is stored.
        """
        if pixels != self._side:
            self._side = pixels
            self.wish(self._wish)

    def wish(self, ids: Sequence[int]) -> None:
        """Say what is looked at, the nearest first. What was wished for before is dropped."""
        self._wish = tuple(int(one) for one in ids)
        wanted = [
            picture
            for picture in self._wish
            if picture >= 0
            and picture not in self._missing
            and self._sides.get(picture) != self._side
        ]
        with self._lock:
            self._queue = deque(picture for picture in wanted if picture not in self._busy)
            if self._queue:
                self._start()
                self._lock.notify_all()

    def on_made(self, ids: Sequence[int]) -> None:
        """Handle that the indexer has made thumbnails, some of them anew."""
        for picture in ids:
            if picture in self._missing:
                self._missing.discard(picture)
                self._answers[picture] = self._answers.get(picture, 0) + 1
            self._sides.pop(picture, None)  # what is here is shown until the new one comes
        if not set(self._wish).isdisjoint(ids):
            self.wish(self._wish)

    def forget(self, ids: Sequence[int]) -> None:
        """Forget pictures that are others now, or gone; what is looked at is read again."""
        for picture in ids:
            self._release(picture)
            self._means.pop(picture, None)
            self._missing.discard(picture)
            self._answers.pop(picture, None)
        with self._lock:
            self._busy.difference_update(ids)  # what is being read may be the old one
        if not set(self._wish).isdisjoint(ids):
            self.wish(self._wish)

    def reopen(self) -> None:
        """Read from another file from now on: the store was made anew."""
        self.forget(tuple(self._images))
        self._missing.clear()
        self._answers.clear()
        with self._lock:
            self._generation += 1
        self.wish(self._wish)

    def end(self) -> None:
        """End the threads."""
        with self._lock:
            self._over = True
            self._queue.clear()
            self._lock.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._run, name=f"thumbnails-{n}", daemon=True)
                for n in range(THREADS)
            ]
            for thread in self._threads:
                thread.start()

    @Slot()
    def _take(self) -> None:
        with self._lock:
            done, self._done, self._told = self._done, [], False
        come, missing = [], []
        for picture, side, image, mean in done:
            if mean >= 0:
                self._means[picture] = mean
            if image is None:
                missing.append(picture)
                continue
            self._release(picture)
            self._images[picture], self._sides[picture] = image, side
            self._bytes += image.sizeInBytes()
            self._lent.pop(picture, None)
            self._answers.pop(picture, None)
            come.append(picture)
        self._drop()
        new = [
            picture
            for picture in missing
            # of a broken file none is ever made: who asks again and again keeps both busy
            if picture not in self._missing and self._answers.get(picture, 0) < MOST_ANSWERS
        ]
        self._missing.update(new)
        if come:
            self.ready.emit(tuple(come))
        if new:
            order = {picture: at for at, picture in enumerate(self._wish)}
            self.wanted.emit(tuple(sorted(new, key=lambda picture: order.get(picture, len(order)))))

    def _drop(self) -> None:
        """Keep to the limit; what is looked at goes last."""
        if self._bytes <= self._limit:
            return
        for picture in reversed(self._wish):
            if picture in self._images:
                self._images.move_to_end(picture)
        while self._bytes > self._limit and self._images:
            self._release(next(iter(self._images)))

    def _release(self, picture: int) -> None:
        image = self._images.pop(picture, None)
        self._sides.pop(picture, None)
        if image is not None:
            self._bytes -= image.sizeInBytes()

    # -- in the threads

    def _run(self) -> None:
        generation = -1
        base: sqlite3.Connection | None = None
        while True:
            with self._lock:
                while not self._queue and not self._over:
                    self._lock.wait()
                if self._over:
                    break
                some = [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
                self._busy.update(some)
                side, now = self._side, self._generation
            if base is None or generation != now:
                base, generation = self._reopened(base), now
            images = self._read(base, some, side)
            if images is None and base is not None:  # it may have been made anew under our hands
                base.close()
                base = None
            if images is None:  # the indexer is asked: it makes a damaged store anew
                images = [(picture, side, None, -1) for picture in some]
            with self._lock:
                valid = [one for one in images if one[0] in self._busy]
                self._busy.difference_update(some)
                self._done += valid
                tell = bool(valid) and not self._told
                self._told = self._told or tell
            if tell:
                self._decoded.emit()
        if base is not None:
            base.close()

    def _reopened(self, base: sqlite3.Connection | None) -> sqlite3.Connection | None:
        if base is not None:
            base.close()
        try:
            return self._open()
        except (sqlite3.Error, OSError) as error:
            log.info("thumbnails cannot be read yet: %s", error)
            return None

    def _read(
        self, base: sqlite3.Connection | None, ids: list[int], side: int
    ) -> list[tuple[int, int, QImage | None, int]] | None:
        """Return what is in the store, and None for what is not. None: the store is damaged."""
        found: dict[int, tuple[bytes, int]] = {}
        marks = ",".join(map(str, ids))
        if base is not None:
            sql = f"SELECT id, jpeg, coalesce(mean, -1) FROM thumbnail WHERE id IN ({marks})"
            try:
                with closing(base.execute(sql)) as rows:
                    found = {picture: (jpeg, mean) for picture, jpeg, mean in rows}
            except sqlite3.Error as error:
                log.warning("thumbnails cannot be read: %s", error)
                return None
        images: list[tuple[int, int, QImage | None, int]] = []
        for picture in ids:
            jpeg, mean = found.get(picture, (b"", -1))
            image = decoded(jpeg, side) if jpeg else None
            images.append((picture, side, None if image is None or image.isNull() else image, mean))
        return images


def decoded(jpeg: bytes, side: int) -> QImage:
    """Return a thumbnail that fills a square of a side, so that painting it is copying.

    JPEGs are decoded to so many eighths at once. With WHOLE it is as it is stored.
    """
    if not jpeg.startswith(JPEG):
        return QImage()
    buffer = QBuffer()
    buffer.setData(jpeg)
    reader = QImageReader(buffer, QByteArray(b"jpeg"))  # nothing else is in the store
    reader.setAutoDetectImageFormat(False)
    size = reader.size()
    outwards = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    least = min(size.width(), size.height())
    if side and size.isValid() and least >= side * 3 // 2:
        reader.setScaledSize(size.scaled(QSize(side, side), outwards))
    image = reader.read()
    if image.isNull():
        return image
    if side:
        wanted = image.size().scaled(QSize(side, side), outwards)
        if image.size() != wanted and (least > side or side <= LARGEST):
            image = image.scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
    return image.convertToFormat(QImage.Format.Format_RGB32)
