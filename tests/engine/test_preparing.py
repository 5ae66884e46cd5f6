"""Loading in spare time: what the next job needs is there before it comes."""

import gc
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import NotAtHand, Stopped
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine.story import told
from tests.fakes import request


def never() -> bool:
    return False


def test_what_was_prepared_is_not_loaded_again(starter: Path, tmp_path: Path) -> None:
    engine = Engine(tmp_path / "cache", 1)
    engine.prepare(request("a red cat"), starter, never)
    there = engine.loads
    assert there >= 4  # text encoder, prior, U-Net, MoVQ
    story = told(engine, request("a red fox"), starter)  # other words need the same
    assert set(story.loaded) <= {"image_encoder"}  # once, alone, for the black picture
    plain = told(Engine(tmp_path / "other", 1), request("a red fox"), starter)
    assert story.file(0) == plain.file(0)


def test_it_gives_way_between_two_tensors_and_keeps_the_components_that_it_has(
    starter: Path, tmp_path: Path
) -> None:
    engine = Engine(tmp_path / "cache", 1)
    with pytest.raises(Stopped):
        engine.prepare(request(), starter, lambda: engine.loads == 2)  # while it is read
    first = told(engine, request(), starter).loaded[1:]  # after the black picture, once
    whole = told(Engine(tmp_path / "other", 1), request(), starter).loaded[1:]
    assert first == whole[1:]


def test_without_room_nothing_is_put_away_for_it(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(tmp_path / "cache", 1)
    monkeypatch.setattr(type(engine._device), "free_bytes", lambda device: 0)
    with pytest.raises(NotAtHand, match="There is no room for"):
        engine.prepare(request(), starter, never)
    assert engine.loads == 0


def test_memory_that_runs_out_in_spare_time_is_a_sentence_and_the_next_job_runs(
    small: Path, tmp_path: Path
) -> None:
    device = SimulatedDevice(2**30)
    engine, limits = Engine(tmp_path, 1, device), list[int]()

    def squeeze() -> bool:
        """Let another program take the memory while the first network is read."""
        if engine.loads == 1 and not limits:
            limits.append(device.allocated)
            device.limit_bytes = device.allocated + 1000
        return False

    with pytest.raises(NotAtHand, match="There is too little free memory for it now"):
        engine.prepare(request("a cat", width=32, height=32), small, squeeze)
    assert limits
    device.limit_bytes = 2**30
    told(engine, request("a cat", width=32, height=32, steps=1), small)
    engine.put_models_away()
    gc.collect()
    assert device.allocated == 0
