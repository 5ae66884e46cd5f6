"""The pictures, newest first, as a Qt model; those in the making come before all others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Slot,
)
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.events import Made, Preview, Stepped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store.pictures import newest
from kandinsky_desktop.store.thumbnails import Thumbnails

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MOST = 500  # pictures of earlier sittings that the strip shows


@dataclass(frozen=True, slots=True)
class Tile:
    """One place in the strip: a picture on disk, or one in the making."""

    path: Path | None = None
    job: UUID | None = None  # of one in the making
    index: int = 0
    image: QImage | None = None  # thumbnail or preview

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.stem if self.path else _("In the making")


class Gallery(QAbstractListModel):
    """Tiles. Thumbnails are read in the background, when they are first looked at."""

    TileRole = Qt.ItemDataRole.UserRole

    def __init__(self, background: Background, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._background = background
        self._thumbnails = thumbnails
        self._tiles: list[Tile] = []
        self._asked: set[Path] = set()

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """All tiles, those in the making first, then the newest."""
        return tuple(self._tiles)

    def set_folder(self, folder: Path) -> None:
        """Show the newest pictures of a folder, once they are listed."""
        self._background.read(lambda: newest(folder, MOST), self._show)

    @Slot(object)
    def on_job_started(self, job: Job) -> None:
        """Add a placeholder for each picture that the job will make."""
        if not job.missing:
            return
        self.beginInsertRows(ROOT, 0, len(job.missing) - 1)
        self._tiles[:0] = [Tile(job=job.id, index=index) for index in job.missing]
        self.endInsertRows()

    @Slot(object, object)
    def on_stepped(self, job: Job, stepped: Stepped) -> None:
        """Show the preview of each picture of the batch in its place."""
        if stepped.preview is None:
            return
        images = split(stepped.preview, len(stepped.batch))
        for index, image in zip(stepped.batch, images, strict=True):
            self._change(_place(job.id, index), image=image)

    @Slot(object, object)
    def on_picture_made(self, job: Job, made: Made) -> None:
        """Replace a picture's preview by the finished one, or add it first if it had none."""
        if not self._change(_place(job.id, made.index), path=made.path, job=None):
            self.add(made.path)

    @Slot(object, object)
    def on_job_ended(self, job: Job, event: object) -> None:
        """Remove the placeholders of pictures that will not be made."""
        del event
        for row in reversed(range(len(self._tiles))):
            if self._tiles[row].job == job.id:
                self.beginRemoveRows(ROOT, row, row)
                del self._tiles[row]
                self.endRemoveRows()

    def add(self, path: Path) -> None:
        """Put a picture on disk first."""
        self.beginInsertRows(ROOT, 0, 0)
        self._tiles.insert(0, Tile(path=path))
        self.endInsertRows()

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._tiles)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        tile = self._tiles[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return tile.name
            case Qt.ItemDataRole.ToolTipRole:
                return tile.name
            case self.TileRole:
                self._want(tile)
                return tile
            case _:
                return None

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        if index.isValid() and self._tiles[index.row()].path:
            return base | Qt.ItemFlag.ItemIsDragEnabled
        return base

    @override
    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    @override
    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        return as_files(self._tiles[index.row()].path for index in indexes)

    def _show(self, paths: list[Path]) -> None:
        growing = [tile for tile in self._tiles if tile.job]
        self.beginResetModel()
        known = {tile.path: tile.image for tile in self._tiles}
        self._tiles = growing + [Tile(path=path, image=known.get(path)) for path in paths]
        self.endResetModel()

    def _want(self, tile: Tile) -> None:
        """Read the thumbnail in the background, once; it replaces a preview."""
        path = tile.path
        if path is None or path in self._asked:
            return
        self._asked.add(path)

        def read() -> QImage:
            return QImage.fromData(self._thumbnails.of(path))

        def show(image: QImage) -> None:
            self._change(lambda one: one.path == path, image=image)

        self._background.read(read, show)

    def _change(self, which: Callable[[Tile], bool], **changes: Any) -> bool:
        for row, tile in enumerate(self._tiles):
            if which(tile):
                self._tiles[row] = replace(tile, **changes)
                index = self.index(row, 0)
                self.dataChanged.emit(index, index)
                return True
        return False


def _place(job: UUID, index: int) -> Callable[[Tile], bool]:
    return lambda tile: tile.job == job and tile.index == index


def as_files(paths: Iterable[Path | None]) -> QMimeData:
    """Return pictures as other programs take them from a drag or the clipboard."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths if path])
    return data


def split(preview: Preview, count: int) -> list[QImage]:
    """Split a preview of a batch into its pictures."""
    row = QImage(
        preview.pixels,
        preview.width,
        preview.height,
        preview.width * 3,
        QImage.Format.Format_RGB888,
    )
    each = preview.width // count
    return [row.copy(number * each, 0, each, preview.height) for number in range(count)]
