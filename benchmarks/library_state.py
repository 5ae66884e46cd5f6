"""A library of 100,000 pictures in the window's memory: searches, rows that come, and acts."""

from benchmarks import child
from benchmarks.canvas_view import p95
from benchmarks.measures import Aim, Benchmark, Effort, Measure

PICTURES, SHORT_PICTURES = 100_000, 400
KEYSTROKE_MS = 50.0  # to the painted grid: here to its rows, the rest is the grid's
ROWS_MS = 10.0
TIMES_FASTER = 10.0  # than QListView in IconMode, with the same model
TRASH_S = 1.0
ACT_MS = 150.0
SEARCH = Aim("library: a keystroke to its rows", "ms", 1.0)
SEARCHED = Aim("library: a keystroke beside a join in SQL", "ms", 1.0)
RESET = Aim("library: all rows reset", "ms", 1.0)
INSERT = Aim("library: a picture that comes on top", "ms", 1.0)
INSERTED = Aim("library: rows reset beside QListView in IconMode", "ms", 1 / TIMES_FASTER)
READ = Aim("library: read into memory", "ms", 1.0)
STARS = Aim("library: stars for 10,000 pictures", "ms", 1.0)
TRASH = Aim("library: 1,000 pictures into the trash", "s", 1.0)
RESTORE = Aim("library: 1,000 pictures out of the trash", "s", 1.0)
READ_MS = 400.0
OF_PROCESS = "processor time of the whole process"


def searched(effort: Effort) -> list[Measure]:
    """Type into the search, and let rows come."""
    told = _told(effort, "search")
    return [
        _measure(
            SEARCH,
            p95(told["cpu"]),
            KEYSTROKE_MS,
            told["cpu"],
            f"p95, {OF_PROCESS}; by the clock {p95(told['keystroke']):.0f} ms",
        ),
        _measure(SEARCHED, _middle(told["cpu"]), _middle(told["join"]), told["cpu"], OF_PROCESS),
        _measure(RESET, _middle(told["reset"]), ROWS_MS, told["reset"], OF_PROCESS),
        _measure(INSERT, _middle(told["insert"]), ROWS_MS, told["insert"], OF_PROCESS),
        _measure(
            INSERTED, _middle(told["reset"]), _middle(told["icons"]), told["icons"], OF_PROCESS
        ),
        _measure(READ, _middle(told["read"]), READ_MS, told["read"], OF_PROCESS),
    ]


def acted(effort: Effort) -> list[Measure]:
    """Give stars, delete and bring back, many at once; to when it is in the log and in memory."""
    told = _told(effort, "acts")
    by_clock = "by the clock, median"
    return [
        _measure(
            STARS,
            _middle(told["stars, processor"]),
            ACT_MS,
            told["stars"],
            f"{OF_PROCESS}; by the clock {_middle(told['stars']):.0f} ms",
        ),
        _measure(TRASH, _middle(told["trash"]), TRASH_S, told["trash"], by_clock),
        _measure(RESTORE, _middle(told["restore"]), TRASH_S, told["restore"], by_clock),
    ]


def _told(effort: Effort, part: str) -> dict[str, list[float]]:
    told: dict[str, list[float]] = child.run(
        "-m",
        "benchmarks.library_state_use",
        part,
        f"--pictures={SHORT_PICTURES if effort.short else PICTURES}",
        f"--rounds={effort.runs}",
        environment={"QT_QPA_PLATFORM": "offscreen"},
    )
    return told


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _measure(aim: Aim, ours: float, theirs: float, of: list[float], note: str) -> Measure:
    return Measure(
        name=aim.name,
        ours=ours,
        theirs=theirs,
        unit=aim.unit,
        goal=aim.goal,
        runs=len(of),
        note=note,
    )


BENCHMARKS = (
    Benchmark("library-search", (SEARCH, SEARCHED, RESET, INSERT, INSERTED, READ), searched),
    Benchmark("library-acts", (STARS, TRASH, RESTORE), acted),
)
