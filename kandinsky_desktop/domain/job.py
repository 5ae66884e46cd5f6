"""A request on its way to its pictures."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from kandinsky_desktop.domain.request import Request


@dataclass(frozen=True, slots=True)
class Job:
    """A request with a name, by which it is cancelled and its events are known."""

    request: Request
    id: UUID = field(default_factory=uuid4)
    made: tuple[int, ...] = ()  # indices of its batch that are on disk already
    folder: Path | None = None  # where its pictures go; None: to all others, where they are shown

    @property
    def missing(self) -> tuple[int, ...]:
        """The indices of the batch that are still to be made, in order."""
        return tuple(index for index in range(self.request.count) if index not in self.made)
