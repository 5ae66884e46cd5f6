"""What a job has to work with, and what one phase of it is given. Values only."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from kandinsky_desktop.domain.errors import Stopped
from kandinsky_desktop.domain.events import Loading, Report, Stage, Stepped
from kandinsky_desktop.domain.memory import Fit
from kandinsky_desktop.domain.plan import Key, Phase
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.engine.checkpoints import Checkpoints
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.model_cache import ModelCache
from kandinsky_desktop.engine.phase_cache import PhaseCache
from kandinsky_desktop.engine.preview import Projection

HOST_DTYPE = torch.float32  # of what runs on the processor since the device has no room


class Elsewhere(Exception):
    """A loop is to go on at its next step on the processor."""


Deliver = Callable[[Image, Record, bytes], None]  # the picture, its record, its packed embedding


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """One job's surroundings. Made by the engine, used by the executor, then dropped."""

    inputs: PlanInputs
    fingerprint: str  # of the model that paints
    device: Device
    dtype: torch.dtype
    models: ModelCache
    host_models: ModelCache  # of the processor, where the device has no room
    outputs: PhaseCache
    cache: Path  # the folder where what can be made again is kept
    report: Report
    deliver: Deliver
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    keep_step: Callable[[], bool] = bool  # takes the wish for the step that is there now
    stop: Callable[[], bool] | None = None  # asked before each tensor and layer of an encoder
    spare: bool = False  # the work can wait: nothing is evicted for it
    made: set[int] = field(default_factory=set)  # indices of pictures that were delivered
    modes: dict[str, str] = field(default_factory=dict)  # the last one of each operation, by name
    on_processor: set[str] = field(default_factory=set)  # operations that were run there
    elsewhere: set[Key] = field(default_factory=set)  # outputs of those, and what was made of them

    def about_to_load(self, kind: str, number: int, of: int) -> None:
        """Report a component that is read now. What the report raises ends the job."""
        self.report(Loading(kind, number, of))

    def look(self) -> None:
        """Raise Stopped where the job is to end: for what takes long and reports nothing."""
        if self.stop is not None and self.stop():
            raise Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseInputs:
    """What one phase is given."""

    context: JobContext
    phase: Phase
    networks: Mapping[str, Any]  # its components, by kind
    outputs: Mapping[Key, Any]  # of earlier phases
    fit: Fit  # how its networks are run

    def __getitem__(self, key: Key) -> Any:
        """Return the output of an earlier phase."""
        return self.outputs[key]


class StepReporter:
    """Reports the steps of a loop with their times and, where there is a map, previews."""

    def __init__(
        self,
        given: PhaseInputs,
        stage: Stage,
        batch: tuple[int, ...],
        preview: Projection | None = None,
        box: Box | None = None,
    ) -> None:
        self._report, self._of = given.context.report, given.phase.calls
        self._stage, self._batch, self._preview, self._box = stage, batch, preview, box
        self._since = time.perf_counter()

    def step(self, number: int, predict_x0: Callable[[], Tensor] | None = None) -> None:
        """Report a step that ended now. What the report raises ends the job."""
        shown = None
        if self._preview is not None and predict_x0 is not None:
            shown = self._preview.preview(predict_x0())
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        self._report(Stepped(self._stage, number, self._of, seconds, self._batch, shown, self._box))
