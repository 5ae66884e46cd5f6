"""A network whose weights lie on its device in 8 bits, each layer's widened while it runs.

Of linear layers and convolutions, with a scale for each channel that they make; all else stays as
it is. Half of the memory, a little slower, and a slightly different picture.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from kandinsky_desktop.domain.packing import is_packed
from kandinsky_desktop.engine.device import Device

MOST = 127  # of 8 bits; the same on both sides of nothing


def pack(weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return weights in 8 bits, and their scales in the number format that they are run in.

    A weight is off by half a step at most: 1/254 of the largest of its channel.
    """
    wide = weights.float()
    largest = wide.abs().amax(dim=tuple(range(1, wide.dim())), keepdim=True)
    scales = (largest / MOST).to(dtype)
    scales = torch.where(scales > 0, scales, torch.ones_like(scales))
    steps = (wide / scales.float()).round_().clamp_(-MOST, MOST)
    return steps.to(torch.int8), scales


def unpack(packed: Tensor, scales: Tensor) -> Tensor:
    """Return weights as they are run."""
    return packed.to(scales.dtype).mul_(scales)


def rounded(weights: Tensor, dtype: torch.dtype) -> Tensor:
    """Return weights as they come back from 8 bits, to the bit."""
    return unpack(*pack(weights, dtype))


def pack_network(
    network: Module, device: Device, dtype: torch.dtype, look: Callable[[], None]
) -> Module:
    """Bring a network, on the host in any number format, to a device in 8 bits, layer by layer.

    What `look` raises, which is called before each tensor, ends it. Raises torch.OutOfMemoryError
    where the device has no room.
    """

    def there(one: Tensor) -> Tensor:
        wanted = dtype if one.is_floating_point() else one.dtype
        return one.to(device.torch, wanted, copy=device.streams)

    with torch.inference_mode(False), torch.no_grad():
        for name, layer in network.named_modules():
            own: Sequence[tuple[str, Any]] = [
                *layer.named_parameters(recurse=False),
                *layer.named_buffers(recurse=False),
            ]
            for its_name, one in own:
                look()
                if not is_packed(f"{name}.{its_name}", one.shape):
                    one.data = there(one.data)
                    continue
                with device.on_host():
                    packed, scales = pack(one.data, dtype)
                _Packed(layer, one, there(packed), there(scales))
    return network


class _Packed:
    """The weights of one layer: widened before it runs, and let go of after it."""

    def __init__(self, layer: Module, weights: Tensor, packed: Tensor, scales: Tensor) -> None:
        self._weights, self._packed, self._scales = weights, packed, scales
        self._shown = scales.reshape(-1)[0].expand(packed.shape)  # one number, at every place
        weights.data = self._shown
        layer.register_forward_pre_hook(self._widen)
        # always: a layer in which memory ran out gives back its weights too
        layer.register_forward_hook(self._narrow, always_call=True)

    def _widen(self, layer: Module, given: Any) -> None:
        del layer, given
        with torch.inference_mode(False), torch.no_grad():
            self._weights.data = unpack(self._packed, self._scales)

    def _narrow(self, layer: Module, given: Any, made: Any) -> None:
        del layer, given, made
        with torch.inference_mode(False), torch.no_grad():
            self._weights.data = self._shown
