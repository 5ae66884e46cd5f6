"""The composer of the room to create: the prompt, a start picture, ideas first, the big button."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QPushButton

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.draft import Draft, PictureAndPrompt
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import icon_button, set_icon, show_words
from kandinsky_desktop.ui.prompt_edit import PromptEdit
from kandinsky_desktop.ui.run_bar import RADIUS, RunBar
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme

MOST_LINES = 4
NEARLY = 0.8  # of what the model reads: from here on the length is said


class PromptBar(RunBar):
    """Takes the words of the next pictures and says when they are to be made."""

    changed = Signal(str, object)  # a field's name, its text
    left = Signal()  # the field where the prompt is typed
    ideas_requested = Signal()
    picture_requested = Signal()  # to start from
    past_requested = Signal()  # what was painted

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._prompt = PromptEdit(theme, _("Prompt"), _("Describe a picture"), 1, enter_sends=True)
        self._sketches = True  # whether the model in use has several ideas of words
        self._unread = False  # the words, since a picture says what is meant
        self._length = ("", "")  # of the prompt, and its role
        self._sent: str | None = None  # the words when the job began, until they are changed
        self._where = ""  # which of several pictures is current, where the row above has no room
        self._ground = QPixmap()
        self._raised = QRectF()  # what lies above the bar and casts its shadow on it
        self.picture = icon_button(theme, "image-plus", _("Start from a picture"))
        self.past = icon_button(theme, "history", _("Words you painted (Ctrl+Shift+H)"))
        self.past.hide()
        self.ideas = QPushButton()
        show_words(self.ideas, _("Ideas first"), on=True)
        self.ideas.setProperty("role", "flat")
        set_icon(theme, self.ideas, "layout-grid")
        for widget in (
            self.picture,
            self._prompt,
            self.past,
            self.ideas,
            self._queue,
            self.run_button,
        ):
            self.composer.row.addWidget(widget, int(widget is self._prompt))
        self._prompt.textChanged.connect(self._type)
        self._prompt.left.connect(self.left)
        self._prompt.submitted.connect(self.run_requested)
        self._prompt.installEventFilter(self)
        self._prompt.document().documentLayout().documentSizeChanged.connect(self.place)
        self.ideas.clicked.connect(self.ideas_requested)
        self.picture.clicked.connect(self.picture_requested)
        self.past.clicked.connect(self.past_requested)

    @property
    def prompt(self) -> PromptEdit:
        """The words themselves."""
        return self._prompt

    @property
    @override
    def hint_text(self) -> str:
        hint = self._problem or self._length[0] or super().hint_text
        return " · ".join(part for part in (self._where, hint) if part)

    @property
    @override
    def growth(self) -> int:
        if not self._prompt.hasFocus() or self._prompt.toPlainText() == self._sent:
            return 0  # what was sent makes room for the words of the wait and for the actions
        lines = int(self._prompt.document().size().height())  # a plain document counts in lines
        return (min(MOST_LINES, max(1, lines)) - 1) * self._prompt.fontMetrics().lineSpacing()

    @override
    def place(self) -> None:
        self._prompt.setFixedHeight(self._prompt.fontMetrics().lineSpacing() + 6 + self.growth)
        super().place()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            QTimer.singleShot(0, self, self.place)
        return super().eventFilter(watched, event)

    @override
    def paint_ground(self, painter: QPainter) -> None:
        super().paint_ground(painter)
        painter.drawPixmap(QPointF(), self._ground)
        if not self._raised.isEmpty():
            paint_shadow(painter, self._theme.tokens, self._raised, RADIUS)

    @override
    def show_narrow(self, *, narrow: bool) -> None:
        super().show_narrow(narrow=narrow)
        show_words(self.ideas, _("Ideas first"), on=not narrow)
        hint = _("Describe it") if narrow else _("Describe a picture")
        if hint != self._prompt.placeholderText():
            self._prompt.setPlaceholderText(hint)

    def show_ground(self, ground: QPixmap) -> None:
        """Let what is painted behind the stage go on under the composer."""
        self._ground = ground
        self.update()

    def show_raised(self, place: QRectF) -> None:
        """Let what lies at a place above the bar cast its shadow on it; empty: nothing does."""
        if place != self._raised:
            self._raised = place
            self.update()

    def show_where(self, words: str) -> None:
        """Say which of several pictures is current; empty: it is said elsewhere."""
        if words != self._where:
            self._where = words
            self._hint.set_text(self.hint_text)

    def show_model(self, *, prior: bool) -> None:
        """Show what a model with a prior can do, or one without."""
        self._sketches = prior
        self.ideas.setVisible(prior)

    def show_draft(self, values: Draft) -> None:
        """Show the words of the draft, where they differ from what stands there.

        The field is disabled where it has no effect, since a picture takes the prompt's place.
        """
        self._unread = not isinstance(values.image_conditioning, PictureAndPrompt | None)
        if self._unread and self._prompt.hasFocus():
            self.run_button.setFocus()
        self._prompt.setEnabled(not self._unread)
        if self._unread:
            self._show_length(_("Not read: a picture says what is meant"), "")
        self._prompt.show_text(values.prompt)

    def forget_undo(self) -> None:
        """Let what was typed so far be undone by others alone."""
        self._prompt.forget_undo()

    def show_tokens(self, count: int, limit: int) -> None:
        """Show how long the prompt is where that matters, and warn when its end is not read."""
        if self._unread:
            return
        if count > limit:
            words = _("{count} of {limit} tokens: the end is not read")
            self._show_length(words.format(count=count, limit=limit), "warning")
        elif count >= NEARLY * limit:
            words = _("{count} of {limit} tokens")
            self._show_length(words.format(count=count, limit=limit), "")
        else:
            self._show_length("", "")
        self._hint.setToolTip(
            _(
                "The model reads at most {limit} tokens (pieces of words), the two marks at the"
                " start and the end included."
            ).format(limit=limit)
            if self._length[0]
            else self._hint.text()
        )

    @override
    def show_ready(self, problem: str, cost: str) -> None:
        super().show_ready(problem, cost)
        self.ideas.setVisible(self._sketches)

    def offer_past(self, on: bool) -> None:
        """Offer the words that were painted, once there are some."""
        self.past.setVisible(on)

    def offer_ideas(self, problem: str) -> None:
        """Let ideas be sketched first, or say why they cannot be."""
        self.ideas.setEnabled(not problem)
        self.ideas.setToolTip(
            plain_tip(problem)
            or _("A sheet of quick ideas to choose from, before you paint (Ctrl+I)")
        )

    @override
    def show_running(
        self, share: float, problem: str, *, stopping: bool, left: float | None = None
    ) -> None:
        if not self.run_button.running:
            self._sent = self._prompt.toPlainText()
        super().show_running(share, problem, stopping=stopping, left=left)
        self.ideas.hide()
        self.place()

    def _show_length(self, words: str, role: str) -> None:
        if (words, role) != self._length:
            self._length = (words, role)
            self._hint.setProperty("role", role)
            self._hint.style().polish(self._hint)
            self._hint.set_text(self.hint_text)

    def _type(self) -> None:
        if self._sent is not None and self._prompt.toPlainText() != self._sent:
            self._sent = None
            self.place()
        self.changed.emit("prompt", self._prompt.toPlainText())
