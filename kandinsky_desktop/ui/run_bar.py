"""The bar under a room: what it holds, and beside it the one big button that paints or cancels."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import label, widen
from kandinsky_desktop.ui.theme import Theme

RUN_WIDTH = 168


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

    def show_ready(self, words: str) -> None:
        """Say what a click will do."""
        self._share, self._words = None, words
        self._name()

    def show_running(self, share: float, *, stopping: bool) -> None:
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


class RunBar(QFrame):
    """Says when pictures are to be made. A subclass lays out its fields beside the buttons."""

    run_requested = Signal()
    cancel_requested = Signal()

    verb = N_("Generate")  # these are marked for translation
    help = N_("Make the pictures (Ctrl+Enter)")
    queue_help = N_("Make these pictures after those (Ctrl+Enter)")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("prompt")
        self.run_button = RunButton(theme)
        self._queue = QPushButton(_("Add to queue"))
        self._queue.setAccessibleName(_("Add to queue"))
        self._queue.hide()
        self._cost = label("", "small")
        self._cost.setWordWrap(True)
        self._cost.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        widen(theme, self._cost, RUN_WIDTH)
        self.buttons = QVBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addWidget(self.run_button)
        self.buttons.addWidget(self._queue)
        self.buttons.addWidget(self._cost)
        self.run_button.clicked.connect(self._click)
        self._queue.clicked.connect(self.run_requested)

    def show_ready(self, problem: str, cost: str) -> None:
        """Let the button paint, or say why it cannot."""
        self.run_button.show_ready(_(self.verb))
        self.run_button.setEnabled(not problem)
        self.run_button.setToolTip(problem or _(self.help))
        self._cost.setText(problem or cost)
        self._cost.setToolTip(problem or cost)
        self._cost.show()
        self._queue.hide()

    def show_running(self, share: float, problem: str, *, stopping: bool) -> None:
        """Let the button cancel, and another one queue."""
        self.run_button.show_running(share, stopping=stopping)
        self.run_button.setEnabled(not stopping)
        self.run_button.setToolTip(_("Stop at the next step (Esc)"))
        self._cost.hide()
        self._queue.show()
        self._queue.setEnabled(not problem)
        self._queue.setToolTip(problem or _(self.queue_help))

    def _click(self) -> None:
        if self.run_button.running:
            self.cancel_requested.emit()
        else:
            self.run_requested.emit()
