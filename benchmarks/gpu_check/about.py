"""What the check ran on: the card, its driver, the libraries, and what its attention can do."""

import time
from typing import Any

import torch

from benchmarks.gpu_check.bench import MIB, Bench, Values
from benchmarks.machine import about
from kandinsky_desktop.engine.device import Device

COPIED = 256 * MIB


def tell_about(bench: Bench) -> None:
    """Tell what there is."""
    with bench.row("note", what="machine") as row:
        there = about()
        versions = dict(there.pop("libraries")) | {"accelerate": _version("accelerate")}  # type: ignore[call-overload]
        row |= there
        row["libraries"] = ", ".join(f"{name} {one}" for name, one in versions.items() if one)
    if bench.device != "cuda":
        return
    with bench.row("note", what="card") as row:
        properties = torch.cuda.get_device_properties()
        row |= {
            "name": properties.name,
            "capability": f"{properties.major}.{properties.minor}",
            "MiB": properties.total_memory // MIB,
            "fingerprint": Device("cuda").fingerprint,
            "allocator": torch.cuda.get_allocator_backend(),
        }
    with bench.row("note", what="attention in half precision") as row:
        row |= _kernels()
    with bench.row("note", what="GB a second to the card") as row:
        row["pinned"] = _copying(pinned=True)
        row["not pinned"] = _copying(pinned=False)


def _kernels() -> Values:
    """Return which kernels of attention take what the networks ask for."""
    one = torch.empty(2, 12, 256, 64, dtype=torch.float16, device="cuda")
    wide = torch.empty(1, 1, 256, 512, dtype=torch.float16, device="cuda")
    found: Values = {}
    for name, tensor in (("heads of 64", one), ("a head of 512", wide)):
        asked: Any = torch.backends.cuda.SDPAParams(tensor, tensor, tensor, None, 0.0, False, False)
        found[f"{name}: flash"] = torch.backends.cuda.can_use_flash_attention(asked)
        found[f"{name}: efficient"] = torch.backends.cuda.can_use_efficient_attention(asked)
    return found


def _copying(*, pinned: bool) -> float:
    host = torch.empty(COPIED, dtype=torch.uint8, pin_memory=pinned)
    host.fill_(1)
    card = torch.empty(COPIED, dtype=torch.uint8, device="cuda")
    best = float("inf")
    for _round in range(3):
        torch.cuda.synchronize()
        began = time.perf_counter()
        card.copy_(host, non_blocking=pinned)
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return round(COPIED / best / 1e9, 2)


def _version(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
