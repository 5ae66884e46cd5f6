"""All documents of the canvas as a list: to be gone on with, or deleted with a way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.store import canvas_folders

if TYPE_CHECKING:
    from kandinsky_desktop.state.canvas_document import CanvasDocument

LOOK = QSize(256, 256)  # at most, of the picture that shows one


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document in its folder."""

    folder: Path
    title: str
    used_at: float  # when something was done in it last, in seconds since the epoch
    size_bytes: int
    look: QImage  # null: there is none
    is_open: bool = False


class CanvasDocuments(QObject):
    """Lists the documents, and deletes some. What is deleted goes for good at the next start."""

    listed = Signal(object)  # list[KeptDocument], the newest first
    deleted = Signal(object)  # list[str]: their titles
    restored = Signal(bool)  # whether there is more to be brought back
    refused = Signal(str)  # why something was not done

    def __init__(
        self, background: Background, document: "CanvasDocument", queue: JobQueue, root: Path
    ) -> None:
        super().__init__()
        self._background, self._document = background, document
        self._queue, self._root = queue, root
        self._aside: list[list[Path]] = []  # what was deleted at once, the last at the end

    @property
    def can_undo(self) -> bool:
        """Whether something was deleted that can be brought back."""
        return bool(self._aside)

    def look(self) -> None:
        """Read what documents there are, in a thread: `listed`."""
        document = self._document
        used = document.folder if document.is_open else None

        def read() -> list[KeptDocument]:
            return [_read(folder, folder == used) for folder in canvas_folders.left(self._root)]

        self._background.write(  # after what is being put away
            lambda: None,
            self.refused.emit,
            lambda _nothing: self._background.read(read, self.listed.emit, self.refused.emit),
        )

    def delete(self, documents: Sequence[KeptDocument]) -> None:
        """Delete documents, the open one too: `deleted` and then `listed`, or `refused`."""
        if self._document.busy:
            self.refused.emit(_("Something else is going on: wait until it is done."))
            return
        busy = {entry.job.folder.parent for entry in self._queue.jobs.entries if entry.job.folder}
        for one in documents:
            if one.folder in busy:
                words = _("“{name}” waits for a fill: cancel that first, or let it be painted.")
                self.refused.emit(words.format(name=one.title))
                return
        document, folders = self._document, [one.folder for one in documents]
        if document.is_open and document.folder in folders:
            document.close(discard=False)

        def move() -> list[Path]:
            moved: list[Path] = []
            try:
                for folder in folders:
                    moved.append(canvas_folders.set_aside(folder))
            except OSError as error:
                for aside in moved:
                    canvas_folders.bring_back(aside)
                raise _failed(error) from error
            return moved

        def tell(moved: list[Path]) -> None:
            self._aside.append(moved)
            self.deleted.emit([one.title for one in documents])
            self.look()

        self._background.write(move, self.refused.emit, tell)

    def undo(self) -> None:
        """Bring back what was deleted last: `restored` and then `listed`, or `refused`."""
        if not self._aside:
            return
        aside = self._aside.pop()

        def move() -> list[Path]:
            try:
                return [canvas_folders.bring_back(one) for one in aside]
            except OSError as error:
                raise _failed(error) from error

        def tell(_folders: list[Path]) -> None:
            self.restored.emit(self.can_undo)
            self.look()

        self._background.write(move, self.refused.emit, tell)


def _read(folder: Path, is_open: bool) -> KeptDocument:
    look = QImage()
    path = canvas_folders.look_of(folder)
    if path is not None:
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid() and LOOK.expandedTo(size) != LOOK:
            reader.setScaledSize(size.scaled(LOOK, Qt.AspectRatioMode.KeepAspectRatio))
        look = reader.read()
    return KeptDocument(
        folder,
        canvas_folders.title_of(folder),
        canvas_folders.used_at(folder),
        canvas_folders.size_of(folder),
        look,
        is_open,
    )


def _failed(error: OSError) -> SavingFailed:
    return SavingFailed(
        _("Documents could not be moved: {reason}. Nothing is lost.").format(
            reason=error.strerror or error
        )
    )
