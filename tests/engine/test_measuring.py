"""What came through: cosines of a finished picture with all that went into it, in spare time."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
)
from kandinsky_desktop.domain.errors import KandinskyError, NotAtHand, Stopped, Unreadable
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.image_embeddings import read
from kandinsky_desktop.store import pictures
from tests.engine import tiny
from tests.engine.passes import counted
from tests.engine.sides import picture
from tests.engine.story import Story, told
from tests.fakes import request


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("measured")


@pytest.fixture(scope="module")
def warm(folder: Path) -> Engine:
    return Engine(folder / "cache", 1)


@pytest.fixture
def dog(tmp_path: Path) -> Path:
    picture(64, 64, seed=4).save(tmp_path / "dog.png")
    return tmp_path / "dog.png"


def painted(
    engine: Engine, model: Path, path: Path, meaning: Conditioning, index: int = 0, **changes: Any
) -> Path:
    """Paint a picture, and return its file."""
    wanted = replace(request(**changes), conditioning=meaning)
    return written(told(engine, wanted, model), path, index)


def written(story: Story, path: Path, index: int = 0) -> Path:
    path.write_bytes(story.file(index))
    return path


def seen(engine: Engine, model: Path, path: Path) -> Tensor:
    """Return what a picture itself means: of a picture the image encoder's point goes in."""
    story = told(engine, replace(request(steps=1), conditioning=ImagePrompt(path)), model)
    path = written(story, path.with_name("seen.png"))
    return read(path)


def cosine(one: Tensor, other: Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one, other))


def test_each_ingredient_of_a_fusion_is_measured_and_no_prior_runs(
    warm: Engine, model: Path, dog: Path, tmp_path: Path
) -> None:
    cat = Prompt("a red cat")
    other = painted(warm, model, tmp_path / "other.png", Prompt("a green tree"), seed=3)
    alone = painted(warm, model, tmp_path / "alone.png", cat)
    sources: tuple[Source, ...] = (cat, ImagePrompt(dog), ImageEmbedding(other))
    pairs = zip(sources, (0.7, 0.4, -0.1), strict=True)
    fusion = Mix(ingredients=tuple(Ingredient(*pair) for pair in pairs))
    path = painted(warm, model, tmp_path / "fused.png", fusion)
    with counted() as passes:
        cosines = warm.measure(path, model, never)
    assert set(passes) == {"image_encoder"}
    assert passes["image_encoder"] == 1  # of the picture itself: the dog is known
    result = seen(warm, model, path)
    went_in = (read(alone), seen(warm, model, dog), read(other))
    assert cosines == pytest.approx([cosine(result, one) for one in went_in], abs=1e-5)
    assert all(one is not None and -1 <= one <= 1 for one in cosines)
    with counted() as passes:
        assert warm.measure(path, model, never) == cosines
    assert not passes


def test_a_meaning_that_is_no_fusion_is_its_only_ingredient(
    warm: Engine, model: Path, dog: Path, tmp_path: Path
) -> None:
    meanings: tuple[Conditioning, ...] = (
        Prompt("a red cat", "a dog"),
        ImagePrompt(dog),
        ImagePrompt(dog, "a cat", strength=0.5),
        ImagePrompt(dog, "a cat", strength=0),
    )
    for number, meaning in enumerate(meanings):
        path = painted(warm, model, tmp_path / f"{number}.png", meaning)
        (measured,) = warm.measure(path, model, never)
        expected = cosine(seen(warm, model, path), read(path))
        assert measured == pytest.approx(expected, abs=1e-5)


def test_a_picture_of_an_interpolation_has_both_its_ends(
    warm: Engine, model: Path, dog: Path, tmp_path: Path
) -> None:
    passage = Interpolation(start=Prompt("a red cat"), end=ImagePrompt(dog))
    path = painted(warm, model, tmp_path / "way.png", passage, index=2, count=4)
    assert len(warm.measure(path, model, never)) == 2


def test_the_chosen_idea_is_the_one_that_is_measured(
    warm: Engine, model: Path, tmp_path: Path
) -> None:
    wanted = replace(request("a purple triangle"), candidates=3)
    path = written(told(warm, wanted, model), tmp_path / "chosen.png")
    (measured,) = warm.measure(path, model, never)
    expected = cosine(seen(warm, model, path), read(path))
    assert measured == pytest.approx(expected, abs=1e-5)


def test_what_changed_or_is_not_kept_is_not_measured(
    warm: Engine, model: Path, dog: Path, tmp_path: Path
) -> None:
    cat = Ingredient(Prompt("a red cat"))
    path = painted(
        warm,
        model,
        tmp_path / "fused.png",
        Mix(ingredients=(Ingredient(ImagePrompt(dog)), cat)),
    )
    picture(64, 64, seed=5).save(dog)
    first, second = warm.measure(path, model, never)
    assert (first, second is None) == (None, False)
    dog.unlink()
    assert warm.measure(path, model, never) == (None, second)
    cold = Engine(tmp_path / "cache", 1)  # that sampled no cat
    with pytest.raises(NotAtHand, match=r"What .*fused\.png was made of is not kept any more"):
        cold.measure(path, model, never)


def test_a_picture_that_was_kept_before_its_end_is_refused(
    warm: Engine, model: Path, tmp_path: Path
) -> None:
    story = told(warm, request(), model, keep_step=lambda: True)
    assert any(story.records[0].conditions.kept_steps)
    with pytest.raises(Unreadable, match="was kept before its last step"):
        warm.measure(written(story, tmp_path / "early.png"), model, never)


def test_without_an_image_encoder_it_is_refused(warm: Engine, tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "blind")
    path = painted(warm, model, tmp_path / "one.png", Prompt("a cat"))
    shutil.rmtree(model / "prior" / "image_encoder")
    with pytest.raises(NotAtHand, match="blind has no image encoder"):
        warm.measure(path, model, never)


def test_without_an_image_processor_it_is_refused(warm: Engine, tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "bleary")
    shutil.rmtree(model / "prior" / "image_processor")
    path = painted(warm, model, tmp_path / "one.png", Prompt("a cat"))  # words do without
    with pytest.raises(NotAtHand, match="bleary has no image processor"):
        warm.measure(path, model, never)


def test_without_room_nothing_is_put_away_for_it(
    warm: Engine, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = painted(warm, model, tmp_path / "one.png", Prompt("a red cat"))
    engine = Engine(tmp_path / "other cache", 1)
    told(engine, request("a red cat"), model)
    before = engine.loads
    monkeypatch.setattr(type(engine._device), "free_bytes", lambda device: 0)
    with pytest.raises(NotAtHand, match="There is no room for image_encoder"):
        engine.measure(path, model, never)
    monkeypatch.undo()
    assert told(engine, request("a red cat"), model).loaded == []
    assert engine.loads == before


def image_encoders(engine: Engine) -> list[Any]:
    """Return the image encoders that are on the device."""
    resident = engine._models._resident.items()
    return [one for key, one in resident if key.component.kind == "image_encoder"]


@pytest.mark.parametrize("layers", [0, 1, 5])
def test_it_stops_within_a_layer_and_leaves_no_hooks(
    warm: Engine, model: Path, tmp_path: Path, layers: int
) -> None:
    path = painted(warm, model, tmp_path / "one.png", Prompt("a red cat"), seed=layers + 9)
    warm.put_models_away()
    asked = []

    def stop() -> bool:
        if not image_encoders(warm):
            return False  # it is asked while the encoder is loaded, too
        asked.append(1)
        return len(asked) > layers

    with pytest.raises(Stopped):
        warm.measure(path, model, stop)
    assert len(asked) == 1 + layers
    [encoder] = image_encoders(warm)
    assert not any(layer._forward_pre_hooks for layer in encoder.modules())
    assert warm.measure(path, model, never)[0] is not None


def test_threads_are_the_engines_own_again(warm: Engine, model: Path, tmp_path: Path) -> None:
    path = painted(warm, model, tmp_path / "one.png", Prompt("a red cat"))
    record = pictures.read_record(path)
    assert record.conditions.threads == torch.get_num_threads() == 1
    engine = Engine(tmp_path / "cache", 2)
    try:
        with pytest.raises(KandinskyError):  # it knows no cat
            engine.measure(path, model, never)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: Image.new("RGB", (8, 8)).save(path), "does not say how it was made"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "cannot be read as a picture"),
        (lambda path: path.unlink(), "There is no file"),
    ],
)
def test_what_is_no_picture_of_ours_is_one_sentence(
    warm: Engine, model: Path, tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    path = painted(warm, model, tmp_path / "one.png", Prompt("a red cat"))
    change(path)
    with pytest.raises(Unreadable, match=said):
        warm.measure(path, model, never)


def test_words_are_measured_by_the_point_that_went_in(
    warm: Engine, model: Path, tmp_path: Path
) -> None:
    # not by the text encoder's own, from which even the best picture is far
    story = told(warm, replace(request("a red cat"), candidates=1), model)
    path = written(story, tmp_path / "one.png")
    (measured,) = warm.measure(path, model, never)
    text = story.records[0].score
    assert text is not None
    assert measured != pytest.approx(text, abs=1e-3)


def test_each_of_a_batch_is_measured_by_its_own_seed(
    warm: Engine, model: Path, tmp_path: Path
) -> None:
    wanted: Paint = request("a rainbow", count=2)
    story = told(warm, wanted, model)
    for index in (0, 1):
        path = written(story, tmp_path / f"{index}.png", index)
        (measured,) = warm.measure(path, model, never)
        expected = cosine(seen(warm, model, path), read(path))
        assert measured == pytest.approx(expected, abs=1e-5)
