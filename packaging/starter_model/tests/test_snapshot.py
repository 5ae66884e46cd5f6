"""A snapshot carries every stage over to a machine that has no cache."""
# ruff: noqa: D103

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from starter import assemble, snapshot
from starter.course import Budget, Course, averaged_weights, thousands_behind
from starter.journal import cache_folder
from test_course import started, steps
from torch import nn


def trained(folder: Path) -> dict[str, torch.Tensor]:
    course = started()
    steps(course, 6)
    course.save()
    (cache_folder() / "tokenizer").mkdir()
    (cache_folder() / "tokenizer" / "tokenizer.json").write_text("{}")
    assert snapshot.take(folder) > 0
    return course.average["net"]


def test_a_stage_goes_on_from_it_where_the_cache_is_lost(tmp_path: Path) -> None:
    average = trained(tmp_path / "snapshot")
    behind = thousands_behind("tiny")
    shutil.rmtree(cache_folder())
    assert snapshot.adopt(tmp_path / "snapshot") == ["tiny"]
    assert thousands_behind("tiny") == behind == 0.096
    for name, tensor in averaged_weights("tiny")["net"].items():
        assert torch.equal(tensor, average[name].half().float())
    assert (cache_folder() / "tokenizer" / "tokenizer.json").exists()
    course = started()
    assert course.resume()
    assert course.step == 6
    steps(course, 2)


def test_weights_with_their_channels_last_are_taken_too(tmp_path: Path) -> None:
    net = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    Course("conv", {"net": net}, Budget(minutes=1), rate=1e-2, batch=1).save()
    snapshot.take(tmp_path / "snapshot")
    shutil.rmtree(cache_folder())
    snapshot.adopt(tmp_path / "snapshot")
    assert torch.equal(averaged_weights("conv")["net"]["weight"], net.weight.half().float())


@pytest.fixture
def ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped model that holds what the stage "tiny" has learnt."""
    folder = tmp_path / "model"
    folder.mkdir()
    monkeypatch.setattr(assemble, "shipped", lambda: folder)
    monkeypatch.setitem(snapshot.SHIPPED, ("tiny", "net"), "net.safetensors")
    average = trained(tmp_path / "first")
    small = {name: tensor.half() for name, tensor in average.items()}
    save_file(small, folder / "net.safetensors")
    return folder


def test_what_ships_is_not_kept_twice(tmp_path: Path, ships: Path) -> None:
    snapshot.take(tmp_path / "snapshot")
    assert not (tmp_path / "snapshot" / "tiny.safetensors").exists()
    shutil.rmtree(cache_folder())
    assert snapshot.adopt(tmp_path / "snapshot") == ["tiny"]
    shipped = load_file(ships / "net.safetensors")
    assert all(
        torch.equal(shipped[name].float(), tensor)
        for name, tensor in averaged_weights("tiny")["net"].items()
    )


def test_a_stage_whose_shipped_weights_changed_is_not_adopted(tmp_path: Path, ships: Path) -> None:
    snapshot.take(tmp_path / "snapshot")
    shutil.rmtree(cache_folder())
    held = load_file(ships / "net.safetensors")
    save_file({name: tensor + 1 for name, tensor in held.items()}, ships / "net.safetensors")
    assert snapshot.adopt(tmp_path / "snapshot") == []


def test_what_is_in_the_cache_is_never_overwritten(tmp_path: Path) -> None:
    trained(tmp_path / "snapshot")
    course = started()
    course.resume()
    steps(course, 2)
    course.save()
    assert snapshot.adopt(tmp_path / "snapshot") == []
    again = started()
    again.resume()
    assert again.step == 8


def test_one_that_weighs_too_much_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(tmp_path / "snapshot")
    monkeypatch.setattr(snapshot, "LIMIT_MEGABYTES", 0)
    with pytest.raises(OverflowError, match="would weigh"):
        snapshot.take(tmp_path / "snapshot")
    assert (tmp_path / "snapshot" / "tiny.safetensors").exists()


def test_without_one_nothing_is_adopted(tmp_path: Path) -> None:
    assert snapshot.adopt(tmp_path / "nothing") == []
