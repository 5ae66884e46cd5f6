"""Paints the same request by our engine and by diffusers' pipelines, as a process of its own.

    python -m benchmarks.painting compare MODEL ...     alternating runs in one process, warm
    python -m benchmarks.painting once HOW MODEL ...    one picture from cold, for its peak memory
    python -m benchmarks.painting half-model MODEL      make the model of half the width

Says its result as JSON in its last line.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from PIL import ImageChops, ImageStat
from PIL.Image import Image

from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Sampling, text_to_image

PROMPT = "a red cat, take {turn}"
HOWS = ("ours", "ours with previews", "theirs")


class Paints(Protocol):
    """One way to make the picture."""

    def paint(self, turn: int) -> Image:
        """Make it. Each turn has words and seeds of its own, so that nothing is known before."""


class Ours:
    """Our engine, as the command line hosts it.

    It keeps the meaning of words it knows, in memory and in its cache folder; so that it does the
    whole work, each picture has words that were never painted with that folder.
    """

    def __init__(
        self, model: Path, sampling: Sampling, cache: Path, threads: int, previews: bool
    ) -> None:
        from kandinsky_desktop.engine.engine import Engine

        self._engine = Engine(cache, threads)
        self._model = model
        self._sampling = sampling
        self._previews = previews
        self._image: Image | None = None
        self.dtype = ""

    def paint(self, turn: int) -> Image:
        """Make it."""
        sampling = replace(self._sampling, idea_seed=turn, detail_seed=turn)
        request = text_to_image(PROMPT.format(turn=turn), sampling=sampling)
        job = Job(request)
        self._engine.run(job, self._model, _ignore, self._take, previews=self._previews)
        assert self._image is not None
        return self._image

    def _take(self, image: Image, record: Record, meaning: bytes) -> None:
        del meaning
        self._image, self.dtype = image, record.conditions.dtype


class Theirs:
    """The two pipelines, as diffusers' documentation shows them."""

    def __init__(self, model: Path, sampling: Sampling, dtype: str) -> None:
        import torch
        from diffusers import KandinskyV22Pipeline, KandinskyV22PriorPipeline

        self._sampling = sampling
        self._generator: Callable[[int], Any] = lambda seed: torch.Generator().manual_seed(seed)
        form = getattr(torch, dtype)
        load = {"dtype": form, "local_files_only": True}
        self._prior = KandinskyV22PriorPipeline.from_pretrained(model / "prior", **load)
        self._decoder = KandinskyV22Pipeline.from_pretrained(model / "decoder", **load)
        for pipeline in (self._prior, self._decoder):
            pipeline.to("cpu")
            pipeline.set_progress_bar_config(disable=True)

    def paint(self, turn: int) -> Image:
        """Make it."""
        sampling = self._sampling
        meaning = self._prior(
            PROMPT.format(turn=turn),
            num_inference_steps=sampling.prior_steps,
            guidance_scale=sampling.prior_guidance,
            generator=self._generator(turn),
        )
        image: Image = self._decoder(
            image_embeds=meaning.image_embeds,
            negative_image_embeds=meaning.negative_image_embeds,
            height=sampling.height,
            width=sampling.width,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            generator=self._generator(turn),
        ).images[0]
        return image


def compare(model: Path, sampling: Sampling, cache: Path, threads: int, runs: int) -> Any:
    """Time each way `runs` times, one after the other in turn, after one round that warms up."""
    import torch

    ours = Ours(model, sampling, cache / "plain", threads, previews=False)
    ours.paint(0)
    ways: dict[str, Paints] = {
        "ours": ours,
        "theirs": Theirs(model, sampling, ours.dtype),
        "ours with previews": Ours(model, sampling, cache / "previews", threads, previews=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    apart = 0.0
    for turn in range(1, runs + 2):
        images: dict[str, Image] = {}
        for name, way in ways.items():
            torch.set_num_threads(threads)
            start = time.perf_counter()
            images[name] = way.paint(turn)
            taken = time.perf_counter() - start
            if turn > 1:
                seconds[name].append(taken)
        apart = max(apart, *(_apart(images["theirs"], image) for image in images.values()))
    return {"seconds": seconds, "dtype": ours.dtype, "apart": apart, "threads": threads}


def _apart(one: Image, other: Image) -> float:
    """Return how far two pictures are apart in the mean, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def once(
    how: str, model: Path, sampling: Sampling, cache: Path, threads: int, dtype: str, turn: int
) -> dict[str, object]:
    """Paint one picture and say how much memory that took at its peak."""
    import torch

    torch.set_num_threads(threads)
    way: Paints = (
        Theirs(model, sampling, dtype)
        if how == "theirs"
        else Ours(model, sampling, cache, threads, previews=how == "ours with previews")
    )
    image = way.paint(turn)
    return {"peak_bytes": peak_bytes(), "picture": hashlib.sha256(image.tobytes()).hexdigest()}


def peak_bytes() -> int:
    """Return the most memory that this process has held so far."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _ignore(progress: object) -> None:
    del progress


def main() -> None:
    """Read the command line; say the result in the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.painting", description=__doc__)
    parser.add_argument("what", choices=["compare", "once", "half-model"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--how", choices=HOWS, default="ours")
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--prior-steps", type=int, default=25)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--prior-guidance", type=float, default=2.0)
    parser.add_argument("--cache", type=Path, default=Path("build/bench-cache"))
    parser.add_argument("--turn", type=int, default=1, help="which words to paint, once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--tokenizer", type=Path, help="for half-model")
    args = parser.parse_args()
    sampling = replace(
        Sampling(),
        width=args.side,
        height=args.side,
        steps=args.steps,
        prior_steps=args.prior_steps,
        guidance=args.guidance,
        prior_guidance=args.prior_guidance,
    )
    result: Any = None
    match args.what:
        case "compare":
            result = compare(args.model, sampling, args.cache, args.threads, args.runs)
        case "once":
            how = args.how
            result = once(
                how, args.model, sampling, args.cache, args.threads, args.dtype, args.turn
            )
        case "half-model":
            from benchmarks.half_model import half_model

            half_model(args.model, args.tokenizer)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
