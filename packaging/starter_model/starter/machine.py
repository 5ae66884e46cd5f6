"""What training runs on: a processor, or a graphics card, and in which number format.

The programs are the same. On a card everything that they make lies on it by default; what comes
from files is handed over by `there`.
"""

import os
import time
from collections.abc import Iterable
from contextlib import nullcontext
from functools import cache

import torch
from torch import Tensor, nn

DEVICE = torch.device(os.environ.get("STARTER_DEVICE", "cpu"))
ON_CARD = DEVICE.type != "cpu"
WIDER = 8 if ON_CARD else 1
"""How many times as large a batch is on a card: it computes that in hardly more time."""


def settle() -> None:
    """Make everything on the card from now on, where training runs on one."""
    if ON_CARD:
        torch.set_default_device(DEVICE)
        torch.set_float32_matmul_precision("high")


def there(tensor: Tensor) -> Tensor:
    """A tensor from a file, where training runs."""
    return tensor.to(DEVICE)


def here(tensors: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Tensors by their names, for a file: any machine reads them again."""
    return {name: tensor.detach().cpu() for name, tensor in tensors}


def clock() -> float:
    """Seconds of the worker's own computing; of the clock where a card computes."""
    return time.perf_counter() if ON_CARD else time.process_time()


def _seconds(layer: nn.Module, pictures: torch.Tensor, bf16: bool) -> float:
    """The least processor time of three passes forth and back."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        with torch.autocast("cpu", torch.bfloat16) if bf16 else nullcontext():
            made = layer(pictures)
        made.float().sum().backward()
        taken.append(time.process_time() - began)
    return min(taken)


@cache
def computes_bf16() -> bool:
    """Whether convolutions are no slower in bf16 than in float32 here, by trying.

    A processor without instructions for bf16 (AVX512_BF16 or AMX) computes it in pieces: the
    decoders trained at a tenth of their pace on one that has AVX2 only.
    """
    if ON_CARD:
        return torch.cuda.is_bf16_supported()
    with torch.inference_mode(False), torch.enable_grad():  # whoever asks
        layer = nn.Conv2d(32, 32, 3, padding=1)
        pictures = torch.zeros(8, 32, 32, 32)
        plain = _seconds(layer, pictures, bf16=False)
        return _seconds(layer, pictures, bf16=True) < 1.2 * plain


def autocast() -> torch.autocast:
    """A context in which networks compute in bf16 where that is no slower."""
    return torch.autocast(DEVICE.type, torch.bfloat16, enabled=computes_bf16())
