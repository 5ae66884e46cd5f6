"""The pictures of a folder, newest first; those in the making come before all others."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Slot

from kandinsky_desktop.domain.events import Made, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.pictures import PictureListModel, Tile
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.pictures import Batch, batch_name, batch_of, newest

MOST = 500  # pictures of earlier sittings that the strip shows

Listing = tuple[list[Path], dict[Path, Batch]]  # the newest of a folder, and of which batch each is


class Gallery(PictureListModel):
    """Follows the jobs: each picture grows in its place, and stays there when it is made."""

    def __init__(self, background: Background, thumbnails: ThumbnailLoader) -> None:
        super().__init__(thumbnails)
        self._background = background
        self._batches: dict[Path, Batch] = {}  # of the files that say so
        self._growing: dict[UUID, tuple[int, ...]] = {}  # the places that a job's pictures got
        self._folder: Path | None = None
        self._since: list[Path] = []  # what came after the folder was asked for, oldest first
        self._taken_out: set[Path] = set()  # not to be seen any more, though it may be there yet

    def set_folder(self, folder: Path) -> None:
        """Show the newest pictures of a folder, once they are listed."""
        self._folder, self._since = folder, []
        self._background.read(lambda: listing(folder), lambda listed: self._show(folder, *listed))

    @Slot(object)
    def on_job_started(self, job: Job) -> None:
        """Add a placeholder for each picture that the job will make."""
        self._remove_growing(job.id)
        if job.missing and job.folder is None:
            self._growing[job.id] = job.missing
            batch = batch_name(job.request)
            self._insert_first(
                [Tile(job=job.id, index=index, batch=batch) for index in job.missing]
            )

    @Slot(object, object)
    def on_stepped(self, job: Job, stepped: Stepped) -> None:
        """Show the preview of each picture of the batch in its place."""
        self._show_previews(job.id, stepped)

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Replace a picture's preview by the finished one, or add it first if it had none."""
        if job.folder is not None:
            return  # it is shown elsewhere
        self._batches[made.path] = Batch(batch_name(job.request), made.index)
        if self._finish((job.id, made.index), made.path):
            self._taken_out.discard(made.path)
            self._since.append(made.path)
        else:
            self.add(made.path)

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Remove the placeholders of pictures that will not be made."""
        del event
        self._remove_growing(job.id)

    def add(self, path: Path) -> None:
        """Put a picture on disk first, unless it is listed already."""
        self._taken_out.discard(path)
        self._since.append(path)
        if self.row_of(path) is None:
            self._insert_first([self._tile(path)])

    @property
    def files(self) -> tuple[Path, ...]:
        """All pictures that are on disk, the oldest first."""
        return tuple(entry.path for entry in self._entries if entry.path is not None)

    def clear_files(self) -> None:
        """Show only what is in the making: the folder is away."""
        self._reset(self._entries_of(key for key in self._positions if not isinstance(key, Path)))

    def merge(self, folder: Path, listed: Listing) -> bool:
        """Add what came into the folder from outside, each where its age belongs.

        Return False while pictures are made: those come by themselves, and the others wait.
        """
        if folder != self._folder or self._growing:
            return False
        paths, batches = listed
        self._batches.update(batches)
        come: dict[int, list[Tile]] = {}  # by the place of the entry that they go before
        place = 0
        for path in reversed(paths):
            if path in self._positions:
                place = max(place, self._positions[path] + 1)
            elif path not in self._taken_out:
                come.setdefault(place, []).append(self._tile(path))
        if come:  # all at once: one by one each would be laid out with all others
            merged: list[Tile] = []
            for at, entry in enumerate(self._with_previews):
                merged += [*come.get(at, ()), entry]
            self._reset([*merged, *come.get(len(self._entries), ())][::-1])
        return True

    def drop(self, gone: frozenset[Path]) -> None:
        """Remove files that are not there any more: all at once, as they are merged."""
        self._reset([one for one in self._with_previews if one.path not in gone][::-1])

    def take_out(self, path: Path) -> int | None:
        """Remove a picture that is deleted; return its place for `put_back`, if it was listed."""
        self._taken_out.add(path)
        place = self._positions.get(path)
        self._remove(path)
        return place

    def place_of(self, path: Path) -> int | None:
        """Return the place of a file for `put_back`, if it is listed."""
        return self._positions.get(path)

    def leave_out(self, paths: frozenset[Path]) -> None:
        """See to it that deleted pictures are not listed again while their files are there yet."""
        self._taken_out |= paths

    def settle(self, path: Path) -> None:
        """Take a file of that name for a new one from now on: the deleted one has left."""
        self._taken_out.discard(path)

    def put_back(self, path: Path, place: int | None) -> None:
        """List a picture again where it was; first, if it was not listed."""
        self._taken_out.discard(path)
        if self.row_of(path) is None:
            self._insert_at(self._tile(path), len(self._entries) if place is None else place)

    def together_with(self, path: Path) -> tuple[Tile, ...]:
        """Return a picture and those beside it that were painted with it, in their order."""
        row = self.row_of(path)
        if row is None:
            return ()
        first = last = row
        while first > 0 and self._follows(self.entry(first - 1), self.entry(first)):
            first -= 1
        while last + 1 < self.rowCount() and self._follows(self.entry(last), self.entry(last + 1)):
            last += 1
        return tuple(self.tile(one) for one in range(first, last + 1))

    @staticmethod
    def _follows(one: Tile, other: Tile) -> bool:
        """Whether both are of one request, painted once, and finished."""
        alike = bool(one.batch) and one.batch == other.batch and one.index < other.index
        return alike and one.path is not None and other.path is not None

    def beside(self, path: Path, gone: frozenset[Path] = frozenset()) -> Path | None:
        """Return the picture that follows one in the strip, or that comes before the last one.

        None that is `gone`.
        """
        row = self.row_of(path)
        if row is None:
            rows: tuple[int, ...] = tuple(range(self.rowCount()))
        else:
            rows = (*range(row + 1, self.rowCount()), *range(row - 1, -1, -1))
        paths = (self.path(one) for one in rows)
        return next((one for one in paths if one is not None and one not in gone), None)

    @property
    def newest(self) -> tuple[Tile, ...]:
        """The newest picture with those of its request that lie beside it, in their order."""
        together: dict[int, Tile] = {}
        for tile in map(self.tile, range(self.rowCount())):
            if tile.path is None:
                continue
            first = next(iter(together.values()), tile)
            same = bool(tile.batch) and tile.batch == first.batch and tile.index not in together
            if together and not same:
                break
            together[tile.index] = tile
        return tuple(together.values())

    @property
    def _with_previews(self) -> list[Tile]:
        return [replace(entry, image=self._previews.get(entry.key)) for entry in self._entries]

    def _remove_growing(self, job: UUID) -> None:
        for index in self._growing.pop(job, ()):
            self._remove((job, index))

    def _tile(self, path: Path) -> Tile:
        batch = self._batches.get(path, Batch("", 0))
        return Tile(path=path, index=batch.index, batch=batch.name, image=self._previews.get(path))

    def _show(self, folder: Path, listed: list[Path], batches: dict[Path, Batch]) -> None:
        """Show what was listed, and what has come since."""
        if folder != self._folder:
            return  # another was asked for meanwhile, and may be listed already
        growing = self._entries_of(
            (job, index) for job, indices in self._growing.items() for index in indices
        )
        listed = [path for path in listed if path not in self._taken_out]
        self._batches.update(batches)
        known = set(listed) | self._taken_out
        come = [path for path in reversed(dict.fromkeys(self._since)) if path not in known]
        self._reset([*growing, *(self._tile(path) for path in (*come, *listed))])


def listing(folder: Path) -> Listing:
    """Return the newest pictures, and of which batch each is; those of one batch in its order."""
    paths = newest(folder, MOST)
    batches = {path: batch for path in paths if (batch := batch_of(path)) is not None}
    runs: list[dict[int, Path]] = []  # each of one batch, oldest first
    name = ""
    for path in reversed(paths):
        batch = batches.get(path, Batch("", 0))
        if not batch.name or batch.name != name or batch.index in runs[-1]:
            runs.append({})  # the same once more is a batch of its own
        runs[-1][batch.index] = path
        name = batch.name
    return [path for run in reversed(runs) for _index, path in sorted(run.items())], batches
