"""Counts the calls that cross from one module of the program into another, on the way of a request.

    python -m benchmarks.crossings      text to image on the starter, in 412387c and in this tree

Counted is what `sys.setprofile` tells below `Engine.run`: each entry of a function or a property (a
generator's each resumption too) of one module of kandinsky_desktop that another one of them called.
What a library calls of ours does not count, and nothing of what it does itself; a wrapper around a
single call (a decorator of torch, a cached property) is looked through. So is code that lies in no
module, the `__init__` that a dataclass is given: to make a value is to visit nobody. Models are in
memory, nothing of the words is known, previews are off.

Calls of a sampler's steps count too. How many those are is found by one step more of the prior and
one more of the decoder.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType
from typing import Any

PACKAGE = "kandinsky_desktop."
WRAPPERS = ("functools", "contextlib", "torch.utils._contextlib")
PRIOR_STEPS, STEPS = 25, 20
GOAL = 0.25


def counted(run: Callable[[], None], below: CodeType) -> dict[str, Any]:
    """Return the crossings below a function: calls by "from > to", and the stops in order."""
    calls: dict[str, int] = {}
    stops: dict[str, None] = {}
    top: list[FrameType] = []

    def watch(frame: FrameType, event: str, given: object) -> None:
        del given
        if event == "return" and top and frame is top[0]:
            top.clear()
        if event != "call":
            return
        if frame.f_code is below:
            top.append(frame)
            stops.setdefault(_module(frame))
        elif top and _counts(frame):
            entered, left = _module(frame), _module(_caller(frame))
            stops.setdefault(entered)
            if left and left != entered:
                crossing = f"{left} > {entered}"
                calls[crossing] = calls.get(crossing, 0) + 1

    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(None)
    if not calls:
        raise ValueError(f"nothing crossed below {below.co_qualname}")
    return {"calls": calls, "stops": list(stops)}


def _counts(frame: FrameType) -> bool:
    code = frame.f_code
    return bool(_module(frame)) and code.co_name != "<module>" and not _generated(frame)


def _caller(frame: FrameType) -> FrameType | None:
    """Return who called a function, behind wrappers and generated code."""
    before = frame.f_back
    while before is not None and (
        before.f_globals.get("__name__") in WRAPPERS or _generated(before)
    ):
        before = before.f_back
    return before


def _generated(frame: FrameType) -> bool:
    return frame.f_code.co_filename == "<string>"


def _module(frame: FrameType | None) -> str:
    """Return the module of the program that a frame belongs to, without the package; or nothing."""
    name = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return name.removeprefix(PACKAGE) if name.startswith(PACKAGE) else ""


def total(told: dict[str, Any]) -> int:
    """Return how many calls crossed."""
    return sum(told["calls"].values())


def outside_of_steps(told: Sequence[dict[str, Any]]) -> int:
    """Return the crossings that are not made anew at each step.

    Told of a request, of one with a prior step more, and of one with a decoder step more.
    """
    plain, prior, decoder = map(total, told)
    return plain - PRIOR_STEPS * (prior - plain) - STEPS * (decoder - plain)


def main() -> int:
    """Count in both trees; return 0 if the goal is met."""
    from benchmarks import trees

    parser = argparse.ArgumentParser(prog="python -m benchmarks.crossings", description=__doc__)
    parser.add_argument("--kinds", action="store_true", help="list which modules call which")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *told: sys.exit(1))  # the worktree is to be removed
    steps = [(PRIOR_STEPS, STEPS), (PRIOR_STEPS + 1, STEPS), (PRIOR_STEPS, STEPS + 1)]
    told = {}
    with trees.checked_out() as old, TemporaryDirectory() as folder:
        for name, tree in ((trees.OLD, old), ("this tree", trees.HERE)):
            home = Path(folder) / name
            process = trees.inside(tree, home)
            order = {"do": "crossings", "model": str(trees.starter(old)), "steps": steps}
            told[name] = process.ask(order | {"cache": str(home / "cache")})
            process.close()
    for name, counts in told.items():
        _say(name, counts, kinds=args.kinds)
    totals, outside = ([count(one) for one in told.values()] for count in (_all, outside_of_steps))
    ratio = totals[1] / totals[0]
    met = ratio <= GOAL
    print(f"this tree : {trees.OLD} = {totals[1]} : {totals[0]} = {ratio:.3f}")
    print(f"outside of steps {outside[1]} : {outside[0]} = {outside[1] / outside[0]:.3f}")
    print(f"goal, of all: at most {GOAL}; {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _all(told: Sequence[dict[str, Any]]) -> int:
    return total(told[0])


def _say(name: str, told: Sequence[dict[str, Any]], *, kinds: bool) -> None:
    calls, stops = told[0]["calls"], told[0]["stops"]
    prior, decoder = (total(more) - total(told[0]) for more in told[1:])
    print(
        f"{name}: text to image on the starter, {PRIOR_STEPS} + {STEPS} steps\n"
        f"  {total(told[0])} calls cross; {outside_of_steps(told)} are made once,"
        f" {prior} at each step of the prior, {decoder} at each of the decoder\n"
        f"  {len(calls)} kinds of crossings, module > module"
    )
    if kinds:
        for crossing, times in sorted(calls.items(), key=lambda item: -item[1]):
            print(f"  {times:6}  {crossing}")
    print(f"  {len(stops)} stops, as first visited: {' > '.join(stops)}\n")


if __name__ == "__main__":
    raise SystemExit(main())
