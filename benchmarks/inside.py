"""Runs cases inside one tree of the program, and says what came of them, line by line.

    python -m benchmarks.inside      in the tree's own folder, which comes first on its path

This module and what it imports of benchmarks/ is laid into an older tree: `trees.LAID_IN`.
"""

import base64
import inspect
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

import kandinsky_desktop
from benchmarks import vocabulary as v
from benchmarks.cases import Desk, cases, timed
from benchmarks.child import answer_lines
from benchmarks.crossings import counted
from benchmarks.peak import peak_bytes
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.engine.engine import Engine

THREADS = 1


@dataclass
class Story:
    """What a job said and made."""

    planned: list[int] = field(default_factory=list)  # by its first plan
    dropped: dict[str, int] = field(default_factory=dict)  # steps, by sampler
    images: dict[int, Any] = field(default_factory=dict)
    records: dict[int, Any] = field(default_factory=dict)
    embeddings: dict[int, bytes] = field(default_factory=dict)


def told(
    engine: Engine,
    job: Any,
    model: Path,
    *,
    stop_at: int = 0,
    keep_at: int = 0,
    previews: bool = False,
    **how: Any,
) -> Story:
    """Run a job; end it after so many steps of the decoder, or keep that step's prediction."""
    story, values = Story(), [False]

    def report(progress: Any) -> None:
        planned, step = v.planned(progress), v.stepped(progress)
        if planned is not None and not story.planned:
            story.planned = planned
        if step is None:
            return
        story.dropped[step[0]] = story.dropped.get(step[0], 0) + 1
        at = story.dropped[step[0]] if step[0] == "decoder" else -1
        values[0] = at == keep_at
        if at == stop_at:
            raise v.Stopped

    def keep_step() -> bool:
        edited, values[0] = values[0], False
        return edited

    def deliver(image: Any, record: Any, embedding: bytes) -> None:
        story.images[record.index] = image
        story.records[record.index] = record
        story.embeddings[record.index] = embedding

    job = job if isinstance(job, Job) else Job(job)
    try:
        engine.run(job, model, report, deliver, keep_step=keep_step, previews=previews, **how)
    except v.Stopped:
        assert stop_at
    return story


@cache
def shared_engine(model: str, mend: str) -> Engine:
    """Return one for all cases that need no cache of their own: most of their time is loading."""
    return v.engine(Path(os.environ["KANDINSKY_HOME"]) / f"cache of {model} {mend}", THREADS)


class Place:
    """Where one case is run: a cache of its own, so that it begins with nothing known."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._case, models = cases()[order["case"]], order["models"]
        self._cache, self._mend = Path(order["out"]) / "cache", order.get("mend", "")
        self._model = Path(models[self._case.model])
        self._how: dict[str, Any] = {}
        if self._case.estimated:
            self._how["estimators"] = (Path(models["estimator"]),)
        self.request = self._case.build(Desk(Path(order["desk"]), self._own))

    def stories(self) -> Iterator[tuple[str, Story]]:
        """Do what the case asks for; each story has a name."""
        match self._case.way:
            case "paint":
                return self._painted()
            case "paint once":
                engine = shared_engine(self._case.model, self._mend)
                return iter([("once", told(engine, self.request, self._model, **self._how))])
            case "resume":
                return self._resumed()
            case "keep a step":
                return self._kept()

    def _painted(self) -> Iterator[tuple[str, Story]]:
        engine = v.engine(self._cache, THREADS)
        cold = told(engine, self.request, self._model, **self._how)
        yield "cold", cold
        yield "warm", told(engine, self.request, self._model, **self._how)
        yield "replayed", self._replayed(engine, cold)

    def _resumed(self) -> Iterator[tuple[str, Story]]:
        whole = told(self._engine(), self.request, self._model, previews=True, **self._how)
        yield "whole", whole
        steps = whole.dropped["decoder"]
        for step in (max(1, steps // 3), steps - 1):
            job = Job(self.request)
            first = told(
                self._engine(), job, self._model, stop_at=step, resumable=True, **self._how
            )
            yield f"until step {step}", first
            job = Job(self.request, job.id, tuple(sorted(first.images)))
            yield (
                f"after step {step}",
                told(self._engine(), job, self._model, resumable=True, **self._how),
            )

    def _kept(self) -> Iterator[tuple[str, Story]]:
        engine = v.engine(self._cache, THREADS)
        calls = told(engine, self.request, self._model, **self._how).dropped["decoder"]
        early = told(
            engine, self.request, self._model, keep_at=calls // 2, previews=True, **self._how
        )
        yield "kept", early
        yield "replayed", self._replayed(engine, early)

    def _replayed(self, engine: Engine, story: Story) -> Story:
        others = tuple(range(1, self.request.count))
        like = story.records[0].conditions
        job = Job(self.request, made=others)
        return told(engine, job, self._model, like=like, **self._how)

    def _engine(self) -> Engine:
        return v.engine(self._cache, THREADS, checkpoint_each_step=True)

    def _own(self, suffix: str) -> Path:
        """Return a picture, or the embedding, that this tree made."""
        engine, path = v.engine(self._cache / "own", THREADS), self._cache / f"own{suffix}"
        request = v.request(v.prompt("a bird"), width=64, height=64, steps=2, prior_steps=3)
        story = told(engine, request, self._model)
        image, record, embedding = story.images[0], story.records[0], story.embeddings[0]
        path.write_bytes(
            v.picture_file(image, record, embedding)
            if suffix == ".png"
            else base64.b64decode(embedding)
        )
        return path


def run_case(order: dict[str, Any]) -> Any:
    """Run a case; its pictures lie in the folder `out`, and the rest is said."""
    place, out = Place(order), Path(order["out"])
    said: dict[str, Any] = {}
    with ExitStack() as mended:
        if order.get("mend"):
            mended.enter_context(getattr(v, order["mend"])())
        for name, story in place.stories():
            for index, image in story.images.items():
                image.save(out / f"{name}, {index}.png", compress_level=1)
            said[name] = {
                "pictures": sorted(story.images),
                "embeddings": {
                    str(index): sha256(embedding).hexdigest()
                    for index, embedding in story.embeddings.items()
                },
                "planned": story.planned,
                "taken": story.dropped,
            }
    return said


class Timed:
    """A warm engine that paints turn after turn."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def paint(self, order: dict[str, Any]) -> Any:
        """Paint a turn of a workload; say the processor time and the peak memory."""
        if self._engine is None:
            self._engine = v.engine(Path(order["cache"]), THREADS)
        desk = Desk(Path(order["desk"]), lambda suffix: Path(suffix))
        request = timed(order["workload"], order["turn"], desk)
        began = time.process_time()
        told(self._engine, request, Path(order["model"]))
        return {"seconds": time.process_time() - began, "peak_bytes": peak_bytes()}


def crossings(order: dict[str, Any]) -> Any:
    """Count the calls between modules for text to image, with what was loaded before."""
    engine = v.engine(Path(order["cache"]), THREADS)
    desk = Desk(Path(), lambda suffix: Path(suffix))

    def run(turn: int, prior_steps: int, steps: int) -> None:
        how = {"prior_steps": prior_steps, "steps": steps}
        request = timed("text to image", turn, desk, **how)
        told(engine, request, Path(order["model"]))

    run(0, 3, 2)  # loads
    turns = enumerate(order["steps"], start=1)
    below = inspect.unwrap(Engine.run).__code__
    return [counted(partial(run, turn, *steps), below) for turn, steps in turns]


def write_models(order: dict[str, Any]) -> Any:
    """Write tiny models, and one that estimates depth; say where they lie."""
    from tests.engine import tiny

    folder = Path(order["folder"])
    return {
        "2.1": str(tiny.write(folder / "Tiny 2.1", tiny.WHOLE_21)),
        "2.2": str(tiny.write(folder / "Tiny 2.2", tiny.WHOLE_22)),
        "estimator": str(tiny.write_estimator(folder / "dpt")),
    }


def main() -> None:
    """Answer line by line."""
    assert Path(kandinsky_desktop.__file__).is_relative_to(Path.cwd()), kandinsky_desktop.__file__
    torch.set_num_threads(THREADS)
    timed_engine = Timed()
    answers: dict[str, Callable[[dict[str, Any]], Any]] = {
        "names": lambda order: {name: case.tiny for name, case in cases().items()},
        "models": write_models,
        "case": run_case,
        "paint": timed_engine.paint,
        "crossings": crossings,
    }
    answer_lines(lambda order: answers[order["do"]](order))


if __name__ == "__main__":
    main()
