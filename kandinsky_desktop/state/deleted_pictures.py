"""What is in the trash, as a Qt model: what was deleted last comes first."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QDate, QDateTime, QLocale, Qt

from kandinsky_desktop.domain.conditioning import ImagePrompt, title_of
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import AnyIndex, PictureListModel, Tile
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.trash import Trashed


class DeletedPictures(PictureListModel):
    """A list of pictures in the trash, with their names, their days and where they lay."""

    TrashedRole = Qt.ItemDataRole.UserRole + 1
    DayRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__(thumbnails)
        self._trashed: tuple[Trashed, ...] = ()

    @property
    def trashed(self) -> tuple[Trashed, ...]:
        """All of them, in the order of their rows."""
        return self._trashed

    def show(self, trashed: Sequence[Trashed]) -> None:
        """Show what is in the trash now."""
        if tuple(trashed) != self._trashed:
            self._trashed = tuple(trashed)
            self._reset([Tile(path=one.path) for one in trashed])

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self._trashed[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(ImagePrompt(one.origin))
            case Qt.ItemDataRole.AccessibleTextRole:
                return _("{name}, deleted {day}").format(
                    name=title_of(ImagePrompt(one.origin)), day=_day(one)
                )
            case Qt.ItemDataRole.ToolTipRole:
                words = _("{file}\nIt lay in {folder}")
                return plain_tip(words.format(file=one.origin.name, folder=one.origin.parent))
            case self.TrashedRole:
                return one
            case self.DayRole:
                return _day(one)
            case _:
                return super().data(index, role)

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) & ~Qt.ItemFlag.ItemIsDragEnabled


def _day(trashed: Trashed) -> str:
    try:
        when = QDateTime.fromMSecsSinceEpoch(trashed.at_us // 1000)
    except OverflowError:  # a log says what it likes
        return ""
    short = QLocale.FormatType.ShortFormat
    if when.date() == QDate.currentDate():
        return _("today, {time}").format(time=QLocale().toString(when.time(), short))
    return QLocale().toString(when.date(), short)
