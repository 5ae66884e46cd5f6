"""The jobs that run and wait, as a Qt model. The running one, if any, comes first."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)

from kandinsky_desktop.domain.conditioning import pictures_of
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.task import NOWHERE, Inpaint, Outpaint, files_of
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LONGEST_ROW = 400  # characters: a prompt may have 20,000, which take long to be measured


class JobStatus(Enum):
    """How a job stands."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"  # it ended early; it may be tried again


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job and how it stands."""

    job: Job
    status: JobStatus = JobStatus.WAITING
    share: float = 0.0  # done, 0 to 1
    note: str = ""  # what it does now, or why it failed
    lost: tuple[Path, ...] = ()  # files that it failed for, since they were not there any more

    @property
    def title(self) -> str:
        """Its words on one line, as many as a list shows."""
        return self.job.titled(LONGEST_ROW)

    @property
    def picture(self) -> Path | None:
        """What it starts from or means, if that is a picture."""
        request = self.job.request
        files = (*files_of(request.task), *pictures_of(request.conditioning))
        return next((path for path in files if path != NOWHERE), None)

    @property
    def detail(self) -> str:
        """How much it is, or what it says."""
        if self.note:
            return self.note
        count = len(self.job.missing)
        match self.job.request.task:
            case Inpaint():  # as large as the picture, whatever size is set
                what = _("fill a part")
            case Outpaint():
                what = _("add around")
            case _:
                sampling = self.job.request.sampling
                what = f"{sampling.width} × {sampling.height}"
        return (
            ngettext("{count} picture", "{count} pictures", count).format(count=count)
            + f" · {what}"
        )


class JobListModel(QAbstractListModel):
    """A list of entries. Waiting ones can be moved; nothing here runs anything."""

    EntryRole = Qt.ItemDataRole.UserRole

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[JobEntry] = []

    @property
    def entries(self) -> tuple[JobEntry, ...]:
        """All entries, in the order in which they will run."""
        return tuple(self._entries)

    @property
    def running(self) -> JobEntry | None:
        """The entry that runs now."""
        return next((one for one in self._entries if one.status is JobStatus.RUNNING), None)

    @property
    def waiting(self) -> tuple[JobEntry, ...]:
        """The entries that will run."""
        return tuple(one for one in self._entries if one.status is JobStatus.WAITING)

    def find(self, job: UUID) -> JobEntry | None:
        """Return the entry of a job."""
        return next((one for one in self._entries if one.job.id == job), None)

    def add(self, entry: JobEntry) -> None:
        """Put an entry last."""
        row = len(self._entries)
        self.beginInsertRows(ROOT, row, row)
        self._entries.append(entry)
        self.endInsertRows()

    def change(self, job: UUID, /, **changes: Any) -> None:
        """Change fields of an entry; nothing happens if it is gone."""
        row = self._row(job)
        if row is None:
            return
        self._entries[row] = replace(self._entries[row], **changes)
        index = self.index(row, 0)
        self.dataChanged.emit(index, index)

    def remove(self, job: UUID) -> None:
        """Drop an entry."""
        row = self._row(job)
        if row is None:
            return
        self.beginRemoveRows(ROOT, row, row)
        del self._entries[row]
        self.endRemoveRows()

    def move(self, job: UUID, to: int) -> None:
        """Move an entry to row `to`, but never before the running one."""
        row = self._row(job)
        if row is None or self._entries[row].status is JobStatus.RUNNING:
            return
        first = 1 if self.running else 0
        to = max(first, min(to, len(self._entries) - 1))
        if to == row:
            return
        self.beginMoveRows(ROOT, row, row, ROOT, to + 1 if to > row else to)
        self._entries.insert(to, self._entries.pop(row))
        self.endMoveRows()

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        return base | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else base

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.title
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{entry.title}\n{entry.detail}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{entry.title}, {_(entry.status.value)}, {entry.detail}"
            case self.EntryRole:
                return entry
            case _:
                return None

    def _row(self, job: UUID) -> int | None:
        return next((row for row, one in enumerate(self._entries) if one.job.id == job), None)
