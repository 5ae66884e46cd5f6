"""What can be done with a job of the queue."""

from functools import partial
from uuid import UUID

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.notification_texts import NotificationTexts


class QueueActions:
    """Does the actions whose subject is a job, and pauses the queue."""

    def __init__(self, job_queue: JobQueue, actions: ActionSet, texts: NotificationTexts) -> None:
        self._job_queue, self._texts = job_queue, texts
        actions.bind("remove_job", self._remove)
        actions.bind("run_next", job_queue.run_next, self._not_waiting)
        actions.bind("move_up", partial(self._move, -1), self._not_waiting)
        actions.bind("move_down", partial(self._move, 1), self._not_waiting)
        actions.bind("retry", job_queue.retry, self._not_failed)
        actions.bind("pause", lambda: job_queue.pause(not job_queue.paused))

    def _not_waiting(self, job: UUID) -> str:
        entry = self._job_queue.jobs.find(job)
        waits = entry is not None and entry.status is JobStatus.WAITING
        return "" if waits else _("Only a job that waits can be moved.")

    def _not_failed(self, job: UUID) -> str:
        entry = self._job_queue.jobs.find(job)
        failed = entry is not None and entry.status is JobStatus.FAILED
        return "" if failed else _("Only a job that failed can be tried again.")

    def _remove(self, job: UUID) -> None:
        """Stop the running job, or take another out of the queue and offer to put it back."""
        queue, entries = self._job_queue, self._job_queue.jobs.entries
        found = [(row, entry) for row, entry in enumerate(entries) if entry.job.id == job]
        queue.cancel(job)
        for row, entry in found:
            if entry.status is not JobStatus.RUNNING:
                self._texts.notify_removed(entry.title, partial(queue.restore_job, entry, row))

    def _move(self, by: int, job: UUID) -> None:
        jobs = self._job_queue.jobs
        ids = [entry.job.id for entry in jobs.entries]
        jobs.move(job, ids.index(job) + by)
        self._job_queue.changed.emit()
