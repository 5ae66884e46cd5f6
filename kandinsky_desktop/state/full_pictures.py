"""Whole pictures, read in the background for what is looked at large; few are kept."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.viewer import load_image

LIMIT = 128 * 2**20  # bytes of what is kept beside what is wanted
AT_ONCE = 2


class FullPictures(QObject):
    """Reads what is wanted now, the most wanted first; a new wish replaces all before it."""

    came = Signal(object)  # Path of a picture that is here now
    failed = Signal(object, str)  # Path, and why it cannot be read

    def __init__(self, background: Background, limit: int = LIMIT) -> None:
        super().__init__()
        self._background, self._limit = background, limit
        self._images: OrderedDict[Path, QImage] = OrderedDict()  # least recently used first
        self._bytes = 0
        self._wanted: tuple[Path, ...] = ()
        self._reading: set[Path] = set()
        self._bad: dict[Path, str] = {}  # of what is wanted

    @property
    def size_bytes(self) -> int:
        """How much memory the pictures take."""
        return self._bytes

    def image(self, path: Path) -> QImage | None:
        """Return a picture that is here. Reads nothing."""
        image = self._images.get(path)
        if image is not None:
            self._images.move_to_end(path)
        return image

    def want(self, paths: Sequence[Path]) -> None:
        """Read these, the most wanted first. With none, all that is kept is let go."""
        self._wanted = tuple(dict.fromkeys(paths))
        self._bad = {path: why for path, why in self._bad.items() if path in self._wanted}
        if not self._wanted:
            self._images.clear()
            self._bytes = 0
        self._read_next()

    def _read_next(self) -> None:
        for path in self._wanted:
            if len(self._reading) >= AT_ONCE:
                return
            if path not in self._images and path not in self._reading and path not in self._bad:
                self._reading.add(path)
                self._background.read(
                    partial(load_image, path), partial(self._take, path), partial(self._fail, path)
                )

    def _take(self, path: Path, image: QImage) -> None:
        self._reading.discard(path)
        if path in self._wanted:
            self._images[path] = image
            self._bytes += image.sizeInBytes()
            self._drop()
            self.came.emit(path)
        self._read_next()

    def _fail(self, path: Path, sentence: str) -> None:
        self._reading.discard(path)
        if path in self._wanted:
            self._bad[path] = sentence
            self.failed.emit(path, sentence)
        self._read_next()

    def _drop(self) -> None:
        for path in list(self._images):
            if self._bytes <= self._limit or path in self._wanted[:1]:
                break
            self._bytes -= self._images.pop(path).sizeInBytes()
