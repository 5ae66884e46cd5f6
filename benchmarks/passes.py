"""Counts how often the networks are really run, on how many rows, and how long a pass takes."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from torch.nn import Module
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

NETWORKS = {
    "PriorTransformer": "prior",
    "CLIPTextModelWithProjection": "text encoder",
    "CLIPVisionModelWithProjection": "image encoder",
    "UNet2DConditionModel": "U-Net",
}


@dataclass(slots=True)
class Passes:
    """The passes of each network, by the rows that went through it."""

    seconds: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    @property
    def looks(self) -> int:
        """The passes of all but the U-Net: what a cache is to spare."""
        return sum(len(took) for (name, _rows), took in self.seconds.items() if name != "U-Net")

    def plain(self) -> list[dict[str, Any]]:
        """Return them for JSON."""
        return [
            {"network": network, "rows": rows, "passes": len(took), "seconds": median(took)}
            for (network, rows), took in self.seconds.items()
        ]


@contextmanager
def counted() -> Iterator[Passes]:
    """Lend what counts the passes meanwhile."""
    passes = Passes()
    began: list[float] = []

    def begin(module: Module, given: Any) -> None:
        del given
        if type(module).__name__ in NETWORKS:
            began.append(time.perf_counter())

    def end(module: Module, given: Any, made: Any) -> None:
        del given
        name = NETWORKS.get(type(module).__name__)
        if name:
            key = (name, made[0].shape[0])
            passes.seconds.setdefault(key, []).append(time.perf_counter() - began.pop())

    with ExitStack() as hooks:
        for handle in (register_module_forward_pre_hook(begin), register_module_forward_hook(end)):
            hooks.callback(handle.remove)
        yield passes
