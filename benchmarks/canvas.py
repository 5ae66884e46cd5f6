"""The canvas below its widgets: strokes, undo, journal, fills, jobs, accepting, and memory."""

from statistics import median

from benchmarks import child
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.window import display

SIDE, SHORT_SIDE = 4096, 512
LIMITS_MS = {  # at 4096²
    "a stroke's event": (1.0, "an ARGB image and its mask for the engine"),
    "undo a stroke": (6.0, "a copy of the whole mask"),
    "undo all of it": (40.0, "a copy of the whole mask"),
    "journal of a stroke": (3.0, "the whole document saved"),
    "fill what is alike": (30.0, "Pillow's floodfill of 256² alone"),
    "fill what hangs together": (60.0, "Pillow's floodfill of 256² alone"),
    "a job prepared": (300.0, "the whole picture and mask written"),
    "a fill accepted": (30.0, "the whole picture composited"),
}
AIMS = tuple(Aim(f"canvas: {name}", "ms", 1.0) for name in LIMITS_MS)
MEMORY = Aim("canvas: memory of 16,384 × 6,000, ten strokes", "MB", 1.0)
SHARE, ROOM = 1.6, 150e6  # of the picture's bytes, and bytes besides


def used(effort: Effort) -> list[Measure]:
    """Paint, undo, save and fill; the limits hold for 4096²."""
    side = SHORT_SIDE if effort.short else SIDE
    told = child.run(
        "-m",
        "benchmarks.canvas_use",
        f"--side={side}",
        f"--times={1 if effort.short else 4 * effort.runs}",
        environment=display(),
    )
    measures = []
    for aim, (name, (limit, naive)) in zip(AIMS, LIMITS_MS.items(), strict=True):
        ours, theirs = sorted(told[name]["ours"]), median(told[name]["theirs"])
        middle, high = median(ours), ours[int(0.95 * (len(ours) - 1))]
        wall = told[name].get("wall")
        kind = "processor time of its thread, p95"
        if wall is not None:
            kind = f"processor time of all threads, p95; wall {median(wall) * 1000:.0f} ms"
        measures.append(
            Measure(
                name=aim.name,
                ours=high * 1000,
                theirs=limit,
                unit=aim.unit,
                goal=aim.goal,
                runs=len(ours),
                note=f"{kind}; median {middle * 1000:.2f} ms; naive ({naive}):"
                f" {theirs * 1000:.1f} ms, {theirs / middle:.1f} times as long",
            )
        )
    return measures


def held(effort: Effort) -> list[Measure]:
    """Open a long picture, and paint on it."""
    size = ("--width=1024", "--height=600") if effort.short else ()
    told = child.run("-m", "benchmarks.canvas_use", "--memory", *size, environment=display())
    ours = told["resident"] - told["before"]
    return [
        Measure(
            name=MEMORY.name,
            ours=ours / 1e6,
            theirs=(SHARE * told["picture"] + ROOM) / 1e6,
            unit=MEMORY.unit,
            goal=MEMORY.goal,
            runs=1,
            note=f"resident beyond what the process took before; the picture"
            f" {told['picture'] / 1e6:.0f}; naive, a mask in ARGB and a copy for each stroke:"
            f" {12 * told['picture'] / 1e6:.0f}, by arithmetic",
        )
    ]


BENCHMARKS = (Benchmark("canvas", AIMS, used), Benchmark("canvas-memory", (MEMORY,), held))
