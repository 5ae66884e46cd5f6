"""Asks for the model in use to be loaded while a prompt is typed, so that the job need not wait."""

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.wire import Prepare
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue


class Preloader(QObject):
    """Asks once for each model and each kind of request, of each engine process."""

    order_requested = Signal(object)  # domain.wire.Prepare; the worker listens

    def __init__(self, job_queue: JobQueue, draft: DraftState) -> None:
        super().__init__()
        self._job_queue, self._draft = job_queue, draft
        self._asked: set[tuple[object, ...]] = set()

    @Slot(int)
    def on_engine_started(self, pid: int) -> None:
        """Handle the start of an engine process: it has nothing in memory."""
        del pid
        self._asked.clear()

    def ask(self) -> None:
        """Ask for what the draft would need, unless a job runs: that loads it."""
        model = self._draft.model
        if model is None or self._job_queue.jobs.running:
            return
        try:
            request = self._draft.current_request()
        except InvalidRequest:
            return
        kind = (model.root, type(request.task), type(request.conditioning), bool(request.depth))
        if kind not in self._asked:
            self._asked.add(kind)
            self.order_requested.emit(Prepare(request, model.root))
