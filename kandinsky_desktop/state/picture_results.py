"""What is found in the library, as a Qt model; what is in the making comes before all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, Qt, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.conditioning import title_of_picture
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.library_arrangement import Arrangement, Section
from kandinsky_desktop.state.library_columns import Numbers, among
from kandinsky_desktop.state.library_making import Making
from kandinsky_desktop.state.pictures import ROOT, AnyIndex, as_files
from kandinsky_desktop.state.plain_tip import plain_tip

PAGE = 128  # rows whose texts are read together
PAGES = 64  # that are kept
MOST_RANGES = 64  # of rows that come or go one range after the other; beyond, all is laid out anew
IDS_MIME = "application/x-kandinsky-pictures"  # ids of the library, as text with spaces between


@dataclass(frozen=True, slots=True)
class Texts:
    """What is read of a picture when its row is looked at."""

    path: Path | None  # None: the index does not know it any more
    words: str = ""  # that it was made from
    broken: str = ""  # why it cannot be shown


@dataclass(slots=True)
class Shown:
    """What a cell shows of a row, beside its picture."""

    stars: int = 0
    count: int = 1  # of the pictures that it stands for
    stack: int = 0  # as OpenStackRole
    broken: str = ""
    share: float = 1.0
    image: QImage | None = None  # of one in the making


class PictureResults(QAbstractListModel):
    """A row for each picture or stack, by ids. Texts are read by pages, of what is looked at."""

    IdRole = Qt.ItemDataRole.UserRole
    PathRole = Qt.ItemDataRole.UserRole + 1  # pathlib.Path; None: in the making
    StarsRole = Qt.ItemDataRole.UserRole + 2
    StackRole = Qt.ItemDataRole.UserRole + 3  # how many pictures the row stands for
    BrokenRole = Qt.ItemDataRole.UserRole + 4  # a reason, or ""
    PromptRole = Qt.ItemDataRole.UserRole + 5
    OpenStackRole = (
        Qt.ItemDataRole.UserRole + 6
    )  # of one of an open stack: the first one's id, or 0
    ShareRole = Qt.ItemDataRole.UserRole + 7  # of what is in the making: 0 to 1; else 1

    sections_changed = Signal()

    def __init__(
        self,
        texts: Callable[[Sequence[int]], dict[int, Texts]],
        stars: Callable[[int], int] = lambda _id: 0,
        members: Callable[[int], Sequence[int]] = lambda picture: (picture,),
    ) -> None:
        """`texts` reads those of some ids from the index, `stars` looks into memory.

        `members` says which pictures are of one's stack.
        """
        super().__init__()
        self._read, self._stars, self._members = texts, stars, members
        self._making: tuple[Making, ...] = ()
        self._found = Arrangement()
        self._ids = self._found.ids  # of all rows, those in the making first
        self._sections: tuple[Section, ...] = ()
        self._pages: dict[int, dict[int, Texts]] = {}

    # -- what is asked of it beside the roles

    @property
    def ids(self) -> Numbers:
        """The ids of all rows; below 0 in the making."""
        return self._ids

    @property
    def sections(self) -> tuple[Section, ...]:
        """The headings, and the row where each begins."""
        return self._sections

    @property
    def found(self) -> Arrangement:
        """What is shown behind what is in the making."""
        return self._found

    @property
    def making(self) -> tuple[Making, ...]:
        """What is in the making."""
        return self._making

    @property
    def pictures(self) -> int:
        """How many pictures are shown, with those in closed stacks."""
        return self._found.pictures + len(self._making)

    def row_of(self, picture: int) -> int | None:
        """Return the first row that shows a picture; None: it is in a closed stack, or not here."""
        rows = np.flatnonzero(self._ids == picture)
        return int(rows[0]) if len(rows) else None

    def path(self, row: int) -> Path | None:
        """Return the file of the picture that a row shows; None: there is none yet."""
        return self._texts(row).path if self._ids[row] >= 0 else self._making[row].path

    def shown(self, row: int) -> Shown:
        """Return what several roles say of a row at once: a frame asks that of hundreds."""
        at = row - len(self._making)
        if at < 0:
            one = self._making[row]
            return Shown(share=1.0 if one.path else one.share, image=one.image)
        found = self._found
        return Shown(
            self._stars(int(self._ids[row])),
            int(found.counts[at]),
            int(found.stacks[at]),
            self._texts(row).broken,
        )

    def members_at(self, row: int) -> Sequence[int]:
        """Return the pictures that a row stands for, in their order; none that was not found."""
        picture, at = int(self._ids[row]), row - len(self._making)
        if at < 0 or self._found.counts[at] <= 1:
            return (picture,)
        members, found = self._members(picture), self._found.found_at(at)
        if found is not None:
            here = among(np.array(members, np.int64), found).tolist()
            members = tuple(one for one, is_here in zip(members, here, strict=True) if is_here)
        return members or (picture,)

    def ids_at(self, rows: Sequence[int]) -> Numbers:
        """Return the ids of the pictures that some rows show; not of those in the making."""
        ids = self._ids[np.array(rows, np.int64)]
        return ids[ids >= 0]

    # -- what is shown

    def show(self, found: Arrangement, *, anew: bool = False) -> None:
        """Show another result: where few rows come or go the others stay, unless it is `anew`."""
        repeats = self._found.repeats or found.repeats
        if anew or repeats or not self._step(found):
            self.beginResetModel()
            self._take(found)
            self.endResetModel()
        self._tell_sections()

    def show_making(self, making: Sequence[Making]) -> None:
        """Show what is in the making now, the newest first."""
        before, after = self._making, tuple(making)
        keep = {one.id for one in after}
        if [one.id for one in before] == [one.id for one in after]:
            self._making = after
            for row, (old, new) in enumerate(zip(before, after, strict=True)):
                if old != new:
                    self._announce(row, row)
            return
        for row in reversed(range(len(before))):
            if before[row].id not in keep:
                self.beginRemoveRows(ROOT, row, row)
                self._making = (*self._making[:row], *self._making[row + 1 :])
                self._take(self._found)
                self.endRemoveRows()
        for row, one in enumerate(after):
            if row >= len(self._making) or self._making[row].id != one.id:
                self.beginInsertRows(ROOT, row, row)
                self._making = (*self._making[:row], one, *self._making[row:])
                self._take(self._found)
                self.endInsertRows()
        self._tell_sections()

    def forget_texts(self, ids: Sequence[int] | None = None) -> None:
        """Read texts anew: those of some pictures, which were renamed say, or all."""
        if ids is None:
            self._pages.clear()
        else:
            for page in self._pages.values():
                for picture in ids:
                    page.pop(picture, None)
        self.announce(ids)

    def announce(self, ids: Sequence[int] | None = None) -> None:
        """Tell views that data of these pictures, or of all, are others now."""
        if not len(self._ids):
            return
        if ids is None:
            self._announce(0, len(self._ids) - 1)
            return
        rows = np.flatnonzero(among(self._ids, np.sort(np.array(ids, np.int64))))
        for first, last in _ranges(rows)[:MOST_RANGES]:
            self._announce(first, last)
        if len(_ranges(rows)) > MOST_RANGES:
            self._announce(int(rows[0]), int(rows[-1]))

    def _step(self, after: Arrangement) -> bool:
        """Let rows go and come range by range. False, and nothing done, if they are too many."""
        before, making = self._found, len(self._making)
        head, tail = _alike(before.ids, after.ids)
        end_before, end_after = len(before.ids) - tail, len(after.ids) - tail
        old, new = before.ids[head:end_before], after.ids[head:end_after]
        stays, is_new = among(old, np.sort(new)), ~among(new, np.sort(old))
        if not np.array_equal(old[stays], new[~is_new]):
            return False  # what stays stands in another order
        go = [(head + a, head + b) for a, b in _ranges(np.flatnonzero(~stays))]
        come = [(head + a, head + b) for a, b in _ranges(np.flatnonzero(is_new))]
        if len(go) + len(come) > MOST_RANGES:
            return False
        was = np.delete(np.arange(len(before.ids)), head + np.flatnonzero(~stays))
        now = np.delete(np.arange(len(after.ids)), head + np.flatnonzero(is_new))
        changed = now[
            (before.counts[was] != after.counts[now]) | (before.stacks[was] != after.stacks[now])
        ]
        for first, last in reversed(go):
            self.beginRemoveRows(ROOT, making + first, making + last)
            self._take(_cut(self._found, first, last + 1, _slice(after, 0, 0)))
            self.endRemoveRows()
        for first, last in come:
            self.beginInsertRows(ROOT, making + first, making + last)
            self._take(_cut(self._found, first, first, _slice(after, first, last + 1)))
            self.endInsertRows()
        self._take(after)
        for first, last in _ranges(changed)[:MOST_RANGES]:
            self._announce(making + first, making + last)
        return True

    def _take(self, found: Arrangement) -> None:
        self._found = found
        making = np.array([one.id for one in self._making], np.int64)
        self._ids = np.concatenate((making, found.ids)) if len(making) else found.ids
        self._pages.clear()

    def _tell_sections(self) -> None:
        making = len(self._making)
        sections = self._found.sections
        if making:
            sections = tuple(replace(one, start=one.start + making) for one in sections)
            sections = (Section(_("In the making"), 0, making), *sections)
        if sections != self._sections:
            self._sections = sections
            self.sections_changed.emit()

    # -- as a Qt model

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        row = index.row()
        picture = int(self._ids[row])
        if role == self.IdRole:
            return picture
        if picture < 0:
            return self._data_of_making(self._making[row], role)
        at = row - len(self._making)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._title(row)
            case Qt.ItemDataRole.ToolTipRole:
                texts = self._texts(row)
                name = texts.path.name if texts.path else ""
                return plain_tip(texts.broken or texts.words or name)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row, at)
            case self.PathRole:
                return self._texts(row).path
            case self.StarsRole:
                return self._stars(picture)
            case self.StackRole:
                return int(self._found.counts[at])
            case self.OpenStackRole:
                return int(self._found.stacks[at])
            case self.BrokenRole:
                return self._texts(row).broken
            case self.PromptRole:
                return self._texts(row).words
            case self.ShareRole:
                return 1.0
            case _:
                return None

    def _data_of_making(self, one: Making, role: int) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                words = one.words or _("a picture")
                return words if one.path else _("In the making: {words}").format(words=words)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(one.words)
            case self.PromptRole:
                return one.words
            case Qt.ItemDataRole.DecorationRole:
                return one.image
            case self.PathRole:
                return one.path
            case self.StarsRole | self.OpenStackRole:
                return 0
            case self.StackRole:
                return 1
            case self.BrokenRole:
                return ""
            case self.ShareRole:
                return 1.0 if one.path else one.share
            case _:
                return None

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        if not index.isValid():
            return base
        draggable = int(self._ids[index.row()]) >= 0 or self._making[index.row()].path is not None
        return base | Qt.ItemFlag.ItemIsDragEnabled if draggable else base

    @override
    def mimeTypes(self) -> list[str]:
        return ["text/uri-list", IDS_MIME]

    @override
    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        rows = sorted(index.row() for index in indexes)
        data = as_files(path for row in rows for path in self._files(row))
        ids = " ".join(str(int(self._ids[row])) for row in rows)
        data.setData(IDS_MIME, ids.encode())
        return data

    def _files(self, row: int) -> list[Path | None]:
        """Return the files that a row stands for: of a closed stack all that were found."""
        at = row - len(self._making)
        if at < 0 or self._found.counts[at] <= 1:
            return [self.path(row)]
        members = self.members_at(row)
        texts = self._read(members)
        return [texts[one].path for one in members if one in texts]

    def _title(self, row: int) -> str:
        texts = self._texts(row)
        named = title_of_picture(texts.path) if texts.path else ""
        return " ".join(texts.words.split()) or named

    def _spoken(self, row: int, at: int) -> str:
        texts, stars = self._texts(row), self._stars(int(self._ids[row]))
        parts = [self._title(row)]
        count = int(self._found.counts[at])
        if count > 1:
            words = ngettext("a stack of {n} picture", "a stack of {n} pictures", count)
            parts.append(words.format(n=count))
        if stars:
            parts.append(ngettext("{n} star", "{n} stars", stars).format(n=stars))
        if texts.broken:
            parts.append(texts.broken)
        return ", ".join(parts)

    def _texts(self, row: int) -> Texts:
        """Return the texts of a row, and read those of its page where they are not here yet."""
        picture, page = int(self._ids[row]), row // PAGE
        held = self._pages.get(page)
        if held is None or picture not in held:
            while len(self._pages) >= PAGES:
                self._pages.pop(next(iter(self._pages)))
            ids = self._ids[page * PAGE : (page + 1) * PAGE]
            held = self._pages[page] = self._read(ids[ids >= 0].tolist())
        return held.get(picture) or held.setdefault(picture, Texts(None))

    def _announce(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, 0))


def _alike(one: Numbers, other: Numbers) -> tuple[int, int]:
    """Return how many are the same at the beginning of both, and at the end of what is left."""
    least = min(len(one), len(other))
    differ = np.flatnonzero(one[:least] != other[:least])
    head = int(differ[0]) if len(differ) else least
    rest = least - head
    differ = np.flatnonzero(one[len(one) - rest :] != other[len(other) - rest :])
    return head, rest - 1 - int(differ[-1]) if len(differ) else rest


def _ranges(rows: Numbers) -> list[tuple[int, int]]:
    """Return the first and last of each run of neighbours among rising rows."""
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) != 1)
    firsts = rows[np.concatenate(([0], breaks + 1))].tolist()
    lasts = rows[np.concatenate((breaks, [len(rows) - 1]))].tolist()
    return list(zip(firsts, lasts, strict=True))


def _slice(found: Arrangement, first: int, end: int) -> Arrangement:
    return replace(
        found,
        ids=found.ids[first:end],
        counts=found.counts[first:end],
        stacks=found.stacks[first:end],
    )


def _cut(found: Arrangement, first: int, end: int, instead: Arrangement) -> Arrangement:
    """Return rows with others in the place of some."""

    def joined(one: Numbers, other: Numbers) -> Numbers:
        return np.concatenate((one[:first], other, one[end:]))

    return replace(
        found,
        ids=joined(found.ids, instead.ids),
        counts=joined(found.counts, instead.counts),
        stacks=joined(found.stacks, instead.stacks),
    )
