"""What is in the trash, as a Qt model: what was deleted last comes first."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate, QDateTime, QLocale, Qt

from kandinsky_desktop.domain.conditioning import ImagePrompt, title_of
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import AnyIndex, PictureListModel, Tile
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.trash import Trashed

ReadTitle = Callable[[Path, Callable[[str], None]], None]  # see CardTitles.read


class DeletedPictures(PictureListModel):
    """A list of pictures in the trash, with their names, their days and where they lay."""

    TrashedRole = Qt.ItemDataRole.UserRole + 1
    DayRole = Qt.ItemDataRole.UserRole + 2
    LeftRole = Qt.ItemDataRole.UserRole + 3  # when it goes for good, in words

    def __init__(self, thumbnails: ThumbnailLoader, read_title: ReadTitle) -> None:
        super().__init__(thumbnails)
        self._read_title = read_title
        self._trashed: tuple[Trashed, ...] = ()
        self._titles: dict[Trashed, str] = {}  # of those that were seen; empty: it is being read
        self.days = 0  # that pictures are kept; 0: until somebody empties the trash

    @property
    def trashed(self) -> tuple[Trashed, ...]:
        """All of them, in the order of their rows."""
        return self._trashed

    def show(self, trashed: Sequence[Trashed], days: int = 0) -> None:
        """Show what is in the trash now, where it is kept for so many days; 0: for ever."""
        if (tuple(trashed), days) != (self._trashed, self.days):
            self._trashed, self.days = tuple(trashed), days
            self._reset([Tile(path=one.path) for one in trashed])

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self._trashed[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._title_of(one)
            case Qt.ItemDataRole.AccessibleTextRole:
                return _("{name}, deleted {day}").format(name=self._title_of(one), day=_day(one))
            case Qt.ItemDataRole.ToolTipRole:
                words = _("{file}\nIt lay in {folder}")
                return plain_tip(words.format(file=one.origin.name, folder=one.origin.parent))
            case self.TrashedRole:
                return one
            case self.DayRole:
                return _day(one)
            case self.LeftRole:
                return _left(one, self.days)
            case _:
                return super().data(index, role)

    def _title_of(self, one: Trashed) -> str:
        """Return what it says itself or, before that is read, what its name says."""
        return self._titles.get(one) or title_of(ImagePrompt(one.origin))

    @override
    def _on_loaded(self, path: Path) -> None:
        """Read the words of a picture that is looked at."""
        super()._on_loaded(path)
        row = self.row_of(path)
        if row is None or self._trashed[row] in self._titles:
            return
        one = self._trashed[row]
        self._titles[one] = ""

        def show(title: str) -> None:
            now = self.row_of(path)
            if title and now is not None and self._trashed[now] == one:
                self._titles[one] = title
                self.dataChanged.emit(self.index(now, 0), self.index(now, 0))

        self._read_title(path, show)

    @override
    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) & ~Qt.ItemFlag.ItemIsDragEnabled


def _left(trashed: Trashed, days: int) -> str:
    """Say when a picture goes for good: old ones go as the program starts."""
    if not days or not trashed.at_us:
        return _("kept")
    gone = QDateTime.fromMSecsSinceEpoch(trashed.at_us // 1000).addDays(days)
    left = QDateTime.currentDateTime().daysTo(gone)
    if left <= 0:
        return _("goes at the next start")
    return ngettext("goes in {n} day", "goes in {n} days", left).format(n=left)


def _day(trashed: Trashed) -> str:
    try:
        when = QDateTime.fromMSecsSinceEpoch(trashed.at_us // 1000)
    except OverflowError:  # a log says what it likes
        return ""
    short = QLocale.FormatType.ShortFormat
    if when.date() == QDate.currentDate():
        return _("today, {time}").format(time=QLocale().toString(when.time(), short))
    return QLocale().toString(when.date(), short)
