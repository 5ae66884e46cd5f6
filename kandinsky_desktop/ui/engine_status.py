"""What the engine says of itself: shown in the status line, the inspector and notices."""

from PySide6.QtCore import QObject, Slot

from kandinsky_desktop.domain.events import Awake, Event, Memory, NotSaved, Saved
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.status import StatusLine
from kandinsky_desktop.ui.unsaved_pictures import UnsavedPictures


class EngineStatus(QObject):
    """Handles the engine's events that belong to no job, and its life."""

    def __init__(
        self,
        status: StatusLine,
        inspector: Inspector,
        gallery: Gallery,
        unsaved: UnsavedPictures,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._status, self._inspector = status, inspector
        self._gallery, self._unsaved = gallery, unsaved

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Handle one event."""
        match event:
            case Awake():
                self._status.show_engine(event)
                self._inspector.show_engine(event)
            case Memory():
                self._status.show_memory(event)
                self._inspector.show_memory(event)
            case Saved():
                self._gallery.add(event.path)
                self._unsaved.on_answer(event)
            case NotSaved():
                self._unsaved.on_answer(event)
            case _:
                return

    @Slot(int)
    def on_started(self, pid: int) -> None:
        """Handle the start of the engine process."""
        del pid
        self._status.show_starting()

    @Slot()
    def on_gone(self) -> None:
        """Handle the unexpected end of the engine process."""
        self._status.show_engine(None)
        self._unsaved.on_engine_gone()
