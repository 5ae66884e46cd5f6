"""What every part of the check works with: models, engines, a clock, and rows that are kept."""

import gc
import json
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from benchmarks.gpu_check.cards import SimulatedCard, SmallCard, card_of
from kandinsky_desktop.domain.conditioning import Conditioning, Prompt
from kandinsky_desktop.domain.events import PhaseMemory, PhaseRan, Progress, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Inpaint, TextToImage
from kandinsky_desktop.engine.engine import Engine

Values = dict[str, Any]
MIB = 2**20
SIDES, TINY_SIDES = (512, 768, 1024), (64, 64, 64)


class OutOfTime(Exception):
    """A part has used up its time."""


@dataclass
class Painted:
    """What a job made and said."""

    seconds: float = 0.0
    images: list[Image.Image] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    phases: list[PhaseRan] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)  # of the decoder, as they were reported

    def memory(self) -> Iterator[tuple[PhaseRan, PhaseMemory]]:
        """Yield of each operation the phase that took most, with what it took."""
        most: dict[str, PhaseRan] = {}
        for one in self.phases:
            before = most.get(one.operation)
            if one.memory is not None and (before is None or _peak(one) > _peak(before)):
                most[one.operation] = one
        for one in most.values():
            assert one.memory is not None
            yield one, one.memory

    @property
    def ways(self) -> str:
        """The ways that were not the fastest, in the order of their phases."""
        told = {
            f"{one.operation}: {one.mode}"
            for one in self.phases
            if one.mode not in ("", "resident")
        }
        return "; ".join(sorted(told)) or "all resident"


def _peak(ran: PhaseRan) -> int:
    return 0 if ran.memory is None else max(ran.memory.peak, ran.memory.predicted)


class Bench:
    """The surroundings of one part. Each row is on disk as soon as it is told."""

    def __init__(
        self, part: str, device: str, work: Path, rows: Path, deadline: float, *, tiny: bool
    ) -> None:
        """`deadline` as `time.monotonic` counts; `rows` is a file of lines of JSON."""
        self.part, self.device, self.work, self.tiny = part, device, work, tiny
        self._rows, self._deadline = rows, deadline
        self.sides = TINY_SIDES if tiny else SIDES
        if tiny:
            torch.set_num_threads(1)  # more would wait for each other
        self._caches = 0

    # -- time and rows ---------------------------------------------------------------------------

    @property
    def left_s(self) -> float:
        """Seconds that are left to this part."""
        return self._deadline - time.monotonic()

    def look(self, *_: object) -> None:
        """Raise OutOfTime where none are left. As a report of progress and of diffusers' steps."""
        if self.left_s < 0:
            raise OutOfTime

    def tell(self, kind: str, about: Mapping[str, Any], problem: str = "") -> None:
        """Keep a row of a kind, as the tables know it."""
        row = (
            {"part": self.part, "kind": kind}
            | dict(about)
            | ({"problem": problem} if problem else {})
        )
        with self._rows.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    @contextmanager
    def row(self, kind: str, **about: Any) -> Iterator[Values]:
        """Fill a row; what fails within it stands in it, and the next one goes on.

        Raises OutOfTime, with the row kept.
        """
        row: Values = dict(about)
        problem = ""
        try:
            self.look()
            yield row
        except OutOfTime:
            self.tell(kind, row, "no time was left")
            raise
        except Exception as error:  # noqa: BLE001 - what breaks is a result
            traceback.print_exc()
            problem = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            error.__traceback__ = None  # its frames hold the memory of the card
            del error
        self.tell(kind, row, problem)
        self.tidy()

    def tidy(self) -> None:
        """Give back what nobody holds any more."""
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    # -- models and engines ----------------------------------------------------------------------

    def model(self, version: str) -> Path:
        """Return the folder of a version, which the first part has written."""
        return self.work / f"Kandinsky {version}"

    def card(self, limit_bytes: int | None = None) -> SmallCard | SimulatedCard:
        """Return the device."""
        return card_of(self.device, limit_bytes)

    def engine(self, device: SmallCard | SimulatedCard) -> Engine:
        """Return an engine that knows nothing yet: each phase is to be run."""
        self._caches += 1
        folder = self.work / "caches" / f"{self.part}-{self._caches}"
        return Engine(folder, max(1, torch.get_num_threads()), device)

    def paint(
        self,
        engine: Engine,
        version: str,
        request: Paint,
        on_step: Callable[[Stepped], None] | None = None,
    ) -> Painted:
        """Run a request, whose phases were all forgotten. Raises what the engine raises."""
        forget(engine)
        made = Painted()

        def report(progress: Progress) -> None:
            self.look()
            if isinstance(progress, PhaseRan):
                made.phases.append(progress)
            elif isinstance(progress, Stepped) and progress.stage == "decoder":
                made.steps.append(progress.step)
                if on_step is not None:
                    on_step(progress)

        def deliver(image: Image.Image, record: Record, meaning: bytes) -> None:
            del meaning
            made.images.append(image)
            made.records.append(record)

        began = time.perf_counter()
        engine.run(Job(request), self.model(version), report, deliver, previews=False)
        made.seconds = time.perf_counter() - began
        return made

    # -- what is painted -------------------------------------------------------------------------

    def request(
        self,
        side: int,
        conditioning: Conditioning | None = None,
        task: TextToImage | Inpaint | None = None,
        *,
        steps: int = 2,
        count: int = 1,
    ) -> Paint:
        """Return a request; by default words to a picture."""
        sampling = Sampling(
            width=side, height=side, steps=steps, prior_steps=steps, seed=3, prior_seed=4
        )
        return Paint(
            conditioning=conditioning or Prompt("a cat by the sea"),
            task=task or TextToImage(),
            sampling=sampling,
            count=count,
        )

    def picture(self, side: int, colour: str = "orange") -> Path:
        """Return a picture of a disc."""
        path = self.work / f"{colour}-{side}.png"
        if not path.is_file():
            image = Image.new("RGB", (side, side), (90, 30, 120))
            ImageDraw.Draw(image).ellipse((side // 8, side // 4, side // 2, side - 8), colour)
            image.save(path)
        return path

    def hole(self, side: int) -> Inpaint:
        """Return the filling of the middle of a picture, which is seen whole."""
        mask = self.work / f"mask-{side}.png"
        if not mask.is_file():
            image = Image.new("L", (side, side), 0)
            ImageDraw.Draw(image).rectangle([side // 4, side // 4, side // 2, side // 2], 255)
            image.save(mask)
        return Inpaint(
            path=self.picture(side), masks=(mask,), fill="keep", grow=0, feather=0, crop=False
        )


def forget(engine: Engine) -> None:
    """Let an engine know no output of an earlier job, and no correction of its predictions."""
    shutil.rmtree(engine._cache, ignore_errors=True)
    engine._outputs = type(engine._outputs)(
        type(engine._outputs._cache)(engine._cache / "embeddings"), engine._outputs._device
    )


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures are from each other, in the mean, of 255."""
    return round(float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean()), 3)


def mib(size_bytes: int) -> float:
    """Return bytes as MiB."""
    return round(size_bytes / MIB, 1)
