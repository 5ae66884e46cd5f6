"""Brings back the models that waiting jobs lack: searches for them until they are there."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.models import Models

FIRST_MS, LONGEST_MS = 2_000, 60_000  # between two searches


class MissingModels(QObject):
    """Searches for the models that waiting jobs lack, at first often, then once a minute.

    So a disk that is found and breaks down at each reading is not asked without end.
    """

    def __init__(
        self, job_queue: JobQueue, models: Models, folders: Callable[[], tuple[Path, ...]]
    ) -> None:
        super().__init__()
        self._job_queue, self._models, self._folders = job_queue, models, folders
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._wait_ms = FIRST_MS
        self._timer.timeout.connect(self._search)
        job_queue.changed.connect(self._watch)
        job_queue.picture_made.connect(self._begin_anew)

    @Slot()
    def _watch(self) -> None:
        if self._job_queue.paused or not self._job_queue.missing_models:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(self._wait_ms)

    @Slot()
    def _search(self) -> None:
        self._wait_ms = min(LONGEST_MS, self._wait_ms * 3 // 2)
        self._models.search_for(self._folders(), self._job_queue.missing_models)
        self._watch()

    @Slot()
    def _begin_anew(self) -> None:
        self._wait_ms = FIRST_MS
