"""The status line: model, device, memory, what is said, the queue, and that we are offline."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from kandinsky_desktop.domain.events import Awake, Memory
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import ElidedLabel, label, set_icon, show_words
from kandinsky_desktop.ui.memory_bar import MemoryBar
from kandinsky_desktop.ui.theme import Theme

HEIGHT, DOT, SPACE = 28, 8, 16  # in unscaled pixels


class StatusLine(QFrame):
    """Says how things are, in one line."""

    queue_requested = Signal()
    options_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusline")
        self._theme = theme
        self._dot = _Dot(theme)
        self._model = label(_("Looking for models"))
        self._device = label(_("Engine is asleep"))
        self._again = False  # whether it has run before
        self._memory = MemoryBar(theme)
        self._words = ElidedLabel()
        self._words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.queue_button = QToolButton()
        self.queue_button.setCheckable(True)
        self.queue_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.queue_button.setToolTip(_("Show or hide the queue (Ctrl+J)"))
        set_icon(theme, self.queue_button, "list-ordered")
        self.options_button = QToolButton()
        self.options_button.setCheckable(True)
        self.options_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.options_button.setToolTip(_("Show or hide what is set for the pictures (Ctrl+E)"))
        show_words(self.options_button, _("Options"), on=True)
        set_icon(theme, self.options_button, "sliders-horizontal")
        self.options_button.hide()
        self._offline = offline = QToolButton()
        show_words(offline, _("Offline"), on=True)
        offline.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        offline.setToolTip(_("Everything happens on this machine. Nothing is sent or fetched."))
        offline.clicked.connect(lambda: self.show_message(offline.toolTip()))
        set_icon(theme, offline, "check")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 10, 0)
        row.setSpacing(SPACE)
        model = QHBoxLayout()
        model.setSpacing(6)
        model.addWidget(self._dot)
        model.addWidget(self._model)
        row.addLayout(model)
        row.addWidget(self._device)
        row.addWidget(self._memory)
        row.addWidget(self._words, 1)
        tools = QHBoxLayout()
        tools.setSpacing(4)
        tools.addWidget(self.options_button)
        tools.addWidget(self.queue_button)
        tools.addWidget(offline)
        row.addLayout(tools)
        self.queue_button.clicked.connect(self.queue_requested)
        self.options_button.clicked.connect(self.options_requested)
        theme.changed.connect(self._measure)
        self.show_queue(0)
        self._measure()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def show_model(self, title: str) -> None:
        """Name the model in use."""
        self._model.setText(title)
        self._dot.setVisible(bool(title))

    def show_engine(self, about: Awake | None) -> None:
        """Say what the engine runs on, or that it has gone."""
        if about is None:
            self._device.setText(_("Engine stopped"))
            self._again = True
            self._memory.forget()
            return
        names = {"cpu": _("Processor"), "cuda": about.device_name, "mps": about.device_name}
        self._device.setText(names.get(about.device, about.device))
        self._device.setToolTip(about.device_name)

    def show_starting(self) -> None:
        """Say that the engine is on its way."""
        words = _("Engine is starting again") if self._again else _("Engine is starting")
        self._device.setText(words)

    def show_memory(self, memory: Memory) -> None:
        """Show what the engine uses."""
        self._memory.show_memory(memory)

    def show_queue(self, count: int, *, paused: bool = False) -> None:
        """Say how many jobs run and wait."""
        words = _("Queue {count}").format(count=count) if count else _("Queue")
        words = f"{words} · {_('paused')}" if paused else words
        show_words(self.queue_button, words, on=True)
        self._arrange()

    def offer_options(self, on: bool, *, shown: bool) -> None:
        """Offer to show the options where they are folded away, and say whether they are shown."""
        self.options_button.setVisible(on)
        self.options_button.setChecked(shown)
        self._arrange()

    def show_message(self, words: str) -> None:
        """Say what happens now."""
        self._words.set_text(words)

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(HEIGHT))
        self._arrange()

    def _arrange(self) -> None:
        """Show memory and device where there is room for them, the memory first."""
        always = [self._dot, self._model, self.queue_button, self._offline]
        if not self.options_button.isHidden():
            always.append(self.options_button)
        taken = sum(one.sizeHint().width() + SPACE for one in always) + 2 * SPACE
        for part in (self._memory, self._device):
            taken += part.sizeHint().width() + SPACE
            part.setVisible(taken <= self.width())


class _Dot(QWidget):
    """A dot before the model's name: it is ready."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedWidth(DOT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("good"))
        painter.drawEllipse(QRectF(0, (self.height() - DOT) / 2, DOT, DOT))
