"""However a job ends, the device is as empty after it as it was before: a sample of its ends."""

import gc
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.domain.events import Progress
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine import tiny
from tests.engine.story import told
from tests.fakes import STARTER, request

ROOMY = 2**30
WANTED = request("a red cat", count=2, steps=3, prior_steps=2, width=32, height=32)
EVENTS, ALLOCATIONS = 40, 3000  # about as many as such a job has


class ABug(Exception):
    """What nobody expected."""


class Breaking(SimulatedDevice):
    """A device on which something breaks at an allocation."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes, self._count)
        self.breaks_at = 0  # the number of an allocation; 0: never
        self.seen = 0

    def _count(self, size: int) -> None:
        del size
        self.seen += 1
        if self.seen == self.breaks_at:
            raise ABug


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = tiny.Plan(channels=(64, 64))  # weights are more than what it takes beside them
    return tiny.write(tmp_path_factory.mktemp("heavy") / "heavy", plan)


@settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    limit=some.sampled_from([ROOMY, 4_000_000, 2_500_000, 1_500_000, 400_000]),
    cancelled_at=some.integers(0, EVENTS),
    breaks_at=some.integers(0, ALLOCATIONS),
)
@example(limit=ROOMY, cancelled_at=0, breaks_at=0)
@example(limit=ROOMY, cancelled_at=12, breaks_at=0)
@example(limit=ROOMY, cancelled_at=0, breaks_at=700)
@example(limit=1_500_000, cancelled_at=0, breaks_at=0)
def test_however_a_job_ends_nothing_of_it_stays_on_the_device(
    model: Path,
    tmp_path_factory: pytest.TempPathFactory,
    limit: int,
    cancelled_at: int,
    breaks_at: int,
) -> None:
    device = Breaking(limit)
    engine = Engine(tmp_path_factory.mktemp("cache"), 1, device)
    run(engine, model, device, cancelled_at, breaks_at)
    gc.collect()
    warm = device.allocated
    assert warm <= limit
    # what is kept warm is weights alone: the same job again ends with as much
    first = run(engine, model, device, 0, 0)
    gc.collect()
    settled = device.allocated
    assert run(engine, model, device, 0, 0) == first
    gc.collect()
    assert device.allocated == settled
    engine.put_models_away()
    gc.collect()
    assert device.allocated == 0


SOAKED = [pytest.param(mb, marks=pytest.mark.soak) for mb in (2, 8, 12, 24, 48)]
NOTHING_FITS = 11  # megabytes: the weights of the autoencoder, which are never streamed


@pytest.mark.parametrize("megabytes", [6, 16, *SOAKED])
def test_a_job_fits_or_the_size_that_is_named_does(tmp_path: Path, megabytes: int) -> None:
    device = SimulatedDevice(megabytes * 10**6)
    engine = Engine(tmp_path, 1, device)

    def painted(wide: int, high: int) -> str:
        """Return what is said where it does not fit."""
        wanted = request("a cat", width=wide, height=high, steps=2, prior_steps=2)
        try:
            story = told(engine, wanted, STARTER, previews=False)
        except OutOfMemory as error:
            return str(error)
        assert story.images[0].size == (wide, high)
        assert story.planned.peak_bytes <= device.limit_bytes
        return ""

    said = painted(256, 256)
    if said:
        named = re.search(r"(\d+) × (\d+) would fit", said)
        assert (named is None) == (megabytes < NOTHING_FITS), said
        assert ("no smaller size fits" in said) == (named is None)
        assert named is None or painted(int(named[1]), int(named[2])) == ""
    assert device.allocated <= device.limit_bytes
    engine.put_models_away()
    gc.collect()
    assert device.allocated == 0


def run(
    engine: Engine, model: Path, device: Breaking, cancelled_at: int, breaks_at: int
) -> tuple[bytes, ...] | str:
    """Run the job and return its pictures, or how it ended."""
    device.seen, device.breaks_at = 0, breaks_at
    try:
        story = told(engine, Job(WANTED), model, previews=False, stop_at=at(cancelled_at))
    except OutOfMemory as error:
        return str(error)
    except ABug:
        return "broken"
    return tuple(story.images[index].tobytes() for index in sorted(story.images))


def at(number: int) -> Callable[[Progress], bool]:
    """Return what is true of the event of that number; 0: of none."""
    seen = [0]

    def stop(progress: Progress) -> bool:
        del progress
        seen[0] += 1
        return seen[0] == number

    return stop
