"""What passes between a phase that runs on the processor and those on the device."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.plan import Key
from kandinsky_desktop.engine.context import HOST_DTYPE

HOST = torch.device("cpu")


def moved(value: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """Return an output of a phase on a device, its numbers in a format. What is no tensor stays."""
    if isinstance(value, Tensor):
        return value.to(device, dtype if value.is_floating_point() else value.dtype)
    if isinstance(value, dict):
        return {name: moved(one, device, dtype) for name, one in value.items()}
    return value


class OnProcessor(Mapping[Key, Any]):
    """The outputs of earlier phases, as one that runs on the processor takes them."""

    def __init__(self, outputs: Mapping[Key, Any]) -> None:
        self._outputs = outputs

    def __getitem__(self, key: Key) -> Any:
        """Return an output in the machine's memory."""
        return moved(self._outputs[key], HOST, HOST_DTYPE)

    def __iter__(self) -> Iterator[Key]:
        """Go through the keys."""
        return iter(self._outputs)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._outputs)
