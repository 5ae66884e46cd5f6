"""How far each denoising loop has come, by the key of its phase.

In memory after every step, so that a loop in which memory ran out goes on there; on disk now and
then, so that a job goes on after the end of the process. A checkpoint holds what the loop needs to
go on bit by bit: the latents, the states of the generators, and the scheduler's state that changed
since the start. The key names all that the bits depend on, so that a checkpoint of another request,
model or machine is never found. Tensors are stored as safetensors and the rest as JSON; a damaged
checkpoint counts as absent.
"""

import json
import logging
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from safetensors import SafetensorError
from torch import Generator, Tensor, channels_last, device, equal, tensor

from kandinsky_desktop.domain.plan import Key
from kandinsky_desktop.store import atomic_file

log = logging.getLogger(__name__)

ABOUT = "checkpoint"
DAMAGED = (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError)
FINISHED = -1  # in place of the steps done: the loop has ended


@dataclass(frozen=True, slots=True)
class CheckpointInterval:
    """How often checkpoints are written: at most once in so long, and for a share of the time."""

    every_s: float = 10.0
    share: float = 0.02


class NoCheckpoint(Exception):
    """A scheduler holds something that is neither a tensor, nor a number, nor a list of them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A loop between two steps."""

    done: int  # steps
    latents: Tensor
    generators: dict[str, Tensor]
    scheduler: dict[str, Any]  # attributes that changed since the start
    split_from: int = -1  # the last step before guidance was split; -1: it is not
    rows_from: int = -1  # the last step before rows went through one by one; -1: they do not
    processor_from: int = -1  # the last step before it went to the processor; -1: it did not
    chunks_from: int = -1  # the last step before attention went in chunks; -1: it does not


class SchedulerState:
    """A scheduler's state as it was when its steps were set, to tell what has changed since."""

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._start = {name: (value, _copied(value)) for name, value in vars(scheduler).items()}

    def changed(self) -> dict[str, Any]:
        """Return copies of the attributes that are not as they were."""
        return {
            name: _copied(value)
            for name, value in vars(self._scheduler).items()
            if not self._as_at_start(name, value)
        }

    def restore(self, changed: dict[str, Any], where: device) -> None:
        """Set attributes as they were then; what was on a device, on that where it goes on."""
        for name, value in changed.items():
            setattr(self._scheduler, name, _copied(value, where))

    def _as_at_start(self, name: str, value: Any) -> bool:
        if name not in self._start:
            return False
        original, copy = self._start[name]
        if value is original and not isinstance(value, list):
            return True  # schedulers replace tensors and change lists in place
        return _same(value, copy)


class Checkpoints:
    """Those of one job. Without a folder none are written to disk."""

    def __init__(
        self, folder: Path | None = None, interval: CheckpointInterval | None = None
    ) -> None:
        self._folder, self._interval = folder, interval or CheckpointInterval()
        self._begun = self._written = time.monotonic()
        self._spent_s = 0.0
        self._failed = False
        self._last: dict[Key, Progress] = {}
        self._finished: dict[Key, dict[str, Tensor]] = {}  # not written yet

    def record(self, key: Key, progress: Progress) -> None:
        """Remember a step that was done, and write it if that is due."""
        self._last = {key: progress}
        if self.due:
            self._write_progress(key, progress)

    def latest(self, key: Key, begun: Tensor) -> Progress | None:
        """Return where a loop left off that would begin with such latents, or None."""
        return self._last.get(key) or self._read_progress(key, begun)

    def steps_done(self, key: Key) -> int:
        """Return how many steps of a loop need not be taken again."""
        if key in self._last:
            return self._last[key].done
        found = self._open(key, with_tensors=False)
        return 0 if found is None else max(0, int(found[0]["done"]))

    def processor_from(self, key: Key) -> int:
        """Return the step after which a loop went to the processor; -1: it did not."""
        if key in self._last:
            return self._last[key].processor_from
        found = self._open(key, with_tensors=False)
        return -1 if found is None else int(found[0].get("processor_from", -1))

    def finish(self, key: Key, outputs: dict[str, Tensor]) -> None:
        """Hold what a loop ended with until a later checkpoint, that builds on it, is written."""
        self._last.clear()
        self._finished[key] = outputs

    def finished(self, key: Key) -> dict[str, Tensor] | None:
        """Return what a loop ended with, or None if it did not."""
        if key in self._finished:
            return self._finished[key]
        found = self._open(key, with_tensors=True)
        if found is None or found[0]["done"] != FINISHED:
            return None
        about, tensors = found
        return tensors | {"latents": _laid_out(about, tensors["latents"])}

    def keep(self) -> None:
        """Write how far it came, due or not: the job was stopped and may be put back."""
        for key, progress in self._last.items():
            self._write_progress(key, progress)
        self._write_finished()

    def forget(self, keys: Iterable[Key]) -> None:
        """Delete the checkpoints of loops whose pictures are saved."""
        for key in keys:
            self._finished.pop(key, None)
            self._last.pop(key, None)
            if self._folder is not None:
                try:
                    self._path(key).unlink(missing_ok=True)
                except OSError as error:
                    log.warning("a checkpoint cannot be deleted: %s", error)

    @property
    def due(self) -> bool:
        """Whether one may be written again."""
        now = time.monotonic()
        return (
            self._folder is not None
            and now - self._written >= self._interval.every_s
            and self._spent_s <= self._interval.share * (now - self._begun)
        )

    def _write_progress(self, key: Key, progress: Progress) -> None:
        tensors = {"latents": _stored(progress.latents)} | progress.generators
        try:
            state = {
                name: _to_plain(value, f"scheduler/{name}", tensors)
                for name, value in progress.scheduler.items()
            }
        except NoCheckpoint as error:
            if not self._failed:
                log.warning("this scheduler takes no checkpoint: %s", error)
            self._failed = True
            return
        self._write_finished()
        about = {
            "done": progress.done,
            "split_from": progress.split_from,
            "rows_from": progress.rows_from,
            "processor_from": progress.processor_from,
            "chunks_from": progress.chunks_from,
            "scheduler": state,
        }
        self._write(key, tensors, about | _layout(progress.latents))

    def _write_finished(self) -> None:
        for earlier, outputs in self._finished.items():
            stored = {name: _stored(one) for name, one in outputs.items()}
            self._write(earlier, stored, {"done": FINISHED} | _layout(outputs["latents"]))
        self._finished.clear()

    def _read_progress(self, key: Key, begun: Tensor) -> Progress | None:
        found = self._open(key, with_tensors=True)
        if found is None or found[0]["done"] == FINISHED:
            return None
        about, tensors = found
        try:
            latents = _laid_out(about, tensors["latents"])
            if latents.shape != begun.shape or latents.dtype != begun.dtype:
                raise ValueError(f"latents of the shape {tuple(latents.shape)}")
            states = {name: tensors[name] for name in generator_names(len(begun))}
            if any(state.shape != Generator().get_state().shape for state in states.values()):
                raise ValueError("the state of a generator has another size")
            return Progress(
                done=int(about["done"]),
                latents=latents.to(begun.device),
                generators=states,
                scheduler={
                    name: _from_plain(plain, tensors, begun.device)
                    for name, plain in about["scheduler"].items()
                },
                split_from=int(about["split_from"]),
                rows_from=int(about.get("rows_from", -1)),
                processor_from=int(about.get("processor_from", -1)),
                chunks_from=int(about.get("chunks_from", -1)),
            )
        except DAMAGED as error:
            log.warning("a checkpoint cannot be used: %s", error)
            return None

    def _write(self, key: Key, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
        """Write one. A disk that does not take it costs only the time that it would have saved."""
        if self._folder is None:
            return
        began = time.monotonic()
        data = safetensors.torch.save(tensors, {ABOUT: json.dumps(about)})
        try:
            atomic_file.write(self._path(key), data)
        except OSError as error:
            if not self._failed:
                log.warning("no checkpoint can be written: %s", error)
            self._failed = True
        self._written = time.monotonic()
        self._spent_s += self._written - began

    def _open(
        self, key: Key, *, with_tensors: bool
    ) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
        if self._folder is None or not self._path(key).is_file():
            return None
        try:
            with safetensors.safe_open(self._path(key), "pt") as file:
                about = json.loads(file.metadata()[ABOUT])
                int(about["done"])
                names = file.keys() if with_tensors else ()
                return about, {name: file.get_tensor(name) for name in names}
        except DAMAGED as error:
            log.warning("the checkpoint %s is damaged: %s", self._path(key), error)
            return None

    def _path(self, key: Key) -> Path:
        assert self._folder is not None
        return self._folder / f"{key}.safetensors"


class LoopRecorder:
    """The checkpoint of one loop, which is to begin with a scheduler whose steps are set."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        key: Key,
        scheduler: Any,
        generators: Sequence[Generator],
        split_from: int = -1,
        rows_from: int = -1,
        chunks_from: int = -1,
    ) -> None:
        """Take the last steps before guidance is split, rows go one by one, attention in chunks."""
        self._checkpoints, self._key, self._generators = checkpoints, key, generators
        self._state = SchedulerState(scheduler)
        self.split_from, self.rows_from = split_from, rows_from
        self.processor_from, self.chunks_from = -1, chunks_from
        self.done = 0  # steps that need not be taken

    def resume(self, begun: Tensor) -> Tensor:
        """Return the latents to go on from: those given, if no step was taken yet."""
        found = self._checkpoints.latest(self._key, begun)
        if found is None:
            return begun
        self._state.restore(found.scheduler, begun.device)
        set_generators(self._generators, found.generators)
        self.done, self.split_from = found.done, found.split_from
        self.rows_from, self.processor_from = found.rows_from, found.processor_from
        self.chunks_from = found.chunks_from
        return found.latents.to(begun)  # it may have gone to another device

    def record(self, done: int, latents: Tensor) -> None:
        """Remember a step that was taken."""
        states, changed = generator_states(self._generators), self._state.changed()
        thrift = self.split_from, self.rows_from, self.processor_from, self.chunks_from
        self._checkpoints.record(self._key, Progress(done, latents, states, changed, *thrift))

    def finish(self, latents: Tensor, kept_step: int) -> dict[str, Tensor]:
        """Return the outputs of the loop, held until a later checkpoint that builds on them.

        They are the latents, the states of the generators, which step was kept (0: the last) and
        after which steps guidance was split, the rows, and attention.
        """
        outputs = {
            "latents": latents,
            "kept_step": tensor(kept_step),
            "split_from": tensor(self.split_from),
            "rows_from": tensor(self.rows_from),
            "processor_from": tensor(self.processor_from),
            "chunks_from": tensor(self.chunks_from),
        } | generator_states(self._generators)
        self._checkpoints.finish(self._key, outputs)
        return outputs


def generator_names(rows: int) -> list[str]:
    """Return the names under which the states of the rows' generators are kept."""
    return [f"generator/{row}" for row in range(rows)]


def generator_states(generators: Sequence[Generator]) -> dict[str, Tensor]:
    """Return the states of generators, as `set_generators` takes them."""
    names = generator_names(len(generators))
    return {name: one.get_state() for name, one in zip(names, generators, strict=True)}


def set_generators(generators: Sequence[Generator], states: dict[str, Tensor]) -> None:
    """Set generators to the states they had then."""
    for name, generator in zip(generator_names(len(generators)), generators, strict=True):
        generator.set_state(states[name].cpu())


def _layout(latents: Tensor) -> dict[str, bool]:
    """Say whether the channels lie last: convolutions look at it, and round otherwise."""
    last = not latents.is_contiguous() and latents.is_contiguous(memory_format=channels_last)
    return {"channels_last": last}


def _laid_out(about: dict[str, Any], latents: Tensor) -> Tensor:
    if not about["channels_last"]:
        return latents
    return latents.contiguous(memory_format=channels_last)


def _stored(one: Tensor) -> Tensor:
    """Return a tensor as safetensors takes it: contiguous, on the CPU, with memory of its own."""
    return one.detach().cpu().contiguous().clone()


def _copied(value: Any, where: device | None = None) -> Any:
    """Return a value as it is now, whatever becomes of it; tensors of a device on another one."""
    if isinstance(value, Tensor):
        moved = where is not None and value.device.type != "cpu" and value.device != where
        return value.to(where) if moved else value.clone()
    return [_copied(one, where) for one in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and one.device == other.device and equal(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and type(one) in (bool, int, float, str) and one == other


def _to_plain(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Return a value as JSON; tensors go to `tensors` and are named in it."""
    if isinstance(value, Tensor):
        tensors[name] = _stored(value)
        return {"tensor": name, "on_cpu": value.device.type == "cpu"}
    if isinstance(value, list):
        return [_to_plain(one, f"{name}/{place}", tensors) for place, one in enumerate(value)]
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    raise NoCheckpoint(f"{name} is a {type(value).__name__}")


def _from_plain(plain: Any, tensors: dict[str, Tensor], where: device) -> Any:
    if isinstance(plain, dict):
        found = tensors[plain["tensor"]]
        return found if plain["on_cpu"] else found.to(where)
    return [_from_plain(one, tensors, where) for one in plain] if isinstance(plain, list) else plain
