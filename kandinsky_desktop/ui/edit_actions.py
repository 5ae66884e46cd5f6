"""Undo, redo, paste and Esc: to whom they go."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.drops import Drops
from kandinsky_desktop.ui.mime import copied, holds_words
from kandinsky_desktop.ui.rooms import Rooms

Text = QLineEdit | QPlainTextEdit


class Past(Protocol):
    """Something whose changes can be undone: the form, or what is in a room."""

    @property
    def changed_at(self) -> float | None:
        """When the change was made that undo takes back; None: there is none."""

    @property
    def undone_at(self) -> float | None:
        """When the change was undone that redo makes again; None: there is none."""

    def undo(self) -> None:
        """Take back the last change."""

    def redo(self) -> None:
        """Make the change again that was undone last."""


def last_changed(pasts: Iterable[Past]) -> Past | None:
    """Return the one that changed last."""
    changed = [one for one in pasts if one.changed_at is not None]
    return max(changed, key=lambda one: one.changed_at or 0.0, default=None)


def last_undone(pasts: Sequence[Past]) -> Past | None:
    """Return the one where something was undone last, if nothing was changed anywhere since."""
    changed_at = max(one.changed_at or 0.0 for one in pasts)
    undone = [one for one in pasts if (one.undone_at or 0.0) > changed_at]
    return max(undone, key=lambda one: one.undone_at or 0.0, default=None)


class EditActions(QObject):
    """Binds the actions of the keyboard that mean another thing in each place.

    Undo goes to the text field that has the focus, as long as something was typed there; else to
    the last change, be it one of the form, one in the room, a picture that was deleted, or a job
    that was taken out of the queue.
    """

    def __init__(
        self,
        actions: ActionSet,
        rooms: Rooms,
        draft: DraftState,
        trashing: Trashing,
        queue: JobQueue,
        drops: Drops,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._drops = drops
        self._rooms, self._draft, self._trashing, self._queue = rooms, draft, trashing, queue
        actions.bind("undo", self._undo, self._nothing_to_undo)
        actions.bind("redo", self._redo, self._nothing_to_redo)
        actions.bind("paste", self._paste)
        actions.bind("words", lambda: rooms.current.focus_words())
        for room in rooms.all:
            room.changed.connect(actions.refresh)
        rooms.entered.connect(actions.refresh)
        draft.changed.connect(actions.refresh)
        draft.edit_finished.connect(actions.refresh)
        trashing.changed.connect(actions.refresh)
        queue.dropped.connect(actions.refresh)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._watch)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave undo, redo, copy and paste to the actions where the field has nothing for them.

        Qt's text fields take them for themselves in any case.
        """
        if isinstance(event, QContextMenuEvent) and isinstance(watched, QLineEdit):
            return self._show_menu(watched, event)
        if event.type() != QEvent.Type.ShortcutOverride:
            return False
        assert isinstance(event, QKeyEvent)
        text = _text_of(watched)
        if text is None:
            return False
        if isinstance(watched, QAbstractSpinBox) and event.matches(QKeySequence.StandardKey.Copy):
            return False  # all of it is chosen as soon as it is reached
        keys = QKeySequence.StandardKey
        idle = (
            (event.matches(keys.Undo) and not _has_undo(text))
            or (event.matches(keys.Redo) and not _has_redo(text))
            or (event.matches(keys.Copy) and not _has_selection(text))
            or (event.matches(keys.Paste) and not holds_words(copied()))
        )
        if idle:
            event.ignore()
        return idle

    def _show_menu(self, field: QLineEdit, event: QContextMenuEvent) -> bool:
        """Show a field's own menu, without paste where a picture was copied; whether it was so."""
        if holds_words(copied()):
            return False
        menu = field.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in menu.actions():
            if action.objectName() == "edit-paste":
                action.setEnabled(False)
        menu.popup(event.globalPos())
        return True

    def _watch(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None and _text_of(before) is not None:
            before.removeEventFilter(self)
        if now is not None and _text_of(now) is not None:
            now.installEventFilter(self)

    @property
    def _pasts(self) -> tuple[Past, ...]:
        return (self._draft, self._rooms.current, self._trashing, self._queue)

    def _nothing_to_undo(self) -> str:
        text = _focused_text()
        if text is not None and _has_undo(text):
            return ""
        return "" if last_changed(self._pasts) is not None else _("There is nothing to undo.")

    def _nothing_to_redo(self) -> str:
        text = _focused_text()
        if text is not None and _has_redo(text):
            return ""
        return "" if last_undone(self._pasts) is not None else _("There is nothing to do again.")

    def _undo(self) -> None:
        text = _focused_text()
        if text is not None and _has_undo(text):
            text.undo()
        elif (past := last_changed(self._pasts)) is not None:
            past.undo()

    def _redo(self) -> None:
        text = _focused_text()
        if text is not None and _has_redo(text):
            text.redo()
        elif (past := last_undone(self._pasts)) is not None:
            past.redo()

    def _paste(self) -> None:
        text = _focused_text()
        data = copied()
        if text is not None and holds_words(data):
            text.paste()
        else:
            self._drops.paste(data)


def _focused_text() -> Text | None:
    return _text_of(QApplication.focusWidget())


def _text_of(focus: QObject | None) -> Text | None:
    """Return the field that is typed into: itself, or that of a number."""
    if isinstance(focus, QAbstractSpinBox):
        return focus.findChild(QLineEdit)
    return focus if isinstance(focus, Text) else None


def _has_undo(text: Text) -> bool:
    if isinstance(text, QLineEdit):
        return text.isUndoAvailable()
    return text.document().isUndoAvailable()


def _has_selection(text: Text) -> bool:
    if isinstance(text, QLineEdit):
        return text.hasSelectedText()
    return text.textCursor().hasSelection()


def _has_redo(text: Text) -> bool:
    if isinstance(text, QLineEdit):
        return text.isRedoAvailable()
    return text.document().isRedoAvailable()
