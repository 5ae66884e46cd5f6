"""The queue as a panel: what runs, what waits, what failed; and what can be done about it."""

from uuid import UUID

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QHideEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.job_list import JobEntry, JobListModel, JobStatus
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.ui.actions import ActionSet, Focus, Subject, nothing, show_toggle
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.image_scaling import paint_square
from kandinsky_desktop.ui.row_menu import asked_row
from kandinsky_desktop.ui.theme import Theme

ROW, THUMB, RING, PAD = 52, 40, 22, 6  # in unscaled pixels
SHOWN = 5  # rows that there is room for
LARGE_TEXT = 1.2  # above it the title has a row of its own
JOB = "application/x-kandinsky-job"  # what is dragged: its name
MENU = ("run_next", "move_up", "move_down", "", "retry", "remove_job", "", "clear_queue")


class QueuePanel(QFrame):
    """Shows the queue and says what a person wishes done with a job.

    Jobs that wait are dragged to another place.
    """

    moved = Signal(object, int)  # uuid.UUID of a job, the row where it is to wait

    def __init__(
        self,
        theme: Theme,
        queue: JobListModel,
        actions: ActionSet,
        thumbnails: ThumbnailLoader,
    ) -> None:
        super().__init__()
        self.setObjectName("queue")
        self._theme, self._queue, self._actions = theme, queue, actions
        self._view = _View(theme, thumbnails)
        self._view.setModel(queue)
        self._view.setItemDelegate(_EntryPainter(theme, self._view))
        self._view.moved.connect(self.moved)
        self._view.menu_requested.connect(self._open_menu)
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
        self._head = head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(2)
        self._title = label(_("Queue"), "heading")
        head.addWidget(self._title, 1)
        tools = QHBoxLayout()
        tools.setSpacing(2)
        head.addLayout(tools)
        for button in (self.pause, self.first, self.up, self.down, self.retry, self.away):
            tools.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 8)
        column.setSpacing(4)
        tools.addStretch(1)
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self._view, 1)
        self._view.selectionModel().selectionChanged.connect(self._allow)
        for change in (queue.rowsInserted, queue.rowsRemoved, queue.rowsMoved, queue.dataChanged):
            change.connect(self._allow)
        theme.changed.connect(self._turn)
        self._turn()
        self._allow()

    @property
    def view(self) -> QListView:
        """The list itself."""
        return self._view

    @property
    def needed(self) -> int:
        """How high it wants to be."""
        layout = self.layout()
        head = self._head.minimumSize().height()
        assert layout is not None
        margins = layout.contentsMargins()
        around = margins.top() + margins.bottom() + layout.spacing()
        return SHOWN * self._theme.px(ROW) + head + around

    def _turn(self) -> None:
        """Put the buttons under the title where both would be wider than the panel."""
        way = QBoxLayout.Direction
        large = self._theme.scale > LARGE_TEXT
        self._head.setDirection(way.TopToBottom if large else way.LeftToRight)

    def show_preview(self, image: QImage | None) -> None:
        """Show how the running job's picture looks now."""
        self._view.preview = image
        self._view.viewport().update()

    def show_pause(self, on: bool) -> None:
        """Show whether the queue is paused."""
        self.pause.setChecked(on)
        tip = _("Let the queue go on") if on else _("Pause the queue")
        show_toggle(self._theme, self.pause, "play" if on else "pause", tip)

    def _job(self) -> UUID | None:
        """Return the job that is chosen."""
        index = self._view.currentIndex()
        return index.data(JobListModel.EntryRole).job.id if index.isValid() else None

    def _open_menu(self, job: UUID, point: QPoint) -> None:
        menu = self._actions.menu(self)
        for name in MENU:
            on_job = name and self._actions.named(name).subject is Subject.JOB
            self._actions.fill(menu, (name,), *((job,) if on_job else ()))
        menu.popup(point)

    def _allow(self, *changes: object) -> None:
        del changes
        self._empty.setVisible(self._queue.rowCount() == 0)
        self._view.setVisible(self._queue.rowCount() > 0)
        entry = self._view.currentIndex().data(JobListModel.EntryRole)
        failed = entry is not None and entry.status is JobStatus.FAILED
        self.retry.setVisible(failed)  # in the place of what cannot be done with such a job
        self.first.setVisible(not failed)
        self._actions.refresh()

    def select(self, job: UUID) -> None:
        """Make a job the current one."""
        for row, entry in enumerate(self._queue.entries):
            if entry.job.id == job:
                self._view.setCurrentIndex(self._queue.index(row, 0))


class _View(QListView):
    moved = Signal(object, int)  # uuid.UUID of a job, a row
    menu_requested = Signal(object, object)  # uuid.UUID of a job, QPoint on the screen

    def __init__(self, theme: Theme, thumbnails: ThumbnailLoader) -> None:
        super().__init__()
        self._theme, self.thumbnails = theme, thumbnails
        self.preview: QImage | None = None  # of the running job
        self._gap: int | None = None  # the row before which a dragged job would be put
        self.setAccessibleName(_("Queue"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        thumbnails.loaded.connect(self.viewport().update)

    @property
    def entries(self) -> tuple[JobEntry, ...]:
        model = self.model()
        return model.entries if isinstance(model, JobListModel) else ()

    def row_at(self, y: int) -> int:
        """Return the row before which something is put that is let go at this height."""
        for row in range(len(self.entries)):
            if y < self.visualRect(self.model().index(row, 0)).center().y():
                return row
        return len(self.entries)

    @override
    def startDrag(self, supported: Qt.DropAction) -> None:
        index = self.currentIndex()
        entry: JobEntry | None = index.data(JobListModel.EntryRole)
        if entry is None or entry.status is JobStatus.RUNNING:
            return
        data, place = QMimeData(), self.visualRect(index)
        data.setData(JOB, entry.job.id.bytes)
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.viewport().grab(place))
        drag.setHotSpot(QPoint(place.width() // 2, place.height() // 2))
        drag.exec(Qt.DropAction.MoveAction)
        self._show_gap(None)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if not event.mimeData().hasFormat(JOB):
            event.ignore()
            return
        running = bool(self.entries) and self.entries[0].status is JobStatus.RUNNING
        self._show_gap(max(int(running), self.row_at(event.position().toPoint().y())))
        event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_gap(None)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        gap, job = self._gap, UUID(bytes=bytes(event.mimeData().data(JOB).data()))
        self._show_gap(None)
        rows = [row for row, entry in enumerate(self.entries) if entry.job.id == job]
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        if rows and gap is not None:
            self.moved.emit(job, gap - 1 if gap > rows[0] else gap)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index, point = asked_row(self, event)
        if index.isValid():
            job = index.data(JobListModel.EntryRole).job.id
            self.menu_requested.emit(job, point)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._request()
        if self._gap is None:
            return
        place = self.visualRect(self.model().index(min(self._gap, len(self.entries) - 1), 0))
        y = place.top() if self._gap < len(self.entries) else place.bottom()
        painter = QPainter(self.viewport())
        painter.setPen(QPen(self._theme.colour("accent"), 2))
        painter.drawLine(place.left(), max(1, y), place.right(), max(1, y))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._request()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.thumbnails.request(self, ())

    def _request(self) -> None:
        """Have the pictures read that the jobs begin with."""
        wanted = [entry.picture for entry in self.entries if entry.picture is not None]
        self.thumbnails.request(self, wanted)

    def _show_gap(self, row: int | None) -> None:
        self._gap = row
        self.viewport().update()


class _EntryPainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: _View) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, self._theme.px(ROW))

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        entry: JobEntry = index.data(JobListModel.EntryRole)
        theme, area = self._theme, QRectF(option.rect).adjusted(0, 1, -6, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("tint" if selected else "hover"))
            painter.drawRoundedRect(area, 6, 6)
        if selected and self._view.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        side = theme.px(THUMB)
        thumb = QRectF(area.left() + PAD, area.center().y() - side / 2, side, side)
        self._paint_thumb(painter, thumb, entry)
        right = area.right() - PAD
        if entry.status is not JobStatus.WAITING:
            mark = QRectF(0, 0, theme.px(RING), theme.px(RING))
            mark.moveCenter(
                QRectF(right - mark.width(), area.top(), mark.width(), area.height()).center()
            )
            self._paint_mark(painter, mark, entry)
            right = mark.left() - PAD
        self._paint_words(
            painter,
            QRectF(thumb.right() + 8, area.top(), right - thumb.right() - 8, area.height()),
            entry,
        )
        painter.restore()

    def _paint_thumb(self, painter: QPainter, place: QRectF, entry: JobEntry) -> None:
        theme, shape = self._theme, QPainterPath()
        shape.addRoundedRect(place, 6, 6)
        painter.fillPath(shape, theme.colour("raised"))
        image = self._view.preview if entry.status is JobStatus.RUNNING else None
        if image is None and entry.picture is not None:
            image = self._view.thumbnails.get(entry.picture)
        if image is not None:
            paint_square(painter, image, place, shape)
        else:
            side = place.width() * 0.45
            mark = QRectF(0, 0, side, side)
            mark.moveCenter(place.center())
            name = "quote" if entry.picture is None else "image"
            icon(name, theme.colour("accent_text")).paint(painter, mark.toRect())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawPath(shape)

    def _paint_mark(self, painter: QPainter, place: QRectF, entry: JobEntry) -> None:
        """Paint how far a job is, or that it failed."""
        theme = self._theme
        if entry.status is JobStatus.FAILED:
            icon("circle-alert", theme.colour("danger")).paint(painter, place.toRect())
            return
        ring = place.adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("track"), 2.6))
        painter.drawEllipse(ring)
        pen = QPen(theme.colour("accent"), 2.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(ring, 90 * 16, -round(360 * 16 * entry.share))

    def _paint_words(self, painter: QPainter, place: QRectF, entry: JobEntry) -> None:
        theme, middle = self._theme, place.center().y()
        failed = entry.status is JobStatus.FAILED
        running = entry.status is JobStatus.RUNNING
        above, below = QRectF(place), QRectF(place)
        above.setBottom(middle)
        below.setTop(middle + 1)
        for words, size, name, where, edge, bold in (
            (entry.title, 13, "text", above, Qt.AlignmentFlag.AlignBottom, running),
            (
                entry.detail,
                12,
                "danger" if failed else "quiet",
                below,
                Qt.AlignmentFlag.AlignTop,
                False,
            ),
        ):
            font = QFont(self._view.font())
            font.setPixelSize(theme.px(size))
            font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
            painter.setFont(font)
            painter.setPen(theme.colour(name))
            elide = Qt.TextElideMode.ElideRight
            shown = painter.fontMetrics().elidedText(words, elide, int(where.width()))
            painter.drawText(where, edge, shown)
