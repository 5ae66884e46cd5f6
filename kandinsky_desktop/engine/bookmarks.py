"""How far a job has come, written down now and then, so that it can go on after the engine's end.

A bookmark of a batch holds what the decoder's loop needs to go on bit by bit: the latents, the
state of the generators, and all that its scheduler holds otherwise than at the beginning. A batch
of several pieces keeps those that are painted besides. Tensors are safetensors and the rest is
JSON; a bookmark that is damaged, or of another request, model or machine, is none.
"""

import json
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from PIL import Image
from safetensors import SafetensorError
from torch import Generator, Tensor

from kandinsky_desktop.store import whole

log = logging.getLogger(__name__)

ABOUT = "bookmark"
DAMAGED = (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often bookmarks are written: not before so long, and for so much of the time at most."""

    every_s: float = 10.0
    share: float = 0.02


class Unmarkable(Exception):
    """A scheduler holds something that is neither a tensor, nor a number, nor a list of them."""


class Bookmarks:
    """Those of one job. `key` names all that its bits depend on; no folder: none are kept."""

    def __init__(self, folder: Path | None, key: str, rhythm: Rhythm) -> None:
        self._folder, self._key, self._rhythm = folder, key, rhythm
        self._begun = self._last = time.monotonic()
        self._spent_s = 0.0
        self._failed = False

    def of(self, batch: Sequence[int]) -> "BatchBookmarks":
        """Return those of a batch."""
        return BatchBookmarks(self, batch[0])

    @property
    def due(self) -> bool:
        """Whether one may be written again."""
        now = time.monotonic()
        return (
            self._folder is not None
            and now - self._last >= self._rhythm.every_s
            and self._spent_s <= self._rhythm.share * (now - self._begun)
        )

    def write(self, name: str, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
        """Write one. A disk that does not take it costs only the time that it would have saved."""
        if self._folder is None:
            return
        began = time.monotonic()
        data = safetensors.torch.save(tensors, {ABOUT: json.dumps(about | {"key": self._key})})
        try:
            whole.replace(self._folder / f"{name}.safetensors", data)
        except OSError as error:
            if not self._failed:
                log.warning("no bookmark can be written: %s", error)
            self._failed = True
        self._last = time.monotonic()
        self._spent_s += self._last - began

    def about(self, name: str) -> dict[str, Any] | None:
        """Return what the bookmark of that name says of itself, or None if there is none for us."""
        found = self._open(name, with_tensors=False)
        return None if found is None else found[0]

    def read(self, name: str) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
        """Return a bookmark with its tensors, or None if there is none for us."""
        return self._open(name, with_tensors=True)

    def forget(self, name: str) -> None:
        """Delete the bookmark of that name."""
        if self._folder is None:
            return
        try:
            (self._folder / f"{name}.safetensors").unlink(missing_ok=True)
        except OSError as error:
            log.warning("a bookmark cannot be deleted: %s", error)

    def _open(
        self, name: str, *, with_tensors: bool
    ) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
        path = None if self._folder is None else self._folder / f"{name}.safetensors"
        if path is None or not path.is_file():
            return None
        try:
            with safetensors.safe_open(path, "pt") as file:
                about = json.loads(file.metadata()[ABOUT])
                if about["key"] != self._key:
                    return None
                names = file.keys() if with_tensors else ()
                return about, {name: file.get_tensor(name) for name in names}
        except DAMAGED as error:
            log.warning("the bookmark %s is damaged: %s", path, error)
            return None


class BatchBookmarks:
    """Those of one batch: its painted pieces, and the steps of the one that is in the making."""

    def __init__(self, bookmarks: Bookmarks, first: int) -> None:
        self._bookmarks, self._first = bookmarks, first
        self._unwritten: dict[int, tuple[dict[str, Tensor], dict[str, Any]]] = {}

    def steps_done(self, pieces: int, steps: int) -> int:
        """Return how many of the steps need not be taken again; `steps` are those of a piece."""
        done = 0
        for piece in range(pieces):
            if self._bookmarks.about(self._painted_name(piece)) is None:
                about = self._bookmarks.about(self._name(piece))
                return done + (0 if about is None else min(int(about["done"]), steps))
            done += steps
        return done

    def loop(self, piece: int, scheduler: Any, generators: Sequence[Generator]) -> "Loop":
        """Return the bookmark of a piece's loop, which is to begin with this scheduler."""
        return Loop(self, piece, scheduler, generators)

    def painted(
        self, piece: int, generators: Sequence[Generator]
    ) -> tuple[list[Image.Image], int] | None:
        """Return a piece as it was painted, one picture a row, and which step was kept.

        The generators are then as they were after it. None if it is yet to be painted.
        """
        found = self._bookmarks.read(self._painted_name(piece))
        if found is None:
            return None
        about, tensors = found
        try:
            rows = [
                Image.fromarray(tensors[f"row/{row}"].numpy()) for row in range(len(generators))
            ]
            _set_states(generators, tensors)
            return rows, int(about["kept_step"])
        except DAMAGED as error:
            log.warning("a painted piece is damaged: %s", error)
            return None

    def note_painted(
        self,
        piece: int,
        rows: Sequence[Image.Image],
        generators: Sequence[Generator],
        kept_step: int,
    ) -> None:
        """Hold a painted piece until a bookmark is due."""
        tensors = {
            f"row/{row}": torch.from_numpy(np.array(image)) for row, image in enumerate(rows)
        }
        self._unwritten[piece] = (tensors | _states(generators), {"kept_step": kept_step})
        if self._bookmarks.due:
            self._write_painted()
            self._bookmarks.forget(self._name(piece))

    def write(self, piece: int, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
        """Write the bookmark of a piece's loop, and before it all pieces that it stands on."""
        self._write_painted()
        self._bookmarks.write(self._name(piece), tensors, about)

    @property
    def due(self) -> bool:
        """Whether one may be written again."""
        return self._bookmarks.due

    def read(self, piece: int) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
        """Return the bookmark of a piece's loop."""
        return self._bookmarks.read(self._name(piece))

    def forget(self, pieces: int) -> None:
        """Delete all of them: the batch is on disk."""
        self._unwritten.clear()
        for piece in range(pieces):
            self._bookmarks.forget(self._name(piece))
            self._bookmarks.forget(self._painted_name(piece))

    def _write_painted(self) -> None:
        for piece, (tensors, about) in self._unwritten.items():
            self._bookmarks.write(self._painted_name(piece), tensors, about)
        self._unwritten.clear()

    def _name(self, piece: int) -> str:
        return f"{self._first}-{piece}"

    def _painted_name(self, piece: int) -> str:
        return f"{self._first}-{piece}-painted"


class Loop:
    """The bookmark of one run of the decoder's loop."""

    def __init__(
        self, batch: BatchBookmarks, piece: int, scheduler: Any, generators: Sequence[Generator]
    ) -> None:
        """Take note of the scheduler as it is once its steps are set, before the first of them."""
        self._batch, self._piece = batch, piece
        self._scheduler, self._generators = scheduler, generators
        self._before = {name: _held(value) for name, value in vars(scheduler).items()}
        self._unmarkable = False

    def take_up(self, begun: Tensor) -> tuple[Tensor, int]:
        """Return the latents to go on from and how many steps are done.

        Without a bookmark these are the latents given, and none.
        """
        found = self._batch.read(self._piece)
        if found is None:
            return begun, 0
        about, tensors = found
        try:
            latents = tensors["latents"]
            if latents.shape != begun.shape or latents.dtype != begun.dtype:
                raise ValueError(f"latents of the shape {tuple(latents.shape)}")
            state = {
                name: _value(plain, tensors, begun.device)
                for name, plain in about["scheduler"].items()
            }
            done = int(about["done"])
            _set_states(self._generators, tensors)
        except DAMAGED as error:
            log.warning("a bookmark cannot be used: %s", error)
            return begun, 0
        for name, value in state.items():
            setattr(self._scheduler, name, value)
        return latents.to(begun.device), done

    def after(self, number: int, latents: Tensor) -> None:
        """Write it, if one is due; for `decoder.sample`."""
        if self._unmarkable or not self._batch.due:
            return
        tensors = {"latents": _stored(latents)} | _states(self._generators)
        try:
            state = {
                name: _plain(value, f"scheduler/{name}", tensors)
                for name, value in vars(self._scheduler).items()
                if name not in self._before or not _same(value, self._before[name])
            }
        except Unmarkable as error:
            log.warning("this scheduler takes no bookmark: %s", error)
            self._unmarkable = True
            return
        self._batch.write(self._piece, tensors, {"done": number, "scheduler": state})


def _states(generators: Sequence[Generator]) -> dict[str, Tensor]:
    return {f"generator/{row}": one.get_state().clone() for row, one in enumerate(generators)}


def _set_states(generators: Sequence[Generator], tensors: dict[str, Tensor]) -> None:
    states = [tensors[f"generator/{row}"] for row in range(len(generators))]
    if any(one.shape != generators[0].get_state().shape for one in states):
        raise ValueError("the state of a generator has another size")
    for generator, state in zip(generators, states, strict=True):
        generator.set_state(state)


def _stored(tensor: Tensor) -> Tensor:
    """Return a copy of its own, since safetensors takes no two that share memory."""
    return tensor.detach().cpu().contiguous().clone()


def _held(value: Any) -> Any:
    """Return a value as it is now, whatever becomes of it."""
    if isinstance(value, Tensor):
        return value.clone()
    return [_held(one) for one in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and one.device == other.device and torch.equal(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and type(one) in (bool, int, float, str) and one == other


def _plain(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Return a value as JSON; tensors go to `tensors` and are named in it."""
    if isinstance(value, Tensor):
        tensors[name] = _stored(value)
        return {"tensor": name, "here": value.device.type == "cpu"}
    if isinstance(value, list):
        return [_plain(one, f"{name}/{place}", tensors) for place, one in enumerate(value)]
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    raise Unmarkable(f"{name} is a {type(value).__name__}")


def _value(plain: Any, tensors: dict[str, Tensor], device: torch.device) -> Any:
    if isinstance(plain, dict):
        tensor = tensors[plain["tensor"]]
        return tensor if plain["here"] else tensor.to(device)
    return [_value(one, tensors, device) for one in plain] if isinstance(plain, list) else plain
