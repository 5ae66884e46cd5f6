"""`python -m benchmarks.memory_table`: how Kandinsky 2.2 runs within how much memory.

Each phase of each request is planned as the program plans it for a card of that size, then its
network is traced at its real size in that way, on fake tensors, under that limit: one allocation
too many ends it. Nothing here is a measurement of a graphics card.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import isqrt
from pathlib import Path

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.families.kandinsky2.published import published
from kandinsky_desktop.domain.memory import MIB, SPLIT, Fit
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.domain.operations import EncodeBlack
from kandinsky_desktop.domain.phase_memory import NAMES
from kandinsky_desktop.domain.plan_inputs import FileFacts, PlanInputs
from kandinsky_desktop.domain.planning import placed, plan_of, size_that_fits, too_large
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Inpaint

VERSION = "2.2"
RESERVE = 600 * MIB  # of a card, for the driver's context and other programs: see engine/device.py
GB = 10**9
BUDGETS = 12, 8, 6, 4, 3, 2, 1  # gigabytes of a card
SIDES = 512, 768, 1024
PICTURE, OTHER, MASK = Path("picture.png"), Path("other.png"), Path("mask.png")
FILE = Path(__file__).parents[1] / "docs" / "memory.md"
CALLS = {"DecodePixels": "decode", "EncodePixels": "encode"}


def _words(side: int) -> Paint:
    return Paint(conditioning=Prompt("a cat"), sampling=Sampling(width=side, height=side))


def _fusion(side: int) -> Paint:
    pictures = tuple(Ingredient(ImagePrompt(path)) for path in (PICTURE, OTHER))
    return replace(_words(side), conditioning=Mix(ingredients=pictures))


def _inpaint(side: int) -> Paint:
    return replace(_words(side), task=Inpaint(path=PICTURE, masks=(MASK,), crop=False))


def _depth(side: int) -> Paint:
    return replace(_words(side), depth=Depth(path=PICTURE))


TASKS = {
    "Words": _words,
    "Fusion of two pictures": _fusion,
    "Inpainting": _inpaint,
    "Depth": _depth,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A kind of phase, its network and the way it is run in."""

    operation: str
    role: str
    fit: Fit
    side: int  # in pixels, of what goes through: a mask's picture is worked on at the model's size

    @property
    def sized(self) -> bool:
        """Whether it depends on the size of the picture."""
        return self.operation in ("Denoise", "DecodePixels", "EncodePixels")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a request takes of a card of so many gigabytes: its phases, or what would fit."""

    task: str
    side: int
    gigabytes: int
    steps: tuple[Step, ...]
    fitting: Size | None = None  # where it does not fit

    @property
    def budget(self) -> int:
        """The bytes that may be taken."""
        return self.gigabytes * GB - RESERVE


def cell(task: str, side: int, gigabytes: int) -> Cell:
    """Plan a request for a card."""
    inputs = _inputs(TASKS[task](side), side, gigabytes * GB - RESERVE)
    plan = plan_of(inputs)
    if too_large(plan, inputs) is not None:
        return Cell(task, side, gigabytes, (), size_that_fits(inputs))
    roles = {one: role for role, one in inputs.model.components.items() if one.values}
    steps: dict[tuple[str, str], Step] = {}
    for one in placed(plan, inputs):
        name = type(one.phase.operation).__name__
        if isinstance(one.phase.operation, EncodeBlack):
            continue  # once, alone, on the processor
        role = next(roles[each] for each in one.phase.needs if each in roles)
        steps[name, role] = Step(name, role, one.fit, isqrt(one.phase.pixels))
    return Cell(task, side, gigabytes, tuple(steps.values()))


def _inputs(request: Paint, side: int, budget: int) -> PlanInputs:
    hole = Box(side // 4, side // 4, side * 3 // 4, side * 3 // 4)
    return PlanInputs(
        request=request,
        model=published(VERSION),
        files={
            PICTURE: FileFacts("picture", Size(side, side)),
            OTHER: FileFacts("other", Size(side, side)),
            MASK: FileFacts("mask", Size(side, side), hole),
        },
        itemsize=2,
        budget=budget,
        missing=(0,),
        estimator=Component("depth estimator", Path("estimator")),
    )


def cells() -> Iterator[Cell]:
    """Plan all of the table."""
    for task in TASKS:
        for side in SIDES:
            for gigabytes in BUDGETS:
                yield cell(task, side, gigabytes)


class Traces:
    """The peaks of steps, each traced once."""

    def __init__(self) -> None:
        self._peaks: dict[tuple[object, ...], int] = {}

    def peak(self, step: Step, budget: int) -> int:
        """Return what a step takes at most. Raises torch.OutOfMemoryError beyond the budget."""
        side = step.side if step.sized else 0
        key = step.role, step.operation, side, step.fit.mode.name, step.fit.held
        if key not in self._peaks:
            self._peaks[key] = self._traced(step, side, budget)
            print(*key, step.fit.peak, self._peaks[key], file=sys.stderr, flush=True)
        return self._peaks[key]

    def _traced(self, step: Step, side: int, budget: int) -> int:
        from benchmarks.activations import Way, streamed_way, traced_way, tracer_of
        from benchmarks.real_size import network

        mode, call = step.fit.mode.name, CALLS.get(step.operation, "")
        rows = 2 if step.operation in ("Denoise", "SamplePrior") and SPLIT not in mode else 1
        traced, way = network(f"{VERSION} {step.role}"), Way(mode, call, rows)
        tracer = tracer_of(traced, limit=budget)
        if step.fit.held is not None:
            return streamed_way(tracer, traced, way, side, side, step.fit.held)
        return traced_way(tracer, traced, way, side, side).peak


ABOUT = """\
# How Kandinsky 2.2 runs within so much memory

Written by `make memory-table`; a test says whether a sample of it still holds. For one picture, in
half precision, with weights as they are published, on a card of so many gigabytes. Of those the
program leaves {reserve} MB to the driver's context and to other programs, and plans with the rest.

In each phase: how its network is run, then the peak in GB as it is predicted and, after the slash,
as it was traced: the library's own code on fake tensors of the real size, under that limit, where
one allocation too many would have ended it. **It was not measured on a graphics card.** Not in
either figure: what a kernel takes and gives back within one call, and what the allocator keeps.

What the ways are:

- *resident*: all of the network's weights are on the card while it works;
- *partly streamed*: as many as there is room for, the others are copied for each step;
- *streamed*: all are copied for each step;
- *split guidance*: the two halves of guidance one after the other;
- *banded*: the picture is decoded in bands of rows, with the numbers of the whole;
- *tiled*: in tiles, whose colours may differ a little: the only way here that is not exact.
"""


def document(every: Sequence[Cell], traces: Traces | None) -> str:
    """Return the table as Markdown; without traces only what is planned."""
    parts = [ABOUT.format(reserve=round(RESERVE / 1e6))]
    for task in TASKS:
        of_task = [one for one in every if one.task == task]
        columns = list(dict.fromkeys((s.operation, s.role) for one in of_task for s in one.steps))
        heads = [_head(operation, role) for operation, role in columns]
        parts.append(f"\n## {task}\n")
        parts.append("| size | card | " + " | ".join(heads) + " |")
        parts.append("|---|---|" + "---|" * len(heads))
        parts += rows(of_task, columns, traces)
    return "\n".join(parts) + "\n"


def _head(operation: str, role: str) -> str:
    name = NAMES[operation]
    return f"{name} ({role.replace('_', ' ')})"


def rows(
    every: Sequence[Cell], columns: Sequence[tuple[str, str]], traces: Traces | None
) -> Iterator[str]:
    """Yield the lines of a table: cards on which a size is painted alike share one."""
    told = [(one, _told(one, columns, traces)) for one in every]
    for (side, said), alike in groupby(told, lambda pair: (pair[0].side, pair[1])):
        cards = ", ".join(str(one.gigabytes) for one, _said in alike)
        yield f"| {side} × {side} | {cards} GB |{said}"


def _told(one: Cell, columns: Sequence[tuple[str, str]], traces: Traces | None) -> str:
    if not one.steps:
        said = "does not fit" if one.fitting is None else f"does not fit; {one.fitting} would"
        return f" {said} |" + " |" * (len(columns) - 1)
    steps = {(step.operation, step.role): step for step in one.steps}
    return "".join(f" {_figures(steps[at], one.budget, traces)} |" for at in columns)


def _figures(step: Step, budget: int, traces: Traces | None) -> str:
    planned = f"{step.fit.name} {step.fit.peak / GB:.2f}"
    assert step.fit.peak <= budget
    if traces is None:
        return planned
    return f"{planned} / {traces.peak(step, budget) / GB:.2f}"


def main(words: Sequence[str] | None = None) -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_table", description=__doc__)
    parser.add_argument("--planned", action="store_true", help="print what is planned, untraced")
    args = parser.parse_args(words)
    every = list(cells())
    if args.planned:
        sys.stdout.write(document(every, None))
    else:
        FILE.write_text(document(every, Traces()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
