"""Whether two folders hold the same network: by their tensors and configs, never by names."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from kandinsky_desktop.domain.errors import Stopped
from kandinsky_desktop.store.same_network import is_same, stamp_of

WEIGHTS = "diffusion_pytorch_model.safetensors"
CONFIG = {"_class_name": "VQModel", "_diffusers_version": "0.17.0", "num_vq_embeddings": 8}
TENSORS = {
    "quantize.embedding.weight": np.arange(32, dtype="<f4").reshape(8, 4),
    "decoder.weight": np.linspace(0, 1, 3_000_000, dtype="<f4").reshape(1000, 3000),
    "decoder.bias": np.ones(1000, dtype="<f4"),
}


@pytest.fixture
def movq(tmp_path: Path) -> Path:
    return written(tmp_path / "decoder" / "movq", TENSORS)


def written(folder: Path, tensors: dict[str, np.ndarray], **config: object) -> Path:
    folder.mkdir(parents=True)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    return folder


def copied(folder: Path, name: str = "inpaint") -> Path:
    return shutil.copytree(folder, folder.parents[1] / name / "movq")


def same(one: Path, other: Path, look: Callable[[], None] = lambda: None) -> bool:
    return is_same(stamp_of("movq", one), stamp_of("movq", other), look)


def nobody() -> None:
    raise AssertionError("a tensor was read")


def test_a_copy_is_the_same_and_is_read_once(movq: Path) -> None:
    twin, reads = copied(movq), [0]

    def count() -> None:
        reads[0] += 1

    assert same(movq, twin, count)
    assert reads[0] == 5  # blocks of 4 MiB: two small tensors, and 12 MB
    assert same(movq, twin, nobody)


def test_links_are_not_read(movq: Path, tmp_path: Path) -> None:
    linked, hard = tmp_path / "linked", tmp_path / "hard"
    linked.symlink_to(movq)
    hard.mkdir()
    os.link(movq / WEIGHTS, hard / WEIGHTS)
    shutil.copy(movq / "config.json", hard)
    assert same(movq, linked, nobody)
    assert same(movq, hard, nobody)


def test_layout_and_makers_do_not_count(movq: Path, tmp_path: Path) -> None:
    turned = {name: TENSORS[name] for name in reversed(TENSORS)}
    parts = tmp_path / "parts"
    written(parts, {}, _diffusers_version="0.42.1", _name_or_path="somewhere")
    (parts / WEIGHTS).unlink()
    names = {}
    for number, (name, tensor) in enumerate(turned.items(), 1):
        file = WEIGHTS.replace(".safe", f"-0000{number}-of-00003.safe")
        save_file({name: tensor}, parts / file)
        names[name] = file
    index = {"metadata": {}, "weight_map": names}
    (parts / f"{WEIGHTS}.index.json").write_text(json.dumps(index))
    assert same(movq, parts)


@pytest.mark.parametrize("place", [0, 1_499_999, 2_999_999])
def test_one_other_number_is_another_network(movq: Path, tmp_path: Path, place: int) -> None:
    wide = TENSORS["decoder.weight"].copy()
    wide.flat[place] += 1
    other = written(tmp_path / "other", TENSORS | {"decoder.weight": wide})
    os.utime(other / WEIGHTS, ns=(1, (movq / WEIGHTS).stat().st_mtime_ns))
    assert (other / WEIGHTS).stat().st_size == (movq / WEIGHTS).stat().st_size
    assert not same(movq, other)


def test_another_shape_format_or_config_is_another_network(movq: Path, tmp_path: Path) -> None:
    turned = TENSORS["decoder.weight"].reshape(3000, 1000)
    integers = TENSORS["decoder.bias"].view("<i4")
    others = (
        written(tmp_path / "turned", TENSORS | {"decoder.weight": turned}),
        written(tmp_path / "integers", TENSORS | {"decoder.bias": integers}),
        written(tmp_path / "scaled", TENSORS, scaling_factor=0.5),
    )
    for other in others:
        assert not same(movq, other, nobody)


def test_what_changed_since_is_not_what_it_was(movq: Path) -> None:
    twin = copied(movq)
    before = stamp_of("movq", movq)
    assert is_same(before, stamp_of("movq", twin))
    third = copied(movq, "third")
    bytes_ = (movq / WEIGHTS).read_bytes()
    (movq / WEIGHTS).write_bytes(bytes_[:-4] + b"\0\0\0\0")
    assert not is_same(before, stamp_of("movq", third))
    (movq / WEIGHTS).unlink()
    assert not is_same(before, stamp_of("movq", copied(twin, "fourth")))


def test_a_comparison_can_be_stopped_and_begun_again(movq: Path) -> None:
    twin, calls = copied(movq), [0]

    def stop_at_the_second() -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise Stopped

    with pytest.raises(Stopped):
        same(movq, twin, stop_at_the_second)
    assert same(movq, twin)
