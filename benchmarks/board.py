"""The fusion board: how soon the hand sees what it did, and how smoothly a card is dragged."""

import tempfile
from statistics import median
from typing import Any

from benchmarks import child
from benchmarks.engine import STARTER_CASE, THEIRS, THREADS, paint
from benchmarks.measures import Aim, Benchmark, Measure
from benchmarks.window import display

FIRST_MS, WHOLE_MS, STOPPED_MS, FRAME_MS = 300.0, 1000.0, 100.0, 16.0
STRIP = "strip of nine"
LIMITS = {
    "board: a card let go, first step shown": FIRST_MS,
    "board: a card let go, preview finished": WHOLE_MS,
    "board: a card let go, older preview ended": STOPPED_MS,
    "board: a card dragged among 12, p95 of a frame": FRAME_MS,
}
AIMS = (
    *(Aim(name, "ms", 1.0) for name in LIMITS),
    Aim("board: strip of nine, from drop to last frame", "s", 0.6),
)
SWEEP_AIMS = (
    Aim("board: 20 changes of weights", "s", 0.9),
    Aim("board: 20 changes of weights: prior and encoders", "", 0.0),
)


def used(runs: int) -> list[Measure]:
    """Use the board of the real program; the strip is compared with diffusers' pipelines."""
    with tempfile.TemporaryDirectory() as home:
        told = child.run(
            "-m",
            "benchmarks.board_use",
            f"--runs={runs}",
            environment=display() | {"KANDINSKY_HOME": home},
        )
        theirs = paint(
            "compare",
            *STARTER_CASE.options,
            f"--workload={STRIP}",
            f"--how={THEIRS}",
            f"--cache={home}",
            f"--runs={runs}",
        )
    frames = sorted(told["frame_s"])
    shares = (
        (told["first_s"], median(told["first_s"]), "starter, two pictures; painted, not only come"),
        (told["whole_s"], median(told["whole_s"]), "starter, two pictures, as fast previews are"),
        (told["stopped_s"], median(told["stopped_s"]), "until the engine has said so"),
        (
            frames,
            frames[int(0.95 * (len(frames) - 1))],
            f"mouse event and paint; median {median(frames) * 1000:.1f} ms",
        ),
    )
    measures = [
        Measure(
            name=aim.name,
            ours=seconds * 1000,
            theirs=limit,
            unit=aim.unit,
            goal=aim.goal,
            runs=len(every),
            note=note,
        )
        for aim, limit, (every, seconds, note) in zip(AIMS, LIMITS.values(), shares, strict=False)
    ]
    measures.append(
        Measure(
            name=AIMS[-1].name,
            ours=median(told["strip_s"]),
            theirs=median(theirs[STRIP]["seconds"][THEIRS]),
            unit=AIMS[-1].unit,
            goal=AIMS[-1].goal,
            runs=runs,
            threads=THREADS,
            note="two prompts dropped, cold, with previews, saved; theirs paints and saves nothing",
        )
    )
    return measures


def swept(runs: int) -> list[Measure]:
    """Change the weights of three prompts 20 times: only the decoder is to run."""
    del runs
    with tempfile.TemporaryDirectory() as cache:
        told = paint("sweep", *STARTER_CASE.options, f"--cache={cache}")
    times, counts = SWEEP_AIMS
    note = "three prompts, known by then; all 20 in a row"
    return [
        _of_sweep(times, told, "seconds", note),
        _of_sweep(counts, told, "looks", "prior steps and passes of text and image encoders"),
    ]


def _of_sweep(aim: Aim, told: Any, what: str, note: str) -> Measure:
    return Measure(
        name=aim.name,
        ours=told["ours"][what],
        theirs=told["theirs"][what],
        unit=aim.unit,
        goal=aim.goal,
        runs=1,
        threads=THREADS,
        note=note,
    )


BENCHMARKS = (Benchmark("board", AIMS, used), Benchmark("board-sweep", SWEEP_AIMS, swept))
