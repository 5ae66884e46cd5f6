"""What is on the stage: the pictures of the running job as they grow, or one that was chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.conditioning import Conditioning, short_name
from kandinsky_desktop.domain.events import Made, Stepped
from kandinsky_desktop.domain.fields import short_number
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, TextToImage
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.origins import Origin, read_origin
from kandinsky_desktop.state.pictures import Tile, split
from kandinsky_desktop.store.pictures import open_to_show

MOST_TOGETHER = 9  # pictures on the stage


@dataclass(frozen=True, slots=True)
class ViewedImage:
    """One picture on the stage; without an image it is still to come."""

    size: QSize  # in its own pixels, also while only a preview is there
    image: QImage | None = None
    path: Path | None = None
    previous: QImage | None = None  # the picture that was here before it
    preview: QImage | None = None  # its own last preview
    is_whole: bool = False  # the image is that of its file, not a preview or a thumbnail
    start: QImage | None = None  # what it is painted over, to be seen until there is a preview


@dataclass(slots=True)
class _Group:
    """Pictures that belong together, and which of them are on the stage: all, or one alone."""

    images: list[ViewedImage] = field(default_factory=list)
    job: UUID | None = None  # whose pictures these are
    indices: tuple[int, ...] = ()
    request: Request | None = None  # they were painted by, as far as known without a file
    current: int = 0
    alone: bool = False  # only the current one is on the stage
    back: "_Group | None" = None  # several that were there before this one, to go back to

    @property
    def seen(self) -> list[ViewedImage]:
        """Those on the stage."""
        return [self.images[self.current]] if self.alone else self.images


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the stage a picture was that was taken out: among which, and at which number."""

    image: ViewedImage
    number: int
    index: int | None  # within its job
    siblings: frozenset[Path]
    alone: bool


class Viewer(QObject):
    """Follows the running job until a person looks at something else."""

    replaced = Signal()  # other pictures are on the stage
    changed = Signal(int)  # one of them changed; its number
    current_changed = Signal()  # another of them is what actions are done to
    caption_changed = Signal()
    record_changed = Signal(object)  # domain.record.Record of the one picture, once read; or None
    refused = Signal(str)  # why a picture cannot be shown, or how it was made not be read

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._group = _Group()
        self._before = _Group()  # what was there before the running job
        self._running: Job | None = None
        self._record: Record | None = None
        self._origin: Origin | None = None  # of the one picture, be it one of ours or not

    @property
    def images(self) -> tuple[ViewedImage, ...]:
        """What is on the stage."""
        return tuple(self._group.seen)

    @property
    def job(self) -> UUID | None:
        """The job whose pictures these are, if they came here as they were made."""
        return None if self._group.alone else self._group.job

    @property
    def path(self) -> Path | None:
        """The file of the one picture on the stage."""
        seen = self._group.seen
        return seen[0].path if len(seen) == 1 else None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of all pictures that belong together, on the stage or beside the one there."""
        return tuple(image.path for image in self._group.images if image.path is not None)

    @property
    def current(self) -> int:
        """The number of the picture, among those on the stage, that actions are done to."""
        return 0 if self._group.alone else self._group.current

    @property
    def current_path(self) -> Path | None:
        """The file of the picture that actions are done to."""
        seen = self._group.seen
        return seen[self.current].path if seen else None

    @property
    def position(self) -> tuple[int, int]:
        """Which of how many that belong together the current picture is, counted from 1."""
        return self._group.current + 1, len(self._group.images)

    @property
    def record(self) -> Record | None:
        """How the one picture on the stage was made, once that is read."""
        return self._record

    @property
    def is_read(self) -> bool:
        """Whether it is known how the one picture was made, or that this is not to be known."""
        return self._origin is not None

    @property
    def origin(self) -> Origin | None:
        """What the one picture says of how it was made, once that is read."""
        return self._origin

    @property
    def conditioning(self) -> Conditioning | None:
        """What the pictures on the stage are painted from, once that is known."""
        record, group = self._record, self._group
        if record is not None:
            return record.request.conditioning_of(record.index)
        if group.request is None:
            return None
        if len(group.seen) == 1 and group.indices:
            return group.request.conditioning_of(group.indices[group.current])
        return group.request.conditioning

    @property
    def made_by(self) -> tuple[Request, int, tuple[str, ...]] | None:
        """By which request the current picture was made, and as which of its pictures.

        With the fingerprints of the request's files, once the record is read. None: not known.
        """
        record, group = self._record, self._group
        if record is not None:
            return record.request, record.index, record.sources
        if group.request is None or not group.current < len(group.indices):
            return None
        return group.request, group.indices[group.current], ()

    @property
    def caption(self) -> str:
        """What is on the stage, in words."""
        seen = self._group.seen
        if self._record is not None:
            return describe(self._record, seen[0].size)
        if self.path is not None:
            return short_name(self.path)
        done = sum(image.path is not None for image in seen)
        if len(seen) > 1 and done == len(seen):
            return (
                ngettext("{n} picture", "{n} pictures", done).format(n=done)
                + " · "
                + _("Enter or a double-click shows one alone")
            )
        return ""

    @Slot(object)
    def on_job_started(self, job: Job) -> None:
        """Show placeholders for the job's pictures, unless those are shown elsewhere."""
        if job.folder is not None:
            return
        self._running = job
        self._before = self._group
        self._follow(job)

    @Slot(object, object)
    def on_stepped(self, job: Job, stepped: Stepped) -> None:
        """Show the previews of a batch."""
        if job.id != self._group.job or stepped.preview is None:
            return
        images = split(stepped.preview, len(stepped.batch))
        for index, image in zip(stepped.batch, images, strict=True):
            number = self._number(index)
            if number is not None and self._group.images[number].path is None:
                shown = self._group.images[number]
                size = shown.size
                if isinstance(
                    job.request.task, Inpaint | Outpaint
                ):  # a part, of a shape of its own
                    size = image.size().scaled(
                        _asked(job.request), Qt.AspectRatioMode.KeepAspectRatio
                    )
                self._change(number, replace(shown, size=size, image=image, preview=image))

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Replace a preview by the finished picture."""
        if job.folder is not None:
            return
        self._running = job
        if job.id != self._group.job:
            return
        number = self._number(made.index)
        if number is None:
            return
        self._change(number, replace(self._group.images[number], path=made.path))
        self._load(made.path)

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Keep the finished pictures; if there are none, show what was shown before the job."""
        del event
        self._running = None
        group = self._group
        if job.id != group.job:
            return
        made = [number for number, image in enumerate(group.images) if image.path is not None]
        if not made:
            self._show(self._before)
        elif len(made) < len(group.images):
            current = made.index(group.current) if group.current in made else 0
            left = [group.images[number] for number in made]
            indices = tuple(group.indices[number] for number in made)
            self._show(_Group(left, None, indices, job.request, current=current, alone=group.alone))
        if self.path:
            self._read(self.path)
        self.caption_changed.emit()

    def show_tile(self, tile: Tile) -> None:
        """Look at a picture of the strip, or at the running job again."""
        if tile.path is not None:
            self._look_at(tile.path, tile.image)
        elif self._running is not None and tile.job == self._running.id:
            if self._group.job == self._running.id:
                self.show_group()
            else:
                self._follow(self._running)

    def show_together(self, tiles: Sequence[Tile], path: Path | None = None) -> None:
        """Look at pictures that belong together: all, or one of them alone with the others near.

        More than a grid holds are never all on the stage.
        """
        paths = [tile.path for tile in tiles if tile.path is not None]
        if [image.path for image in self._group.images] != paths:
            images = [
                ViewedImage(tile.image.size() if tile.image else QSize(1, 1), tile.image, tile.path)
                for tile in tiles
                if tile.path is not None
            ]
            number = paths.index(path) if path in paths else 0
            alone = path is not None or len(paths) > MOST_TOGETHER
            self._show(_Group(images, current=number, alone=alone))
            for one in self._group.seen:
                assert one.path is not None
                self._load(one.path)
            if self.path is not None:
                self._read(self.path)
        elif path is not None:
            self._look_at(path, None)
        elif len(paths) > MOST_TOGETHER:
            self._look_at(paths[self._group.current], None)
        else:
            self.show_group()

    def look_at(self, path: Path) -> None:
        """Look at a picture's file."""
        self._look_at(path, None)

    def show_alone(self, number: int) -> None:
        """Look at one of several alone."""
        path = self._group.images[number].path if not self._group.alone else None
        if path is not None:
            self._look_at(path, None)

    def show_group(self) -> bool:
        """Look again at all that belong to the one that is seen alone; False if there are none.

        From a picture that belongs to no others, it leads back to those that were there before it.
        """
        group = self._group
        together = group.alone and len(group.images) <= MOST_TOGETHER
        if not together and group.back is None:
            return False
        self._show(replace(group, alone=False, back=None) if together else group.back or group)
        for image in self._group.images:
            if image.path is not None and not image.is_whole:
                self._load(image.path)
        return True

    def set_current(self, number: int) -> None:
        """Let actions be done to another of those on the stage."""
        group = self._group
        if not group.alone and 0 <= number < len(group.images) and number != group.current:
            group.current = number
            self.current_changed.emit()

    def step(self, by: int) -> bool:
        """Look at another of those that belong together, so many on from the one seen alone.

        False if there is none.
        """
        number = self._group.current + by
        if not self._group.alone or not 0 <= number < len(self._group.images):
            return False
        path = self._group.images[number].path
        if path is not None:
            self._look_at(path, None)
        return True

    def take_out(self, path: Path, instead: Path | None) -> Place | None:
        """Look no more at a picture that is deleted: at its siblings, else at another, if given.

        Return its place for `put_back`, if it was among what is looked at.
        """
        self._before = _without(self._before, path)[0]
        group, place = _without(self._group, path)
        self._group.back = group.back
        if place is None:
            return None
        if group.images:
            made = [number for number, image in enumerate(group.images) if image.path is not None]
            if group.alone and made:  # the next of those that are not in the making
                group.current = min(made, key=lambda number: abs(number - group.current))
            group.alone = group.alone and bool(made) and len(group.images) > 1
            self._show(group)
            if self.path is not None:
                self._read(self.path)
        elif instead is not None:
            self._look_at(instead, None)
        else:
            self.clear()
        return place

    def put_back(self, path: Path, place: Place) -> None:
        """Look at a picture again that was taken out, among its siblings if they are here."""
        group, image = self._group, replace(place.image, path=path)
        if not any(one.path in place.siblings for one in group.images if one.path):
            self._look_at(path, image.image)
            return
        images, indices = list(group.images), list(group.indices)
        number = min(place.number, len(images))
        images.insert(number, image)
        if place.index is not None and len(indices) == len(group.images):
            indices.insert(number, place.index)
        together = replace(group, images=images, indices=tuple(indices), current=number)
        self._show(replace(together, alone=place.alone))
        self._load(path)
        if self.path is not None:
            self._read(self.path)

    def rename(self, old: Path, new: Path) -> None:
        """Follow that a file has another name: what is looked at, and leads back, is the same."""
        group = self._group
        for one in (group, group.back, self._before, self._before.back):
            if one is not None:
                one.images[:] = [
                    replace(image, path=new) if image.path == old else image for image in one.images
                ]
        if new in self.files:
            self._show(group)
            for image in group.seen:
                if image.path is not None and not image.is_whole:
                    self._load(image.path)
            if self.path is not None:
                self._read(self.path)

    def clear(self) -> None:
        """Look at nothing."""
        self._show(_Group())

    def _follow(self, job: Job) -> None:
        seen = self._group.seen
        before = seen[0].image if len(seen) == 1 else None
        size = _asked(job.request)
        wanted = job.missing or tuple(range(job.request.count))
        images = [ViewedImage(size, previous=before) for _index in wanted]
        self._show(_Group(images, job.id, wanted, job.request))
        if isinstance(job.request.task, Img2Img | Inpaint):
            self._load_start(job, job.request.task.path)

    def _load_start(self, job: Job, path: Path) -> None:
        def show(start: QImage) -> None:
            if self._group.job == job.id:
                for number, shown in enumerate(self._group.images):
                    if shown.image is None:
                        self._change(number, replace(shown, start=start))

        self._background.read(lambda: load_image(path), show)  # the job says what is wrong with it

    def _look_at(self, path: Path, small: QImage | None) -> None:
        if self.path == path:
            return
        group = self._group
        before = group.seen[0].image if len(group.seen) == 1 else None
        paths = [image.path for image in group.images]
        if len(paths) > 1 and path in paths:  # the others stay, to be gone back to
            number = paths.index(path)
            group.images[number] = replace(group.images[number], previous=before)
            self._show(replace(group, current=number, alone=True))
            if not group.images[number].is_whole:
                self._load(path)
        else:
            size = small.size() if small is not None else QSize(1, 1)
            shown = ViewedImage(size, small, path, previous=before)
            several = 1 < len(paths) <= MOST_TOGETHER and None not in paths
            back = replace(group, alone=False, back=None) if several else group.back
            self._show(_Group([shown], back=back))
            self._load(path)
        self._read(path)

    def _show(self, group: _Group) -> None:
        self._group, self._record, self._origin = group, None, None
        self.replaced.emit()
        self.record_changed.emit(None)
        self.caption_changed.emit()

    def _number(self, index: int) -> int | None:
        indices = self._group.indices
        return indices.index(index) if index in indices else None

    def _change(self, number: int, image: ViewedImage) -> None:
        group = self._group
        group.images[number] = image
        if not group.alone:
            self.changed.emit(number)
        elif number == group.current:
            self.changed.emit(0)

    def _load(self, path: Path) -> None:
        def show(image: QImage) -> None:
            for number, shown in enumerate(self._group.images):
                if shown.path == path:
                    whole = replace(shown, image=image, size=image.size(), is_whole=True)
                    self._change(number, whole)

        self._background.read(lambda: load_image(path), show, self.refused.emit)

    def _read(self, path: Path) -> None:
        def take(read: tuple[Origin, Record | None]) -> None:
            if self.path == path:
                self._origin, self._record = read
                self.record_changed.emit(self._record)
                self.caption_changed.emit()
                if self._origin.too_new:
                    self.refused.emit(self._origin.too_new)

        self._background.read(lambda: read_origin(path), take)


def _without(group: _Group, path: Path) -> tuple[_Group, Place | None]:
    """Return a group without a picture, also where it leads back to, and where in it that was."""
    if group.back is not None:
        back = _without(group.back, path)[0]
        group = replace(group, back=back if len(back.images) > 1 else None)
    paths = [image.path for image in group.images]
    if path not in paths:
        return group, None
    number = paths.index(path)
    has_indices = len(group.indices) == len(paths)
    place = Place(
        group.images[number],
        number,
        group.indices[number] if has_indices else None,
        frozenset(one for one in paths if one is not None and one != path),
        group.alone,
    )
    images = [*group.images[:number], *group.images[number + 1 :]]
    indices = group.indices
    if has_indices:
        indices = (*indices[:number], *indices[number + 1 :])
    current = group.current - (number < group.current)
    current = max(0, min(current, len(images) - 1))
    alone = group.alone and len(images) > 1
    left = replace(group, images=images, indices=indices, current=current, alone=alone)
    return left, place


def _asked(request: Request) -> QSize:
    return QSize(request.sampling.width, request.sampling.height)


def load_image(path: Path) -> QImage:
    """Read a picture whole. Raises Unreadable. For any thread."""
    pixels = open_to_show(path)
    return QImage(
        pixels.tobytes(), pixels.width, pixels.height, QImage.Format.Format_RGBA8888
    ).copy()


def describe(record: Record, size: QSize) -> str:
    """Describe on one line how a picture of that size was made."""
    sampling, start = record.request.sampling, record.request.task
    if not isinstance(
        start, Inpaint | Outpaint
    ):  # the size is said before the picture is read whole
        size = QSize(sampling.width, sampling.height)
    whence = (
        ()
        if isinstance(start, TextToImage)
        else (_("from {picture}").format(picture=short_name(start.path)),)
    )
    return " · ".join(
        (
            " ".join(record.request.words.split()),
            *whence,
            f"{size.width()} × {size.height()}",
            ngettext("{n} step", "{n} steps", sampling.steps).format(n=sampling.steps),
            _("guidance {n}").format(n=short_number(sampling.guidance)),
            LABELS[sampling.scheduler],
            _("seed {seed}").format(seed=record.seed),
        )
    )
