"""What the engine runs on: the device, its number formats, its threads and its memory."""

import ctypes
import errno
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil
import torch
from torch.nn import Module

from kandinsky_desktop.domain.activations import Attention
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.engine.limits import memory_limit, own_limits
from kandinsky_desktop.engine.weight_reading import move
from kandinsky_desktop.store import atomic_file

log = logging.getLogger(__name__)

SMALL = 200_000_000  # weights; below this single precision costs nothing worth saving
WORTH_IT = 1.2  # bf16 is taken on a CPU where it is at least so many times as fast
GLANCE = 16  # a first probe takes so small a part of the width: without instructions it is slow too
SLOW = 0.25  # a gain there below which bf16 is never worth it
# how torch's plain errors say that there was no memory: of the processor, of Apple's GPU, and of
# the libraries of NVIDIA and AMD
NO_MEMORY = (
    "DefaultCPUAllocator",
    "not enough memory",
    "MPS backend out of memory",
    "Invalid buffer size",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUSPARSE_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",  # no room for its own handle
    "CUDNN_STATUS_NOT_INITIALIZED",
    "unable to find an engine to execute this computation",  # none whose workspace fits
    "CUDA error: out of memory",
    "HIP error: out of memory",
    "std::bad_alloc",
    "Cannot allocate memory",
    "os error 1455",  # Windows, whose paging file is full: of safetensors
    "error code: <1455>",  # and of torch
)
PAGING_FILE_FULL = 1455  # Windows' number of it
MIB = 2**20
OWN_RESERVE = 600 * MIB  # of a limit that is for this process alone: the interpreter and libraries
HOST_RESERVE = 1_500_000_000  # of a machine's memory: for the system and other programs
KEPT_ON_HOST = 3_000_000_000  # bytes of networks that stay there in any case
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def says_no_memory(error: BaseException) -> bool:
    """Return whether an error says that there was no memory, on whatever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM or getattr(error, "winerror", 0) == PAGING_FILE_FULL
    said = isinstance(error, RuntimeError | OSError)  # Rust's say no number
    return said and any(words in str(error) for words in NO_MEMORY)


@dataclass(frozen=True)
class Device:
    """Where tensors live. `kind` is torch's word: cpu, cuda (ROCm's too) or mps.

    What it answers is all that the engine asks of a device: engine/simulated.py answers it too.
    """

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

    @property
    def keeps_evicted(self) -> bool:
        """Whether what is evicted may stay in the memory of the machine, which is another one."""
        return self.kind == "cuda"

    @property
    def host_bytes(self) -> int:
        """Return what a phase may take of the machine's memory, where the device has its own."""
        return max(0, memory_limit() - HOST_RESERVE) if self.keeps_evicted else 0

    @property
    def most_kept_bytes(self) -> int | None:
        """Return how many bytes of networks may stay beside each other; None: as many as fit.

        A card's memory is there for it. A processor's is everybody's, and what is let go of comes
        back from its file, whose pages the system keeps where nobody else needs them.
        """
        return None if self.keeps_evicted else max(KEPT_ON_HOST, self.total_bytes() // 8)

    @property
    def streams(self) -> bool:
        """Whether weights can be copied to it from the machine's memory while it works."""
        return self.kind == "cuda"

    def total_bytes(self) -> int:
        """Return what there is for this process, whatever others take: the card's, or a limit."""
        if self.kind == "cuda":
            return torch.cuda.mem_get_info()[1]
        if self.kind == "mps":
            return min(torch.mps.recommended_max_memory(), memory_limit())
        return memory_limit()

    def free_bytes(self) -> int:
        """Return what can still be taken, torch's own unused cache included."""
        if self.kind == "cuda":
            free, _total = torch.cuda.mem_get_info()
            return free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return host_free_bytes()

    def kept_bytes(self) -> int:
        """Return what its allocator keeps from others and does not use; free_bytes counts it in."""
        if self.kind != "cuda":
            return 0
        return torch.cuda.memory_reserved() - torch.cuda.memory_allocated()

    @property
    def reserve_bytes(self) -> int:
        """Return what is left to the driver's context and to other programs."""
        if self.kind == "cuda":
            return 600 * MIB
        return HOST_RESERVE if not own_limits() else OWN_RESERVE

    @property
    def budget_bytes(self) -> int:
        """Return what plans may take: the total less the reserve.

        Not the moment's free memory: batches, and with them the bits of pictures, would change
        from job to job.
        """
        return max(0, self.total_bytes() - self.reserve_bytes)

    def memory(self) -> Memory:
        """Measure now."""
        if self.kind == "cuda":
            free, total = torch.cuda.mem_get_info()
            return Memory(torch.cuda.memory_reserved(), free, total)
        return Memory(_resident(), max(0, host_free_bytes()), memory_limit())

    def reset_peak(self) -> None:
        """Begin to look for a new peak, where the device knows its own."""
        if self.kind == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def peak_bytes(self) -> int | None:
        """Return the most that was taken at once since then; None where the device cannot say."""
        return torch.cuda.max_memory_allocated() if self.kind == "cuda" else None

    def reserved_peak_bytes(self) -> int | None:
        """Return the most that the allocator reserved since then; None where it cannot say."""
        return torch.cuda.max_memory_reserved() if self.kind == "cuda" else None

    def allocated_bytes(self) -> int:
        """Return what is taken now by tensors of this process, where the device can say."""
        return torch.cuda.memory_allocated() if self.kind == "cuda" else 0

    @property
    def fingerprint(self) -> str:
        """What memory depends on beside the network: the device, its driver and torch."""
        driver = ""
        if self.kind == "cuda":
            driver = f", CUDA {torch.version.cuda or torch.version.hip}, driver {_driver()}"
        return f"{self.name}{driver}, torch {torch.__version__}"

    @property
    def attention(self) -> Attention:
        """How it computes attention."""
        return "math" if self.kind == "mps" else "efficient"

    @property
    def rounds_up(self) -> bool:
        """Whether its allocator reserves more than it hands out, and keeps what was given back."""
        return self.kind == "cuda"

    def synchronize(self) -> None:
        """Wait until all is done that it was told to do: cards are told in advance."""
        if self.kind == "cuda":
            torch.cuda.synchronize()
        elif self.kind == "mps":
            torch.mps.synchronize()

    @property
    def is_lost(self) -> bool:
        """Whether it answers this process no more, as a card may after sleep or a driver's fault.

        All that is asked of it fails then, whatever it is; another process can have it again.
        """
        try:
            self.synchronize()
        except RuntimeError as error:
            return not says_no_memory(error)
        return False

    def empty_cache(self) -> None:
        """Give freed memory back to the driver or to the system, pinned memory too."""
        if self.kind == "cuda":
            torch.cuda.empty_cache()
            give_back = getattr(torch._C, "_host_emptyCache", None)  # not in every build of torch
            if give_back is not None:
                give_back()
        elif self.kind == "mps":
            torch.mps.empty_cache()
        _trim()

    def limit(self, cap_bytes: int | None) -> None:
        """Let a card say that it is full where a person's cap is reached.

        Without a cap at its end or, on Windows, before it: there the driver moves what is too much
        to the machine's memory, and works many times slower without a word. Not run by us yet.
        """
        if self.kind != "cuda":
            return
        most = self.budget_bytes if sys.platform == "win32" else self.total_bytes()
        most = most if cap_bytes is None else min(cap_bytes, most)
        torch.cuda.set_per_process_memory_fraction(min(1.0, most / self.total_bytes()))

    def accounting(self) -> AbstractContextManager[None]:
        """Return what a job runs in: a simulated device counts there."""
        return nullcontext()

    def on_host(self) -> AbstractContextManager[None]:
        """Return what work in the machine's memory is done in."""
        return nullcontext()

    def put(self, network: Module, look: Callable[[], None]) -> Module:
        """Move a network to the device, tensor by tensor.

        What `look` raises before one ends it; called again it goes on with the rest.
        """
        move(network, self.torch, look)
        return network

    def take(self, network: Module) -> Module:
        """Move a network to the machine's memory."""
        return network.to("cpu")


def host_free_bytes() -> int:
    """Return what this process can still take of the machine's memory, within its own limits."""
    free = psutil.virtual_memory().available
    return min([free, *(one - _resident() for one in own_limits())])


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


def _resident() -> int:
    """Return the bytes that this process has in memory."""
    return int(psutil.Process().memory_info().rss)


@lru_cache(maxsize=1)
def _libc() -> Any:
    return ctypes.CDLL(None) if sys.platform == "linux" else None


def _trim() -> None:
    """Give back what was freed and glibc keeps; other systems' libraries do it themselves."""
    trim = getattr(_libc(), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _driver() -> str:
    try:
        lines = Path("/proc/driver/nvidia/version").read_text("utf-8").splitlines()
    except OSError:
        return "not known"
    return " ".join(lines[0].split()[:9]) if lines else "not known"


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
        gain = _gain(GLANCE)
        if gain > SLOW:
            gain = _gain()
        log.info("bf16 is %.2f times as fast as fp32 on this CPU", gain)
        try:
            atomic_file.write(file, json.dumps(known | {key: gain}, indent=1).encode())
        except OSError as error:
            log.warning("the cache cannot be written: %s", error)
    return gain


def _gain(part: int = 1) -> float:
    return _probe(torch.float32, part) / _probe(torch.bfloat16, part)


@torch.inference_mode()
def _probe(dtype: torch.dtype, part: int = 1) -> float:
    """Return the seconds of a convolution and a product, at a part of a decoder's width."""
    narrow, wide = 384 // part, 1536 // part
    picture = torch.randn(2, narrow, 32, 32, dtype=dtype)
    kernel = torch.randn(narrow, narrow, 3, 3, dtype=dtype)
    rows, matrix = torch.randn(256, wide, dtype=dtype), torch.randn(wide, wide, dtype=dtype)
    best = float("inf")
    for _round in range(4):  # the first one warms up; a shared machine disturbs some
        start = time.perf_counter()
        torch.nn.functional.conv2d(picture, kernel, padding=1)
        for _product in range(4):
            rows @ matrix
        best = min(best, time.perf_counter() - start)
    return best
