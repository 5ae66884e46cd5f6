"""What is on the stage: the pictures of the running job as they grow, or one that was chosen."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.conditioning import Conditioning, short_name
from kandinsky_desktop.domain.errors import OtherFormat, Unreadable
from kandinsky_desktop.domain.events import Made, Stepped
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Inpaint, Outpaint, TextToImage
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.pictures import Tile, split
from kandinsky_desktop.store.pictures import open_to_show, read_record


@dataclass(frozen=True, slots=True)
class ViewedImage:
    """One picture on the stage; without an image it is still to come."""

    size: QSize  # in its own pixels, also while only a preview is there
    image: QImage | None = None
    path: Path | None = None
    previous: QImage | None = None  # the picture that was here before it
    preview: QImage | None = None  # its own last preview


class Viewer(QObject):
    """Follows the running job until a person looks at something else."""

    replaced = Signal()  # other pictures are on the stage
    changed = Signal(int)  # one of them changed; its number
    caption_changed = Signal()
    record_changed = Signal(object)  # domain.record.Record of the one picture, once read; or None
    refused = Signal(str)  # why a picture cannot be shown, or how it was made not be read

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._images: list[ViewedImage] = []
        self._job: UUID | None = None  # whose pictures these are
        self._indices: tuple[int, ...] = ()
        self._request: Request | None = None  # they were painted by, as far as known without a file
        self._running: Job | None = None
        self._record: Record | None = None
        self._kept: list[ViewedImage] = []  # what was there before the running job
        self._kept_request: Request | None = None

    @property
    def images(self) -> tuple[ViewedImage, ...]:
        """What is on the stage."""
        return tuple(self._images)

    @property
    def job(self) -> UUID | None:
        """The job whose pictures these are, if they came here as they were made."""
        return self._job

    @property
    def path(self) -> Path | None:
        """The file of the one picture on the stage."""
        return self._images[0].path if len(self._images) == 1 else None

    @property
    def record(self) -> Record | None:
        """How the one picture on the stage was made, once that is read."""
        return self._record

    @property
    def conditioning(self) -> Conditioning | None:
        """What the pictures on the stage are painted from, once that is known."""
        record, request = self._record, self._request
        if record is not None:
            return record.request.conditioning_of(record.index)
        if request is None:
            return None
        alone = len(self._indices) == 1
        return request.conditioning_of(self._indices[0]) if alone else request.conditioning

    @property
    def caption(self) -> str:
        """What is on the stage, in words."""
        if self._record is not None:
            return describe(self._record, self._images[0].size)
        if self.path is not None:
            return self.path.name
        done = sum(sight.path is not None for sight in self._images)
        if len(self._images) > 1 and done == len(self._images):
            return (
                ngettext("{n} picture", "{n} pictures", done).format(n=done)
                + " · "
                + _("click one to see it alone")
            )
        return ""

    @Slot(object)
    def on_job_started(self, job: Job) -> None:
        """Show placeholders for the job's pictures."""
        self._running = job
        self._kept, self._kept_request = self._images, self._request
        self._follow(job)

    @Slot(object, object)
    def on_stepped(self, job: Job, stepped: Stepped) -> None:
        """Show the previews of a batch."""
        if job.id != self._job or stepped.preview is None:
            return
        images = split(stepped.preview, len(stepped.batch))
        for index, image in zip(stepped.batch, images, strict=True):
            number = self._number(index)
            if number is not None and self._images[number].path is None:
                sight = self._images[number]
                size = sight.size
                if isinstance(
                    job.request.task, Inpaint | Outpaint
                ):  # a part, of a shape of its own
                    size = image.size().scaled(
                        _asked(job.request), Qt.AspectRatioMode.KeepAspectRatio
                    )
                self._change(number, replace(sight, size=size, image=image, preview=image))

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Replace a preview by the finished picture."""
        self._running = job
        if job.id != self._job:
            return
        number = self._number(made.index)
        if number is None:
            return
        self._change(number, replace(self._images[number], path=made.path))
        self._load(made.path)

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Keep the finished pictures; if there are none, show what was shown before the job."""
        del event
        self._running = None
        if job.id != self._job:
            return
        made = [sight for sight in self._images if sight.path is not None]
        if len(made) < len(self._images):
            self._show(made or self._kept, request=job.request if made else self._kept_request)
        if len(self._images) == 1 and self.path:
            self._read(self.path)
        self.caption_changed.emit()

    def show_tile(self, tile: Tile) -> None:
        """Look at a picture of the strip, or at the running job again."""
        if tile.path is not None:
            self._look_at(tile.path, tile.image)
        elif self._running is not None and tile.job == self._running.id:
            self._follow(self._running)

    def show_alone(self, number: int) -> None:
        """Look at one of several alone."""
        sight = self._images[number]
        if sight.path is not None:
            indices = self._indices[number : number + 1]
            self._look_at(sight.path, sight.image, self._request if indices else None, indices)

    def clear(self) -> None:
        """Look at nothing."""
        self._show([])

    def _follow(self, job: Job) -> None:
        before = self._kept[0].image if len(self._kept) == 1 else None
        size = _asked(job.request)
        wanted = job.missing or tuple(range(job.request.count))
        empty = [ViewedImage(size, previous=before) for _index in wanted]
        self._show(empty, job.id, wanted, job.request)

    def _look_at(
        self,
        path: Path,
        small: QImage | None,
        request: Request | None = None,
        indices: tuple[int, ...] = (),
    ) -> None:
        before = self._images[0].image if len(self._images) == 1 else None
        shown = self._images[0] if self.path == path else None
        if shown is not None:
            return
        size = small.size() if small is not None else QSize(1, 1)
        self._show(
            [ViewedImage(size, small, path, previous=before)], indices=indices, request=request
        )
        self._load(path)
        self._read(path)

    def _show(
        self,
        images: list[ViewedImage],
        job: UUID | None = None,
        indices: tuple[int, ...] = (),
        request: Request | None = None,
    ) -> None:
        self._images, self._job, self._indices, self._record = list(images), job, indices, None
        self._request = request
        self.replaced.emit()
        self.record_changed.emit(None)
        self.caption_changed.emit()

    def _number(self, index: int) -> int | None:
        return self._indices.index(index) if index in self._indices else None

    def _change(self, number: int, sight: ViewedImage) -> None:
        self._images[number] = sight
        self.changed.emit(number)

    def _load(self, path: Path) -> None:
        def show(image: QImage) -> None:
            for number, sight in enumerate(self._images):
                if sight.path == path:
                    self._change(number, replace(sight, image=image, size=image.size()))

        self._background.read(lambda: load_image(path), show, self.refused.emit)

    def _read(self, path: Path) -> None:
        def read() -> Record | str | None:
            try:
                return read_record(path)
            except OtherFormat as error:
                return str(error)
            except Unreadable:
                return None  # not one of ours: its name is caption enough

        def take(read: Record | str | None) -> None:
            if self.path == path:
                self._record = read if isinstance(read, Record) else None
                self.record_changed.emit(self._record)
                self.caption_changed.emit()
                if isinstance(read, str):
                    self.refused.emit(read)

        self._background.read(read, take)


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
            _("guidance {scale:g}").format(scale=sampling.guidance),
            LABELS[sampling.scheduler],
            _("seed {seed}").format(seed=record.seed),
        )
    )
