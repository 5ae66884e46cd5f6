"""MoVQ in bands of rows against diffusers' own way, and what a second job reads from the disk.

    python -m benchmarks.bands bands --pairs 9     what the benchmarks run in a process of its own
    python -m benchmarks.bands again MODEL

The MoVQ has the published shape, random weights and single precision. The peaks are those of the
tensors that torch's operations return, by the engine's own account of them.
"""

import argparse
import ctypes
import json
import mmap
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import child
from benchmarks.engine import THREADS
from benchmarks.half import STARTER
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure

MOVQ: dict[str, Any] = {  # as published
    "down_block_types": ("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
    "up_block_types": ("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
    "block_out_channels": (128, 256, 256, 512),
    "layers_per_block": 2,
    "latent_channels": 4,
    "num_vq_embeddings": 16384,
    "vq_embed_dim": 4,
    "norm_type": "spatial",
}
SIDE, SHORT_SIDE = 256, 64
CLOSE = 1e-5  # of the largest number
AIMS = tuple(
    Aim(f"MoVQ in bands: {what}, {figure}", unit, goal)
    for what, peak in (("decode", 0.5), ("encode", 0.6))
    for figure, unit, goal in (("time", "s", 1.1), ("peak of activations", "MiB", peak))
)
AGAIN = tuple(
    Aim(f"a second job of a model after another model: {what}", "MiB", 0.0)
    for what in (
        "weights read",
        "read from the disk",
        "read from the disk, where few networks stay",
        "weights read by the third, where few networks stay at first",
    )
)


def in_bands(effort: Effort) -> list[Measure]:
    """Compare processor times in turn, and peaks once. The results must be equal."""
    told = child.run(
        "-m",
        "benchmarks.bands",
        "bands",
        f"--pairs={effort.pairs}",
        *(["--short"] if effort.short else []),
        environment={"OMP_NUM_THREADS": str(THREADS)},
    )
    apart = max(one["apart"] for one in told.values())
    if not apart < CLOSE:
        raise CannotMeasure(f"bands say something else: {apart:.2g} of the largest number")
    measures = []
    for aims, one in zip((AIMS[:2], AIMS[2:]), told.values(), strict=True):
        for aim, figure in zip(aims, ("seconds", "peaks"), strict=True):
            ours, theirs = one[figure]["ours"], one[figure]["theirs"]
            measures.append(
                Measure(
                    name=aim.name,
                    ours=sum(ours) / len(ours),
                    theirs=sum(theirs) / len(theirs),
                    unit=aim.unit,
                    goal=aim.goal,
                    runs=len(ours),
                    threads=THREADS,
                    note=f"{one['side']} × {one['side']}, float32, in turn; apart by at most"
                    f" {one['apart']:.1g} of the largest number",
                    ratios=tuple(a / b for a, b in zip(ours, theirs, strict=True)),
                )
            )
    return measures


def compare(pairs: int, *, short: bool) -> dict[str, Any]:
    """Decode and encode in turn, after one round that warms up."""
    import torch
    from diffusers import VQModel

    from kandinsky_desktop.engine import banded
    from kandinsky_desktop.engine.layer_patches import spare
    from kandinsky_desktop.engine.simulated import SimulatedDevice

    torch.manual_seed(0)
    torch.set_num_threads(THREADS)
    movq: Any = VQModel(**MOVQ).eval()
    spare(movq)
    side = SHORT_SIDE if short else SIDE
    latents, pixels = torch.randn(1, 4, side // 8, side // 8), torch.rand(1, 3, side, side) * 2 - 1
    ways: dict[str, dict[str, Callable[[], torch.Tensor]]] = {
        "decode": {
            "ours": lambda: banded.decode(movq.decoder, movq.post_quant_conv(latents), latents),
            "theirs": lambda: movq.decode(latents, force_not_quantize=True).sample,
        },
        "encode": {
            "ours": lambda: movq.quant_conv(banded.encode(movq.encoder, pixels)),
            "theirs": lambda: movq.encode(pixels).latents,
        },
    }
    told: dict[str, Any] = {}
    with torch.inference_mode():
        for name, both in ways.items():
            made, peaks = {}, {}
            for who, way in both.items():
                way()  # warms up, and lays weights as they will lie
                account = SimulatedDevice(2**50)
                with account.accounting():
                    made[who] = way()
                peaks[who] = [account.peak / 2**20]
            seconds: dict[str, list[float]] = {who: [] for who in both}
            for _pair in range(pairs):
                for who, way in both.items():
                    began = time.process_time()
                    way()
                    seconds[who].append(time.process_time() - began)
            furthest = (made["ours"] - made["theirs"]).abs().max() / made["theirs"].abs().max()
            told[name] = {
                "side": side,
                "seconds": seconds,
                "peaks": peaks,
                "apart": float(furthest),
            }
    return told


def read_again(effort: Effort) -> list[Measure]:
    """Count what a second job reads, where all of it finds room in the machine's memory.

    On a processor few networks stay beside each other at first: the others' files stay in the
    system's memory, and what comes back stays from then on. The files are taken out of there first.
    """
    del effort
    told = child.run("-m", "benchmarks.bands", "again", str(STARTER))
    if not told["roomy"]["disk"][0]:
        raise CannotMeasure("its files could not be taken out of the system's memory")
    roomy, few = told["roomy"], told["few"]
    figures = (
        (roomy["weights"][1], roomy["weights"][0], f"{roomy['loads'][1]} networks loaded"),
        (roomy["disk"][1], roomy["disk"][0], "pages of its files that came into memory"),
        (few["disk"][1], few["disk"][0], f"{few['loads'][1]} networks loaded from its pages"),
        (few["weights"][2], few["weights"][0], f"{few['loads'][2]} networks loaded"),
    )
    return [
        Measure(
            name=aim.name,
            ours=ours / 2**20,
            theirs=first / 2**20,
            unit=aim.unit,
            goal=aim.goal,
            runs=1,
            note=f"against the model's first job; {note}",
        )
        for aim, (ours, first, note) in zip(AGAIN, figures, strict=True)
    ]


def again(model: Path) -> dict[str, dict[str, list[int]]]:
    """Paint with a model three times, each time but the first after another model.

    Return what each of its jobs read; once as it is, and once on a processor on which nothing
    stays beside the largest network at first.
    """
    from safetensors.torch import load_file, save_file

    from kandinsky_desktop.engine.device import Device

    class Few(Device):
        """A processor that keeps one network, until others come back."""

        @property
        def most_kept_bytes(self) -> int:
            return 1

    told = {}
    with TemporaryDirectory() as folder:
        ours, other = (Path(folder, name) for name in ("ours", "other"))
        shutil.copytree(model, ours)
        shutil.copytree(model, other)
        for file in other.rglob("*.safetensors"):  # other contents: another model
            tensors = load_file(file)
            save_file({name: one * 1.001 for name, one in tensors.items()}, file)
        for name, device in (("roomy", Device("cpu")), ("few", Few("cpu"))):
            told[name] = _three_jobs(ours, other, Path(folder, name), device)
    return told


def _three_jobs(model: Path, other: Path, cache: Path, device: Any) -> dict[str, list[int]]:
    from benchmarks.painting import Ours
    from kandinsky_desktop.domain.conditioning import Prompt
    from kandinsky_desktop.domain.request import Paint, Sampling
    from kandinsky_desktop.engine import weight_reading
    from kandinsky_desktop.engine.engine import Engine

    engine = Engine(cache, THREADS, device)
    sampling = Sampling(width=64, height=64, steps=2, prior_steps=2)
    told: dict[str, list[int]] = {"weights": [], "disk": [], "loads": []}
    ours = {one: Ours(one, cache, THREADS, previews=False) for one in (model, other)}
    for one in (model, other):
        ours[one].use(engine)
        _leave_cache(one)
    for number, one in enumerate((model, other, model, other, model)):
        read, loads, absent = weight_reading.bytes_read(), engine.loads, _absent_bytes(one)
        ours[one].paint(Paint(conditioning=Prompt(f"picture {number}"), sampling=sampling))
        if one is model:
            told["weights"].append(weight_reading.bytes_read() - read)
            told["disk"].append(absent - _absent_bytes(one))
            told["loads"].append(engine.loads - loads)
    return told


def _absent_bytes(model: Path) -> int:
    """Return how many bytes of a model's weights are on the disk alone: nobody has their pages."""
    absent, look = 0, getattr(ctypes.CDLL(None), "mincore", None)
    if look is None:
        raise OSError("this system does not say which pages of a file are in memory")
    for file in model.rglob("*.safetensors"):
        with file.open("rb") as opened:
            whole = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
        pages = (ctypes.c_ubyte * -(-len(whole) // mmap.PAGESIZE))()
        first = ctypes.c_char.from_buffer(whole)
        look(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(whole)), pages)
        del first
        whole.close()
        absent += sum(mmap.PAGESIZE for page in pages if not page & 1)
    return absent


def _leave_cache(model: Path) -> None:
    """Take a model's files out of the system's memory, where it can be asked to."""
    if not hasattr(os, "posix_fadvise"):
        return
    for file in model.rglob("*.safetensors"):
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


BENCHMARKS = (
    Benchmark("bands", AIMS, in_bands),
    Benchmark("read-again", AGAIN, read_again),
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bands", description=__doc__)
    parser.add_argument("what", choices=("bands", "again"))
    parser.add_argument("model", nargs="?", type=Path, default=STARTER)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    done = compare(args.pairs, short=args.short) if args.what == "bands" else again(args.model)
    print(json.dumps(done))
