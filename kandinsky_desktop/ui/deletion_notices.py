"""What became of pictures: those that were deleted, here or elsewhere, in a notice."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.state.picture_uses import Uses, uses_of
from kandinsky_desktop.ui.room import Shared


class DeletionNotices(QObject):
    """Says what was deleted, is back or is gone."""

    def __init__(self, shared: Shared, window: QWidget) -> None:
        super().__init__(window)
        self._state, self._texts = shared.state, shared.texts
        trashing, outside = self._state.trashing, self._state.outside
        trashing.moved.connect(self._on_moved)
        trashing.refused.connect(self._texts.notify_refused)
        outside.gone.connect(self._on_gone)
        outside.folder_away.connect(self._texts.notify_folder_away)
        outside.folder_back.connect(self._texts.withdraw_folder_away)

    def _on_moved(self, paths: tuple[Path, ...], places: tuple[Path, ...] | None) -> None:
        """Say what was deleted or is back: of many how many."""
        if places is None:
            undo = partial(self._state.trashing.undelete, paths[0])  # with all of its step
            self._texts.notify_deleted_pictures(paths, self._missed(paths), undo)
            return
        if len(places) == 1:
            words = _("“{name}” is back.").format(name=short_name(places[0]))
        else:
            many = ngettext("{n} picture is back.", "{n} pictures are back.", len(places))
            words = many.format(n=f"{len(places):,}")
        self._texts.notify_back(words)

    def _on_gone(self, paths: tuple[Path, ...]) -> None:
        self._texts.notify_gone(paths, self._missed(paths))

    def _missed(self, paths: tuple[Path, ...]) -> Uses:
        uses = [uses_of(path, self._state.draft, self._state.board_editor) for path in paths]
        return Uses(any(one.start for one in uses), any(one.board for one in uses))
