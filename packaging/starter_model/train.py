"""The command of the recipe: trains the starter model stage by stage; can be cut and resumed."""

import argparse
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import fields
from importlib import import_module, reload
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent))
if "gpu" in sys.argv[1:2]:
    os.environ.setdefault("STARTER_DEVICE", "cuda")

from starter import crew, machine, plan, snapshot
from starter.course import CUT, Budget, thousands_behind
from starter.journal import cache_folder, log, open_journal

TRIES = 3
COMMANDS = (
    "all",
    "gpu",
    "worker",
    "pause",
    "resume",
    "stop",
    "status",
    "snapshot",
    "adopt",
    "tune",
    "ship",
    "rank",
    "suggestions",
)


def _worker(stage: str, budget: Budget) -> None:
    crew.join()
    module, function = plan.STAGES[stage]
    try:
        getattr(import_module(f"starter.{module}"), function)(budget)
    except SystemExit as cut:
        crew.leave(cut.code if isinstance(cut.code, int) else 1)
    crew.leave()


def _be_quiet(kindness: int) -> None:
    """Be nice to the rest of the machine.

    A kernel that groups processes by session heeds niceness only within a session, so a session of
    our own gets a niceness as a whole: 19 takes what is idle, 0 shares equally with every other.
    Started from a terminal we stay in its session, where Ctrl+C reaches us and which is not ours to
    slow down.
    """
    os.nice(19 - os.nice(0))
    if os.getpgrp() == os.getpid() != os.getsid(0):
        return
    if os.getsid(0) != os.getpid():
        os.setsid()
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(kindness))


def _run(stage: str, budget: Budget, workers: int) -> None:
    """Run one stage to the end of its budget; a crash is tried again from the checkpoint."""
    program = str(Path(__file__).resolve())
    for attempt in range(TRIES):
        began = time.monotonic()
        log.info("== %s: %s", stage, budget)
        told = [f"--{one.name}={getattr(budget, one.name)}" for one in fields(budget)]
        crews = crew.spawn([program, "worker", stage, *told], workers)
        codes = [one.wait() for one in crews]
        if not any(codes):
            log.info("== %s: done in %.1f min", stage, (time.monotonic() - began) / 60)
            return
        if CUT in codes or signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:  # told to stop
            raise SystemExit(CUT)
        log.warning("%s ended with %s, try %d of %d", stage, codes, attempt + 1, TRIES)
    raise SystemExit(1)


def _all(workers: int) -> None:
    """Every pass of the plan, which may be edited meanwhile; what is done already counts."""
    (cache_folder() / "train.pid").write_text(str(os.getpid()))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    snapshot.adopt()
    done = 0
    while done < len(reload(plan).PASSES):
        stage, thousands = plan.PASSES[done]
        if not (thousands and thousands <= thousands_behind(stage)):
            _run(stage, Budget(thousands), 1 if stage in plan.ALONE else workers)
        done += 1
    log.info("== the plan is done")


def _on_card(minutes: float) -> None:
    """Every stage of `plan.ON_CARD` within so many minutes of the clock, in this one process."""
    began = time.monotonic()
    machine.settle()
    snapshot.adopt()
    for number, (stage, share) in enumerate(plan.ON_CARD):
        left = 60 * minutes - plan.RESERVE - (time.monotonic() - began)
        shares = sum(share for _, share in plan.ON_CARD[number:])
        budget = Budget(minutes=max(1.0, left) / 60 * share / shares) if share else Budget()
        log.info("== %s: %s, after %.1f min", stage, budget, (time.monotonic() - began) / 60)
        module, function = plan.STAGES[stage]
        getattr(import_module(f"starter.{module}"), function)(budget)
    snapshot.take()
    log.info("== all that a card was to train is done in %.1f min", (time.monotonic() - began) / 60)


def _signal_training(which: signal.Signals) -> None:
    pid = int((cache_folder() / "train.pid").read_text())
    os.killpg(pid, which)
    log.info("training: %s", which.name)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=[*COMMANDS, *plan.STAGES])
    parser.add_argument("stage", nargs="?")
    parser.add_argument("--thousands", type=float, default=0.0, help="of samples, in all")
    parser.add_argument("--minutes", type=float, default=0.0, help="of computing, from now on")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kindness", type=int, default=19, help="19: only idle time, 0: a share")
    chosen = parser.parse_args()
    budget = Budget(chosen.thousands, chosen.minutes)
    open_journal()
    match chosen.what:
        case "pause":
            _signal_training(signal.SIGSTOP)
        case "resume":
            _signal_training(signal.SIGCONT)
        case "stop":
            _signal_training(signal.SIGTERM)
        case "worker":
            _worker(chosen.stage, budget)
        case "snapshot":
            snapshot.take()
        case "adopt":
            snapshot.adopt(Path(chosen.stage) if chosen.stage else None)
        case "tune":
            import_module("starter.tune").run()
        case "rank":
            import_module("starter.suggestions").rank()
        case "suggestions":
            import_module("starter.suggestions").run()
        case "status":
            import_module("starter.status").show()
        case "all":
            _be_quiet(chosen.kindness)
            _all(chosen.workers)
        case "gpu":
            _on_card(chosen.minutes or plan.MINUTES_ON_CARD)
        case stage:
            _be_quiet(chosen.kindness)
            snapshot.adopt()
            _run(stage, budget, 1 if stage in plan.ALONE else chosen.workers)


if __name__ == "__main__":
    main()
