"""Live painting on the canvas: how soon a stroke's preview is seen, and what a session leaves."""

import tempfile
from statistics import median

from benchmarks import child
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.window import display

FIRST_MS, STOPPED_MS = 150.0, 50.0
MOST_MORE = 1.02  # of the memory that it began with
STROKES, SHORT_STROKES = 200, 6
FIRST = Aim("canvas live: a stroke's end, first step of its preview seen", "ms", 1.0)
STOPPED = Aim("canvas live: a stroke's end, older preview ended", "ms", 1.0)
MEMORY = tuple(
    Aim(f"canvas live: memory of the {process} after 200 strokes", "MB", MOST_MORE)
    for process in ("window", "engine")
)


def used(effort: Effort) -> list[Measure]:
    """Paint strokes in the real program with the starter."""
    with tempfile.TemporaryDirectory() as home:
        told = child.run(
            "-m",
            "benchmarks.canvas_live_use",
            f"--runs={effort.runs}",
            f"--strokes={SHORT_STROKES if effort.short else STROKES}",
            environment=display() | {"KANDINSKY_HOME": home},
        )
    measures = [
        Measure(
            name=aim.name,
            ours=median(told[name]) * 1000,
            theirs=limit,
            unit=aim.unit,
            goal=aim.goal,
            runs=len(told[name]),
            note=note,
        )
        for aim, name, limit, note in (
            (FIRST, "first_s", FIRST_MS, "starter, by the clock; painted, not only come"),
            (STOPPED, "stopped_s", STOPPED_MS, "starter, by the clock; the engine has said so"),
        )
    ]
    for aim, name in zip(MEMORY, ("window_bytes", "engine_bytes"), strict=True):
        before, after = told[name]
        note = "each stroke over the preview of the last; beside it that of after the first 20"
        if name == "window_bytes":
            note += "; undo, which grows by design, not counted"
        measures.append(
            Measure(
                name=aim.name,
                ours=after / 2**20,
                theirs=before / 2**20,
                unit=aim.unit,
                goal=aim.goal,
                runs=1,
                note=note,
            )
        )
    return measures


BENCHMARKS = (Benchmark("canvas-live", (FIRST, STOPPED, *MEMORY), used),)
