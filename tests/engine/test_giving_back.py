"""What is kept warm goes when another program needs it, when told to, and after a while."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from kandinsky_desktop.domain.events import Awake, Event, Failed, Finished, Memory
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.wire import CapMemory, FreeMemory, Run, Wake
from kandinsky_desktop.engine.server import LOOK_S
from kandinsky_desktop.worker.process import ChildProcess
from tests.fakes import request

PATIENT_S = 60
SOON_S = 2.0  # by when memory is given back
ROOMY = 2**30


class Squeezed:
    """An engine's process on a device whose limit a file says, and all that it says."""

    def __init__(self, folder: Path, model: Path, python: str, warm_s: float) -> None:
        self._folder, self._model = folder, model
        self.limit = folder / "limit"
        self.limit.write_text(str(ROOMY))
        self._heard: SimpleQueue[Event | None] = SimpleQueue()
        command = [python, "-m", "tests.engine.squeezed", str(self.limit), str(warm_s)]
        self.process = ChildProcess(
            command, self._heard.put, lambda process: self._heard.put(None), folder / "log"
        )

    def squeeze(self, limit: int) -> None:
        part = self.limit.with_suffix(".part")
        part.write_text(str(limit))
        part.replace(self.limit)

    def next(self, *kinds: type[Event]) -> Event:
        while True:
            event = self._heard.get(timeout=PATIENT_S)
            assert event is not None
            if isinstance(event, kinds):
                return event

    def took_s(self) -> float:
        """Return the processor seconds that giving memory back took: load changes them little."""
        return float(self.limit.with_suffix(".took").read_text())

    def paint(self) -> Event:
        wanted = request("a cat", steps=1, prior_steps=2, width=32, height=32)
        self.process.send(Run(Job(wanted), self._model, self._folder))
        return self.next(Finished, Failed)

    def memory(self) -> Memory:
        memory = self.next(Memory)
        assert isinstance(memory, Memory)
        return memory


@pytest.fixture
def squeezed(
    tmp_path: Path, small: Path, python: str, request: pytest.FixtureRequest
) -> Iterator[Squeezed]:
    made = Squeezed(tmp_path, small, python, getattr(request, "param", PATIENT_S))
    yield made
    made.process.end(PATIENT_S)


def test_it_goes_within_two_seconds_when_another_program_takes_memory(squeezed: Squeezed) -> None:
    assert isinstance(squeezed.paint(), Finished)
    warm = squeezed.memory().used_bytes
    assert warm > 0
    squeezed.squeeze(warm // 2)
    left = squeezed.memory().used_bytes
    assert LOOK_S + squeezed.took_s() < SOON_S
    assert 0 < left <= warm // 2  # and no more than was needed
    squeezed.squeeze(ROOMY)
    assert isinstance(squeezed.paint(), Finished)


def test_it_goes_when_told_to(squeezed: Squeezed) -> None:
    assert isinstance(squeezed.paint(), Finished)
    assert squeezed.memory().used_bytes > 0
    squeezed.process.send(FreeMemory())
    assert squeezed.memory().used_bytes == 0
    assert squeezed.took_s() < SOON_S
    assert isinstance(squeezed.paint(), Finished)


@pytest.mark.parametrize("squeezed", [0.5], indirect=True)
def test_it_goes_after_a_while_without_a_job(squeezed: Squeezed) -> None:
    assert isinstance(squeezed.paint(), Finished)
    assert squeezed.memory().used_bytes > 0
    assert squeezed.memory().used_bytes == 0


def test_a_cap_is_the_budget_from_then_on(squeezed: Squeezed) -> None:
    squeezed.process.send(Wake())
    assert squeezed.next(Awake).budget_bytes == ROOMY  # type: ignore[union-attr]
    assert isinstance(squeezed.paint(), Finished)
    squeezed.process.send(CapMemory(1000))
    assert squeezed.next(Awake).budget_bytes == 1000  # type: ignore[union-attr]
    assert squeezed.memory().used_bytes <= 1000
    refused = squeezed.paint()
    assert isinstance(refused, Failed)
    assert "memory" in refused.reason
    squeezed.process.send(CapMemory(0))
    assert isinstance(squeezed.paint(), Finished)
