"""Fills holes with hard edges, by the engine and by diffusers' pipeline; says how colours differ.

    python -m benchmarks.ring_use --pictures 9 --steps 20

The pictures are painted by the starter model itself, so that it knows what it sees. The last line
is JSON: a list for each figure, a number for each picture, in steps of 255.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.engine import STARTER_CASE, THREADS
from benchmarks.painting import Sides
from benchmarks.workloads import HOLE, WORKLOADS
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Inpaint

RING = 8  # pixels wide
WORDS = ("a panda", "a red cat on a yellow background", "a house", "a tiger", "a rose")
GROW, FEATHER = 4, 8  # as the window usually has them

Pixels = NDArray[np.int32]


def in_ring(one: Pixels, other: Pixels) -> float:
    """Return how far colours differ around the hole, in the mean."""
    left, top, right, bottom = HOLE
    ring = np.zeros(one.shape[:2], bool)
    ring[max(0, top - RING) : bottom + RING, max(0, left - RING) : right + RING] = True
    ring[top:bottom, left:right] = False
    return float(np.abs(one - other)[ring].mean())


def across(image: Pixels, beyond: int = 0) -> float:
    """Return how far a pixel within differs from its neighbour outside, in the mean.

    The border is that of the hole, widened by so many pixels.
    """
    left, top, right, bottom = (
        side + way * beyond for side, way in zip(HOLE, (-1, -1, 1, 1), strict=True)
    )
    pairs = (
        (image[top, left:right], image[top - 1, left:right]),
        (image[bottom - 1, left:right], image[bottom, left:right]),
        (image[top:bottom, left], image[top:bottom, left - 1]),
        (image[top:bottom, right - 1], image[top:bottom, right]),
    )
    return float(np.concatenate([np.abs(one - other).ravel() for one, other in pairs]).mean())


def main() -> None:
    """Paint, and say it."""
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=9)
    parser.add_argument("--steps", type=int, default=STARTER_CASE.steps)
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    case, told = STARTER_CASE, dict[str, list[float]]()
    sampling = Sampling(
        width=case.side,
        height=case.side,
        prior_steps=case.prior_steps,
        steps=args.steps,
        prior_guidance=case.prior_guidance,
        guidance=case.guidance,
    )
    with tempfile.TemporaryDirectory() as folder:
        sides, workload = Sides(case.model, sampling, Path(folder), THREADS), WORKLOADS["inpaint"]
        for number in range(args.pictures):
            turn = sides.turn(number)
            words = Prompt(WORDS[number % len(WORDS)])
            path = turn.folder / f"picture-{number}.png"  # where the turn looks for it
            sides.ours.paint(Paint(conditioning=words, sampling=turn.seeded))[0].save(path)
            request = workload.ours(turn)
            assert isinstance(request.task, Inpaint)
            task = replace(request.task, match_colours=True)
            matched = replace(request, task=task)
            soft = replace(request, task=replace(task, grow=GROW, feather=FEATHER))
            ours, met, softly = (
                _pixels(sides.ours.paint(one)[0]) for one in (request, matched, soft)
            )
            theirs = _pixels(workload.theirs(sides.pipelines, turn)[0])
            with Image.open(path) as image:
                before = _pixels(image)
            _note(told, before, ours, met, softly, theirs)
    print(json.dumps(told))


def _note(
    told: dict[str, list[float]],
    before: Pixels,
    ours: Pixels,
    met: Pixels,
    softly: Pixels,
    theirs: Pixels,
) -> None:
    widths = range(GROW - FEATHER, GROW + 1)
    figures: dict[str, Callable[[], float]] = {
        "around, ours": lambda: in_ring(ours, before),
        "around, theirs": lambda: in_ring(theirs, before),
        "across, before": lambda: across(before),
        "across, ours": lambda: across(ours),
        "around, ours with colours met": lambda: in_ring(met, before),
        "across, ours with colours met": lambda: across(met),
        "across, ours with usual edges": lambda: max(across(softly, one) for one in widths),
        "across, theirs": lambda: across(theirs),
    }
    for name, figure in figures.items():
        told.setdefault(name, []).append(figure())


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB")).astype(np.int32)


if __name__ == "__main__":
    main()
