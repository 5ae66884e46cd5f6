"""What training runs on: the number format in which this machine is quickest."""

import time
from contextlib import nullcontext
from functools import cache

import torch
from torch import nn


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
    layer = nn.Conv2d(32, 32, 3, padding=1)
    pictures = torch.zeros(8, 32, 32, 32)
    return _seconds(layer, pictures, bf16=True) < 1.2 * _seconds(layer, pictures, bf16=False)


def autocast() -> torch.autocast:
    """A context in which networks compute in bf16 where that is no slower."""
    return torch.autocast("cpu", torch.bfloat16, enabled=computes_bf16())
