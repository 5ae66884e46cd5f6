"""Stand-ins for slow things, and values that many tests need."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any

from PIL import Image

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import OutOfMemory, Stopped, Unreadable
from kandinsky_desktop.domain.events import (
    Awake,
    Loading,
    Memory,
    Planned,
    Preview,
    Report,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.request import Paint, Request, Sampling
from kandinsky_desktop.store import places
from kandinsky_desktop.store.clip_similarity import Cosines
from kandinsky_desktop.store.models import read_model

# The starter model's own side, and what sides are multiples of: they change with the model.
STARTER = places.shipped_models() / "starter"


def _starter() -> Model:
    model = read_model(STARTER)
    assert model is not None
    return model


NATIVE, MULTIPLE = _starter().native, _starter().multiple
# What the starter model paints in a fraction of a second: its own settings, in few steps.
QUICK = Sampling(
    width=64, height=64, steps=4, guidance=3.0, prior_steps=3, prior_guidance=2.0, prior_seed=1
)
BIG_PREVIEW = Preview(2000, 1000, bytes(range(250)) * 24_000)  # 6 MB
HERE = Conditions(
    device="cpu",
    device_name="A processor",
    dtype="float32",
    threads=1,
    batch=(0,),
    libraries=("torch 2", "diffusers 0"),
    platform="Linux x86_64",
)


def text_to_image(
    prompt: str, *, negative_prior: str = "", negative_decoder: str = "", **others: Any
) -> Paint:
    """Return the plainest request: words to pictures. The rest is as Paint has it."""
    negative = Prompt(negative_decoder) if negative_decoder.strip() else None
    return Paint(conditioning=Prompt(prompt, negative_prior), negative=negative, **others)


def request(prompt: str = "a red cat", **changes: object) -> Paint:
    """Return a quick request; names of Sampling's fields reach into it."""
    within = {name: value for name, value in changes.items() if hasattr(QUICK, name)}
    others = {name: value for name, value in changes.items() if name not in within}
    sampling = replace(QUICK, **within)  # type: ignore[arg-type]
    return text_to_image(prompt, sampling=sampling, **others)  # type: ignore[arg-type]


def record(request: Request, index: int = 0) -> Record:
    return Record(
        request=request,
        index=index,
        model="starter",
        fingerprint="abcdef-abcdef-abcdef-abcdef-abcdef",
        conditions=HERE,
        program="Kandinsky Desktop 0",
    )


class FakeEngine:
    """Paints grey squares in as many steps as asked. Some prompts make it misbehave."""

    def run(
        self,
        job: Job,
        model: Path,
        report: Report,
        deliver: Callable[[Image.Image, Record, bytes], None],
        *,
        previews: bool,
        keep_step: Callable[[], bool],
        estimators: tuple[Path, ...],
        resumable: bool,
        stop: Callable[[], bool],
    ) -> None:
        del stop
        prompt, steps = job.request.words, job.request.sampling.steps
        report(Loading("unet", 1, 1))
        report(Planned(0, steps, len(job.missing)))
        kept = HERE
        preview = BIG_PREVIEW if prompt == "a big preview" else None
        for step in range(steps):
            report(Stepped("decoder", step + 1, steps, 0.5, job.missing, preview))
            self._live_up_to(prompt)
            if keep_step():
                kept = replace(HERE, kept_steps=(step + 1,))
                break
        for index in job.missing:
            made = replace(record(job.request, index), conditions=kept)
            deliver(Image.new("RGB", (8, 8), "grey"), made, b"")
            if prompt == "slow to paint":
                time.sleep(0.2)
        if prompt == "keeps on":
            for step in range(1000):
                time.sleep(0.02)
                report(Stepped("decoder", step, 1000, 0.5, job.missing))

    def prepare(self, request: Paint, model: Path, stop: Callable[[], bool]) -> None:
        print(f"prepared {request.words}", file=sys.stderr, flush=True)
        if request.words == "broken to load":
            raise ZeroDivisionError
        while request.words == "slow to load":
            if stop():
                print("gave way", file=sys.stderr, flush=True)
                raise Stopped
            time.sleep(0.01)

    def measure(self, picture: Path, model: Path, stop: Callable[[], bool]) -> Cosines:
        match picture.stem:
            case "slow":
                picture.with_suffix(".begun").touch()
                while not stop():
                    time.sleep(0.01)
                raise Stopped
            case "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            case "broken":
                raise ZeroDivisionError
            case "unknown":
                raise Unreadable(f"{picture} is unknown.")
            case _:
                pass
        return (0.5, None)

    def estimate_depth(self, picture: Path, estimator: Path) -> Path:
        match picture.stem:
            case "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            case "broken":
                raise ZeroDivisionError
            case "unknown":
                raise Unreadable(f"{picture} is unknown.")
            case _:
                pass
        return estimator / f"{picture.stem}.png"

    def tidy(self) -> None:
        print("tidied", file=sys.stderr, flush=True)

    is_warm = False
    is_lost = False

    def give_way(self) -> bool:
        return False

    def put_models_away(self) -> None:
        print("put away", file=sys.stderr, flush=True)

    def cap_memory(self, most_bytes: int, *, eight_bits: bool = False) -> None:
        del eight_bits
        print(f"capped at {most_bytes}", file=sys.stderr, flush=True)

    def memory(self) -> Memory:
        return Memory(1, 2, 3)

    def about(self) -> Awake:
        return Awake("cpu", "a fake", 1)

    def _live_up_to(self, prompt: str) -> None:
        match prompt:
            case "slow":
                time.sleep(0.05)
            case "deaf":
                time.sleep(3600)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "doomed":
                Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
            case "chatty":
                print("from Python", flush=True)
                os.write(1, b"from C\n")
                subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
            case "greedy":
                raise OutOfMemory("Too big.")
            case "broken":
                raise ZeroDivisionError
            case _:
                pass
