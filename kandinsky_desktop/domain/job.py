"""A request on its way to its pictures."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.request import Request

LONGEST_TITLE = 60  # characters: it stands within a sentence


@dataclass(frozen=True, slots=True)
class Job:
    """A request with a name, by which it is cancelled and its events are known."""

    request: Request
    id: UUID = field(default_factory=uuid4)
    made: tuple[int, ...] = ()  # indices of its batch that are on disk already
    folder: Path | None = None  # where its pictures go; None: to all others, where they are shown
    board: Board | None = None  # that its request was fused from, with the cards that do not count

    @property
    def title(self) -> str:
        """Its first words on one line, by which a sentence names it."""
        return self.titled(LONGEST_TITLE)

    def titled(self, longest: int) -> str:
        """Return its words on one line, and … in place of what goes beyond so many characters."""
        words = " ".join(self.request.words.split())
        return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"

    @property
    def missing(self) -> tuple[int, ...]:
        """The indices of the batch that are still to be made, in order."""
        return tuple(index for index in range(self.request.count) if index not in self.made)
