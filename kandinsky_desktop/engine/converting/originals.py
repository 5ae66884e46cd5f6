"""Reads the original checkpoints: pickles of 2022 and 2023, of which nothing is ever executed.

torch's own reader makes tensors and plain containers alone (`weights_only`). Besides, one name is
allowed that the autoencoder of 2.0 holds, as an empty class of ours; any other is refused. Tensors
stay in the file, mapped into memory, until one is looked at.
"""

import errno
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override

# What PyTorch Lightning leaves in a checkpoint beside its tensors
LIGHTNING = "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint"
WRAPPED = "state_dict"  # where Lightning keeps the tensors
REMAP_BYTES = 512 << 20  # taken of a mapped file before it is mapped anew


class _Nothing:
    """Stands where a checkpoint names a class that has no bearing on its tensors."""

    def __setstate__(self, state: Any) -> None:
        del state


class Weights(Mapping[str, Tensor]):
    """The tensors of a checkpoint by name: shapes and formats, and numbers only when taken.

    A mapped file that is read from first to last lies in memory in the end, if only as pages that
    the system may take back; so it is mapped anew from time to time.
    """

    def __init__(self, read_all: Callable[[], dict[str, Tensor]]) -> None:
        """Raises ModelProblem and OSError, as `read_all` does."""
        self._read_all = read_all
        self._mapped: dict[str, Tensor] | None = None
        self._taken_bytes = 0
        self._shapes = {
            name: torch.empty(one.shape, dtype=one.dtype, device="meta")
            for name, one in read_all().items()
        }

    @override
    def __getitem__(self, name: str) -> Tensor:
        return self._shapes[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    @override
    def __len__(self) -> int:
        return len(self._shapes)

    def take(self, name: str) -> Tensor:
        """Return a tensor with its numbers; it is not to be held longer than it is worked on."""
        if self._taken_bytes > REMAP_BYTES:
            self._mapped, self._taken_bytes = None, 0
        if self._mapped is None:
            self._mapped = self._read_all()
        tensor = self._mapped[name]
        self._taken_bytes += tensor.nbytes
        return tensor


def read(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name. Raises ModelProblem, and OSError."""
    if file.suffix == ".safetensors":
        return _safetensors(file)
    held = _unpickled(file)
    inner = held.get(WRAPPED) if isinstance(held, Mapping) else None
    tensors = inner if isinstance(inner, Mapping) else held
    if not isinstance(tensors, Mapping):
        raise _foreign(file)
    named = {key: one for key, one in tensors.items() if isinstance(one, Tensor)}
    if not named or not all(isinstance(key, str) for key in named):
        raise _foreign(file)
    return dict(named)


def read_pair(file: Path) -> tuple[Tensor, Tensor]:
    """Return the two tensors of a file of statistics. Raises ModelProblem, and OSError."""
    held = _unpickled(file)
    if not isinstance(held, list | tuple) or len(held) != 2:
        raise _foreign(file)
    first, second = held
    if not isinstance(first, Tensor) or not isinstance(second, Tensor):
        raise _foreign(file)
    return first, second


# what torch's reader of pickles raises over bytes that are none: it takes from stacks unasked
NOISE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError, TypeError,
    ValueError, struct.error,
)  # fmt: skip


def _unpickled(file: Path) -> Any:
    """Return what a checkpoint holds, mapped into memory where its format allows it."""
    whole = zipfile.is_zipfile(file)
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals([(_Nothing, LIGHTNING)]):
            warnings.simplefilter("ignore")  # of other protocols: what they hold is refused
            return torch.load(file, map_location="cpu", weights_only=True, mmap=whole)
    except pickle.UnpicklingError as error:
        raise ModelProblem(
            _(
                "{file} asks for code to be run, which is refused: it is damaged, or not what it"
                " says. Download it again from where it was published."
            ).format(file=file)
        ) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # what torch says of an archive that is cut off
            raise
        raise _damaged(file, _("it is cut off")) from error
    except NOISE as error:
        raise _damaged(file, str(error) or type(error).__name__) from error


def _safetensors(file: Path) -> dict[str, Tensor]:
    try:
        with safe_open(file, framework="pt") as held:
            return {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise _damaged(file, str(error)) from error


def _damaged(file: Path, reason: str) -> ModelProblem:
    return ModelProblem(
        _("{file} cannot be read as a checkpoint: {reason}. Copy it again.").format(
            file=file, reason=" ".join(reason.split())[:200]
        )
    )


def _foreign(file: Path) -> ModelProblem:
    return ModelProblem(
        _("{file} holds no weights of a network by name: it is another kind of file.").format(
            file=file
        )
    )
