"""The picture that is worked on: its layers, their undo, and the journal that keeps it safe.

For who builds a widget on it. There is one `CanvasDocument` for the life of the window, so signals
are connected once; `opened` says that another picture is in it. Paint from `picture`, from `sketch`
over it by `document.sketch.strength` and, for the mask, from `MaskEditor.used` (see
`state/layer_images.py`); repaint the `Box` that `changed` brings.
Painting goes through `MaskEditor` (press, move, release …), fills that come back through
`StagedFills`, what the model sees through `ContextFrame`. To change pixels by other means:

    with document.step(_("Name")):  # one undo step, journalled; an exception takes it back
        document.mask.changing(box)[...] = 255

`undo`, `redo`, `go_to`, `step_names` and `steps_done` are the history list. While `busy` (long work
in a thread; `busy_with` says what, `cancel_work` ends it) no step can be begun: what a person does
meanwhile waits its turn by `when_free`.
All of it is for the UI thread; boxes are in pixels of the picture.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import (
    DEPTH,
    MASK,
    PICTURE,
    SKETCH,
    AcceptedFill,
    DepthLook,
    Document,
    LayerLook,
    Undoable,
)
from kandinsky_desktop.domain.errors import (
    InvalidRequest,
    SavingFailed,
    Stopped,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import colours, conversion
from kandinsky_desktop.raster.history import Enlarged, Place, Put, UndoHistory
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state import document_files
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.document_files import LoadedDocument, PixelsToSave
from kandinsky_desktop.store import canvas_folders, journal

T = TypeVar("T")
log = logging.getLogger(__name__)

SYNC_MS = 2000  # at most so long a power cut may take away
WAIT_S = 0.5  # for the last step to be on the disk before the next begins
LOOK_UP_S = 0.05  # while all is awaited that is to be written: whether to stop
UNSAVED = {"saved": False, "kept": ""}  # of a change: it is in no other file yet
LOOK_SIDE = 256  # about, of the small picture that shows it in a list
AT_ONCE = 2**20  # pixels that are worked on in the UI thread; more goes to another one


class CanvasDocument(QObject):
    """The document in use, or none. See the module for how a widget uses it."""

    opened = Signal()  # another document is in use
    closed = Signal()  # none is
    changed = Signal(object)  # Box: what is to be painted anew; no look of a layer
    layer_changed = Signal(str, object)  # a layer's name, Box: its pixels changed
    resized = Signal(int, int)  # all layers are others: pixels lie so much farther right and down
    history_changed = Signal()  # what undo and redo would do, and the names of steps
    amended = Signal()  # something of `document` changed, but for its accepted fills
    saved = Signal(object)  # Path
    remarked = Signal(str)  # what a person may not expect
    refused = Signal(str)  # why something was not done
    put_away = Signal(object)  # Path: the folder of a document that another will take the place of
    busy_changed = Signal()  # long work began or ended

    def __init__(self, background: Background, root: Path) -> None:
        """Each document has a folder of its own in `root` until it is closed for good."""
        super().__init__()
        self.root = root
        self._background = background
        self._open: LoadedDocument | None = None
        self._layers: dict[str, Layer] = {}
        self._history = UndoHistory({}, Undoable())
        self._document = Document(size=Size(1, 1))
        self._written = Event()
        self._written.set()
        self._owed: set[Place] = set()  # tiles that the journal could not take
        self._owes_all = False  # whether it could not take layers of another size
        self._packing = False
        self._stop: Event | None = None
        self._busy_with = ""
        self._waiting: list[Callable[[], None]] = []  # until long work and the open step have ended
        self._asked_at: float | None = None  # when the last of them was
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._do_waiting)
        self._noted: Document | None = None  # as the journal has it
        self._changes, self._saved_at = 0, -1  # how often it was changed, by now and by then
        self._saves: list[Callable[[], None]] = []  # one that goes on, and those that wait for it
        self._sync_timer = QTimer(self, singleShot=True, interval=SYNC_MS)
        self._sync_timer.timeout.connect(self._sync)

    # what is open

    @property
    def is_open(self) -> bool:
        """Whether there is a document."""
        return self._open is not None

    @property
    def document(self) -> Document:
        """What is known of it besides its pixels."""
        return replace(self._document, size=self.size).undone_to(self._history.value)

    @property
    def size(self) -> Size:
        """The picture's size."""
        return self.picture.size if self.is_open else self._document.size

    @property
    def picture(self) -> Layer:
        """The picture: blue, green, red, and opacity where it has `alpha`."""
        return self._layers[PICTURE]

    @property
    def mask(self) -> Layer:
        """The mask as it was painted: white is painted anew."""
        return self._layers[MASK]

    @property
    def sketch(self) -> Layer:
        """What is painted over the picture: colours that are multiplied by their opacity."""
        return self._layers[SKETCH]

    @property
    def depth(self) -> Layer:
        """How near each pixel is: white is near, if `document.depth.there`."""
        return self._layers[DEPTH]

    @property
    def profile(self) -> bytes:
        """The picture's colour profile, to be saved with what is made of it; empty: none."""
        return self._open.profile if self._open else b""

    @property
    def folder(self) -> Path:
        """The folder of the document."""
        assert self._open is not None
        return self._open.folder

    @property
    def path(self) -> Path | None:
        """The file that it was saved to or opened from, if that can hold all of it."""
        return self._open.path if self._open else None

    @property
    def modified(self) -> bool:
        """Whether something changed since it was opened or saved."""
        return self._open is not None and self._saved_at != self._changes

    @property
    def changes(self) -> int:
        """How often something changed, since it was opened."""
        return self._changes

    def note_kept(self, path: Path, folder: Path, changes: int) -> None:
        """Note that its picture, as it was after so many changes, is a file of its own, too."""
        if self._open is not None and (self._open.folder, self._changes) == (folder, changes):
            self._note({"kept": str(path.absolute())})

    def unfinished(self) -> list[Path]:
        """Return the folders of documents that were not closed for good, the newest first."""
        used = {self._open.folder} if self._open else set()
        return [folder for folder in canvas_folders.left(self.root) if folder not in used]

    def titles(self) -> list[tuple[Path, str]]:
        """Return those folders with what the documents are called."""
        return [(folder, canvas_folders.title_of(folder)) for folder in self.unfinished()]

    def open_file(self, path: Path) -> None:
        """Open a picture or an OpenRaster file: `opened`, or `refused` with a sentence."""
        self._load(_("Opening"), lambda stop: document_files.from_file(path, self.root, stop))

    def open_image(self, image: QImage, title: str) -> None:
        """Open pixels, as they come from the clipboard."""
        self._load(
            _("Opening"), lambda stop: document_files.from_image(image, title, self.root, stop)
        )

    def recover(self, folder: Path) -> None:
        """Open a document as it was when the program ended, however that was."""
        written = Event()
        self._background.write(written.set)  # it may be the one that is just put away

        def read(stop: Callable[[], bool]) -> LoadedDocument:
            while not written.wait(LOOK_UP_S):
                if stop():
                    raise Stopped
            return document_files.from_journal(folder, stop)

        self._load(_("Opening"), read)

    def close(self, *, discard: bool) -> None:
        """Have no document; with `discard` it is gone, else `recover` brings it back."""
        if self._open is None:
            return
        if self._history.open_step is not None:
            self.cancel_step()
        self.cancel_work()
        self._end_waiting(discard=discard)
        self._put_away(discard=discard)
        self._layers, self._open = {}, None
        self._history = UndoHistory({}, Undoable())
        self.closed.emit()
        self.history_changed.emit()

    def save(self, path: Path) -> None:
        """Write it as OpenRaster in a thread: `saved`, or `refused` with a sentence.

        One after the other: what is saved last is what lies there.
        """
        loaded = self._open
        if loaded is None:
            return
        document, changes = replace(self.document, source=None, placed=None), self._changes
        pixels = self._pixels_to_save()

        def write() -> Path:
            document_files.write(path, document, loaded, pixels)
            return path.absolute()

        def keep(written: Path) -> None:
            if self._open is not None and self._open.folder == loaded.folder:
                self._open = replace(self._open, path=written)
                self._saved_at = changes
                self._note({"path": str(written), "saved": not self.modified})
            self.saved.emit(written)
            go_on()

        def fail(reason: str) -> None:
            self.refused.emit(reason)
            go_on()

        def begin() -> None:
            self._background.read(write, keep, fail)

        def go_on() -> None:
            self._saves.pop(0)
            if self._saves:
                self._saves[0]()

        self._saves.append(begin)
        if len(self._saves) == 1:
            begin()

    @property
    def sketched(self) -> bool:
        """Whether there is a sketch that counts."""
        return self._history.value.sketch.strength > 0 and self.sketch.painted_box() is not None

    @property
    def says_all(self) -> bool:
        """Whether something says of all of the picture what is to be painted: sketch or depth."""
        return self.sketched or self._history.value.depth.counts

    def flattened(self, box: Box | None = None) -> Pixels:
        """Return a copy of the picture's pixels with the sketch over them, as far as it counts."""
        box = self.picture.box if box is None else box.within(self.picture.box)
        result = self.picture.part(box).copy()
        strength, painted = self._history.value.sketch.strength, self.sketch.painted_box()
        if strength and painted is not None and not (inner := painted.within(box)).empty:
            at = inner.moved(-box.left, -box.top)
            part = result[at.top : at.bottom, at.left : at.right]
            part[...] = colours.flattened(
                part, self.sketch.part(inner), strength, alpha=self.picture.alpha
            )
        return result

    def opacity(self, box: Box) -> Callable[[], Pixels]:
        """Return what tells how opaque each pixel of `flattened` is, in any thread.

        Both opacities are copied now, a quarter of the pixels; putting them together takes longer.
        """
        alpha = self.picture.part(box)[..., 3].copy()
        strength, painted = self._history.value.sketch.strength, self.sketch.painted_box()
        if not strength or painted is None or (inner := painted.within(box)).empty:
            return lambda: alpha
        sketch, at = self.sketch.part(inner)[..., 3].copy(), inner.moved(-box.left, -box.top)

        def put_together() -> Pixels:
            part = alpha[at.top : at.bottom, at.left : at.right]
            part[...] = colours.opacity_over(part, sketch, strength)
            return alpha

        return put_together

    def _pixels_to_save(self) -> PixelsToSave:
        painted = self.sketch.painted_box()
        return PixelsToSave(
            self.picture.pixels.copy(),
            self.mask.pixels.copy(),
            None if painted is None else self.sketch.part(painted).copy(),
            painted or Box(0, 0, 0, 0),
            self.depth.pixels.copy() if self._history.value.depth.there else None,
        )

    # undo

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return self._history.last is not None and not self._engaged

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._history.next is not None and not self._engaged

    @property
    def undo_name(self) -> str:
        """What the step is called that undo takes back; empty if there is none."""
        return self._history.last.name if self._history.last else ""

    @property
    def redo_name(self) -> str:
        """What the step is called that redo makes again; empty if there is none."""
        return self._history.next.name if self._history.next else ""

    @property
    def changed_at(self) -> float | None:
        """When the step was made that undo takes back, or asked for if it waits; None: no step.

        By time.monotonic.
        """
        if self._waiting:
            return self._asked_at
        return self._history.last.made_at if self._history.last else None

    @property
    def undone_at(self) -> float | None:
        """When the step was undone that redo makes again; None: there is none."""
        return self._history.next.undone_at if self._history.next else None

    @property
    def step_names(self) -> tuple[str, ...]:
        """The names of all steps, the oldest first; those behind `steps_done` are undone."""
        return self._history.names

    @property
    def steps_done(self) -> int:
        """How many steps are done."""
        return self._history.done

    @property
    def held_bytes(self) -> int:
        """How much memory undo takes."""
        return self._history.held_bytes

    def undo(self) -> None:
        """Take back the last step: during long work, as it is after that."""
        if self.busy:
            self.when_free(self.undo)
            return
        step = self._history.last
        if step is not None and self.can_undo:
            put = self._history.undo()
            self._told(step.name, "undo", put, step.enlarged, back=True)
            self._tell_looks(step.value)

    def redo(self) -> None:
        """Make the step again that was undone last: during long work, after that."""
        if self.busy:
            self.when_free(self.redo)
            return
        step = self._history.next
        if step is not None and self.can_redo:
            put = self._history.redo()
            self._told(step.name, "redo", put, step.enlarged)
            self._tell_looks(step.value)

    def go_to(self, done: int) -> None:
        """Undo or redo until so many steps are done: during long work, after that."""
        if self.busy:
            self.when_free(lambda: self.go_to(done))
            return
        while self._history.done > max(0, done) and self.can_undo:
            self.undo()
        while self._history.done < done and self.can_redo:
            self.redo()

    def begin_step(self, name: str) -> bool:
        """Begin an undo step; False, and nothing is begun, while something else goes on.

        What was done before is on the disk by then, unless the disk takes half a second.
        """
        if self._open is None or self._engaged:
            return False
        self._written.wait(WAIT_S)
        self._history.begin(name)
        return True

    def end_step(self) -> bool:
        """End the step and journal it; False if it changed nothing, and so is none."""
        step = self._history.end()
        self._let_go_on()
        if step is not None:
            put = {} if step.enlarged is not None else self._copies(step.tiles)
            self._told(step.name, "step", put, step.enlarged)
            self._tell_looks(step.value)
        return step is not None

    def cancel_step(self) -> None:
        """Put back what the open step changed, as if it had never begun."""
        step, value = self._history.open_step, self._history.value
        put = self._history.cancel()
        self._let_go_on()
        if step is not None and step.enlarged is not None:
            self._move(-step.enlarged.left, -step.enlarged.top)
        else:
            self._emit_changed(put)
        self._tell_looks(value)

    def before(self, layer: str, box: Box) -> Pixels:
        """Return a copy of a layer's pixels in a box, as they were before the open step."""
        return self._history.before(layer, box.within(self.picture.box))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Make one undo step of what is changed within. Raises InvalidRequest while busy."""
        if not self.begin_step(name):
            raise InvalidRequest(_("Something else is going on: wait until it is done."))
        try:
            yield
        except BaseException:
            self.cancel_step()
            raise
        self.end_step()

    @property
    def stepping(self) -> bool:
        """Whether an undo step is being made."""
        return self._history.open_step is not None

    def notify(self, layer: str, box: Box) -> None:
        """Say what an open step has changed so far."""
        self.layer_changed.emit(layer, box)
        self.changed.emit(box)

    def accept(self, fill: AcceptedFill) -> None:
        """Add a fill to those that are part of the picture; within a step, undone with it."""
        value = self._history.value
        self._history.value = replace(value, accepted=(*value.accepted, fill))

    def set_undoable(self, **changes: Any) -> None:
        """Change, within a step, what it takes back besides pixels."""
        self._history.value = replace(self._history.value, **changes)

    def change_depth(self, **changes: bool) -> None:
        """Say within an open step whether there is a depth, and whether it is seen."""
        self.set_undoable(depth=replace(self._history.value.depth, **changes))

    def set_look(self, look: LayerLook, name: str, *, on: bool = False) -> None:
        """Show the sketch in another way: an undo step, or with `on` the last one goes on."""
        self.amend_undoable(name, on=on, sketch=look)

    def set_depth(self, look: DepthLook, name: str, *, on: bool = False) -> None:
        """Show or use the depth in another way: as `set_look` does the sketch."""
        self.amend_undoable(name, on=on, depth=look)

    def amend_undoable(self, name: str, *, on: bool = False, **changes: Any) -> None:
        """Change that as a step of its own; with `on` the last one of the name goes on."""
        before = self._history.value
        value = replace(before, **changes)
        if value == before or self._open is None or self._engaged:
            return
        last = self._history.last
        if on and last is not None and last.name == name and not last.tiles and not self.can_redo:
            self._history.value = value
            self._changes += 1
            self._note(UNSAVED)
            self._tell_looks(before)
        else:
            self._history.begin(name)
            self._history.value = value
            self.end_step()

    def set_borders(self, borders: Borders) -> None:
        """Say by how much it is to grow: one undo step. Raises InvalidRequest beyond the limits."""
        borders.grown(self.size)
        with self.step(_("Borders")):
            self._history.value = replace(self._history.value, borders=borders)

    def grow(self, borders: Borders) -> None:
        """Add borders to all layers, black for now, as the first that an open step does.

        Raises InvalidRequest beyond the limits.
        """
        size = borders.grown(self.size)
        self._history.value = replace(self._history.value, borders=borders).grown()
        self._history.enlarge(size, borders.left, borders.top)
        self._move(borders.left, borders.top)

    def amend(self, **changes: Any) -> None:
        """Change what is no pixel and no undo step: edges, padding, frame, title. Journalled."""
        document = replace(self._document, **changes)
        if document != self._document and self._open is not None:
            self._document = document
            self._changes += 1
            self._note(UNSAVED)
            self.amended.emit()

    # long work

    def when_free(self, act: Callable[[], None]) -> None:
        """Do it now, or as soon as long work and the open step have ended: one after the other.

        Nothing comes of it if another document is opened before, or none is open.
        """
        if self._open is None:
            return
        if self._engaged or self._waiting:
            self._waiting.append(act)
            self._asked_at = time.monotonic()
            self._let_go_on()
        else:
            act()

    def _let_go_on(self) -> None:
        if self._waiting and not self._engaged:
            self._turn.start()

    def _do_waiting(self) -> None:
        while self._waiting and not self._engaged:
            self._waiting.pop(0)()

    def _end_waiting(self, *, discard: bool) -> None:
        """Do what waits before the document is put away; what takes long is not begun."""
        while self._waiting:
            act = self._waiting.pop(0)
            if discard:
                continue
            act()
            self.cancel_work()
            if self.stepping:
                self.end_step()

    @property
    def busy(self) -> bool:
        """Whether long work goes on in a thread."""
        return self._stop is not None

    @property
    def busy_with(self) -> str:
        """What that is, in words; empty if there is none."""
        return self._busy_with

    def cancel_work(self) -> None:
        """End long work as soon as can be; nothing comes of it."""
        if self._stop is not None:
            self._stop.set()
            self._end_work(self._stop)

    def work(
        self,
        words: str,
        work: Callable[[Callable[[], bool]], T],
        then: Callable[[T], None],
        dropped: Callable[[T], None] | None = None,
    ) -> None:
        """Run long work in a thread and `then` here, unless it is cancelled meanwhile.

        `work` is given a function that says whether to stop, and may raise Stopped. What it made
        all the same once it was cancelled is for `dropped`.
        """
        if self._stop is not None:
            self.refused.emit(_("Something else is going on: wait until it is done."))
            return
        stop = self._stop = Event()
        self._busy_with = words
        self.busy_changed.emit()

        def run() -> T | None:
            try:
                return work(stop.is_set)
            except Stopped:
                return None

        def take(result: T | None) -> None:
            if stop is self._stop and not stop.is_set() and result is not None:
                self._end_work(stop)
                then(result)
            elif result is not None and dropped is not None:
                dropped(result)
            self._end_work(stop)

        def fail(reason: str) -> None:
            self._end_work(stop)
            if not stop.is_set():
                self.refused.emit(reason)

        self._background.read(run, take, fail)

    def _end_work(self, stop: Event) -> None:
        if stop is self._stop:
            self._stop, self._busy_with = None, ""
            self.busy_changed.emit()
            self._let_go_on()

    @property
    def _untouched(self) -> bool:
        """Whether it is as a file elsewhere is, and nothing was ever done to it."""
        loaded = self._open
        return (
            loaded is not None
            and not self._changes
            and not loaded.modified
            and loaded.path is None
            and not loaded.resumed
        )

    @property
    def _engaged(self) -> bool:
        return self.busy or self.stepping

    def _load(self, words: str, read: Callable[[Callable[[], bool]], LoadedDocument]) -> None:
        def install(loaded: LoadedDocument) -> None:
            if self.stepping:
                self.cancel_step()
            self._end_waiting(discard=False)
            left = self._open.folder if self._open is not None and not self._untouched else None
            if left is not None:
                self.put_away.emit(left)
            if self._open is not None:
                self._put_away(discard=self._untouched)
            self._open, self._layers = loaded, loaded.layers
            self._document = loaded.document.undone_to(Undoable())
            self._history = UndoHistory(self._layers, loaded.document.undoable)
            self._history.restore(loaded.done, loaded.undone)
            self._owed, self._owes_all, self._noted = set(), False, loaded.document
            self._changes, self._saved_at = 0, -1 if loaded.modified else 0
            self._pack()
            self.opened.emit()
            self.history_changed.emit()
            for remark in loaded.remarks:
                self.remarked.emit(remark)

        def drop(loaded: LoadedDocument) -> None:
            self._close(loaded, discard=not loaded.resumed)

        self.cancel_work()
        self.work(words, read, install, drop)

    def _put_away(self, *, discard: bool) -> None:
        assert self._open is not None
        if not discard and (self._owed or self._owes_all or self._noted is None):
            self._note(UNSAVED if self.modified else {})  # there may be room by now
        self._sync_timer.stop()
        self._close(self._open, discard=discard, look=self._small())

    def _small(self) -> Callable[[], Any]:
        """Return what makes a small picture of it, for any thread."""
        picture, sketch, level = self.picture, self.sketch, 0
        while level + 1 < picture.levels and min(picture.smaller(level).shape[:2]) >= 2 * LOOK_SIDE:
            level += 1
        below, above = picture.smaller(level).copy(), sketch.smaller(level).copy()
        strength, alpha = self._history.value.sketch.strength, picture.alpha
        return lambda: conversion.picture_image(
            colours.flattened(below, above, strength, alpha=alpha), alpha=alpha
        )

    def _close(
        self, loaded: LoadedDocument, *, discard: bool, look: Callable[[], Any] | None = None
    ) -> None:
        def close() -> None:
            loaded.journal.close()
            if discard:
                canvas_folders.remove(loaded.folder)
            elif look is not None:
                canvas_folders.keep_look(loaded.folder, look())

        self._background.write(close)

    def _told(
        self,
        name: str,
        kind: str,
        put: Put,
        enlarged: Enlarged | None = None,
        *,
        back: bool = False,
    ) -> None:
        """Journal a step that was made, undone or redone, and say what changed."""
        self._changes += 1
        said = {"step": name, "kind": kind} | UNSAVED
        if enlarged is None:
            self._note(said, put)
            self._emit_changed(put)
        else:
            sign = -1 if back else 1
            moves = kind != "step"  # of which it was said as it was made
            if moves:
                self._move_frame(sign * enlarged.left, sign * enlarged.top)
            self._note(said, anew=True)
            if moves:
                self._tell_moved(sign * enlarged.left, sign * enlarged.top)
        self.history_changed.emit()
        self._pack()

    def _move(self, right: int, down: int) -> None:
        """Say that all layers are others, and move with them what is no layer."""
        self._move_frame(right, down)
        self._tell_moved(right, down)

    def _move_frame(self, right: int, down: int) -> None:
        frame = self._document.frame
        if frame is not None:
            self._document = replace(self._document, frame=frame.moved(right, down))

    def _tell_moved(self, right: int, down: int) -> None:
        self.resized.emit(right, down)
        for name, layer in self._layers.items():
            self.notify(name, layer.box)

    def _tell_looks(self, before: Undoable) -> None:
        """Say so if what lies over the picture is seen in another way, or elsewhere."""
        now = self._history.value
        if (now.sketch, now.depth, now.placed) != (before.sketch, before.depth, before.placed):
            self.amended.emit()

    def _emit_changed(self, places: Iterable[Place]) -> None:
        boxes: dict[str, Box] = {}
        for name, tile in places:
            box = self._layers[name].tile_box(tile)
            boxes[name] = box.joined(boxes.get(name))
        for name, box in boxes.items():
            self.notify(name, box)

    def _copies(self, places: Iterable[Place]) -> Put:
        return {(name, tile): self._layers[name].tile(tile).copy() for name, tile in places}

    def _all_copies(self) -> Put:
        """Return copies of all tiles of the picture, and of the others where they are not black."""
        return {
            (name, tile): layer.tile(tile).copy()
            for name, layer in self._layers.items()
            for tile in layer.tiles(layer.box)
            if name == PICTURE or layer.tile(tile).any()
        }

    def _note(self, said: Mapping[str, Any], put: Put | None = None, *, anew: bool = False) -> None:
        """Append to the journal, in the writer's thread, what tiles are now; all with `anew`."""
        loaded = self._open
        assert loaded is not None
        anew = anew or self._owes_all
        if anew:
            said, put = {**said, journal.ANEW: True}, self._all_copies()
        elif self._owed:
            said = {**said, journal.BEHIND: True}
            put = self._copies(self._owed) | (put or {})
        put = put or {}
        self._owed, self._owes_all = set(), False
        tiles = {(name, *tile): pixels.data for (name, tile), pixels in put.items()}
        document = self.document
        if document != self._noted:
            said, self._noted = {**said, "document": file_format.encode(document)}, document
        written = self._written = Event()
        layers, picture = self._layers, self.picture

        def write() -> None:
            try:
                loaded.journal.note(said, tiles)
            except OSError as error:
                raise SavingFailed(
                    _(
                        "What you paint cannot be kept safe from a crash: {reason}. Free some"
                        " space, or save the picture elsewhere."
                    ).format(reason=error.strerror or error)
                ) from error
            finally:
                written.set()

        def fail(reason: str) -> None:
            if layers is self._layers:
                self._owes_all |= anew or picture is not self.picture
                self._owed |= set() if self._owes_all else set(put)
                self._noted = None
            self.refused.emit(reason)

        self._background.write(write, fail)
        if not self._sync_timer.isActive():
            self._sync_timer.start()

    def _sync(self) -> None:
        if self._open is not None:
            self._background.write(self._open.journal.sync)

    def _pack(self) -> None:
        """Pack older steps in a thread, a few at a time."""
        raw = [] if self._packing else self._history.to_pack()
        if not raw:
            return
        self._packing = True
        history = self._history

        def keep(packed: Sequence[Any]) -> None:
            self._packing = False
            history.put_packed(list(packed))
            self._pack()

        self._background.read(lambda: [(one, one.packed()) for one in raw], keep)
