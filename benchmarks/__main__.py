"""`python -m benchmarks`: take all measures, print a table, write build/bench.json.

With `--short` everything is done once and small: the figures mean nothing and no goal counts, but
what cannot be measured any more makes it fail.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    bands,
    board,
    canvas,
    canvas_live,
    canvas_view,
    diffusion,
    engine,
    gallery,
    library,
    library_state,
    machine,
    masks,
    planning,
    real_memory,
    ring,
    tasks,
    window,
)
from benchmarks.measures import (
    FEWEST_PAIRS,
    FEWEST_RUNS,
    SHORT,
    Benchmark,
    CannotMeasure,
    Effort,
    Measure,
)

BENCHMARKS: tuple[Benchmark, ...] = (
    *window.BENCHMARKS,
    *engine.BENCHMARKS,
    *tasks.BENCHMARKS,
    *board.BENCHMARKS,
    *canvas.BENCHMARKS,
    *canvas_live.BENCHMARKS,
    *canvas_view.BENCHMARKS,
    *gallery.BENCHMARKS,
    *library.BENCHMARKS,
    *library_state.BENCHMARKS,
    *planning.BENCHMARKS,
    *masks.BENCHMARKS,
    *ring.BENCHMARKS,
    *diffusion.BENCHMARKS,
    *bands.BENCHMARKS,
    *real_memory.BENCHMARKS,
)


def main(words: Sequence[str] | None = None, benchmarks: Sequence[Benchmark] = BENCHMARKS) -> int:
    """Return 0 if every goal was reached; in the short form, if everything could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [one.name for one in benchmarks]
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"of: {', '.join(names)}")
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help="of each alone, at least 5")
    parser.add_argument("--pairs", type=int, default=FEWEST_PAIRS, help="of both, at least 9")
    parser.add_argument("--short", action="store_true", help="once, small, without goals")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    args = parser.parse_args(words)
    unknown = set(args.only) - set(names)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    effort = SHORT
    if not args.short:
        effort = Effort(runs=max(FEWEST_RUNS, args.runs), pairs=max(FEWEST_PAIRS, args.pairs))

    kept: list[dict[str, object]] = []
    measures: list[Measure] = []
    about = machine.about()
    for benchmark in benchmarks:
        if benchmark.name not in args.only if args.only else benchmark.when_asked:
            continue
        before, began = machine.load_average(), time.monotonic()
        print(f"{benchmark.name} ...", file=sys.stderr, flush=True)
        dropped = _taken(benchmark, effort)
        print(f"{benchmark.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        load = {"load_before": before, "load_after": machine.load_average()}
        measures += dropped
        kept += [_plain(measure) | load | about for measure in dropped]
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    _print_table(measures, goals=not args.short)
    print(f"\nAll of it, with the machine and its load: {args.output}")
    if args.short:
        return 0 if all(measure.measured for measure in measures) else 1
    return 0 if all(measure.reached for measure in measures) else 1


def _taken(benchmark: Benchmark, effort: Effort) -> list[Measure]:
    """Take the measures; one that breaks costs only itself."""
    try:
        return benchmark.take(effort)
    except CannotMeasure as reason:
        why = str(reason)
    except Exception as error:  # noqa: BLE001 - a broken benchmark is a result, with ratio 99
        traceback.print_exc()
        why = f"{type(error).__name__}: {error}"
    print(f"{benchmark.name} could not be measured: {why}", file=sys.stderr, flush=True)
    return [aim.missed(why) for aim in benchmark.aims]


def _plain(measure: Measure) -> dict[str, object]:
    within = measure.interval
    return {
        "name": measure.name,
        "ours": measure.ours,
        "theirs": measure.theirs,
        "ratio": round(measure.ratio, 4),
        "interval": None if within is None else [round(one, 4) for one in within],
        "best": None if measure.best is None else round(measure.best, 4),
        "goal": round(measure.limit, 4),
        "goal_of_best": measure.goal if measure.of_best else None,
        "measured": measure.measured,
        "reached": measure.reached,
        "unit": measure.unit,
        "runs": measure.runs,
        "threads": measure.threads,
        "note": measure.note,
    }


def _print_table(measures: Sequence[Measure], *, goals: bool) -> None:
    width = max((len(measure.name) for measure in measures), default=0)
    print(
        f"{'':{width}}  {'ours':>9} {'theirs':>9} {'unit':4}"
        f" {'ratio':>7} {'95 % between':>13} {'best':>7} {'goal':>6}"
    )
    for measure in measures:
        ours, theirs, best = map(_figure, (measure.ours, measure.theirs, measure.best))
        within = measure.interval
        between = "" if within is None else f"{within[0]:.3f} {within[1]:.3f}"
        missed = "" if measure.reached or (measure.measured and not goals) else "MISSED"
        print(
            f"{measure.name:{width}}  {ours:>9} {theirs:>9} {measure.unit:4}"
            f" {measure.ratio:7.3f} {between:>13} {best:>7} {measure.limit:6.3f}  {missed}"
        )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


if __name__ == "__main__":
    raise SystemExit(main())
