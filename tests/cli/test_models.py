"""`kandinsky models`: list, verify and add, with real folders."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.app.options import read_options
from kandinsky_desktop.cli import main
from kandinsky_desktop.domain.families.published import published
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.store import places, shared_files
from kandinsky_desktop.store.model_parts import missing_of
from kandinsky_desktop.store.models import find_models
from kandinsky_desktop.store.shared_files import bytes_on_disk
from tests.engine import tiny
from tests.hub_files import NAME, ORG, cached

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Return a function that runs a command in a home of its own."""
    monkeypatch.setenv("KANDINSKY_HOME", str(tmp_path / "home"))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["models", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("elsewhere") / "Mine", tiny.SMALL)


def test_list_says_what_each_part_lets_people_do(said: Said) -> None:
    code, out, _err = said("list")
    assert code == 0
    assert "starter: Starter model" in out
    assert "Kandinsky 2.2 is not here" not in out
    assert "image encoder, 4 MB F16: variations, and pictures on the fusion board" in out


def test_a_folder_that_was_added_is_used_where_it_lies(said: Said, model: Path) -> None:
    before = sorted(model.rglob("*"))
    assert said("add", str(model))[:2] == (0, "Mine\n")
    assert (places.user_models() / "Mine").resolve() == model.resolve()
    code, out, _err = said("list")
    assert code == 0
    assert "Mine: Mine" in out
    again, _out, err = said("add", str(model))
    assert again != 0
    assert f"{model} was added before." in err
    other = tiny.write(model.parent / "elsewhere" / "Mine", tiny.SMALL)
    again, _out, err = said("add", str(other))
    assert again != 0
    assert "There is a Mine among your models already" in err
    assert sorted(model.rglob("*")) == before


@pytest.mark.parametrize("name", [".hidden", "…and 'more' of them"])
def test_what_was_added_is_found_from_then_on(said: Said, tmp_path: Path, name: str) -> None:
    first = tiny.write(tmp_path / name / "one", tiny.SMALL)
    second = tiny.write(tmp_path / name / "two", tiny.SMALL)
    (tmp_path / name / "notes").mkdir()
    assert said("add", str(tmp_path / name))[:2] == (0, "one\ntwo\n")
    found = find_models([places.user_models()])
    assert {model.name: model.root.resolve() for model in found.models} == {
        "one": first,
        "two": second,
    }
    assert found.problems == ()
    assert [link.name for link in sorted(places.user_models().iterdir())] == ["one", "two"]
    code, _out, err = said("add", str(tmp_path / name))
    assert (code, err) == (1, f"{tmp_path / name} was added before.\n")
    third = tiny.write(tmp_path / name / "three", tiny.SMALL)
    assert said("add", str(tmp_path / name))[0] == 0
    assert (places.user_models() / "three").resolve() == third


def test_a_hidden_folder_that_was_added_is_not_hidden(said: Said, tmp_path: Path) -> None:
    hidden = tiny.write(tmp_path / ".Mine", tiny.SMALL)
    assert said("add", str(hidden))[:2] == (0, "Mine\n")
    assert "Mine: " in said("list")[1]


def test_a_model_that_estimates_depth_is_added_too(said: Said, tmp_path: Path) -> None:
    seer = tiny.write_estimator(tmp_path / "depths" / "seer")
    link = places.user_models() / "seer"
    for folder in (seer, seer.parent):  # itself, or around it
        assert said("add", str(folder))[:2] == (0, f"{link}: estimates depth\n")
        assert find_models([places.user_models()]).estimators == (link,)
        assert "was added before" in said("add", str(folder))[2]
        link.unlink()
    cached(tmp_path / "hub", seer, "org/seer")
    for folder in (tmp_path / "hub", tmp_path / "hub" / "models--org--seer"):
        assert said("add", str(folder))[0] == 0
        (link,) = places.user_models().iterdir()
        assert link.name == "models--org--seer"
        assert find_models([places.user_models()]).estimators == (link / "snapshots" / "abc123",)
        link.unlink()


def test_repositories_of_a_cache_elsewhere_are_added_together(
    said: Said, starter: Path, tmp_path: Path
) -> None:
    for part in ("prior", "decoder"):
        cached(tmp_path / "stick" / "hub", starter / part, f"{ORG}/kandinsky-2-2-{part}")
    repository = tmp_path / "stick" / "hub" / f"models--{ORG}--kandinsky-2-2-decoder"
    assert said("add", str(repository))[:2] == (0, f"{NAME}\n")
    (model,) = find_models([places.user_models()]).models
    assert model.components["unet"].folder.resolve().is_relative_to(repository)
    for link in places.user_models().iterdir():
        link.unlink()
    assert said("add", str(tmp_path / "stick"))[:2] == (0, f"{NAME}\n")
    assert [link.name for link in places.user_models().iterdir()] == ["hub"]


def test_a_folder_without_a_model_is_not_added(said: Said, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    code, _out, err = said("add", str(tmp_path / "nothing"))
    assert code != 0
    assert "There is no model in" in err
    assert not places.user_models().exists()


def test_the_home_folder_may_be_typed_behind_an_equals_sign(
    said: Said, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], model: Path
) -> None:
    """Where no shell puts the folder in its place; PowerShell nowhere does."""
    monkeypatch.setenv("HOME", str(model.parent))
    monkeypatch.setenv("USERPROFILE", str(model.parent))
    code, out, _err = said("list", "--models=~")
    assert code == 0
    assert f"    {model}\n" in out
    assert main(["draw", "a cat", "--print-request", "--model", "Mine", "--models=~"]) == 0
    assert main(["measure", "~/cat.png"]) == 1
    assert capsys.readouterr().err == f"There is no file {model.parent / 'cat.png'}.\n"
    assert main(["replay", "~/cat.png", "--files=~"]) == 1
    assert capsys.readouterr().err == f"There is no file {model.parent / 'cat.png'}.\n"
    options = read_options(["--models=~/Mine", "~/cat.png"])
    assert (options.models, options.files) == (model, (model.parent / "cat.png",))


def test_a_folder_that_cannot_be_reached_is_a_sentence(
    said: Said, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    far = "/" + "x" * 300  # refused to root too
    monkeypatch.setenv("KANDINSKY_MODELS", far)
    code, out, _err = said("list")
    assert code == 0
    assert "starter: Starter model" in out
    assert f"! {far} cannot be looked through: " in out
    assert main(["doctor", "--models", far]) == 0
    assert f"! {far} cannot be looked through: " in capsys.readouterr().out
    assert main(["draw", "a cat", "--print-request", "--models", far]) == 1
    assert capsys.readouterr().err == f"There is no folder {far}.\n"


def test_an_eclipse_prior_is_added_to_the_model_that_it_goes_with(
    said: Said, tmp_path: Path
) -> None:
    root = tiny.write(tmp_path / "elsewhere" / "Mine", tiny.WHOLE_22)
    eclipse = tiny.write_eclipse(tmp_path / "downloads" / "ECLIPSE_KandinskyV22_Prior")
    code, _out, err = said("add", str(eclipse))
    assert code != 0
    assert "is an ECLIPSE prior by itself: put it beside the folders of Kandinsky 2.2" in err
    said("add", str(root))
    before = sorted((tmp_path / "elsewhere").rglob("*"))
    assert said("add", str(eclipse))[:2] == (0, "Mine ECLIPSE\n")
    assert sorted((tmp_path / "elsewhere").rglob("*")) == before
    model = find_models([places.user_models()]).named("Mine ECLIPSE")
    assert model.components["prior"].folder.resolve() == eclipse.resolve()
    assert {"inpaint unet", "depth unet", "image_encoder"} <= set(model.components)
    folder = places.user_models() / "Mine ECLIPSE"
    assert not [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [one for one in places.user_models().iterdir() if one.name[0] == "."]
    code, out, _err = said("list")
    assert [line for line in out.splitlines() if line.startswith(("Mine:", "Mine ECLIPSE:"))]
    assert "    ECLIPSE prior, " in out
    again, _out, err = said("add", str(eclipse))
    assert again != 0
    assert "was added before" in err


def test_an_eclipse_prior_could_be_added_to_a_2_2_that_has_none() -> None:
    full = published("2.2")
    small = Component("eclipse_prior", Path("eclipse"))
    beside = replace(full, name="with", components={**full.components, "prior": small})
    (lack,) = missing_of(full, [full])
    assert (lack.name, lack.is_optional) == ("ECLIPSE prior", True)
    assert lack.files[0].repository == "ECLIPSE-Community/ECLIPSE_KandinskyV22_Prior"
    assert not list(missing_of(full, [full, beside]))
    assert not list(missing_of(published("2.1"), []))


def test_verify_reads_every_file_and_names_the_one_that_is_amiss(
    said: Said, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    tiny.write(folder / "Mine", tiny.SMALL)
    code, out, _err = said("verify", "Mine", "--models", str(folder), "--quiet")
    assert code == 0
    assert out.count("whole, sha256") == 5
    weights = folder / "Mine" / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-4:] = b"\x00\x00\xc0\x7f"  # a float32 that is no number
    weights.write_bytes(data)
    code, out, _err = said("verify", "Mine", "--models", str(folder), "--quiet")
    assert code == 1
    (line,) = (one for one in out.splitlines() if "whole" not in one)
    assert line.startswith(f"{weights} holds a number that is none")


def test_a_file_that_a_disk_does_not_give_is_said_and_the_others_are_read(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own `open` stands for the disk: none that fails can be made here."""
    model = tiny.write(tmp_path / "models" / "Mine", tiny.SMALL)
    weights = model / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    where = ["--models", str(model.parent), "--model", "Mine"]
    find_models([model])  # its header was read before
    opened: Callable[..., Any] = Path.open

    def refuse(path: Path, *how: Any, **more: Any) -> Any:
        if path == weights:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", refuse)
    code, out, _err = said("verify", "Mine", "--models", str(model.parent), "--quiet")
    assert code == 1
    reason = f"{weights} cannot be read: {os.strerror(errno.EIO)}."
    assert reason in out.splitlines()
    assert out.count("whole, sha256") == 4
    assert main(["doctor", *where[:2]]) == 0
    assert f"! {model}, where the model lies, cannot be read any more" in capsys.readouterr().out
    assert main(["doctor", "--plan", "64x64", *where]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_is_not_here_is_said_file_by_file_with_its_size(said: Said) -> None:
    code, out, _err = said("list", "--missing")
    assert code == 0
    prior = "kandinsky-community/kandinsky-2-2-prior/prior/diffusion_pytorch_model.safetensors"
    lines = [line.strip() for line in out.splitlines()]
    assert "Kandinsky 2.2 is not here. It was published as:" in lines
    assert f"{prior}, 4.1 GB" in lines
    assert "ai-forever/Kandinsky_2.0/Kandinsky-2-0.pt, 2.7 GB" in lines
    assert "ai-forever/Kandinsky_2.0/vae.ckpt, about 1.1 GB" in lines


def test_copies_are_stored_once_on_a_clear_order_alone(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_files, "LEAST", 1000)
    folder = tmp_path / "models"
    tiny.write(folder / "Mine", tiny.SMALL)
    shutil.copytree(folder / "Mine", folder / "Other")
    scheduler = folder / "Other" / "decoder" / "scheduler" / "scheduler_config.json"
    scheduler.write_text(scheduler.read_text("utf-8").replace("0.012", "0.013"), "utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*.safetensors")}
    inodes = {path: path.stat().st_ino for path in before}
    whole = sum(map(len, before.values()))
    assert bytes_on_disk(before) == whole
    code, out, _err = said("share", "--models", str(folder), "--quiet")
    assert code == 0
    assert "would be saved by `kandinsky models share --apply`" in out
    assert "Nothing was changed." in out
    assert {path: path.stat().st_ino for path in before} == inodes
    _code, out, _err = said("list", "--models", str(folder))
    assert "lie there twice: `kandinsky models share` says which." in out
    code, out, _err = said("share", "--models", str(folder), "--quiet", "--apply")
    assert code == 0
    assert "are free again" in out
    assert bytes_on_disk(before) == whole / 2
    assert {path: path.read_bytes() for path in before} == before
    _code, out, _err = said("list", "--models", str(folder))
    assert "the same lies in" not in out
    assert f"stored once, for {folder / 'Mine' / 'decoder' / 'movq'} too" in out
    assert "lie there twice" not in out
    _code, out, _err = said("share", "--models", str(folder), "--quiet")
    assert "No two files hold the same, but for those that are one already." in out


def test_weights_that_lie_there_twice_are_said(said: Said, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    tiny.write(folder / "Mine", tiny.SMALL)
    tiny.write(folder / "Other", tiny.SMALL)
    unet = folder / "Other" / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(unet.read_bytes())
    data[-1] ^= 1
    unet.write_bytes(data)
    code, out, _err = said("list", "--models", str(folder))
    assert code == 0
    movq = folder / "Mine" / "decoder" / "movq"
    assert f"the same lies in {movq} too" in out
    assert f"the same lies in {folder / 'Mine' / 'decoder' / 'unet'} too" not in out


@pytest.mark.parametrize(
    "words",
    [
        ("share", "--models", "nowhere"),
        ("verify", "starter", "--models", "nowhere"),
        ("convert", "nowhere"),
        ("convert", "nowhere", "new"),
    ],
    ids=" ".join,
)
def test_a_folder_that_is_not_there_is_said_of_whatever_is_asked(
    said: Said, words: tuple[str, ...]
) -> None:
    assert said(*words, "--quiet") == (1, "", "There is no folder nowhere.\n")
