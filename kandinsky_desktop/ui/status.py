"""The status line: model, device, memory, what is said, the queue, and that we are offline."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from kandinsky_desktop.domain.events import Awake, Memory
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import ElidedLabel, label, set_icon
from kandinsky_desktop.ui.memory_bar import MemoryBar
from kandinsky_desktop.ui.theme import Theme


class StatusLine(QFrame):
    """Says how things are, in one line."""

    queue_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusline")
        self._dot = label("●", "dot")
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
        offline = QToolButton()
        offline.setText(_("Offline"))
        offline.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        offline.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        offline.setToolTip(_("Everything happens on this machine. Nothing is sent or fetched."))
        set_icon(theme, offline, "check")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(16)
        model = QHBoxLayout()
        model.setSpacing(6)
        model.addWidget(self._dot)
        model.addWidget(self._model)
        row.addLayout(model)
        row.addWidget(self._device)
        row.addWidget(self._memory)
        row.addWidget(self._words, 1)
        row.addWidget(self.queue_button)
        row.addWidget(offline)
        self.queue_button.clicked.connect(self.queue_requested)
        self.show_queue(0)

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
        self.queue_button.setText(f"{words} · {_('paused')}" if paused else words)
        self.queue_button.setAccessibleName(self.queue_button.text())

    def show_message(self, words: str) -> None:
        """Say what happens now."""
        self._words.set_text(words)
