"""What earlier sittings at the canvas left and nothing needs any more is deleted, in threads."""

from pathlib import Path

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.store import pictures, regions

MOST_PICTURES = 1_000_000  # that may name the files of a job
AT_A_TIME = 100  # of them, before other reading has its turn


def forget_regions(background: Background, queue: JobQueue, root: Path) -> None:
    """Delete the files of earlier jobs that no picture and no job names."""
    folder, regions_of = queue.pictures, root / "regions"
    queued = " ".join(repr(entry.job.request) for entry in queue.jobs.entries)

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
