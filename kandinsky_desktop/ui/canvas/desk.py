"""The canvas room's middle: the view, what floats over it, and the row where fills wait."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.raster.layer import Layer
from kandinsky_desktop.state.layer_images import picture_image
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.canvas.bars import MOST_LEFT_OUT, OptionBar, ToolBar, ViewBar
from kandinsky_desktop.ui.canvas.view import CanvasView
from kandinsky_desktop.ui.canvas.waiting_row import AROUND, TILE, WaitingRow
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.theme import Theme

SIDE, TOP, GAP = 16, 16, 16
BETWEEN = 8  # two bars, one under the other
EDGE = 24  # of the row
LOWEST = 280  # of the view, in unscaled pixels: the empty row gives way
WORKING_MS = 300  # long work that is over sooner is not spoken of


class CanvasDesk(QWidget):
    """Lays out the view, the bars that float over it, and the row under it."""

    open_requested = Signal()

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("stage")
        self._theme = theme
        self.view = CanvasView(theme)
        self.row = WaitingRow(theme, actions.named("canvas_keep"))
        self.tools = ToolBar(theme, actions)
        self.options = OptionBar(theme)
        self.view_bar = ViewBar(theme, actions)
        self.invitation = Invitation(theme)
        self.working = label("", "toast")
        self.working.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._late = QTimer(self, singleShot=True, interval=WORKING_MS)
        self._late.timeout.connect(self._show_late)
        self._parts = (self.tools, self.options, self.view_bar)
        for part in (self.view, self.row, self.invitation, *self._parts, self.working):
            part.setParent(self)
        self.working.hide()
        for bar in self._parts:
            bar.installEventFilter(self)
        self.invitation.open_requested.connect(self.open_requested)
        theme.changed.connect(self.arrange)
        self.show_open(on=False)

    @property
    def foot(self) -> int:
        """How much of its lower end notices leave free."""
        return (self.row.height() if self.row.isVisibleTo(self) else 0) + AROUND

    def show_fills(self, images: Sequence[QImage], current: int, changed_outside: int) -> None:
        """Show what waits, which of it is current, and what that changed outside the mask."""
        self.row.show_fills(images, current, changed_outside)
        self.arrange()

    def small(self, layer: Layer) -> QImage:
        """Return a fill as the row shows it."""
        wanted = round(2 * TILE * self.devicePixelRatioF())
        shorter, level = min(layer.size.width, layer.size.height), 0
        while level + 1 < layer.levels and shorter >> (level + 1) >= wanted:
            level += 1
        return picture_image(layer, level).copy()

    def show_open(self, *, on: bool) -> None:
        """Show the tools, or invite to open a picture."""
        self.invitation.setVisible(not on)
        for part in (self.view, *self._parts):
            part.setVisible(on)
        self.arrange()

    def show_working(self, what: str) -> None:
        """Say over the view what goes on, once that takes a while; empty: nothing does."""
        self._late.stop()
        if what:
            self.working.setText(_("{what}… Esc stops it.").format(what=what))
            self._late.start()
        else:
            self.working.hide()

    def _show_late(self) -> None:
        self.working.show()
        self.arrange()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.Hide):
            self.arrange()
        return super().eventFilter(watched, event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("stage"))
        self.row.paint_shadow(painter)

    def arrange(self) -> None:
        """Put all where it belongs."""
        wide, high = self.width(), self.height()
        row = self.row.height()
        low = high - row - AROUND < self._theme.px(LOWEST)
        self.row.setVisible(self.view.isVisibleTo(self) and not (low and self.row.is_empty))
        if not self.row.isVisibleTo(self):
            row = 0
        else:
            self.row.setGeometry(EDGE, high - row, max(0, wide - 2 * EDGE), row)
        self.view.setGeometry(0, 0, wide, max(0, high - row - AROUND))
        self.invitation.setGeometry(self.rect())
        tools = self.tools
        tools.fit(self.view.height() - 2 * TOP)
        tools.adjustSize()
        tools.move(SIDE, TOP)
        left = SIDE + tools.width() + GAP
        space = wide - SIDE - left
        out, room, top = self._beside(self.options.needed, space)
        self.view_bar.leave_out(out)
        self.view_bar.move(wide - SIDE - self.view_bar.width(), TOP)
        self.options.fit(room)
        width = self.options.sizeHint().width()
        self.options.setGeometry(left, top, width, self.options.height())
        self.options.setVisible(width <= room and self.tools.isVisibleTo(self))
        self.working.adjustSize()
        below = max(part.geometry().bottom() for part in (self.options, self.view_bar))
        self.working.move((wide - self.working.width()) // 2, below + BETWEEN)
        for part in (*self._parts, self.working):
            part.raise_()
        shown = [QRectF(part.geometry()) for part in self._parts if part.isVisibleTo(self)]
        self.view.show_raised(shown)
        # whatever is in hand and painted on: else the picture would jump with each tool
        aside = SIDE + tools.widest(self.view.height() - 2 * TOP) + GAP
        _out, room, top = self._beside(self.options.needed_by_brush, wide - SIDE - aside)
        self.view.keep_free(aside, top + self.options.high_for_brush(room) + GAP)

    def _beside(self, needed: Sequence[int], space: int) -> tuple[int, int, int]:
        """Return what the view's bar leaves out for what the options need, in some space.

        And how much room is beside it for the options, and their top; under it, where it is little.
        """
        bar = self.view_bar
        ways = ((width, out) for width in needed for out in range(MOST_LEFT_OUT + 1))
        fitting = (out for width, out in ways if width + bar.without(out) + GAP <= space)
        out = next(fitting, MOST_LEFT_OUT)
        room = space - bar.without(out) - GAP
        if min(needed) > room:
            return out, space, TOP + bar.height() + BETWEEN
        return out, room, TOP


class Invitation(QWidget):
    """Invites to open a picture, while there is none."""

    open_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        title = label(_("Change a part of a picture"), "question")
        words = label(
            _("Drop a picture here, paste one, or choose one. Paint over what is to be new."),
            "invitation",
        )
        button = QPushButton(_("Choose a picture…"))
        button.setProperty("role", "soft")
        button.clicked.connect(self.open_requested)
        column = QVBoxLayout(self)
        column.addStretch(1)
        for part in (title, words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            part.setWordWrap(True)
            column.addWidget(part)
        column.addSpacing(16)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        self.button = button
