"""Model folders: recognised by their configs, whole or told in a sentence what is amiss."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from benchmarks.small_tokenizers import clip_tokenizer
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.model import OPTIONAL, Component, Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store import fingerprints, models
from kandinsky_desktop.store.folder_report import report
from kandinsky_desktop.store.models import (
    configs,
    find_models,
    fingerprint_of,
    fingerprinted,
    read_model,
    read_models,
    ready_model,
)
from kandinsky_desktop.store.weights import read_config
from tests.engine import tiny

UNET = Path("decoder/unet/diffusion_pytorch_model.safetensors")


@pytest.fixture
def model(starter: Path, tmp_path: Path) -> Path:
    """A copy of the starter, to be broken."""
    return shutil.copytree(starter, tmp_path / "models" / "mine")


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One model of each kind, with all that there is of it."""
    folder = tmp_path_factory.mktemp("tiny")
    return {
        "2.1": tiny.write(folder / "old", tiny.WHOLE_21),
        "2.2": tiny.write(folder / "new", tiny.WHOLE_22),
        "sd": tiny.write_stable_diffusion(folder / "sd"),
        "sd for holes": tiny.write_stable_diffusion(folder / "holes", channels=9, hub=True),
    }


def read(root: Path) -> Model:
    model = read_model(root)
    assert model is not None
    return model


def problem(root: Path) -> str:
    with pytest.raises(ModelProblem) as found:
        read_model(root)
    return str(found.value)


def said_of(root: Path) -> list[str]:
    """Return all that is said of a folder, of its models or of what is none."""
    found = read_models(root)
    return [*found.problems, *(one for model in found.models for one in model.problems)]


def test_the_starter_is_whole(starter: Path) -> None:
    model = read(starter)
    assert (model.name, model.family) == ("starter", "kandinsky2")
    assert (model.width, model.factor, model.multiple) == (192, 4, 32)
    assert (model.token_limit, model.native) == (32, 128)
    assert {"pictures", "depth"} <= model.features
    assert {"black", "inpaint unet", "depth unet"} <= set(model.components)
    assert model.size_bytes == sum(
        file.stat().st_size for file in starter.glob("*/*/*.safetensors")
    )
    assert not model.problems


def test_each_network_has_its_numbers_counted(tiny_models: dict[str, Path]) -> None:
    for root in tiny_models.values():
        for role, one in read(root).components.items():
            has_weights = one.folder.is_dir() and any(one.folder.glob("*.safetensors"))
            assert (one.values > 0) == has_weights, role


def test_stable_diffusion_is_found_beside_kandinsky(tiny_models: dict[str, Path]) -> None:
    found = find_models((tiny_models["sd"].parent,))
    assert not found.problems
    assert {model.name: model.family for model in found.models} == {
        "old": "kandinsky2",
        "new": "kandinsky2",
        "sd": "stable_diffusion",
        "holes": "stable_diffusion",
    }
    holes = found.named("holes")
    assert holes.components["inpaint unet"] == holes.components["unet"]
    assert (holes.native, holes.multiple, holes.width, holes.token_limit) == (32, 4, 32, 77)


def test_folders_may_have_any_names(model: Path) -> None:
    (model / "prior").rename(model / "kandinsky-2-2-prior")
    (model / "decoder").rename(model / "zeichner")
    components = read(model).components
    assert components["prior"].folder == model / "kandinsky-2-2-prior" / "prior"
    assert components["unet"].folder == model / "zeichner" / "unet"


def test_a_model_has_a_name_however_its_folder_is_said(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model / "prior")
    for said in ("..", "../.", str(model)):
        assert read(Path(said)).name == "mine"


def test_an_inpainting_decoder_is_not_taken_for_one(model: Path) -> None:
    shutil.rmtree(model / "decoder")
    assert "has a prior but no decoder" in problem(model)


@pytest.mark.parametrize("folder", ["empty", "photos", "nowhere", "photos/cat.png"])
def test_other_folders_are_no_models_and_no_problem(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "photos" / "2026").mkdir(parents=True)
    (tmp_path / "photos" / "cat.png").touch()
    (tmp_path / "photos" / "2026" / "config.json").write_text("{")
    (tmp_path / "photos" / "old").symlink_to("nowhere")
    assert read_model(tmp_path / folder) is None


# each file that is loaded must be there: faults of copying, one file at a time

Fault = Callable[[Path], None]


def empty(file: Path) -> None:
    file.write_bytes(b"")


def lead_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("../../blobs/abc")


FAULTS: dict[str, Fault] = {"missing": Path.unlink, "empty": empty, "dangling": lead_nowhere}


def is_needed(component: Component, model: Model) -> bool:
    roles = [role for role, one in model.components.items() if one == component]
    return any(not role.startswith(tuple(OPTIONAL)) for role in roles)


UNNEEDED = {"tokenizer_config.json", "special_tokens_map.json"}  # transformers goes on without


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["2.1", "2.2", "sd", "sd for holes"])
def test_every_file_that_is_loaded_must_be_there_and_hold_something(
    tiny_models: dict[str, Path], kind: str, fault: str, tmp_path: Path
) -> None:
    root = shutil.copytree(tiny_models[kind], tmp_path / "mine")
    model = read(root)
    broken = 0
    for component in model.components.values():
        for file in sorted(component.folder.iterdir()):
            if fault == "missing" and file.name in UNNEEDED:
                continue
            before = file.read_bytes()
            FAULTS[fault](file)
            (said,) = said_of(root)
            assert (read_models(root).models == ()) == is_needed(component, model), file
            lacking = (f"{file.parent} lacks ", f"{file.parent} has no .safetensors")
            assert str(file) in said or said.startswith(lacking)
            assert "Errno" not in said
            broken += 1
            file.unlink(missing_ok=True)
            file.write_bytes(before)
    assert broken > len(model.components)
    assert read(root) == model  # nothing of the faults is left


@pytest.mark.parametrize("kind", ["2.1", "2.2", "sd", "sd for holes"])
def test_every_folder_that_is_loaded_must_hold_something(
    tiny_models: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    root = shutil.copytree(tiny_models[kind], tmp_path / "mine")
    model = read(root)
    for component in model.components.values():
        whole = component.folder.rename(tmp_path / "whole")
        component.folder.mkdir()
        (said,) = said_of(root)
        assert (read_models(root).models == ()) == is_needed(component, model)
        assert said.startswith(f"{component.folder} lacks ")
        component.folder.rmdir()
        whole.rename(component.folder)


def test_a_tokenizer_without_words_is_told(model: Path) -> None:
    tokenizer = model / "prior" / "tokenizer"
    shutil.rmtree(tokenizer)
    tokenizer.mkdir()
    assert f"{tokenizer} lacks tokenizer.json or vocab.json and merges.txt" in problem(model)
    tiny.write_legacy_tokenizer(clip_tokenizer(32), tokenizer)
    read(model)
    (tokenizer / "merges.txt").write_text("#version: 0.2\n")
    assert f"{tokenizer / 'merges.txt'} is empty" in problem(model)
    (tokenizer / "merges.txt").unlink()
    assert f"{tokenizer} lacks merges.txt" in problem(model)


def test_an_empty_scheduler_folder_is_one_sentence_with_one_path(model: Path) -> None:
    scheduler = model / "decoder" / "scheduler"
    (scheduler / "scheduler_config.json").unlink()
    said = problem(model)
    assert said == f"{scheduler} lacks scheduler_config.json: copy it too."


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000])
@pytest.mark.parametrize(
    "place",
    ["decoder/unet", "decoder/movq", "prior/prior", "prior/text_encoder", "prior/image_encoder"],
)
def test_a_broken_config_is_named(model: Path, place: str, content: str) -> None:
    config = model / place / "config.json"
    config.write_text(content)
    if place == "prior/image_encoder":
        (said,) = read(model).problems
    else:
        said = problem(model)
    assert said.startswith(str(config))
    assert said.count(str(model)) == 1


def test_a_config_that_says_nothing_is_named(model: Path) -> None:
    config = model / "decoder" / "movq" / "config.json"
    for content in ("{}", '{"block_out_channels": "many"}'):
        config.write_text(content)
        assert str(config) in problem(model)


@pytest.mark.parametrize("link", ["prior", "decoder", "decoder/unet", "prior/prior/config.json"])
def test_a_link_that_leads_nowhere_is_named(model: Path, link: str) -> None:
    (model / link).rename(model.parent / "elsewhere")
    (model / link).symlink_to("../blobs/abc")
    assert problem(model).startswith(f"{model / link} is a link to ../blobs/abc, which is not")


def test_a_link_among_the_models_that_leads_nowhere_is_named(model: Path) -> None:
    (model.parent / "full").symlink_to("/gone/full")
    found = find_models((model.parent,))
    assert [one.name for one in found.models] == ["mine"]
    (said,) = found.problems
    assert f"{model.parent / 'full'} is a link to /gone/full" in said


def test_what_cannot_be_reached_hides_no_other_model(model: Path, tmp_path: Path) -> None:
    """As a share that is not connected: asking for it fails, and it is not just not there."""
    far = "/" + "x" * 300  # refused to root too
    links = [model.parent / name for name in ("full", "models--far--away")]
    for link in (*links, model / "extra", model / "decoder" / "extra"):
        link.symlink_to(far, target_is_directory=True)
    found = find_models((Path(far), model.parent))
    assert [one.name for one in found.models] == ["mine"]
    reason = os.strerror(errno.ENAMETOOLONG)
    assert set(found.problems) == {
        f"{path} cannot be looked through: {reason}." for path in (far, *links, model / "extra")
    }
    told = report(model.parent, found)
    assert [told[link] for link in links] == [f"it cannot be looked through: {reason}"] * 2
    (model / "extra").unlink()
    (model / "prior").rename(tmp_path / "prior")
    (model / "prior").symlink_to(far, target_is_directory=True)
    assert problem(model) == f"{model / 'prior'} cannot be looked through: {reason}."


@pytest.mark.parametrize("kind", ["inpaint", "depth"])
def test_a_decoder_that_cannot_be_read_takes_nothing_else_away(
    tiny_models: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    root = shutil.copytree(tiny_models["2.2"], tmp_path / "mine")
    before = read(root)
    weights = root / kind / "unet" / UNET.name
    size = weights.stat().st_size
    weights.rename(weights.with_suffix(".bin"))  # as that for depth lies on the hub
    after = read(root)
    gone = set(before.components) - set(after.components)
    assert gone == {f"{kind} unet", f"{kind} unet scheduler"}
    assert before.features - after.features == ({"depth"} if kind == "depth" else set())
    assert after.size_bytes == before.size_bytes - size
    (said,) = after.problems
    assert f"{weights.with_suffix('.bin')} is a pickle" in said


def test_a_neutral_negative_that_is_damaged_is_left_out_and_told(model: Path) -> None:
    shipped = model / "prior" / "zero_embedding.safetensors"
    shipped.write_bytes(b"?" * 100)
    after = read(model)
    assert "black" not in after.components
    (said,) = after.problems
    assert said.startswith(str(shipped))


def test_an_encoder_of_pictures_without_its_processor_is_told(model: Path) -> None:
    shutil.rmtree(model / "prior" / "image_processor")
    half = read(model)
    assert "image_encoder" in half.components  # a neutral negative takes no more
    assert not half.can("pictures")
    (said,) = half.problems
    assert f"{model / 'prior'} lacks its folder image_processor" in said
    shutil.rmtree(model / "prior" / "image_encoder")  # taken away: nothing is amiss
    assert read(model).problems == ()


# several models


@pytest.fixture
def side_by_side(tiny_models: dict[str, Path], tmp_path: Path) -> Path:
    """2.1 and 2.2 in one folder, as they come from the hub."""
    root = tmp_path / "hub"
    for kind, name in (("2.1", "kandinsky-2-1"), ("2.2", "kandinsky-2-2")):
        for folder in sorted(tiny_models[kind].iterdir()):
            shutil.copytree(folder, root / f"{name}-{folder.name}")
    return root


def test_21_and_22_side_by_side_are_two_models(side_by_side: Path) -> None:
    for folders in ((side_by_side,), (side_by_side.parent, side_by_side)):
        found = find_models(folders)
        assert found.problems == ()
        assert [model.name for model in found.models] == ["hub 2.1", "hub 2.2"]
    for model, kind in zip(found.models, ("2-1", "2-2"), strict=True):
        within = [one.folder.relative_to(side_by_side) for one in model.components.values()]
        assert {folder.parts[0][:13] for folder in within} == {f"kandinsky-{kind}"}


def test_each_of_several_models_is_asked_for_by_its_decoder(side_by_side: Path) -> None:
    for model in find_models((side_by_side,)).models:
        assert read(model.root) == model
        assert read(Path(os.path.relpath(model.root))).name == model.name
    assert read(side_by_side).name == "hub 2.1"


def test_of_several_models_one_that_is_broken_leaves_the_others(side_by_side: Path) -> None:
    weights = side_by_side / "kandinsky-2-1-decoder" / "unet" / UNET.name
    weights.unlink()
    found = find_models((side_by_side,))
    assert [model.name for model in found.models] == ["hub 2.2"]
    (said,) = found.problems
    assert str(weights.parent) in said


def test_a_decoder_of_another_version_is_left_out_and_told(side_by_side: Path, model: Path) -> None:
    shutil.copytree(side_by_side / "kandinsky-2-1-inpaint", model / "inpaint-2-1")
    shutil.rmtree(model / "inpaint")
    assert "inpaint unet" not in read(model).components
    (said,) = find_models((model,)).problems
    assert (
        f"{model / 'inpaint-2-1'} is left out: it is a decoder for holes of Kandinsky 2.1" in said
    )


def test_models_are_found_beside_parts_of_others(side_by_side: Path, starter: Path) -> None:
    shutil.copytree(starter, side_by_side / "starter")
    names = [model.name for model in find_models((side_by_side,)).models]
    assert names == ["hub 2.1", "hub 2.2", "starter"]


def test_models_are_found_in_order_and_problems_beside_them(
    model: Path, starter: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(starter, model.parent / "broken")
    (broken / UNET).unlink()
    (model.parent / ".hidden").mkdir()
    (model.parent / "a file").touch()
    (model.parent / "flux").mkdir()
    (model.parent / "flux" / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    found = find_models((tmp_path / "nowhere", model.parent, starter.parent))
    assert [one.name for one in found.models] == ["mine", "starter"]
    missing, said, unknown = found.problems
    assert str(tmp_path / "nowhere") in missing
    assert str(broken) in said
    assert "holds a FluxPipeline, which is not known here" in unknown
    assert found.named("").name == "mine"
    assert found.named("starter").root == starter
    with pytest.raises(ModelProblem, match="There are: mine, starter") as refused:
        found.named("broken")
    assert said in str(refused.value)


def test_folders_that_must_not_be_read_are_left_out(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, closed = model.parent / "lost+found", tmp_path / "closed"
    lost.mkdir()
    closed.mkdir()
    look = os.scandir

    def refuse(folder: Path) -> Any:  # root, who runs tests, may read everything
        if folder in (lost, closed):
            raise PermissionError(13, "Permission denied")
        return look(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    found = find_models((closed, model.parent))
    assert [one.name for one in found.models] == ["mine"]
    assert found.problems == (f"{closed} cannot be looked through: Permission denied.",)


def test_a_model_itself_may_be_named_as_the_folder(model: Path) -> None:
    assert [one.root for one in find_models((model,)).models] == [model]


def test_two_folders_of_one_name_are_two_models_unless_they_hold_the_same(
    model: Path, starter: Path, tmp_path: Path
) -> None:
    mine = model.rename(model.with_name("starter"))
    found = find_models((mine.parent, starter.parent))
    (one,) = found.models
    assert one.root == mine
    (said,) = found.problems
    assert said == f"{starter} is left out: {mine} holds the same model."
    assert not find_models((mine.parent, mine)).problems  # the very same
    weights = mine / UNET
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    third = shutil.copytree(starter, tmp_path / "stick" / "models" / "starter")
    config = third / "decoder" / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text() + "\n")
    found = find_models((mine.parent, starter.parent, third.parent))
    assert not found.problems
    names = [one.name for one in found.models]
    assert names == ["starter", f"starter ({starter.parents[1].name})", "starter (stick)"]
    assert [found.named(name).root for name in names] == [mine, starter, third]


def test_a_link_to_a_folder_above_adds_no_model(model: Path) -> None:
    for name in ("circle", "again"):
        (model.parent / name).symlink_to(model.parent, target_is_directory=True)
    (model / "decoder" / "back").symlink_to("..", target_is_directory=True)
    (model.parent / "mine too").symlink_to(model, target_is_directory=True)
    (model.parent / "loop").symlink_to("loop")
    found = find_models((model.parent, model, model.parent / "mine too"))
    assert [one.name for one in found.models] == ["mine"]
    (said,) = found.problems
    assert said.startswith(f"{model.parent / 'loop'} is a link that leads in a circle")


def test_names_with_newlines_are_said_on_one_line(model: Path) -> None:
    odd = model.rename(model.with_name("a\nb\x1b[31m"))
    assert read(odd).name == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m"
    (odd / UNET).write_bytes(b"")
    (said,) = find_models((odd.parent,)).problems
    assert said.isprintable()
    assert said.endswith("is empty: copy it again.")


def test_a_folder_whose_name_is_no_text_is_told(model: Path) -> None:
    """The libraries that load weights take none."""
    odd = model.rename(model.with_name("m\udcf6del"))
    with pytest.raises(SafetensorError, match="not valid UTF-8"):
        safe_open(odd / UNET, "pt")
    found = find_models((odd.parent,))
    assert found.models == ()
    (said,) = found.problems
    assert said.startswith(f"{odd.parent}{os.sep}m\N{REPLACEMENT CHARACTER}del{os.sep}")
    assert said.endswith(" cannot be loaded: a name in its path is no text. Rename it.")


def test_a_model_in_a_folder_with_the_longest_name_can_be_asked_for(model: Path) -> None:
    whole = read(model.rename(model.with_name("ö" * 120)))
    assert Paint(model=f"{'x' * 255} ({whole.name})", conditioning=Prompt("a cat"))


def test_a_folder_of_very_many_files_is_looked_through_at_once(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST_ENTRIES", 100)
    for number in range(2 * models.MOST_ENTRIES):
        (model.parent / f"{number:06}.txt").touch()
        (model / f"{number:06}.png").touch()
    calls: list[Path] = []

    def read(file: Path) -> dict[str, Any]:
        calls.append(file)
        return read_config(file)

    monkeypatch.setattr("kandinsky_desktop.store.models.read_config", read)
    found = find_models((model.parent,))
    assert [one.name for one in found.models] == ["mine"]
    assert not found.problems
    assert len(calls) < 100
    assert len(models._stamp(model)) < 100
    for number in range(models.MOST_ENTRIES):
        (model.parent / f"z{number:06}").mkdir()
    found = find_models((model.parent,))
    assert [one.name for one in found.models] == ["mine"]
    (said,) = found.problems
    assert f"{model.parent} holds so much that only its first 100 folders" in said


# what lies where another thing belongs


@pytest.mark.parametrize(
    ("there", "other", "words"),
    [
        ("prior/prior", "decoder/unet", "holds a decoder, and not a prior"),
        ("decoder/unet", "prior/prior", "holds a prior, and not a decoder"),
        ("decoder/movq", "decoder/unet", "holds a decoder, and not a MoVQ"),
        ("prior/text_encoder", "prior/image_encoder", "holds an image encoder, and not a text"),
    ],
)
def test_weights_of_another_network_are_named_by_what_they_hold(
    model: Path, there: str, other: str, words: str
) -> None:
    (file,) = (model / there).glob("*.safetensors")
    (source,) = (model / other).glob("*.safetensors")
    shutil.copyfile(source, file)
    assert problem(model).startswith(f"{file} {words}")


def test_decoders_of_21_and_22_that_were_swapped_are_told(
    tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    old, new = (
        shutil.copytree(tiny_models[kind], tmp_path / name)
        for kind, name in (("2.1", "old"), ("2.2", "new"))
    )
    weights = Path("decoder/unet") / UNET.name
    of_old, of_new = (root / weights for root in (old, new))
    data = of_old.read_bytes()
    version = "is the decoder of another version than the config beside it says"
    for source, target in ((of_new, of_old), (new / "depth" / "unet" / UNET.name, of_old)):
        shutil.copyfile(source, target)
        assert problem(old).startswith(f"{target} {version}")
    of_old.write_bytes(data)
    assert read(old)
    holes = (new / "inpaint" / "unet" / UNET.name).read_bytes()
    for data, words in (
        (of_old.read_bytes(), version),
        (holes, "does not go with the config beside it: its in_channels is 9, there it is 4."),
    ):
        of_new.write_bytes(data)
        assert problem(new).startswith(f"{of_new} {words}")


@pytest.mark.parametrize(
    ("kind", "place", "tensor"),
    [
        ("2.2", "decoder", "add_embedding.image_norm.weight"),
        ("2.2", "inpaint", "add_embedding.image_norm.weight"),
        ("2.2", "depth", "add_embedding.input_hint_block.0.weight"),
        ("2.1", "decoder", "add_embedding.text_norm.weight"),
        ("2.1", "inpaint", "add_embedding.text_norm.weight"),
    ],
)
def test_a_decoder_without_the_tensor_it_is_known_by_is_not_whole(
    tiny_models: dict[str, Path], tmp_path: Path, kind: str, place: str, tensor: str
) -> None:
    root = shutil.copytree(tiny_models[kind], tmp_path / "mine")
    file = root / place / "unet" / UNET.name
    tensors = load_file(file)
    del tensors[tensor]
    save_file(tensors, file)
    said = f"{file} is not whole, it lacks {tensor}: copy it again."
    if place == "decoder":
        assert problem(root) == said
    else:
        assert read(root).problems == (said,)
        assert f"{place} unet" not in read(root).components


def test_a_plain_decoder_in_the_place_of_that_for_depth_is_told(
    tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(tiny_models["2.2"], tmp_path / "mine")
    file = root / "depth" / "unet" / UNET.name
    shutil.copyfile(root / "decoder" / "unet" / UNET.name, file)
    (said,) = read(root).problems
    words = "does not go with the config beside it: its in_channels is 4, there it is 8."
    assert said.startswith(f"{file} {words}")


def test_with_no_model_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelProblem, match="No model was found"):
        find_models((tmp_path,)).named("")


def test_a_model_that_estimates_depth_must_be_whole_too(tmp_path: Path) -> None:
    seer = tiny.write_estimator(tmp_path / "seer")
    assert find_models((tmp_path,)).estimators == (seer,)
    for name in ("preprocessor_config.json", "model.safetensors"):
        (seer / name).rename(tmp_path / "away")
        found = find_models((tmp_path,))
        assert found.estimators == ()
        (said,) = found.problems
        assert str(seer) in said
        (tmp_path / "away").rename(seer / name)
    (seer / "config.json").write_text("{")
    (said,) = find_models((tmp_path,)).problems
    assert said.startswith(str(seer / "config.json"))


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b"null", b"{", b"\xff", b'{"a": NaN}', b"9" * 9999]
)
def test_no_config_whatever_it_holds_is_more_than_a_problem(model: Path, content: bytes) -> None:
    for config in sorted(model.rglob("*.json")):
        before = config.read_bytes()
        config.write_bytes(content)
        found = find_models((model.parent,))
        assert found.models or found.problems
        assert not any("Errno" in said or "\n" in said for said in found.problems)
        config.write_bytes(before)


# what is read


def test_the_tree_holds_configs_by_their_folders(starter: Path) -> None:
    tree = configs(starter)
    assert tree["decoder/unet"]["_class_name"] == "UNet2DConditionModel"
    assert tree["prior"]["_class_name"] == "KandinskyV22PriorPipeline"
    assert tree["prior/scheduler"]["_class_name"] == "UnCLIPScheduler"
    assert tree["prior/zero_embedding.safetensors"] == {}
    assert all(isinstance(one, dict) for one in tree.values())


def test_looking_for_models_reads_no_fingerprint(
    starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "of_file", None)
    (model,) = find_models((starter,)).models
    assert {one.content for one in model.components.values()} == {""}


def test_each_component_has_a_fingerprint_of_its_own_content(model: Path, starter: Path) -> None:
    mine, its = fingerprinted(read(model)), fingerprinted(read(starter))
    contents = {role: one.content for role, one in its.components.items()}
    assert {role: one.content for role, one in mine.components.items()} == contents
    assert all(contents.values())
    assert contents["black"] == fingerprints.of_file(its.components["black"].folder)
    with (model / "decoder/scheduler/scheduler_config.json").open("a") as file:
        file.write("\n")
    after = fingerprinted(mine)
    changed = [role for role, one in after.components.items() if one.content != contents[role]]
    assert changed == ["scheduler"]


def test_a_fingerprint_is_of_the_content_alone(model: Path, starter: Path) -> None:
    mine = read(model)
    assert fingerprint_of(mine) == fingerprint_of(read(starter))
    assert [len(part) for part in fingerprint_of(mine).split("-")] == [6] * 5
    for part in ("decoder/scheduler/scheduler_config.json", "prior/tokenizer/tokenizer.json"):
        before = fingerprint_of(mine)
        with (model / part).open("a") as file:
            file.write("\n")
        assert fingerprint_of(mine) != before


def test_a_fingerprint_is_of_the_u_net_that_paints(
    tiny_models: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(tiny_models["2.1"], tmp_path / "mine")
    model = read(root)
    plain, holed = (fingerprint_of(model, role) for role in ("unet", "inpaint unet"))
    assert plain != holed
    for part in ("text_encoder/config.json", "ddpm_scheduler/scheduler_config.json"):
        before = fingerprint_of(model)
        with (root / "decoder" / part).open("a") as file:
            file.write("\n")
        assert fingerprint_of(model) != before
    before = fingerprint_of(model)
    with (root / "inpaint/unet/config.json").open("a") as file:
        file.write("\n")
    assert fingerprint_of(model) == before
    assert fingerprint_of(model, "inpaint unet") != holed


def test_a_stable_diffusion_has_a_fingerprint_of_what_it_has(tiny_models: dict[str, Path]) -> None:
    model = read(tiny_models["sd"])
    text, unet, vae, others = fingerprint_of(model).split("-")
    contents = {role: one.content[:6] for role, one in fingerprinted(model).components.items()}
    assert (text, unet, vae) == (contents["text_encoder"], contents["unet"], contents["vae"])
    assert len(others) == 6


def test_a_model_without_fingerprints_equals_itself_read_again(starter: Path) -> None:
    assert read(starter) == read(starter)
    assert fingerprinted(read(starter)) != read(starter)
    assert replace(read(starter), name="x") != read(starter)
    assert json.dumps(sorted(read(starter).features))


def test_a_ready_model_is_read_again_only_where_a_file_changed(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = shutil.copytree(starter, tmp_path / "mine")
    first = ready_model(mine)
    assert first is not None
    assert all(component.content for component in first.components.values())
    with monkeypatch.context() as patched:
        patched.setattr(models, "read_model", lambda root: pytest.fail("read again"))
        assert ready_model(mine) is first
    config = mine / "decoder" / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text() + " ")
    second = ready_model(mine)
    assert second is not None
    changed = {
        role
        for role, component in second.components.items()
        if component.content != first.components[role].content
    }
    assert changed == {"scheduler"}
    shutil.rmtree(mine / "decoder" / "movq")
    with pytest.raises(ModelProblem, match="movq"):
        ready_model(mine)
