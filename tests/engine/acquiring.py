"""Acquires real networks of a model cache, on a device with as much room as a test wants."""

from collections.abc import Sequence
from pathlib import Path

import torch

from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.model_cache import ModelCache
from kandinsky_desktop.store.models import read_model

SINGLE = torch.float32


class SmallDevice(Device):
    """A processor on which little is free."""

    free = 0

    def free_bytes(self) -> int:
        return type(self).free + self.reserve_bytes


def parts(root: Path, *roles: str) -> list[Component]:
    """Return components of the model in a folder."""
    model = read_model(root)
    assert model is not None
    return [model.components[role] for role in roles]


def nobody(component: str, number: int, of: int) -> None:
    """Let nothing be read from disk."""
    raise AssertionError(f"{component} was read")


def anybody(component: str, number: int, of: int) -> None:
    """Let anything be read from disk."""


def acquired(
    models: ModelCache,
    needs: Sequence[Component],
    room: int = 0,
    later: Sequence[Component] = (),
    dtype: torch.dtype = SINGLE,
) -> dict[str, torch.nn.Module]:
    """Return networks by kind; what is not there is read."""
    return models.acquire(needs, dtype, room, later, anybody)


def resident(models: ModelCache) -> list[str]:
    """Return the kinds of what is on the device, in the order of their last use."""
    return [key.component.kind for key in models._resident]
