"""Reading components: only whole ones, and a sentence for all others."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.engine.loading import (
    COMPONENTS,
    load,
    load_decoder_tokenizer,
    load_prior_scheduler,
    load_tokenizer,
    scheduler_config,
)
from kandinsky_desktop.store.weights import check_weights
from tests.engine import tiny

FOLDERS = {
    "prior": "prior/prior",
    "text_encoder": "prior/text_encoder",
    "image_encoder": "prior/image_encoder",
    "unet": "decoder/unet",
    "movq": "decoder/movq",
}

OF_22 = [kind for kind in COMPONENTS if kind in FOLDERS]  # other families have more


@pytest.fixture
def own(small: Path, tmp_path: Path) -> Path:
    """A copy of the small model, to be broken."""
    return shutil.copytree(small, tmp_path / "own")


@pytest.mark.parametrize("kind", OF_22)
@pytest.mark.parametrize("model", ["small", "kandinsky", "starter"])
def test_each_component_is_read_in_the_format_asked_for(
    request: pytest.FixtureRequest, model: str, kind: str
) -> None:
    folder = request.getfixturevalue(model) / FOLDERS[kind]
    for dtype in (torch.float32, torch.bfloat16):
        network = load(kind, folder, dtype)
        assert {one.dtype for one in network.parameters()} == {dtype}
        assert not network.training


@pytest.mark.parametrize("kind", OF_22)
def test_a_lost_tensor_is_not_made_up(own: Path, kind: str) -> None:
    (file,) = (own / FOLDERS[kind]).glob("*.safetensors")
    tensors = load_file(file)
    lost = sorted(name for name in tensors if name.endswith("weight"))[0]
    del tensors[lost]
    save_file(tensors, file, {"format": "pt"})
    with pytest.raises(ModelProblem, match="lacks 1 of its weights"):
        load(kind, own / FOLDERS[kind], torch.float32)


@pytest.mark.parametrize("kind", OF_22)
def test_weights_of_another_shape_are_a_sentence(own: Path, kind: str) -> None:
    (file,) = (own / FOLDERS[kind]).glob("*.safetensors")
    tensors = load_file(file)
    name = sorted(name for name in tensors if tensors[name].dim() == 2)[0]
    tensors[name] = torch.zeros(3, 3)
    save_file(tensors, file, {"format": "pt"})
    with pytest.raises(ModelProblem):
        load(kind, own / FOLDERS[kind], torch.float32)


def test_a_component_in_parts_is_read(own: Path) -> None:
    folder = own / FOLDERS["unet"]
    (file,) = folder.glob("*.safetensors")
    tensors = load_file(file)
    names = sorted(tensors)
    parts = [
        (f"diffusion_pytorch_model-0000{number}-of-00002.safetensors", names[number - 1 :: 2])
        for number in (1, 2)
    ]
    for part, own_names in parts:
        save_file({name: tensors[name] for name in own_names}, folder / part, {"format": "pt"})
    where = {name: part for part, own_names in parts for name in own_names}
    index = {"metadata": {}, "weight_map": where}
    folder.joinpath(f"{file.name}.index.json").write_text(json.dumps(index))
    file.unlink()
    read = load("unet", folder, torch.float32).state_dict()
    assert all(torch.equal(read[name], tensors[name]) for name in names)


@pytest.mark.parametrize("content", ["", "{", '{"_class_name": "UNet2DConditionModel"}'])
def test_a_broken_config_is_a_sentence(own: Path, content: str) -> None:
    (own / FOLDERS["unet"] / "config.json").write_text(content)
    with pytest.raises(ModelProblem, match="unet"):
        load("unet", own / FOLDERS["unet"], torch.float32)


def test_of_several_weights_those_that_are_counted_are_loaded(own: Path) -> None:
    folder = own / FOLDERS["unet"]
    (file,) = folder.glob("*.safetensors")
    other = folder / "diffusion_pytorch_model.fp16.safetensors"
    tensors = load_file(file)
    save_file({name: tensor * 2 for name, tensor in tensors.items()}, other, {"format": "pt"})
    for wanted, factor in ((file, 1), (other, 2)):  # the plain ones, and the variant alone
        assert check_weights(folder).files == (wanted,)
        read = load("unet", folder, torch.float32).state_dict()
        assert all(torch.equal(read[name], tensors[name] * factor) for name in tensors)
        file.unlink(missing_ok=True)


@pytest.mark.parametrize("kind", ["text_encoder", "image_encoder"])
def test_a_variant_of_an_encoder_is_loaded_where_it_is_alone(own: Path, kind: str) -> None:
    folder = own / FOLDERS[kind]
    before = load(kind, folder, torch.float32).state_dict()
    (folder / "model.safetensors").rename(folder / "model.fp16.safetensors")
    after = load(kind, folder, torch.float32).state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize("kind", OF_22)
@pytest.mark.parametrize("variant", ["fp16", "non_ema"])
@pytest.mark.parametrize("parts", [False, True])
def test_a_variant_alone_is_loaded_as_its_library_saves_it(
    small: Path, tmp_path: Path, kind: str, variant: str, parts: bool
) -> None:
    network = load(kind, small / FOLDERS[kind], torch.float32)
    size = "20KB" if parts else "1GB"
    network.save_pretrained(tmp_path, variant=variant, max_shard_size=size)  # type: ignore[operator]
    weights = check_weights(tmp_path)
    assert (weights.variant, weights.index is not None) == (variant, parts)
    assert (len(weights.files) > 1) == parts
    read, before = load(kind, tmp_path, torch.float32).state_dict(), network.state_dict()
    assert all(torch.equal(read[name], before[name]) for name in before)


def test_what_is_checked_is_loaded_where_the_plain_weights_are_broken(own: Path) -> None:
    for kind in OF_22:
        folder = own / FOLDERS[kind]
        (file,) = folder.glob("*.safetensors")
        before = load(kind, folder, torch.float32).state_dict()
        shutil.copy(file, file.with_suffix(".fp16.safetensors"))
        file.unlink()  # and not only overwritten: `before` is mapped into memory from it
        file.write_bytes(b"\0" * 10)
        after = load(kind, folder, torch.float32).state_dict()
        assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize("hub", [False, True])
def test_a_tokenizer_without_a_file_is_never_made_up(own: Path, hub: bool) -> None:
    folder = own / "prior" / "tokenizer"
    if hub:
        tiny.write_legacy_tokenizer(load_tokenizer(folder), folder)
    for name in ("vocab.json", "merges.txt") if hub else ("tokenizer.json",):
        (folder / name).rename(own / "away")
        with pytest.raises(ModelProblem, match=f"lacks .*{name}"):
            load_tokenizer(folder)
        for content in ("", "{}", '{"model": {}}', "#version: 0.2"):
            (folder / name).write_text(content)
            with pytest.raises(ModelProblem, match="tokenizer"):
                load_tokenizer(folder)
        (own / "away").rename(folder / name)
    assert load_tokenizer(folder).model_max_length


def test_the_tokenizer_of_21_is_never_made_up(tmp_path: Path) -> None:
    folder = tmp_path / "tokenizer"
    tiny.xlmr_tokenizer().save_pretrained(folder)
    assert len(load_decoder_tokenizer(folder)) > 100
    (folder / "tokenizer.json").rename(folder / "sentencepiece.bpe.model")
    with pytest.raises(ModelProblem, match=r"lacks tokenizer\.json"):
        load_decoder_tokenizer(folder)


def test_a_tokenizer_is_read_once_and_anew_when_it_changes(own: Path) -> None:
    folder = own / "prior" / "tokenizer"
    first = load_tokenizer(folder)
    assert load_tokenizer(folder) is first
    config = folder / "tokenizer_config.json"
    config.write_text(config.read_text() + "\n")
    assert load_tokenizer(folder) is not first


def test_a_broken_tokenizer_is_a_sentence(own: Path) -> None:
    folder = own / "prior" / "tokenizer"
    for file in folder.iterdir():
        file.write_text("{")
    with pytest.raises(ModelProblem, match="tokenizer"):
        load_tokenizer(folder)


@pytest.mark.parametrize("content", ["", "[]", None])
def test_a_broken_scheduler_is_a_sentence(own: Path, content: str | None) -> None:
    for folder in (own / "prior" / "scheduler", own / "decoder" / "scheduler"):
        file = folder / "scheduler_config.json"
        if content is None:
            file.unlink()
        else:
            file.write_text(content)
        with pytest.raises(ModelProblem, match="scheduler_config"):
            scheduler_config(folder)
    with pytest.raises(ModelProblem):
        load_prior_scheduler(own / "prior" / "scheduler")
