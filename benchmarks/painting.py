"""Paints the same workload by our engine and by diffusers' pipelines, as a process of its own.

    python -m benchmarks.painting compare MODEL ...     alternating runs in one process, warm
    python -m benchmarks.painting sweep MODEL ...       a fusion at 20 weights, one after the other
    python -m benchmarks.painting once MODEL ...        one job from cold, for its peak memory
    python -m benchmarks.painting half-model MODEL      make the model of half the width
    python -m benchmarks.painting serve                 any of these, line by line

Says its result as JSON in its last line. Time is processor time, of all threads together: unlike
the clock's it does not tell how busy the machine was.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from PIL import ImageChops, ImageStat
from PIL.Image import Image

from benchmarks.child import answer_lines
from benchmarks.measures import FEWEST_PAIRS
from benchmarks.peak import peak_bytes
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

    def use(self, engine: Any) -> None:
        """Paint with another engine: one for several models, say."""
        self._engine = engine

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
    sides: Sides,
    workloads: Sequence[Workload],
    hows: Sequence[str],
    threads: int,
    first: int,
    pairs: int,
    warm_ups: int,
) -> Any:
    """Time each way in turn, `pairs` times after `warm_ups`; who begins changes each time.

    No turn from `first` on must have been painted with this cache before.

    Told of each round and way: `seconds` and `clock` of all of it, and `networks`, the calls of
    each network in it with the seconds spent in them.
    """
    told: dict[str, Any] = {"dtype": sides.dtype, "threads": threads}
    for place, workload in enumerate(workloads):
        ways = [how for how in hows if how != AGAIN or workload.again is not None]
        rounds: dict[str, list[Any]] = {how: [] for how in ways}
        apart = 0.0
        for number in range(warm_ups + pairs):
            turn = sides.turn(APART * place + first + number)
            _ = turn.picture, turn.mask  # are there before the time runs
            images: dict[str, list[Image]] = {}
            others = [how for how in ways if how != THEIRS]
            for how in [THEIRS, *others] if turn.number % 2 else [*others, THEIRS]:
                images[how], round_ = timed(partial(sides.paint, workload, how, turn), threads)
                if number >= warm_ups:
                    rounds[how].append(round_)
            for how in {OURS, PREVIEWS} & set(images):
                apart = max(apart, _apart(workload, images[how], images[THEIRS]))
        told[workload.name] = {"rounds": rounds, "apart": apart}
    return told


def timed(paint: Callable[[], list[Image]], threads: int) -> tuple[list[Image], Any]:
    """Return the pictures, and what they took."""
    import torch

    from benchmarks.passes import counted

    torch.set_num_threads(threads)
    with counted() as passes:
        clock, start = time.perf_counter(), time.process_time()
        images = paint()
        seconds = time.process_time() - start
    clock = time.perf_counter() - clock
    return images, {"seconds": seconds, "clock": clock, "networks": passes.plain()}


def sweep(sides: Sides, threads: int, weights: Sequence[tuple[float, ...]]) -> Any:
    """Paint a fusion that is known at other weights, on both sides in turn."""
    turn = sides.turn(1)
    ways: dict[str, Callable[[tuple[float, ...]], list[Image]]] = {
        OURS: lambda weights: sides.ours.paint(our_fusion(turn, weights)),
        THEIRS: lambda weights: their_fusion(sides.pipelines, turn, weights),
    }
    for paint in ways.values():
        paint(WEIGHTS)
    told: dict[str, list[Any]] = {how: [] for how in ways}
    for one in weights:
        for how, paint in ways.items():
            told[how].append(timed(partial(paint, one), threads)[1])
    return told


def once(sides: Sides, workload: Workload, how: str, threads: int, turn: int) -> dict[str, object]:
    """Do one job and say how much memory that took at its peak."""
    import torch

    torch.set_num_threads(threads)
    images = sides.paint(workload, how, sides.turn(turn))
    digest = hashlib.sha256(b"".join(image.tobytes() for image in images))
    return {"peak_bytes": peak_bytes(), "pictures": digest.hexdigest()}


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


sides_of = lru_cache(1)(Sides)  # who serves one caller for long stays warm


def answer(words: Sequence[str] | None = None) -> Any:
    """Do what the words of a command line say, and return the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.painting", description=__doc__)
    parser.add_argument("what", choices=["compare", "sweep", "once", "half-model"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--workload", action="append", choices=WORKLOADS, dest="workloads")
    parser.add_argument("--how", action="append", choices=(OURS, PREVIEWS, AGAIN, THEIRS))
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--prior-steps", type=int, default=25)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--prior-guidance", type=float, default=2.0)
    parser.add_argument("--cache", type=Path, default=Path("build/bench-cache"))
    parser.add_argument("--turn", type=int, default=1, help="which words to paint (first)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=FEWEST_PAIRS)
    parser.add_argument("--warm-ups", type=int, default=1)
    parser.add_argument("--changes", type=int, default=len(SWEEP), help="of weights, in a sweep")
    parser.add_argument("--dtype", default="", help="of theirs; by default that of ours")
    parser.add_argument("--tokenizer", type=Path, help="for half-model")
    parser.add_argument("--narrow", action="store_true", help="half-model: as small as may be")
    args = parser.parse_args(words)
    if args.what == "half-model":
        from benchmarks.half_model import HALF, NARROW, half_model

        half_model(args.model, args.tokenizer, NARROW if args.narrow else HALF)
        return {}
    sampling = replace(
        Sampling(),
        width=args.side,
        height=args.side,
        steps=args.steps,
        prior_steps=args.prior_steps,
        guidance=args.guidance,
        prior_guidance=args.prior_guidance,
    )
    sides = sides_of(args.model, sampling, args.cache, args.threads, args.dtype)
    workloads = [WORKLOADS[name] for name in args.workloads or ["text to image"]]
    match args.what:
        case "compare":
            hows = args.how or (OURS, THEIRS)
            times = args.turn, args.pairs, args.warm_ups
            return compare(sides, workloads, hows, args.threads, *times)
        case "sweep":
            return sweep(sides, args.threads, SWEEP[: args.changes])
        case _:
            return once(sides, workloads[0], args.how[0], args.threads, args.turn)


def main() -> None:
    """Say the result in the last line."""
    if sys.argv[1:] == ["serve"]:
        answer_lines(answer)
    else:
        print(json.dumps(answer()))


if __name__ == "__main__":
    main()
