"""The starter on a graphics card, against what the processor paints."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.model_cache import ModelCache
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
