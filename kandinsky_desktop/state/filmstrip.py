"""The film of the board: the frames of a strip or a sheet, as they are made, and their export."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.board import said
from kandinsky_desktop.domain.conditioning import Grid, Interpolation, Mix, Series
from kandinsky_desktop.domain.events import Made, Stepped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.paths import with_file_renamed
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.pictures import AnyIndex, PictureListModel, Tile
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store import contact_sheet, pictures
from kandinsky_desktop.store.pictures import Finished


class Export(Enum):
    """The formats in which a film can be exported."""

    PICTURES = ""  # into a folder, each as it is
    SHEET = ".png"
    GIF = ".gif"
    WEBP = ".webp"


FramePlace = tuple[UUID | None, int]  # of a film, by its job, and the number of the frame


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a film, finished or not."""

    fusion: Mix
    caption: str = ""
    image: QImage | None = None
    path: Path | None = None


class Filmstrip(PictureListModel):
    """Follows the job that paints the frames. The frame of a number stands in the row of it."""

    FrameRole = Qt.ItemDataRole.UserRole

    changed = Signal()  # another film, or it begins, or it is over
    exported = Signal(object)  # Path: where it was written
    refused = Signal(str)  # why it was not

    def __init__(
        self, session: JobQueue, background: Background, thumbnails: ThumbnailLoader
    ) -> None:
        super().__init__(thumbnails)
        self._session, self._background = session, background
        self._mixes: list[tuple[Mix, str]] = []  # of each frame, and its caption
        self._series: Series | None = None
        self._wanted: Paint | None = None  # what was asked for last
        self._job: Job | None = None
        self._busy = False
        self._put_by: dict[type[Series], tuple[Series, list[Tile], Job]] = {}
        session.stepped.connect(self.on_stepped)
        session.picture_made.connect(self.on_picture_made)
        session.job_started.connect(self.on_job_started)
        session.job_ended.connect(self.on_job_ended)
        session.changed.connect(self._look)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames, in their order."""
        return tuple(self._frame(row) for row in range(self.rowCount()))

    @property
    def job(self) -> UUID | None:
        """The job that paints, or painted, these frames."""
        return None if self._job is None else self._job.id

    @property
    def columns(self) -> int:
        """How many frames lie side by side."""
        return self._series.columns if isinstance(self._series, Grid) else self.rowCount()

    @property
    def was_started(self) -> bool:
        """Whether a job was submitted for these frames; else they are placeholders."""
        return self._job is not None

    @property
    def busy(self) -> bool:
        """Whether its job runs or waits."""
        return self._busy

    @property
    def made(self) -> tuple[Path, ...]:
        """The pictures that are on disk."""
        paths = (self.path(row) for row in range(self.rowCount()))
        return tuple(path for path in paths if path is not None)

    @property
    def exports(self) -> tuple[Export, ...]:
        """Export formats are available once every frame exists; a sheet has no animation."""
        if not self.rowCount() or len(self.made) < self.rowCount():
            return ()
        if isinstance(self._series, Grid):
            return (Export.PICTURES, Export.SHEET)
        return tuple(Export)

    @property
    def can_be_evened(self) -> bool:
        """Whether it is a finished strip, whose frames tell where another's belong."""
        return isinstance(self._series, Interpolation) and not self._busy and bool(self.exports)

    def lay_out(self, series: Series, count: int) -> None:
        """Show placeholders for a series, unless a film of its kind exists.

        The film of the other kind, strip or sheet, is kept until its kind is planned again.
        """
        if self._busy:
            return
        if type(series) is not type(self._series) and self._series is not None:
            if self._job is not None:
                self._put_by[type(self._series)] = (
                    self._series,
                    self._entries_of(self._positions),
                    self._job,
                )
            kept = self._put_by.pop(type(series), None)
            self._job = None if kept is None else kept[2]
            if kept is not None:
                self._show(kept[0], kept[1])
                return
        if self._job is None and (series, count) != (self._series, self.rowCount()):
            self._show(series, _placeholders(count))

    def start(self, request: Paint) -> None:
        """Have the frames of a series painted."""
        assert isinstance(request.conditioning, Series)
        if self._job is not None and self._busy:
            self._session.cancel(self._job.id)
        self._busy = True
        self._job = None  # so that what is still said of the last one goes nowhere
        self._wanted = request
        self._show(request.conditioning, _placeholders(request.count))
        self._job = self._session.submit(request)
        self.changed.emit()

    def even_out(self) -> None:
        """Have the strip painted again, with more frames where its pictures change most."""
        series, job, paths = self._series, self._job, self.made
        if job is None or not isinstance(series, Interpolation) or not self.can_be_evened:
            return
        before = tuple(series.place_of(row, len(paths)) for row in range(len(paths)))

        def look() -> tuple[float, ...]:
            from kandinsky_desktop.raster.even_steps import broad_colours, even_places

            return even_places([broad_colours(pictures.open_rgb(path)) for path in paths], before)

        def again(places: tuple[float, ...]) -> None:
            if job is self._job and series is self._series and not self._busy:
                self.start(replace(job.request, conditioning=replace(series, places=places)))

        self._background.read(look, again, self.refused.emit)

    def stop(self) -> None:
        """Stop shooting for a person, who may put it back; the frames that were made stay."""
        if self._job is not None and self._busy:
            self._session.drop((self._job.id,))

    def _look(self) -> None:
        """Stop waiting if the film's job was removed from the queue."""
        if self._job is not None and self._busy and self._session.jobs.find(self._job.id) is None:
            self._busy = False
            self.changed.emit()

    def clear(self) -> None:
        """Forget the film. Its pictures stay."""
        self.stop()
        self._job, self._busy = None, False
        self._show(None, ())

    def take_out(self, path: Path) -> FramePlace | None:
        """Leave the place of a frame empty whose picture is deleted, and return that place."""
        place = self._positions.pop(path, None)
        if place is not None:
            entry = self._entries[place]
            self._entries[place] = Tile(index=entry.index)
            self._positions[self._entries[place].key] = place
            self._previews.pop(path, None)
            self._announce(place)
            self.changed.emit()
            return self.job, entry.index
        for _series, tiles, job in self._put_by.values():
            for at, tile in enumerate(tiles):
                if tile.path == path:
                    tiles[at] = Tile(index=tile.index)
                    return job.id, tile.index
        return None

    def put_back(self, path: Path, place: FramePlace) -> None:
        """Show the picture of a frame again, if its film is still there."""
        job, number = place
        if job == self.job:
            if self._finish((None, number), path):
                self.changed.emit()
            return
        for _series, tiles, put_by in self._put_by.values():
            if put_by.id == job:
                tiles[:] = [
                    Tile(path=path, index=number) if tile.index == number else tile
                    for tile in tiles
                ]

    def rename(self, old: Path, new: Path) -> None:
        """Follow that the file of a picture has another name, of which a film was made."""
        self._mixes = [
            (with_file_renamed(fusion, old, new), caption) for fusion, caption in self._mixes
        ]
        self._series = with_file_renamed(self._series, old, new)
        for kind, (series, tiles, job) in self._put_by.items():
            self._put_by[kind] = (with_file_renamed(series, old, new), tiles, job)

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
        if self._is_ours(job):
            self._show_previews(None, stepped)

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Let a finished picture take the place of its preview."""
        if self._is_ours(job):
            self._finish((None, made.index), made.path)

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Clear the previews of unfinished frames when the job ends."""
        del event
        if not self._is_ours(job):
            return
        self._busy = False
        self._drop_previews()
        self.changed.emit()

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        fusion, caption = self._mixes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return caption
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(said(fusion))
            case Qt.ItemDataRole.AccessibleTextRole:
                return _("Frame {n} of {of}: {formula}").format(
                    n=index.row() + 1, of=self.rowCount(), formula=said(fusion)
                )
            case self.FrameRole:
                return self._frame(index.row())
            case _:
                return None

    def _frame(self, row: int) -> Frame:
        tile, (fusion, caption) = self.tile(row), self._mixes[row]
        return Frame(fusion, caption, tile.image, tile.path)

    def _is_ours(self, job: Job) -> bool:
        return self._job is not None and job.id == self._job.id

    def _show(self, series: Series | None, tiles: Sequence[Tile]) -> None:
        count = len(tiles)
        self._series, self._mixes = series, []
        if series is not None:
            for index in range(count):
                caption = ""
                if isinstance(series, Interpolation):
                    caption = in_percent(series.place_of(index, count))
                self._mixes.append((series.of(index, count), caption))
        self._reset(tiles)
        self.changed.emit()


def _placeholders(count: int) -> tuple[Tile, ...]:
    return tuple(Tile(index=index) for index in range(count))
