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
from kandinsky_desktop.state.gallery import Tile, as_files
from kandinsky_desktop.state.queue import Standing
from kandinsky_desktop.state.shown import State
from kandinsky_desktop.store import places
from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.caption import Caption
from kandinsky_desktop.ui.four_up import FourUp
from kandinsky_desktop.ui.full_models import FullModelsDialog
from kandinsky_desktop.ui.fusion.bar import FusionBar
from kandinsky_desktop.ui.fusion.place import FusionPlace
from kandinsky_desktop.ui.idea_sheet import IdeaSheet
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.news import News
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.panes import Panes
from kandinsky_desktop.ui.picture_menu import PictureMenu
from kandinsky_desktop.ui.preferences import PreferencesDialog
from kandinsky_desktop.ui.prompt import PromptBar
from kandinsky_desktop.ui.queue_panel import QueuePanel
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.rescue import Rescue
from kandinsky_desktop.ui.sources import Sources
from kandinsky_desktop.ui.stage import Stage
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.strip import Strip
from kandinsky_desktop.ui.theme import Look
from kandinsky_desktop.ui.timing import cost, how_it_goes
from kandinsky_desktop.ui.welcome import Welcome

TICK_MS = 200  # how often the time that is left is said anew


class Workspace(QWidget):
    """Holds the panels and wires them to the state, but for what `fusion` and `sources` wire."""

    models_wanted = Signal()  # look for models again

    def __init__(self, look: Look, state: State) -> None:
        super().__init__()
        self._look, self._state = look, state
        self._recalling: Path | None = None  # to be used again once it is read
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)

        self.rail = Rail(look)
        self.rail.add_place("create", "sparkles", _("Create (Ctrl+1)"))
        self.rail.add_place("fusion", "blend", _("Fusion (Ctrl+3)"))
        self.rail.show_place("create")
        self.welcome = Welcome(look)
        self.stage = Stage(look)
        self.four_up = FourUp(look, self.stage)
        self.sheet = IdeaSheet(look)
        self.caption = Caption(look)
        self.notices = Notices(look)
        self.news = News(self.notices)
        self.rescue = Rescue(self.notices, self)
        self.prompt = PromptBar(look)
        self.inspector = Inspector(look)
        self.queue = QueuePanel(look, state.session.queue)
        self.strip = Strip(look, state.gallery)
        self.status = StatusLine(look)
        self.fusion = FusionPlace(look, state, self.inspector)
        self.sources = Sources(look, state, self.inspector)
        self.panes = Panes(
            rail=self.rail,
            sights=(self.welcome, self.stage, self.sheet),
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
        action("Ctrl+K", self._state.session.keep_step)
        action("Ctrl+Shift+S", self._start_from_this)
        action("Ctrl+Shift+V", self._vary_this)
        action("Ctrl+Shift+C", self._copy)
        action("F11", self._toggle_alone)
        action("Ctrl+Q", lambda: self.window().close())

    def _connect(self) -> None:
        session, gallery, viewing = self._state.session, self._state.gallery, self._state.viewing
        draft, models, meter = self._state.draft, self._state.models, self._state.meter

        self.prompt.changed.connect(self._wish)
        self.prompt.run_wanted.connect(self._generate)
        self.prompt.cancel_wanted.connect(session.cancel_running)
        self.prompt.ideas_wanted.connect(self._begin_ideas)
        ideas = self._state.ideas
        self.sheet.paint_wanted.connect(ideas.paint)
        self.sheet.more_wanted.connect(ideas.more)
        self.sheet.close_wanted.connect(ideas.close)
        ideas.changed.connect(self._show_ideas)
        ideas.pictured.connect(self._show_idea)
        ideas.failed.connect(self.news.say_refused)
        self.inspector.wished.connect(self._wish)
        self.inspector.rolled.connect(draft.roll)
        self.inspector.model_chosen.connect(self._use_model)
        self.welcome.chosen.connect(self._try)
        self.welcome.help_wanted.connect(self._explain_models)
        self.inspector.help_wanted.connect(self._explain_models)
        self.rail.place_wanted.connect(self.show_place)
        self.fusion.run_wanted.connect(self._generate)
        self.fusion.cancel_wanted.connect(session.cancel_running)
        self.fusion.said.connect(self.news.say_refused)
        self.fusion.deleted.connect(self.news.say_deleted)
        self.fusion.result_menu_wanted.connect(self._open_menu)
        self.fusion.told.connect(self.status.say)
        self.fusion.film_wanted.connect(self._film)
        self.fusion.not_previewed.connect(self.news.say_not_previewed)
        self.sources.said.connect(self.news.say_refused)
        self.sources.cleared.connect(self.news.say_cleared)
        self.rail.theme_wanted.connect(self._toggle_theme)
        self.rail.settings_wanted.connect(self._open_settings)
        self.status.queue_wanted.connect(self.panes.toggle_queue)

        self.queue.removed.connect(self._remove)
        self.queue.first_wanted.connect(session.run_next)
        self.queue.moved.connect(self._move_job)
        self.queue.retried.connect(session.retry)
        self.queue.pause_wanted.connect(session.pause)

        self.strip.chosen.connect(self._choose)
        self.strip.menu_wanted.connect(self._open_menu)
        self.stage.picked.connect(viewing.pick)
        self.four_up.acted.connect(self._act_on)
        self._state.onward.refused.connect(self.news.say_refused)
        self.stage.menu_wanted.connect(self._open_menu)
        self.stage.zoomed.connect(self.caption.show_scale)
        self.caption.fit_wanted.connect(self.stage.fit)
        self.caption.actual_wanted.connect(self.stage.actual)
        self.caption.closer_wanted.connect(self.stage.closer)
        self.caption.farther_wanted.connect(self.stage.farther)
        self.caption.compare_wanted.connect(self._compare)
        self.stage.compare_wanted.connect(self.caption.compare.click)
        self.caption.keep_wanted.connect(session.keep_step)
        self.caption.again_wanted.connect(self._use_again)
        self.caption.copy_wanted.connect(self._copy)
        self.caption.folder_wanted.connect(self._show_folder)

        draft.changed.connect(self._show_draft)
        draft.model_changed.connect(self._show_model)
        models.found.connect(self._take_models)
        meter.counted.connect(self.prompt.show_tokens)
        viewing.replaced.connect(self._show_stage)
        viewing.changed.connect(self._change_stage)
        viewing.captioned.connect(self._show_caption)
        viewing.refused.connect(self.news.say_refused)
        viewing.captioned.connect(self._recall)

        for place in (gallery, viewing):
            session.job_started.connect(place.begin)
            session.stepped.connect(place.grow)
            session.picture_made.connect(place.keep)
            session.job_ended.connect(place.end)
        viewing.replaced.connect(self.fusion.show_sights)
        viewing.changed.connect(self.fusion.change_sight)
        session.picture_made.connect(self._state.through.on_made)
        session.picture_made.connect(self._state.boards.on_made)
        session.job_ended.connect(self._state.boards.on_end)
        self._state.fusing.changed.connect(self._show_button)
        session.planned.connect(self.inspector.show_plan)
        session.job_ended.connect(self._on_end)
        session.job_started.connect(self._on_start)
        session.picture_unsaved.connect(self.rescue.on_unsaved)
        session.changed.connect(self._show_queue)
        session.said.connect(self._say)
        self._tick.timeout.connect(self._on_tick)
        self._state.preferences.changed.connect(self._on_settings)
        self._state.preferences.not_saved.connect(self.news.say_settings_unsaved)
        self.news.go_on_wanted.connect(lambda: session.pause(False))
        self.news.retry_wanted.connect(session.retry)
        self.news.board_wanted.connect(self._state.boards.bring_back)
        self.news.settings_wanted.connect(self._open_settings)
        self.news.help_wanted.connect(self._explain_models)

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
            self.news.say_refused(model.refusal("embeddings"))
            return
        self.panes.show_place(name)
        self.fusion.attend(fusion)
        self.sources.show_place(fusion=fusion)
        self._state.ideas.attend(not fusion)
        if fusion and self._state.fusing.board.cards:
            self.fusion.board.setFocus()
        else:
            self._go_to_words()
        self._show_button()

    def _go_to_words(self) -> None:
        (self.fusion.bar.words if self.panes.fusing else self.prompt.prompt).setFocus()

    def _generate(self) -> None:
        try:
            if self.panes.fusing:
                fresh = not self._state.live.previewed  # what was previewed is what is painted
                plain = self._state.draft.take(words=False, fresh=fresh)
                request = self._state.fusing.request(plain)
            else:
                request = self._state.draft.take()
                self._state.ideas.close()
        except InvalidRequest as error:
            self.status.say(str(error))
            if not self.panes.fusing:
                self.prompt.prompt.setFocus()
            return
        job = self._state.session.submit(request)
        if self.panes.fusing:
            self._state.boards.note(job)
        if self._state.session.paused and not self._state.session.queue.running:
            self.news.say_paused()

    def _begin_ideas(self) -> None:
        """Open a sheet with ideas of what the panel says."""
        model = self._state.draft.model
        if self.panes.fusing or model is None:
            return
        if not model.can("prior"):
            self.news.say_refused(model.refusal("prior"))
            return
        try:
            request = self._state.draft.take()
        except InvalidRequest as error:
            self.status.say(str(error))
            self.prompt.prompt.setFocus()
            return
        self._state.ideas.begin(request, model)
        self.sheet.take_up()

    def _show_ideas(self) -> None:
        ideas = self._state.ideas
        self.sheet.show_sheet([one.image for one in ideas.ideas], ideas.words, ideas.done)
        self._show_sight()
        self._show_caption()

    def _show_idea(self, number: int) -> None:
        ideas = self._state.ideas
        self.sheet.show_image(number, ideas.ideas[number].image)
        self.sheet.say(ideas.words, ideas.done)

    def _film(self, series: Series, count: int) -> None:
        """Shoot a strip or a sheet of the board, with the seeds of what its middle shows."""
        try:
            plain = self._state.draft.take(words=False, fresh=False)
            request = replace(
                plain, conditioning=series, count=count, shared_prior_seed=False, candidates=0
            )
        except InvalidRequest as error:
            self.news.say_refused(str(error))
            return
        self._state.filming.shoot(request)

    def _try(self, words: str) -> None:
        self._state.draft.set(prompt=words)
        self._generate()

    def _use_model(self, name: str) -> None:
        for model in self._state.models.there.models:
            if model.name == name:
                self._state.draft.use_model(model)

    def _use_again(self) -> None:
        record = self._state.viewing.record
        if record is None:
            return
        self._use_model(record.model)
        self._state.draft.recall(record)
        if self._state.boards.recall():
            self.show_place("fusion")
        else:
            self.show_place("create")

    def _use_again_of(self, path: Path) -> None:
        """Take over how a picture was made once that is read, if it is not on the stage yet."""
        self._recalling = path
        if self._state.viewing.path != path:
            self._state.viewing.choose(Tile(path=path))
        self._recall()

    def _act_on(self, name: str, path: Path) -> None:
        onward = self._state.onward
        match name:
            case "subtly" | "strongly":
                onward.vary(path, name)
            case "large":
                onward.enlarge(path)
            case _:
                self._use_again_of(path)

    def _lay_meaning(self, path: Path) -> None:
        self._state.fusing.lay_meaning(path)
        self.show_place("fusion")

    def _recall(self) -> None:
        viewing = self._state.viewing
        if self._recalling == viewing.path and viewing.record is not None:
            self._recalling = None
            self._use_again()

    def _choose(self, tile: Tile) -> None:
        self._recalling = None
        self._state.ideas.close()
        self._state.viewing.choose(tile)

    def _remove(self, job: UUID) -> None:
        """Stop the running job, or take another out of the queue and offer to put it back."""
        session, entries = self._state.session, self._state.session.queue.entries
        found = [(row, entry) for row, entry in enumerate(entries) if entry.job.id == job]
        session.cancel(job)
        for row, entry in found:
            if entry.standing is not Standing.RUNNING:
                self.news.say_removed(entry.title, partial(session.put_back, entry, row))

    def _move_job(self, job: Any, by: int) -> None:
        queue = self._state.session.queue
        ids = [entry.job.id for entry in queue.entries]
        queue.move(job, ids.index(job) + by)
        self._state.session.changed.emit()

    def _escape(self) -> None:
        if self.window().isFullScreen():
            self._toggle_alone()
        elif self._state.ideas.open and not self.panes.fusing:
            self._state.ideas.close()
        else:
            self._state.session.cancel_running()

    # -- showing

    def _take_models(self, found: Found) -> None:
        self.inspector.offer_models(found.models)
        self._state.session.know_models(found.models)
        self._state.measuring.know_models(found.models)
        self.news.say_models(found.problems, any_found=bool(found.models))
        wanted = self._state.draft.wishes.model
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
            self.news.say_refused(model.refusal("embeddings"))
        self.prompt.show_model(prior=model.can("prior"))
        self.inspector.show_model(model)
        self.welcome.show_profile(model.profile)
        self.status.show_model(model.profile.title)

    def _show_draft(self) -> None:
        draft = self._state.draft
        self.prompt.show_wishes(draft.read)
        self.inspector.show_draft(draft)
        if draft.model is not None:
            self._state.meter.measure(draft.model, draft.wishes.prompt)
        self._show_button()

    def _show_button(self) -> None:
        session, problem = self._state.session, self._state.draft.problem
        bar: PromptBar | FusionBar = self.prompt
        self.prompt.offer_ideas(problem or self._one_idea)
        if self.panes.fusing:
            bar = self.fusion.bar
            problem = self._state.fusing.problem or self._state.draft.problem_besides
        self.caption.keep.setVisible(session.can_keep_step)
        if session.queue.running:
            bar.run(session.pace.share, problem, stopping=session.stopping)
        else:
            bar.offer(problem, "" if problem else self._cost())

    @property
    def _one_idea(self) -> str:
        """Why there are no several ideas to choose from, as a sentence; empty if there are."""
        meaning = self._state.draft.peek().conditioning
        if isinstance(meaning, Prompt) or (isinstance(meaning, ImagePrompt) and meaning.led):
            return ""
        return _("Only words have several ideas: a picture has one meaning.")

    def _cost(self) -> str:
        try:
            seconds = self._state.session.seconds_for(self._state.draft.peek())
        except InvalidRequest:
            seconds = None
        return cost(self._state.draft.wishes.count, seconds)

    def _show_stage(self) -> None:
        sights = self._state.viewing.sights
        self.stage.show_sights(sights)
        self._show_sight()
        self.strip.show_current(self._state.viewing.path)
        self._show_caption()

    def _show_sight(self) -> None:
        """Show the ideas if a sheet is open, else the pictures, else the welcome page."""
        here: QWidget = self.stage if self._state.viewing.sights else self.welcome
        self.panes.show_sight(self.sheet if self._state.ideas.open else here)

    def _change_stage(self, number: int) -> None:
        self.stage.change(number, self._state.viewing.sights[number])
        if self._state.viewing.path is not None:
            self.strip.show_current(self._state.viewing.path)
        self._show_caption()

    def _show_caption(self) -> None:
        viewing = self._state.viewing
        self.caption.setVisible(bool(viewing.sights) and not self._state.ideas.open)
        if not self._state.session.queue.running or viewing.record:
            self.caption.say(viewing.caption)
        self.caption.allow(
            file=viewing.path is not None,
            single=len(viewing.sights) == 1,
            compare=self.stage.can_compare,
        )
        self.caption.again.setEnabled(viewing.record is not None)

    def _show_queue(self) -> None:
        session = self._state.session
        self.status.show_queue(session.queue.rowCount(), paused=session.paused)
        self.queue.show_pause(session.paused)
        if not session.paused:
            self.news.take_back_paused()
        entries = session.queue.entries
        failed = (entry.job.id for entry in entries if entry.standing is Standing.FAILED)
        self.news.take_back_failed(failed)
        self._show_button()

    def _say(self, words: str) -> None:
        self.status.say(words)
        self._show_button()

    def _on_start(self, job: Job) -> None:
        del job
        self._tick.start()
        self._show_button()

    def _on_end(self, job: Job, event: object) -> None:
        self._tick.stop()
        self.status.say("")
        if isinstance(event, Failed):
            self.news.say_failed(job, event)
        self._show_caption()
        self._show_button()

    def _on_tick(self) -> None:
        """Say how far the running job is, how fast it goes and when it will be done."""
        session = self._state.session
        entry = session.queue.running
        if entry is None:
            return
        words = how_it_goes(entry.note, session.pace, time.monotonic())
        self.status.say(" · ".join(words))
        if self._state.viewing.record is None:
            self.caption.say(" · ".join((entry.title, *words)))

    # -- the picture on the stage

    def _compare(self, on: bool, with_preview: bool) -> None:
        self.stage.compare(on, preview=with_preview)

    def _copy(self) -> None:
        viewing = self._state.viewing
        if viewing.path is None:
            return
        self._copy_file(viewing.path)

    def _copy_file(self, path: Path) -> None:
        data = as_files([path])
        for sight in self._state.viewing.sights:
            if sight.path == path and sight.image is not None:
                data.setImageData(sight.image)
        QGuiApplication.clipboard().setMimeData(data)
        self.status.say(_("Copied"))

    def _show_folder(self) -> None:
        if self._state.viewing.path is not None:
            _show_in_folder(self._state.viewing.path)

    def _start_from(self, path: Path) -> None:
        self.sources.start_from(path)
        if not self.panes.fusing:
            self.prompt.prompt.setFocus()

    def _vary(self, path: Path) -> None:
        self.show_place("create")
        self.sources.vary(path)

    def _start_from_this(self) -> None:
        if self._state.viewing.path is not None:
            self._start_from(self._state.viewing.path)

    def _vary_this(self) -> None:
        if self._state.viewing.path is not None:
            self._vary(self._state.viewing.path)

    def menu_for(self, path: Path) -> QMenu:
        """Return what can be done with a picture, for it to be shown where it was asked for."""
        model = self._state.draft.model
        menu = PictureMenu(path, self, fuses=model is None or model.can("embeddings"))
        menu.again_wanted.connect(self._use_again_of)
        menu.start_wanted.connect(self._start_from)
        menu.vary_wanted.connect(self._vary)
        menu.meaning_wanted.connect(self._lay_meaning)
        menu.acted.connect(self._act_on)
        menu.copy_wanted.connect(self._copy_file)
        menu.folder_wanted.connect(_show_in_folder)
        return menu

    def _open_menu(self, path: Path, point: QPoint) -> None:
        self.menu_for(path).popup(point)

    # -- the window itself

    def _toggle_theme(self) -> None:
        other = "light" if self._look.theme.name == "dark" else "dark"
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
        dialog.changed.connect(self._state.preferences.take)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_settings(self, before: Settings, now: Settings) -> None:
        self._look.apply(now.theme, now.text_size, motion=now.motion)
        self._state.session.previews = now.previews
        self._state.session.keep_embeddings = now.keep_embeddings
        self._state.session.pictures = self._state.preferences.pictures
        self._state.measuring.on = now.measure
        if not now.measure:
            self._state.measuring.stop()
        if before.models != now.models:
            self.models_wanted.emit()
        if before.pictures != now.pictures:
            self._state.gallery.look_in(self._state.preferences.pictures)

    def _explain_models(self) -> None:
        dialog = FullModelsDialog(places.user_models(), self._state.models.there.problems, self)
        dialog.look_wanted.connect(self.models_wanted)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _show_in_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
