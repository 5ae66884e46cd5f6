"""Weights that were published as pickles, as 2.2's decoder for depth: made safetensors, not run."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from kandinsky_desktop.cli import main
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.engine.converting import tensor_file
from kandinsky_desktop.engine.converting.convert import convert
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.store import added_models, places
from kandinsky_desktop.store.models import read_model
from kandinsky_desktop.store.pickled_weights import pickles_in
from tests.hub_files import cached

WEIGHTS, PICKLE = "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"


@pytest.fixture
def root(whole_22: Path, tmp_path: Path) -> Path:
    """A Kandinsky 2.2 whose decoder for depth is as published: pickles alone."""
    root = shutil.copytree(whole_22, tmp_path / "mine")
    for part in ("unet", "movq"):
        folder = root / "depth" / part
        torch.save(load_file(folder / WEIGHTS), folder / PICKLE)
        (folder / WEIGHTS).unlink()
    return root


def read(root: Path) -> Model:
    model = read_model(root)
    assert model is not None
    return model


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_the_decoder_for_depth_becomes_a_part_of_its_model(root: Path, whole_22: Path) -> None:
    (said,) = read(root).problems
    assert f"let `kandinsky models convert {root / 'depth' / 'unet'}` write one beside it" in said
    before = contents(root)
    assert main(["models", "convert", str(root / "depth"), "--quiet"]) == 0
    after = contents(root)
    made = {root / "depth" / part / WEIGHTS for part in ("unet", "movq")}
    assert set(after) - set(before) == made
    assert {path: after[path] for path in before} == before
    model = read(root)
    assert not model.problems
    assert model.can("depth")
    theirs = load_file(whole_22 / "depth" / "unet" / WEIGHTS)
    ours = load_file(root / "depth" / "unet" / WEIGHTS)
    assert set(ours) == set(theirs)
    assert all(torch.equal(ours[name], one.half()) for name, one in theirs.items())
    network = load("unet", root / "depth" / "unet", torch.float32)
    assert network.state_dict()["conv_in.weight"].shape[1] == 8


def test_one_network_alone_and_what_is_not_there(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unet = root / "depth" / "unet"
    assert main(["models", "convert", str(unet), "--quiet"]) == 0
    assert read(root).can("depth")
    assert list(pickles_in(root)) == [root / "depth" / "movq"]
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["models", "convert", str(unet), "--quiet"])
    assert f"There are no weights in pickles in {unet}" in capsys.readouterr().err


def test_what_was_cut_off_goes_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensor_file, "SYNC_BYTES", 1)
    depth = root / "depth"
    told: list[int] = []

    class CutOff(Exception):
        pass

    def stop(place: str, done: int, whole: int) -> None:
        told.append(done)
        if done > whole // 2:
            raise CutOff

    with pytest.raises(CutOff):
        convert(depth, depth, stop)
    (said,) = read(root).problems
    assert f"{depth / 'unet' / PICKLE} is a pickle" in said
    again: list[int] = []
    assert convert(depth, depth, lambda place, done, whole: again.append(done)) == ""
    assert told == sorted(told)
    assert again == sorted(again)
    movq = load_file(depth / "movq" / WEIGHTS).values()  # which was whole
    assert again[0] == told[-2] - sum(one.nbytes for one in movq)
    assert read(root).can("depth")
    assert not list(depth.rglob("*.p*rt*"))


def test_weights_that_break_off_are_written_anew(root: Path, whole_22: Path) -> None:
    unet = root / "depth" / "unet"
    whole = (whole_22 / "depth" / "unet" / WEIGHTS).read_bytes()
    (unet / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    assert "breaks off" in " ".join(read(root).problems)
    assert main(["models", "convert", str(root / "depth"), "--quiet"]) == 0
    assert not read(root).problems
    assert read(root).can("depth")


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def test_a_pickle_that_asks_for_code_is_refused(root: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (root / "depth" / "unet" / PICKLE).write_bytes(pickle.dumps({"weight": Evil(marker)}))
    before = contents(root)
    with pytest.raises(ModelProblem, match="asks for code to be run, which is refused"):
        convert(root / "depth", root / "depth")
    assert not marker.exists()
    assert contents(root) == before


def test_into_another_folder_all_that_lies_beside_comes_along(root: Path, tmp_path: Path) -> None:
    before = contents(root)
    target = tmp_path / "other"
    assert convert(root / "depth", target) == ""
    assert contents(root) == before
    shutil.rmtree(root / "depth")
    target.rename(root / "depth")
    assert read(root).can("depth")
    assert not read(root).problems
    names = {path.suffix for path in (root / "depth").rglob("*") if path.is_file()}
    assert names == {".json", ".safetensors"}


def test_a_network_that_is_whole_comes_along_and_nothing_that_is_none_of_the_models(
    root: Path, whole_22: Path
) -> None:
    depth, movq = root / "depth", root / "depth" / "movq"
    theirs = (whole_22 / "depth" / "movq" / WEIGHTS).read_bytes()
    (movq / WEIGHTS).write_bytes(theirs)
    (movq / WEIGHTS.replace(".", ".fp16.", 1)).write_bytes(theirs)  # which is not loaded
    (depth / ".git").mkdir()
    for place in (".git/large", "unet/diffusion_flax_model.msgpack", "unet/notes.txt"):
        (depth / place).write_bytes(b"x")
    target, told = depth / "made" / "of it", list[tuple[int, int]]()
    assert convert(depth, target, lambda place, done, whole: told.append((done, whole))) == ""
    names = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert names == {
        "model_index.json",
        "scheduler/scheduler_config.json",
        *(f"{part}/{name}" for part in ("movq", "unet") for name in ("config.json", WEIGHTS)),
        "unet/notes.txt",
    }
    assert (target / "movq" / WEIGHTS).read_bytes() == theirs
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    target.rename(root / "made")
    shutil.rmtree(depth)
    (root / "made").rename(depth)
    assert not read(root).problems
    assert read(root).can("depth")


def test_nothing_is_written_into_the_hubs_cache(root: Path, tmp_path: Path) -> None:
    name = "kandinsky-community/kandinsky-2-2-controlnet-depth"
    cached(tmp_path / "hub", root / "depth", name)
    snapshot = next(path.parent for path in (tmp_path / "hub").rglob("model_index.json"))
    before = contents(tmp_path / "hub")
    with pytest.raises(ModelProblem, match="where nothing is written: name a folder"):
        convert(snapshot, snapshot)
    assert contents(tmp_path / "hub") == before
    assert convert(snapshot, tmp_path / "mine" / "again") == ""


def test_the_window_writes_beside_pickles_and_else_among_ones_own(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANDINSKY_HOME", str(tmp_path / "home"))
    assert added_models.place_for(root / "depth") == root / "depth"
    assert added_models.place_for(root / "decoder") == places.user_models() / "decoder"
