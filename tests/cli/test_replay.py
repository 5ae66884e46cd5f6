"""Replay where something is not as it was, in this process."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from kandinsky_desktop import cli
from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.pictures import read_record


@pytest.fixture
def models(starter: Path, tmp_path: Path) -> Path:
    """A folder with a model of the person's own: a little different from the starter."""
    shutil.copytree(starter, tmp_path / "models" / "mine")
    train_a_little(tmp_path / "models" / "mine")
    return tmp_path / "models"


@pytest.fixture
def picture(models: Path, tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    arguments = ["draw", "a cat", "-o", str(path), "--steps", "2", "--prior-steps", "2"]
    assert cli.main([*arguments, "--model", "mine", "--models", str(models)]) == 0
    return path


def test_a_renamed_model_is_found_by_its_weights(
    picture: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "mine").rename(models / "theirs")
    again = tmp_path / "again.png"
    assert cli.main(["replay", str(picture), "-o", str(again), "--models", str(models)]) == 0
    assert again.read_bytes() == picture.read_bytes()
    assert "very nearly" not in capsys.readouterr().err


def test_a_picture_without_its_meaning_comes_back_without_it(
    picture: Path, models: Path, tmp_path: Path
) -> None:
    with_meaning = picture.read_bytes()
    rewrite(picture, to_plain(read_record(picture), bytearray()))
    assert len(picture.read_bytes()) < len(with_meaning)
    again = tmp_path / "again.png"
    assert cli.main(["replay", str(picture), "-o", str(again), "--models", str(models)]) == 0
    assert again.read_bytes() == picture.read_bytes()


def test_other_weights_of_the_same_name_are_said(
    picture: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_a_little(models / "mine")
    again = tmp_path / "again.png"
    assert cli.main(["replay", str(picture), "-o", str(again), "--models", str(models)]) == 0
    said = capsys.readouterr().err
    assert "very nearly the same picture" in said
    assert "other weights" in said
    assert "No value differs from the old picture by more than" in said
    assert read_record(again).fingerprint != read_record(picture).fingerprint


def test_without_the_model_there_is_a_sentence(
    picture: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(models)
    capsys.readouterr()
    assert cli.main(["replay", str(picture)]) == 1
    assert "The model 'mine' that painted this picture is not here." in capsys.readouterr().err


def test_other_libraries_are_said(
    picture: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = to_plain(read_record(picture), bytearray())
    record["conditions"]["libraries"] = ["torch 1.0"]
    record["conditions"]["device"] = "cuda"
    record["conditions"]["device_name"] = "A large card"
    record["conditions"]["dtype"] = "float16"
    rewrite(picture, record)
    arguments = ["replay", str(picture), "-o", str(tmp_path), "--models", str(models)]
    assert cli.main(arguments) == 0
    said = capsys.readouterr()
    assert "very nearly the same picture" in said.err
    assert "the libraries (then torch 1.0, now torch" in said.err
    assert "the device (then A large card, now" in said.err
    now = read_record(Path(said.out.strip())).conditions
    assert (now.device, now.dtype) == ("cpu", "float32")  # half precision is not for a processor


def test_a_picture_is_not_replayed_over_itself(
    picture: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = picture.read_bytes()
    with pytest.raises(SystemExit) as refused:
        cli.main(["replay", str(picture), "-o", str(picture), "--models", str(models)])
    assert refused.value.code == 2
    assert f"{picture} is a file that the picture is made from" in capsys.readouterr().err
    assert picture.read_bytes() == before


def train_a_little(model: Path) -> None:
    """Change a few weights."""
    weights = model / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.bias"] += 0.01
    save_file(tensors, weights, {"format": "pt"})


def rewrite(picture: Path, plain: dict[str, Any]) -> None:
    """Give a picture another record."""
    assert json.dumps(plain)
    record: Record = from_plain(Record, plain)
    with pictures.open_picture(picture) as image:
        pictures.save_as(pictures.finish(image, record), picture)


@pytest.mark.parametrize("batch", [[], [5, 6], [0, 0]])
def test_a_batch_without_the_picture_is_refused(
    picture: Path, models: Path, capsys: pytest.CaptureFixture[str], batch: list[int]
) -> None:
    plain = to_plain(read_record(picture), bytearray())
    plain["conditions"]["batch"] = batch
    rewrite(picture, plain)
    capsys.readouterr()
    assert cli.main(["replay", str(picture), "--models", str(models)]) == 1
    said = capsys.readouterr()
    assert said.err == (
        f"{picture} cannot be made again: it says that it was painted in a batch without it.\n"
    )
    assert not said.out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("threads", 0, "the number of threads (then 0, now "),
        ("threads", 10**30, f"the number of threads (then {10**30}, now "),
        ("dtype", "float64", "the number format (then float64, now float32)"),
    ],
)
def test_what_no_machine_has_is_made_as_is_usual_here_and_said(
    picture: Path,
    models: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: object,
    said: str,
) -> None:
    plain = to_plain(read_record(picture), bytearray())
    plain["conditions"][name] = value
    rewrite(picture, plain)
    again = str(tmp_path / "again.png")
    assert cli.main(["replay", str(picture), "-o", again, "--models", str(models)]) == 0
    assert said in capsys.readouterr().err


def test_a_picture_of_no_threads_is_measured_all_the_same(picture: Path, models: Path) -> None:
    plain = to_plain(read_record(picture), bytearray())
    plain["conditions"]["threads"] = 0
    rewrite(picture, plain)
    assert cli.main(["measure", str(picture), "--models", str(models)]) == 0
