"""Pictures that could not be saved: how many there are, and where else they can go."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from kandinsky_desktop.domain.events import NotSaved, Saved, Unsaved
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.ui.notices import Notices


class UnsavedPictures(QObject):
    """Counts the pictures that only the engine holds, and offers to save them elsewhere."""

    save_requested = Signal(object)  # pathlib.Path of a folder; the worker listens
    look_requested = Signal(int)  # so many pictures could not be saved, and the engine is gone

    def __init__(self, notices: Notices, window: QWidget) -> None:
        super().__init__(window)
        self._notices, self._window = notices, window
        self._count = 0
        self.ask_folder: Callable[[], Path | None] = self._ask_folder

    def on_unsaved(self, unsaved: Unsaved) -> None:
        """Take note of one more."""
        self._count += 1
        self._offer(unsaved.reason)

    def on_answer(self, event: Saved | NotSaved) -> None:
        """Handle the result of saving one of them elsewhere."""
        self._count = event.left
        match event:
            case Saved(path=path):
                if event.left == 0:
                    words = _("Saved in {folder}.").format(folder=path.parent)
                    self._notices.notify("unsaved", words, grave=False)
            case NotSaved(reason=reason):
                self._offer(reason)

    def on_engine_gone(self) -> None:
        """Handle the engine's end: unsaved pictures are in the rescue folder or lost."""
        if self._count:
            self._notices.drop("unsaved")
            self.look_requested.emit(self._count)
            self._count = 0

    def notify_rescued(self, count: int, bring: Callable[[], None]) -> None:
        """Say that pictures that could not be saved were kept in the rescue folder."""
        words = ngettext(
            "{n} picture could not be saved where it belongs and was kept for you.",
            "{n} pictures could not be saved where they belong and were kept for you.",
            count,
        ).format(n=count)
        self._notices.notify("rescued", words, _("Put with my pictures"), bring, grave=False)

    def notify_not_moved(self, reason: str) -> None:
        """Say why they are still in the rescue folder."""
        self._notices.notify("rescued", reason)

    def notify_lost(self, count: int) -> None:
        """Say that pictures that could not be saved are gone with the engine."""
        words = ngettext(
            "The engine ended, and with it {n} picture that could not be saved.",
            "The engine ended, and with it {n} pictures that could not be saved.",
            count,
        )
        self._notices.notify("unsaved", words.format(n=count))

    def _offer(self, reason: str) -> None:
        words = ngettext(
            "{reason} {n} picture is kept in memory.",
            "{reason} {n} pictures are kept in memory.",
            self._count,
        ).format(reason=reason, n=self._count)
        self._notices.notify(
            "unsaved", words, _("Save elsewhere…"), self._save_elsewhere, pinned=True
        )

    def _save_elsewhere(self) -> None:
        folder = self.ask_folder()
        if folder is None:
            self._offer(_("Nothing was saved yet."))
        else:
            self.save_requested.emit(folder)

    def _ask_folder(self) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(
            self._window, _("Save the pictures in"), str(Path.home())
        )
        return Path(chosen) if chosen else None
