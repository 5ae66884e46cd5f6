"""The starter on a graphics card, against what the processor paints; the card's own ways.

None of it was run by us yet: where there is no card each is skipped, and said to be.
"""

import gc
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.gpu_check import __main__ as gpu_check
from benchmarks.gpu_check.cards import SmallCard, without_flash
from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.domain.events import PhaseRan, Progress, Stepped
from kandinsky_desktop.engine import movq
from kandinsky_desktop.engine.device import Device, says_no_memory
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.engine.model_cache import ModelCache
from kandinsky_desktop.engine.streaming import SLAB, SLABS, PinnedRing, StreamedNetwork
from kandinsky_desktop.store.models import read_model
from tests.engine.story import told
from tests.fakes import NATIVE, request

WANTED = request("a red cat", width=NATIVE, height=NATIVE, steps=10, prior_steps=10, seed=5)

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]


@pytest.fixture
def card(tmp_path: Path) -> Engine:
    return Engine(tmp_path / "card", 1, Device("cuda"))


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures are from each other, in the mean, of 255."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_card_paints_what_the_processor_paints(
    engine: Engine, card: Engine, starter: Path, dtype: str
) -> None:
    """Half precision on a processor is 0.1 of 255 apart in the mean, bfloat16 up to 1."""
    ours = told(engine, WANTED, starter)
    like = replace(ours.records[0].conditions, dtype=dtype)
    there = told(card, WANTED, starter, like=like)
    assert there.records[0].conditions.device == "cuda"
    assert there.records[0].conditions.dtype == dtype
    assert apart(ours.images[0], there.images[0]) < 1.0


def test_the_card_paints_the_same_twice_in_half_precision(card: Engine, starter: Path) -> None:
    once = told(card, WANTED, starter)
    assert once.records[0].conditions.dtype == "float16"
    assert told(card, WANTED, starter).file(0) == once.file(0)


def test_a_streamed_network_says_the_same_bits_on_the_card(starter: Path) -> None:
    models, device = ModelCache(Device("cuda")), Device("cuda")
    model = read_model(starter)
    assert model is not None
    unet, half = model.components["unet"], torch.float16
    channels, width = 4, 192  # of the starter's latents, and of its image embeddings
    given = {"image_embeds": torch.ones(2, width, dtype=half, device="cuda")}
    latents = torch.ones(2, channels, 16, 16, dtype=half, device="cuda")
    said = []
    for held in (None, unet.values, 0):  # all of it, half of its bytes, nothing
        network = models.acquire([unet], half, 0, (), lambda *_: None, held=held)["unet"]
        with torch.inference_mode():
            for _call in range(3):  # from the second on one layer ahead
                made = network(latents, 10, None, added_cond_kwargs=given, return_dict=False)[0]
        said.append(made.cpu())
        models.rest()
        if held is not None:
            assert torch.cuda.memory_allocated() < held + unet.streamed * 2 + 50 * 2**20
    models.evict_all()
    device.empty_cache()
    assert torch.equal(said[0], said[1])
    assert torch.equal(said[0], said[2])


def test_a_job_keeps_to_a_cap_that_a_person_set(card: Engine, starter: Path) -> None:
    whole = told(card, WANTED, starter)
    cap = 300 * 2**20
    card.cap_memory(cap)
    try:
        torch.cuda.reset_peak_memory_stats()
        tight = told(card, WANTED, starter)
        assert torch.cuda.max_memory_allocated() <= cap
        assert apart(whole.images[0], tight.images[0]) < 1.0
    finally:
        card.cap_memory(0)
        torch.cuda.set_per_process_memory_fraction(1.0)


# -- the pinned ring ------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [1, SLAB // 2, SLAB * 2 + 3])
@torch.inference_mode()
def test_weights_come_through_the_pinned_slabs_bit_by_bit(numbers: int) -> None:
    """In single precision on the host; in half, and in parts, on their way."""
    ring, weights = PinnedRing(), torch.randn(numbers)
    for _round in range(3):
        there = torch.empty(numbers, dtype=torch.float16, device="cuda")
        ring.copy(weights, there)
        ring.wait(ring.mark())
        assert torch.equal(there.cpu(), weights.half())


@torch.inference_mode()
def test_copies_wait_for_a_computation_that_still_reads_what_was_there() -> None:
    torch.cuda.empty_cache()
    ring, old = PinnedRing(), torch.full((SLAB,), 7.0, dtype=torch.float16, device="cuda")
    new = torch.ones(SLAB)
    address = old.data_ptr()
    torch.cuda._sleep(200_000_000)  # a tenth of a second of the card's time
    seen = old.sum(dtype=torch.float64)
    del old
    there = torch.empty(SLAB, dtype=torch.float16, device="cuda")
    assert there.data_ptr() == address  # the allocator hands out the very same memory
    ring.copy(new, there)
    ring.wait(ring.mark())
    assert float(seen) == 7.0 * SLAB
    assert float(there.sum(dtype=torch.float64)) == SLAB


@torch.inference_mode()
def test_a_network_that_is_streamed_under_load_says_the_same_bits() -> None:
    torch.manual_seed(0)
    wide = torch.nn.Sequential(*(torch.nn.Linear(2048, 2048) for _ in range(24))).eval()
    given = torch.randn(64, 2048, dtype=torch.float16, device="cuda")
    plain = torch.nn.Sequential(*(torch.nn.Linear(2048, 2048) for _ in range(24))).eval()
    plain.load_state_dict(wide.state_dict())
    expected = plain.half().to("cuda")(given)
    streamed = StreamedNetwork(wide, Device("cuda"), torch.float16)
    for _call in range(10):
        torch.cuda._sleep(5_000_000)
        assert torch.equal(streamed.network(given), expected)
    streamed.drop()


def test_what_was_pinned_is_given_back_when_nothing_is_streamed(starter: Path) -> None:
    models, device = ModelCache(Device("cuda")), Device("cuda")
    gc.collect()
    device.empty_cache()
    before = _pinned_bytes()
    model = read_model(starter)
    assert model is not None
    models.acquire([model.components["unet"]], torch.float16, 0, (), lambda *_: None, held=0)
    assert _pinned_bytes() - before == SLABS * SLAB
    models.evict_all()
    assert _pinned_bytes() <= before


def _pinned_bytes() -> int:
    return int(torch.cuda.host_memory_stats()["allocated_bytes.current"])


# -- the allocator's limit ------------------------------------------------------------------------


def test_beyond_the_cap_there_is_an_error_that_is_heard() -> None:
    device = Device("cuda")
    device.empty_cache()
    device.limit(torch.cuda.memory_reserved() + 256 * 2**20)
    try:
        with pytest.raises(torch.OutOfMemoryError) as caught:
            torch.empty(512 * 2**20, dtype=torch.uint8, device="cuda")
        assert says_no_memory(caught.value)
    finally:
        device.limit(None)
    torch.empty(512 * 2**20, dtype=torch.uint8, device="cuda")


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows' driver spills")
def test_windows_driver_does_not_spill_into_the_machines_memory() -> None:
    device = Device("cuda")
    device.limit(None)
    parts = range(device.total_bytes() // 2**28 + 1)
    with pytest.raises(torch.OutOfMemoryError):
        _taken = [torch.empty(2**28, dtype=torch.uint8, device="cuda") for _part in parts]
    assert torch.cuda.memory_reserved() <= device.budget_bytes
    device.empty_cache()


@pytest.mark.parametrize("share", [0.97, 0.5])
def test_memory_that_is_taken_in_mid_run_is_given_up_and_the_loop_goes_on(
    starter: Path, tmp_path: Path, share: float
) -> None:
    whole = told(Engine(tmp_path / "whole", 1, Device("cuda")), WANTED, starter, previews=False)
    card = SmallCard(4 * 2**30)
    engine, limits = Engine(tmp_path / "small", 1, card), list[int]()

    def squeeze(progress: Progress) -> bool:
        if isinstance(progress, Stepped) and progress.stage == "decoder" and progress.step == 4:
            limits.append(max(64 * 2**20, int(torch.cuda.memory_allocated() * share)))
            card.squeeze(limits[0])
        return False

    try:
        story = told(engine, WANTED, starter, previews=False, stop_at=squeeze)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert limits
    assert [one.step for one in story.steps("decoder")] == list(range(1, 11))
    assert apart(story.images[0], whole.images[0]) < 1.0


def test_a_card_that_is_too_small_is_a_sentence(starter: Path, tmp_path: Path) -> None:
    engine = Engine(tmp_path, 1, SmallCard(8 * 2**20))
    try:
        with pytest.raises(OutOfMemory, match="needs"):
            told(engine, WANTED, starter)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert torch.cuda.memory_allocated() < 64 * 2**20


# -- the rest -------------------------------------------------------------------------------------


def test_what_gave_way_comes_back_from_the_machines_memory_with_the_same_bits(
    card: Engine, starter: Path
) -> None:
    whole, models = told(card, WANTED, starter), card._models
    loads = models.loads
    for key in [key for key in models._resident if key.size_bytes]:
        models._evict(key)
    models._tidy()
    assert models._in_ram
    again = told(card, replace(WANTED, sampling=replace(WANTED.sampling, steps=9)), starter)
    assert models.loads == loads
    assert again.records[0].conditions.device == "cuda"
    assert told(card, WANTED, starter).file(0) == whole.file(0)


@torch.inference_mode()
def test_pictures_in_bands_are_those_of_the_whole_in_half_precision(starter: Path) -> None:
    model = read_model(starter)
    assert model is not None
    network = load(
        "movq", model.components["movq"].folder, torch.float16, device=torch.device("cuda")
    )
    latents = torch.randn(1, 4, 64, 64, device="cuda", dtype=torch.float16)
    whole, banded = movq.decode(network, latents), movq.decode(network, latents, "banded")
    assert apart(whole, banded) < 0.5


def test_without_flash_attention_the_picture_is_about_the_same(card: Engine, starter: Path) -> None:
    whole = told(card, WANTED, starter)
    card.put_models_away()
    with without_flash():
        other = told(card, WANTED, starter)
    assert apart(whole.images[0], other.images[0]) < 1.0


def test_a_phase_is_measured_and_waited_for(card: Engine, starter: Path) -> None:
    story = told(card, WANTED, starter)
    phases = [one for one in story.said if isinstance(one, PhaseRan) and one.memory is not None]
    assert phases
    for one in phases:
        assert one.memory is not None
        assert 0 < one.memory.peak <= one.memory.reserved
        assert one.seconds > 0


@pytest.mark.timeout(600)
def test_the_check_of_a_card_runs_whole_with_tiny_networks(tmp_path: Path) -> None:
    words = ["--tiny", "--device", "cuda", "--minutes", "5", "--output", str(tmp_path)]
    assert gpu_check.main([*words, "--work", str(tmp_path)]) == 0
