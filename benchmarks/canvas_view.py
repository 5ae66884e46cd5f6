"""The view of the canvas: from a mouse event to the painted frame, beside a naive one."""

from statistics import median

from benchmarks import child
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.window import display

SIDE, SHORT_SIDE = 4096, 512
ALL = ", all threads"  # a stroke's event in the time of all, as the child says it
STROKE_MS = {"fit": 1.0, "100 %": 1.0, "400 %": 1.5}  # p95, at 4096²
SCALED_MS = 2.0  # with a screen scaled by two
FASTER = {"fit": 8.0, "400 %": 4.0}  # than the naive one
REPAINT_MS, SCALED_REPAINT_MS, FLIP_MS = 7.0, 17.0, 8.0
STROKES = tuple(Aim(f"canvas view: a stroke's event, {zoom}", "ms", 1.0) for zoom in STROKE_MS)
RATIOS = tuple(
    Aim(f"canvas view: a stroke's event beside the naive way, {zoom}", "ms", 1 / times)
    for zoom, times in FASTER.items()
)
REPAINT = Aim("canvas view: all of it painted anew", "ms", 1.0)
FLIP = Aim("canvas view: another of the fills that wait", "ms", 1.0)
SCALED = (
    Aim("canvas view, scaled by two: a stroke's event", "ms", 1.0),
    Aim("canvas view, scaled by two: all of it painted anew", "ms", 1.0),
)
KIND = "processor time, of a stroke's event that of the window's thread, the best of five runs"


def p95(costs: list[float]) -> float:
    """Return what a twentieth goes beyond."""
    return sorted(costs)[int(0.95 * (len(costs) - 1))]


def used(effort: Effort) -> list[Measure]:
    """Paint at three zooms, on a screen as it is and on one scaled by two."""
    plain, scaled = _told(effort, 1), _told(effort, 2)
    measures = [
        _measure(aim, p95(plain[f"ours {zoom}"]), limit, len(plain[f"ours {zoom}"]), "p95")
        for aim, (zoom, limit) in zip(STROKES, STROKE_MS.items(), strict=True)
    ]
    for aim, zoom in zip(RATIOS, FASTER, strict=True):
        ours, theirs = plain[f"ours {zoom}{ALL}"], plain[f"naive {zoom}{ALL}"]
        measures.append(_measure(aim, median(ours), median(theirs), len(ours), f"median{ALL}"))
    measures.append(_measure(REPAINT, _slowest(plain), REPAINT_MS, 1, "median, the worst zoom"))
    measures.append(_measure(FLIP, p95(plain["flip"]), FLIP_MS, len(plain["flip"]), "p95"))
    worst = max(p95(scaled[f"ours {zoom}"]) for zoom in STROKE_MS)
    measures.append(_measure(SCALED[0], worst, SCALED_MS, 1, "p95, the worst zoom"))
    most = _slowest(scaled)
    measures.append(_measure(SCALED[1], most, SCALED_REPAINT_MS, 1, "median, the worst zoom"))
    return measures


def _told(effort: Effort, ratio: int) -> dict[str, list[float]]:
    short = ("--short",) if effort.short else ()
    told: dict[str, list[float]] = child.run(
        "-m",
        "benchmarks.canvas_view_use",
        f"--side={SHORT_SIDE if effort.short else SIDE}",
        *short,
        environment=display() | {"QT_SCALE_FACTOR": str(ratio)},
    )
    return told


def _slowest(told: dict[str, list[float]]) -> float:
    return max(median(costs) for name, costs in told.items() if name.startswith("repaint"))


def _measure(aim: Aim, ours: float, theirs: float, runs: int, what: str) -> Measure:
    return Measure(
        name=aim.name,
        ours=ours,
        theirs=theirs,
        unit=aim.unit,
        goal=aim.goal,
        runs=runs,
        note=f"{KIND}; {what}",
    )


BENCHMARKS = (Benchmark("canvas-view", (*STROKES, *RATIOS, REPAINT, FLIP, *SCALED), used),)
