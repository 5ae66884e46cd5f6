"""The gallery over 100,000 pictures: how soon it is there, scrolls, jumps, searches; its memory."""

import tempfile
from pathlib import Path
from statistics import median

from benchmarks import child
from benchmarks.canvas_view import p95
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.window import display

COUNT, SHORT_COUNT = 100_000, 120
WINDOW, SCREEN = "1280x800", "3840x2160"
FIRST = (
    (Aim("gallery of 100,000: first frame", "ms", 1.0), "first frame, processor", 150.0),
    (Aim("gallery of 100,000: all thumbnails", "ms", 1.0), "first thumbnails, processor", 250.0),
)
COLD_COUNT, COLD_SIDE, SHORT_COLD = 96, 768, (8, 96)
COLD = (
    (Aim("gallery, nothing prepared: first frame", "ms", 1.0), "first frame, processor", 1200.0),
    (
        Aim("gallery, no thumbnail made yet: all of a window", "ms", 1.0),
        "first thumbnails, processor",
        4000.0,
    ),
)
SCROLL = Aim("gallery: a scrolled frame, 1280 × 800", "ms", 1.0)
SCROLL_4K = Aim("gallery: a scrolled frame, 3840 × 2160", "ms", 1.0)
JUMP = Aim("gallery: all thumbnails after a jump", "ms", 1.0)
KEY = Aim("gallery: a keystroke to the painted grid", "ms", 1.0)
REPLACED = tuple(
    Aim(f"gallery: {what}", "ms", 1.0) for what in ("model reset", "insert at the top")
)
BESIDE = tuple(
    Aim(f"gallery: {what} beside Qt's icon mode", "ms", 0.1)
    for what in ("model reset", "insert at the top")
)
MEMORY = Aim("gallery of 100,000: memory of the window", "MB", 1.0)
SCROLL_MS, SCROLL_4K_MS, JUMP_MS, KEY_MS, REPLACE_MS, MOST_MB = 10.0, 20.0, 150.0, 50.0, 10.0, 320.0
AIMS = (
    *(aim for aim, _name, _limit in FIRST),
    SCROLL,
    SCROLL_4K,
    JUMP,
    KEY,
    *REPLACED,
    *BESIDE,
    MEMORY,
)


def used(effort: Effort) -> list[Measure]:
    """Make a library, and look through it in a usual window and in a large one."""
    with tempfile.TemporaryDirectory(prefix="kandinsky-gallery-") as home:
        told = _told(effort, Path(home), WINDOW)
        large = _told(effort, Path(home), SCREEN)
    measures = [
        _measure(aim, told[name][0], limit, 1, "processor time of all threads, from cold")
        for aim, name, limit in FIRST
    ]
    measures += [
        _measure(SCROLL, p95(told["scroll"]), SCROLL_MS, len(told["scroll"]), FRAME),
        _measure(SCROLL_4K, p95(large["scroll"]), SCROLL_4K_MS, len(large["scroll"]), FRAME),
        _measure(JUMP, p95(told["jump"]), JUMP_MS, len(told["jump"]), "p95, by the clock"),
        _measure(
            KEY,
            p95(told["keystroke, processor"]),
            KEY_MS,
            len(told["keystroke"]),
            f"p95, processor time of all threads; {p95(told['keystroke']):.0f} ms by the clock",
        ),
    ]
    for aim, beside, name in zip(REPLACED, BESIDE, ("reset", "insert"), strict=True):
        ours, theirs = told[f"{name}, ours"], told[f"{name}, icon mode"]
        note = "processor time of the window's thread, median"
        measures.append(_measure(aim, median(ours), REPLACE_MS, len(ours), note))
        measures.append(_measure(beside, median(ours), median(theirs), len(ours), note))
    measures.append(_measure(MEMORY, told["memory"][0], MOST_MB, 1, "resident, after all of this"))
    return measures


FRAME = "p95, processor time of the window's thread"


def entered_cold(effort: Effort) -> list[Measure]:
    """Enter the gallery of a library without thumbnails, before anything of it is prepared."""
    count, side = SHORT_COLD if effort.short else (COLD_COUNT, COLD_SIDE)
    told: dict[str, list[float]] = {}
    for _run in range(effort.runs):
        with tempfile.TemporaryDirectory(prefix="kandinsky-gallery-") as home:
            once: dict[str, list[float]] = child.run(
                "-m",
                "benchmarks.gallery_use",
                f"--home={home}",
                f"--count={count}",
                f"--size={WINDOW}",
                f"--cold={side}",
                environment=display() | {"KANDINSKY_HOME": home},
            )
        for name, costs in once.items():
            told.setdefault(name, []).extend(costs)
    measures = []
    for aim, name, limit in COLD:
        clock = median(told[name.removesuffix(", processor")])
        note = f"processor time of window and indexer, median; {clock:.0f} ms by the clock"
        measures.append(_measure(aim, median(told[name]), limit, effort.runs, note))
    return measures


def _told(effort: Effort, home: Path, size: str) -> dict[str, list[float]]:
    told: dict[str, list[float]] = child.run(
        "-m",
        "benchmarks.gallery_use",
        f"--home={home}",
        f"--count={SHORT_COUNT if effort.short else COUNT}",
        f"--size={size}",
        *(("--short",) if effort.short else ()),
        environment=display() | {"KANDINSKY_HOME": str(home)},
    )
    return told


def _measure(aim: Aim, ours: float, theirs: float, runs: int, note: str) -> Measure:
    return Measure(
        name=aim.name,
        ours=ours,
        theirs=theirs,
        unit=aim.unit,
        goal=aim.goal,
        runs=runs,
        note=note,
    )


BENCHMARKS = (
    Benchmark("gallery", AIMS, used),
    Benchmark("gallery-cold", tuple(aim for aim, _name, _limit in COLD), entered_cold),
)
