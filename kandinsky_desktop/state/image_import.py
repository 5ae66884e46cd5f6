"""Pictures dropped into the forms: validated by reading them once, and shown as thumbnails."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable, brief
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.picture_kinds import SAVED_MEANING
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.region import check_alike
from kandinsky_desktop.domain.task import NOWHERE, Inpaint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.thumbnails import Subject, Thumbnail, ThumbnailLoader
from kandinsky_desktop.store import atomic_file, foreign_settings, masks, pictures, png_chunks
from kandinsky_desktop.store.foreign_metadata import Words
from kandinsky_desktop.store.foreign_settings import Metadata

LARGEST = 300_000_000  # bytes of a file that is looked at


@dataclass(frozen=True, slots=True)
class Said:
    """What a picture says of how it was made: its record, or another program's words.

    Of a file that is none, why it cannot be taken.
    """

    record: Record | None = None
    foreign: Metadata | None = None
    refusal: str = ""

    @property
    def words(self) -> Words | None:
        """The words that another program wrote into it."""
        return None if self.foreign is None else self.foreign.words


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
        self._shown: tuple[Subject, ...] = ()
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

    def check_mask(self, path: Path, task: Inpaint) -> None:
        """Offer to stretch a mask, if it does not fit the task's picture."""

        def read() -> str:
            try:
                check_alike(pictures.size_of(path), pictures.size_of(task.path))
            except InvalidRequest as error:
                return str(error)
            return ""

        def offer(problem: str) -> None:
            if problem:
                self.fit_offered.emit(path, problem)

        self._background.read(read, offer)

    def import_mask(self, path: Path, then: Callable[[Path], None], task: Inpaint) -> None:
        """Read a mask and hand it on if it fits the task's picture; else offer to stretch it."""

        def read() -> tuple[tuple[str, ...], str]:
            mask = masks.read(path)
            try:
                if task.path != NOWHERE and not task.fit_mask:
                    check_alike(Size(*mask.image.size), pictures.size_of(task.path))
            except InvalidRequest as error:
                return (), str(error)
            return tuple(mask.remarks(short_name(path))), ""

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

        def read() -> tuple[Path, Thumbnail]:
            path = saved_as_file(image, self._dropped)
            return path, self._thumbnails.read(path)

        def take(made: tuple[Path, Thumbnail]) -> None:
            path, small = made
            self._thumbnails.add(path, small)
            then(path)
            self.imported.emit()

        self._background.read(read, take, self.refused.emit)

    def look_into(self, path: Path, then: Callable[[Said], None]) -> None:
        """Read what a picture says of itself, or why a file cannot be taken.

        Where even that breaks it says nothing, and what is asked for goes on.
        """

        def read() -> Said:
            reason = why_not(path)
            return Said(refusal=reason) if reason else what_is_said(path)

        self._background.read(read, then, lambda _reason: then(Said()))

    def size_of(self, path: Path) -> Size | None:
        """Return the size of a picture that was taken."""
        return self._sizes.get(path)

    def request_thumbnails(self, subjects: Iterable[Subject]) -> None:
        """Load the thumbnails of what the forms show now, and of nothing else."""
        self._shown = tuple(subjects)
        self._thumbnails.request(self, self._shown)

    def image_of(self, subject: Subject) -> QImage | None:
        """Return a thumbnail, once it is read; `thumbnail_loaded` says when."""
        return self._thumbnails.get(subject)

    def _on_loaded(self, subject: Subject) -> None:
        if subject in self._shown:
            self.thumbnail_loaded.emit()


def why_not(path: Path, *, meanings: bool = False) -> str:
    """Return why a file cannot be taken as a picture, as a sentence; empty if it can.

    A saved meaning is refused unless they are wanted. For any thread.
    """
    if path.is_dir():
        return _("{name} is a folder: drop the pictures in it instead.").format(name=path.name)
    try:
        size = path.stat().st_size
    except OSError:
        return _("There is no file {name}.").format(name=path.name)
    if size > LARGEST:
        return _("{name} is too large ({size} MB): make it smaller first.").format(
            name=path.name, size=size // 1_000_000
        )
    try:
        if not (meanings and pictures.kind_of(path) is SAVED_MEANING):
            pictures.check_picture(path)
    except Unreadable as error:
        return brief(error)
    except OSError as error:
        return _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
    return ""


def what_is_said(path: Path) -> Said:
    """Return what a picture says of itself, without its pixels where it is none of ours.

    For any thread. Raises OSError.
    """
    if png_chunks.says(path, (pictures.KEY,)):
        try:
            return Said(record=pictures.read_record(path))
        except Unreadable:
            pass  # another program may still understand it
    return Said(foreign=foreign_settings.metadata_of(path))


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
