"""What the next job will take of the memory, and what the phases of earlier ones took."""

from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kandinsky_desktop.domain.catalog import Size, shape_sizes
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Awake, PhaseRan
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.phase_memory import PlannedPhase
from kandinsky_desktop.domain.plan_inputs import UNLIMITED
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Img2Img, TextToImage
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.estimates import Thrift
from kandinsky_desktop.state.job_queue import JobQueue

COUNTS = (1, 4, 9)  # of pictures, for which it is said what the memory would do
PAUSE_MS = 120  # a plan takes milliseconds, a slider sends many changes


class MemoryPlan(QObject):
    """Plans the draft anew once it rests."""

    changed = Signal()

    def __init__(self, queue: JobQueue, draft: DraftState) -> None:
        super().__init__()
        self._queue, self._draft = queue, draft
        self.phases: tuple[PlannedPhase, ...] = ()
        self._thrift, self._sizes, self._counts = Thrift(), dict[Size, str](), dict[int, str]()
        self._shortage = ""
        self.measured: dict[str, int] = {}  # by operation: bytes that it took at most
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(PAUSE_MS)
        self._rest.timeout.connect(self.plan)
        draft.changed.connect(self._rest.start)
        draft.model_changed.connect(self._forget)
        queue.phase_ran.connect(self.on_phase_ran)

    @property
    def budget(self) -> int:
        """What may be taken of the device, in bytes; 0: it is not known."""
        budget = self._queue.estimates.budget
        return 0 if budget >= UNLIMITED else budget

    @property
    def correction(self) -> float:
        """By what predictions are multiplied, since this machine was measured so."""
        return self._queue.estimates.correction

    @property
    def words(self) -> str:
        """What the memory does to the next job, as a sentence; empty: nothing."""
        if not self._thrift.fits:
            return self._shortage
        if not self._thrift.slower:
            return ""
        if not self._thrift.seconds:
            return _("It goes slower at this size, so that it fits into the memory.")
        return _(
            "It goes slower at this size, so that it fits into the memory: by about {time}."
        ).format(time=_time(self._thrift.seconds))

    @property
    def sizes(self) -> dict[Size, str]:
        """What the memory would do at each of the usual sizes, in words; nothing: not there."""
        return self._sizes

    @property
    def counts(self) -> dict[int, str]:
        """What it would do to each of the usual numbers of pictures."""
        return self._counts

    @Slot(object)
    def on_event(self, event: object) -> None:
        """Plan again once the engine knows its device."""
        if isinstance(event, Awake):
            self._rest.start()

    @Slot(object)
    def on_phase_ran(self, ran: PhaseRan) -> None:
        """Take note of what a phase took, where the device can say that."""
        if ran.memory is not None and ran.memory.peak:
            before = self.measured.get(ran.operation, 0)
            self.measured = {**self.measured, ran.operation: max(before, ran.memory.peak)}
            self.changed.emit()

    @Slot()
    def plan(self) -> None:
        """Plan what the form asks for now."""
        self.phases, self._thrift, self._sizes, self._counts = (), Thrift(), {}, {}
        try:
            request = self._draft.sample_request()
            self.phases = self._queue.memory_for(request)
        except InvalidRequest:
            self.changed.emit()
            return
        self._thrift = self._queue.thrift_of(request)
        if not self._thrift.fits:
            self._shortage = self._queue.shortage_of(request)
        if self._draft.model is not None and isinstance(request.task, TextToImage | Img2Img):
            for size in shape_sizes(self._draft.model).values():
                with suppress(InvalidRequest):  # of a tiny model a shape may be too small
                    if size is not None:
                        sampling = replace(request.sampling, width=size.width, height=size.height)
                        self._sizes[size] = self._said(replace(request, sampling=sampling))
        for count in COUNTS:
            with suppress(InvalidRequest):  # more than there are ideas to choose among
                self._counts[count] = self._said(replace(request, count=count))
        self.changed.emit()

    def _said(self, request: Paint) -> str:
        """Say what the memory would do to a request."""
        thrift = self._queue.thrift_of(request)
        if not thrift.fits:
            return _("more memory than there is")
        if not thrift.slower:
            return ""
        if not thrift.seconds:
            return _("slower, to fit into the memory")
        return _("slower by about {time}, to fit into the memory").format(
            time=_time(thrift.seconds)
        )

    def _forget(self) -> None:
        self.measured = {}
        self._rest.start()


def _time(seconds: float) -> str:
    """Return a time as people say it who do not know it well."""
    if seconds < 90:
        return _("{n} s").format(n=max(1, round(seconds)))
    return _("{n} min").format(n=round(seconds / 60))
