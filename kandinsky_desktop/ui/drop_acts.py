"""What can be done with what was dropped or pasted, whatever room it was dropped in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Mix
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.state.image_import import Said
from kandinsky_desktop.store.foreign_metadata import Words
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.image_inputs import ImageInputs
from kandinsky_desktop.ui.mime import Carried, DroppedImages


@dataclass(frozen=True, slots=True)
class Offer:
    """What is dragged or pasted, and what a room may do with it."""

    carried: Carried
    said: Said  # by the picture, as far as it is read
    acts: "DropActs"

    @property
    def several(self) -> bool:
        """Whether there is more than one file."""
        return len(self.carried.files) > 1


class DropActs(QObject):
    """Takes what was dropped: as a start, a meaning, settings, words, cards, a board."""

    room_requested = Signal(str)  # the name of the room where what was done is seen
    words_requested = Signal()  # are to be typed now
    done = Signal(str)  # what was done
    taken = Signal(str, object)  # likewise, and a call that undoes it

    def __init__(
        self, state: AppState, actions: ActionSet, inputs: ImageInputs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._state, self._actions, self._inputs = state, actions, inputs

    def said(self, offer: Offer, widget: QWidget) -> list[Place]:
        """Return places for what a picture says of itself, if it says something."""
        if offer.several:
            return []
        said, places = offer.said, list[Place]()
        if said.record is not None or (said.foreign is not None and said.foreign.said):
            act = self.use_settings
            places.append(Place("settings", _("Use its settings"), "repeat", widget, act))
        if said.words is not None:
            take = partial(self.use_words, said.words)
            places.append(Place("words", _("Use its words"), "quote", widget, take))
        return places

    def open_plans(self, dropped: DroppedImages) -> None:
        """Lay a board of ours, or take over a request."""
        if dropped.boards:
            self._open_board(dropped.boards[0])
        elif dropped.requests:
            self._use_request(dropped.requests[0])

    def start_from(self, dropped: DroppedImages) -> None:
        """Start from a picture."""
        self._with_file(dropped, self._inputs.start_from)
        self.words_requested.emit()

    def use_meaning(self, dropped: DroppedImages) -> None:
        """Let the meaning be a picture's."""
        self._with_file(dropped, self._inputs.use_meaning)

    def lay(self, dropped: DroppedImages) -> None:
        """Lay pictures on the board, and go there."""
        if dropped.paths and not self._state.board_editor.add_files(dropped.paths):
            return
        for image in dropped.images:
            self._state.board_editor.add_image(image)
        self.room_requested.emit("fusion")

    def use_settings(self, dropped: DroppedImages) -> None:
        """Take over how a picture was made, as its own action does."""
        for path in dropped.paths[:1]:
            self._actions.trigger("use_again", path)

    def use_words(self, words: Words, dropped: DroppedImages | None = None) -> None:
        """Let the prompt be words that another program wrote into a picture."""
        del dropped
        self._type(words.positive, words.negative)

    def use_dropped_words(self, dropped: DroppedImages) -> None:
        """Let the prompt be words that were dropped."""
        if dropped.words:
            self._type(dropped.words)

    def _type(self, positive: str, negative: str = "") -> None:
        """Set the prompt, as one step, and let nothing stand in its place."""
        draft = self._state.draft
        with draft.one_step(_("Words")):
            if isinstance(draft.values.image_conditioning, ImagePrompt | ImageEmbedding):
                draft.set(image_conditioning=None)
            draft.set(prompt=positive)
            if negative:
                draft.set_without(negative)
        self.taken.emit(_("Words taken over"), draft.undo)
        self.words_requested.emit()

    def _with_file(self, dropped: DroppedImages, then: Callable[[Path], None]) -> None:
        if dropped.paths:
            then(dropped.paths[0])
        elif dropped.images:
            self._state.image_import.import_image(dropped.images[0], then)

    def _open_board(self, board: Board) -> None:
        self._state.board_editor.lay_board(board)
        self.room_requested.emit("fusion")

    def _use_request(self, request: Paint) -> None:
        """Take over a request as if it were that of a picture."""
        conditions = Conditions(
            device="", device_name="", dtype="", threads=0, batch=(0,), libraries=(), platform=""
        )
        record = Record(
            request=request,
            index=0,
            model=request.model,
            fingerprint="",
            conditions=conditions,
            program="",
        )
        draft, words = self._state.draft, _("Settings taken over")
        is_mix = isinstance(request.conditioning, Mix)
        if is_mix and not self._state.board_library.lay_fusion(record):
            return
        with draft.one_step(_("Request")):
            draft.apply_record(record)
        if is_mix:
            self.room_requested.emit("fusion")
            self.done.emit(words)
        else:
            self.room_requested.emit("create")
            self.taken.emit(words, draft.undo)
