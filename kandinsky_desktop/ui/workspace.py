"""The window's content: its panels, and the connections between signals and slots."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt, Series
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Awake, Event, Failed, Memory, NotSaved, Saved
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.state.gallery import Tile, as_files
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.store import places
from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.candidate_sheet import CandidateSheet
from kandinsky_desktop.ui.caption import Caption
from kandinsky_desktop.ui.four_up import FourUp
from kandinsky_desktop.ui.full_models import FullModelsDialog
from kandinsky_desktop.ui.fusion.bar import FusionBar
from kandinsky_desktop.ui.fusion.place import FusionPlace
from kandinsky_desktop.ui.image_inputs import ImageInputs
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.main_layout import MainLayout
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.notification_texts import NotificationTexts
from kandinsky_desktop.ui.picture_menu import PictureMenu
from kandinsky_desktop.ui.preferences import PreferencesDialog
from kandinsky_desktop.ui.prompt import PromptBar
from kandinsky_desktop.ui.queue_panel import QueuePanel
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.stage import Stage
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.strip import Strip
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.timing import cost_text, progress_text
from kandinsky_desktop.ui.unsaved_pictures import UnsavedPictures
from kandinsky_desktop.ui.welcome import Welcome

TICK_MS = 200  # how often the time that is left is said anew


class Workspace(QWidget):
    """Holds the panels and wires them to the state, but for what `fusion` and `sources` wire."""

    models_requested = Signal()  # look for models again

    def __init__(self, theme: Theme, state: AppState) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self._recalling: Path | None = None  # to be used again once it is read
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)

        self.rail = Rail(theme)
        self.rail.add_place("create", "sparkles", _("Create (Ctrl+1)"))
        self.rail.add_place("fusion", "blend", _("Fusion (Ctrl+3)"))
        self.rail.show_place("create")
        self.welcome = Welcome(theme)
        self.stage = Stage(theme)
        self.four_up = FourUp(theme, self.stage)
        self.sheet = CandidateSheet(theme)
        self.caption = Caption(theme)
        self.notices = Notices(theme)
        self.news = NotificationTexts(self.notices)
        self.rescue = UnsavedPictures(self.notices, self)
        self.prompt = PromptBar(theme)
        self.inspector = Inspector(theme)
        self.queue = QueuePanel(theme, state.job_queue.jobs)
        self.strip = Strip(theme, state.gallery)
        self.status = StatusLine(theme)
        self.fusion = FusionPlace(theme, state, self.inspector)
        self.sources = ImageInputs(theme, state, self.inspector)
        self.panes = MainLayout(
            rail=self.rail,
            images=(self.welcome, self.stage, self.sheet),
            caption=self.caption,
            fusion=self.fusion,
            notices=self.notices,
            prompt=self.prompt,
            inspector=self.inspector,
            queue=self.queue,
            strip=self.strip,
            status=self.status,
        )
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.panes)
        self._make_actions()
        self._connect()
        self._show_draft()
        self._show_stage()
        self._show_queue()
        QWidget.setTabOrder(self.prompt.prompt, self.prompt.run_button)
        self.prompt.prompt.setFocus()

    # -- what the engine says of itself

    @Slot(object)
    def on_engine(self, event: Event) -> None:
        """Handle engine events that belong to no job."""
        match event:
            case Awake():
                self.status.show_engine(event)
                self.inspector.show_engine(event)
            case Memory():
                self.status.show_memory(event)
                self.inspector.show_memory(event)
            case Saved():
                self._state.gallery.add(event.path)
                self.rescue.on_answer(event)
            case NotSaved():
                self.rescue.on_answer(event)
            case _:
                return

    @Slot(int)
    def on_engine_started(self, pid: int) -> None:
        """Handle the start of the engine process."""
        del pid
        self.status.show_starting()

    @Slot()
    def on_engine_gone(self) -> None:
        """Handle the unexpected end of the engine process."""
        self.status.show_engine(None)
        self.rescue.on_engine_gone()

    # -- construction

    def _make_actions(self) -> None:
        def action(keys: str, call: Callable[[], object]) -> None:
            made = QAction(self)
            made.setShortcuts([QKeySequence(key) for key in keys.split(" ")])
            made.triggered.connect(lambda: call())
            self.addAction(made)

        action("Ctrl+Return Ctrl+Enter", self._generate)
        action("Esc", self._escape)
        action("Ctrl+1", lambda: self.show_place("create"))
        action("Ctrl+3", lambda: self.show_place("fusion"))
        action("Ctrl+Z", self.fusion.undo)
        action("Ctrl+Shift+Z Ctrl+Y", self.fusion.redo)
        action("Ctrl+V", self.fusion.paste)
        action("Ctrl+L", self._go_to_words)
        action("Ctrl+I", self._begin_ideas)
        action("Ctrl+J", self.panes.toggle_queue)
        action("Ctrl+T", self._toggle_theme)
        action("Ctrl+,", self._open_settings)
        action("Ctrl+R", self._use_again)
        action("Ctrl+K", self._state.job_queue.keep_step)
        action("Ctrl+Shift+S", self._start_from_this)
        action("Ctrl+Shift+V", self._vary_this)
        action("Ctrl+Shift+C", self._copy)
        action("F11", self._toggle_alone)
        action("Ctrl+Q", lambda: self.window().close())

    def _connect(self) -> None:
        session, gallery, viewer = self._state.job_queue, self._state.gallery, self._state.viewer
        draft, models, meter = self._state.draft, self._state.models, self._state.token_meter

        self.prompt.changed.connect(self._wish)
        self.prompt.run_requested.connect(self._generate)
        self.prompt.cancel_requested.connect(session.cancel_running)
        self.prompt.ideas_requested.connect(self._begin_ideas)
        ideas = self._state.candidates
        self.sheet.paint_requested.connect(ideas.paint)
        self.sheet.more_requested.connect(ideas.more)
        self.sheet.close_requested.connect(ideas.close)
        ideas.changed.connect(self._show_ideas)
        ideas.image_changed.connect(self._show_idea)
        ideas.failed.connect(self.news.notify_refused)
        self.inspector.edited.connect(self._wish)
        self.inspector.reroll_requested.connect(draft.reroll)
        self.inspector.model_chosen.connect(self._use_model)
        self.welcome.chosen.connect(self._try)
        self.welcome.help_requested.connect(self._explain_models)
        self.inspector.help_requested.connect(self._explain_models)
        self.rail.place_requested.connect(self.show_place)
        self.fusion.run_requested.connect(self._generate)
        self.fusion.cancel_requested.connect(session.cancel_running)
        self.fusion.refused.connect(self.news.notify_refused)
        self.fusion.deleted.connect(self.news.notify_deleted)
        self.fusion.result_menu_requested.connect(self._open_menu)
        self.fusion.message.connect(self.status.show_message)
        self.fusion.film_requested.connect(self._film)
        self.fusion.not_previewed.connect(self.news.notify_not_previewed)
        self.sources.refused.connect(self.news.notify_refused)
        self.sources.cleared.connect(self.news.notify_cleared)
        self.rail.theme_requested.connect(self._toggle_theme)
        self.rail.settings_requested.connect(self._open_settings)
        self.status.queue_requested.connect(self.panes.toggle_queue)

        self.queue.removed.connect(self._remove)
        self.queue.first_requested.connect(session.run_next)
        self.queue.moved.connect(self._move_job)
        self.queue.retried.connect(session.retry)
        self.queue.pause_requested.connect(session.pause)

        self.strip.chosen.connect(self._choose)
        self.strip.menu_requested.connect(self._open_menu)
        self.stage.image_clicked.connect(viewer.show_alone)
        self.four_up.acted.connect(self._act_on)
        self._state.variations.refused.connect(self.news.notify_refused)
        self.stage.menu_requested.connect(self._open_menu)
        self.stage.zoomed.connect(self.caption.show_scale)
        self.caption.fit_requested.connect(self.stage.fit)
        self.caption.actual_requested.connect(self.stage.actual)
        self.caption.closer_requested.connect(self.stage.closer)
        self.caption.farther_requested.connect(self.stage.farther)
        self.caption.compare_requested.connect(self._compare)
        self.stage.compare_requested.connect(self.caption.compare.click)
        self.caption.keep_requested.connect(session.keep_step)
        self.caption.again_requested.connect(self._use_again)
        self.caption.copy_requested.connect(self._copy)
        self.caption.folder_requested.connect(self._show_folder)

        draft.changed.connect(self._show_draft)
        draft.model_changed.connect(self._show_model)
        models.found.connect(self._take_models)
        meter.counted.connect(self.prompt.show_tokens)
        viewer.replaced.connect(self._show_stage)
        viewer.changed.connect(self._change_stage)
        viewer.caption_changed.connect(self._show_caption)
        viewer.refused.connect(self.news.notify_refused)
        viewer.caption_changed.connect(self._recall)

        for place in (gallery, viewer):
            session.job_started.connect(place.on_job_started)
            session.stepped.connect(place.on_stepped)
            session.picture_made.connect(place.on_picture_made)
            session.job_ended.connect(place.on_job_ended)
        viewer.replaced.connect(self.fusion.show_results)
        viewer.changed.connect(self.fusion.update_result)
        session.picture_made.connect(self._state.similarities.on_made)
        session.picture_made.connect(self._state.board_library.on_made)
        session.job_ended.connect(self._state.board_library.on_end)
        self._state.board_editor.changed.connect(self._show_button)
        session.planned.connect(self.inspector.show_plan)
        session.job_ended.connect(self._on_end)
        session.job_started.connect(self._on_start)
        session.picture_unsaved.connect(self.rescue.on_unsaved)
        session.changed.connect(self._show_queue)
        session.activity_changed.connect(self._say)
        self._tick.timeout.connect(self._on_tick)
        self._state.preferences.changed.connect(self._on_settings)
        self._state.preferences.not_saved.connect(self.news.notify_settings_unsaved)
        self.news.go_on_requested.connect(lambda: session.pause(False))
        self.news.retry_requested.connect(session.retry)
        self.news.board_requested.connect(self._state.board_library.undelete)
        self.news.settings_requested.connect(self._open_settings)
        self.news.help_requested.connect(self._explain_models)

    # -- wishes

    def _wish(self, name: str, value: Any) -> None:
        if isinstance(value, Size):
            self._state.draft.set(width=value.width, height=value.height)
        else:
            changes: dict[str, Any] = {name: value}
            self._state.draft.set(**changes)
        self.inspector.show_draft(self._state.draft)  # also where the draft put it right

    def show_place(self, name: str) -> None:
        """Go to another place of the program."""
        fusion, model = name == "fusion", self._state.draft.model
        if fusion and model is not None and not model.can("embeddings"):
            self.news.notify_refused(model.refusal("embeddings"))
            return
        self.panes.show_place(name)
        self.fusion.attend(fusion)
        self.sources.show_place(fusion=fusion)
        self._state.candidates.set_active(not fusion)
        if fusion and self._state.board_editor.board.cards:
            self.fusion.board.setFocus()
        else:
            self._go_to_words()
        self._show_button()

    def _go_to_words(self) -> None:
        (self.fusion.bar.words if self.panes.fusing else self.prompt.prompt).setFocus()

    def _generate(self) -> None:
        try:
            if self.panes.fusing:
                fresh = (
                    not self._state.live_preview.previewed
                )  # what was previewed is what is painted
                plain = self._state.draft.make_request(words=False, fresh=fresh)
                request = self._state.board_editor.request(plain)
            else:
                request = self._state.draft.make_request()
                self._state.candidates.close()
        except InvalidRequest as error:
            self.status.show_message(str(error))
            if not self.panes.fusing:
                self.prompt.prompt.setFocus()
            return
        job = self._state.job_queue.submit(request)
        if self.panes.fusing:
            self._state.board_library.remember_job(job)
        if self._state.job_queue.paused and not self._state.job_queue.jobs.running:
            self.news.notify_paused()

    def _begin_ideas(self) -> None:
        """Open a sheet with ideas of what the panel says."""
        model = self._state.draft.model
        if self.panes.fusing or model is None:
            return
        if not model.can("prior"):
            self.news.notify_refused(model.refusal("prior"))
            return
        try:
            request = self._state.draft.make_request()
        except InvalidRequest as error:
            self.status.show_message(str(error))
            self.prompt.prompt.setFocus()
            return
        self._state.candidates.begin(request, model)
        self.sheet.take_up()

    def _show_ideas(self) -> None:
        ideas = self._state.candidates
        self.sheet.show_candidates([one.image for one in ideas.items], ideas.text, ideas.done)
        self._show_sight()
        self._show_caption()

    def _show_idea(self, number: int) -> None:
        ideas = self._state.candidates
        self.sheet.show_image(number, ideas.items[number].image)
        self.sheet.show_progress(ideas.text, ideas.done)

    def _film(self, series: Series, count: int) -> None:
        """Shoot a strip or a sheet of the board, with the seeds of what its middle shows."""
        try:
            plain = self._state.draft.make_request(words=False, fresh=False)
            request = replace(
                plain, conditioning=series, count=count, shared_prior_seed=False, candidates=0
            )
        except InvalidRequest as error:
            self.news.notify_refused(str(error))
            return
        self._state.filmstrip.start(request)

    def _try(self, words: str) -> None:
        self._state.draft.set(prompt=words)
        self._generate()

    def _use_model(self, name: str) -> None:
        for model in self._state.models.available.models:
            if model.name == name:
                self._state.draft.use_model(model)

    def _use_again(self) -> None:
        record = self._state.viewer.record
        if record is None:
            return
        self._use_model(record.model)
        self._state.draft.apply_record(record)
        if self._state.board_library.open_for_viewed():
            self.show_place("fusion")
        else:
            self.show_place("create")

    def _use_again_of(self, path: Path) -> None:
        """Take over how a picture was made once that is read, if it is not on the stage yet."""
        self._recalling = path
        if self._state.viewer.path != path:
            self._state.viewer.show_tile(Tile(path=path))
        self._recall()

    def _act_on(self, name: str, path: Path) -> None:
        onward = self._state.variations
        match name:
            case "subtly" | "strongly":
                onward.vary(path, name)
            case "large":
                onward.enlarge(path)
            case _:
                self._use_again_of(path)

    def _lay_meaning(self, path: Path) -> None:
        self._state.board_editor.add_embedding(path)
        self.show_place("fusion")

    def _recall(self) -> None:
        viewer = self._state.viewer
        if self._recalling == viewer.path and viewer.record is not None:
            self._recalling = None
            self._use_again()

    def _choose(self, tile: Tile) -> None:
        self._recalling = None
        self._state.candidates.close()
        self._state.viewer.show_tile(tile)

    def _remove(self, job: UUID) -> None:
        """Stop the running job, or take another out of the queue and offer to put it back."""
        session, entries = self._state.job_queue, self._state.job_queue.jobs.entries
        found = [(row, entry) for row, entry in enumerate(entries) if entry.job.id == job]
        session.cancel(job)
        for row, entry in found:
            if entry.status is not JobStatus.RUNNING:
                self.news.notify_removed(entry.title, partial(session.restore_job, entry, row))

    def _move_job(self, job: Any, by: int) -> None:
        queue = self._state.job_queue.jobs
        ids = [entry.job.id for entry in queue.entries]
        queue.move(job, ids.index(job) + by)
        self._state.job_queue.changed.emit()

    def _escape(self) -> None:
        if self.window().isFullScreen():
            self._toggle_alone()
        elif self._state.candidates.is_open and not self.panes.fusing:
            self._state.candidates.close()
        else:
            self._state.job_queue.cancel_running()

    # -- showing

    def _take_models(self, found: Found) -> None:
        self.inspector.offer_models(found.models)
        self._state.job_queue.set_models(found.models)
        self._state.similarity_measurer.set_models(found.models)
        self.news.notify_models(found.problems, any_found=bool(found.models))
        wanted = self._state.draft.values.model
        if found.models:
            names = [model.name for model in found.models]
            self._use_model(wanted if wanted in names else names[0])
        else:
            self.status.show_model(_("No model"))
        self._show_draft()

    def _show_model(self) -> None:
        model = self._state.draft.model
        if model is None:
            return
        fuses = model.can("embeddings")
        self.rail.offer_place("fusion", fuses)
        if self.panes.fusing and not fuses:
            self.show_place("create")
            self.news.notify_refused(model.refusal("embeddings"))
        self.prompt.show_model(prior=model.can("prior"))
        self.inspector.show_model(model)
        self.welcome.show_profile(model.profile)
        self.status.show_model(model.profile.title)

    def _show_draft(self) -> None:
        draft = self._state.draft
        self.prompt.show_draft(draft.applicable)
        self.inspector.show_draft(draft)
        if draft.model is not None:
            self._state.token_meter.measure(draft.model, draft.values.prompt)
        self._show_button()

    def _show_button(self) -> None:
        session, problem = self._state.job_queue, self._state.draft.problem
        bar: PromptBar | FusionBar = self.prompt
        self.prompt.offer_ideas(problem or self._one_idea)
        if self.panes.fusing:
            bar = self.fusion.bar
            problem = self._state.board_editor.problem or self._state.draft.problem_besides
        self.caption.keep.setVisible(session.can_keep_step)
        if session.jobs.running:
            bar.run(session.pace.share, problem, stopping=session.stopping)
        else:
            bar.offer(problem, "" if problem else self._cost())

    @property
    def _one_idea(self) -> str:
        """Why there are no several ideas to choose from, as a sentence; empty if there are."""
        meaning = self._state.draft.current_request().conditioning
        if isinstance(meaning, Prompt) or (isinstance(meaning, ImagePrompt) and meaning.led):
            return ""
        return _("Only words have several ideas: a picture has one meaning.")

    def _cost(self) -> str:
        try:
            seconds = self._state.job_queue.seconds_for(self._state.draft.current_request())
        except InvalidRequest:
            seconds = None
        return cost_text(self._state.draft.values.count, seconds)

    def _show_stage(self) -> None:
        images = self._state.viewer.images
        self.stage.show_images(images)
        self._show_sight()
        self.strip.show_current(self._state.viewer.path)
        self._show_caption()

    def _show_sight(self) -> None:
        """Show the ideas if a sheet is open, else the pictures, else the welcome page."""
        here: QWidget = self.stage if self._state.viewer.images else self.welcome
        self.panes.show_content(self.sheet if self._state.candidates.is_open else here)

    def _change_stage(self, number: int) -> None:
        self.stage.update_image(number, self._state.viewer.images[number])
        if self._state.viewer.path is not None:
            self.strip.show_current(self._state.viewer.path)
        self._show_caption()

    def _show_caption(self) -> None:
        viewer = self._state.viewer
        self.caption.setVisible(bool(viewer.images) and not self._state.candidates.is_open)
        if not self._state.job_queue.jobs.running or viewer.record:
            self.caption.set_text(viewer.caption)
        self.caption.allow(
            file=viewer.path is not None,
            single=len(viewer.images) == 1,
            compare=self.stage.can_compare,
        )
        self.caption.again.setEnabled(viewer.record is not None)

    def _show_queue(self) -> None:
        session = self._state.job_queue
        self.status.show_queue(session.jobs.rowCount(), paused=session.paused)
        self.queue.show_pause(session.paused)
        if not session.paused:
            self.news.withdraw_paused()
        entries = session.jobs.entries
        failed = (entry.job.id for entry in entries if entry.status is JobStatus.FAILED)
        self.news.withdraw_failed(failed)
        self._show_button()

    def _say(self, words: str) -> None:
        self.status.show_message(words)
        self._show_button()

    def _on_start(self, job: Job) -> None:
        del job
        self._tick.start()
        self._show_button()

    def _on_end(self, job: Job, event: object) -> None:
        self._tick.stop()
        self.status.show_message("")
        if isinstance(event, Failed):
            self.news.notify_failed(job, event)
        self._show_caption()
        self._show_button()

    def _on_tick(self) -> None:
        """Say how far the running job is, how fast it goes and when it will be done."""
        session = self._state.job_queue
        entry = session.jobs.running
        if entry is None:
            return
        words = progress_text(entry.note, session.pace, time.monotonic())
        self.status.show_message(" · ".join(words))
        if self._state.viewer.record is None:
            self.caption.set_text(" · ".join((entry.title, *words)))

    # -- the picture on the stage

    def _compare(self, on: bool, with_preview: bool) -> None:
        self.stage.compare(on, preview=with_preview)

    def _copy(self) -> None:
        viewer = self._state.viewer
        if viewer.path is None:
            return
        self._copy_file(viewer.path)

    def _copy_file(self, path: Path) -> None:
        data = as_files([path])
        for sight in self._state.viewer.images:
            if sight.path == path and sight.image is not None:
                data.setImageData(sight.image)
        QGuiApplication.clipboard().setMimeData(data)
        self.status.show_message(_("Copied"))

    def _show_folder(self) -> None:
        if self._state.viewer.path is not None:
            _show_in_folder(self._state.viewer.path)

    def _start_from(self, path: Path) -> None:
        self.sources.start_from(path)
        if not self.panes.fusing:
            self.prompt.prompt.setFocus()

    def _vary(self, path: Path) -> None:
        self.show_place("create")
        self.sources.vary(path)

    def _start_from_this(self) -> None:
        if self._state.viewer.path is not None:
            self._start_from(self._state.viewer.path)

    def _vary_this(self) -> None:
        if self._state.viewer.path is not None:
            self._vary(self._state.viewer.path)

    def menu_for(self, path: Path) -> QMenu:
        """Return what can be done with a picture, for it to be shown where it was asked for."""
        model = self._state.draft.model
        menu = PictureMenu(path, self, fuses=model is None or model.can("embeddings"))
        menu.again_requested.connect(self._use_again_of)
        menu.start_requested.connect(self._start_from)
        menu.vary_requested.connect(self._vary)
        menu.meaning_requested.connect(self._lay_meaning)
        menu.acted.connect(self._act_on)
        menu.copy_requested.connect(self._copy_file)
        menu.folder_requested.connect(_show_in_folder)
        return menu

    def _open_menu(self, path: Path, point: QPoint) -> None:
        self.menu_for(path).popup(point)

    # -- the window itself

    def _toggle_theme(self) -> None:
        other = "light" if self._theme.tokens.name == "dark" else "dark"
        self._state.preferences.set(theme=other)

    def _toggle_alone(self) -> None:
        """Show the picture alone, or everything again."""
        alone = not self.window().isFullScreen()
        self.panes.show_alone(alone)
        if alone:
            self.window().showFullScreen()
            self.stage.setFocus()
        else:
            self.window().showNormal()
            self._show_caption()

    def _open_settings(self) -> None:
        where = _("Pictures: {pictures}\nModels: {models}\nLog: {log}").format(
            pictures=self._state.preferences.pictures,
            models=places.user_models(),
            log=places.log_file("window"),
        )
        dialog = PreferencesDialog(self._state.preferences.settings, where, self)
        dialog.changed.connect(self._state.preferences.replace)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_settings(self, before: Settings, now: Settings) -> None:
        self._theme.apply(now.theme, now.text_size, motion=now.motion)
        self._state.job_queue.previews = now.previews
        self._state.job_queue.keep_embeddings = now.keep_embeddings
        self._state.job_queue.pictures = self._state.preferences.pictures
        self._state.similarity_measurer.on = now.measure
        if not now.measure:
            self._state.similarity_measurer.stop()
        if before.models != now.models:
            self.models_requested.emit()
        if before.pictures != now.pictures:
            self._state.gallery.set_folder(self._state.preferences.pictures)

    def _explain_models(self) -> None:
        dialog = FullModelsDialog(places.user_models(), self._state.models.available.problems, self)
        dialog.look_requested.connect(self.models_requested)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _show_in_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
