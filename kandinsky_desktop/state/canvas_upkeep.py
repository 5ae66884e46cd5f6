"""What earlier sittings at the canvas left and nothing needs any more is deleted, in threads."""

from collections.abc import Callable, Iterable
from pathlib import Path

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.store import old_documents, pictures, regions
from kandinsky_desktop.store.old_documents import OldDocument

MOST_PICTURES = 1_000_000  # that may name the files of a job
AT_A_TIME = 100  # of them, before other reading has its turn


def forget_regions(background: Background, queue: JobQueue, root: Path) -> None:
    """Delete the files of earlier jobs that no picture and no job names."""
    folder, regions_of = queue.pictures, root / "regions"
    queued = " ".join(repr(entry.job) for entry in queue.jobs.entries)

    def candidates() -> list[Path]:
        if not regions.old_ones(regions_of):
            return []
        return [*root.rglob("*.png"), *pictures.newest(folder, MOST_PICTURES)]

    def read(made: list[Path], named: set[str]) -> None:
        """Read a few at a time: other reading goes on between them, and the program can end."""
        if made:
            background.read(
                lambda: named | regions.named_in_pictures(made[:AT_A_TIME]),
                lambda found: read(made[AT_A_TIME:], found),
            )
        else:
            background.read(lambda: regions.forget_others(regions_of, named), lambda _deleted: None)

    named = regions.named_in(queued)
    background.read(candidates, lambda made: read(made, named) if made else None)


class DocumentUpkeep:
    """Deletes documents that nobody would miss (`store/old_documents`), one after the other."""

    def __init__(
        self,
        background: Background,
        queue: JobQueue,
        in_use: Callable[[Path], bool],
        named_in: Iterable[Path],
    ) -> None:
        """Files of a document may be named by jobs, pictures, and in the files `named_in`."""
        self._background, self._in_use, self._named_in = background, in_use, tuple(named_in)
        self._pictures = queue.pictures
        self._text = " ".join(repr(entry.job) for entry in queue.jobs.entries)
        self._taken = 0  # bytes of all documents

    def begin(self, folders: Iterable[Path]) -> None:
        """Look at documents, the newest first; that one stays in any case."""
        others = list(folders)[1:]
        self._background.read(lambda: old_documents.by_age(others), self._look)

    def _look(self, found: list[OldDocument]) -> None:
        self._taken = sum(one.size_bytes for one in found)
        over = [one for one in found if one.is_over(self._taken)]
        if over:
            self._background.read(
                lambda: (
                    self._text + old_documents.named_in_files(self._named_in),
                    pictures.newest(self._pictures, MOST_PICTURES),
                ),
                lambda read: self._ask_pictures(over, *read),
            )

    def _ask_pictures(self, over: list[OldDocument], text: str, made: list[Path]) -> None:
        """Spare the documents that are named in a text, or by pictures; a few at a time."""
        rest = [one for one in over if one.folder.name not in text]
        if not made:
            self._let_go(rest)
        elif rest:
            self._background.read(
                lambda: regions.records_of(made[:AT_A_TIME]),
                lambda records: self._ask_pictures(rest, records, made[AT_A_TIME:]),
            )

    def _let_go(self, over: list[OldDocument]) -> None:
        """Delete the first that may go, then the next."""
        while over and (not over[0].is_over(self._taken) or self._in_use(over[0].folder)):
            over = over[1:]
        if over:
            first, rest = over[0], over[1:]
            self._background.read(
                lambda: first.size_bytes if old_documents.let_go(first.folder) else 0,
                lambda freed: self._go_on(rest, freed),
            )

    def _go_on(self, rest: list[OldDocument], freed: int) -> None:
        self._taken -= freed
        self._let_go(rest)
