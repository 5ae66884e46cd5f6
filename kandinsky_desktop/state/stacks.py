"""The strip's pictures in stacks: those of one request are one tile, which opens to show each.

Stands on a list of pictures, whose entries say which request they are of, and follows it.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, Qt

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import (
    ROOT,
    AnyIndex,
    Key,
    PictureListModel,
    Tile,
    as_files,
)
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.state.thumbnails import ThumbnailLoader


@dataclass(slots=True)
class _Group:
    """The entries of one request, painted once."""

    name: Hashable
    entries: list[Tile]

    @property
    def in_the_making(self) -> bool:
        return any(entry.path is None for entry in self.entries)


@dataclass(frozen=True, slots=True)
class _Row:
    name: Hashable  # of the group; it stays when others come and when a picture is finished
    keys: tuple[Key, ...]  # of all that belong together
    member: int | None = None  # which of them it shows; None: it stands for all

    @property
    def slot(self) -> Hashable:
        return self.name, self.member


class Stacks(QAbstractListModel):
    """One row for each request; below an open stack one for each of its pictures.

    What is in the making comes first, the rest as it stands in the list.
    """

    TileRole = PictureListModel.TileRole

    def __init__(self, pictures: PictureListModel) -> None:
        super().__init__()
        self._pictures = pictures
        self._rows: list[_Row] = []
        self._rows_of: dict[Key, tuple[int, ...]] = {}
        self._open: Hashable = None
        self._share = 0.0
        pictures.modelReset.connect(self._arrange)
        pictures.rowsInserted.connect(self._arrange)
        pictures.rowsRemoved.connect(self._arrange)
        pictures.dataChanged.connect(self._on_changed)
        self._arrange()

    @property
    def thumbnails(self) -> ThumbnailLoader:
        """The cache of the list that this stands on."""
        return self._pictures.thumbnails

    @property
    def open_row(self) -> int | None:
        """The row of the stack that is open."""
        heads = (row for row, one in enumerate(self._rows) if one.name == self._open)
        return None if self._open is None else next(heads, None)

    def tile(self, row: int) -> Tile:
        """Return what a row shows, with its image; of a stack the first that is there."""
        shown = self._rows[row]
        if len(shown.keys) == 1:
            tile = self._entry(shown.keys[0])
            return replace(tile, share=self._share) if tile.path is None else tile
        members = tuple(self._entry(key) for key in shown.keys)
        if shown.member is not None:
            return replace(members[shown.member], members=members, is_member=True)
        making = [tile for tile in members if tile.path is None]
        cover = max(making, key=lambda tile: tile.share) if making else members[0]
        share = self._share if making else 0.0
        return replace(cover, members=members, share=share, is_open=shown.name == self._open)

    def path(self, row: int) -> Path | None:
        """Return the file whose thumbnail a row shows; None: it is in the making."""
        shown = self._rows[row]
        if shown.member is None and any(not isinstance(key, Path) for key in shown.keys):
            return None
        key = shown.keys[shown.member or 0]
        return key if isinstance(key, Path) else None

    def row_of(self, path: Path) -> int | None:
        """Return the row of a file: its own, or that of its stack."""
        return self._rows_of.get(path, (None,))[-1]

    def rows_showing(self, path: Path) -> tuple[int, ...]:
        """Return the rows that show a file."""
        return self._rows_of.get(path, ())

    def open(self, row: int) -> None:
        """Open a stack, and close the one that was open."""
        shown = self._rows[row]
        if len(shown.keys) > 1 and shown.member is None:
            self._open = shown.name
            self._arrange()

    def close(self) -> None:
        """Close the stack that is open."""
        if self._open is not None:
            self._open = None
            self._arrange()

    def show_share(self, share: float) -> None:
        """Show how far the running job is, by time, where its pictures come."""
        self._share = share
        for row, shown in enumerate(self._rows):
            if all(isinstance(key, Path) for key in shown.keys):
                break  # what is in the making comes first
            self._announce(row)

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._say(index.row())
            case Qt.ItemDataRole.ToolTipRole:
                tile = self.tile(index.row())
                share = f"{tile.name}: {in_percent(tile.share)}" if tile.share else ""
                return plain_tip(share or self._say(index.row()))
            case self.TileRole:
                return self.tile(index.row())
            case _:
                return None

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        if index.isValid() and self._files(self._rows[index.row()]):
            return base | Qt.ItemFlag.ItemIsDragEnabled
        return base

    @override
    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    @override
    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        return as_files(path for index in indexes for path in self._files(self._rows[index.row()]))

    def _say(self, row: int) -> str:
        tile, shown = self.tile(row), self._rows[row]
        count = len(shown.keys)
        if count == 1:
            return tile.name
        if shown.member is not None:
            place = _("{n} of {of}").format(n=shown.member + 1, of=count)
            return f"{tile.name}, {place}"
        words = ngettext("{n} picture", "{n} pictures", count).format(n=count)
        how = _("Esc closes them") if tile.is_open else _("Enter shows each")
        return f"{words}, {tile.name}. {how}"

    def _files(self, shown: _Row) -> list[Path]:
        keys = shown.keys if shown.member is None else (shown.keys[shown.member],)
        return [key for key in keys if isinstance(key, Path)]

    def _entry(self, key: Key) -> Tile:
        tile = self._pictures.find(key)
        return Tile() if tile is None else tile

    def _arrange(self) -> None:
        """Lay the rows out anew, and tell of those alone that are others now."""
        before, now = self._rows, list(self._laid_out())
        slots, wanted = [row.slot for row in before], [row.slot for row in now]
        head = _alike(slots, wanted)
        tail = _alike(slots[head:][::-1], wanted[head:][::-1])
        old, new = len(before) - tail, len(now) - tail
        self._set_rows([*now[:head], *before[head:old], *now[new:]])
        for row, was in enumerate(before):
            if was != self._rows[row]:
                self._announce(row)
        if old > head:
            self.beginRemoveRows(ROOT, head, old - 1)
            self._set_rows([*now[:head], *now[new:]])
            self.endRemoveRows()
        if new > head:
            self.beginInsertRows(ROOT, head, new - 1)
            self._set_rows(now)
            self.endInsertRows()

    def _set_rows(self, rows: list[_Row]) -> None:
        self._rows = rows
        found: dict[Key, list[int]] = {}
        for row, shown in enumerate(rows):
            keys = shown.keys if shown.member is None else (shown.keys[shown.member],)
            for key in keys:
                found.setdefault(key, []).append(row)
        self._rows_of = {key: tuple(ones) for key, ones in found.items()}

    def _laid_out(self) -> Iterator[_Row]:
        groups = self._groups()
        groups.sort(key=lambda group: not group.in_the_making)
        for group in groups:
            keys = tuple(entry.key for entry in group.entries)
            yield _Row(group.name, keys)
            if group.name == self._open and len(keys) > 1:
                yield from (_Row(group.name, keys, member) for member in range(len(keys)))

    def _groups(self) -> list[_Group]:
        """Return what belongs together, the newest first, each in the order of its numbers.

        The same request that is painted again is a group of its own.
        """
        latest: dict[str, tuple[_Group, set[int], int]] = {}
        groups: dict[Hashable, _Group] = {}
        for entry in self._pictures.oldest_first():
            if not entry.batch:
                groups[entry.key] = _Group(entry.key, [entry])
                continue
            group, indices, time = latest.get(entry.batch, (None, set(), -1))
            if group is None or entry.index in indices:
                time += 1
                group, indices = _Group((entry.batch, time), []), set()
                latest[entry.batch] = group, indices, time
            group.entries.append(entry)
            indices.add(entry.index)
            groups.pop(group.name, None)
            groups[group.name] = group  # as new as its newest
        found = list(groups.values())[::-1]
        for group in found:
            group.entries.sort(key=lambda entry: entry.index)
        return found

    def _on_changed(self, first: AnyIndex, last: AnyIndex) -> None:
        for row in range(first.row(), last.row() + 1):
            entry = self._pictures.entry(row)
            rows = self._rows_of.get(entry.key)
            if rows is None:  # it was finished: a file took its place
                self._arrange()
                rows = self._rows_of.get(entry.key, ())
            for one in rows:
                self._announce(one)

    def _announce(self, row: int) -> None:
        index = self.index(row, 0)
        self.dataChanged.emit(index, index)


def _alike(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many are the same at the beginning of both."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
