"""A room: one place of the program, with what is in its middle, its bar, its undo and its keys.

Rooms are listed once, in `rooms.py`, and never import each other. What they share they are given.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.job_progress import JobProgress
from kandinsky_desktop.ui.notification_texts import NotificationTexts
from kandinsky_desktop.ui.run_bar import RunBar
from kandinsky_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from kandinsky_desktop.ui.drop_acts import Offer


@dataclass(frozen=True, slots=True)
class Shared:
    """What a room is given of the window and of the program's state."""

    theme: Theme
    state: AppState
    actions: ActionSet
    inspector: Inspector
    progress: JobProgress
    texts: NotificationTexts


class Room(QObject):
    """A place of the program. All of it but the widget may be left as it is here."""

    refused = Signal(str)  # why something was not done
    message = Signal(str)  # what was done
    changed = Signal()  # what the button would do, or what could be undone
    generate_requested = Signal()
    submitted = Signal(object)  # domain.job.Job that `generate` asked for, once it is queued
    menu_requested = Signal(object, object)  # pathlib.Path of a picture, QPoint on the screen

    name = ""
    title = ""  # marked for translation
    icon = ""
    keys: tuple[str, ...] = ()  # that lead there
    silent: tuple[str, ...] = ()  # actions on its picture whose keys mean something else here
    makes_conditioning = False  # itself, so that the form for it is not shown
    makes_task = False  # likewise for what pictures start from

    widget: QWidget  # in the middle of the window
    bar: RunBar | None = None  # under it
    side_panel: QWidget | None = None  # in place of the inspector
    has_strip = True  # else it shows only while a job runs
    wants_panel = True  # else nothing is beside it now

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shared = shared

    def refusal(self, model: Model) -> str:
        """Return why the room cannot be used with a model, as a sentence; empty if it can."""
        del model
        return ""

    def prepare(self) -> None:
        """Make ready what the first sight of the window need not wait for, bit by bit."""

    def enter(self) -> None:
        """Handle that it is shown from now on."""

    def leave(self) -> None:
        """Handle that another room is shown."""

    def focus(self) -> None:
        """Move the focus to where work begins here."""
        self.widget.setFocus()

    def focus_words(self) -> None:
        """Move the focus to where words are typed."""
        self.focus()

    @property
    def picture(self) -> Path | None:
        """The file of the picture that actions are done to here."""
        return self.shared.state.viewer.path

    @property
    def problem(self) -> str:
        """Why nothing can be painted from here now, as a sentence; empty if it can."""
        return ""

    def request(self) -> Paint:
        """Return what its button would paint. Raises InvalidRequest with a sentence."""
        raise InvalidRequest(_("Nothing is painted here."))

    @property
    def laid(self) -> Board | None:
        """The board that its request is fused from; None: it is no fusion of a board."""
        return None

    def priced(self) -> Paint | None:
        """Return a request that takes as long as what its button asks for; None: the form's does.

        Raises InvalidRequest.
        """
        return None

    def generate(self) -> bool:
        """Ask for pictures in a way of its own; False: `request` says what is wanted.

        Raises InvalidRequest with a sentence.
        """
        return False

    def on_submitted(self, job: Job) -> None:
        """Handle that its request was queued."""

    @property
    def changed_at(self) -> float | None:
        """When what undo would take back was done (time.monotonic); None: there is nothing."""
        return None

    @property
    def undone_at(self) -> float | None:
        """When what redo would do again was undone (time.monotonic); None: there is nothing."""
        return None

    def undo(self) -> None:
        """Take back the last change that was made here."""

    def redo(self) -> None:
        """Do again what was undone last."""

    def save(self) -> bool:
        """Save what is worked on here and is no file yet; False if there is none."""
        return False

    def escape(self) -> bool:
        """Leave what is open here; False if there is nothing to leave."""
        return False

    def on_chosen(self, path: Path) -> None:
        """Handle that a picture was chosen in the strip."""

    def on_opened(self, path: Path) -> None:
        """Handle that a picture in the strip was opened: by a double-click or Enter."""

    def places(self, offer: "Offer") -> list[Place]:
        """Return where something that is dragged can be dropped, the usual place first.

        What is pasted goes to the usual place if there is one alone, or it is `through`; else a
        menu asks. Without any it is refused.
        """
        del offer
        return []

    def show_alone(self, alone: bool) -> None:
        """Show the picture alone, or all that stands around it too."""
