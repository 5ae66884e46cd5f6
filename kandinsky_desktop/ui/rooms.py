"""The rooms there are, and which of them is entered."""

from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.ui.actions import Action, nothing
from kandinsky_desktop.ui.canvas.room import CanvasRoom
from kandinsky_desktop.ui.create.room import CreateRoom
from kandinsky_desktop.ui.fusion.room import FusionRoom
from kandinsky_desktop.ui.gallery.room import GalleryRoom
from kandinsky_desktop.ui.main_layout import MainLayout
from kandinsky_desktop.ui.rail import Rail
from kandinsky_desktop.ui.room import Room, Shared

R = TypeVar("R", bound=Room)

ROOMS: tuple[type[Room], ...] = (  # in the order of the rail
    CreateRoom,
    CanvasRoom,
    FusionRoom,
    GalleryRoom,
)


class Rooms(QObject):
    """Builds the rooms, gives each its button and its key, and leads from one to another."""

    entered = Signal(object)  # Room
    refused = Signal(str)  # why a room cannot be entered

    def __init__(self, shared: Shared, rail: Rail, layout: MainLayout, parent: QObject) -> None:
        super().__init__(parent)
        self._draft, self._rail, self._layout = shared.state.draft, rail, layout
        self._job_queue = shared.state.job_queue
        self._job_queue.changed.connect(self._arrange)
        self.all = tuple(kind(shared, self) for kind in ROOMS)
        self.current = self.all[0]
        self._inspector = shared.inspector
        for room in self.all:
            action = Action(f"room_{room.name}", room.title, room.title, room.keys, room.icon)
            shared.actions.add(action, partial(self.enter, room.name))
            rail.add_room(
                room.name, shared.actions.button(action.name, nothing, checkable=True, role="room")
            )
            layout.add_room(room.widget, room.bar)
            room.changed.connect(self._arrange)
            if room.side_panel is not None:
                layout.add_panel(room.side_panel)

    def named(self, name: str) -> Room:
        """Return a room by its name. Raises KeyError."""
        return {room.name: room for room in self.all}[name]

    def of(self, kind: type[R]) -> R:
        """Return the room of a kind. Raises StopIteration if it is not listed."""
        return next(room for room in self.all if isinstance(room, kind))

    def current_picture(self) -> Path | None:
        """Return the picture that actions are done to in the room that is entered."""
        return self.current.picture

    def prepare(self) -> None:
        """Let the rooms make ready what the first sight of the window need not wait for."""
        for room in self.all:
            room.prepare()

    def enter(self, name: str) -> None:
        """Go to another room, or say why the model in use cannot be used there."""
        room, model = self.named(name), self._draft.model
        reason = "" if model is None else room.refusal(model)
        if reason:
            self.refused.emit(reason)
            return
        is_other = room is not self.current
        if is_other:
            self.current.leave()
            self.current = room
            room.enter()
        self._show()
        room.focus()
        if is_other:  # focus driven out of what was hidden scrolls to where it went for a moment
            self._inspector.show_top()

    def show_model(self, model: Model) -> None:
        """Show the rooms that a model can be used in, and leave one where it cannot."""
        for room in self.all:
            self._rail.offer_room(room.name, not room.refusal(model))
        reason = self.current.refusal(model)
        if reason:
            self.enter(self.all[0].name)
            self.refused.emit(reason)

    def _arrange(self) -> None:
        """Show the strip if the room has it, or a job runs whose pictures would not be seen."""
        running = self._job_queue.jobs.running is not None
        self._layout.want(strip=self.current.has_strip or running, panel=self.current.wants_panel)

    def _show(self) -> None:
        self._rail.show_room(self.current.name)
        self._layout.show_room(self.current.widget, self.current.bar, self.current.side_panel)
        self._arrange()
        self.entered.emit(self.current)
