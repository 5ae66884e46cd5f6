"""Lays out the panels it is given: the rooms in the middle, the others around them."""

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.queue_panel import QueuePanel
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.strip import Strip
from kandinsky_desktop.ui.theme import Theme

RAIL = 72  # grows by half as much as the text
ROOM_HEIGHT = 56  # of one of its buttons, with its words
INSPECTOR, NARROWEST, WIDEST_SHARE = 296, 264, 0.285  # of the inspector; its share of the window
WITH_INSPECTOR = 960  # a narrower window folds it away
WITH_DETAILS = 1100  # likewise what a room has in its place
WITH_TALL_STRIP = 900
WITH_STRIP = 560  # a lower window folds the strip away
WIDE = 1920  # from here on the inspector is as wide as its fields want to be
INSPECTOR_WIDE = 320
LOWEST_QUEUE, QUEUE_SHARE = 120, 0.45  # of the queue; its share of the window's height
FOOT = 12  # between a notice and what stands at the foot of the room


class MainLayout(QWidget):
    """Gives each panel its room by the size of the window, and hides some where there is none."""

    def __init__(
        self,
        theme: Theme,
        *,
        rail: Rail,
        notices: Notices,
        inspector: Inspector,
        queue: QueuePanel,
        strip: Strip,
        status: StatusLine,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._rail, self._strip, self._status = rail, strip, status
        self._inspector, self._queue, self._notices = inspector, queue, notices
        self._room_bar: QWidget | None = None
        self._strip_wanted = self._panel_wanted = True
        self._alone = False
        self._queue_wanted = False
        self._options_wanted: bool | None = None  # None: where there is room for them
        self._roomy = True
        centre = QWidget()
        centre.setObjectName("centre")
        self._centre = QVBoxLayout(centre)
        self._centre.setContentsMargins(0, 0, 0, 0)
        self._centre.setSpacing(0)
        self._rooms = QStackedWidget()
        self._centre.addWidget(self._rooms, 1)
        notices.setParent(centre)
        self._panels = _Panels()  # the inspector, and what rooms have in its place
        self._panels.addWidget(inspector)
        self._right = QSplitter(Qt.Orientation.Vertical)
        self._right.addWidget(self._panels)
        self._right.addWidget(queue)
        self._right.setChildrenCollapsible(False)
        self._right.setStretchFactor(0, 3)
        self._right.setStretchFactor(1, 2)
        queue.hide()
        upper = QHBoxLayout()
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addWidget(rail)
        upper.addWidget(centre, 1)
        upper.addWidget(self._right)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(upper, 1)
        rows.addWidget(strip)
        rows.addWidget(status)
        theme.changed.connect(self._arrange)
        centre.installEventFilter(self)
        notices.installEventFilter(self)
        inspector.body.installEventFilter(self)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes of the panels and states of the sections, to be kept between sittings."""
        return (*self._right.sizes(), int(self._queue_wanted), *self._inspector.sections)

    def restore(self, numbers: tuple[int, ...]) -> None:
        """Put the panels where they were, if that still makes sense."""
        if len(numbers) >= 6:
            if any(numbers[:2]):  # else they were never seen
                self._right.setSizes(list(numbers[:2]))
            self._show_queue(bool(numbers[2]))
            self._inspector.open_folds(numbers[3:])

    def add_room(self, widget: QWidget, bar: QWidget | None) -> None:
        """Make place for one more room, with the bar under it."""
        self._rooms.addWidget(widget)
        if bar is not None:
            bar.hide()
            self._centre.addWidget(bar)

    def add_panel(self, panel: QWidget) -> None:
        """Make place for what a room has instead of the inspector."""
        self._panels.addWidget(panel)

    def show_room(self, widget: QWidget, bar: QWidget | None, panel: QWidget | None = None) -> None:
        """Show a room, its bar and its panel instead of another's."""
        self._rooms.setCurrentWidget(widget)
        self._panels.setCurrentWidget(panel or self._inspector)
        if self._room_bar not in (bar, None):
            self._room_bar.hide()
        if bar is not None:
            bar.setVisible(not self._alone)
        self._room_bar = bar
        self._arrange()
        self._place_notices()

    def want(self, *, strip: bool, panel: bool) -> None:
        """Show the strip and the panel where there is room for them, or nowhere."""
        if (strip, panel) != (self._strip_wanted, self._panel_wanted):
            self._strip_wanted, self._panel_wanted = strip, panel
            self._arrange()

    def toggle_queue(self) -> None:
        """Show or hide the queue."""
        self._show_queue(not self._queue.isVisibleTo(self))

    def toggle_options(self) -> None:
        """Show or hide the inspector, until the window gets narrow or wide."""
        self._options_wanted = on = not self._panels.isVisibleTo(self)
        focus, room = QApplication.focusWidget(), self._rooms.currentWidget()
        inside = focus is not None and self._panels.isAncestorOf(focus)
        if inside and room is not None and not on:
            room.setFocus()
        self._arrange()

    def show_alone(self, alone: bool) -> None:
        """Hide all but the room, or show everything again."""
        self._alone = alone
        for part in (self._rail, self._status, self._room_bar):
            if part is not None:
                part.setVisible(not alone)
        self._arrange()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._inspector.body:
            if event.type() is QEvent.Type.LayoutRequest:
                self._arrange()  # what was opened may need more room
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._place_notices()
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        """Give the panels their sizes, by the window's and the text's."""
        scale, wide = self._theme.scale, self.width()
        rail = max(round(RAIL + 36 * (scale - 1)), self._rail.needed)
        self._rail.setFixedWidth(rail)
        self._rail.allow_height(self._theme.px(ROOM_HEIGHT))
        wanted = (INSPECTOR_WIDE if wide >= WIDE else INSPECTOR) * scale
        queue = min(self._queue.needed, max(LOWEST_QUEUE, QUEUE_SHARE * self.height()))
        self._queue.setMinimumHeight(round(queue))
        own = self._panels.currentWidget() is not self._inspector
        roomy = wide >= (WITH_DETAILS if own else WITH_INSPECTOR)
        if roomy != self._roomy:
            self._roomy, self._options_wanted = roomy, None
        options = roomy if self._options_wanted is None else self._options_wanted
        options = options and self._panel_wanted
        inspector = self._inspector.needed if options and not own else 0
        queue_wide = self._queue.minimumSizeHint().width() if self._queue_wanted else 0
        needed = max(NARROWEST, inspector, queue_wide)
        self._right.setFixedWidth(round(max(needed, min(wanted, WIDEST_SHARE * wide))))
        self._panels.setVisible(options and not self._alone)
        self._right.setVisible((options or self._queue_wanted) and not self._alone)
        offered = self._panel_wanted and not (roomy and options)
        self._status.offer_options(offered, shown=options)
        self._strip.set_tall(self.height() >= WITH_TALL_STRIP)
        strip = self._strip_wanted and self.height() >= WITH_STRIP
        self._strip.setVisible(strip and not self._alone)

    def _place_notices(self) -> None:
        """Lay the notices over the foot of the room, centred, so that nothing else moves."""
        rooms = self._rooms.geometry()
        room = self._rooms.currentWidget()
        foot = getattr(room, "foot", 0) + FOOT
        high = self._notices.needed(rooms.width())
        wide = self._notices.wide(rooms.width())
        corner = QPoint(rooms.center().x() - wide // 2, rooms.bottom() - foot - high)
        self._notices.setGeometry(corner.x(), max(0, corner.y()), wide, high)
        self._notices.raise_()

    def _show_queue(self, on: bool) -> None:
        self._queue_wanted = on
        self._queue.setVisible(on)
        self._status.queue_button.setChecked(on)
        self._arrange()


class _Panels(QStackedWidget):
    """One panel at a time; it needs what the one that is shown needs."""

    @override
    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()
