"""MoVQ in bands of rows against diffusers' own way, and what a second job reads from the disk.

    python -m benchmarks.bands bands --pairs 9     what the benchmarks run in a process of its own
    python -m benchmarks.bands again MODEL

The MoVQ has the published shape, random weights and single precision. The peaks are those of the
tensors that torch's operations return, by the engine's own account of them.
"""

import argparse
import json
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
AGAIN = (Aim("a second job of a model after another model: bytes read", "MiB", 0.0),)


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
    """Count what a second job reads of the disk, where all of it finds room in memory."""
    del effort
    told = child.run("-m", "benchmarks.bands", "again", str(STARTER))
    (aim,) = AGAIN
    if not told["first"]:
        raise CannotMeasure("the first job read nothing")
    return [
        Measure(
            name=aim.name,
            ours=told["second"] / 2**20,
            theirs=told["first"] / 2**20,
            unit=aim.unit,
            goal=aim.goal,
            runs=1,
            note="weights taken from files, against those of the model's first job;"
            f" {told['networks']} networks loaded by the second",
        )
    ]


def again(model: Path) -> dict[str, int]:
    """Paint with a model, with a copy of it that is another one, and with the first again."""
    import shutil

    from safetensors.torch import load_file, save_file

    from benchmarks.painting import Ours
    from kandinsky_desktop.domain.conditioning import Prompt
    from kandinsky_desktop.domain.request import Paint, Sampling
    from kandinsky_desktop.engine import weight_reading

    sampling = Sampling(width=64, height=64, steps=2, prior_steps=2)
    with TemporaryDirectory() as folder:
        other = shutil.copytree(model, Path(folder, "other"))
        for file in other.rglob("*.safetensors"):  # other contents: another model
            tensors = load_file(file)
            save_file({name: one * 1.001 for name, one in tensors.items()}, file)
        ours = Ours(model, Path(folder, "cache"), THREADS, previews=False)
        others = Ours(other, Path(folder, "cache"), THREADS, previews=False)
        others._engine = ours._engine
        read, loads = [], []
        for number, one in enumerate((ours, others, ours)):
            before = weight_reading.bytes_read(), ours._engine.loads
            request = Paint(conditioning=Prompt(f"picture {number}"), sampling=sampling)
            one.paint(request)
            read.append(weight_reading.bytes_read() - before[0])
            loads.append(ours._engine.loads - before[1])
    return {"first": read[0], "second": read[2], "networks": loads[2]}


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
