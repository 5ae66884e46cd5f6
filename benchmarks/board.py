"""The fusion board: how soon the hand sees what it did, and how smoothly a card is dragged."""

import tempfile
from statistics import median

from benchmarks import child
from benchmarks.engine import STARTER_CASE, THREADS, measured, paint
from benchmarks.measures import Aim, Benchmark, Effort, Measure
from benchmarks.passes import SEEN, of
from benchmarks.tasks import OF_BEST, best_ratio, spent
from benchmarks.window import display

FIRST_MS, WHOLE_MS, STOPPED_MS, FRAME_MS = 300.0, 1000.0, 100.0, 16.0
LIMITS = {
    "board: a card let go, first step shown": FIRST_MS,
    "board: a card let go, preview finished": WHOLE_MS,
    "board: a card let go, older preview ended": STOPPED_MS,
    "board: a card dragged among 12, p95 of a frame": FRAME_MS,
}
AIMS = (
    *(Aim(name, "ms", 1.0) for name in LIMITS),
    Aim("board: strip of nine, from drop to last frame", "s", OF_BEST, of_best=True),
)
SWEEP_AIMS = (
    Aim("board: 20 changes of weights", "s", OF_BEST, of_best=True),
    Aim("board: 20 changes of weights: prior and encoders", "", 0.0),
)
SHORT_CHANGES = 2


def used(effort: Effort) -> list[Measure]:
    """Use the board of the real program; the strip is compared with diffusers' pipelines."""
    with tempfile.TemporaryDirectory() as home:
        told = child.run(
            "-m",
            "benchmarks.board_use",
            f"--runs={effort.runs}",
            f"--pairs={effort.pairs}",
            *(["--short"] if effort.short else []),
            environment=display() | {"KANDINSKY_HOME": home},
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
    board, alone, theirs = told["board"], told["alone"], told["theirs"]
    window = median(one["window"] for one in board)
    note = (
        f"the engine's process; the window's spends {window:.3g} s more. Two prompts dropped, cold,"
        " with previews, saved; theirs paints and saves nothing. Best by our engine alone, without"
        f" either, beside them: {spent(alone, theirs)}"
    )
    measures.append(measured(AIMS[-1], board, theirs, note, best_ratio(alone, theirs)))
    return measures


def swept(effort: Effort) -> list[Measure]:
    """Change the weights of three prompts 20 times: only the decoder is to run."""
    with tempfile.TemporaryDirectory() as cache:
        told = paint(
            effort,
            "sweep",
            *STARTER_CASE.at(effort).options,
            f"--cache={cache}",
            *([f"--changes={SHORT_CHANGES}"] if effort.short else []),
        )
    ours, theirs = told["ours"], told["theirs"]
    times, counts = SWEEP_AIMS
    looks = [sum(of(one["networks"], SEEN, "calls") for one in side) for side in (ours, theirs)]
    note = f"three prompts, known by then; each of the 20; {spent(ours, theirs)}"
    return [
        measured(times, ours, theirs, note, best_ratio(ours, theirs)),
        Measure(
            name=counts.name,
            ours=looks[0],
            theirs=looks[1],
            unit=counts.unit,
            goal=counts.goal,
            runs=len(ours),
            threads=THREADS,
            note="prior steps and passes of text and image encoders, of all 20 together",
        ),
    ]


BENCHMARKS = (Benchmark("board", AIMS, used), Benchmark("board-sweep", SWEEP_AIMS, swept))
