"""How long masks take to grow and feather, and a fill of a region to be prepared; once and now."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks import child, trees
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.old_masks import RADIUS, SHARES, blob, photo, seconds
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.operations import ApplyMask, EncodePixels, LoadImage, Piece
from kandinsky_desktop.domain.plan import Key
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.raster import edges
from kandinsky_desktop.store import regions
from kandinsky_desktop.store.request_files import read_files

SIDE, REGION = 4096, 1024
LIMITS_MS = {"blob": 12.0, "90 %": 60.0}
WORK = {"grow": edges.grown, "feather": edges.feathered}
FASTER = {"grow": 80, "feather": 20}  # times as fast as before
PREPARE_S = 0.3
AIMS = (
    *(
        Aim(f"{name} a mask by {RADIUS} px, {SIDE} px a side, {what}", "ms", 1.0)
        for name in WORK
        for what in SHARES
    ),
    *(
        Aim(f"{name} the same blob, against {trees.OLD}", "ms", 1 / times)
        for name, times in FASTER.items()
    ),
    Aim(f"prepare a fill of {REGION} px in {SIDE} px", "s", 1.0),
    Aim(f"prepare a fill of {REGION} px in {SIDE} px, against {trees.OLD}", "s", 0.2),
)


def masks(effort: Effort) -> list[Measure]:
    """Time them here in turn, and once in the older tree, where they take seconds."""
    side = 256 if effort.short else SIDE
    with trees.checked_out() as old:
        before = child.run(
            "-P",
            "-m",
            "benchmarks.old_masks",
            str(side),
            environment={"PYTHONPATH": str(old), "OMP_NUM_THREADS": "1"},
        )
    took: list[tuple[float, float]] = []  # ours, theirs or the limit
    for work in WORK.values():
        for what, share in SHARES.items():
            mask = blob(side, share)
            ours = _median(effort, lambda work=work, mask=mask: work(mask, RADIUS))  # type: ignore[misc]
            took.append((ours * 1000, LIMITS_MS[what]))
    took += [(took[2 * place][0], before[name] * 1000) for place, name in enumerate(WORK)]
    ours = _median(effort, _fill(side, side // 4))
    took += [(ours, PREPARE_S), (ours, before["prepare"])]
    return [
        Measure(
            name=aim.name,
            ours=ours,
            theirs=theirs,
            unit=aim.unit,
            goal=aim.goal,
            runs=effort.runs,
            note="processor time, against a limit or one run of the older tree",
        )
        for aim, (ours, theirs) in zip(AIMS, took, strict=True)
    ]


def _median(effort: Effort, work: Callable[[], object]) -> float:
    took = [seconds(work) for _round in range(effort.runs + effort.warm_ups)]
    return median(took[effort.warm_ups :])


def _fill(side: int, region: int) -> Callable[[], None]:
    """Return what cuts a region out of a picture, writes it, reads it, and masks it.

    What is under the mask is not filled: that takes as long in a region as it did in one cut out.
    """
    from kandinsky_desktop.engine import images

    picture, hole = np.asarray(photo(side)), blob(side, 1 / 16)
    first = (side - region) // 2
    part = slice(first, first + region), slice(first, first + region)

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = regions.write(Image.fromarray(picture[part]), Path(folder))
            mask = regions.write(Image.fromarray(hole[part]), Path(folder))
            task = Inpaint(path=path, masks=(mask,), padding=0, crop=False)
            facts = read_files(Paint(conditioning=Prompt("a cat"), task=task))
            image = Key("image")
            loaded = images.load(LoadImage(facts[path].content, None, path))
            masked = images.apply_mask(
                ApplyMask(image, facts[mask].content, task.grow, task.feather, mask), loaded
            )
            box = Box(0, 0, region, region)
            images.cut(EncodePixels(image, Piece(box, box.size), "keep"), masked)

    return work


BENCHMARKS = (Benchmark("masks", AIMS, masks),)
