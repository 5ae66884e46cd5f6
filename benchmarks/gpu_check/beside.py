"""The same jobs beside diffusers' pipelines, in the ways that both have to save memory."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image

from benchmarks import workloads
from benchmarks.gpu_check.bench import MIB, Bench, Values, mib
from benchmarks.gpu_check.cards import SmallCard
from benchmarks.gpu_check.parts import fusion, two_pictures
from benchmarks.workloads import Pipelines, Turn
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine

STEPS, FEW = 10, 2  # of prior and decoder: enough that loading is not all
CAPS = {"all on the card": 0, "4 GB": 4_000_000_000, "1.3 GB: streamed": 1_300_000_000}
TINY_CAPS = {"all on the card": 0, "4 GB": 40 * MIB, "1.3 GB: streamed": 26 * MIB}


class Offloaded(Pipelines):
    """Diffusers' pipelines, with one of their ways to save memory."""

    def __init__(self, bench: Bench, sampling: Sampling, way: str) -> None:
        dtype = "float16" if bench.device == "cuda" else "float32"
        super().__init__(bench.model("2.2"), sampling, dtype)
        self._bench, self._way = bench, way

    def _loaded(self, name: str, folder: str) -> Any:
        pipeline = super()._loaded(name, folder)
        device = self._bench.device
        match self._way:
            case "all on the card":
                pipeline.to(device)
            case "model offload":
                pipeline.enable_model_cpu_offload(device=device)
            case _:
                pipeline.enable_group_offload(
                    onload_device=torch.device(device),
                    offload_type="leaf_level",
                    use_stream=device == "cuda",
                    exclude_modules=_left_whole(pipeline),
                )
        return pipeline

    @property
    def of_decoder(self) -> Values:
        """How the decoders are called: with an end in sight."""
        return super().of_decoder | {"callback_on_step_end": self._on_step}

    def _on_step(self, pipeline: Any, number: int, timestep: Any, given: Values) -> Values:
        del pipeline, number, timestep
        self._bench.look()
        return given


def _left_whole(pipeline: Any) -> list[str]:
    """Return the networks that diffusers offloads in no groups: they stay on the card."""
    parts = pipeline.components.items()
    return [name for name, part in parts if not getattr(part, "_supports_group_offloading", True)]


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to paint, on both sides."""

    name: str
    ours: Callable[[Turn], Paint]
    theirs: Callable[[Pipelines, Turn], list[Image]]


def beside_diffusers(bench: Bench) -> None:
    """Time words, a fusion of two pictures and inpainting, first and again."""
    side = bench.sides[1]
    steps = FEW if bench.tiny else STEPS
    sampling = Sampling(width=side, height=side, steps=steps, prior_steps=steps)
    jobs = (
        Job("words", workloads.our_words, workloads.their_words),
        Job("inpaint", workloads.our_hole, workloads.their_hole),
        Job("fusion of two pictures", partial(_our_fusion, bench), partial(_their_fusion, bench)),
    )
    caps = TINY_CAPS if bench.tiny else CAPS
    for name, cap in caps.items():
        card = bench.card()
        engine = bench.engine(card)
        engine.cap_memory(cap)
        _take(bench, f"ours, {name}", jobs, partial(_our_turn, bench, engine), sampling, card)
        engine.cap_memory(0)
        engine.put_models_away()
    for way in ("all on the card", "model offload", "group offload"):
        pipelines = Offloaded(bench, sampling, way)
        _take(bench, f"diffusers, {way}", jobs, partial(_their_turn, pipelines), sampling)
        del pipelines
        bench.tidy()


def _take(
    bench: Bench,
    side: str,
    jobs: Sequence[Job],
    turn: Callable[[Job, Turn], None],
    sampling: Sampling,
    card: Device | None = None,
) -> None:
    for number, job in enumerate(jobs):
        with bench.row("run", job=job.name, side=side) as row:
            for again, name in enumerate(("first s", "again s")):
                with measured(bench, row, card):
                    began = time.perf_counter()
                    turn(job, Turn(10 * number + again + 1, sampling, bench.work))
                    row[name] = round(time.perf_counter() - began, 2)


@contextmanager
def measured(bench: Bench, row: Values, card: Device | None = None) -> Iterator[None]:
    """Note the most that is taken of the card and of the machine."""
    host = _forget_host_peak()
    own = card if isinstance(card, SmallCard) else SmallCard(0) if bench.device == "cuda" else None
    if own is not None:
        torch.cuda.reset_peak_memory_stats()
        own.most_allocated = own.most_reserved = 0
    yield
    if own is not None:
        torch.cuda.synchronize()
        own.remember()
        row["measured MiB"], row["reserved MiB"] = mib(own.most_allocated), mib(own.most_reserved)
    if host:
        row["machine MiB"] = mib(_host_peak())


def _our_turn(bench: Bench, engine: Engine, job: Job, turn: Turn) -> None:
    from kandinsky_desktop.domain.job import Job as Task

    def deliver(image: Image, record: Any, meaning: bytes) -> None:
        del image, record, meaning

    engine.run(Task(job.ours(turn)), bench.model("2.2"), bench.look, deliver, previews=False)


def _their_turn(pipelines: Offloaded, job: Job, turn: Turn) -> None:
    job.theirs(pipelines, turn)


def _our_fusion(bench: Bench, turn: Turn) -> Paint:
    return Paint(conditioning=fusion(bench, turn.sampling.width), sampling=turn.seeded)


def _their_fusion(bench: Bench, pipelines: Pipelines, turn: Turn) -> list[Image]:
    """`interpolate` of two pictures, then `KandinskyV22Pipeline`."""
    two = [workloads._opened(path) for path in two_pictures(bench, turn.sampling.width)]
    meaning = pipelines.prior.interpolate(
        two, [0.5, 0.5], generator=workloads.chance(turn.number), **pipelines.of_prior
    )
    return workloads._images(pipelines.decoder, turn, **meaning, **pipelines.of_decoder)


def _forget_host_peak() -> bool:
    """Begin to look for a new peak of this process, where Linux counts it."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return False
    return True


def _host_peak() -> int:
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
