"""`python -m benchmarks`: take all measures, print a table, write build/bench.json."""

import argparse
import json
import sys
import time
import traceback
from pathlib import Path

from benchmarks import board, engine, machine, tasks, window
from benchmarks.measures import Benchmark, CannotMeasure, Measure

BENCHMARKS: tuple[Benchmark, ...] = (
    *window.BENCHMARKS,
    *engine.BENCHMARKS,
    *tasks.BENCHMARKS,
    *board.BENCHMARKS,
)
FEWEST_RUNS = 5


def main() -> int:
    """Return 0 if every goal was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [one.name for one in BENCHMARKS]
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"of: {', '.join(names)}")
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help="of each, at least 5")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    args = parser.parse_args()
    unknown = set(args.only) - set(names)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    chosen = [one for one in BENCHMARKS if not args.only or one.name in args.only]

    kept: list[dict[str, object]] = []
    measures: list[Measure] = []
    about = machine.about()
    for benchmark in chosen:
        before, began = machine.load_average(), time.monotonic()
        print(f"{benchmark.name} ...", file=sys.stderr, flush=True)
        taken = _taken(benchmark, max(FEWEST_RUNS, args.runs))
        print(f"{benchmark.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        load = {"load_before": before, "load_after": machine.load_average()}
        measures += taken
        kept += [_plain(measure) | load | about for measure in taken]
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    _print_table(measures)
    print(f"\nAll of it, with the machine and its load: {args.output}")
    return 0 if all(measure.reached for measure in measures) else 1


def _taken(benchmark: Benchmark, runs: int) -> list[Measure]:
    """Take the measures; one that breaks costs only itself."""
    try:
        return benchmark.take(runs)
    except CannotMeasure as reason:
        why = str(reason)
    except Exception as error:  # noqa: BLE001 - a broken benchmark is a result, with ratio 99
        traceback.print_exc()
        why = f"{type(error).__name__}: {error}"
    print(f"{benchmark.name} could not be measured: {why}", file=sys.stderr, flush=True)
    return [aim.missed(why) for aim in benchmark.aims]


def _plain(measure: Measure) -> dict[str, object]:
    return {
        "name": measure.name,
        "ours": measure.ours,
        "theirs": measure.theirs,
        "ratio": round(measure.ratio, 4),
        "goal": measure.goal,
        "best": None if measure.best is None else round(measure.best, 4),
        "reached": measure.reached,
        "unit": measure.unit,
        "runs": measure.runs,
        "threads": measure.threads,
        "note": measure.note,
    }


def _print_table(measures: list[Measure]) -> None:
    width = max((len(measure.name) for measure in measures), default=0)
    head = (
        f"{'':{width}}  {'ours':>9} {'theirs':>9} {'unit':4} {'ratio':>7} {'best':>7} {'goal':>6}"
    )
    print(head)
    for measure in measures:
        ours, theirs, best = map(_figure, (measure.ours, measure.theirs, measure.best))
        missed = "" if measure.reached else "MISSED"
        print(
            f"{measure.name:{width}}  {ours:>9} {theirs:>9} {measure.unit:4}"
            f" {measure.ratio:7.3f} {best:>7} {measure.goal:6.2f}  {missed}"
        )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


if __name__ == "__main__":
    raise SystemExit(main())
