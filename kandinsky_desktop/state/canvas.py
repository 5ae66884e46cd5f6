"""The canvas as a whole: its document, and the fills that are asked for and come back.

Its parts need numpy, which the first sight of the window must not wait for: they are made when the
canvas is first used (`wake`).
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.document import MaskEdges
from kandinsky_desktop.domain.errors import InvalidRequest, KandinskyError
from kandinsky_desktop.domain.events import Event, Made, Stepped
from kandinsky_desktop.domain.fields import check, keywords_of, like
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.region import Box, Region
from kandinsky_desktop.domain.request import MOST_PICTURES, Paint
from kandinsky_desktop.domain.task import (
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    PartOf,
    Task,
    TextToImage,
)
from kandinsky_desktop.state import canvas_upkeep
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.pictures import split
from kandinsky_desktop.store import canvas_folders, pictures
from kandinsky_desktop.store.models import Found

if TYPE_CHECKING:
    from kandinsky_desktop.state.canvas_document import CanvasDocument
    from kandinsky_desktop.state.canvas_documents import CanvasDocuments
    from kandinsky_desktop.state.collage import Collage
    from kandinsky_desktop.state.context_frame import ContextFrame, JobFiles, WholeFiles
    from kandinsky_desktop.state.depth_editor import DepthEditor
    from kandinsky_desktop.state.expansion import BorderFiles, Expansion
    from kandinsky_desktop.state.mask_editor import MaskEditor
    from kandinsky_desktop.state.sketch_editor import SketchEditor
    from kandinsky_desktop.state.staged_fills import StagedFills

log = logging.getLogger(__name__)

SOMEWHERE = Path("?")  # in place of the files that a job will get


@dataclass(frozen=True, slots=True)
class FillSettings:
    """What is set for a fill besides the mask."""

    strength: float = like(Inpaint, "strength", 1.0)
    refine: float = like(Img2Img, "strength", 0.6)  # where a sketch is started from
    fill: str = like(Inpaint, "fill", "blur")
    overlap: int = like(Outpaint, "overlap", 64)
    match_colours: bool = like(Inpaint, "match_colours", True)

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


class Canvas(QObject):
    """Holds the parts of the canvas once it is used, and asks for fills."""

    awake = Signal()  # its parts are there
    changed = Signal()  # what is set for a fill, or whether one can be asked for
    refused = Signal(str)  # why something was not done
    submitted = Signal(object)  # domain.job.Job of a fill
    estimate_requested = Signal(object)  # domain.wire.EstimateDepth; the worker listens

    document: "CanvasDocument"
    documents: "CanvasDocuments"
    editor: "MaskEditor"
    sketch: "SketchEditor"
    depth: "DepthEditor"
    collage: "Collage"
    frame: "ContextFrame"
    expansion: "Expansion"
    fills: "StagedFills"

    def __init__(
        self,
        background: Background,
        queue: JobQueue,
        draft: DraftState,
        root: Path,
        named_in: Iterable[Path] = (),
    ) -> None:
        """`root` is where each document has a folder of its own.

        In the files and folders `named_in` stand paths that may lead into those.
        """
        super().__init__()
        self._background, self._queue, self._draft, self._root = background, queue, draft, root
        self._named_in = tuple(named_in)
        self.settings = FillSettings()
        self._awake = False
        self._asking = False  # whether the files of a job are being written
        self._awaits_mask = False  # whether that waits until the mask is worked out
        self._fresh = True  # whether it is to have seeds of its own
        queue.stepped.connect(self._on_stepped)
        queue.picture_made.connect(self._on_made)
        queue.job_ended.connect(self._on_ended)
        draft.model_changed.connect(self._follow_model)

    @property
    def background(self) -> Background:
        """Where its disk work is done."""
        return self._background

    @property
    def is_awake(self) -> bool:
        """Whether its parts are there."""
        return self._awake

    def wake(self) -> None:
        """Make its parts, if they are not there yet."""
        if self._awake:
            return
        from kandinsky_desktop.state.canvas_document import CanvasDocument
        from kandinsky_desktop.state.canvas_documents import CanvasDocuments
        from kandinsky_desktop.state.collage import Collage
        from kandinsky_desktop.state.context_frame import ContextFrame
        from kandinsky_desktop.state.depth_editor import DepthEditor
        from kandinsky_desktop.state.expansion import Expansion
        from kandinsky_desktop.state.mask_editor import MaskEditor
        from kandinsky_desktop.state.sketch_editor import SketchEditor
        from kandinsky_desktop.state.staged_fills import StagedFills

        background = self._background
        self.document = CanvasDocument(background, self._root)
        self.documents = CanvasDocuments(background, self.document, self._queue, self._root)
        self.editor = MaskEditor(background, self.document)
        self.sketch = SketchEditor(background, self.document)
        self.depth = DepthEditor(background, self.document)
        self.collage = Collage(background, self.document)
        self.frame = ContextFrame(background, self.document, self.editor)
        self.expansion = Expansion(background, self.document)
        self.fills = StagedFills(background, self.document)
        self._awake = True
        self.frame.exported.connect(self._submit)
        self.expansion.exported.connect(self._submit)
        for source in (self.frame, self.expansion):
            source.refused.connect(self._on_not_exported)
        self.expansion.changed.connect(self.changed)
        self.depth.estimators = self._queue.estimators
        self.depth.estimate_requested.connect(self.estimate_requested)
        for part in (self.document, self.editor, self.sketch, self.depth, self.collage, self.fills):
            part.refused.connect(self.refused)
        for signal in (self.document.opened, self.document.closed, self.document.busy_changed):
            signal.connect(self.changed)
        for signal in (self.document.opened, self.document.closed):
            signal.connect(self._ask_no_more)
        self.document.opened.connect(self._let_wait)
        self.document.resized.connect(self._let_wait)
        self.editor.settled.connect(self.changed)
        self.editor.settled.connect(self._ask_on)
        self.editor.refused.connect(self._on_not_worked_out)
        self._follow_model()
        background.write(lambda: canvas_folders.forget_deleted(self._root))
        canvas_upkeep.forget_regions(background, self._queue, self._root)
        self._upkeep = canvas_upkeep.DocumentUpkeep(
            background, self._queue, self._is_in_use, self._named_in
        )
        self._upkeep.begin(self.document.unfinished())
        self.awake.emit()

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Hear what the worker says."""
        if self._awake:
            self.depth.on_event(event)

    @Slot(object)
    def set_estimators(self, found: Found) -> None:
        """Estimate depth with the models that were found last."""
        if self._awake:
            self.depth.estimators = found.estimators
            self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether there is a document."""
        return self._awake and self.document.is_open

    @property
    def is_busy(self) -> bool:
        """Whether a document is being opened or saved."""
        return self._awake and self.document.busy

    def open(self, path: Path) -> None:
        """Open a picture, or an OpenRaster document, instead of what is open."""
        self.wake()
        self.document.open_file(path)

    @property
    def by_surroundings(self) -> bool:
        """Whether no words and no picture say what is to be there, so that what is around does."""
        values, model = self._draft.values, self._draft.model
        said = values.prompt.strip() or values.image_conditioning is not None
        if self.is_open and self.frame.box is None and not self.expansion.any:
            return False  # there is no hole
        return not said and (model is None or model.can("pictures"))

    @property
    def problem(self) -> str:
        """Why no fill can be asked for now, as a sentence; empty if one can."""
        if not self.is_open:
            return _("Open a picture first: drop one here, or choose it.")
        if self.document.busy:
            return _("Wait: {what}.").format(what=self.document.busy_with)
        if self.expansion.any:
            return self._draft.problem_of(self._border_task(SOMEWHERE), self._followed)
        if not self._masked:
            if self.document.says_all or self.collage.box is not None:
                return self._draft.problem_of(Img2Img(path=SOMEWHERE), self._followed)
            return _("Paint over what is to be painted anew, or sketch on the picture.")
        return self._draft.problem_of(self._task(SOMEWHERE, SOMEWHERE), self._followed)

    @keywords_of(FillSettings)
    def set_fill(self, **changes: Any) -> None:
        """Set how the next fills are painted. Raises InvalidRequest beyond the limits."""
        self.settings = replace(self.settings, **changes)
        if self._awake:
            self.expansion.set_overlap(self.settings.overlap)
        self.changed.emit()

    def priced(self) -> Paint | None:
        """Return a request that takes as long as the fills; None without a mask.

        Raises InvalidRequest.
        """
        if self.is_open and self.expansion.regions:
            return self._priced_borders(self.expansion.regions)
        if not self.is_open:
            return None
        region = self.frame.region
        if region is None and (self.document.says_all or self.refines):
            region = self.frame.whole
        return None if region is None else self._draft.request_like(region.work, self.strength)

    @property
    def refines(self) -> bool:
        """Whether what is painted anew begins with colours that a person laid there."""
        if not self.is_open or self.expansion.any:
            return False
        sketched = self.document.sketch.painted_box() if self.document.sketched else None
        laid = [one for one in (sketched, self.collage.box) if one is not None]
        box = self.editor.mask_box
        return bool(laid) and (box is None or any(not one.within(box).empty for one in laid))

    @property
    def follows_depth(self) -> bool:
        """Whether all of the picture is painted anew, and only its depth says how."""
        if not self.is_open or self.expansion.any or self.document.sketched:
            return False
        return self.frame.box is None and self.document.document.depth.counts

    @property
    def strength(self) -> float:
        """How much may change, at most."""
        return self.settings.refine if self.refines else self.settings.strength

    @property
    def filling(self) -> str:
        """What the decoder starts from under the mask."""
        return "keep" if self.refines else self.settings.fill

    def set_strength(self, strength: float) -> None:
        """Set how much may change: of what was sketched, or of what is only masked."""
        if self.refines:
            self.set_fill(refine=strength)
        else:
            self.set_fill(strength=strength)

    def ask(self, *, fresh: bool = True) -> None:
        """Ask for fills of what is masked, or for the whole picture as it is sketched.

        Unless `fresh`, the seeds stay as they are. Raises InvalidRequest with a sentence.
        """
        if self.is_open and not self.document.busy:
            self.collage.put_down()  # what is seen is what is painted from
        problem = self.problem
        if problem:
            raise InvalidRequest(problem)
        if not self._asking:
            self._asking, self._fresh = True, fresh
            if self.expansion.any:
                self.expansion.export()
            elif self.editor.is_settled:
                self._export()
            else:
                self._awaits_mask = True  # the frame is still that of the mask before

    def _export(self) -> None:
        self.frame.export(blank=self.strength >= 1 and not self.refines)

    def _ask_on(self) -> None:
        """Ask for what waited until the mask was worked out."""
        if self._awaits_mask:
            self._awaits_mask = False
            problem = self.problem
            if problem:
                self._on_not_exported(problem)
            else:
                self._export()

    def _ask_no_more(self) -> None:
        """Forget what waited for a mask that is not there any more."""
        if self._awaits_mask:
            self._awaits_mask = self._asking = False

    def _on_not_worked_out(self, _reason: str) -> None:
        if self.editor.is_settled:  # nothing more comes of it
            self._ask_no_more()

    def keep(self, folder: Path, then: Callable[[Path], None]) -> None:
        """Write the picture as it is now, or after long work, into a folder, in a thread."""
        self.collage.put_down()
        self.document.when_free(lambda: self._keep(folder, then))

    def _keep(self, folder: Path, then: Callable[[Path], None]) -> None:
        from kandinsky_desktop.raster.conversion import picture_image

        document = self.document
        pixels, alpha = document.flattened(), document.picture.alpha
        title, profile = document.document.title or _("Canvas"), document.profile
        opened, changes = document.folder, document.changes

        def write() -> Path:
            image = picture_image(pixels, alpha=alpha)
            return pictures.save(pictures.finish_canvas(image, title, profile), folder)

        def tell(path: Path) -> None:
            document.note_kept(path, opened, changes)
            then(path)

        self._background.read(write, tell, self.refused.emit)

    def recover(self) -> None:
        """Open the document of the last sitting, if one was left open."""
        nothing = not self.document.is_open and not self.document.busy
        if nothing and (left := self.document.unfinished()):
            self.document.recover(left[0])

    def earlier(self, most: int) -> list[tuple[Path, str]]:
        """Return the folders and titles of documents that can be gone on with, the newest first."""
        self.wake()
        return self.document.titles()[:most]

    def resume(self, folder: Path) -> None:
        """Go on with an earlier document, instead of what is open."""
        self.document.recover(folder)

    def end(self) -> None:
        """Put the document away, so that it comes back in the next sitting."""
        if self.is_open:
            self.document.close(discard=False)

    def _task(
        self,
        picture: Path,
        mask: Path,
        edges: MaskEdges | None = None,
        part_of: PartOf | None = None,
    ) -> Inpaint:
        edges = edges or self.document.document.edges
        return Inpaint(
            path=picture,
            masks=(mask,),
            strength=self.strength,
            fill=self.filling,
            match_colours=self.settings.match_colours,
            grow=edges.grow,
            feather=edges.feather,
            padding=0,
            crop=False,
            part_of=part_of,
        )

    @property
    def _masked(self) -> bool:
        """Whether something is masked, or may be once the mask is worked out."""
        if self.frame.box is not None:
            return True
        return not self.editor.is_settled and self.document.mask.painted_box() is not None

    @property
    def _followed(self) -> Depth | None:
        """The depth that a job would follow, if the document has one that counts."""
        return Depth(path=SOMEWHERE) if self.document.document.depth.counts else None

    def _border_task(
        self, picture: Path, borders: Borders | None = None, part_of: PartOf | None = None
    ) -> Outpaint:
        borders = borders or self.expansion.borders
        return Outpaint(
            path=picture,
            left=borders.left,
            top=borders.top,
            right=borders.right,
            bottom=borders.bottom,
            overlap=self.settings.overlap,
            part_of=part_of,
        )

    def _priced_borders(self, regions: "list[Region]") -> Paint:
        largest = max((region.work for region in regions), key=lambda one: one.width * one.height)
        request = self._draft.request_like(largest, 1.0)
        return replace(request, count=min(MOST_PICTURES, request.count * len(regions)))

    def _task_of(self, files: "JobFiles | WholeFiles | BorderFiles") -> Task:
        from kandinsky_desktop.state.context_frame import JobFiles, WholeFiles

        if isinstance(files, JobFiles | WholeFiles):
            origin = self.document.document.origin
            part = PartOf(files.content, *files.region.box.corners, origin)
            if isinstance(files, WholeFiles):
                return Img2Img(path=files.picture, strength=self.strength, part_of=part)
            return self._task(files.picture, files.mask, files.edges, part)
        size = files.size
        part = PartOf(files.content, 0, 0, size.width, size.height, files.origin)
        return self._border_task(files.picture, files.borders, part)

    def _submit(self, files: "JobFiles | WholeFiles | BorderFiles") -> None:
        from kandinsky_desktop.state.context_frame import WholeFiles

        self._asking = False
        try:
            task = self._task_of(files)
            size = files.region.work if isinstance(files, WholeFiles) else None
            depth = None if files.depth is None else Depth(path=files.depth)
            request = self._draft.make_request_of(task, depth, fresh=self._fresh, size=size)
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return
        self.submitted.emit(self._queue.submit(request, files.folder / canvas_folders.FILLS))

    def _on_not_exported(self, reason: str) -> None:
        self._asking = False
        self.refused.emit(reason)

    @Slot(object, object)
    def _on_stepped(self, job: Job, stepped: Stepped) -> None:
        files = self._files_of(job)
        if files is None or stepped.preview is None:
            return
        from kandinsky_desktop.state.expansion import BorderFiles

        first = split(stepped.preview, len(stepped.batch))[0]
        if not isinstance(files, BorderFiles):
            self.fills.show_preview(first, files.region.box)
        elif stepped.box is not None and files.borders == self.expansion.borders:
            left, top = files.borders.left, files.borders.top
            self.expansion.show_preview(first, stepped.box.moved(-left, -top))

    @Slot(object, object)
    def _on_made(self, job: Job, made: Made) -> None:
        files = self._files_of(job)
        if files is not None:
            self.fills.add(made.path, files)

    @Slot(object, object)
    def _on_ended(self, job: Job, event: object) -> None:
        del event
        if self._files_of(job) is not None:
            self.fills.end_preview()
            self.expansion.end_previews()

    def _files_of(self, job: Job) -> "JobFiles | WholeFiles | BorderFiles | None":
        """Return what a job is painted from, if it belongs to the document in use.

        The job may be of an earlier sitting.
        """
        folder = job.folder
        if folder is None or not self.is_open or folder.parent != self.document.folder:
            return None
        return self._files_in(job.request.task)

    def _files_in(self, task: Task) -> "JobFiles | WholeFiles | BorderFiles | None":
        """Return what a task is painted from; None if it lies nowhere in the document now."""
        from kandinsky_desktop.state.context_frame import JobFiles, WholeFiles
        from kandinsky_desktop.state.expansion import BorderFiles

        if isinstance(task, TextToImage) or task.part_of is None:
            return None
        part, about, folder = task.part_of, self.document.document, self.document.folder
        moved = about.origin[0] - part.origin[0], about.origin[1] - part.origin[1]
        box = Box(part.left, part.top, part.right, part.bottom).moved(*moved)
        if isinstance(task, Outpaint):
            if box != self.document.picture.box or part.origin != about.origin:
                return None
            borders = Borders(left=task.left, top=task.top, right=task.right, bottom=task.bottom)
            return BorderFiles(task.path, about.size, borders, part.origin, part.content, folder)
        if not self.document.picture.box.holds(box):
            return None
        if isinstance(task, Img2Img):
            if box != self.document.picture.box:
                return None
            return WholeFiles(task.path, Region(box, box.size), part.content, folder)
        edges = MaskEdges(grow=task.grow, feather=task.feather)
        return JobFiles(
            task.path, task.masks[0], Region(box, box.size), edges, part.content, folder
        )

    def _let_wait(self) -> None:
        """Let the fills wait that came before the document was opened, and were not decided on."""
        folder = self.document.folder

        def read() -> list[tuple[Path, Task]]:
            found = []
            for path in canvas_folders.waiting(folder):
                try:
                    found.append((path, pictures.read_record(path).request.task))
                except KandinskyError as error:
                    log.warning("%s", error)
            return found

        def take(found: list[tuple[Path, Task]]) -> None:
            if not self.is_open or self.document.folder != folder:
                return
            for path, task in found:
                files = self._files_in(task)
                if files is not None:
                    self.fills.add(path, files)

        self._background.read(read, take)

    def _is_in_use(self, folder: Path) -> bool:
        """Whether a document is open, or may be being opened."""
        return self.document.busy or (self.is_open and self.document.folder == folder)

    def _follow_model(self) -> None:
        model: Model | None = self._draft.model
        if self._awake and model is not None:
            for part in (self.frame, self.expansion):
                part.set_limits(
                    native=model.native,
                    largest=max(model.largest, model.multiple),
                    multiple=model.multiple,
                )
            self.changed.emit()
