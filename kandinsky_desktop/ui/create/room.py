"""The room to create: a prompt, and on the stage what came of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF
from PySide6.QtGui import QPixmap, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QStackedWidget, QWidget

from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import Focus, Subject, nothing
from kandinsky_desktop.ui.create.actions_row import ActionsRow
from kandinsky_desktop.ui.create.candidate_sheet import CandidateSheet
from kandinsky_desktop.ui.create.found_models import FoundModel
from kandinsky_desktop.ui.create.prompt_bar import PromptBar
from kandinsky_desktop.ui.create.prompt_popup import PromptPopup
from kandinsky_desktop.ui.create.stage import Stage
from kandinsky_desktop.ui.create.welcome import Welcome
from kandinsky_desktop.ui.drop_acts import Offer
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.held_key import HeldKey
from kandinsky_desktop.ui.model_words import capability_text, short_capability, shown_names
from kandinsky_desktop.ui.room import Room, Shared


class CreateRoom(Room):
    """Shows pictures as they grow, alone or side by side, or a sheet of ideas to choose from."""

    name = "create"
    title = N_("Create")
    icon = "sparkles"
    keys = ("Ctrl+1",)

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        theme, actions = shared.theme, shared.actions
        self._viewer, self._draft = shared.state.viewer, shared.state.draft
        self._comparison = shared.state.comparison
        self._candidates, self._job_queue = shared.state.candidates, shared.state.job_queue
        self.welcome = Welcome(theme)
        self.stage = Stage(theme)
        self.sheet = CandidateSheet(theme)
        self.row = ActionsRow(theme, actions, lambda: self._viewer.current_path)
        self.bar = self.prompt = PromptBar(theme)
        self._content = QStackedWidget()
        for widget in (self.stage, self.welcome, self.sheet):
            self._content.addWidget(widget)
        self.widget = self._area = _Area(self._content, self.row)
        self._hold = HeldKey(self)
        self._others: list[FoundModel] = []  # that are named on the first screen
        self._listed = False  # whether it is known which pictures there are
        for shown in (self.stage, self.row):
            actions.listen(
                shown, Focus.PICTURES, Subject.PICTURE, lambda: self._viewer.current_path
            )
            actions.listen(shown, Focus.PICTURES, Subject.NOTHING, nothing)
        actions.bind("back", self._viewer.show_group)
        actions.bind("compare", self._compare, self._no_comparison)
        actions.bind("before", self._hold.begin, self._no_comparison)
        self.past = PromptPopup(theme, self.prompt)
        self._history = shared.state.prompt_history
        actions.bind("earlier_words", partial(self._recall, self._history.earlier))
        actions.bind("later_words", partial(self._recall, self._history.later))
        actions.bind("past_words", self._open_past, self._nowhere)
        actions.listen(self.prompt.prompt, Focus.PROMPT, Subject.NOTHING, nothing)
        actions.bind("candidates", self._begin_candidates)
        actions.bind("keep_step", self._job_queue.keep_step)
        actions.bind("paint_ideas", self.sheet.paint.click, self._none_chosen)
        actions.bind("more_ideas", self.sheet.more.click)
        self.sheet.more.setToolTip(actions.named("more_ideas").tip)
        actions.listen(self.sheet, Focus.IDEAS, Subject.NOTHING, nothing)
        self._connect_state()
        self._connect_widgets()
        self._show_draft()
        self._show_images()
        QWidget.setTabOrder(self.prompt.prompt, self.prompt.run_button)

    @override
    def enter(self) -> None:
        self._candidates.set_active(True)

    @override
    def leave(self) -> None:
        self._candidates.set_active(False)

    @override
    def focus(self) -> None:
        self.prompt.prompt.setFocus()

    @property
    @override
    def problem(self) -> str:
        return self._draft.problem

    @property
    @override
    def picture(self) -> Path | None:
        return self._viewer.current_path

    @override
    def request(self) -> Paint:
        return self._draft.make_request()

    @override
    def on_submitted(self, job: Job) -> None:
        self._history.add(self._draft.values.prompt)
        self._candidates.close()

    @override
    def escape(self) -> bool:
        if self._candidates.is_open:
            self._candidates.close()
            return True
        if self._comparison.on:
            self._comparison.set_on(False)
            return True
        return self._viewer.show_group()

    @override
    def show_alone(self, alone: bool) -> None:
        self.row.setVisible(not alone)
        self._place_bar()
        if alone:
            self.stage.setFocus()

    @override
    def places(self, offer: Offer) -> list[Place]:
        acts, model, stage = offer.acts, self._draft.model, self._content
        if offer.carried.words:
            return [Place("words", _("Use these words"), "quote", stage, acts.use_dropped_words)]
        several = offer.several
        start = _("Start from the first") if several else _("Start from this")
        places = [Place("start", start, "image-plus", stage, acts.start_from)]
        if model is None or model.can("embeddings"):
            meaning = _("Use the meaning of the first") if several else _("Use its meaning")
            lay = _("Lay them on the board") if several else _("Lay it on the board")
            places.append(Place("meaning", meaning, "sparkles", stage, acts.use_meaning))
            places.append(Place("board", lay, "blend", stage, acts.lay))
        return places + acts.said(offer, stage)

    # -- connections

    def _connect_state(self) -> None:
        viewer, candidates = self._viewer, self._candidates
        self._draft.changed.connect(self._show_draft)
        self._draft.model_changed.connect(self._show_model)
        self.shared.state.token_meter.counted.connect(self.prompt.show_tokens)
        viewer.replaced.connect(self._show_images)
        viewer.changed.connect(self._update_image)
        viewer.current_changed.connect(self._show_current)
        viewer.caption_changed.connect(self._show_row)
        self.shared.state.gallery.listed.connect(self._on_listed)
        viewer.refused.connect(self.refused)
        self._comparison.changed.connect(self._show_row)
        self._comparison.refused.connect(self.refused)
        self._hold.changed.connect(self._on_held)
        candidates.changed.connect(self._show_candidates)
        candidates.image_changed.connect(self._show_candidate)
        candidates.failed.connect(self.refused)
        self._job_queue.changed.connect(self._show_row)
        self._job_queue.activity_changed.connect(self._show_row)

    def _connect_widgets(self) -> None:
        stage, row, prompt, sheet = self.stage, self.row, self.prompt, self.sheet
        prompt.changed.connect(self._draft.set_option)
        prompt.changed.connect(lambda name, text: self.shared.state.preloader.ask())
        prompt.left.connect(self._draft.finish_edit)
        self._draft.edit_finished.connect(prompt.forget_undo)
        prompt.picture_requested.connect(lambda: self.shared.actions.trigger("choose_start"))
        prompt.ideas_requested.connect(lambda: self.shared.actions.trigger("candidates"))
        prompt.past_requested.connect(lambda: self.shared.actions.trigger("past_words"))
        self.past.chosen.connect(self._take_past)
        self.past.star_requested.connect(self._history.set_star)
        self.past.clear_requested.connect(self._clear_past)
        self._history.changed.connect(self._show_past)
        self._history.refused.connect(self.refused)
        sheet.paint_requested.connect(self._candidates.queue_chosen)
        sheet.more_requested.connect(self._candidates.more)
        sheet.close_requested.connect(self._candidates.close)
        self.welcome.chosen.connect(self._try)
        self.welcome.ground_changed.connect(self._show_ground)
        self.welcome.found.chosen.connect(self._use_model)
        self.welcome.found.models_requested.connect(lambda: self.shared.actions.trigger("models"))
        models, plan = self.shared.state.models, self.shared.state.memory_plan
        models.found.connect(self._show_found)
        plan.changed.connect(self._show_found)
        stage.current_requested.connect(self._viewer.set_current)
        stage.image_opened.connect(self._viewer.show_alone)
        stage.step_requested.connect(self._step)
        stage.end_requested.connect(self._go_to_end)
        stage.menu_requested.connect(self.menu_requested)
        stage.zoomed.connect(lambda scale: row.show_scale(scale, zoomed=not stage.fits))
        row.menu_requested.connect(self._open_row_menu)
        row.moved.connect(self._place_bar)
        row.fit_requested.connect(stage.fit)
        row.actual_requested.connect(stage.actual)
        row.closer_requested.connect(stage.closer)
        row.farther_requested.connect(stage.farther)
        row.against_chosen.connect(self._comparison.choose)
        row.keep_requested.connect(self._job_queue.keep_step)

    # -- the prompt, earlier ones, and ideas of it

    def _recall(self, step: Callable[[str], str | None]) -> None:
        """Go on to words that were painted before or after those that stand there."""
        words = step(self._draft.values.prompt)
        if words is not None:
            self._draft.recall_words(words)
            self.prompt.prompt.moveCursor(QTextCursor.MoveOperation.End)

    def _none_chosen(self) -> str:
        return "" if self.sheet.chosen_numbers else _("Choose some of the ideas first.")

    def _nowhere(self) -> str:
        return "" if self.prompt.isVisible() else _("The words you painted stand in Create.")

    def _open_past(self) -> None:
        self.past.open_above(self.prompt.composer)

    def _take_past(self, words: str) -> None:
        self._draft.finish_edit()
        self._draft.recall_words(words)
        self._draft.finish_edit()
        self.focus()
        self.prompt.prompt.moveCursor(QTextCursor.MoveOperation.End)

    def _show_past(self) -> None:
        self.past.show_prompts(self._history.prompts)
        self.prompt.offer_past(bool(self._history.prompts))

    def _clear_past(self) -> None:
        before = self._history.clear()
        self.past.close()
        self.shared.texts.notify_done(
            _("Your words are forgotten, but for those with a star."),
            _("Undo"),
            partial(self._history.restore, before),
        )

    def _try(self, words: str) -> None:
        with self._draft.one_step(_("Suggestion")):
            self._draft.set(prompt=words)
        self.generate_requested.emit()

    def _begin_candidates(self) -> None:
        """Open a sheet with ideas of what the panel says."""
        model = self._draft.model
        if model is None or not self.widget.isVisible():
            return
        if not model.can("prior"):
            self.refused.emit(model.refusal("prior"))
            return
        try:
            request = self._draft.make_request()
        except InvalidRequest as error:
            self.refused.emit(str(error))
            self.focus()
            return
        self._candidates.begin(request, model)
        self.sheet.take_up()

    @property
    def _one_candidate(self) -> str:
        """Why there are no several ideas to choose from, as a sentence; empty if there are."""
        conditioning = self._draft.current_request().conditioning
        prompt = isinstance(conditioning, ImagePrompt) and conditioning.led
        if prompt or isinstance(conditioning, Prompt):
            return ""
        return _("Only words have several ideas: a picture has one meaning.")

    def _show_draft(self) -> None:
        draft = self._draft
        self.prompt.show_draft(draft.applicable)
        self.prompt.offer_ideas(draft.problem or self._one_candidate)
        if draft.model is not None:
            self.shared.state.token_meter.measure(draft.model, draft.values.prompt)
        self.changed.emit()

    def _show_model(self) -> None:
        model = self._draft.model
        if model is not None:
            self.prompt.show_model(prior=model.can("prior"))
            self.welcome.show_profile(model.profile)
            self._show_found()

    def _show_found(self) -> None:
        """Say on the first screen which other models are here, and what each can do here."""
        if self._content.currentWidget() is not self.welcome:
            return
        in_use, capability = self._draft.values.model, self._job_queue.estimates.capability
        models, others = self.shared.state.models.available.models, []
        called = shown_names(models)
        for model in models:
            if model.name != in_use:
                can, title = capability(model), called[model.name]
                others.append(
                    FoundModel(model.name, title, short_capability(can), capability_text(can))
                )
        if others != self._others:
            self._others = others
            self.welcome.show_found(others)

    def _use_model(self, name: str) -> None:
        for model in self.shared.state.models.available.models:
            if model.name == name:
                self._draft.use_model(model)

    # -- what is in the middle

    def _show_images(self) -> None:
        self.stage.show_images(self._viewer.images, self._viewer.current)
        self._show_content()
        self._show_row()

    def _update_image(self, number: int) -> None:
        self.stage.update_image(number, self._viewer.images[number])
        self._show_row()

    def _show_current(self) -> None:
        self.stage.set_current(self._viewer.current)
        self._show_row()

    def _show_candidates(self) -> None:
        items, candidates = self._candidates.items, self._candidates
        self.sheet.show_candidates([one.image for one in items], candidates.text, candidates.done)
        self._show_content()
        self._show_row()

    def _show_candidate(self, number: int) -> None:
        candidates = self._candidates
        self.sheet.show_image(number, candidates.items[number].image)
        self.sheet.show_progress(candidates.text, candidates.done)

    def _on_listed(self) -> None:
        """Show what was painted last, or invite to a first picture, once all are listed."""
        first, self._listed = not self._listed, True
        newest = self.shared.state.gallery.newest
        if first and newest and not self._viewer.images:
            if len(newest) > 1:
                self._viewer.show_together(newest)
            elif newest[0].path is not None:
                self._look_at(newest[0].path)
        self._show_content()

    def _show_content(self) -> None:
        """Show the ideas if a sheet is open, else the pictures, else the first screen."""
        invite = self._listed and not self._viewer.images
        here: QWidget = self.welcome if invite else self.stage
        self._content.setCurrentWidget(self.sheet if self._candidates.is_open else here)
        self._show_found()
        self._show_ground()

    def _step(self, by: int) -> None:
        """Show the next picture, or the one before: of those that belong together, or of all."""
        if self._viewer.step(by):
            return
        paths, path = self._listed_paths, self._viewer.path
        at = paths.index(path) + by if path in paths else -1
        if 0 <= at < len(paths):
            self._look_at(paths[at])

    def _go_to_end(self, way: int) -> None:
        """Show the newest picture of all, or the oldest that is listed."""
        paths = self._listed_paths
        if paths:
            self._look_at(paths[0 if way < 0 else -1])

    def _look_at(self, path: Path) -> None:
        """Show a picture alone, with those near that it was painted with."""
        together = self.shared.state.gallery.together_with(path)
        if len(together) > 1:
            self._viewer.show_together(together, path)
        else:
            self._viewer.look_at(path)

    @property
    def _listed_paths(self) -> list[Path]:
        gallery = self.shared.state.gallery
        return [path for row in range(gallery.rowCount()) if (path := gallery.path(row))]

    # -- the row under it

    def _show_row(self) -> None:
        viewer, running = self._viewer, self._job_queue.jobs.running
        growing = any(one.path is None for one in viewer.images)
        number, count = viewer.position
        where = _("{n} of {count}").format(n=number, count=count) if count > 1 else ""
        if self._candidates.is_open or not viewer.images:
            self.row.clear()
        elif running and growing and viewer.job == running.job.id:
            self.row.show_wait(running.note)
        else:
            self.row.show_actions(where, viewer.caption)
        self._show_comparison()
        self.row.allow_keep(self._job_queue.can_keep_step)
        self.shared.actions.refresh()
        self._place_bar()

    # -- what it came from

    def _compare(self) -> None:
        self._comparison.set_on(not self._comparison.on)

    def _no_comparison(self) -> str:
        if not self.widget.isVisible():
            return _("Pictures are compared in Create.")
        if self._comparison.on or self._comparison.titles:
            return ""
        return _("There is nothing to compare it with: it came from words alone.")

    def _on_held(self) -> None:
        """Show what the picture came from as long as the key is held."""
        if self._hold.held:
            self._comparison.ask()
        self._show_comparison()

    def _show_comparison(self) -> None:
        comparison, held = self._comparison, self._hold.held
        self.row.show_comparison(comparison.titles, comparison.number, on=comparison.on)
        self.stage.show_before(comparison.before if comparison.on or held else None, whole=held)

    def _open_row_menu(self, point: QPoint) -> None:
        path = self._viewer.current_path
        if path is not None:
            self.menu_requested.emit(path, point)

    def _place_bar(self) -> None:
        """Let the stage end above the row, and what is below lie in the shadow of the bar."""
        row, bar = self.row, self.row.bar
        self._area.arrange()
        shown = QRectF(bar.geometry()) if bar.isVisibleTo(self.widget) else QRectF()
        self.stage.reserve(self._area.foot, shown.translated(QPointF(row.pos())))
        self.prompt.show_raised(shown.translated(0, -row.height()) if shown else shown)
        self.prompt.show_where(row.where if row.narrow else "")

    def _show_ground(self) -> None:
        """Let the wash of the first screen go on under the composer."""
        invites = self._content.currentWidget() is self.welcome
        self.prompt.show_ground(
            self.welcome.ground_below(self.prompt.height()) if invites else QPixmap()
        )


class _Area(QWidget):
    """Lays the content over all of the room, and the row over its foot."""

    def __init__(self, content: QWidget, row: QWidget) -> None:
        super().__init__()
        self._content, self._row = content, row
        content.setParent(self)
        row.setParent(self)

    @property
    def foot(self) -> int:
        """How high what stands at the foot of the room is, in pixels."""
        return self._row.height() if self._row.isVisibleTo(self) else 0

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def arrange(self) -> None:
        """Put both where they belong."""
        self._content.setGeometry(self.rect())
        high = self._row.height()
        self._row.setGeometry(0, self.height() - high, self.width(), high)
