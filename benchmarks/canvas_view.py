"""The view of the canvas: from a mouse event to the painted frame, beside a naive one."""

from statistics import median

from benchmarks import child
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.window import display

SIDE, SMALLER_SIDE, SHORT_SIDE = 4096, 1024, 512
ALL = ", all threads"  # a stroke's event in the time of all, as the child says it
STROKE_MS = {"fit": 1.0, "100 %": 1.0, "400 %": 1.5}  # p95, at 4096²
COLOUR_MS = 1.5  # likewise, in colour
SCALED_MS = 2.0  # with a screen scaled by two
FASTER = {"fit": 8.0, "400 %": 4.0}  # than the naive one
SMALLER_FASTER = {"fit": 4.0, "400 %": 4.0}  # likewise, at 1024²
REPAINT_MS, SCALED_REPAINT_MS, TURNED_MS, FLIP_MS = 7.0, 17.0, 30.0, 8.0
PAN_MS, HOVER_MS = 2.5, 1.0
STROKES = tuple(Aim(f"canvas view: a stroke's event, {zoom}", "ms", 1.0) for zoom in STROKE_MS)
COLOURED = tuple(
    Aim(f"canvas view: a colour stroke's event, {zoom}", "ms", 1.0) for zoom in STROKE_MS
)
RATIOS = tuple(
    Aim(f"canvas view: a stroke's event beside the naive way, {zoom}", "ms", 1 / times)
    for zoom, times in FASTER.items()
)
SMALLER_RATIOS = tuple(
    Aim(f"canvas view, 1024²: a stroke's event beside the naive way, {zoom}", "ms", 1 / times)
    for zoom, times in SMALLER_FASTER.items()
)
REPAINT = Aim("canvas view: all of it painted anew", "ms", 1.0)
PAN = Aim("canvas view: the picture moved by a hand", "ms", 1.0)
HOVER = Aim("canvas view: the hand moved over it", "ms", 1.0)
FLIP = Aim("canvas view: another of the fills that wait", "ms", 1.0)
SCALED = (
    Aim("canvas view, scaled by two: a stroke's event", "ms", 1.0),
    Aim("canvas view, scaled by two: all of it painted anew", "ms", 1.0),
    Aim("canvas view, scaled by two and turned: all of it painted anew", "ms", 1.0),
)
KIND = "processor time, of a stroke's event that of the window's thread, the best of five runs"


def p95(costs: list[float]) -> float:
    """Return what a twentieth goes beyond."""
    return sorted(costs)[int(0.95 * (len(costs) - 1))]


def used(effort: Effort) -> list[Measure]:
    """Paint at three zooms, on a screen as it is and on one scaled by two."""
    plain, scaled = _told(effort, 1), _told(effort, 2)
    smaller = _told(effort, 1, SMALLER_SIDE)
    measures = [
        _measure(aim, p95(plain[f"ours {zoom}"]), limit, len(plain[f"ours {zoom}"]), "p95")
        for aim, (zoom, limit) in zip(STROKES, STROKE_MS.items(), strict=True)
    ]
    measures += [
        _measure(aim, p95(plain[f"colour {zoom}"]), COLOUR_MS, len(plain[f"colour {zoom}"]), "p95")
        for aim, zoom in zip(COLOURED, STROKE_MS, strict=True)
    ]
    for told, aims, zooms in (
        (plain, RATIOS, FASTER),
        (smaller, SMALLER_RATIOS, SMALLER_FASTER),
    ):
        for aim, zoom in zip(aims, zooms, strict=True):
            ours, theirs = told[f"ours {zoom}{ALL}"], told[f"naive {zoom}{ALL}"]
            measures.append(_measure(aim, median(ours), median(theirs), len(ours), f"median{ALL}"))
    worst_zoom = "median, the worst zoom"
    measures.append(_measure(REPAINT, _slowest(plain, "repaint"), REPAINT_MS, 1, worst_zoom))
    measures.append(_measure(PAN, _slowest(plain, "pan"), PAN_MS, 1, worst_zoom))
    measures.append(_measure(HOVER, p95(plain["hover"]), HOVER_MS, len(plain["hover"]), "p95"))
    measures.append(_measure(FLIP, p95(plain["flip"]), FLIP_MS, len(plain["flip"]), "p95"))
    worst = max(p95(scaled[f"ours {zoom}"]) for zoom in STROKE_MS)
    measures.append(_measure(SCALED[0], worst, SCALED_MS, 1, "p95, the worst zoom"))
    most = _slowest(scaled, "repaint")
    measures.append(_measure(SCALED[1], most, SCALED_REPAINT_MS, 1, worst_zoom))
    turned = _slowest(scaled, "turned repaint")
    measures.append(_measure(SCALED[2], turned, TURNED_MS, 1, worst_zoom))
    return measures


def _told(effort: Effort, ratio: int, side: int = SIDE) -> dict[str, list[float]]:
    short = ("--short",) if effort.short else ()
    told: dict[str, list[float]] = child.run(
        "-m",
        "benchmarks.canvas_view_use",
        f"--side={SHORT_SIDE if effort.short else side}",
        *short,
        environment=display() | {"QT_SCALE_FACTOR": str(ratio)},
    )
    return told


def _slowest(told: dict[str, list[float]], what: str) -> float:
    return max(median(costs) for name, costs in told.items() if name.startswith(what))


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


AIMS = (*STROKES, *COLOURED, *RATIOS, *SMALLER_RATIOS, REPAINT, PAN, HOVER, FLIP, *SCALED)
BENCHMARKS = (Benchmark("canvas-view", AIMS, used),)
