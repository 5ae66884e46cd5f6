"""What the engine runs on: the device, its number formats, its threads and its memory."""

import json
import logging
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file

log = logging.getLogger(__name__)

SMALL = 200_000_000  # weights; below this single precision costs nothing worth saving
WORTH_IT = 1.2  # bf16 is taken on a CPU where it is at least so many times as fast
# how torch's plain RuntimeErrors say that the processor, or Apple's GPU, had no memory
NO_MEMORY = ("DefaultCPUAllocator", "MPS backend out of memory", "Invalid buffer size")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Device:
    """Where tensors live. `kind` is torch's word: cpu, cuda or mps."""

    kind: str

    @property
    def torch(self) -> torch.device:
        """The device as torch takes it."""
        return torch.device(self.kind)

    @property
    def name(self) -> str:
        """What people call it."""
        if self.kind == "cuda":
            return torch.cuda.get_device_name()
        if self.kind == "mps":
            return "Apple GPU"
        return _processor()

    def free_bytes(self) -> int:
        """Return what can still be taken, torch's own unused cache included."""
        if self.kind == "cuda":
            free, _total = torch.cuda.mem_get_info()
            return free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return psutil.virtual_memory().available

    @property
    def reserve_bytes(self) -> int:
        """Return what is left to the driver's context and to other programs."""
        return 600 * 2**20 if self.kind == "cuda" else 1_500_000_000

    @property
    def budget_bytes(self) -> int:
        """Return what plans may take: the total less the reserve.

        Not the moment's free memory: batches, and with them the bits of pictures, would change
        from job to job.
        """
        return max(0, self.memory().total_bytes - self.reserve_bytes)

    def memory(self) -> Memory:
        """Measure now."""
        if self.kind == "cuda":
            free, total = torch.cuda.mem_get_info()
            return Memory(torch.cuda.memory_reserved(), free, total)
        system = psutil.virtual_memory()
        return Memory(psutil.Process().memory_info().rss, system.available, system.total)

    def empty_cache(self) -> None:
        """Give freed memory back to the driver."""
        if self.kind == "cuda":
            torch.cuda.empty_cache()
        elif self.kind == "mps":
            torch.mps.empty_cache()


def best_device() -> Device:
    """Return the fastest device there is."""
    if torch.cuda.is_available():
        return Device("cuda")
    if torch.backends.mps.is_available():
        return Device("mps")
    return Device("cpu")


def named_device(name: str) -> Device:
    """Return the device of that name. Raises InvalidRequest if this machine has none."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": _mps()}
    if not there.get(name):
        raise InvalidRequest(
            _("This machine has no device {name!r}; it has: {names}.").format(
                name=name, names=", ".join(kind for kind, is_there in there.items() if is_there)
            )
        )
    return Device(name)


def best_dtype(device: Device, weights: int, cache: Path) -> torch.dtype:
    """Return the number format for a model of so many weights.

    Half precision on graphics cards (bf16 would fall back to slow attention on older ones). On a
    CPU single precision, or bf16 for large models where it was measured faster on this machine.
    """
    if device.kind in ("cuda", "mps"):
        return torch.float16
    if weights < SMALL:
        return torch.float32
    return torch.bfloat16 if _bf16_gain(cache) >= WORTH_IT else torch.float32


def own_threads() -> int:
    """Return the number of threads that leave one core to the window."""
    return max(1, (os.cpu_count() or 1) - 1)


def libraries() -> tuple[str, ...]:
    """Return the versions of what computes, as a picture records them."""
    import diffusers
    import transformers

    named = (("torch", torch), ("diffusers", diffusers), ("transformers", transformers))
    return tuple(f"{name} {module.__version__}" for name, module in named)


def _mps() -> bool:
    return bool(torch.backends.mps.is_available())


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _bf16_gain(cache: Path) -> float:
    """Return how many times as fast bf16 is as fp32 here, measured once per machine and torch."""
    file = cache / "cpu-speed.json"
    key = f"{_processor()} x{torch.get_num_threads()} torch {torch.__version__}"
    try:
        known = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        known = {}
    if not isinstance(known, dict):
        known = {}
    gain = known.get(key)
    if not isinstance(gain, float):
        gain = _probe(torch.float32) / _probe(torch.bfloat16)
        log.info("bf16 is %.2f times as fast as fp32 on this CPU", gain)
        try:
            atomic_file.write(file, json.dumps(known | {key: gain}, indent=1).encode())
        except OSError as error:
            log.warning("the cache cannot be written: %s", error)
    return gain


@torch.inference_mode()
def _probe(dtype: torch.dtype) -> float:
    """Return the seconds of a convolution and a product of the decoder's sizes."""
    picture = torch.randn(2, 384, 32, 32, dtype=dtype)
    kernel = torch.randn(384, 384, 3, 3, dtype=dtype)
    rows, matrix = torch.randn(256, 1536, dtype=dtype), torch.randn(1536, 1536, dtype=dtype)
    best = float("inf")
    for _round in range(4):  # the first one warms up; a shared machine disturbs some
        start = time.perf_counter()
        torch.nn.functional.conv2d(picture, kernel, padding=1)
        for _product in range(4):
            rows @ matrix
        best = min(best, time.perf_counter() - start)
    return best
