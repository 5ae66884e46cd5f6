"""The one big button: what it would paint, what it costs, how far the running job is."""

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.conditioning import title_of_picture
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.repeats import Painted, all_painted, is_repeat, painted
from kandinsky_desktop.domain.task import TextToImage
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.ui.room import Room
from kandinsky_desktop.ui.rooms import Rooms
from kandinsky_desktop.ui.run_bar import RunBar
from kandinsky_desktop.ui.timing import cost_text

MOST_KNOWN = 1000  # pictures of this sitting


class RunController(QObject):
    """Queues what the room that is entered asks for, and keeps its button right."""

    refused = Signal(str)  # why nothing was queued
    repeated = Signal(int)  # so many pictures are painted that are there, since seeds are locked

    def __init__(self, state: AppState, rooms: Rooms, parent: QObject) -> None:
        super().__init__(parent)
        self._job_queue, self._draft, self._rooms = state.job_queue, state.draft, rooms
        self._viewer = state.viewer
        self._painted: dict[Painted, None] = {}  # in this sitting, the oldest first
        for room in rooms.all:
            room.generate_requested.connect(self.generate)
            room.submitted.connect(room.on_submitted)
            room.changed.connect(self.show)
            if room.bar is not None:
                room.bar.run_requested.connect(self.generate)
                room.bar.cancel_requested.connect(self._job_queue.cancel_running)
        rooms.entered.connect(self.show)
        self._job_queue.picture_made.connect(self._note)
        self._job_queue.changed.connect(self.show)
        self._job_queue.activity_changed.connect(self.show)

    def generate(self) -> None:
        """Queue what the room asks for, or say why that cannot be."""
        room: Room = self._rooms.current
        try:
            if room.generate():
                return
            request = room.request()
        except InvalidRequest as error:
            self.refused.emit(str(error))
            room.focus_words()
            return
        if self._draft.locked and is_repeat(request, self._known):
            self.repeated.emit(request.count)
        room.on_submitted(self._job_queue.submit(request, board=room.laid))

    @property
    def _known(self) -> Iterator[Painted]:
        """What was painted in this sitting, is going to be, or is looked at."""
        yield from self._painted
        for entry in self._job_queue.jobs.entries:
            yield from all_painted(entry.job.request)
        if (record := self._viewer.record) is not None:
            yield painted(record.request, record.index)

    def _note(self, job: Job, made: Made) -> None:
        self._painted[painted(job.request, made.index)] = None
        if len(self._painted) > MOST_KNOWN:
            del self._painted[next(iter(self._painted))]

    def show_left(self) -> None:
        """Count down on the button, also while a step takes long."""
        room, queue = self._rooms.current, self._job_queue
        if room.bar is not None and queue.jobs.running:
            room.bar.run_button.show_left(queue.pace.left(time.monotonic()))

    def show(self) -> None:
        """Say what the button does now."""
        room, queue = self._rooms.current, self._job_queue
        if room.bar is None:
            return
        problem = room.problem
        if queue.jobs.running:
            left = queue.pace.left(time.monotonic())
            room.bar.show_running(queue.pace.share, problem, stopping=queue.stopping, left=left)
        else:
            room.bar.show_ready(problem, "" if problem else self._cost(room, room.bar))

    def _cost(self, room: Room, bar: RunBar) -> str:
        try:
            request = room.priced() or self._draft.current_request()
            seconds = self._job_queue.seconds_for(request)
        except InvalidRequest:
            seconds = None
        task, start = self._draft.values.task, ""
        if not room.makes_task and not isinstance(task, TextToImage):
            start = title_of_picture(task.path)  # chosen in a fold, and easily forgotten
        return cost_text(bar.counted(self._draft.values.count), seconds, start)
