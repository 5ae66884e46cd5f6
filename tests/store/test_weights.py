"""Weights: whole or not, and which of several are loaded."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.weights import check_weights, not_loaded, read_config

PLAIN = "diffusion_pytorch_model.safetensors"
FP16 = "diffusion_pytorch_model.fp16.safetensors"
INDEX = f"{PLAIN}.index.json"
SHARDS = [f"diffusion_pytorch_model-0000{n}-of-00002.safetensors" for n in (1, 2)]


@pytest.fixture
def unet(starter: Path, tmp_path: Path) -> Path:
    """A copy of the starter's U-Net, to be broken."""
    return shutil.copytree(starter / "decoder" / "unet", tmp_path / "unet")


def problem(folder: Path) -> str:
    with pytest.raises(ModelProblem) as found:
        check_weights(folder)
    return str(found.value)


def test_bytes_and_numbers_are_those_of_the_file(unet: Path) -> None:
    weights = check_weights(unet)
    tensors = load_file(unet / PLAIN)
    assert weights.size_bytes == (unet / PLAIN).stat().st_size
    assert weights.values == sum(tensor.size for tensor in tensors.values())
    assert (weights.files, weights.variant) == ((unet / PLAIN,), "")


def test_a_copy_that_broke_off_is_found(unet: Path) -> None:
    whole = (unet / PLAIN).read_bytes()
    (unet / PLAIN).write_bytes(whole[:-1])
    assert f"breaks off after {len(whole) - 1} of {len(whole)} bytes" in problem(unet)


def test_what_was_whole_and_is_damaged_later_is_found(unet: Path) -> None:
    check_weights(unet)
    (unet / PLAIN).write_bytes((unet / PLAIN).read_bytes()[:-1])
    assert "breaks off" in problem(unet)


@pytest.mark.parametrize("content", [b"\0" * 100, b"\xff" * 100, b"\2\0\0\0\0\0\0\0[]"])
def test_what_is_no_safetensors_is_found(unet: Path, content: bytes) -> None:
    (unet / PLAIN).write_bytes(content)
    assert "no safetensors file" in problem(unet)


def test_a_file_that_is_longer_than_it_says_is_found(unet: Path) -> None:
    """As a download that went on at the wrong place: no library reads it."""
    whole = (unet / PLAIN).read_bytes()
    (unet / PLAIN).write_bytes(whole + whole[-1000:])
    with pytest.raises(SafetensorError):
        load_file(unet / PLAIN)
    said = f"{unet / PLAIN} goes on for 1000 bytes behind its end: copy it again."
    assert problem(unet) == said


@pytest.mark.parametrize(
    "changed", [{"shape": [1]}, {"dtype": "F64"}, {"data_offsets": [0, 0]}, {"dtype": 16}]
)
def test_a_table_that_contradicts_itself_is_found(unet: Path, changed: dict[str, Any]) -> None:
    whole = (unet / PLAIN).read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    header["conv_in.weight"] |= changed
    table = json.dumps(header).encode()
    data = len(table).to_bytes(8, "little") + table + whole[8 + length :]
    (unet / PLAIN).write_bytes(data)
    with pytest.raises(SafetensorError):
        load_file(unet / PLAIN)
    assert "its beginning is damaged" in problem(unet)


def test_an_empty_file_is_found(unet: Path) -> None:
    (unet / PLAIN).write_bytes(b"")
    assert f"{unet / PLAIN} is empty" in problem(unet)


def test_a_link_to_nowhere_is_named_with_where_it_leads(unet: Path) -> None:
    (unet / PLAIN).unlink()
    (unet / PLAIN).symlink_to("../blobs/abc")
    assert f"{unet / PLAIN} is a link to ../blobs/abc, which is not there" in problem(unet)


def test_a_pickle_is_never_read(unet: Path) -> None:
    (unet / PLAIN).rename((unet / PLAIN).with_suffix(".bin"))
    said = problem(unet)
    assert "is a pickle" in said
    assert ".safetensors file of the same name" in said


def test_no_weights_at_all_are_told(unet: Path) -> None:
    (unet / PLAIN).unlink()
    assert "has no .safetensors weights" in problem(unet)


def test_weights_of_another_name_are_told_with_the_right_one(unet: Path) -> None:
    (unet / PLAIN).rename(unet / "my-unet.safetensors")
    assert f"my-unet.safetensors is not loaded under that name: rename it to {PLAIN}" in (
        problem(unet)
    )


def in_parts(folder: Path) -> None:
    """Put two copies of the weights there as if they were shards, and an index."""
    for name in SHARDS:
        shutil.copy(folder / PLAIN, folder / name)
    (folder / INDEX).write_text(json.dumps({"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}))
    (folder / PLAIN).unlink()


def test_every_shard_of_an_index_must_be_there(unet: Path) -> None:
    size = (unet / PLAIN).stat().st_size
    in_parts(unet)
    assert check_weights(unet).size_bytes == 2 * size
    (unet / SHARDS[1]).unlink()
    assert f"lacks {SHARDS[1]}, a part of its weights" in problem(unet)
    (unet / INDEX).write_text("{}")
    assert "names no weights" in problem(unet)
    (unet / INDEX).unlink()
    assert f"lacks {INDEX}" in problem(unet)


def test_of_plain_weights_and_a_variant_the_plain_ones_count(unet: Path) -> None:
    before, key = check_weights(unet), fingerprints.of_folder(unet)
    shutil.copy(unet / PLAIN, unet / FP16)
    assert check_weights(unet) == before
    assert fingerprints.of_folder(unet) == key
    (unet / FP16).write_bytes(b"\0")  # nobody reads it
    assert check_weights(unet) == before
    (unet / PLAIN).write_bytes((unet / PLAIN).read_bytes()[:-1] + b"?")
    assert fingerprints.of_folder(unet) != key


def test_a_variant_alone_is_taken(unet: Path) -> None:
    (unet / PLAIN).rename(unet / FP16)
    shutil.copy(unet / FP16, unet / "diffusion_pytorch_model.non_ema.safetensors")
    weights = check_weights(unet)
    assert (weights.files, weights.variant) == ((unet / FP16,), "fp16")


@pytest.mark.parametrize("variant", ["fp16", "bf16", "non_ema", "non-ema"])
def test_a_whole_variant_is_loaded_where_the_plain_weights_are_broken(
    unet: Path, variant: str
) -> None:
    other = unet / f"diffusion_pytorch_model.{variant}.safetensors"
    shutil.copy(unet / PLAIN, other)
    os.truncate(unet / PLAIN, 1_000_000)
    weights = check_weights(unet)
    assert (weights.files, weights.variant) == ((other,), variant)
    assert f"{unet / PLAIN} breaks off" in weights.passed_over
    assert not_loaded(unet, [file.name for file in unet.iterdir()]) == {PLAIN}
    os.truncate(other, 1_000_000)
    assert f"{unet / PLAIN} breaks off" in problem(unet)  # what comes first is what is mended


def test_of_broken_variants_the_next_is_loaded(unet: Path) -> None:
    (unet / PLAIN).rename(unet / "diffusion_pytorch_model.non_ema.safetensors")
    (unet / FP16).write_bytes(b"\0" * 100)
    assert check_weights(unet).variant == "non_ema"


def test_shards_of_a_variant_are_found_by_its_index(unet: Path) -> None:
    in_parts(unet)
    parts = [name.replace("-0", ".fp16-0", 1) for name in SHARDS]
    for old, new in zip(SHARDS, parts, strict=True):
        (unet / old).rename(unet / new)
    (unet / INDEX).unlink()
    index = unet / f"{PLAIN}.index.fp16.json"
    assert f"lacks {index.name}, which says where" in problem(unet)
    index.write_text(json.dumps({"weight_map": {"a": parts[0], "b": parts[1]}}))
    weights = check_weights(unet)
    assert ([file.name for file in weights.files], weights.variant) == (parts, "fp16")
    assert weights.index == index
    assert not not_loaded(unet, [file.name for file in unet.iterdir()])
    (unet / parts[1]).unlink()
    assert f"lacks {parts[1]}, a part of its weights" in problem(unet)


def test_a_fingerprint_is_of_the_weights_that_the_kind_loads(starter: Path, tmp_path: Path) -> None:
    encoder = shutil.copytree(starter / "prior" / "text_encoder", tmp_path / "encoder")
    key = fingerprints.of_folder(encoder, "model")
    stray = encoder / PLAIN
    shutil.copy(encoder / "model.safetensors", stray)
    assert fingerprints.of_folder(encoder, "model") == key
    stray.unlink()
    (encoder / "model.safetensors").write_bytes(b"other")
    assert fingerprints.of_folder(encoder, "model") != key


def test_a_pointer_of_git_lfs_is_no_weights(unet: Path) -> None:
    (unet / PLAIN).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")
    assert "fetch that with `git lfs pull`" in problem(unet)


def test_shards_and_a_whole_file_do_not_count_twice(unet: Path) -> None:
    whole = (unet / PLAIN).read_bytes()
    in_parts(unet)
    (unet / PLAIN).write_bytes(whole)
    weights = check_weights(unet)
    assert [file.name for file in weights.files] == SHARDS  # as diffusers does
    assert not_loaded(unet, [file.name for file in unet.iterdir()]) == {PLAIN}


def test_transformers_prefers_the_whole_file(starter: Path, tmp_path: Path) -> None:
    encoder = shutil.copytree(starter / "prior" / "text_encoder", tmp_path / "encoder")
    (encoder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "b.safetensors"}}')
    assert [file.name for file in check_weights(encoder).files] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"{", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b"[1]", "holds no settings"),
        (b'{"a":' * 100_000, "is damaged"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is damaged"),
        (b" " * 10_000_001, "has more than 10 MB"),
    ],
)
def test_a_config_that_cannot_be_read_is_one_sentence_with_its_file(
    tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(content)
    with pytest.raises(ModelProblem) as found:
        read_config(file)
    assert str(found.value).startswith(str(file))
    assert words in str(found.value)
    assert "copy it again" in str(found.value).lower()


def test_a_large_file_is_known_by_parts_of_it(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.truncate(2 * fingerprints.SMALL)
    before = fingerprints.of_file(file)
    with file.open("r+b") as stream:  # other values over a thousandth of it
        stream.seek(fingerprints.SMALL)
        stream.write(b"\1" * 150_000 * 2)
    assert fingerprints.of_file(file) != before
