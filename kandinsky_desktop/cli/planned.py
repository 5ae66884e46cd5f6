"""`kandinsky doctor --plan`: the phases of a request, and the memory that each will take.

For models that are here and, by the sizes of their networks alone, for the published ones.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kandinsky_desktop.cli import asking
from kandinsky_desktop.cli.painting import found_models, with_fingerprints
from kandinsky_desktop.cli.saying import usage
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import (
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.families.published import VERSIONS, published
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.memory import MIB
from kandinsky_desktop.domain.model import Component, Model, check_fits
from kandinsky_desktop.domain.operations import Denoise, EncodeBlack
from kandinsky_desktop.domain.plan import Phase, Plan
from kandinsky_desktop.domain.plan_inputs import UNLIMITED, FileFacts, PlanInputs
from kandinsky_desktop.domain.planning import all_resident, fit_of, peak, plan_of, size_that_fits
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint
from kandinsky_desktop.store.request_files import read_files

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "mib": 2**20, "gib": 2**30}
ITEMSIZES = {"float16": 2, "bfloat16": 2, "float32": 4}
HEAD = f"{'phase':<16}{'network':<22}{'×':>4}{'weights':>9}{'act.':>8}{'peak':>8}{'calls':>7}  mode"
LONGEST_TURN = 4  # phases that come again and again in turn
PICTURE, MASK = Path("picture.png"), Path("mask.png")
WORDS = Prompt("a cat")

TASKS: dict[str, Callable[[Paint], Paint]] = {
    "draw": lambda request: request,
    "vary": lambda request: replace(request, conditioning=ImagePrompt(PICTURE)),
    "fuse": lambda request: replace(
        request, conditioning=Mix(ingredients=(Ingredient(WORDS), Ingredient(ImagePrompt(PICTURE))))
    ),
    "strip": lambda request: replace(
        request,
        conditioning=Interpolation(start=WORDS, end=ImagePrompt(PICTURE)),
        count=max(9, request.count),
    ),
    "redraw": lambda request: replace(request, task=Img2Img(path=PICTURE)),
    "inpaint": lambda request: replace(request, task=Inpaint(path=PICTURE, masks=(MASK,))),
    "outpaint": lambda request: replace(
        request, task=Outpaint(path=PICTURE, right=request.sampling.width // 2)
    ),
    "depth": lambda request: replace(request, depth=Depth(path=PICTURE)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A phase in a table: its figures are for each of `times` phases of the kind."""

    operation: str
    network: str
    times: int
    weights: int  # bytes
    activations: int
    calls: int
    mode: str
    fits: bool
    costs: str = ""  # of the mode, in words


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is planned, and for how much memory."""
    parser.add_argument(
        "--plan",
        metavar="SIZE",
        help=_("print the phases of a request and their memory: a size as 768x768, or a file"),
    )
    parser.add_argument("--task", choices=TASKS, help=_("what is planned"))
    parser.add_argument(
        "--budget",
        type=bytes_of,
        metavar="BYTES",
        help=_("of the device that may be taken, as 4GB; without it no limit"),
    )
    parser.add_argument(
        "--eight-bits",
        action="store_true",
        help=_("weights may be kept in 8 bits, where they do not fit whole"),
    )
    parser.add_argument(
        "--host",
        type=bytes_of,
        default=0,
        metavar="BYTES",
        help=_("of the machine, where the processor takes over what does not fit"),
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        help=_("one that is here, or 2.0, 2.1 or 2.2 as they are published"),
    )
    parser.add_argument("-n", "--count", type=int, metavar="N", help=_("of pictures"))
    parser.add_argument(
        "--dtype", choices=ITEMSIZES, default="float16", help=_("the number format")
    )


def bytes_of(text: str) -> int:
    """Return a number of bytes as people write it: 4GB, 800 MB, 3.5GiB."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    if found is None or found[2].lower() not in UNITS:
        raise argparse.ArgumentTypeError(
            _("a number of bytes, as 4GB or 800MiB, not {given}").format(given=f"{text[:40]!r}")
        )
    return int(float(found[1]) * UNITS[found[2].lower()])


def show(args: argparse.Namespace) -> int:
    """Print the plan of what was asked for."""
    with usage(args.parser):
        plans = [_planned(args, *one) for one in _requests(args)]
    sys.stdout.write("\n".join(plans))
    return 0


def _planned(
    args: argparse.Namespace, request: Paint, files: Mapping[Path, FileFacts], model: Model
) -> str:
    """Return one plan as text. Raises InvalidRequest."""
    check_fits(request, model)
    inputs = PlanInputs(
        request=request,
        model=model,
        files=files,
        itemsize=ITEMSIZES[args.dtype],
        budget=UNLIMITED if args.budget is None else args.budget,
        eight_bits=args.eight_bits,
        host=args.host,
        missing=tuple(range(request.count)),
        estimator=Component("depth estimator", Path("estimator")),
    )
    return table(inputs, args.dtype)


def table(inputs: PlanInputs, dtype: str) -> str:
    """Return a plan as text: a line for each kind of phase, in order, and the figures of all."""
    plan, sampling = plan_of(inputs), inputs.request.sampling
    limited = inputs.budget < UNLIMITED
    budget = _mib(inputs.budget) + " MiB" if limited else _("no limit")
    lines = [
        f"{inputs.model.name}, {sampling.width} × {sampling.height},"
        f" {inputs.request.count} × {dtype}, {_('budget')}: {budget}",
        HEAD,
    ]
    for row in rows(plan, inputs):
        figures = (
            f"{_mib(row.weights):>9}{_mib(row.activations):>8}"
            f"{_mib(row.weights + row.activations):>8}{row.calls or '':>7}  {row.mode}"
        )
        if not row.weights:
            figures = f"{'':32}  {row.mode}"
        too_much = "" if row.fits else " " + _("(does not fit)")
        lines.append(f"{row.operation:<16}{row.network:<22}{row.times:>4}{figures}{too_much}")
    for name, costs in sorted({(row.mode, row.costs) for row in rows(plan, inputs) if row.costs}):
        lines.append(f"{name}: {costs}")
    most, everything = peak(plan, inputs), all_resident(plan, inputs)
    batches = [
        len(phase.operation.batch) for phase in plan.phases if isinstance(phase.operation, Denoise)
    ]
    lines += [
        _("peak, a phase at a time: {mib} MiB").format(mib=_mib(most)),
        _("all networks resident: {mib} MiB{fits}").format(
            mib=_mib(everything),
            fits="" if everything <= inputs.budget else " " + _("(does not fit)"),
        ),
        _("denoised together: {batches}").format(batches=", ".join(map(str, batches))),
    ]
    if most > inputs.budget:
        size = size_that_fits(inputs)
        lines.append(
            _("This does not fit into the budget.")
            if size is None
            else _("This does not fit into the budget: {size} would.").format(size=size)
        )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def rows(plan: Plan, inputs: PlanInputs) -> list[Row]:
    """Return the phases of a plan; those that come again and again in turn stand there once."""
    made: list[Row] = []
    for phase in plan.to_run:
        made.append(_row(phase, inputs))
        for length in range(1, LONGEST_TURN + 1):
            turn, before = made[-length:], made[-2 * length : -length]
            if [replace(row, times=1) for row in before] == turn:
                made[-2 * length :] = [replace(row, times=row.times + 1) for row in before]
                break
    return made


def _row(phase: Phase, inputs: PlanInputs) -> Row:
    network = next((one for one in phase.needs if one.values), None)
    name = type(phase.operation).__name__
    if isinstance(phase.operation, EncodeBlack):  # and then it is cached, by the prior's content
        return Row(name, "image_encoder", 1, 0, 0, 0, _("once, alone, on the processor"), True)
    if not phase.modes:
        return Row(name, "", 1, 0, 0, phase.calls, "", True)
    fit = fit_of(phase, inputs)
    role = next((role for role, one in inputs.model.components.items() if one == network), "")
    about = fit.name, fit.fits, fit.costs
    return Row(name, role, 1, fit.weights, fit.activations, phase.calls, *about)


def _model(args: argparse.Namespace, asked: str = "") -> Model:
    if args.model in VERSIONS:
        return published(args.model)
    return with_fingerprints(found_models(args).named(args.model or asked))


def _requests(
    args: argparse.Namespace,
) -> list[tuple[Paint, Mapping[Path, FileFacts], Model]]:
    size = re.fullmatch(r"(\d+)\s*[x×*]\s*(\d+)", args.plan.strip())
    if size is None:
        if args.task is not None:
            words = _("--task goes with a size: a file says itself what is painted.")
            args.parser.error(words)  # exits with 2
        many = {} if args.count is None else {"count": args.count}
        asked = [replace(request, **many) for request in asking.read(args.plan)]
        return [(one, read_files(one), _model(args, one.model)) for one in asked]
    model = _model(args)
    wide, high = int(size[1]), int(size[2])
    sampling = replace(model.profile.sampling, width=wide, height=high)
    count = 1 if args.count is None else args.count
    request = Paint(conditioning=WORDS, sampling=sampling, count=count)
    hole = Box(wide // 4, high // 4, wide * 3 // 4, high * 3 // 4)
    files = {
        PICTURE: FileFacts("picture", Size(wide, high)),
        MASK: FileFacts("mask", Size(wide, high), hole),
    }
    return [(TASKS[args.task or "draw"](request), files, model)]


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / MIB:,.0f}"
