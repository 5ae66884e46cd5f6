"""Pictures dropped into the forms: validated by reading them once, and shown as thumbnails."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import check_alike
from kandinsky_desktop.domain.task import NOWHERE
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import atomic_file, pictures
from kandinsky_desktop.store.thumbnails import Thumbnails


class ImageImport(QObject):
    """Accepts a picture only if it can be read; else emits why not and changes nothing."""

    thumbnail_loaded = Signal()  # a thumbnail was read
    imported = Signal()  # a picture was accepted
    refused = Signal(str)  # why a picture was not taken

    def __init__(self, background: Background, thumbnails: Thumbnails, dropped: Path) -> None:
        """Pictures that come as pixels are kept in the folder `dropped`."""
        super().__init__()
        self._background, self._thumbnails, self._dropped = background, thumbnails, dropped
        self._images: dict[Path, QImage] = {}
        self._sizes: dict[Path, Size] = {}  # of those that were taken
        self._asked: set[Path] = set()

    def import_file(
        self, path: Path, then: Callable[[Path], None], *, alike: Path = NOWHERE
    ) -> None:
        """Read a file and hand it on; a mask must be as large as the picture `alike`."""

        def read() -> tuple[QImage, Size]:
            small, size = self._small(path), pictures.size_of(path)
            if alike != NOWHERE:
                check_alike(size, pictures.size_of(alike))
            return small, size

        def take(made: tuple[QImage, Size]) -> None:
            self._asked.add(path)
            self._images[path], self._sizes[path] = made
            then(path)
            self.thumbnail_loaded.emit()
            self.imported.emit()

        self._background.read(read, take, self.refused.emit)

    def import_image(
        self, image: QImage, then: Callable[[Path], None], *, alike: Path = NOWHERE
    ) -> None:
        """Keep pixels as a file, and go on as with any other."""
        self._background.read(
            lambda: saved_as_file(image, self._dropped),
            lambda path: self.import_file(path, then, alike=alike),
            self.refused.emit,
        )

    def size_of(self, path: Path) -> Size | None:
        """Return the size of a picture that was taken."""
        return self._sizes.get(path)

    def image_of(self, path: Path) -> QImage | None:
        """Return a file's thumbnail, once it is read; `pictured` says when."""
        if path not in self._asked:
            self._asked.add(path)

            def keep(small: QImage) -> None:
                self._images[path] = small
                self.thumbnail_loaded.emit()

            self._background.read(lambda: self._small(path), keep)
        return self._images.get(path)

    def _small(self, path: Path) -> QImage:
        return QImage.fromData(self._thumbnails.of(path))


def saved_as_file(image: QImage, folder: Path) -> Path:
    """Write pixels as a PNG named by what they are, unless it is there. For any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    data = bytes(buffer.data().data())
    path = folder / f"dropped-{sha256(data).hexdigest()[:12]}.png"
    if not path.is_file():
        atomic_file.write(path, data)
    return path
