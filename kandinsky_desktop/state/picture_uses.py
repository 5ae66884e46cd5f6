"""What a picture's file is needed for now, besides being looked at."""

from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain import task as tasks
from kandinsky_desktop.domain.conditioning import files_of
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.draft import DraftState


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a picture would be missed."""

    start: bool = False  # the form is painted from it
    board: bool = False  # a card of the board shows it


def uses_of(path: Path, draft: DraftState, editor: BoardEditor) -> Uses:
    """Return what needs a picture."""
    values = draft.applicable
    parts = (values.image_conditioning, values.negative, values.depth)
    start = path in tasks.files_of(values.task) or any(
        getattr(part, "path", None) == path for part in parts
    )
    board = any(path in files_of(card.source) for card in editor.board.cards)
    return Uses(start, board)
