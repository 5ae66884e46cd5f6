"""A small real model of pictures, and thumbnails that come later, for views to be tried on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QImage

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import as_files

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class SomeSection:
    """Rows under one heading."""

    title: str
    start: int
    pictures: int = 0


class SomePictures(QAbstractListModel):
    """Pictures by their ids, newest first."""

    IdRole, PathRole, StarsRole, StackRole, BrokenRole, OpenStackRole, ShareRole = range(
        Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 7
    )
    sections_changed = Signal()

    def __init__(self, ids: Iterable[int] = (), sections: Sequence[SomeSection] = ()) -> None:
        super().__init__()
        self.ids = np.fromiter(ids, np.int64)
        self._sections = tuple(sections)
        self.stars: dict[int, int] = {}
        self.stacks: dict[int, int] = {}
        self.opened: dict[int, int] = {}
        self.broken: dict[int, str] = {}
        self.making: dict[int, tuple[QImage, float]] = {}

    @property
    def sections(self) -> tuple[SomeSection, ...]:
        """All rows, parted by headings."""
        return self._sections

    def show(self, ids: Iterable[int], sections: Sequence[SomeSection] = ()) -> None:
        """Be other pictures from now on."""
        self.beginResetModel()
        self.ids = np.fromiter(ids, np.int64)
        self._sections = tuple(sections)
        self.endResetModel()

    def add_first(self, ids: Sequence[int]) -> None:
        """Show some more at the top; all other sections begin so much later."""
        self.beginInsertRows(ROOT, 0, len(ids) - 1)
        self.ids = np.concatenate((np.array(ids, np.int64), self.ids))
        self._sections = tuple(
            SomeSection(one.title, one.start + (len(ids) if one.start else 0))
            for one in self._sections
        )
        self.endInsertRows()

    def row_of(self, picture: int) -> int | None:
        """Return the row of a picture; None: it is not there."""
        found = np.flatnonzero(self.ids == picture)
        return int(found[0]) if len(found) else None

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self.ids)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        picture = int(self.ids[index.row()])
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"picture {picture}"
            case self.IdRole:
                return picture
            case self.PathRole:
                return Path(f"/pictures/{picture}.png")
            case self.StarsRole:
                return self.stars.get(picture, 0)
            case self.StackRole:
                return self.stacks.get(picture, 1)
            case self.BrokenRole:
                return self.broken.get(picture, "")
            case self.OpenStackRole:
                return self.opened.get(picture, 0)
            case Qt.ItemDataRole.DecorationRole | self.ShareRole if picture in self.making:
                return self.making[picture][role == self.ShareRole]
        return None

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    @override
    def mimeData(self, indexes: list[QModelIndex]) -> Any:  # type: ignore[override]
        return as_files(index.data(self.PathRole) for index in indexes)


class SomeThumbnails(QObject):
    """Plain squares that are there as soon as the event loop turns; it notes what was wished."""

    ready = Signal(object)  # Sequence[int]

    def __init__(self) -> None:
        super().__init__()
        self.wished: list[list[int]] = []
        self.side = 0
        self.images: dict[int, QImage] = {}

    def image(self, picture: int) -> QImage | None:
        """Return what came."""
        return self.images.get(picture)

    def set_side(self, pixels: int) -> None:
        """Be so large from now on."""
        self.side = pixels

    def color(self, picture: int) -> QColor:
        """Return a colour of each picture's own."""
        return QColor.fromHsv(picture * 37 % 360, 120, 200)

    def wish(self, ids: Sequence[int]) -> None:
        """Have them soon."""
        self.wished.append(list(ids))
        QTimer.singleShot(0, self, self._bring)

    def _bring(self) -> None:
        ids = self.wished[-1]
        for picture in ids:
            if picture not in self.images:
                image = QImage(self.side, self.side, QImage.Format.Format_RGB32)
                image.fill(self.color(picture).darker())
                self.images[picture] = image
        self.ready.emit(ids)


def by_days(count: int, each: int = 24) -> tuple[range, tuple[SomeSection, ...]]:
    """Return ids from the newest on, and a section a day."""
    starts = range(0, count, each)
    return range(count, 0, -1), tuple(
        SomeSection(f"Day {one // each}", one, each) for one in starts
    )
