"""Which panel sits where, how much room each has, and which of them are seen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.queue_panel import QueuePanel
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.strip import Strip


class MainLayout(QWidget):
    """Lays out the panels it is given: the rooms in the middle, the others around them."""

    def __init__(
        self,
        *,
        rail: Rail,
        notices: Notices,
        inspector: Inspector,
        queue: QueuePanel,
        strip: Strip,
        status: StatusLine,
    ) -> None:
        super().__init__()
        self._rail, self._strip, self._status = rail, strip, status
        self._inspector, self._queue = inspector, queue
        self._room_bar: QWidget | None = None
        centre = QWidget()
        centre.setObjectName("centre")
        self._centre = QVBoxLayout(centre)
        self._centre.setContentsMargins(0, 0, 0, 0)
        self._centre.setSpacing(0)
        self._rooms = QStackedWidget()
        self._centre.addWidget(self._rooms, 1)
        self._centre.addWidget(notices)
        self._right = QSplitter(Qt.Orientation.Vertical)
        self._right.addWidget(inspector)
        self._right.addWidget(queue)
        self._right.setChildrenCollapsible(False)
        self._right.setStretchFactor(0, 3)
        self._right.setStretchFactor(1, 2)
        queue.hide()
        self._panes = QSplitter(Qt.Orientation.Horizontal)
        self._panes.addWidget(centre)
        self._panes.addWidget(self._right)
        self._panes.setChildrenCollapsible(False)
        self._panes.setStretchFactor(0, 1)
        self._panes.setSizes([892, 340])
        upper = QHBoxLayout()
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addWidget(rail)
        upper.addWidget(self._panes, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(upper, 1)
        rows.addWidget(strip)
        rows.addWidget(status)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes of the panes and states of the folds, to be kept between sittings."""
        panes = (*self._panes.sizes(), *self._right.sizes())
        return (*panes, int(self._queue.isVisibleTo(self)), *self._inspector.sections)

    def restore(self, numbers: tuple[int, ...]) -> None:
        """Put the panes where they were, if that still makes sense."""
        if len(numbers) >= 8:
            self._panes.setSizes(list(numbers[:2]))
            self._right.setSizes(list(numbers[2:4]))
            self._show_queue(bool(numbers[4]))
            self._inspector.open_folds(numbers[5:])

    def add_room(self, widget: QWidget, bar: QWidget | None) -> None:
        """Make place for one more room, with the bar under it."""
        self._rooms.addWidget(widget)
        if bar is not None:
            bar.hide()
            self._centre.addWidget(bar)

    def show_room(self, widget: QWidget, bar: QWidget | None) -> None:
        """Show a room and its bar instead of another."""
        self._rooms.setCurrentWidget(widget)
        if self._room_bar not in (bar, None):
            self._room_bar.hide()
        if bar is not None:
            bar.show()
        self._room_bar = bar

    def toggle_queue(self) -> None:
        """Show or hide the queue."""
        self._show_queue(not self._queue.isVisibleTo(self))

    def show_alone(self, alone: bool) -> None:
        """Hide all but the room, or show everything again."""
        parts = (self._rail, self._strip, self._status, self._right)
        for part in parts if self._room_bar is None else (*parts, self._room_bar):
            part.setVisible(not alone)

    def _show_queue(self, on: bool) -> None:
        self._queue.setVisible(on)
        self._status.queue_button.setChecked(on)
