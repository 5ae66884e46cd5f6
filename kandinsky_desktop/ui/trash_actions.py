"""What became of pictures: those that were deleted, here or elsewhere, and the way back."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.deleted_pictures import DeletedPictures
from kandinsky_desktop.state.picture_uses import Uses, uses_of
from kandinsky_desktop.store.trash import Trashed
from kandinsky_desktop.ui.deleted_pictures import DeletedPicturesDialog
from kandinsky_desktop.ui.folders import show_folder
from kandinsky_desktop.ui.room import Shared


class TrashActions(QObject):
    """Says what was deleted or is gone, and opens the trash."""

    def __init__(self, shared: Shared, window: QWidget) -> None:
        super().__init__(window)
        self._theme, self._state, self._texts = shared.theme, shared.state, shared.texts
        self._window = window
        self._pictures = DeletedPictures(shared.state.gallery.thumbnails)
        self._dialog: DeletedPicturesDialog | None = None
        trashing, outside = self._state.trashing, self._state.outside
        trashing.deleted.connect(self._on_deleted)
        trashing.restored.connect(self._on_restored)
        trashing.refused.connect(self._on_refused)
        trashing.emptied.connect(self._look)
        outside.gone.connect(self._on_gone)
        outside.folder_away.connect(self._texts.notify_folder_away)
        outside.folder_back.connect(self._texts.withdraw_folder_away)
        shared.actions.bind("deleted_pictures", self._open)

    def _open(self) -> None:
        """Show what is in the trash, over the dialog that asked for it."""
        over = QApplication.activeModalWidget() or self._window
        self._dialog = dialog = DeletedPicturesDialog(self._theme, self._pictures, over)
        dialog.restore_requested.connect(self._restore)
        dialog.folder_requested.connect(lambda trashed: show_folder(trashed.path.parent))
        dialog.empty_requested.connect(self._state.trashing.empty)
        dialog.finished.connect(self._on_closed)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._look()
        dialog.open()

    def _on_closed(self) -> None:
        self._dialog = None

    def _look(self) -> None:
        if self._dialog is not None:
            self._state.trashing.list_deleted(self._pictures.show)

    def _restore(self, chosen: list[Trashed]) -> None:
        for one in reversed(chosen):  # what was deleted first comes first
            self._state.trashing.restore(one)

    def _on_deleted(self, path: Path) -> None:
        uses = uses_of(path, self._state.draft, self._state.board_editor)
        self._texts.notify_deleted_picture(path, uses, lambda: self._state.trashing.undelete(path))

    def _on_restored(self, path: Path) -> None:
        words = _("“{name}” is back.").format(name=short_name(path))
        if self._dialog is None:
            self._texts.notify_back(words)
        else:
            self._texts.withdraw_deleted_picture()
            self._dialog.show_note(words, problem=False)
            self._look()

    def _on_refused(self, sentence: str) -> None:
        if self._dialog is None:
            self._texts.notify_refused(sentence)
        else:
            self._dialog.show_note(sentence, problem=True)
            self._look()

    def _on_gone(self, paths: tuple[Path, ...]) -> None:
        uses = [uses_of(path, self._state.draft, self._state.board_editor) for path in paths]
        missed = Uses(any(one.start for one in uses), any(one.board for one in uses))
        self._texts.notify_gone(paths, missed)
