"""The memory that words to a picture take of a machine without a card, at the real size of 2.2.

    python -m benchmarks.real_memory FOLDER                    ours and diffusers by hand, in turn
    python -m benchmarks.real_memory FOLDER --limits 8 5 3     ours, under control groups of GB

The model is written to the folder first, if it is not there (`real_model.py`: 12 GB of disk). Each
picture is painted by a process of its own, from cold. What it has of the machine is read from the
outside while it runs: anonymous memory, which is its own, apart from the pages of files, which the
system takes back where others need them. Linux only.

By hand means as someone paints who knows diffusers and is careful: words and prior first, then
those are let go of, then the decoder, all in bf16 if ours chose that.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import child
from benchmarks.engine import NEARLY, THREADS
from benchmarks.half import NARROW_MODEL
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure

SIDE, STEPS, PRIOR_STEPS, GUIDANCE = 512, 2, 2, 4.0
SHORT_SIDE = 64
WORDS = "a red cat"
LOOK_S = 0.01
MODEL = Path("build/bench-models/real-size")
GROUPS, MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
MOST_ANONYMOUS = 4e9  # bytes
OURS, THEIRS = "ours", "by hand"


@dataclass(slots=True)
class Painted:
    """What a process said, and what it took."""

    code: int  # with which it ended; -9: it was killed
    told: dict[str, Any]
    anonymous: int = 0  # bytes at most, as the next ones
    files: int = 0
    resident: int = 0
    errors: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A control group below our own, of version 1 or 2; a process enters it by its number."""

    folder: Path

    def enter(self) -> None:
        """Let the process that calls it be a member."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))


@contextmanager
def limited(most_bytes: int) -> Iterator[Group]:
    """Make a control group for so many bytes. Raises CannotMeasure where none can be made."""
    root, limit, swap = _own_group()
    group = root / f"real-memory-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text(str(most_bytes))
    except OSError as error:
        raise CannotMeasure(f"no control group can be made here: {error}") from error
    try:
        if (group / swap).is_file():
            (group / swap).write_text(str(most_bytes) if "memsw" in swap else "0")
        yield Group(group)
    finally:
        for _try in range(50):  # the last process leaves it a moment after its end
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)


def _own_group() -> tuple[Path, str, str]:
    for line in MEMBERSHIP.read_text("utf-8").splitlines():
        _number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            root = GROUPS / "memory" / path.strip("/")
            return root, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"
        if not controllers and "memory" in _controllers(GROUPS / path.strip("/")):
            return GROUPS / path.strip("/"), "memory.max", "memory.swap.max"
    raise CannotMeasure("there are no control groups for memory here")


def _controllers(group: Path) -> str:
    file = group / "cgroup.subtree_control"
    return file.read_text("utf-8") if file.is_file() else ""


def painted(how: str, options: Sequence[str], group: Group | None = None) -> Painted:
    """Let a process paint, and watch it."""
    environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [child.PYTHON, "-m", "benchmarks.real_memory", "--paint", how, *options],
            stdout=said,
            stderr=errors,
            env=environment,
            preexec_fn=None if group is None else group.enter,
        )
        made = Painted(0, {})
        while process.poll() is None:
            _look(process.pid, made)
            time.sleep(LOOK_S)
        made.code = process.returncode
        said.seek(0)
        errors.seek(0)
        lines = said.read().splitlines()
        made.errors = " | ".join(errors.read().strip().splitlines()[-3:])
        if not made.code and lines:
            made.told = json.loads(lines[-1])
        return made


def _look(process: int, made: Painted) -> None:
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return
    figures = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)

    def bytes_of(name: str) -> int:
        return int(figures[name].split()[0]) * 1024 if name in figures else 0

    made.anonymous = max(made.anonymous, bytes_of("RssAnon"))
    made.files = max(made.files, bytes_of("RssFile"))
    made.resident = max(made.resident, bytes_of("VmHWM"))


# -- In the process that paints ------------------------------------------------------------------


def paint_ours(model: Path, side: int, jobs: int, picture: Path) -> dict[str, Any]:
    """Paint by our engine, as the window hosts it."""
    from kandinsky_desktop.domain.conditioning import Prompt
    from kandinsky_desktop.domain.events import PhaseRan, Progress
    from kandinsky_desktop.domain.job import Job
    from kandinsky_desktop.domain.record import Record
    from kandinsky_desktop.domain.request import Paint, Sampling
    from kandinsky_desktop.engine.engine import Engine

    ways: list[str] = []
    about: dict[str, Any] = {}

    def report(progress: Progress) -> None:
        if isinstance(progress, PhaseRan) and progress.mode:
            ways.append(f"{progress.operation}: {progress.mode}, {progress.seconds:.1f} s")

    def deliver(image: Any, record: Record, meaning: bytes) -> None:
        del meaning
        about["dtype"] = record.conditions.dtype
        if record.seed == 1:
            image.save(picture)

    seconds, processor = [], []
    with tempfile.TemporaryDirectory() as cache:
        engine = Engine(Path(cache), THREADS)
        for number in range(jobs):
            sampling = Sampling(
                width=side,
                height=side,
                steps=STEPS,
                guidance=GUIDANCE,
                prior_steps=PRIOR_STEPS,
                prior_guidance=GUIDANCE,
                seed=1 + number,
                prior_seed=1 + number,
            )
            words = f"{WORDS}, take {number}" if number else WORDS
            clock, began = time.perf_counter(), time.process_time()
            request = Paint(conditioning=Prompt(words), sampling=sampling)
            engine.run(Job(request), model, report, deliver, previews=False)
            seconds.append(time.perf_counter() - clock)
            processor.append(time.process_time() - began)
    return about | {"seconds": seconds, "processor": processor, "ways": ways}


def paint_by_hand(model: Path, side: int, dtype: str, picture: Path) -> dict[str, Any]:
    """Paint by diffusers' pipelines, with what is no longer needed let go of."""
    import gc

    import torch
    from diffusers import KandinskyV22Pipeline, KandinskyV22PriorPipeline
    from safetensors.torch import load_file

    torch.set_num_threads(THREADS)
    how: dict[str, Any] = {"torch_dtype": getattr(torch, dtype), "local_files_only": True}
    black = model / "prior" / "zero_embedding.safetensors"
    clock, began = time.perf_counter(), time.process_time()
    if black.is_file():
        zero = load_file(black)["embedding"].to(how["torch_dtype"])
        prior: Any = KandinskyV22PriorPipeline(**_parts_of_prior(model / "prior", how))
        prior.get_zero_embed = lambda batch_size=1, device=None: zero
    else:
        prior = KandinskyV22PriorPipeline.from_pretrained(model / "prior", **how)
    prior.set_progress_bar_config(disable=True)
    meaning = prior(
        WORDS,
        num_inference_steps=PRIOR_STEPS,
        guidance_scale=GUIDANCE,
        generator=torch.Generator().manual_seed(1),
    )
    del prior
    gc.collect()
    decoder: Any = KandinskyV22Pipeline.from_pretrained(model / "decoder", **how)
    decoder.set_progress_bar_config(disable=True)
    image = decoder(
        **meaning,
        height=side,
        width=side,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        generator=torch.Generator().manual_seed(1),
    ).images[0]
    seconds, processor = time.perf_counter() - clock, time.process_time() - began
    image.save(picture)
    return {"seconds": [seconds], "processor": [processor]}


def _parts_of_prior(prior: Path, how: dict[str, Any]) -> dict[str, Any]:
    from diffusers import PriorTransformer, UnCLIPScheduler
    from transformers import CLIPTextModelWithProjection, CLIPTokenizer

    return {
        "prior": PriorTransformer.from_pretrained(prior / "prior", **how),
        "text_encoder": CLIPTextModelWithProjection.from_pretrained(prior / "text_encoder", **how),
        "tokenizer": CLIPTokenizer.from_pretrained(prior / "tokenizer"),
        "scheduler": UnCLIPScheduler.from_pretrained(prior / "scheduler"),
        "image_encoder": None,
        "image_processor": None,
    }


# -- What the benchmark says -----------------------------------------------------------------------

AIMS = (
    Aim("real-size 2.2 on a processor: anonymous memory at most", "GB", 1.0),
    Aim("real-size 2.2 on a processor: words to a picture, from cold", "s", 1.0),
)


def measure(effort: Effort) -> list[Measure]:
    """Paint in turn. Anonymous memory is held against what is aimed at, time against theirs."""
    if not sys.platform.startswith("linux"):
        raise CannotMeasure("only Linux says what is anonymous")
    model, side = MODEL, SIDE
    if effort.short:
        from benchmarks.engine import make_model

        make_model(NARROW_MODEL, effort)
        model, side = NARROW_MODEL, SHORT_SIDE
    else:
        from benchmarks.real_model import write_model

        write_model(model)
    told = compare(model, side, effort.pairs if effort.short else 3)
    memory, clock = AIMS
    note = f"{side} × {side}, {PRIOR_STEPS} + {STEPS} steps, {told['dtype']}, one picture from cold"
    anonymous = [max(one[how]["anonymous"] for one in told["pairs"]) for how in (OURS, THEIRS)]
    ours, theirs = ([one[how]["processor"] for one in told["pairs"]] for how in (OURS, THEIRS))
    seconds = [[one[how]["seconds"] for one in told["pairs"]] for how in (OURS, THEIRS)]
    return [
        Measure(
            name=memory.name,
            ours=anonymous[0] / 1e9,
            theirs=MOST_ANONYMOUS / 1e9,
            unit=memory.unit,
            goal=memory.goal,
            runs=len(ours),
            threads=THREADS,
            note=f"{note}; files' pages apart; by hand {anonymous[1] / 1e9:.2f} GB",
        ),
        Measure(
            name=clock.name,
            ours=min(ours),
            theirs=min(theirs),
            unit=clock.unit,
            goal=clock.goal,
            runs=len(ours),
            threads=THREADS,
            note=f"{note}; processor time, the least of all pairs; by the clock"
            f" {min(seconds[0]):.1f} and {min(seconds[1]):.1f} s; the pictures differ by"
            f" {told['apart']:.3g} of 255 in the mean",
        ),
    ]


def compare(model: Path, side: int, pairs: int) -> dict[str, Any]:
    """Paint in turn, and say what each process took. Raises CannotMeasure where one failed."""
    told: list[dict[str, Any]] = []
    dtype, apart = "", 0.0
    with tempfile.TemporaryDirectory() as folder:
        pictures = {how: Path(folder, f"{how}.png") for how in (OURS, THEIRS)}
        for pair in range(pairs):
            round_: dict[str, Any] = {}
            for how in (OURS, THEIRS) if pair % 2 == 0 else (THEIRS, OURS):
                options = [str(model), f"--side={side}", f"--picture={pictures[how]}"]
                made = painted(how, [*options, f"--dtype={dtype}"])
                if made.code:
                    raise CannotMeasure(f"{how} ended with {made.code}: {made.errors}")
                dtype = dtype or made.told["dtype"]
                round_[how] = {
                    "anonymous": made.anonymous,
                    "files": made.files,
                    "resident": made.resident,
                    "seconds": made.told["seconds"][0],
                    "processor": made.told["processor"][0],
                    "ways": made.told.get("ways", []),
                }
            told.append(round_)
        apart = _apart(*pictures.values())
        if apart > NEARLY:
            raise CannotMeasure(f"the pictures differ by {apart:.1f} of 255 in the mean")
    return {"dtype": dtype, "apart": apart, "pairs": told}


def _apart(one: Path, other: Path) -> float:
    from PIL import Image, ImageChops, ImageStat

    with Image.open(one) as first, Image.open(other) as second:
        return float(sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3)


def under_limits(model: Path, side: int, limits: Sequence[float], jobs: int) -> bool:
    """Paint under each limit in GB, say how it went, and return whether each made its picture."""
    every = True
    for limit in limits:
        with tempfile.TemporaryDirectory() as folder, limited(round(limit * 1e9)) as group:
            options = [str(model), f"--side={side}", f"--jobs={jobs}"]
            made = painted(OURS, [*options, f"--picture={folder}/made.png"], group)
            whole = not made.code and Path(folder, "made.png").is_file()
        every = every and whole
        print(f"{limit:g} GB: {'a picture' if whole else f'ended with {made.code}: {made.errors}'}")
        print(_figures(made.anonymous, made.files, made.told))
    return every


def _figures(anonymous: int, files: int, told: dict[str, Any]) -> str:
    lines = [f"  anonymous {anonymous / 1e9:.2f} GB, files {files / 1e9:.2f} GB at most"]
    for name in ("seconds", "processor"):
        if name in told:
            every = told[name] if isinstance(told[name], list) else [told[name]]
            lines.append(f"  {name}: {', '.join(f'{one:.1f}' for one in every)}")
    return "\n".join([*lines, *(f"    {way}" for way in told.get("ways", ()))])


BENCHMARKS = (Benchmark("real-memory", AIMS, measure, when_asked=True),)


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 if each picture was made."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_memory", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limits", type=float, nargs="+", metavar="GB")
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--jobs", type=int, default=1, help="of ours, one after the other")
    parser.add_argument("--paint", choices=(OURS, THEIRS), help=argparse.SUPPRESS)
    parser.add_argument("--picture", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--dtype", default="", help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.paint == OURS:
        print(json.dumps(paint_ours(args.folder, args.side, args.jobs, args.picture)))
        return 0
    if args.paint == THEIRS:
        print(json.dumps(paint_by_hand(args.folder, args.side, args.dtype, args.picture)))
        return 0
    if not any(args.folder.glob("*/model_index.json")):
        from benchmarks.real_model import write_model

        write_model(args.folder)
    if args.limits:
        return 0 if under_limits(args.folder, args.side, args.limits, args.jobs) else 1
    told = compare(args.folder, args.side, args.pairs)
    print(f"{told['dtype']}, the pictures differ by {told['apart']:.3g} of 255 in the mean")
    for pair in told["pairs"]:
        for how, one in pair.items():
            print(f"{how}:\n{_figures(one['anonymous'], one['files'], one)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
