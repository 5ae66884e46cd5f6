"""How far the running job is, in words that are said anew a few times a second."""

import time

from PySide6.QtCore import QObject, QTimer, Signal

from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.ui.timing import progress_text

TICK_MS = 200  # how often the time that is left is said anew


class JobProgress(QObject):
    """Says what the running job does, how fast it goes and when it will be done."""

    changed = Signal(str, str)  # the title of the job, how far it is; both empty at its end

    def __init__(self, job_queue: JobQueue, parent: QObject) -> None:
        super().__init__(parent)
        self._job_queue = job_queue
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        job_queue.job_started.connect(self._tick.start)
        job_queue.activity_changed.connect(self._on_activity)
        job_queue.job_ended.connect(self._on_end)

    def _on_activity(self, words: str) -> None:
        self.changed.emit("", words)

    def _on_end(self) -> None:
        self._tick.stop()
        self.changed.emit("", "")

    def _on_tick(self) -> None:
        queue, entry = self._job_queue, self._job_queue.jobs.running
        if entry is not None:
            words = progress_text(entry.note, queue.pace, time.monotonic())
            if queue.stopping:  # at its next step: what was left does not count any more
                words = (entry.note,)
            self.changed.emit(entry.title, " · ".join(words))
