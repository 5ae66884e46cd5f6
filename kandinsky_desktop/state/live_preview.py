"""Live previews of the board or the canvas: after each change a fast one, the last one's only.

Never more than one is in the engine, and it is told to stop the moment it is out of date; what
comes of it after that is not shown. A job comes before it: it stops there, and what it was to show
is asked for again once no job runs, unless the job was that very fusion.
"""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import sketch_of
from kandinsky_desktop.domain.conditioning import Conditioning
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Planned,
    Preview,
    Progress,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.task import files_of
from kandinsky_desktop.domain.wire import Sketch
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import COMPONENTS, JobQueue
from kandinsky_desktop.state.pictures import split
from kandinsky_desktop.state.preferences import Preferences


class LiveSource(Protocol):
    """What is previewed in the board's place: it asks when it changed, and shows what comes."""

    @property
    def on(self) -> bool:
        """Whether its changes are previewed."""

    def request(self) -> Request:
        """Return what the button would paint. Raises InvalidRequest."""

    def show(self, image: QImage) -> None:
        """Show another step of the preview that counts, or all of it."""


class LivePreview(QObject):
    """Asks for a fast preview of the board when it changes, and shows how it grows."""

    changed = Signal()  # whether it is on, what it does, how far it is
    image_changed = Signal(object)  # QImage: another step of the board's that counts, or all of it
    length_known = Signal(object)  # float: the norm of what is shown of the board; None: not known
    failed = Signal(str)  # why there is no preview; empty: there is one again
    order_requested = Signal(object)  # domain.wire.Sketch; the worker listens
    stop_requested = Signal(object)  # uuid.UUID of a sketch; the worker listens

    def __init__(
        self, session: JobQueue, draft: DraftState, fusing: BoardEditor, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._draft = session, draft
        self._editor, self._preferences = fusing, preferences
        self._source: LiveSource | None = None  # None: the board
        self._attended = False  # whether someone looks at it
        self._asked: Request | None = None  # what the last preview, or the job after it, shows
        self._painted = False  # whether a job has shown it
        self._failed = False  # whether its preview could not be made
        self._wanted: Request | None = None  # what is to be shown once the engine is free
        self._running: Job | None = None  # the sketch in the engine
        self._stale = False  # it was told to stop
        self._planned = self._done = 0
        self._words = ""
        self._settle = QTimer(self)  # several changes of one moment are one
        self._settle.setSingleShot(True)
        self._settle.setInterval(0)
        self._settle.timeout.connect(self._ask)
        fusing.edit_finished.connect(self._settle.start)
        draft.changed.connect(self._settle.start)
        draft.model_changed.connect(self.changed)
        preferences.changed.connect(self._on_settings)
        session.job_started.connect(self._on_job)
        session.changed.connect(self._next)

    @property
    def on(self) -> bool:
        """Whether changes are previewed. By default they are where it is quick."""
        setting = self._preferences.settings.live
        return setting == "always" or (setting == "small" and self._quick)

    @property
    def running(self) -> bool:
        """Whether a preview is running whose result will be shown."""
        return self._running is not None and not self._stale

    @property
    def busy(self) -> bool:
        """Whether a preview is in the engine, also one that is no longer wanted."""
        return self._running is not None

    @property
    def conditioning(self) -> Conditioning | None:
        """What the preview in the engine is of."""
        return None if self._running is None else self._running.request.conditioning

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(1.0, self._done / self._planned) if self._planned else 0.0

    @property
    def text(self) -> str:
        """What it does, in a few words."""
        return self._words

    @property
    def previewed(self) -> bool:
        """Whether the board as it is was previewed and not painted yet: its seeds are to stay."""
        return self._asked is not None and not self._painted and self._asked == self._request()

    def set_on(self, on: bool) -> None:
        """Preview changes or not; the choice is kept."""
        choice = "always" if on else "never"
        self._preferences.set(live="small" if on == self._quick else choice)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the preview in the engine, or the next one, is made of."""
        running = None if self._running is None else self._running.request
        requests = (running, self._wanted, self._asked)
        return tuple(path for one in requests if one is not None for path in files_of(one.task))

    def set_source(self, source: LiveSource | None) -> None:
        """Preview something else than before; None: the board."""
        self.drop()
        self._source, self._asked, self._painted = source, None, False

    def ask(self) -> None:
        """Preview what is there now, unless it is shown already."""
        self._ask()

    def set_active(self, on: bool, *, empty: bool = False) -> None:
        """Set whether the board is visible, and whether there is nothing to be seen of it yet."""
        self._attended = on
        if not on:
            self.drop()
        elif empty:
            self._try_again()
            self._settle.start()

    def skip(self) -> None:
        """Treat the current board as shown: a finished picture of it is."""
        self.drop()
        self._asked, self._painted = self._request(), True

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Hear what the worker says."""
        running = self._running
        match event:
            case Progressed(job=job, progress=progress) if running and job == running.id:
                if not self._stale:
                    self._progress(progress)
            case Sketched(job=job, preview=preview) if running and job == running.id:
                if not self._stale:
                    self.failed.emit("")
                    self._show(preview)
                    if self._source is None:
                        self.length_known.emit(event.length)
            case Finished(job=job) | Failed(job=job) | Cancelled(job=job):
                if running and job == running.id:
                    self._end(event)
            case _:
                pass

    @property
    def _quick(self) -> bool:
        model = self._draft.model
        return model is not None and model.profile.small

    def _request(self) -> Request | None:
        """Return the preview request for the current board; None if it cannot be previewed."""
        model = self._draft.model
        if model is None:
            return None
        try:
            if self._source is not None:
                return sketch_of(self._source.request(), model)
            whole = self._editor.request(self._draft.current_request(words=False))
            return sketch_of(whole, model)
        except InvalidRequest:
            return None  # the button says why

    def _ask(self) -> None:
        """Request a preview of the current board, unless it is shown already."""
        if not self._attended or not (self.on if self._source is None else self._source.on):
            return
        request = self._request()
        if request is None:
            self.drop()
        elif request != self._asked:
            self._asked, self._painted, self._wanted = request, False, request
            self._failed = False
            self._stop()
            self._next()

    def _next(self) -> None:
        model = self._draft.model
        if self._wanted is None or self._running or self._session.jobs.running or model is None:
            return
        self._running, self._wanted, self._stale = Job(self._wanted), None, False
        self._planned = self._done = 0
        self._words = _("Preview")
        self.order_requested.emit(Sketch(self._running, model.root, self._session.estimators))
        self.changed.emit()

    def _stop(self) -> None:
        if self._running is not None and not self._stale:
            self._stale = True
            self.stop_requested.emit(self._running.id)
            self.changed.emit()

    def drop(self) -> None:
        """Cancel the preview that is wanted or runs."""
        if self._wanted or self.running:
            self._asked = self._wanted = None  # it was not shown
        self._stop()

    def _try_again(self) -> None:
        """Ask again for what failed: a person wants it, and its files may be back."""
        if self._failed:
            self._asked, self._failed = None, False

    def _progress(self, progress: Progress) -> None:
        match progress:
            case Loading(component=component):
                part = _(COMPONENTS[component])
                self._words = _("Loading {part}").format(part=part)
            case Planned(prior_steps=prior_steps, decoder_steps=decoder_steps):
                self._planned = prior_steps + decoder_steps
            case Stepped(stage=stage, preview=preview):
                self._done += 1
                self._words = _("Finding the idea") if stage == "prior" else _("Preview")
                if preview is not None and self._session.previews:
                    self._show(preview)
            case _:
                return
        self.changed.emit()

    def _show(self, preview: Preview) -> None:
        (image,) = split(preview, 1)
        if self._source is not None:
            self._source.show(image)
        else:
            self.image_changed.emit(image)

    def _end(self, event: Finished | Failed | Cancelled) -> None:
        if isinstance(event, Failed) and not self._stale:
            self._failed = True
            self.failed.emit(event.reason)
        self._running = None
        self.changed.emit()
        self._next()

    @Slot(object)
    def _on_job(self, job: Job) -> None:
        """Cancel the preview for a job; if the job paints the board, it needs no preview."""
        wanted = self._wanted or (self._asked if self.running else None)
        self._stop()
        request = self._request() if self._attended else None
        if request is not None and request.conditioning == job.request.conditioning:
            self._asked, self._painted, self._wanted = request, True, None
        else:
            self._wanted = wanted

    def _on_settings(self, before: Settings, now: Settings) -> None:
        if before.live == now.live:
            return
        if self.on:
            self._try_again()
            self._ask()
        elif self._source is None:
            self.drop()
        self.changed.emit()
