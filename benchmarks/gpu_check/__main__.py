"""`make gpu-check`: run each part in a process and a time of its own, and write what was found.

Writes gpu-check.json and gpu-check.md into build/ (or --output). What fails is a row, and the rest
goes on; a part that hangs is ended when its time is up. `--tiny --device cpu` tries out the check
itself on a processor: its figures are no measurement of a card.
"""

import argparse
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.gpu_check import stand_ins
from benchmarks.gpu_check.tables import PARTS, Part, Row, write

if TYPE_CHECKING:
    from benchmarks.gpu_check.bench import Bench

PYTHON = sys.executable  # tests put another one here, which is quicker to start
GRACE_S = 15.0  # beyond its time, to start and to end
BEGIN_S = 600.0  # a part of its own, where nobody set a time


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 where every row could be measured, 1 where one failed, 2 where there is no card."""
    args = _parser().parse_args(words)
    if args.part:
        return _part(args)
    device = args.device or _device()
    if device is None:
        print(
            "There is no CUDA device here, and nothing was checked."
            " The check itself is tried out by --tiny --device cpu.",
            file=sys.stderr,
        )
        return 2
    unknown = set(args.only) - {one.name for one in PARTS}
    if unknown:
        names = ", ".join(one.name for one in PARTS)
        print(f"There is no {', '.join(sorted(unknown))}; there are: {names}.", file=sys.stderr)
        return 2
    parts = [one for one in PARTS if not args.only or one.name in (*args.only, "about", "models")]
    args.output.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="gpu-check-", dir=args.work))
    rows: list[Row] = []
    began = time.monotonic()
    try:
        _check_disk(work, tiny=args.tiny)
        _run_parts(parts, args, device, work, rows)
    except KeyboardInterrupt:
        rows.append({"part": "about", "kind": "note", "problem": "the check was stopped"})
    finally:
        shutil.rmtree(work, ignore_errors=True)
        took = time.monotonic() - began
        write(args.output, rows, parts, device, took, args.tiny)
    failed = sum("problem" in row for row in rows)
    print(f"{len(rows)} rows, {failed} of which failed, in {took:.0f} s: {args.output}")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="PART", help="only these, and what they need")
    parser.add_argument("--device", choices=("cuda", "cpu"), help="by default the card")
    parser.add_argument("--tiny", action="store_true", help="networks as narrow as they get")
    parser.add_argument("--minutes", type=float, default=8.0, help="in all; by default 8")
    parser.add_argument("--output", type=Path, default=Path("build"), help="a folder")
    parser.add_argument("--work", type=Path, help="a folder for 19 GB that are deleted at the end")
    parser.add_argument("--part", help=argparse.SUPPRESS)  # in the process of one part
    parser.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=BEGIN_S, help=argparse.SUPPRESS)
    return parser


# -- in a process of its own ----------------------------------------------------------------------


def _part(args: argparse.Namespace) -> int:
    """Run one part here."""
    deadline = time.monotonic() + args.seconds
    missing = stand_ins.provide()
    from benchmarks.gpu_check.bench import Bench, OutOfTime

    bench = Bench(args.part, args.device, args.work, args.rows, deadline, tiny=args.tiny)
    if missing and args.part == "about":
        bench.tell("note", {"stood in for": ", ".join(missing)})
    try:
        with bench.row("whole"):
            check = _does(args.part)
            gc.freeze()  # what was imported stays, as in the engine's process
            check(bench)
    except OutOfTime:
        pass  # the rows say so
    return 0


def _does(part: str) -> "Callable[[Bench], None]":
    from benchmarks.gpu_check import about, beside, parts

    return {
        "about": about.tell_about,
        "models": parts.write_models,
        "ways 2.2": parts.ways_22,
        "ladder": parts.ladder,
        "small card": parts.small_card,
        "small card, segments": parts.small_card,
        "diffusers": beside.beside_diffusers,
        "ways 2.1": parts.ways_21,
    }[part]


# -- in the process that was started --------------------------------------------------------------


def _device() -> str | None:
    """Return the card, if there is one: looked for in another process, to hold none of it here."""
    asked = "import torch; print(torch.cuda.is_available())"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False
    )
    return "cuda" if done.stdout.strip() == "True" else None


def _check_disk(work: Path, *, tiny: bool) -> None:
    needed, free = 0 if tiny else 19_000_000_000, shutil.disk_usage(work).free
    if free < needed:
        print(
            f"{work.parent} has {free / 1e9:.0f} GB, and {needed / 1e9:.0f} are needed: the larger"
            " model may be missing. Name another folder with --work.",
            file=sys.stderr,
        )


def _run_parts(
    parts: Sequence[Part],
    args: argparse.Namespace,
    device: str,
    work: Path,
    rows: list[Row],
) -> None:
    """Run the parts; what one does not use of its time is left to the others."""
    began, shares = time.monotonic(), sum(one.share for one in parts)
    until = 0.0
    for part in parts:
        until += part.share / shares * args.minutes * 60
        seconds = max(1.0, began + until - time.monotonic())
        print(f"{part.name}, at most {seconds:.0f} s ...", file=sys.stderr, flush=True)
        told = work / "rows.jsonl"
        told.unlink(missing_ok=True)
        problem = _run_part(part, args, device, work, told, seconds)
        found = _rows(told)
        ended = any(row["kind"] == "whole" for row in found)
        rows += [row for row in found if row["kind"] != "whole" or "problem" in row]
        if problem or not ended:
            rows.append({"part": part.name, "kind": "whole", "problem": problem or "it broke"})


def _run_part(
    part: Part, args: argparse.Namespace, device: str, work: Path, told: Path, seconds: float
) -> str:
    """Run a part in a process of its own; return what is wrong with it, or nothing."""
    command = [PYTHON, "-m", "benchmarks.gpu_check", "--part", part.name, "--device", device]
    command += ["--work", str(work), "--rows", str(told), "--seconds", f"{seconds:.1f}"]
    command += ["--tiny"] if args.tiny else []
    ours = {"KANDINSKY_HOME": str(work / "home"), "HF_HUB_OFFLINE": "1"}
    told_it = {**os.environ, **ours, **part.environment}
    process = subprocess.Popen(command, env=told_it, stdin=subprocess.DEVNULL)
    try:
        code = process.wait(seconds + GRACE_S)
    except subprocess.TimeoutExpired:
        return "it did not answer, and was ended"
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return f"it ended with {code}" if code else ""


def _rows(file: Path) -> list[Row]:
    if not file.is_file():
        return []
    found = []
    for line in file.read_text("utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            pass  # the process was ended in the middle of it
    return found


if __name__ == "__main__":
    sys.exit(main())
