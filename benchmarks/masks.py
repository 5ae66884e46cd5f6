"""How long masks take to grow and feather, once and now."""

from collections.abc import Callable
from statistics import median

from benchmarks import child, trees
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.old_masks import RADIUS, SHARES, blob, seconds
from kandinsky_desktop.raster import edges

SIDE = 4096
LIMITS_MS = {"blob": 12.0, "90 %": 60.0}
WORK = {"grow": edges.grown, "feather": edges.feathered}
FASTER = {"grow": 80, "feather": 20}  # times as fast as before
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


BENCHMARKS = (Benchmark("masks", AIMS, masks),)
