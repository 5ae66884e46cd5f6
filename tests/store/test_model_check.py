"""A model's weights, read byte by byte: what is odd is found, and what is known is said."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from kandinsky_desktop.domain import published_files
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky2.published import PARAMETERS
from kandinsky_desktop.domain.published_files import PublishedFile, files_for
from kandinsky_desktop.store import fingerprints, model_check, model_parts, places
from kandinsky_desktop.store.models import read_model
from kandinsky_desktop.store.weights import spans
from tests.trees import FULL, OLD, OLDEST, STARTER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    folder = tmp_path / "unet"
    folder.mkdir()
    weights = {
        "a": torch.randn(300, 7).half(),
        "b": torch.randn(1001).bfloat16(),
        "c": torch.randn(64, 64),
        "d": torch.arange(9),
    }
    save_file(weights, folder / "diffusion_pytorch_model.safetensors")
    return folder / "diffusion_pytorch_model.safetensors"


def put(file: Path, name: str, number: int, data: bytes) -> None:
    """Write over a number of a tensor."""
    span = next(one for one in spans(file) if one.name == name)
    with file.open("r+b") as stream:
        stream.seek(span.start + number * len(data))
        stream.write(data)


def test_whole_weights_are_whole_and_their_checksum_is_that_of_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_check, "BLOCK", 64)
    seen: list[int] = []
    told = model_check.check(file, seen.append)
    assert (told.problem, told.odd, told.as_published) == ("", 0, False)
    assert sum(seen) == told.size_bytes == file.stat().st_size
    import hashlib

    assert told.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("number", [0, 17, 2099])
def test_a_number_that_is_none_is_counted(file: Path, value: float, number: int) -> None:
    put(file, "a", number, np.float16(value).tobytes())
    put(file, "c", min(number, 4095), np.float32(value).tobytes())
    told = model_check.check(file)
    assert told.odd == 2
    assert told.problem == f"{file} holds 2 numbers that are none: it is damaged, copy it again."


def test_the_largest_numbers_are_numbers(file: Path) -> None:
    put(file, "a", 3, np.float16(65504).tobytes())
    put(file, "c", 3, np.float32(np.finfo(np.float32).max).tobytes())
    put(file, "d", 3, np.int64(-1).tobytes())
    assert not model_check.check(file).problem


def test_one_changed_bit_of_a_published_file_is_found(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model_check.check(file)
    known = PublishedFile("org/name", f"unet/{file.name}", whole.size_bytes, whole.sha256[:8])
    monkeypatch.setattr(published_files, "FILES", (known,))
    assert model_check.check(file).as_published
    put(file, "b", 500, b"\x01\x3f")
    told = model_check.check(file)
    assert not told.as_published
    assert "is as large as the published one, but not the same" in told.problem


def test_a_file_that_breaks_off_is_a_sentence(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(ModelProblem, match="breaks off after"):
        model_check.check(file)


def test_the_starter_model_is_whole_and_its_parts_are_named() -> None:
    model = read_model(places.shipped_models() / "starter")
    assert model is not None
    parts = {part.name: part for part in model_parts.parts_of(model)}
    assert {"prior", "text encoder", "image encoder", "decoder", "MoVQ"} <= set(parts)
    assert parts["decoder"].formats == ("F16",)
    assert not list(model_parts.missing_of(model)), "it is no published one"
    files = model_check.files_of(model)
    assert sum(part.size_bytes for part in parts.values()) == sum(f.stat().st_size for f in files)
    assert fingerprints.of_file(files[0])
    assert not any(model_check.check(one).problem for one in files)


def test_every_size_said_as_about_is_that_of_the_networks_numbers() -> None:
    for version, roles in PARAMETERS.items():
        for role, values in roles.items():
            for one in files_for(version, role):
                half = one.place.startswith("image_encoder") and version == "2.2"
                assert one.size_bytes == pytest.approx(values * (2 if half else 4), rel=1e-3), one


def test_what_a_published_version_consists_of_is_said_part_by_part() -> None:
    for version in published_files.VERSIONS:
        parts = model_parts.needed_parts(version)
        assert {one.name for one in parts if not one.is_optional} >= {"text encoder", "decoder"}
        assert [one.name for one in parts if one.is_optional][-1:]
        assert len({one.name for one in parts}) == len(parts)
    for model in (FULL, OLD, OLDEST):
        assert model_parts.version_of(model) in published_files.VERSIONS
    assert model_parts.version_of(STARTER) == ""
