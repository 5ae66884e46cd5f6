"""A network that lies in two folders is loaded once, and never stands for another one."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.engine import weight_reading
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.model_cache import ModelCache
from tests.engine.acquiring import SINGLE, SmallDevice, acquired, nobody, parts, resident
from tests.engine.sides import mask, picture
from tests.engine.story import told
from tests.fakes import text_to_image

WEIGHTS = "diffusion_pytorch_model.safetensors"
SIDE = 32
HOW = Sampling(width=SIDE, height=SIDE, steps=2, prior_steps=2)


@pytest.fixture
def both(small: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of one model, of which no file is a link to another."""
    return shutil.copytree(small, tmp_path / "one"), shutil.copytree(small, tmp_path / "other")


def asked(words: str) -> Paint:
    return text_to_image(words, sampling=HOW)


def changed(file: Path, name: str) -> None:
    """Change one number of a tensor; size and date of the file stay."""
    stat, tensors = file.stat(), load_file(file)
    tensors[name].view(-1)[0] += 1
    save_file(tensors, file, metadata={"format": "pt"})
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size


def test_a_job_with_a_copy_of_the_folder_loads_nothing(
    both: tuple[Path, Path], tmp_path: Path
) -> None:
    engine, (one, other) = Engine(tmp_path / "cache", 1), both
    first = told(engine, asked("a cat"), one)
    loads, read = engine.loads, weight_reading.bytes_read()
    assert loads >= 4
    second = told(engine, asked("a dog"), other)
    assert second.images
    assert second.loaded == []
    assert (engine.loads, weight_reading.bytes_read()) == (loads, read)
    alone = told(Engine(tmp_path / "apart", 1), asked("a dog"), other)
    assert second.images[0].tobytes() == alone.images[0].tobytes()
    assert second.images[0].tobytes() != first.images[0].tobytes()


def test_of_a_finetuned_copy_only_what_differs_is_loaded(
    both: tuple[Path, Path], tmp_path: Path
) -> None:
    engine, (one, other) = Engine(tmp_path / "cache", 1), both
    file = other / "decoder" / "unet" / WEIGHTS
    changed(file, "conv_out.bias")
    first = told(engine, asked("a cat"), one)
    read = weight_reading.bytes_read()
    second = told(engine, asked("a cat"), other)
    assert second.loaded == ["unet"]
    tensors = load_file(file).values()
    assert weight_reading.bytes_read() - read == sum(one.nbytes for one in tensors)
    assert second.images[0].tobytes() != first.images[0].tobytes()
    again = told(engine, asked("a cat"), one)
    assert again.images[0].tobytes() == first.images[0].tobytes()


def test_a_decoder_for_holes_of_its_own_folder_shares_the_rest(
    whole_22: Path, tmp_path: Path
) -> None:
    """As people have them: one folder to paint with, and another with a decoder for holes."""
    plain, holes = (shutil.copytree(whole_22, tmp_path / name) for name in ("plain", "holes"))
    shutil.rmtree(plain / "inpaint")
    picture(SIDE, SIDE).save(tmp_path / "cat.png")
    mask((8, 8, 20, 20), SIDE, SIDE).save(tmp_path / "hole.png")
    request = asked("a cat")
    filled = replace(
        request, task=Inpaint(path=tmp_path / "cat.png", masks=(tmp_path / "hole.png",))
    )
    engine = Engine(tmp_path / "cache", 1)
    told(engine, request, plain)
    assert told(engine, filled, holes).loaded == ["unet"]
    assert told(engine, request, plain).loaded == []


def test_it_is_not_shared_where_what_was_loaded_is_gone(both: tuple[Path, Path]) -> None:
    models, (one, other) = ModelCache(Device("cpu")), both
    (before,), (after,) = parts(one, "movq"), parts(other, "movq")
    loaded = acquired(models, [before])["movq"]
    assert models.acquire([after], SINGLE, 0, (), nobody)["movq"] is loaded
    shutil.rmtree(one)  # a stick that was pulled out: weights may be pages of its file
    fresh = acquired(models, [after])["movq"]
    assert fresh is not loaded
    assert models.acquire([after], SINGLE, 0, (), nobody)["movq"] is fresh


def test_another_number_format_is_loaded_of_its_own_folder(both: tuple[Path, Path]) -> None:
    models, (one, other) = ModelCache(Device("cpu")), both
    single = acquired(models, parts(one, "movq"))["movq"]
    half = acquired(models, parts(other, "movq"), dtype=torch.bfloat16)["movq"]
    assert half is not single
    assert half.dtype == torch.bfloat16


def test_what_a_later_phase_needs_of_another_folder_stays_longest(
    both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    models, (one, other) = ModelCache(SmallDevice("cpu")), both
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    movq, unet = parts(one, "movq", "unet")
    acquired(models, [movq])
    acquired(models, [unet])
    monkeypatch.setattr(SmallDevice, "free", 0)
    acquired(models, parts(other, "text_encoder"), later=parts(other, "movq"))
    assert resident(models) == ["movq", "text_encoder"]
