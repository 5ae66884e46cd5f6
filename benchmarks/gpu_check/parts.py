"""What is checked, part by part: each takes a bench, and tells it rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from PIL.Image import Image

from benchmarks.gpu_check import models
from benchmarks.gpu_check.bench import MIB, Bench, Painted, apart, mib
from benchmarks.gpu_check.cards import SmallCard, without_flash
from benchmarks.gpu_check.tables import RUN, WAYS
from kandinsky_desktop.domain import planning
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix
from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.memory import ExecutionMode, Fit, Load, ways
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store.models import ready_model

PLENTY = 2**60


# -- models ---------------------------------------------------------------------------------------


def write_models(bench: Bench) -> None:
    """Make the networks."""
    for version in ("2.2", "2.1"):
        with bench.row("run", version=version, size="tiny" if bench.tiny else "real") as row:
            models.write(bench.model(version), version, bench.device, bench.look, tiny=bench.tiny)
            found = ready_model(bench.model(version))
            assert found is not None
            row["weights"] = sum(one.values for one in found.components.values())
            row["GB on disk"] = round(found.size_bytes / 1e9, 2)


# -- every way ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """One job in which every phase is run in a given way, or the nearest that it has."""

    modes: tuple[str, ...]  # of the networks, the first that one has
    held: str = ""  # "", "partly streamed" or "streamed"


UNET = ("resident", "split guidance", "row by row", "row by row, split guidance")
AUTOENCODER = ("resident", "banded", "tiled", "tiled")
HELD = ("", "streamed", "partly streamed")
EVERY_RUN = tuple(
    Run((unet, autoencoder, "resident"), held)
    for held in HELD
    for unet, autoencoder in zip(UNET, AUTOENCODER, strict=True)
)
FEW_RUNS = (EVERY_RUN[0], EVERY_RUN[1], EVERY_RUN[3], EVERY_RUN[5], EVERY_RUN[8])


def every_way(
    bench: Bench, version: str, sides: Sequence[int], first: Sequence[Run] = EVERY_RUN
) -> None:
    """Run words in each way at some sizes: all at the first of them, some at the others."""
    engine = bench.engine(bench.card())
    for side in sides:
        whole: Painted | None = None
        for run in first if side == sides[0] else FEW_RUNS:
            about = {"version": version, "size": side, "run": _name(run)}
            with bench.row("run", **about) as row, only(run):
                made = bench.paint(engine, version, bench.request(side, count=2))
                whole = whole or made
                row["seconds"] = round(made.seconds, 2)
                row["apart of 255"] = _apart(made.images, whole.images)
                tell_phases(bench, made, about)
    engine.put_models_away()


def ways_22(bench: Bench) -> None:
    """Run 2.2 in every way, first at the middle size, with pictures that are encoded at last."""
    small, middle, large = bench.sides
    every_way(bench, "2.2", tuple(dict.fromkeys((middle, small, large))))
    pictures(bench, middle)
    in_8_bits(bench, middle)


def ways_21(bench: Bench) -> None:
    """Run 2.1 in some ways at the smallest size."""
    every_way(bench, "2.1", bench.sides[:1], FEW_RUNS)


def pictures(bench: Bench, side: int) -> None:
    """Run what takes pictures: the image encoder, and the autoencoder's other half."""
    engine = bench.engine(bench.card())
    for held, mode in (("", "resident"), ("", "banded"), ("streamed", "banded")):
        run = Run((mode, "resident"), held)
        about = {"version": "2.2", "size": side, "run": f"inpaint, fusion: {_name(run)}"}
        with bench.row("run", **about) as row, only(run):
            request = bench.request(side, fusion(bench, side), bench.hole(side))
            made = bench.paint(engine, "2.2", request)
            row["seconds"] = round(made.seconds, 2)
            tell_phases(bench, made, about)
    engine.put_models_away()


IN_8_BITS = 1_900_000_000  # where prior and U-Net fit in 8 bits and not as they are


def in_8_bits(bench: Bench, side: int) -> None:
    """Run words with weights in 8 bits, where a person lets them be, beside them as they are."""
    engine = bench.engine(bench.card())
    cap = 26 * MIB if bench.tiny else IN_8_BITS
    about = {"version": "2.2", "size": side, "run": f"in 8 bits, at most {cap / 1e9:.2f} GB"}
    with bench.row("run", **about) as row:
        request = bench.request(side, count=2)
        whole = bench.paint(engine, "2.2", request)
        engine.cap_memory(cap, eight_bits=True)
        made = bench.paint(engine, "2.2", request)
        row["seconds"] = round(made.seconds, 2)
        row["apart of 255"] = _apart(made.images, whole.images)
        tell_phases(bench, made, about)
    engine.cap_memory(0)
    engine.put_models_away()


def fusion(bench: Bench, side: int) -> Mix:
    """Return the fusion of two pictures."""
    two = two_pictures(bench, side)
    return Mix(ingredients=tuple(Ingredient(ImagePrompt(one), 0.5) for one in two))


def two_pictures(bench: Bench, side: int) -> tuple[Path, Path]:
    """Return the files that are fused."""
    return bench.picture(side), bench.picture(side, "green")


def tell_phases(bench: Bench, made: Painted, about: dict[str, Any]) -> None:
    """Tell what each phase took beside what was predicted."""
    for ran, memory in made.memory():
        figures = (
            ran.operation,
            ran.mode,
            mib(memory.predicted),
            mib(memory.peak) if memory.peak else None,
            round(memory.peak / memory.predicted, 3) if memory.peak else None,
            mib(memory.activations),
            mib(memory.peak - memory.predicted + memory.activations) if memory.peak else None,
            mib(memory.predicted_reserved),
            mib(memory.reserved) if memory.reserved else None,
            ran.calls,
            round(ran.seconds / ran.calls, 4),
        )
        names = WAYS["phase"][len(RUN) :]
        bench.tell("phase", about | dict(zip(names, figures, strict=True)))


@contextmanager
def only(run: Run) -> Iterator[None]:
    """Let every phase be run in the way of a run; half of the weights stay where a part does."""

    def chosen(modes: Sequence[ExecutionMode], load: Load, budget: int) -> Iterator[Fit]:
        del budget
        names = {one.name for one in modes}
        mode = next((one for one in run.modes if one in names), next(iter(names)))
        every = [one for one in ways(modes, load, PLENTY) if one.mode.name == mode]
        held = (load.weights - load.window) // 2
        match run.held if len(every) > 1 else "":
            case "streamed":
                yield replace(next(one for one in every if one.held == 0), fits=True)
            case "partly streamed" if held > 0 and any(one.held for one in every):
                partly = next(one for one in every if one.held)
                most = partly.held or 0
                held = min(held, most)
                yield replace(partly, held=held, weights=partly.weights - most + held)
            case _:
                yield every[0]

    with patch.object(planning, "ways", chosen):
        yield


def _name(run: Run) -> str:
    return ", ".join(one for one in (run.modes[0], run.modes[1], run.held) if one)


def _apart(images: Sequence[Image], others: Sequence[Image]) -> float:
    return max(apart(one, other) for one, other in zip(images, others, strict=True))


# -- memory that runs out -------------------------------------------------------------------------

SHARES = (0.97, 0.6, 0.2, 0.0)  # of what is taken at the second step


def ladder(bench: Bench) -> None:
    """Take memory away at the second step, and see how the job goes on."""
    small, middle, _large = bench.sides
    request = bench.request(middle, steps=4)
    for share in SHARES:
        _squeezed(bench, request, share)
    _squeezed(bench, bench.request(small, steps=3), 0.0, takes_over=True)


def _squeezed(bench: Bench, request: Paint, share: float, *, takes_over: bool = False) -> None:
    """Paint twice: undisturbed, and with a share of what is taken left. Tell how it ended.

    The processor `takes_over` what has no room on the card, where it may.
    """
    left = f"{share:.0%}" + (", and the processor takes over" if takes_over else "")
    least = 2**16 if bench.tiny and not share else 8 * MIB
    with bench.row("run", **{"left of what is taken": left}) as row:
        device = bench.card()
        engine = bench.engine(device)
        undisturbed = bench.paint(engine, "2.2", request)
        device.machine_bytes = 2**40 if takes_over else 0
        limits: list[int] = []

        def squeeze(step: Stepped) -> None:
            if step.step == 2 and not limits:
                limits.append(max(least, int(device.allocated_bytes() * share)))
                device.squeeze(limits[0])

        try:
            made = bench.paint(engine, "2.2", request, squeeze)
            row["outcome"] = "a picture"
            row["ways"] = made.ways
            row["steps"] = " ".join(map(str, made.steps))
            row["no step twice"] = all(one < other for one, other in pairwise(made.steps))
            row["apart of 255"] = _apart(made.images, undisturbed.images)
            row["seconds"] = round(made.seconds, 2)
        except OutOfMemory as error:
            row["outcome"] = str(error)
        finally:
            row["limit MiB"] = mib(limits[0]) if limits else None
            device.squeeze(_all(bench))
            engine.put_models_away()


def _all(bench: Bench) -> int:
    """Return the bytes of the device, or as good as endless ones."""
    return PLENTY if bench.device == "cpu" else torch.cuda.mem_get_info()[1]


# -- a small card ---------------------------------------------------------------------------------

RTX_2060 = 8 * 2**30 - 600 * MIB  # what is left to tensors of 8 GB


def small_card(bench: Bench) -> None:
    """Paint as an RTX 2060 of 8 GB would: half precision, no flash attention, no byte more."""
    limit = RTX_2060
    if bench.tiny:  # what the fusion takes, and a little
        limit = 26 * MIB
    jobs: list[tuple[str, Paint]] = [
        (f"words {side}", bench.request(side, steps=4)) for side in dict.fromkeys(bench.sides)
    ]
    small, middle, _large = bench.sides
    jobs += [
        (f"four pictures {small}", bench.request(small, steps=4, count=4)),
        (f"fusion of two pictures {middle}", bench.request(middle, fusion(bench, middle), steps=4)),
        (f"inpaint {middle}", bench.request(middle, task=bench.hole(middle), steps=4)),
    ]
    device = bench.card(limit)
    engine = bench.engine(device)
    with without_flash():
        for name, request in jobs:
            with bench.row("run", job=name, **{"limit MiB": mib(limit)}) as row:
                if isinstance(device, SmallCard):
                    torch.cuda.reset_peak_memory_stats()
                    device.most_allocated = device.most_reserved = 0
                made = bench.paint(engine, "2.2", request)
                every = [memory for _ran, memory in made.memory()]
                row["ways"] = made.ways
                row["predicted MiB"] = mib(max(one.predicted for one in every))
                row["measured MiB"] = mib(max(one.peak for one in every))
                if isinstance(device, SmallCard):
                    device.remember()
                    row["in all MiB"] = mib(device.most_allocated)
                    row["reserved MiB"] = mib(device.most_reserved)
                row["seconds"] = round(made.seconds, 2)
    engine.put_models_away()
    device.squeeze(_all(bench))
