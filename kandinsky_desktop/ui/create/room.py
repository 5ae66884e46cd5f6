"""The room to create: a prompt, and on the stage what came of it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.create.candidate_sheet import CandidateSheet
from kandinsky_desktop.ui.create.caption import Caption
from kandinsky_desktop.ui.create.four_up import FourUp
from kandinsky_desktop.ui.create.prompt_bar import PromptBar
from kandinsky_desktop.ui.create.stage import Stage
from kandinsky_desktop.ui.create.welcome import Welcome
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
        self._candidates, self._job_queue = shared.state.candidates, shared.state.job_queue
        self.welcome = Welcome(theme)
        self.stage = Stage(theme)
        self.four_up = FourUp(theme, self.stage, actions)
        self.sheet = CandidateSheet(theme)
        self.caption = Caption(theme, actions, lambda: self._viewer.path)
        self.bar = self.prompt = PromptBar(theme)
        self._content = QStackedWidget()
        for widget in (self.welcome, self.stage, self.sheet):
            self._content.addWidget(widget)
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._content, 1)
        column.addWidget(self.caption)
        actions.bind("candidates", self._begin_candidates)
        actions.bind("keep_step", self._job_queue.keep_step)
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

    @override
    def request(self) -> Paint:
        return self._draft.make_request()

    @override
    def on_submitted(self, job: Job) -> None:
        self._candidates.close()

    @override
    def escape(self) -> bool:
        was_open = self._candidates.is_open
        self._candidates.close()
        return was_open

    @override
    def show_alone(self, alone: bool) -> None:
        self.caption.setVisible(not alone)
        if alone:
            self.stage.setFocus()
        else:
            self._show_caption()

    # -- connections

    def _connect_state(self) -> None:
        viewer, candidates = self._viewer, self._candidates
        self._draft.changed.connect(self._show_draft)
        self._draft.model_changed.connect(self._show_model)
        self.shared.state.token_meter.counted.connect(self.prompt.show_tokens)
        viewer.replaced.connect(self._show_images)
        viewer.changed.connect(self._update_image)
        viewer.caption_changed.connect(self._show_caption)
        viewer.refused.connect(self.refused)
        candidates.changed.connect(self._show_candidates)
        candidates.image_changed.connect(self._show_candidate)
        candidates.failed.connect(self.refused)
        self.shared.progress.changed.connect(self._show_progress)
        self._job_queue.changed.connect(self._show_keep_step)
        self._job_queue.activity_changed.connect(self._show_keep_step)

    def _connect_widgets(self) -> None:
        stage, caption, prompt, sheet = self.stage, self.caption, self.prompt, self.sheet
        prompt.changed.connect(self._draft.set_option)
        prompt.left.connect(self._draft.finish_edit)
        self._draft.edit_finished.connect(prompt.forget_undo)
        prompt.picture_requested.connect(lambda: self.shared.actions.trigger("choose_start"))
        prompt.ideas_requested.connect(lambda: self.shared.actions.trigger("candidates"))
        sheet.paint_requested.connect(self._candidates.queue_chosen)
        sheet.more_requested.connect(self._candidates.more)
        sheet.close_requested.connect(self._candidates.close)
        self.welcome.chosen.connect(self._try)
        self.welcome.help_requested.connect(lambda: self.shared.actions.trigger("model_help"))
        stage.image_clicked.connect(self._viewer.show_alone)
        stage.menu_requested.connect(self.menu_requested)
        stage.zoomed.connect(caption.show_scale)
        stage.compare_requested.connect(caption.compare.click)
        caption.fit_requested.connect(stage.fit)
        caption.actual_requested.connect(stage.actual)
        caption.closer_requested.connect(stage.closer)
        caption.farther_requested.connect(stage.farther)
        caption.compare_requested.connect(lambda on, own: stage.compare(on, preview=own))
        caption.keep_requested.connect(self._job_queue.keep_step)

    # -- the prompt and ideas of it

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
            self.message.emit(str(error))
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

    # -- what is in the middle

    def _show_images(self) -> None:
        self.stage.show_images(self._viewer.images)
        self._show_content()
        self._show_caption()

    def _update_image(self, number: int) -> None:
        self.stage.update_image(number, self._viewer.images[number])
        self._show_caption()

    def _show_candidates(self) -> None:
        items, candidates = self._candidates.items, self._candidates
        self.sheet.show_candidates([one.image for one in items], candidates.text, candidates.done)
        self._show_content()
        self._show_caption()

    def _show_candidate(self, number: int) -> None:
        candidates = self._candidates
        self.sheet.show_image(number, candidates.items[number].image)
        self.sheet.show_progress(candidates.text, candidates.done)

    def _show_content(self) -> None:
        """Show the ideas if a sheet is open, else the pictures, else the welcome page."""
        here: QWidget = self.stage if self._viewer.images else self.welcome
        self._content.setCurrentWidget(self.sheet if self._candidates.is_open else here)

    def _show_caption(self) -> None:
        viewer = self._viewer
        self.caption.setVisible(bool(viewer.images) and not self._candidates.is_open)
        if not self._job_queue.jobs.running or viewer.record:
            self.caption.set_text(viewer.caption)
        self.caption.allow(single=len(viewer.images) == 1, compare=self.stage.can_compare)
        self.shared.actions.refresh()

    def _show_progress(self, title: str, words: str) -> None:
        if title and self._viewer.record is None:
            self.caption.set_text(" · ".join(part for part in (title, words) if part))

    def _show_keep_step(self) -> None:
        self.caption.keep.setVisible(self._job_queue.can_keep_step)
