"""The window's content: its panels and rooms, and what passes between them and the state."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.state.pictures import Tile, split
from kandinsky_desktop.ui.actions import ActionSet, Focus, Subject, nothing
from kandinsky_desktop.ui.deletion_notices import DeletionNotices
from kandinsky_desktop.ui.drops import Drops
from kandinsky_desktop.ui.edit_actions import EditActions
from kandinsky_desktop.ui.engine_status import EngineStatus
from kandinsky_desktop.ui.image_inputs import ImageInputs
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.job_progress import JobProgress
from kandinsky_desktop.ui.key_positions import KeyPositions
from kandinsky_desktop.ui.main_layout import MainLayout
from kandinsky_desktop.ui.model_chooser import ModelChooser
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.notification_texts import NotificationTexts
from kandinsky_desktop.ui.picture_actions import PictureActions
from kandinsky_desktop.ui.queue_actions import QueueActions
from kandinsky_desktop.ui.queue_panel import QueuePanel
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.room import Room, Shared
from kandinsky_desktop.ui.rooms import Rooms
from kandinsky_desktop.ui.run_controller import RunController
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.strip import Strip
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.unsaved_pictures import UnsavedPictures
from kandinsky_desktop.ui.window_actions import WindowActions


class Workspace(QWidget):
    """Builds the panels and rooms and connects them."""

    models_requested = Signal()  # look for models again

    def __init__(self, theme: Theme, state: AppState) -> None:
        super().__init__()
        self._state = state
        self._build_panels(theme)
        self._build_rooms(theme)
        self._connect_rooms()
        self._connect_panels()
        self._connect_jobs()
        self._connect_texts()
        self._show_draft()
        self._show_queue()
        self.rooms.enter(self.rooms.current.name)

    def _build_panels(self, theme: Theme) -> None:
        state = self._state
        self.action_set = ActionSet(theme, self)
        self.notices = Notices(theme)
        self.texts = NotificationTexts(self.notices)
        self.unsaved = UnsavedPictures(self.notices, self)
        self.rail = Rail(self.action_set)
        self.inspector = Inspector(theme)
        self.queue = QueuePanel(
            theme, state.job_queue.jobs, self.action_set, state.gallery.thumbnails
        )
        self.strip = Strip(theme, state.gallery)
        self.status = StatusLine(theme)
        self.main_layout = MainLayout(
            theme,
            rail=self.rail,
            notices=self.notices,
            inspector=self.inspector,
            queue=self.queue,
            strip=self.strip,
            status=self.status,
        )
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.main_layout)

    def _build_rooms(self, theme: Theme) -> None:
        state = self._state
        self.progress = JobProgress(state.job_queue, self)
        shared = Shared(theme, state, self.action_set, self.inspector, self.progress, self.texts)
        self.rooms = Rooms(shared, self.rail, self.main_layout, self)
        self.inputs = ImageInputs(theme, state, self.inspector)
        self.models = ModelChooser(shared, self.status, self)
        self.runs = RunController(state, self.rooms, self)
        self.picture_actions = PictureActions(shared, self.inputs, self.models, self)
        self.window_actions = WindowActions(shared, self.rooms, self.main_layout, self)
        self.drops = Drops(shared, self.rooms, self.inputs, self)
        self.edit_actions = EditActions(
            self.action_set,
            self.rooms,
            state.draft,
            state.trashing,
            state.job_queue,
            self.drops,
            self,
        )
        self.deletion_notices = DeletionNotices(shared, self)
        self.queue_actions = QueueActions(state.job_queue, self.action_set)
        self.action_set.bind("generate", self.runs.generate)
        self.action_set.bind_instead("save_as", lambda: self.rooms.current.save())
        self.action_set.listen(self, Focus.WINDOW, Subject.NOTHING, nothing)
        picture = self.rooms.current_picture
        self.action_set.listen(self, Focus.WINDOW, Subject.PICTURE, picture)
        self.action_set.listen(
            self.strip, Focus.PICTURES, Subject.PICTURE, lambda: state.viewer.current_path
        )
        self.action_set.listen(self.strip, Focus.PICTURES, Subject.NOTHING, nothing)
        self._key_positions = KeyPositions(self)
        self.engine_status = EngineStatus(
            self.status, self.inspector, state.gallery, self.unsaved, self
        )

    # -- connections

    def _connect_rooms(self) -> None:
        rooms, texts = self.rooms, self.texts
        for room in rooms.all:
            room.refused.connect(texts.notify_refused)
            room.message.connect(texts.notify_done)
            room.menu_requested.connect(partial(self._open_menu, silent=room.silent))
        rooms.entered.connect(self._show_room)
        rooms.refused.connect(texts.notify_refused)
        self.notices.focus_lost.connect(lambda: rooms.current.focus())
        self.models.chosen.connect(rooms.show_model)
        self.runs.refused.connect(texts.notify_refused)
        self._state.job_queue.held.connect(texts.notify_paused)
        self.runs.repeated.connect(
            lambda count: texts.notify_repeated(count, self._state.draft.unlock)
        )
        self.action_set.refused.connect(texts.notify_refused)
        self.picture_actions.room_requested.connect(rooms.enter)
        self.picture_actions.words_requested.connect(lambda: rooms.current.focus())
        self.window_actions.models_requested.connect(self.models_requested)
        self.window_actions.model_chosen.connect(self.models.use)
        conversion = self._state.conversion  # goes on where its dialog is closed
        conversion.finished.connect(self.models_requested)
        conversion.finished.connect(texts.notify_converted)
        conversion.failed.connect(texts.notify_refused)
        self.drops.refused.connect(texts.notify_refused)
        self.drops.acts.room_requested.connect(rooms.enter)
        self.drops.acts.words_requested.connect(lambda: rooms.current.focus_words())
        self.drops.acts.done.connect(texts.notify_done)
        self.drops.acts.taken.connect(texts.notify_taken)

    def _connect_panels(self) -> None:
        draft, viewer = self._state.draft, self._state.viewer
        self.inspector.edited.connect(draft.set_option)
        self.inspector.size_chosen.connect(draft.set_size)
        self.inspector.reroll_requested.connect(draft.reroll)
        self.inspector.help_requested.connect(lambda: self.action_set.trigger("models"))
        self.inspector.without_changed.connect(draft.set_without)
        self.inspector.left.connect(draft.finish_edit)
        draft.edit_finished.connect(self.inspector.without.forget_undo)
        self.inputs.refused.connect(self.texts.notify_refused)
        self.inputs.cleared.connect(self.texts.notify_cleared)
        self.inputs.remarked.connect(self.texts.notify_remark)
        self.inputs.fit_offered.connect(self.texts.notify_other_size)
        self.status.queue_requested.connect(lambda: self.action_set.trigger("queue"))
        self.status.options_requested.connect(lambda: self.action_set.trigger("options"))
        self.strip.chosen.connect(self._choose)
        self.strip.opened.connect(self._open_chosen)
        self.strip.menu_requested.connect(self._open_menu)
        draft.changed.connect(self._show_draft)
        viewer.replaced.connect(self._show_current)
        viewer.changed.connect(self._show_current)
        viewer.current_changed.connect(self._show_current)
        self._state.variations.refused.connect(self.texts.notify_refused)
        self._state.image_import.imported.connect(self.texts.withdraw_refused)
        self._state.board_editor.edit_finished.connect(self.texts.withdraw_refused)
        preferences = self._state.preferences
        self.inspector.cap_chosen.connect(lambda gigabytes: preferences.set(memory_gb=gigabytes))
        preferences.changed.connect(lambda _old, now: self.inspector.show_cap(now.memory_gb))
        self.inspector.show_cap(preferences.settings.memory_gb)
        preferences.not_saved.connect(self.texts.notify_settings_unsaved)

    def _connect_jobs(self) -> None:
        jobs, state = self._state.job_queue, self._state
        for shown in (state.library.making, state.viewer):
            jobs.job_started.connect(shown.on_job_started)
            jobs.stepped.connect(shown.on_stepped)
            jobs.picture_made.connect(shown.on_picture_made)
            jobs.job_ended.connect(shown.on_job_ended)
        jobs.picture_made.connect(state.similarities.on_made)
        jobs.picture_made.connect(state.board_library.on_made)
        jobs.job_ended.connect(self.texts.on_job_ended)
        jobs.model_missing.connect(self.texts.notify_waiting)
        jobs.planned.connect(self.inspector.show_plan)
        state.memory_plan.changed.connect(self._show_memory_plan)
        jobs.picture_unsaved.connect(self.unsaved.on_unsaved)
        jobs.changed.connect(self._show_queue)
        jobs.job_started.connect(self.strip.show_newest)
        jobs.picture_made.connect(self._follow_job)
        jobs.jobs.dataChanged.connect(self._show_share)
        jobs.stepped.connect(self._show_preview)
        jobs.job_started.connect(lambda: self.queue.show_preview(None))
        self.queue.moved.connect(jobs.move)
        self.progress.changed.connect(self._show_progress)
        self.progress.changed.connect(self.runs.show_left)

    def _connect_texts(self) -> None:
        texts, jobs = self.texts, self._state.job_queue
        texts.go_on_requested.connect(lambda: jobs.pause(False))
        texts.retry_requested.connect(jobs.retry)
        texts.put_back_requested.connect(jobs.put_back)
        jobs.dropped.connect(texts.notify_dropped)
        texts.board_requested.connect(self._state.board_library.undelete)
        texts.settings_requested.connect(lambda: self.action_set.trigger("settings"))
        texts.help_requested.connect(lambda: self.action_set.trigger("models"))

    # -- what passes between them

    def _show_draft(self) -> None:
        if not self._state.draft.locked:
            self.texts.withdraw_repeated()
        self.inspector.show_draft(self._state.draft)

    @Slot()
    def _show_current(self) -> None:
        self.strip.show_current(self._state.viewer.current_path)

    def _show_progress(self, _title: str, words: str) -> None:
        self.status.show_message(words)

    def _show_room(self, room: Room) -> None:
        self.inputs.show_conditioning(not room.makes_conditioning)
        self.inputs.show_task(not room.makes_task)
        self.inspector.fold_basics(
            room.makes_conditioning or room.makes_task, asked=not room.makes_task
        )

    def _show_memory_plan(self) -> None:
        plan = self._state.memory_plan
        self.inspector.show_phases(
            plan.phases, plan.budget, plan.measured, plan.words, plan.correction
        )
        self.inspector.show_choices(plan.sizes, plan.counts)

    def _choose(self, tile: Tile) -> None:
        self._state.candidates.close()
        if tile.members and tile.path is not None:
            self._state.viewer.show_together(tile.members, tile.path if tile.is_member else None)
        else:
            self._state.viewer.show_tile(tile)
        if tile.path is not None:
            self.rooms.current.on_chosen(tile.path)

    def _open_chosen(self, path: Path) -> None:
        self.rooms.current.on_opened(path)

    def _follow_job(self, job: Job) -> None:
        if self._state.viewer.job == job.id:  # else something else is looked at
            self.strip.show_newest()

    def _show_preview(self, _job: Job, stepped: Stepped) -> None:
        if stepped.preview is not None and self.queue.isVisible():
            self.queue.show_preview(split(stepped.preview, len(stepped.batch))[0])

    def _show_share(self) -> None:
        running = self._state.job_queue.jobs.running
        if running is not None:
            self.strip.show_share(running.share)

    def _open_menu(self, path: Path, point: QPoint, *, silent: tuple[str, ...] = ()) -> None:
        self.picture_actions.menu(path, self, silent=silent).open_at(point)

    def _show_queue(self) -> None:
        jobs = self._state.job_queue
        self.status.show_queue(jobs.jobs.rowCount(), paused=jobs.paused)
        self.queue.show_pause(jobs.paused)
        if not jobs.paused:
            self.texts.withdraw_paused()
        entries = jobs.jobs.entries
        failed = (entry.job.id for entry in entries if entry.status is JobStatus.FAILED)
        self.texts.withdraw_failed(failed)
        if not jobs.missing_models:
            self.texts.withdraw_waiting()
        self.action_set.refresh()
