"""Reading components: only whole ones, and a sentence for all others."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import PriorTransformer
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.small_tokenizers import xlmr_tokenizer
from kandinsky_desktop.domain.errors import ModelProblem, Stopped
from kandinsky_desktop.engine import loading
from kandinsky_desktop.engine.loading import (
    COMPONENTS,
    load,
    load_decoder_tokenizer,
    load_prior_scheduler,
    load_tokenizer,
    scheduler_config,
)
from kandinsky_desktop.engine.weight_reading import Hollow
from kandinsky_desktop.store.models import read_model
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
    lost = sorted(name for name in tensors if name.endswith("weight"))[-1]
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
    xlmr_tokenizer().save_pretrained(folder)
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("root", ["whole_22", "whole_21"])
def test_what_is_read_tensor_by_tensor_is_what_the_library_reads(
    request: pytest.FixtureRequest, root: str, dtype: torch.dtype
) -> None:
    model = read_model(request.getfixturevalue(root))
    assert model is not None
    for part in model.components.values():
        if part.values:
            ours = load(part.kind, part.folder, dtype)
            weights = check_weights(part.folder)
            theirs = loading._read_by_library(part.kind, part.folder, weights, dtype)
            read, wanted = (
                [*network.named_parameters(), *network.named_buffers()]
                for network in (ours, theirs)
            )
            assert [name for name, _one in read] == [name for name, _one in wanted]
            for (name, one), (_name, other) in zip(read, wanted, strict=True):
                about = (one.dtype, one.requires_grad, one.stride(), one.device)
                assert about == (other.dtype, other.requires_grad, other.stride(), other.device)
                assert torch.equal(one, other), name


class Ran(TorchDispatchMode):
    """Notes what is run on tensors without memory."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.is_meta:
            self.names.add(func.overloadpacket.__name__)
        return made


@pytest.mark.parametrize("kind", OF_22)
def test_no_first_weights_are_drawn_for_those_that_are_read(starter: Path, kind: str) -> None:
    with Ran() as ran:
        network = load(kind, starter / FOLDERS[kind], torch.float32)
    assert ran.names <= {"empty", "detach", "alias"}
    assert not any(one.is_meta for one in network.state_dict().values())


def test_what_has_memory_is_set_as_it_is_told() -> None:
    given = torch.zeros(64)
    with Hollow():
        torch.nn.init.normal_(given)
        hollow = torch.nn.init.constant_(torch.empty(3), 1.0)
    assert 0.5 < given.std() < 2
    assert hollow.is_meta


def test_the_library_is_not_asked_where_all_names_are_known(
    whole_22: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*given: object) -> None:
        raise AssertionError("the library was asked")

    monkeypatch.setattr(loading, "_read_by_library", nobody)
    model = read_model(whole_22)
    assert model is not None
    for part in model.components.values():
        if part.values:
            load(part.kind, part.folder, torch.bfloat16)


def test_weights_under_other_names_are_read_by_the_library(own: Path) -> None:
    folder = own / FOLDERS["movq"]
    (file,) = folder.glob("*.safetensors")
    before, tensors = load("movq", folder, torch.float32), load_file(file)
    old = {name.replace("to_q", "query"): one.clone() for name, one in tensors.items()}
    assert old.keys() != tensors.keys()
    save_file(old, file, {"format": "pt"})
    after = load("movq", folder, torch.float32).state_dict()
    assert all(torch.equal(after[name], one) for name, one in before.state_dict().items())


@pytest.mark.parametrize("kind", OF_22)
def test_reading_is_stopped_between_two_tensors(small: Path, kind: str) -> None:
    looked = []

    def look() -> None:
        looked.append(1)
        if len(looked) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        load(kind, small / FOLDERS[kind], torch.float32, look)
    assert len(looked) == 3


def test_weights_in_the_wanted_format_take_no_memory_of_their_own(large: Path, python: str) -> None:
    told = loaded(python, large, "float16")
    assert told["anonymous"] < 0.1 * told["weights"]


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_loading_takes_at_no_time_more_than_the_weights_and_a_tenth(
    large: Path, python: str, dtype: str
) -> None:
    told = loaded(python, large, dtype)
    assert 0.9 * told["weights"] < told["anonymous"] < 1.1 * told["weights"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prior of 84 million weights, in half precision."""
    folder = tmp_path_factory.mktemp("large")
    prior = PriorTransformer(
        num_attention_heads=8, attention_head_dim=64, num_layers=20, embedding_dim=768
    )
    prior.half().save_pretrained(folder)
    return folder


def loaded(python: str, folder: Path, dtype: str) -> dict[str, int]:
    """Return the most memory that loading took in a process of its own, file pages apart."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("only Linux tells file pages apart")
    with tempfile.TemporaryDirectory() as tiny_one:
        PriorTransformer(num_layers=1, embedding_dim=8, num_attention_heads=1).save_pretrained(
            tiny_one
        )
        command = [python, "-m", "tests.engine.loading_child", str(folder), tiny_one, dtype]
        said = subprocess.run(command, capture_output=True, check=True, text=True)
    told: dict[str, int] = json.loads(said.stdout.splitlines()[-1])
    return told
