"""The hub's cache as it lies there: found in place, read only, and told where it is not whole."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store import hub_cache, places
from kandinsky_desktop.store.estimators import find_estimators
from kandinsky_desktop.store.folder_report import report
from kandinsky_desktop.store.models import Found, find_models, read_model, ready_model
from tests.engine import tiny
from tests.hub_files import NAME, ORG, cached


@pytest.fixture
def hub(starter: Path, tmp_path: Path) -> Path:
    """A cache with the repositories of one model, and what else lies in such a folder."""
    hub = tmp_path / "huggingface" / "hub"
    for part in ("prior", "decoder"):
        cached(hub, starter / part, f"{ORG}/kandinsky-2-2-{part}")
    cached(hub, starter / "inpaint", f"{ORG}/kandinsky-2-2-decoder-inpaint")
    (hub / ".locks").mkdir()
    (hub / "datasets--org--pictures" / "snapshots").mkdir(parents=True)
    (hub / "version.txt").write_text("1")
    return hub


def decoder_of(hub: Path, revision: str = "abc123") -> Path:
    return hub / f"models--{NAME.replace('/', '--')}" / "snapshots" / revision


def only(found: Found) -> Model:
    assert found.problems == ()
    (model,) = found.models
    return model


def test_the_parts_of_a_model_are_found_in_their_repositories(hub: Path) -> None:
    model = only(find_models((hub,)))
    assert (model.name, model.root) == (NAME, decoder_of(hub))
    assert model.components["unet"].folder == decoder_of(hub) / "unet"
    assert "inpaint unet" in model.components
    assert model.can("pictures")
    assert find_models((hub,)).named("kandinsky-2-2-decoder") == model
    assert find_models((hub.parent,)).models == (model,)  # HF_HOME, in which the cache lies


def test_the_cache_is_found_by_itself_and_what_is_amiss_in_it_troubles_nobody(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    before = {path: path.lstat().st_mtime_ns for path in hub.rglob("*")}
    found = find_models(places.model_folders())
    assert [one.name for one in found.models] == ["starter", NAME]
    assert found.named(NAME).root.is_relative_to(hub)
    assert ready_model(found.named(NAME).root) is not None
    assert {path: path.lstat().st_mtime_ns for path in hub.rglob("*")} == before
    weights = decoder_of(hub) / "unet" / "diffusion_pytorch_model.safetensors"
    weights.resolve().unlink()
    found = find_models(places.model_folders())
    assert [one.name for one in found.models] == ["starter"]
    assert found.problems == ()
    (said,) = found.asides
    assert said == f"{weights} leads to nothing in the hub's cache: download {NAME} again."
    named = find_models(places.model_folders(str(hub)))
    assert (named.problems, named.asides) == (found.asides, ())


@pytest.mark.parametrize("part", ["prior", "decoder"])
@pytest.mark.parametrize("deep", [False, True])
def test_a_repository_or_a_snapshot_is_enough_to_find_its_model(
    hub: Path, part: str, deep: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = hub / f"models--{ORG}--kandinsky-2-2-{part}"
    given = given / "snapshots" / "abc123" if deep else given
    assert only(find_models((given,))).name == NAME
    monkeypatch.chdir(given.parent)
    assert only(find_models((Path(given.name),))).name == NAME
    read = read_model(given)
    assert read is not None
    assert read.root == decoder_of(hub)


def test_a_model_of_the_cache_is_read_again_by_its_own_address(hub: Path) -> None:
    model = only(find_models((hub,)))
    ready = ready_model(model.root)
    assert ready is not None
    assert (ready.name, ready.root) == (model.name, model.root)
    assert all(one.content for one in ready.components.values())


def test_the_snapshot_that_main_names_is_used_else_the_newest(hub: Path, starter: Path) -> None:
    repository = cached(hub, starter / "decoder", NAME, "def456", main="abc123")
    os.utime(repository / "snapshots" / "abc123", (1, 1))
    assert only(find_models((hub,))).root == decoder_of(hub, "abc123")
    for reference in ("", "gone", "../../..", "\0"):
        (repository / "refs" / "main").write_text(reference)
        assert only(find_models((hub,))).root == decoder_of(hub, "def456")
    shutil.rmtree(repository / "refs")
    assert only(find_models((hub,))).root == decoder_of(hub, "def456")
    asked = decoder_of(hub, "abc123")  # a snapshot that is named is the one that is used
    assert only(find_models((asked,))).root == asked


def test_stable_diffusion_is_found_in_its_snapshot(hub: Path, tmp_path: Path) -> None:
    source = tiny.write_stable_diffusion(tmp_path / "sd")
    for org in ("one", "two"):
        cached(hub, source, f"{org}/tiny-sd")
    found = find_models((hub,))
    assert found.problems == ()
    assert sorted(model.name for model in found.models) == [NAME, "one/tiny-sd", "two/tiny-sd"]
    alone = only(find_models((hub / "models--two--tiny-sd",)))
    assert alone.name == "two/tiny-sd"
    assert alone.root == hub / "models--two--tiny-sd" / "snapshots" / "abc123"


def test_an_estimator_is_found_in_its_snapshot(hub: Path, tmp_path: Path) -> None:
    cached(hub, tiny.write_estimator(tmp_path / "dpt"), "Intel/dpt-hybrid")
    seer = hub / "models--Intel--dpt-hybrid" / "snapshots" / "abc123"
    assert find_estimators((hub,)) == ((seer,), ())


def test_other_programs_models_are_no_problem(hub: Path) -> None:
    other = hub / "models--org--flux" / "snapshots" / "abc"
    other.mkdir(parents=True)
    (other / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    assert only(find_models((hub,))).name == NAME
    assert (
        "holds a FluxPipeline, which is not known here"
        in report(hub, find_models((hub,)))[hub / "models--org--flux"]
    )


def test_a_link_that_leads_nowhere_is_told_with_its_repository(hub: Path) -> None:
    weights = decoder_of(hub) / "unet" / "diffusion_pytorch_model.safetensors"
    weights.resolve().unlink()
    (said,) = find_models((hub,)).problems
    assert said == f"{weights} leads to nothing in the hub's cache: download {NAME} again."


@pytest.mark.parametrize("snapshot", [True, False])
def test_a_download_that_broke_off_is_told(hub: Path, snapshot: bool) -> None:
    weights = decoder_of(hub) / "unet" / "diffusion_pytorch_model.safetensors"
    blob = weights.resolve()
    blob.rename(blob.with_name("0123.incomplete"))
    weights.unlink()
    repository = decoder_of(hub).parents[1]
    if not snapshot:
        shutil.rmtree(repository / "snapshots")
    for folder in (hub, repository):
        found = find_models((folder,))
        assert found.models == ()
        told = f"A file of {repository} is not downloaded to its end: download {NAME} again."
        assert told in found.problems
    blob.with_name("0123.incomplete").rename(blob)
    if snapshot:
        weights.symlink_to(os.path.relpath(blob, weights.parent))
        (repository / "blobs" / "4567.incomplete").touch()  # of a file that is not needed
        assert only(find_models((hub,))).name == NAME


@pytest.fixture
def read_only(hub: Path) -> Iterator[Path]:
    folders = [hub, *(path for path in hub.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    yield hub
    for folder in folders:
        folder.chmod(stat.S_IRWXU)


def test_nothing_is_written_into_the_cache(read_only: Path) -> None:
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in read_only.rglob("*"))
    model = only(find_models((read_only,)))
    assert ready_model(model.root) is not None
    report(read_only, find_models((read_only,)))
    after = sorted((str(path), path.lstat().st_mtime_ns) for path in read_only.rglob("*"))
    assert after == before


def test_a_cache_without_links_is_read_too(starter: Path, tmp_path: Path) -> None:
    for part in ("prior", "decoder"):  # as on Windows
        repository = tmp_path / f"models--{ORG}--kandinsky-2-2-{part}"
        shutil.copytree(starter / part, repository / "snapshots" / "abc123")
    assert only(find_models((tmp_path,))).name == NAME
    assert hub_cache.snapshot_of(repository) == repository / "snapshots" / "abc123"


# what is said of each folder


def test_each_folder_below_is_told(hub: Path, starter: Path, tmp_path: Path) -> None:
    models = tmp_path / "mine"
    shutil.copytree(starter, models / "whole")
    shutil.copytree(starter / "prior", models / "half" / "prior")
    shutil.copytree(starter, models / "deep" / "er" / "still" / "model")
    tiny.write_estimator(models / "seer")
    for name, file, content in (
        ("llm", "config.json", '{"architectures": ["LlamaForCausalLM"]}'),
        ("sd", "v1-5.safetensors", ""),
        ("style", "pytorch_lora_weights.safetensors", ""),
        ("photos", "cat.png", ""),
        ("flux", "model_index.json", '{"_class_name": "FluxPipeline"}'),
    ):
        (models / name).mkdir()
        (models / name / file).write_text(content)
    (models / "empty").mkdir()
    (models / "gone").symlink_to("/nowhere/at/all")
    (models / "loose.ckpt").touch()
    (models / "notes.txt").touch()
    (models / "models--org--torn" / "blobs").mkdir(parents=True)
    told = {path.name: what for path, what in report(models, find_models((models,))).items()}
    assert told.pop("half").startswith(f"no model: {models / 'half'} has a prior but no decoder")
    assert told.pop("flux").startswith(f"no model: {models / 'flux'} holds a FluxPipeline, which")
    assert told == {
        "whole": "the model whole",
        "seer": "estimates depth",
        "llm": "no model: it holds a LlamaForCausalLM, which is not known here",
        "sd": "no model: it holds single files such as v1-5.safetensors, which are not read; a"
        " model is a folder, as diffusers saves it",
        "style": "no model: an addition to one (LoRA), which is not known here",
        "photos": "no model: nothing in it is a part of one (model_index.json, unet, prior …)",
        "empty": "no model: it is empty",
        "gone": "a link that leads nowhere",
        "loose.ckpt": "a single file; the original files of Kandinsky 2.0 and 2.1 become a model"
        " with `kandinsky models convert`",
        "models--org--torn": "no model: it holds no snapshot, so nothing was downloaded to its end",
        "deep": f"no model: what lies in it lies too deep; name {models / 'deep/er/still/model'}"
        " instead",
    }
    told = {path.name: what for path, what in report(hub, find_models((hub,))).items()}
    assert told == {
        "datasets--org--pictures": "no model: another part of the hub's cache",
        f"models--{ORG}--kandinsky-2-2-prior": f"the prior of {NAME}",
        f"models--{ORG}--kandinsky-2-2-decoder": f"the decoder of {NAME}",
        f"models--{ORG}--kandinsky-2-2-decoder-inpaint": f"the decoder for holes of {NAME}",
    }
    root = models / "whole"
    told = {path.name: what for path, what in report(root, find_models((root,))).items()}
    assert told["decoder"] == "the decoder of whole"
    assert told["inpaint"] == "the decoder for holes of whole"
    assert report(tmp_path / "none", Found((), ())).values()
