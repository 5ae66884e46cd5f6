"""The neutral negative: one loading of the image encoder per checkpoint, and none if it is kept."""

import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.events import Loading
from kandinsky_desktop.domain.families.kandinsky2.recognise import ZERO_EMBEDDING
from kandinsky_desktop.engine.black import embedding_of_black
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store.models import read_model
from tests.engine.story import told
from tests.fakes import request


@pytest.fixture
def own(small: Path, tmp_path: Path) -> Path:
    """A copy of the small model, to be broken."""
    return shutil.copytree(small, tmp_path / "own")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine that knows nothing yet."""
    return Engine(tmp_path / "cache", 1)


def test_the_image_encoder_is_loaded_once_and_then_never(
    engine: Engine, own: Path, tmp_path: Path
) -> None:
    first = told(engine, request(), own)
    assert first.loaded[0] == "image_encoder"  # alone, before the prior
    assert first.loaded.count("image_encoder") == 1
    again = Engine(tmp_path / "cache", 1)  # as after a restart
    second = told(again, request(), own)
    assert second.loaded.count("image_encoder") == 0
    assert second.file(0) == first.file(0)


def test_words_to_lead_away_from_need_no_encoder(engine: Engine, own: Path) -> None:
    assert "image_encoder" not in told(engine, request(negative_decoder="fog"), own).loaded


def test_the_cache_serves_a_copy_of_the_model_and_one_without_its_encoder(
    engine: Engine, own: Path, tmp_path: Path
) -> None:
    first = told(engine, request(), own)
    copy = shutil.copytree(own, tmp_path / "copy")
    shutil.rmtree(copy / "prior" / "image_encoder")
    second = told(engine, request(), copy)
    assert "image_encoder" not in second.loaded
    assert second.images[0].tobytes() == first.images[0].tobytes()


def test_with_neither_encoder_nor_cache_there_is_a_sentence(engine: Engine, own: Path) -> None:
    shutil.rmtree(own / "prior" / "image_encoder")
    with pytest.raises(ModelProblem, match="copy the folder image_encoder into"):
        told(engine, request(), own)
    assert engine.loads == 0


def test_an_encoder_that_is_damaged_is_named_where_it_is_needed(engine: Engine, own: Path) -> None:
    weights = own / "prior" / "image_encoder" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelProblem, match=r"copy the folder image_encoder into .* breaks off"):
        told(engine, request(), own)
    assert engine.loads == 0


@pytest.mark.parametrize(
    "damage",
    [b"", b"no safetensors", safetensors.torch.save({"embedding": torch.zeros(1, 7)})],
    ids=["empty", "garbage", "another shape"],
)
def test_a_damaged_cache_is_made_anew(
    engine: Engine, own: Path, tmp_path: Path, damage: bytes
) -> None:
    first = told(engine, request(), own)
    (file,) = (tmp_path / "cache" / "embeddings").rglob("EncodeBlack-*.safetensors")
    file.write_bytes(damage)
    another = Engine(tmp_path / "cache", 1)  # what is in memory is not damaged
    second = told(another, request(), own)
    assert second.loaded.count("image_encoder") == 1
    assert second.images[0].tobytes() == first.images[0].tobytes()
    assert "image_encoder" not in told(another, request(), own).loaded


def test_a_cancel_before_the_encoder_leaves_nothing_behind(
    engine: Engine, own: Path, tmp_path: Path
) -> None:
    story = told(engine, request(), own, stop_at=lambda one: isinstance(one, Loading))
    assert story.loaded == ["image_encoder"]
    assert not list((tmp_path / "cache" / "embeddings").rglob("*.safetensors"))


def test_half_precision_on_disk_is_computed_in_single(kandinsky: Path) -> None:
    folder = kandinsky / "prior" / "image_encoder"
    (file,) = folder.glob("*.safetensors")
    assert {t.dtype for t in safetensors.torch.load_file(file).values()} == {
        torch.float16,
        torch.int64,
    }
    made = embedding_of_black(folder)
    assert made.dtype == torch.float32
    assert not torch.equal(made, made.half().float())


def test_the_starter_ships_its_own(engine: Engine, starter: Path) -> None:
    shipped = safetensors.torch.load_file(starter / "prior" / ZERO_EMBEDDING)["embedding"]
    made = embedding_of_black(starter / "prior" / "image_encoder")
    torch.testing.assert_close(shipped, made, rtol=0, atol=1e-5)  # another processor made it
    assert "image_encoder" not in told(engine, request(), starter).loaded


def test_a_shipped_one_that_is_damaged_is_made_anew(
    engine: Engine, starter: Path, tmp_path: Path
) -> None:
    mine, without = (shutil.copytree(starter, tmp_path / name) for name in ("mine", "without"))
    (without / "prior" / ZERO_EMBEDDING).unlink()
    (mine / "prior" / ZERO_EMBEDDING).write_bytes(b"damaged")
    model = read_model(mine)
    assert model is not None
    assert any(ZERO_EMBEDDING in problem for problem in model.problems)
    story = told(engine, request(), mine)
    assert story.loaded[0] == "image_encoder"
    # what is shipped was made by another processor, which rounds otherwise
    assert story.images[0].tobytes() == told(engine, request(), without).images[0].tobytes()
