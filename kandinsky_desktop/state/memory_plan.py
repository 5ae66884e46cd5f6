"""What the next job will take of the memory, and what the phases of earlier ones took."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Awake, PhaseRan
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.phase_memory import PlannedPhase
from kandinsky_desktop.domain.plan_inputs import UNLIMITED
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue

PAUSE_MS = 120  # a plan takes milliseconds, a slider sends many changes


class MemoryPlan(QObject):
    """Plans the draft anew once it rests."""

    changed = Signal()

    def __init__(self, queue: JobQueue, draft: DraftState) -> None:
        super().__init__()
        self._queue, self._draft = queue, draft
        self.phases: tuple[PlannedPhase, ...] = ()
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
    def words(self) -> str:
        """What the memory does to the next job, as a sentence; empty: nothing."""
        if any(not phase.fits for phase in self.phases):
            return _("That needs more memory than there is: choose a smaller size.")
        if any(not phase.fastest for phase in self.phases):
            return _("It goes slower at this size, so that it fits into the memory.")
        return ""

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
        try:
            phases = self._queue.memory_for(self._draft.sample_request())
        except InvalidRequest:
            phases = ()
        self.phases = phases
        self.changed.emit()

    def _forget(self) -> None:
        self.measured = {}
        self._rest.start()
