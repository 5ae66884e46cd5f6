"""Pictures dropped into the forms: validated by reading them once, and shown as thumbnails."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.region import check_alike
from kandinsky_desktop.domain.task import NOWHERE, Inpaint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.thumbnails import Thumbnail, ThumbnailLoader
from kandinsky_desktop.store import atomic_file, masks, pictures

MASKS = 4  # thumbnails of masks that stay in memory
MaskUse = tuple[Path, Path]  # the mask, and the picture whose size it is stretched to


class ImageImport(QObject):
    """Accepts a picture only if it can be read; else emits why not and changes nothing."""

    thumbnail_loaded = Signal()  # of one of the pictures that are shown
    imported = Signal()  # a picture was accepted
    refused = Signal(str)  # why a picture was not taken
    remarked = Signal(str)  # what a person may not expect of how a mask is read
    fit_offered = Signal(object, str)  # Path of a mask of another size, a sentence

    def __init__(self, background: Background, thumbnails: ThumbnailLoader, dropped: Path) -> None:
        """Pictures that come as pixels are kept in the folder `dropped`."""
        super().__init__()
        self._background, self._thumbnails, self._dropped = background, thumbnails, dropped
        self._sizes: dict[Path, Size] = {}  # of those that were taken
        self._shown: tuple[Path, ...] = ()
        self._masks: dict[MaskUse, QImage] = {}  # the last few, as they are used
        self._asked: set[MaskUse] = set()
        thumbnails.loaded.connect(self._on_loaded)

    def import_file(self, path: Path, then: Callable[[Path], None]) -> None:
        """Read a file and hand it on."""

        def read() -> tuple[Thumbnail, Size]:
            return self._thumbnails.read(path), pictures.size_of(path)

        def take(made: tuple[Thumbnail, Size]) -> None:
            small, self._sizes[path] = made
            self._thumbnails.add(path, small)
            then(path)
            self.imported.emit()

        self._background.read(read, take, self.refused.emit)

    def import_mask(self, path: Path, then: Callable[[Path], None], task: Inpaint) -> None:
        """Read a mask and hand it on if it fits the task's picture; else offer to stretch it."""

        def read() -> tuple[tuple[str, ...], str]:
            mask = masks.read(path)
            try:
                if task.path != NOWHERE and not task.fit_mask:
                    check_alike(Size(*mask.image.size), pictures.size_of(task.path))
            except InvalidRequest as error:
                return (), str(error)
            return tuple(mask.remarks(path.name)), ""

        def take(made: tuple[tuple[str, ...], str]) -> None:
            remarks, problem = made
            if problem:
                self.fit_offered.emit(path, problem)
                return
            then(path)
            if remarks:
                self.remarked.emit(" ".join(remarks))

        self._background.read(read, take, self.refused.emit)

    def import_image(self, image: QImage, then: Callable[[Path], None]) -> None:
        """Keep pixels as a file, and hand that on."""
        self._background.read(lambda: saved_as_file(image, self._dropped), then, self.refused.emit)

    def size_of(self, path: Path) -> Size | None:
        """Return the size of a picture that was taken."""
        return self._sizes.get(path)

    def request_thumbnails(self, paths: Iterable[Path]) -> None:
        """Load the thumbnails of the pictures that the forms show now, and of no others."""
        self._shown = tuple(paths)
        self._thumbnails.request(self, self._shown)

    def image_of(self, path: Path) -> QImage | None:
        """Return a file's thumbnail, once it is read; `thumbnail_loaded` says when."""
        return self._thumbnails.get(path)

    def mask_image_of(self, path: Path, task: Inpaint) -> QImage | None:
        """Return a mask's thumbnail, once it is read: as the task uses it."""
        picture = task.path if task.fit_mask else NOWHERE
        use = (path, picture)
        if use not in self._masks and use not in self._asked:
            self._asked.add(use)

            def read() -> QImage:
                size = None if picture == NOWHERE else pictures.size_of(picture)
                return self._thumbnails.read_mask(path, size)

            def add(small: QImage) -> None:
                self._asked.discard(use)
                self._masks[use] = small
                for oldest in list(self._masks)[:-MASKS]:
                    del self._masks[oldest]
                self.thumbnail_loaded.emit()

            self._background.read(read, add, lambda reason: self._asked.discard(use))
        return self._masks.get(use)

    def _on_loaded(self, path: Path) -> None:
        if path in self._shown:
            self.thumbnail_loaded.emit()


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
