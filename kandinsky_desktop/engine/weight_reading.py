"""Makes a network without weights, and reads its weights tensor by tensor where they are wanted.

A tensor of a file is mapped into memory; it is copied only where another number format or device
is wanted, and its pages belong to the file, which the system takes back where memory is short.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import Module, Parameter
from torch.overrides import TorchFunctionMode

META = torch.device("meta")
_read = [0]  # bytes of tensors


def bytes_read() -> int:
    """Return how many bytes of weights this process has taken from files so far."""
    return _read[0]


# What sets first weights: by lot, or to one number. On META that is much work for nothing.
SETS = frozenset(
    (
        *("uniform_", "normal_", "zero_", "fill_"),  # of tensors, and of torch.nn.init:
        *("zeros_", "ones_", "constant_", "trunc_normal_"),
        *("kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_"),
    )
)


class Hollow(TorchFunctionMode):
    """Within it `torch.empty` takes no memory: the weights of what is made are not there yet.

    Nor are they set to anything. Buffers are there, since those that a network works out for itself
    are in no file.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call what is called, but for memory and first weights."""
        del types
        about = dict(kwargs or {})
        if func is torch.empty:
            about["device"] = META
        elif getattr(func, "__name__", "") in SETS:
            tensor = args[0] if args else about["tensor"]
            if tensor.device == META:
                return tensor
        return func(*args, **about)


def fill(
    network: Module,
    files: Sequence[Path],
    dtype: torch.dtype | None,
    look: Callable[[], None],
    device: torch.device | None = None,
) -> bool:
    """Give a hollow network its weights, in a number format (None: each file's own) on a device.

    Returns False, with nothing read, where files and network do not have the same names and shapes.
    What `look` raises before a tensor ends it.
    """
    places = _places(network, files)
    if places is None:
        return False
    for file in files:
        with safe_open(file, "pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - it is no dictionary
                if places.get(name) == file:
                    look()
                    read = opened.get_tensor(name)
                    _read[0] += read.nbytes
                    _put(network, name, read.to(device, _format_of(read, dtype)))
    for name, one in network.named_buffers():
        if name not in places:
            _put(network, name, one.to(device, _format_of(one, dtype)))
    return True


def move(network: Module, device: torch.device, look: Callable[[], None]) -> None:
    """Bring a network's weights to a device one by one.

    What `look` raises before one ends it; called again it goes on with the rest.
    """
    with torch.inference_mode(False), torch.no_grad():
        for one in (*network.parameters(), *network.buffers()):
            if one.device.type != device.type:  # a card's tensors say its number too
                look()
                one.data = one.data.to(device)


def _places(network: Module, files: Sequence[Path]) -> dict[str, Path] | None:
    """Return in which file each tensor of a network lies, or None where one is missing or apart."""
    own = network.state_dict(keep_vars=True)
    if len({id(one) for one in own.values()}) < len(own):
        return None  # tied: one tensor under several names
    places = {}
    for file in files:
        with safe_open(file, "pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - it is no dictionary
                if name in own:
                    if opened.get_slice(name).get_shape() != list(own[name].shape):
                        return None
                    places[name] = file
    return places if len(places) == len(own) else None


def _format_of(tensor: Tensor, dtype: torch.dtype | None) -> torch.dtype:
    return tensor.dtype if dtype is None or not tensor.is_floating_point() else dtype


def _put(network: Module, name: str, tensor: Tensor) -> None:
    owner, _dot, last = name.rpartition(".")
    module = network.get_submodule(owner)
    if last in module._parameters:
        module._parameters[last] = Parameter(tensor)
    else:
        module._buffers[last] = tensor
