"""The film of the board: the frames of a strip or a sheet, as they are made, and their export."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.board import said
from kandinsky_desktop.domain.conditioning import Grid, Interpolation, Mix, Series
from kandinsky_desktop.domain.events import Made, Stepped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import ROOT, AnyIndex, as_files, split
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.store import contact_sheet, pictures
from kandinsky_desktop.store.pictures import Finished
from kandinsky_desktop.store.thumbnails import Thumbnails


class Export(Enum):
    """The formats in which a film can be exported."""

    PICTURES = ""  # into a folder, each as it is
    SHEET = ".png"
    GIF = ".gif"
    WEBP = ".webp"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a film, finished or not."""

    fusion: Mix
    caption: str = ""
    image: QImage | None = None
    path: Path | None = None


class Filmstrip(QAbstractListModel):
    """Follows the job that paints the frames."""

    FrameRole = Qt.ItemDataRole.UserRole

    changed = Signal()  # another film, or it begins, or it is over
    exported = Signal(object)  # Path: where it was written
    refused = Signal(str)  # why it was not

    def __init__(self, session: JobQueue, background: Background, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._session, self._background, self._thumbnails = session, background, thumbnails
        self._frames: list[Frame] = []
        self._series: Series | None = None
        self._wanted: Paint | None = None  # what was asked for last
        self._job: Job | None = None
        self._busy = False
        self._put_by: dict[type[Series], tuple[Series, list[Frame], Job]] = {}
        session.stepped.connect(self.on_stepped)
        session.picture_made.connect(self.on_picture_made)
        session.job_started.connect(self.on_job_started)
        session.job_ended.connect(self.on_job_ended)
        session.changed.connect(self._look)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames, in their order."""
        return tuple(self._frames)

    @property
    def job(self) -> UUID | None:
        """The job that paints, or painted, these frames."""
        return None if self._job is None else self._job.id

    @property
    def columns(self) -> int:
        """How many frames lie side by side."""
        return self._series.columns if isinstance(self._series, Grid) else len(self._frames)

    @property
    def is_complete(self) -> bool:
        """Whether a job was submitted for these frames; else they are placeholders."""
        return self._job is not None

    @property
    def busy(self) -> bool:
        """Whether its job runs or waits."""
        return self._busy

    @property
    def made(self) -> tuple[Path, ...]:
        """The pictures that are on disk."""
        return tuple(frame.path for frame in self._frames if frame.path is not None)

    @property
    def exports(self) -> tuple[Export, ...]:
        """Export formats are available once every frame exists; a sheet has no animation."""
        if not self._frames or len(self.made) < len(self._frames):
            return ()
        if isinstance(self._series, Grid):
            return (Export.PICTURES, Export.SHEET)
        return tuple(Export)

    def lay_out(self, series: Series, count: int) -> None:
        """Show placeholders for a series, unless a film of its kind exists.

        The film of the other kind, strip or sheet, is kept until its kind is planned again.
        """
        if self._busy:
            return
        if type(series) is not type(self._series) and self._series is not None:
            if self._job is not None:
                self._put_by[type(self._series)] = (self._series, self._frames, self._job)
            kept = self._put_by.pop(type(series), None)
            self._job = None if kept is None else kept[2]
            if kept is not None:
                self._reset(kept[1], kept[0])
                return
        if self._job is None and (series, count) != (self._series, len(self._frames)):
            self._show(series, count)

    def start(self, request: Paint) -> None:
        """Have the frames of a series painted."""
        assert isinstance(request.conditioning, Series)
        if self._job is not None and self._busy:
            self._session.cancel(self._job.id)
        self._busy = True
        self._job = None  # so that what is still said of the last one goes nowhere
        self._wanted = request
        self._show(request.conditioning, request.count)
        self._job = self._session.submit(request)
        self.changed.emit()

    def stop(self) -> None:
        """Stop shooting; the frames that were made stay."""
        if self._job is not None and self._busy:
            self._session.cancel(self._job.id)

    def _look(self) -> None:
        """Stop waiting if the film's job was removed from the queue."""
        if self._job is not None and self._busy and self._session.jobs.find(self._job.id) is None:
            self._busy = False
            self.changed.emit()

    def clear(self) -> None:
        """Forget the film. Its pictures stay."""
        self.stop()
        self._job, self._busy = None, False
        self._reset([], None)

    def export(self, kind: Export, target: Path) -> None:
        """Write the film to a file or, picture by picture, into a folder."""
        paths, columns = self.made, self.columns

        def write() -> None:
            for path in paths:
                pictures.check_there(path)
            if kind is Export.PICTURES:
                for path in paths:
                    pictures.save(Finished(path.stem, path.read_bytes()), target)
                return
            frames = [pictures.open_rgb(path) for path in paths]
            if kind is Export.SHEET:
                data = contact_sheet.sheet(
                    frames, columns if columns < len(paths) else contact_sheet.ACROSS
                )
            else:
                data = contact_sheet.film(frames, kind.value)
            pictures.save_as(Finished(target.stem, data), target)

        def tell(nothing: None) -> None:
            del nothing
            self.exported.emit(target)

        self._background.read(write, tell, self.refused.emit)

    @Slot(object)
    def on_job_started(self, job: Job) -> None:
        """Follow a job that starts: the one just submitted, or the film's own, retried."""
        if job.request is self._wanted:
            self._job = job
        if self._is_ours(job) and not self._busy:
            self._busy = True
            self.changed.emit()

    @Slot(object, object)
    def on_stepped(self, job: Job, stepped: Stepped) -> None:
        """Show the previews of the frames that are painted together."""
        if not self._is_ours(job) or stepped.preview is None:
            return
        images = split(stepped.preview, len(stepped.batch))
        for index, image in zip(stepped.batch, images, strict=True):
            if self._frames[index].path is None:
                self._change(index, image=image)

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Let a finished picture take the place of its preview."""
        if not self._is_ours(job):
            return
        self._change(made.index, path=made.path)
        path = made.path

        def show(image: QImage) -> None:
            for index, frame in enumerate(self._frames):
                if frame.path == path:
                    self._change(index, image=image)

        self._background.read(lambda: QImage.fromData(self._thumbnails.of(path)), show)

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Clear the previews of unfinished frames when the job ends."""
        del event
        if not self._is_ours(job):
            return
        self._busy = False
        for index, frame in enumerate(self._frames):
            if frame.path is None and frame.image is not None:
                self._change(index, image=None)
        self.changed.emit()

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._frames)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        frame = self._frames[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return frame.caption
            case Qt.ItemDataRole.ToolTipRole:
                return said(frame.fusion)
            case Qt.ItemDataRole.AccessibleTextRole:
                return _("Frame {n} of {of}: {formula}").format(
                    n=index.row() + 1, of=len(self._frames), formula=said(frame.fusion)
                )
            case self.FrameRole:
                return frame
            case _:
                return None

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        if index.isValid() and self._frames[index.row()].path:
            return base | Qt.ItemFlag.ItemIsDragEnabled
        return base

    @override
    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    @override
    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        return as_files(self._frames[index.row()].path for index in indexes)

    def _is_ours(self, job: Job) -> bool:
        return self._job is not None and job.id == self._job.id

    def _show(self, series: Series, count: int) -> None:
        last = max(1, count - 1)
        captions = [
            f"{index / last:.0%}" if isinstance(series, Interpolation) else ""
            for index in range(count)
        ]
        self._reset(
            [Frame(series.of(index, count), captions[index]) for index in range(count)], series
        )

    def _reset(self, frames: list[Frame], series: Series | None) -> None:
        self.beginResetModel()
        self._frames, self._series = frames, series
        self.endResetModel()
        self.changed.emit()

    def _change(self, row: int, **changes: Any) -> None:
        self._frames[row] = replace(self._frames[row], **changes)
        index = self.index(row, 0)
        self.dataChanged.emit(index, index)
