"""What can be done with a job of the queue."""

from functools import partial
from uuid import UUID

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.ui.actions import ActionSet


class QueueActions:
    """Does the actions whose subject is a job, and pauses the queue."""

    def __init__(self, job_queue: JobQueue, actions: ActionSet) -> None:
        self._job_queue = job_queue
        actions.bind("remove_job", lambda job: job_queue.drop((job,)))
        actions.bind("clear_queue", lambda: job_queue.drop(self._standing), self._cannot_clear)
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

    def _cannot_clear(self) -> str:
        return "" if self._standing else _("Nothing waits in the queue.")

    @property
    def _standing(self) -> tuple[UUID, ...]:
        """Return all jobs but the one that runs."""
        entries = self._job_queue.jobs.entries
        return tuple(one.job.id for one in entries if one.status is not JobStatus.RUNNING)

    def _move(self, by: int, job: UUID) -> None:
        jobs = self._job_queue.jobs
        ids = [entry.job.id for entry in jobs.entries]
        self._job_queue.move(job, ids.index(job) + by)
