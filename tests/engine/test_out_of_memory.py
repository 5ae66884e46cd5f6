"""Memory runs out at each place in turn where a small job takes some, on a simulated device."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.domain.events import Progress, Stepped
from kandinsky_desktop.engine.device import says_no_memory
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.simulated import SimulatedDevice, out_of_memory
from tests.engine import tiny
from tests.engine.story import Story, told
from tests.fakes import request

ROOMY = 2**30
WANTED = request("a red cat", count=2, steps=3, prior_steps=2, width=32, height=32)
OURS = ("kandinsky_desktop", "diffusers", "transformers")
COUNTING = ("kandinsky_desktop.engine.simulated", "kandinsky_desktop.engine.accounting")
Place = tuple[str, ...]


def place() -> Place:
    """Return where in our code and the libraries' the operation is called that runs now."""
    found: list[str] = []
    frame = sys._getframe(1)
    while frame is not None and len(found) < 4:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(OURS) and module not in COUNTING:
            found.append(f"{module}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(found)


class Injecting(SimulatedDevice):
    """A device that is full the first times that one place asks for memory."""

    def __init__(self) -> None:
        super().__init__(ROOMY, self._look)
        self.seen: dict[Place, int] = {}
        self.fail_at: Place | None = None
        self.times = 0

    def _look(self, size: int) -> None:
        here = place()
        self.seen[here] = self.seen.get(here, 0) + 1
        if here == self.fail_at and self.times:
            self.times -= 1
            raise out_of_memory(size, self.allocated, self.limit_bytes)


def pixels(story: Story) -> list[bytes]:
    return [story.images[index].tobytes() for index in sorted(story.images)]


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose weights are more than what it takes beside them."""
    plan = tiny.Plan(channels=(64, 64))
    return tiny.write(tmp_path_factory.mktemp("heavy") / "heavy", plan)


class Bench:
    """A device on which memory can run out anywhere, and what a job makes on it undisturbed."""

    def __init__(self, model: Path, cache: Path) -> None:
        self.model, self._cache, self._jobs = model, cache, 0
        self.device = Injecting()
        self.expected = pixels(self.painted(self.engine()))
        self.places = list(self.device.seen)  # in the order in which they come first

    def engine(self) -> Engine:
        """Return an engine that knows nothing yet: each phase is to be run."""
        self._jobs += 1
        return Engine(self._cache / str(self._jobs), 1, self.device)

    def painted(self, engine: Engine, stop_at: Callable[[Progress], bool] | None = None) -> Story:
        return told(engine, WANTED, self.model, previews=False, stop_at=stop_at)

    def outcome(self, engine: Engine) -> tuple[Story | None, str]:
        """Return what was painted, or the sentence that says why not."""
        try:
            return self.painted(engine), ""
        except OutOfMemory as error:
            return None, str(error)

    def check(self, at: Place, times: int, machine_bytes: int = 0) -> None:
        """Let memory run out at a place, and see that nothing is lost and nothing stays.

        With `machine_bytes` the processor is the last way, and there is always a picture.
        """
        self.device.fail_at, self.device.times = at, times
        self.device.machine_bytes = machine_bytes
        engine = self.engine()
        story, said = self.outcome(engine)
        if story is None:
            assert times > 1, at
            assert not machine_bytes or not on_the_way(at), at
            assert said.startswith("The machine ran out of memory: "), at
            assert "\n" not in said, at
        else:
            for made, expected in zip(pixels(story), self.expected, strict=True):
                far = max(abs(one - other) for one, other in zip(made, expected, strict=True))
                assert far <= 2, at
            steps = [one.step for one in story.steps("decoder")]
            assert steps == [1, 2, 3], at  # no step was taken twice
        assert self.device.times < times, at
        self.device.times = self.device.machine_bytes = 0
        assert pixels(self.painted(engine)) == self.expected, at  # the next job runs
        engine.put_models_away()
        del engine
        gc.collect()
        assert self.device.allocated == 0, at


@pytest.fixture(scope="module")
def bench(heavy: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(heavy, tmp_path_factory.mktemp("bench"))


def test_a_place_in_each_network_and_before_it_is_known(bench: Bench) -> None:
    said = {module for at in bench.places for module in (one.split(":")[0] for one in at)}
    assert len(bench.places) > 200
    assert "kandinsky_desktop.engine.model_cache" in said  # weights on their way to the device
    assert {
        "kandinsky_desktop.engine.decoder",
        "kandinsky_desktop.engine.prior",
        "kandinsky_desktop.engine.movq",
        "transformers.models.clip.modeling_clip",
    } <= said


def on_the_way(at: Place) -> bool:
    """Whether memory is asked for by a phase that has a network, which the processor can run."""
    return any(module.startswith(("diffusers", "transformers")) for module in at)


@pytest.mark.parametrize("part", range(4))
def test_where_a_card_has_no_memory_for_good_the_processor_takes_over(
    bench: Bench, part: int
) -> None:
    places = [one for one in bench.places if on_the_way(one)]
    encoding = next(one for one in places if "transformers.models.clip" in one[0])
    bench.check([encoding, *(places[len(places) * i // 4] for i in (1, 2, 3))][part], 99, ROOMY)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_wherever_a_card_has_no_memory_for_good_the_processor_takes_over(
    bench: Bench, part: int
) -> None:
    for at in bench.places[part::4]:
        bench.check(at, 99, ROOMY)


@pytest.mark.parametrize("times", [1, 2, 99])
@pytest.mark.parametrize("part", range(4))
def test_where_memory_runs_out_the_job_ends_in_its_picture_or_in_a_sentence(
    bench: Bench, part: int, times: int
) -> None:
    count = len(bench.places)
    bench.check(bench.places[(count * (3 * part + times % 3)) // 12], times)


PARTS = 16  # that run side by side


@pytest.mark.soak
@pytest.mark.parametrize("times", [1, 3, 99])
@pytest.mark.parametrize("part", range(PARTS))
def test_wherever_memory_runs_out_the_job_ends_in_its_picture_or_in_a_sentence(
    bench: Bench, part: int, times: int
) -> None:
    for at in bench.places[part::PARTS]:
        bench.check(at, times)


def test_memory_that_is_taken_in_mid_run_is_given_up_and_the_loop_goes_on(bench: Bench) -> None:
    device, limits = bench.device, list[int]()

    def squeeze(progress: Progress) -> bool:
        if isinstance(progress, Stepped) and progress.stage == "decoder" and progress.step == 2:
            limits.append(device.allocated)
            device.limit_bytes = device.allocated * 3 // 4  # less than its weights
        return False

    try:
        story = bench.painted(bench.engine(), squeeze)
    finally:
        device.limit_bytes = ROOMY
    assert limits
    assert [one.step for one in story.steps("decoder")] == [1, 2, 3]
    assert pixels(story) == bench.expected  # streamed: the same bits


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_cancelled_job_leaves_nothing_behind(bench: Bench, step: int) -> None:
    engine = bench.engine()
    bench.painted(
        engine, lambda one: isinstance(one, Stepped) and one.stage == "decoder" and one.step > step
    )
    engine.put_models_away()
    del engine
    gc.collect()
    assert bench.device.allocated == 0


def test_a_budget_that_is_too_small_is_refused_with_a_size_that_fits(
    heavy: Path, tmp_path: Path
) -> None:
    device = SimulatedDevice(1_000_000)
    with pytest.raises(OutOfMemory, match=r"^32 × 32 needs .* MB of memory, and 1 MB is there: "):
        told(Engine(tmp_path, 1, device), WANTED, heavy, previews=False)
    assert device.allocated == 0


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("HIP error: out of memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("Invalid buffer size: 16.00 GiB"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling cublasCreate(handle)"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"),
        RuntimeError("GET was unable to find an engine to execute this computation"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:75] DefaultCPUAllocator: can't allocate"),
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        OSError("The paging file is too small for this operation to complete. (os error 1455)"),
        RuntimeError("Couldn't open file mapping: <x.safetensors>, error code: <1455>"),
    ],
)
def test_each_face_of_too_little_memory_is_known(error: Exception) -> None:
    assert says_no_memory(error)


def test_windows_number_for_a_full_paging_file_is_known() -> None:
    of_windows = type("OfWindows", (OSError,), {"winerror": 1455})
    assert says_no_memory(of_windows(22, "The paging file is too small"))
    assert not says_no_memory(OSError(22, "Invalid argument"))


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("a bug"),
        OSError(5, "I/O"),
        OSError("Access is denied. (os error 5)"),
        ValueError("12"),
    ],
)
def test_other_errors_are_not_taken_for_it(error: Exception) -> None:
    assert not says_no_memory(error)
