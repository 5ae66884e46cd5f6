"""The starter on a graphics card, against what the processor paints."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
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
