"""Paints the same workload by our engine and by diffusers' pipelines, as a process of its own.

    python -m benchmarks.painting compare MODEL ...     alternating runs in one process, warm
    python -m benchmarks.painting count MODEL ...       how often which network runs on each side
    python -m benchmarks.painting sweep MODEL ...       a fusion at 20 weights, one after the other
    python -m benchmarks.painting once MODEL ...        one job from cold, for its peak memory
    python -m benchmarks.painting half-model MODEL      make the model of half the width

Says its result as JSON in its last line.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import ImageChops, ImageStat
from PIL.Image import Image

from benchmarks.workloads import (
    SWEEP,
    WEIGHTS,
    WORKLOADS,
    Pipelines,
    Turn,
    Workload,
    our_fusion,
    their_fusion,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint, Sampling

OURS, PREVIEWS, AGAIN, THEIRS = "ours", "ours with previews", "ours again", "theirs"
APART = 10_000  # between the turns of two workloads, so that none meets what another one made


class Ours:
    """Our engine, as the command line hosts it.

    It keeps the meaning of words it knows, in memory and in its cache folder; so that it does the
    whole work, each turn has words that were never painted with that folder.
    """

    def __init__(self, model: Path, cache: Path, threads: int, *, previews: bool) -> None:
        from kandinsky_desktop.engine.engine import Engine

        self._engine = Engine(cache, threads)
        self._model, self._previews = model, previews
        self._images: list[Image] = []
        self.dtype = ""

    def paint(self, request: Paint) -> list[Image]:
        """Make the pictures."""
        self._images = []
        self._engine.run(Job(request), self._model, _ignore, self._take, previews=self._previews)
        return self._images

    def _take(self, image: Image, record: Record, meaning: bytes) -> None:
        del meaning
        self._images.append(image)
        self.dtype = record.conditions.dtype


class Sides:
    """Both sides with one model; each comes into being when it is first asked for."""

    def __init__(
        self, model: Path, sampling: Sampling, cache: Path, threads: int, dtype: str = ""
    ) -> None:
        self._model, self._sampling, self._cache = model, sampling, cache
        self._threads, self._dtype = threads, dtype
        cache.mkdir(parents=True, exist_ok=True)

    @cached_property
    def ours(self) -> Ours:
        """Our engine."""
        return Ours(self._model, self._cache / "plain", self._threads, previews=False)

    @cached_property
    def with_previews(self) -> Ours:
        """Our engine when someone watches."""
        return Ours(self._model, self._cache / "previews", self._threads, previews=True)

    @cached_property
    def dtype(self) -> str:
        """The number format that ours chose, which theirs gets too."""
        if not self._dtype:
            self.ours.paint(WORKLOADS["text to image"].ours(self.turn(0)))
        return self._dtype or self.ours.dtype

    @cached_property
    def pipelines(self) -> Pipelines:
        """Theirs."""
        return Pipelines(self._model, self._sampling, self.dtype)

    def turn(self, number: int) -> Turn:
        """Return a round."""
        return Turn(number, self._sampling, self._cache)

    def paint(self, workload: Workload, how: str, turn: Turn) -> list[Image]:
        """Make the pictures in one of the ways."""
        match how:
            case "ours":
                return self.ours.paint(workload.ours(turn))
            case "ours with previews":
                return self.with_previews.paint(workload.ours(turn))
            case "ours again":
                assert workload.again is not None
                return self.ours.paint(workload.again(turn))
            case _:
                return workload.theirs(self.pipelines, turn)


def compare(
    sides: Sides, workloads: Sequence[Workload], hows: Sequence[str], threads: int, runs: int
) -> Any:
    """Time each way `runs` times, one after the other in turn, after one round that warms up."""
    import torch

    told: dict[str, Any] = {"dtype": sides.dtype, "threads": threads}
    for place, workload in enumerate(workloads):
        ways = [how for how in hows if how != AGAIN or workload.again is not None]
        seconds: dict[str, list[float]] = {how: [] for how in ways}
        apart = 0.0
        for number in range(runs + 1):
            turn = sides.turn(1 + APART * place + number)
            _ = turn.picture, turn.mask  # are there before the time runs
            images: dict[str, list[Image]] = {}
            for how in ways:
                torch.set_num_threads(threads)
                start = time.perf_counter()
                images[how] = sides.paint(workload, how, turn)
                taken = time.perf_counter() - start
                if number:
                    seconds[how].append(taken)
            for how in {OURS, PREVIEWS} & set(images):
                apart = max(apart, _apart(workload, images[how], images[THEIRS]))
        told[workload.name] = {"seconds": seconds, "apart": apart}
    return told


def count(sides: Sides, workloads: Sequence[Workload], threads: int) -> Any:
    """Count the passes of the networks in each way, and time them."""
    import torch

    from benchmarks.passes import counted

    told: dict[str, Any] = {"dtype": sides.dtype}  # known before anything is counted
    for place, workload in enumerate(workloads):
        told[workload.name] = {}
        turn = sides.turn(1 + APART * place)
        for how in (OURS, THEIRS, *([AGAIN] if workload.again else [])):
            torch.set_num_threads(threads)
            with counted() as passes:
                sides.paint(workload, how, turn)
            told[workload.name][how] = passes.plain()
    return told


def sweep(sides: Sides, threads: int) -> Any:
    """Paint a fusion that is known at other weights; time it, and count what a cache spares."""
    import torch

    from benchmarks.passes import counted

    turn = sides.turn(1)
    ways: dict[str, Callable[[tuple[float, ...]], Any]] = {
        OURS: lambda weights: sides.ours.paint(our_fusion(turn, weights)),
        THEIRS: lambda weights: their_fusion(sides.pipelines, turn, weights),
    }
    told: dict[str, dict[str, float]] = {how: {"seconds": 0.0, "looks": 0} for how in ways}
    for paint in ways.values():
        paint(WEIGHTS)
    for weights in SWEEP:
        for how, paint in ways.items():
            torch.set_num_threads(threads)
            start = time.perf_counter()
            with counted() as passes:
                paint(weights)
            told[how]["seconds"] += time.perf_counter() - start
            told[how]["looks"] += passes.looks
    return told


def once(sides: Sides, workload: Workload, how: str, threads: int, turn: int) -> dict[str, object]:
    """Do one job and say how much memory that took at its peak."""
    import torch

    torch.set_num_threads(threads)
    images = sides.paint(workload, how, sides.turn(turn))
    digest = hashlib.sha256(b"".join(image.tobytes() for image in images))
    return {"peak_bytes": peak_bytes(), "pictures": digest.hexdigest()}


def peak_bytes() -> int:
    """Return the most memory that this process has held so far."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _apart(workload: Workload, ours: Sequence[Image], theirs: Sequence[Image]) -> float:
    """Return how far pictures are apart in the mean, of 255, where both paint the same."""
    if workload.alike is None:
        return 0.0
    left, top, right, bottom = workload.alike
    apart = 0.0
    for one, other in zip(ours, theirs, strict=True):
        box = (left, top, min(right, one.width), min(bottom, one.height))
        difference = ImageChops.difference(one.crop(box), other.crop(box))
        apart = max(apart, sum(ImageStat.Stat(difference).mean) / 3)
    return apart


def _ignore(progress: object) -> None:
    del progress


def main() -> None:
    """Read the command line; say the result in the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.painting", description=__doc__)
    parser.add_argument("what", choices=["compare", "count", "sweep", "once", "half-model"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--workload", action="append", choices=WORKLOADS, dest="workloads")
    parser.add_argument("--how", action="append", choices=(OURS, PREVIEWS, AGAIN, THEIRS))
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--prior-steps", type=int, default=25)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--prior-guidance", type=float, default=2.0)
    parser.add_argument("--cache", type=Path, default=Path("build/bench-cache"))
    parser.add_argument("--turn", type=int, default=1, help="which words to paint, once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dtype", default="", help="of theirs; by default that of ours")
    parser.add_argument("--tokenizer", type=Path, help="for half-model")
    args = parser.parse_args()
    if args.what == "half-model":
        from benchmarks.half_model import half_model

        half_model(args.model, args.tokenizer)
        print("{}")
        return
    sampling = replace(
        Sampling(),
        width=args.side,
        height=args.side,
        steps=args.steps,
        prior_steps=args.prior_steps,
        guidance=args.guidance,
        prior_guidance=args.prior_guidance,
    )
    sides = Sides(args.model, sampling, args.cache, args.threads, args.dtype)
    workloads = [WORKLOADS[name] for name in args.workloads or ["text to image"]]
    tasks: dict[str, Callable[[], Any]] = {
        "compare": lambda: compare(
            sides, workloads, args.how or (OURS, THEIRS), args.threads, args.runs
        ),
        "count": lambda: count(sides, workloads, args.threads),
        "sweep": lambda: sweep(sides, args.threads),
        "once": lambda: once(sides, workloads[0], args.how[0], args.threads, args.turn),
    }
    print(json.dumps(tasks[args.what]()))


if __name__ == "__main__":
    main()
