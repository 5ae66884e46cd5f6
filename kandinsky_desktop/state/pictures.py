"""A list of pictures as a Qt model: files, and those that are still in the making."""

from collections.abc import Iterable, Iterator, Sequence
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
)
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.conditioning import title_of_picture
from kandinsky_desktop.domain.events import Preview, Stepped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.state.thumbnails import ThumbnailLoader

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MOST_PREVIEWS = 64  # of finished pictures whose thumbnails nobody has asked for yet
Key = Path | tuple[UUID | None, int]  # of a file, or of one in the making: its job and number


@dataclass(frozen=True, slots=True)
class Tile:
    """One entry: a picture on disk, or one in the making."""

    path: Path | None = None
    job: UUID | None = None  # of one in the making
    index: int = 0  # its number within the job
    image: QImage | None = None  # thumbnail or preview, as far as it is in memory
    share: float = 0.0  # of its steps that are done, while it is in the making
    batch: str = ""  # names the request that it is of; empty: nobody knows
    members: tuple["Tile", ...] = ()  # of the stack that it stands for or belongs to, in order
    is_member: bool = False  # it is one of them; else it stands for all
    is_open: bool = False  # its members are shown beside it

    @property
    def name(self) -> str:
        """What it is called."""
        return title_of_picture(self.path) if self.path else _("In the making")

    @property
    def key(self) -> Key:
        """What it is found by."""
        return self.path or (self.job, self.index)


class PictureListModel(QAbstractListModel):
    """Entries, newest first; each is found by its key, so that no event looks through all.

    Thumbnails lie in the loader, which views ask for what they show; a thumbnail that comes is not
    announced as changed data.
    """

    TileRole = Qt.ItemDataRole.UserRole

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__()
        self.thumbnails = thumbnails
        self._entries: list[Tile] = []  # oldest first, without images
        self._positions: dict[Key, int] = {}
        self._previews: dict[Key, QImage] = {}
        thumbnails.loaded.connect(self._on_loaded)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """All entries in the order of their rows, with their images."""
        return tuple(self.tile(row) for row in range(len(self._entries)))

    def tile(self, row: int) -> Tile:
        """Return an entry with its image."""
        entry = self._entries[-1 - row]
        return replace(entry, image=self._image_of(entry))

    def path(self, row: int) -> Path | None:
        """Return the file of an entry; None: it is in the making."""
        return self._entries[-1 - row].path

    def row_of(self, path: Path) -> int | None:
        """Return the row of a file."""
        return self._row(path)

    def rows_showing(self, path: Path) -> tuple[int, ...]:
        """Return the rows that show a file."""
        row = self._row(path)
        return () if row is None else (row,)

    def entry(self, row: int) -> Tile:
        """Return an entry without its image."""
        return self._entries[-1 - row]

    def find(self, key: Key) -> Tile | None:
        """Return an entry by its key, with its image."""
        at = self._positions.get(key)
        return None if at is None else self.tile(len(self._entries) - 1 - at)

    def oldest_first(self) -> Iterator[Tile]:
        """Yield all entries without their images, from the last row to the first."""
        return iter(self._entries)

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        tile = self._entries[-1 - index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return tile.name
            case Qt.ItemDataRole.ToolTipRole:
                share = f": {in_percent(tile.share)}" if tile.share else ""
                return plain_tip(f"{tile.name}{share}")
            case self.TileRole:
                return self.tile(index.row())
            case _:
                return None

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        if index.isValid() and self.path(index.row()):
            return base | Qt.ItemFlag.ItemIsDragEnabled
        return base

    @override
    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    @override
    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        return as_files(self.path(index.row()) for index in indexes)

    def _reset(self, tiles: Sequence[Tile]) -> None:
        """Replace all entries. Their images, if any, are their previews."""
        self.beginResetModel()
        self._entries = [
            tile if tile.image is None else replace(tile, image=None) for tile in reversed(tiles)
        ]
        self._positions = {entry.key: at for at, entry in enumerate(self._entries)}
        shown = ((tile.key, tile.image) for tile in reversed(tiles))  # the newest are kept longest
        self._previews = {key: image for key, image in shown if image is not None}
        self.endResetModel()

    def _show_previews(self, job: UUID | None, stepped: Stepped) -> None:
        """Show the preview of each picture of a batch that is still in the making."""
        if stepped.preview is None:
            return
        images = split(stepped.preview, len(stepped.batch))
        for index, image in zip(stepped.batch, images, strict=True):
            self._show_preview((job, index), image, stepped.step / stepped.of)

    def _show_preview(self, key: Key, image: QImage | None, share: float) -> None:
        """Show what is seen of an entry in the making, if it is there, and how far it is."""
        at = self._positions.get(key)
        if at is None:
            return
        if image is not self._previews.get(key) or share != self._entries[at].share:
            self._entries[at] = replace(self._entries[at], share=share)
            self._keep_preview(key, image)
            self._announce(at)

    def _keep_preview(self, key: Key, image: QImage | None) -> None:
        """Keep what is seen of an entry; of finished ones, until their thumbnails are read."""
        if image is not None:
            self._previews.pop(key, None)  # it is the last one now
            self._previews[key] = image
        made = [key for key in self._previews if isinstance(key, Path)]
        for unseen in made[:-MOST_PREVIEWS]:
            del self._previews[unseen]

    def _finish(self, key: Key, path: Path) -> bool:
        """Let a file take the place of one in the making; its preview stays until it is read.

        Returns whether there was such an entry.
        """
        if key not in self._positions:
            return False
        at = self._positions.pop(key)
        self._entries[at] = replace(self._entries[at], path=path, job=None, share=0.0)
        self._positions[path] = at
        self._keep_preview(path, self._previews.pop(key, None))
        self._announce(at)
        return True

    def _drop_previews(self) -> None:
        """Show empty places for what is in the making and will not be made now."""
        for key in [key for key in self._previews if not isinstance(key, Path)]:
            del self._previews[key]
            at = self._positions[key]
            self._entries[at] = replace(self._entries[at], share=0.0)
            self._announce(at)

    def _entries_of(self, keys: Iterable[Key]) -> list[Tile]:
        """Return the entries that are there of these, with previews, in the order of their rows."""
        found = sorted(
            (self._positions[key] for key in keys if key in self._positions), reverse=True
        )
        entries = [self._entries[at] for at in found]
        return [replace(entry, image=self._previews.get(entry.key)) for entry in entries]

    def _on_loaded(self, path: Path) -> None:
        self._previews.pop(path, None)

    def _image_of(self, entry: Tile) -> QImage | None:
        image = self.thumbnails.get(entry.path) if entry.path else None
        return self._previews.get(entry.key) if image is None else image

    def _row(self, key: Key) -> int | None:
        at = self._positions.get(key)
        return None if at is None else len(self._entries) - 1 - at

    def _announce(self, at: int) -> None:
        index = self.index(len(self._entries) - 1 - at, 0)
        self.dataChanged.emit(index, index)


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
