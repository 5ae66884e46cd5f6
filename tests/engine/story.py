"""Runs a job in this process and writes down what is said and made."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL.Image import Image

from kandinsky_desktop.domain.errors import Stopped
from kandinsky_desktop.domain.events import Loading, Planned, Progress, Stage, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import pictures


@dataclass
class Story:
    """What a job said, and the pictures it made."""

    said: list[Progress] = field(default_factory=list)
    images: dict[int, Image] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    meanings: dict[int, bytes] = field(default_factory=dict)

    def steps(self, stage: Stage) -> list[Stepped]:
        return [one for one in self.said if isinstance(one, Stepped) and one.stage == stage]

    @property
    def loaded(self) -> list[str]:
        return [one.component for one in self.said if isinstance(one, Loading)]

    @property
    def planned(self) -> Planned:
        (planned,) = (one for one in self.said if isinstance(one, Planned))
        return planned

    def file(self, index: int) -> bytes:
        """Return the picture as the bytes of its file."""
        return pictures.finish(self.images[index], self.records[index], self.meanings[index]).data


def told(
    engine: Engine, job: Job | Request, model: Path, *, stop_at: Any = None, **how: Any
) -> Story:
    """Run it; with `stop_at`, cancel as soon as it says something of which that is true."""
    story = Story()

    def report(progress: Progress) -> None:
        story.said.append(progress)
        if stop_at is not None and stop_at(progress):
            raise Stopped

    def deliver(image: Image, record: Record, meaning: bytes) -> None:
        story.meanings[record.index] = meaning
        story.images[record.index] = image
        story.records[record.index] = record

    try:
        engine.run(job if isinstance(job, Job) else Job(job), model, report, deliver, **how)
    except Stopped:
        assert stop_at is not None
    return story
