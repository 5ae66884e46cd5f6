"""Devices and number formats."""

import json
import os
from pathlib import Path

import pytest
import torch

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.engine import device
from kandinsky_desktop.engine.device import (
    SMALL,
    Device,
    best_device,
    best_dtype,
    libraries,
    named_device,
    own_threads,
)


def test_a_processor_is_always_there() -> None:
    assert named_device("cpu") == Device("cpu")
    assert best_device().kind in ("cpu", "cuda", "mps")
    assert Device("cpu").name
    memory = Device("cpu").memory()
    assert 0 < memory.used_bytes < memory.total_bytes
    assert 0 < memory.free_bytes < memory.total_bytes


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_device_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(InvalidRequest, match="has no device 'cuda'; it has: cpu"):
        named_device("cuda")


def test_the_format_follows_the_device_and_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = Device("cpu")
    assert best_dtype(Device("cuda"), 1, tmp_path) == torch.float16
    assert best_dtype(Device("mps"), 1, tmp_path) == torch.float16
    assert best_dtype(cpu, SMALL - 1, tmp_path) == torch.float32
    assert not list(tmp_path.iterdir())  # nothing was measured for it
    for gain, dtype in ((2.0, torch.bfloat16), (1.0, torch.float32)):
        monkeypatch.setattr(device, "_bf16_gain", lambda cache, gain=gain: gain)
        assert best_dtype(cpu, SMALL, tmp_path) == dtype


def test_the_speed_of_half_precision_is_measured_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {torch.float32: 3.0, torch.bfloat16: 1.0}
    monkeypatch.setattr(device, "_probe", lambda dtype, part: times[dtype])
    assert device._bf16_gain(tmp_path) == 3
    monkeypatch.setattr(device, "_probe", None)
    assert device._bf16_gain(tmp_path) == 3
    ((key, gain),) = json.loads((tmp_path / "cpu-speed.json").read_text()).items()
    assert gain == 3
    assert torch.__version__ in key


@pytest.mark.parametrize("content", ["", "[]", '{"other": 1.0}', "\xff"])
def test_a_damaged_note_of_it_is_measured_anew(
    tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu-speed.json").write_text(content, "latin-1")
    monkeypatch.setattr(device, "_probe", lambda dtype, part: 1.0)
    assert device._bf16_gain(tmp_path) == 1


@pytest.mark.parametrize(("glance", "parts"), [(0.01, [16, 16]), (0.7, [16, 16, 1, 1])])
def test_a_cpu_that_has_no_bf16_is_known_at_a_glance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, glance: float, parts: list[int]
) -> None:
    """Of all the decoder's width the probe would take it a minute."""
    probed: list[int] = []

    def probe(dtype: torch.dtype, part: int) -> float:
        probed.append(part)
        gain = glance if part > 1 else 1.5
        return 1.0 if dtype == torch.float32 else 1 / gain

    monkeypatch.setattr(device, "_probe", probe)
    assert device._bf16_gain(tmp_path) == pytest.approx(glance if len(parts) == 2 else 1.5)
    assert probed == parts


def test_the_probe_runs() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        assert device._probe(dtype, device.GLANCE) > 0
    assert device._probe(torch.float32, 1) > 0


def test_one_core_is_left_to_the_window() -> None:
    assert own_threads() == max(1, (os.cpu_count() or 1) - 1)


def test_libraries_say_their_versions() -> None:
    assert f"torch {torch.__version__}" in libraries()
    assert len(libraries()) == 3
