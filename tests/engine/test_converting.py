"""From the original files to a folder that is painted with: the same weights, nothing run."""

import errno
import os
import pickle
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from kandinsky_desktop.cli import main
from kandinsky_desktop.domain.converting import MARK
from kandinsky_desktop.domain.errors import KandinskyError, ModelProblem
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.engine.converting import convert as converting
from kandinsky_desktop.engine.converting import originals, tensor_file
from kandinsky_desktop.engine.converting.convert import convert
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import shared_files
from kandinsky_desktop.store.models import read_model
from tests.engine import original_files
from tests.engine.story import told
from tests.fakes import text_to_image

SIDE = 64
FILES = {
    "transformers": "model.safetensors",
    "diffusers": "diffusion_pytorch_model.safetensors",
}
WRITE = {"2.0": original_files.write_20, "2.1": original_files.write_21}


@pytest.fixture(scope="module", params=["2.0", "2.1"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def published(
    version: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    origin = tmp_path_factory.mktemp("published") / version
    origin.mkdir()
    return origin, WRITE[version](origin)


@pytest.fixture(scope="module")
def made(
    version: str, published: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    target = tmp_path_factory.mktemp("made") / f"Kandinsky {version}"
    assert convert(published[0], target) == version
    return target


def weights_in(folder: Path) -> dict[str, torch.Tensor]:
    (file,) = (folder / name for name in FILES.values() if (folder / name).exists())
    return load_file(file)


def test_every_network_has_the_weights_that_it_had(
    published: tuple[Path, dict[str, Any]], made: Path
) -> None:
    """To the bit, in half precision: of the whole CLIP both towers."""
    networks = dict(published[1])
    clip = networks.pop("clip", None)
    for place, network in networks.items():
        theirs = original_files.halved(network.state_dict())
        theirs.pop("encoder.embed_tokens.weight", None)  # a second name of shared.weight
        ours = weights_in(made / place)
        kept = {name for name in theirs if "position_ids" not in name}
        kept -= {"causal_attention_mask"}
        assert kept <= set(ours), place
        assert all(torch.equal(ours[name], theirs[name]) for name in kept), place
    if clip is not None:
        both = weights_in(made / "prior/text_encoder") | weights_in(made / "prior/image_encoder")
        assert all(
            torch.equal(both[name], one.half())
            for name, one in clip.state_dict().items()
            if name != "logit_scale" and "position_ids" not in name
        )


def test_what_is_made_is_a_model_that_paints(engine: Engine, version: str, made: Path) -> None:
    model = read_model(made)
    assert model is not None
    assert model.family == {"2.0": "kandinsky20", "2.1": "kandinsky2"}[version]
    assert "inpaint unet" in model.components
    assert not (made / MARK).exists()
    side = max(SIDE, model.multiple)
    request = text_to_image(
        "a cat",
        sampling=replace(Sampling(width=side, height=side, steps=3, seed=4), prior_steps=3),
    )
    story = told(engine, request, made)
    assert story.images[0].size == (side, side)
    others = told(engine, replace(request, count=2), made)
    assert others.file(0) != others.file(1)


def test_where_a_part_is_missing_it_is_named_and_nothing_is_written(
    version: str, published: tuple[Path, Any], tmp_path: Path
) -> None:
    whole = {"2.0": "vae.ckpt", "2.1": "movq_final.ckpt"}[version]
    origin = tmp_path / "origin"
    shutil.copytree(published[0], origin, ignore=shutil.ignore_patterns(whole))
    words = {"2.0": "the autoencoder of 2.0", "2.1": "the MoVQ"}[version]
    with pytest.raises(ModelProblem, match=f"lacks {words}: put it there too"):
        convert(origin, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_what_another_model_has_already_is_stored_once(
    version: str,
    published: tuple[Path, Any],
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the files of that model, as the original ones, are what they were."""
    monkeypatch.setattr(shared_files, "LEAST", 1)
    model = read_model(made)
    assert model is not None
    known = shared_files.weights_of([model])
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in known}
    said: list[str] = []
    assert convert(published[0], tmp_path / "again", known=known, remark=said.append) == version
    assert not said
    for path in known:
        assert path.samefile(tmp_path / "again" / path.relative_to(made.resolve()))
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in known} == before

    def refused(*names: Path) -> None:
        raise OSError(errno.EMLINK, os.strerror(errno.EMLINK))

    monkeypatch.setattr(os, "link", refused)
    assert convert(published[0], tmp_path / "third", known=known, remark=said.append) == version
    assert any("stays: no link to" in one and str(tmp_path / "third") in one for one in said)
    assert read_model(tmp_path / "third") is not None


def test_the_smaller_of_two_of_a_kind_is_taken(
    version: str, published: tuple[Path, Any], tmp_path: Path
) -> None:
    """decoder.ckpt and decoder_fp16.ckpt are the same."""
    origin = tmp_path / "origin"
    shutil.copytree(published[0], origin)
    name = {"2.0": "Kandinsky-2-0.pt", "2.1": "decoder_fp16.ckpt"}[version]
    held = torch.load(origin / name, weights_only=True)
    torch.save({key: one.float() for key, one in held.items()}, origin / "larger.ckpt")
    found = converting.find(origin)
    assert found[f"unet {version}"][0].file.name in {name, name.replace("-0", "-0-inpainting")}
    plain = converting._plain(found, version)
    assert plain is not None
    assert plain.file.name == name


def test_a_folder_that_holds_something_is_not_written_into(
    published: tuple[Path, Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ModelProblem, match="is not empty: choose a new folder"):
        convert(published[0], tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_too_small_a_disk_is_a_sentence_before_anything_is_written(
    published: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(KandinskyError, match=r"GB free, and .* are needed"):
        convert(published[0], tmp_path / "made")
    assert not (tmp_path / "made").exists()


class Cut(Exception):
    """Stops a conversion where it is."""


@pytest.mark.parametrize("after", [1, 40, 90])
def test_what_was_cut_off_goes_on_to_the_same_bytes(
    published: tuple[Path, Any],
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    """And reads again only what was not surely written."""
    monkeypatch.setattr(tensor_file, "SYNC_BYTES", 20_000)
    target, calls = tmp_path / "made", 0

    def report(place: str, done: int, whole: int) -> None:
        nonlocal calls
        calls += 1
        assert done <= whole
        if calls == after:
            raise Cut

    with pytest.raises(Cut):
        convert(published[0], target, report)
    assert (target / MARK).exists()
    shutil.copytree(published[0], tmp_path / "others")
    with pytest.raises(ModelProblem, match="begun from other files"):
        convert(tmp_path / "others", target)
    convert(published[0], target)
    for file in (one for one in made.rglob("*") if one.is_file()):
        assert (target / file.relative_to(made)).read_bytes() == file.read_bytes(), file
    assert not [*target.rglob("*.part"), *target.rglob("*.progress")]


def test_what_was_begun_within_the_folder_itself_goes_on(tmp_path: Path) -> None:
    origin = tmp_path / "originals"
    origin.mkdir()
    original_files.write_20(origin)
    target = origin / "made"

    def stop(place: str, done: int, whole: int) -> None:
        if place not in ("text_encoder", "text_encoder_2"):
            raise Cut

    with pytest.raises(Cut):
        convert(origin, target, stop)
    assert (target / "text_encoder" / "model.safetensors").is_file()
    assert convert(origin, target) == "2.0"


def test_a_kill_at_any_moment_loses_nothing(
    published: tuple[Path, Any], made: Path, tmp_path: Path, python: str
) -> None:
    target = tmp_path / "made"
    slow = (
        "import sys, time; from pathlib import Path;"
        "from kandinsky_desktop.engine.converting import convert, tensor_file;"
        "tensor_file.SYNC_BYTES = 20_000;"
        "print('ready', flush=True);"
        "convert.convert(Path(sys.argv[1]), Path(sys.argv[2]),"
        " lambda *told: (print('.', flush=True), time.sleep(0.001)))"
    )
    for moment in (3, 60):
        command = [python, "-c", slow, str(published[0]), str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _line in zip(range(moment), child.stdout, strict=False):
                pass
            os.kill(child.pid, signal.SIGKILL)
            child.stdout.read()  # until nobody holds it: then it is gone
    convert(published[0], target)
    for file in (one for one in made.rglob("*.safetensors")):
        assert (target / file.relative_to(made)).read_bytes() == file.read_bytes()


# --- what is not to be trusted ------------------------------------------------------------------


class Calls:
    """Pickles as a call of any function."""

    def __init__(self, what: Any, *given: Any) -> None:
        self.told = (what, given)

    def __reduce__(self) -> Any:
        return self.told


def evil(marker: Path) -> dict[str, Any]:
    touch = f"open({str(marker)!r}, 'w')"
    return {
        "system": Calls(os.system, f"touch {marker}"),
        "eval": Calls(eval, touch),
        "exec": Calls(exec, touch),
        "within": {"state_dict": {"conv.weight": Calls(eval, touch)}},
        "popen": Calls(subprocess.Popen, ["touch", str(marker)]),
        "getattr": Calls(getattr, "", "__class__"),
    }


@pytest.mark.parametrize("kind", ["system", "eval", "exec", "within", "popen", "getattr"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path: Path, kind: str, zipped: bool) -> None:
    marker, file = tmp_path / "was here", tmp_path / "decoder.ckpt"
    if zipped:
        torch.save(evil(marker)[kind], file)
    else:
        file.write_bytes(pickle.dumps(evil(marker)[kind]))
    with pytest.raises(ModelProblem) as refused:
        originals.read(file)
    time.sleep(0.05)
    assert not marker.exists()
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 but no zip", b"\x80\x02}q\x00.", b"<html>Not found</html>"],
    ids=["nothing", "half a zip", "empty pickle", "a web page"],
)
def test_what_is_no_checkpoint_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    for suffix in (".ckpt", ".safetensors"):
        file = tmp_path / f"decoder{suffix}"
        file.write_bytes(data)
        with pytest.raises(ModelProblem) as refused:
            originals.read(file)
        assert str(file) in str(refused.value)
        assert "\n" not in str(refused.value)


def test_noise_is_a_sentence_whatever_a_reader_of_pickles_makes_of_it(tmp_path: Path) -> None:
    file, orders = tmp_path / "decoder.ckpt", b"(.0}]aeusqrhjXKMJNbRctoi2lIVL\x80\x85\x86\x87\x8a"
    for seed in range(1500):
        rng = Random(seed)
        noise = bytes([seed % 256]) + rng.randbytes(rng.choice((3, 20, 200)))
        if seed % 5 == 0:
            noise = bytes(rng.choice(orders) for _ in range(rng.randint(1, 40)))
        file.write_bytes(b"\x80\x02" * (seed % 3 == 0) + noise)
        with pytest.raises(ModelProblem) as refused:
            originals.read(file)
        assert str(file) in str(refused.value)


def test_a_checkpoint_cut_off_anywhere_is_a_sentence(
    version: str, published: tuple[Path, Any], tmp_path: Path
) -> None:
    name = {"2.0": "Kandinsky-2-0.pt", "2.1": "decoder_fp16.ckpt"}[version]
    whole = (published[0] / name).read_bytes()
    for share in (0.01, 0.5, 0.999):
        file = tmp_path / "cut.pt"
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ModelProblem, match=r"cannot be read as a checkpoint"):
            originals.read(file)


def test_a_decoder_that_lacks_a_tensor_is_named(
    version: str, published: tuple[Path, Any], tmp_path: Path
) -> None:
    origin = tmp_path / "origin"
    shutil.copytree(published[0], origin)
    name = {"2.0": "Kandinsky-2-0.pt", "2.1": "decoder_fp16.ckpt"}[version]
    held = torch.load(origin / name, weights_only=True)
    del held["middle_block.0.in_layers.2.bias"]
    torch.save(held, origin / name)
    with pytest.raises(ModelProblem, match=f"{name} is not whole: it lacks middle_block"):
        convert(origin, tmp_path / "made")


def test_a_checkpoint_is_mapped_anew_from_time_to_time(
    version: str, published: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what was read does not stay in memory; the numbers are the same."""
    name = {"2.0": "Kandinsky-2-0.pt", "2.1": "decoder_fp16.ckpt"}[version]
    monkeypatch.setattr(originals, "REMAP_BYTES", 50_000)
    times = 0

    def read_all() -> dict[str, torch.Tensor]:
        nonlocal times
        times += 1
        return originals.read(published[0] / name)

    weights, all_at_once = originals.Weights(read_all), originals.read(published[0] / name)
    assert all(torch.equal(weights.take(one), tensor) for one, tensor in all_at_once.items())
    assert times > 3
    assert all(weights[one].is_meta for one in weights)


# --- the file itself ----------------------------------------------------------------------------


def test_the_file_is_what_the_library_writes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    tensors = {
        "b": torch.randn(3, 5).half(),
        "a": torch.arange(7),
        "c": torch.randn(()),
        "empty": torch.zeros(0, 4),
    }
    planned = [
        tensor_file.Planned(name, tuple(one.shape), one.dtype, lambda one=one: one)  # type: ignore[misc]
        for name, one in tensors.items()
    ]
    tensor_file.write(tmp_path / "ours.safetensors", planned)
    save_file(tensors, tmp_path / "theirs.safetensors")
    ours, theirs = (
        load_file(tmp_path / "ours.safetensors"),
        load_file(tmp_path / "theirs.safetensors"),
    )
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_tensor_that_is_not_as_planned_leaves_no_file(tmp_path: Path) -> None:
    wrong = tensor_file.Planned("a", (3,), torch.float16, lambda: torch.zeros(4))
    with pytest.raises(ValueError, match="not"):
        tensor_file.write(tmp_path / "a.safetensors", [wrong])
    assert not (tmp_path / "a.safetensors").exists()


# --- in the terminal ----------------------------------------------------------------------------


def test_the_command_says_where_the_model_lies(
    version: str, published: tuple[Path, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "made"
    assert main(["models", "convert", str(published[0]), str(target)]) == 0
    told_by = capsys.readouterr()
    assert told_by.out.strip() == str(target)
    assert f"Kandinsky {version} is ready." in told_by.err
    assert main(["models", "convert", str(tmp_path / "nowhere"), str(target)]) != 0
    assert "There is no folder" in capsys.readouterr().err
