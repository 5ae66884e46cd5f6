"""The prompt, beside it the one big button, and under it what it will cost or why it cannot."""

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.request import NEGATIVES
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.draft import Draft, PictureAndPrompt
from kandinsky_desktop.ui.controls import ElidedLabel, label, set_icon, widen
from kandinsky_desktop.ui.theme import Theme

RUN_WIDTH = 168


class PromptEdit(QPlainTextEdit):
    """Words to type; Tab goes on to the next control, Ctrl+Enter sends."""

    submitted = Signal()

    def __init__(self, theme: Theme, name: str, hint: str, lines: int) -> None:
        super().__init__()
        self._theme, self._lines = theme, lines
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        theme.changed.connect(self._measure)
        self._measure()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
            return
        super().keyPressEvent(event)

    def _measure(self) -> None:
        height = self._theme.px(18) * self._lines + 22
        self.setFixedHeight(height)


class RunButton(QPushButton):
    """The one big button. While a job runs it cancels, and shows how far the job is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share: float | None = None
        self._words = _("Generate")
        self.setObjectName("run")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._measure)
        self._measure()
        self._name()

    @property
    def running(self) -> bool:
        """Whether it cancels now."""
        return self._share is not None

    def offer(self, words: str) -> None:
        """Say what a click will do."""
        self._share, self._words = None, words
        self._name()

    def run(self, share: float, *, stopping: bool) -> None:
        """Show how far the running job is; a click cancels it."""
        self._share = share
        self._words = _("Stopping") if stopping else _("Cancel")
        self._name()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(RUN_WIDTH), self._theme.px(44))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        shape = QPainterPath()
        shape.addRoundedRect(area, 8, 8)
        if not self.isEnabled():
            ground, words = theme.colour("track"), theme.colour("quiet")
        elif self.running:
            ground, words = theme.colour("raised"), theme.colour("text")
        else:
            ground = theme.colour("accent_hover" if self.underMouse() else "accent")
            words = theme.colour("on_accent")
        painter.fillPath(shape, ground)
        text = self._words
        if self._share is not None:
            painter.save()
            painter.setClipPath(shape)
            done = QRectF(area)
            done.setWidth(area.width() * self._share)
            painter.setOpacity(0.35)
            painter.fillRect(done, theme.colour("accent"))
            painter.restore()
            painter.setPen(theme.colour("line"))
            painter.drawPath(shape)
            text = f"{self._words}  {self._share:.0%}"
        if self.hasFocus():
            painter.setPen(theme.colour("text"))
            painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), 9, 9)
        font = self.font()
        font.setBold(True)
        font.setPixelSize(theme.px(15))
        painter.setFont(font)
        painter.setPen(words)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _measure(self) -> None:
        self.setFixedSize(self.sizeHint())

    def _name(self) -> None:
        far = "" if self._share is None else f", {self._share:.0%}"
        self.setAccessibleName(self._words + far)
        self.update()


class PromptBar(QFrame):
    """Takes the words of the next pictures and says when they are to be made."""

    changed = Signal(str, str)  # a wish's name, its text
    run_requested = Signal()
    ideas_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("prompt")
        self._prompt = PromptEdit(theme, _("Prompt"), _("What would you like to see?"), 3)
        self._negatives = {name: self._negative(theme, name) for name in NEGATIVES}
        self._sketches = True  # whether the model in use has several ideas of words
        self._unread = False  # the words, since a picture says what is meant
        self._tokens = ElidedLabel("small")
        self._tokens.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._tokens.setAccessibleName(_("Length of the prompt"))
        self._more = QToolButton()
        self._more.setText(_("Negative prompts"))
        self._more.setCheckable(True)
        self._more.setProperty("role", "fold")
        self._more.setToolTip(_("Words to lead away from"))
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._theme = theme
        set_icon(theme, self._more, "chevron-right")
        self.run_button = RunButton(theme)
        self._queue = QPushButton(_("Add to queue"))
        self._queue.setAccessibleName(_("Add to queue"))
        self._queue.hide()
        self.ideas = QPushButton(_("Ideas first"))
        self.ideas.setProperty("role", "link")
        self._cost = label("", "small")
        self._cost.setWordWrap(True)
        self._cost.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)

        self._titles: dict[str, ElidedLabel] = {}
        self._section = QWidget()
        section = QHBoxLayout(self._section)
        section.setContentsMargins(0, 0, 0, 0)
        section.setSpacing(8)
        for name, words in self._negatives.items():
            column = QVBoxLayout()
            column.setSpacing(4)
            title = ElidedLabel("small")
            title.setText(_(NEGATIVES[name].label))
            title.setToolTip(_(NEGATIVES[name].help))
            title.setBuddy(words)
            self._titles[name] = title
            column.addWidget(title)
            column.addWidget(words)
            section.addLayout(column)
        self._section.hide()
        self._lay_out()

        self._prompt.textChanged.connect(self._type)
        self._prompt.submitted.connect(self.run_requested)
        self._more.toggled.connect(self._open)
        self.run_button.clicked.connect(self._click)
        self._queue.clicked.connect(self.run_requested)
        self.ideas.clicked.connect(self.ideas_requested)

    @property
    def prompt(self) -> PromptEdit:
        """The words themselves."""
        return self._prompt

    def show_model(self, *, prior: bool) -> None:
        """Show what a model with a prior reads, or one without: a single negative prompt."""
        self._sketches = prior
        self.ideas.setVisible(prior)
        self._negatives["negative_prior"].setVisible(prior)
        self._titles["negative_prior"].setVisible(prior)
        plain, full = _("Negative prompt"), _(NEGATIVES["negative_decoder"].label)
        self._titles["negative_decoder"].setText(full if prior else plain)
        self._more.setText(_("Negative prompts") if prior else plain)

    def show_draft(self, values: Draft) -> None:
        """Show the words of the draft, where they differ from what stands there.

        Fields without effect, since a picture takes the prompt's place, are disabled.
        """
        self._unread = not isinstance(values.image_conditioning, PictureAndPrompt | None)
        if self._unread and self._prompt.hasFocus():
            self.run_button.setFocus()
        self._prompt.setEnabled(not self._unread)
        self._negatives["negative_prior"].setEnabled(not self._unread)
        self._negatives["negative_decoder"].setEnabled(values.negative is None)
        if self._unread:
            self._show_length(_("Not read: a picture says what is meant"), "small")
            self._tokens.setToolTip(_("What is meant can be chosen under Meaning, at the right."))
        texts = {self._prompt: values.prompt}
        for name, edit in self._negatives.items():
            texts[edit] = getattr(values, name)
        for edit, text in texts.items():
            if edit.toPlainText() != text:
                with QSignalBlocker(edit):
                    edit.setPlainText(text)
        if (values.negative_prior or values.negative_decoder) and not self._more.isChecked():
            self._more.setChecked(True)

    def show_tokens(self, count: int, limit: int) -> None:
        """Show how long the prompt is, and warn when its end will not be read."""
        if self._unread:
            return
        if count > limit:
            words = _("{count} of {limit} tokens: the end is not read")
        else:
            words = _("{count} of {limit} tokens")
        role = "warning" if count > limit else "small"
        self._show_length(words.format(count=count, limit=limit), role)
        self._tokens.setToolTip(
            _(
                "The model reads at most {limit} tokens (pieces of words), the two marks at the"
                " start and the end included."
            ).format(limit=limit)
        )

    def offer(self, problem: str, cost: str) -> None:
        """Let the button generate, or say why it cannot."""
        self.run_button.offer(_("Generate"))
        self.run_button.setEnabled(not problem)
        self.run_button.setToolTip(problem or _("Make the pictures (Ctrl+Enter)"))
        self._cost.setText(problem or cost)
        self._cost.setToolTip(problem or cost)
        self._show_queue(on=False, problem=problem)

    def offer_ideas(self, problem: str) -> None:
        """Let ideas be sketched first, or say why they cannot be."""
        self.ideas.setEnabled(not problem)
        self.ideas.setToolTip(
            problem or _("A sheet of quick ideas to choose from, before you paint (Ctrl+I)")
        )

    def run(self, share: float, problem: str, *, stopping: bool) -> None:
        """Let the button cancel, and another one queue."""
        self.run_button.run(share, stopping=stopping)
        self.run_button.setEnabled(not stopping)
        self.run_button.setToolTip(_("Stop at the next step (Esc)"))
        self._show_queue(on=True, problem=problem)

    def _show_length(self, words: str, role: str) -> None:
        self._tokens.setText(words)
        self._tokens.setProperty("role", role)
        self._tokens.style().polish(self._tokens)

    def _show_queue(self, *, on: bool, problem: str) -> None:
        self._cost.setVisible(not on)
        self.ideas.setVisible(not on and self._sketches)
        self._queue.setVisible(on)
        self._queue.setEnabled(not problem)
        self._queue.setToolTip(problem or _("Make these pictures after those (Ctrl+Enter)"))

    def _lay_out(self) -> None:
        under = QHBoxLayout()
        under.setSpacing(16)
        under.addWidget(self._more)
        under.addWidget(self._tokens, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._prompt)
        words.addLayout(under)
        words.addWidget(self._section)
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.run_button)
        buttons.addWidget(self._queue)
        buttons.addWidget(self._cost)
        buttons.addWidget(self.ideas, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons.addStretch(1)
        widen(self._theme, self._cost, RUN_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addLayout(buttons)

    def _negative(self, theme: Theme, name: str) -> PromptEdit:
        about = NEGATIVES[name]
        words = PromptEdit(theme, _(about.label), _("nothing"), 2)
        words.setToolTip(_(about.help))
        words.textChanged.connect(lambda: self.changed.emit(name, words.toPlainText()))
        words.submitted.connect(self.run_requested)
        return words

    def _type(self) -> None:
        self.changed.emit("prompt", self._prompt.toPlainText())

    def _open(self, on: bool) -> None:
        set_icon(self._theme, self._more, "chevron-down" if on else "chevron-right")
        self._section.setVisible(on)

    def _click(self) -> None:
        if self.run_button.running:
            self.cancel_requested.emit()
        else:
            self.run_requested.emit()
