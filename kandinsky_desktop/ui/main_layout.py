"""Which panel sits where, how much room each has, and which of them are seen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kandinsky_desktop.ui.caption import Caption
from kandinsky_desktop.ui.fusion.place import FusionPlace
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.prompt import PromptBar
from kandinsky_desktop.ui.queue_panel import QueuePanel
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.strip import Strip


class MainLayout(QWidget):
    """Lays out the panels it is given: the places in the middle, the others around them."""

    def __init__(
        self,
        *,
        rail: Rail,
        images: tuple[QWidget, ...],  # of the place to create, one of them at a time
        caption: Caption,
        fusion: FusionPlace,
        notices: Notices,
        prompt: PromptBar,
        inspector: Inspector,
        queue: QueuePanel,
        strip: Strip,
        status: StatusLine,
    ) -> None:
        super().__init__()
        self._rail, self._caption, self._strip, self._status = rail, caption, strip, status
        self._prompt, self._fusion = prompt, fusion
        self._inspector, self._queue = inspector, queue
        self._sight = QStackedWidget()
        for sight in images:
            self._sight.addWidget(sight)
        centre = QWidget()
        centre.setObjectName("centre")
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        create = QWidget()
        inner = QVBoxLayout(create)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self._sight, 1)
        inner.addWidget(caption)
        self._places = QStackedWidget()
        self._places.addWidget(create)
        self._places.addWidget(fusion.sight)
        column.addWidget(self._places, 1)
        column.addWidget(notices)
        column.addWidget(prompt)
        column.addWidget(fusion.bar)
        fusion.bar.hide()
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

    @property
    def fusing(self) -> bool:
        """Whether the place that is shown is the board's."""
        return self._places.currentIndex() == 1

    def show_place(self, name: str) -> None:
        """Show another place of the program."""
        fusion = name == "fusion"
        self._rail.show_place(name)
        self._places.setCurrentIndex(int(fusion))
        self._prompt.setVisible(not fusion)
        self._fusion.bar.setVisible(fusion)

    def show_content(self, sight: QWidget) -> None:
        """Show one of the sights of the place to create."""
        self._sight.setCurrentWidget(sight)

    def toggle_queue(self) -> None:
        """Show or hide the queue."""
        self._show_queue(not self._queue.isVisibleTo(self))

    def show_alone(self, alone: bool) -> None:
        """Hide all but the picture, or show everything again."""
        bar = self._fusion.bar if self.fusing else self._prompt
        for part in (self._rail, self._strip, self._status, bar, self._right, self._caption):
            part.setVisible(not alone)

    def _show_queue(self, on: bool) -> None:
        self._queue.setVisible(on)
        self._status.queue_button.setChecked(on)
