"""What goes into a fusion outlasts its file: the same point, and a small sight of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import ingredients
from kandinsky_desktop.store.ingredients import instead
from tests.engine.story import Story, told
from tests.fakes import request


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "my cat.jpg"
    Image.effect_noise((640, 480), 60).convert("RGB").save(path)
    return path


def fusion(*sources: ImagePrompt | ImageEmbedding) -> Paint:
    wanted = request()
    pairs = [Ingredient(source, 0.5) for source in sources]
    meaning = Mix(ingredients=(*pairs, Ingredient(Prompt("gold"), 1.0)))
    return Paint(conditioning=meaning, sampling=wanted.sampling, model=wanted.model)


def kept(folder: Path, story: Story, place: int = 0) -> Path | None:
    """Return what is to be fused instead of an ingredient, found as the window finds it."""
    record = story.records[0]
    meaning = record.request.conditioning
    assert isinstance(meaning, Mix)
    source = meaning.ingredients[place].source
    content = record.sources[0]
    return instead(folder, source, content, record.fingerprint, record.request, record.index)


@pytest.mark.parametrize("led", [False, True])
def test_a_fusion_is_painted_the_same_without_its_file(
    tmp_path: Path, picture: Path, model: Path, led: bool
) -> None:
    engine, home = Engine(tmp_path / "cache", 1, ingredients=tmp_path / "kept"), tmp_path / "kept"
    source = ImagePrompt(picture, "a tiger", strength=0.5) if led else ImagePrompt(picture)
    story = told(engine, fusion(source), model, resumable=True)
    assert kept(home, story) is None  # its file is there
    picture.unlink()
    path = kept(home, story)
    assert path is not None
    assert path.name == "my cat.png"
    with Image.open(path) as sight:
        assert max(sight.size) == 256
    again = told(engine, fusion(ImageEmbedding(path)), model)
    assert again.images[0].tobytes() == story.images[0].tobytes()


def test_a_file_that_holds_something_else_by_now_is_not_taken(
    tmp_path: Path, picture: Path, model: Path
) -> None:
    engine = Engine(tmp_path / "cache", 1, ingredients=tmp_path / "kept")
    story = told(engine, fusion(ImagePrompt(picture)), model, resumable=True)
    Image.new("RGB", (64, 64), "green").save(picture)
    assert kept(tmp_path / "kept", story) is not None


def test_what_a_picture_means_without_its_hole_is_not_kept_as_what_it_means(
    tmp_path: Path, picture: Path, model: Path
) -> None:
    engine, mask = Engine(tmp_path / "cache", 1, ingredients=tmp_path / "kept"), tmp_path / "m.png"
    hole = Image.new("L", (640, 480), 0)
    hole.paste(255, (0, 0, 320, 480))
    hole.save(mask)
    holed = fusion(ImagePrompt(picture, without_hole=True))
    holed = replace(holed, task=Inpaint(path=picture, masks=(mask,)))
    told(engine, holed, model, resumable=True)
    story = told(engine, fusion(ImagePrompt(picture)), model, resumable=True)
    picture.unlink()
    path = kept(tmp_path / "kept", story)
    assert path is not None
    again = told(engine, fusion(ImageEmbedding(path)), model)
    assert again.images[0].tobytes() == story.images[0].tobytes()


def test_a_sketch_keeps_nothing_and_what_cannot_be_kept_costs_no_picture(
    tmp_path: Path, picture: Path, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine(tmp_path / "cache", 1, ingredients=tmp_path / "kept")
    told(engine, fusion(ImagePrompt(picture)), model)
    assert not (tmp_path / "kept").exists()
    (tmp_path / "kept").write_text("in the way")
    story = told(engine, fusion(ImagePrompt(picture)), model, resumable=True)
    assert story.images
    assert "is not kept" in caplog.text
    assert ingredients.find(tmp_path / "kept", "0" * 24) is None
