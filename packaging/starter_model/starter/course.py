"""One stage's training: a loop that can be cut at any moment and goes on where it was."""

import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path
from random import Random
from types import FrameType

import torch
from torch import Tensor, nn

from starter import crew, machine
from starter.journal import cache_folder, log

SEED = 20226
SAVE_SECONDS = 110
LINE_SECONDS = 15
SHEET_SECONDS = 600
CUT = 75
"""The exit code of a worker that was told to stop and saved its state."""

Loss = Callable[["Course"], tuple[Tensor, dict[str, float]]]


def checkpoint_path(stage: str) -> Path:
    """Where a stage's checkpoint lies."""
    folder = cache_folder() / "checkpoints"
    folder.mkdir(exist_ok=True)
    return folder / f"{stage}.pt"


def thousands_behind(stage: str) -> float:
    """How many thousands of samples a stage has seen, 0 where it never began."""
    path = checkpoint_path(stage)
    if not path.exists():
        return 0.0
    seen: int = torch.load(path, weights_only=True, mmap=True)["seen"]
    return seen / 1000


def averaged_weights(stage: str) -> dict[str, dict[str, Tensor]]:
    """The averaged weights of each module of a stage, from its checkpoint."""
    held = torch.load(checkpoint_path(stage), weights_only=True, map_location="cpu")
    weights: dict[str, dict[str, Tensor]] = held["ema"]
    return {
        name: {key: machine.there(tensor) for key, tensor in tensors.items()}
        for name, tensors in weights.items()
    }


@dataclass(frozen=True)
class Budget:
    """How much a stage trains: thousands of samples in all, or else minutes from now on.

    What is counted in samples comes to the same on a slow machine and on a quick one. Minutes are
    the worker's own computing.
    """

    thousands: float = 0.0
    minutes: float = 0.0

    def share(self, seen: int, seconds: float) -> float:
        """How much is used, 0 to 1, after so many samples in all and so many seconds from now."""
        if self.thousands > 0:
            return min(1.0, seen / (1000 * self.thousands))
        return min(1.0, seconds / (60 * self.minutes)) if self.minutes > 0 else 1.0


@dataclass
class Course:
    """A stage in training: its modules, their running average, the optimiser and the clock.

    Every step draws from random states made of seed, worker and step, so that a resumed course
    sees what an uncut one would have seen.
    """

    stage: str
    modules: dict[str, nn.Module]
    budget: Budget
    rate: float
    batch: int
    """Samples that a worker sees in a step."""
    decay: float = 0.998
    weight_decay: float = 0.01
    warm_steps: int = 60
    steady_share: float = 0.4
    frozen: tuple[str, ...] = ()
    clock: Callable[[], float] = machine.clock
    """What counts as training: the worker's own computing, not a pause or a busy machine."""

    step: int = 0
    seen: int = 0
    """Samples in all, of all workers."""
    elapsed: float = 0.0
    """Seconds in all."""
    rng: Random = field(init=False)

    def __post_init__(self) -> None:
        named = [
            (f"{module}.{name}", parameter)
            for module, held in self.modules.items()
            for name, parameter in held.named_parameters()
            if parameter.requires_grad and not f"{module}.{name}".startswith(self.frozen or ("\0",))
        ]
        self.parameters = [parameter for _, parameter in named]
        matrices = [p for p in self.parameters if p.ndim > 1]
        others = [p for p in self.parameters if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": self.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=self.rate,
            betas=(0.9, 0.98),
        )
        self.average = {name: self._copy(module) for name, module in self.modules.items()}
        self._since_start = 0
        self._elapsed_before = 0.0
        self._untold = 0.0
        self._asked = self._stop = False
        self._reseed()

    @staticmethod
    def _copy(module: nn.Module) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}

    def _reseed(self) -> None:
        self.rng = Random(f"{SEED}/{self.stage}/{crew.RANK}/{self.step}")
        torch.manual_seed(self.rng.getrandbits(62))

    @property
    def progress(self) -> float:
        """How much of the stage's budget is used, 0 to 1."""
        return self.budget.share(self.seen, self.elapsed - self._elapsed_before)

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        path = checkpoint_path(self.stage)
        if not path.exists():
            return False
        held = torch.load(path, weights_only=True, map_location="cpu")
        for name, module in self.modules.items():
            module.load_state_dict(held["weights"][name])
        self.average = {
            name: {key: machine.there(tensor) for key, tensor in tensors.items()}
            for name, tensors in held["ema"].items()
        }
        if held["optimiser"] is not None:
            self.optimiser.load_state_dict(held["optimiser"])
        self.step, self.seen, self.elapsed = held["step"], held["seen"], held["elapsed"]
        self._elapsed_before = self.elapsed
        self._reseed()
        return True

    def save(self) -> None:
        """Write the checkpoint; a cut while writing leaves the older one."""
        path = checkpoint_path(self.stage)
        held = {
            "weights": {
                name: machine.here(module.state_dict().items())
                for name, module in self.modules.items()
            },
            "ema": {name: machine.here(kept.items()) for name, kept in self.average.items()},
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seen": self.seen,
            "elapsed": self.elapsed + self._untold,
        }
        fresh = path.with_suffix(".new")
        torch.save(held, fresh)
        os.replace(fresh, path)

    def with_average(self, look: Callable[[], None]) -> None:
        """Show the averaged weights to someone, then put the training ones back."""
        kept = {name: self._copy(module) for name, module in self.modules.items()}
        for name, module in self.modules.items():
            module.load_state_dict(self.average[name])
            module.eval()
        with torch.no_grad():
            look()
        for name, module in self.modules.items():
            module.load_state_dict(kept[name])
            module.train()

    def _rate_now(self) -> float:
        late = max(0.0, (self.progress - self.steady_share) / (1 - self.steady_share))
        fall = 0.5 + 0.5 * cos(pi * late)
        return (
            self.rate * min(1.0, (self._since_start + 1) / self.warm_steps) * fall
            + self.rate * 0.01
        )

    @torch.no_grad()
    def _average_in(self) -> None:
        share = 1 - min(self.decay, (1 + self.step) / (10 + self.step))
        for name, module in self.modules.items():
            now = module.state_dict()
            floating = [key for key, tensor in now.items() if tensor.is_floating_point()]
            torch._foreach_lerp_(
                [self.average[name][key] for key in floating], [now[key] for key in floating], share
            )
            for key in now.keys() - set(floating):
                self.average[name][key].copy_(now[key])

    def _told_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked = True

    def one_step(self, loss_of: Loss) -> dict[str, float]:
        """Take one step and count its time."""
        began = self.clock()
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate_now()
        loss, figures = loss_of(self)
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()
        taken = self.clock() - began + self._untold
        told = crew.average(self.parameters, [self.elapsed + taken, float(self._asked)])
        averaged = self.clock()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.step += 1
        self.seen += self.batch * crew.SIZE
        self._since_start += 1
        self._average_in()
        # the same for every worker, or one would take a step more than the others and wait for ever
        self.elapsed, self._stop = told[0], told[1] > 0
        self._untold = self.clock() - averaged
        self._reseed()
        return figures

    def run(self, loss_of: Loss, sheet: Callable[[], None] | None = None) -> None:
        """Train until the budget is used; saves, tells and draws sheets on the way.

        Raises SystemExit with the code CUT when told to stop by a signal.
        """
        heeded = {
            one: signal.signal(one, self._told_to_stop) for one in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            self._run(loss_of, sheet)
        finally:
            for one, before in heeded.items():  # on a card other stages follow in this process
                signal.signal(one, before)

    def _run(self, loss_of: Loss, sheet: Callable[[], None] | None) -> None:
        crew.same_everywhere([t for m in self.modules.values() for t in m.state_dict().values()])
        recent: deque[dict[str, float]] = deque(maxlen=60)
        saved = told = drawn = began = time.monotonic()
        seen_before = self.seen
        while self.progress < 1 and not self._stop:
            recent.append(self.one_step(loss_of))
            now = time.monotonic()
            if crew.RANK:
                continue
            if now - told > LINE_SECONDS:
                told = now
                pace = (self.seen - seen_before) / (now - began)
                self._tell(recent, pace)
            if now - saved > SAVE_SECONDS:
                saved = now
                self.save()
            if sheet and now - drawn > SHEET_SECONDS:
                self.with_average(sheet)
                drawn = time.monotonic()
        if crew.RANK == 0:
            self.save()
            if sheet and not self._stop:
                self.with_average(sheet)
        crew.wait_for_all()
        if self._stop:
            raise SystemExit(CUT)

    def _tell(self, recent: deque[dict[str, float]], pace: float) -> None:
        told = {key: [row[key] for row in recent if key in row] for row in recent for key in row}
        means = {key: sum(values) / len(values) for key, values in told.items()}
        figures = "  ".join(f"{key} {value:.4g}" for key, value in means.items())
        log.info(
            "%s %.1f%%  %.1f min  %d thousand, step %d  %s  %.0f/s",
            self.stage,
            100 * self.progress,
            self.elapsed / 60,
            self.seen // 1000,
            self.step,
            figures,
            pace,
        )
