"""Two workers of one thread each that train one model: gloo averages the gradients each step."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor, nn

RANK = int(os.environ.get("STARTER_RANK", "0"))
SIZE = int(os.environ.get("STARTER_WORKERS", "1"))


def join() -> None:
    """Meet the other workers; alone, only take one thread."""
    torch.set_num_threads(1)
    if SIZE > 1:
        meeting = "file://" + os.environ["STARTER_MEETING"]
        dist.init_process_group("gloo", init_method=meeting, rank=RANK, world_size=SIZE)


def leave(code: int = 0) -> NoReturn:
    """End this worker at once, with everything written.

    An ordinary end aborts one time in ten, after Python's own: "terminate called without an active
    exception", a thread that was not waited for (torch 2.13, gloo).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def spawn(arguments: list[str], size: int) -> list[subprocess.Popen[bytes]]:
    """Start the workers of one stage; passive waiting keeps a busy machine usable."""
    meeting = Path(mkdtemp(prefix="starter-")) / "meeting"
    workers = []
    for rank in range(size):
        environment = os.environ | {
            "STARTER_RANK": str(rank),
            "STARTER_WORKERS": str(size),
            "STARTER_MEETING": str(meeting),
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "OMP_WAIT_POLICY": "passive",
            "GLOO_SOCKET_IFNAME": "lo",
            # glibc gives large tensors back at once, and the kernel clears their pages at each step
            "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
            "MALLOC_TRIM_THRESHOLD_": str(8 << 30),
        }
        workers.append(subprocess.Popen([sys.executable, *arguments], env=environment))
    return workers


def average(parameters: list[nn.Parameter], told: list[float]) -> list[float]:
    """Average the gradients in place, and let everybody know what the first worker tells."""
    if SIZE == 1:
        return told
    gradients = [p.grad for p in parameters if p.grad is not None]
    control = torch.tensor(told if RANK == 0 else [0.0] * len(told))
    flat = torch.cat([g.reshape(-1) for g in gradients] + [control * SIZE])
    dist.all_reduce(flat)
    flat /= SIZE
    start = 0
    for gradient in gradients:
        gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
    return [float(value) for value in flat[start:]]


def wait_for_all() -> None:
    """Go on only when every worker is here."""
    if SIZE > 1:
        dist.barrier()


def same_everywhere(state: list[Tensor]) -> None:
    """Give every worker the first one's tensors, in place."""
    if SIZE > 1:
        for tensor in state:
            dist.broadcast(tensor, 0)
