"""The queue as a panel: what runs, what waits, what failed; and what can be done about it."""

from uuid import UUID

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.job_list import JobEntry, JobListModel, JobStatus
from kandinsky_desktop.ui.actions import ActionSet, Focus, Subject, nothing, show_toggle
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile

STYLE = TileStyle(radius=6, ring=1, focus=0)


class QueuePanel(QFrame):
    """Shows the queue and says what a person wishes done with a job."""

    def __init__(self, theme: Theme, queue: JobListModel, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("queue")
        self._theme, self._queue, self._actions = theme, queue, actions
        self._view = _View()
        self._view.setModel(queue)
        self._view.setItemDelegate(_EntryPainter(theme, self._view))
        self._empty = label(
            _("Nothing waits. While a job runs, Ctrl+Enter adds the next."), "small"
        )
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(0, 0, 8, 0)
        self.pause = actions.button("pause", nothing, checkable=True)
        self.first = actions.button("run_next", self._job)
        self.up = actions.button("move_up", self._job)
        self.down = actions.button("move_down", self._job)
        self.retry = actions.button("retry", self._job)
        self.away = actions.button("remove_job", self._job)
        actions.listen(self._view, Focus.QUEUE, Subject.JOB, self._job)
        actions.listen(self._view, Focus.QUEUE, Subject.NOTHING, nothing)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(label(_("Queue"), "heading"))
        head.addStretch(1)
        for button in (self.pause, self.first, self.up, self.down, self.retry, self.away):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self._view, 1)
        self.setMinimumHeight(120)

        self._view.selectionModel().selectionChanged.connect(self._allow)
        for change in (queue.rowsInserted, queue.rowsRemoved, queue.rowsMoved, queue.dataChanged):
            change.connect(self._allow)
        self._allow()

    @property
    def view(self) -> QListView:
        """The list itself."""
        return self._view

    def show_pause(self, on: bool) -> None:
        """Show whether the queue is paused."""
        self.pause.setChecked(on)
        tip = _("Let the queue go on") if on else _("Pause the queue")
        show_toggle(self._theme, self.pause, "play" if on else "pause", tip)

    def _job(self) -> UUID | None:
        """Return the job that is chosen."""
        index = self._view.currentIndex()
        return index.data(JobListModel.EntryRole).job.id if index.isValid() else None

    def _allow(self, *changes: object) -> None:
        del changes
        self._empty.setVisible(self._queue.rowCount() == 0)
        self._view.setVisible(self._queue.rowCount() > 0)
        self._actions.refresh()

    def select(self, job: UUID) -> None:
        """Make a job the current one."""
        for row, entry in enumerate(self._queue.entries):
            if entry.job.id == job:
                self._view.setCurrentIndex(self._queue.index(row, 0))


class _View(QListView):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Queue"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)


class _EntryPainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, self._theme.px(52))

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        entry: JobEntry = index.data(JobListModel.EntryRole)
        theme = self._theme
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        failed = entry.status is JobStatus.FAILED
        content = TileContent(
            ground=theme.colour("hover" if selected else "raised"),
            outline=theme.colour("line"),
            title=entry.title,
            detail=entry.detail,
            detail_colour=theme.colour("danger" if failed else "quiet"),
            share=entry.share if entry.status is JobStatus.RUNNING else None,
        )
        cell = QRectF(option.rect).adjusted(0.5, 2.5, -4.5, -2.5)
        paint_tile(painter, theme, cell, STYLE, content, option.state)
